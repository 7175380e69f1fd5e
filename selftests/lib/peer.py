# SPDX-License-Identifier: GPL-2.0
"""A peer that says what it is told to, and a witness of what is on the wire."""

import os
import select
import socket
import struct
import time
from dataclasses import replace

from tool import Monitor, Session, netns, now, sleep
from wire import ADMIN_DOWN, DOWN, INIT, PORT, PORT_MULTIHOP, S, UP, Bfd, frame, parse_frame

SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
ETH_P_ALL = 3
PACKET_OUTGOING = 4


def _realtime_offset():
    """CLOCK_REALTIME - CLOCK_MONOTONIC; the clocks are not read at the same time."""
    best = None
    for _ in range(5):
        before = now()
        real = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = now()
        if best is None or after - before < best[0]:
            best = after - before, real - (before + after) // 2
    return best[1]


class Tap:
    """All BFD packets of a link, in both directions, with the kernel's time stamps."""

    def __init__(self, ns, ifname):
        with netns(ns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.sock.bind((ifname, ETH_P_ALL))
        self.sock.setblocking(False)
        self.offset = _realtime_offset()
        self.packets = []

    def fileno(self):
        return self.sock.fileno()

    def read(self):
        """Take what is there; return the new packets."""
        new = []
        while True:
            try:
                data, cmsgs, _, addr = self.sock.recvmsg(65536, 256)
            except BlockingIOError:
                break
            stamp = 0
            for level, kind, value in cmsgs:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    sec, nsec = struct.unpack('qq', value[:16])
                    stamp = sec * S + nsec - self.offset
            p = parse_frame(data, stamp, addr[2] == PACKET_OUTGOING)
            if p:
                new.append(p)
        self.packets += new
        return new

    def sent(self, since=0, **fields):
        """Packets that left by this link from .packets[SINCE] on, with these Bfd FIELDS."""
        return self._select(True, since, fields)

    def received(self, since=0, **fields):
        return self._select(False, since, fields)

    def _select(self, outgoing, since, fields):
        self.mark()
        return [p for p in self.packets[since:]
                if p.outgoing == outgoing and p.bfd and
                all(getattr(p.bfd, k) == v for k, v in fields.items())]

    def mark(self):
        """What is there now; for SINCE."""
        sleep(1000)             # lets ksoftirqd run, if it has something left
        self.read()
        return len(self.packets)

    def close(self):
        self.sock.close()


class Peer:
    """The other end. With .auto it follows the state machine of RFC 5880, 6.2."""

    def __init__(self, ns='', ifname='p1', src='192.0.2.2', dst='192.0.2.1',
                 src_mac=b'\2\0\0\0\1\2', dst_mac=b'\2\0\0\0\1\1', sport=50000, dport=PORT,
                 ttl=255, auth=None, **fields):
        self.tap = Tap(ns, ifname)
        self.link = dict(src=src, dst=dst, src_mac=src_mac, dst_mac=dst_mac, sport=sport,
                         dport=dport, ttl=ttl)
        self.says = Bfd(**{'my': 0x0b0b0b0b, 'tx': 10000, 'rx': 10000, **fields})
        self.auto = True
        self.answers = True             # a Final to every Poll
        self.obeys = True               # silent while we are in Demand mode (6.6)
        self.period = None              # ns between packets; None: as agreed; 0: none
        self.hears = None               # the last packet
        self.next = 0
        self.on_packet = None           # called with every packet that is heard
        self.auth = auth                # auth.Auth: how packets are signed; None: they are not
        self.refused = []               # (why, packet): not signed like that

    # -- to speak --

    def raw(self, payload, **link):
        """Send any UDP payload; LINK: arguments of wire.frame()."""
        self.frame(frame(payload=payload, **{**self.link, **link}))

    def frame(self, data):
        self.tap.sock.send(data)

    def send(self, link=None, **fields):
        """Send what the peer says, with other FIELDS this once."""
        self.raw(self.signed(**fields), **(link or {}))

    def signed(self, wrong=None, **fields):
        """The payload for what the peer says; WRONG: for Auth.sign()."""
        packet = replace(self.says, **fields)
        return self.auth.sign(packet, **(wrong or {})) if self.auth else bytes(packet)

    def say(self, **fields):
        """Change what the peer says from now on, and say it."""
        self.says = replace(self.says, **fields)
        self.send()

    def interval(self):
        if self.period is not None:
            return self.period
        if self.says.state != UP or not self.hears:
            return S
        if self.obeys and self.hears.demand and self.hears.state == UP and not self.says.poll:
            return 0
        return max(self.says.tx, self.hears.rx) * 900 if self.hears.rx else 0  # some jitter

    # -- to listen --

    def _hear(self, p):
        b = p.bfd
        if not b or (p.dport, p.src, p.dst) != (self.link['dport'], self.link['dst'],
                                                self.link['src']):
            return
        why = self.auth.signed(p.payload) if self.auth else 'the A bit' if b.auth else None
        if why:
            self.refused.append((why, p))
            return
        faster = self.hears and b.rx < self.hears.rx
        self.hears = b
        if self.auto:
            self._follow(b)
        if faster:              # 6.8.3: honoured at once
            self.next = min(self.next, now() + self.interval())
        if b.poll and self.answers:
            self.send(final=1, poll=0)
        if b.final and self.says.poll:
            self.says = replace(self.says, poll=0)
        if self.on_packet:
            self.on_packet(p)

    def _follow(self, b):
        old = self.says
        state = old.state
        if b.state == ADMIN_DOWN:
            state = DOWN
        elif state == DOWN:
            state = {DOWN: INIT, INIT: UP}.get(b.state, DOWN)
        elif state == INIT:
            state = UP if b.state in (INIT, UP) else INIT
        elif state == UP and b.state == DOWN:
            state = DOWN
        self.says = replace(old, state=state, your=b.my)
        if state != old.state:
            self.send()
            self.next = now() + self.interval()

    def run(self, ns=None, until=None, limit=20 * S):
        """Be a peer for NS nanoseconds, or until UNTIL() holds. Return: it does."""
        end = now() + (limit if ns is None else ns)
        while True:
            for p in self.tap.read():
                if not p.outgoing:
                    self._hear(p)
            if until and until():
                return True
            t = now()
            if t >= end:
                return until is None
            interval = self.interval()
            if interval and t >= self.next:
                self.send()
                self.next = max(self.next + interval, t + interval // 2)
            wake = min(end, self.next) if interval else end
            select.select([self.tap], [], [], max(0, wake - now()) / S)

    def up(self):
        """Bring the session up."""
        return self.run(until=lambda: self.says.state == UP and self.hears and
                        self.hears.state == UP)

    def close(self):
        self.tap.close()


class Bench:
    """A session of the module on e1 of a host (or IFNAME), with a scripted peer.

    What is in the environment variable also is among its options.
    """

    def __init__(self, options='', ns=None, peer=None, up=True, watch=True, tool=None,
                 ifname='e1', **fields):
        self.ns = ns or os.environ['h1']
        self.peer = peer or Peer(os.environ['peer'], **fields)
        self.tap = Tap(self.ns, ifname)
        self.monitor = Monitor(self.ns) if watch else None
        link = self.peer.link
        path = 'multihop' if link['dport'] == PORT_MULTIHOP else \
            f"interface {ifname} {os.environ.get('also', '')}"
        self.session = Session(self.ns, f"dest-addr {link['src']} source-addr {link['dst']} "
                                        f"{path} {options}", tool=tool)
        if up and not self.up():
            raise RuntimeError('the session does not come up')

    def up(self):
        return self.peer.up()

    def run(self, *args, **kwargs):
        return self.peer.run(*args, **kwargs)

    def settle(self, limit=20 * S):
        """Run until timers are agreed: no Poll Sequence in any direction."""
        return self.run(until=lambda: self.peer.hears and not self.peer.hears.poll and
                        not self.session.running('poll-active') and not self.peer.says.poll,
                        limit=limit)

    def sent(self, since=0, **fields):
        """What the session told its peer from .mark() SINCE on, with these Bfd FIELDS."""
        return [p for p in self.tap.sent(since, **fields) if p.dst == self.peer.link['src']]

    def received(self, since=0, **fields):
        return [p for p in self.tap.received(since, **fields) if p.dst == self.peer.link['dst']]

    def mark(self):
        return self.tap.mark()

    def close(self):
        self.session.delete()
        self._close()

    def _close(self):
        if self.monitor:
            self.monitor.close()
        self.tap.close()
        self.peer.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.session.delete()
        except Exception:       # pylint: disable=broad-except
            pass                # the test may have deleted it
        self._close()
