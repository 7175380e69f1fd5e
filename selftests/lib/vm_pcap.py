#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The BFD Control packets of a capture, one JSON object a line.

usage: vm_pcap.py FILE

Names are the RFC's; "time" is seconds, "src" and "dst" are addresses.
"""

import ipaddress
import json
import struct
import sys

STATES = ("AdminDown", "Down", "Init", "Up")


def frames(data):
    magic = struct.unpack_from("<I", data)[0]
    unit = {0xa1b2c3d4: 1e-6, 0xa1b23c4d: 1e-9}[magic]
    at = 24
    # the last packet may have been cut off with its writer
    while at + 16 <= len(data):
        sec, frac, size = struct.unpack_from("<III", data, at)
        if at + 16 + size > len(data):
            break
        yield sec + frac * unit, data[at + 16:at + 16 + size]
        at += 16 + size


def ip_header(frame):
    """Addresses, TTL, traffic class and payload, if UDP without extension headers."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    ip = frame[14:]
    if kind == 0x0800 and ip[9] == 17:
        return ip[12:16], ip[16:20], ip[8], ip[1], ip[(ip[0] & 15) * 4:]
    if kind == 0x86dd and ip[6] == 17:
        return ip[8:24], ip[24:40], ip[7], (ip[0] << 4 | ip[1] >> 4) & 255, ip[40:]
    return None


def control(payload):
    b0, b1, mult, length = payload[:4]
    my, your, tx, rx, echo = struct.unpack_from("!5I", payload, 4)
    return {
        "version": b0 >> 5, "diag": b0 & 31, "state": STATES[b1 >> 6],
        "poll": bool(b1 & 32), "final": bool(b1 & 16), "cpi": bool(b1 & 8),
        "auth": bool(b1 & 4), "demand": bool(b1 & 2), "multipoint": bool(b1 & 1),
        "mult": mult, "length": length, "my": my, "your": your,
        "desired_min_tx": tx, "required_min_rx": rx, "required_min_echo_rx": echo,
    }


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    for when, frame in frames(data):
        header = ip_header(frame)
        if not header:
            continue
        src, dst, ttl, tos, udp = header
        sport, dport, size = struct.unpack_from("!HHH", udp)
        if dport != 3784 or size < 8 + 24 or len(udp) < size:
            continue
        print(json.dumps({
            "time": when, "src": str(ipaddress.ip_address(src)),
            "dst": str(ipaddress.ip_address(dst)), "ttl": ttl, "dscp": tos >> 2,
            "sport": sport, **control(udp[8:size])}))


main()
