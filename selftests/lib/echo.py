# SPDX-License-Identifier: GPL-2.0
"""A peer that loops echoes as it is told to, and sends its own."""

from peer import Bench, Peer
from tool import now
from wire import MS, US

PORT = 3785
LINKS = {'IPv4': dict(src='192.0.2.2', dst='192.0.2.1'),
         'IPv6': dict(src='2001:db8::2', dst='2001:db8::1')}


class EchoPeer(Peer):
    """loops: packets that come for it to send back. Times are those of its link's stamps."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.loops = True
        self.change = None          # payload -> payload, before it goes back
        self.echoes = []            # that came to be looped
        self.returned = []          # ours, that came back

    def back(self, p, payload=None, **link):
        """Send an echo back."""
        self.raw(p.payload if payload is None else payload,
                 **{**dict(src=p.src, dst=p.dst, sport=p.sport, dport=PORT, ttl=p.ttl - 1), **link})

    def echo(self, payload=b'echo of the peer', **link):
        """Send an echo of ours."""
        me = self.link['src']
        self.raw(payload, **{**dict(src=me, dst=me, dport=PORT), **link})

    def _hear(self, p):
        super()._hear(p)
        if p.dport != PORT:
            return
        if p.dst != self.link['dst']:
            self.returned.append(p)
            return
        self.echoes.append(p)
        if self.loops:
            self.back(p, self.change and self.change(p.payload))


def bench(family, options='', peer_options=None, **kwargs):
    """A session with echoes every 20 ms, and its peer."""
    import os                       # pylint: disable=import-outside-toplevel
    peer = EchoPeer(os.environ['peer'], **LINKS[family],
                    **{'echo_rx': 10000, 'tx': 50000, 'rx': 50000, **(peer_options or {})})
    return Bench('tx 50ms rx 50ms ' + options, peer=peer, **kwargs)


def echoing(b, count=3):
    """Run until some more echoes came back."""
    wanted = b.session.stat('receive-echo-count') + count
    b.run(until=lambda: len(b.peer.echoes) >= count)
    b.run(1 * MS)
    return b.session.stat('receive-echo-count') >= wanted - 1


def slowly(b, ns, delay):
    """Send echoes back after a DELAY."""
    end = now() + ns
    while now() < end:
        while b.peer.echoes and now() >= b.peer.echoes[0].time + delay:
            b.peer.back(b.peer.echoes.pop(0))
        b.run(500 * US)


__all__ = ['EchoPeer', 'LINKS', 'PORT', 'bench', 'echoing', 'now', 'slowly']
