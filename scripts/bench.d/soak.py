# SPDX-License-Identifier: GPL-2.0
"""Sessions of every kind, for a long time, over links that lose, delay, double and
reorder packets, but less than a detection time bears. Meanwhile some of the
sessions are changed, and some deleted and made anew. Nobody may flap.

$packets: until that many were sent, or for $seconds; /out/facts
gets the figures."""

import os
import pathlib
import random
import re
import subprocess

from pairs import HOSTS, TYPES, Matrix, batch, links
from result import check, main, remark, test
from tool import bfdnl, now, sleep
from wire import MS, S, US

PACKETS, SECONDS = int(os.environ["packets"]), int(os.environ["seconds"])
INTERVALS = 10000, 20000, 50000, 100000, 300000         # us
MULTIPLIER = 5
# Four in a row are lost once in 10,000 runs; of echoes, lost both ways, in 1,000
LINK = 'netem limit 100000 delay 4ms 2ms loss 0.1% duplicate 0.1%'
ALONE = 10 * MS         # longer than packets overtake each other
ROUND = 60              # s
CHANGES = 40            # a round
WARM = 3                # rounds, until memory is looked at
FACTS = pathlib.Path('/out/facts')


class Other:
    """What the matrix does not have. An end may have no session."""

    def __init__(self, options, addr, given):
        self.options, self.addr, self.given = options, addr, given

    def __str__(self):
        return f'{self.given[0]} {self.options}'

    def add(self, end):
        return f'session add dest-addr {self.addr[1 - end]} source-addr {self.addr[end]} ' \
               f'{self.given[end]} {self.options}'


def others():
    """In a VRF; with link-local addresses; with a neighbor that only forwards."""
    yield Other('', ('fe80::1', 'fe80::2'), ('interface d1', 'interface d2'))
    for i, interval in enumerate(INTERVALS):
        timers = f'tx {interval} rx {interval} mult {MULTIPLIER}'
        for net in '192.0.2.{}', '2001:db8::{}':
            yield Other(timers, (net.format(200 + 2 * i), net.format(201 + 2 * i)),
                        ('interface v1', 'interface v2'))
        yield Other(f'unaffiliated-echo echo-tx {interval} mult {MULTIPLIER}',
                    (f'203.0.113.{200 + 2 * i}', f'203.0.113.{201 + 2 * i}'), ('interface d1',))


def packets(session):
    s = session['session-statistics']
    return s.get('send-packet-count', 0) + s.get('send-echo-count', 0)


def slab():
    """Bytes that the kernel keeps and cannot give back."""
    text = pathlib.Path('/proc/meminfo').read_text(encoding='ascii')
    return 1024 * int(re.search(r'SUnreclaim: *(\d+)', text)[1])


