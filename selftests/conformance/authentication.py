# SPDX-License-Identifier: GPL-2.0
"""Authentication: RFC 5880, 4.2 to 4.4, 6.7, and what 6.8 says of it."""

from auth import MD5, METICULOUS_MD5, METICULOUS_SHA1, PASSWORD, SHA1, TYPES, Auth, sequence
from registry import TEXT, bug, exact, long, outside, rule
from result import Failed, check, equal
from stage import MS, S, T, USUAL, fresh, tool, up
from tool import ToolError, sleep_until
from wire import DOWN

ALL = (PASSWORD, MD5, METICULOUS_MD5, SHA1, METICULOUS_SHA1)
KEYED = (MD5, SHA1)
METICULOUS = (METICULOUS_MD5, METICULOUS_SHA1)
WITH_MD5, WITH_SHA1 = (MD5, METICULOUS_MD5), (SHA1, METICULOUS_SHA1)
KEY_ID = 77
MULT = 4
WINDOW = 3 * MULT
made = set()


def secret_of(kind):
    """As long as may be, with a zero in it."""
    return b'\0a secret of 20 bytes'[:20 if kind in WITH_SHA1 else 16]


def key(number, kind, secret):
    """Make it once for all tests."""
    if number not in made:
        tool()(f'key set {number} type {TYPES[kind - 1]} secret {secret.hex()}')
        made.add(number)
    return f'key {number}'


def method(kind):
    return f'{key(kind, kind, secret_of(kind))} key-id {KEY_ID}'


def auth_of(kind, **more):
    return Auth(kind, secret_of(kind), KEY_ID, **more)


def usual(kind, **more):
    return {'options': f'{USUAL} mult {MULT} {method(kind)}', 'auth': auth_of(kind, **more)}


def each(kinds, function):
    """FUNCTION(kind, session that is Up, whose peer is silent from now on)."""
    for kind in kinds:
        try:
            with up(**usual(kind)) as s:
                s.run(2 * T)
                s.hush()
                s.peer.send()
                function(kind, s)
        except Failed as e:
            raise Failed(f'{TYPES[kind - 1]}: {e}') from e


def next_seq(s):
    """Does not use it up: what is refused leaves the sequence as it is."""
    return {'seq': s.peer.auth.seq}


def sent_right(kinds):
    """Every packet is signed as the peer, which calculates with hashlib, expects."""
    for kind in kinds:
        with up(**usual(kind)) as s:
            s.answer(poll=1)
            s.session.set('admin-down')
            s.run(1 * S)
            s.session.set('admin-up')
            check(s.up(), f'{TYPES[kind - 1]}: not up again')
            equal(s.peer.refused, [], f'{TYPES[kind - 1]}: packets not signed right')


@rule('5880', '6.7', 'MUST', 'both kinds of SHA1 are there')
@rule('5880', '6.7.4', 'MUST', 'Auth Type is 4 or 5, Auth Len 28, Auth Key ID that of the key, '
                               'Sequence Number bfd.XmitAuthSeq')
@rule('5880', '6.7.4', 'MUST', 'the hash is that of the whole packet with the key, padded with '
                               'zeros, in its place')
@rule('5880', '6.7.4', 'MUST', 'the hash takes the place of the key')
@rule('5880', '6.7.4', 'MUST NOT', 'the key is in the packet')
@rule('5880', '4.4', 'MUST', 'the reserved byte is zero')
@bug(30)
@long
def sha1_sent():
    sent_right(WITH_SHA1)


@rule('5880', '6.7.3', 'MUST', 'Auth Type is 2 or 3, Auth Len 24, Auth Key ID that of the key, '
                               'Sequence Number bfd.XmitAuthSeq')
@rule('5880', '6.7.3', 'MUST', 'the digest is that of the whole packet with the key, padded with '
                               'zeros, in its place')
@rule('5880', '6.7.3', 'MUST', 'the digest takes the place of the key')
@rule('5880', '6.7.3', 'MUST NOT', 'the key is in the packet')
@rule('5880', '4.3', 'MUST', 'the reserved byte is zero')
@bug(34)
@long
def md5_sent():
    sent_right(WITH_MD5)


@rule('5880', '6.7.2', 'MUST', 'Auth Type is 1, Auth Len that of the password plus 3, and the '
                               'password and its key ID are in every packet')
@long
def password_sent():
    sent_right([PASSWORD])
    for number, secret in ((91, b'x'), (92, b'a password of 16')):
        with up(f'{USUAL} {key(number, PASSWORD, secret)} key-id 0',
                auth=Auth(PASSWORD, secret, 0)) as s:
            equal(s.peer.refused, [], 'packets not signed right')


