# SPDX-License-Identifier: GPL-2.0
"""What is received and what is dropped: RFC 5880, 6.8.6; RFC 5881, 5."""

import os
import random
from dataclasses import replace

from peer import Bench, Peer, Tap
from result import DEBUG, check, equal, main, remark, test
from tool import net_drops, sh
from wire import DOWN, INIT, MS, S, UP, Bfd, frame

h1, peer_ns = os.environ['h1'], os.environ['peer']
V6 = dict(src='2001:db8::2', dst='2001:db8::1')
# what a believed packet would change
POISON = dict(my=0xdead, diag=9, mult=77, tx=7777777, rx=8888888, state=UP)


class Fixture:
    """One session that is Up for all tests; a peer that sends only when told to."""

    def __init__(self, link):
        self.bench = Bench('tx 300ms rx 300ms', peer=Peer(peer_ns, **link))
        self.bench.settle()
        self.bench.run(2 * S)
        self.peer, self.session = self.bench.peer, self.bench.session
        self.before()

    def before(self):
        self.bench.run(10 * MS)
        self.peer.send()
        self.bench.mark()
        self.show = self.session.show()
        self.net = net_drops(h1)
        self.at = self.bench.monitor.mark()

    def after(self, reason, count, session_too=False, accepted=0):
        self.bench.mark()
        show, net = self.session.show(), net_drops(h1)
        old, new = self.show['session-statistics'], show['session-statistics']
        equal(new['receive-packet-count'] - old['receive-packet-count'], accepted,
              'packets accepted')
        expected = dict(self.net)
        if reason:
            expected[reason] = expected.get(reason, 0) + count
        equal(net, expected, 'drops of the namespace')
        expected = dict(old['drops'])
        if session_too:
            expected[reason] = expected.get(reason, 0) + count
        equal(new['drops'], expected, 'drops of the session')
        equal(new['receive-invalid-packet-count'] - old['receive-invalid-packet-count'],
              count if session_too else 0, 'receive-invalid-packet-count')
        for name in ('remote-discriminator', 'remote-multiplier', 'session-running'):
            equal(show[name], self.show[name], name)
        self.bench.monitor.mark()
        equal(self.bench.monitor.events[self.at:], [], 'events')


fixtures = {}


def fixture(family=4):
    for each, link in ((6, V6), (4, {})):
        if each not in fixtures:
            fixtures[each] = Fixture(link)
    for f in fixtures.values():         # one was made while the other waited
        check(f.bench.up(), 'not up')
    f = fixtures[family]
    f.before()
    return f


def dropped(reason, fields=None, payload=None, link=None, family=4, session_too=False):
    f = fixture(family)
    fields = {**POISON, 'your': f.session.discr, **(fields or {})}
    data = bytes(replace(f.peer.says, **fields)) if payload is None else payload
    for _ in range(3):
        f.peer.raw(data, **(link or {}))
    f.after(reason, 3, session_too)


def drop(name, reason, fields=None, families=(4, 6), **kwargs):
    for family in families:
        test(f'IPv{family}: {name}', reason, fields, family=family, **kwargs)(dropped)


for v in (0, 2, 3, 7):
    drop(f'version {v}', 'version', {'version': v})
for n in (0, 1, 8, 23):
    drop(f'{n} bytes of payload', 'too-short', payload=bytes(Bfd(my=1, state=UP))[:n])
for n in (0, 1, 12, 23):
    drop(f'Length {n}', 'length', {'length': n}, families=(4,))
for n in (25, 26, 48, 255):
    drop(f'Length {n} of 24 bytes', 'length', {'length': n}, families=(4,))
drop('Length 24 and 25 with the A bit', 'length', {'length': 25, 'auth': 1, 'tail': b'\1'})
drop('Detect Mult 0', 'detect-mult', {'mult': 0})
drop('M bit', 'multipoint', {'multipoint': 1})
drop('My Discriminator 0', 'my-discriminator', {'my': 0})
drop('P and F', 'poll-and-final', {'poll': 1, 'final': 1})
drop('an unknown Your Discriminator', 'your-discriminator', {'your': 0x12345678})
drop('Your Discriminator in the wrong byte order', 'your-discriminator', {'your': 0x01000000})
drop('Your Discriminator 0 in Init', 'state', {'your': 0, 'state': INIT})
drop('Your Discriminator 0 in Up', 'state', {'your': 0, 'state': UP})
for ttl in (254, 64, 1):
    drop(f'TTL {ttl}', 'ttl', link={'ttl': ttl})
