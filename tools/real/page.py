#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes real-results.rst and its pictures from the CSV of real.py.

usage: page.py DATA_DIR OUT_DIR
  OUT_DIR gets the page, and images/real-*.svg."""
import csv
import os
import statistics
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../bench/matrix"))
from plots import gnuplot, words  # noqa: E402
from template import Error, csv_table, fill, main  # noqa: E402

ALLOCATORS = ("slub", "tslab")
PAGE_KIB = 4
LATER = "back_5"


class Data:
    """The figures of all scenarios."""

    def __init__(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))
        if not self.rows:
            raise Error(f"{path}: no measurement")
        self.scenarios = list(dict.fromkeys((row["subsystem"], row["scenario"])
                                            for row in self.rows))
        self.runs = len({row["run"] for row in self.rows if row["rig"] == "smp"})

    def values(self, scenario, rig, allocator, figure, moment=None):
        return [int(row["value"]) for row in self.rows
                if (row["subsystem"], row["scenario"]) == scenario and
                row["rig"] == rig and row["allocator"] == allocator and
                row["figure"] == figure and moment in (None, row["moment"])]

    def mean(self, *what):
        found = self.values(*what)
        if not found:
            raise Error(f"no {' '.join(map(str, what))}")
        return sum(found) / len(found)

    def moments(self, scenario, figure):
        return list(dict.fromkeys(
            row["moment"] for row in self.rows if row["figure"] == figure and
            (row["subsystem"], row["scenario"]) == scenario))


def spread(found):
    half = (max(found) - min(found)) / 2
    mean = statistics.mean(found)
    percent = 100 * half / mean if mean else 0
    return f" ±{percent:.0f} %" if percent >= 1 else ""


def error(found):
    """Of the mean: two of its standard errors."""
    percent = 200 * statistics.stdev(found) / len(found) ** 0.5 / statistics.mean(found)
    return f" ±{percent:.0f} %"


def mib(pages):
    return f"{pages * PAGE_KIB / 1024:.1f}"


def name(scenario):
    return f"{scenario[0]} {scenario[1]}"


def kept(data):
    rows = []
    for scenario in data.scenarios:
        def pages(allocator, moment):
            return data.mean(scenario, "smp", allocator, "pages", moment)

        def cell(allocator):
            found = data.values(scenario, "smp", allocator, "pages", "kept")
            return (f"{mib(pages(allocator, 'kept'))} of {mib(pages(allocator, 'peak'))} "
                    f"MiB{spread(found)}")
        live, most = (data.mean(scenario, "smp", "tslab", "objects", moment)
                      for moment in ("kept", "peak"))
        rows.append([name(scenario), f"{live:,.0f} of {most:,.0f}", cell("slub"),
                     cell("tslab"),
                     f"{pages('tslab', 'peak') / max(pages('slub', 'peak'), 1):.2f}"])
    return csv_table(["scenario", "live of peak", "SLUB keeps", "tslab keeps", "peak"], rows)


def back(data):
    rows = []
    for scenario in data.scenarios:
        row = [name(scenario)]
        for figure, scale in (("available_kb", 1024), ("free_kb", 1024), ("blocks", 1)):
            row.append(" and ".join(
                f"{(data.mean(scenario, 'smp', allocator, figure, 'kept') - data.mean(scenario, 'smp', allocator, figure, 'peak')) / scale:+.0f}"
                for allocator in ALLOCATORS))
        row.append(" and ".join(
            f"{data.mean(scenario, 'smp', allocator, 'listed', 'kept'):,.0f}"
            for allocator in ALLOCATORS))
        rows.append(row)
    return csv_table(["scenario: SLUB and tslab", "MemAvailable, MiB", "MemFree, MiB",
                  "blocks", "pages on lists"], rows)


def compared(slub, tslab, noise, scale, less_is_better):
    """Both means, and how much better that of tslab is."""
    means = [statistics.mean(found) for found in (slub, tslab)]
    gain = means[0] / means[1] if less_is_better else means[1] / means[0]
    return [*(f"{mean / scale:,.0f}{noise(found)}"
              for mean, found in zip(means, (slub, tslab))), f"{gain:.2f}"]


def cost(data):
    rows = []
    for scenario in data.scenarios:
        for part in data.moments(scenario, "took_ns"):
            count = data.mean(scenario, "smp", "slub", "count", part)
            # Instructions.
            slub, tslab = (data.values(scenario, "icount", allocator, "took_ns", part)
                           for allocator in ALLOCATORS)
            if not (slub and tslab):
                continue
            rows.append([name(scenario), part, f"{count:,.0f}"] +
                        compared(slub, tslab, spread, count, True))
    return csv_table(["scenario", "part", "of what", "SLUB", "tslab", "SLUB / tslab"], rows)


FIO = {"iops": ("I/O a second", 1, False), "clat_ns": ("latency, µs", 1000, True),
       "fsync_ns": ("fsync(), µs", 1000, True)}


def fio(data):
    """What fio says of itself; a gain is more than 1 of figures of each kind."""
    rows = []
    for scenario in data.scenarios:
        for part in data.moments(scenario, "iops"):
            for figure, (title, scale, less_is_better) in FIO.items():
                slub, tslab = (data.values(scenario, "smp", allocator, figure, part)
                               for allocator in ALLOCATORS)
                if not (slub and tslab):
                    continue
                rows.append([name(scenario), part, title] +
                            compared(slub, tslab, error, scale, less_is_better))
    return csv_table(["scenario", "part", "of what", "SLUB", "tslab", "gain"], rows)


def remote(data):
    rows = []
    for scenario in data.scenarios:
        for cache in data.moments(scenario, "remote"):
            frees, far = (data.mean(scenario, "smp", "tslab", figure, cache)
                          for figure in ("frees", "remote"))
            if far:
                rows.append([name(scenario), f"``{cache}``", f"{frees:,.0f}",
                             f"{100 * far / frees:.0f} %"])
    return csv_table(["scenario", "cache", "frees", "by another CPU"], rows)


# === Pictures ===

def draw(script, path, lines, **settings):
    with tempfile.NamedTemporaryFile("w", suffix=".dat", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        gnuplot(os.path.join(HERE, script), path, False, data=file.name, **settings)


def draw_kept(data, path):
    lines = []
    for scenario in data.scenarios:
        shares = [100 * data.mean(scenario, "smp", allocator, "pages", "kept") /
                  data.mean(scenario, "smp", "slub", "pages", "peak")
                  for allocator in ALLOCATORS]
        lines.append(f'"{name(scenario)}" {shares[0]:.1f} {shares[1]:.1f}')
    draw("kept.gp", path, lines, rows=len(lines))


def draw_back(data, path):
    """MemAvailable over time, of scenarios that have it, against the peak."""
    blocks, titles = [], []
    for scenario in data.scenarios:
        moments = [moment for moment in data.moments(scenario, "available_kb")
                   if moment == "gone" or moment.startswith("back_")]
        if not moments:
            continue
        titles.append(f"{name(scenario)}")
        for moment in moments:
            row = [moment.replace("gone", "0").replace("back_", "")]
            for allocator in ALLOCATORS:
                found = [data.mean(scenario, "smp", allocator, "available_kb", at)
                         for at in ("peak", moment)]
                row.append(f"{(found[1] - found[0]) / 1024:.2f}")
            blocks.append(" ".join(row))
        blocks += ["", ""]
    draw("back.gp", path, blocks or ["0 0 0"], titles=words(titles))


def generate(source, out):
    data = Data(os.path.join(source, "real.csv"))
    images = os.path.join(out, "images")
    os.makedirs(images, exist_ok=True)
    draw_kept(data, os.path.join(images, "real-kept"))
    draw_back(data, os.path.join(images, "real-back"))
    fill(os.path.join(HERE, "page.rst.in"),
         {"generated": "Generated by tools/real/page.py: change page.rst.in instead.",
          "runs": data.runs, "kept": kept(data), "back": back(data), "cost": cost(data),
          "fio": fio(data), "remote": remote(data)},
         os.path.join(out, "real-results.rst"))


if __name__ == "__main__":
    main(generate)
