# SPDX-License-Identifier: GPL-2.0
"""The Echo function with a scripted peer: RFC 5880, 6.4, 6.8.5, 6.8.9; RFC 5881, 4."""

import os
import struct

from echo import PORT, bench, slowly
from result import check, equal, main, test, within
from tool import net_drops, now, sleep
from wire import DOWN, MS, S, UP, US, gaps

h1 = os.environ['h1']
SLOT = 65536
ECHO = 'echo echo-tx 20ms'
LOOP = 'echo-rx 20ms'


def both(name):
    """A test of either family."""
    def add(function):
        for family in ('IPv4', 'IPv6'):
            test(f'{family}: {name}', family)(function)
        return function
    return add


def steady(b, ns=500 * MS):
    """Echoes run, timers are agreed."""
    b.settle()
    b.run(ns)
    equal(b.session.state, UP, 'the state')


def hold(ns):
    """Hold the CPU with interrupts off."""
    with open('/sys/module/bfd_stall/parameters/now', 'w', encoding='ascii') as f:
        f.write(str(ns // US))


def down_event(b, since=0):
    event = b.monitor.state('down', since=since)
    check(event, 'no event')
    return event


@both('every field of an echo, and that it comes back')
def form(family):
    with bench(family, ECHO) as b:
        steady(b, 2 * S)
        ours = b.peer.link['dst']
        echoes = b.peer.echoes
        within(len(echoes), 80, 400, 'the number of echoes')
        for name, values in (('src', {ours}), ('dst', {ours}), ('ttl', {255}), ('tos', {48 << 2}),
                             ('sport', {b.session.port}), ('dst_mac', {b'\2\0\0\0\1\2'}),
                             ('src_mac', {b'\2\0\0\0\1\1'})):
            equal({getattr(p, name) for p in echoes}, values, name)
        equal(len({p.payload for p in echoes}), len(echoes), 'different echoes')
        equal({len(p.payload) for p in echoes}, {32}, 'their length')
        check(all(p.payload[0] >> 5 != 1 for p in echoes), 'an echo is like a Control packet')
        stats = b.session.show()['session-statistics']
        within(stats['send-echo-count'] - stats['receive-echo-count'], 0, 1, 'echoes lost')
        equal(stats['receive-invalid-packet-count'], 0, 'invalid packets')
        running = b.session.show()['session-running']
        equal(running['detection-mode'], 'async-with-echo', 'detection-mode')
        equal(running['echo-tx-interval-in-use'], 20000, 'echo-tx-interval-in-use')
        equal(running['echo-detection-time'], 60000, 'echo-detection-time')


@both('the slower of both sets the pace, with jitter')
def pace(family):
    for options, theirs, agreed, low, high in (
            (ECHO, 10000, 20, 75, 100), (ECHO, 70000, 70, 75, 100),
            (ECHO + ' mult 1', 5000, 20, 75, 90)):
        with bench(family, options, dict(echo_rx=theirs)) as b:
            steady(b)
            b.peer.echoes.clear()
            b.run(60 * agreed * MS)
            apart = [g * 100 / (agreed * MS) for g in gaps(b.peer.echoes)]
            check(len(apart) >= 58, f'only {len(apart)} echoes')
            within(min(apart), low, high, 'the shortest interval in per cent')
            within(max(apart), low, high + 0.1, 'the longest interval in per cent')
            check(max(apart) - min(apart) > (high - low) / 2, 'hardly any jitter')


@both('none unless Up, none to a peer that does not loop')
def allowed(family):
    with bench(family, ECHO, up=False) as b:
        b.peer.period, b.peer.auto = 0, False
        b.run(3 * S)
        equal(len(b.peer.echoes), 0, 'echoes while Down')
        b.peer.send(state=DOWN)
        b.run(200 * MS)
        equal(len(b.peer.echoes), 0, 'echoes while Init')
    with bench(family, ECHO, dict(echo_rx=0)) as b:
        steady(b, 2 * S)
        equal(len(b.peer.echoes), 0, 'echoes')
        equal(b.session.running('detection-mode'), 'async-without-echo', 'detection-mode')
        equal(b.peer.hears.rx, 50000, 'Required Min RX')
        b.peer.says.echo_rx = 30000
        steady(b, 3 * S)
        check(b.peer.echoes, 'no echoes')
        b.peer.say(echo_rx=0)
        b.run(1 * MS)
        b.peer.echoes.clear()
        steady(b, 2 * S)
        equal(len(b.peer.echoes), 0, 'echoes after the peer has forbidden them')
        equal(b.session.stat('down-count'), 0, 'down-count')
    with bench(family, LOOP) as b:
        steady(b, 1 * S)
        equal(len(b.peer.echoes), 0, 'echoes that nobody asked for')


@both('Required Min RX is a second while echoes run, by Poll Sequences')
def required(family):
    with bench(family, ECHO, dict(echo_rx=0)) as b:
        steady(b)
        mark = b.mark()
        b.peer.says.echo_rx = 10000
        b.settle()
        b.run(3 * S)
        sent = b.sent(mark)
        raised = [p.bfd for p in sent if p.bfd.rx == 1000000]
        check(raised and raised[0].poll, 'no Poll Sequence for the longer interval')
        equal(b.session.running('negotiated-rx-interval'), 1000000, 'negotiated-rx-interval')
        mark = b.mark()
        b.session.set('echo off')
        b.run(100 * MS)
        b.settle()
        lowered = [p.bfd for p in b.sent(mark) if p.bfd.rx == 50000]
        check(lowered and lowered[0].poll, 'no Poll Sequence for the shorter interval')
        equal(b.session.stat('down-count'), 0, 'down-count')
        equal(b.session.running('detection-time'), 150000, 'detection-time')


@both('echoes that do not come back: Down to the slot, Echo Function Failed')
def failed(family):
    for options, times in (('', 3), (' mult 1', 1), (' mult 7', 7)):
        with bench(family, ECHO + options) as b:
            steady(b)
            b.peer.loops = b.peer.auto = False
            b.peer.period = 0
            mark, last = b.monitor.mark(), b.peer.echoes[-1].time
            b.run(times * 20 * MS + 5 * MS)
            event = down_event(b, mark)
            equal(event['local-diagnostic'], 'echo-failed', 'the reason')
            late = event['monotonic'] - last - times * 20 * MS
            within(late, 0, SLOT + 20 * US, f'from {times} intervals to Down, ns')
            told = b.sent(0, state=DOWN, version=1)[-1]
            equal(told.bfd.diag, 2, 'Diag')
            within(told.time - event['monotonic'], 0, 20 * US, 'until the peer is told, ns')
            b.peer.echoes.clear()
            b.run(300 * MS)
            equal(len(b.peer.echoes), 0, 'echoes while Down')


@both('the first echo has its whole time, and a peer that never loops is Down')
def first(family):
    with bench(family, ECHO, up=False) as b:
        b.peer.loops = False
        b.up()
        event = down_event(b)
        up = b.monitor.state('up')
        within(event['monotonic'] - up['monotonic'] - 60 * MS, 0, 2 * SLOT, 'time to fail, ns')
        equal(event['local-diagnostic'], 'echo-failed', 'the reason')


def tampered(offset):
    def change(payload):
        data = bytearray(payload)
        data[offset] ^= 1
        return bytes(data)
    return change


@both('forged, truncated and long echoes do not count')
def forged(family):
    for what, change in [(f'byte {n}', tampered(n)) for n in (0, 8, 15, 16, 23, 24, 27, 31)] + [
            ('truncated', lambda p: p[:-1]), ('the head alone', lambda p: p[:12]),
            ('long', lambda p: p + b'\0')]:
        with bench(family, ECHO) as b:
            steady(b, 200 * MS)
            mark, count = b.monitor.mark(), b.session.stat('receive-echo-count')
            b.peer.change = change
            b.run(100 * MS)
            equal(down_event(b, mark)['local-diagnostic'], 'echo-failed', what)
            within(b.session.stat('receive-echo-count') - count, 0, 0, f'{what}: accepted')
            check(b.session.drops()['echo-digest'] >= 3, f'{what}: drops {b.session.drops()}')


@both('old and repeated echoes do not count')
def stale(family):
    with bench(family, ECHO) as b:
        steady(b, 200 * MS)
        count = b.session.stat('receive-echo-count')
        b.peer.loops = False
        seen = len(b.peer.echoes)
        mark, last = b.monitor.mark(), b.peer.echoes[-1]
        # what came back once comes back for ever
        while not b.monitor.state('down', limit=0, since=mark) and len(b.peer.echoes) < seen + 20:
            b.peer.back(last)
            b.run(5 * MS)
        within(b.monitor.events[-1]['monotonic'] - last.time - 60 * MS, 0, SLOT + 20 * US,
               'from the last new echo to Down')
        equal(b.session.stat('receive-echo-count') - count, 0, 'accepted')
        check(b.session.drops()['echo-stale'] > 5, 'drops are not counted')
        # after the session came up again, older ones still do not
        b.peer.loops = True
        b.up()
        steady(b, 200 * MS)
        drops = b.session.drops()['echo-stale']
        b.peer.back(last)
        b.run(2 * MS)
        equal(b.session.drops()['echo-stale'], drops + 1, 'drops')


@both('an echo that comes late, but in time, counts once')
def late(family):
    with bench(family, ECHO + ' mult 9') as b:
        steady(b, 200 * MS)
        b.peer.loops = False
        count = b.session.stat('receive-echo-count')
        b.peer.echoes.clear()
        b.run(50 * MS)
        waiting = list(b.peer.echoes)
        for p in reversed(waiting):     # in any order
            b.peer.back(p)
            b.peer.back(p)
        sleep(1 * MS)
        equal(b.session.stat('receive-echo-count') - count, len(waiting), 'accepted')
        equal(b.session.drops()['echo-stale'], len(waiting), 'drops')
        b.peer.loops = True
        b.run(500 * MS)
        equal(b.session.stat('down-count'), 0, 'down-count')
        within(b.session.stat('echo-rtt-max'), 30000, 150000, 'echo-rtt-max')
        within(b.session.stat('echo-rtt-min'), 0, 100, 'echo-rtt-min')


@both('an echo that took more or less than one hop does not count')
def ttl(family):
    for hops in (0, 2, 100):
        with bench(family, ECHO) as b:
            steady(b, 200 * MS)
            b.peer.loops = False
            b.peer.echoes.clear()
            b.run(45 * MS)
            count = b.session.stat('receive-echo-count')
            waiting = list(b.peer.echoes)
            for p in waiting:
                b.peer.back(p, ttl=255 - hops)
            b.run(1 * MS)
            equal(b.session.stat('receive-echo-count'), count, 'accepted')
            equal(b.session.drops()['ttl'], len(waiting), 'drops')


@both("the peer's echoes go back")
def loop(family):
    with bench(family, LOOP) as b:
        steady(b)
        equal(b.peer.hears.echo_rx, 20000, 'Required Min Echo RX')
        me = b.peer.link['src']
        elsewhere = '10.1.2.3' if family == 'IPv4' else '2001:db8:77::1'
        for src, size in ((me, 0), (me, 1), (me, 24), (elsewhere, 24), (me, 400)):
            b.peer.returned.clear()
            payload = bytes(range(256))[:size] if size < 256 else os.urandom(size)
            b.peer.echo(payload, src=src, sport=12345, tos=0x20)
            sent = now()
            b.run(100 * US)
            equal(len(b.peer.returned), 1, 'echoes that came back')
            p = b.peer.returned[0]
            equal((p.src, p.dst, p.ttl, p.sport, p.dport, p.tos, p.payload),
                  (src, me, 254, 12345, PORT, 0x20, payload), 'what came back')
            check(p.checksum_good, 'a wrong checksum')
            equal(p.dst_mac, b'\2\0\0\0\1\2', 'to whom')
            within(p.time - sent, -50 * US, 100 * US, 'the time it took, ns')
            b.run(20 * MS)
        equal(b.session.stat('looped-echo-count'), 5, 'looped-echo-count')


@both('nothing else goes back')
def not_looped(family):
    with bench(family, LOOP) as b:
        steady(b)
        other = '192.0.2.3' if family == 'IPv4' else '2001:db8::3'
        for what, drop, act in (
                ('TTL 254', 'ttl', lambda: b.peer.echo(ttl=254)),
                ('TTL 1', 'ttl', lambda: b.peer.echo(ttl=1)),
                ('a long one', 'length', lambda: b.peer.echo(bytes(600))),
                ('to somebody else', None, lambda: b.peer.echo(dst=other, src=other)),
                ('to us', None, lambda: b.peer.echo(dst=b.peer.link['dst'])),
                ('a length that lies', None, lambda: b.peer.echo(udp_length=40)),
                ('a broadcast frame', None, lambda: b.peer.echo(dst_mac=b'\xff' * 6)),
                ('another port', None, lambda: b.peer.echo(dport=3786))):
            before = b.session.drops()
            b.peer.echo_count = b.session.stat('looped-echo-count')
            act()
            b.run(50 * MS)
            equal(b.session.stat('looped-echo-count'), b.peer.echo_count, what)
            if drop:
                equal(b.session.drops()[drop], before[drop] + 1, f'drops for {what}')
        equal(len(b.peer.returned), 0, 'what came back')
        check(net_drops(h1)['echo-no-session'] >= 2, 'echoes of nobody are not counted')
    with bench(family, ECHO) as b:          # it sends, and does not loop
        steady(b)
        equal(b.peer.hears.echo_rx, 0, 'Required Min Echo RX')
        b.peer.echo()
        b.run(10 * MS)
        equal(len(b.peer.returned), 0, 'what came back')
    with bench(family, LOOP, up=False) as b:
        b.peer.period, b.peer.auto = 0, False
        b.peer.echo()
        b.run(10 * MS)
        equal(len(b.peer.returned), 0, 'what came back while Down')


@both('a storm of echoes is cut to the pace that was told')
def storm(family):
    with bench(family, LOOP) as b:
        steady(b)
        start = now()
        for _ in range(2000):
            b.peer.echo()
            b.run(500 * US)
        b.run(10 * MS)
        took = now() - start
        most = took // (15 * MS) + 12
        within(len(b.peer.returned), most - 12, most, 'echoes that came back')
        equal(b.session.drops()['echo-rate'], 2000 - len(b.peer.returned), 'drops')
        equal(b.session.stat('down-count'), 0, 'down-count')
        b.run(1 * S)
        # with jitter at its shortest, none is dropped
        b.peer.returned.clear()
        for _ in range(50):
            b.peer.echo()
            b.run(15 * MS)
        equal(len(b.peer.returned), 50, 'echoes that came back at the permitted pace')


@both('changes while Up do not disturb it')
def changes(family):
    with bench(family, ECHO + ' ' + LOOP) as b:
        steady(b)
        for options, interval, detection in (
                ('echo-tx 100ms', 100000, 300000), ('echo-tx 15ms', 15000, 45000),
                ('mult 5', 15000, 75000), ('mult 2', 15000, 30000),
                ('echo off', 0, 0), ('echo on', 15000, 30000),
                ('echo-tx 1s', 1000000, 2000000), ('echo-tx 10ms mult 3', 10000, 30000)):
            b.session.set(options)
            b.run(300 * MS)
            running = b.session.show()['session-running']
            equal(running['echo-tx-interval-in-use'], interval, options)
            equal(running['echo-detection-time'], detection, options)
            b.settle()
        for theirs in (200000, 10000, 0, 30000, 0xffffffff, 12000):
            b.peer.say(echo_rx=theirs)
            b.run(300 * MS)
            equal(b.session.running('echo-tx-interval-in-use'), max(theirs, 10000) if theirs else 0,
                  'echo-tx-interval-in-use')
        b.settle()
        b.run(2 * S)
        equal((b.session.state, b.session.stat('down-count')), (UP, 0), 'the state, down-count')
        # the peer goes on at the old pace until it has heard of the new one
        b.peer.returned.clear()
        b.session.set('echo-rx 500ms')
        for _ in range(50):
            b.peer.echo()
            b.run(15 * MS)
        equal(len(b.peer.returned), 50, 'echoes that came back')
        b.run(5 * S)
        equal(b.peer.hears.echo_rx, 500000, 'Required Min Echo RX')
        b.peer.returned.clear()
        for _ in range(100):
            b.peer.echo()
            b.run(15 * MS)
        within(len(b.peer.returned), 3, 16, 'echoes that came back at the new pace')


@both('our CPU stands still, and echoes are long on their way: none is missed that did not leave')
def stall(family):
    for mult in (2, 3):
        with bench(family, f'{ECHO} mult {mult}') as b:
            steady(b, 200 * MS)
            b.peer.loops = False
            b.peer.echoes.clear()
            slowly(b, 200 * MS, 15 * MS)
            equal(b.session.stat('down-count'), 0, 'down-count before')
            for length in (30, 70, 200, 1000):
                mark = b.monitor.mark()
                hold(length * MS)
                slowly(b, 100 * MS, 15 * MS)
                equal((b.session.state, b.session.stat('down-count')), (UP, 0),
                      f'multiplier {mult}, {length} ms: the state, down-count')
            # it is not put off for good
            hold(200 * MS)
            start = now()
            b.run(2 * S)
            within(down_event(b, mark)['monotonic'] - start, 0, mult * 20 * MS + SLOT,
                   'time to fail after a stall, ns')


@both('the link goes and comes: echoes with it')
def deleted(family):
    with bench(family, ECHO + ' ' + LOOP) as b:
        steady(b)
        b.session.delete()
        b.peer.echoes.clear()
        b.run(1 * S)
        equal(len(b.peer.echoes), 0, 'echoes of a deleted session')
        b.peer.echo()
        b.run(10 * MS)
        equal(len(b.peer.returned), 0, 'what came back')


@test('the format of what is looped does not matter, not even our own')
def alike():
    with bench('IPv4', ECHO + ' ' + LOOP) as b:
        steady(b)
        p = b.peer.echoes[-1]
        count = b.session.stat('receive-echo-count')
        b.peer.loops = False
        b.peer.echo(p.payload)
        b.peer.echo(struct.pack('!II', 0x20c00318, b.session.discr) + bytes(16))
        b.run(1 * MS)
        equal(len(b.peer.returned), 2, 'echoes that came back')
        within(b.session.stat('receive-echo-count') - count, 0, 0, 'accepted')


main()
