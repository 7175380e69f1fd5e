#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The configuration file: bfdnl apply and save, bfdagentd, and their sudden deaths."""

import os
import queue
import random
import signal
import socket
import subprocess
import threading
import time

from result import DEBUG, check, equal, main, remark, test as _test
from tool import MS, S, ToolError, bfdnl, now, sh, sleep

H1, H2, TMP = os.environ['h1'], os.environ['h2'], os.environ['lib_tmp']
FILE, LEDGER = f'{TMP}/bfd.conf', f'{TMP}/bfd.ledger'
VIRTUAL = os.environ.get('BFD_KERNEL', '').startswith('uml')
CHANGES = int(os.environ.get('CHANGES', 100 if VIRTUAL or DEBUG else 200))

TWO = '''
sessions = (
  { dest-addr = "192.0.2.2"; interface = "e1"; desired-min-tx-interval = "20ms";
    required-min-rx-interval = "20ms"; },
  { dest-addr = "192.0.2.9"; }
);
'''


def test(name):
    """A test that begins and ends without sessions and without a memory of any."""
    def wrap(function):
        def run():
            for ns in (H1, H2):
                bfdnl(ns, 'session flush')
            sh(f'rm -f {LEDGER}*')
            function()
        _test(name)(run)
    return wrap


def write(text, file=FILE):
    with open(file + '.tmp', 'w', encoding='ascii', opener=lambda f, m: os.open(f, m, 0o600)) as f:
        f.write(text)
    os.rename(file + '.tmp', file)


def tool(*args):
    """bfdnl without -j; its status, output, complaints."""
    r = subprocess.run(['bfdnl', '-n', H1, *args, '--ledger', LEDGER], text=True,
                       capture_output=True, check=False)
    return r.returncode, r.stdout, r.stderr


def apply(text, *args):
    write(text)
    return tool('apply', FILE, *args)


def sessions():
    return {s['dest-addr']: s for s in bfdnl(H1, 'session show')}


