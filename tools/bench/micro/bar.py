# SPDX-License-Identifier: GPL-2.0
"""What is asked of the measurements, and whether they are so.

An entry has the text of what is asked, and gives (figure, whether it is so), or
None where it was not measured."""
from results import median, ratio

SIZE = 128


def find(rows, rig, work, size=SIZE):
    for row in rows:
        if (row["rig"], row["work"], row["size"]) == (rig, work, size):
            return row
    return None


def most_of_slub(work, most, size=SIZE):
    """At most so much of what SLUB takes."""
    def check(rows, rig):
        row = find(rows, rig, work, size)
        if not row or ratio(row) is None:
            return None
        return f"{ratio(row):.2f}", ratio(row) <= most
    return check


def at_most(work, most, size=SIZE):
    def check(rows, rig):
        row = find(rows, rig, work, size)
        if not row:
            return None
        return (f"{median(row, 'tslab'):.0f} {row['unit']}",
                median(row, "tslab") <= most)
    return check


def every(works, most):
    """In each size at most so much of what SLUB takes."""
    def check(rows, rig):
        values = [ratio(row) for row in rows
                  if row["rig"] == rig and row["work"] in works
                  and ratio(row) is not None]
        if not values:
            return None
        return f"{max(values):.2f} at most", max(values) <= most
    return check


def more_than(base, work, most):
    """At most so many instructions more than another work."""
    def check(rows, rig):
        row, other = find(rows, rig, work), find(rows, rig, base)
        if not row or not other:
            return None
        more = median(row, "tslab") - median(other, "tslab")
        return f"{more:.0f} {row['unit']}", more <= most
    return check


def scaling(least):
    def check(rows, rig):
        row = find(rows, rig, "two_cpus_scaling")
        if not row:
            return None
        return f"{median(row, 'tslab'):.2f}", median(row, "tslab") >= least
    return check


def utilisation(least):
    def check(rows, rig):
        values = [median(row, "tslab") for row in rows
                  if row["rig"] == rig and row["work"] == "utilisation"]
        if not values:
            return None
        return f"{min(values):.1f} % and more", min(values) >= least
    return check


def alike(wanted, factor):
    """Results whose names are alike differ by no more than a factor."""
    def check(rows, rig):
        values = [median(row, "tslab") for row in rows
                  if row["rig"] == rig and wanted(row["work"])]
        if len(values) < 2 or min(values) <= 0:
            return None
        worst = max(values) / min(values)
        return f"factor {worst:.2f}", worst <= factor
    return check


def others_do_not_matter(what, factor):
    """With slabs in other epochs it takes what it takes without."""
    def check(rows, rig):
        worst = None
        for row in rows:
            name, _, others = row["work"].partition("_others_")
            if row["rig"] != rig or not others or \
               not name.startswith(what + "_"):
                continue
            alone = find(rows, rig, name, row["size"])
            if alone and median(alone, "tslab") > 0:
                worst = max(worst or 0, median(row, "tslab") /
                            median(alone, "tslab"))
        return worst and (f"factor {worst:.2f}", worst <= factor)
    return check


def linear(what, factor):
    """Ten times the slabs take no more than so many times ten times."""
    def check(rows, rig):
        small, large = (find(rows, rig, f"{what}_{n}", 192)
                        for n in (1000, 10000))
        if not small or not large or median(small, "tslab") <= 0:
            return None
        per_slab = median(large, "tslab") / median(small, "tslab") / 10
        return (f"factor {per_slab:.2f} from 1000 slabs to 10000",
                per_slab <= factor)
    return check


