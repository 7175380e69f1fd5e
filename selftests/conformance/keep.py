# SPDX-License-Identifier: GPL-2.0
"""What is kept, for how long: RFC 5880, 6.8.1 and 6.8.18."""

from registry import TEXT, bug, exact, outside, rule
from result import check, equal
from stage import MS, S, TUS, pace, up
from tool import now
from wire import ADMIN_DOWN, DOWN


def kept(s, detection):
    """What is known of the peer is kept for this time after its last packet, not longer."""
    s.hush()
    last = s.received()[-1].time
    known = s.session.show()['remote-discriminator']
    check(known, 'nothing to keep')
    s.run(last + detection - 2 * MS - now())
    equal(s.session.show()['remote-discriminator'], known, 'before: the discriminator')
    s.run(4 * MS)
    show = s.session.show()
    equal(show['remote-discriminator'], 0, 'after: the discriminator')
    equal(show['session-running']['remote-required-min-rx-interval'], 1,
          'after: RemoteMinRxInterval')
    at = s.mark()
    s.run(3 * S)
    check(s.sent(at) and all(p.bfd.your == 0 for p in s.sent(at)), 'Your Discriminator on the wire')


@rule('5880', '6.8.1', 'MUST', 'bfd.RemoteDiscr is zero after a Detection Time of silence')
@rule('5880', '6.8.18', 'SHOULD', 'bfd.RemoteMinRxInterval is 1 after a Detection Time of silence')
@bug(13)
@exact
def down_by_silence():
    with up() as s:
        kept(s, 30 * MS)


@rule('5880', '6.8.1', 'MUST', 'what is known of the peer is kept for a Detection Time after its '
                               'last packet: in Down')
@rule('5880', '6.8.18', 'MUST', 'a session that is down keeps its timers for a Detection Time of '
                                'silence')
@bug(12, 13)
@exact
def down_by_the_peer():
    with up() as s:
        s.hush()
        s.peer.say(state=DOWN, tx=400000, mult=5)
        s.is_now('down', 'neighbor-down')
        kept(s, 2 * S)


@rule('5880', '6.8.1', 'MUST', 'what is known of the peer is kept for a Detection Time after its '
                               'last packet: in AdminDown')
@bug(12)
@exact
def admin_down():
    with up(tx=100000) as s:
        s.session.set('admin-down')
        kept(s, 300 * MS)


@rule('5880', '6.8.1', 'MUST', 'what is known of the peer is kept for a Detection Time after its '
                               'last packet: the peer is in AdminDown')
@bug(13)
@exact
def remote_admin_down():
    with up() as s:
        s.hush()
        s.peer.say(state=ADMIN_DOWN, tx=1000000, mult=3)
        kept(s, 3 * S)


@rule('5880', '6.8.1', TEXT, 'a session that flaps keeps its timers')
def flap():
    with up() as s:
        s.hush()
        s.peer.say(state=DOWN, rx=7000000, tx=7000000)
        equal(s.session.running('negotiated-tx-interval'), 7000000, 'negotiated-tx-interval')
        equal(s.session.running('detection-time'), 7000000 * s.peer.says.mult, 'detection-time')
        s.is_now('down')


@rule('5880', '6.8.18', TEXT, 'Required Min RX Interval is obeyed also while the session is down')
@exact
def obeyed_in_down():
    with up() as s:
        s.peer.auto = False
        s.peer.say(state=DOWN, rx=5000000, tx=1000000, your=0)
        s.peer.says.state = ADMIN_DOWN
        s.peer.period = 1 * S
        s.run(10 * S)
        at = s.mark()
        s.run(60 * S)
        pace(s.periodic(at), 5 * S)


@rule('5880', '6.8.18', 'MAY', 'a peer may hold the session with Required Min RX Interval 0: it is '
                               'sent nothing')
@bug(19)
@exact
def held_by_the_peer():
    with up() as s:
        s.peer.auto = False
        s.peer.period = 1 * S
        s.peer.say(state=ADMIN_DOWN, rx=0, tx=1000000)
        at = s.mark()
        s.run(30 * S)
        equal(s.sent(at), [], 'packets')
        s.peer.says.rx = TUS
        s.peer.says.state = DOWN
        s.talk()
        check(s.up(), 'not up again')


@rule('5880', '6.8.18', 'SHOULD', 'silence asked for by a peer that is gone is forgotten with it')
@bug(1, 19)
@exact
def held_by_nobody():
    with up() as s:
        s.hush()
        s.peer.say(state=ADMIN_DOWN, rx=0, tx=1000000)
        at = s.mark()
        s.run(3 * S - 10 * MS)
        equal(s.sent(at), [], 'packets in the Detection Time')
        s.run(5 * S)
        check(len(s.sent(at)) >= 4, 'no packets after it')


@rule('5880', '6.8.18', 'MAY', 'we may ask for silence with Required Min RX Interval 0')
@rule('5880', '6.8.1', TEXT, 'bfd.RequiredMinRxInterval zero: we want no periodic packets')
@exact
def ask_for_silence():
    with up('tx 10ms rx 0') as s:
        equal(s.sent()[-1].bfd.rx, 0, 'Required Min RX Interval')
        s.hush()
        s.run(60 * S)
        s.no_flap()


outside('5880', '6.8.18', 'MAY', 'a session may be prevented from being established',
        'a permission; with AdminDown an operator can')
outside('5880', '6.8.1', 'MAY', 'what is known of the peer may be kept for longer',
        'a permission; it is forgotten after a Detection Time')
