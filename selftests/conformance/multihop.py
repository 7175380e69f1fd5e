# SPDX-License-Identifier: GPL-2.0
"""Paths of several hops: RFC 5883; and VRFs, which no RFC knows."""

from auth import METICULOUS_SHA1
from authentication import auth_of, method
from registry import TEXT, absent, attack, bug, exact, long, outside, rule
from result import check, equal
from stage import S, T, TUS, USUAL, every_family, fresh, host, pace, peer_at, tool, up
from tool import Session, ToolError
from wire import DOWN, PORT, PORT_MULTIHOP

MULTIHOP = {'dport': PORT_MULTIHOP, 'ttl': 64}
# the peer behind a link in the VRF red; its addresses are those of the usual peer
RED = {'ifname': 'p5', 'src_mac': b'\2\0\0\0\3\2', 'dst_mac': b'\2\0\0\0\3\1', 'my': 0x05050505}


def over(link=None):
    return {**MULTIHOP, **(link or {})}


@rule('5883', '5', 'MUST', 'packets go to UDP port 4784')
@rule('5883', '5', TEXT, 'the rest of the encapsulation is that of RFC 5881: source ports')
@bug(44)
def port():
    def test(link):
        with up(link=over(link)) as s:
            s.answer(poll=1)
            equal({p.dport for p in s.sent()}, {PORT_MULTIHOP}, 'the port')
            equal({p.sport for p in s.sent()}, {s.session.port}, 'the source port')
            check(49152 <= s.session.port <= 65535, f'the source port is {s.session.port}')
    every_family(test)


@rule('5883', '3', TEXT, 'TTL 255 cannot be asked for over several hops: what is, the operator '
                         'says')
@bug(11, 45)
def least_ttl():
    def test(link):
        # with no option: a peer that sends 64 and is far away
        with up(link=over({**(link or {}), 'ttl': 2})) as s:
            s.is_up()
            for least in (64, 254, 255, 1):
                s.session.set(f'rx-ttl {least}')
                s.accepts({'ttl': least})
                s.accepts({'ttl': 255})
                if least > 1:
                    s.drops('ttl', own=True, link={'ttl': least - 1})
    every_family(test)


@rule('5883', '3', 'MUST NOT', 'the Echo function is used over several hops')
@bug(40)
def no_echo():
    with up(link=MULTIHOP, echo_rx=TUS) as s:
        for option in ('echo', f'echo-rx {TUS}us', 'unaffiliated-echo'):
            try:
                s.session.set(option)
            except ToolError:
                continue
            check(False, f'{option} was taken')
        check(all(p.bfd.echo_rx == 0 for p in s.sent()), 'Required Min Echo RX Interval is not 0')
        s.run(10 * T)
        equal([p for p in s.tap.packets if p.outgoing and p.dport == 3785], [], 'Echo packets')
    for options in ('echo', 'echo interface e1', 'echo-rx 10ms', 'unaffiliated-echo interface e1'):
        try:
            tool()(f'session add dest-addr 192.0.2.20 source-addr 192.0.2.1 multihop {options}')
        except ToolError:
            continue
        tool()('session flush')
        check(False, f'a session with {options} was made')


@rule('5883', '4.1', TEXT, 'a first packet is for the session of its source and destination '
                           'addresses')
@rule('5883', '4.1', TEXT, 'sessions of two systems differ in one address at least')
@bug(3)
def first_packet():
    with fresh(link=MULTIHOP) as s:
        s.hush()
        other = Session(host(), 'dest-addr 192.0.2.2 source-addr 192.0.2.11 multihop', tool=tool())
        try:
            for again in ('dest-addr 192.0.2.2 source-addr 192.0.2.1 multihop',):
                try:
                    twice = Session(host(), again, tool=tool())
                except ToolError:
                    continue
                twice.delete()
                check(False, 'a second session with the same addresses was made')
            s.peer.send({'dst': '192.0.2.11'}, my=77)
            equal(other.show()['remote-discriminator'], 77, 'the peer of the other session')
            s.is_now('down')
            s.peer.send()
            s.is_now('init')
            s.refused('no-session', lambda: s.peer.send({'src': '192.0.2.3', 'dst': '192.0.2.1'}))
        finally:
            other.delete()


