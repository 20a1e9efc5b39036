# SPDX-License-Identifier: GPL-2.0
"""
What tslab has in a crash dump, or in the running kernel without debugfs.

    drgn -c vmcore -s vmlinux tslab.py --module tslab.ko COMMAND

The names of columns are those of tslabstat. In an interactive session, tslab_helpers
has the functions behind it. Ends with 0; with 1 if an address is none of tslab's; with
2 if something is wrong.
"""

import argparse
import sys

if "prog" not in globals():
    sys.exit("tslab.py: is run by drgn: drgn -c vmcore -s vmlinux tslab.py COMMAND")

# Nothing is to be left where it is installed.
sys.dont_write_bytecode = True

from tslab_helpers import *

status = 0


def complain(text):
    global status
    print(f"tslab.py: {' '.join(str(text).split())}", file=sys.stderr)
    status = 2


def print_table(heading, rows):
    """Columns that begin with a name are aligned to the left."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heading, *rows)]
    left = {"INSTANCE", "NAME", "STATE", "LABEL", "OBJECT"}
    for row in (heading, *rows):
        print("  ".join(cell.ljust(width) if name in left else cell.rjust(width)
                        for name, cell, width in zip(heading, row, widths)).rstrip())


def readable(entries, where):
    """Entries as far as they can be read: what is broken is said, and ends them."""
    try:
        yield from entries
    except TSLAB_BROKEN as error:
        complain(f"{where}: {error}")


def instances(only):
    """All of them, or that of a name."""
    found = [ts for ts in readable(for_each_tslab(prog), "list of instances")
             if only in (None, tslab_name(ts))]
    if only and not found:
        complain(f"there is no instance {only}")
    return found


def rows_of(things, row):
    """A row of each thing that can be read."""
    for thing in things:
        try:
            yield row(thing)
        except TSLAB_BROKEN as error:
            complain(f"{thing.type_.type_name()} {thing.value_():#x}: {error}")


# === Commands ===


def instance_row(ts):
    states = [tslab_epoch_state(epoch) for epoch in for_each_tslab_epoch(ts)]
    caches = sum(bool(type.name) for type in for_each_tslab_type(ts))
    return (tslab_name(ts), states.count("open"), states.count("draining"), caches,
            tslab_live_objects(ts), tslab_pages(ts))


def show_instances(args):
    print_table(("INSTANCE", "OPEN", "DRAINING", "CACHES", "LIVE", "PAGES"),
                rows_of(instances(args.instance), instance_row))


def epoch_row(epoch):
    bins = list(for_each_tslab_bin(epoch))
    slabs = [sum(getattr(bin, name).value_() for bin in bins)
             for name in ("nr_partial", "nr_full", "nr_empty")]
    return (tslab_name(epoch.ts), epoch.index.value_(), tslab_epoch_era(epoch),
            tslab_epoch_state(epoch), tslab_epoch_label(epoch),
            f"{tslab_epoch_age(epoch):.3f}", tslab_epoch_live_objects(epoch),
            epoch.domains.value_(), *slabs, epoch.pages_at_close.value_(),
            tslab_epoch_pages(epoch))


def show_epochs(args):
    print_table(("INSTANCE", "INDEX", "ERA", "STATE", "LABEL", "AGE(s)", "LIVE",
                 "DOMAINS", "PARTIAL", "FULL", "EMPTY", "PAGES-AT-CLOSE", "PAGES"),
                (row for ts in instances(args.instance)
                 for row in rows_of(readable(for_each_tslab_epoch(ts),
                                             f"epochs of {tslab_name(ts)}"),
                                    epoch_row)))


def type_row(type):
    objects = tslab_type_objects(type)
    bins = list(for_each_tslab_type_bin(type))
    slabs = [sum(getattr(bin, name).value_() for bin in bins)
             for name in ("nr_partial", "nr_full", "nr_empty")]
    owned = sum(len(tslab_bin_owned_slabs(bin)) for bin in bins)
    return (tslab_name(type.ts), tslab_type_name(type), objects.live, objects.allocs,
            objects.frees, *slabs, owned, sum(map(tslab_bin_pages, bins)))


def show_caches(args):
    rows = (row for ts in instances(args.instance)
            for row in rows_of(readable(for_each_tslab_type(ts),
                                        f"types of {tslab_name(ts)}"), type_row))
    # Classes that were never used say nothing.
    print_table(("INSTANCE", "NAME", "LIVE", "ALLOCS", "FREES", "PARTIAL", "FULL",
                 "EMPTY", "OWNED", "PAGES"),
                [row for row in rows if row[3] or row[1].startswith("cache_")])


def memory_row(ts):
    return (tslab_name(ts), tslab_live_bytes(ts),
            tslab_pages(ts) * prog["PAGE_SIZE"].value_(), tslab_warm_pages(ts))


def show_memory(args):
    rows = list(rows_of(instances(args.instance), memory_row))
    sums = [sum(row[i] for row in rows) for i in (1, 2, 3)]
    print_table(("INSTANCE", "LIVE(B)", "COMMITTED(B)", "WARM(pages)"),
                [*rows, ("total", *sums)])
    # It is no instance's.
    for cpu, pages in tslab_stock_pages(prog).items():
        print(f"stock of CPU {cpu}: {pages} pages")


def find_epoch(args):
    for ts in instances(args.name):
        for epoch in readable(for_each_tslab_epoch(ts), f"epochs of {args.name}"):
            if epoch.index == args.index:
                return epoch
        complain(f"{args.name} has no epoch {args.index}")
    return None


def object_rows(epoch):
    for bin in readable(for_each_tslab_bin(epoch), "bins"):
        try:
            for slab in tslab_bin_slabs(bin):
                for addr, type in tslab_slab_objects(slab):
                    yield f"{addr:#x}", tslab_type_name(type)
        except TSLAB_BROKEN as error:
            complain(f"slabs of {tslab_type_name(bin.type)}: {error}")


def show_objects(args):
    epoch = find_epoch(args)
    if epoch is not None:
        print_table(("OBJECT", "NAME"), object_rows(epoch))


def print_slot(addr, slot):
    if slot is None:
        print("object    none: nothing was made there")
        return
    offset = f" + {addr - slot.object}" if addr != slot.object else ""
    handle = ", has a handle" if slot.handle else ""
    print(f"object    {slot.object:#x}{offset}, {slot.state}{handle}")
    print(f"of        {tslab_type_name(slot.type)}, slot {slot.number}")


def print_slab(addr, slab):
    nr = slab.geo.pages.value_()
    pages = f"{nr} page{'s' if nr != 1 else ''} at {slab.base.value_():#x}, node " \
            f"{slab.node.value_()}"
    print(f"address   {addr:#x}")
    if not slab.ts:
        print(f"stock     nobody's, of tslab: {pages}")
        return
    print_slot(addr, tslab_slot_find(slab, addr))
    epoch = slab.bin.epoch
    run = ", a run" if slab.is_run else ""
    print(f"instance  {tslab_name(slab.ts)}")
    print(f"epoch     {epoch.index.value_()}, era {tslab_epoch_era(epoch)}, "
          f"{tslab_epoch_state(epoch)}, label {tslab_epoch_label(epoch)}")
    print(f"slab      {slab.value_():#x}, {tslab_slab_state(slab)}{run}, CPU "
          f"{slab.cpu.value_()}: {pages}")


def show_whose(args):
    global status
    for i, addr in enumerate(args.address):
        if i:
            print()
        try:
            slab = tslab_slab_find(prog, addr)
            if slab is None:
                print(f"address   {addr:#x}\nnone of tslab's")
                status = max(status, 1)
            else:
                print_slab(addr, slab)
        except TSLAB_BROKEN as error:
            complain(f"{addr:#x}: {error}")


# === Arguments ===


class Parser(argparse.ArgumentParser):
    def error(self, message):
        complain(message)
        sys.exit(status)


def address(text):
    addr = int(text, 16)
    if not 0 <= addr < 1 << 64:
        raise ValueError
    return addr


def parse():
    parser = Parser(prog="tslab.py")
    parser.add_argument("--module", metavar="FILE",
                        help="the tslab.ko that was loaded, if drgn does not "
                             "have its debug info")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, show, text in (
            ("instances", show_instances, "what each instance has"),
            ("epochs", show_epochs, "each epoch that was ever open"),
            ("caches", show_caches, "size classes and caches"),
            ("memory", show_memory, "live, committed and kept ready")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--instance", metavar="NAME", help="of that one alone")
        command.set_defaults(show=show)
    command = commands.add_parser("objects", help="live objects of an epoch")
    command.add_argument("name", metavar="INSTANCE")
    command.add_argument("index", metavar="INDEX", type=int)
    command.set_defaults(show=show_objects)
    command = commands.add_parser("whose", help="what is at an address")
    command.add_argument("address", metavar="ADDRESS", type=address, nargs="+",
                         help="hexadecimal")
    command.set_defaults(show=show_whose)
    return parser.parse_args()


def main():
    args = parse()
    try:
        tslab_load(prog, args.module)
        args.show(args)
    except (TslabError, *TSLAB_BROKEN) as error:
        complain(error)
    sys.exit(status)


if __name__ == "__main__":
    main()