@rule('5880', '6.7.3', 'MUST', 'a short key is padded with zeros: MD5')
@rule('5880', '6.7.4', 'MUST', 'a short key is padded with zeros: SHA1')
def short_key():
    for number, kind in ((93, MD5), (94, METICULOUS_SHA1)):
        with up(f'{USUAL} {key(number, kind, b"k")} key-id 255', auth=Auth(kind, b'k', 255)) as s:
            equal(s.peer.refused, [], 'packets not signed right')


@rule('5880', '4.2', 'MUST', 'a password has 1 to 16 bytes')
@rule('5880', '6.7.2', 'MUST', 'a password has 1 to 16 bytes')
@rule('5880', '6.7.3', TEXT, 'a key for MD5 has up to 16 bytes')
@rule('5880', '6.7.4', TEXT, 'a key for SHA1 has up to 20 bytes')
@bug(32)
def secret_lengths():
    for kind in ALL:
        longest = 20 if kind in WITH_SHA1 else 16
        for size in (0, longest + 1, 100):
            try:
                tool()(f'key set 99 type {TYPES[kind - 1]} secret', b'z'.hex() * size or '""')
            except ToolError:
                continue
            check(False, f'{TYPES[kind - 1]}: a secret of {size} bytes was taken')


@rule('5880', '6.7.2', 'MUST', 'passwords can be given in ASCII')
@rule('5880', '6.7.3', 'MUST', 'keys can be given in ASCII: MD5')
@rule('5880', '6.7.4', 'MUST', 'keys can be given in ASCII: SHA1')
@long
def ascii_secret():
    for kind in ALL:
        tool()(f'key set 95 type {TYPES[kind - 1]} password Secret123')
        with up(f'{USUAL} key 95 key-id 1', auth=Auth(kind, b'Secret123', 1)) as s:
            equal(s.peer.refused, [], 'packets not signed right')
        tool()('key del 95')


@rule('5880', '6.7.2', 'SHOULD', 'passwords can be given in hexadecimal')
@rule('5880', '6.7.3', 'SHOULD', 'keys can be given in hexadecimal: MD5')
@rule('5880', '6.7.4', 'SHOULD', 'keys can be given in hexadecimal: SHA1')
def hexadecimal_secret():
    for kind in ALL:
        tool()(f'key set 96 type {TYPES[kind - 1]} secret 00fF7f')
        with up(f'{USUAL} key 96 key-id 1', auth=Auth(kind, b'\0\xff\x7f', 1)) as s:
            equal(s.peer.refused, [], 'packets not signed right')
        tool()('key del 96')


@rule('5880', '4.1', 'MAY', 'there is an Authentication Section')
@rule('5880', '6.8.7', 'MUST', 'A is set, and the section there, if authentication is in use')
@rule('5880', '6.8.7', 'MUST', 'Length counts the Authentication Section')
@rule('5881', '5', 'MUST', 'packets are sent with TTL 255 also with authentication')
@long
def in_the_packet():
    def test(kind, s):
        size = {PASSWORD: 19}.get(kind, 28 if kind in WITH_SHA1 else 24)
        s.answer(poll=1)
        check(all(p.bfd.auth and p.ttl == 255 and p.bfd.length == len(p.payload) == 24 + size
                  for p in s.sent()), 'A, TTL or Length')
    each(ALL, test)


# ---- what is refused ----

def refused(kinds, reason, make):
    """MAKE(kind, session): packets; each is refused for REASON."""
    def test(kind, s):
        for data in make(kind, s):
            s.drops(reason, own=True, payload=data)
        s.accepts()
    each(kinds, test)


def unsigned(kind, s):
    signed = s.poisoned(next_seq(s))
    bare = s.peer.auth
    s.peer.auth = None
    packets = [s.poisoned(), s.poisoned(tail=signed[24:]), s.poisoned(your=0, state=DOWN)]
    s.peer.auth = bare
    return packets


@rule('5880', '6.8.6', 'MUST', 'without the A bit, a packet is discarded if authentication is in '
                               'use')
@rule('5880', '6.7.2', 'MUST', 'a packet without the section is discarded: password')
@rule('5880', '6.7.3', 'MUST', 'a packet without the section is discarded: MD5')
@rule('5880', '6.7.4', 'MUST', 'a packet without the section is discarded: SHA1')
@rule('5881', '5', TEXT, 'authentication in use: all packets without it are discarded')
@bug(10, 32)
@long
def section_missing():
    refused(ALL, 'auth-missing', unsigned)


