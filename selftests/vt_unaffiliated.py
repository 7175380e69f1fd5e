# SPDX-License-Identifier: GPL-2.0
"""Unaffiliated echo, RFC 9747, with a scripted neighbor and with an ordinary router."""

import os
import socket

from echo import LINKS, PORT, EchoPeer, slowly
from nl import U, Netlink, attr, attrs
from peer import Tap
from result import check, equal, main, test, within
from tool import Monitor, Session, bfdnl, sh, sleep
from wire import ADMIN_DOWN, DOWN, INIT, MS, S, UP, US, Bfd, gaps

h1, router = os.environ['h1'], os.environ['router']
SLOT = 65536


class Unaffiliated(Session):
    """A session with a neighbor that does not know of it."""

    def __init__(self, dest, source, ifname='e1', interval=20000, mult=3):
        super().__init__(h1, f'dest-addr {dest} source-addr {source} interface {ifname} '
                             f'unaffiliated-echo echo-tx {interval} mult {mult}')


class Scripted:
    """Such a session with an EchoPeer that says nothing by itself."""

    def __init__(self, family, up=True, **options):
        link = LINKS[family]
        self.peer = EchoPeer(os.environ['peer'], **link)
        self.peer.period, self.peer.auto = 0, False
        self.monitor = Monitor(h1)
        self.session = Unaffiliated(link['src'], link['dst'], **options)
        if up:
            self.up()

    def up(self):
        check(self.run(until=lambda: self.state() == UP), 'it does not come up')

    def run(self, *args, **kwargs):
        return self.peer.run(*args, **kwargs)

    def state(self):
        return self.peer.echoes[-1].bfd.state if self.peer.echoes else DOWN

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.delete()
        self.monitor.close()
        self.peer.close()


def both(name):
    def add(function):
        for family in LINKS:
            test(f'{family}: {name}', family)(function)
        return function
    return add


@both('our CPU stands still, and packets are long on their way: none is missed that did not leave')
def stall(family):
    with Scripted(family) as b:
        b.peer.loops = False
        b.peer.echoes.clear()
        slowly(b, 200 * MS, 15 * MS)
        for length in (70, 200, 1000):
            with open('/sys/module/bfd_stall/parameters/now', 'w', encoding='ascii') as f:
                f.write(str(length * 1000))
            b.peer.echoes.clear()       # lost on their way
            slowly(b, 100 * MS, 15 * MS)
            equal((b.session.state, b.session.stat('down-count')), (UP, 0),
                  f'{length} ms: the state, down-count')


@both('Down, Init, Up, slowly; then every field of every packet')
def form(family):
    with Scripted(family) as b:
        b.run(2 * S)
        packets = b.peer.echoes
        ours = LINKS[family]['dst']
        for name, values in (('src', {ours}), ('dst', {ours}), ('ttl', {255}), ('dport', {PORT}),
                             ('sport', {b.session.port}), ('dst_mac', {b'\2\0\0\0\1\2'})):
            equal({getattr(p, name) for p in packets}, values, name)
        for name, values in (('version', {1}), ('length', {24}), ('mult', {3}), ('tx', {1000000}),
                             ('rx', {1000000}), ('echo_rx', {0}), ('my', {b.session.discr}),
                             ('poll', {0}), ('final', {0}), ('demand', {0})):
            equal({getattr(p.bfd, name) for p in packets}, values, name)
        states = [p.bfd.state for p in packets]
        equal(states, sorted(states), 'the states')
        equal(set(states), {DOWN, INIT, UP}, 'the states')
        equal({p.bfd.your for p in packets if p.bfd.state == DOWN}, {0}, 'Your Discriminator')
        equal({p.bfd.your for p in packets if p.bfd.state != DOWN}, {b.session.discr},
              'Your Discriminator')
        slow = gaps([p for p in packets if p.bfd.state != UP])
        check(slow and min(slow) >= 750 * MS, f'faster than one a second: {slow}')
        fast = gaps([p for p in packets if p.bfd.state == UP])
        within(len(fast), 100, 140, 'the number of packets')
        within(min(fast), 15 * MS, 20 * MS, 'the shortest interval')
        within(max(fast), 15 * MS, 20 * MS + 20 * US, 'the longest interval')
        shown = b.session.show()
        equal(shown['session-running']['detection-time'], 60000, 'detection-time')
        equal(shown['session-running']['echo-tx-interval-in-use'], 20000, 'the interval')
        equal(shown['remote-discriminator'], b.session.discr, 'remote-discriminator')
        equal((shown['dest-port'], shown['desired-min-echo-tx-interval']), (PORT, 20000),
              'what is shown')
        stats = shown['session-statistics']
        within(stats['send-echo-count'] - stats['receive-echo-count'], 0, 1, 'echoes lost')
        equal(len(sh(f'ip netns exec {h1} ss -Huln sport 3784').split()), 0, 'sockets')


