# SPDX-License-Identifier: GPL-2.0
"""Figures beside their bars: a table, and JSON for the page.

Every report of scripts/bench is made with these options:

    --command LINE   what it was made by
    --version TEXT   of what was measured
    --json FILE      may be given again
    DIRECTORY        raw data
"""

import argparse
import json
import math
import pathlib
import sys

NAME_WIDTH = 62


class Failure(Exception):
    """The figures are not what they should be."""


def show(value, unit):
    """A number with as many digits as are of use."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if value == int(value):
        text = f"{int(value):,}"
    else:
        digits = max(0, 3 - int(math.floor(math.log10(abs(value)))))
        text = f"{value:,.{min(digits, 4)}f}"
    return f"{text} {unit}".strip()


class Figures:
    """The figures of one part."""

    def __init__(self, part, description):
        parser = argparse.ArgumentParser(description=description.splitlines()[0])
        parser.add_argument("--command", default="")
        parser.add_argument("--version", default="")
        parser.add_argument("--json", type=pathlib.Path, action="append", default=[])
        parser.add_argument("--bar", type=float)
        parser.add_argument("directory", type=pathlib.Path)
        self.options = parser.parse_args()
        self.directory = self.options.directory
        self.part = part
        self.figures = []
        self.data = {}

    # pylint: disable-next=too-many-arguments
    def add(self, name, value, unit="", bar=None, at_least=False, kind="ours"):
        """One figure; it has to be BAR or less, or AT_LEAST as much."""
        ok = None
        if bar is not None:
            ok = value is not None and (value >= bar if at_least else value <= bar)
        self.figures.append({"name": name, "kind": kind, "value": value, "unit": unit,
                             "bar": bar, "at-least": at_least, "ok": ok})

    def print(self):
        """The table of all."""
        print(f"\n{self.part:{NAME_WIDTH}}{'figure':>20}{'bar':>20}")
        for f in self.figures:
            bar = ""
            if f["bar"] is not None:
                bar = (">= " if f["at-least"] else "<= ") + show(f["bar"], f["unit"])
            verdict = {None: "", True: "  ok", False: "  MISSED"}[f["ok"]]
            print(f"{f['name']:{NAME_WIDTH}}{show(f['value'], f['unit']):>20}{bar:>20}{verdict}")

    def finish(self):
        """Print, write, and end the process."""
        self.print()
        result = {"part": self.part, "command": self.options.command,
                  "version": self.options.version, "figures": self.figures} | self.data
        for path in self.options.json:
            path.write_text(json.dumps(result, indent=1) + "\n")
        sys.exit(any(f["ok"] is False for f in self.figures))


def run(part, description, make):
    """MAKE(figures) adds what there is to tell."""
    figures = Figures(part, description)
    try:
        make(figures)
    except Failure as failure:
        sys.exit(f"{part}: error: {failure}")
    figures.finish()
