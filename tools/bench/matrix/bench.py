#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the matrix of loads on every rig and writes CSV, page and plots.

Every cell that is done is a file in build/bench/RIG and is not run again: an
interrupted run goes on where it was."""
import argparse
import datetime
import os
import signal
import sys
import time

import cells
import page
import results
import rigs

# Emulated CPUs now and then stumble over code that the kernel patches at boot.
BOOTS = 3
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")


def say(text):
    print(f"bench: {text}", file=sys.stderr)


def read_cell(path):
    """First line, which says what was run on what, and the others."""
    try:
        with open(path, encoding="utf-8") as file:
            head, *lines = file.read().splitlines()
            return head, lines
    except (OSError, ValueError):
        return None, []


def write_file(path, text):
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


class Run:
    """The cells of a rig, of which some are done."""

    def __init__(self, name, plan, only, out, progress):
        self.name = name
        self.rig = rigs.RIGS[name]
        self.dir = os.path.join(out, name)
        self.plan = plan
        self.cells = selected(plan, only)
        self.progress = progress
        self.failed = []
        self.started = False
        self.digest = None

    def path(self, cell):
        return os.path.join(self.dir, cell.name)

    def head(self, cell):
        return f"{self.digest} {cell.options}"

    def is_done(self, cell):
        return read_cell(self.path(cell))[0] == self.head(cell)

    def left(self):
        return [cell for cell in self.cells if not self.is_done(cell)]

    def forget(self):
        for cell in self.cells:
            if os.path.exists(self.path(cell)):
                os.remove(self.path(cell))

    def go(self):
        """Runs what is not done; raises rigs.Missing."""
        os.makedirs(self.dir, exist_ok=True)
        rigs.prepare(self.rig, os.path.join(self.dir, "build.log"))
        self.digest = rigs.digest(self.rig)
        left = self.left()
        self.progress.done([cell for cell in self.cells if cell not in left])
        if not left:
            return
        todo = os.path.join(self.dir, "cells")
        write_file(todo, "".join(f"{cell.name} {cell.options}\n"
                                 for cell in left))
        timeout = 60 + 3 * sum(cell.seconds + 1 for cell in left)
        for boot in range(BOOTS):
            code = self.boot(todo, timeout, {cell.name: cell for cell in left})
            if self.started:
                break
            say(f"{self.name}: the guest did not start" +
                ("" if boot == BOOTS - 1 else ": once more"))
        self.failed += [f"{cell.name}: the guest did not come to it"
                        for cell in self.left()
                        if not any(why.startswith(cell.name + ":")
                                   for why in self.failed)]
        if code and not self.failed:
            self.failed.append(f"the guest returned {code}")

    def boot(self, todo, timeout, cells_todo):
        process = rigs.boot(self.rig, todo, timeout)
        try:
            self.listen(process.stdout, cells_todo)
            return process.wait()
        finally:
            rigs.end(process)

    def listen(self, lines, todo):
        result = []
        for line in lines:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "@rig":
                self.started = True
                kernel, cpus = rest.split()
                facts = {"rig": self.name, "kernel": kernel, "cpus": cpus,
                         "measured": str(datetime.date.today()), **rigs.host()}
                results.write(self.facts_path(), results.RIGS, [facts])
            elif word == "@cell":
                result = []
            elif word == "@end":
                self.keep(todo[rest], result)
            elif word == "@failed":
                self.failed.append(rest)
                say(f"{self.name}: {rest}")
            elif word == "@complaint":
                self.failed.append("the kernel complained: " + result[-1])
            else:
                result.append(line.rstrip("\n"))

    def keep(self, cell, lines):
        values, _ = results.parse(lines)
        write_file(self.path(cell), "\n".join([self.head(cell)] + lines) + "\n")
        rate = results.throughput({name: int(values[name])
                                   for name in ("allocs", "elapsed_ns")})
        self.progress.cell(f"{self.name} {cell.name}: "
                           f"{rate:.2f} M objects/s", cell.seconds)

    def facts_path(self):
        return os.path.join(self.dir, "rig.csv")

    def csv(self, out):
        """All that is done with these modules, as CSV."""
        matrix, churn, pages = [], [], []
        for cell in filter(self.is_done, self.plan):
            values, over_time = results.parse(read_cell(self.path(cell))[1])
            if values["pattern"] != "churn":
                matrix.append(values)
                continue
            churn.append(values)
            pages += [{**values, "ms": ms, "pages": n} for ms, n in over_time]
        for name, fields, rows in (("", results.MATRIX, matrix),
                                   ("-churn", results.CHURN, churn),
                                   ("-pages", results.PAGES, pages)):
            path = os.path.join(out, f"{self.name}{name}.csv")
            if rows:
                results.write(path, fields, rows)
            elif os.path.exists(path):
                os.remove(path)


class Progress:
    """Cells done of all, and the minutes left if it goes on as it did."""

    def __init__(self, wanted):
        self.all = len(wanted)
        self.count = 0
        self.left = sum(cell.seconds for cell in wanted)
        self.begun = time.monotonic()
        self.measured = 0

    def done(self, cells_done):
        self.count += len(cells_done)
        self.left -= sum(cell.seconds for cell in cells_done)

    def cell(self, text, seconds):
        self.count += 1
        self.left -= seconds
        self.measured += seconds
        pace = (time.monotonic() - self.begun) / self.measured
        print(f"[{self.count:3}/{self.all}] {text}, about "
              f"{self.left * pace / 60:.0f} min left", flush=True)


def selected(plan, only):
    return [cell for cell in plan if cell.name.startswith(only)]


def measure(runs, out):
    """Runs all rigs. Return: those that are not there or have failed cells."""
    path = os.path.join(out, "rigs.csv")
    facts = {row["rig"]: row for row in results.read(path)}
    bad = []
    for run in runs:
        why = ""
        try:
            run.go()
            if run.failed:
                why = f"{len(run.failed)} failed, the first: {run.failed[0]}"
        except rigs.Missing as missing:
            why = str(missing)
        finally:
            if run.digest:
                run.csv(out)
        known = results.read(run.facts_path())
        facts[run.name] = {**(known[0] if known else {"rig": run.name}),
                           "missing": why}
        results.write(path, results.RIGS,
                      [facts[name] for name in rigs.RIGS if name in facts])
        if why:
            bad.append(run.name)
            say(f"{run.name}: {why}")
    return bad


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="fewer and shorter cells, in build/bench-quick")
    parser.add_argument("--fresh", action="store_true",
                        help="run again what is done")
    parser.add_argument("--rig", action="append", choices=list(rigs.RIGS),
                        help="this rig alone; may be given again")
    parser.add_argument("--only", metavar="SCENARIO", default="",
                        choices=cells.SCENARIOS + ("churn",),
                        help="its cells alone; others that are done are kept")
    return parser.parse_args()


def main():
    args = arguments()
    os.chdir(TOP)
    out = "build/bench-quick" if args.quick else "build/bench"
    kind = cells.quick if args.quick else cells.full
    plan = {name: kind(rigs.RIGS[name].churn)
            for name in args.rig or rigs.RIGS}
    progress = Progress([cell for name in plan
                         for cell in selected(plan[name], args.only)])
    runs = [Run(name, plan[name], args.only, out, progress) for name in plan]
    if args.fresh:
        for run in runs:
            run.forget()
    os.makedirs(out, exist_ok=True)
    bad = measure(runs, out)
    print(f"bench: {out}/*.csv")
    if page.Data(out).rigs:
        page.generate(out, out, png=True)
        print(f"bench: {out}/contention-results.rst, {out}/images")
    return 1 if bad else 0


if __name__ == "__main__":
    # Guests are ended in any case, which takes an exception.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from here")
        sys.exit(130)
    except (OSError, page.Error) as error:
        say(error)
        sys.exit(1)
