# SPDX-License-Identifier: GPL-2.0
"""Whether a program is a kernel with tslab, and the debug info of both."""

import re

import drgn
from drgn.helpers import ValidationError
from drgn.helpers.linux.list import validate_list_for_each_entry

__all__ = ("TslabError", "tslab_load")


class TslabError(Exception):
    """There is no tslab to look at; says why, in a line."""


def _check_kernel(prog):
    if not prog.flags & drgn.ProgramFlags.IS_LINUX_KERNEL:
        raise TslabError("this is no Linux kernel")
    release = prog["UTS_RELEASE"].string_()
    kernel = release.decode(errors="replace")
    try:
        found = prog["init_uts_ns"].name.release.string_()
    except (AttributeError, KeyError):
        raise TslabError("no debug info of the kernel: give drgn the vmlinux of "
                         f"{kernel} with -s") from None
    except drgn.FaultError as error:
        raise TslabError(f"this vmlinux is not that of {kernel}, or the dump has no "
                         f"virtual addresses: {error}") from None
    # drgn takes any vmlinux, and reads nonsense with another kernel's.
    if found != release:
        raise TslabError(f"this vmlinux is not that of {kernel}")


def _module(prog):
    """tslab's ``struct module *``, or None."""
    try:
        for module in validate_list_for_each_entry("struct module",
                                                   prog["modules"].address_of_(),
                                                   "list"):
            if module.name.string_() == b"tslab":
                return module
    except (drgn.FaultError, ValidationError):
        raise TslabError("the kernel's list of modules is broken") from None
    return None


def _has_debug_info(prog):
    try:
        return bool(prog["tslab_instances"].address_)
    except KeyError:
        return False


def _is_in_place(prog, module):
    """Whether that is where the module is, as what drgn could not place is not."""
    if module is None:
        return True
    address = prog["tslab_instances"].address_
    # Linux 6.4 has it in more than one place.
    layouts = module.mem if hasattr(module, "mem") else [module.core_layout]
    return any(0 <= address - layout.base.value_() < layout.size
               for layout in layouts)


def _show_core_layout(prog):
    """
    Up to 0.0.22, which is Debian 12's, drgn looks for module::core_layout to find
    any module. What it wants of that is in module::mem[0] since Linux 6.4.
    """
    busy = False

    def find(kind, name, filename):
        nonlocal busy
        if busy or kind != drgn.TypeKind.STRUCT or name != "module":
            return None
        busy = True
        try:
            module = prog.type("struct module")
        finally:
            busy = False
        mem = next(member for member in module.members if member.name == "mem")
        layout = drgn.TypeMember(mem.type.type, "core_layout", mem.bit_offset)
        return prog.struct_type("module", module.size, (*module.members, layout))

    names = {member.name for member in prog.type("struct module").members}
    if "mem" in names and "core_layout" not in names:
        prog.add_type_finder(find)


def _load_module(prog, path):
    if [int(n) for n in re.findall(r"\d+", drgn.__version__)][:3] < [0, 0, 23]:
        _show_core_layout(prog)
    try:
        prog.load_debug_info([path])
    except (drgn.MissingDebugInfoError, OSError) as error:
        raise TslabError(f"{path}: {error}") from None


def tslab_load(prog, path=None):
    """
    Make sure that there is debug info of the kernel and of tslab.

    :param path: the tslab.ko that was loaded, if drgn does not have it yet
    :raises TslabError: if there is none, or no tslab
    """
    _check_kernel(prog)
    module = _module(prog)
    if not _has_debug_info(prog):
        if module is None:
            raise TslabError("tslab is not loaded in this kernel")
        if path is None:
            raise TslabError("no debug info of tslab: give the tslab.ko that was "
                             "loaded with --module")
        _load_module(prog, path)
    if not _has_debug_info(prog) or not _is_in_place(prog, module):
        raise TslabError("this tslab.ko is not the one that was loaded, or has no "
                         "debug info; or drgn, given it with -s, could not tell where "
                         "it is: give it with --module alone")
