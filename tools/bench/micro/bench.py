#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Measures what single operations cost, tslab and SLUB side by side, and
writes build/bench/micro-RIG.json."""
import argparse
import datetime
import os
import signal
import sys
import time

import plan
import results
from plan import rigs

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
GUEST = "tools/qemu/bench-micro-guest.sh"
MODULE = "tslab_micro"
# Seconds that all cells of a boot may take, and tries to get it to start.
TIMEOUT = 400
BOOTS = 3


def say(text):
    print(f"bench-micro: {text}", file=sys.stderr, flush=True)


class Run:
    """One rig."""

    def __init__(self, name, out):
        self.name = name
        self.about = plan.RIGS[name]
        self.out = out
        self.results = results.Results(self.about.unit)
        self.facts = {"rig": name, "title": self.about.title, "kernel": "",
                      "measured": str(datetime.date.today()), **rigs.host()}
        self.failed = []
        self.started = False

    def go(self, only):
        """Raises rigs.Missing."""
        os.makedirs(self.out, exist_ok=True)
        log = os.path.join(self.out, f"micro-{self.name}.build.log")
        rigs.prepare(self.about.rig, log, MODULE)
        for boot in self.about.boots:
            cells = [cell for cell in boot.cells
                     if not only or cell.split()[0] in only]
            if cells:
                self.boot(boot, cells)
        wrong = (self.about.unit == "insns" and
                 results.check_clock(self.rows()))
        if wrong:
            self.failed.append(f"{self.name}: {wrong}")
        if self.results.rows and not only:
            self.facts["failed"] = self.failed
            results.write(self.path(), self.facts, self.rows())

    def rows(self):
        return list(self.results.rows.values())

    def path(self):
        return os.path.join(self.out, f"micro-{self.name}.json")

    def boot(self, boot, cells):
        todo = os.path.join(self.out, "cells")
        with open(todo, "w", encoding="utf-8") as file:
            file.write("\n".join(cells) + "\n")
        rig = self.about.rig._replace(
            boot=f"{self.about.rig.boot} --cpus {boot.cpus}")
        for left in reversed(range(BOOTS)):
            self.started = False
            process = rigs.boot(rig, todo, TIMEOUT, MODULE, GUEST)
            try:
                done = self.listen(boot, process.stdout, len(cells))
                code = process.wait()
            finally:
                rigs.end(process)
            # Emulated CPUs now and then stumble over code that is patched.
            if self.started or not left:
                break
            say(f"{boot.name}: the guest did not start: once more")
        if done < len(cells) or code:
            self.failed.append(f"{boot.name}: {done} of {len(cells)} cells "
                               f"were done, and the guest returned {code}")

    def listen(self, boot, lines, total):
        """Return: cells that came to their end."""
        done, cell, begun, said = 0, "", time.monotonic(), []
        for line in lines:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "@rig":
                self.started = True
                self.facts["kernel"] = rest.split()[0]
            elif word == "@cell":
                cell, said, begun = rest, [], time.monotonic()
            elif word == "@failed":
                self.failed.append(f"{boot.name}: {cell}: {rest}")
                say(self.failed[-1])
            elif word == "@end":
                try:
                    self.results.take(boot, cell, said)
                    done += 1
                    say(f"[{done:3}/{total}] {boot.name} {cell}: "
                        f"{time.monotonic() - begun:.1f} s")
                except (results.Void, ValueError) as why:
                    self.failed.append(f"{boot.name}: {cell}: {why}")
            else:
                said.append(line.rstrip("\n"))
        return done


def show(run):
    print(f"\n{run.about.title}; Linux {run.facts['kernel']} on "
          f"{run.facts['host_model']}, {run.facts['host_cpus']} CPUs; "
          "ratio to kmem_cache")
    print("\n".join(results.table(run.rows())))
    print()
    print("\n".join(results.machine(run.rows())), flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rig", choices=list(plan.RIGS), action="append",
                        help="this rig alone; may be given again")
    parser.add_argument("--only", metavar="WORK", action="append",
                        help="this work alone, and no JSON; may be given "
                             "again")
    return parser.parse_args()


def main():
    args = arguments()
    os.chdir(TOP)
    bad = 0
    for name in args.rig or plan.RIGS:
        run = Run(name, "build/bench")
        try:
            run.go(args.only)
        except rigs.Missing as missing:
            run.failed.append(f"{name}: {missing}")
        if run.results.rows:
            show(run)
        for why in run.failed:
            say(why)
        bad |= bool(run.failed)
    return int(bad)


if __name__ == "__main__":
    # Guests are ended in any case, which takes an exception.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        say(error)
        sys.exit(1)
