# SPDX-License-Identifier: GPL-2.0
"""Events: what a listener is told, in which order, and what it misses."""

import os
import signal
import subprocess

from peer import Bench
from result import DEBUG, check, equal, main, remark, test, within
from tool import Monitor, Session, bfdnl, sh, sleep
from wire import DOWN, MS, S, UP

h1, h2 = os.environ['h1'], os.environ['h2']


def flush():
    bfdnl(h1, 'session flush')
    bfdnl(h2, 'session flush')
    sleep(10 * MS)


def batch(ns, lines):
    subprocess.run(['bfdnl', '-n', ns, '-b', '-'], input='\n'.join(lines) + '\n', text=True,
                   check=True, stdout=subprocess.DEVNULL)


def gapless(events, what='the sequence'):
    numbers = [e['sequence'] for e in events if 'sequence' in e and e['event'] != 'snapshot']
    equal(numbers, list(range(numbers[0], numbers[0] + len(numbers))), what)


class Mirror:
    """What a listener believes, from the events alone."""

    def __init__(self):
        self.sessions = {}
        self.exact = True       # a dump may overtake events: they come again

    def take(self, events):
        for e in events:
            kind = e['event']
            if kind == 'resync':
                self.exact = False
            elif kind == 'deleted':
                known = self.sessions.pop(e['id'], None)
                check(known or not self.exact, f"deleted {e['id']} was not there")
            elif kind == 'state':
                if self.exact:
                    equal(e['old-state'], self.sessions[e['id']], f"the old state of {e['id']}")
                self.sessions[e['id']] = e['new-state']
            else:
                check(kind != 'created' or e['id'] not in self.sessions or not self.exact,
                      f"created {e['id']} twice")
                self.sessions[e['id']] = e['session-running']['local-state']
        return self

    def compare(self, ns):
        real = {s['id']: s['session-running']['local-state'] for s in bfdnl(ns, 'session show')}
        equal(self.sessions, real, 'what the listener believes')


@test('the life of a session: created, state, parameters, deleted; no number missing')
def life():
    flush()
    with Bench('tx 10ms rx 10ms') as b:
        b.settle()
        b.session.set('tx 20ms')
        b.run(200 * MS)
        b.peer.period = 0
        b.peer.auto = False
        b.run(1 * S)
        b.session.set('admin-down')
        b.session.delete()
        b.monitor.mark()
        events = b.monitor.events
        gapless(events)
        equal((events[0]['event'], events[-1]['event']), ('created', 'deleted'), 'first and last')
        states = [(e['old-state'], e['new-state']) for e in events if e['event'] == 'state']
        # whether by Init depends on who speaks first
        check(states[:-2] in ([('down', 'init'), ('init', 'up')], [('down', 'up')]),
              f'it came Up by {states[:-2]}')
        equal(states[-2:], [('up', 'down'), ('down', 'adminDown')], 'the last states')
        check(all(e['id'] == b.session.id and e['local-discriminator'] == b.session.discr and
                  e['dest-addr'] == '192.0.2.2' and e['interface'] == 'e1' for e in events),
              'an event does not say whose it is')
        times = [e['monotonic'] for e in events]
        equal(times, sorted(times), 'the times')
        offsets = [e['time'] - e['monotonic'] for e in events]
        within(max(offsets) - min(offsets), 0, 1000, 'time - monotonic')
        check([e for e in events if e['event'] == 'parameters' and
               e['desired-min-tx-interval'] == 20000], 'no event for the new interval')
        equal(['last-receive-times' in e for e in events if e['event'] == 'state'],
              [old == 'up' for old, _ in states], 'on leaving Up only: last-receive-times')


@test('snapshot first, then what happens')
def snapshot():
    flush()
    made = [Session(h1, f'dest-addr 192.0.2.{n}') for n in range(10, 15)]
    sleep(2 * S)
    m = Monitor(h1)
    equal([e['event'] for e in m.events], ['snapshot'] * 5, 'the first events')
    equal({e['id'] for e in m.events}, {s.id for s in made}, 'the ids')
    made[0].delete()
    m.mark()
    equal(m.events[-1]['event'], 'deleted', 'the next event')
    Mirror().take(m.events).compare(h1)
    m.close()


