# SPDX-License-Identifier: GPL-2.0
"""The pace while not Up, and what the peer asks for: RFC 5880, 6.8.3, 6.8.7, 6.8.18."""

from peer import Bench
from result import check, equal, main, test, within
from tool import now
from wire import DOWN, INIT, MS, S, UP, gaps

SLOT = 65536


def pace(packets, interval_us, least=3):
    found = gaps(packets)
    check(len(found) >= least, f'{len(packets)} packets')
    within(min(found), interval_us * 750, interval_us * 1000, 'the least gap')
    within(max(found), interval_us * 750, interval_us * 1000, 'the longest gap')


def settled(options='tx 10ms rx 10ms', **fields):
    b = Bench(options, **fields)
    b.settle()
    return b


@test('Down: one packet a second, and Desired Min TX says so')
def down():
    with Bench('tx 1ms rx 1ms', up=False) as b:
        b.peer.auto = False
        b.peer.period = 0
        b.run(60 * S)
        packets = b.sent()
        pace(packets, 1000000, 55)
        check(all(p.bfd.state == DOWN and p.bfd.tx == 1000000 for p in packets), 'said otherwise')
        # 6.8.3 asks for a second of Desired Min TX only
        check(all(p.bfd.rx == 1000 for p in packets), 'Required Min RX was changed as well')


@test('Down: a longer interval is kept')
def down_longer():
    with Bench('tx 5s rx 5s', up=False) as b:
        b.peer.auto = False
        b.peer.period = 0
        b.run(60 * S)
        pace(b.sent(), 5000000, 8)
        check(all(p.bfd.tx == 5000000 for p in b.sent()), 'said otherwise')


@test('the first packet leaves at once')
def first():
    with Bench(up=False) as b:
        b.run(10 * MS)
        b.monitor.mark()
        made = next(e for e in b.monitor.events if e['event'] == 'created')['monotonic']
        within(b.sent()[0].time - made, 0, 2 * SLOT, 'the time to the first packet, ns,')


@test('Init: one packet a second')
def init():
    with Bench('tx 10ms rx 10ms', up=False) as b:
        b.peer.auto = False
        b.peer.says.tx = 1000000
        b.run(20 * S)
        packets = b.sent(state=INIT)
        pace(packets[1:], 1000000, 15)
        check(all(p.bfd.tx == 1000000 for p in packets), 'said otherwise')
        equal(b.session.state, INIT, 'the state')