drop('the A bit without authentication configured', 'auth-unexpected',
     {'auth': 1, 'length': 33, 'tail': b'\1\x09\1secret'}, session_too=True)
drop('Your Discriminator 0 from another address', 'no-session', {'your': 0, 'state': DOWN},
     link={'src': '192.0.2.3'}, families=(4,))
drop('Your Discriminator 0 from another address', 'no-session', {'your': 0, 'state': DOWN},
     link={'src': '2001:db8::3'}, families=(6,))
ALL = b'\xff' * 6
drop('to a multicast group', 'not-unicast', link={'dst': '224.0.0.1',
                                                  'dst_mac': b'\1\0\x5e\0\0\1'}, families=(4,))
drop('to the broadcast address', 'not-unicast', link={'dst': '255.255.255.255', 'dst_mac': ALL},
     families=(4,))
drop("to the link's broadcast address", 'not-unicast', link={'dst': '192.0.2.255', 'dst_mac': ALL},
     families=(4,))
drop('in a broadcast frame', 'not-unicast', link={'dst_mac': ALL})
drop('to a multicast group', 'not-unicast', link={'dst': 'ff02::1',
                                                  'dst_mac': b'\x33\x33\0\0\0\1'}, families=(6,))


@test('rules are applied in the order of the RFC')
def order():
    wrong = [('version', {'version': 0}), ('length', {'length': 20}), ('detect-mult', {'mult': 0}),
             ('multipoint', {'multipoint': 1}), ('my-discriminator', {'my': 0})]
    for i, (reason, _) in enumerate(wrong):
        fields = {k: v for _, f in wrong[i:] for k, v in f.items()}
        dropped(reason, fields)


@test('the right discriminator by the wrong link')
def wrong_link():
    f = fixture()
    tap = Tap(peer_ns, 'p3')
    for _ in range(3):
        tap.sock.send(frame('192.0.2.2', '192.0.2.1', bytes(replace(
            f.peer.says, **POISON, your=f.session.discr)), b'\2\0\0\0\2\1', b'\2\0\0\0\2\2'))
    tap.close()
    f.after('wrong-path', 3, session_too=True)


@test('Your Discriminator 0 by the wrong link')
def wrong_link_zero():
    f = fixture()
    tap = Tap(peer_ns, 'p3')
    for _ in range(3):
        tap.sock.send(frame('192.0.2.2', '192.0.2.1', bytes(replace(
            f.peer.says, **{**POISON, 'state': DOWN}, your=0)), b'\2\0\0\0\2\1', b'\2\0\0\0\2\2'))
    tap.close()
    f.after('no-session', 3)


@test('the right discriminator over the wrong family')
def wrong_family():
    f, other = fixture(4), fixture(6)
    f.before()
    other.peer.raw(bytes(replace(f.peer.says, **POISON, your=f.session.discr)))
    f.after('wrong-path', 1, session_too=True)


def stack_drops(name):
    """A counter of UDP, both families: {IPv4, IPv6}."""
    out = sh(f'ip netns exec {h1} cat /proc/net/snmp /proc/net/snmp6').split('\n')
    heads = [line.split() for line in out if line.startswith('Udp: ')]
    v6 = {w[0]: int(w[1]) for line in out if (w := line.split()) and w[0].startswith('Udp6')}
    return int(heads[1][heads[0].index(name)]), v6['Udp6' + name]


def by_the_stack(counter, family, **link):
    f = fixture(family)
    before = stack_drops(counter)[family == 6]
    for _ in range(3):
        f.peer.raw(bytes(replace(f.peer.says, **POISON, your=f.session.discr)), **link)
    f.after(None, 0)
    equal(stack_drops(counter)[family == 6] - before, 3, counter)


for fam in (4, 6):
    test(f'IPv{fam}: a wrong UDP checksum', 'InCsumErrors', fam, udp_check=0x1234)(by_the_stack)
    test(f'IPv{fam}: a UDP length behind the end', 'InErrors', fam, udp_length=33)(by_the_stack)
    test(f'IPv{fam}: a UDP length below 8', 'InErrors', fam, udp_length=7)(by_the_stack)


@test('IPv6: no UDP checksum')
def no_checksum6():
    f = fixture(6)
    for _ in range(3):
        f.peer.raw(bytes(replace(f.peer.says, **POISON, your=f.session.discr)), udp_check=0)
    f.after(None, 0)


@test('a UDP length short of the mandatory section')
def short_udp():
    dropped('too-short', payload=bytes(Bfd(my=1, state=UP))[:23], link={'trailer': b'x' * 9})