class Agent:
    """bfdagentd, and what it tells the service manager."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = f'{TMP}/notify'
        if os.path.exists(path):
            os.unlink(path)
        self.sock.bind(path)
        self.messages = queue.SimpleQueue()
        # it waits for nobody who listens, but does for one who does not read
        threading.Thread(target=self.read, args=(self.sock, self.messages), daemon=True).start()
        self.log = open(f'{TMP}/agent.log', 'ab')       # pylint: disable=consider-using-with
        self.process = subprocess.Popen(['bfdagentd', '-n', H1, '-c', FILE, '-l', LEDGER],
                                        env={**os.environ, 'NOTIFY_SOCKET': path},
                                        stderr=self.log)

    @staticmethod
    def read(sock, messages):
        while (text := sock.recv(4096).decode()) != 'end':
            messages.put(text)

    def wait(self, word='READY=1', limit=30 * S):
        """The message of the agent that has WORD; None if it ended before."""
        end = now() + limit
        while now() < end:
            try:
                text = self.messages.get(timeout=.05)
            except queue.Empty:
                if self.process.poll() is not None:
                    return None
                continue
            if word in text:
                return text
        raise ToolError(0, f'the agent has not said {word}')

    def reload(self):
        self.process.send_signal(signal.SIGHUP)
        check(self.wait('RELOADING=1'), 'the agent has ended')
        return self.wait()

    def kill(self, sig=signal.SIGKILL):
        self.process.send_signal(sig)
        status = self.process.wait()
        self.sock.sendto(b'end', self.sock.getsockname())
        self.log.close()
        return status


@test('apply makes what the file describes; what is shown before is what is done')
def apply_dry():
    status, out, err = apply(TWO, '--dry-run')
    equal((status, err), (0, ''), 'the answer')
    equal(out, '+ session dest-addr 192.0.2.2 interface e1\n+ session dest-addr 192.0.2.9\n',
          'the difference')
    equal(sessions(), {}, 'the sessions')
    equal(apply(TWO), (0, '', ''), 'the answer')
    equal(sorted(sessions()), ['192.0.2.2', '192.0.2.9'], 'the sessions')
    equal(sessions()['192.0.2.2']['desired-min-tx-interval'], 20000, 'an interval')
    equal(apply(TWO, '--dry-run'), (0, '', ''), 'the difference afterwards')


@test('a mistake is told with file and line, and nothing is done')
def mistakes():
    apply(TWO)
    before = sorted(sessions())
    status, _, err = apply('sessions = (\n { dest-addr = "192.0.2.3"; },\n'
                           ' { dest-addr = "192.0.2.4"; local-multiplier = 300; } );\n')
    equal(status, 1, 'the status')
    equal(err, f'bfdnl: {FILE}:3: local-multiplier: 300 is not from 0 to 255\n', 'the message')
    equal(sorted(sessions()), before, 'the sessions')


@test('what the kernel refuses is told with file and line, and all is as before')
def refused():
    apply(TWO)
    before = {k: v['local-discriminator'] for k, v in sessions().items()}
    status, _, err = apply('sessions = (\n { dest-addr = "192.0.2.2"; interface = "e1"; },\n'
                           ' { dest-addr = "192.0.2.4"; source-addr = "192.0.2.77"; } );\n')
    equal(status, 2, 'the status')
    check(err.startswith(f'bfdnl: {FILE}:3: session dest-addr 192.0.2.4 source-addr 192.0.2.77: '),
          f'the message is {err}')
    equal({k: v['local-discriminator'] for k, v in sessions().items()}, before, 'the sessions')
    equal(sessions()['192.0.2.2']['desired-min-tx-interval'], 20000, 'an interval')


@test('a session of somebody else is neither changed nor deleted')
def others():
    bfdnl(H1, 'session add dest-addr 192.0.2.50')
    apply(TWO)
    equal(apply(''), (0, '', ''), 'the answer')
    equal(list(sessions()), ['192.0.2.50'], 'the sessions')


@test('a session that is Up stays Up while others and its own parameters change')
def stays_up():
    bfdnl(H2, 'session add dest-addr 192.0.2.1 interface e2 tx 20ms rx 20ms')
    apply(TWO)
    end = now() + 20 * S
    while sessions()['192.0.2.2']['session-running']['local-state'] != 'up' and now() < end:
        sleep(100 * MS)
    before = sessions()['192.0.2.2']
    apply(TWO.replace('20ms', '50ms').replace('192.0.2.9', '192.0.2.10'))
    sleep(1 * S)
    after = sessions()['192.0.2.2']
    equal(sorted(sessions()), ['192.0.2.10', '192.0.2.2'], 'the sessions')
    equal(after['session-running']['local-state'], 'up', 'the state')
    equal(after['desired-min-tx-interval'], 50000, 'the interval')
    equal(after['session-statistics']['down-count'], 0, 'down-count')
    equal(after['local-discriminator'], before['local-discriminator'], 'the discriminator')


EVERYTHING = '''
echo-source = "lo";
defaults = { local-multiplier = 4; };
profiles = { slow = { desired-min-tx-interval = "1s"; required-min-rx-interval = "1s"; }; };
keys = ( { key = 7; type = "meticulous-keyed-sha1"; password = "not so secret"; } );
sessions = (
  { dest-addr = "192.0.2.2"; interface = "e1"; profile = "slow"; key = 7; key-id = 3; },
  { dest-addr = "192.0.2.3"; source-addr = "192.0.2.1"; passive = true; dscp = 10; },
  { dest-addr = "192.0.2.4"; interface = "e1"; echo = true; required-min-echo-rx-interval = "20ms"; },
  { dest-addr = "192.0.2.5"; interface = "e1"; unaffiliated-echo = true;
    desired-min-echo-tx-interval = "33ms"; },
  { dest-addr = "198.51.100.1"; source-addr = "192.0.2.1"; multihop = true; rx-ttl = 250; admin-down = true; },
  { dest-addr = "2001:db8::2"; demand-enabled = true; demand-poll-interval = "2s"; },
  { dest-addr = "fe80::2"; interface = "e1"; path-diagnostic = "concatenated-path-down"; }
);
'''


@test('what is saved makes no difference when it is applied, and the file alone makes it again')
def round_trip():
    equal(apply(EVERYTHING), (0, '', ''), 'the answer')
    equal(len(sessions()), 7, 'the number of sessions')
    equal(apply(EVERYTHING, '--dry-run'), (0, '', ''), 'the difference at once')
    equal(tool('save', f'{TMP}/saved.conf'), (0, '', ''), 'the answer to save')
    equal(tool('apply', f'{TMP}/saved.conf', '--dry-run'), (0, '', ''), 'the difference')
    with open(f'{TMP}/saved.conf', encoding='ascii') as f:
        saved = f.read()
    check('not so' not in saved, 'a secret was saved')
    # as after a restart of the machine
    bfdnl(H1, 'session flush')
    bfdnl(H1, 'key del 7')
    bfdnl(H1, 'echo-source del')
    sh(f'rm -f {LEDGER}*')
    status, _, err = tool('apply', f'{TMP}/saved.conf')
    equal(status, 2, 'the status without a secret')
    check('key 7 is not there: its secret is missing' in err, f'the message is {err}')
    write(saved.replace('type = "meticulous-keyed-sha1";',
                        'type = "meticulous-keyed-sha1"; password = "not so secret";'))
    equal(tool('apply', FILE), (0, '', ''), 'the answer with the secret')
    equal(apply(EVERYTHING, '--dry-run')[1], '', 'the difference to the first file')
    apply('')
    equal((sessions(), bfdnl(H1, 'key show')), ({}, []), 'what is left')


@test('bfdagentd applies the file before it is ready, and again at SIGHUP')
def agent():
    write(TWO)
    a = Agent()
    check(a.wait(), 'it has ended')
    equal(sorted(sessions()), ['192.0.2.2', '192.0.2.9'], 'the sessions')
    before = sessions()['192.0.2.2']['local-discriminator']
    write(TWO.replace('192.0.2.9', '192.0.2.10'))
    a.reload()
    equal(sorted(sessions()), ['192.0.2.10', '192.0.2.2'], 'the sessions')
    write('sessions = (')
    check('mistakes' in a.reload(), 'the mistake is not told')
    equal(sorted(sessions()), ['192.0.2.10', '192.0.2.2'], 'the sessions')
    equal(a.kill(signal.SIGTERM), 0, 'the status at the end')
    equal(sorted(sessions()), ['192.0.2.10', '192.0.2.2'], 'the sessions after its end')
    equal(sessions()['192.0.2.2']['local-discriminator'], before, 'the discriminator')


def random_file(rng):
    """Some of 30 sessions, with some of a few parameters, and some of 3 keys."""
    keys = sorted(rng.sample(range(1, 4), rng.randrange(4)))
    lines = ['keys = (', ', '.join(f'{{ key = {k}; type = "keyed-sha1"; password = "k{k}"; }}'
                                   for k in keys), ');', 'sessions = (']
    entries = []
    for i in rng.sample(range(10, 40), rng.randrange(25)):
        words = f'{{ dest-addr = "192.0.2.{i}"; local-multiplier = {rng.randrange(3, 6)};'
        if rng.random() < .3:
            words += ' interface = "e1";'
        if keys and rng.random() < .3:
            words += f' key = {rng.choice(keys)}; key-id = 1;'
        if rng.random() < .1:
            words += f' local-discriminator = {rng.randrange(1000 * i, 1000 * i + 3)};'
        entries.append(words + ' }')
    return '\n'.join(lines) + ',\n'.join(entries) + ');\n'


def agrees(why):
    """Kernel, file and ledger say the same, and what is somebody else's is there."""
    status, out, err = tool('apply', FILE, '--dry-run')
    equal((status, out, err), (0, '', ''), f'the difference {why}')
    with open(FILE, encoding='ascii') as f:
        wanted = f.read().count('dest-addr')
    equal(len(sessions()), wanted + 1, f'the number of sessions {why}')
    check('192.0.2.200' in sessions(), f'the session of somebody else is gone {why}')


