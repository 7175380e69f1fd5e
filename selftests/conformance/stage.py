# SPDX-License-Identifier: GPL-2.0
"""What the rules are tested on: a session of the module and a peer that says anything.

    with up() as s:                     # a session that is Up; timers are agreed
        s.peer.say(state=DOWN)          # a packet; fields stay for the next ones
        p = s.expect(state=DOWN)        # be a peer until the session says this
        s.run(30 * MS)                  # or for a time

On a virtual clock intervals are T = 10 ms and deadlines are kept to a slot of the
module's wheel; on a real kernel, which an emulator may run, all is slower.
"""

import atexit
import contextlib
import os
from dataclasses import replace

from peer import Bench, Peer
from result import Failed, check, equal, within
from tool import Batch, now, sleep
from wire import MS, S, UP, gaps

VIRTUAL = os.environ.get('BFD_KERNEL', 'uml').startswith('uml')
DEBUG = 'debug' in os.environ.get('BFD_KERNEL', '')
SLOT = 65536 if VIRTUAL else 400 * MS           # how late anything may be, ns
T = 10 * MS if VIRTUAL else 40 * MS
TUS = T // 1000
USUAL = f'tx {TUS}us rx {TUS}us'
# a real peer may have to wait for its CPU: its silence shall not matter by accident
MULT = 3 if VIRTUAL else 200

V6 = {'src': '2001:db8::2', 'dst': '2001:db8::1'}
LINK_LOCAL = {'src': 'fe80::2', 'dst': 'fe80::1'}
# what a believed packet would change
POISON = {'my': 0xdead, 'diag': 9, 'mult': 77, 'tx': 7777777, 'rx': 8888888, 'state': UP}


def host():
    return os.environ['h1']


_tools = {}


def tool(ns=None):
    """bfdnl in a namespace, without starting it each time."""
    ns = ns or host()
    if ns not in _tools:
        _tools[ns] = Batch(ns)
        atexit.register(_tools[ns].close)
    return _tools[ns]


def net_drops():
    return tool()('stats show')['netns']['drops']


def peer_at(link=None, kind=Peer, **fields):
    """A peer on the other end of the link."""
    usual = {'tx': TUS, 'rx': TUS, 'mult': MULT}
    return kind(os.environ['peer'], **{**usual, **(link or {}), **fields})


