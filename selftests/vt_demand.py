# SPDX-License-Identifier: GPL-2.0
"""Demand mode of ours: RFC 5880, 6.6, 6.8.4 and 6.8.7."""

import errno

from nl import Refused, ask, u32
from peer import Bench
from result import DEBUG, check, equal, main, test, within
from tool import now, sh
from wire import ADMIN_DOWN, DOWN, INIT, MS, S, UP, gaps

SLOT_NS = 65536
LATE_NS = 2 * SLOT_NS           # a deadline is found late by a slot, and ksoftirqd may run first


def poll(b):
    ask(b.session, 'SESSION_POLL')


def verify_every(b, us):
    ask(b.session, 'SESSION_SET', u32('DEMAND_POLL_INTERVAL', us))


def bench(options='tx 10ms rx 10ms', demand=True, **fields):
    b = Bench(f'{options} {"demand-enabled" if demand else ""}', **fields)
    if demand:
        b.run(until=lambda: b.peer.hears.demand)
    b.settle()
    b.run(1 * S)
    return b


def mode(b, expected):
    equal(b.session.running('detection-mode'), expected, 'detection-mode')


def no_flap(b):
    equal(b.session.stat('down-count'), 0, 'down-count')
    equal(b.session.state, UP, 'the state')


def fails(b, since, want, limit=20 * S):
    """It goes Down, by a Control Detection Time that ends at WANT."""
    down = []
    b.peer.auto = False
    b.run(limit=limit, until=lambda: down.append(b.monitor.state(DOWN, 1 * MS, since)) or down[-1])
    check(down[-1], 'it stays Up')
    equal(down[-1]['local-diagnostic'], 'control-expiry', 'local-diagnostic')
    within(down[-1]['monotonic'] - want, 0, LATE_NS, 'the end of the Detection Time, ns late,')


@test('the D bit is set by a Poll Sequence when both are Up, and not before (6.6, 6.8.7)')
def begins():
    with Bench('tx 10ms rx 10ms demand-enabled', up=False) as b:
        b.run(3 * S)
        b.settle()
        b.run(1 * S)
        seen = b.received()
        first = next(p.time for p in seen if p.bfd.state == UP)
        with_d = b.sent(demand=1)
        check(with_d, 'the D bit is never set')
        check(all(p.time >= first and p.bfd.state == UP for p in with_d), 'the D bit too early')
        # what tells the change of state, between those on schedule, carries no P
        check(any(p.bfd.poll for p in with_d[:2]), 'the D bit without P')
        mode(b, 'demand-without-echo')
        no_flap(b)


@test('a peer that we asked to be silent is not taken for dead')
def silence():
    with bench() as b:
        at = b.mark()
        b.run(100 * S)
        equal(b.received(at), [], 'packets of the peer')
        check(len(b.sent(at, poll=0, demand=1)) > 9000, 'our periodic packets ceased')
        equal(b.sent(at, poll=1), [], 'Polls')
        no_flap(b)


@test('our Demand mode does not change what we send: the peer goes on to detect')
def sends():
    with bench('tx 20ms rx 10ms') as b:
        at = b.mark()
        b.run(5 * S)
        found = gaps(b.sent(at))
        within(min(found), 15 * MS, 20 * MS, 'the least gap')
        within(max(found), 15 * MS, 20 * MS, 'the longest gap')