def accepted(family, fields=None, **link):
    f = fixture(family)
    for _ in range(3):
        f.peer.raw(bytes(replace(f.peer.says, **(fields or {}))), **link)
    f.after(None, 0, accepted=3)


for what, changed, on_link in (
        ('trailing bytes behind Length', {'tail': b'x' * 40}, {}),
        ('any source port', {}, {'sport': 1000}),
        ('any DSCP', {}, {'tos': 0}),
        # 6.3: once it knows our discriminator, the address is no matter
        ('our discriminator from another address', {}, {'src': {4: '192.0.2.3',
                                                                6: '2001:db8::3'}})):
    for fam in (4, 6):
        test(f'IPv{fam}: accepted: {what}', fam, changed,
             **{k: v[fam] if isinstance(v, dict) else v for k, v in on_link.items()})(accepted)
test('IPv4: accepted: no UDP checksum', 4, udp_check=0)(accepted)


def oracle(p, length, your):
    """What RFC 5880 says of a packet that does not know a session."""
    if length < 24:
        return 'too-short'
    if p.version != 1:
        return 'version'
    if p.length < (26 if p.auth else 24) or p.length > length:
        return 'length'
    if not p.mult:
        return 'detect-mult'
    if p.multipoint:
        return 'multipoint'
    if not p.my:
        return 'my-discriminator'
    if p.poll and p.final:
        return 'poll-and-final'
    if p.your:
        return None if p.your in your else 'your-discriminator'
    return 'state' if p.state in (INIT, UP) else None


@test('20,000 packets of random bytes and fields: each counted, none believed')
def noise():
    f = fixture()
    rng = random.Random(5880)
    total = 4000 if DEBUG else 20000
    expected = dict(f.net)
    events = f.bench.monitor.mark()
    for n in range(total):
        while True:
            length = rng.choice((0, 23, 24, 25, 26, 52, rng.randrange(100)))
            if n % 2:
                data = rng.randbytes(length)
            else:
                pick = rng.choice
                data = bytes(Bfd(
                    pick((1, 1, 1, 1, 0, 2, 7)), pick((0, 31)), rng.randrange(4), pick((0, 0, 1)),
                    pick((0, 0, 1)), pick((0, 1)), pick((0, 0, 0, 1)), pick((0, 1)),
                    pick((0, 0, 0, 1)), pick((0, 1, 3, 255)), pick((24, 24, 26, 0, 23, 255)),
                    pick((0, 1, 0xffffffff)), pick((0, 1, 0xffffffff)),
                    pick((0, 1, 0xffffffff)), pick((0, 1, 0xffffffff)), 0, b'x' * 76))[:length]
            p = Bfd.parse(data)
            reason = oracle(p, length, (f.session.discr,)) if p else 'too-short'
            if reason:          # else it is a good packet
                break
        expected[reason] = expected.get(reason, 0) + 1
        f.peer.raw(data)
        if n % 100 == 0:
            f.bench.run(1 * MS)
    f.bench.mark()
    got = net_drops(h1)
    remark(f'{ {k: n for k, v in got.items() if (n := v - f.net.get(k, 0))} }')
    equal(got, expected, 'the drops')
    show = f.session.show()
    equal(show['remote-discriminator'], f.show['remote-discriminator'], 'remote-discriminator')
    equal(show['session-statistics']['down-count'], f.show['session-statistics']['down-count'],
          'down-count')
    equal(show['session-statistics']['drops'], f.show['session-statistics']['drops'],
          'drops of the session')
    f.bench.monitor.mark()
    equal(f.bench.monitor.events[events:], [], 'events')


@test('random fields to the right discriminator: the session lives and comes up again')
def storm():
    f = fixture()
    rng = random.Random(5881)
    for n in range(1000 if DEBUG else 4000):
        p = Bfd(1, rng.randrange(32), rng.randrange(4), rng.randrange(2), 0, 0, 0,
                rng.randrange(2), 0, rng.randrange(1, 256), 24, rng.randrange(1, 1 << 32),
                f.session.discr, rng.choice((0, 1, 1000, 1 << 31, (1 << 32) - 1)),
                rng.choice((0, 1, 1000, 1 << 31, (1 << 32) - 1)), rng.randrange(1 << 32))
        f.peer.raw(bytes(p))
        if n % 100 == 0:
            f.bench.run(3 * MS)
            f.bench.monitor.read()
    # the last of them may have asked for a long silence
    f.peer.says.your = f.session.discr
    f.peer.send(state=DOWN)
    check(f.bench.up(), 'not up again')
    f.bench.close()
    del fixtures[4]


main()
for left in fixtures.values():
    left.bench.close()