class Stage(Bench):
    """A session and its peer."""

    def __init__(self, options='', link=None, come_up=True, watch=False, peer=None, **fields):
        super().__init__(options, peer=peer or peer_at(link, **fields), up=come_up, watch=watch,
                         tool=tool())
        if watch:                       # it has begun to listen
            self.monitor.wait(lambda e: e.get('id') == self.session.id)

    # -- what the session says --

    def expect(self, limit=3 * S, since=None, **fields):
        """Be a peer until the session says this, if it has not from SINCE on; return the packet."""
        at = self.mark() if since is None else since
        found = []

        def heard():
            found.extend(self.sent(at, **fields)[:1])
            return found

        if not self.run(until=heard, limit=limit):
            said = [str(p.bfd) for p in self.sent(at)][-1:]
            raise Failed(f'nothing with {fields} in {limit / S} s; at last: {said}')
        return found[0]

    def begins(self, since, **fields):
        """Be a peer until the session says this; return a mark from where on it says nothing
        else. On a virtual clock that is SINCE; on a real one a packet may have been on its way
        then, or what was asked for may wait for a round trip: it is that of the first packet."""
        p = self.expect(since=since, **fields)
        return since if VIRTUAL else self.tap.packets.index(p, since)

    def answer(self, **fields):
        """Send a packet; return what was said to it at once. On a real kernel a Final may wait
        for another packet that its CPU is sending."""
        at = self.mark()
        self.peer.send(**fields)
        end = now() + S
        while not VIRTUAL and fields.get('poll') and not self.sent(at, final=1) and now() < end:
            sleep(5 * MS)
        return self.sent(at)

    def run(self, ns=None, **kwargs):
        """Be a peer for a time; a real CPU may be late."""
        return super().run(ns if VIRTUAL or ns is None else ns + 100 * MS, **kwargs)

    def hush(self):
        """The peer only says what a test tells it to from now on."""
        self.peer.auto = False
        self.peer.period = 0

    def talk(self):
        self.peer.auto = True
        self.peer.period = None

    def periodic(self, since=0, **fields):
        return [p for p in self.sent(since, **fields) if not p.bfd.final]

    # -- what is known of the session --

    def is_now(self, state, diag=None):
        """On a real kernel a packet may have to wait until its CPU takes it."""
        end = now() + (0 if VIRTUAL else S)
        r = self.session.show()['session-running']
        while r['local-state'] != state and now() < end:
            sleep(5 * MS)
            r = self.session.show()['session-running']
        equal(r['local-state'], state, 'the state')
        if diag is not None:
            equal(r['local-diagnostic'], diag, 'the diagnostic')

    def is_up(self):
        self.is_now('up')

    def fell(self, limit=60 * S):
        """Run until the session is not Up any more; return the packet that says so."""
        return self.expect(limit=limit, state=1)

    def no_flap(self):
        show = self.session.show()
        run, stats = show['session-running'], show['session-statistics']
        check(not stats['down-count'], f'it was down: {run}, {stats}')
        self.is_up()

    def changes(self, since, count):
        """The changes of state that were told, COUNT of them at least."""
        def told():
            self.monitor.read()
            return [e for e in self.monitor.events[since:] if e['event'] == 'state']
        end = now() + 5 * S
        while len(told()) < count and now() < end:
            sleep(5 * MS)
        self.monitor.mark()
        check(len(told()) >= count, f'{len(told())} changes were told')
        return told()

    # -- packets that are refused --

    def _shown(self):
        show = self.session.show()
        stats = show['session-statistics']
        return {'packets accepted': stats['receive-packet-count'],
                'invalid packets': stats['receive-invalid-packet-count'],
                'running': show['session-running'],
                'the peer': (show['remote-discriminator'], show['remote-multiplier']),
                'own drops': stats['drops'], 'drops': net_drops()}

    def refused(self, reason, send, count=1, own=False):
        """SEND() sends COUNT packets, which are counted under REASON and change nothing else.
        OWN: the session is known, and counts them as well; None: that does not matter."""
        self.mark()
        expected = self._shown()
        send()
        self.mark()
        shown = self._shown()
        for counters in ('drops',) + (('own drops',) if own else ()):
            if reason:
                expected[counters][reason] = expected[counters].get(reason, 0) + count
        if own:
            expected['invalid packets'] += count
        elif own is None:       # it may be either
            del expected['own drops'], expected['invalid packets']
        for what, value in expected.items():
            equal(shown[what], value, what)

    def poisoned(self, wrong=None, **fields):
        """What would change the session if it was believed; WRONG: for Auth.sign()."""
        return self.peer.signed(wrong, **{**POISON, 'your': self.session.discr, **fields})

    def drops(self, reason, own=False, link=None, payload=None, **fields):
        """A packet with our discriminator and these FIELDS, or a PAYLOAD, is refused."""
        data = self.poisoned(**fields) if payload is None else payload
        self.refused(reason, lambda: self.peer.raw(data, **(link or {})), own=own)

    def accepts(self, link=None, **fields):
        """A packet like the usual ones but for these FIELDS is accepted."""
        self.mark()
        before = self.session.stat('receive-packet-count')
        self.peer.send(link, **fields)
        self.mark()
        equal(self.session.stat('receive-packet-count') - before, 1, 'packets accepted')


def fresh(options=USUAL, **kwargs):
    """with fresh(...) as s: a new session; its peer has said nothing yet."""
    return Stage(options, come_up=False, **kwargs)


@contextlib.contextmanager
def up(options=USUAL, **kwargs):
    """with up(...) as s: a session that is Up, with timers agreed."""
    with Stage(options, **kwargs) as s:
        s.settle()
        yield s


def pace(packets, interval, mult=3, least=75):
    """Gaps are 75 to 100 % of an interval in ns (90 % with multiplier 1)."""
    found = gaps(packets)
    check(found, 'no packets')
    within(min(found), interval * least // 100, interval, 'the least gap')
    within(max(found), interval * 75 // 100, interval * (90 if mult == 1 else 100) // 100,
           'the longest gap')


def on_time(when, due, what):
    """Not early (but for the clocks of stamps), and not more than a slot late."""
    within(when - due, -1000, SLOT + 1000, f'{what}: ns late')


def every_family(function):
    """FUNCTION(link), over IPv4 and IPv6."""
    for link in ({}, V6):
        try:
            function(link)
        except Failed as e:
            raise Failed(f"{'IPv6' if link else 'IPv4'}: {e}") from e


__all__ = [name for name in dir() if not name.startswith('_') and name not in
           ('atexit', 'contextlib', 'os', 'replace', 'Batch', 'Bench')] + ['now', 'replace']
