# SPDX-License-Identifier: GPL-2.0
"""Draws the figures of a run with gnuplot."""
import os
import subprocess
import tempfile

import results
from cells import BACKENDS, SCENARIOS
from expect import TIERS, by_close, drainable
from results import METRICS, select
from rigs import RIGS
from template import Error

HERE = os.path.dirname(os.path.abspath(__file__))
YTITLES = {
    "throughput": "million objects/s",
    "alloc-retries": "retries per 100 attempts",
    "free-retries": "retries per 100 attempts",
    "lock-contention": "% of acquisitions",
    "partial-failures": "% of attempts",
}
TERMS = {"svg": "svg", "png": "pngcairo"}
SHOWN_PCT = (5, 20)


def gnuplot(script, out, png, **variables):
    """Runs a script for each kind of file that is wanted."""
    for kind in ("svg", "png") if png else ("svg",):
        settings = {"term": TERMS[kind], "out": f"{out}.{kind}", **variables}
        text = "; ".join(
            f"{name} = {value}" if isinstance(value, int) else
            f'{name} = "{value}"' for name, value in settings.items())
        try:
            run = subprocess.run(["gnuplot", "-e", text,
                                  os.path.join(HERE, script)],
                                 stderr=subprocess.PIPE, text=True,
                                 check=False)
        except FileNotFoundError:
            raise Error("no gnuplot: install gnuplot-nox") from None
        if run.returncode:
            why = [line for line in run.stderr.splitlines() if line.strip()]
            raise Error(f"gnuplot {script}: {why[-1] if why else 'failed'}")


def words(names):
    """A list for gnuplot; blanks in a name stay in it."""
    return " ".join(f"'{name}'" if " " in name else name for name in names)


def blocks(path, named):
    """Blocks of lines that gnuplot finds by their number."""
    with open(path, "w", encoding="utf-8") as file:
        for name, lines in named:
            file.write(f"# {name}\n" +
                       "\n".join(" ".join("?" if value is None else str(value)
                                          for value in line)
                                 for line in lines or [(None,) * 20]) +
                       "\n\n\n")


def curve_lines(rows):
    """Threads, then median, least and greatest of each metric."""
    for n in sorted({row["threads"] for row in rows}):
        line = [n]
        for metric in METRICS:
            line += results.spread(select(rows, threads=n), metric) or \
                    (None,) * 3
        yield line


def curve_data(data, rig, path):
    for scenario in SCENARIOS:
        rows = select(data.matrix[rig], pattern=scenario)
        blocks(f"{path}/{rig}-{scenario}.dat",
               [(backend, list(curve_lines(select(rows, backend=backend))))
                for backend in BACKENDS])


def shares(data):
    """Of long-lived objects: those whose memory is drawn."""
    return [pct for pct in SHOWN_PCT
            if any(select(data.churn[rig], leak_pct=pct)
                   for rig in data.churn_rigs)]


def churn_data(data, rig, path):
    for pct in shares(data):
        pages = select(data.pages[rig], leak_pct=pct)
        blocks(f"{path}/{rig}-pages-{pct}.dat",
               [(name, [(row["ms"], row["pages"]) for row in
                        select(pages, **which)])
                for name, which in (
                    ("mixed", {"backend": "tslab", "routing": "mixed"}),
                    ("isolated", {"backend": "tslab", "routing": "isolated"}),
                    ("kmem_cache", {"backend": "kmem_cache"}))])
    blocks(f"{path}/{rig}-drain.dat",
           [(routing, [(row["leak_pct"], drainable(row), by_close(row))
                       for row in select(data.churn[rig], backend="tslab",
                                         routing=routing)])
            for routing in ("mixed", "isolated")])


def draw(data, out, png):
    os.makedirs(out, exist_ok=True)
    with tempfile.TemporaryDirectory() as path:
        for rig in data.rigs:
            curve_data(data, rig, path)
        for rig in data.churn_rigs:
            churn_data(data, rig, path)
        titles = {rig: RIGS[rig].title for rig in RIGS}
        for place, metric in enumerate(METRICS):
            gnuplot("curves.gp", f"{out}/contention-{metric}", png,
                    dir=path, column=2 + 3 * place, ytitle=YTITLES[metric],
                    rigs=words(data.rigs), scenarios=words(SCENARIOS),
                    titles=words(titles[rig] for rig in data.rigs),
                    backends=words(BACKENDS if metric == "throughput"
                                   else TIERS))
        if data.churn_rigs:
            common = {"dir": path, "rigs": words(data.churn_rigs),
                      "titles": words(titles[rig] for rig in data.churn_rigs)}
            gnuplot("pages.gp", f"{out}/contention-pages", png,
                    shares=words(map(str, shares(data))),
                    kinds="mixed isolated kmem_cache", **common)
            gnuplot("drain.gp", f"{out}/contention-drain", png, **common)
