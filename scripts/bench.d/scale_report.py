#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Report what "scripts/bench scale" counted.

More sessions share a wake-up, which makes each packet cheaper. So the cost is
also told without the stage of timers, interrupts and the idle loop: what is
left is what a session itself costs. A wake-up costs the kernel's floor as much:
beside it is what ours costs more, or less, with as many packets.
"""

from counted import ORDER, SLAB, TIMER, read_costs
from figures import Failure, run

BAR = 1.1
FLOOR_BAR = 1.3     # as in cost


def print_stages(numbers, costs):
    """Where the instructions go, by number of sessions."""
    print("Instructions per packet (sent and received once), sessions of 100 ms x 5:\n")
    print(f"{'':40}" + "".join(f"{n:>9,}" for n in numbers))
    for stage in ORDER:
        values = [c.stages.get(stage, 0.0) for c in costs]
        if max(values) >= 0.5:
            print(f"{stage:40}" + "".join(f"{v:9,.0f}" for v in values))
    print(f"{'all':40}" + "".join(f"{c.per_packet:9,.0f}" for c in costs))
    print(f"{'timer interrupts':40}" + "".join(f"{c.wakeups:9.3f}" for c in costs))
    print(f"{'packets':40}" + "".join(f"{c.packets:9,}" for c in costs))


def read_kind(path):
    """Numbers of sessions, and the cost of each."""
    numbers = [int(n) for n in (path / "sessions").read_text().split()]
    costs = read_costs(path)
    if len(costs) != len(numbers):
        raise Failure(f"{len(costs)} windows in place of {len(numbers)}")
    return numbers, costs


def add_floor(figures, numbers, costs):
    """Ours beside the floor of as many flows. Returns their costs."""
    path = figures.directory / "floor"
    if not path.is_dir():
        return {}
    floor = dict(zip(*read_kind(path)))
    for n, cost in zip(numbers, costs):
        figures.add(f"{n:,} flows of the kernel's floor: per packet",
                    round(floor[n].per_packet), "insn", kind="floor")
        figures.add(f"{n:,} sessions: ours / floor",
                    round(cost.per_packet / floor[n].per_packet, 3), "", FLOOR_BAR)
    return floor


def report(figures):
    """Cost against sessions."""
    numbers, costs = read_kind(figures.directory / "ours")
    print_stages(numbers, costs)
    alone = [c.per_packet - c.stages.get(TIMER, 0.0) for c in costs]
    for n, cost, rest in zip(numbers, costs, alone):
        figures.add(f"{n:,} sessions: per packet", round(cost.per_packet), "insn")
        figures.add(f"{n:,} sessions: without timer interrupts and idle loop", round(rest), "insn")
    figures.add("most / fewest sessions: per packet",
                round(costs[-1].per_packet / costs[0].per_packet, 3), "", BAR)
    shared = [c.per_packet for n, c in zip(numbers, costs) if n >= 128]
    figures.add("dearest / cheapest from 128 sessions on: per packet",
                round(max(shared) / min(shared), 3), "", BAR)
    figures.add("dearest / cheapest: without timer interrupts and idle loop",
                round(max(alone) / min(alone), 3), "", BAR)
    floor = add_floor(figures, numbers, costs)
    figures.data = {"scale": [
        {"sessions": n, "instructions-per-packet": round(c.per_packet, 1),
         "without-timer": round(rest, 1),
         "floor": round(floor[n].per_packet, 1) if n in floor else None, "allocator-slow-path": round(c.stages[SLAB], 1),
         "stages": {s: round(c.stages[s], 1) for s in ORDER if s in c.stages}}
        for n, c, rest in zip(numbers, costs, alone)]}


if __name__ == "__main__":
    run("scale", __doc__, report)
