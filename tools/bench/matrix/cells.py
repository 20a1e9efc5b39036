# SPDX-License-Identifier: GPL-2.0
"""What is measured: a cell is one run of tslab_bench."""
from collections import namedtuple

SCENARIOS = ("hotspot", "steady", "straggler", "cross_thread_free")
BACKENDS = ("tslab_shared", "tslab", "kmem_cache")
THREADS = (1, 2, 4, 8, 16)
LEAK_PCT = (1, 2, 5, 10, 20)

# name: unique in a rig; options: the line for the module; seconds: about how
# long it takes
Cell = namedtuple("Cell", "name options seconds")


def matrix(threads, seconds, runs):
    """Backends next to each other in time, repetitions far from each other:
    what disturbs the host for a while then disturbs all alike."""
    return [Cell(f"{scenario}-{backend}-{n}-{run}",
                 f"pattern={scenario} backend={backend} threads={n} "
                 f"duration_s={seconds} seed={run}", seconds)
            for run in range(1, runs + 1)
            for scenario in SCENARIOS
            for n in threads
            for backend in BACKENDS]


def churn(leak_pct, objects, seconds):
    """2000 phases one after another. Routing means nothing to kmem_cache."""
    kinds = (("tslab", "mixed"), ("tslab", "isolated"),
             ("kmem_cache", "mixed"))
    return [Cell(f"churn-{backend}-{routing}-{pct}",
                 f"pattern=churn backend={backend} routing={routing} "
                 f"leak_pct={pct} threads=1 rounds=2000 objs_min={objects} "
                 f"objs_max={objects} duration_s=120", seconds)
            for pct in leak_pct
            for backend, routing in kinds]


def full(with_churn):
    return matrix(THREADS, 2, 3) + (churn(LEAK_PCT, 4000, 8)
                                    if with_churn else [])


def quick(with_churn):
    return matrix((1, 2, 8), 1, 1) + (churn((5, 20), 1000, 2)
                                      if with_churn else [])
