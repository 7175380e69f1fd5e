#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench junk" counted.

What it costs to send a packet and to bring it to IP is subtracted: that of a
frame of no known protocol.
"""

from figures import run

BAR = 1.5


def report(figures):
    """Instructions for each reason."""
    costs = {name: float(ns) for name, ns in
             (line.split() for line in
              (figures.directory / "ours" / "costs").read_text().splitlines())}
    base = costs.pop("no-protocol")
    plain = costs.pop("plain") - base
    costs.pop("closed")
    costs.pop("closed-bfd")
    figures.add("sent, and brought to IP", round(base), "insn")
    figures.add("refused by IP: datagram to a port that nobody has", round(plain), "insn")
    worst = 0
    for reason, cost in costs.items():
        worst = max(worst, (cost - base) / plain)
        figures.add(f"refused: {reason}", round(cost - base), "insn", round(BAR * plain))
    figures.add("dearest / a port that nobody has", round(worst, 3), "", BAR)
    figures.data = {"junk": {r: round(c - base, 1) for r, c in costs.items()},
                    "plain": round(plain, 1), "base": round(base, 1)}


if __name__ == "__main__":
    run("junk", __doc__, report)
