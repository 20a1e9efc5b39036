# SPDX-License-Identifier: GPL-2.0
"""What the design says the measurements should show, checked against them.

A check is given the rows of one rig and returns whether they are as expected,
or None if there is nothing to tell from, and the figures that say so. Its
docstring is what the page says of it."""
from statistics import mean, variance

from results import select, total

TIERS = ("tslab_shared", "tslab")
TIER = {"tslab_shared": "shared tier", "tslab": "per-CPU tier",
        "kmem_cache": "kmem_cache"}
NEAR_ZERO = 0.1		# retries per 100 objects
FEW = 100		# retries: fewer tell nothing of the side they are on
REMOVED = 0.01		# of what there was
FLAT = 0.05		# of the pages, beside what the spread of samples explains

# A published result of the approach: per cent of slabs recycled.
PUBLISHED = {"mixed": 0.28, "isolated": 66.5}


def per_objects(rows, name):
    """Events per 100 objects allocated, over all rows."""
    allocs = sum(row["allocs"] for row in rows)
    return 100 * sum(total(row, name) for row in rows) / allocs if allocs else 0


def threads_of(rows):
    return sorted({row["threads"] for row in rows})


def many(rows):
    """Those of more than one thread."""
    return [row for row in rows if row["threads"] > 1]


def hotspot_raises(rows):
    """On the shared tier, hotspot makes allocations lose cmpxchg rounds"""
    rows = select(rows, pattern="hotspot", backend="tslab_shared")
    if not select(rows, threads=1) or not many(rows):
        return None, ""
    rates = {n: per_objects(select(rows, threads=n),
                            "bitmap_alloc_cas_retries")
             for n in threads_of(rows)}
    text = ", ".join(f"{rate:.4f} with {n}" for n, rate in rates.items())
    del rates[1]
    return min(rates.values()) > NEAR_ZERO, (
        f"retries per 100 objects allocated, by threads: {text}")


def percpu_removes(rows):
    """The per-CPU tier removes them"""
    rows = many(select(rows, pattern="hotspot"))
    shared, own = (select(rows, backend=tier) for tier in TIERS)
    if not shared or not own:
        return None, ""
    here, there = (per_objects(of, "bitmap_alloc_cas_retries")
                   for of in (own, shared))
    return here <= REMOVED * there if there > NEAR_ZERO else None, (
        "retries per 100 objects with more than one thread: "
        f"{here:.4f} against {there:.4f}")


def steady_is_quiet(rows):
    """steady, with an epoch for each thread, keeps them near 0"""
    rows = many(select(rows, pattern="steady"))
    rates = {tier: per_objects(select(rows, backend=tier),
                               "bitmap_alloc_cas_retries")
             for tier in TIERS if select(rows, backend=tier)}
    text = ", ".join(f"{rate:.4f} on the {TIER[tier]}"
                     for tier, rate in rates.items())
    if not rates:
        return None, ""
    return max(rates.values()) <= NEAR_ZERO, (
        f"retries per 100 objects with more than one thread: {text}; up to "
        f"{NEAR_ZERO} is near 0")


def straggler_holds(rows):
    """straggler holds its epoch's memory and nothing else"""
    same, text = [], []
    for tier in TIERS:
        held = select(rows, pattern="straggler", backend=tier)
        alone = select(held, threads=1)
        worker = select(rows, pattern="steady", backend=tier, threads=1)
        if not alone or not worker or not many(held):
            continue
        own, other = alone[0]["pages_end"], worker[0]["pages_end"]
        for row in held:
            same.append(row["live_end"] == alone[0]["live_end"] and
                        row["pages_end"] == own + (row["threads"] - 1) * other)
        pages = {n: sorted({row["pages_end"] for row in
                            select(held, threads=n)})
                 for n in threads_of(held)}
        text.append(
            f"{TIER[tier]}: its {alone[0]['live_end']} objects take {own} "
            f"page(s), the open epoch of each other thread {other}; at least "
            f"{min(row['epoch_close_calls'] for row in many(held))} epochs "
            "were closed meanwhile; pages held at the end: " +
            ", ".join(f"{'/'.join(map(str, n_pages))} with {n} thread(s)"
                      for n, n_pages in pages.items()))
    return (all(same) if same else None), "; ".join(text)