@both('echoes that do not come back: Down to the slot, Echo Function Failed, slowly again')
def failed(family):
    for mult in (1, 3):
        with Scripted(family, mult=mult) as b:
            b.run(1 * S)
            b.peer.loops = False
            mark, last = b.monitor.mark(), b.peer.echoes[-1].time
            seen = len(b.peer.echoes)
            b.run(mult * 20 * MS + 5 * MS)
            event = b.monitor.state('down', since=mark)
            check(event, 'no event')
            equal(event['local-diagnostic'], 'echo-failed', 'the reason')
            within(event['monotonic'] - last - mult * 20 * MS, 0, SLOT + 20 * US, 'lateness, ns')
            b.run(5 * S)
            down = [p for p in b.peer.echoes[seen:] if p.bfd.state == DOWN]
            within(len(down), 4, 7, 'packets in 5 s')
            check(min(gaps(down)) >= 750 * MS, 'faster than one a second')
            equal({p.bfd.your for p in down}, {0}, 'Your Discriminator')
            equal({p.bfd.diag for p in down}, {2}, 'Diag')
            b.peer.loops = True
            b.up()
            equal(b.session.stat('down-count'), 1, 'down-count')


@both('only what took exactly one hop and is ours is believed')
def believed(family):
    with Scripted(family) as b:
        b.run(500 * MS)
        p = b.peer.echoes[-1]
        says = p.bfd
        b.peer.loops = False
        for what, drop, payload, link in (
                ('TTL 255', 'ttl', p.payload, dict(ttl=255)),
                ('TTL 253', 'ttl', p.payload, dict(ttl=253)),
                ('a wrong checksum', 'echo-digest', p.payload, dict(udp_check=0x1234)),
                ('a short one', 'too-short', p.payload[:20], {}),
                ('version 0', 'version', bytes([says.diag]) + p.payload[1:], {}),
                ('another Your Discriminator', 'your-discriminator',
                 bytes(Bfd(**{**vars(says), 'your': 77})), {}),
                ('multipoint', 'multipoint', bytes(Bfd(**{**vars(says), 'multipoint': 1})), {}),
                ('authentication', 'auth-unexpected',
                 bytes(Bfd(**{**vars(says), 'auth': 1, 'length': 28, 'tail': b'\1\4\1x'})), {})):
            before = b.session.show()['session-statistics']
            b.peer.back(p, payload, **link)
            b.run(100 * US)
            after = b.session.show()['session-statistics']
            equal(after['receive-echo-count'], before['receive-echo-count'], what)
            equal(after['drops'][drop], before['drops'][drop] + 1, f'drops for {what}')
            b.peer.back(p)
            b.run(100 * US)
        equal(b.session.running('local-state'), 'up', 'the state')


@both('what a packet says of intervals is ignored')
def ignored(family):
    with Scripted(family) as b:
        for fields in (dict(tx=50000000), dict(rx=50000000), dict(rx=0), dict(tx=0, echo_rx=7),
                       dict(poll=1), dict(final=1), dict(demand=1)):
            b.peer.change = lambda data, fields=fields: bytes(
                Bfd(**{**vars(Bfd.parse(data)), **fields}))
            b.run(300 * MS)
            running = b.session.show()['session-running']
            equal((running['local-state'], running['negotiated-tx-interval'],
                   running['detection-time']), ('up', 20000, 60000), str(fields))
        finals = [p for p in b.peer.echoes if p.bfd.final]
        equal(len(finals), 0, 'answers to ourselves')


@both('changes of the interval and the multiplier do not disturb it')
def changes(family):
    with Scripted(family) as b:
        b.run(300 * MS)
        for options, interval, detection in (
                ('echo-tx 200ms', 200, 600), ('echo-tx 10ms', 10, 30), ('mult 5', 10, 50),
                ('echo-tx 2s mult 2', 2000, 4000), ('echo-tx 15ms mult 3', 15, 45)):
            b.session.set(options)
            b.run(5 * S)
            running = b.session.show()['session-running']
            equal(running['echo-tx-interval-in-use'], interval * 1000, options)
            equal(running['echo-detection-time'], detection * 1000, options)
            b.peer.echoes.clear()
            b.run(20 * interval * MS)
            within(max(gaps(b.peer.echoes)), interval * 3 // 4 * MS, interval * MS + 20 * US,
                   f'{options}: the longest interval')
        equal((b.session.state, b.session.stat('down-count')), (UP, 0), 'the state, down-count')


