#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench stall" saw."""

from figures import Failure, run
from sent import Wire

# b itself stood still: it did not send what there should have been to read
NOISE = 2   # intervals
B_PACKETS = 6


def report(figures):
    """Sessions lost while a CPU was held."""
    result = {}
    for line in (figures.directory / "ours" / "stalls").read_text().splitlines():
        ms, attempt, lost, guards, interval_us = (int(w) for w in line.split())
        wire = Wire(figures.directory / "ours", f"{ms}-{attempt}")
        # a sends two packets a second
        steady = wire.worst_of_busy(B_PACKETS) <= NOISE * interval_us / 1000
        result.setdefault(ms, []).append((steady, lost, guards))
    for ms, attempts in result.items():
        valid = [a for a in attempts if a[0]]
        if not valid:
            raise Failure(f"{ms} ms: CPU 1 stood still, too, all {len(attempts)} times")
        figures.add(f"CPU held for {ms} ms, {len(valid)} times: sessions lost",
                    sum(lost for _, lost, _ in valid), "", 0)
        figures.add(f"CPU held for {ms} ms: detections put off by the stall guard",
                    sum(guards for _, _, guards in valid))
    figures.data = {"stall": {str(ms): attempts for ms, attempts in result.items()}}


if __name__ == "__main__":
    run("stall", __doc__, report)
