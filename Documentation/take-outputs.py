#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Takes what tools/qemu/outputs.sh has printed into observability.rst.

usage: take-outputs.py OUTPUT

The text around it says what there is to be seen: read it again afterwards."""
import os
import re
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "observability.rst")


class Outputs:
    """What each command has printed, without empty lines."""

    def __init__(self, text):
        self.parts = [part.split("\n") for part in re.split(r"(?m)^# ", text)]

    def of(self, command, nth=0):
        found = [part for part in self.parts if part[0].strip() == command]
        if len(found) <= nth:
            sys.exit(f"take-outputs.py: nothing of: {command}")
        return [line.rstrip() for line in found[nth][1:] if line.strip()]

    def stat(self, options, nth=0):
        return self.of(f"tslabstat {options}".strip(), nth)

    def script(self, name):
        """Without what bpftrace says of itself."""
        return self.of(f"tools/bpftrace/{name}")[1:]


def starting(lines, start):
    return [line for line in lines if re.match(start, line)]


def blocks(lines, name):
    """Entries of a map whose keys are stacks."""
    text = "\n".join(lines)
    return [block.replace(", \n", ",\n").split("\n")
            for block in re.findall(rf"@{name}\[.*?\]: \d+", text, re.S)]


def histogram(lines, start):
    found, inside = [], False
    for line in lines:
        if line.startswith("@"):
            inside = line.startswith(start)
        if inside:
            found.append(line)
    return found


def put(page, command, lines, end="\n\n"):
    """The page with other lines after a command."""
    start = page.index(f"\t# {command}\n") + len(f"\t# {command}\n")
    return (page[:start] + "\n".join("\t" + line if line else ""
                                     for line in lines) +
            page[page.index(end, start):])


def sampled(lines):
    """Of the tables of samples, what there is of objects of 4096 bytes."""
    one = r"4096  "
    kinds = [lines[0]]
    for kind in ("hold", "wait", "cpu", "wall"):
        kinds += ["..."] + starting(lines, one + kind + r"(\s+\d+){4}$")
    waits = (starting(lines, "SIZE  KIND  FROM") + ["..."] +
             starting(lines, one + r"wait(\s+\d+){4}\.") + ["..."])
    reasons = (starting(lines, "SIZE  REASON") + ["..."] +
               starting(lines, one + "(cas_retry|lock_wait|new_slab|shared)"))
    return kinds + [""] + waits + [""] + reasons


def contention(page, outputs):
    page = put(page, "tslabstat --instance contend_shared",
               outputs.stat("--instance contend_shared"))
    lines = outputs.stat("--locks --instance contend_shared")
    page = put(page, "tslabstat --locks --instance contend_shared",
               [lines[0], "..."] + starting(lines, " 4096") + ["..."])
    lines = outputs.stat("--instance contend_percpu")
    page = put(page, "tslabstat --instance contend_percpu",
               [lines[0], "...", lines[-1]])
    lines = outputs.stat("--labels --instance contend_percpu")
    page = put(page, "tslabstat --labels --instance contend_percpu",
               [lines[0], "..."] + starting(lines, r"\S+ +all "))
    page = put(page, "tslabstat --histogram --instance contend_shared",
               sampled(outputs.stat("--histogram --instance contend_shared")),
               "\n\nOne in 64 was timed")
    lines = outputs.script("slow_allocs.bt")
    page = put(page, "tools/bpftrace/slow_allocs.bt",
               lines[:2] + ["..."] + starting(lines, "@reasons")[-4:] +
               ["..."] + blocks(lines, "stacks")[-1] + ["..."])
    lines = outputs.script("contended_locks.bt")
    page = put(page, "tools/bpftrace/contended_locks.bt",
               lines[:1] + starting(lines, "@contended")[-4:] + ["..."] +
               histogram(lines, "@wait_ns[free_partial]")[:6] + ["..."])
    lines = outputs.script("cas_retries.bt")
    return put(page, "tools/bpftrace/cas_retries.bt",
               lines[:1] + ["..."] + starting(lines, "@retries")[-6:])


def epochs(page, outputs):
    lines = outputs.stat("--epochs --instance contend_percpu")
    page = put(page, "tslabstat --epochs --instance contend_percpu",
               [lines[0], "..."] + lines[1:9] + ["..."])
    lines = outputs.script("epoch_leaks.bt")
    page = put(page, "tools/bpftrace/epoch_leaks.bt",
               lines[:1] + ["..."] + blocks(lines, "alive")[-1] +
               starting(lines, "@closed")[-2:])
    lines = outputs.script("epochs.bt")
    page = put(page, "tools/bpftrace/epochs.bt",
               lines[:1] + starting(lines, "@closes") +
               histogram(lines, "@drain_us") + ["..."] +
               starting(lines, "@pages_at_close"))
    retention = "--epochs --instance retention"
    return put(page, f"tslabstat {retention}",
               outputs.stat(retention, 0) +
               ["# echo release > /sys/kernel/debug/tslab_retention/stage",
                f"# tslabstat {retention}"] + outputs.stat(retention, 1))


def shape(page, outputs):
    start = page.index("All instances together, class by class::")
    page = page[:start] + put(page[start:], "tslabstat", outputs.stat(""))
    lines = outputs.script("top_callers.bt")
    top = blocks(lines, "bytes")[-2:]
    return put(page, "tools/bpftrace/top_callers.bt",
               lines[:1] + ["..."] + top[0] + top[1])


MEMINFO = "grep -E 'MemAvailable|Slab|SReclaimable|SUnreclaim' /proc/meminfo"


def tables_apart(lines):
    """With an empty line before each heading but the first."""
    return [line for i, each in enumerate(lines) for line in
            ([""] if i and re.match(r"\s*[A-Z]{4,}", each) else []) + [each]]


def memory(page, outputs):
    page = put(page, MEMINFO, outputs.of(MEMINFO, 0), "\n\t# ")
    start = page.index("/parameters/take\n")
    page = page[:start] + put(page[start:], MEMINFO, outputs.of(MEMINFO, 1))
    lines = outputs.of("slabtop --once --sort=c")
    first = [i for i, line in enumerate(lines) if "OBJS" in line][0]
    page = put(page, "slabtop --once --sort=c",
               ["..."] + lines[first:first + 5] + ["..."])
    page = put(page, "tslabstat --memory",
               tables_apart(outputs.stat("--memory")), "\n\nThe first")
    return put(page, "tslabstat --caches --instance hold",
               outputs.stat("--caches --instance hold"))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        outputs = Outputs(file.read())
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    page = shape(epochs(contention(page, outputs), outputs), outputs)
    page = memory(page, outputs)
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page)


if __name__ == "__main__":
    main()
