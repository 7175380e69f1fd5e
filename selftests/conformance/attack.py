# SPDX-License-Identifier: GPL-2.0
"""Who sends anything at all, and may know our discriminators: after each attack the
session is Up, its timers are as before, and a counter tells what happened."""

import contextlib
import os
import random

from auth import METICULOUS_SHA1
from authentication import next_seq, usual
from echoes import LOOP, PACE, looping
from peer import Tap
from registry import attack, bug, exact, long
from result import check, equal
from stage import DEBUG, MS, POISON, T, V6, VIRTUAL, host, net_drops, pace, replace, up
from tool import sh
from wire import ADMIN_DOWN, DOWN, INIT, UP, Bfd, frame


def oracle(data, our_discriminators, auth=False):
    """Why RFC 5880, 6.8.6 discards this payload; None: it may be for a session."""
    p = Bfd.parse(data)
    if not p:
        return 'too-short'
    rules = (('version', p.version != 1),
             ('length', p.length < (26 if p.auth else 24) or p.length > len(data)),
             ('detect-mult', not p.mult), ('multipoint', p.multipoint),
             ('my-discriminator', not p.my), ('poll-and-final', p.poll and p.final),
             ('your-discriminator', p.your and p.your not in our_discriminators),
             ('state', not p.your and p.state in (INIT, UP)),
             ('auth-missing', auth and not p.auth), ('auth-unexpected', not auth and p.auth))
    return next((name for name, broken in rules if broken), None)


@contextlib.contextmanager
def unharmed(s):
    """What is sent meanwhile changes nothing of a session. Yields {reason: count} to fill in."""
    s.mark()
    # the peer is not heard meanwhile: that is no fault of the attacker
    s.peer.say(mult=255)
    s.mark()
    before, dropped = s.session.show(), net_drops()
    reasons = {}
    yield reasons
    s.mark()
    after = s.session.show()
    for name in ('remote-discriminator', 'remote-multiplier', 'session-running'):
        equal(after[name], before[name], name)
    got = {k: n - dropped.get(k, 0) for k, n in net_drops().items() if n != dropped.get(k, 0)}
    equal(got, {k: n for k, n in reasons.items() if n}, 'the drops')
    s.no_flap()


def count(reasons, reason):
    check(reason, 'an attack that is none')
    reasons[reason] = reasons.get(reason, 0) + 1


def shoot(s, packets, **link):
    """Send them all; let time go on now and then."""
    for n, data in enumerate(packets):
        s.peer.raw(data, **link)
        if n % 100 == 99:
            s.mark()


def barrage(s, packets, auth=False):
    with unharmed(s) as reasons:
        packets = list(packets)
        for data in packets:
            count(reasons, oracle(data, (s.session.discr,), auth))
        shoot(s, packets)


def poison(s, **fields):
    return replace(s.peer.says, **{**POISON, 'your': s.session.discr, **fields})


@attack('payloads of every length from 0 to 64, with every Length from 0 to 64')
@bug(9)
def lengths():
    with up() as s:
        whole = bytes(poison(s, tail=bytes(40)))
        every = [whole[:3] + bytes([n]) + whole[4:size]
                 for size in range(65) for n in range(0, 65, 1 if VIRTUAL else 8)]
        barrage(s, [d for d in every if oracle(d, (s.session.discr,))])


@attack('the same with an Authentication Section that begins and does not end')
@bug(9, 10)
def lengths_with_auth():
    with up(**usual(METICULOUS_SHA1)) as s:
        s.hush()
        packets = []
        for size in range(24, 65):
            for length in {24, 25, 26, 27, 28, 32, 51, 52, 53, size, 255}:
                data = bytes(poison(s, auth=1, length=length, tail=b'\5\x1c\x4d\0' + bytes(40)))
                packets.append(data[:size])
        with unharmed(s) as reasons:
            for data in packets:
                reason = oracle(data, (s.session.discr,), True)
                if not reason:
                    # 27 bytes have a type and a key ID, 52 are all there is to be
                    reason = 'auth-length' if data[3] != 52 else 'auth-sequence'
                count(reasons, reason)
            shoot(s, packets)


