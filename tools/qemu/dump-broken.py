# SPDX-License-Identifier: GPL-2.0
"""Breaks a dump in many places, one after the other, and runs tslab.py on it.

usage: drgn -c DUMP -s VMLINUX dump-broken.py TSLAB.KO [ROUNDS]
    What is read from memory is changed, and the dump is not. Prints "ok NAME" or "not
    ok NAME"; each command has to end in time, as it ends otherwise, or complain.
"""

import contextlib
import io
import pathlib
import random
import runpy
import signal
import struct
import sys
import traceback

from drgn import sizeof
from drgn.helpers.linux.list import list_for_each_entry

DRGN = pathlib.Path(__file__).resolve().parent.parent / "drgn"
sys.path.insert(0, str(DRGN))

from tslab_helpers import *

SECONDS = 20
COMMANDS = 2            # of each round

module = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
failed = False


@contextlib.contextmanager
def changed(address, data):
    """Memory that reads as something else."""
    def set_to(data):
        prog.add_memory_segment(address, len(data), lambda at, count, offset, physical:
                                data[offset:offset + count], False)

    was = prog.read(address, len(data))
    set_to(data)
    try:
        yield
    finally:
        set_to(was)


def run(*args):
    """Exit status, and what was complained of."""
    def too_long(signum, frame):
        raise TimeoutError

    sys.argv = ["tslab.py", "--module", module, *args]
    err = io.StringIO()
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
            runpy.run_path(str(DRGN / "tslab.py"), {"prog": prog}, "__main__")
    except SystemExit as end:
        return end.code, err.getvalue()
    except BaseException:
        return None, traceback.format_exc()
    finally:
        signal.alarm(0)
    return None, "it did not exit"


def check(name, condition, seen):
    global failed
    print(f"{'ok' if condition else 'not ok'} {name}")
    if not condition:
        failed = True
        print(seen)


def check_refused(name, address, data, text):
    with changed(address, data):
        status, complaint = run("memory")
    check(f"refused: {name}", status == 2 and text in complaint and
          complaint.count("\n") == 1, complaint)


def check_program():
    """What is found before there is debug info of tslab."""
    release = prog["init_uts_ns"].name.release
    check_refused("another kernel's vmlinux", release.address_, b"1", "is not that of")
    check_refused("a list of modules that is broken", prog["modules"].address_,
                  struct.pack("Q", 8), "list of modules")
    tslab = next(module for module in
                 list_for_each_entry("struct module", prog["modules"].address_of_(),
                                     "list") if module.name.string_() == b"tslab")
    check_refused("tslab is not loaded", tslab.name.address_, b"x", "is not loaded")


def structures():
    """Addresses and sizes of what there is."""
    for ts in for_each_tslab(prog):
        yield ts
        yield from for_each_tslab_type(ts)
        for epoch in for_each_tslab_epoch(ts):
            yield epoch
            yield epoch.bins
            for bin in for_each_tslab_bin(epoch):
                yield bin
                yield from tslab_bin_slabs(bin)[:3]


def commands(slabs):
    return (("instances",), ("epochs",), ("caches",), ("memory",),
            ("objects", "where", "1"), ("objects", "where", "2"),
            ("whose", *(f"{slab.base.value_():x}" for slab in slabs)))


def check_fields():
    """What has to be complained of."""
    tslab_load(prog, module)
    ts = next(ts for ts in for_each_tslab(prog) if tslab_name(ts) == "where")
    epoch = next(epoch for epoch in for_each_tslab_epoch(ts) if epoch.index == 1)
    bin = next(for_each_tslab_bin(epoch))
    slab = epoch.runs.slab
    whose = "whose", f"{slab.base.value_():x}"
    fields = (
        ("list of instances", prog["tslab_instances"].next, 8, ("instances",)),
        ("instance that follows itself", ts.node.next, ts.node.address_, ("memory",)),
        ("size of the ring", ts.nr_epochs, (1 << 32) - 1, ("epochs",)),
        ("ring", ts.epochs, 8, ("epochs",)),
        ("epoch's instance", epoch.ts, 8, ("epochs",)),
        ("epoch's bins", epoch.bins, 8, ("caches",)),
        ("list of types", ts.types.next, 8, ("caches",)),
        ("list of bins", epoch.bin_list.next, 8, ("memory",)),
        ("bin's type", bin.type, 8, ("epochs",)),
        ("bin's per-CPU memory", bin.cpus, 1 << 62, ("instances",)),
        ("list of slabs", bin.full.next, 8, ("objects", "where", "1")),
        ("run", slab.bin, 8, whose),
        ("slab's state", slab.state, 99, whose),
        ("slab's size", slab.size, 0, whose),
        ("class in a run", tslab_slab_run(slab).member_("class")[0], 99, whose),
    )
    for name, field, value, command in fields:
        data = value.to_bytes(sizeof(field), sys.byteorder)
        with changed(field.address_, data):
            status, complaint = run(*command)
        check(f"broken: {name}", status == 2 and complaint.startswith("tslab.py: "),
              complaint)


def words(things):
    """Addresses of the words of structures: those of pointers, and the others."""
    pointers, others = [], []
    for thing in things:
        data = prog.read(thing.value_(), thing.type_.type.size // 8 * 8)
        for i, (value,) in enumerate(struct.iter_unpack("Q", data)):
            # The kernel's addresses are those of the upper half.
            (pointers if value >> 63 else others).append(thing.value_() + 8 * i)
    return pointers, others


def check_structures():
    tslab_load(prog, module)
    things = list(structures())
    slabs = [thing for thing in things
             if thing.type_.type_name() == "struct tslab_slab *"]
    kinds = words(things)
    dice = random.Random(1)
    bad = []
    for _ in range(rounds):
        address = dice.choice(dice.choice(kinds))
        value = dice.choice((0, 1, (1 << 64) - 1, dice.getrandbits(64),
                             dice.choice(things).value_(), address))
        with changed(address, struct.pack("Q", value)):
            for command in dice.sample(commands(slabs), COMMANDS):
                status, complaint = run(*command)
                if status not in (0, 1, 2):
                    bad.append((hex(address), hex(value), command, complaint))
    check(f"a word is broken, {rounds} times", not bad, bad[:3])


check_program()
check_fields()
check_structures()
sys.exit(failed)
