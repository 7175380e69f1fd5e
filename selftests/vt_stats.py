# SPDX-License-Identifier: GPL-2.0
"""Statistics: what was late, by how much, and what the log says of a failure."""

import os
import re
from dataclasses import replace

from peer import Bench
from result import check, equal, main, test, within
from tool import Session, bfdnl, net_drops, now, sh, sleep, sleep_until
from wire import ADMIN_DOWN, DOWN, MS, S, UP

h1 = os.environ['h1']
SLOT = 65536


def cpu():
    return bfdnl(h1, 'stats show')['cpus'][0]


def clear():
    bfdnl(h1, 'stats clear')


def stall(us):
    with open('/sys/module/bfd_stall/parameters/now', 'w', encoding='ascii') as f:
        f.write(str(us))


def log_down(on):
    with open('/sys/module/bfd/parameters/log_down', 'w', encoding='ascii') as f:
        f.write(str(on))


def count(stats, kind=''):
    return sum(b['count'] for b in stats[kind + 'late-histogram'])


def over(stats, kind):
    return tuple(stats[f'{kind}-late-{ms}ms'] for ms in (1, 5, 20))


def highest(stats, kind=''):
    """What the largest bucket that is not empty says of the maximum: below so many us."""
    return max((b['below-us'] for b in stats[kind + 'late-histogram'] if b['count']), default=0)


