#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench gaps" saw on the wire."""

from counted import read_facts
from figures import run
from sent import Wire

INTERVALS_US = (3300, 10000, 50000)
RUNS = {
    "ours": ("ours", "ours"),
    "many": ("ours", "ours"),
    "bird": ("BIRD", "bird"),
    "frr": ("FRR bfdd", "frr"),
}


def report(figures):
    """The longest gaps, and how gaps are distributed."""
    print(f"Gaps between packets of a session, % of the interval\n\n{'':36}{'gaps':>10}"
          + "".join(f"{h:>9}" for h in ("least", "median", "99 %", "99.9 %", "most", "lost")))
    plots = []
    for us in INTERVALS_US:
        ms = us / 1000
        for run_name, (title, kind) in RUNS.items():
            if not (figures.directory / run_name / f"{us}.log").exists():
                continue
            title += f", {read_facts(figures.directory / run_name)['sessions']} sessions"
            wire = Wire(figures.directory / run_name, us)
            print(f"{title + f', {ms:g} ms x 3':36}{len(wire.gaps):10,}"
                  + "".join(f"{wire.quantile(p) / ms * 100:9.2f}" for p in (0, .5, .99, .999))
                  + f"{wire.worst / ms * 100:9.2f}{wire.lost:9}")
            figures.add(f"{title}, {ms:g} ms x 3: longest gap", round(wire.worst, 4), "ms",
                        ms if kind == "ours" else None, kind=kind)
            plots.append({"who": run_name, "title": title, "interval": ms, "lost": wire.lost,
                          "longest": round(wire.worst, 4), "gaps": len(wire.gaps),
                          "distribution": wire.distribution()})
    figures.data = {"gaps": plots}


if __name__ == "__main__":
    run("gaps", __doc__, report)