@rule('5880', '6.7.2', 'MUST', 'another Auth Type is discarded: password')
@rule('5880', '6.7.3', 'MUST', 'another Auth Type is discarded: MD5')
@rule('5880', '6.7.4', 'MUST', 'another Auth Type is discarded: SHA1')
@long
def other_type():
    refused(ALL, 'auth-type', lambda kind, s: [
        auth_of(t).sign(s.peer.says, **next_seq(s)) for t in ALL if t != kind] + [
        s.poisoned({'type': t, **next_seq(s)}) for t in (0, 6, 255)])


@rule('5880', '6.7.2', 'MUST', 'an unknown Auth Key ID is discarded: password')
@rule('5880', '6.7.3', 'MUST', 'an unknown Auth Key ID is discarded: MD5')
@rule('5880', '6.7.4', 'MUST', 'an unknown Auth Key ID is discarded: SHA1')
@bug(33)
@long
def other_key_id():
    refused(ALL, 'auth-key-id', lambda kind, s: [
        s.poisoned({'key_id': n, **next_seq(s)}) for n in (0, KEY_ID - 1, KEY_ID + 1, 255)])


@rule('5880', '6.7.2', 'MUST', 'an Auth Len other than that of the password plus 3 is discarded')
@rule('5880', '6.7.3', 'MUST', 'an Auth Len other than 24 is discarded')
@rule('5880', '6.7.4', 'MUST', 'an Auth Len other than 28 is discarded')
@bug(10)
@long
def other_length():
    def make(kind, s):
        right = {PASSWORD: 19}.get(kind, 28 if kind in WITH_SHA1 else 24)
        return [s.poisoned({'length': n, **next_seq(s)})
                for n in (0, 2, 3, right - 1, right + 1, 255)] + [
            s.poisoned({'total': n, **next_seq(s)}) + bytes(8)
            for n in (24 + right - 1, 24 + right + 1)]
    refused(ALL, 'auth-length', make)


@rule('5880', '6.7.2', 'MUST', 'another password is discarded')
@rule('5880', '6.7.3', 'MUST', 'a packet whose digest is not right is discarded: MD5')
@rule('5880', '6.7.4', 'MUST', 'a packet whose hash is not right is discarded: SHA1')
@rule('5880', '6.8.6', 'MUST', 'with the A bit, a packet is authenticated before anything is '
                               'learned')
@bug(10, 31)
def wrong_digest():
    def make(kind, s):
        data = s.poisoned(next_seq(s))
        first = 27 if kind == PASSWORD else 32
        for at in range(first, len(data)):
            yield data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:]
        if kind != PASSWORD:
            # what is said is signed
            for at in (0, 7, 15, 19, 23):
                yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
            yield Auth(kind, b'guess', KEY_ID).sign(s.peer.says, **next_seq(s))
    refused(ALL, 'auth-digest', make)


@rule('5880', '6.7.2', 'MUST', 'a packet with the right password is accepted')
@rule('5880', '6.7.3', 'MUST', 'a packet with the right digest is accepted: MD5')
@rule('5880', '6.7.4', 'MUST', 'a packet with the right hash is accepted: SHA1')
def right_one():
    each(ALL, lambda kind, s: [s.accepts() for _ in range(5)])


@rule('5880', '4.3', 'MUST', 'the reserved byte is ignored: MD5')
@rule('5880', '4.4', 'MUST', 'the reserved byte is ignored: SHA1')
@long
def reserved_byte():
    each(ALL[1:], lambda kind, s: [s.accepts(wrong={'reserved': v}) for v in (1, 255)])


# ---- sequence numbers ----

def sequence_window(kinds):
    def test(kind, s):
        last = s.peer.auth.seq - 1
        strict = kind in METICULOUS

        def at(n):
            return s.poisoned({'seq': last + n})
        for n in (-1, -WINDOW, WINDOW + 1, 1 << 31) + ((0,) if strict else ()):
            s.drops('auth-sequence', own=True, payload=at(n))
        for n in (WINDOW, 2 * WINDOW, 2 * WINDOW + 1) + (() if strict else (2 * WINDOW + 1,)):
            s.accepts(wrong={'seq': last + n})
        s.drops('auth-sequence', own=True, payload=at(2 * WINDOW))
    each(kinds, test)


@rule('5880', '6.7.3', 'MUST', 'Keyed MD5: a sequence number not in the 3 * Detect Mult that begin '
                               'with the last one is discarded')
