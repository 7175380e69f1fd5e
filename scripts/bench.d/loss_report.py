#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench loss" was told by the kernel."""

import collections

from figures import Failure, run

SESSIONS = 1000
DETECTION_US = 30000
UP, DOWN = 3, 1
ERROR_BAR_MS = 1
DELIVERY_BAR_MS = 5
MS = 1e6

Event = collections.namedtuple(
    "Event", "sequence changed received last_packet old new peer")


def read_events(path):
    """Changes of state, as listen.c wrote them, and how many it lost."""
    events, lost = [], 0
    for line in path.read_text().splitlines():
        words = line.split()
        if words[0] == "lost":
            lost += int(words[1])
        elif words[0] != "ready":
            events.append(Event(*(int(w) for w in words[:6]), words[6]))
    return events, lost


def report(figures):
    """How exact detection was, and how soon it was known."""
    path = figures.directory / "ours"
    events, lost = read_events(path / "all")
    downs = [e for e in events if e.old == UP and e.new == DOWN]
    if not downs:
        raise Failure("no session failed")
    errors = sorted((e.changed - e.last_packet - DETECTION_US * 1000) / MS for e in downs)
    delays = sorted((e.received - e.changed) / MS for e in downs)
    in_order = all(a.sequence + 1 == b.sequence and a.changed <= b.changed
                   for a, b in zip(events, events[1:]))
    first = min(e.changed for e in downs)
    figures.add("sessions that failed", len(downs), "", SESSIONS, True)
    figures.add("from the first to the last", (max(e.changed for e in downs) - first) / MS, "ms")
    figures.add("detected before the detection time", sum(e < 0 for e in errors), "", 0)
    figures.add("detected after the detection time: median",
                round(errors[len(errors) // 2], 4), "ms")
    figures.add("detected after the detection time: latest", round(errors[-1], 4), "ms",
                ERROR_BAR_MS)
    figures.add("events lost or out of order", lost + (not in_order), "", 0)
    figures.add("a process knows: median", round(delays[len(delays) // 2], 4), "ms")
    figures.add("a process knows: latest", round(delays[-1], 4), "ms", DELIVERY_BAR_MS)

    events, _ = read_events(path / "one")
    downs = [e for e in events if e.old == UP and e.new == DOWN]
    now_up = int((path / "up").read_text())
    figures.add(f"one peer of {SESSIONS} dead: sessions that failed", len(downs), "", 1)
    figures.add(f"one peer of {SESSIONS} dead: sessions that are up", now_up, "",
                SESSIONS - 1, True)
    figures.data = {"detection-us": DETECTION_US, "errors-ms": [round(e, 5) for e in errors],
                    "delays-ms": [round(d, 5) for d in delays]}


if __name__ == "__main__":
    run("loss", __doc__, report)