def unanswered(options, detect_mult, agreed_us, **fields):
    """6.8.4: Detect Mult times the agreed interval of ours, from the first Poll."""
    with bench(f'{options} mult {detect_mult}', **fields) as b:
        b.peer.answers = False
        at, since = b.mark(), b.monitor.mark()
        poll(b)
        b.run(until=lambda: b.sent(at, poll=1))
        first = b.sent(at, poll=1)[0].time
        equal(b.session.running('detection-time'), detect_mult * agreed_us, 'detection-time')
        fails(b, since, first + detect_mult * agreed_us * 1000)
        # as often as jitter lets it
        within(len(b.sent(at, poll=1)), detect_mult, detect_mult * 4 // 3 + 1, 'the number of Polls')
        equal(b.session.show()['remote-discriminator'], 0, 'the discriminator of the peer')


for _options, _mult, _agreed, _fields in (
        ('tx 10ms rx 500ms', 3, 10000, {}),
        ('tx 50ms rx 10ms', 5, 50000, {'mult': 9}),
        ('tx 10ms rx 10ms', 3, 70000, {'rx': 70000}),
        ('tx 10ms rx 10ms', 1, 10000, {}),
        ('tx 1s rx 10ms', 2, 1000000, {})):
    test(f'a Poll on request that is not answered: Down after {_mult} x {_agreed} us (6.8.4)',
         _options, _mult, _agreed, **_fields)(unanswered)


@test('a Poll on request that is answered: nothing changes')
def answered():
    with bench() as b:
        for _ in range(5):
            at = b.mark()
            poll(b)
            b.run(500 * MS)
            equal(len(b.sent(at, poll=1)), 1, 'the number of Polls')
            equal(len(b.received(at, final=1)), 1, 'the number of Finals')
        check(not b.session.running('poll-active'), 'poll-active')
        mode(b, 'demand-without-echo')
        no_flap(b)


@test('a Poll that is lost is repeated, and a Final in time is enough')
def lost():
    with bench('tx 10ms rx 10ms mult 4') as b:
        b.peer.answers = False
        at = b.mark()
        poll(b)
        b.run(until=lambda: len(b.sent(at, poll=1)) == 3)
        b.peer.answers = True
        b.run(1 * S)
        equal(len(b.sent(at, poll=1)), 4, 'the number of Polls')
        no_flap(b)


@test('packets that are no Final do not put the Detection Time off, but are heard (6.8.1)')
def no_answer():
    with bench('tx 10ms rx 10ms mult 5') as b:
        b.peer.answers = b.peer.obeys = False
        at, since = b.mark(), b.monitor.mark()
        poll(b)
        b.run(until=lambda: b.sent(at, poll=1))
        fails(b, since, b.sent(at, poll=1)[0].time + 50 * MS)
        equal(b.session.show()['remote-discriminator'], b.peer.says.my,
              'the discriminator of the peer')


@test('verification on an interval: a Poll Sequence every 2 s, and none without')
def verifies():
    with bench() as b:
        verify_every(b, 2000000)
        at = b.mark()
        b.run(60 * S)
        polls = b.sent(at, poll=1)
        within(len(polls), 28, 30, 'the number of Polls')
        found = gaps(polls)
        # from the Final of the last one; then the next packet on schedule
        within(min(found), 2 * S, 2 * S + 11 * MS, 'the least time between two')
        within(max(found), 2 * S, 2 * S + 11 * MS, 'the longest time between two')
        verify_every(b, 0)
        at = b.mark()
        b.run(60 * S)
        equal(b.sent(at, poll=1), [], 'Polls')
        no_flap(b)


@test('verification on an interval finds a peer that has gone')
def finds():
    with bench() as b:
        verify_every(b, 500000)
        b.run(2 * S)
        b.peer.answers = False
        since = b.monitor.mark()
        last = b.received(final=1)[-1].time
        at = b.mark()
        b.run(until=lambda: b.sent(at, poll=1))
        first = b.sent(at, poll=1)[0].time
        within(first - last, 500 * MS, 511 * MS, 'the time to the Poll')
        fails(b, since, first + 30 * MS)


@test('demand off while Up: the peer is asked to speak again, and detected from then on')
def off():
    with bench() as b:
        at = b.mark()
        b.session.set('demand-enabled off')
        b.run(1 * S)
        polls = b.sent(at, poll=1)
        check(polls and all(not p.bfd.demand for p in polls), 'no Poll that says so')
        equal(b.sent(polls and at, demand=1), [p for p in b.sent(at, demand=1)
                                               if p.time < polls[0].time], 'a D bit after it')
        check(len(b.received(at, final=0)) > 80, 'the peer is silent')
        mode(b, 'async-without-echo')
        equal(b.session.running('detection-time'), 30000, 'detection-time')
        no_flap(b)
        # what is not heard now is missed
        since = b.monitor.mark()
        b.peer.tap.read()
        at = b.mark()
        last = b.received()[-1].time
        b.peer.period, b.peer.answers = 0, False
        fails(b, since, last + 30 * MS)


@test('demand off, and the peer stays silent: a Detection Time from the Final')
def off_silent():
    with bench('tx 50ms rx 10ms') as b:
        b.peer.period = 0
        since = b.monitor.mark()
        at = b.mark()
        b.session.set('demand-enabled off')
        b.run(until=lambda: b.received(at, final=1))
        fails(b, since, b.received(at, final=1)[-1].time + 30 * MS)



@test('demand off, and the peer does not hear it: a Detection Time from the first Poll')
def off_unheard():
    with bench('tx 50ms rx 10ms') as b:
        b.peer.period, b.peer.answers = 0, False
        since = b.monitor.mark()
        at = b.mark()
        b.session.set('demand-enabled off')
        b.run(until=lambda: b.sent(at, poll=1))
        fails(b, since, b.sent(at, poll=1)[0].time + 150 * MS)


@test('on and off and on, with intervals of ours much longer than the Detection Time: no flap')
def slow():
    with bench('tx 1s rx 10ms mult 3', demand=False) as b:
        for _ in range(3 if DEBUG else 10):
            b.session.set('demand-enabled')
            b.run(3 * S)
            mode(b, 'demand-without-echo')
            equal(b.session.running('detection-time'), 3000000, 'detection-time')
            b.session.set('demand-enabled off')
            b.run(3 * S)
            mode(b, 'async-without-echo')
            equal(b.session.running('detection-time'), 30000, 'detection-time')
        no_flap(b)


@test('on and off at any moment, also in the middle of a Poll Sequence: no flap')
def quick():
    with bench(demand=False) as b:
        for i in range(30 if DEBUG else 100):
            b.session.set('demand-enabled' + (' off' if i % 2 else ''))
            b.run(i * 317000 % (40 * MS))
        b.settle()
        b.run(1 * S)
        mode(b, 'async-without-echo')
        no_flap(b)


@test('a restarted peer is noticed, although we expect no packet of it')
def restarted():
    with bench() as b:
        b.run(10 * S)
        since = b.monitor.mark()
        at = b.mark()
        b.peer.auto = False
        t = now()
        b.peer.say(my=0x0c0c0c0c, your=0, state=DOWN)
        e = b.monitor.state(DOWN, since=since)
        check(e, 'it stays Up')
        equal(e['local-diagnostic'], 'neighbor-down', 'local-diagnostic')
        within(e['monotonic'] - t, 0, 1 * MS, 'the time it took')
        down = b.sent(at, state=DOWN)
        check(down and not down[0].bfd.demand, 'it is not told, or with the D bit')
        b.peer.auto = True
        b.run(until=lambda: b.peer.says.state == UP and b.peer.hears.demand)
        b.settle()
        mode(b, 'demand-without-echo')


@test('the peer goes to AdminDown: noticed at once, and the D bit goes')
def admin_down():
    with bench() as b:
        at = b.mark()
        b.peer.auto = False
        b.peer.say(state=ADMIN_DOWN)
        equal(b.session.state, DOWN, 'the state')
        b.run(2 * S)
        equal(b.sent(at, state=DOWN, demand=1), [], 'the D bit in Down')


@test('the D bit goes when the peer says Init, and comes again with a Poll (6.6)')
def init():
    with bench() as b:
        b.peer.auto, b.peer.period = False, 9 * MS
        at = b.mark()
        b.peer.say(state=INIT)
        b.run(200 * MS)
        equal(b.sent(at, demand=1), [p for p in b.sent(at, demand=1)
                                     if p.time < b.received(at)[0].time], 'the D bit')
        check(b.sent(at, poll=1), 'no Poll tells it')
        mode(b, 'async-without-echo')
        at = b.mark()
        b.peer.say(state=UP)
        b.run(500 * MS)
        check(b.sent(at, poll=1, demand=1), 'the D bit does not come again by a Poll')
        mode(b, 'demand-without-echo')
        no_flap(b)


@test('in asynchronous mode a Poll on request does no harm, answered or not')
def asynchronous():
    with bench(demand=False) as b:
        at = b.mark()
        poll(b)
        b.run(500 * MS)
        equal(len(b.sent(at, poll=1)), 1, 'the number of Polls')
        b.peer.answers = False
        at = b.mark()
        poll(b)
        b.run(2 * S)
        check(len(b.sent(at, poll=1)) > 150, 'the Poll is not repeated')
        poll(b)
        no_flap(b)
        b.peer.send(final=1)
        at = b.mark()
        b.run(1 * S)
        equal(b.sent(at, poll=1), [], 'Polls after the Final')


@test('a Poll on request of a session that is not Up is refused, with the reason')
def refused():
    with Bench(up=False) as b:
        try:
            poll(b)
            check(False, 'it was accepted')
        except Refused as e:
            equal(e.errno, errno.ENOTCONN, 'errno')
            check('not up' in e.message, f'the message is "{e.message}"')


@test('both in Demand mode: not a packet, but what changes is polled for (6.6)')
def both():
    with bench() as b:
        b.peer.say(demand=1)
        b.run(100 * MS)
        at = b.mark()
        b.run(50 * S)
        equal(b.sent(at) + b.received(at), [], 'packets')
        equal(b.session.running('negotiated-tx-interval'), 0, 'negotiated-tx-interval')
        equal(b.session.running('remote-demand'), True, 'remote-demand')
        for change, field, value in (('mult 7', 'mult', 7), ('tx 30ms', 'tx', 30000),
                                     ('rx 30ms', 'rx', 30000), ('tx 10ms', 'tx', 10000)):
            at = b.mark()
            b.session.set(change)
            b.run(500 * MS)
            packets = b.sent(at)
            equal(len(packets), 1, f'the number of packets for {change}')
            equal((packets[0].bfd.poll, packets[0].bfd.demand), (1, 1), 'P and D')
            equal(getattr(packets[0].bfd, field), value, field)
        no_flap(b)


@test('both in Demand mode: the first Poll on request leaves at once, and is all there is')
def both_poll():
    with bench() as b:
        b.peer.say(demand=1)
        b.run(1 * S)
        at = b.mark()
        t = now()
        poll(b)
        b.run(1 * S)
        polls = b.sent(at)
        equal(len(polls), 1, 'the number of packets')
        within(polls[0].time - t, 0, 5 * MS, 'the time to the Poll')
        b.peer.answers = False
        since = b.monitor.mark()
        at = b.mark()
        poll(b)
        b.run(until=lambda: b.sent(at, poll=1))
        fails(b, since, b.sent(at, poll=1)[0].time + 30 * MS)


@test('both in Demand mode: verification on an interval, to the raster')
def both_verify():
    with bench() as b:
        b.peer.say(demand=1)
        verify_every(b, 100000)
        b.run(1 * S)
        at = b.mark()
        b.run(20 * S)
        packets = b.sent(at)
        check(all(p.bfd.poll for p in packets), 'a packet without P')
        found = gaps(packets)
        within(len(found), 195, 200, 'the number of Polls')
        within(min(found), 100 * MS, 101 * MS, 'the least time between two')
        within(max(found), 100 * MS, 101 * MS, 'the longest time between two')
        equal(b.session.running('negotiated-tx-interval'), 0, 'negotiated-tx-interval')
        no_flap(b)


@test('both in Demand mode: a new discriminator of the peer is confirmed by a Poll (6.6)')
def both_discr():
    with bench() as b:
        b.peer.say(demand=1)
        b.run(1 * S)
        at = b.mark()
        b.peer.say(my=0x0d0d0d0d)
        b.run(1 * S)
        packets = b.sent(at)
        equal([(p.bfd.poll, p.bfd.your) for p in packets], [(1, 0x0d0d0d0d)], 'what is sent')


@test('both in Demand mode: what the peer changes is reported, and not late')
def both_events():
    with bench() as b:
        b.peer.say(demand=1)
        b.run(1 * S)
        since = b.monitor.mark()
        t = now()
        for us in (20000, 30000, 40000):
            b.peer.say(tx=us)
        b.run(300 * MS)
        b.monitor.mark()
        told = [e for e in b.monitor.events[since:] if e['event'] == 'parameters']
        equal(told[-1]['session-running']['remote-desired-min-tx-interval'], 40000,
              'the last interval reported')
        within(told[-1]['monotonic'] - t, 0, 101 * MS, 'the time it took')


@test('verification is no news: events tell only of Polls that were asked for, and of changes')
def verification_is_no_news():
    with bench() as b:
        for peer in (0, 1):
            b.peer.say(demand=peer)
            b.run(1 * S)
            verify_every(b, 200000)
            b.run(1 * S)
            at, since = b.mark(), b.monitor.mark()
            b.run(3 * S)
            check(len(b.received(at, final=1)) >= 10, 'it is not verified')
            b.monitor.mark()
            equal([e['event'] for e in b.monitor.events[since:]], [], 'events')
            # nor is it shown while there is no answer
            b.peer.answers = False
            at = b.mark()
            b.run(until=lambda: b.sent(at, poll=1))
            check(b.sent(at, poll=1), 'no Poll')
            equal((b.session.running('poll-active'), b.session.running('negotiated-tx-interval')),
                  (False, 0 if peer else 10000), 'poll-active and the interval')
            b.peer.answers = True
            b.run(1 * S)
            poll(b)
            b.run(1 * S)
            b.monitor.mark()
            check('parameters' in [e['event'] for e in b.monitor.events[since:]],
                  'the Poll that was asked for is not told')
        no_flap(b)


@test('a Poll that cannot leave is one that is lost: no route')
def no_route():
    with bench('tx 100ms rx 10ms') as b:
        b.peer.say(demand=1)
        verify_every(b, 1000000)
        b.run(5 * S)
        last = b.received(final=1)[-1].time
        since = b.monitor.mark()
        sh(f'ip -n {b.ns} link set e1 down')
        try:
            e = b.monitor.state(DOWN, 10 * S, since)
            check(e, 'it stays Up')
            equal(e['local-diagnostic'], 'control-expiry', 'local-diagnostic')
            within(e['monotonic'] - last, 1300 * MS, 1302 * MS, 'the time since the last Final')
        finally:
            sh(f'ip -n {b.ns} link set e1 up')
            for a in ('192.0.2.2', '192.0.2.3'):
                sh(f'ip -n {b.ns} neigh replace {a} lladdr 02:00:00:00:01:02 nud permanent dev e1')


@test('to a peer that asks for silence a Poll goes once, and must be answered')
def silenced():
    with bench() as b:
        b.peer.say(rx=0)
        b.run(100 * MS)
        at = b.mark()
        poll(b)
        b.run(1 * S)
        equal([p.bfd.poll for p in b.sent(at)], [1], 'the packets')
        no_flap(b)
        b.peer.answers = False
        at, since = b.mark(), b.monitor.mark()
        poll(b)
        fails(b, since, b.sent(at, poll=1)[0].time + 30 * MS)


main()
