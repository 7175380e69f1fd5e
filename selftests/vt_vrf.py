# SPDX-License-Identifier: GPL-2.0
"""What comes by the wrong VRF. e1 is in none, e2 in red2, e3 in red3; all have the same
addresses, and so have the peers."""

import os

from peer import Bench, Peer
from result import check, equal, main, test
from tool import Session, net_drops, sh
from wire import DOWN, PORT_MULTIHOP, S, UP

h1, peer_ns = os.environ['h1'], os.environ['peer']
V6 = dict(src='2001:db8::2', dst='2001:db8::1')
SLOW = 'tx 300ms rx 300ms'
POISON = dict(my=0xdead, state=DOWN, mult=77)


def peer(n, family=4, **link):
    """The peer behind the link eN."""
    return Peer(peer_ns, ifname=f'p{n}', src_mac=bytes((2, 0, 0, 0, n, 2)),
                dst_mac=bytes((2, 0, 0, 0, n, 1)), **{**(V6 if family == 6 else {}), **link})


class Vrf(Bench):
    """A session by the link eN."""

    def __init__(self, n, family=4, **link):
        super().__init__(SLOW, peer=peer(n, family, **link), ifname=f'e{n}')
        self.settle()


def strayed(b, p, drop):
    """P sends what B's peer could not: DROP is counted, the session is as before."""
    session, net = b.session.show(), net_drops(h1)
    for your in (b.session.discr, 0):
        p.send(my=0xdead, state=DOWN, mult=77, your=your)
    p.tap.mark()
    b.mark()
    after = b.session.show()
    for name in ('remote-discriminator', 'remote-multiplier', 'session-running'):
        equal(after[name], session[name], name)
    old, new = session['session-statistics'], after['session-statistics']
    equal(new['receive-packet-count'], old['receive-packet-count'], 'packets accepted')
    counted = {k: n - net.get(k, 0) for k, n in net_drops(h1).items() if n != net.get(k, 0)}
    equal(counted, {'wrong-path': 1, 'no-session': 1} if drop else {}, 'drops')
    equal(new['drops'].get('wrong-path', 0) - old['drops'].get('wrong-path', 0),
          1 if drop else 0, 'drops of the session')


def accept(value):
    sh(f'ip netns exec {h1} sysctl -qw net.ipv4.udp_l3mdev_accept={value}')


for fam in (4, 6):
    @test(f'IPv{fam}: by another VRF that has sessions: counted, the session stays Up', fam)
    def other(family):
        elsewhere = [Session(h1, f'dest-addr 203.0.113.9 interface e{n}') for n in (1, 2, 3)] + \
            [Session(h1, f'dest-addr 2001:db8:9::9 interface e{n}') for n in (1, 2, 3)]
        for sysctl in (0, 1):
            accept(sysctl)
            for n in (1, 2, 3):
                with Vrf(n, family) as b:
                    for m in {1, 2, 3} - {n}:
                        p = peer(m, family)
                        strayed(b, p, True)
                        p.close()
        accept(0)
        for s in elsewhere:
            s.delete()

    @test(f'IPv{fam}: by a VRF without sessions: it does not reach us', fam)
    def nobody(family):
        with Vrf(1, family) as b:
            p = peer(2, family)
            strayed(b, p, False)
            p.close()

    @test(f'IPv{fam}: by a VRF without sessions, with udp_l3mdev_accept=1: counted', fam)
    def nobody_accept(family):
        accept(1)
        with Vrf(1, family) as b:
            p = peer(2, family)
            strayed(b, p, True)
            p.close()
        accept(0)

    @test(f'IPv{fam}: multihop, by another VRF: counted, the session stays Up', fam)
    def multihop(family):
        link = V6 if family == 6 else {}
        peers = {n: peer(n, family, dport=PORT_MULTIHOP) for n in (2, 3)}
        words = 'dest-addr {src} source-addr {dst} multihop'.format(**peers[2].link)
        sessions = {n: Session(h1, f'{words} vrf red{n}', SLOW) for n in (2, 3)}
        del link
        for n, p in peers.items():
            check(p.up(), f'not up in red{n}')
        before = {n: s.show() for n, s in sessions.items()}
        peers[3].send(**POISON, your=sessions[2].discr)
        peers[3].tap.mark()
        after = {n: s.show() for n, s in sessions.items()}
        equal(after[2]['session-statistics']['drops'].get('wrong-path'), 1, 'wrong-path')
        for n in (2, 3):
            equal(after[n]['remote-discriminator'], before[n]['remote-discriminator'], 'the peer')
            equal(sessions[n].state, UP, f'state in red{n}')
        for n, p in peers.items():
            sessions[n].delete()
            p.close()


@test('Your Discriminator 0: each VRF has its own first packets')
def first():
    sessions = {n: Session(h1, 'dest-addr 192.0.2.2 source-addr 192.0.2.1', SLOW,
                           f'interface e{n}') for n in (1, 2, 3)}
    for n, s in sessions.items():
        p = peer(n)
        p.send(my=100 + n)
        p.tap.mark()
        equal(s.show()['remote-discriminator'], 100 + n, f'the peer behind e{n}')
        p.close()
    equal([s.show()['remote-discriminator'] for s in sessions.values()], [101, 102, 103], 'peers')
    for s in sessions.values():
        s.delete()


main()
