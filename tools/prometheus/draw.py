#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Draws the panels of the dashboard from what e2e.py has seen.

usage: draw.py DATA_DIR OUT_DIR

DATA_DIR has panels.csv and phases.csv; each panel becomes an SVG in OUT_DIR,
much as Grafana draws it. What shows one moment shows that of the most trouble.
Also writes cost.inc, the table of cost.csv as reStructuredText.
"""

import csv
import math
import os
import pathlib
import re
import sys
from xml.sax.saxutils import escape

import dashboard

COLOURS = ("#5794f2", "#73bf69", "#ff9830", "#f2495c", "#b877d9", "#37872d",
           "#fade2a", "#8ab8ff", "#c4162a", "#96d98d", "#ffb357", "#ca95e5")
BAND = {"green": "#73bf69", "yellow": "#e0b400", "red": "#f2495c"}
HEIGHT = 210
LEFT, RIGHT, ABOVE, BELOW = 62, 10, 12, 24
LEGEND_LINE = 15
MAX_LEGEND = 12


def name(panel):
    return re.sub(r"\W+", "-", panel["title"].lower()).strip("-") + ".svg"


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file
                                   if not line.startswith("#")))


class Data:
    """{panel id: {series: [(seconds, value)]}}, and when what happened."""

    def __init__(self, directory):
        self.panels = {}
        for line in read_csv(directory / "panels.csv"):
            points = self.panels.setdefault(int(line["panel"]), {}).setdefault(
                line["series"], [])
            points.append((float(line["seconds"]), float(line["value"])))
        self.phases = [(float(line["seconds"]), line["phase"])
                       for line in read_csv(directory / "phases.csv")]
        self.end = self.phases[-1][0]
        self.trouble = self.phases[2][0]

    def at_trouble(self, panel):
        """{series: value}"""
        found = {}
        for series, points in self.panels[panel["id"]].items():
            before = [value for at, value in points
                      if self.trouble - 10 <= at <= self.trouble]
            if before:
                found[series] = before[-1]
        return found


def text_of(value, unit):
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "bytes":
        for prefix in "", "Ki", "Mi", "Gi":
            if abs(value) < 1024:
                break
            value /= 1024
        return f"{value:.3g} {prefix}B"
    if unit == "s" and 0 < abs(value) < 1:
        for prefix in "m", "µ", "n":
            value *= 1000
            if abs(value) >= 0.9995:
                break
        return f"{value:.3g} {prefix}s"
    for prefix in "", "k", "M", "G":
        if abs(value) < 1000:
            break
        value /= 1000
    return f"{value:.3g}{prefix}" + {"s": " s", "ops": "/s"}.get(unit, "")


def ticks(top, binary=False):
    """From 0, about four, at round numbers."""
    if top <= 0:
        return [0, 1]
    base = 2 if binary else 10
    step = base ** math.floor(math.log(top / 4, base))
    for factor in (1, 2, 4, 8) if binary else (1, 2, 5, 10):
        if top / (step * factor) <= 5:
            break
    step *= factor
    return [i * step for i in range(math.ceil(top / step - 1e-9) + 1)]


class Picture:

    def __init__(self, width, height, title):
        self.width, self.height = width, height
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="11">',
            "<!-- SPDX-License-Identifier: GPL-2.0 -->",
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>']

    def line(self, x1, y1, x2, y2, colour, more=""):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" '
                          f'y2="{y2:.1f}" stroke="{colour}" {more}/>')

    def box(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" '
                          f'width="{width:.1f}" height="{height:.1f}" '
                          f'fill="{colour}"/>')

    def text(self, x, y, text, anchor="start", colour="#333", more=""):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" '
                          f'text-anchor="{anchor}" {more}>{escape(text)}'
                          "</text>")

    def path(self, points, colour, fill="none"):
        self.parts.append(
            '<path d="M' + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) +
            f'" fill="{fill}" stroke="{colour}" stroke-width="1.5"/>')

    def svg(self):
        return "\n".join(self.parts + ["</svg>"]) + "\n"


def steps_of(panel):
    return panel["fieldConfig"]["defaults"].get("thresholds", {}).get(
        "steps", [])


def band_colour(panel, value):
    colour = COLOURS[0]
    for step in steps_of(panel):
        if step["value"] is None or value >= step["value"]:
            colour = BAND[step["color"]]
    return colour


class Plot:
    """Axes; time goes to the right."""

    def __init__(self, panel, data, width, legend, top, unit):
        self.data = data
        lines = min(len(legend), MAX_LEGEND) + (len(legend) > MAX_LEGEND)
        columns = max(1, width // 150)
        below = BELOW + LEGEND_LINE * math.ceil(lines / columns)
        self.picture = Picture(width, HEIGHT + below - BELOW, panel["title"])
        self.right = width - RIGHT
        self.bottom = HEIGHT - BELOW
        self.top = top
        for i, (series, colour) in enumerate(legend[:MAX_LEGEND]):
            x = LEFT + i % columns * 150
            y = HEIGHT + 2 + i // columns * LEGEND_LINE
            self.picture.box(x, y - 6, 12, 3, colour)
            self.picture.text(x + 16, y, series[:22] or "(no name)")
        if len(legend) > MAX_LEGEND:
            i = MAX_LEGEND
            self.picture.text(LEFT + i % columns * 150,
                              HEIGHT + 2 + i // columns * LEGEND_LINE,
                              f"and {len(legend) - MAX_LEGEND} more")
        for at, _ in data.phases[1:-1]:
            self.picture.line(self.x(at), ABOVE, self.x(at), self.bottom,
                              "#bbb", 'stroke-dasharray="2 3"')
        for i, (at, _) in enumerate(data.phases[:-1]):
            self.picture.text(self.x(at) + 2, ABOVE + 2, str(i + 1),
                              colour="#999", more='font-size="9"')
        for at in ticks(data.end)[:-1]:
            self.picture.text(self.x(at), self.bottom + 14, f"{at:.0f} s",
                              "middle")
        if unit is not None:
            for value in ticks(top, unit == "bytes"):
                if value > top * 1.0001:
                    continue
                y = self.y(value)
                self.picture.line(LEFT, y, self.right, y, "#e4e4e4")
                self.picture.text(LEFT - 5, y + 4, text_of(value, unit), "end")

    def x(self, at):
        return LEFT + (self.right - LEFT) * at / self.data.end

    def y(self, value):
        return self.bottom - (self.bottom - ABOVE - 6) * value / self.top


def runs(points, gap):
    """The points between two gaps."""
    found = [[points[0]]]
    for point in points[1:]:
        if point[0] - found[-1][-1][0] > gap:
            found.append([])
        found[-1].append(point)
    return found


def draw_lines(panel, data, width):
    defaults = panel["fieldConfig"]["defaults"]
    unit = defaults.get("unit", "")
    shown = data.panels[panel["id"]]
    stacked = "stacking" in defaults["custom"]
    names = sorted(shown, key=lambda key: [
        int(part) if part.isdigit() else part
        for part in re.split(r"(\d+)", key)])
    sums = {}
    if stacked:
        for key in names:
            for at, value in shown[key]:
                sums[at] = sums.get(at, 0) + value
    largest = max(sums.values()) if stacked else max(
        value for points in shown.values() for _, value in points)
    top = ticks(largest, unit == "bytes")[-1]
    if unit == "percentunit" and largest < 1.02 < top:
        top = 1.02
    # Only the bounds that are near enough to see the lines.
    bounds = [step for step in steps_of(panel)
              if step["value"] and step["value"] < 4 * largest]
    top = max([top] + [step["value"] * 1.1 for step in bounds])
    plot = Plot(panel, data, width,
                [(key, COLOURS[i % len(COLOURS)])
                 for i, key in enumerate(names)], top, unit)
    base = {}
    for i, key in enumerate(names):
        colour = COLOURS[i % len(COLOURS)]
        for points in runs(shown[key], 10):
            upper = [(at, value + base.get(at, 0)) for at, value in points]
            line = [(plot.x(at), plot.y(value)) for at, value in upper]
            if stacked:
                lower = [(plot.x(at), plot.y(base.get(at, 0)))
                         for at, _ in reversed(points)]
                plot.picture.path(line + lower, colour, colour + "66")
            else:
                plot.picture.path(line + line[-1:], colour)
        if stacked:
            for at, value in shown[key]:
                base[at] = base.get(at, 0) + value
    for step in bounds:
        plot.picture.line(LEFT, plot.y(step["value"]), plot.right,
                          plot.y(step["value"]), BAND[step["color"]],
                          'stroke-dasharray="6 4"')
    return plot.picture


def draw_heatmap(panel, data, width):
    series = {float(le): dict(points) for le, points
              in data.panels[panel["id"]].items()}
    bounds = sorted(series)
    times = sorted({at for points in series.values() for at in points})
    cells = {}
    for at in times:
        below = 0
        for le in bounds:
            now = series[le].get(at, below)
            cells[at, le] = max(0, now - below)
            below = max(below, now)
    used = [i for i, le in enumerate(bounds)
            if any(cells[at, le] for at in times)]
    bounds = bounds[used[0]:used[-1] + 1]
    most = max(cells.values())
    plot = Plot(panel, data, width, [], 1, None)
    height = (plot.bottom - ABOVE) / len(bounds)
    for i, le in enumerate(bounds):
        y = plot.bottom - (i + 1) * height
        for at, after in zip(times, times[1:] + [data.end]):
            value = cells[at, le]
            if value:
                # Few are to be seen next to many.
                share = math.log1p(value) / math.log1p(most)
                plot.picture.box(plot.x(at), y, max(
                    1, min(plot.x(after), plot.x(at + 4)) - plot.x(at)),
                    height - 1,
                    f"rgb(255,{int(235 - 150 * share)},"
                    f"{int(205 - 205 * share)})")
        if i % max(1, len(bounds) // 6) == 0:
            plot.picture.text(LEFT - 5, y + height / 2 + 4,
                              "more" if le == math.inf else text_of(le, "s"),
                              "end")
    return plot.picture


def draw_bars(panel, data, width):
    unit = panel["fieldConfig"]["defaults"].get("unit", "")
    values = sorted(data.at_trouble(panel).items(), key=lambda item: -item[1])
    picture = Picture(width, 24 + 20 * len(values), panel["title"])
    label = width * 0.45
    most = max([value for _, value in values] +
               [panel["fieldConfig"]["defaults"].get("max", 0), 1e-12])
    for i, (series, value) in enumerate(values):
        y = 14 + 20 * i
        picture.text(label - 8, y + 11, series[:44] or "(no name)", "end")
        picture.box(label, y, (width - label - 80) * value / most, 14,
                    band_colour(panel, value))
        picture.text(width - 74, y + 11, text_of(value, unit))
    return picture


DRAW = {"timeseries": draw_lines, "heatmap": draw_heatmap, "stat": draw_bars,
        "gauge": draw_bars, "bargauge": draw_bars, "table": draw_bars}


def draw(data, out):
    out.mkdir(parents=True, exist_ok=True)
    for panel in dashboard.panels():
        if panel["id"] not in data.panels:
            raise KeyError(f"no data of panel {panel['title']!r}: "
                           "measured with another dashboard?")
        picture = DRAW[panel["type"]](panel, data,
                                      640 if panel["gridPos"]["w"] <= 8
                                      else 760)
        write(out / name(panel), picture.svg())


def cost(directory):
    lines = [".. SPDX-License-Identifier: GPL-2.0", "", ".. list-table::",
             "   :header-rows: 1", ""]
    cells = [("collected", "series", "bytes", "time")]
    for line in read_csv(directory / "cost.csv"):
        cells.append((line["how"], line["series"], line["bytes"],
                      text_of(float(line["seconds"]), "s")))
    for row in cells:
        for i, cell in enumerate(row):
            lines.append(("   * - " if not i else "     - ") +
                         (cell and cell.replace("--", "\\--")))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def write(path, text):
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.new", path)


def main(args):
    if len(args) != 2:
        sys.exit("usage: draw.py DATA_DIR OUT_DIR")
    directory, out = map(pathlib.Path, args)
    try:
        draw(Data(directory), out)
        write(out / "cost.inc", cost(directory))
    except (OSError, KeyError, ValueError, IndexError) as error:
        sys.exit(f"draw.py: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
