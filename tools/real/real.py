#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Measures what real kernel code gains and pays on tslab, with SLUB beside it.

usage: real.py [--quick] [--fresh] [--built] [NAME]...
  NAME: a subsystem, a directory here; without one, all
  --quick: a small scenario of each, once, and no CSV
  --fresh: measures again what there is
  --built: with the modules that there are

Each guest that was measured is a file in build/real/cells and is not run again: an
interrupted run goes on where it was. Writes build/real/real.csv. The last lines are
"real SUBSYSTEM SCENARIO slub=PAGES tslab=PAGES slub_peak=.. tslab_peak=.. speed=..":
pages that the caches keep when most of their objects are gone, and have at the peak; and
how fast the same work is done, by instructions, against SLUB.
"""
import argparse
import collections
import concurrent.futures
import csv
import functools
import glob
import hashlib
import itertools
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "../.."))
OUT = os.path.join(TOP, "build/real")
ALLOCATORS = ("slub", "tslab")
# Two CPUs, for what there is of memory; instructions, for speed.
RIGS = {"smp": ["--cpus", "2"], "icount": ["--icount"]}
# How often each kind of scenario is measured on each.
RUNS = {"scenario": {"smp": 2, "icount": 2}, "timed": {"smp": 6, "icount": 2},
        "variant": {"smp": 2}, "quick": {"smp": 1}}
SECONDS = {"smp": 420, "icount": 600}
BOOTS = 2
NEEDED = ("build-essential gcc-12 flex bison bc busybox-static cpio kmod pahole xz-utils "
          "qemu-system-x86 coccinelle e2fsprogs libelf-dev")
FIELDS = ("subsystem", "scenario", "rig", "allocator", "run", "moment", "figure", "value")

Scenario = collections.namedtuple("Scenario", "subsystem kind name script settings")


class Failure(Exception):
    pass


def said(subsystem, key):
    with open(os.path.join(HERE, subsystem, "subsystem"), encoding="utf-8") as file:
        return [line.split(None, 1)[1].strip() for line in file
                if line.split(None, 1)[:1] == [key]]


@functools.cache
def digest_of(path):
    """As it was when the run began: it is read for each guest."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).digest()


def scenarios(subsystem, quick):
    """What is measured of a subsystem."""
    found = []
    for kind in RUNS:
        for line in said(subsystem, kind) if (kind == "quick") == quick else []:
            name, script, *settings = line.split()
            found.append(Scenario(subsystem, kind, name, script, settings))
    return found


class Cell:
    """A boot of a guest that runs a scenario."""

    def __init__(self, scenario, allocator, rig, run):
        self.scenario, self.allocator, self.rig, self.run = scenario, allocator, rig, run
        # Other work takes neither pages nor instructions, but time.
        self.is_timed = rig == "smp" and scenario.kind == "timed"
        self.name = f"{scenario.subsystem}-{scenario.name}-{rig}-{allocator}-{run}"
        self.path = os.path.join(OUT, "cells", self.name)

    def digest(self):
        """Of all that the result hangs on."""
        digest = hashlib.sha256(" ".join(self.scenario.settings).encode())
        subsystem = self.scenario.subsystem
        paths = [os.path.join(HERE, subsystem, self.scenario.script + ".sh"),
                 os.path.join(HERE, subsystem, "subsystem"),
                 os.path.join(HERE, "guest.sh")]
        if self.allocator == "tslab":
            paths += sorted(glob.glob(os.path.join(OUT, subsystem, "*.ko")))
            paths.append(os.path.join(TOP, "build/module-6.12/tslab.ko"))
        for path in paths:
            digest.update(digest_of(path))
        return digest.hexdigest()[:16]

    def lines(self):
        """What the guest said, or nothing if it is of something else."""
        try:
            with open(self.path, encoding="utf-8") as file:
                head, *lines = file.read().splitlines()
        except (OSError, ValueError):
            return []
        return lines if head == self.digest() else []

    def go(self):
        for _ in range(BOOTS):
            lines = self.boot()
            why = [line for line in lines if line.startswith("@failed")]
            if not why and any(line.startswith("@real kept") for line in lines):
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
                with open(self.path + ".tmp", "w", encoding="utf-8") as file:
                    file.write("\n".join([self.digest()] + lines) + "\n")
                os.replace(self.path + ".tmp", self.path)
                return
        raise Failure(f"{self.name}: {why[0] if why else 'the guest did not come to its end'}")

    def boot(self):
        with tempfile.TemporaryDirectory() as scratch:
            config = os.path.join(scratch, "config")
            with open(config, "w", encoding="utf-8") as file:
                file.write("\n".join(self.scenario.settings) + "\n")
            run = subprocess.run(
                [os.path.join(HERE, "boot.sh"), self.scenario.subsystem,
                 *(["--slub"] if self.allocator == "slub" else []), *RIGS[self.rig],
                 "--timeout", str(SECONDS[self.rig]), "--add", config,
                 os.path.join("tools/real", self.scenario.subsystem,
                              self.scenario.script + ".sh")],
                cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                errors="replace", check=False)
        return [line for line in run.stdout.splitlines() if line.startswith("@")]

    def rows(self):
        for line in self.lines():
            word, moment, *figures = line.split()
            if word not in ("@real", "@time", "@fio", "@remote"):
                continue
            for figure in figures:
                name, value = figure.split("=")
                if word == "@time" and name == "ns":
                    name = "took_ns"
                yield dict(zip(FIELDS, (
                    self.scenario.subsystem, self.scenario.name, self.rig, self.allocator,
                    self.run, moment, name, int(value))))


