# SPDX-License-Identifier: GPL-2.0
"""Pairs of sessions in every combination of echo, Demand mode, authentication, IP
version and hops.

$h1 and $h2 have a link between them, d1 - d2, and a way over $router, e1 - e2."""

import contextlib
import itertools
import os
import subprocess
from dataclasses import dataclass

from result import DEBUG, check, equal
from tool import bfdnl, now, sleep
from wire import MS, S, US

HOSTS = os.environ['h1'], os.environ['h2']
VIRTUAL = os.environ['BFD_KERNEL'].startswith('uml')
TYPES = ('none', 'simple-password', 'keyed-md5', 'meticulous-keyed-md5', 'keyed-sha1',
         'meticulous-keyed-sha1')
EITHER = tuple(itertools.product((False, True), repeat=2))      # of $h1, of $h2

# us; where the clock is the machine's, it is an emulated one
INTERVAL, ECHO, VERIFY = (1000000, 500000, 3000000) if not VIRTUAL else \
                         (200000, 100000, 1000000) if DEBUG else (100000, 50000, 1000000)
MULTIPLIER = 3 if VIRTUAL else 5
SLACK = (2 * MS if VIRTUAL else 1000 * MS) // US
ECHO_RX = 1000000       # of Control packets, while there are echoes


@dataclass
class Pair:
    """One combination: a session at either end, and what is expected of it."""
    multihop: bool
    version: int
    auth: int           # a key, 0: none
    demand: tuple
    echo: tuple
    addr: tuple
    interval: int = INTERVAL
    multiplier: int = MULTIPLIER
    echo_tx: int = ECHO

    def __str__(self):
        def ends(name, two):
            return f'{name} {"+".join(f"h{end + 1}" for end in (0, 1) if two[end]) or "none"}'
        return ', '.join(('multihop' if self.multihop else 'single hop', f'IPv{self.version}',
                          TYPES[self.auth], ends('demand', self.demand), ends('echo', self.echo)))

    def words(self, end):
        """Which name the session at this end."""
        return (f'dest-addr {self.addr[1 - end]} source-addr {self.addr[end]} ' +
                ('multihop' if self.multihop else f'interface d{end + 1}'))

    def key(self):
        return f' key {self.auth} key-id {100 + self.auth}' if self.auth else ''

    def timers(self):
        return f' tx {self.interval} rx {self.interval} mult {self.multiplier}'

    def modes(self, end):
        words = f' demand-enabled {"on" if self.demand[end] else "off"}'
        if not self.multihop:
            words += f' echo {"on" if self.echo[end] else "off"}'
        return words

    def add(self, end):
        words = f'session add {self.words(end)}{self.timers()}{self.modes(end)}{self.key()}' \
                f' demand-poll-interval {VERIFY}'
        return words if self.multihop else words + f' echo-tx {self.echo_tx} echo-rx {self.echo_tx}'

    def switch(self):
        """Echo and Demand mode are on where they were off."""
        self.demand = tuple(not on for on in self.demand)
        if not self.multihop:
            self.echo = tuple(not on for on in self.echo)

    def rx_interval(self, end):
        return max(ECHO_RX, self.interval) if self.echo[end] else self.interval

    def running(self, end):
        """What the session at this end has agreed on."""
        there = 1 - end
        tx = max(self.interval, self.rx_interval(there))
        return {
            'local-state': 'up', 'remote-state': 'up',
            'local-diagnostic': 'none', 'remote-diagnostic': 'none',
            'detection-mode': f'{"demand" if self.demand[end] else "async"}-'
                              f'{"with" if self.echo[end] else "without"}-echo',
            'remote-demand': self.demand[there],
            'negotiated-tx-interval': 0 if self.demand[there] else tx,
            'negotiated-rx-interval': self.rx_interval(end),
            'echo-tx-interval-in-use': self.echo_tx if self.echo[end] else 0,
            'echo-detection-time': self.multiplier * self.echo_tx if self.echo[end] else 0,
            # the peer has to answer our Poll at our pace, RFC 5880, 6.8.4
            'detection-time': self.multiplier * (tx if self.demand[end] else
                                                 self.rx_interval(end)),
            'poll-active': False,
        }

    def diagnostic(self, end):
        """Of a session whose link was cut."""
        return 'echo-failed' if self.echo[end] else 'control-expiry'

    def failure(self, end):
        """At least and at most so long after the cut it is noticed, us."""
        run = self.running(end)
        if self.echo[end]:
            time, heard, latest = run['echo-detection-time'], self.echo_tx, 0
        elif self.demand[end]:
            # a Poll is due, leaves with the next packet, and is not answered
            time, heard, latest = run['detection-time'], 0, VERIFY + run['negotiated-tx-interval']
        else:
            time, heard, latest = run['detection-time'], run['negotiated-rx-interval'], 0
        return time - heard - SLACK, time + latest + SLACK


