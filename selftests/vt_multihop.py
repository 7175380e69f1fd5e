# SPDX-License-Identifier: GPL-2.0
"""What multihop sessions receive: RFC 5883, 4 and 5."""

import os
from dataclasses import replace

from peer import Bench, Peer
from result import check, equal, main, test
from tool import Session, net_drops
from wire import DOWN, MS, PORT, PORT_MULTIHOP, S, UP

h1, peer_ns = os.environ['h1'], os.environ['peer']
V6 = dict(src='2001:db8::2', dst='2001:db8::1')
SLOW = 'tx 300ms rx 300ms'


def multihop(options=SLOW, family=4, ttl=64, **link):
    link = {**(V6 if family == 6 else {}), **link}
    return Bench(options, peer=Peer(peer_ns, dport=PORT_MULTIHOP, ttl=ttl, **link))


def heard(bench, link=None, **fields):
    """Send a packet; return what became of it: (accepted, drops)."""
    before = bench.session.show()['session-statistics']
    bench.peer.send(link, **fields)
    bench.mark()
    after = bench.session.show()['session-statistics']
    drops = {k: v - before['drops'].get(k, 0) for k, v in after['drops'].items()
             if v != before['drops'].get(k, 0)}
    return after['receive-packet-count'] - before['receive-packet-count'], drops


for fam in (4, 6):
    @test(f'IPv{fam}: rx-ttl N accepts N and drops N - 1, on a live session', fam)
    def boundary(family):
        with multihop(family=family) as b:
            b.settle()
            for least in (1, 2, 64, 128, 254, 255):
                b.session.set(f'rx-ttl {least}')
                equal(b.session.show()['rx-ttl'], least, 'rx-ttl')
                equal(heard(b, {'ttl': least}), (1, {}), f'TTL {least} of at least {least}')
                equal(heard(b, {'ttl': least - 1}), (0, {'ttl': 1}), f'TTL {least - 1} of {least}')
                equal(heard(b, {'ttl': 255}), (1, {}), f'TTL 255 of at least {least}')

    @test(f'IPv{fam}: tx-ttl is what leaves, on a live session', fam)
    def leaves(family):
        with multihop(family=family) as b:
            for ttl in (255, 1, 64):
                b.session.set(f'tx-ttl {ttl}')
                since = b.mark()
                b.run(1 * S)
                equal({p.ttl for p in b.sent(since)}, {ttl}, 'TTLs')
                equal({p.dport for p in b.sent(since)}, {PORT_MULTIHOP}, 'ports')
                check(all(49152 <= p.sport <= 65535 for p in b.sent(since)), 'source ports')
                equal({p.bfd.echo_rx for p in b.sent(since)}, {0}, 'Required Min Echo RX')

    @test(f'IPv{fam}: a peer that sends TTL 64 comes up without any option', fam)
    def plain(family):
        with multihop('', family=family, ttl=64) as b:
            equal(b.session.show()['rx-ttl'], 1, 'rx-ttl')

    @test(f'IPv{fam}: the discriminator of one kind on the port of the other is counted', fam)
    def wrong_port(family):
        link = V6 if family == 6 else {}
        with multihop(family=family) as mh, Bench(SLOW, peer=Peer(peer_ns, **link)) as sh:
            check(mh.run(2 * S) and sh.peer.up(), 'not up')
            check(mh.peer.up(), 'not up')
            poison = dict(my=0xdead, state=DOWN, mult=77)
            equal(heard(mh, {'dport': PORT, 'ttl': 255}, **poison), (0, {'wrong-path': 1}),
                  'a multihop discriminator on port 3784')
            equal(heard(sh, {'dport': PORT_MULTIHOP, 'ttl': 255}, **poison),
                  (0, {'wrong-path': 1}), 'a single-hop discriminator on port 4784')
            equal((mh.session.state, sh.session.state), (UP, UP), 'states')
            for b in (mh, sh):
                equal(b.session.show()['remote-discriminator'], b.peer.says.my, 'the peer')


@test('single hop accepts nothing but TTL 255, whatever a multihop session has')
def single():
    with multihop('rx-ttl 1 ' + SLOW), Bench(SLOW) as sh:
        sh.settle()
        before = net_drops(h1).get('ttl', 0)
        equal(heard(sh, {'ttl': 254}), (0, {}), 'TTL 254')
        equal(net_drops(h1)['ttl'] - before, 1, 'drops of the namespace')
        equal(heard(sh, {'ttl': 255}), (1, {}), 'TTL 255')


@test('first packets are matched by both addresses')
def pairs():
    one = Session(h1, 'dest-addr 192.0.2.2 source-addr 192.0.2.1 multihop', SLOW)
    two = Session(h1, 'dest-addr 192.0.2.2 source-addr 192.0.2.4 multihop', SLOW)
    three = Session(h1, 'dest-addr 192.0.2.3 source-addr 192.0.2.4 multihop', SLOW)
    p = Peer(peer_ns, dport=PORT_MULTIHOP)
    for s, src, dst, my in ((one, '192.0.2.2', '192.0.2.1', 11), (two, '192.0.2.2', '192.0.2.4', 12),
                            (three, '192.0.2.3', '192.0.2.4', 13)):
        p.send({'src': src, 'dst': dst}, my=my)
        p.tap.mark()
        equal(s.show()['remote-discriminator'], my, f'the peer of {dst}')
    before = net_drops(h1).get('no-session', 0)
    p.send({'src': '192.0.2.3', 'dst': '192.0.2.1'}, my=14)
    p.tap.mark()
    equal(net_drops(h1)['no-session'] - before, 1, 'packets for nobody')
    equal([s.show()['remote-discriminator'] for s in (one, two, three)], [11, 12, 13], 'peers')
    for s in (one, two, three):
        s.delete()
    p.close()


@test('it comes by any link')
def any_link():
    with multihop() as b:
        b.settle()
        b.run(100 * MS)
        equal(heard(b, {'src': '203.0.113.9'}), (1, {}), 'our discriminator from elsewhere')
        b.peer.says = replace(b.peer.says, your=0, state=DOWN)
        b.run(5 * S, until=lambda: b.session.state == UP)


main()
