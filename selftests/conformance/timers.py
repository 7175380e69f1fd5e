# SPDX-License-Identifier: GPL-2.0
"""Changed timers: RFC 5880, 6.8.3 and 6.8.10 to 6.8.12."""

from registry import TEXT, bug, exact, long, outside, rule
from result import check, equal, within
from stage import MS, S, SLOT, T, TUS, VIRTUAL, fresh, on_time, pace, up
from tool import now
from wire import DOWN, INIT


@rule('5880', '6.8.3', TEXT, 'timers may be changed at any time without a change of state')
@rule('5880', '6.8.10', TEXT, 'bfd.RequiredMinRxInterval may be changed to any value at any time')
@rule('5880', '6.8.11', TEXT, 'bfd.DesiredMinTxInterval may be changed to any value at any time')
@bug(18)
@long
def no_flap():
    with up() as s:
        for k in (20, 1, 50, 5, 1):
            s.session.set(f'tx {k * TUS}us rx {k * TUS}us')
            s.settle()
            s.run(5 * k * T if k < 10 else 10 * T)
            equal(s.session.running('negotiated-tx-interval'), k * TUS, 'negotiated-tx-interval')
        s.no_flap()


@rule('5880', '6.8.3', TEXT, 'also intervals beyond a second, and the largest there are')
@bug(18)
@exact
def large_intervals():
    with up() as s:
        for us in (1500000, 60000000, 4294967295):
            s.session.set(f'tx {us}us rx {us}us')
            s.settle(limit=300 * S)
            r = s.session.show()['session-running']
            equal((r['negotiated-tx-interval'], r['detection-time']), (us, 3 * us), 'in force')
        s.no_flap()