@rule('5883', '4.1', TEXT, 'the source address is part of the session: it has to be given')
def source_address():
    try:
        tool()('session add dest-addr 192.0.2.20 multihop')
    except ToolError:
        return
    tool()('session flush')
    check(False, 'a session without it was made')


@rule('5883', '3', TEXT, 'once discriminators are known, Your Discriminator alone decides')
def your_discriminator():
    def test(link):
        with up(link=over(link)) as s:
            s.accepts({'src': '2001:db8::3' if link else '192.0.2.3'})
            s.peer.send({'src': '2001:db8::3' if link else '192.0.2.3'}, state=DOWN)
            s.is_now('down')
    every_family(test)


@rule('5883', '5', TEXT, 'the port helps to find the session: one hop and several are not mixed up')
@bug(43)
def kinds_are_apart():
    with up(link=MULTIHOP) as far, up() as near:
        far.refused('wrong-path', lambda: far.peer.send({'dport': PORT, 'ttl': 255}, state=DOWN),
                    own=True)
        near.refused('wrong-path', lambda: near.peer.send({'dport': PORT_MULTIHOP}, state=DOWN),
                     own=True)
        near.refused('ttl', lambda: near.peer.send({'ttl': 64}, state=DOWN))
        far.is_up()
        near.is_up()


@rule('5883', '6', 'SHOULD', 'over several hops packets can be authenticated')
def authenticated():
    with up(f'{USUAL} {method(METICULOUS_SHA1)}', link=MULTIHOP,
            auth=auth_of(METICULOUS_SHA1)) as s:
        s.run(10 * T)
        equal(s.peer.refused, [], 'packets not signed right')
        s.no_flap()


@rule('5880', '7', 'MUST', 'over several hops traffic is reduced on congestion: a session that '
                           'loses its packets falls back to one a second')
@rule('5880', '7', 'SHOULD', 'the same over a single hop')
@exact
def congestion():
    for link in ({}, MULTIHOP):
        with up(link=link) as s:
            s.hush()
            s.fell()
            at = s.mark()
            s.run(20 * S)
            pace(s.periodic(at), S)


@rule('5883', '4.3', 'MUST', 'who receives over a unidirectional link can take the Passive role')
@long
def passive():
    with fresh(f'{USUAL} passive', link=MULTIHOP) as s:
        s.hush()
        s.run(2 * S)
        equal(s.sent(), [], 'packets before the peer')
        s.talk()
        check(s.up(), 'not up')


# ---- VRFs ----

@attack('the right discriminators by the wrong VRF')
@bug(43)
def wrong_vrf():
    def test(link):
        stray = peer_at({**RED, **(link or {})})
        # so that somebody listens there
        nobody = '2001:db8:9::9' if link else '203.0.113.77'
        ours = Session(host(), f'dest-addr {nobody} interface e5', tool=tool())
        try:
            with up(link=link) as s:
                s.refused('wrong-path', lambda: stray.send(your=s.session.discr, state=DOWN),
                          own=True)
                s.refused('no-session', lambda: stray.send(your=0, state=DOWN))
                s.is_up()
        finally:
            ours.delete()
            stray.close()
    every_family(test)


@attack('the same addresses in a VRF and outside are two sessions, which do not see each other')
@bug(39, 43)
def two_vrfs():
    def test(link):
        with up(link=link) as s:
            other = peer_at({**RED, **(link or {})})
            session = Session(host(), f"dest-addr {other.link['src']} interface e5 {USUAL}",
                              tool=tool())
            try:
                s.peer.say(mult=255)
                check(other.up(), 'not up in the VRF')
                equal(session.show()['remote-discriminator'], RED['my'], 'the peer in the VRF')
                equal(s.session.show()['remote-discriminator'], s.peer.says.my, 'the other peer')
                other.say(state=DOWN)
                s.is_up()
            finally:
                session.delete()
                other.close()
    every_family(test)


outside('5883', '4.3', 'MUST', 'who sends over a unidirectional link is active',
        'the operator decides')
absent('5883', '4.2', TEXT, 'discriminators are agreed on beforehand, by other means',
       'our own can be chosen (local-discriminator); first packets have Your Discriminator 0 all '
       'the same, and are found by addresses')
outside('5883', '2', TEXT, 'rates are such that networks are not overloaded',
        'the operator decides')
outside('5880', '7', TEXT, 'schedulers, policers and firewalls let BFD packets pass in time',
        'the operator decides; packets have DSCP CS6 and a control priority')
