#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes performance.rst from the JSON of "make bench-micro".

usage: page.py DATA_DIR OUT_DIR"""
import os

import plan
import results
from bar import BAR
from results import ALLOCATORS, median, ratio, size_text, text
from template import Error, csv_table, fill, main

HERE = os.path.dirname(os.path.abspath(__file__))
MEMORY = ("metadata", "utilisation", "create")


class Data:
    """What is in a directory of JSON files."""

    def __init__(self, path):
        self.rigs = {}
        for name in plan.RIGS:
            data = results.read(os.path.join(path, f"micro-{name}.json"))
            if data:
                self.rigs[name] = data

    def rows(self, memory=False):
        """By rig."""
        for name, data in self.rigs.items():
            yield name, [row for row in data["rows"]
                         if row["work"].startswith(MEMORY) == memory]


def heading(title, mark="-"):
    return f"{title}\n{mark * len(title)}\n"


def rig_list(data):
    lines = []
    for name, rig in plan.RIGS.items():
        facts = data.rigs.get(name)
        if facts:
            about = (f"Linux {facts['kernel']}, on {facts['host_cpus']} CPUs "
                     f"of a host with {facts['host_model']}, on "
                     f"{facts['measured']}.")
            if facts.get("failed"):
                about += f" **Incomplete**: {facts['failed'][0]}."
        else:
            about = "**Not measured.**"
        lines.append(f"``{name}``\n   {rig.title}. {about}\n")
    return "\n".join(lines)


def name_of(row):
    """One-CPU rows of a rig that has others, too, say so."""
    alone = row["rig"].endswith("1")
    return f"{row['work']}, 1 CPU" if alone else row["work"]


def cells(row):
    unit = row["unit"]
    values = [text(median(row, allocator)) for allocator in ALLOCATORS]
    return [name_of(row), size_text(row)] + values + [
        unit, text(ratio(row), 2)]


HEADER = ["work", "bytes", "tslab", "kmem_cache", "kmalloc", "unit", "ratio"]


def tables(data, memory=False):
    parts = []
    for name, rows in data.rows(memory):
        if rows:
            parts.append(heading(plan.RIGS[name].title) + "\n" +
                         csv_table(HEADER, [cells(row) for row in rows]))
    return "\n".join(parts)


def slub_better(data):
    """Rows in which SLUB is better, worst first."""
    worse = [row for _, rows in list(data.rows()) + list(data.rows(True))
             for row in rows if (ratio(row) or 0) > 1]
    if not worse:
        return "Nowhere, in what was measured.\n"
    worse.sort(key=ratio, reverse=True)
    return csv_table(["rig"] + HEADER,
                     [[row["rig"]] + cells(row) for row in worse])


def bar(data):
    rows = []
    for rig, asked, check in BAR:
        found = check(data.rigs[rig]["rows"], rig) if rig in data.rigs else None
        if found:
            figure, good = found
            rows.append([asked, rig, figure, "yes" if good else "**no**"])
        else:
            rows.append([asked, rig, "-", "not measured"])
    return csv_table(["asked", "rig", "measured", "so"], rows)


def write_page(data, out):
    values = {
        "generated": "This page is generated from Documentation/data/micro "
                     "by tools/bench/micro/page.py.",
        "rigs": rig_list(data), "bar": bar(data), "tables": tables(data),
        "slub_better": slub_better(data), "memory": tables(data, True),
        "instances": plan.HELD_INSTANCES, "slabs": plan.HELD_SLABS,
    }
    fill(os.path.join(HERE, "page.rst.in"), values,
         os.path.join(out, "performance.rst"))


def generate(data_dir, out):
    data = Data(data_dir)
    if not data.rigs:
        raise Error(f"no results of bench-micro in {data_dir}")
    write_page(data, out)


if __name__ == "__main__":
    main(generate)
