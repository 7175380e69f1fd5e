#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Run COMMAND as systemd does: keep what it puts into the store of descriptors, and
start it anew with them when it was killed.

usage: vm_keep.py COMMAND [ARG...]

Prints a line for each descriptor that is kept or given back, and each start.
"""

import os
import signal
import socket
import sys
import tempfile
import time

FIRST = 3


def start(command, kept, notify):
    pid = os.fork()
    if pid:
        return pid
    os.environ['NOTIFY_SOCKET'] = notify
    os.environ['LISTEN_PID'] = str(os.getpid())
    os.environ['LISTEN_FDS'] = str(len(kept))
    os.environ['LISTEN_FDNAMES'] = ':'.join(kept)
    # out of the way of the numbers that they get
    for i, fd in enumerate([os.dup2(fd, 100 + i) for i, fd in enumerate(kept.values())]):
        os.dup2(fd, FIRST + i, inheritable=True)
        os.close(fd)
    os.execvp(command[0], command)


def take_note(sock, kept):
    data, fds = socket.recv_fds(sock, 4096, 8)[:2]
    words = dict(line.split('=', 1) for line in data.decode().splitlines())
    name = words.get('FDNAME')
    if 'FDSTORE' in words:
        kept[name] = fds.pop()
        print('kept', name, flush=True)
    if 'FDSTOREREMOVE' in words and name in kept:
        os.close(kept.pop(name))
        print('removed', name, flush=True)


def main():
    notify = os.path.join(tempfile.mkdtemp(), 'notify')
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(notify)
    sock.settimeout(0.1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kept = {}
    child = start(sys.argv[1:], kept, notify)
    try:
        while True:
            try:
                take_note(sock, kept)
                continue                    # what it said before it died
            except TimeoutError:
                pass
            if os.waitpid(child, os.WNOHANG)[0]:
                time.sleep(1)
                child = start(sys.argv[1:], kept, notify)
                print('started with', len(kept), flush=True)
    finally:
        os.kill(child, signal.SIGTERM)


main()
