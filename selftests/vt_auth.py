# SPDX-License-Identifier: GPL-2.0
"""Authentication of packets: RFC 5880, 6.7, 6.8.1, 6.8.6."""

import os
from dataclasses import replace

from auth import (METICULOUS_SHA1, MD5, PASSWORD, SHA1, TYPES, Auth, Keys, sequence)
from peer import Bench, Peer
from result import DEBUG, check, equal, main, test, within
from tool import Session, bfdnl, net_drops, now, sh, sleep, sleep_until
from wire import ADMIN_DOWN, DOWN, MS, S, UP, US

h1, peer_ns, other = os.environ['h1'], os.environ['peer'], os.environ['other']
V6 = dict(src='2001:db8::2', dst='2001:db8::1')
KEY_ID = 77
MULT = 4                        # ours; the peer's is 3
WINDOW = 3 * MULT
SLOT = 65536
# what a believed packet would change
POISON = dict(my=0xdead, diag=9, mult=77, tx=7777777, rx=8888888, state=UP)
keys, other_keys = Keys(h1), Keys(other)


def secret_of(kind):
    """As long as may be, with zeros in it."""
    return b'\0a secret\0 of 20 b!\0'[:20 if kind >= SHA1 else 16]


for number in range(1, 6):
    keys.set(number, number, secret_of(number))
    other_keys.set(number, number, secret_of(number))
keys.set(11, SHA1, b'another')
other_keys.set(11, SHA1, b'another')


def drops_of(session):
    return {k: n for k, n in session.drops().items() if n}


def auth_of(kind, **more):
    return Auth(kind, secret_of(kind), KEY_ID, **more)


class Fixture:
    """A session that is Up; a peer that knows the key, and says only what it is told to."""

    def __init__(self, kind=None, link=None, auth=None, **more):
        self.kind = kind
        auth = auth or (auth_of(kind, **more) if kind else None)
        how = f'key {kind} key-id {KEY_ID}' if kind else ''
        self.bench = Bench(f'tx 300ms rx 300ms mult {MULT} {how}',
                           peer=Peer(peer_ns, auth=auth, **(link or {})))
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

    def after(self, expected, accepted=0):
        """EXPECTED: {reason: count}; nothing else has changed."""
        self.bench.mark()
        show, net = self.session.show(), net_drops(h1)
        old, new = self.show['session-statistics'], show['session-statistics']
        equal(new['receive-packet-count'] - old['receive-packet-count'], accepted,
              'packets accepted')
        for name, was, drops in (('namespace', self.net, net),
                                 ('session', old['drops'], new['drops'])):
            equal({k: n - was.get(k, 0) for k, n in drops.items() if n != was.get(k, 0)},
                  expected, f'drops of the {name}')
        equal(new['receive-invalid-packet-count'] - old['receive-invalid-packet-count'],
              sum(expected.values()), 'receive-invalid-packet-count')
        for name in ('remote-discriminator', 'remote-multiplier', 'session-running',
                     'authentication'):
            equal(show.get(name), self.show.get(name), name)
        self.bench.monitor.mark()
        equal(self.bench.monitor.events[self.at:], [], 'events')

    def raw(self, payload, **link):
        self.peer.raw(payload, **link)

    def close(self):
        self.bench.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bench.__exit__()


def each_type(name, only=range(1, 6), **kwargs):
    def add(function):
        for kind in only:
            test(f'{TYPES[kind - 1]}: {name}', kind, **kwargs)(function)
        return function
    return add


# ---- what we send ----

@each_type('every packet of ours is signed, IPv4 and IPv6, whatever it says')
def signed(kind):
    for link in ({}, V6)[DEBUG:]:
        with Fixture(kind, link) as f:
            equal(keys.session(f.session.id), (kind, KEY_ID, kind, None), 'the method')
            f.session.set('tx 200ms')
            f.bench.settle()
            f.peer.say(poll=1)
            f.bench.run(1 * S)
            check(not f.peer.says.poll, 'no Final')
            f.session.set('admin-down')
            f.bench.run(2 * S)
            f.session.set('admin-up')
            check(f.bench.up(), 'not up again')
            f.session.delete()
            f.bench.run(10 * MS)
            equal(f.peer.refused, [], 'packets that are not signed right')
            equal((f.peer.hears.state, f.peer.hears.diag), (ADMIN_DOWN, 7), 'the last words')
            for p in f.bench.sent():
                equal(p.checksum_good or p.outgoing, True, 'the checksum')
            equal({p.ttl for p in f.bench.sent()}, {255}, 'TTL')


