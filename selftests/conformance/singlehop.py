# SPDX-License-Identifier: GPL-2.0
"""BFD over a single hop of IPv4 or IPv6: RFC 5881."""

from registry import TEXT, bug, long, outside, rule
from result import check, equal
from stage import LINK_LOCAL, S, T, V6, every_family, host, tool, up
from tool import sh
from wire import DOWN


@rule('5881', '4', 'MUST', 'packets are UDP to port 3784')
def port():
    def over(link):
        with up(link=link) as s:
            check(all(p.dport == 3784 for p in s.sent()), 'another port')
    every_family(over)


@rule('5881', '4', 'MUST', 'source ports are 49152 to 65535')
@bug(44)
def source_port_range():
    call = tool()
    try:
        ports = [call(f'session add dest-addr 192.0.2.{n} interface e1')[0]['source-port']
                 for n in range(20, 60)]
    finally:
        call('session flush')
    check(all(49152 <= p <= 65535 for p in ports), f'the ports are {sorted(ports)}')
    with up() as s:
        check(all(49152 <= p.sport <= 65535 for p in s.sent()), 'on the wire')
        equal({p.sport for p in s.sent()}, {s.session.port}, 'the port on the wire')


@rule('5881', '4', 'MUST', 'all packets of a session have the same source port')
@bug(44, 45)
@long
def same_source_port():
    def over(link):
        with up(link=link) as s:
            s.session.set('tx 77ms mult 9')
            s.hush()
            s.peer.say(state=DOWN)
            s.peer.send(poll=1)
            s.talk()
            check(s.up(), 'not up again')
            s.session.set('admin-down')
            s.run(1 * S)
            equal(len({p.sport for p in s.sent()}), 1, 'source ports')
    every_family(over)


@rule('5881', '4', 'SHOULD', 'the source port is unique among the sessions of a system')
def unique_source_port():
    call = tool()
    try:
        ports = [call(f'session add dest-addr 192.0.2.{n} interface e1')[0]['source-port']
                 for n in range(20, 120)]
    finally:
        call('session flush')
    equal(len(set(ports)), 100, 'distinct ports of 100 sessions')


@rule('5881', '5', 'MUST', 'packets are sent with TTL or Hop Limit 255')
@rule('5880', '9', 'MUST', 'over a single hop, TTL is the maximum when sent')
def ttl_sent():
    for link in ({}, V6, LINK_LOCAL):
        with up(link=link) as s:
            s.answer(poll=1)
            check(all(p.ttl == 255 for p in s.sent()), f'another TTL: {link}')


@rule('5881', '5', 'MUST', 'packets received with another TTL or Hop Limit than 255 are discarded')
@rule('5880', '9', 'MUST', 'over a single hop, TTL is checked to be the maximum')
@bug(11)
def ttl_received():
    for link in ({}, V6):
        with up(link=link) as s:
            for ttl in (254, 128, 64, 1):
                s.drops('ttl', link={'ttl': ttl})
            s.drops('ttl', link={'ttl': 254}, your=0, state=DOWN)


@rule('5881', '6', 'MUST', 'packets are sent from and to addresses of the subnet')
def addresses():
    for link in ({}, V6, LINK_LOCAL):
        with up(link=link) as s:
            equal({(p.src, p.dst) for p in s.tap.sent() if p.bfd.my == s.session.discr},
                  {(s.peer.link['dst'], s.peer.link['src'])}, 'the addresses')


@rule('5881', '6', 'MUST', 'the source address is one of the subnet also if none is given')
@bug(41)
@long
def source_address_chosen():
    for dest, source in (('192.0.2.3', '192.0.2.1'), ('2001:db8::3', '2001:db8::1'),
                         ('fe80::2', 'fe80::1')):
        with up() as s:
            made = s.session.bfdnl(f'session add dest-addr {dest} interface e1')[0]
            at = s.tap.mark()
            s.run(1 * S)
            s.session.bfdnl('session del id', made['id'])
            sent = {p.src for p in s.tap.sent(at) if p.dst == dest}
            equal(sent, {source}, f'the source addresses for {dest}')


@rule('5881', '4', TEXT, 'packets for another port are not ours')
def other_port():
    with up() as s:
        at = s.mark()
        s.refused(None, lambda: s.peer.send({'dport': 3786}, state=DOWN, poll=1))
        equal(s.sent(at, final=1), [], 'answers')


@rule('5881', '4', TEXT, 'UDP checksums are right')
def checksums():
    # a link that calculates none itself: they are in the packets
    sh(f'ip netns exec {host()} ethtool -K e1 tx off')
    try:
        for link in ({}, V6):
            with up(link=link) as s:
                s.session.set('mult 200')
                s.run(5 * T)
                s.peer.say(my=0x12345678, poll=1)
                check(s.sent() and all(p.checksum_good for p in s.sent()), f'a wrong one {link}')
    finally:
        sh(f'ip netns exec {host()} ethtool -K e1 tx on')


outside('5881', '4', 'MAY', 'source ports are used again if there are more than 16384 sessions',
        'they are; too many for a test that is to be quick')
outside('5881', '4', 'SHOULD', 'such ports are used as seldom as possible',
        'they are drawn at random from all, which spreads them')
outside('5881', '5', 'MAY', 'with authentication, packets with another TTL may be accepted',
        'a permission: they are discarded with authentication as well')
outside('5881', '7', 'SHOULD', 'over tunnels authentication is used', 'the operator decides')
outside('5880', '9', 'SHOULD', 'over several hops or insecure tunnels authentication is used',
        'the operator decides')
outside('5881', '2', TEXT, 'rates are such that links and systems are not overloaded',
        'the operator decides; a limit on packets per second protects the system')