@rule('5880', '6.8.3', 'MUST', 'a changed bfd.DesiredMinTxInterval starts a Poll Sequence')
@rule('5880', '6.8.10', TEXT, 'a new Required Min RX Interval is in the next packet')
@rule('5880', '6.8.3', 'MUST', 'a changed bfd.RequiredMinRxInterval starts a Poll Sequence')
@long
def change_is_polled():
    for option, told in ((f'tx {2 * TUS}us', (2 * TUS, TUS)), (f'rx {2 * TUS}us', (TUS, 2 * TUS)),
                         (f'tx {TUS // 2}us', (TUS // 2, TUS)),
                         (f'rx {TUS // 2}us', (TUS, TUS // 2))):
        with up() as s:
            s.peer.answers = False
            s.session.set(option)
            at = s.begins(s.mark(), poll=1)
            s.run(3 * T)
            p = s.sent(at)
            check(p and all(x.bfd.poll for x in p), f'{option}: not all packets poll')
            equal((p[0].bfd.tx, p[0].bfd.rx), told, f'{option}: the intervals')


@rule('5880', '6.8.3', 'MUST', 'coming Up, when intervals shrink to what was configured, is polled '
                               'for')
@bug(21)
def up_is_polled():
    with fresh() as s:
        s.peer.answers = False
        check(s.up(), 'not up')
        at = s.mark()
        s.run(10 * T)
        p = s.sent(at)
        check(len(p) > 3 and all(x.bfd.poll for x in p), 'not all packets poll')


@rule('5880', '6.8.3', 'MAY', 'changed intervals may be told in a Final before they are polled for')
@exact
def change_in_final():
    with up() as s:
        s.peer.answers = False
        at = s.mark()
        s.session.set(f'tx {2 * TUS}us')
        s.peer.send(poll=1)
        f = s.sent(at, final=1)[0].bfd
        equal((f.tx, f.poll), (2 * TUS, 0), 'the interval and P of the Final')


@rule('5880', '6.8.3', 'MUST NOT', 'Up, a longer bfd.DesiredMinTxInterval is used before its Poll '
                                   'Sequence has ended')
@bug(18)
@exact
def longer_tx_waits():
    with up() as s:
        s.peer.answers = False
        s.session.set('tx 50ms')
        at = s.mark()
        s.run(1 * S)
        pace(s.periodic(at), 10 * MS)
        s.peer.send(final=1)
        at = s.mark()
        s.run(1 * S)
        pace(s.periodic(at), 50 * MS)


@rule('5880', '6.8.3', 'MUST', 'Up, a shorter bfd.RequiredMinRxInterval counts for the Detection '
                               'Time only after its Poll Sequence')
@exact
def shorter_rx_waits():
    with up('tx 10ms rx 100ms') as s:
        s.peer.answers = False
        s.session.set('rx 10ms')
        s.run(500 * MS)
        equal(s.session.running('detection-time'), 300000, 'before the Final')
        s.hush()
        s.peer.send(final=1)
        equal(s.session.running('detection-time'), 30000, 'after the Final')
        last = s.received()[-1].time
        on_time(s.fell().time, last + 30 * MS, 'Down')


@rule('5880', '6.8.3', 'MUST', 'the old Detection Time holds to the end of the Poll Sequence')
@exact
def old_detection_time_holds():
    with up('tx 10ms rx 100ms') as s:
        s.peer.answers = False
        s.session.set('rx 10ms')
        s.run(100 * MS)
        s.hush()
        last = s.received()[-1].time
        on_time(s.fell().time, last + 300 * MS, 'Down')


@rule('5880', '6.8.3', 'MUST', 'not Up, bfd.DesiredMinTxInterval is at least a second')
@rule('5880', '6.8.1', 'MUST', 'bfd.DesiredMinTxInterval is at least a second at first')
@bug(14)
@long
def slow_unless_up():
    with fresh('tx 1ms rx 1ms') as s:
        s.hush()
        s.run(1 * S)
        check(s.sent() and all(p.bfd.tx >= 1000000 for p in s.sent()), 'in Down')
        s.peer.says.your = s.session.discr
        check(all(p.bfd.tx >= 1000000 for p in s.answer(state=DOWN, poll=1)), 'in Init')
        check(all(p.bfd.tx == 1000 for p in s.answer(state=INIT)), 'in Up')
        check(all(p.bfd.tx >= 1000000 for p in s.answer(state=DOWN)), 'in Down again')
        at = s.mark()
        s.session.set('admin-down')
        check(s.sent(at) and all(p.bfd.tx >= 1000000 for p in s.sent(at)), 'in AdminDown')


@rule('5880', '6.8.3', 'MUST', 'not Up, a configured interval of more than a second is told as it '
                               'is')
@long
def slower_than_slow():
    with fresh('tx 5s rx 5s') as s:
        s.hush()
        s.run(1 * S)
        s.mark()
        equal({p.bfd.tx for p in s.sent()} or {5000000}, {5000000}, 'Desired Min TX Interval')
        equal(s.answer(poll=1)[-1].bfd.tx, 5000000, 'Desired Min TX Interval')


@rule('5880', '6.8.3', TEXT, 'only Desired Min TX Interval is raised while not Up, not Required '
                             'Min RX')
@bug(28)
def required_rx_unless_up():
    with fresh(f'tx {TUS}us rx {TUS}us') as s:
        s.hush()
        equal(s.answer(poll=1)[-1].bfd.rx, TUS, 'Required Min RX Interval')


@rule('5880', '6.8.3', 'MUST', "a shorter bfd.RemoteMinRxInterval is honored at once")
@bug(20)
@exact
def shorter_remote_rx():
    with up(rx=500000) as s:
        s.run(2 * S)
        last = s.expect().time
        s.run(last + 100 * MS - now())
        at = s.mark()
        s.peer.say(rx=200000)           # 100 ms of it have passed
        s.run(300 * MS)
        within(s.periodic(at)[0].time - last, 150 * MS - SLOT, 200 * MS + SLOT, 'the next packet')


@rule('5880', '6.8.3', 'MUST', 'if the shorter interval has passed already, a packet is sent as '
                               'soon as possible')
@bug(20)
@exact
def overdue_packet():
    with up(rx=500000) as s:
        s.run(2 * S)
        last = s.expect().time
        s.run(last + 100 * MS - now())
        at = s.mark()
        s.peer.say(rx=10000)
        asked = s.received(at)[-1].time
        s.run(300 * MS)
        on_time(s.periodic(at)[0].time, asked, 'the next packet')


@rule('5880', '6.8.3', 'MUST', 'a shorter interval of ours is used at once')
@exact
def shorter_tx():
    with up('tx 300ms rx 10ms') as s:
        s.peer.answers = False
        s.run(1 * S)
        at = s.mark()
        last = s.periodic()[-1].time
        s.session.set('tx 20ms')
        changed = now()
        s.run(1 * S)
        packets = s.periodic(at)
        within(packets[0].time, changed - MS, max(changed + SLOT, last + 20 * MS),
               'the next packet')
        pace(packets, 20 * MS)


@rule('5880', '6.8.3', 'MUST', 'a longer bfd.RequiredMinRxInterval counts for the Detection Time '
                               'at once')
def longer_rx():
    with up() as s:
        s.peer.answers = False
        s.session.set(f'rx {20 * TUS}us')
        if not VIRTUAL:                 # an earlier Poll Sequence may still be in the way
            s.expect(rx=20 * TUS)
        equal(s.session.running('detection-time'), 20 * TUS * s.peer.says.mult, 'detection-time')


@rule('5880', '6.8.3', 'MUST', 'a changed Desired Min TX Interval or Detect Mult of the peer '
                               'counts for the Detection Time at once')
@exact
def remote_changes_count():
    with up() as s:
        for tx, mult in ((200000, 3), (10000, 3), (30000, 7), (30000, 1), (10000, 255)):
            s.peer.say(tx=tx, mult=mult)
            equal(s.session.running('detection-time'), max(tx, 10000) * mult, 'detection-time')


@rule('5880', '6.8.3', 'MUST', 'changes during a Poll Sequence are kept apart: told in one packet, '
                               'or a round trip after the last Poll')
@long
def changes_in_a_poll():
    with up() as s:
        s.peer.answers = False
        s.session.set(f'tx {5 * TUS}us')
        s.expect(poll=1)
        at = s.mark()
        s.session.set(f'tx {2 * TUS}us rx {3 * TUS}us')
        s.run(10 * T)
        check(s.periodic(at) and all(p.bfd.poll and (p.bfd.tx, p.bfd.rx) == (5 * TUS, TUS)
                                     for p in s.periodic(at)), 'the second change is told early')
        s.peer.send(final=1)
        at = s.begins(s.mark(), poll=1, tx=2 * TUS)
        s.run(60 * T)
        told = s.periodic(at, poll=1)
        check(told and all((p.bfd.tx, p.bfd.rx) == (2 * TUS, 3 * TUS) for p in told),
              'the second change is not polled for')


@rule('5880', '6.8.3', 'MUST', 'a Poll Sequence starts a round trip after the last Poll of the one '
                               'before')
@exact
def late_final():
    with up() as s:
        s.peer.answers = False
        s.session.set('tx 20ms')
        s.run(200 * MS)                 # the Final takes that long
        last = s.sent(poll=1)[-1].time
        s.peer.send(final=1)
        at = s.mark()
        s.session.set('tx 60ms')
        s.run(150 * MS)
        s.peer.send(final=1)            # one more answer to the first sequence
        s.run(2 * S)
        polls = s.sent(at, poll=1)
        check(polls and polls[0].time - last >= 190 * MS, 'a Poll too early')
        equal(s.session.running('negotiated-tx-interval'), 20000, 'the interval in use')


@rule('5880', '6.8.12', TEXT, 'a changed multiplier is in the next packet')
@rule('5880', '6.8.12', TEXT, 'a changed multiplier needs no Poll Sequence')
@bug(24)
def multiplier():
    with up() as s:
        at = s.mark()
        for mult in (7, 1, 255, 3):
            s.session.set(f'mult {mult}')
            p = s.expect()
            equal(p.bfd.mult, mult, 'Detect Mult of the next packet')
        equal(s.sent(at, poll=1), [], 'Polls')
        s.no_flap()


@rule('5880', '6.4', 'SHOULD', 'Required Min RX Interval is as low as the circumstances allow')
def lowest_rx():
    with up('tx 1s rx 1ms', tx=TUS) as s:
        equal(s.sent()[-1].bfd.rx, 1000, 'Required Min RX Interval')


outside('5880', '6.8.3', 'MUST', 'a Poll Sequence may wait for a packet without F (third choice)',
        'one of three ways; a round trip is waited for')
