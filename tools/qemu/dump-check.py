#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares what tools/drgn/tslab.py finds in a dump with what its guest had printed.

usage: dump-check.py DUMP VMLINUX TSLAB.KO OTHER.KO OUTPUT
    OUTPUT is that of dump-guest.sh, OTHER.KO a tslab.ko that was not loaded.
    Prints "ok NAME" or "not ok NAME" for each.
"""

import pathlib
import subprocess
import sys

DRGN = pathlib.Path(__file__).resolve().parent.parent / "drgn"

failed = False


def check(name, condition, seen=""):
    global failed
    print(f"{'ok' if condition else 'not ok'} {name}")
    if not condition:
        failed = True
        print(seen)


def drgn(options, *args):
    return subprocess.run(["drgn", "--no-default-symbols", *options, *args],
                          capture_output=True, text=True, timeout=300)


class Guest:
    """What it has printed, by the first word of lines."""

    def __init__(self, path):
        lines = pathlib.Path(path).read_text().splitlines()
        self.lines = [line.split() for line in lines if line]

    def all(self, word):
        return [line[1:] for line in self.lines if line[0] == word]

    def types(self):
        """Figures by instance and class or cache, of those that were ever used."""
        types = {}
        for instance, name, figure, value in self.all("type"):
            types.setdefault((instance, name), {})[figure] = int(value)
        return {key: figures for key, figures in types.items()
                if figures["alloc_objects"] or key[1].startswith("cache_")}


class Dump:
    def __init__(self, dump, vmlinux, module):
        self.options = ["-c", dump, "-s", vmlinux]
        self.module = module

    def run(self, *args, module=None):
        return drgn(self.options, str(DRGN / "tslab.py"), "--module",
                    module or self.module, *args)

    def table(self, *args):
        """Rows; a command that complains has none."""
        result = self.run(*args)
        if result.returncode or result.stderr:
            print(result.stderr)
            return []
        return [line.split() for line in result.stdout.splitlines()[1:]]


def check_epochs(guest, dump):
    shown = guest.all("epoch")
    found = dump.table("epochs")
    # Time goes on.
    exact = [row[:5] + row[6:] for row in shown]
    check("epochs as in debugfs", shown and
          [row[:5] + row[6:] for row in found] == exact, (exact, found))
    check("their ages", len(found) == len(shown) and all(
        0 <= float(row[5]) - int(line[5]) / 1e9 < 60
        for row, line in zip(found, shown)), (shown, found))
    for instance, index, live in (row[:2] + row[6:7] for row in found if row[6] != "0"):
        objects = dump.table("objects", instance, index)
        check(f"objects of epoch {index} of {instance}",
              len({row[0] for row in objects}) == len(objects) == int(live), objects)


def check_instances(guest, dump):
    epochs = guest.all("epoch")
    found = dump.table("instances")
    names = list(dict.fromkeys(row[0] for row in epochs))
    shown = [[name, *(str(sum(row[3] == state for row in epochs if row[0] == name))
                      for state in ("open", "draining")),
              str(sum(int(row[6]) for row in epochs if row[0] == name)),
              str(sum(int(row[12]) for row in epochs if row[0] == name))]
             for name in names]
    check("instances as in debugfs",
          [row[:3] + row[4:] for row in found] == shown, (shown, found))


def check_types(guest, dump):
    shown = {key: [figures[name] for name in (
        "live_objects", "alloc_objects", "free_objects", "partial_slabs", "full_slabs",
        "cached_slabs")] + [figures["committed_bytes"] // 4096]
        for key, figures in guest.types().items()}
    found = {tuple(row[:2]): [int(n) for n in row[2:8] + row[9:]]
             for row in dump.table("caches")}
    check("classes and caches as in debugfs", shown and shown == found, (shown, found))
    one = dump.table("caches", "--instance", "where")
    check("of one instance", one and {row[0] for row in one} == {"where"}, one)


def check_memory(guest, dump):
    summary = {name: int(value) for name, value in guest.all("summary")}
    result = dump.run("memory")
    lines = [line.split() for line in result.stdout.splitlines()]
    totals = next((line[1:] for line in lines if line[0] == "total"), [0, 0, 0])
    stock = sum(int(line[-2]) for line in lines if line[0] == "stock")
    check("live bytes", int(totals[0]) == summary["total_live_bytes"], result)
    check("committed bytes", int(totals[1]) == summary["total_committed_bytes"], result)
    check("stock and warm places", int(totals[2]) + stock ==
          summary["total_stock_pages"] > 0, result)


def check_where(guest, dump):
    said = guest.all("where")
    result = dump.run("whose", *(line[0] for line in said))
    blocks = [dict(line.split(None, 1) for line in block.splitlines())
              for block in result.stdout.split("\n\n")]
    check("whose says it of each", len(blocks) == len(said) > 20 and
          result.returncode == 1, result)
    for (addr, what, name, index, label), block in zip(said, blocks):
        seen = {
            "live": ", live", "free": ", free", "handle": ", live, has a handle",
            "rcu": ", freed, waits for RCU", "nothing": "none: nothing was made there",
        }.get(what)
        if what == "foreign":
            right = block.get("none") == "of tslab's"
        elif what == "stock":
            right = "stock" in block
        else:
            right = (block.get("object", "").endswith(seen) and
                     block.get("of", name).split(",")[0] in (name, "-") and
                     block.get("instance") == "where" and
                     block.get("epoch", "").startswith(f"{index}, ") and
                     block["epoch"].endswith(f" label {label}"))
        check(f"whose: {what} {name}", right, (addr, block))
    run = next(block for line, block in zip(said, blocks) if line[2] == "class_16")
    check("a run is one", ", a run" in run.get("slab", ""), run)
    shared = {block["slab"].split(",")[0] for line, block in zip(said, blocks)
              if line[2] in ("class_16", "class_256", "class_64")}
    check("of several classes", len(shared) == 1, shared)
    left = [line[0] for line in said if line[2] == "class_512"]
    found = [row[0] for row in dump.table("objects", "where", "2")]
    check("what keeps an epoch from draining is found",
          sorted(found) == sorted(f"0x{addr}" for addr in left), (left, found))


def check_refused(dump, other):
    def refused(name, result, text):
        check(f"refused: {name}", result.returncode == 2 and not result.stdout and
              result.stderr.count("\n") == 1 and text in result.stderr, result)

    script = str(DRGN / "tslab.py")
    refused("no number", dump.run("whose", "xyz"), "invalid address")
    refused("more than 64 bits", dump.run("whose", "1" + 16 * "0"), "invalid address")
    refused("no command", dump.run("nothing"), "invalid choice")
    refused("no such epoch", dump.run("objects", "where", "99"), "has no epoch 99")
    refused("no such instance", dump.run("objects", "none", "0"), "no instance none")
    refused("a file that is not there", dump.run("memory", module="/nowhere"),
            "/nowhere")
    refused("a tslab.ko that was not loaded", dump.run("memory", module=other),
            "not the one that was loaded")
    refused("one that drgn could not place", drgn(
        [*dump.options, "-q", "-s", dump.module], script, "memory"), "--module alone")
    refused("no tslab.ko", drgn(dump.options, script, "memory"), "--module")
    refused("no vmlinux", drgn(dump.options[:2], script, "memory"), "vmlinux")
    result = subprocess.run([sys.executable, script, "memory"], capture_output=True,
                            text=True)
    check("refused: no drgn", result.returncode == 1 and
          "is run by drgn" in result.stderr, result)


def check_broken(dump):
    """In one process, as drgn takes longest to begin."""
    script = pathlib.Path(__file__).with_name("dump-broken.py")
    result = drgn(dump.options, str(script), dump.module)
    print(result.stdout, end="")
    check("broken dumps were tried", result.returncode == 0, result.stderr)


def main():
    core, vmlinux, module, other, output = sys.argv[1:]
    guest, dump = Guest(output), Dump(core, vmlinux, module)
    check_instances(guest, dump)
    check_epochs(guest, dump)
    check_types(guest, dump)
    check_memory(guest, dump)
    check_where(guest, dump)
    check_refused(dump, other)
    check_broken(dump)
    sys.exit(failed)


if __name__ == "__main__":
    main()
