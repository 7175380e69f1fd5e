#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench held" found.

The floor sends prebuilt packets as often as sessions do, frees what it receives
and detects nothing. More than it can do is not to be had on this CPU.
"""

from counted import read_facts
from figures import run

KINDS = {"floor": "the kernel's floor", "ours": "ours", "ours-express": "ours, express", "bird": "BIRD", "frr": "FRR bfdd"}
BAR = 12


def report(figures):
    """The most sessions of each."""
    held = {kind: int(read_facts(figures.directory / kind)["held"]) for kind in KINDS
            if (figures.directory / kind / "facts").exists()}
    for kind, n in held.items():
        trials = (figures.directory / kind / "trials").read_text().splitlines()
        seconds = trials[-1].split()[1]
        what = "flows like 10 ms x 3 that keep up" if kind == "floor" else \
            "sessions at 10 ms x 3 that stay up"
        figures.add(f"{KINDS[kind]}: {what} for {seconds} s", n, "", kind=kind)
    if "ours" in held and "bird" in held:
        figures.add("ours / BIRD", round(held["ours"] / held["bird"], 2), "", BAR, True)
    if "ours" in held and "floor" in held:
        figures.add("ours / the kernel's floor", round(held["ours"] / held["floor"], 2))
    if "floor" in held and "bird" in held:
        figures.add("the kernel's floor / BIRD", round(held["floor"] / held["bird"], 2))
    figures.data = {"held": held}


if __name__ == "__main__":
    run("held", __doc__, report)
