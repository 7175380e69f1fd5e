# SPDX-License-Identifier: GPL-2.0
"""What bench_wire noted: the packets of every session, by time."""

import collections
import struct

from figures import Failure

RECORD = struct.Struct("<QII")
STATE_SHIFT = 24
UP = 3
MS = 1000000
# as in the kernel's enum; the first is ours
SOFTIRQS = "HI TIMER NET_TX NET_RX BLOCK IRQ_POLL TASKLET SCHED HRTIMER RCU".split()


class Wire:
    """The sessions that sent something in a window of time.

    gaps: times between two packets of a session that was Up, ns, sorted; also
        from the last one to the end of the window
    longest: of every session
    lost: how often a session said Up, and then no longer did
    softirqs: the longest run of each kind but our own, ms, and its name
    """

    def __init__(self, directory, name):
        window = [int(n) for n in (directory / f"{name}.window").read_text().split()]
        start, end, records, overflow = window[:4]
        self.softirqs = [(ns / MS, kind) for ns, kind in zip(window[6:], SOFTIRQS[1:])]
        if overflow:
            raise Failure(f"{name}: {overflow} packets found no room in the log")
        self.seconds = (end - start) / 1e9
        self.packets = records
        self.gaps = []
        self.lost = 0
        last = {}
        longest = collections.Counter()
        counts = collections.Counter()
        for ns, discr, word in RECORD.iter_unpack((directory / f"{name}.log").read_bytes()):
            up = word >> STATE_SHIFT == UP
            session = discr, word & ((1 << STATE_SHIFT) - 1)
            before, was_up = last.get(session, (start, False))
            if was_up:
                self.gaps.append(ns - before)
                longest[session] = max(longest[session], ns - before)
                self.lost += not up
            last[session] = ns, up
            counts[session] += 1
        for session, (ns, up) in last.items():
            if up:
                longest[session] = max(longest[session], end - ns)
        if not longest:
            raise Failure(f"{name}: no session sent anything")
        self.by_count = {s: (n, longest[s] / MS) for s, n in counts.items()}
        self.longest = sorted(longest.values())
        self.gaps.sort()

    @property
    def worst(self):
        """The longest gap of all, ms."""
        return self.longest[-1] / MS

    def worst_of_busy(self, packets):
        """The longest gap of the sessions that sent so many packets or more, ms."""
        return max(gap for n, gap in self.by_count.values() if n >= packets)

    def quantile(self, part):
        """A gap that PART of all gaps are not longer than, ms."""
        return self.gaps[min(len(self.gaps) - 1, int(len(self.gaps) * part))] / MS

    def distribution(self):
        """Points [ms, part of the gaps that are longer], for a plot."""
        count = len(self.gaps)
        tail = [1 - 10 ** -(i / 20) for i in range(1, 121) if 10 ** -(i / 20) * count >= 1]
        parts = [i / 50 for i in range(45)] + [p for p in tail if p > 0.88]
        return ([[round(self.quantile(p), 4), round(1 - p, 8)] for p in parts] +
                [[round(self.gaps[-1] / MS, 4), round(1 / count, 8)]])