@each_type('a secret of one byte', only=(PASSWORD, MD5, SHA1))
def short(kind):
    keys.set(99, kind, b'x')
    peer = Peer(peer_ns, auth=Auth(kind, b'x', 0))
    with Bench('tx 300ms rx 300ms key 99 key-id 0', peer=peer) as b:
        equal(peer.refused, [], 'packets that are not signed right')
        equal(keys.session(b.session.id), (99, 0, kind, None), 'the method')
    keys.delete(99)


def steps(f, run):
    since = f.bench.mark()
    f.bench.run(run)
    packets = f.bench.sent(since)
    check(len(packets) > 5, f'{len(packets)} packets')
    return packets


@each_type('the sequence number grows with every packet', only=(3, 5))
def meticulous(kind):
    with Fixture(kind) as f:
        numbers = [sequence(p.payload) for p in f.bench.sent()]
        equal({(b - a) & 0xffffffff for a, b in zip(numbers, numbers[1:])}, {1}, 'steps')


@each_type('the sequence number grows once a second, and when something else is said',
           only=(2, 4))
def occasionally(kind):
    with Fixture(kind) as f:
        packets = steps(f, 10 * S)
        numbers = [sequence(p.payload) for p in packets]
        moved = [b.time for a, b in zip(packets, packets[1:])
                 if sequence(a.payload) != sequence(b.payload)]
        equal({(b - a) & 0xffffffff for a, b in zip(numbers, numbers[1:])}, {0, 1}, 'steps')
        for a, b in zip(moved, moved[1:]):
            within(b - a, 1 * S, 1300 * MS + 2 * SLOT, 'the time between two steps')
        # contents that differ never have the same number
        f.session.set('mult 9')
        f.bench.run(2 * S)
        f.session.set(f'mult {MULT}')
        f.peer.say(poll=1)
        f.bench.run(2 * S)
        said = {}
        for p in f.bench.sent():
            said.setdefault(sequence(p.payload), set()).add(p.payload[:24])
        equal([n for n, texts in said.items() if len(texts) > 1], [], 'numbers used twice')


@test('the sequence number begins at random')
def starts():
    seen = set()
    for _ in range(4):
        with Bench(f'key {METICULOUS_SHA1} key-id 1', up=False) as b:
            b.run(100 * MS)
            seen.add(sequence(b.sent()[0].payload))
    equal(len(seen), 4, f'different numbers among {seen}')
    check(max(seen) - min(seen) > 1 << 20, f'{seen}')


# ---- what we refuse ----

def refuses(f, reason, *packets):
    f.before()
    for p in packets:
        for _ in range(3):
            f.raw(p() if callable(p) else p)
    f.after({reason: 3 * len(packets)})


def poisoned(f, wrong=None, **fields):
    """With the next sequence number, which is not used up."""
    return lambda: f.peer.signed({'seq': f.peer.auth.seq, **(wrong or {})},
                                 **{**POISON, 'your': f.session.discr, **fields})