def addresses(multihop, version, n):
    if multihop:
        return (f'192.0.2.{n}', f'198.51.100.{n}') if version == 4 else \
               (f'2001:db8::{n:x}', f'2001:db8:1::{n:x}')
    return (f'203.0.113.{n}', f'203.0.113.{n + 100}') if version == 4 else \
           (f'2001:db8:2::{n:x}', f'2001:db8:2::{n + 100:x}')


def combinations():
    pairs = []
    for multihop, version in itertools.product((False, True), (4, 6)):
        # no echoes over several hops: RFC 5883, 4
        echo = EITHER[:1] if multihop else EITHER
        pairs += [Pair(multihop, version, *c, addresses(multihop, version, n + 1))
                  for n, c in enumerate(itertools.product(range(len(TYPES)), EITHER, echo))]
    return pairs


def batch(end, lines):
    r = subprocess.run(['bfdnl', '-n', HOSTS[end], '-b', '-'], input='\n'.join(lines) + '\n',
                       text=True, stderr=subprocess.PIPE, check=False)
    check(r.returncode == 0, r.stderr.strip())


def links(*commands):
    """Run COMMANDS of tc for each end of both ways."""
    for end, host in enumerate(HOSTS):
        subprocess.run(['tc', '-n', host, '-b', '-'], text=True, check=True, input=''.join(
            c.format(f'{link}{end + 1}') + '\n' for link in 'de' for c in commands))


class Matrix:
    def __init__(self):
        self.pairs = combinations()

    def each(self, function, ends=(0, 1)):
        """A command for every session; FUNCTION of a Pair and an end makes it."""
        for end in ends:
            batch(end, [function(p, end) for p in self.pairs])

    def set(self, function):
        self.each(lambda p, end: f'session set {p.words(end)}{function(p, end)}')

    def address(self):
        for end, host in enumerate(HOSTS):
            lines = [f'addr replace {p.addr[end]}/{24 if p.version == 4 else 64} '
                     f'dev {"e" if p.multihop else "d"}{end + 1}' +
                     ' nodad' * (p.version == 6)
                     for p in self.pairs]
            subprocess.run(['ip', '-n', host, '-b', '-'], input='\n'.join(lines), text=True,
                           check=True)

    def show(self, end):
        """Pairs with their sessions at this end, as they are shown."""
        by_addr = {s['source-addr']: s for s in bfdnl(HOSTS[end], 'session show')}
        equal(len(by_addr), len(self.pairs), 'the number of sessions')
        return [(p, by_addr[p.addr[end]]) for p in self.pairs]

    def wrong(self, expected):
        """One line for every session that is not as EXPECTED of its Pair and end."""
        found = []
        for end in (0, 1):
            for p, s in self.show(end):
                is_, want = s['session-running'], expected(p, end)
                bad = {k: is_.get(k) for k in want if is_.get(k) != want[k]}
                if bad:
                    found.append(f'h{end + 1} of {p}: {bad}, expected '
                                 f'{ {k: want[k] for k in bad} }')
        return found

    def await_(self, expected, limit):
        """Until every session is as EXPECTED, or the test has failed."""
        end = now() + limit
        while (wrong := self.wrong(expected)) and now() < end:
            sleep(200 * MS)
        check(not wrong, f'{len(wrong)} are not as expected, e.g. {"; ".join(wrong[:2])}')

    def settled(self):
        self.await_(Pair.running, 40 * S)

    def keyed(self):
        """Until every session uses its key; a packet of the other end makes it change."""
        limit = now() + 20 * S
        while True:
            wrong = [f'h{end + 1} of {p}' for end in (0, 1) for p, s in self.show(end)
                     if s.get('authentication', {}).get('key', 0) != p.auth]
            if not wrong or now() > limit:
                break
            sleep(200 * MS)
        check(not wrong, f'{len(wrong)} have another key, e.g. {wrong[:2]}')

    def statistics(self, name):
        return [[s['session-statistics'].get(name, 0) for _, s in self.show(end)]
                for end in (0, 1)]

    @contextlib.contextmanager
    def steady(self, drops=True):
        """No session is lost meanwhile, and no packet dropped."""
        names = ('down-count',) + ('receive-invalid-packet-count',) * drops
        before = [self.statistics(name) for name in names]
        yield
        for name, was in zip(names, before):
            for end in (0, 1):
                for p, old, new in zip(self.pairs, was[end], self.statistics(name)[end]):
                    equal(new, old, f'{name} of h{end + 1}, {p}')