@rule('5880', '6.7.3', 'MUST', 'Meticulous Keyed MD5: the same, and the last one is discarded, too')
@bug(31)
@long
def window_md5():
    sequence_window(WITH_MD5)


@rule('5880', '6.7.4', 'MUST', 'Keyed SHA1: a sequence number not in the 3 * Detect Mult that '
                               'begin with the last one is discarded')
@rule('5880', '6.7.4', 'MUST', 'Meticulous Keyed SHA1: the same, and the last one is discarded, '
                               'too')
@bug(31)
@long
def window_sha1():
    sequence_window(WITH_SHA1)


@rule('5880', '6.7.3', 'MUST', 'sequence numbers are circular: MD5')
@rule('5880', '6.7.4', 'MUST', 'sequence numbers are circular: SHA1')
@bug(31)
@long
def circular():
    for kind in ALL[1:]:
        with up(**usual(kind, seq=(1 << 32) - 20)) as s:
            s.run(until=lambda a=s.peer.auth: a.seq < 1000, limit=60 * S)
            check(s.peer.auth.seq < 1000, 'it did not come to that')
            s.hush()
            s.peer.send()
            s.drops('auth-sequence', own=True, payload=s.poisoned({'seq': 0xffffffff - 20}))
            s.no_flap()


@rule('5880', '6.7.3', 'MUST', 'the first number heard is taken, whatever it is: MD5')
@rule('5880', '6.7.4', 'MUST', 'the first number heard is taken, whatever it is: SHA1')
@rule('5880', '6.8.1', 'MUST', 'bfd.AuthSeqKnown is zero at first')
@long
def first_number():
    for kind in ALL[1:]:
        for seq in (0, 0x7fffffff, 0x80000000, 0xffffff00):
            with up(**usual(kind, seq=seq)) as s:
                s.is_up()


@rule('5880', '6.7.4', TEXT, 'a number whose packet is not authentic does not move the window')
@bug(31)
@long
def window_stays():
    def test(kind, s):
        last = s.peer.auth.seq - 1
        wrong = {'seq': last + WINDOW, 'digest': bytes(s.peer.auth.size)}
        s.drops('auth-digest', own=True, payload=s.poisoned(wrong))
        s.accepts(wrong={'seq': last + 1})
    each(ALL[1:], test)


@rule('5880', '6.8.1', 'MUST', 'bfd.AuthSeqKnown is zero again after twice the Detection Time of '
                               'silence, and not before')
@bug(31)
@exact
def sequence_forgotten():
    for kind in ALL[1:]:
        for early, heard in ((1, False), (-1, True)):
            with up(**usual(kind)) as s:
                s.hush()
                s.run(1 * MS)
                s.peer.send()
                s.mark()
                last = s.received()[-1].time
                s.peer.auth.seq += 1 << 30
                again = s.peer.signed(state=DOWN, your=0)
                sleep_until(last + 60 * MS - early * 100000)
                s.peer.raw(again)
                equal(s.session.show()['remote-discriminator'] != 0, heard,
                      f'{TYPES[kind - 1]}: a new sequence, {early * 100} us early, is heard')


@rule('5880', '6.8.1', 'MUST', 'bfd.XmitAuthSeq is random at first')
def random_sequence():
    seen = set()
    for _ in range(6):
        with fresh(method(METICULOUS_SHA1), auth=auth_of(METICULOUS_SHA1)) as s:
            s.hush()
            s.answer(poll=1)
            seen.add(sequence(s.sent()[0].payload))
    check(len(seen) == 6 and max(seen) - min(seen) > 1 << 24, f'{seen}')


def steps(s, time):
    at = s.mark()
    s.run(time)
    numbers = [sequence(p.payload) for p in s.sent(at)]
    return [(b - a) & 0xffffffff for a, b in zip(numbers, numbers[1:])]


def counts_each(kinds):
    for kind in kinds:
        with up(**usual(kind)) as s:
            equal(set(steps(s, 20 * T)), {1}, f'{TYPES[kind - 1]}: the steps')


@rule('5880', '6.7.3', 'MUST', 'Meticulous Keyed MD5: bfd.XmitAuthSeq grows with every packet')
def meticulous_md5_counts():
    counts_each([METICULOUS_MD5])


@rule('5880', '6.7.4', 'MUST', 'Meticulous Keyed SHA1: bfd.XmitAuthSeq grows with every packet')
def meticulous_sha1_counts():
    counts_each([METICULOUS_SHA1])