@test('a change of state is told at once')
def at_once():
    with Bench('tx 300ms rx 300ms', up=False) as b:
        b.peer.auto = False
        b.peer.period = 0
        b.run(2500 * MS)
        for says, then in ((DOWN, INIT), (INIT, UP), (DOWN, DOWN)):
            at = b.mark()
            b.peer.says.your = b.session.discr
            b.peer.send(state=says)
            packets = b.sent(at)
            equal([p.bfd.state for p in packets], [then], 'what was said')
            equal(packets[0].time - b.received(at)[0].time // 1000 * 1000 < 2000, True, 'at once')
            b.run(50 * MS)


@test('Up: full pace, and from Up to Down the slow pace again')
def back():
    with settled() as b:
        at = b.mark()
        b.run(1 * S)
        pace(b.sent(at), 10000)
        b.peer.period = 0
        b.peer.auto = False
        b.run(100 * MS)
        equal(b.session.state, DOWN, 'the state')
        at = b.mark()
        b.run(20 * S)
        pace(b.sent(at), 1000000)
        check(all(p.bfd.tx == 1000000 for p in b.sent(at)), 'said otherwise')


@test('Required Min RX of the peer: larger is obeyed')
def larger():
    with settled() as b:
        b.peer.say(rx=70000)
        at = b.mark()
        b.run(2 * S)
        pace(b.sent(at), 70000)


@test('Required Min RX of the peer: smaller is honoured at once')
def smaller():
    with settled('tx 10ms rx 1s', rx=2000000) as b:
        b.run(10 * S)
        for wait in (100, 1200, 700):
            b.peer.say(rx=2000000)
            b.run(5 * S)
            while True:         # to a known time behind a packet
                at = b.mark()
                b.run(20 * MS)
                if b.sent(at):
                    break
            last = b.sent(at)[-1].time
            b.run(last + wait * MS - now())
            at = b.mark()
            b.peer.say(rx=300000)
            changed = now()
            b.run(5 * S)
            packets = b.sent(at)
            within(packets[0].time, 0, max(changed + 2 * SLOT, last + 300 * MS),
                   'the time of the next packet')
            pace(packets, 300000)


@test('Required Min RX 0 of the peer: nothing periodic, but changes and Finals')
def zero():
    with settled('tx 10ms rx 200ms') as b:
        b.peer.say(rx=0)
        at = b.mark()
        b.run(10 * S)
        equal(len(b.sent(at)), 0, 'the number of packets')
        equal(b.session.running('negotiated-tx-interval'), 0, 'negotiated-tx-interval')
        equal(b.session.running('local-state'), 'up', 'the state')
        b.peer.send(poll=1)
        equal(len(b.sent(at, final=1)), 1, 'the number of Finals')
        at = b.mark()
        b.peer.say(rx=10000)
        b.run(1 * S)
        pace(b.sent(at), 10000)
        within(b.sent(at)[0].time - b.received(at)[0].time, 0, 10 * MS, 'the first packet')


@test('Required Min RX 0 of the peer is forgotten a Detection Time after it fell silent')
def zero_forgotten():
    with settled() as b:
        b.peer.say(rx=0)
        b.peer.period = 0
        b.peer.auto = False
        at = b.mark()
        b.run(10 * S)
        equal(b.session.running('remote-required-min-rx-interval'), 1,
              'remote-required-min-rx-interval')
        pace(b.sent(at)[1:], 1000000)


@test('our Required Min RX 0: the peer falls silent, and nothing is detected')
def our_zero():
    with settled('tx 10ms rx 0') as b:
        b.run(1 * S)
        b.settle()
        equal(b.peer.hears.rx, 0, 'Required Min RX')
        equal(b.session.running('detection-time'), 0, 'the detection time')
        at = b.mark()
        b.run(10 * S)
        equal(b.received(at), [], 'packets of the peer')
        equal(b.session.running('local-state'), 'up', 'the state')
        pace(b.sent(at), 10000)
        # the peer's word still counts
        b.peer.send(state=DOWN)
        equal(b.session.state, DOWN, 'the state')


@test('the peer in Demand mode: nothing periodic, changes are polled for, and back (6.6)')
def demand():
    with settled('tx 10ms rx 100ms') as b:
        b.peer.say(demand=1)
        b.run(50 * MS)
        at = b.mark()
        b.run(5 * S)
        equal(b.sent(at), [], 'packets')
        b.peer.answers = False
        b.session.set('tx 20ms')
        b.run(1 * S)
        polls = b.sent(at)
        check(polls and all(p.bfd.poll and p.bfd.tx == 20000 for p in polls), 'no Poll Sequence')
        pace(polls, 10000)
        b.peer.send(final=1)
        at = b.mark()
        b.run(2 * S)
        equal(b.sent(at), [], 'packets after the Final')
        b.peer.send(poll=1)
        equal(len(b.sent(at, final=1)), 1, 'the number of Finals')
        at = b.mark()
        b.peer.say(demand=0)
        b.run(1 * S)
        pace(b.sent(at), 20000)
        check(not any(p.bfd.demand for p in b.sent()), 'the D bit is set')
        # only an Up peer can be in Demand mode
        b.peer.auto = False
        b.peer.say(demand=1, state=DOWN)
        at = b.mark()
        b.run(5 * S)
        check(len(b.sent(at)) >= 4, 'silent while Down')


@test("the peer's Desired Min TX makes the detection time")
def remote_tx():
    with settled() as b:
        for tx, mult in ((40000, 3), (5000, 4), (1000000, 1)):
            b.peer.say(tx=tx, mult=mult)
            equal(b.session.running('detection-time'), max(tx, 10000) * mult, 'the detection time')


main()
