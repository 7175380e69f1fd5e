# SPDX-License-Identifier: GPL-2.0
"""What packets look like, over what they run, and who is who: RFC 5881, RFC 5880, 6.3."""

import os

from peer import Tap
from result import check, equal, main, test, within
from tool import Session, ToolError, bfdnl, sh, sleep
from wire import MS, S, UP

h1, h2, h3, twin1, twin2 = (os.environ[n] for n in ('h1', 'h2', 'h3', 'twin1', 'twin2'))
V4 = ('192.0.2.1', '192.0.2.2')
V6 = ('2001:db8::1', '2001:db8::2')
LL = ('fe80::1', 'fe80::2')


def flush():
    for ns in (h1, h2, h3, twin1, twin2):
        bfdnl(ns, 'session flush')
    sleep(10 * MS)


def pair(addrs, links=('e1', 'e2'), hosts=None, options='tx 10ms rx 10ms'):
    hosts = hosts or (h1, h2)
    return [Session(hosts[i], f'dest-addr {addrs[1 - i]} source-addr {addrs[i]} '
                              f'interface {links[i]} {options}') for i in (0, 1)]


def all_up(sessions):
    for s in sessions:
        s.wait(UP)
    sleep(3 * S)


def form(addrs, links=('e1', 'e2'), vlan=None):
    flush()
    tap = Tap(h1, 'e1' if vlan else links[0])
    a, b = pair(addrs, links)
    all_up((a, b))
    sleep(2 * S)
    for way, s in ((True, a), (False, b)):
        packets = tap.sent() if way else tap.received()
        check(len(packets) > 100, f'only {len(packets)} packets')
        for name, values in (('ttl', {255}), ('tos', {48 << 2}), ('dport', {3784}),
                             ('sport', {s.port}), ('src', {addrs[1 - way]}),
                             ('dst', {addrs[way]})):
            equal({getattr(p, name) for p in packets}, values, name)
        within(s.port, 49152, 65535, 'the source port')
        for name, values in (('version', {1}), ('length', {24}), ('cpi', {1}), ('auth', {0}),
                             ('demand', {0}), ('multipoint', {0}), ('my', {s.discr}),
                             ('mult', {3}), ('echo_rx', {0}), ('tail', {b''})):
            equal({getattr(p.bfd, name) for p in packets}, values, name)
        check(s.discr, 'My Discriminator is 0')
    tap.close()
    # What leaves a real link is checked there: veth leaves checksums to the receiver
    equal(a.show()['session-statistics']['receive-invalid-packet-count'], 0, 'bad packets')
    flush()


test('IPv4: every field of every packet', V4)(form)
test('IPv6: every field of every packet', V6)(form)
test('IPv6 link-local: every field of every packet', LL)(form)


def checksums(addrs):
    """With the link's offload off the checksum is in the packet."""
    flush()
    sh(f'ip netns exec {h1} ethtool -K e1 tx off')
    tap = Tap(h2, 'e2')
    sessions = pair(addrs)
    all_up(sessions)
    packets = tap.received()
    check(len(packets) > 100, f'only {len(packets)} packets')
    check(all(p.checksum_good for p in packets), 'a wrong UDP or IP checksum')
    tap.close()
    flush()


test('IPv4: checksums', V4)(checksums)
test('IPv6: checksums', V6)(checksums)


@test('a VLAN')
def vlan():
    form(('198.51.100.1', '198.51.100.2'), ('v1', 'v2'), vlan=5)


@test('source ports and discriminators are unique')
def unique():
    flush()
    made = [Session(h1, f'dest-addr 192.0.2.{n}') for n in range(2, 102)]
    equal(len({s.port for s in made}), 100, 'the number of source ports')
    equal(len({s.discr for s in made}), 100, 'the number of discriminators')
    check(all(49152 <= s.port <= 65535 for s in made), 'a port out of range')
    # they should be random (6.8.1)
    steps = {b.discr - a.discr for a, b in zip(made, made[1:])}
    check(len(steps) > 90, 'the discriminators are not random')
    flush()