# Rig, what is asked, and the check.
BAR = (
    ("icount", "pair: at most 0.53 of SLUB", most_of_slub("pair", 0.53)),
    ("icount", "pair of a typed cache: at most 0.48 of SLUB",
     most_of_slub("pair_typed", 0.48)),
    ("icount", "pair in a domain: at most 40 instructions more",
     more_than("pair", "pair_scoped", 40)),
    ("icount", "bursts of every size: at most 0.65 of SLUB",
     every(("burst16", "burst64", "burst512"), 0.65)),
    ("uml", "bursts of every size: no slower than SLUB",
     every(("burst16", "burst64", "burst512"), 1.0)),
    ("tcg", "pages of 8 MiB of objects of any size: at most 1.03 of SLUB",
     every(("peak",), 1.03)),
    ("icount", "request16, from open to discard: at most 0.6 of SLUB",
     most_of_slub("request16", 0.6)),
    ("icount", "request64, from open to discard: at most 0.4 of SLUB",
     most_of_slub("request64", 0.4)),
    ("icount", "request256, from open to discard: at most 0.35 of SLUB",
     most_of_slub("request256", 0.35)),
    ("icount", "request4, of four sizes: at most 1.5 times SLUB",
     most_of_slub("request4", 1.5, 0)),
    ("icount", "request16 while 1,000 others are open: at most 0.6 of SLUB",
     most_of_slub("request16_open", 0.6)),
    ("tcg", "request16, from open to discard: at most 0.6 of SLUB",
     most_of_slub("request16", 0.6)),
    ("tcg", "request64, from open to discard: at most 0.4 of SLUB",
     most_of_slub("request64", 0.4)),
    ("tcg", "request256, from open to discard: at most 0.35 of SLUB",
     most_of_slub("request256", 0.35)),
    ("tcg", "request4, of four sizes: at most 1.5 times SLUB",
     most_of_slub("request4", 1.5, 0)),
    ("tcg", "request16 while 1,000 others are open: at most 0.6 of SLUB",
     most_of_slub("request16_open", 0.6)),
    ("tcg", "request16 on two CPUs at once: at most 0.6 of SLUB",
     most_of_slub("request16_cpus", 0.6)),
    ("uml", "request16, from open to discard: at most 0.6 of SLUB",
     most_of_slub("request16", 0.6)),
    ("uml", "request64, from open to discard: at most 0.4 of SLUB",
     most_of_slub("request64", 0.4)),
    ("uml", "request256, from open to discard: at most 0.35 of SLUB",
     most_of_slub("request256", 0.35)),
    ("uml", "request4, of four sizes: at most 1.5 times SLUB",
     most_of_slub("request4", 1.5, 0)),
    ("uml", "request16 while 1,000 others are open: at most 0.6 of SLUB",
     most_of_slub("request16_open", 0.6)),
    ("uml", "request16 on two CPUs at once: at most 0.6 of SLUB",
     most_of_slub("request16_cpus", 0.6)),
    ("icount7", "request16, from open to discard: at most 0.7 of SLUB",
     most_of_slub("request16", 0.7)),
    ("icount7", "request64, from open to discard: at most 0.45 of SLUB",
     most_of_slub("request64", 0.45)),
    ("icount7", "request256, from open to discard: at most 0.4 of SLUB",
     most_of_slub("request256", 0.4)),
    ("icount7", "pair: at most 0.55 of SLUB", most_of_slub("pair", 0.55)),
    ("icount7", "burst16 of every size: at most 0.65 of SLUB",
     every(("burst16",), 0.65)),
    ("icount7", "burst64 and burst512 of every size: at most 0.9 of SLUB",
     every(("burst64", "burst512"), 0.9)),
    ("icount7", "remote_turns of every size: at most 0.9 of SLUB",
     every(("remote_turns",), 0.9)),
    ("icount", "a request of five sizes: at most two pages",
     at_most("request_mixed_pages", 2, 0)),
    ("icount", "1,000 of them at once: at most 8 MiB",
     at_most("requests_1000_kib", 8192, 0)),
    ("icount", "discard of one slab: at most 600 instructions",
     at_most("discard_1", 600, 192)),
    ("icount", "close of one empty slab: at most 600 instructions",
     at_most("close_empty_1", 600, 192)),
    ("uml", "pair: at most 0.5 of SLUB", most_of_slub("pair", 0.5)),
    ("uml", "burst16: at most 0.5 of SLUB", most_of_slub("burst16", 0.5)),
    ("tcg", "remote_free: no slower than SLUB",
     most_of_slub("remote_free", 1.0)),
    ("uml", "remote_free: no slower than SLUB",
     most_of_slub("remote_free", 1.0)),
    ("tcg", "two CPUs: at least 1.9 times one", scaling(1.9)),
    ("uml", "two CPUs: at least 1.9 times one", scaling(1.9)),
    ("icount", "advance: the same with 1e3 and with 1e5 live objects",
     alike(lambda work: work in ("advance_1000", "advance_100000"), 1.2)),
    ("icount", "close: whatever is in other epochs",
     others_do_not_matter("close", 1.1)),
    ("icount", "discard: whatever is in other epochs",
     others_do_not_matter("discard", 1.1)),
    ("icount", "discard: linear in the slabs of the epoch",
     linear("discard", 1.1)),
    ("tcg", "idle instance, 16 epochs: at most 64 KiB on 2 CPUs",
     at_most("metadata_instance", 65536, 0)),
    ("uml", "creating an instance: at most 100 us", at_most("create", 100000)),
    ("tcg", "a full slab: at least 96 % objects, in every class",
     utilisation(96)),
)