@rule('5880', '6.7.3', 'SHOULD', 'Keyed MD5: bfd.XmitAuthSeq grows when the state or contents '
                                 'change')
@rule('5880', '6.7.4', 'SHOULD', 'Keyed SHA1: bfd.XmitAuthSeq grows when the state or contents '
                                 'change')
@rule('5880', '6.7.3', 'MAY', 'Keyed MD5: bfd.XmitAuthSeq grows occasionally')
@rule('5880', '6.7.4', 'MAY', 'Keyed SHA1: bfd.XmitAuthSeq grows occasionally')
@long
def keyed_counts_changes():
    for kind in KEYED:
        with up(**usual(kind)) as s:
            moves = steps(s, 3 * S)
            check(set(moves) == {0, 1} and sum(moves) >= 2, f'{sum(moves)} steps in 3 s')
            s.session.set('mult 9')
            s.run(3 * T)
            s.session.set(f'mult {MULT}')
            s.run(3 * T)
            s.hush()
            s.peer.say(state=DOWN)
            s.mark()
            said = {}
            for p in s.sent():
                said.setdefault(sequence(p.payload), set()).add(p.payload[:24])
            check(all(len(texts) == 1 for texts in said.values()), 'two texts of one number')


# ---- to turn it on and off ----

@rule('5880', '6.7.1', TEXT, 'authentication can be turned on, changed and off while Up')
@rule('5880', '6.7', TEXT, 'authentication is in use as the operator says, at both ends')
@rule('5880', '6.7.1', TEXT, 'the switch may wait until the peer switches')
@long
def switched():
    with up(f'{USUAL} mult {MULT}') as s:
        for kind in (SHA1, METICULOUS_MD5, None, PASSWORD, None):
            how = method(kind) if kind else 'none'
            s.session.bfdnl('session auth id', s.session.id, how, 'delayed')
            s.run(10 * T)
            s.peer.auth = auth_of(kind) if kind else None       # the peer switches
            s.peer.send()
            s.run(10 * T)
            equal(s.sent()[-1].bfd.auth, int(bool(kind)), 'the A bit after the switch')
        s.no_flap()


@rule('5880', '6.7.1', 'SHOULD', 'what is received changes authentication once at most for each '
                                 'decision of the operator')
@rule('5880', '6.7.1', 'SHOULD NOT', 'authentication changes by what is received, unless that is '
                                     'wanted')
def switched_once():
    with up(f'{USUAL} mult {MULT}') as s:
        # nobody decided anything
        s.drops('auth-unexpected', own=True, payload=auth_of(SHA1).sign(s.peer.says))
        s.session.bfdnl('session auth id', s.session.id, method(SHA1), 'delayed')
        s.peer.auth = auth_of(SHA1)
        s.peer.send()
        s.run(3 * T)
        # the peer wants to go back
        signed, s.peer.auth = s.peer.auth, None
        s.drops('auth-missing', own=True)
        s.peer.auth = signed
        s.run(3 * T)
        s.no_flap()


@rule('5881', '5', 'MAY', 'with authentication, packets with another TTL than 255 are discarded, '
                          'before they are authenticated')
def ttl():
    each([METICULOUS_SHA1], lambda kind, s: s.drops('ttl', link={'ttl': 254},
                                                     payload=s.poisoned(next_seq(s))))


@rule('5880', '6.7.2', TEXT, 'a session whose key does not exist is not made: it never runs '
                             'without')
@bug(32)
def no_such_key():
    for how in ('key 4242 key-id 1', 'key 4242'):
        try:
            tool()(f'session add dest-addr 192.0.2.20 interface e1 {how}')
        except ToolError:
            continue
        tool()('session flush')
        check(False, 'it was made')


@rule('5880', '9', TEXT, 'a replay of a packet of before is not believed')
@bug(31)
def replay():
    def test(kind, s):
        down = s.peer.signed(state=DOWN, your=0)
        s.peer.raw(down)
        s.talk()
        check(s.up(), 'not up again')
        s.hush()
        s.drops('auth-sequence', own=True, payload=down)
    each(METICULOUS, test)


outside('5880', '6.7', TEXT, 'keys are agreed on by other means', 'by the operators')
outside('5880', '6.7.2', 'MAY', 'secrets may be configured in other ways',
        'a permission; besides, they can be read from files')
outside('5880', '6.7.3', 'MAY', 'secrets may be configured in other ways: MD5', 'as for passwords')
outside('5880', '6.7.4', 'MAY', 'secrets may be configured in other ways: SHA1', 'as for passwords')
