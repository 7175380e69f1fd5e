# SPDX-License-Identifier: GPL-2.0
"""Plots as SVG, without anything to draw them with but text."""

import html
import math

WIDTH, HEIGHT = 860, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 16, 46
COLOURS = {"ours": "#0b6e4f", "many": "#6cc551", "ours-tuned": "#6cc551",
           "bird": "#d1495b", "frr": "#edae49", "floor": "#7d8597", "bar": "#30343f"}
SPARE = ("#00798c", "#9c6ade", "#8d6346", "#30343f")


class Axis:
    """Values to places on a line."""

    # pylint: disable-next=too-many-arguments
    def __init__(self, low, high, start, end, log=False):
        self.log = log
        self.low, self.high = (math.log10(low), math.log10(high)) if log else (low, high)
        if self.low == self.high:
            self.high = self.low + 1
        self.start, self.end = start, end

    def place(self, value):
        """Where a value is."""
        if self.log:
            value = math.log10(value)
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        """Round values within the range."""
        if self.log:
            powers = range(math.floor(self.low), math.ceil(self.high) + 1)
            factors = (1,) if self.high - self.low > 3 else (1, 2, 5)
            values = [f * 10.0 ** p for p in powers for f in factors]
            return [v for v in values
                    if self.low - 1e-9 <= math.log10(v) <= self.high + 1e-9]
        step = 10 ** math.floor(math.log10(self.high - self.low))
        while (self.high - self.low) / step < 5:
            step /= 2
        first = math.ceil(self.low / step)
        last = math.floor(self.high / step + 1e-9)
        return [i * step for i in range(first, last + 1)]


def number(value):
    """A short label."""
    if value and abs(value) < 0.001:
        return f"{value:.0e}"
    return f"{value:,.6g}"


class Plot:
    """Lines over two axes."""

    # pylint: disable-next=too-many-arguments
    def __init__(self, x_title, y_title, x_range, y_range, x_log=False, y_log=False):
        self.x = Axis(*x_range, LEFT, WIDTH - RIGHT, x_log)
        self.y = Axis(*y_range, HEIGHT - BOTTOM, TOP, y_log)
        self.parts = []
        self.legend = []
        self.grid(x_title, y_title)

    def grid(self, x_title, y_title):
        """Axes, with what they mean."""
        for value in self.x.ticks():
            x = self.x.place(value)
            self.parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
                              f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" '
                              f'text-anchor="middle">{number(value)}</text>')
        for value in self.y.ticks():
            y = self.y.place(value)
            self.parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
                              f'<text x="{LEFT - 6}" y="{y + 4:.1f}" '
                              f'text-anchor="end">{number(value)}</text>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        self.parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">'
                          f'{html.escape(x_title)}</text>'
                          f'<text transform="translate(14 {(TOP + HEIGHT - BOTTOM) / 2}) '
                          f'rotate(-90)" text-anchor="middle">{html.escape(y_title)}</text>')

    def colour(self, key):
        """Of a line."""
        return COLOURS.get(key) or SPARE[len(self.legend) % len(SPARE)]

    def line(self, title, points, key="", dots=False):
        """A line through points, with an entry in the legend."""
        colour = self.colour(key)
        places = [(self.x.place(x), self.y.place(y)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        self.parts.append(f'<polyline points="{path}" stroke="{colour}"/>')
        if dots:
            self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
                           for x, y in places]
        self.legend.append((title, colour))

    def mark(self, title, x):
        """A line from top to bottom."""
        place = self.x.place(x)
        self.parts.append(f'<path class="mark" d="M{place:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        self.legend.append((title, COLOURS["bar"]))

    def svg(self):
        """All of it."""
        for i, (title, colour) in enumerate(self.legend):
            y = TOP + 12 + 20 * i
            self.parts.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 9}" width="12" height="10" '
                              f'fill="{colour}"/><text x="{WIDTH - RIGHT + 32}" y="{y}">'
                              f'{html.escape(title)}</text>')
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
                f'font-family="sans-serif" font-size="12" fill="none">'
                '<style>text{fill:#222}.grid{stroke:#ddd}.mark{stroke:#30343f;'
                'stroke-dasharray:5 4}polyline{stroke-width:2}</style>'
                f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
                + "".join(self.parts) + "</svg>\n")
