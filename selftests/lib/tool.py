# SPDX-License-Identifier: GPL-2.0
"""bfdnl, its events, and clocks."""

import ctypes
import functools
import json
import os
import select
import subprocess
import time

from wire import MS, S, STATES, US

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl(29, 1, 0, 0, 0)     # PR_SET_TIMERSLACK: wake when asked to

CLONE_NEWNET = 0x40000000
# for a process to be told what has happened; no other runs when virtual time goes on
QUIET = 1 * MS if os.environ.get('BFD_KERNEL', 'uml').startswith('uml') else 300 * MS


def now():
    """CLOCK_MONOTONIC, ns. Reading the virtual clock takes 256 ns."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def sleep_until(when):
    while (left := when - now()) > 0:
        time.sleep(left / S)


def sleep(ns):
    sleep_until(now() + ns)


class netns:
    """with netns(NAME): sockets that are made belong to it."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.old = os.open('/proc/self/ns/net', os.O_RDONLY)
        if self.name:
            fd = os.open('/run/netns/' + self.name, os.O_RDONLY)
            try:
                if _libc.setns(fd, CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), 'setns ' + self.name)
            finally:
                os.close(fd)

    def __exit__(self, *_):
        _libc.setns(self.old, CLONE_NEWNET)
        os.close(self.old)


class ToolError(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def sh(line, check=True):
    """Run a line of the shell; return its output."""
    r = subprocess.run(line, shell=True, text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, check=False)
    if check and r.returncode:
        raise ToolError(r.returncode, f'{line}: {r.stdout.strip()}')
    return r.stdout


def bfdnl(ns, *args):
    """Run bfdnl -j in a namespace; return what it printed, decoded."""
    words = [str(w) for a in args for w in (a if isinstance(a, (list, tuple)) else str(a).split())]
    r = subprocess.run(['bfdnl', '-n', ns, '-j', '-s'] + words, text=True, capture_output=True,
                       check=False)
    if r.returncode:
        raise ToolError(r.returncode, r.stderr.strip())
    return json.loads(r.stdout) if r.stdout.strip() else None


class Batch:
    """One bfdnl for many commands: to start one for each is what takes the time."""

    def __init__(self, ns):
        self.ns = ns
        self.process = subprocess.Popen(['bfdnl', '-n', ns, '-j', '-s', '-f', '-b', '-'],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.lines = 0

    def __call__(self, *args):
        """As bfdnl(), without the namespace."""
        words = [str(w) for a in args for w in (a if isinstance(a, (list, tuple)) else [a])]
        # what is no command is complained of by its line, after the answer to the one before
        self.process.stdin.write(f'{" ".join(words)}\n?\n'.encode())
        self.process.stdin.flush()
        self.lines += 2
        said = []
        while not (line := self.process.stderr.readline().decode()).startswith(
                f'bfdnl: -:{self.lines}: '):
            if not line:
                raise ToolError(-1, 'bfdnl has ended')
            said.append(line.strip())
        answer = self.process.stdout.read()
        if said:
            raise ToolError(0, ' '.join(said))
        return json.loads(answer) if answer else None

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()


class Session:
    """A session of the module. TOOL: a Batch, if there is one."""

    def __init__(self, ns, *args, tool=None):
        self.ns = ns
        self.bfdnl = tool or functools.partial(bfdnl, ns)
        self.created = self.bfdnl('session add', *args)[0]
        self.id = self.created['id']
        self.discr = self.created['local-discriminator']
        self.port = self.created['source-port']

    def show(self):
        return self.bfdnl('session show id', self.id)[0]

    def set(self, *args):
        self.bfdnl('session set id', self.id, *args)

    def delete(self):
        self.bfdnl('session del id', self.id)

    def running(self, name):
        return self.show()['session-running'][name]

    def stat(self, name):
        return self.show()['session-statistics'][name]

    def drops(self):
        return self.stat('drops')

    @property
    def state(self):
        return STATES.index(self.running('local-state'))

    def wait(self, state, limit=20 * S):
        end = now() + limit
        while self.state != state:
            if now() > end:
                raise ToolError(0, f'not {STATES[state]} but {STATES[self.state]} '
                                   f'after {limit / S} s')
            sleep(100 * MS)


def net_drops(ns):
    return bfdnl(ns, 'stats show')['netns']['drops']


class Monitor:
    """bfdnl monitor: events as dictionaries, in .events."""

    def __init__(self, ns, *args, uid=None):
        self.events = []
        self.rest = b''
        command = ['bfdnl', '-n', ns, '-j', 'monitor', *args]
        if uid is not None:
            command = ['ip', 'netns', 'exec', ns, 'setpriv', '--reuid', str(uid), '--clear-groups',
                       'bfdnl', '-j', 'monitor', *args]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)
        sleep(50 * MS)
        self.read()

    def fileno(self):
        return self.process.stdout.fileno()

    def read(self):
        """Take what is there; return the new events."""
        new = []
        while True:
            data = self.process.stdout.read()
            if not data:
                break
            lines = (self.rest + data).split(b'\n')
            self.rest = lines.pop()
            new += [json.loads(line) for line in lines]
        self.events += new
        return new

    def wait(self, match, limit=5 * S, since=0):
        """The first event from .events[SINCE] on that MATCH accepts, or None."""
        end = now() + limit
        while True:
            self.read()
            for e in self.events[since:]:
                if match(e):
                    return e
            since = len(self.events)
            left = end - now()
            if left <= 0:
                return None
            select.select([self], [], [], left / S)

    def state(self, state, limit=5 * S, since=0):
        """The first event that tells of this new state."""
        name = STATES[state] if isinstance(state, int) else state
        return self.wait(lambda e: e['event'] == 'state' and e['new-state'] == name, limit, since)

    def mark(self):
        """For SINCE: what comes from now on."""
        sleep(QUIET)
        while self.read():
            sleep(100 * US)
        return len(self.events)

    def close(self):
        self.process.terminate()
        self.process.stdout.close()     # it may be waiting for us to read
        self.process.wait()