@test('a listener is told of its sessions and of its namespace only')
def selector():
    flush()
    every, one, other = Monitor(h1), Monitor(h1, 'dest-addr', '192.0.2.20'), Monitor(h2)
    batch(h1, [f'session add dest-addr 192.0.2.{n}' for n in range(15, 25)])
    for m in (every, one, other):
        m.mark()
    equal(len([e for e in every.events if e['event'] == 'created']), 10, 'all')
    equal({e['dest-addr'] for e in one.events}, {'192.0.2.20'}, 'the selected one')
    equal(other.events, [], 'the other namespace')
    for m in (every, one, other):
        m.close()


@test('what the peer may change at will is reported at most ten times a second')
def limited():
    flush()
    with Bench('tx 10ms rx 10ms') as b:
        b.settle()
        b.run(1 * S)
        at = b.monitor.mark()
        b.peer.period = 0
        for n in range(1000):
            b.peer.send(rx=10000 + n % 7)
            b.peer.run(5 * MS)
        b.monitor.mark()
        seen = b.monitor.events[at:]
        within(len(seen), 40, 52, 'events in 5 s')
        b.peer.period = None
        b.peer.say(rx=12345)
        b.run(1 * S)
        b.monitor.mark()
        equal(b.monitor.events[-1]['session-running']['remote-required-min-rx-interval'], 12345,
              'the last value')


@test('state changes are reported, however many')
def storm():
    flush()
    with Bench('tx 300ms rx 300ms') as b:
        at = b.monitor.mark()
        b.peer.auto = False
        for n in range(200):
            b.peer.send(state=DOWN)
            b.peer.send(state=DOWN)
            b.peer.send(state=UP)
            if n % 50 == 0:
                b.monitor.mark()
        b.monitor.mark()
        equal(len([e for e in b.monitor.events[at:] if e['event'] == 'state']), 600,
              'the number of changes')
        gapless(b.monitor.events)


def overrun(stop, uid):
    """A listener sleeps through thousands of events."""
    flush()
    m = Monitor(h1, uid=uid)
    made = [Session(h1, f'dest-addr 192.0.2.{n}') for n in range(30, 35)]
    m.mark()
    equal(len([e for e in m.events if e['event'] == 'created']), 5, 'events before')
    if stop:
        os.kill(m.process.pid, signal.SIGSTOP)
    rounds = 3 if DEBUG else 10
    for i in range(rounds):
        batch(h1, [f'session add dest-addr 10.{i}.{n // 250}.{n % 250 + 1}' for n in range(250)])
        batch(h1, [f'session del dest-addr 10.{i}.{n // 250}.{n % 250 + 1}' for n in range(250)])
    made[0].delete()
    made[1].set('admin-down')
    if stop:
        os.kill(m.process.pid, signal.SIGCONT)
    m.mark()
    kinds = [e['event'] for e in m.events]
    remark(f"{kinds.count('deleted')} of {rounds * 250 + 1} deletions told, "
           f"{kinds.count('resync')} resync")
    Mirror().take(m.events).compare(h1)
    if 'resync' in kinds:
        check(uid is not None, 'the privileged listener lost events')
        # at is behind what the last dump told
        at = len(kinds) - kinds[::-1].index('resync')
        check(all(e.get('derived') or e['event'] == 'snapshot' or e['event'] == 'state'
                  for e in m.events[at:]), f'after the resync: {m.events[at:]}')
    else:
        check(uid is None, 'no resync')
        gapless(m.events)
    # and it goes on
    made[2].delete()
    m.mark()
    equal((m.events[-1]['event'], m.events[-1]['id']), ('deleted', made[2].id), 'the next event')
    m.close()