@attack('every value of the byte of state and flags, to a session with authentication')
@bug(5, 6, 10)
def flags():
    with up(**usual(METICULOUS_SHA1)) as s:
        s.hush()
        whole = bytes(poison(s))
        barrage(s, [whole[:1] + bytes([n]) + whole[2:] for n in range(256)
                    if oracle(whole[:1] + bytes([n]) + whole[2:], (s.session.discr,), True)], True)


@attack('every value of the byte of state and flags, for no session')
@bug(5, 6)
def flags_for_nobody():
    with up() as s:
        for your in (0, s.session.discr ^ 0x80000000):
            whole = bytes(poison(s, your=your))
            every = [whole[:1] + bytes([n]) + whole[2:] for n in range(256)]
            barrage(s, [d for d in every if oracle(d, (s.session.discr,))])


@attack('every version, every diagnostic')
@bug(7)
def versions():
    with up() as s:
        whole = bytes(poison(s))
        barrage(s, [bytes([n]) + whole[1:] for n in range(256) if n >> 5 != 1])


@attack('every TTL but 255, with our discriminator')
@bug(11)
def ttls():
    for link in ({}, V6):
        with up(link=link) as s:
            with unharmed(s) as reasons:
                reasons['ttl'] = 254
                for ttl in range(1, 255):
                    shoot(s, [bytes(poison(s, state=DOWN))], ttl=ttl)


@attack('the right discriminators by the wrong link')
def wrong_link():
    for link in ({}, V6):
        with up(link=link) as s:
            tap = Tap(os.environ['peer'], 'p3')
            with unharmed(s) as reasons:
                reasons['wrong-path'] = 4
                for state in (ADMIN_DOWN, DOWN, INIT, UP):
                    tap.sock.send(frame(s.peer.link['src'], s.peer.link['dst'],
                                        bytes(poison(s, state=state)), b'\2\0\0\0\2\1',
                                        b'\2\0\0\0\2\2'))
            tap.close()


@attack('the right discriminators to the wrong port')
def wrong_port():
    with up() as s:
        with unharmed(s):
            for port in (3783, 3785, 3786, 4783, 4785, 6784, 7784, 49152, s.session.port):
                shoot(s, [bytes(poison(s, state=DOWN))], dport=port)


@attack('the right discriminators over the wrong IP version')
def wrong_family():
    with up() as four, up(link=V6) as six:
        with unharmed(four) as reasons:
            reasons['wrong-path'] = 2
            for state in (DOWN, UP):
                six.peer.raw(bytes(poison(four, state=state)))


@attack('broadcast and multicast, as if it was from the peer')
def not_unicast():
    everybody = b'\xff' * 6
    with up() as s:
        with unharmed(s) as reasons:
            reasons['not-unicast'] = 4
            data = bytes(poison(s, state=DOWN))
            for link in ({'dst': '224.0.0.1', 'dst_mac': b'\1\0\x5e\0\0\1'},
                         {'dst': '255.255.255.255', 'dst_mac': everybody},
                         {'dst': '192.0.2.255', 'dst_mac': everybody}, {'dst_mac': everybody}):
                s.peer.raw(data, **link)


@attack('discriminators are guessed: thousands of packets, each the wrong one')
@long
def guesses():
    with up() as s:
        rng = random.Random(1)
        wrong = [d for d in (rng.randrange(1, 1 << 32) for _ in range(500 if DEBUG else 2000))
                 if d != s.session.discr]
        barrage(s, [bytes(poison(s, your=d, state=DOWN)) for d in wrong])


@attack('random bytes and random fields')
def noise():
    with up() as s:
        rng = random.Random(5880)
        packets = []
        while len(packets) < (1000 if DEBUG or not VIRTUAL else 5000):
            pick = rng.choice
            data = rng.randbytes(rng.randrange(100)) if len(packets) % 2 else bytes(Bfd(
                pick((1, 1, 1, 0, 7)), pick((0, 31)), rng.randrange(4), *(pick((0, 1))
                for _ in range(6)), pick((0, 1, 255)), pick((24, 24, 26, 0, 255)),
                pick((0, 1, 0xffffffff)), pick((0, 1, 0xffffffff)), pick((0, 1, 0xffffffff)),
                pick((0, 1, 0xffffffff)), 0, b'x' * pick((0, 2, 40))))
            if oracle(data, (s.session.discr,)):
                packets.append(data)
        barrage(s, packets)


@attack('all that can be sent without the key, to a session with authentication: forged digests, '
        'replays, other sequence numbers')
