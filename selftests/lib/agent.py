# SPDX-License-Identifier: GPL-2.0
"""bfdagentd in a namespace, and what happens to its sessions there: $h1, its peer $h2."""

import contextlib
import os
import signal
import socket
import subprocess
import time

from result import check
from tool import bfdnl, netns, sh


def sessions():
    """Those of $h1, by the peer's address."""
    return {s['dest-addr']: s for s in bfdnl(os.environ['h1'], 'session show')}


def other_end(on=True):
    """The peer's session, or none of his."""
    if on:
        bfdnl(os.environ['h2'],
              'session add dest-addr 192.0.2.1 source-addr 192.0.2.2 tx 20ms rx 20ms')
    else:
        bfdnl(os.environ['h2'], 'session flush')


def cut(on):
    """Nothing that the peer sends arrives, until it does again."""
    sh(f'ip netns exec {os.environ["h1"]} nft ' +
       ("'add table inet cut; add chain inet cut in { type filter hook input priority 0; "
        "udp dport 3784 drop; }'" if on else "delete table inet cut"))


def clean():
    """No session is left, and nothing is cut."""
    sh(f'ip netns exec {os.environ["h1"]} nft flush ruleset')
    for host in 'h1', 'h2':
        bfdnl(os.environ[host], 'session flush')


def until(condition, what='', timeout=20):
    end = time.monotonic() + timeout
    while not condition():
        check(time.monotonic() < end, f'it takes too long: {what}')
        time.sleep(0.02)


class Agent:
    """with Agent(NS, CONFIGURATION): until it is ready, and until it has ended."""

    def __init__(self, ns, config, env=None):
        self.ns = ns
        self.file = os.path.join(os.environ['lib_tmp'], f'{ns}.conf')
        self.log = self.file.replace('.conf', '.log')
        self.ledger = self.file.replace('.conf', '.ledger')
        self.env = env or {}
        self.write(config)
        self.start()

    def write(self, config):
        """All at once: an agent that is just reading it reads what was or what is."""
        with open(self.file + '.new', 'w', encoding='utf-8') as f:
            f.write(config)
        os.replace(self.file + '.new', self.file)

    @contextlib.contextmanager
    def ready(self):
        """with agent.ready(): until it says that it is, after what is done inside."""
        path = self.file.replace('.conf', '.notify')
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(path)
        notify.settimeout(60)
        try:
            yield path
            while b'READY=1' not in notify.recv(1000):
                pass
        finally:
            notify.close()
            os.unlink(path)

    def spawn(self, **env):
        """It runs, but is not ready yet."""
        with open(self.log, 'a', encoding='utf-8') as log, netns(self.ns):
            self.process = subprocess.Popen(
                ['bfdagentd', '-c', self.file, '-l', self.ledger], stderr=log,
                env={**os.environ, **env, **self.env})

    def start(self):
        with self.ready() as path:
            self.spawn(NOTIFY_SOCKET=path)

    def said(self):
        with open(self.log, encoding='utf-8') as f:
            return f.read()

    def reload(self, config):
        """What it did with CONFIG is in its log."""
        with self.ready():
            self.write(config)
            self.process.send_signal(signal.SIGHUP)

    def rss(self, most=False):
        """Memory, in KiB, or the most there ever was."""
        name = 'VmHWM' if most else 'VmRSS'
        return int(sh(f'grep {name} /proc/{self.process.pid}/status').split()[1])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
