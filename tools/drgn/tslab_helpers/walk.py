# SPDX-License-Identifier: GPL-2.0
"""From the instances down to the slabs and their objects."""

from drgn import FaultError, OutOfBoundsError, cast
from drgn.helpers import ValidationError
from drgn.helpers.linux.cpumask import for_each_cpu, for_each_possible_cpu
from drgn.helpers.linux.list import validate_list_for_each_entry
from drgn.helpers.linux.percpu import per_cpu_ptr

__all__ = (
    "TSLAB_BROKEN",
    "for_each_tslab",
    "for_each_tslab_bin",
    "for_each_tslab_epoch",
    "for_each_tslab_type",
    "for_each_tslab_type_bin",
    "tslab_bin_cpu_slabs",
    "tslab_bin_owned_slabs",
    "tslab_bin_slabs",
    "tslab_epoch_era",
    "tslab_epoch_label",
    "tslab_epoch_state",
    "tslab_name",
    "tslab_slab_objects",
    "tslab_slab_run",
    "tslab_slab_state",
    "tslab_slot_is_free",
    "tslab_slot_type",
    "tslab_text",
    "tslab_type_name",
)

# What reading a dump raises where it is broken.
TSLAB_BROKEN = (FaultError, OutOfBoundsError, OverflowError, ValidationError)

_EPOCHS_MAX = 4096
_INDEX_BITS = 12
_SLAB_DEAD = 1 << 63


def _expect(condition, what, obj):
    if not condition:
        raise ValidationError(f"{what} at {obj.value_():#x} is broken")


def tslab_text(chars):
    """
    A name or label as one word, written as in debugfs.

    :param chars: ``char []``
    """
    text = chars.string_()
    if not text:
        return "-"
    escape_first = text[:1] == b"#" or text == b"-"
    return "".join(chr(c) if b" " < bytes([c]) <= b"~" and c != ord("\\") and
                   not (i == 0 and escape_first) else f"\\x{c:02x}"
                   for i, c in enumerate(text))


def tslab_name(ts):
    """:param ts: ``struct tslab *``"""
    return tslab_text(ts.name)


# === Instances, types, epochs, bins ===


def for_each_tslab(prog):
    """:return: Iterator of ``struct tslab *``."""
    for ts in validate_list_for_each_entry("struct tslab",
                                           prog["tslab_instances"].address_of_(),
                                           "node"):
        _expect(ts.type[0].ts == ts and 0 < ts.nr_epochs <= _EPOCHS_MAX,
                "instance", ts)
        yield ts


def for_each_tslab_type(ts):
    """
    The size classes, those of no class, and the caches.

    :param ts: ``struct tslab *``
    :return: Iterator of ``struct tslab_type *``.
    """
    for type in validate_list_for_each_entry("struct tslab_type",
                                             ts.types.address_of_(), "node"):
        _expect(type.ts == ts, "type", type)
        yield type


def tslab_type_name(type):
    """
    As the files in debugfs.

    :param type: ``struct tslab_type *``
    """
    if type.name:
        cache = cast("struct tslab_cache *", type)
        return f"cache_{tslab_text(cache.name)}"
    if type.number == len(type.ts.type) - 1:
        return "no_class"
    return f"class_{type.geo.size.value_()}"


def for_each_tslab_epoch(ts):
    """
    Places of the ring that were ever used.

    :param ts: ``struct tslab *``
    :return: Iterator of ``struct tslab_epoch *``.
    """
    # None is beyond those, and a ring is mostly larger.
    for index in range(min(ts.nr_places.value_(), ts.nr_epochs.value_())):
        epoch = ts.epochs[index].read_()
        if not epoch:
            continue
        _expect(epoch.ts == ts and epoch.index == index, "epoch", epoch)
        yield epoch


def tslab_epoch_era(epoch):
    """:param epoch: ``struct tslab_epoch *``"""
    return epoch.id.value_() >> _INDEX_BITS


def tslab_epoch_state(epoch):
    """
    :param epoch: ``struct tslab_epoch *``
    :return: "open", "draining" or "drained".
    """
    if epoch.open_id >> _INDEX_BITS:
        return "open"
    return "draining" if epoch.holds.counter else "drained"


def tslab_epoch_label(epoch):
    """:param epoch: ``struct tslab_epoch *``"""
    return tslab_text(epoch.label)


def for_each_tslab_bin(epoch):
    """
    What an epoch has, type by type.

    :param epoch: ``struct tslab_epoch *``
    :return: Iterator of ``struct tslab_bin *``.
    """
    for bin in validate_list_for_each_entry("struct tslab_bin",
                                            epoch.bin_list.address_of_(), "node"):
        _expect(bin.epoch == epoch and bin.type.ts == epoch.ts, "bin", bin)
        yield bin


