# SPDX-License-Identifier: GPL-2.0
"""Echo without a peer that runs BFD: RFC 9747."""

from auth import METICULOUS_SHA1
from authentication import auth_of, method
from echo import PORT
from echoes import PACE, looping
from registry import TEXT, bug, exact, long, outside, rule
from result import check, equal, within
from stage import MS, S, VIRTUAL, Stage, every_family, on_time, replace
from tool import ToolError
from wire import ADMIN_DOWN, DOWN, INIT, UP, Bfd, gaps

MULT = 3 if VIRTUAL else 20


def alone(link=None, options='', watch=False):
    """with alone() as s: the neighbor, who only forwards, is s.peer."""
    s = Stage(f'unaffiliated-echo echo-tx {PACE // 1000}us mult {MULT} {options}', come_up=False,
              peer=looping(link), watch=watch)
    s.hush()
    return s


def rise(s):
    s.run(until=lambda: s.session.state == UP, limit=10 * S)
    s.is_up()


def said(s, since=0):
    return [p.bfd for p in s.peer.echoes[since:]]


@rule('9747', '2', 'MUST', 'the state machine is that of RFC 5880, 6.2, of states that were looped '
                           'back')
@rule('9747', '2', TEXT, 'a path is watched whose other end only forwards')
@rule('9747', '3', TEXT, 'the Echo function runs without Asynchronous or Demand mode')
@long
def comes_up():
    def over(link):
        with alone(link) as s:
            rise(s)
            s.run(20 * PACE)
            equal(list(dict.fromkeys(b.state for b in said(s))), [DOWN, INIT, UP], 'the states')
            s.no_flap()
            equal(s.sent(), [], 'Control packets')
    every_family(over)


@rule('9747', '2', TEXT, 'AdminDown is not used')
@long
def no_admin_down():
    with alone() as s:
        rise(s)
        try:
            s.session.set('admin-down')
        except ToolError:
            pass
        s.run(10 * PACE)
        check(ADMIN_DOWN not in {b.state for b in said(s)}, 'AdminDown was sent')


@rule('9747', '2', TEXT, 'packets are UDP to port 3785, encapsulated as Echo packets are')
@rule('9747', '2', 'MUST', 'packets are sent with TTL or Hop Limit 255')
@bug(35, 36)
@long
def encapsulation():
    def over(link):
        with alone(link) as s:
            rise(s)
            ours = s.peer.link['dst']
            for p in s.peer.echoes:
                equal((p.dport, p.dst, p.ttl, p.dst_mac), (PORT, ours, 255, b'\2\0\0\0\1\2'),
                      'port, destination, TTL, datalink address')
    every_family(over)


@rule('9747', '2', 'MUST', 'packets received have a TTL or Hop Limit of 254')
@rule('9747', '2', 'MUST', 'packets received with another one are dropped')
@long
def ttl():
    with alone() as s:
        s.peer.loops = False
        s.run(2 * S)
        p = s.peer.echoes[-1]
        for hops in (255, 253, 64):
            s.refused('ttl', lambda h=hops: s.peer.back(p, ttl=h), own=True)
        s.is_now('down')


@rule('9747', '5', 'MUST', 'all fields of a packet have been given a value')
@rule('9747', '2', 'MUST', 'Desired Min TX and Required Min RX Interval have a value of their own')
@rule('9747', '2', 'SHOULD', 'that is one second')
@rule('9747', '2', 'MUST', 'Required Min Echo RX Interval has a value of its own')
@rule('9747', '2', 'SHOULD', 'that is 0')
@rule('9747', '2', 'MUST', 'Detect Mult is what was configured')
@rule('9747', '2', 'MUST', 'My Discriminator is that of the session')
@rule('9747', '2', 'MUST', 'Your Discriminator is 0 at first, then what My Discriminator was when '
                           'it was looped back')
@long
def contents():
    with alone() as s:
        rise(s)
        s.run(10 * PACE)
        for b in said(s):
            equal((b.tx, b.rx, b.echo_rx, b.mult, b.my, b.poll, b.final),
                  (1000000, 1000000, 0, MULT, s.session.discr, 0, 0), 'the contents')
        equal(list(dict.fromkeys(b.your for b in said(s))), [0, s.session.discr],
              'Your Discriminator')


