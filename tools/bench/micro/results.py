# SPDX-License-Identifier: GPL-2.0
"""Results: text of the guest, rows, and the forms they are told in."""
import json
import os

ALLOCATORS = ("tslab", "kmem_cache", "kmalloc")
# Instructions that do nothing, in every work, to see that they are counted.
NOPS = 100
# Where more is better; the ratio of these is turned around.
MORE_IS_BETTER = ("two_cpus_scaling", "utilisation")
UNITS = {"two_cpus_scaling": "times", "utilisation": "%",
         "request_mixed_pages": "pages", "requests_1000_kib": "KiB"}
MEMORY = ("Percpu", "SReclaimable", "SUnreclaim", "VmallocUsed")


class Void(Exception):
    """A cell without a result; says why."""


def parse(line):
    """(work, size, allocator, {median, min, max}) of a line "result"."""
    _, work, size, allocator, *numbers = line.split()
    median, least, most = (int(number) / 1000 for number in numbers)
    return work, int(size), allocator, {"median": median, "min": least,
                                        "max": most}


def check_clock(rows):
    """What is wrong with a clock of instructions, or None."""
    for row in rows:
        nops = median(row, "nops")
        if nops is not None and row["cpus"] == 1 and abs(nops - NOPS) > 0.5:
            return (f"{row['work']} {row['size']}: {NOPS} instructions took "
                    f"{nops}")
    return None


class Results:
    """The rows of a rig, in the order in which they were measured."""

    def __init__(self, unit):
        self.unit = unit
        self.rows = {}
        self.held = {}

    def add(self, boot, work, size, allocator, value):
        unit = UNITS.get(work) or ("bytes" if work.startswith("metadata") else
                                   self.unit)
        row = self.rows.setdefault((boot.name, work, size), {
            "rig": boot.name, "cpus": boot.cpus, "work": work, "size": size,
            "unit": unit})
        row[allocator] = value

    def take(self, boot, cell, lines):
        """What the guest has to say of a cell."""
        memory, found = {}, 0
        for line in lines:
            word = line.split()
            if word and word[0] == "result":
                work, size, allocator, value = parse(line)
                found += 1
                if work.startswith("held_"):
                    self.hold(boot, cell, value["median"], memory)
                else:
                    self.add(boot, work, size, allocator, value)
            elif word and word[0] == "memory":
                memory[word[1]] = (int(word[3]) - int(word[2])) * 1024
        if not found:
            raise Void("no result")

    def hold(self, boot, cell, held, memory):
        """Holding nothing comes first; the rest is what the things take."""
        if set(memory) != set(MEMORY):
            raise Void("not all of /proc/meminfo")
        work = cell.split()[0]
        none = self.held.setdefault((boot.name, work), (held, memory))
        if none[1] is memory:
            return
        n = held - none[0]
        took = {name: (memory[name] - none[1][name]) / n for name in memory}
        self.metadata(boot, work, took)

    def metadata(self, boot, work, took):
        def add(name, value):
            value = round(value, 1)
            self.add(boot, name, 0, "tslab",
                     {"median": value, "min": value, "max": value})
        if work == "hold_slabs":
            # Its pages are not in it: they do not come from another slab.
            add("metadata_slab", took["SUnreclaim"])
            return
        percpu = took["Percpu"]
        add("metadata_instance",
            took["SUnreclaim"] + took["VmallocUsed"] + percpu)
        add("metadata_instance_per_cpu", percpu / boot.cpus)
        add("metadata_instance_debugfs", took["SReclaimable"])


def median(row, allocator):
    return row[allocator]["median"] if allocator in row else None


def ratio(row):
    """To kmem_cache: below 1, tslab is better. None if there is none."""
    ours, theirs = median(row, "tslab"), median(row, "kmem_cache")
    if row["work"] in MORE_IS_BETTER:
        ours, theirs = theirs, ours
    return ours / theirs if ours is not None and theirs else None


def text(value, digits=1):
    return "-" if value is None else f"{value:.{digits}f}"


def size_text(row):
    return str(row["size"]) if row["size"] else "-"


def table(rows):
    """Lines of text."""
    yield (f"{'work':32} {'size':>5} {'tslab':>12} {'kmem_cache':>12} "
           f"{'kmalloc':>12} {'unit':>6} {'ratio':>7}")
    for row in rows:
        name = row["work"] + (f", {row['cpus']} CPU"
                              if row["rig"].endswith("1") else "")
        values = " ".join(f"{text(median(row, allocator)):>12}"
                          for allocator in ALLOCATORS)
        yield (f"{name:32} {size_text(row):>5} {values} {row['unit']:>6} "
               f"{text(ratio(row), 3):>7}")


def machine(rows):
    """The same for programs."""
    for row in rows:
        yield (f"bench {row['rig']} {row['work']} {size_text(row)} "
               f"tslab={text(median(row, 'tslab'))} "
               f"slub={text(median(row, 'kmem_cache'))} "
               f"ratio={text(ratio(row), 3)}")


def write(path, facts, rows):
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        json.dump({**facts, "rows": rows}, file, indent=1)
        file.write("\n")
    os.replace(path + ".tmp", path)


def read(path):
    """What was written, or None."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)