def straggler_returns(rows):
    """Everything goes back when it wakes"""
    rows = [row for row in select(rows, pattern="straggler")
            if row["backend"] in TIERS]
    if not rows:
        return None, ""
    left = sum(row["pages_after"] for row in rows)
    objects = sum(row["allocs"] - row["frees"] for row in rows)
    return not left and not objects, (
        f"{left} pages and {objects} objects left in {len(rows)} runs")


def cross_is_safe(rows):
    """Freeing on another thread is safe"""
    rows = [row for row in select(rows, pattern="cross_thread_free")
            if row["backend"] in TIERS]
    if not rows:
        return None, ""
    objects = sum(row["allocs"] - row["frees"] for row in rows)
    misuse = sum(total(row, "free_double free_invalid free_foreign")
                 for row in rows)
    pages = sum(row["pages_after"] for row in rows)
    failed = sum(row["failed"] for row in rows)
    return not (objects or misuse or pages or failed), (
        f"of {sum(row['allocs'] for row in rows)} objects {objects} were not "
        f"freed, {misuse} frees were refused, {failed} allocations failed, "
        f"{pages} pages were left")


def cross_frees_retry(rows):
    """Its retries are on the side of the frees"""
    rows = many(select(rows, pattern="cross_thread_free"))
    side, enough, text = [], [], []
    for tier in TIERS:
        of_tier = select(rows, backend=tier)
        if not of_tier:
            continue
        frees, allocs = (sum(row[f"bitmap_{what}_cas_retries"]
                             for row in of_tier)
                         for what in ("free", "alloc"))
        enough.append(frees + allocs >= FEW)
        side.append(frees > allocs)
        text.append(f"{TIER[tier]}: {frees} retries of frees, {allocs} of "
                    "allocations")
    return (all(side) if side and all(enough) else None), "; ".join(text)


MATRIX_CHECKS = (hotspot_raises, percpu_removes, steady_is_quiet,
                 straggler_holds, straggler_returns, cross_is_safe,
                 cross_frees_retry)


def drainable(row):
    """Per cent of the slabs that were empty when their epoch was closed, or
    before, and had gone back by then."""
    return 100 * (row["empty_slab_overflowed"] +
                  row["epoch_close_recycled_slabs"]) / row["new_slab_count"]


def by_close(row):
    """Per cent of the slabs that the close itself gave back."""
    return 100 * row["epoch_close_recycled_slabs"] / row["new_slab_count"]


def isolation_drains(churn, _pages):
    """Epochs drain if what lives longer has an epoch of its own"""
    better, text = [], []
    for pct in sorted({row["leak_pct"] for row in churn}):
        rows = {routing: select(churn, backend="tslab", routing=routing,
                                leak_pct=pct)
                for routing in ("mixed", "isolated")}
        if not all(rows.values()):
            continue
        mixed, isolated = (drainable(rows[routing][0])
                           for routing in ("mixed", "isolated"))
        better.append(isolated > mixed)
        text.append(f"{mixed:.2f} % mixed and {isolated:.2f} % isolated with "
                    f"{pct} % of long-lived objects")
    return (all(better) if better else None), (
        "drainable slabs: " + "; ".join(text))


def memory_is_flat(churn, pages):
    """Memory is flat over the phases"""
    flat, text = [], []
    for row in churn:
        key = {name: row[name] for name in ("backend", "routing", "leak_pct")}
        samples = [sample["pages"] for sample in select(pages, **key)
                   if sample["ms"]]
        if len(samples) < 6:
            continue
        halves = samples[:len(samples) // 2], samples[len(samples) // 2:]
        first, second = map(mean, halves)
        error = sum(variance(half) / len(half) for half in halves) ** 0.5
        flat.append(second <= first * (1 + FLAT) + 3 * error)
        where = row["backend"] if row["backend"] == "kmem_cache" else \
            row["routing"]
        text.append(f"{first:.0f} to {second:.0f}, +-{error:.1f} ({where}, "
                    f"{row['leak_pct']} %)")
    return (all(flat) if flat else None), (
        f"pages held on average in the first half of {churn[0]['rounds']} "
        "phases and in the second, with the standard error of the "
        "difference: " + ", ".join(text) if text else "")


CHURN_CHECKS = (isolation_drains, memory_is_flat)
