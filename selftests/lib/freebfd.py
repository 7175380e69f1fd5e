# SPDX-License-Identifier: GPL-2.0
"""A client of FreeBFD's monitor protocol, as bfdagentd(8) describes it."""

import json
import select
import socket
import time

from tool import netns

PORT = 5643


class Freebfd:
    """A connection. Lines that come are kept in self.lines, decoded, with the
    time of their receipt in 'received', ns of CLOCK_REALTIME."""

    def __init__(self, ns, address=('127.0.0.1', PORT)):
        with netns(ns):
            self.sock = socket.create_connection(address, timeout=10)
        self.rest = b''
        self.lines = []

    def send(self, text):
        self.sock.sendall(text if isinstance(text, bytes) else text.encode())

    def ask(self, cmd, session=None, **more):
        request = {'cmd': cmd, **more}
        if session is not None:
            request['session'] = session
        self.send(json.dumps(request) + '\n')

    def read(self, timeout=0):
        """Take what is there or comes within TIMEOUT, s. Returns False at the end."""
        if not select.select([self.sock], [], [], timeout)[0]:
            return True
        try:
            data = self.sock.recv(1 << 20)
        except ConnectionResetError:
            return False
        received = time.clock_gettime_ns(time.CLOCK_REALTIME)
        *lines, self.rest = (self.rest + data).split(b'\n')
        for line in lines:
            self.lines.append({**json.loads(line), 'received': received})
        return bool(data)

    def wait(self, what, timeout=10):
        """Until WHAT, a function of a line, is true; returns that line, without those before."""
        end = time.monotonic() + timeout
        while True:
            while self.lines:
                if what(line := self.lines.pop(0)):
                    return line
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                return None

    def answer(self, cmd, timeout=10):
        return self.wait(lambda line: line.get('cmd') == cmd, timeout)

    def state(self, state, session=None, timeout=10):
        return self.wait(lambda line: line.get('state') == state and
                         session in (None, line['session']), timeout)

    def drain(self, timeout=0.2):
        """All that comes until nothing does for TIMEOUT."""
        while select.select([self.sock], [], [], timeout)[0] and self.read():
            pass
        lines, self.lines = self.lines, []
        return lines

    def close(self):
        self.sock.close()
