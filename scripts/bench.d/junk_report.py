#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench junk" counted.

What it costs to send a packet and to bring it to IP is subtracted: that of a
frame of no known protocol.
"""

from figures import run

BAR = 1.5
DIGEST = "auth-digest-sha1"     # nobody can know before it is computed
PLAIN = {
    "no-port": "a port that nobody has",
    "full-socket": "a socket with a full buffer",
    "bad-checksum": "a wrong checksum",
}


def report(figures):
    """Instructions for each reason."""
    costs = {name: float(ns) for name, ns in
             (line.split() for line in
              (figures.directory / "ours" / "costs").read_text().splitlines())}
    base = costs.pop("no-protocol")
    figures.add("sent, and brought to IP", round(base), "insn")
    plain = {kind: costs.pop(kind) - base for kind in PLAIN}
    for kind, title in PLAIN.items():
        figures.add(f"dropped by UDP: {title}", round(plain[kind]), "insn", kind="floor")
    cheapest = min(plain.values())
    for reason, cost in costs.items():
        figures.add(f"refused: {reason}", round(cost - base), "insn", round(BAR * cheapest))
    figures.add("dearest refused / cheapest dropped",
                round((max(costs.values()) - base) / cheapest, 3), "", BAR)
    # which is looked for and found, as our socket is
    undigested = max(cost for reason, cost in costs.items() if reason != DIGEST)
    figures.add("dearest refused, but for the digest / a full socket",
                round((undigested - base) / plain["full-socket"], 3))
    figures.data = {"junk": {r: round(c - base, 1) for r, c in costs.items()},
                    "plain": {k: round(c, 1) for k, c in plain.items()}, "base": round(base, 1)}


if __name__ == "__main__":
    run("junk", __doc__, report)
