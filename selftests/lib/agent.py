# SPDX-License-Identifier: GPL-2.0
"""bfdagentd in a namespace."""

import os
import signal
import socket
import subprocess

from tool import netns, sh


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
        with open(self.file, 'w', encoding='utf-8') as f:
            f.write(config)

    def start(self):
        path = self.file.replace('.conf', '.notify')
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(path)
        notify.settimeout(20)
        env = {**os.environ, 'NOTIFY_SOCKET': path, **self.env}
        with open(self.log, 'a', encoding='utf-8') as log, netns(self.ns):
            self.process = subprocess.Popen(
                ['bfdagentd', '-c', self.file, '-l', self.ledger], stderr=log, env=env)
        try:
            while b'READY=1' not in notify.recv(1000):
                pass
        finally:
            notify.close()
            os.unlink(path)

    def said(self):
        with open(self.log, encoding='utf-8') as f:
            return f.read()

    def reload(self, config):
        self.write(config)
        self.process.send_signal(signal.SIGHUP)

    def rss(self):
        """Memory, in KiB."""
        return int(sh(f'grep VmRSS /proc/{self.process.pid}/status').split()[1])

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