test('a listener that is stopped for thousands of events', True, None)(overrun)
test('a listener whose output nobody reads for thousands of events', False, None)(overrun)
test('an unprivileged listener that is stopped', True, 65534)(overrun)
test('an unprivileged listener whose output nobody reads', False, 65534)(overrun)


@test('a listener that comes in the middle of a storm has no gap')
def middle():
    flush()
    feeder = subprocess.Popen(['bfdnl', '-n', h1, '-b', '-'], stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.DEVNULL)
    monitors = []
    for i in range(5):
        feeder.stdin.write(''.join(f'session add dest-addr 10.1.{i}.{n}\n' for n in range(1, 60)))
        feeder.stdin.flush()
        monitors.append(Monitor(h1))
    feeder.stdin.close()
    feeder.wait()
    sleep(100 * MS)
    for m in monitors:
        m.mark()
        mirror = Mirror()
        mirror.exact = False
        mirror.take(m.events).compare(h1)
        m.close()


@test('sequence numbers count even when nobody listens')
def nobody():
    flush()
    before = bfdnl(h1, 'stats show')['netns']['event-sequence']
    batch(h1, [f'session add dest-addr 10.2.0.{n}' for n in range(1, 11)])
    flush()
    equal(bfdnl(h1, 'stats show')['netns']['event-sequence'] - before, 20, 'events')


def add_pairs(ns, me, peer, link, number):
    """Sessions between every address of one host and every one of the other."""
    sh(f'printf "addr add 10.8.{me}.%d/16 dev {link}\\n" $(seq {number}) | ip -n {ns} -b -')
    batch(ns, [f'session add dest-addr 10.8.{peer}.{i} source-addr 10.8.{me}.{j} tx 100ms rx 100ms'
               for i in range(1, number + 1) for j in range(1, number + 1)])


@test('a thousand sessions that fail at one instant: told once each, in order, none lost')
def thousand():
    flush()
    number = 8 if DEBUG else 32
    add_pairs(h1, 1, 2, 'f1', number)
    add_pairs(h2, 2, 1, 'f2', number)
    sleep(6 * S)
    counts = bfdnl(h1, 'stats show')['netns']
    equal(counts['number-of-sessions-up'], number * number, 'sessions up')
    m, slow = Monitor(h1), Monitor(h1, uid=65534)
    os.kill(slow.process.pid, signal.SIGSTOP)
    at = m.mark()
    sh(f'ip -n {h2} link set f2 down')
    sleep(1 * S)
    m.mark()
    events = m.events[at:]
    downs = [e for e in events if e['event'] == 'state']
    equal(len(downs), number * number, 'changes of state')
    equal(len({e['id'] for e in downs}), number * number, 'sessions told of')
    equal({(e['old-state'], e['new-state'], e['local-diagnostic']) for e in downs},
          {('up', 'down', 'control-expiry')}, 'what they tell')
    check(all(len(e['last-receive-times']) == 5 for e in downs), 'times of packets are missing')
    gapless(events)
    times = [e['monotonic'] for e in events]
    equal(times, sorted(times), 'the times')
    # 300 ms since its last packet, a slot of the wheel, and what the host needs
    within(max(e['monotonic'] - e['last-receive-times'][0] for e in downs), 300 * MS,
           301 * MS, 'the longest detection')
    Mirror().take(m.events).compare(h1)
    # one that does not read misses some, and hears that it did
    os.kill(slow.process.pid, signal.SIGCONT)
    slow.mark()
    Mirror().take(slow.events).compare(h1)
    check(DEBUG or [e for e in slow.events if e['event'] == 'resync'], 'no resync')
    for each in (m, slow):
        each.close()
    sh(f'ip -n {h2} link set f2 up')


@test('deleting the namespace ends its listener')
def namespace():
    sh('ip netns add gone')
    m = Monitor('gone')
    batch('gone', ['session add dest-addr 192.0.2.9'])
    sh('ip netns del gone')
    m.mark()
    # the listener itself keeps the namespace
    equal([e['event'] for e in m.events], ['created'], 'the events')
    m.close()


main()
flush()
