#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench junk" counted.

What it costs to send a packet and to bring it to IP is subtracted: that of a
frame of no known protocol. What came by IPv6 is compared with what the kernel
drops of IPv6. A digest cannot be refused before it is computed: it is compared
with a drop and the digest alone, by the kernel's own code.
"""

from figures import run

BAR = 1.5
IPV6 = ("wrong-path",)
PLAIN = {
    "no-port": "a port that nobody has",
    "full-socket": "a socket with a full buffer",
    "bad-checksum": "a wrong checksum",
    "full-socket-6": "a socket with a full buffer, IPv6",
    "bad-checksum-6": "a wrong checksum, IPv6",
}


def read(path):
    """Names, and what follows them."""
    return {name: rest for name, *rest in (line.split() for line in path.read_text().splitlines())}


def report(figures):
    """Instructions for each reason."""
    costs = {name: float(ns) for name, (ns,) in read(figures.directory / "ours" / "costs").items()}
    digests = {name: (driver, int(ns)) for name, (driver, ns) in
               read(figures.directory / "ours" / "digests").items()}
    base, base6 = costs.pop("no-protocol"), costs.pop("no-protocol-6")
    costs = {kind: cost - (base6 if kind.endswith("-6") or kind in IPV6 else base)
             for kind, cost in costs.items()}
    figures.add("sent, and brought to IP", round(base), "insn")
    plain = {kind: costs.pop(kind) for kind in PLAIN}
    for kind, title in PLAIN.items():
        figures.add(f"dropped by UDP: {title}", round(plain[kind]), "insn", kind="floor")
    for name, (driver, ns) in digests.items():
        figures.add(f"a digest of a packet: {name} ({driver})", ns, "insn", kind="floor")
    dearest = {"cheapest": 0, "full-socket": 0}
    for reason, cost in costs.items():
        ipv6 = "-6" if reason in IPV6 else ""
        digest = digests.get(reason.rpartition("-")[2], ("", 0))[1]
        least = {"cheapest": min(plain["full-socket" + ipv6], plain["bad-checksum" + ipv6]),
                 "full-socket": plain["full-socket" + ipv6]}
        figures.add(f"refused: {reason}", round(cost), "insn",
                    round(BAR * least["cheapest"] + digest))
        for kind, number in least.items():
            dearest[kind] = max(dearest[kind], (cost - digest) / number)
    figures.add("dearest refused, less a digest / cheapest dropped",
                round(dearest["cheapest"], 3), "", BAR)
    # which is looked for and found, as our socket is
    figures.add("dearest refused, less a digest / a full socket", round(dearest["full-socket"], 3))
    figures.data = {"junk": {r: round(c, 1) for r, c in costs.items()},
                    "plain": {k: round(c, 1) for k, c in plain.items()},
                    "digests": digests, "base": round(base, 1)}


if __name__ == "__main__":
    run("junk", __doc__, report)
