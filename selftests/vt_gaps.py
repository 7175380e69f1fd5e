# SPDX-License-Identifier: GPL-2.0
"""The pace of transmission: RFC 5880, 6.8.7 and 6.8.2."""

import os

from peer import Tap
from result import DEBUG, check, equal, main, remark, test, within
from tool import Session, bfdnl, now, sleep
from wire import MS, S, UP, GapStats, gaps

SLOT = 65536
MARGIN = 2 * SLOT       # what is drawn keeps away from the limits, or 1/32 of the interval
CLOCK = 1000            # ns; what reading the clocks may hide
h1, h2 = os.environ['h1'], os.environ['h2']
COUNT = 150 if DEBUG else 700
ENDS = (h1, '192.0.2.2', '192.0.2.1', 'e1'), (h2, '192.0.2.1', '192.0.2.2', 'e2')


def pair(first, second):
    """Two ends of a session, Up and with their timers agreed."""
    both = [Session(ns, f'dest-addr {dest} source-addr {source} interface {link} {options}')
            for (ns, dest, source, link), options in zip(ENDS, (first, second))]
    for s in both:
        s.wait(UP)
    end = now() + 20 * S
    while any(s.running('poll-active') for s in both):
        check(now() < end, 'the Poll Sequence does not end')
        sleep(100 * MS)
    return both


def flush():
    bfdnl(h1, 'session flush')
    bfdnl(h2, 'session flush')
    sleep(10 * MS)


def measure(first, second, slower_us):
    """Return: the times between packets of both ends."""
    flush()
    pair(first, second)
    tap = Tap(h1, 'e1')
    end = now() + COUNT * slower_us * 900
    while now() < end:          # in parts, for the socket's buffer
        sleep(min(end - now(), 20000 * slower_us * 1000))
        tap.read()
    packets = tap.packets
    tap.close()
    flush()
    check(all(p.bfd.state == UP and not p.bfd.poll and not p.bfd.final for p in packets),
          'not only periodic packets')
    return [gaps([p for p in packets if p.outgoing == way]) for way in (True, False)]


def judge(found, interval_us, mult):
    interval = interval_us * 1000
    margin = min(interval / 32, MARGIN) * 100 / interval
    low, high = 75 + margin, (90 if mult == 1 else 100) - margin
    raster = max(SLOT, interval // 64)
    span = (high - low) * interval / 100
    st = GapStats.of(found, interval, low, high)
    remark(f'{interval_us} us x {mult}: {st}')
    # from one packet's time stamp to the next one's: exact, and nothing is late
    within(st.least, low, high, 'the least gap, per cent,')
    within(st.most, low, high, 'the longest gap, per cent,')
    middle = (low + high) / 2
    # five standard deviations of the mean of an even spread
    margin = 5 * (high - low) / (12 * st.count) ** 0.5
    margin += raster * 5 / interval
    within(st.mean, middle - margin, middle + margin, 'the mean gap, per cent,')
    if raster * 12 <= span:
        check(min(st.fifths) > st.count / 5 * 0.5, f'not spread over the range: {st.fifths}')
        if raster == SLOT:
            check(len(set(found)) >= min(12, interval // 4 // SLOT - 1), 'few different gaps')
    else:
        check(len(set(round(g / SLOT) for g in found)) >= span // raster, 'few different gaps')


def same_interval(interval, mult):
    options = f'tx {interval} rx {interval} mult {mult}'
    for found in measure(options, options, interval):
        check(len(found) > COUNT * 0.7, f'only {len(found)} packets')
        judge(found, interval, mult)


for us, m in ((1000, 3), (3300, 3), (10000, 3), (10000, 1), (50000, 3), (300000, 3),
              (1000000, 3), (1000000, 1)):
    test(f'gaps of {us} us x {m}', us, m)(same_interval)


@test('the slower side sets the pace, in each direction')
def asymmetric():
    # h1 sends every max(20, 50) ms, h2 every max(10, 30) ms
    ours, theirs = measure('tx 20ms rx 30ms mult 4', 'tx 10ms rx 50ms mult 2', 50000)
    judge(ours, 50000, 4)
    judge(theirs, 30000, 2)


@test('a multiplier of 1 narrows the jitter of its own side only')
def one_sided():
    ours, theirs = measure('tx 20ms rx 20ms mult 1', 'tx 20ms rx 20ms mult 3', 20000)
    judge(ours, 20000, 1)
    judge(theirs, 20000, 3)


@test('the two ends draw different jitter')
def independent():
    with open('/sys/module/bfd/parameters/seed', 'w', encoding='ascii') as f:
        f.write('0')            # draws the same for equal ids
    ours, theirs = measure('tx 10ms rx 10ms', 'tx 10ms rx 10ms', 10000)
    same = sum(a == b for a, b in zip(ours, theirs))
    within(same, 0, len(ours) // 10, 'the number of equal gaps')


@test('nothing was later than a slot')
def lateness():
    cpu = bfdnl(h1, 'stats show')['cpus'][0]
    within(cpu['late-max'], 0, (SLOT + CLOCK) / 1000, 'late-max, us,')
    equal((cpu['tx-late-1ms'], cpu['stall-guard']), (0, 0), 'late transmissions, stall guard')


def listen(time):
    """Return: the times between packets, of both ends."""
    tap = Tap(h1, 'e1')
    sleep(time)
    tap.read()
    packets = tap.packets
    tap.close()
    return [g for way in (True, False) for g in gaps([p for p in packets if p.outgoing == way])]


@test('a CPU that was late lately leaves room for that, and forgets it')
def room():
    flush()
    pair('tx 10ms rx 10ms mult 5', 'tx 10ms rx 10ms mult 5')
    sleep(18 * S)               # since other tests
    low, high = 7500000 + MARGIN, 10000000 - MARGIN
    within(max(listen(2 * S)), high - 2 * MARGIN, high, 'the longest gap before, ns,')
    with open('/sys/module/bfd_stall/parameters/now', 'w', encoding='ascii') as f:
        f.write('25000')
    sleep(100 * MS)
    for _ in range(4):
        within(max(listen(2 * S)), low, (low + high) / 2 + MARGIN,
               'the longest gap after a stall, ns,')
    sleep(10 * S)
    within(max(listen(2 * S)), high - 2 * MARGIN, high, 'the longest gap later, ns,')
    flush()


@test('the remote multiplier makes the detection time')
def remote_multiplier():
    flush()
    a, b = pair('tx 20ms rx 30ms mult 4', 'tx 10ms rx 50ms mult 2')
    equal(a.running('detection-time'), 2 * 30000, 'detection time of mult 2 x 30 ms')
    equal(b.running('detection-time'), 4 * 50000, 'detection time of mult 4 x 50 ms')
    flush()


@test('255 x the longest interval does not overflow')
def longest():
    flush()
    a, _ = pair('rx 4294967295', 'tx 4294967295 mult 255')
    equal(a.running('detection-time'), 255 * 4294967295, 'the detection time')
    equal(a.running('negotiated-rx-interval'), 4294967295, 'the interval')
    flush()


main()
