# SPDX-License-Identifier: GPL-2.0
"""BFD on the wire: Control packets, the headers around them, captures."""

import ipaddress
import struct
from dataclasses import dataclass

US = 1000
MS = 1000 * US
S = 1000 * MS

ADMIN_DOWN, DOWN, INIT, UP = range(4)
STATES = ('adminDown', 'down', 'init', 'up')
PORT, PORT_MULTIHOP = 3784, 4784
CS6 = 48

ETH_IP, ETH_IPV6, ETH_VLAN = 0x0800, 0x86dd, 0x8100


@dataclass
class Bfd:
    """A Control packet (RFC 5880, 4.1). Any field may be given any value."""
    version: int = 1
    diag: int = 0
    state: int = DOWN
    poll: int = 0
    final: int = 0
    cpi: int = 0
    auth: int = 0
    demand: int = 0
    multipoint: int = 0
    mult: int = 3
    length: int = 24
    my: int = 0
    your: int = 0
    tx: int = 1000000
    rx: int = 1000000
    echo_rx: int = 0
    tail: bytes = b''           # behind the mandatory section

    def __bytes__(self):
        return struct.pack('!BBBBIIIII', self.version << 5 | self.diag,
                           self.state << 6 | self.poll << 5 | self.final << 4 |
                           self.cpi << 3 | self.auth << 2 | self.demand << 1 |
                           self.multipoint, self.mult, self.length, self.my, self.your,
                           self.tx, self.rx, self.echo_rx) + self.tail

    @classmethod
    def parse(cls, data):
        if len(data) < 24:
            return None
        vd, f, mult, length, my, your, tx, rx, echo_rx = struct.unpack_from('!BBBBIIIII', data)
        return cls(vd >> 5, vd & 31, f >> 6, f >> 5 & 1, f >> 4 & 1, f >> 3 & 1, f >> 2 & 1,
                   f >> 1 & 1, f & 1, mult, length, my, your, tx, rx, echo_rx, data[24:])


@dataclass
class Packet:
    """A frame with a UDP datagram: where it came from, when, what it says."""
    time: int = 0               # ns, CLOCK_MONOTONIC when live, else as captured
    outgoing: bool = False
    dst_mac: bytes = b''
    src_mac: bytes = b''
    vlan: int = None
    src: str = ''
    dst: str = ''
    ttl: int = 255
    tos: int = CS6 << 2
    sport: int = 49152
    dport: int = PORT
    checksum_good: bool = True
    ip_flags: int = 0
    payload: bytes = b''

    @property
    def bfd(self):
        return Bfd.parse(self.payload)


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def _pseudo(src, dst, length):
    if len(src) == 4:
        return src + dst + struct.pack('!BBH', 0, 17, length)
    return src + dst + struct.pack('!IHBB', length, 0, 0, 17)


def udp(src, dst, sport, dport, payload, length=None, check=None):
    """A UDP datagram; addresses are packed; LENGTH and CHECK may be wrong ones."""
    length = 8 + len(payload) if length is None else length
    head = struct.pack('!HHHH', sport, dport, length, 0)
    if check is None:
        check = checksum(_pseudo(src, dst, 8 + len(payload)) + head + payload) or 0xffff
    return head[:6] + struct.pack('!H', check) + payload


def ip(src, dst, ttl, tos, data, proto=17):
    if len(src) == 4:
        head = struct.pack('!BBHHHBBH', 0x45, tos, 20 + len(data), 0, 0x4000, ttl, proto, 0)
        head += src + dst
        return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + data
    return struct.pack('!IHBB', 6 << 28 | tos << 20, len(data), proto, ttl) + src + dst + data


def ethernet(dst_mac, src_mac, data, vlan=None):
    proto = ETH_IP if data[0] >> 4 == 4 else ETH_IPV6
    tag = struct.pack('!HH', ETH_VLAN, vlan) if vlan is not None else b''
    return dst_mac + src_mac + tag + struct.pack('!H', proto) + data


def frame(src, dst, payload, dst_mac, src_mac, sport=49152, dport=PORT, ttl=255,
          tos=CS6 << 2, vlan=None, udp_length=None, udp_check=None, trailer=b''):
    src, dst = (ipaddress.ip_address(a).packed for a in (src, dst))
    return ethernet(dst_mac, src_mac,
                    ip(src, dst, ttl, tos,
                       udp(src, dst, sport, dport, bytes(payload), udp_length, udp_check) +
                       trailer), vlan)


def parse_frame(data, time=0, outgoing=False):
    """Return: a Packet, or None when it is not UDP over IP."""
    p = Packet(time=time, outgoing=outgoing, dst_mac=data[:6], src_mac=data[6:12])
    proto, = struct.unpack_from('!H', data, 12)
    at = 14
    if proto == ETH_VLAN:
        p.vlan, proto = struct.unpack_from('!HH', data, 14)
        at = 18
    data = data[at:]
    if proto == ETH_IP and len(data) >= 20 and data[9] == 17:
        total, = struct.unpack_from('!H', data, 2)
        p.tos, p.ttl, p.ip_flags = data[1], data[8], data[6] >> 5
        src, dst = data[12:16], data[16:20]
        good = checksum(data[:20]) == 0
        rest = data[(data[0] & 15) * 4:total]
    elif proto == ETH_IPV6 and len(data) >= 40 and data[6] == 17:
        first, length = struct.unpack_from('!IH', data)
        p.tos, p.ttl = first >> 20 & 255, data[7]
        src, dst = data[8:24], data[24:40]
        good = True
        rest = data[40:40 + length]
    else:
        return None
    if len(rest) < 8:
        return None
    p.src, p.dst = str(ipaddress.ip_address(src)), str(ipaddress.ip_address(dst))
    p.sport, p.dport, length, check = struct.unpack_from('!HHHH', rest)
    p.payload = rest[8:length]
    p.checksum_good = good and check and \
        checksum(_pseudo(src, dst, len(rest)) + rest) == 0
    return p


def read_pcap(path):
    """Return: the UDP packets of a capture (Ethernet; micro- or nanoseconds)."""
    with open(path, 'rb') as f:
        data = f.read()
    order = '<' if data[0] in (0xd4, 0x4d) else '>'
    magic, = struct.unpack_from(order + 'I', data)
    unit = 1 if magic == 0xa1b23c4d else 1000
    if struct.unpack_from(order + 'I', data, 20)[0] != 1:
        raise ValueError(f'{path}: not a capture of Ethernet')
    packets, at = [], 24
    while at + 16 <= len(data):
        sec, frac, size, _ = struct.unpack_from(order + 'IIII', data, at)
        p = parse_frame(data[at + 16:at + 16 + size], sec * S + frac * unit)
        if p:
            packets.append(p)
        at += 16 + size
    return packets


def gaps(packets):
    """The times between packets, ns."""
    times = [p.time for p in packets]
    return [b - a for a, b in zip(times, times[1:])]


@dataclass
class GapStats:
    """Gaps in per cent of the agreed interval."""
    count: int
    least: float
    most: float
    mean: float
    fifths: list                # of the permitted range: how many gaps in each

    @classmethod
    def of(cls, gap_list, interval_ns, low=75, high=100):
        part = [g * 100 / interval_ns for g in gap_list]
        fifths = [0] * 5
        for x in part:
            fifths[min(4, max(0, int((x - low) * 5 / (high - low))))] += 1
        return cls(len(part), min(part), max(part), sum(part) / len(part), fifths)

    def __str__(self):
        return (f'{self.count} gaps, {self.least:.2f}-{self.most:.2f} %, '
                f'mean {self.mean:.2f} %, fifths {self.fifths}')

