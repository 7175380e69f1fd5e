#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench cost" counted.

DIRECTORY holds, for each kind that was run, what cost-guest and insn.c wrote.
The profile has two windows, the idle guest and the sessions at work.
"""

from counted import ORDER, read_costs, read_facts
from figures import Failure, run

KINDS = {
    "floor": "the kernel's floor",
    "ours": "bfd.ko",
    "ours-express": "bfd.ko, express",
    "bird": "BIRD",
    "frr": "FRR bfdd",
    "floor-vrf": "the same floor, 10 VRFs",
    "ours-vrf": "bfd.ko, 10 VRFs",
}
FLOORS = {"ours": "floor", "ours-express": "floor", "ours-vrf": "floor-vrf"}
RATIOS = [("ours", "floor"), ("ours-express", "floor"), ("ours-express", "ours"), ("ours-vrf", "floor-vrf"), ("bird", "ours"), ("frr", "ours")]
TOP = 25
SESSIONS = 128
BAR = 1.3
# 2 ends send every 75 to 100 ms; a rate far from that is not what we claim
PACKETS_A_SECOND = 2 * SESSIONS / 0.0875


class Kind:
    """One kind that was measured."""

    def __init__(self, path):
        facts = read_facts(path)
        costs = read_costs(path)
        if len(costs) != 1:
            raise Failure(f"{path.name}: {len(costs)} windows in place of 1")
        self.cost = costs[0]
        self.version = facts.get("version", "")
        self.wall_seconds = int(facts["wall"])
        self.seconds = int(facts["seconds"])
        rate = self.cost.packets / self.seconds
        if not 0.9 < rate / PACKETS_A_SECOND < 1.1:
            raise Failure(f"{path.name}: {rate:.0f} packets/s in place of {PACKETS_A_SECOND:.0f}")

    @property
    def per_packet(self):
        """Instructions for each packet."""
        return self.cost.per_packet

    def as_json(self):
        """All results."""
        cost = self.cost
        return {
            "version": self.version,
            "seconds": self.seconds,
            "packets": cost.packets,
            "instructions": cost.instructions,
            "idle-instructions": cost.idle_instructions,
            "instructions-per-packet": round(cost.per_packet, 1),
            "user-instructions-per-packet": round(cost.user_per_packet, 1),
            "timer-interrupts-per-packet": round(cost.wakeups, 3),
            "wall-seconds": self.wall_seconds,
            "stages": {s: round(cost.stages[s], 1) for s in ORDER if s in cost.stages},
            "functions": {f: round(n, 1) for f, n in cost.top(None) if n >= 0.05},
        }


def ratio(costs, a, b):
    """How many times b costs a, or None."""
    if a not in costs or b not in costs:
        return None
    return costs[a].per_packet / costs[b].per_packet


def print_costs(costs):
    """The table of all kinds."""
    seconds = next(iter(costs.values())).seconds
    print(f"Instructions executed per packet (sent and received once), {SESSIONS} sessions")
    print(f"(64 IPv4, 64 IPv6) of 100 ms x 5, both ends in one guest, {seconds} s counted,")
    print("an idle guest subtracted:\n")
    print(f"{'':50}{'packets':>9}{'per packet':>12}{'in kernel':>11}{'in programs':>13}"
          f"{'x floor':>9}{'x ours':>8}{'wall':>7}")
    for kind, cost in costs.items():
        programs = cost.cost.user_per_packet
        ratios = "".join(f"{r:{width}.2f}" if r else f"{'-':>{width}}"
                         for r, width in ((ratio(costs, kind, FLOORS.get(kind, "floor")), 9),
                                          (ratio(costs, kind, "ours"), 8)))
        name = f"{kind:10}{KINDS[kind]} {cost.version}"
        print(f"{name:50}{cost.cost.packets:9,}{cost.per_packet:12,.0f}"
              f"{cost.per_packet - programs:11,.0f}{programs:13,.0f}"
              f"{ratios}{cost.wall_seconds:5} s")
    print()
    for a, b in RATIOS:
        r = ratio(costs, a, b)
        if r:
            print(f"{a} / {b}: {r:.2f}")


def print_stages(costs, ours):
    """Where the instructions of what runs in the kernel go: OURS and its floor."""
    shown = [k for k in (FLOORS[ours], ours) if k in costs]
    if not shown:
        return
    print("\nBy stage, instructions per packet:\n")
    print(f"{'':40}" + "".join(f"{k:>10}" for k in shown)
          + (f"{'more':>9}" if len(shown) == 2 else ""))
    for stage in ORDER:
        values = [costs[k].cost.stages.get(stage, 0.0) for k in shown]
        if max(values) < 0.5:
            continue
        line = f"{stage:40}" + "".join(f"{v:10,.0f}" for v in values)
        print(line + (f"{values[1] - values[0]:+9,.0f}" if len(shown) == 2 else ""))
    values = [costs[k].per_packet for k in shown]
    line = f"{'all':40}" + "".join(f"{v:10,.0f}" for v in values)
    print(line + (f"{values[1] - values[0]:+9,.0f}" if len(shown) == 2 else ""))
    print(f"{'timer interrupts':40}" + "".join(f"{costs[k].cost.wakeups:10.2f}" for k in shown))


def print_top(kind, costs):
    """The functions that execute most, beside the floor's."""
    floor = costs.get("floor")
    print(f"\nThe {TOP} functions of {kind} with most instructions per packet:\n")
    print(f"{'':44}{'executed':>9}{'calls':>8}{'floor':>9}")
    for function, n in costs[kind].cost.top(TOP):
        calls = costs[kind].cost.calls.get(function, 0)
        before = f"{floor.cost.functions.get(function, 0.0):9.1f}" if floor else ""
        print(f"{function:44}{n:9.1f}{calls:8.2f}{before}")


def report(figures):
    """Print where it goes, and tell how it compares."""
    kinds = {k: Kind(figures.directory / k) for k in KINDS if (figures.directory / k).is_dir()}
    print_costs(kinds)
    for ours in FLOORS:
        print_stages(kinds, ours)
    for ours in ("ours", "ours-express"):
        if ours in kinds:
            print_top(ours, kinds)
    for kind in kinds:
        figures.add(f"{KINDS[kind]}: per packet, {SESSIONS} sessions",
                    round(kinds[kind].per_packet), "insn", kind=kind)
    ratios = {(a, b): r for a, b in RATIOS if (r := ratio(kinds, a, b))}
    floor_bar = figures.options.bar or BAR
    for (a, b), bar, at_least in ((("ours", "floor"), floor_bar, False),
                                  (("ours-vrf", "floor-vrf"), floor_bar, False),
                                  (("bird", "ours"), 12, True), (("frr", "ours"), 40, True)):
        if (a, b) in ratios:
            figures.add(f"{KINDS[a]} / {KINDS[b]}", round(ratios[a, b], 3), "", bar, at_least)
    figures.data = {"sessions": SESSIONS, "kinds": {k: c.as_json() for k, c in kinds.items()},
                    "ratios": {f"{a}/{b}": round(r, 3) for (a, b), r in ratios.items()}}


if __name__ == "__main__":
    run("cost", __doc__, report)