@rule('9747', '2', 'MUST', 'intervals received are ignored')
@rule('9747', '2', 'MUST NOT', 'intervals received count for the Detection Time')
@exact
def intervals_ignored():
    def change(payload):
        return bytes(replace(Bfd.parse(payload), tx=9000000, rx=8000000, echo_rx=7000000))
    with alone() as s:
        s.peer.change = change
        rise(s)
        s.run(5 * PACE)
        at = len(s.peer.echoes)
        s.run(50 * PACE)
        within(max(gaps(s.peer.echoes[at:])), PACE * 3 // 4, PACE, 'the longest gap')
        last = s.peer.echoes[-1].time
        s.peer.loops = False
        s.run(until=lambda: s.session.state != UP, limit=1 * S)
        check(s.session.state == DOWN, 'not down: the intervals count')
        check(s.peer.echoes and last, 'nothing was sent')


@rule('9747', '2', 'MUST', 'Up, the interval is what was configured')
@rule('9747', '2', 'SHOULD', 'not Up, there is one packet a second at most')
@exact
def pace_of_packets():
    with alone() as s:
        s.peer.loops = False
        s.run(10 * S)
        found = gaps(s.peer.echoes)
        within(min(found), 750 * MS, S, 'the least gap in Down')
        within(max(found), 750 * MS, S, 'the longest gap in Down')
        s.peer.loops = True
        rise(s)
        s.run(5 * PACE)
        at = len(s.peer.echoes)
        s.run(100 * PACE)
        found = gaps(s.peer.echoes[at:])
        within(min(found), PACE * 3 // 4, PACE, 'the least gap in Up')
        within(max(found), PACE * 3 // 4, PACE, 'the longest gap in Up')


@rule('9747', '2', 'MUST', 'Detect Mult packets that do not come back lead to Down with diagnostic '
                           '2')
@rule('9747', '2', TEXT, 'Down, the rate is slow again')
@bug(48)
@exact
def failure():
    def over(link):
        with alone(link, watch=True) as s:
            rise(s)
            s.run(10 * PACE)
            s.peer.loops = False
            last = s.peer.echoes[-1].time
            at = s.monitor.mark()
            s.run(1 * S)
            s.is_now('down', 'echo-failed')
            on_time(s.changes(at, 1)[0]['monotonic'], last + MULT * PACE, 'Down')
            at = len(s.peer.echoes)
            s.run(10 * S)
            within(len(s.peer.echoes) - at, 9, 14, 'packets in 10 s')
            s.peer.loops = True
            rise(s)
    every_family(over)


@rule('9747', '2', TEXT, 'packets with Your Discriminator are for the session that it names')
@long
def demultiplexed():
    with alone() as s:
        rise(s)
        s.peer.loops = False
        p = s.peer.echoes[-1]
        other = s.session.discr ^ 1
        accepted = s.session.stat('receive-packet-count')
        s.peer.back(p, bytes(replace(p.bfd, your=other, my=other)))
        s.mark()
        equal(s.session.stat('receive-packet-count'), accepted, 'packets accepted')
        s.refused('your-discriminator', lambda: s.peer.back(p, bytes(replace(p.bfd, your=other))),
                  own=None)


@rule('9747', '5', 'SHOULD', 'packets can be authenticated')
@rule('9747', '2', TEXT, 'packets are checked and authenticated as in RFC 5880')
def authenticated():
    with alone(options=method(METICULOUS_SHA1)) as s:
        rise(s)
        signer = auth_of(METICULOUS_SHA1)
        equal({signer.signed(p.payload) for p in s.peer.echoes}, {None}, 'not signed right')
        s.peer.loops = False
        p = s.peer.echoes[-1]
        s.peer.back(p, p.payload[:-1] + bytes([p.payload[-1] ^ 1]))
        s.mark()
        drops = s.session.drops()
        equal(drops['auth-digest'] + drops['auth-sequence'], 1, 'drops')
        for payload, reason in ((b'\0' + p.payload[1:], 'version'), (p.payload[:20], 'too-short')):
            s.refused(reason, lambda d=payload: s.peer.back(p, d), own=None)


@rule('9747', '4', TEXT, 'it may run beside other sessions, with discriminators of its own')
def beside_others():
    other = {'src': '192.0.2.3', 'my': 3}
    with alone() as s, Stage('tx 300ms rx 300ms', link=other) as two:
        two.peer.say(mult=255)
        rise(s)
        two.is_up()
        check(s.session.discr != two.session.discr, 'the same discriminator')


outside('9747', '2', TEXT, 'the neighbor forwards packets addressed to us', 'by its operator')
outside('9747', '4', 'MUST', 'the neighbor does not run another session with us',
        'the operator decides; a second session for the path is refused')
outside('9747', '5', 'MUST NOT', 'the neighbor uses strict reverse path filters', 'its operator')
