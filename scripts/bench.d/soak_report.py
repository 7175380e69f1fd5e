#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what became of the sessions of "scripts/bench soak"."""

from counted import read_facts
from figures import run

DAY = 86400


def report(figures):
    """What was seen, and what may not have happened."""
    facts = {k: float(v) for k, v in read_facts(figures.directory / "ours").items()
             if k != "version"}
    figures.add("sessions", facts["sessions"])
    figures.add("virtual time", round(facts["seconds"] / 3600, 2), "h")
    figures.add("packets and echoes sent", facts["packets"])
    figures.add("session-days", round(facts["sessions"] * facts["seconds"] / DAY, 1))
    figures.add("changes of configuration", facts["changes"])
    figures.add("flaps", facts["flaps"], bar=0)
    figures.add("mean gap, part of the interval", round(facts["gap-last"], 4))
    figures.add("change of it, first to second half",
                round(abs(facts["gap-last"] / facts["gap-first"] - 1) * 100, 4), "%", 0.1)
    figures.add("growth of what the kernel holds, after the first minutes",
                round((facts["slab-end"] - facts["slab-warm"]) / 1024), "KiB", 256)
    figures.add("checks that failed, or complaints of the kernel", facts["status"], bar=0)
    figures.add("time of this machine", round(facts["wall"] / 60, 1), "min")


if __name__ == "__main__":
    run("soak", __doc__, report)
