# SPDX-License-Identifier: GPL-2.0
"""The Echo function: RFC 5880, 5, 6.4, 6.8.5, 6.8.8, 6.8.9, 6.8.13; RFC 5881, 4."""

from echo import PORT, EchoPeer
from registry import TEXT, bug, exact, long, outside, rule
from result import check, equal, within
from stage import MS, S, T, TUS, VIRTUAL, every_family, fresh, host, net_drops, on_time, peer_at, up
from tool import sh
from wire import DOWN, gaps

# on a real kernel the peer may be late with looping
PACE = 2 * T if VIRTUAL else 5 * T
SEND = f'tx {TUS}us rx {TUS}us echo echo-tx {PACE // 1000}us mult {3 if VIRTUAL else 20}'
LOOP = f'tx {TUS}us rx {TUS}us echo-rx {PACE // 1000}us'


def looping(link=None, **fields):
    return peer_at(link, EchoPeer, **{'echo_rx': TUS, **fields})


def sending(link=None, options='', **fields):
    """with sending() as s: we send Echo packets, the peer loops them."""
    return up(f'{SEND} {options}', peer=looping(link, **fields))


def loops(link=None, options='', **fields):
    """with loops() as s: we loop Echo packets of the peer."""
    return up(f'{LOOP} {options}', peer=looping(link, **fields))


def some(s, count=5):
    """Run until the peer has had some more of our Echo packets; return these."""
    at = len(s.peer.echoes)
    s.run(until=lambda: len(s.peer.echoes) >= at + count, limit=count * 4 * PACE)
    check(len(s.peer.echoes) >= at + count, f'only {len(s.peer.echoes) - at} Echo packets')
    return s.peer.echoes[at:]


def none(s, ns=10 * PACE):
    s.run(1 * MS)
    at = len(s.peer.echoes)
    s.run(ns)
    equal(len(s.peer.echoes) - at, 0, 'Echo packets')


@rule('5880', '6.8.9', 'MUST NOT', 'Echo packets are sent while not Up')
@rule('9747', '3', 'MUST NOT', 'beside Asynchronous or Demand mode, Echo packets are sent while '
                               'not Up')
@long
def only_up():
    with fresh(SEND, peer=looping()) as s:
        s.hush()
        s.peer.says.your = s.session.discr
        none(s, 1 * S)
        s.peer.say(state=DOWN)
        s.is_now('init')
        none(s)


@rule('5880', '6.8.9', 'MUST NOT', 'Echo packets are sent to a peer whose Required Min Echo RX '
                                   'Interval is zero')
@rule('9747', '3', 'MUST NOT', 'beside Asynchronous or Demand mode, Echo packets are sent to who '
                               'does not loop them')
@rule('5880', '6.8.6', 'MUST', 'Echo packets end when Required Min Echo RX Interval becomes zero')
@rule('5880', '4.1', TEXT, 'Required Min Echo RX Interval 0: the peer does not loop')
@long
def only_who_loops():
    with sending(echo_rx=0) as s:
        none(s)
        s.peer.say(echo_rx=TUS)
        some(s)
        s.peer.say(echo_rx=0)
        none(s)
        s.no_flap()


@rule('5880', '6.8.9', 'MAY', 'Echo packets are sent while Up')
@rule('9747', '3', 'MAY', 'beside Asynchronous or Demand mode, Echo packets are sent while Up')
@rule('5880', '6.4', TEXT, 'the Echo function may run in either direction, or both')
def sent_when_up():
    def over(link):
        with sending(link, f'echo-rx {PACE // 1000}us') as s:
            some(s)
            s.peer.echo()
            s.run(1 * MS if VIRTUAL else S)
            equal(len(s.peer.returned), 1, "the peer's Echo packet")
            check(s.session.stat('receive-echo-count') > 0, 'none came back')
            s.no_flap()
    every_family(over)


@rule('5880', '6.4', TEXT, 'who loops need not send Echo packets')
@long
def looping_only():
    with loops() as s:
        none(s)


@rule('5880', '6.8.9', 'MUST NOT', 'Echo packets are sent faster than Required Min Echo RX '
                                   'Interval allows')
@rule('9747', '3', 'MUST NOT', 'beside Asynchronous or Demand mode, Echo packets are sent faster '
                               'than the peer loops')
@rule('5880', '6.8.9', 'MAY', 'jitter of up to 25 % shortens the interval')
@rule('5880', '4.1', TEXT, 'Required Min Echo RX Interval: the least interval the peer can loop')
@bug(37)
@exact
def pace_of_echoes():
    for theirs, agreed in ((10000, 20), (70000, 70)):
        with sending(echo_rx=theirs) as s:
            some(s)
            found = [g / MS for g in gaps(some(s, 100))]
            within(min(found), agreed * 0.75, agreed, 'the least gap')
            within(max(found), agreed * 0.75, agreed, 'the longest gap')


