# SPDX-License-Identifier: GPL-2.0
"""
Sums of what the CPUs have counted, as tslab/stats.c makes them for debugfs, from
which they may differ by what was under way.
"""

from dataclasses import dataclass

from drgn.helpers.linux.cpumask import for_each_possible_cpu
from drgn.helpers.linux.percpu import per_cpu, per_cpu_ptr

from .walk import *

__all__ = (
    "TslabObjects",
    "tslab_bin_objects",
    "tslab_bin_pages",
    "tslab_epoch_age",
    "tslab_epoch_live_objects",
    "tslab_epoch_pages",
    "tslab_live_bytes",
    "tslab_live_objects",
    "tslab_pages",
    "tslab_stock_pages",
    "tslab_type_objects",
    "tslab_warm_pages",
)

_U64 = (1 << 64) - 1


@dataclass
class TslabObjects:
    """Objects that were allocated and freed."""

    allocs: int = 0
    frees: int = 0

    def __iadd__(self, other):
        # What has moved to another CPU's counts is taken off by less than zero.
        self.allocs = (self.allocs + other.allocs) & _U64
        self.frees = (self.frees + other.frees) & _U64
        return self

    @property
    def live(self):
        # A discard frees what an allocation has not counted yet.
        return max(self.allocs - self.frees, 0)


# === Objects ===


def _in_runs(bin):
    """What is in runs that their home has not given up is counted nowhere else."""
    prog = bin.prog_
    objects = TslabObjects()
    runs = bin.epoch.runs
    no_slab = prog["tslab_no_slab"].address_of_()
    slabs = {slab.value_(): slab for slab in (runs.slab, *runs.kept)
             if slab != no_slab}
    for slab in slabs.values():
        run = tslab_slab_run(slab)
        starts = run.starts.value_()
        for slot, number in enumerate(run.member_("class").value_()):
            if starts >> slot & 1 and number == bin.type.number:
                objects.allocs += 1
                objects.frees += tslab_slot_is_free(slab, slot)
    return objects


def tslab_bin_objects(bin):
    """
    :param bin: ``struct tslab_bin *``
    :return: TslabObjects
    """
    objects = TslabObjects(bin.misses.counter.value_(),
                           bin.shared_frees.counter.value_())
    for cpu_slab in tslab_bin_cpu_slabs(bin):
        cs = cpu_slab[0].read_()
        objects += TslabObjects((cs.hits + cs.misses).value_(),
                                (cs.frees + cs.shared_frees).value_())
    if not bin.type.name:
        objects += _in_runs(bin)
    return objects


def tslab_type_objects(type):
    """
    :param type: ``struct tslab_type *``
    :return: TslabObjects
    """
    objects = TslabObjects()
    for bin in for_each_tslab_type_bin(type):
        objects += tslab_bin_objects(bin)
    # Those of bins that are gone.
    for counters in type.counters:
        if not counters:
            continue
        for cpu in for_each_possible_cpu(type.prog_):
            c = per_cpu_ptr(counters, cpu)
            objects += TslabObjects((c.hits + c.misses).value_(),
                                    c.frees.value_())
    return objects


def tslab_epoch_live_objects(epoch):
    """:param epoch: ``struct tslab_epoch *``"""
    return sum(tslab_bin_objects(bin).live for bin in for_each_tslab_bin(epoch))


def _bins(ts):
    for epoch in for_each_tslab_epoch(ts):
        yield from for_each_tslab_bin(epoch)


def tslab_live_objects(ts):
    """:param ts: ``struct tslab *``"""
    return sum(tslab_bin_objects(bin).live for bin in _bins(ts))


def tslab_live_bytes(ts):
    """:param ts: ``struct tslab *``"""
    page_size = ts.prog_["PAGE_SIZE"].value_()
    # Each of these is a slab, to the page.
    large = len(ts.type) - 2
    return sum(tslab_bin_pages(bin) * page_size if bin.type.number == large else
               tslab_bin_objects(bin).live * bin.type.geo.size.value_()
               for bin in _bins(ts))


# === Pages ===


def tslab_bin_pages(bin):
    """:param bin: ``struct tslab_bin *``"""
    return bin.nr_pages.counter.value_()


def tslab_epoch_pages(epoch):
    """:param epoch: ``struct tslab_epoch *``"""
    return sum(map(tslab_bin_pages, for_each_tslab_bin(epoch)))


def tslab_pages(ts):
    """
    Pages of slabs, without those of warm places.

    :param ts: ``struct tslab *``
    """
    return sum(map(tslab_bin_pages, _bins(ts)))


def tslab_warm_pages(ts):
    """
    Pages that CPUs keep where a phase has ended, for the next one.

    :param ts: ``struct tslab *``
    """
    pages = 0
    for cpu in for_each_possible_cpu(ts.prog_):
        epoch = per_cpu_ptr(ts.warm, cpu).epoch.read_()
        if epoch:
            pages += epoch.nr_warm.value_()
    return pages


def tslab_stock_pages(prog):
    """
    Pages that the CPUs have in stock, for all instances.

    :return: Dictionary by CPU.
    """
    stocks = prog.variable("stocks", "tslab/stock.c")
    return {cpu: per_cpu(stocks, cpu).nr.value_()
            for cpu in for_each_possible_cpu(prog)}


# === Time ===


def tslab_epoch_age(epoch):
    """
    Seconds since it was opened.

    :param epoch: ``struct tslab_epoch *``
    """
    prog = epoch.prog_
    ticks = prog["jiffies_64"].value_() - epoch.opened_at.value_()
    return ticks * prog["tick_nsec"].value_() / 1e9
