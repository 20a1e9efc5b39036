#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs wrong programs in guests, and compares who notices them with what is known.

usage: bugs.py [--mode MODE]... [--update]
  MODE: plain, debug (tslab.debug=FZPU and slab_debug=FZPU), kfence (each object is
  one of the kernel's KFENCE), kasan (a kernel with KASAN and kmemleak, of "kunit.sh
  debug"), kmsan (the kernel of "clang-kernel.sh kmsan"); else all of them.
  --update: takes what they found as what is known.
Needs the modules of "module.sh 6.12", and for kmsan of "module.sh kmsan LLVM=-16".
What is known is in Documentation/data/bugs/: table.csv, who notices what, and
reports/, the reports that tslab.debug=FZPU prints. Prints "ok" or "not ok" for each program.
"""
import csv
import getopt
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
DATA = os.path.join(TOP, "Documentation/data/bugs")
# Caches of the same size are not to be one.
SLUB = "slab_debug=FZPU,bugs,bugs_gone,kmalloc-16,kmalloc-128"
SIDES = ["tslab", "slub"]


def modules(kernel):
    """Options of boot.sh for those of a kernel."""
    return ["--kernel", kernel, "--add", f"build/module-{kernel}/tslab.ko",
            "--add", f"build/module-{kernel}/tools/bugs/tslab_bugs.ko"]


MODES = {
    "plain": (modules("6.12"), "", ""),
    "debug": (modules("6.12"), SLUB, "debug=FZPU"),
    "kfence": (modules("6.12"), "", "kfence=1"),
    "kasan": (["--image", "build/kunit-debug/arch/x86/boot/bzImage"],
              "kunit.enable=0 kasan_multi_shot", ""),
    "kmsan": (modules("kmsan"), "", ""),
}


def boot(mode, programs):
    """What the guest prints."""
    kernel, append, options = MODES[mode]
    # KFENCE takes an object of SLUB's now and then, where it is on.
    append = f"oops=panic kfence.sample_interval={int(mode == 'kfence')} {append}"
    with tempfile.TemporaryDirectory() as directory:
        config = os.path.join(directory, "config")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"mode={mode} options='{options}' programs='{' '.join(programs)}'\n")
        guest = subprocess.run(
            ["tools/qemu/boot.sh", *kernel, "--cpus", "2", "--timeout", "900", "--append",
             append, "--add", config, "tools/bugs/bugs-guest.sh"],
            cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return guest.stdout.decode(errors="replace").replace("\r", "").splitlines()


def listed(mode):
    """Programs, by name: whether there is one for SLUB, and what it does."""
    found = {}
    for line in boot(mode, []):
        match = re.fullmatch(r"([a-z_0-9]+) (slub|-) ([a-z].*)", line)
        if match:
            found[match[1]] = (match[2] == "slub", match[3])
    if len(found) < 40:
        sys.exit(f"bugs.py: the guest lists {len(found)} programs")
    return found


def normal(line):
    """A line of a report without what is different each time, or None."""
    line = re.sub(r"^\[ *\d+\.\d+\] ", "", line)
    line = re.sub(r"object [0-9a-f]{16}", "object ADDRESS", line)
    line = re.sub(r"\b[0-9a-f]{16}\b", "ADDRESS", line)
    line = re.sub(r"\d+ ms ago on CPU \d+ by task \d+", "N ms ago on CPU N by task N", line)
    line = re.sub(r"slot \d+ of", "slot N of", line)
    line = re.sub(r"epoch \d+", "epoch N", line)
    line = re.sub(r"0x[0-9a-f]{10,}", "VALUE", line)
    line = re.sub(r"(task|by|in) (\d+)$", r"\1 N", line)
    line = re.sub(r"[a-z]+\[\d+\]", "TASK[N]", line)
    line = re.sub(r"\+0x[0-9a-f]+/0x[0-9a-f]+", "", line)
    if re.match("(leaks: )? +[a-z]", line):
        return line.rstrip() if line.endswith("[tslab_bugs]") else None
    line = re.sub(r"(age|pid|cpus|nodes)=\S*", r"\1=N", line)
    return line.rstrip() if line.startswith(("tslab", "leaks:")) else None


def run(mode, programs):
    """Who noticed each program, and what tslab printed."""
    verdicts, reports, left = {}, {}, list(programs)
    while left:
        begun = ended = None
        for line in boot(mode, left):
            words = line.split(" ")
            if words[0] == "begins":
                begun = words[1]
            elif words[0] == "ends":
                verdicts[words[1]] = " ".join(words[2:]).strip() or "nothing"
                left.remove(words[1])
                begun, ended = None, words[1]
            elif words[0] == "log":
                text = normal(" ".join(words[2:]))
                if text:
                    reports.setdefault(words[1], []).append(text)
        if begun:
            verdicts[begun] = "crash"
            left.remove(begun)
        elif left and ended:
            # What it has corrupted met somebody else.
            verdicts[ended] = "crash"
        elif left:
            sys.exit(f"bugs.py: {mode}: the guest ended before {left[0]}")
    return verdicts, reports


def read(path):
    """A file of what is known, or ""."""
    try:
        with open(os.path.join(DATA, path), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write(path, text):
    """Takes what was found as what is known."""
    path = os.path.join(DATA, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def check(name, found, path, update):
    """Compares what was found with the file. Returns whether it is as known."""
    if update:
        write(path, found)
    known = read(path)
    if found == known:
        print(f"ok {name}")
        return True
    print(f"not ok {name}: is not as in Documentation/data/bugs/{path}:")
    print(f"{found}instead of\n{known}")
    return False


def table_read():
    """Rows of the table, by program."""
    return {row["program"]: row for row in csv.DictReader(read("table.csv").splitlines())}


def table_write(table):
    """Writes the table."""
    columns = ["program", "what"] + [f"{side} {mode}" for mode in MODES for side in SIDES]
    with open(os.path.join(DATA, "table.csv"), "w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table.values())


def check_row(mode, row, known):
    """Prints whether a program was noticed as is known. Returns that, too."""
    tslab, slub = (row[f"{side} {mode}"] for side in SIDES)
    was_tslab, was_slub = (known.get(f"{side} {mode}") for side in SIDES)
    # What comes of memory that is not SLUB's any more is luck.
    luck = "crash" in (slub, was_slub) or re.match("k?free|rcu|wrong", row["program"])
    same = (tslab == was_tslab and (slub == was_slub or luck) and
            row["what"] == known["what"])
    print(f"{'ok' if same else 'not ok'} {mode} {row['program']}: tslab {tslab}, SLUB {slub}" +
          ("" if same else f", and not {was_tslab}, {was_slub}"))
    return same


def run_mode(mode, update):
    """Runs all programs. Returns whether all is as known."""
    bugs = listed(mode)
    programs = [f"tslab:{name}" for name in bugs]
    programs += [f"slub:{name}" for name, (slub, _) in bugs.items() if slub]
    verdicts, reports = run(mode, programs)
    table = table_read()
    good = update or set(table) == set(bugs)
    for name, (_, what) in bugs.items():
        row = {"program": name, "what": what}
        for side in SIDES:
            row[f"{side} {mode}"] = verdicts.get(f"{side}:{name}", "-")
        if update:
            table[name] = {**table.get(name, {}), **row}
        good = check_row(mode, row, table.get(name, row)) and good
    if update:
        table_write({name: table[name] for name in bugs})
    if mode == "debug":
        for name in bugs:
            text = "".join(f"{line}\n" for line in reports.get(name, []))
            good = check(f"report of {name}", text, f"reports/{name}", update) and good
    return good


def main():
    """Runs the modes asked for."""
    try:
        options, rest = getopt.getopt(sys.argv[1:], "", ["mode=", "update"])
    except getopt.GetoptError:
        options, rest = [], ["?"]
    modes = [value for key, value in options if key == "--mode"] or list(MODES)
    if rest or not set(modes) <= set(MODES):
        sys.exit(re.search("usage: .*", __doc__)[0])
    update = any(key == "--update" for key, _ in options)
    os.makedirs(DATA, exist_ok=True)
    good = [run_mode(mode, update) for mode in modes]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