@rule('5880', '6.8.5', 'MUST', 'missing Echo packets lead to Down with diagnostic 2')
@rule('5880', '6.8.8', 'MUST', 'missing Echo packets are noticed')
@rule('5880', '6.1', TEXT, 'a session whose Echo packets are lost is declared Down')
@exact
def failure():
    def over(link):
        with sending(link) as s:
            last = some(s)[-1].time
            s.peer.loops = False
            s.hush()
            p = s.fell()
            equal(p.bfd.diag, 2, 'Diag')
            on_time(p.time, last + 3 * PACE, 'Down')
    every_family(over)


@rule('5880', '6.1', TEXT, 'Down, the Echo packets end')
@long
def end_in_down():
    with sending() as s:
        some(s)
        s.hush()
        s.peer.say(state=DOWN)
        s.is_now('down')
        none(s)


@rule('5880', '6.8.16', 'MUST', 'AdminDown, the Echo packets end')
@long
def end_in_admin_down():
    with sending() as s:
        some(s)
        s.session.set('admin-down')
        none(s)


@rule('5880', '6.8.3', 'SHOULD', 'while Echo packets are sent, Required Min RX Interval is at '
                                 'least a second')
@rule('9747', '3', 'SHOULD', 'with Echo in Asynchronous mode, Required Min RX Interval is at least '
                             'a second')
@rule('5880', '6.1', TEXT, 'the rate of Control packets is low while Echo packets are sent')
@rule('5880', '6.4', TEXT, 'who sends Echo packets asks for few Control packets')
def slow_control():
    with sending() as s:
        some(s)
        s.settle()
        check(s.peer.hears.rx >= 1000000, f'Required Min RX Interval is {s.peer.hears.rx}')
        equal(s.session.running('negotiated-rx-interval'), 1000000, 'negotiated-rx-interval')
        s.no_flap()


@rule('5880', '6.8.13', 'MAY', 'Echo packets may be started and stopped at any time')
@long
def started_and_stopped():
    with sending() as s:
        for _ in range(3):
            some(s)
            s.session.set('echo off')
            none(s)
            s.session.set('echo on')
        some(s)
        s.no_flap()


@rule('5880', '6.8.13', 'MAY', 'looping may be started and stopped at any time, by Required Min '
                               'Echo RX Interval')