@both('deleted: no AdminDown is said')
def deleted(family):
    with Scripted(family) as b:
        b.run(300 * MS)
        seen = len(b.peer.echoes)
        b.session.delete()
        b.run(2 * S)
        equal([p.bfd.state for p in b.peer.echoes if p.bfd.state == ADMIN_DOWN], [], 'AdminDown')
        within(len(b.peer.echoes) - seen, 0, 1, 'packets')
        b.session = Unaffiliated(LINKS[family]['src'], LINKS[family]['dst'])


ROUTER = {'IPv4': ('198.51.100.254', '198.51.100.1'), 'IPv6': ('2001:db8:1::fe', '2001:db8:1::1'),
          'IPv6 by its link-local address': ('fe80::fe', '2001:db8:1::1')}


def forwarding(on):
    sh(f'ip netns exec {router} sysctl -qw net.ipv4.ip_forward={on} '
       f'net.ipv6.conf.all.forwarding={on}')
    sh(f'ip -n {router} addr replace 2001:db8:1::fe/64 dev r1 nodad')


def routed(family):
    """The neighbor is Linux and knows nothing of BFD."""
    for filtered in (0, 1, 2):
        sh(f'ip netns exec {router} sysctl -qw net.ipv4.conf.all.rp_filter={filtered} '
           f'net.ipv4.conf.r1.rp_filter={filtered}')
        s = Unaffiliated(*ROUTER[family], ifname='f1')
        try:
            s.wait(UP)
            sleep(5 * S)
            stats = s.show()['session-statistics']
            equal(stats['down-count'], 0, 'down-count')
            within(stats['send-echo-count'] - stats['receive-echo-count'], 0, 1, 'echoes lost')
            forwarding(0)
            sleep(200 * MS)
            equal(s.running('local-state'), 'down', 'the state when it does not forward')
            equal(s.running('local-diagnostic'), 'echo-failed', 'the reason')
            forwarding(1)
            s.wait(UP)
        finally:
            forwarding(1)
            s.delete()


for _family in ROUTER:
    test(f'{_family}: an ordinary router, whatever its rp_filter', _family)(routed)


def redirects():
    """ICMP and ICMPv6 redirects that the router has sent."""
    text = sh(f'ip netns exec {router} cat /proc/net/snmp /proc/net/snmp6')
    rows = [line.split() for line in text.splitlines() if line.startswith('Icmp: ')]
    counts = dict(zip(rows[0][1:], rows[1][1:]))
    six = [line.split()[1] for line in text.splitlines() if line.startswith('Icmp6OutRedirects')]
    return int(counts['OutRedirects']), int(six[0])


