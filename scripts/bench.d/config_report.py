#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report how long "scripts/bench config" took."""

from counted import read_facts
from figures import Failure, run

SESSIONS = 10000
# seconds
OPERATIONS = {
    "add": ("added one by one", 2),
    "set": ("changed one by one", None),
    "dump": ("dumped as a table", 1),
    "dump-json": ("dumped as JSON with statistics", None),
    "delete": ("deleted one by one", 2),
    "flush": ("deleted at once", 2),
}
MEMORY_BAR = 2048


def report(figures):
    """Time of each operation, memory of a session."""
    facts = read_facts(figures.directory / "ours")
    if int(facts["dumped"]) != SESSIONS or int(facts["left"]):
        raise Failure(f"{facts['dumped']} sessions dumped, {facts['left']} left")
    for key, (title, bar) in OPERATIONS.items():
        figures.add(f"{SESSIONS:,} sessions {title}", round(int(facts[key]) / 1e9, 4), "s", bar)
    figures.add("memory of a session", round(int(facts["memory"]) / SESSIONS), "bytes",
                MEMORY_BAR - 1)


if __name__ == "__main__":
    run("config", __doc__, report)