@rule('5880', '6.8.7', 'MUST', 'Required Min Echo RX Interval tells whether and how fast we loop')
@long
def looping_started_and_stopped():
    with loops() as s:
        for interval, count in ((PACE // 1000, 1), (0, 0), (PACE // 1000, 1)):
            s.session.set(f'echo-rx {interval}us')
            s.run(5 * T)
            s.settle()
            equal(s.answer(poll=1)[-1].bfd.echo_rx, interval, 'Required Min Echo RX Interval')
            s.run(4 * S if not interval else PACE)     # the peer may go on for a Detection Time
            s.peer.returned.clear()
            s.peer.echo()
            s.run(10 * MS if VIRTUAL else S)
            equal(len(s.peer.returned), count, 'Echo packets that came back')
        s.no_flap()


@rule('5880', '6.4', 'SHOULD', 'Required Min Echo RX Interval is as low as the circumstances allow')
def lowest_echo_rx():
    with up('tx 1s rx 1s echo-rx 10ms', peer=looping()) as s:
        equal(s.peer.hears.echo_rx, 10000, 'Required Min Echo RX Interval')


@rule('5880', '6.8.8', 'MUST', 'an Echo packet that comes back belongs to its session')
@rule('5880', '5', TEXT, 'an Echo packet tells whose it is')
def whose():
    other = {'src': '192.0.2.3', 'dst': '192.0.2.1', 'my': 3}
    with sending() as one, sending(other) as two:
        # what one session sent comes back, by its peer; of the other one nothing does
        counts = [s.session.stat('receive-echo-count') for s in (one, two)]
        two.peer.loops = False
        mine = [p for p in some(one, 6) if p.sport == one.session.port]
        check(mine, 'no Echo packets')
        check(one.session.stat('receive-echo-count') > counts[0], 'none was counted')
        if VIRTUAL:
            check(two.session.stat('receive-echo-count') >= counts[1], 'the other session')
        one.is_up()


@rule('5880', '5', 'SHOULD', 'Echo packets are authenticated: forged and changed ones do not count')
@rule('5880', '9', TEXT, 'Echo packets that were not ours, or are old, do not count')
@exact
def forged():
    for change in (lambda p: p[:-1] + bytes([p[-1] ^ 1]), lambda p: p[:8] + b'\0' * (len(p) - 8),
                   lambda p: p[:-1]):
        with sending() as s:
            some(s)
            s.peer.change = change
            dropped = s.session.drops().get('echo-digest', 0)
            s.hush()
            equal(s.fell().bfd.diag, 2, 'Diag')
            check(s.session.drops()['echo-digest'] >= dropped + 3, 'drops are not counted')


@rule('5880', '9', TEXT, 'Echo packets that are replayed do not count')
@exact
def replayed():
    with sending() as s:
        old = some(s)[-1]
        s.peer.loops = False
        counted = s.session.stat('receive-echo-count')
        for _ in range(10):
            s.peer.back(old)
            s.run(2 * MS)
        equal(s.session.stat('receive-echo-count'), counted, 'Echo packets accepted')
        equal(s.session.drops()['echo-stale'], 10, 'drops')


@rule('5880', '9', TEXT, 'Echo packets that took another number of hops than one do not count')
def hops():
    with sending() as s:
        p = some(s)[-1]
        counted = s.session.drops()['ttl']
        s.peer.loops = False
        for ttl in (255, 253, 1):
            s.peer.back(p, ttl=ttl)
        s.mark()
        equal(s.session.drops()['ttl'], counted + 3, 'drops')


# ---- RFC 5881 ----

@rule('5881', '4', 'MUST', 'Echo packets are UDP to port 3785')
@rule('5881', '4', 'MUST', 'Echo packets are addressed so that the peer forwards them back')
@rule('5881', '4', 'MUST', 'Echo packets reach the peer: they have its datalink address')
@rule('5881', '2', 'MUST', 'Echo packets are addressed to ourselves, around the usual lookup')
@bug(35, 36)
def addressed():
    def over(link):
        with sending(link) as s:
            ours = s.peer.link['dst']
            for p in some(s):
                equal((p.dport, p.dst, p.dst_mac), (PORT, ours, b'\2\0\0\0\1\2'),
                      'port, destination, datalink address')
            s.no_flap()
    every_family(over)


@rule('5881', '4', 'MUST', 'the source of Echo packets does not make the peer send redirects: it '
                           'is of another subnet, where there is one (echo-source)')
@rule('5881', '4', 'SHOULD NOT', 'the source of Echo packets is of the subnet of the link, or '
                                 'link-local')
@bug(36)
@long
def source_of_echoes():
    ns = host()
    sh(f'ip -n {ns} link add es0 type dummy && ip -n {ns} link set es0 up')
    sh(f'ip -n {ns} addr add 203.0.113.201/29 dev es0; '
       f'ip -n {ns} addr add 2001:db8:5::1/64 dev es0 nodad')
    try:
        def over(link):
            with sending(link) as s:
                s.session.bfdnl('echo-source set es0')
                s.run(2 * PACE)
                for p in some(s):
                    check(p.src.startswith('2001:db8:5:' if link else '203.0.113.20'),
                          f'the source is {p.src}')
                s.no_flap()
        every_family(over)
    finally:
        sh(f'ip -n {ns} link del es0')


@rule('5881', '2', 'MUST', 'ingress filtering does not keep Echo packets out')
@bug(39)
def ingress_filter():
    ns = host()
    for name in ('all', 'e1'):
        sh(f'ip netns exec {ns} sysctl -qw net.ipv4.conf.{name}.rp_filter=1')
    try:
        with sending() as s:
            counted = s.session.stat('receive-echo-count')
            some(s)
            check(s.session.stat('receive-echo-count') > counted, 'none is received')
            s.no_flap()
        with loops() as s:
            s.peer.echo()
            s.run(1 * MS if VIRTUAL else S)
            equal(len(s.peer.returned), 1, "the peer's Echo packet")
    finally:
        for name in ('all', 'e1'):
            sh(f'ip netns exec {ns} sysctl -qw net.ipv4.conf.{name}.rp_filter=0')


@rule('5881', '4', TEXT, 'what is looped goes back as it came, but for one hop')
@bug(38)
def looped():
    def over(link):
        with loops(link) as s:
            me = s.peer.link['src']
            for payload in (b'', b'x', bytes(range(200))):
                s.peer.returned.clear()
                s.peer.echo(payload, sport=12345)
                s.run(PACE if VIRTUAL else S)
                equal([(p.src, p.dst, p.ttl, p.sport, p.dport, p.payload)
                       for p in s.peer.returned], [(me, me, 254, 12345, PORT, payload)],
                      'what came back')
    every_family(over)


@rule('5881', '4', TEXT, 'only the peers of sessions have their Echo packets looped')
@bug(38)
def not_for_anybody():
    def over(link):
        other = '2001:db8::3' if link else '192.0.2.3'
        with loops(link) as s:
            dropped = net_drops().get('echo-no-session', 0)
            for wrong in ({'src': other, 'dst': other}, {'dst': other}):
                s.peer.echo(**wrong)
            s.run(PACE if VIRTUAL else S)
            equal(s.peer.returned, [], 'what came back')
            check(net_drops()['echo-no-session'] > dropped, 'nothing is counted')
            s.peer.echo()
            s.run(PACE if VIRTUAL else S)
            equal(len(s.peer.returned), 1, "the peer's own")
    every_family(over)


outside('5880', '6.8.9', 'MAY', 'one Echo packet may be sent between scheduled ones',
        'a permission that is not used')
outside('5881', '4', TEXT, 'the source port of Echo packets is free', 'a permission')
outside('5880', '6.8.5', TEXT, 'how failures are detected is free', 'see Documentation/design')
