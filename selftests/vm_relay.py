#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Connect bfdd, which listens at port FROM, with an agent that listens at port TO.

usage: vm_relay.py FROM TO

To the agent it is a bfdd that connects, as those from 10.3 on can: it comes back
after the agent was away, and then tells of all sessions again. The real bfdd, at
the other end, notices nothing of that.
"""

import select
import socket
import struct
import sys
import time

ADD, DELETE = 2, 3
HEADER = struct.Struct('>BxHHH')
LID_AT = HEADER.size + 36


def dial(port):
    while True:
        try:
            return socket.create_connection(('127.0.0.1', int(port)))
        except OSError:
            time.sleep(0.1)


def messages(data):
    """Whole messages, and what is left."""
    found = []
    while len(data) >= HEADER.size and len(data) >= HEADER.unpack_from(data)[3]:
        length = HEADER.unpack_from(data)[3]
        found.append(data[:length])
        data = data[length:]
    return found, data


def remember(sessions, message):
    kind = HEADER.unpack_from(message)[1]
    if kind in (ADD, DELETE):
        lid = message[LID_AT:LID_AT + 4]
        sessions.pop(lid, None)
        if kind == ADD:
            sessions[lid] = message


def main():
    bfdd = dial(sys.argv[1])
    agent = dial(sys.argv[2])
    sessions, rest = {}, b''
    while True:
        ready = select.select([bfdd, agent], [], [])[0]
        if bfdd in ready:
            data = bfdd.recv(65536)
            if not data:
                return
            whole, rest = messages(rest + data)
            for message in whole:
                remember(sessions, message)
        try:
            if bfdd in ready:
                agent.sendall(b''.join(whole))
            if agent in ready:
                data = agent.recv(65536)
                if not data:
                    raise ConnectionResetError
                bfdd.sendall(data)
        except ConnectionError:
            agent.close()
            agent = dial(sys.argv[2])
            agent.sendall(b''.join(sessions.values()))


main()
