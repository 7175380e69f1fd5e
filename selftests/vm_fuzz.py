#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Netlink messages to the bfd family, right, nearly right and not right at all.

usage: vm_fuzz.py SEED MESSAGES NETNS OTHER-NETNS

The sessions that NETNS has at the start are spared: no message changes or
deletes them. OTHER-NETNS gets every message. Prints what the kernel answered.
"""

import errno
import random
import socket
import struct
import sys
from collections import Counter

from tool import bfdnl, netns

NETLINK_GENERIC, GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 16, 3
NLMSG_ERROR, NLMSG_DONE = 2, 3
GET, NEW, SET, DEL, FLUSH = 1, 2, 3, 4, 5
F_REQUEST, F_ACK, F_DUMP = 1, 4, 0x300

ID, SOURCE, DEST, INTERFACE, VRF, DISCR, AUTH = 2, 4, 5, 6, 8, 11, 26
WIDTH = {ID: 4, 3: 1, 7: 4, 9: 2, 10: 2, DISCR: 4, 12: 4, 13: 1, 14: 1, 15: 4, 16: 4, 17: 4,
         18: 4, 19: 1, 20: 1, 21: 1, 22: 1, 23: 1, 24: 1, 25: 1, 27: 4}
MAX_ATTR = 40
GOOD_PEERS = [bytes((10, 0, 1, n)) for n in range(1, 100)] + \
    [bytes.fromhex('20010db80000000000000000000001') + bytes((n,)) for n in range(1, 100)]
GOOD_VALUES = {14: (1, 2, 3, 255), 15: (50000, 300000, 0xffffffff), 16: (0, 50000, 0xffffffff),
               21: (0, 1), 22: (0, 1), 25: (0, 48, 63)}

ADDRESSES = [socket.inet_pton(socket.AF_INET, a) for a in
             ('192.0.2.1', '10.0.0.1', '10.0.0.2', '10.1.2.3', '127.0.0.1', '224.0.0.1',
              '255.255.255.255', '0.0.0.0', '192.0.2.255', '192.0.2.99')]
ADDRESSES += [socket.inet_pton(socket.AF_INET6, a) for a in
              ('2001:db8::1', '2001:db8::77', 'fe80::1', 'fe80::77', 'ff02::1', '::', '::1',
               '::ffff:10.0.0.2')]
NAMES = [b'lo', b'e1', b'e2', b'nope', b'', b'a' * 15, b'a' * 16, b'a' * 300, b'%s%n', b'../..']


def attr(kind, payload, length=None):
    length = 4 + len(payload) if length is None else length
    return struct.pack('HH', length & 0xffff, kind & 0xffff) + payload + bytes(-len(payload) % 4)


class Fuzz:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.answers = Counter()
        self.messages = ()

    def number(self, width):
        r = self.random
        value = r.choice((0, 1, 2, 3, 255, 1000, 999, 50000, 300000, 1000000, 0xffffffff,
                          r.getrandbits(32), r.getrandbits(8)))
        return (value & ((1 << 8 * width) - 1)).to_bytes(width, 'little')

    def payload(self, kind):
        r = self.random
        if kind in (SOURCE, DEST):
            return r.choice(ADDRESSES)
        if kind in (INTERFACE, VRF):
            return r.choice(NAMES) + r.choice((b'\0', b'\0', b'', b'\0x'))
        if kind == AUTH:
            return self.nest(0)
        return self.number(WIDTH.get(kind, r.choice((0, 1, 2, 4, 8))))

    def nest(self, depth):
        r = self.random
        parts = []
        for _ in range(r.randrange(4)):
            inner = self.nest(depth + 1) if r.random() < 0.3 and depth < 20 else \
                self.number(r.choice((1, 4)))
            parts.append(attr(r.randrange(8) | r.choice((0, 0, 0x8000, 0x4000)), inner))
        return b''.join(parts)

    def attribute(self):
        r = self.random
        kind = r.choice((DEST, DEST, SOURCE, r.randrange(MAX_ATTR), r.randrange(MAX_ATTR)))
        payload = self.payload(kind)
        if r.random() < 0.05:           # another size
            payload = r.randbytes(r.choice((0, 1, 2, 3, 5, 7, 15, 17, 100, 2000)))
        length = None
        if r.random() < 0.03:           # a length that is not true
            length = r.choice((0, 1, 3, 4, 5, 0xffff, 0x8000, len(payload) + 5))
        flags = 0x8000 if kind == AUTH and r.random() < 0.9 else 0
        if r.random() < 0.02:
            flags = r.choice((0x4000, 0x8000, 0xc000))
        return attr(kind | flags, payload, length)

    def good(self, family):
        """A request that may well be granted."""
        r = self.random
        cmd = r.choice((NEW, NEW, NEW, SET, SET, DEL, GET, GET, FLUSH if r.random() < 0.02 else GET))
        kinds = {DEST: r.choice(GOOD_PEERS)} if cmd == NEW or r.random() < 0.5 else \
            {ID: struct.pack('I', r.randrange(400))}
        flags = F_REQUEST | F_ACK
        if cmd in (NEW, SET):
            for kind, values in GOOD_VALUES.items():
                if r.random() < 0.3:
                    kinds[kind] = r.choice(values).to_bytes(WIDTH[kind], 'little')
        elif cmd == FLUSH or (cmd == GET and r.random() < 0.1):
            flags |= F_DUMP if cmd == GET else 0
            kinds = {}
        order = list(kinds.items())
        r.shuffle(order)
        text = struct.pack('BBH', cmd, 1, 0) + b''.join(attr(k, v) for k, v in order)
        return cmd, struct.pack('IHHII', 16 + len(text), family, flags, 1, 0) + text

    def message(self, family):
        """Returns: the command and the message."""
        r = self.random
        if r.random() < 0.4:
            return self.good(family)
        cmd = r.choice((NEW, NEW, NEW, SET, SET, DEL, GET, GET, 5, 6, 7, r.randrange(16),
                        r.randrange(256)))
        body = b''.join(self.attribute() for _ in range(r.choice((0, 1, 1, 2, 3, 4, 6, 10, 40))))
        if r.random() < 0.03:
            body = r.randbytes(r.randrange(400))
        flags = F_REQUEST | r.choice((0, F_ACK, F_ACK, F_ACK, F_DUMP, r.getrandbits(16)))
        text = struct.pack('BBH', cmd, r.choice((1, 1, 1, 0, 2, 255)),
                           r.choice((0, 0, 0, r.getrandbits(16)))) + body
        length = 16 + len(text)
        if r.random() < 0.05:           # cut off, with a header that knows or does not
            text = text[:r.randrange(len(text) + 1)]
            length = r.choice((16 + len(text), length, 15, 0, 17, 0xffffffff))
        return cmd, struct.pack('IHHII', length, family, flags, r.getrandbits(32), 0) + text


def spared(cmd, message, protected):
    """Would it change a session that shall stay?"""
    if cmd == FLUSH:
        return True
    if cmd not in (SET, DEL):
        return False
    at = 20
    while at + 4 <= len(message):
        length, kind = struct.unpack_from('HH', message, at)
        if message[at + 4:at + 4 + {ID: 4, DISCR: 4}.get(kind & 0x3fff, 16)][:length - 4] \
                in protected:
            return True
        at += max(4, (length + 3) & ~3)
    return False


def connect(name):
    with netns(name):
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
    sock.bind((0, 0))
    sock.send(struct.pack('IHHIIBBH', 28, GENL_ID_CTRL, F_REQUEST, 1, 0, CTRL_CMD_GETFAMILY,
                          1, 0) + attr(2, b'bfd\0'))
    answer = sock.recv(65536)
    at = 20
    while at < len(answer):
        length, kind = struct.unpack_from('HH', answer, at)
        if kind == 1:
            sock.setblocking(False)
            return sock, struct.unpack_from('H', answer, at + 4)[0]
        at += (length + 3) & ~3
    raise SystemExit('there is no bfd family')


def drain(sock, answers):
    while True:
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return
        except OSError as e:            # ENOBUFS
            answers[errno.errorcode[e.errno]] += 1
            return
        at = 0
        while at + 16 <= len(data):
            length, kind = struct.unpack_from('IH', data, at)
            if kind == NLMSG_ERROR:
                code = struct.unpack_from('i', data, at + 16)[0]
                answers[errno.errorcode[-code] if code else 'done'] += 1
            elif kind != NLMSG_DONE:
                answers['answer'] += 1
            at += max(16, (length + 3) & ~3)


def main():
    seed, count, name, other = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    fuzz = Fuzz(seed)
    protected = set()
    for s in bfdnl(name, 'session show'):
        family = socket.AF_INET6 if ':' in s['dest-addr'] else socket.AF_INET
        protected |= {struct.pack('I', s['id']), struct.pack('I', s['local-discriminator']),
                      socket.inet_pton(family, s['dest-addr'])}
    sockets = [connect(name), connect(other)]
    sent = 0
    while sent < count:
        cmd, message = fuzz.message(sockets[0][1])
        for i, (sock, _) in enumerate(sockets):
            if i == 0 and spared(cmd, message, protected):
                continue
            try:
                sock.send(message)
            except OSError as e:
                fuzz.answers[errno.errorcode[e.errno]] += 1
            sent += 1
            drain(sock, fuzz.answers)
    print(', '.join(f'{n} {what}' for what, n in fuzz.answers.most_common()))
    bfdnl(name, 'session show')
    if fuzz.answers['done'] < count / 20 or fuzz.answers['EINVAL'] < count / 20:
        raise SystemExit('not a good mixture')


main()