class Soak(Matrix):
    """A quarter of the pairs is left alone, a half is changed, a quarter comes and goes."""

    def __init__(self):
        super().__init__()
        self.random = random.Random(5880)
        for n, p in enumerate(self.pairs):
            p.interval = p.echo_tx = INTERVALS[n % len(INTERVALS)]
            p.multiplier = MULTIPLIER
        self.others = list(others())
        self.renewed = self.pairs[3::4]
        self.changed = self.pairs[1::4] + self.pairs[2::4]
        self.flaps = {}         # by end and address: of those that are there
        self.flapped = 0        # of those that are gone
        self.sent = 0           # by those that are gone
        self.changes = 0
        self.rounds = 0

    def begin(self):
        self.address()
        for end, host in enumerate(HOSTS):
            lines = [f'addr add {o.addr[end]}/{64 if ":" in o.addr[end] else 24} dev '
                     f'{o.given[end].split()[1] if end < len(o.given) else "d2"} nodad'
                     for o in self.others if not o.addr[end].startswith('fe80')]
            subprocess.run(['ip', '-n', host, '-b', '-'], input='\n'.join(lines), text=True,
                           check=True)
            batch(end, [f'key set {n} type {t} password "key {n}"'
                        for n, t in enumerate(TYPES) if n])
            batch(end, [p.add(end) for p in self.pairs] +
                  [o.add(end) for o in self.others if end < len(o.given)])

    # ---- what is done to them ----

    def command(self, p, line, *more):
        """LINE, called with an end, is the command for it."""
        for end in (0, 1):
            batch(end, [line(end)] + [m(end) for m in more])
        self.changes += 2 + 2 * len(more)

    def timers(self, p):
        p.interval = self.random.choice(INTERVALS)
        p.multiplier = self.random.randint(MULTIPLIER, MULTIPLIER + 3)
        self.command(p, lambda end: f'session set {p.words(end)}{p.timers()}')

    def modes(self, p):
        p.switch()
        self.command(p, lambda end: f'session set {p.words(end)}{p.modes(end)}')

    def keys(self, p):
        p.auth = self.random.randrange(len(TYPES))
        self.command(p, lambda end: f'session auth {p.words(end)}{p.key() or " none"}'
                                    f'{"" if end else " delayed"}')

    def poll(self, p):
        self.command(p, lambda end: f'session poll {p.words(end)}')

    def renew(self, p):
        """Both ends are deleted and made anew, without a peer for a while."""
        for end in (0, 1):
            s = bfdnl(HOSTS[end], 'session show', p.words(end))[0]
            self.flapped += self.judge(end, p, s)
            self.flaps.pop((end, p.addr[end]), None)
            self.sent += packets(s)
            batch(end, [f'session del {p.words(end)}'])
        p.interval = p.echo_tx = self.random.choice(INTERVALS)
        p.auth = self.random.randrange(len(TYPES))
        # Of two that begin at once over a link that reorders, one may hear "Init" and
        # then an older "Down": it has to fall, as RFC 5880 has it.
        for end in (0, 1):
            batch(end, [p.add(end)])
            sleep(ALONE)
        self.changes += 2

    def change(self):
        if self.random.random() < 0.2:
            self.renew(self.renewed[self.rounds % len(self.renewed)])
            self.rounds += 1
        else:
            action = self.random.choice((self.timers, self.modes, self.keys, self.poll))
            action(self.random.choice(self.changed))

    # ---- what is seen of them ----

    def judge(self, end, p, s):
        """How often it has flapped; says so when that is more than was known."""
        n = s['session-statistics'].get('down-count', 0)
        if s['session-running']['local-state'] != 'up':
            n += 1
        if n > self.flaps.get((end, p.addr[end]), 0):
            remark(f'h{end + 1} of {p}: {s}')
        return n

    def look(self):
        """Judge all. Returns packets sent by each, by end and address."""
        sent = {}
        for end, host in enumerate(HOSTS):
            by_addr = {s['source-addr']: s for s in bfdnl(host, 'session show')}
            for p in self.pairs + [o for o in self.others if end < len(o.given)]:
                s = by_addr.pop(p.addr[end])
                self.flaps[end, p.addr[end]] = self.judge(end, p, s)
                sent[end, p.addr[end]] = packets(s)
            check(not by_addr, f'unknown sessions: {by_addr}')
        return sent

    def show(self, end):
        by_addr = {s['source-addr']: s for s in bfdnl(HOSTS[end], 'session show')}
        return [(p, by_addr[p.addr[end]]) for p in self.pairs]

    def paced(self):
        """Sessions left alone that send nothing but Control packets."""
        return [(end, p) for p in self.pairs[0::4] for end in (0, 1)
                if not any(p.demand) and not any(p.echo)]


soak = Soak()
facts = {}


def mean_gap(first, last):
    """Of two samples: between packets, as a part of the interval."""
    took = (last[0] - first[0]) / US
    parts = [took / (last[1][end, p.addr[end]] - first[1][end, p.addr[end]]) / p.interval
             for end, p in soak.paced()]
    return sum(parts) / len(parts)


@test('sessions of every kind come Up')
def up():
    facts['slab-before'] = slab()
    soak.begin()
    soak.settled()
    facts['sessions'] = 2 * len(soak.pairs) + sum(len(o.given) for o in soak.others)
    remark(f'{facts["sessions"]} sessions')


@test('over bad links, changed and renewed meanwhile, nobody flaps')
def stay():
    links('qdisc replace dev {} root ' + LINK)
    start, samples = now(), []
    while True:
        begun = now()
        for _ in range(CHANGES):
            soak.change()
            sleep(ROUND * S // CHANGES // 2)
        # what was renewed comes Up
        sleep(begun + ROUND * S - now())
        sent = soak.look()
        samples.append((now(), sent))
        if len(samples) == WARM:
            facts['slab-warm'] = slab()
        total = soak.sent + sum(sent.values())
        flaps = soak.flapped + sum(soak.flaps.values())
        if len(samples) % 10 == 0:
            remark(f'{(now() - start) // S} s, {total} packets, {soak.changes} changes, '
                   f'{flaps} flaps')
        if len(samples) > 2 * WARM and (total >= PACKETS or now() - start >= SECONDS * S):
            break
    facts['seconds'] = (now() - start) // S
    facts['packets'] = total
    facts['changes'] = soak.changes
    facts['flaps'] = flaps
    facts['slab-end'] = slab()
    middle = samples[len(samples) // 2]
    facts['gap-first'], facts['gap-last'] = mean_gap(samples[0], middle), mean_gap(middle, samples[-1])
    check(flaps == 0, f'{flaps} flaps')


@test('at the end all are what their configurations say')
def agree():
    links('qdisc del dev {} root')
    sleep(30 * S)
    soak.settled()


@test('what they needed is given back')
def end():
    for host in HOSTS:
        bfdnl(host, 'session flush')
    sleep(2 * S)
    facts['slab-after'] = slab()


main()
FACTS.write_text(''.join(f'{k} {v}\n' for k, v in facts.items()), encoding='ascii')
