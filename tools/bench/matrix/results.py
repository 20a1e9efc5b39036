# SPDX-License-Identifier: GPL-2.0
"""Results: text of the module, rows of CSV, and what is derived from them."""
import csv
import os
from statistics import median

COUNTERS = (
    "bitmap_alloc_attempts bitmap_alloc_cas_retries bitmap_free_attempts "
    "bitmap_free_cas_retries current_partial_cas_attempts "
    "current_partial_cas_failures lock_fast_acquire lock_contended "
    "remote_free new_slab_count empty_slab_overflowed "
    "epoch_close_calls epoch_close_recycled_slabs "
    "free_double free_invalid free_foreign").split()
COUNTS = (
    "threads size objs_min batch_size duration_s seed elapsed_ns requests "
    "allocs frees failed phases_refused live_end pages_peak pages_end "
    "pages_after").split()
MATRIX = ["pattern", "backend"] + COUNTS + COUNTERS
CHURN = (["pattern", "backend", "routing", "leak_pct", "rounds", "lag"] +
         COUNTS + COUNTERS)
PAGES = ["backend", "routing", "leak_pct", "ms", "pages"]
RIGS = ["rig", "kernel", "cpus", "host_cpus", "host_model", "measured",
        "missing"]


def parse(lines):
    """Values by name, and pages over time, of the result of a run."""
    values, pages = {}, []
    for line in lines:
        name, _, value = line.partition(" ")
        if name == "pages_at":
            pages.append(tuple(map(int, value.split())))
        elif name != "latency_ns":
            values[name.removeprefix("counter_")] = value
    return values, pages


def write(path, fields, rows):
    with open(path + ".tmp", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, fields, extrasaction="ignore",
                               lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    os.replace(path + ".tmp", path)


def read(path):
    """Rows, with numbers where there are numbers; none if there is no file."""
    if not os.path.exists(path):
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return [{name: int(value) if value.isdigit() else value
                 for name, value in row.items()}
                for row in csv.DictReader(file)]


def total(row, names):
    """Sum of counters, or None if the backend has none."""
    values = [row[name] for name in names.split()]
    return None if "" in values else sum(values)


def ratio(row, over, under):
    """Per cent, or None if there was nothing to divide by."""
    part, whole = total(row, over), total(row, under)
    return 100 * part / whole if part is not None and whole else None


def throughput(row):
    """Million objects allocated and freed in a second."""
    return row["allocs"] * 1000 / row["elapsed_ns"]


# By name of the figure.
METRICS = {
    "throughput": throughput,
    "alloc-retries": lambda row: ratio(row, "bitmap_alloc_cas_retries",
                                       "bitmap_alloc_attempts"),
    "free-retries": lambda row: ratio(row, "bitmap_free_cas_retries",
                                      "bitmap_free_attempts"),
    "lock-contention": lambda row: ratio(row, "lock_contended",
                                         "lock_fast_acquire lock_contended"),
    "partial-failures": lambda row: ratio(row, "current_partial_cas_failures",
                                          "current_partial_cas_attempts"),
}


def spread(rows, metric):
    """Median, least and greatest of the repetitions, or None."""
    values = [value for value in map(METRICS[metric], rows)
              if value is not None]
    return (median(values), min(values), max(values)) if values else None


def select(rows, **wanted):
    return [row for row in rows
            if all(row[name] == value for name, value in wanted.items())]