@test('killed at random moments of many changes, bfdagentd leaves kernel and file in agreement')
def killed():
    rng = random.Random(5)
    bfdnl(H1, 'session add dest-addr 192.0.2.200')
    changes = kills = 0
    longest = 300 * MS
    while changes < CHANGES:
        write(random_file(rng))
        a = Agent()
        begun = now()
        if rng.random() < .5:
            check(a.wait(), 'it has ended by itself')
            longest = now() - begun
        else:
            sleep(rng.randrange(2 * longest))
        for _ in range(rng.randrange(8)):
            write(random_file(rng))
            changes += 1
            a.process.send_signal(signal.SIGHUP)
            sleep(rng.randrange(30 * MS))
        a.kill()
        changes += 1
        kills += 1
        if kills % 5:
            continue
        a = Agent()
        check(a.wait(), 'it has ended by itself')
        agrees(f'after {changes} changes and {kills} deaths')
        a.kill(signal.SIGTERM)
    remark(f'{changes} changes, {kills} deaths')


@test('bfdnl apply, killed at random moments, is completed by the next one')
def apply_killed():
    rng = random.Random(6)
    bfdnl(H1, 'session add dest-addr 192.0.2.200')
    for i in range(CHANGES // 5):
        write(random_file(rng))
        with subprocess.Popen(['bfdnl', '-n', H1, 'apply', FILE, '--ledger', LEDGER],
                              stderr=subprocess.DEVNULL) as p:
            time.sleep(rng.random() * .04)
            p.kill()
        if i % 4 == 0:
            equal(tool('apply', FILE), (0, '', ''), 'the answer')
            agrees(f'after {i} deaths')


@test('bfdagentd and bfdnl apply at the same time do not spoil each other\'s work')
def together():
    rng = random.Random(7)
    bfdnl(H1, 'session add dest-addr 192.0.2.200')
    write(random_file(rng))
    a = Agent()
    check(a.wait(), 'it has ended')
    for i in range(30):
        write(random_file(rng))
        a.process.send_signal(signal.SIGHUP)
        equal(tool('apply', FILE), (0, '', ''), f'the answer {i}')
    sleep(1 * S)
    check(a.process.poll() is None, 'the agent has ended')
    agrees('at the end')
    equal(a.kill(signal.SIGTERM), 0, 'the status at the end')


main()
