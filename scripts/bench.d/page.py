#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make report.html, with plots, from what the parts of "scripts/bench" left.

usage: page.py DIRECTORY

DIRECTORY holds a PART.json for every part that was run. The plots are written
beside them as SVG, too.
"""

import html
import json
import pathlib
import sys

from figures import show
from svg import Plot

PARTS = {
    "cost": "Instructions for each packet, 128 sessions of 100 ms x 5",
    "scale": "The same for more sessions",
    "gaps": "Gaps between packets, idle host",
    "stress": "Gaps between packets and lost sessions under load, 10 ms x 3",
    "held": "Most sessions at 10 ms x 3",
    "loss": "1,000 sessions fail at one instant",
    "stall": "A CPU is held with interrupts off",
    "junk": "Refusing packets",
    "config": "10,000 sessions are configured",
    "soak": "Sessions of every kind, bad links, changes",
}
STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 960px; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; width: 100%; margin: 1em 0 }
th, td { padding: 3px 10px; border-bottom: 1px solid #ddd; text-align: right }
th:first-child, td:first-child { text-align: left }
.ok { color: #0b6e4f } .missed { color: #d1495b; font-weight: bold }
.bird, .frr, .floor { color: #667 } code { background: #f2f2f2; padding: 1px 4px }
svg { width: 100% } figure { margin: 1em 0 }
"""


def gap_plots(result):
    """How many gaps are longer than so much, one plot for each interval."""
    plots = {}
    for interval in sorted({g["interval"] for g in result["gaps"]}):
        lines = [g for g in result["gaps"] if g["interval"] == interval]
        points = [p for g in lines for p in g["distribution"]]
        plot = Plot("gap, % of the interval", "part of the gaps that are longer",
                    (70, max(105.0, max(x for x, _ in points) / interval * 100 + 1)),
                    (min(y for _, y in points), 1), y_log=True)
        for g in lines:
            plot.line(g["title"], [(max(70.0, x / interval * 100), y)
                                   for x, y in g["distribution"]], g["who"])
        plot.mark("the interval", 100)
        plots[f"gaps-{interval:g}ms"] = (f"{interval:g} ms x 3, idle host", plot)
    return plots


def stress_plots(result):
    """The same under load, for everybody; both axes are long."""
    plots = {}
    interval = result["interval"]
    for condition in dict.fromkeys(s["condition"] for s in result["stress"]):
        lines = [s for s in result["stress"] if s["condition"] == condition]
        points = [p for s in lines for p in s["distribution"]]
        plot = Plot("gap, ms", "part of the gaps that are longer",
                    (interval / 2, max(20.0, max(x for x, _ in points) * 1.1)),
                    (min(y for _, y in points), 1), x_log=True, y_log=True)
        for s in lines:
            plot.line(f"{s['who']}, {s['lost']} lost",
                      [(max(interval / 2, x), y) for x, y in s["distribution"]], s["who"])
        plot.mark("the interval", interval)
        name = "stress-" + "-".join(condition.lower().replace(",", "").replace("'", "").split())
        plots[name] = (f"{interval} ms x 3: {condition}", plot)
    return plots


def scale_plots(result):
    """Cost against sessions."""
    rows = result["scale"]
    most = max(r["instructions-per-packet"] for r in rows)
    plot = Plot("sessions", "instructions per packet",
                (rows[0]["sessions"], rows[-1]["sessions"]), (0, most * 1.1), x_log=True)
    plot.line("all", [(r["sessions"], r["instructions-per-packet"]) for r in rows], "ours", True)
    plot.line("without timer and idle", [(r["sessions"], r["without-timer"]) for r in rows],
              "many", True)
    if rows[0].get("floor"):
        plot.line("the kernel's floor", [(r["sessions"], r["floor"]) for r in rows], "floor", True)
    return {"scale": ("Cost against sessions", plot)}


def loss_plots(result):
    """How late sessions went Down, and how late a process knew."""
    errors, delays = sorted(result["errors-ms"]), sorted(result["delays-ms"])
    plot = Plot("ms", "part of the sessions", (min(0.0, errors[0]),
                                               max(1.0, errors[-1], delays[-1])), (0, 1))
    for title, values, key in (("after detection time", errors, "ours"),
                               ("until a process knew", delays, "many")):
        plot.line(title, [(v, (i + 1) / len(values)) for i, v in enumerate(values)], key)
    return {"loss": ("1,000 sessions at 30 ms fail at one instant", plot)}


PLOTS = {"gaps": gap_plots, "stress": stress_plots, "scale": scale_plots, "loss": loss_plots}


def table(figures):
    """The figures of a part."""
    rows = []
    for f in figures:
        bar = ""
        if f["bar"] is not None:
            bar = (">= " if f["at-least"] else "<= ") + show(f["bar"], f["unit"])
        verdict = {None: "", True: '<span class="ok">ok</span>',
                   False: '<span class="missed">missed</span>'}[f["ok"]]
        rows.append(f'<tr class="{f["kind"]}"><td>{html.escape(f["name"])}</td>'
                    f'<td>{html.escape(show(f["value"], f["unit"]))}</td>'
                    f'<td>{html.escape(bar)}</td><td>{verdict}</td></tr>')
    return ("<table><tr><th>figure</th><th></th><th>bar</th><th></th></tr>"
            + "".join(rows) + "</table>")


def section(directory, part, result):
    """A part, with its plots, which are also written beside the page."""
    plots = PLOTS.get(part, lambda _: {})(result)
    text = [f"<h2>{html.escape(PARTS[part])}</h2>",
            f"<p><code>{html.escape(result['command'])}</code>, "
            f"version {html.escape(result['version'])}</p>", table(result["figures"])]
    for name, (title, plot) in plots.items():
        svg = plot.svg()
        (directory / f"{name}.svg").write_text(svg)
        text.append(f"<figure><figcaption>{html.escape(title)} "
                    f"(<code>{html.escape(result['command'])}</code>)</figcaption>{svg}</figure>")
    return "".join(text)


def main():
    """Write the page."""
    directory = pathlib.Path(sys.argv[1])
    sections, missed = [], []
    for part in PARTS:
        path = directory / f"{part}.json"
        if path.exists():
            result = json.loads(path.read_text())
            sections.append(section(directory, part, result))
            missed += [f["name"] for f in result["figures"] if f["ok"] is False]
    if not sections:
        sys.exit("report: there are no results: run a part first")
    verdict = "All bars are met." if not missed else \
        "Missed: " + "; ".join(html.escape(m) for m in missed) + "."
    page = directory / "report.html"
    page.write_text(f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
                    f"<title>BFD in the kernel: measurements</title><style>{STYLE}</style></head>"
                    f"<body><h1>Measurements</h1><p>Both ends of all sessions are in one virtual "
                    f"machine. Its CPU executes a billion instructions a second, which the "
                    f"emulator counts.</p><p>{verdict}</p>{''.join(sections)}</body></html>\n")
    print(f"report: {page}")


main()