def flipped(f, bit):
    def packet():
        data = bytearray(poisoned(f)())
        data[bit // 8] ^= 1 << bit % 8
        return bytes(data)
    return packet


@each_type('what is not signed right is dropped, each for its reason, and nothing else happens')
def rogues(kind):
    with Fixture(kind) as f:
        good = f.peer.signed(**{**POISON, 'your': f.session.discr})
        length = len(good)
        # one bit of the password or the digest, and every byte of it
        refuses(f, 'auth-digest', *[flipped(f, at * 8 + at % 8) for at in
                                    range(27 if kind == PASSWORD else 32, length)])
        if kind != PASSWORD:
            # another secret
            other_key = Auth(kind, b'guess', KEY_ID)
            refuses(f, 'auth-digest', lambda: other_key.sign(
                replace(f.peer.says, **POISON, your=f.session.discr), seq=f.peer.auth.seq))
            # what is said is signed, too, every bit of it, with the sequence number
            f.before()
            n = 0
            for bit in range(8 * 32):
                p = flipped(f, bit)()
                if p[0] >> 5 != 1 or bit // 8 in (3, 24, 25, 26) or bit // 8 in range(28, 32) or \
                        bit // 8 in range(8, 12) or p[1] & 0x05 != 4 or p[1] & 0x30 == 0x30:
                    continue
                n += 1
                f.raw(p)
            check(n > 150, f'{n} bits')
            f.after({'auth-digest': n})
        refuses(f, 'auth-key-id', poisoned(f, {'key_id': KEY_ID + 1}),
                poisoned(f, {'key_id': KEY_ID - 1}), poisoned(f, {'key_id': 0}))
        refuses(f, 'auth-missing', *[bytes(replace(f.peer.says, **POISON, your=f.session.discr,
                                                   tail=t)) for t in (b'', good[24:])])
        others = [t for t in range(1, 6) if t != kind]
        refuses(f, 'auth-type', *[
            replace(auth_of(t), seq=f.peer.auth.seq).sign(
                replace(f.peer.says, **POISON, your=f.session.discr)) for t in others],
                *[poisoned(f, {'type': t}) for t in (0, 6, 255, *others)])
        section = length - 24
        refuses(f, 'auth-length', *[poisoned(f, {'length': n})
                                    for n in (0, 2, 3, section - 1, section + 1, 255)])
        # Length says another thing than Auth Len; there are bytes enough
        refuses(f, 'auth-length', *[
            poisoned(f, {'total': n})() + bytes(8)
            for n in (26, 27, length - 1, length + 1, length + 8)])
        refuses(f, 'auth-length', *[
            bytes(replace(f.peer.says, **POISON, auth=1, your=f.session.discr, length=24 + n,
                          tail=bytes((kind, n, KEY_ID))[:n])) for n in (2, 3)])
        equal(f.session.stat('down-count'), 0, 'down-count')
        # the key is what counts
        f.before()
        f.peer.send()
        f.after({}, accepted=1)


@each_type('the reserved byte may be anything, and the digest covers it', only=range(2, 6))
def reserved(kind):
    with Fixture(kind) as f:
        f.before()
        for value in (1, 0xff):
            f.raw(f.peer.signed({'reserved': value}))
            f.peer.auth.seq += 1
        f.after({}, accepted=2)


@test('a session without authentication believes no packet that has one')
def unexpected():
    with Fixture() as f:
        for kind in range(1, 6):
            refuses(f, 'auth-unexpected', auth_of(kind).sign(
                replace(f.peer.says, **POISON, your=f.session.discr)))


@test('with Your Discriminator 0, too, nothing is believed that is not signed')
def zero():
    with Fixture(METICULOUS_SHA1) as f:
        refuses(f, 'auth-missing', bytes(replace(f.peer.says, **{**POISON, 'state': DOWN})))
        refuses(f, 'auth-digest', poisoned(f, {'digest': bytes(20)}, your=0, state=DOWN),
                poisoned(f, {'digest': bytes(20)}, your=0, state=ADMIN_DOWN))


# ---- sequences ----

@each_type('the window: 3 x our multiplier, moved only by what is authentic', only=range(2, 6))
def window(kind):
    strict = kind in (3, 5)
    with Fixture(kind) as f:
        auth = f.peer.auth

        def last():
            return auth.seq - 1         # the number that the session knows

        def drop(*numbers):
            f.before()
            for n in numbers:
                f.raw(f.peer.signed({'seq': last() + n}, **POISON, your=f.session.discr))
            f.after({'auth-sequence': len(numbers)})

        def take(n):
            f.before()
            auth.seq = last() + n
            f.raw(f.peer.signed())
            f.after({}, accepted=1)
        drop(-1, -2, -WINDOW, -1 << 31, WINDOW + 1, WINDOW + 2, 1 << 31, (1 << 31) + 1, 1000000)
        if strict:
            drop(0)
        else:
            take(0)
            take(0)
        take(WINDOW)
        drop(WINDOW + 1, -1)
        take(1)
        # a wrong digest does not move it
        refuses(f, 'auth-digest', poisoned(f, {'seq': last() + WINDOW, 'digest': bytes(auth.size)}))
        take(1)
        # ours counts, as it is now
        f.session.set('mult 1')
        f.bench.run(1 * S)
        drop(4)
        take(3)
        f.session.set('mult 255')
        f.bench.run(1 * S)
        drop(766)
        take(765)


@each_type('the sequence number goes on after 2^32 - 1', only=range(2, 6))
def wrap(kind):
    with Fixture(kind, seq=(1 << 32) - 5) as f:
        f.bench.run(5 * S)
        check(f.peer.auth.seq < 1000, f'the sequence number is {f.peer.auth.seq}')
        equal(drops_of(f.session), {}, 'drops')
        f.before()
        f.raw(f.peer.signed({'seq': 0xffffffff}, **POISON, your=f.session.discr))
        f.after({'auth-sequence': 1})


@each_type('a replay of what was said before the session went down is not believed', only=(3, 5))
def replay(kind):
    with Fixture(kind) as f:
        down = f.peer.signed(state=DOWN, your=0)
        f.raw(down)
        f.bench.mark()
        check(f.bench.up(), 'not up again')
        refuses(f, 'auth-sequence', down)


@each_type('a replay of the last packet keeps the session as it is', only=(2, 4))
def replay_keyed(kind):
    """6.7.3: within the window it is accepted; it cannot say anything else."""
    with Fixture(kind) as f:
        f.before()
        p = f.peer.signed()
        f.raw(p)
        f.raw(p)
        f.after({}, accepted=2)


def silence(f, after, rogue=None):
    """A peer that restarts with other numbers AFTER ns of silence. Return: is it heard?"""
    check(f.bench.up(), 'not up')
    f.bench.settle()
    f.bench.run(3 * S)
    f.peer.send()
    f.bench.mark()
    last = f.bench.received()[-1].time
    if rogue:
        sleep_until(last + after - 100 * MS)
        rogue()
    f.peer.auth.seq = (f.peer.auth.seq + (1 << 30)) & 0xffffffff
    p = f.peer.signed(state=DOWN, your=0)
    sleep_until(last + after - 20 * US)
    f.raw(p)
    f.bench.mark()
    at = f.bench.received()[-1].time
    within(at - last, after - 50 * US, after + 100 * US, 'the silence')
    f.peer.says.state = DOWN
    return at - last, f.session.show()['remote-discriminator'] != 0


@each_type('the sequence number is forgotten after twice the detection time', only=range(2, 6))
def forget(kind):
    with Fixture(kind) as f:
        # the peer's multiplier and our interval: 3 x 300 ms
        equal(f.session.running('detection-time'), 900000, 'detection-time')
        limit = 1800 * MS

        def rogue():                    # what is not authentic does not keep it
            f.raw(poisoned(f, {'digest': bytes(f.peer.auth.size)})())
            f.raw(bytes(f.peer.says))
        for after in (limit - 60 * US, limit + 40 * US, limit + 5 * MS):
            silent, heard = silence(f, after, rogue)
            equal(heard, silent >= limit, f'heard after {silent} ns')
            if not heard:
                equal(drops_of(f.session).get('auth-sequence'), 1, 'auth-sequence')
                f.bench.run(2 * S)
        check(f.bench.up(), 'not up')


@test('it is forgotten in AdminDown, too')
def forget_admin():
    with Fixture(METICULOUS_SHA1) as f:
        f.session.set('admin-down')
        f.bench.run(2 * S)
        f.peer.auto = False
        f.peer.period = 0
        f.peer.auth.seq += 1 << 30
        f.peer.send(state=DOWN, your=0)
        f.bench.mark()
        equal(drops_of(f.session).get('auth-sequence'), 1, 'auth-sequence')
        # while it was not Up the peer's interval was 1 s
        f.bench.run(7 * S)
        f.peer.send(state=DOWN, your=0)
        f.bench.mark()
        equal(drops_of(f.session).get('auth-sequence'), 1, 'auth-sequence')
        f.session.set('admin-up')
        f.peer.auto, f.peer.period = True, None
        check(f.bench.up(), 'not up again')


@test('a peer that asked for silence, and was asked for it, may restart')
def forget_silent():
    with Bench(f'tx 300ms rx 0 key {METICULOUS_SHA1} key-id {KEY_ID}',
               peer=Peer(peer_ns, auth=auth_of(METICULOUS_SHA1))) as b:
        b.run(5 * S)
        b.peer.period = 0
        b.run(1 * S)
        b.peer.send()
        b.peer.auth.seq += 1 << 30
        b.run(5900 * MS)
        b.peer.send()
        b.mark()
        equal(drops_of(b.session).get('auth-sequence'), 1, 'auth-sequence')
        b.run(200 * MS)                 # 2 x 3 x 1 s
        b.peer.send()
        b.mark()
        equal(drops_of(b.session).get('auth-sequence'), 1, 'auth-sequence')


# ---- changes while Up ----

def method(kind):
    return (kind, KEY_ID, kind, None) if kind else None


def methods():
    kinds = (None, 1, 3, 4) if DEBUG else (None, *range(1, 6))
    return [(a, b) for a in kinds for b in kinds if a != b]


@test('a change at once, from every type and none to every other, and the session stays Up')
def at_once():
    with Fixture() as f:
        kind = None
        for a, b in methods():
            for to in (a, b):
                if to == kind:
                    continue
                since, seen = f.bench.mark(), f.bench.monitor.mark()
                keys.use(f.session.id, to or 0, KEY_ID if to else None)
                f.peer.auth = auth_of(to) if to else None
                f.peer.refused.clear()
                f.bench.run(700 * MS)
                equal(f.peer.refused, [], f'{kind} to {to}: packets that are not signed right')
                equal(keys.session(f.session.id), method(to), 'the method')
                # it is told at once (6.8.7)
                first = f.bench.sent(since)[0]
                f.bench.monitor.mark()
                events = f.bench.monitor.events[seen:]
                equal([e['event'] for e in events], ['parameters'], 'events')
                within(events[0]['monotonic'] - first.time, -MS, MS, 'from packet to event')
                kind = to
        equal(f.session.stat('down-count'), 0, 'down-count')
        equal([n for n in keys.show() if n[2]], [(kind, kind, 1)], 'keys in use')


@test('a change at once to what is in use already changes nothing')
def same():
    with Fixture(METICULOUS_SHA1) as f:
        old = f.peer.signed(**POISON, your=f.session.discr)
        f.raw(f.peer.signed())
        f.bench.mark()
        keys.use(f.session.id, METICULOUS_SHA1, KEY_ID)
        refuses(f, 'auth-sequence', old)
        equal(keys.get(METICULOUS_SHA1)[2], 1, 'use-count')


@test('our sequence goes on when the key changes; the peer\'s may begin anew')
def goes_on():
    with Fixture(SHA1) as f:
        f.bench.mark()
        before = sequence(f.bench.sent()[-1].payload)
        keys.use(f.session.id, METICULOUS_SHA1, KEY_ID)
        f.peer.auth = auth_of(METICULOUS_SHA1, seq=5)
        f.bench.run(500 * MS)
        packet = next(p for p in f.bench.sent() if p.payload[24] == METICULOUS_SHA1)
        equal(sequence(packet.payload), (before + 1) & 0xffffffff,
              'the first number under the new key')
        # also when there was no authentication in between
        before = sequence(f.bench.sent()[-1].payload)
        keys.use(f.session.id, 0)
        f.peer.auth = None
        f.bench.run(500 * MS)
        since = f.bench.mark()
        keys.use(f.session.id, SHA1, KEY_ID)
        f.peer.auth = auth_of(SHA1, seq=5)
        f.bench.run(500 * MS)
        equal(sequence(f.bench.sent(since)[0].payload), (before + 1) & 0xffffffff,
              'the first number after a pause')
        equal(drops_of(f.session), {}, 'drops')


@test('delayed, from every type and none to every other: when the peer changes, without a loss')
def delayed():
    with Fixture() as f:
        kind = None
        for a, b in methods():
            for to in (a, b):
                if to == kind:
                    continue
                keys.use(f.session.id, to or 0, KEY_ID if to else None, 1)
                f.bench.run(700 * MS)
                current = method(kind) or (0, None, None, None)
                pending = (to, KEY_ID, to) if to else (0, None, None)
                equal(keys.session(f.session.id), (*current[:3], pending), 'the method')
                since = f.bench.mark()
                seen = f.bench.monitor.mark()
                equal([p for p in f.bench.tap.packets[since:] if p.bfd and
                       p.bfd.auth != bool(kind)], [], 'packets of the new method')
                # now the peer
                f.peer.auth = auth_of(to, seq=3) if to else None
                f.peer.send()
                f.bench.mark()
                f.peer.refused.clear()
                f.bench.run(700 * MS)
                equal(f.peer.refused, [], f'{kind} to {to}: packets that are not signed right')
                equal(keys.session(f.session.id), method(to), 'the method afterwards')
                theirs = f.bench.received(since)[0]
                within(f.bench.sent(since)[0].time - theirs.time, 0, MS, 'until we changed')
                f.bench.monitor.mark()
                equal([e['event'] for e in f.bench.monitor.events[seen:]], ['parameters'],
                      'events')
                kind = to
        show = f.session.show()['session-statistics']
        equal(show['down-count'], 0, 'down-count')
        equal(drops_of(f.session), {}, 'drops')
        equal([n for n in keys.show() if n[2]], [(kind, kind, 1)], 'keys in use')


@test('while a change is pending, what fits neither is dropped for the reason that it has now')
def pending_rogues():
    with Fixture(SHA1) as f:
        keys.use(f.session.id, METICULOUS_SHA1, KEY_ID, 1)
        new = auth_of(METICULOUS_SHA1)
        packet = replace(f.peer.says, **POISON, your=f.session.discr)
        refuses(f, 'auth-type', new.sign(packet, digest=bytes(20)))
        refuses(f, 'auth-missing', bytes(packet))
        refuses(f, 'auth-key-id', poisoned(f, {'key_id': 1}))
        refuses(f, 'auth-digest', poisoned(f, {'digest': bytes(20)}))
        refuses(f, 'auth-sequence', poisoned(f, {'seq': f.peer.auth.seq - 9}))
        equal(keys.session(f.session.id), (SHA1, KEY_ID, SHA1, (5, KEY_ID, 5)), 'the method')
        # once switched it does not switch back
        f.peer.auth = new
        f.peer.send()
        f.bench.run(500 * MS)
        refuses(f, 'auth-type', auth_of(SHA1, seq=1 << 20).sign(packet))
        equal(keys.session(f.session.id), method(METICULOUS_SHA1), 'the method')


@test('a second change replaces the pending one; the method in use takes it back')
def replaced():
    with Fixture(SHA1) as f:
        for key, key_id, late, current, pending, uses in (
                (11, 8, 1, (4, KEY_ID, 4), (11, 8, 4), {4: 1, 11: 1}),
                (3, 9, 1, (4, KEY_ID, 4), (3, 9, 3), {4: 1, 3: 1}),
                (4, 1, 1, (4, KEY_ID, 4), (4, 1, 4), {4: 2}),
                (0, None, 1, (4, KEY_ID, 4), (0, None, None), {4: 1}),
                (4, KEY_ID, 1, (4, KEY_ID, 4), None, {4: 1}),
                (11, 8, 1, (4, KEY_ID, 4), (11, 8, 4), {4: 1, 11: 1}),
                (4, KEY_ID, 0, (4, KEY_ID, 4), None, {4: 1}),
                (11, 8, 1, (4, KEY_ID, 4), (11, 8, 4), {4: 1, 11: 1})):
            keys.use(f.session.id, key, key_id, late)
            equal(keys.session(f.session.id), (*current, pending), 'the method')
            equal({n: c for n, _, c in keys.show() if c}, uses, 'use counts')
        f.bench.run(500 * MS)
        # at once, to something else: nothing is left pending
        keys.use(f.session.id, METICULOUS_SHA1, KEY_ID)
        f.peer.auth = auth_of(METICULOUS_SHA1)
        f.bench.run(500 * MS)
        equal(keys.session(f.session.id), method(METICULOUS_SHA1), 'the method')
        keys.use(f.session.id, 11, 8, 1)
        keys.use(f.session.id, 0)
        equal(keys.session(f.session.id), None, 'the method')
        f.peer.auth = None
        f.bench.run(500 * MS)
        equal(f.session.stat('down-count'), 0, 'down-count')
    equal([n for n in keys.show() if n[2]], [], 'keys in use')


@test('a pending change of a session that is deleted frees its keys')
def pending_delete():
    with Fixture(SHA1) as f:
        keys.use(f.session.id, 11, 8, 1)
    equal([n for n in keys.show() if n[2]], [], 'keys in use')


@test('delayed with a peer whose multiplier is 1: the change is told in time')
def delayed_tight():
    with Fixture() as f:
        f.peer.say(mult=1)
        f.session.set('mult 1')
        f.bench.run(3 * S)
        keys.use(f.session.id, SHA1, KEY_ID, 1)
        since = f.bench.mark()
        f.peer.auth = auth_of(SHA1)
        f.bench.run(3 * S)
        # the peer went without a packet that it could believe for less than 300 ms
        theirs = f.bench.received(since)[0].time
        ours = next(p.time for p in f.bench.sent(since) if p.bfd.auth)
        within(ours - theirs, 0, MS, 'from their first to ours')
        equal(f.session.stat('down-count'), 0, 'down-count')


# ---- both ends ours ----

class Pair:
    """Two sessions of ours."""

    def __init__(self, how='', options='tx 100ms rx 100ms mult 3'):
        self.a = Session(h1, 'dest-addr 203.0.113.2 source-addr 203.0.113.1 interface e3',
                         options, how)
        self.b = Session(other, 'dest-addr 203.0.113.1 source-addr 203.0.113.2 interface o3',
                         options, how)
        self.ends = ((keys, self.a), (other_keys, self.b))

    def up(self):
        for _, s in self.ends:
            s.wait(UP)
        sleep(2 * S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        bfdnl(h1, 'session flush')
        bfdnl(other, 'session flush')


@test('both ends ours, all types: delayed here, at once there; on, changed, off')
def both():
    with Pair() as p:
        p.up()
        for kind in (*range(1, 6), 11, None, 5, None, 1, 4, 2):
            for late, (k, s) in zip((1, None), p.ends if kind != 3 else p.ends[::-1]):
                k.use(s.id, kind or 0, KEY_ID if kind else None, late)
                sleep(500 * MS)
            sleep(1 * S)
            for k, s in p.ends:
                now_in_use = k.session(s.id)
                equal(now_in_use and (now_in_use[0], now_in_use[3]),
                      kind and (kind, None), 'the key in use')
                equal(s.stat('down-count'), 0, 'down-count')
                equal(s.state, UP, 'the state')


@test('both ends ours and both delayed: nothing changes, until one is told to')
def both_delayed():
    with Pair() as p:
        p.up()
        for k, s in p.ends:
            k.use(s.id, SHA1, 3, 1)
        sleep(3 * S)
        for k, s in p.ends:
            equal(k.session(s.id), (0, None, None, (4, 3, 4)), 'the method')
        keys.use(p.a.id, SHA1, 3)
        sleep(10 * MS)
        for k, s in p.ends:
            equal(k.session(s.id), (4, 3, 4, None), 'the method')
            equal(s.stat('down-count'), 0, 'down-count')


@test('both ends ours: one restarts with another number, and is heard after the time is over')
def restart():
    with Pair(f'key {METICULOUS_SHA1} key-id 1') as p:
        p.up()
        p.a.delete()
        p.a = Session(h1, 'dest-addr 203.0.113.2 source-addr 203.0.113.1 interface e3',
                      f'tx 100ms rx 100ms mult 3 key {METICULOUS_SHA1} key-id 1')
        begin = now()
        p.a.wait(UP)
        # its last words made the peer's interval 1 s: 2 x 3 x 1 s
        within(now() - begin, 500 * MS, 9 * S, 'the time until Up')
        check(drops_of(p.b).get('auth-sequence'), 'it was heard at once')


@test('both ends ours: ten minutes without a loss')
def ten_minutes():
    with Pair(f'key {SHA1} key-id 1', 'tx 300ms rx 300ms mult 3') as p:
        p.up()
        sleep((120 if DEBUG else 600) * S)
        for k, s in p.ends:
            show = s.show()['session-statistics']
            equal((show['down-count'], drops_of(s)), (0, {}), 'losses')
            check(show['receive-packet-count'] > (400 if DEBUG else 2000), 'packets')


def in_demand(ours, theirs):
    """A session that is Up, in Demand mode of ours or of the peer, with a key."""
    b = Bench(f'tx 10ms rx 10ms key {SHA1} key-id {KEY_ID} {"demand-enabled" if ours else ""}',
              peer=Peer(peer_ns, auth=auth_of(SHA1)))
    if ours:
        b.run(until=lambda: b.peer.hears.demand)
    if theirs:
        b.peer.say(demand=1)
    b.run(1 * S)
    return b


@test('a change of keys is polled for in Demand mode, until there is an answer (6.6)')
def polled_for():
    for ours, theirs in ((True, False), (False, True), (True, True)):
        with in_demand(ours, theirs) as b:
            at = b.mark()
            b.peer.answers = False
            b.peer.auth = auth_of(METICULOUS_SHA1, seq=b.peer.auth.seq)
            keys.use(b.session.id, METICULOUS_SHA1, KEY_ID)
            b.run(15 * MS)
            sent, polls = b.sent(at), b.sent(at, poll=1)
            check(polls, 'no Poll')
            check(all(p.payload[24] == METICULOUS_SHA1 for p in sent), 'the old key is used')
            if theirs:  # one at once, whose answer nobody waits for
                equal([p.bfd.poll for p in sent], [0] + [1] * len(polls), 'the P bits')
            b.peer.answers = True
            b.run(1 * S)
            at = b.mark()
            b.run(1 * S)
            equal(b.sent(at, poll=1), [], 'Polls after the Final')
            if theirs:
                equal(b.sent(at), [], 'packets after the Final')
            equal((b.session.stat('down-count'), b.session.state), (0, UP), 'losses and state')


@test('both ends in Demand mode: who verifies does not refuse the new key until its Poll is due')
def before_the_poll():
    with Pair(options='tx 10ms rx 10ms mult 3 demand-enabled demand-poll-interval 1s') as p:
        p.a.set('rx 1s')        # so this is how often b may send a Poll
        p.up()
        for i in range(8):
            kind = (SHA1, METICULOUS_SHA1)[i % 2]
            keys.use(p.a.id, kind, KEY_ID, 1)
            other_keys.use(p.b.id, kind, KEY_ID)
            sleep(3 * S + 130 * MS)
            equal([k.session(s.id)[0] for k, s in p.ends], [kind] * 2, 'the keys in use')
            equal([s.stat('down-count') for _, s in p.ends], [0, 0], 'losses')


def slow_listener():
    """A session whose peer sends often, but wants to hear from us once a second."""
    b = Bench(f'tx 100ms rx 50ms mult 5 key {SHA1} key-id {KEY_ID}',
              peer=Peer(peer_ns, auth=auth_of(SHA1), tx=50000, rx=1000000, mult=10))
    b.run(2 * S)
    return b


def just_sent(b):
    """For so long as it takes to come back, and 700 ms more, nothing is due."""
    at = b.mark()
    b.run(until=lambda: b.sent(at))
    return b.mark()


@test('a change at once is told again while the peer goes on as before, once an interval of its')
def told_again():
    with slow_listener() as b:
        for kind in (METICULOUS_SHA1, None, SHA1):
            b.run(2 * S)
            at = just_sent(b)
            keys.use(b.session.id, kind or 0, KEY_ID if kind else None)
            b.run(230 * MS)
            told = [p.time for p in b.sent(at)]
            # at once, then with the peer's first packet that is 50 ms later
            check(3 <= len(told) <= 5, f'told {len(told)} times')
            for one, two in zip(told, told[1:]):
                within(two - one, 50 * MS, 100 * MS, 'from one time to the next')
            # now it knows
            b.peer.auth = auth_of(kind, seq=3) if kind else None
            at = b.mark()
            b.peer.send()
            b.run(180 * MS)
            equal(b.sent(at), [], 'told after that')
            equal((b.session.stat('down-count'), b.session.state), (0, UP), 'losses and state')


@test('who refuses packets without such a change does not answer them')
def not_told():
    with slow_listener() as b:
        rogue = auth_of(METICULOUS_SHA1)
        at = just_sent(b)
        for _ in range(10):
            b.peer.raw(rogue.sign(b.peer.says))
            b.run(20 * MS)
        equal(b.sent(at), [], 'answers')


@test('both ends ours: the word of a new key may be lost')
def word_is_lost():
    with Pair(options='tx 100ms rx 100ms mult 5') as p:
        p.a.set('rx 1s')        # so the next word of b is far away
        p.up()
        for i, kind in enumerate((SHA1, METICULOUS_SHA1, None) * 2):
            sleep(2 * S + i * 170 * MS)
            keys.use(p.a.id, kind or 0, KEY_ID if kind else None, 1)
            sh(f'tc -n {other} qdisc add dev o3 root netem loss 100%')
            other_keys.use(p.b.id, kind or 0, KEY_ID if kind else None)
            sleep(50 * MS)
            sh(f'tc -n {other} qdisc del dev o3 root')
            sleep(3 * S)
            equal([k.session(s.id) and k.session(s.id)[0] for k, s in p.ends], [kind] * 2,
                  'the keys in use')
            equal([s.stat('down-count') for _, s in p.ends], [0, 0], 'losses')


@test('in Demand mode of ours, a key that the peer does not have is found out')
def not_the_same():
    with in_demand(True, False) as b:
        keys.use(b.session.id, METICULOUS_SHA1, KEY_ID)
        b.run(1 * S)
        equal(b.session.stat('down-count'), 1, 'losses')


main()
bfdnl(h1, 'session flush')
for keyring in (keys, other_keys):
    for number, _, _ in keyring.show():
        keyring.delete(number)
