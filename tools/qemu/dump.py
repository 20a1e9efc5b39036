#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Dumps the memory of a guest of boot.sh that has said so and panicked, and ends it.

usage: dump.py SOCKET LOG FILE
    SOCKET: of QEMU's monitor (QMP). LOG: the guest's console. FILE: gets the dump, in
    ELF, with the virtual addresses that drgn 0.0.22 cannot do without. A guest that
    ends without it is none of ours.
"""

import json
import os
import pathlib
import socket
import sys
import time


def command(stream, name, **arguments):
    stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
    stream.flush()
    for line in stream:
        answer = json.loads(line)
        if "error" in answer:
            sys.exit(f"dump.py: {name}: {answer['error']['desc']}")
        if "return" in answer:
            return
    sys.exit(f"dump.py: {name}: QEMU has gone")


def connect(path):
    # QEMU may not be there yet.
    for _ in range(200):
        try:
            monitor = socket.socket(socket.AF_UNIX)
            monitor.connect(path)
            return monitor
        except OSError:
            time.sleep(0.1)
    sys.exit("dump.py: there is no QEMU")


def has_panicked(log):
    text = log.read_text(errors="replace") if log.exists() else ""
    return "end Kernel panic" in text.partition("\nguest dump")[2]


def main():
    path, log, dump = sys.argv[1:]
    monitor = connect(path)
    stream = monitor.makefile("rw")
    stream.readline()
    command(stream, "qmp_capabilities")
    monitor.setblocking(False)
    while not has_panicked(pathlib.Path(log)):
        try:
            # Nothing but its end is awaited.
            if not monitor.recv(4096):
                sys.exit("dump.py: the guest ended without a dump")
        except BlockingIOError:
            time.sleep(0.1)
    monitor.setblocking(True)
    command(stream, "dump-guest-memory", paging=True,
            protocol=f"file:{os.path.abspath(dump)}")
    command(stream, "quit")


if __name__ == "__main__":
    main()