def fits(stats, kind):
    """The maximum belongs to the highest bucket, and the counters to both."""
    top, most = highest(stats, kind + '-'), stats[kind + '-late-max']
    check(most < top and (top == 1 or most >= top // 2), f'{kind}: {most} us, below {top} us')
    n, total = count(stats, kind + '-'), stats[kind + '-late-sum']
    check(most <= total + 0.001 and total <= most * n + 0.001, f'{kind}: {total} us for {n}')
    for ms, n in zip((1, 5, 20), over(stats, kind)):
        equal(n > 0, most > ms * 1000, f'{kind}: later than {ms} ms')


def up(options='tx 10ms rx 10ms mult 10', **fields):
    b = Bench(options, **{'mult': 10, **fields})
    b.settle()
    b.run(100 * MS)
    return b


def cut(b):
    b.peer.period = 0
    b.peer.auto = False


def revive(b):
    b.peer.period = None
    b.peer.auto = True
    b.peer.says.state = DOWN
    check(b.up(), 'it does not come up again')
    b.settle()


@test('every packet on schedule is counted once, and none is late')
def sending():
    with up() as b:
        clear()
        at = b.mark()
        b.run(1 * S)
        stats, sent = cpu(), b.sent(at)
        equal(count(stats, 'tx-'), len(sent), 'transmissions counted')
        check(len(sent) >= 100, f'{len(sent)} packets')
        within(stats['tx-late-max'], 0, 2, 'tx-late-max, us,')
        equal(over(stats, 'tx'), (0, 0, 0), 'late ones')
        equal(count(stats, 'detection-'), 0, 'detections: the looks found all well')
        check(count(stats) > count(stats, 'tx-'), 'no look was counted among all timers')


@test('a transmission that a stall delays is counted at its lateness')
def sending_late():
    with up() as b:
        clear()
        total = (0, 0, 0)
        # a packet is due 7.5 to 10 ms after the one before
        for us, more in ((8500, (0, 0, 0)), (12000, (1, 0, 0)), (16000, (1, 1, 0)),
                         (31000, (1, 1, 1))):
            at = b.mark()
            b.peer.run(until=lambda start=at: b.sent(start))
            stall(us)
            b.run(1 * MS)
            stats = cpu()
            total = tuple(a + b for a, b in zip(total, more))
            equal(over(stats, 'tx'), total, f'transmissions later than 1, 5, 20 ms after {us} us')
            if any(more):
                within(stats['tx-late-max'], us - 10000 - 2, us - 7500 + 400, 'tx-late-max, us,')
                fits(stats, 'tx')
            b.run(200 * MS)
        equal(b.session.state, UP, 'the state')
        check(cpu()['late-max'] >= cpu()['tx-late-max'], 'late-max is not of all timers')


def silence(us=0, before=5):
    """Return: the event and the statistics of a session that nothing is heard of any more.
    With US, the CPU is held from BEFORE ms before its deadline on."""
    with up('tx 10ms rx 10ms mult 3', mult=3) as b:
        clear()
        at = b.monitor.mark()
        cut(b)
        if us:
            last = b.received()[-1].time
            sleep_until(last + (30 - before) * MS)
            stall(us)
        b.peer.run(100 * MS)
        e = b.monitor.state(DOWN, since=at)
        check(e, 'no event')
        stats = cpu()
        equal(count(stats, 'detection-'), 1, 'detections counted')
        late = e['monotonic'] - e['last-receive-times'][0] - 30 * MS
        equal(stats['detection-late-max'], late / 1000, 'detection-late-max, us')
        fits(stats, 'detection')
        return late, stats


@test('detection: the time from the deadline to Down, to the nanosecond')
def detection():
    late, stats = silence()
    within(late, 0, SLOT + 1000, 'the lateness, ns,')
    equal(stats['stall-guard'], 0, 'uses of the stall guard')


@test('detection: a stall and the grace after it are part of it')
def detection_late():
    # 2 ms after the deadline, and a quarter of the detection time for what waits
    late, stats = silence(7000)
    within(late, 2 * MS + 7500000, 2 * MS + 7500000 + 2 * SLOT, 'the lateness, ns,')
    equal(over(stats, 'detection'), (1, 1, 0), 'later than 1, 5, 20 ms')
    equal(stats['stall-guard'], 1, 'uses of the stall guard')
    late, stats = silence(25000)
    equal(over(stats, 'detection'), (1, 1, 1), 'later than 1, 5, 20 ms')


@test('detection: what the peer says, and what an operator does, is none')
def no_detection():
    with up() as b:
        clear()
        b.peer.auto = False
        b.peer.send(state=ADMIN_DOWN)
        equal(b.session.state, DOWN, 'the state')
        revive(b)
        b.session.set('admin-down')
        b.run(2 * S)
        equal(count(cpu(), 'detection-'), 0, 'detections')


@test('detection: echoes that do not come back')
def echo():
    # nobody loops them: the first that does not return ends the session
    with Bench('tx 10ms rx 10ms echo echo-tx 10ms', echo_rx=10000) as b:
        clear()
        at = b.monitor.mark()
        b.run(200 * MS)
        e = b.monitor.state(DOWN, since=at) or b.monitor.state(DOWN)
        equal(e and e['local-diagnostic'], 'echo-failed', 'the diagnostic')
        stats = cpu()
        check(count(stats, 'detection-') >= 1, 'not counted')
        within(stats['detection-late-max'], 0, (SLOT + 1000) / 1000, 'detection-late-max, us,')


@test('events: those that were told, and how long after')
def events():
    with up() as b:
        at = b.monitor.mark()
        clear()
        for _ in range(3):
            b.session.set('admin-down')
            b.run(50 * MS)
            b.session.set('admin-up')
            revive(b)
        told = b.monitor.mark() - at
        stats = cpu()
        equal(count(stats, 'event-'), told, 'events counted')
        within(stats['event-late-max'], 0, 1000, 'event-late-max, us,')
        fits(stats, 'event')
    clear()
    Session(h1, 'dest-addr 192.0.2.2 interface e1').delete()
    equal(count(cpu(), 'event-'), 0, 'events counted with nobody listening')


@test('clear: everything of the wheel and all drops begin anew, and nothing is lost then')
def cleared():
    with up() as b:
        stall(50000)
        b.peer.send(multipoint=1)
        b.run(100 * MS)
        equal(net_drops(h1)['multipoint'], 1, 'drops')
        clear()
        stats = cpu()
        equal([stats[k] for k in ('late-max', 'tx-late-max', 'event-late-max', 'wakeups')],
              [0, 0, 0, 0], 'what was cleared')
        equal([count(stats, k) for k in ('', 'tx-', 'detection-', 'event-')], [0, 0, 0, 0],
              'what was cleared')
        equal(net_drops(h1)['multipoint'], 0, 'drops')
        equal(stats['sessions'], 1, 'sessions')
        for _ in range(3):
            b.peer.send(multipoint=1)
        equal(net_drops(h1)['multipoint'], 3, 'drops since then')


@test('clear: the wheels belong to the administrator of the machine')
def not_cleared():
    nobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups '
    with up() as b:
        b.run(100 * MS)
        before = cpu()
        out = sh(nobody + 'bfdnl stats clear 2>&1', check=False)
        check('permitted' in out, f'a user may clear: {out}')
        # root of a namespace of one's own: its drops, not the machine's wheels
        sh(nobody + 'unshare -Urn bfdnl stats clear')
        after = cpu()
        check(all(after[k] >= before[k] for k in ('wakeups', 'late-max', 'tx-late-max')) and
              count(after) >= count(before), f'cleared: {before} {after}')


def logged():
    return [line for line in sh('dmesg').splitlines() if ' is down: ' in line]


@test('the log tells why a session went down, when it is asked to')
def log():
    before = len(logged())
    with up('tx 10ms rx 10ms mult 3', mult=3) as b:
        for on in (0, 1):
            log_down(on)
            at = b.monitor.mark()
            cut(b)
            b.peer.run(100 * MS)
            e = b.monitor.state(DOWN, since=at)
            revive(b)
            b.run(100 * MS)
        b.session.set('admin-down')         # no failure
    log_down(0)
    lines = logged()[before:]
    equal(len(lines), 1, 'the number of lines')
    ages = [(e['monotonic'] - t) // 1000 for t in e['last-receive-times']]
    text = ' '.join(f'{us // 1000}.{us % 1000:03}' for us in ages)
    check(f"bfd: session {e['id']} with 192.0.2.2 dev e1 is down: control-expiry, remote none; "
          f'last packets {text} ms before (netns ' in lines[0], f'{lines[0]}, expected {text}')
    equal(len(ages), 5, 'the number of packets')


@test('the log does not run over: ten lines in five seconds for a network namespace')
def log_limit():
    sleep(6 * S)            # what was logged before counts no more
    before = len(logged())
    log_down(1)
    start = now()
    with up('tx 10ms rx 10ms mult 3', mult=3) as b:
        for _ in range(25):
            b.peer.auto = False
            b.peer.says = replace(b.peer.says, state=DOWN)
            b.peer.send()
            revive(b)
    log_down(0)
    lines = logged()[before:]
    windows = -(-(now() - start) // (5 * S))
    within(len(lines), 10, min(10 * windows, 24), 'the number of lines')
    check(all(re.search(r'neighbor-down, remote none; last packets( \d+\.\d{3}){1,5} ms', s)
              for s in lines), f'{lines[0]}')


main()
