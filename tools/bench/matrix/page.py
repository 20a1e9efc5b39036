#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes contention-results.rst and its plots from the CSV of a run.

usage: page.py DATA_DIR OUT_DIR
  OUT_DIR gets the page, and images/contention-*.svg. Where a check differs on
  a rig, remarks/CHECK.RIG.rst has its say, if there is one."""
import os

import expect
import plots
import results
from cells import BACKENDS, SCENARIOS
from expect import TIER, TIERS
from results import select
from rigs import RIGS
from template import Error, csv_table, fill, main

HERE = os.path.dirname(os.path.abspath(__file__))


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def heading(text, mark):
    return f"{text}\n{mark * len(text)}\n"


class Data:
    """What is in a directory of CSV files."""

    def __init__(self, path):
        self.facts = {row["rig"]: row for row in
                      results.read(os.path.join(path, "rigs.csv"))}

        def of(suffix):
            return {rig: results.read(os.path.join(path, f"{rig}{suffix}.csv"))
                    for rig in RIGS}
        self.matrix, self.churn, self.pages = of(""), of("-churn"), of("-pages")
        self.rigs = [rig for rig in RIGS if self.matrix[rig]]
        self.churn_rigs = [rig for rig in RIGS if self.churn[rig]]


# === Parts of the page ===

def rig_list(data):
    lines = []
    for rig, about in RIGS.items():
        facts = data.facts.get(rig, {})
        why = facts.get("missing") or "" if facts else "it was not asked for"
        if data.matrix[rig]:
            rows = data.matrix[rig]
            seeds = sorted({row["seed"] for row in rows})
            text = (f"Linux {facts['kernel']} with {facts['cpus']} CPUs, on "
                    f"{facts['host_cpus']} CPUs of a host with "
                    f"{facts['host_model']}, on {facts['measured']}: "
                    f"{len(rows)} runs of {rows[0]['duration_s']} s, with "
                    f"seeds {', '.join(map(str, seeds))}.")
            text += f" **Incomplete**: {why}." if why else ""
        else:
            text = f"**Not measured**: {why}."
        lines.append(f"{about.title} (``{rig}``)\n   {text}\n")
    return "\n".join(lines)


def verdict(good, figures):
    if good is None:
        return "**no answer**" if figures else "**not measured**"
    return "**as expected**" if good else "**differs**"


def remark(check, rig):
    """What a person has to say of a difference, if it is there."""
    path = os.path.join(HERE, "remarks", f"{check.__name__}.{rig}.rst")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines()
                 if not line.startswith(".. SPDX")]
    return "\n  " + "\n  ".join(line for line in lines if line) + "\n"


def checked(checks, rigs, rows_of):
    """A list of what was expected, with the figures of each rig."""
    text = []
    for check in checks:
        text.append(check.__doc__.rstrip(".") + ":\n")
        for rig in rigs:
            good, figures = check(*rows_of(rig))
            text.append(f"- ``{rig}``: {verdict(good, figures)}" +
                        (f": {figures}." if figures else "."))
            if good is False:
                text.append(remark(check, rig))
        text += [] if rigs else [f"- {verdict(None, '')}."]
        text.append("")
    return "\n".join(text)


def speed_cell(rows):
    spread = results.spread(rows, "throughput")
    if not spread:
        return "-"
    return f"{spread[0]:.2f} ({spread[1]:.2f}-{spread[2]:.2f})"


def rate_cells(rows):
    """Medians of the metrics but throughput, in per cent."""
    for metric in results.METRICS:
        if metric == "throughput":
            continue
        spread = results.spread(rows, metric)
        digits = 3 if "retries" in metric else 2
        yield number(spread and spread[0], digits)


def scenario_tables(data, rig, scenario):
    rows = select(data.matrix[rig], pattern=scenario)
    threads = expect.threads_of(rows)

    def of(n, backend):
        return select(rows, threads=n, backend=backend)
    speed = [[str(n)] + [speed_cell(of(n, backend)) for backend in BACKENDS]
             for n in threads]
    rates = [[TIER[tier], str(n)] + list(rate_cells(of(n, tier)))
             for tier in TIERS for n in threads]
    return (heading(f"{scenario}, {RIGS[rig].title}", "-") + "\n" +
            csv_table(["threads"] + [TIER[b] for b in BACKENDS], speed) + "\n" +
            csv_table(["tier", "threads", "alloc retries", "free retries",
                   "lock contention", "current_partial failures"], rates))


def churn_table(data, rig):
    rows = []
    for row in data.churn[rig]:
        name = row["backend"]
        if name in TIERS:
            shares = [number(expect.drainable(row), 2),
                      number(expect.by_close(row), 2)]
            slabs = str(row["new_slab_count"])
            name = row["routing"]
        else:
            shares, slabs = ["-", "-"], "-"
        held = [sample["pages"] for sample in
                select(data.pages[rig], backend=row["backend"],
                       routing=row["routing"], leak_pct=row["leak_pct"])]
        mean = sum(held) / len(held) if held else None
        rows.append([str(row["leak_pct"]), name, slabs] + shares +
                    [number(mean, 0), str(max(held)) if held else "-",
                     number(results.throughput(row), 2)])
    return csv_table(["% live longer", "where", "slabs made", "drainable %",
                  "by the close %", "pages, mean", "pages, most",
                  "M objects/s"], rows)


# === Figures that the text quotes ===

def scaling(data, rig, scenario, backend):
    """Throughput of two threads against that of one."""
    rows = select(data.matrix[rig], pattern=scenario, backend=backend)
    one = results.spread(select(rows, threads=1), "throughput")
    two = results.spread(select(rows, threads=2), "throughput")
    return f"{two[0] / one[0]:.2f}" if one and two else "-"


def quoted(data):
    """By name in page.rst.in."""
    first = data.rigs[0]
    values = {"rig": first}
    for scenario in ("hotspot", "steady"):
        for backend in BACKENDS:
            values[f"scale_{scenario}_{backend}"] = scaling(data, first,
                                                            scenario, backend)
    rows = [row for rig in data.rigs for row in data.matrix[rig]]
    churn = [row for rig in data.churn_rigs for row in data.churn[rig]
             if row["backend"] in TIERS]
    shared = select(select(data.matrix[first], backend="tslab_shared"),
                    threads=2)
    for scenario in ("hotspot", "steady"):
        of = select(shared, pattern=scenario)
        values[f"retries_{scenario}"] = number(
            expect.per_objects(of, "bitmap_alloc_cas_retries"), 3)
    values["refused"] = sum(row["phases_refused"] for row in rows + churn)
    cross = select(data.matrix[first], pattern="cross_thread_free",
                   backend="tslab")
    most = max(cross, key=lambda row: row["new_slab_count"], default=None)
    for name in ("new_slab_count", "empty_slab_overflowed", "allocs",
                 "pages_peak", "threads"):
        values[f"cross_{name}"] = most[name] if most else "-"
    values["churn_rounds"] = churn[0]["rounds"] if churn else "-"
    values["churn_objects"] = churn[0]["objs_min"] if churn else "-"
    values["churn_lag"] = churn[0]["lag"] if churn else "-"
    values["cross_per_slab"] = (
        most["allocs"] // most["empty_slab_overflowed"]
        if most and most["empty_slab_overflowed"] else "-")
    for name in ("objs_min", "size", "batch_size"):
        values[name] = rows[0][name]
    values["published_mixed"] = expect.PUBLISHED["mixed"]
    values["published_isolated"] = expect.PUBLISHED["isolated"]
    return values


def write_page(data, out):
    values = quoted(data)
    values.update(
        generated="This page is generated from Documentation/data/bench by "
                  "tools/bench/matrix/page.py.",
        rigs=rig_list(data),
        matrix_checks=checked(expect.MATRIX_CHECKS, data.rigs,
                              lambda rig: (data.matrix[rig],)),
        churn_checks=checked(expect.CHURN_CHECKS, data.churn_rigs,
                             lambda rig: (data.churn[rig], data.pages[rig])),
        tables="\n".join(scenario_tables(data, rig, scenario)
                         for rig in data.rigs for scenario in SCENARIOS),
        churn_tables="\n".join(f"{RIGS[rig].title}:\n\n" +
                               churn_table(data, rig)
                               for rig in data.churn_rigs))
    fill(os.path.join(HERE, "page.rst.in"), values,
         os.path.join(out, "contention-results.rst"))


def generate(data_dir, out, png=False):
    data = Data(data_dir)
    if not data.rigs:
        raise Error(f"no results of the matrix in {data_dir}")
    plots.draw(data, os.path.join(out, "images"), png)
    write_page(data, out)


if __name__ == "__main__":
    main(generate)
