# SPDX-License-Identifier: GPL-2.0
"""From an address to its slab and slot, as tslab/find.h."""

from dataclasses import dataclass

from drgn import FaultError, Object
from drgn.helpers import ValidationError
from drgn.helpers.linux.mm import virt_to_page

from .walk import *

__all__ = ("TslabSlot", "tslab_slab_find", "tslab_slot_find")

_U64 = (1 << 64) - 1


@dataclass
class TslabSlot:
    """
    Where in a slab an address is.

    :param number: number of the slot
    :param object: address of the object that is or was there
    :param type: ``struct tslab_type *``
    :param state: "live", "free", or "freed, waits for RCU"
    :param handle: whether it has one
    """

    number: int
    object: int
    type: Object
    state: str
    handle: bool


def tslab_slab_find(prog, addr):
    """
    The slab an address lies in.

    :param addr: any number of 64 bits
    :return: ``struct tslab_slab *``, or ``None`` if it is none of tslab's.
    """
    try:
        page = virt_to_page(prog, addr)
        word, secret = page.lru.prev.value_(), page.private.value_()
    except (FaultError, OverflowError, ValueError):
        return None
    # Both are zero of a page that is nobody's.
    if not word or word ^ secret != prog["tslab_page_secret"].value_() & _U64:
        return None
    slab = Object(prog, "struct tslab_slab *", word)
    offset = addr - slab.base.value_()
    if not 0 <= offset < slab.geo.pages * prog["PAGE_SIZE"]:
        # Of an address that has no struct page the one that was read is another's.
        return None
    return slab


def _slot_number(slab, addr):
    """The slot that an address is in, or None."""
    if not slab.size:
        raise ValidationError(f"slab at {slab.value_():#x} is broken")
    slot = (addr - slab.base.value_()) // slab.size.value_()
    if slab.is_run:
        # Of the object that begins there or before.
        starts = tslab_slab_run(slab).starts.value_() & ((2 << slot) - 1)
        return starts.bit_length() - 1 if starts else None
    return slot if slot < slab.geo.span and slot % 64 != 63 else None


def tslab_slot_find(slab, addr):
    """
    The object of a slab that an address lies in.

    :param slab: ``struct tslab_slab *`` of tslab_slab_find()
    :return: TslabSlot, or ``None`` if there is none: what a slab has left over, what
        was not used of a run yet, and all of what is in the stock.
    """
    slot = _slot_number(slab, addr) if slab.ts else None
    if slot is None:
        return None
    type = tslab_slot_type(slab, slot)
    size = type.geo.size if slab.is_run else slab.size
    obj = slab.base.value_() + slot * slab.size.value_()
    if addr - obj >= size:
        return None
    handle = bool(slab.handles) and bool(slab.handles[slot])
    state = "live"
    if tslab_slot_is_free(slab, slot):
        state = "free"
    elif slab.word[slot // 64].refused.counter.value_() >> slot % 64 & 1 and \
            not handle:
        state = "freed, waits for RCU"
    return TslabSlot(slot, obj, type, state, handle)
