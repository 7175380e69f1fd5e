#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench held" found."""

from counted import read_facts
from figures import run

KINDS = {"ours": "ours", "bird": "BIRD", "frr": "FRR bfdd"}
BAR = 12


def report(figures):
    """The most sessions of each."""
    held = {kind: int(read_facts(figures.directory / kind)["held"]) for kind in KINDS
            if (figures.directory / kind / "facts").exists()}
    for kind, n in held.items():
        trials = (figures.directory / kind / "trials").read_text().splitlines()
        seconds = trials[-1].split()[1]
        figures.add(f"{KINDS[kind]}: sessions at 10 ms x 3 that stay up for {seconds} s", n, "",
                    kind=kind)
    if "ours" in held and "bird" in held:
        figures.add("ours / BIRD", round(held["ours"] / held["bird"], 2), "", BAR, True)
    figures.data = {"held": held}


if __name__ == "__main__":
    run("held", __doc__, report)