# === Results ===

def values(rows, **wanted):
    return [row["value"] for row in rows
            if all(row[key] == value for key, value in wanted.items())]


def mean(numbers):
    return sum(numbers) / len(numbers) if numbers else 0


def speed(rows):
    """By instructions, of all that was timed; None if it was not measured."""
    took = {allocator: sum(values(rows, rig="icount", allocator=allocator, figure="took_ns"))
            for allocator in ALLOCATORS}
    return took["slub"] / took["tslab"] if all(took.values()) else None


def result(scenario, rows):
    def pages(allocator, moment):
        return round(mean(values(rows, rig="smp", allocator=allocator, moment=moment,
                                 figure="pages")))
    fast = speed(rows)
    return (f"real {scenario.subsystem} {scenario.name} slub={pages('slub', 'kept')} "
            f"tslab={pages('tslab', 'kept')} slub_peak={pages('slub', 'peak')} "
            f"tslab_peak={pages('tslab', 'peak')} "
            f"speed={f'{fast:.2f}' if fast else '-'}")


def write_csv(path, rows):
    with open(path + ".tmp", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(path + ".tmp", path)


def prepare(names):
    """What the guests need; each is built once."""
    steps = [["bash", "-ec", f". tools/qemu/packages.sh; need {NEEDED}"],
             ["tools/real/programs.sh"], ["tools/qemu/kernels.sh", "source"],
             ["tools/qemu/kernels.sh", "headers"], ["tools/qemu/kernels.sh", "image"],
             ["tools/qemu/module.sh", "6.12"]]
    steps += [["tools/real/build.sh", name] for name in names]
    for step in steps:
        run = subprocess.run(step, cwd=TOP, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace",
                             check=False)
        if run.returncode:
            last = run.stdout.strip().splitlines()[-10:]
            raise Failure("\n".join([" ".join(step) + " fails:"] + last))


def measure(args):
    found = {name: scenarios(name, args.quick) for name in args.names}
    # What is measured again comes last, and in the other order: machines drift.
    cells = [Cell(scenario, allocator, rig, run)
             for run in range(max(max(runs.values()) for runs in RUNS.values()))
             for rig in RIGS for name in args.names
             for scenario in found[name] if run < RUNS[scenario.kind].get(rig, 0)
             for allocator in ALLOCATORS[::-1 if run % 2 else 1]]
    begin, failed = time.monotonic(), []

    def go(numbered):
        number, cell = numbered
        if not args.fresh and cell.lines():
            return
        # One write each, as two may print at once.
        sys.stderr.write(f"real: {number} of {len(cells)}, "
                         f"{time.monotonic() - begin:.0f} s: {cell.name}\n")
        try:
            cell.go()
        except Failure as failure:
            sys.stderr.write(f"real: {failure}\n")
            failed.append(cell)

    for alone, part in itertools.groupby(enumerate(cells, 1),
                                         lambda numbered: numbered[1].is_timed):
        with concurrent.futures.ThreadPoolExecutor(1 if alone else os.cpu_count()) as pool:
            list(pool.map(go, part))
    rows = [row for cell in cells for row in cell.rows()]
    if not args.quick:
        kept = []
        path = os.path.join(OUT, "real.csv")
        if os.path.exists(path):
            with open(path, encoding="utf-8", newline="") as file:
                kept = [row for row in csv.DictReader(file)
                        if row["subsystem"] not in args.names]
        write_csv(path, kept + rows)
    for name in args.names:
        for scenario in found[name]:
            own = [row for row in rows if row["subsystem"] == name and
                   row["scenario"] == scenario.name]
            if own and scenario not in [cell.scenario for cell in failed]:
                print(result(scenario, own))
    if args.quick:
        return verdict(args.names, rows)
    return 1 if failed else 0


def verdict(names, rows):
    """Of a quick run, as checks."""
    bad = 0
    for name in names:
        slub, tslab = (values(rows, subsystem=name, allocator=allocator, moment="kept",
                              figure="pages") for allocator in ALLOCATORS)
        good = slub and tslab and tslab[0] < slub[0]
        bad += not good
        print(f"{'ok' if good else 'not ok'} {name}: keeps less than SLUB")
    return 1 if bad else 0


def main():
    names = sorted(os.path.basename(os.path.dirname(path))
                   for path in glob.glob(os.path.join(HERE, "*/subsystem")))
    parser = argparse.ArgumentParser(add_help=False, usage=argparse.SUPPRESS)
    parser.error = lambda message: sys.exit(
        print(f"real.py: {message}; see real.py --help", file=sys.stderr) or 2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--built", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    if set(sys.argv[1:]) & {"-h", "--help"}:
        print(__doc__.strip())
        return 0
    args = parser.parse_args()
    for name in args.names:
        if not re.fullmatch(r"\w+", name) or name not in names:
            parser.error(f"no subsystem {name}: there are {', '.join(names)}")
    args.names = args.names or names
    if not args.built:
        prepare(args.names)
    return measure(args)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (Failure, OSError) as fault:
        print(f"real.py: {fault}", file=sys.stderr)
        sys.exit(1)