@test('IPv6 link-local: the same addresses on two links are two sessions')
def two_links():
    flush()
    first = pair(LL)
    second = pair(LL, ('f1', 'f2'))
    all_up(first + second)
    equal(first[0].show()['remote-discriminator'], first[1].discr, 'the peer by e1')
    equal(second[0].show()['remote-discriminator'], second[1].discr, 'the peer by f1')
    sh(f'ip -n {h2} link set f2 down')
    sleep(1 * S)
    equal((first[0].running('local-state'), second[0].running('local-state')), ('up', 'down'),
          'the states by e1 and f1')
    sh(f'ip -n {h2} link set f2 up; ip -n {h2} addr replace fe80::2/64 dev f2 nodad')
    all_up(first + second)
    flush()


@test('several namespaces with equal addresses and discriminators')
def twins():
    flush()
    # a discriminator that both namespaces use: they do not share their tables
    options = 'tx 10ms rx 10ms local-discriminator 4242'
    one = [Session(h1, f'dest-addr {V4[1]} {options}'), Session(h2, f'dest-addr {V4[0]}')]
    two = [Session(twin1, f'dest-addr {V4[1]} {options}'), Session(twin2, f'dest-addr {V4[0]}')]
    six = pair(V6) + pair(V6, hosts=(twin1, twin2)) + pair(LL) + pair(LL, hosts=(twin1, twin2))
    all_up(one + two + six)
    bfdnl(twin2, 'session flush')
    sleep(1 * S)
    equal([s.running('local-state') for s in one + two[:1]], ['up', 'up', 'down'], 'the states')
    flush()


@test('both families between the same hosts')
def families():
    flush()
    sessions = pair(V4) + pair(V6) + pair(LL)
    all_up(sessions)
    equal(len({s.port for s in sessions[::2]}), 3, 'the number of source ports')
    flush()


@test('one session without an interface, found by its addresses')
def anywhere():
    flush()
    a, b = Session(h1, 'dest-addr 192.0.2.2'), Session(h2, 'dest-addr 192.0.2.1')
    all_up((a, b))
    equal(a.show()['source-addr'], '192.0.2.1', 'the source address')
    flush()


@test('two sessions with the same peer from two addresses')
def two_sources():
    flush()
    sh(f'ip -n {h1} addr add 192.0.2.11/24 dev e1')
    both = [Session(h1, f'dest-addr 192.0.2.2 source-addr 192.0.2.{n}') for n in (1, 11)]
    theirs = [Session(h2, f'dest-addr 192.0.2.{n} source-addr 192.0.2.2') for n in (1, 11)]
    all_up(both + theirs)
    equal([s.show()['remote-discriminator'] for s in both], [s.discr for s in theirs], 'the peers')
    flush()
    sh(f'ip -n {h1} addr del 192.0.2.11/24 dev e1')


@test('three hosts on a segment')
def segment():
    flush()
    sessions = []
    hosts = h1, h2, h3
    for i in range(3):
        for j in range(3):
            if i != j:
                sessions.append(Session(hosts[i], f'dest-addr 192.0.2.{j + 1} tx 20ms rx 20ms'))
                sessions.append(Session(hosts[i], f'dest-addr fe80::{j + 1} interface e{i + 1}'))
    all_up(sessions)
    flush()


@test('another DSCP')
def dscp():
    flush()
    tap = Tap(h1, 'e1')
    a, b = pair(V4, options='dscp 10')
    all_up((a, b))
    equal({p.tos for p in tap.sent()}, {40}, 'the traffic class')
    mark = tap.mark()
    a.set('dscp 63')
    sleep(3 * S)
    equal({p.tos for p in tap.sent(mark)}, {252}, 'the traffic class after a change')
    tap.close()
    flush()


@test('the local address the kernel has not: refused; another host: no session')
def strangers():
    flush()
    try:
        Session(h1, 'dest-addr 192.0.2.2 source-addr 192.0.2.77')
        check(False, 'accepted a foreign source address')
    except ToolError as e:
        check('not an address of this host' in str(e), str(e))
    Session(h3, 'dest-addr 192.0.2.1')
    sleep(5 * S)
    equal(bfdnl(h1, 'stats show')['netns']['drops']['no-session'], 0, 'drops without a socket')
    Session(h1, 'dest-addr 192.0.2.2')
    sleep(5 * S)
    check(bfdnl(h1, 'stats show')['netns']['drops']['no-session'] >= 4, 'drops are not counted')
    flush()


main()
flush()
