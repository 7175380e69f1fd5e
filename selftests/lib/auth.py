# SPDX-License-Identifier: GPL-2.0
"""Authentication: sections made with hashlib (RFC 5880, 6.7), keys by netlink.

usage: auth.py NS key NUMBER TYPE SECRET | del NUMBER | keys
       auth.py NS session ID KEY KEY_ID [delayed]	KEY 0: none
"""

import hashlib
import struct
import sys
from dataclasses import dataclass, replace

from nl import DUMP, NESTED, REQUEST, U, Netlink, attr, attrs, u8, u32

TYPES = ('simple-password', 'keyed-md5', 'meticulous-keyed-md5', 'keyed-sha1',
         'meticulous-keyed-sha1')
PASSWORD, MD5, METICULOUS_MD5, SHA1, METICULOUS_SHA1 = range(1, 6)


@dataclass
class Auth:
    """What an end knows: how to sign packets, and whether one is signed so."""
    type: int
    secret: bytes
    key_id: int = 1
    seq: int = 1000             # of the next packet
    grow: int = 1               # after every packet

    @property
    def meticulous(self):
        return self.type in (METICULOUS_MD5, METICULOUS_SHA1)

    @property
    def size(self):
        """Of the digest."""
        return 20 if self.type in (SHA1, METICULOUS_SHA1) else 16

    def digest(self, data):
        """The digest of what is in front of it and the key."""
        key = self.secret.ljust(self.size, b'\0')
        return (hashlib.sha1 if self.size == 20 else hashlib.md5)(data + key).digest()

    def sign(self, packet, **wrong):
        """PACKET with a section. WRONG: type, length, key_id, reserved, seq, digest, or
        total (Length), which then are what they are given to be."""
        if self.type == PASSWORD:
            length = 3 + len(self.secret)
        else:
            length = 8 + self.size
        head = bytes((wrong.get('type', self.type), wrong.get('length', length),
                      wrong.get('key_id', self.key_id)))
        packet = replace(packet, auth=1, length=wrong.get('total', 24 + length), tail=b'')
        if self.type == PASSWORD:
            return bytes(packet) + head + wrong.get('digest', self.secret)
        data = bytes(packet) + head + struct.pack('!BI', wrong.get('reserved', 0),
                                                  wrong.get('seq', self.seq) & 0xffffffff)
        if 'seq' not in wrong:
            self.seq = (self.seq + self.grow) & 0xffffffff
        return data + wrong.get('digest', self.digest(data))

    def signed(self, payload):
        """Why PAYLOAD is not signed like this; None: it is."""
        length = 3 + len(self.secret) if self.type == PASSWORD else 8 + self.size
        if len(payload) != 24 + length or payload[3] != len(payload):
            return f'{len(payload)} bytes, Length {payload[3]}'
        if not payload[1] & 4:
            return 'no A bit'
        if tuple(payload[24:27]) != (self.type, length, self.key_id):
            return f'type, length, key ID are {tuple(payload[24:27])}'
        if self.type == PASSWORD:
            return None if payload[27:] == self.secret else 'the password'
        if payload[27]:
            return 'the reserved byte'
        return None if payload[32:] == self.digest(payload[:32]) else 'the digest'


def sequence(payload):
    return struct.unpack_from('!I', payload, 28)[0]


def key_body(number, kind, secret):
    return u32('KEY_NUMBER', number) + u8('KEY_TYPE', kind) + attr('KEY_SECRET', secret)


def auth_body(key, key_id=None, delayed=None):
    """The nest AUTHENTICATION."""
    inner = u32('AUTH_KEY', key)
    if key_id is not None:
        inner += u8('AUTH_KEY_ID', key_id)
    if delayed is not None:
        inner += u8('AUTH_DELAYED', delayed)
    return attr(U['BFD_A_AUTHENTICATION'] | NESTED, inner)


class Keys:
    """The keys of a namespace."""

    def __init__(self, ns):
        self.nl = Netlink(ns)

    def set(self, number, kind, secret):
        self.nl.call('KEY_SET', key_body(number, kind, secret))

    def delete(self, number):
        self.nl.call('KEY_DEL', u32('KEY_NUMBER', number))

    def _decode(self, answer):
        a = dict(attrs(answer[4:]))
        return tuple(int.from_bytes(a[U['BFD_A_KEY_' + n]], sys.byteorder)
                     for n in ('NUMBER', 'TYPE', 'USE_COUNT'))

    def get(self, number):
        return self._decode(self.nl.call('KEY_GET', u32('KEY_NUMBER', number))[0])

    def show(self):
        """[(number, type, use-count)]"""
        return [self._decode(a) for a in self.nl.call('KEY_GET', flags=REQUEST | DUMP)]

    def use(self, session, key, key_id=None, delayed=None):
        self.nl.call('SESSION_SET', u32('ID', session) + auth_body(key, key_id, delayed))

    def session(self, session):
        """(key, key-id, type, pending) of a session; pending: the same or None; None: none."""
        a = dict(attrs(self.nl.call('SESSION_GET', u32('ID', session))[0][4:]))
        nest = a.get(U['BFD_A_AUTHENTICATION'])
        return None if nest is None else self._method(nest)

    def _method(self, nest):
        a = dict(attrs(nest))

        def number(name):
            value = a.get(U['BFD_A_AUTH_' + name])
            return None if value is None else int.from_bytes(value, sys.byteorder)
        pending = a.get(U['BFD_A_AUTH_PENDING'])
        return (number('KEY'), number('KEY_ID'), number('TYPE'),
                None if pending is None else self._method(pending)[:3])


def main(ns, command, *args):
    keys = Keys(ns)
    if command == 'key':
        keys.set(int(args[0]), TYPES.index(args[1]) + 1, args[2].encode())
    elif command == 'del':
        keys.delete(int(args[0]))
    elif command == 'keys':
        print(keys.show())
    else:
        key = int(args[1])
        keys.use(int(args[0]), key, int(args[2]) if key else None, 'delayed' in args)


if __name__ == '__main__':
    main(*sys.argv[1:])