def for_each_tslab_type_bin(type):
    """
    What the epochs have of a type.

    :param type: ``struct tslab_type *``
    :return: Iterator of ``struct tslab_bin *``.
    """
    no_bin = type.prog_["tslab_no_bin"].address_of_()
    number = type.number.value_()
    for epoch in for_each_tslab_epoch(type.ts):
        bins = epoch.bins.read_()
        bin = bins.bin[number].read_() if number < bins.nr else no_bin
        if bin != no_bin:
            _expect(bin.epoch == epoch and bin.type == type, "bin", bin)
            yield bin


def tslab_bin_cpu_slabs(bin):
    """
    What the CPUs have of a bin, its home included.

    :param bin: ``struct tslab_bin *``
    :return: Iterator of ``struct tslab_cpu_slab *``.
    """
    prog = bin.prog_
    yield bin.home.address_of_()
    if bin.cpus != prog["tslab_no_cpu_slab"].address_of_():
        for cpu in for_each_possible_cpu(prog):
            yield per_cpu_ptr(bin.cpus, cpu)


# === Slabs ===


def tslab_bin_owned_slabs(bin):
    """
    Slabs of a bin that CPUs own.

    :param bin: ``struct tslab_bin *``
    :return: List of ``struct tslab_slab *``.
    """
    prog = bin.prog_
    owners = [bin.home, bin.epoch.runs]
    if bin.cpus != prog["tslab_no_cpu_slab"].address_of_():
        # What others have is what they had once.
        owners += [per_cpu_ptr(bin.cpus, cpu)[0]
                   for cpu in for_each_cpu(bin.epoch.owners[0])]
    slabs = {}
    for owner in owners:
        for slab in (owner.slab, *owner.kept):
            # One that is kept for the next phase is nobody's.
            if slab.bin == bin and slab.ts:
                slabs[slab.value_()] = slab.read_()
    return list(slabs.values())


def tslab_bin_slabs(bin):
    """
    Slabs of a bin, in order of their addresses.

    :param bin: ``struct tslab_bin *``
    :return: List of ``struct tslab_slab *``.
    """
    prog = bin.prog_
    heads = [bin.full]
    for node in range(prog["nr_node_ids"]):
        heads += [bin.nodes[node].partial, bin.nodes[node].empty]
    slabs = {slab.value_(): slab for slab in tslab_bin_owned_slabs(bin)}
    for head in heads:
        for slab in validate_list_for_each_entry("struct tslab_slab",
                                                 head.address_of_(), "list"):
            _expect(slab.bin == bin, "slab", slab)
            slabs[slab.value_()] = slab
    return [slabs[address] for address in sorted(slabs)]


def tslab_slab_state(slab):
    """
    :param slab: ``struct tslab_slab *``
    :return: "owned", "current", "full", "partial", "empty" or "gone".
    """
    for name, value in slab.prog_.type("enum tslab_slab_state").enumerators:
        if value == slab.state:
            return name[len("TSLAB_SLAB_"):].lower()
    raise ValidationError(f"slab at {slab.value_():#x} has no state")


def tslab_slab_run(slab):
    """
    What a slab has besides that takes objects of several classes.

    :param slab: ``struct tslab_slab *``, with is_run
    :return: ``struct tslab_run *``
    """
    small_words = max(slab.prog_["PAGE_SIZE"].value_() >> 12, 1)
    return cast("struct tslab_run *", slab.word[small_words].address_of_())


def tslab_slot_type(slab, slot):
    """
    :param slab: ``struct tslab_slab *``
    :return: ``struct tslab_type *``
    """
    if not slab.is_run:
        return slab.type
    types = slab.bin.type.ts.type
    # "class" is a word of Python's.
    number = tslab_slab_run(slab).member_("class")[slot]
    _expect(number < len(types), "run", slab)
    return types[number].address_of_()


def tslab_slot_is_free(slab, slot):
    """:param slab: ``struct tslab_slab *``"""
    word = slab.word[slot // 64]
    free = (word.owned | word.shared.counter).value_()
    return bool(free & (_SLAB_DEAD | 1 << slot % 64))


def _slots(slab):
    if slab.is_run:
        starts = tslab_slab_run(slab).starts.value_()
        return [slot for slot in range(64) if starts >> slot & 1]
    return [slot for slot in range(slab.geo.span) if slot % 64 != 63]


def tslab_slab_objects(slab):
    """
    Live objects of a slab.

    :param slab: ``struct tslab_slab *``
    :return: Iterator of (address, ``struct tslab_type *``).
    """
    for slot in _slots(slab):
        if not tslab_slot_is_free(slab, slot):
            yield (slab.base.value_() + slot * slab.size.value_(),
                   tslab_slot_type(slab, slot))
