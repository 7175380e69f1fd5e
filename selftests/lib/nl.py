# SPDX-License-Identifier: GPL-2.0
"""Netlink messages to the family bfd, well formed or not."""

import os
import re
import socket
import struct

from tool import netns

NETLINK_GENERIC, SOL_NETLINK = 16, 270
NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NETLINK_CAP_ACK = 11, 12, 10
REQUEST, ACK, DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NESTED = 0x8000


def uapi():
    """The enumerations of uapi/linux/bfd.h: {name: number}."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../uapi/linux/bfd.h')
    with open(path, encoding='ascii') as f:
        text = re.sub(r'/\*.*?\*/', '', f.read(), flags=re.S)
    names = {}
    for body in re.findall(r'enum \w+ \{(.*?)\}', text, re.S):
        value = -1
        for item in filter(None, (i.strip() for i in body.split(','))):
            name, _, given = (p.strip() for p in item.partition('='))
            value = int(given, 0) if given else value + 1
            names[name] = value
    return names


U = uapi()


def attr(kind, value, length=None):
    """One attribute; LENGTH, if given, is a lie."""
    kind = U['BFD_A_' + kind] if isinstance(kind, str) else kind
    size = 4 + len(value)
    return struct.pack('HH', size if length is None else length, kind) + value + \
        b'\0' * (-size % 4)


def u8(kind, value):
    return attr(kind, struct.pack('B', value))


def u32(kind, value):
    return attr(kind, struct.pack('I', value))


def addr(kind, text):
    return attr(kind, socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text))


def attrs(data):
    """Decode attributes: [(type, value)]."""
    found, at = [], 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from('HH', data, at)
        if length < 4:
            break
        found.append((kind & 0x3fff, data[at + 4:at + length]))
        at += (length + 3) & ~3
    return found


class Refused(OSError):
    """The kernel's answer: errno, message, offset of the attribute."""

    def __init__(self, errno, message, offset):
        super().__init__(errno, message or os.strerror(errno))
        self.message, self.offset = message, offset


class Netlink:
    """A socket of generic netlink in a namespace."""

    FAMILY = b'bfd\0'

    def __init__(self, ns='', portid=0):
        with netns(ns):
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.bind((portid, 0))
        for option in (NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK):
            self.sock.setsockopt(SOL_NETLINK, option, 1)
        self.sock.settimeout(5)
        self.seq = 0
        self.family = 0
        answer = self.call(3, attr(2, self.FAMILY), family=16)     # CTRL_CMD_GETFAMILY
        self.family, = struct.unpack('H', dict(attrs(answer[0][4:]))[1])

    def send(self, command, body=b'', flags=REQUEST | ACK, family=None, version=1, length=None):
        command = U['BFD_CMD_' + command] if isinstance(command, str) else command
        self.seq += 1
        data = struct.pack('BBH', command, version, 0) + body
        size = 16 + len(data) if length is None else length
        family = self.family if family is None else family
        self.sock.send(struct.pack('IHHII', size, family, flags, self.seq, 0) + data)

    def answers(self):
        """What the kernel says to the last message, up to the end; or Refused."""
        found = []
        while True:
            data, at = self.sock.recv(1 << 17), 0
            while at < len(data):
                size, kind, _, seq, _ = struct.unpack_from('IHHII', data, at)
                body = data[at + 16:at + size]
                at += (size + 3) & ~3
                if seq != self.seq:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    error, = struct.unpack_from('i', body)
                    if error:
                        told = dict(attrs(body[20 if kind == NLMSG_ERROR else 4:]))
                        raise Refused(-error, told.get(1, b'').rstrip(b'\0').decode(),
                                      struct.unpack('I', told[2])[0] if 2 in told else None)
                    return found
                found.append(body)

    def call(self, *args, **kwargs):
        self.send(*args, **kwargs)
        return self.answers()

    def close(self):
        self.sock.close()


def ask(session, command, *attributes):
    """A request about a SESSION of tool.py."""
    netlink = Netlink(session.ns)
    try:
        return netlink.call(command, u32('ID', session.id) + b''.join(attributes))
    finally:
        netlink.close()
