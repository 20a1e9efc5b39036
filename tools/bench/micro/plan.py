# SPDX-License-Identifier: GPL-2.0
"""What is measured where: a rig is one or two boots, each with its cells."""
import sys
from collections import namedtuple
from os.path import abspath, dirname, join

sys.path.append(join(dirname(abspath(__file__)), "../matrix"))
import rigs  # noqa: E402  the rigs of the other measurements, their builds

SIZES = (64, 128, 256, 768, 2048)
CLASSES = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
           6144, 8192)

# name: of the rig in results; cpus: of the guest; cells: lines for the guest
Boot = namedtuple("Boot", "name cpus cells")
# title: for people; unit: of what is measured; rig: as of the matrix; boots
Rig = namedtuple("Rig", "title unit rig boots")

# Works of each size, and works whose size matters little.
ANY_SIZE = ("pair", "burst16", "burst64", "burst512", "fifo", "lifo", "random")
ONE_SIZE = ("pair_typed", "softirq_pair", "handle", "domain8", "pair_scoped",
            "request4", "request16", "request64", "request256", "request_mixed",
            "request16_open", "request_parts", "latency", "create")
TWO_CPUS = ("remote_turns", "remote_free", "two_cpus", "request16_cpus")
# Works of two CPUs that are not of each size.
SIZES_OF = {"request16_cpus": (128,)}
# Of no size class: what a typed cache is for.
PEAK_SIZES = (24, 40, 72, 112, 300, 1100, 1160, 5000)
HELD_INSTANCES = 64
HELD_SLABS = 20000


def objects(sizes):
    return [f"{work} {size}" for work in ANY_SIZE for size in sizes] + [
        f"{work} 128" for work in ONE_SIZE]


def two_cpus(sizes, works=TWO_CPUS):
    return [f"{work} {size}" for work in works
            for size in SIZES_OF.get(work, sizes)]


def epochs():
    return ([f"advance 128 others={n}" for n in (0, 1000, 100000)] +
            [f"{work} 192 others={n}" for n in (0, 100000)
             for work in ("close", "discard")])


def memory():
    """Nothing is held first, which is what loading the module takes. All of it
    comes before works that leave free memory all over the place."""
    return ([f"hold_instances 128 others={n}" for n in (0, HELD_INSTANCES)] +
            [f"hold_slabs 128 others={n}" for n in (0, HELD_SLABS)] +
            [f"utilisation {size}" for size in CLASSES] +
            [f"peak {size}" for size in PEAK_SIZES])


def without_parts(cells):
    """Where the clock is too coarse for what is done once."""
    return [cell for cell in cells if not cell.startswith("request_parts")]


def counted(cells):
    """Instructions are the same in every batch, nearly."""
    return [f"{cell} batches=31" for cell in cells]


ICOUNT = rigs.Rig("QEMU -icount", "tools/qemu/boot.sh --kernel 6.12 --icount",
                  rigs.DEBIAN, "build/module-6.12", False)
ICOUNT7 = rigs.Rig("QEMU -icount, 7.x",
                   "tools/qemu/boot.sh --kernel x86-7 --icount",
                   rigs.X86_7, "build/module-x86-7", False)


def counted_boots(name):
    """The second CPU is of use only where the two never work at once: there is
    one clock of instructions for both."""
    return [Boot(name, 1, counted(objects(SIZES) + epochs())),
            Boot(name, 2, counted(two_cpus(SIZES, ("remote_turns",))))]


RIGS = {
    "icount": Rig("instructions, Debian's 6.12 under QEMU -icount", "insns",
                  ICOUNT, counted_boots("icount")),
    "icount7": Rig("instructions, Linux 7.x with sheaves under QEMU -icount",
                   "insns", ICOUNT7, counted_boots("icount7")),
    "tcg": Rig("nanoseconds, Debian's 6.12 under QEMU's multi-threaded TCG",
               "ns", rigs.RIGS["qemu2"],
               [Boot("tcg", 2, memory() + objects(SIZES) + two_cpus(SIZES) +
                     epochs())]),
    "uml": Rig("nanoseconds, User Mode Linux 7.x, native", "ns",
               rigs.RIGS["uml"],
               [Boot("uml", 2, without_parts(memory() + objects(SIZES) +
                                             two_cpus(SIZES) + epochs())),
                Boot("uml1", 1, without_parts(objects((128,))))]),
}
