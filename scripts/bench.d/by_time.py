#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tell by time what was executed before a mark: by_time.py SYMBOLS TRACE [MICROSECONDS].

SYMBOLS is what cost-guest leaves, TRACE what trace.c wrote. Every line is a
stretch of time, in microseconds (thousands of instructions) before the mark, and
the functions that most of it went to.
"""

import array
import collections
import pathlib
import struct
import sys

from counted import Symbols


def read_trace(path, symbols):
    """What was executed, the last first: functions, and how many instructions."""
    data = path.read_bytes()
    count, = struct.unpack_from("<I", data)
    names = []
    for address, length in struct.iter_unpack("<QQ", data[4:4 + 16 * count]):
        names.append((symbols.function(address), length))
    ring = array.array("I", data[4 + 16 * count:])
    return (names[i] for i in reversed(ring))


def main():
    """Print it."""
    symbols = Symbols(pathlib.Path(sys.argv[1]))
    step = float(sys.argv[3]) * 1000 if len(sys.argv) > 3 else 100e3
    spent, inside, start = 0, collections.Counter(), 0

    def flush():
        most = ", ".join(f"{name} {n / 10 / step * 1000:.0f}%" for name, n in inside.most_common(7))
        print(f"{-spent / 1000:10.1f}  {most}")
        inside.clear()

    for name, length in read_trace(pathlib.Path(sys.argv[2]), symbols):
        spent += length
        inside[name] += length
        if spent - start >= step:
            flush()
            start = spent
    flush()


if __name__ == "__main__":
    main()
