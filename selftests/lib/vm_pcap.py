#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The BFD Control packets of a capture, one JSON object a line.

usage: vm_pcap.py FILE

Fields are those of wire.Bfd, and time (s), src, dst, ttl, dscp, sport.
"""

import json
import sys

from wire import S, STATES, read_pcap

FLAGS = ('poll', 'final', 'cpi', 'auth', 'demand', 'multipoint')


def main():
    for p in read_pcap(sys.argv[1]):
        bfd = p.bfd
        if p.dport != 3784 or not bfd:
            continue
        fields = {k: v for k, v in vars(bfd).items() if k != 'tail'}
        fields.update({k: bool(fields[k]) for k in FLAGS}, state=STATES[bfd.state])
        print(json.dumps({'time': p.time / S, 'src': p.src, 'dst': p.dst, 'ttl': p.ttl,
                          'dscp': p.tos >> 2, 'sport': p.sport, **fields}))


main()
