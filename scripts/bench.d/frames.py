#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write the frames that "scripts/bench" floods a host with.

usage: frames.py DIRECTORY [DISCRIMINATOR PASSWORD SHA1 MD5]

They go from host b of guest-lib.sh to host a. A file for each kind, a frame a
line in hexadecimal: one for each reason to refuse a packet, junk with all of
them, traffic with what is not BFD, and what they are compared with. Sessions of a
have these discriminators: DISCRIMINATOR one without authentication, PASSWORD one
with a password, SHA1 and MD5 one with such a digest.
"""

import ipaddress
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "selftests/lib"))

# pylint: disable-next=wrong-import-position,import-error
from wire import UP, Bfd, checksum, ethernet, frame, ip

A, B, STRANGER = "10.0.0.1", "10.0.0.2", "10.0.0.77"
A6, B6 = "fd00::1", "fd00::2"
MAC_A, MAC_B = b"\2\0\0\0\0\1", b"\2\0\0\0\0\2"
MULTICAST, MULTICAST_MAC = "224.0.0.1", b"\1\0\x5e\0\0\1"
NOBODYS_PORT = 3
FULL_PORT = 9               # a socket that nobody reads
ETH_EXPERIMENTAL = 0x88b5
SIZE = 1000
PASSWORD = b"secre"


def packet(payload, src=B, dst=A, mac=MAC_A, **more):
    """A datagram, to BFD's port unless said otherwise."""
    return frame(src, dst, payload, mac, MAC_B, **more)


def refused(discr=0, password=0, sha1=0, md5=0):
    """A packet for each reason, by the reason's name; one has a kind behind it."""
    known = {"my": 1, "your": discr, "state": UP}
    result = {
        "too-short": packet(b"junk"),
        "not-unicast": packet(Bfd(my=1), dst=MULTICAST, mac=MULTICAST_MAC),
        "ttl": packet(Bfd(my=1), ttl=254),
        "version": packet(Bfd(my=1, version=2)),
        "length": packet(Bfd(my=1, length=48)),
        "detect-mult": packet(Bfd(my=1, mult=0)),
        "multipoint": packet(Bfd(my=1, multipoint=1)),
        "poll-and-final": packet(Bfd(my=1, poll=1, final=1)),
        "my-discriminator": packet(Bfd()),
        "your-discriminator": packet(Bfd(my=1, your=0xdeadbeef)),
        "state": packet(Bfd(my=1, state=UP)),
        "no-session": packet(Bfd(my=1), src=STRANGER),
    }
    if discr:
        result["auth-unexpected"] = packet(Bfd(auth=1, length=32, tail=b"\1\x08\1secre", **known))
        result["wrong-path"] = packet(Bfd(**known), src=B6, dst=A6)
    if password:
        known["your"] = password
        result["auth-missing"] = packet(Bfd(**known))
        for reason, section in (("auth-type", b"\2\x18\1\0" + bytes(20)),
                                ("auth-key-id", b"\1\x08\2" + PASSWORD),
                                ("auth-length", b"\1\x09\1" + PASSWORD + b"x"),
                                ("auth-digest", b"\1\x08\1" + PASSWORD[::-1])):
            result[reason] = packet(Bfd(auth=1, length=24 + len(section), tail=section, **known))
    for name, discr, section in (("sha1", sha1, b"\4\x1c\1\0" + bytes(24)),
                                 ("md5", md5, b"\2\x18\1\0" + bytes(20))):
        if discr:
            known["your"] = discr
            result["auth-digest-" + name] = packet(
                Bfd(auth=1, length=24 + len(section), tail=section, **known))
    return result


def other():
    """What is not BFD."""
    load = bytes(SIZE)
    echo = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + load
    echo = echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:]
    a, b = (ipaddress.ip_address(x).packed for x in (A, B))
    return {
        "udp": packet(load, dport=NOBODYS_PORT, ttl=64, tos=0),
        "udp6": packet(load, src=B6, dst=A6, dport=NOBODYS_PORT, ttl=64, tos=0),
        "echo": ethernet(MAC_A, MAC_B, ip(b, a, 64, 0, echo, proto=1)),
    }


def compared():
    """The same datagram as the kernel's UDP drops it, and one that does not get to IP."""
    return {
        "no-port": packet(Bfd(my=1), dport=NOBODYS_PORT),
        "full-socket": packet(Bfd(my=1), dport=FULL_PORT),
        "bad-checksum": packet(Bfd(my=1), dport=FULL_PORT, udp_check=1),
        "full-socket-6": packet(Bfd(my=1), src=B6, dst=A6, dport=FULL_PORT),
        "bad-checksum-6": packet(Bfd(my=1), src=B6, dst=A6, dport=FULL_PORT, udp_check=1),
        "no-protocol": MAC_A + MAC_B + struct.pack("!H", ETH_EXPERIMENTAL) + bytes(52),
        "no-protocol-6": MAC_A + MAC_B + struct.pack("!H", ETH_EXPERIMENTAL) + bytes(72),
    }


def main():
    """Write all files."""
    directory = pathlib.Path(sys.argv[1])
    junk = refused(*(int(discr, 0) for discr in sys.argv[2:]))
    directory.mkdir(exist_ok=True)
    kinds = {name: [data] for name, data in (junk | compared()).items()}
    kinds["junk"] = list(junk.values())
    kinds["traffic"] = list(other().values())
    for name, frames in kinds.items():
        (directory / name).write_text("".join(f"{data.hex()}\n" for data in frames))
    print(*junk)


main()
