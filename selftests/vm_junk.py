#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Packets to the BFD port that no decent peer sends, from a raw socket.

usage: vm_junk.py SEED shapes IF
       vm_junk.py SEED flood IF SECONDS

The victim is 192.0.2.1 and 2001:db8::1 (02:00:00:00:01:01 or so), we are .2.
"""

import ipaddress
import random
import socket
import struct
import sys
import time

from wire import ADMIN_DOWN, DOWN, INIT, PORT, UP, Bfd, ethernet, frame, ip, udp

US = {4: '192.0.2.2', 6: '2001:db8::2'}
VICTIM = {4: '192.0.2.1', 6: '2001:db8::1'}


def macs(ifname):
    with open(f'/sys/class/net/{ifname}/address', encoding='ascii') as f:
        ours = bytes.fromhex(f.read().strip().replace(':', ''))
    return ours[:5] + b'\1', ours


def packed(address):
    return ipaddress.ip_address(address).packed


class Junk:
    def __init__(self, seed, ifname):
        self.random = random.Random(seed)
        self.dst_mac, self.src_mac = macs(ifname)
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.bind((ifname, 0))
        self.count = 0

    def send(self, data):
        try:
            self.sock.send(data)
        except OSError:
            return
        self.count += 1

    def control(self, payload, version, **kwargs):
        self.send(frame(US[version], VICTIM[version], bytes(payload), self.dst_mac,
                        self.src_mac, **kwargs))

    def bytes(self, size):
        return self.random.randbytes(size)

    def lengths(self, version):
        good = bytes(Bfd(my=9, your=77, state=DOWN))
        for size in (*range(80), 255, 256, 1000, 1452, 8900):
            self.control(self.bytes(size), version)
            self.control((good + bytes(size))[:size], version)

    def fields(self, version):
        """One thing wrong at a time, each field in all its values or many."""
        for bad in ([dict(version=v) for v in range(8)] + [dict(diag=d) for d in range(32)] +
                    [dict(length=n) for n in range(256)] + [dict(mult=0), dict(my=0)] +
                    [dict(multipoint=1), dict(poll=1, final=1), dict(demand=1), dict(auth=1)] +
                    [dict(state=s) for s in (ADMIN_DOWN, INIT, UP)] +
                    [dict(your=self.random.getrandbits(32) | 1) for _ in range(50)] +
                    [dict(auth=1, length=24 + n, tail=bytes((t, n)) + self.bytes(n))
                     for t in range(7) for n in (0, 1, 2, 3, 4, 16, 24, 28, 200)]):
            # from an address without a session, where Down would be taken
            fields = {'my': 7, 'your': 0, 'state': DOWN, **bad}
            src = '192.0.2.66' if version == 4 else '2001:db8::66'
            self.send(frame(src, VICTIM[version], bytes(Bfd(**fields)), self.dst_mac,
                            self.src_mac))
            if 'state' in bad or 'diag' in bad:
                continue        # those the real peer may say
            fields.update(state=UP, your=fields['your'] or 0x12345678)
            self.control(Bfd(**fields), version)
        # the peer's own address cannot make the session leave Up with these
        for state in (INIT, UP):
            self.control(Bfd(my=9, your=0, state=state), version)
        for ttl in (0, 1, 64, 254):
            for state in (ADMIN_DOWN, DOWN, INIT, UP):
                self.control(Bfd(my=9, state=state), version, ttl=ttl)
        self.control(Bfd(my=9, auth=1, length=28, tail=b'\1\4\1x', state=DOWN), version)
        for group in ('224.0.0.1', '192.0.2.255', '255.255.255.255') if version == 4 else \
                ('ff02::1',):
            self.send(frame(US[version], group, bytes(Bfd(my=9)), b'\xff' * 6, self.src_mac))

    def headers(self, version):
        """Checksums, lengths of UDP, addresses."""
        good = bytes(Bfd(my=9, state=DOWN, your=77))
        for check in (0, 1, 0xffff):
            self.control(good, version, udp_check=check)
        for length in (0, 1, 7, 8, 9, 31, 33, 65535):
            self.control(good, version, udp_length=length)
        for src in (VICTIM[version], *(('127.0.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.5')
                                       if version == 4 else ('::1', '::', 'ff02::5', 'fe80::9'))):
            self.send(frame(src, VICTIM[version], good, self.dst_mac, self.src_mac))

    def fragment4(self, offset, more, data, ident):
        head = bytearray(ip(packed(US[4]), packed(VICTIM[4]), 255, 192, data)[:20])
        struct.pack_into('!HH', head, 4, ident, (offset // 8) | (0x2000 if more else 0))
        head[10:12] = b'\0\0'
        total = sum(struct.unpack('!10H', head))
        total = (total & 0xffff) + (total >> 16)
        struct.pack_into('!H', head, 10, (total + (total >> 16)) & 0xffff ^ 0xffff)
        self.send(ethernet(self.dst_mac, self.src_mac, bytes(head) + data))

    def fragment6(self, offset, more, data, ident):
        head = struct.pack('!BBHI', 17, 0, offset | more, ident)
        self.send(ethernet(self.dst_mac, self.src_mac, ip(
            packed(US[6]), packed(VICTIM[6]), 255, 192, head + data, 44)))

    def fragments(self, version):
        send = self.fragment4 if version == 4 else self.fragment6
        for payload in (bytes(Bfd(my=9, your=77)), bytes(Bfd(my=9, your=77)) + bytes(1400),
                        self.bytes(3000), self.bytes(60000)):
            data = udp(packed(US[version]), packed(VICTIM[version]), 50000, PORT, payload)
            for size in (8, 16, 1400):
                ident = self.random.getrandbits(16)
                if len(data) > 400 * size:
                    continue
                parts = [(at, at + size < len(data), data[at:at + size])
                         for at in range(0, len(data), size)]
                for at, more, part in parts:            # whole
                    send(at, more, part, ident)
                for at, more, part in parts[1:]:        # without a beginning
                    send(at, more, part, ident ^ 1)
                for at, more, part in parts:            # overlapping
                    send(max(0, at - 8), more, part, ident ^ 2)

    def shapes(self):
        for version in (4, 6):
            for shape in (self.lengths, self.fields, self.headers, self.fragments):
                before = self.count
                shape(version)
                print(f'{self.count - before} IPv{version} packets of {shape.__name__}')

    def flood(self, seconds):
        """As fast as it goes, made beforehand."""
        packets = []
        for version in (4, 6):
            for _ in range(200):
                fields = Bfd(my=self.random.getrandbits(32), your=self.random.getrandbits(32),
                             state=self.random.randrange(4), mult=self.random.randrange(4),
                             length=self.random.choice((24, 24, 24, 23, 52)))
                for data in (bytes(fields), self.bytes(self.random.randrange(200))):
                    packets.append(frame(US[version], VICTIM[version], data, self.dst_mac,
                                         self.src_mac, sport=self.random.randrange(1024, 65536),
                                         ttl=self.random.choice((255, 255, 64))))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for data in packets:
                self.send(data)
        print(f'{self.count} packets, {self.count / seconds:.0f} a second')


def main():
    junk = Junk(int(sys.argv[1]), sys.argv[3])
    if sys.argv[2] == 'flood':
        junk.flood(float(sys.argv[4]))
    else:
        junk.shapes()


main()
