#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report how soon clients of bfdagentd hear of sessions that fail at once."""

import json
import statistics

from figures import run

MS = 1e6


def report(figures):
    """Median and worst of each front end."""
    with open(figures.directory / "ours" / "delays.json", encoding="ascii") as f:
        found = json.load(f)
    for name, delays in found["delays-ns"].items():
        figures.add(f"{name}: sessions that failed", len(delays), "", 1000, True)
        figures.add(f"{name}: from the first to the last",
                    round(found["spread-ns"][name] / MS, 4), "ms")
        figures.add(f"{name}: median", round(statistics.median(delays) / MS, 4), "ms")
        figures.add(f"{name}: worst", round(max(delays) / MS, 4), "ms")
    figures.add("the agent's memory", found["agent-kib"], "KiB")
    figures.data = found


if __name__ == "__main__":
    run("agents", __doc__, report)