@bug(10, 31)
def without_the_key():
    with up(**usual(METICULOUS_SHA1)) as s:
        s.run(20 * T)
        heard = [p.payload for p in s.received()[-8:]]
        s.hush()
        with unharmed(s) as reasons:
            last = s.peer.auth.seq - 1
            shoot(s, heard)
            reasons['auth-sequence'] = len(heard) + 5
            for n in (0, -1, 13, 1000, 1 << 31):
                s.peer.raw(s.poisoned({'seq': last + n}))
            reasons['auth-digest'] = 20
            for n in range(20):
                s.peer.raw(s.poisoned({**next_seq(s), 'digest': bytes([n] * 20)}, state=DOWN))


@attack('a flood of Polls: each has its Final, the schedule is kept')
@exact
def polls():
    with up() as s:
        at = s.mark()
        for _ in range(20):
            for _ in range(50):
                s.peer.send(poll=1)
            s.run(5 * MS)
        equal(len(s.sent(at, final=1)), 1000, 'Finals')
        pace(s.periodic(at), T)
        s.no_flap()


@attack('bursts on a link that merges packets (GRO): each is taken for itself')
def merged():
    link = f'ip netns exec {host()} ethtool -K e1'
    far = f"tc -n {os.environ['peer']} qdisc"
    sh(f'{link} gro on rx-gro-list on rx-udp-gro-forwarding on')
    sh(f'{far} add dev p1 root netem delay 2ms')        # so that several arrive at once
    try:
        for family in ({}, V6):
            with up(link=family) as s:
                for n in range(10):
                    at = s.mark()
                    for _ in range(n + 1):
                        s.peer.send(poll=1)
                    s.run(5 * MS)
                    equal(len(s.sent(at, final=1)), n + 1, 'Finals')
                s.no_flap()
    finally:
        sh(f'{far} del dev p1 root')
        sh(f'{link} gro off rx-gro-list off rx-udp-gro-forwarding off')


@attack('a flood of first packets of other hosts: none is believed, no session is made')
@bug(3)
def first_packets():
    with up() as s:
        hosts = range(20, 250)
        with unharmed(s) as reasons:
            reasons['no-session'] = len(hosts)
            for n in hosts:
                shoot(s, [bytes(poison(s, your=0, state=DOWN))], src=f'192.0.2.{n}')
        equal(len(s.session.bfdnl('session show')), 1, 'sessions')


@attack('a peer that changes its mind with every packet: fields at random, thousands of them')
@exact
def mad_peer():
    with up() as s:
        rng = random.Random(5881)
        s.hush()
        for n in range(500 if DEBUG else 2000):
            s.peer.raw(bytes(Bfd(
                1, rng.randrange(32), rng.randrange(4), rng.randrange(2), 0, 0, 0, rng.randrange(2),
                0, rng.randrange(1, 256), 24, rng.randrange(1, 1 << 32), s.session.discr,
                rng.choice((0, 1, 1000, 1 << 31, (1 << 32) - 1)),
                rng.choice((0, 1, 1000, 1 << 31, (1 << 32) - 1)), rng.randrange(1 << 32))))
            if n % 50 == 0:
                s.run(3 * MS)
        s.talk()
        s.peer.says.your = s.session.discr
        s.peer.send(state=DOWN)
        check(s.up(), 'not up again')


@attack('a storm of Echo packets: looped at the pace that was told, the rest is counted')
@bug(38)
@exact
def echo_storm():
    with up(LOOP, peer=looping()) as s:
        for _ in range(500):
            s.peer.echo()
            s.run(MS // 2)
        s.run(10 * MS)
        most = 250 * MS * 4 // 3 // PACE + 12
        check(3 < len(s.peer.returned) <= most, f'{len(s.peer.returned)} came back, not {most}')
        equal(s.session.drops()['echo-rate'], 500 - len(s.peer.returned), 'drops')
        s.no_flap()


@attack('Echo packets of every length, of anybody, for anybody')
@bug(38)
def echo_junk():
    with up(LOOP, peer=looping()) as s:
        for n in range(0, 65):
            s.peer.echo(bytes(n), src='192.0.2.3', dst='192.0.2.3')
            s.peer.raw(bytes(n), dport=3785)
        s.run(2 * T)
        equal(s.peer.returned, [], 'what came back')
        s.no_flap()
