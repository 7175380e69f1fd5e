#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench stress" saw on the wire."""

from figures import run
from sent import MS, Wire

INTERVAL_MS = 10
BAR = 1.1
EARLIEST = 0.75  # of the interval, RFC 5880, 6.8.7
TUNED = ", tuned"  # as bfdnl doctor wants it
KINDS = {"ours": "ours", "ours-tuned": "ours" + TUNED, "bird": "BIRD", "frr": "FRR bfdd"}
FLOORS = {"floor": "floor", "floor-tuned": "floor" + TUNED}
CONDITIONS = {
    "fifo-50": "SCHED_FIFO 50",
    "fifo-99": "SCHED_FIFO 99",
    "fifo99_alone": "SCHED_FIFO 99, no share for others",
    "forks": "a storm of forks",
    "routes": "120,000 routes come and go",
    "junk": "a flood of junk to BFD's ports",
    "traffic": "a flood of other packets",
    "everything": "all at once",
}


def floor(figures, kind, condition, title):
    """How late what does nothing was, and the shortest gap it leaves, ms; or None."""
    path = figures.directory / kind / f"{condition}.late"
    if not path.exists():
        return None
    name = FLOORS[kind]
    hard, soft = (int(line.split()[0]) / MS for line in path.read_text().splitlines())
    figures.add(f"{name}, {title}: latest interrupt", round(hard, 3), "ms", kind="floor")
    figures.add(f"{name}, {title}: latest softirq", round(soft, 3), "ms", kind="floor")
    gap = EARLIEST * INTERVAL_MS + hard
    figures.add(f"{name}, {title}: longest gap if sent at 75 %", round(gap, 3), "ms",
                kind="floor")
    return gap


def report(figures):
    """Longest gaps and lost sessions."""
    result = []
    for condition, title in CONDITIONS.items():
        least = {kind: floor(figures, kind, condition, title) for kind in FLOORS}
        for kind, name in KINDS.items():
            if not (figures.directory / kind / f"{condition}.log").exists():
                continue
            wire = Wire(figures.directory / kind, condition)
            ours = name.startswith("ours")
            figures.add(f"{name}, {title}: sessions lost", wire.lost, "",
                        0 if ours else None, kind=kind)
            figures.add(f"{name}, {title}: longest gap", round(wire.worst, 3), "ms",
                        BAR * INTERVAL_MS if ours else None, kind=kind)
            softirq = wire.softirqs and max(wire.softirqs)
            if ours and softirq:
                figures.add(f"{name}, {title}: longest run of one softirq of others, "
                            f"{softirq[1]}", round(softirq[0], 3), "ms", kind=kind)
            result.append({"who": kind, "condition": title, "seconds": round(wire.seconds, 2),
                           "lost": wire.lost, "longest": round(wire.worst, 4),
                           "floor": least.get(kind.replace("ours", "floor"), least["floor"]),
                           "distribution": wire.distribution()})
    figures.data = {"interval": INTERVAL_MS, "stress": result}


if __name__ == "__main__":
    run("stress", __doc__, report)