@test('the echo source: an address beside that of its interface, no redirects')
def source():
    nl = Netlink(h1)
    sh(f'ip -n {h1} link add echo0 type dummy; ip -n {h1} link set echo0 up')
    sh(f'ip -n {h1} addr add 203.0.113.9/30 dev echo0')
    sh(f'ip -n {h1} addr add 2001:db8:ec::1/64 dev echo0 nodad')
    sh(f'ip -n {router} route add 203.0.113.8/30 via 198.51.100.1')
    sh(f'ip -n {router} route add 2001:db8:ec::/64 via 2001:db8:1::1')
    told = dict(attrs(nl.call('ECHO_SOURCE_GET')[0][4:]))
    equal(told[U['BFD_A_ECHO_SOURCE_INTERFACE']], b'\0', 'the echo source')
    nl.call('ECHO_SOURCE_SET', attr(U['BFD_A_ECHO_SOURCE_INTERFACE'], b'echo0\0'))
    told = dict(attrs(nl.call('ECHO_SOURCE_GET')[0][4:]))
    equal((told[U['BFD_A_ECHO_SOURCE_INTERFACE']],
           socket.inet_ntop(socket.AF_INET, told[U['BFD_A_ECHO_SOURCE_IPV4']]),
           socket.inet_ntop(socket.AF_INET6, told[U['BFD_A_ECHO_SOURCE_IPV6']])),
          (b'echo0\0', '203.0.113.8', '2001:db8:ec::'), 'the echo source')
    tap = Tap(h1, 'f1')
    before = redirects()
    check(min(before) > 0, f'redirects without an echo source: {before}')
    for family, src in (('IPv4', '203.0.113.8'), ('IPv6', '2001:db8:ec::')):
        s = Unaffiliated(*ROUTER[family], ifname='f1')
        s.wait(UP)
        mark = tap.mark()
        sleep(1 * S)
        for packets, ttl in ((tap.sent(mark), 255), (tap.received(mark), 254)):
            check(len(packets) > 40, f'only {len(packets)} packets')
            equal({(p.src, p.dst, p.ttl) for p in packets}, {(src, ROUTER[family][1], ttl)},
                  'addresses and TTL')
        # it goes with its interface, and comes back with it
        sh(f'ip -n {h1} link set echo0 down; ip -n {h1} link set echo0 name echo1')
        told = dict(attrs(nl.call('ECHO_SOURCE_GET')[0][4:]))
        equal(told[U['BFD_A_ECHO_SOURCE_INTERFACE']], b'echo1\0', 'the echo source')
        sh(f'ip -n {h1} link set echo1 name echo0; ip -n {h1} link set echo0 up')
        sh(f'ip -n {h1} addr replace 2001:db8:ec::1/64 dev echo0 nodad')
        s.delete()
    equal(redirects(), before, 'redirects')
    sh(f'ip -n {h1} link del echo0')
    told = dict(attrs(nl.call('ECHO_SOURCE_GET')[0][4:]))
    check(U['BFD_A_ECHO_SOURCE_IPV4'] not in told, 'an address of a deleted interface')
    s = Unaffiliated(*ROUTER['IPv4'], ifname='f1')
    s.wait(UP)
    mark = tap.mark()
    sleep(1 * S)
    equal({p.src for p in tap.sent(mark)}, {ROUTER['IPv4'][1]}, 'the source without it')
    s.delete()
    nl.call('ECHO_SOURCE_SET', attr(U['BFD_A_ECHO_SOURCE_INTERFACE'], b'\0'))
    nl.close()
    tap.close()
    bfdnl(h1, 'session flush')


KINDS = {1: 'simple-password', 5: 'meticulous-keyed-sha1'}


def drops_of(session):
    return {k: n for k, n in session.drops().items() if n}


@both('with a key: what comes back is verified; each packet once; the key may change')
def with_key(family):
    for number, kind in KINDS.items():
        bfdnl(h1, f'key set {number} type {kind} password secret{number}')
    with Scripted(family) as b:
        name = ('id', b.session.id)
        for number in (1, 5):
            bfdnl(h1, 'session auth', *name, f'key {number} key-id {number}')
            b.run(1 * S)
            equal(b.peer.echoes[-1].payload[24], number, 'the type of the authentication section')
            # one that was on its way when the key changed
            check(set(drops_of(b.session)) <= {'auth-type'}, f'drops: {drops_of(b.session)}')
            equal(b.session.stat('down-count'), 0, 'losses')
        old = drops_of(b.session)
        # each number is taken once
        before = b.session.stat('receive-packet-count')
        b.peer.back(b.peer.echoes[-1])
        b.peer.tap.mark()
        equal((b.session.stat('receive-packet-count'), drops_of(b.session)),
              (before, {**old, 'auth-sequence': 1}), 'packets accepted, and drops')
        # another secret
        wrong = b.peer.echoes[-1].payload[:-1] + b'!'
        b.peer.back(b.peer.echoes[-1], wrong)
        b.peer.tap.mark()
        check(sum(b.session.drops().values()) == 2 + sum(old.values()), f'drops: {drops_of(b.session)}')
        b.peer.change = lambda payload: payload[:-1] + bytes((payload[-1] ^ 1,))
        mark = b.monitor.mark()
        b.run(1 * S)
        check(b.monitor.state('down', since=mark), 'forged packets keep it Up')
        b.peer.change = None
        b.run(until=lambda: b.session.state == UP)
        equal(b.session.state, UP, 'the state')
        bfdnl(h1, 'session auth', *name, 'none')
        b.run(1 * S)
        equal(len(b.peer.echoes[-1].payload), 24, 'the length without a key')
        equal(b.session.state, UP, 'the state')
    for number in KINDS:
        bfdnl(h1, f'key del {number}')


main()
