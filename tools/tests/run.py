#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of tslabstat on saved trees; they need no kernel module.

usage: run.py [--fuzz FUZZ_PARSE] BINARY...

Every test of TslabstatTest runs on every binary, the others once. trees/busy
is what a module wrote that had nothing but counters and epochs, trees/full
what one writes that has everything; all other inputs are made of them. Those of
Places want root: they put file systems of their own on /sys/kernel/debug and
/proc, in a mount namespace that ends with the test.
"""

import fcntl
import json
import math
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUSY = HERE / "trees" / "busy"
FULL = HERE / "trees" / "full"
HEADER = HERE.parent.parent / "include" / "linux" / "tslab.h"
DEBUGFS = "/sys/kernel/debug"
U64_MAX = 2**64 - 1
NOBODY = 65534

USAGE_ERROR = 2
ERROR = 1
OK, WARNING, CRITICAL, UNKNOWN = range(4)       # of --check

# In the order of enum file.
FILES = ["class_", "summary", "epochs", "percpu", "labels", "lock_histogram",
         "alloc_histogram", "alloc_reasons", "caches", "nodes", "cgroups"]

# What a user sees of a counter pair that has a band: table column, JSON name,
# counter of the numerator, counter(s) of the denominator.
BANDED = [
    ("ALLOC-CAS/ATT", "alloc_cas_retries_per_attempt",
     "bitmap_alloc_cas_retries", "bitmap_alloc_attempts"),
    ("FREE-CAS/ATT", "free_cas_retries_per_attempt",
     "bitmap_free_cas_retries", "bitmap_free_attempts"),
    ("CP-FAIL%", "current_partial_failure_rate",
     "current_partial_cas_failures", "current_partial_cas_attempts"),
]


class TslabstatTest(unittest.TestCase):
    """Runs one binary on a directory that the test may fill."""

    binary = None

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="tslabstat-test."))
        self.root.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.root)

    def run_binary(self, *args, env=None, stdout=subprocess.PIPE, **kwargs):
        return subprocess.run(
            [self.binary, *map(str, args)], stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=subprocess.PIPE, timeout=60,
            env={**os.environ, **(env or {})}, **kwargs)

    def output(self, *args, **kwargs):
        """Standard output of a run that must succeed."""
        run = self.run_binary(*args, **kwargs)
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        return run.stdout.decode()

    def on_terminal(self, *args, term="xterm", columns=0):
        """Output of a run whose stdout is a terminal."""
        main, terminal = pty.openpty()
        set_size(main, 24, columns)
        with subprocess.Popen([self.binary, *map(str, args)], stdout=terminal,
                              stdin=subprocess.DEVNULL,
                              env={**os.environ, "TERM": term}) as run:
            os.close(terminal)
            text = b""
            try:
                while chunk := os.read(main, 4096):
                    text += chunk
            except OSError:     # EIO is the end of a terminal
                pass
        os.close(main)
        self.assertEqual(run.returncode, 0)
        return text.decode()

    def json(self, *args):
        return json.loads(self.output("--json", *args))

    def start(self, *args, **kwargs):
        """A run that goes on; ended with the test at the latest."""
        run = subprocess.Popen(
            [self.binary, *map(str, args)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)

        def end():
            run.kill()
            run.communicate()
        self.addCleanup(end)
        return run

    def assert_error(self, run, status, text):
        """One line on stderr that holds text, nothing on stdout."""
        line = run.stderr.decode()
        self.assertRegex(line, r"\Atslabstat: [^\n]+\n\Z")
        self.assertIn(text, line)
        self.assertEqual(run.stdout or b"", b"")
        self.assertEqual(run.returncode, status)

    def assert_file_error(self, text, name="class_128"):
        """tslabstat refuses the tree, naming the file."""
        run = self.run_binary("--root", self.root)
        self.assert_error(run, ERROR, f"{name}: ")
        self.assert_error(run, ERROR, text)

    def copy(self, tree=FULL, **changes):
        """A tree of the test's own; then {file: (old, new)}."""
        copy = pathlib.Path(tempfile.mkdtemp(dir=self.root)) / "tree"
        shutil.copytree(tree, copy)
        for name, (old, new) in changes.items():
            text = (copy / name).read_text()
            assert old in text, (name, old)
            (copy / name).write_text(text.replace(old, new, 1))
        return copy

    def write(self, content, name="class_128"):
        if isinstance(content, str):
            content = content.encode()
        (self.root / name).write_bytes(content)

    def write_class(self, size=128, **counters):
        """A class file of zeroes except for counters; unknown ones go last."""
        text = zero_class(size)
        for name, value in counters.items():
            text, found = re.subn(rf"(?m)^{name} 0$", f"{name} {value}", text)
            if not found:
                text += f"{name} {value}\n"
        self.write(text, f"class_{size}")


def set_size(terminal, lines, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                struct.pack("HHHH", lines, columns, 0, 0))


def zero_class(size=128):
    text = (BUSY / "class_96").read_text()
    return text.replace("class 96\n", f"class {size}\n")


def table_rows(text):
    """A table as {first column: {heading: cell}}."""
    heading, *lines = [line.split() for line in text.splitlines()]
    for line in lines:
        assert len(line) == len(heading), line
    return {line[0]: dict(zip(heading, line)) for line in lines}


class Table(TslabstatTest):

    def test_golden(self):
        self.assertEqual(self.output("--root", BUSY),
                         (HERE / "trees" / "busy.table").read_text())

    def test_idle_classes_only_with_all(self):
        self.write_class(64)
        self.write_class(128, alloc_failed=1)
        self.assertEqual(list(table_rows(self.output("--root", self.root))),
                         ["128", "total"])
        for option in "-a", "--all":
            rows = table_rows(self.output("--root", self.root, option))
            self.assertEqual(list(rows), ["64", "128", "total"])

    def test_no_activity_at_all(self):
        self.write_class(64)
        rows = table_rows(self.output("--root", self.root))
        self.assertEqual(list(rows), ["total"])

    def test_sorted_by_size_not_by_name(self):
        for size in 64, 1024, 128, 8192, 96:
            self.write_class(size, alloc_failed=1)
        self.assertEqual(list(table_rows(self.output("--root", self.root))),
                         ["64", "96", "128", "1024", "8192", "total"])

    def test_zero_denominators(self):
        self.write_class(bitmap_alloc_cas_retries=5, bitmap_free_cas_retries=5,
                         current_partial_cas_failures=5, live_bytes=5)
        text = self.output("--root", self.root)
        self.assertNotRegex(text.lower(), "nan|inf")
        for row in table_rows(text).values():
            for heading in ("UTIL%", "ALLOC-CAS/ATT", "FREE-CAS/ATT",
                            "CP-FAIL%", "LOCK-CONT%", "RECYCLE%"):
                self.assertEqual(row[heading], "-", heading)

    def test_without_object_counters(self):
        text = re.sub(r"(?m)^(alloc|free)_objects .*\n", "", zero_class())
        self.write(text.replace("live_objects 0", "live_objects 1"))
        row = table_rows(self.output("--root", self.root))["128"]
        self.assertEqual((row["ALLOCS"], row["FREES"]), ("-", "-"))

    def test_u64_max(self):
        names = re.findall(r"(?m)^(\w+) 0$", zero_class())
        for size in 64, 128:
            self.write_class(size, **{name: U64_MAX for name in names})
        rows = table_rows(self.output("--root", self.root))
        for row in rows.values():
            self.assertEqual(row["LIVE"], str(U64_MAX))
            self.assertEqual(row["ALLOC-CAS/ATT"], "1.0000r")
            self.assertEqual(row["UTIL%"], "100.00")

    def test_columns_widen_together(self):
        self.write_class(64, bitmap_alloc_attempts=1,
                         bitmap_alloc_cas_retries=U64_MAX, committed_bytes=1,
                         live_bytes=U64_MAX)
        lines = self.output("--root", self.root).splitlines()
        self.assertEqual(len({len(line) for line in lines}), 1)


class Bands(TslabstatTest):

    def check(self, num, den, band):
        """Every ratio that has a band, with the same figures."""
        counters = {}
        for _, _, num_name, den_name in BANDED:
            counters[num_name] = num
            counters[den_name] = den
        self.write_class(lock_contended=num, lock_fast_acquire=den - num,
                         **counters)

        row = table_rows(self.output("--root", self.root))["128"]
        derived = self.json("--root", self.root)["classes"][0]["derived"]
        columns = [(column, name) for column, name, _, _ in BANDED]
        for column, name in columns + [("LOCK-CONT%", "lock_contention_rate")]:
            self.assertEqual(row[column][-1], band[0], column)
            self.assertEqual(derived["bands"][name], band)
            self.assertEqual(derived[name], num / den)

    def test_nothing(self):
        self.check(0, 1, "green")

    def test_just_under_5_percent(self):
        self.check(49999, 10**6, "green")

    def test_exactly_5_percent(self):
        self.check(50000, 10**6, "yellow")

    def test_exactly_20_percent(self):
        self.check(200000, 10**6, "yellow")

    def test_just_over_20_percent(self):
        self.check(200001, 10**6, "red")

    def test_everything(self):
        self.check(7, 7, "red")

    def test_small_denominators(self):
        self.check(1, 19, "yellow")
        self.check(1, 20, "yellow")
        self.check(1, 21, "green")
        self.check(1, 5, "yellow")
        self.check(1, 4, "red")

    def test_no_rounding_at_huge_counts(self):
        den = 20 * (2**63 // 20)
        self.check(den // 20 - 1, den, "green")
        self.check(den // 20, den, "yellow")
        self.check(den // 5, den, "yellow")
        self.check(den // 5 + 1, den, "red")


class Terminal(TslabstatTest):

    def test_terminal_has_colours_and_no_letters(self):
        text = self.on_terminal("--root", BUSY)
        for code in "\033[31m", "\033[32m", "\033[33m", "\033[0m":
            self.assertIn(code, text)
        self.assertIn("\033[31m", text[text.index("\n 4096"):])
        self.assertNotRegex(text, r"\d[gyr]")

    def test_same_figures_on_terminal_and_in_pipe(self):
        plain = re.sub(r"\033\[\d+m|\r", "", self.on_terminal("--root", BUSY))
        piped = re.sub(r"(\d)[gyr]", r"\1", self.output("--root", BUSY))
        self.assertEqual(table_rows(plain), table_rows(piped))

    def test_dumb_terminal_has_letters(self):
        for term in "dumb", "":
            text = self.on_terminal("--root", BUSY, term=term)
            self.assertNotIn("\033", text)
            self.assertIn("70.00r", text)

    def test_pipe_has_no_colours(self):
        text = self.output("--root", BUSY, env={"TERM": "xterm"})
        self.assertNotIn("\033", text)


class Json(TslabstatTest):

    def test_valid_for_json_tool(self):
        text = self.output("--json", "--root", BUSY)
        subprocess.run([sys.executable, "-m", "json.tool"], check=True,
                       input=text.encode(), stdout=subprocess.DEVNULL)

    def test_schema(self):
        data = self.json("--root", BUSY)
        self.assertLessEqual({"version", "classes", "total"}, set(data))
        self.assertEqual(data["version"], 1)
        self.assertEqual(list(data["total"]), ["counters", "derived", "rates"])
        self.assertEqual([c["size"] for c in data["classes"]],
                         [64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536,
                          2048, 3072, 4096, 6144, 8192])
        for entry in data["classes"]:
            self.assertEqual(list(entry),
                             ["size", "counters", "derived", "rates"])
            self.assertEqual(list(entry["derived"]),
                             list(data["total"]["derived"]))

    def test_counters_are_the_file(self):
        for entry in self.json("--root", BUSY)["classes"]:
            text = "version 1\n"
            text += f"class {entry['size']}\n"
            for name, value in entry["counters"].items():
                text += f"{name} {value}\n"
            self.assertEqual(
                text, (BUSY / f"class_{entry['size']}").read_text())

    def test_total_is_the_summary(self):
        summary = (BUSY / "summary").read_text()
        self.assertEqual(
            self.json("--root", BUSY)["total"]["counters"],
            {name: int(value) for name, value in
             re.findall(r"(?m)^total_(\w+) (\d+)$", summary)})

    def test_derived_values(self):
        entry = self.json("--root", BUSY)["classes"][2]
        self.assertEqual(entry["size"], 128)
        self.assertEqual(entry["derived"], {
            "alloc_cas_retries_per_attempt": 96 / 48000,
            "free_cas_retries_per_attempt": 1000 / 40000,
            "current_partial_failure_rate": 64 / 3200,
            "lock_contention_rate": 100 / 10000,
            "recycle_rate": 300 / 400,
            "utilisation": 1280000 / 1638400,
            "lock_wait_ns_per_acquisition": 0,
            "lock_hold_ns_per_acquisition": 0,
            "lock_acquisitions": 10000,
            "bands": {
                "alloc_cas_retries_per_attempt": "green",
                "free_cas_retries_per_attempt": "green",
                "current_partial_failure_rate": "green",
                "lock_contention_rate": "green",
            },
        })
        derived = self.json("--root", BUSY)["classes"][3]["derived"]
        self.assertEqual(derived["lock_wait_ns_per_acquisition"], 64)
        self.assertEqual(derived["lock_hold_ns_per_acquisition"], 128)

    def test_zero_denominators_are_null(self):
        self.write_class()
        derived = self.json("--root", self.root)["classes"][0]["derived"]
        self.assertEqual(derived.pop("lock_acquisitions"), 0)
        self.assertEqual(set(derived.pop("bands").values()), {None})
        self.assertEqual(set(derived.values()), {None})

    def test_large_values(self):
        self.write_class(64, live_objects=2**63 - 1, alloc_failed=2**63,
                         live_bytes=U64_MAX)
        self.write_class(128, live_objects=1, live_bytes=1)
        data = self.json("--root", self.root)
        counters = data["classes"][0]["counters"]
        self.assertEqual(counters["live_objects"], 2**63 - 1)
        self.assertIsInstance(counters["live_objects"], int)
        self.assertEqual(counters["alloc_failed"], 2**63)
        self.assertIsInstance(counters["alloc_failed"], int)
        self.assertEqual(counters["live_bytes"], U64_MAX)
        total = data["total"]["counters"]
        self.assertEqual(total["live_objects"], 2**63)
        self.assertEqual(total["live_bytes"], U64_MAX)          # saturated

    def test_no_exponents(self):
        self.write_class(64, bitmap_alloc_attempts=U64_MAX,
                         bitmap_alloc_cas_retries=1, live_bytes=U64_MAX,
                         committed_bytes=1)
        for args in [], ["0.001", "2"]:
            text = self.output("--json", "--root", self.root, *args)
            # Its path has letters at random.
            text = text.replace(str(self.root), "")
            self.assertNotRegex(text, r"\d[eE]")
        derived = self.json("--root", self.root)["classes"][0]["derived"]
        self.assertEqual(derived["alloc_cas_retries_per_attempt"],
                         1 / U64_MAX)
        self.assertEqual(derived["utilisation"], float(U64_MAX))

    def test_no_colour_on_a_terminal(self):
        text = self.on_terminal("--json", "--root", BUSY)
        self.assertNotIn("\033", text)
        data = json.loads(text)
        piped = self.json("--root", BUSY)
        self.assertAlmostEqual(data.pop("time"), piped.pop("time"), delta=60)
        self.assertEqual(data, piped)


class Format(TslabstatTest):
    """What a class file may and may not look like."""

    def test_unknown_names_are_accepted(self):
        self.write_class(128, new_counter=7, X=U64_MAX)
        self.write_class(64, new_counter=5)
        data = self.json("--root", self.root)
        self.assertEqual(data["classes"][1]["counters"]["new_counter"], 7)
        self.assertEqual(data["total"]["counters"]["new_counter"], 12)
        self.assertEqual(list(table_rows(self.output("--root", self.root))),
                         ["total"])

    def test_order_does_not_matter(self):
        version, *lines = zero_class().splitlines(keepends=True)
        self.write(version + "".join(reversed(lines)))
        self.assertEqual(self.json("--root", self.root)["classes"][0]["size"],
                         128)

    def test_unknown_files_are_ignored(self):
        self.write_class(alloc_failed=1)
        for name in ("lock_histogram", "class_", "class_128~", "class_x",
                     "class_0128", "class_-1", "class_0"):
            self.write(b"\0junk", name)
        (self.root / "percpu").mkdir()
        self.assertEqual(list(table_rows(self.output("--root", self.root))),
                         ["128", "total"])

    def test_every_promised_name_is_required(self):
        text = zero_class()
        names = re.findall(r"(?m)^(\w+) 0$", text)
        for name in names:
            if name in ("alloc_objects", "free_objects", "free_kfree",
                        "object_overwritten", "kfence_allocs",
                        "metadata_bytes", "stock_pages"):
                continue
            self.write(text.replace(f"\n{name} 0\n", "\n"))
            self.assert_file_error(f"truncated: no {name}\n")
        self.write(text.replace("class 128\n", ""))
        self.assert_file_error("truncated: no class\n")

    def test_names_are_those_of_the_kernel(self):
        if not HEADER.exists():
            self.skipTest(f"{HEADER} is not there")
        header = HEADER.read_text()

        def names(macro):
            body = re.search(rf"#define {macro}\(X\)((?:.*\\\n)*.*\n)", header)
            return set(re.findall(r"X\((\w+)\)", body[1]))

        expected = (names("TSLAB_COUNTERS") | names("TSLAB_GAUGES") |
                    names("TSLAB_DERIVED_COUNTERS"))
        for site in names("TSLAB_LOCK_SITES"):
            expected |= {f"lock_fast_acquire_{site}", f"lock_contended_{site}"}
        self.assertEqual(set(re.findall(r"(?m)^(\w+) 0$", zero_class())),
                         expected)

    def test_cut_anywhere(self):
        text = zero_class()
        for length in range(1, len(text), 37):
            self.write(text[:length])
            self.assert_file_error("truncated")

    def test_largest_line_and_file(self):
        self.write(zero_class() + "x" * 1021 + " 1\n")
        self.assertEqual(
            self.json("--root", self.root)["total"]["counters"]["x" * 1021], 1)
        text = zero_class()
        lines = []
        length = len(text)
        while length + 9 <= 65536:
            lines.append(f"{len(lines):06x} 1\n")
            length += 9
        self.write(text + "".join(lines))
        self.output("--root", self.root)

    def test_random_bytes(self):
        for seed in range(50):
            noise = bytes((seed * 131 + i * i * 17 + (i >> 3)) % 256
                          for i in range(700))
            self.write(noise)
            self.assert_file_error("class_128")
            self.write(b"version 1\nclass 128\n" + noise.replace(b"\0", b"!"))
            self.assert_file_error("line ")


def edit(old, new):
    def content():
        text = zero_class()
        assert old in text
        return text.replace(old, new, 1)
    return content


BAD_FILES = {
    "empty": (lambda: "", "empty file"),
    "unknown_version": (edit("version 1\n", "version 2\n"),
                        "unknown version 2"),
    "version_0": (edit("version 1\n", "version 0\n"), "unknown version 0"),
    "version_with_other_format": (lambda: "version 3\n{\x01}\n",
                                  "unknown version 3"),
    "no_version": (edit("version 1\n", ""), "line 1: not a version"),
    "version_not_first": (edit("version 1\nclass 128\n",
                               "class 128\nversion 1\n"),
                          "line 1: not a version"),
    "version_twice": (lambda: zero_class() + "version 1\n",
                      "duplicate version"),
    "class_twice": (lambda: zero_class() + "class 128\n", "duplicate class"),
    "duplicate": (edit("live_bytes 0\n", "live_bytes 0\nlive_bytes 0\n"),
                  "duplicate live_bytes"),
    "duplicate_unknown": (lambda: zero_class() + "new 1\nnew 1\n",
                          "duplicate new"),
    "other_class": (edit("class 128\n", "class 192\n"), "holds class 192"),
    "class_0": (edit("class 128\n", "class 0\n"), "class 0"),
    "no_final_newline": (lambda: zero_class()[:-1], "truncated"),
    "no_value": (edit("live_bytes 0", "live_bytes"), "malformed"),
    "empty_value": (edit("live_bytes 0", "live_bytes "), "not a number"),
    "blank_line": (edit("live_bytes 0\n", "live_bytes 0\n\n"), "malformed"),
    "no_name": (edit("live_bytes 0", " 0"), "malformed"),
    "leading_blank": (edit("live_bytes 0", " live_bytes 0"), "malformed"),
    "two_blanks": (edit("live_bytes 0", "live_bytes  0"), "not a number"),
    "tab": (edit("live_bytes 0", "live_bytes\t0"), "malformed"),
    "bad_name": (edit("live_bytes 0", "live-bytes 0"), "malformed"),
    "escape_in_name": (edit("live_bytes 0", "\x1b[2J 0"), "malformed"),
    "carriage_return": (edit("live_bytes 0\n", "live_bytes 0\r\n"),
                        "not a number"),
    "word": (edit("live_bytes 0", "live_bytes many"), "not a number"),
    "negative": (edit("live_bytes 0", "live_bytes -1"), "not a number"),
    "plus": (edit("live_bytes 0", "live_bytes +1"), "not a number"),
    "hexadecimal": (edit("live_bytes 0", "live_bytes 0x10"), "not a number"),
    "fraction": (edit("live_bytes 0", "live_bytes 1.5"), "not a number"),
    "trailing_garbage": (edit("live_bytes 0", "live_bytes 1 2"),
                         "not a number"),
    "overflow_by_one": (edit("live_bytes 0", f"live_bytes {2**64}"),
                        "over 64 bits"),
    "overflow_by_far": (edit("live_bytes 0", "live_bytes " + "9" * 200),
                        "over 64 bits"),
    "long_line": (lambda: zero_class() + "x" * 1022 + " 1\n",
                  "longer than 1023"),
    "very_long_line": (lambda: zero_class() + "x" * 60000 + " 1\n",
                       "longer than 1023"),
    "large_file": (lambda: zero_class() + "x" * 65536, "larger than 65536"),
    "nul": (edit("live_bytes 0", "live_bytes \0"), "not a text file"),
    "nul_at_end": (lambda: zero_class() + "\0", "not a text file"),
    "only_nul": (lambda: "\0", "not a text file"),
    "high_bytes": (edit("live_bytes 0", "live_byt\u00e9s 0"), "malformed"),
}


class BadFile(TslabstatTest):
    pass


def add_bad_file_test(name, content, message):
    def test(self):
        self.write_class(64)
        self.write(content())
        self.assert_file_error(message)
        self.assert_error(self.run_binary("--json", "--root", self.root),
                          ERROR, message)
    setattr(BadFile, f"test_{name}", test)


for _name, (_content, _message) in BAD_FILES.items():
    add_bad_file_test(_name, _content, _message)


class Instance(TslabstatTest):

    def test_known(self):
        rows = table_rows(self.output("--root", BUSY, "--instance",
                                      "sessions"))
        self.assertEqual(list(rows), ["4096", "8192", "total"])
        data = self.json("--root", BUSY, "--instance=requests")
        self.assertEqual(data["total"]["counters"]["alloc_objects"], 201000)

    def test_unknown(self):
        self.assert_error(
            self.run_binary("--root", BUSY, "--instance", "other"),
            ERROR, "no such instance: other")

    def test_no_instances_at_all(self):
        self.write_class()
        self.assert_error(
            self.run_binary("--root", self.root, "--instance", "other"),
            ERROR, "no such instance: other")

    def test_is_a_file(self):
        (self.root / "instances").mkdir()
        self.write("", "instances/other")
        self.assert_error(
            self.run_binary("--root", self.root, "--instance", "other"),
            ERROR, "no such instance: other")

    def test_name_too_long(self):
        self.assert_error(
            self.run_binary("--root", BUSY, "--instance", "x" * 1000),
            USAGE_ERROR, "not an instance name")

    def test_names_are_those_of_the_kernel(self):
        """Byte by byte, what tslab_create() takes, however it comes in."""
        source = HERE.parent.parent / "tslab" / "instance.c"
        if not source.exists():
            self.skipTest(f"{source} is not there")
        rule = re.search(r"(?ms)^bool tslab_name_ok\(.*?^}", source.read_text())
        size = re.search(r"define TSLAB_NAME_MAX\s+(\d+)", HEADER.read_text())
        program = self.root / "rule.c"
        program.write_text(
            "#include <stdbool.h>\n#include <stddef.h>\n"
            f"#include <string.h>\n#define TSLAB_NAME_MAX {size[1]}\n"
            f"{rule[0]}\nint main(int c, char **v)\n"
            "{ return c == 2 && tslab_name_ok(v[1]) ? 0 : 1; }\n")
        subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-o",
                        self.root / "rule", program], check=True)
        names = [b"", b".", b"..", b"a.", b".a", b"-", b"--help", b"my-server",
                 b"x" * 31, b"x" * 32, b"x" * 33]
        names += [bytes([c]) for c in range(1, 256)]
        names += [b"a" + bytes([c]) for c in range(1, 256)]
        taken = 0
        for name in names:
            good = not subprocess.run([self.root / "rule", name],
                                      check=False).returncode
            run = subprocess.run(
                [self.binary, "--prometheus", "--root", FULL, "--instance",
                 name], check=False, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(run.returncode, 0 if good else USAGE_ERROR, name)
            taken += good
        self.assertGreater(taken, 100)

    def test_names_in_epochs_are_checked(self):
        for name in "a/b", "a#b", ".a", "x" * 32, r"a\x2fb", 'a"b':
            copy = self.copy(epochs=("requests 0", f"{name} 0"))
            self.assert_error(
                self.run_binary("--root", copy, "--epochs"), ERROR,
                "malformed instance")

    def test_names_that_leave_the_directory(self):
        for name in ("", ".", "..", "../instances/sessions", "/",
                     "sessions/", "a/../sessions", "/etc", "a\nb", "\033[2J"):
            self.assert_error(
                self.run_binary("--root", BUSY, "--instance", name),
                USAGE_ERROR, "not an instance name")

    def test_error_names_the_instance(self):
        (self.root / "instances" / "one").mkdir(parents=True)
        self.write_class()
        self.write("", "instances/one/class_128")
        self.assert_error(
            self.run_binary("--root", self.root, "--instance", "one"),
            ERROR, "instances/one: class_128: empty file")


class Directory(TslabstatTest):

    def test_missing(self):
        self.assert_error(self.run_binary("--root", self.root / "none"),
                          ERROR, "none: No such file or directory")

    def test_is_a_file(self):
        self.assert_error(self.run_binary("--root", BUSY / "class_64"),
                          ERROR, "class_64: Not a directory")

    def test_without_class_files(self):
        self.write("version 1\n", "epochs")
        self.assert_error(self.run_binary("--root", self.root), ERROR,
                          "no class files")

    def test_long_path(self):
        self.assert_error(self.run_binary("--root", "x/" * 2000), ERROR,
                          "No such file or directory")
        self.assert_error(self.run_binary("--root", "x/" * 2100), ERROR,
                          "File name too long")

    def test_newline_in_path(self):
        self.assert_error(self.run_binary("--root", self.root / "a\nb"),
                          ERROR, "a?b: No such file")

    def test_file_removed_while_reading(self):
        """A dangling link is listed and cannot be opened, like a file that
        goes between the two."""
        self.write_class(64)
        (self.root / "class_96").symlink_to("gone")
        self.assert_file_error("removed while reading", "class_96")

    def test_class_is_a_directory(self):
        (self.root / "class_96").mkdir()
        self.assert_file_error("not a regular file", "class_96")

    def test_class_is_a_fifo(self):
        os.mkfifo(self.root / "class_96")
        self.assert_file_error("not a regular file", "class_96")

    def test_permission_denied(self):
        self.write_class(128)
        (self.root / "class_128").chmod(0)
        user = {}
        if os.geteuid() == 0:
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            shutil.copy(self.binary, self.root / "binary")
            self.binary = str(self.root / "binary")
        run = self.run_binary("--root", self.root, **user)
        self.assert_error(run, ERROR, "class_128: permission denied")
        self.addCleanup(self.root.chmod, 0o755)
        self.root.chmod(0o311)      # enough to run the binary in it
        run = self.run_binary("--root", self.root, **user)
        self.assert_error(run, ERROR, f"{self.root}: permission denied")


class Mounted(TslabstatTest):
    """Runs with what is read without --root in its place."""

    NOTHING = (f"mount -t tmpfs none {DEBUGFS};"
               "mount -t tmpfs none /sys/module;")
    IN_DEBUGFS = f"cp -r {BUSY} {DEBUGFS}/tslab;"
    # Sanitizers look at the process in /proc.
    IN_PROCFS = ("mkdir /sys/module/real; mount --rbind /proc /sys/module/real;"
                 "mount -t tmpfs none /proc;"
                 "ln -s /sys/module/real/self /sys/module/real/$$ /proc;"
                 f"cp -r {FULL} /proc/tslab;")

    @classmethod
    def can_mount(cls):
        return not os.geteuid() and not subprocess.run(
            ["unshare", "--mount", "sh", "-ec", cls.NOTHING], check=False,
            stderr=subprocess.DEVNULL).returncode

    def run_mounted(self, commands, *args, nobody=False):
        """Runs after commands in a mount namespace of its own."""
        if not self.can_mount():
            self.skipTest("cannot mount in a namespace of its own")
        binary, user = self.binary, ""
        if nobody:
            binary = shutil.copy(self.binary, self.root / "binary")
            user = f"setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups"
        return subprocess.run(
            ["unshare", "--mount", "sh", "-ec",
             f'{self.NOTHING} {commands} exec {user} "$@"',
             "sh", binary, *args], check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60)


class Places(Mounted):
    """debugfs, or else procfs."""

    def assert_table(self, run, tree, stderr=b""):
        self.assertEqual((run.returncode, run.stderr), (0, stderr))
        self.assertEqual(run.stdout.decode(),
                         (HERE / "trees" / tree).read_text())

    def test_module_not_loaded(self):
        self.assert_error(self.run_mounted(""), ERROR,
                          "module is not loaded")

    def test_neither(self):
        self.assert_error(self.run_mounted("mkdir /sys/module/tslab;"), ERROR,
                          "neither /sys/kernel/debug/tslab nor /proc/tslab is")

    def test_debugfs(self):
        run = self.run_mounted(self.IN_DEBUGFS)
        self.assert_table(run, "busy.table")
        run = self.run_mounted(self.IN_DEBUGFS, "--instance", "none")
        self.assert_error(run, ERROR, "no such instance: none")

    def test_debugfs_comes_first(self):
        run = self.run_mounted(self.IN_DEBUGFS + self.IN_PROCFS)
        self.assert_table(run, "busy.table")

    def test_procfs(self):
        said = b"tslabstat: reading /proc/tslab\n"
        run = self.run_mounted(self.IN_PROCFS)
        self.assert_table(run, "full.classes", said)
        run = self.run_mounted(self.IN_PROCFS, "0.001", "2")
        self.assertEqual((run.returncode, run.stderr), (0, said))
        run = self.run_mounted(self.IN_PROCFS, "--instance", "none")
        self.assert_error(run, ERROR, "no such instance: none")

    def test_programs_are_told_in_a_field(self):
        for commands, source in (
                (self.IN_PROCFS, "/proc/tslab"),
                (self.IN_DEBUGFS, "/sys/kernel/debug/tslab")):
            run = self.run_mounted(commands, "--json")
            self.assertEqual((run.returncode, run.stderr), (0, b""))
            self.assertEqual(json.loads(run.stdout)["source"], source)
        for option in "--prometheus", "--check":
            run = self.run_mounted(self.IN_PROCFS, option)
            self.assertEqual(run.stderr, b"")
            self.assertTrue(run.stdout)

    def test_debugfs_that_is_closed(self):
        """Its directory may be open where its files are not."""
        for close in "chmod 700 {}", "chmod 0 {}/tslab/*":
            run = self.run_mounted(
                self.IN_DEBUGFS + close.format(DEBUGFS) + ";" + self.IN_PROCFS,
                nobody=True)
            self.assert_table(run, "full.classes",
                              b"tslabstat: reading /proc/tslab\n")

    def test_not_root(self):
        close = f"chmod 700 {DEBUGFS};"
        self.assert_error(
            self.run_mounted(close + "mkdir /sys/module/tslab;", nobody=True),
            ERROR, "/sys/kernel/debug/tslab: permission denied (not root?)")
        self.assert_error(
            self.run_mounted(close + self.IN_PROCFS + "chmod 500 /proc/tslab;",
                             nobody=True),
            ERROR, "/proc/tslab: permission denied (not root?)")
        self.assert_error(self.run_mounted(close, nobody=True), ERROR,
                          "module is not loaded")


class Views(TslabstatTest):

    def test_golden(self):
        for view in VIEWS:
            self.assertEqual(self.output("--root", FULL, f"--{view}"),
                             (FULL.parent / f"full.{view}").read_text(), view)

    def test_default_is_classes(self):
        self.assertEqual(self.output("--root", FULL),
                         self.output("--root", FULL, "--classes"))

    def test_total_has_what_belongs_to_no_class(self):
        counters = self.json("--root", FULL)["total"]["counters"]
        self.assertEqual(counters["size_rejected"], 4)
        self.assertEqual(
            sum(entry["counters"]["size_rejected"]
                for entry in self.json("--root", FULL)["classes"]), 0)

    def test_total_without_summary(self):
        copy = self.copy()
        (copy / "summary").unlink()
        total = self.json("--root", copy)["total"]["counters"]
        self.assertEqual((total["alloc_objects"], total["size_rejected"]),
                         (80950, 0))

    def test_sums_of_parts(self):
        """Lines "all" and "total" of what is broken down."""
        for view, column in ("percpu", "ALLOCS"), ("labels", "SLOW"):
            lines = [line.split() for line in self.output(
                "--root", FULL, f"--{view}").splitlines()]
            at = lines[0].index(column)
            total = int(lines[-1][at])
            self.assertEqual(total, sum(int(line[at]) for line in lines[1:-1]
                                        if line[1] == "all"))
            self.assertEqual(total, sum(int(line[at]) for line in lines[1:-1]
                                        if line[1] != "all"))

    def test_lock_sites_only_with_all(self):
        rows = self.output("--root", FULL, "--locks").splitlines()
        self.assertFalse([row for row in rows if " slow_full " in row])
        rows = self.output("--root", FULL, "--locks", "-a").splitlines()
        self.assertEqual(len([row for row in rows if " slow_full " in row]), 4)

    def test_instance(self):
        for view in VIEWS:
            text = self.output("--root", FULL, f"--{view}", "--instance",
                               "requests")
            self.assertNotIn("sessions", text)
        self.assertIn("80000", self.output("--root", FULL, "--instance",
                                           "requests"))

    def test_old_module(self):
        """Only what needs the new files misses them."""
        for view, name in (("percpu", "percpu"), ("labels", "labels"),
                           ("caches", "caches"), ("nodes", "nodes"),
                           ("memory", "labels"), ("leaks", "leaks"),
                           ("histogram", "lock_histogram")):
            for args in [f"--{view}"], ["--json", f"--{view}"]:
                self.assert_error(
                    self.run_binary("--root", BUSY, *args), ERROR,
                    f"{name}: not there, this tslab module does not have it")
        for view in "classes", "locks", "epochs":
            self.output("--root", BUSY, f"--{view}")
        data = self.json("--root", BUSY)
        for name in ("percpu", "labels", "lock_histogram", "alloc_histogram",
                     "alloc_reasons", "caches", "nodes", "leaks"):
            self.assertIsNone(data[name])
        self.assertEqual(len(data["epochs"]), 3)
        self.output("--root", BUSY, "--prometheus")
        self.assertEqual(self.run_binary("--root", BUSY, "--check").returncode,
                         WARNING)

    def test_bars_where_there_is_room(self):
        def bars(columns):
            text = self.on_terminal("--root", FULL, "--histogram",
                                    columns=columns)
            for line in text.splitlines():
                self.assertLessEqual(len(line), columns or 999)
            return [len(bar) for bar in re.findall("#+", text)]

        self.assertEqual(bars(0), [])
        self.assertEqual(bars(79), [])
        small, large = bars(90), bars(200)
        self.assertEqual(len(small), len(large))
        self.assertGreater(len(small), 10)
        self.assertGreater(max(large), max(small))
        self.assertEqual(large[0], 30)      # 60 % of 50
        self.assertNotIn("#", self.output("--root", FULL, "--histogram"))

    def test_no_room_for_bars(self):
        copy = self.copy(lock_histogram=("128 hold", "128 " + "h" * 60))
        text = self.on_terminal("--root", copy, "--histogram", columns=90)
        self.assertIn("h" * 60, text)
        self.assertNotIn("#", text)

    def test_labels_that_are_written_alike(self):
        copy = self.copy(labels=("other 64 slow_path_hits 5",
                                 "other 64 slow_path_hits 5\n"
                                 "other 128 slow_path_hits 1\n"
                                 "other 64 slow_path_hits 7"))
        labels = self.json("--root", copy)["labels"]
        other = {entry["size"]: entry["counters"] for entry in labels
                 if entry["label"] == "other"}
        self.assertEqual(other[64]["slow_path_hits"], 12)
        self.assertEqual(other[128]["slow_path_hits"], 1)

    def test_bytes_over_ascii_in_a_label(self):
        copy = self.copy()
        text = (copy / "labels").read_bytes()
        (copy / "labels").write_bytes(text.replace(b"session ", b"s\xc3\\x9c "))
        self.assertIn("s?\\x9c", [entry["label"] for entry in
                                  self.json("--root", copy)["labels"]])

    def test_cpus_are_sorted_by_number(self):
        copy = self.copy()
        text = (copy / "percpu").read_text()
        (copy / "percpu").write_text(re.sub(r"(?m)^0 ", "9 ", text))
        cpus = [entry["cpu"] for entry in self.json("--root", copy)["percpu"]]
        self.assertEqual(list(dict.fromkeys(cpus)), [1, 9, 10])


BAD_OPTIONAL_FILES = {
    "epochs": [
        ("requests 0 17", "requests 0", "value of era is not a number"),
        ("requests 0 17", "requests 0 x", "value of era is not a number"),
        (" 2 0 160\n", " 2 0 160 1\n", "value of pages is not a number"),
        ("requests 3 14", "requests 0 14", "duplicate rows of instance"),
        ("open session", "open se\tssion", "malformed label"),
        ("open session", "open ", "malformed label"),
        (" 2 0 160\n", " 2 0\n", "malformed, not 13 fields"),
        ("requests 0", f"{'x' * 1024} 0", "longer than 1023"),
    ],
    "percpu": [
        ("0 64 cpu_hits 800", "x 64 cpu_hits 800", "value of cpu"),
        ("0 64 cpu_hits 800", "0 x cpu_hits 800", "value of class"),
        ("0 64 cpu_hits 800", "0 64 cpu-hits 800", "malformed name"),
        ("0 64 cpu_hits 800", "0 64 cpu_hits -800", "value of cpu_hits"),
        ("0 64 cpu_hits 800", f"0 64 cpu_hits {2**64}", "over 64 bits"),
        ("0 64 cpu_hits 800", "0 64 cpu_hits", "not 4 fields"),
        ("0 64 cpu_hits 800\n", "0 64 cpu_hits 800\n" * 2, "duplicate"),
        ("\n1 128 ", "\n0 64 remote_free 1\n1 128 ", "duplicate rows of cpu"),
    ],
    "labels": [
        ("session 128", "session x", "value of class"),
        ("session 128", " 128", "malformed label"),
        ("session 128 ", "session 128", "value of class"),
        ("session 128 ", "session 12 8 ", "value of 8"),
    ],
    "lock_histogram": [
        ("64 hold 100", "64 hold", "not 37 fields"),
        ("64 hold 100", "64 hold 100 1", "value of bucket_31"),
        ("64 hold 100", "64 hold x", "value of samples"),
        ("64 hold", "64 wait", "duplicate rows of class wait"),
    ],
    "alloc_histogram": [
        (" 0\n", "\n", "not 37 fields"),
    ],
    "alloc_reasons": [
        (" 60\n", "\n", "not 6 fields"),
        ("128 fast", "128 shared", "duplicate rows of class shared"),
    ],
    "nodes": [
        ("requests 0 404", "requests 0", "malformed, not 7 fields"),
        ("requests 0 404", "requests x 404", "value of node is not a number"),
        ("requests 0 404", "requests 0 -1", "value of slabs"),
        ("requests 1 16", "requests 0 16", "duplicate rows of instance"),
        ("requests 0 404", "a/b 0 404", "malformed instance"),
        (" 5 15\n", " 5 15 1\n", "value of slab_foreign"),
    ],
    "cgroups": [
        ("requests 0 4711", "requests 0", "malformed, not 4 fields"),
        ("requests 0 4711", "requests x 4711",
         "value of index is not a number"),
        ("0 4711 160", "0 /a 160", "value of cgroup is not a number"),
        ("0 4711 160\n", "0 4711 160\nrequests 0 12 1\n",
         "duplicate rows of instance"),
        ("requests 0 4711", "a/b 0 4711", "malformed instance"),
        (" 160\n", " 160 1\n", "value of pages"),
    ],
    "summary": [
        ("total_live_bytes", "total_other", "truncated: no total_live_bytes"),
        ("instances 2", "instances", "malformed, not 2 fields"),
    ],
}


class BadOptionalFile(TslabstatTest):
    """As BadFile, of the files that not every view reads."""

    VIEW = {"lock_histogram": "histogram", "alloc_histogram": "histogram",
            "alloc_reasons": "histogram", "cgroups": "memory",
            "summary": "classes"}

    def check(self, name, copy, message):
        view = self.VIEW.get(name, name)
        for args in [f"--{view}"], ["--json"]:
            run = self.run_binary("--root", copy, *args)
            self.assert_error(run, ERROR, f"{name}: ")
            self.assert_error(run, ERROR, message)

    def test_lines(self):
        for name, changes in BAD_OPTIONAL_FILES.items():
            for old, new, message in changes:
                with self.subTest(name=name, new=new):
                    self.check(name, self.copy(**{name: (old, new)}), message)

    def test_forms(self):
        for name in FILES[1:]:
            text = (FULL / name).read_bytes()
            for content, message in (
                    (b"", "empty file"),
                    (text.replace(b"version 1", b"version 2"),
                     "unknown version 2"),
                    (text.replace(b"version 1\n", b""), "not a version"),
                    (text[:-1], "truncated"),
                    (text[:text.rindex(b" ", 0, len(text) // 2)],
                     "truncated"),
                    (text + b"\0", "not a text file"),
                    (text + b"\x1b[2J 1 1 1\n", ": line ")):
                with self.subTest(name=name, message=message):
                    copy = self.copy()
                    (copy / name).write_bytes(content)
                    self.check(name, copy, message)

    def test_no_rows(self):
        copy = self.copy()
        for name in FILES[2:]:
            head = (FULL / name).read_text().splitlines(keepends=True)[:2]
            (copy / name).write_text("".join(head))
        data = self.json("--root", copy)
        for name in FILES[2:]:
            rows = data["memory"] if name == "cgroups" else data
            self.assertEqual(rows[name], [])
        for view in VIEWS:
            self.output("--root", copy, f"--{view}")
            self.output("--root", copy, f"--{view}", "--prometheus")

    def test_many_cpus(self):
        copy = self.copy()
        rows = "".join(f"{cpu} {size} alloc_objects {cpu + 1}\n"
                       for cpu in range(512) for size in (64, 128, 4096))
        (copy / "percpu").write_text("version 1\n" + rows)
        text = self.output("--root", copy, "--percpu")
        self.assertEqual(len(text.splitlines()), 1 + 512 * 4 + 1)
        self.assertEqual(text.splitlines()[-1].split()[2],
                         str(3 * 512 * 513 // 2))


class FullJson(TslabstatTest):

    def test_members(self):
        data = self.json("--root", FULL)
        self.assertEqual(set(data), {
            "version", "time", "source", "interval_s", "restarted", "total",
            "classes", "epochs", "percpu", "labels", "lock_histogram",
            "alloc_histogram", "alloc_reasons", "caches", "nodes", "leaks",
            "memory"})
        self.assertIsNone(data["interval_s"])
        self.assertIs(data["restarted"], False)
        self.assertEqual(data["source"], str(FULL))
        self.assertIsNone(data["total"]["rates"])
        self.assertAlmostEqual(data["time"], time.time(), delta=60)

    def test_source_that_is_no_text(self):
        root = self.root / os.fsdecode(b"\xff")
        shutil.copytree(FULL, root)
        run = subprocess.run([self.binary, "--json", "--root", root],
                             check=True, stdout=subprocess.PIPE, timeout=60)
        self.assertIsNone(json.loads(run.stdout)["source"])

    def test_epochs(self):
        self.assertEqual(self.json("--root", FULL)["epochs"][1], {
            "instance": "requests", "index": 3, "era": 14,
            "state": "draining", "label": "batch\\x22\\x5c",
            "age_ns": 90000000000, "live_objects": 4, "domains": 0,
            "partial": 3, "full": 0, "empty": 0, "pages_at_close": 28,
            "pages": 8})

    def test_parts_are_the_files(self):
        data = self.json("--root", FULL)
        for name, key in ("percpu", "cpu"), ("labels", "label"):
            lines = {f"{entry[key]} {entry['size']} {counter} {value}"
                     for entry in data[name]
                     for counter, value in entry["counters"].items()}
            text = (FULL / name).read_text().splitlines()
            self.assertEqual(lines, set(text[2:]))

    def test_histograms_are_the_files(self):
        data = self.json("--root", FULL)
        for name in "lock_histogram", "alloc_histogram":
            lines = {" ".join(map(str, [
                entry["size"], entry["kind"], entry["samples"],
                entry["scaled_sum_ns"], entry["max_ns"],
                *entry["scaled_buckets"]])) for entry in data[name]}
            text = (FULL / name).read_text().splitlines()
            self.assertEqual(lines, set(text[2:]))

    def test_reasons(self):
        self.assertIn({"size": 128, "reason": "lock_wait", "samples": 1,
                       "scaled_wall_ns": 57600000, "scaled_cpu_ns": 128000,
                       "max_wall_ns": 900000},
                      self.json("--root", FULL)["alloc_reasons"])


class Caches(TslabstatTest):
    """Rows of their own for what was made by tslab_cache_create()."""

    ROWS = """version 1
# instance cache size name value
requests header 40 alloc_objects 500
requests header 40 free_objects 480
requests header 40 free_double 2
requests header 40 lock_fast_acquire_slow_acquire 7
requests header 40 live_objects 20
requests header 40 live_bytes 800
requests header 40 committed_bytes 4096
requests inode 1160 committed_bytes 0
sessions header 40 alloc_objects 3
sessions header 40 live_objects 3
"""

    def tree(self, rows=ROWS):
        copy = self.copy()
        (copy / "caches").write_text(rows)
        return copy

    def test_table(self):
        lines = self.output("--root", self.tree(), "--caches").splitlines()
        self.assertEqual(lines[0].split()[:4],
                         ["INSTANCE", "CACHE", "SIZE", "LIVE"])
        self.assertEqual([line.split()[:6] for line in lines[1:]], [
            ["requests", "header", "40", "20", "4", "19.53"],
            ["sessions", "header", "40", "3", "-", "-"]])
        text = self.output("--root", self.tree(), "--caches", "--all")
        self.assertIn("inode", text)

    def test_none(self):
        text = self.output("--root", self.tree("version 1\n"), "--caches")
        self.assertEqual(len(text.splitlines()), 1)

    def test_json(self):
        caches = self.json("--root", self.tree())["caches"]
        self.assertEqual([(c["instance"], c["cache"], c["size"])
                          for c in caches],
                         [("requests", "header", 40), ("requests", "inode", 1160),
                          ("sessions", "header", 40)])
        self.assertEqual(caches[0]["counters"]["alloc_objects"], 500)
        self.assertAlmostEqual(caches[0]["derived"]["utilisation"], 800 / 4096)

    def test_prometheus(self):
        tree = self.tree()
        lines = self.output("--root", tree, "--prometheus").splitlines()
        for line in (
                'temporal_slab_alloc_objects_total{cache="requests/header"} 500',
                'temporal_slab_live_objects{cache="sessions/header"} 3',
                'temporal_slab_lock_fast_acquire_total{'
                'cache="requests/header",site="slow_acquire"} 7'):
            self.assertIn(line, lines)
        # An instance that is collected by itself has none of these series.
        single = tree / "instances" / "requests"
        single.mkdir(parents=True, exist_ok=True)
        for file in FULL.iterdir():
            if file.is_file():
                shutil.copy(file, single)
        (single / "caches").write_text("".join(
            line for line in self.ROWS.splitlines(True)
            if not line.startswith("sessions")))
        alone = self.output("--root", tree, "--prometheus", "--instance",
                            "requests").splitlines()
        self.assertIn('temporal_slab_alloc_objects_total{'
                      'instance_name="requests",cache="header"} 500', alone)
        self.assertEqual({line for line in lines if "cache=" in line} &
                         {line for line in alone if "cache=" in line}, set())
        # The sum over all series is what was counted, and nothing twice.
        before = self.output("--root", FULL, "--prometheus")

        def double(text):
            return sum(int(line.split()[-1]) for line in text.splitlines()
                       if line.startswith("temporal_slab_free_double_total{"))
        summary = int(re.search(r"(?m)^total_free_double (\d+)",
                                (FULL / "summary").read_text())[1])
        self.assertEqual(double(before), summary)
        self.assertEqual(double("\n".join(lines)), max(summary, double(before)
                         if summary >= 2 else summary + 2))

    def test_malformed(self):
        for line, message in (
                ("requests header x alloc_objects 1\n", "value of size is not"),
                ("requests header 40 alloc_objects\n", "not 5 fields"),
                ("a/b header 40 alloc_objects 1\n", "malformed instance"),
                ("requests header 40 alloc_objects 1\n" * 2, "duplicate"),
                ("requests header 40 alloc_objects 1\n"
                 "requests inode 48 alloc_objects 1\n"
                 "requests header 40 free_objects 1\n", "duplicate rows")):
            run = self.run_binary("--root", self.tree("version 1\n" + line),
                                  "--caches")
            self.assert_error(run, ERROR, "caches: ")
            self.assert_error(run, ERROR, message)


def json_names(data):
    """All names in a document, but for those of counters."""
    if isinstance(data, list):
        for entry in data:
            yield from json_names(entry)
    elif isinstance(data, dict):
        for name, value in data.items():
            yield name
            if name not in ("counters", "rates"):
                yield from json_names(value)


class Interval(TslabstatTest):
    """Reports of a root that is exchanged between two of them."""

    def setUp(self):
        super().setUp()
        self.link = self.root / "link"

    def show(self, tree):
        new = self.root / "new"
        new.symlink_to(tree)
        new.rename(self.link)

    def grown(self):
        """FULL with 1000 allocations and 10 lock acquisitions more, 5 of
        which were contended; 1000 objects more live."""
        copy = self.copy()
        for name, prefix in (("class_128", ""), ("summary", "total_")):
            text = (copy / name).read_text()
            for counter, more in (("alloc_objects", 1000),
                                  ("live_objects", 1000),
                                  ("lock_fast_acquire", 5),
                                  ("lock_fast_acquire_alloc_full", 5),
                                  ("lock_contended", 5),
                                  ("lock_contended_alloc_full", 5)):
                text, n = re.subn(
                    rf"(?m)^({prefix}{counter}) (\d+)$",
                    lambda m: f"{m[1]} {int(m[2]) + more}", text)
                assert n == 1, counter
            (copy / name).write_text(text)
        for name, old, new in (
                ("percpu", "0 128 alloc_objects 50000",
                 "0 128 alloc_objects 51000"),
                ("labels", "session 128 slow_path_hits 3000",
                 "session 128 slow_path_hits 3007\nnew 64 remote_free 3"),
                ("lock_histogram", "128 wait 34 ", "128 wait 36 "),
                ("alloc_reasons", "128 refill 90 ", "128 refill 97 "),
                ("epochs", "requests 0 17 open session 500123000 3000",
                 "requests 0 17 open session 900123000 2000")):
            text = (copy / name).read_text()
            assert old in text, old
            (copy / name).write_text(text.replace(old, new))
        return copy

    def two_documents(self, before, after):
        self.show(before)
        run = self.start("--json", "--root", self.link, "0.3", "2")
        first = json.loads(run.stdout.readline())
        self.show(after)
        second = json.loads(run.stdout.readline())
        self.assertEqual(run.communicate(timeout=60), (b"", b""))
        self.assertEqual(run.returncode, 0)
        return first, second

    def test_delta(self):
        first, second = self.two_documents(FULL, self.grown())
        self.assertIsNone(first["interval_s"])
        self.assertEqual(first["total"]["counters"]["alloc_objects"], 80950)
        seconds = second["interval_s"]
        self.assertAlmostEqual(seconds, 0.3, delta=0.29)
        for entry in second["classes"][1], second["total"]:
            counters = entry["counters"]
            self.assertEqual(counters["alloc_objects"], 1000)
            self.assertEqual(counters["free_objects"], 0)
            self.assertEqual(counters["lock_contended_alloc_full"], 5)
            self.assertEqual(entry["derived"]["lock_contention_rate"], 0.5)
            self.assertAlmostEqual(entry["rates"]["alloc_objects"],
                                   1000 / seconds)
            self.assertNotIn("live_objects", entry["rates"])
        self.assertEqual(second["classes"][1]["counters"]["live_objects"],
                         4000)
        self.assertEqual(second["total"]["counters"]["live_objects"], 4504)

    def test_delta_of_parts(self):
        _, second = self.two_documents(FULL, self.grown())
        percpu = {(entry["cpu"], entry["size"]): entry["counters"]
                  for entry in second["percpu"]}
        self.assertEqual(percpu[0, 128]["alloc_objects"], 1000)
        self.assertEqual(percpu[1, 128]["alloc_objects"], 0)
        labels = {(entry["label"], entry["size"]): entry["counters"]
                  for entry in second["labels"]}
        self.assertEqual(labels["session", 128]["slow_path_hits"], 7)
        self.assertEqual(labels["new", 64]["remote_free"], 3)
        wait = [entry for entry in second["lock_histogram"]
                if (entry["kind"], entry["size"]) == ("wait", 128)]
        self.assertEqual(wait[0]["samples"], 2)
        self.assertEqual(wait[0]["max_ns"], 6144)
        self.assertEqual(sum(wait[0]["scaled_buckets"]), 0)
        refill = [entry for entry in second["alloc_reasons"]
                  if entry["reason"] == "refill"]
        self.assertEqual((refill[0]["samples"], refill[0]["max_wall_ns"]),
                         (7, 380))
        self.assertEqual(second["epochs"][0]["age_ns"], 900123000)
        self.assertEqual(second["epochs"][0]["live_objects"], 2000)

    def test_restart(self):
        _, second = self.two_documents(self.grown(), FULL)
        self.assertIs(second["restarted"], True)
        self.assertIsNone(second["interval_s"])
        self.assertEqual(second["total"]["counters"]["alloc_objects"], 80950)
        self.assertEqual(second["percpu"][0]["counters"]["alloc_objects"], 900)

    def test_class_that_is_gone_is_a_restart(self):
        copy = self.copy()
        (copy / "class_4096").unlink()
        self.assertIs(self.two_documents(FULL, copy)[1]["restarted"], True)

    def test_free_objects_may_fall(self):
        copy = self.copy(class_128=("free_objects 77000",
                                    "free_objects 76999"),
                         summary=("total_free_objects 77446",
                                  "total_free_objects 77445"))
        _, second = self.two_documents(FULL, copy)
        self.assertIs(second["restarted"], False)
        self.assertEqual(second["total"]["counters"]["free_objects"], 0)

    def test_unknown_names_and_gauges_may_fall(self):
        old = self.copy(class_128=("live_objects 3000",
                                   "live_objects 9000\nnew 7"))
        new = self.copy(class_128=("live_objects 3000",
                                   "live_objects 3000\nnew 5"))
        _, second = self.two_documents(old, new)
        self.assertIs(second["restarted"], False)
        self.assertEqual(second["classes"][1]["counters"]["new"], 5)

    def two_tables(self, before, after, *args):
        self.show(before)
        run = self.start("--root", self.link, "0.3", "2", *args)
        for line in run.stdout:
            if b"total" in line:
                break
        self.show(after)
        out, err = run.communicate(timeout=60)
        self.assertEqual((run.returncode, err), (0, b""))
        heading, text = out.decode().strip("\n").split("\n", 1)
        return heading, text

    def test_table(self):
        heading, text = self.two_tables(FULL, self.grown())
        self.assertRegex(heading, r"\A\d{4}-\d\d-\d\dT.*  last 0\.\d{3} s\Z")
        row = table_rows(text)["128"]
        self.assertEqual((row["ALLOCS"], row["LIVE"], row["LOCK-CONT%"]),
                         ("1000", "4000", "50.00r"))
        seconds = float(re.search(r"last (\S+) s", heading)[1])
        self.assertAlmostEqual(float(row["ALLOC/s"]), 1000 / seconds, delta=20)
        self.assertEqual(row["FREE/s"], "0.0")

    def test_table_of_a_restart(self):
        heading, text = self.two_tables(self.grown(), FULL)
        self.assertIn("counters fell (module reloaded", heading)
        row = table_rows(text)["128"]
        self.assertEqual((row["ALLOCS"], row["ALLOC/s"]), ("80000", "-"))

    def test_headings(self):
        for view in VIEWS:
            text = self.output("--root", FULL, f"--{view}", "0.01", "3")
            times = re.findall(r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}"
                               r"  (since load|last 0\.\d{3} s)\n", text)
            self.assertEqual(len(times), 3)
            self.assertEqual(times[0], "since load")
            self.assertNotIn("since load", times[1:])

    def test_count(self):
        for count in 1, 3:
            text = self.output("--json", "--root", FULL, "0.01", count)
            self.assertEqual(len(text.splitlines()), count)
            for line in text.splitlines():
                json.loads(line)

    def test_period(self):
        start = time.monotonic()
        self.output("--root", FULL, "0.2", "4")
        self.assertGreater(time.monotonic() - start, 0.55)

    def test_interrupt(self):
        for number in signal.SIGINT, signal.SIGTERM:
            run = self.start("--root", FULL, "1000")
            for line in run.stdout:
                if line.startswith(b"total"):
                    break
            run.send_signal(number)
            self.assertEqual(run.communicate(timeout=60), (b"", b""))
            self.assertEqual(run.returncode, 0)

    def test_stopped_and_continued(self):
        run = self.start("--root", FULL, "--json", "0.1", "2")
        run.stdout.readline()
        run.send_signal(signal.SIGSTOP)
        run.send_signal(signal.SIGCONT)
        out, err = run.communicate(timeout=60)
        self.assertEqual((run.returncode, err), (0, b""))
        self.assertEqual(len(out.splitlines()), 1)

    def test_module_gone(self):
        self.show(FULL)
        run = self.start("--root", self.link, "0.1")
        run.stdout.readline()
        self.link.unlink()
        _, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, ERROR)
        self.assertRegex(err.decode(), r"\Atslabstat: .*: No such file[^\n]*\n\Z")


class Check(TslabstatTest):

    def check(self, status, *args, root=FULL):
        run = self.run_binary("--check", "--root", root, *args)
        line = run.stdout.decode()
        self.assertEqual(run.stderr, b"")
        word = ["OK", "WARNING", "CRITICAL", "UNKNOWN"][status]
        self.assertRegex(line, rf"\ATSLAB {word} - [^\n]+\n\Z")
        self.assertEqual(run.returncode, status)
        return line

    def class_file(self, **counters):
        self.write_class(128, **counters)
        return self.root

    def test_ok(self):
        line = self.check(OK, root=self.class_file(alloc_objects=7))
        self.assertEqual(line, (
            "TSLAB OK - 1 classes|cas_retries=0.00%;5;20 "
            "lock_contention=0.00%;5;20 misuse=0;0; alloc_failed=0;0; "
            "draining_age=0.000000000s;; draining_pages=0;;\n"))

    def test_full(self):
        self.assertEqual(self.check(CRITICAL, "--min-attempts", "400"),
                         (FULL.parent / "full.check").read_text())

    def test_rates(self):
        pairs = [(num, {den: 10000}, "cas") for _, _, num, den in BANDED]
        pairs.append(("lock_contended", None, "lock"))
        for num, others, name in pairs:
            for value, status in ((500, OK), (501, WARNING), (2000, WARNING),
                                  (2001, CRITICAL)):
                counters = others or {"lock_fast_acquire": 10000 - value}
                root = self.class_file(**{num: value}, **counters)
                self.check(status, root=root)
                self.check(OK, f"--warn-{name}", "30", f"--crit-{name}", "30",
                           root=root)
                self.check(CRITICAL, f"--warn-{name}", "1", f"--crit-{name}",
                           "4.99", root=root)

    def test_idle_classes_do_not_alarm(self):
        root = self.class_file(lock_fast_acquire=1, lock_contended=998)
        self.check(OK, root=root)
        self.check(CRITICAL, "--min-attempts", "999", root=root)
        root = self.class_file(lock_contended=1000)
        self.check(CRITICAL, root=root)
        root = self.class_file(lock_contended=0)
        self.check(OK, "--min-attempts", "0", root=root)

    def test_misuse(self):
        for name in ("size_rejected", "free_double", "free_invalid",
                     "free_foreign", "free_kfree", "handle_invalid",
                     "handle_stale", "object_overwritten"):
            root = self.class_file(**{name: 3})
            self.assertIn(f"{name} 3 (over 0)",
                          self.check(WARNING, root=root))
            self.check(OK, "--warn-misuse", "3", root=root)
            self.check(CRITICAL, "--crit-misuse", "2", root=root)

    def test_limits_are_what_was_given(self):
        for value in ("1000000", "12345678", "2592000", "0.10", "007",
                      "18446744073709551615", "9007199254740993.5"):
            args = [f"--{kind}-{name}={value}" for kind in ("warn", "crit")
                    for name in ("cas", "lock", "misuse", "failed", "age",
                                 "pages")]
            run = self.run_binary("--check", "--root", FULL, *args)
            text, data = run.stdout.decode().split("|")
            self.assertEqual([entry.split(";")[1:] for entry in data.split()],
                             6 * [[value, value]])
            for over in re.findall(r"\(over ([^)]*?)[%s]?\)", text):
                self.assertEqual(over, value)

    def test_large_figures_have_all_digits(self):
        root = self.class_file(alloc_failed=2**53 + 1, free_double=U64_MAX)
        line = self.check(WARNING, root=root)
        self.assertIn(f" misuse={U64_MAX};0; alloc_failed={2**53 + 1};0; ",
                      line)
        self.assertIn(f"free_double {U64_MAX} (over 0)", line)
        self.check(OK, "--warn-misuse", U64_MAX, "--warn-failed", 2**53 + 1,
                   root=root)
        self.assertIn(f"alloc_failed {2**53 + 1} (over {2**53})", self.check(
            WARNING, "--warn-misuse", U64_MAX, "--warn-failed", 2**53,
            root=root))

    def assert_bounded(self, line):
        self.assertLess(len(line.encode()), 1024)
        self.assertRegex(line, r"\|cas_retries=\S+ lock_contention=\S+ "
                         r"misuse=\S+ alloc_failed=\S+ draining_age=\S+ "
                         r"draining_pages=\S+\n\Z")

    def test_line_is_bounded(self):
        for instance, label in (("i", "l"), ("i" * 30, r"\x22" * 31),
                                ("|" * 30, "|" * 600)):
            copy = self.copy()
            with open(copy / "epochs", "a", encoding="utf-8") as file:
                for i in range(3 * 4096):
                    file.write(f"{instance}{i // 4096} {i % 4096} {i + 1} "
                               f"draining {label} {i + 1}000000000 1 0 1 0 0 "
                               f"9 {i + 100}\n")
            line = self.check(CRITICAL, *self.QUIET, "--warn-age", "1",
                              "--crit-age", "2", "--warn-pages", "1",
                              "--crit-pages", "100", root=copy)
            self.assert_bounded(line)
            self.assertRegex(line, r", and \d+ more\|")
            self.assertEqual(line.count("|"), 1)
            # Those that are worst, the worst first.
            self.assertEqual(
                re.findall(r"draining at (\d+)s", line),
                [str(3 * 4096 - i) for i in range(3)]
                [:line.count("draining at")])
            self.assertGreater(line.count("draining at"), 0)
            named = line.count("(over ")
            self.assertIn(f" and {2 * (3 * 4096 + 2) - 1 - named} more|", line)

    def test_line_is_bounded_whatever_is_wrong(self):
        for size in 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048:
            self.write_class(size, **{
                name: U64_MAX for name in re.findall(
                    r"(?m)^(\w+) 0$", zero_class())})
        limit = f"{2**63}.125"
        line = self.check(CRITICAL, "--crit-misuse", limit, "--crit-failed",
                          limit, "--warn-age", limit, "--crit-age", limit,
                          "--warn-pages", limit, "--crit-pages", limit,
                          root=self.copy_epochs())
        self.assert_bounded(line)
        self.check(UNKNOWN, "--warn-age", "1" * 2000)

    def copy_epochs(self):
        shutil.copy(FULL / "epochs", self.root)
        return self.root

    def test_unknown_is_bounded(self):
        line = self.check(UNKNOWN, root="/x|" + "y" * 3000)
        self.assertLess(len(line), 1024)
        self.assertNotIn("|", line)

    def test_misuse_that_belongs_to_no_class(self):
        self.assertIn("handle_stale 2", self.check(WARNING))

    def test_failed(self):
        root = self.class_file(alloc_failed=1)
        self.assertIn("alloc_failed 1", self.check(WARNING, root=root))
        self.check(OK, "--warn-failed", "1", root=root)
        self.check(CRITICAL, "--crit-failed", "0", root=root)

    QUIET = ["--warn-misuse", "99", "--warn-failed", "99", "--min-attempts",
             "1000000"]

    def test_draining_epochs(self):
        """requests/3 has 8 pages and 90 s, sessions/0 8 pages and 7200 s;
        open and drained ones do not count."""
        self.check(OK, *self.QUIET)
        line = self.check(WARNING, *self.QUIET, "--warn-age", "3600")
        self.assertIn("epoch sessions/0 boot draining at 7200s (over 3600s)",
                      line)
        self.assertNotIn("requests", line)
        self.check(OK, *self.QUIET, "--warn-age", "7201")
        self.check(CRITICAL, *self.QUIET, "--warn-age", "1", "--crit-age",
                   "7200.1")
        self.assertIn("with 8 pages",
                      self.check(WARNING, *self.QUIET, "--warn-pages", "7"))
        self.check(OK, *self.QUIET, "--warn-pages", "8")
        self.check(CRITICAL, *self.QUIET, "--crit-pages", "7",
                   "--warn-pages", "7")

    def test_epochs_that_cannot_be_read(self):
        copy = self.copy()
        (copy / "epochs").unlink()
        self.check(OK, *self.QUIET, root=copy)
        self.assertIn("epochs: not there",
                      self.check(UNKNOWN, "--warn-age", "1", root=copy))

    def test_critical_comes_first(self):
        line = self.check(CRITICAL, "--min-attempts", "1")
        self.assertLess(line.index("over 20%"), line.index("over 5%"))
        self.assertLess(line.index("over 20%"), line.index("over 0)"))

    def test_one_bar_in_the_line(self):
        copy = self.copy(epochs=("sessions 0 1 draining boot",
                                 "sessions 0 1 draining b|t"))
        line = self.check(WARNING, "--warn-age", "1", root=copy)
        self.assertEqual(line.count("|"), 1)
        self.assertIn("b/t", line)

    def test_unknown(self):
        self.assertIn("No such file", self.check(UNKNOWN, root="/none"))
        self.write("version 9\n")
        self.assertIn("unknown version 9",
                      self.check(UNKNOWN, root=self.root))
        self.check(UNKNOWN, "--instance", "none")

    def test_instance(self):
        self.check(OK, "--warn-misuse", "9", "--min-attempts", "5000",
                   "--instance", "requests")

    def test_wrong_limits(self):
        for args in (["--warn-cas", "x"], ["--warn-cas", "-1"],
                     ["--warn-cas", "inf"], ["--crit-lock", "1e2"],
                     ["--crit-age", ""], ["--min-attempts", "1.5"],
                     ["--min-attempts", "-1"], ["--warn-pages", "1k"],
                     ["--warn-cas", "21"], ["--crit-lock", "4"],
                     ["0"], ["1", "2"], ["--locks"]):
            self.check(UNKNOWN, *args)

    def test_interval(self):
        """What happened before the interval does not count."""
        self.check(OK, "0.05")
        link = self.root / "link"
        link.symlink_to(FULL)
        run = self.start("--check", "--root", link, "4")
        time.sleep(2)
        copy = self.copy(class_128=("free_double 0", "free_double 2"),
                         summary=("total_free_double 0",
                                  "total_free_double 2"))
        new = self.root / "new"
        new.symlink_to(copy)
        new.rename(link)
        out, err = run.communicate(timeout=60)
        self.assertEqual((run.returncode, err), (WARNING, b""))
        self.assertTrue(out.startswith(
            b"TSLAB WARNING - free_double 2 (over 0)|"), out)

    def test_interval_with_a_restart(self):
        link = self.root / "link"
        link.symlink_to(FULL)
        run = self.start("--check", "--root", link, "4")
        time.sleep(2)
        (self.root / "zero").mkdir()
        (self.root / "zero" / "class_128").write_text(zero_class())
        new = self.root / "new"
        new.symlink_to(self.root / "zero")
        new.rename(link)
        out, _ = run.communicate(timeout=60)
        self.assertEqual(run.returncode, OK)
        self.assertIn(b"counters fell", out)

    def test_interrupted(self):
        run = self.start("--check", "--root", FULL, "1000")
        time.sleep(2)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=60)
        self.assertEqual((run.returncode, out),
                         (UNKNOWN, b"TSLAB UNKNOWN - interrupted\n"))

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            run = self.run_binary("--check", "--root", FULL, stdout=full)
        self.assertEqual(run.returncode, UNKNOWN)


class Prometheus(TslabstatTest):

    def families(self, *args):
        """{family: [({label: value}, value)]}; checks the form on the way."""
        families = {}
        current = kind = None
        for line in self.output("--prometheus", *args).splitlines():
            if match := re.fullmatch(r"# HELP (\w+) (\S.*\.)", line):
                current = match[1]
                self.assertNotIn(current, families)
                families[current] = []
                kind = None
            elif match := re.fullmatch(r"# TYPE (\w+) (\w+)", line):
                self.assertEqual((match[1], kind), (current, None))
                kind = match[2]
                self.assertEqual(kind == "counter",
                                 current.endswith("_total"))
            else:
                match = re.fullmatch(r'(\w+)((?:\{.*\})?) (\d+(?:\.\d+)?)',
                                     line)
                self.assertTrue(match, line)
                name, labels, value = match.groups()
                if kind == "histogram":
                    self.assertRegex(
                        name, rf"\A{current}_(bucket|sum|count)\Z")
                else:
                    self.assertEqual(name, current)
                self.assertTrue(current.startswith("temporal_slab_"))
                pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))
                families[current].append(
                    (pairs if kind != "histogram" else
                     {**pairs, "": name[len(current):]}, float(value)))
        for name, series in families.items():
            self.assertTrue(series, name)
            keys = [tuple(sorted(labels.items())) for labels, _ in series]
            self.assertEqual(len(keys), len(set(keys)), name)
        return families

    def test_golden(self):
        self.assertEqual(self.output("--prometheus", "--root", FULL),
                         (FULL.parent / "full.prometheus").read_text())

    def test_series_of_a_class(self):
        text = self.output("--prometheus", "--root", FULL)
        for line in (
                'temporal_slab_bitmap_alloc_attempts_total{size_class="128"} 3000',
                'temporal_slab_lock_contended_total{size_class="128",site="alloc_full"} 250',
                'temporal_slab_live_bytes{size_class="128"} 384000',
                'temporal_slab_lock_wait_time_seconds_total{size_class="128"} 0.001920000',
                'temporal_slab_epoch_close_seconds_total{size_class="128"} 0.001234567',
                'temporal_slab_size_rejected_total{size_class="0"} 4'):
            self.assertIn(line + "\n", text)

    def test_sums_are_right_however_broken_down(self):
        total = self.json("--root", FULL)["total"]["counters"]
        for args in [], ["--percpu"], ["--labels"], ["--epochs"], ["--locks"]:
            families = self.families("--root", FULL, *args)
            for name, value in total.items():
                if re.match("lock_(fast_acquire|contended)_", name):
                    continue
                if name.endswith("_ns"):
                    name = name[:-3] + "_seconds"
                    value /= 1e9
                series = families.get(f"temporal_slab_{name}_total") or \
                    families.get(f"temporal_slab_{name}") or []
                self.assertAlmostEqual(sum(v for _, v in series), value,
                                       msg=f"{args} {name}")

    def test_what_is_broken_down(self):
        def labels(*args):
            return {label for name, series in
                    self.families("--root", FULL, *args).items()
                    for pairs, _ in series for label in pairs
                    if label and "_epoch" not in name and
                    "_draining" not in name and "_held" not in name and
                    "_memory" not in name and "_leaked" not in name}

        common = {"size_class", "site", "le", "reason"}
        self.assertEqual(labels(), common)
        self.assertEqual(labels("--locks"), common)
        self.assertEqual(labels("--percpu"), common | {"cpu"})
        self.assertEqual(labels("--labels"), common | {"label"})
        self.assertEqual(labels("--epochs"), common)
        self.assertEqual(labels("--instance", "requests"),
                         (common | {"instance_name"}) - {"reason"})

    def test_instance_is_in_every_series(self):
        for series in self.families("--root", FULL, "--instance", "requests",
                                    "--percpu").values():
            for pairs, _ in series:
                self.assertEqual(pairs["instance_name"], "requests")

    def test_escaped(self):
        text = self.output("--prometheus", "--root", FULL, "--labels")
        self.assertIn(r'label="batch\\x22\\x5c"', text)
        copy = self.copy(labels=("other 64", 'o"t 64'))
        self.assertIn(r'label="o\"t"', self.output("--prometheus", "--root",
                                                   copy, "--labels"))

    def test_histograms(self):
        bounds = set(re.findall(r'le="([^"]*)"', self.output(
            "--prometheus", "--root", FULL)))
        families = self.families("--root", FULL)
        data = self.json("--root", FULL)
        for name, kind, family in (
                ("lock_histogram", "wait", "lock_wait_seconds"),
                ("lock_histogram", "hold", "lock_hold_seconds"),
                ("alloc_histogram", "wall", "alloc_wall_seconds"),
                ("alloc_histogram", "cpu", "alloc_cpu_seconds")):
            series = families[f"temporal_slab_{family}"]
            for entry in data[name]:
                if entry["kind"] != kind:
                    continue
                mine = [(pairs, value) for pairs, value in series
                        if pairs["size_class"] == str(entry["size"])]
                buckets = [(float(pairs["le"]), value)
                           for pairs, value in mine if pairs[""] == "_bucket"]
                self.assertEqual(len(buckets), 32)
                self.assertEqual(buckets, sorted(buckets))
                self.assertEqual(buckets[-1][0], math.inf)
                seen = 0
                for i, (le, value) in enumerate(buckets):
                    seen += entry["scaled_buckets"][i]
                    self.assertEqual(value, seen)
                    if i < 31:
                        self.assertAlmostEqual(le * 1e9, 2**i - 1, places=3)
                        self.assertIn(f"{(2**i - 1) // 10**9}."
                                      f"{(2**i - 1) % 10**9:09}", bounds)
                rest = {pairs[""]: value for pairs, value in mine
                        if pairs[""] != "_bucket"}
                self.assertEqual(rest["_count"], seen)
                self.assertAlmostEqual(rest["_sum"],
                                       entry["scaled_sum_ns"] / 1e9)

    def test_epochs(self):
        series = self.families("--root", FULL, "--epochs")
        self.assertIn(({"instance_name": "sessions", "index": "0",
                        "state": "draining", "label": "boot"},
                       7200.123456789),
                      series["temporal_slab_epoch_age_seconds"])
        self.assertEqual(len(series["temporal_slab_epoch_age_seconds"]), 4)

    def test_u64_max(self):
        names = re.findall(r"(?m)^(\w+) 0$", zero_class())
        self.write_class(64, **{name: U64_MAX for name in names})
        self.families("--root", self.root)
        self.assertIn("_seconds_total{size_class=\"64\"} "
                      "18446744073.709551615\n",
                      self.output("--prometheus", "--root", self.root))


class Top(TslabstatTest):
    """The live screen, through a pseudo-terminal."""

    LINES = 24

    def open(self, *args, columns=132, term="xterm-color",
             hangup=signal.SIG_DFL, **env):
        self.main, terminal = pty.openpty()
        self.columns = columns
        set_size(self.main, self.LINES, columns)
        self.before = termios.tcgetattr(self.main)

        def prepare():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGHUP, hangup)

        self.run = subprocess.Popen(
            [self.binary, "--top", *map(str, args)], stdin=terminal,
            stdout=terminal, stderr=subprocess.PIPE, start_new_session=True,
            env={**os.environ, "TERM": term, **env},
            preexec_fn=prepare)
        os.close(terminal)
        self.addCleanup(self.close, self.run, self.main)
        self.screen = b""

    @staticmethod
    def close(run, main):
        run.kill()
        run.communicate()
        os.close(main)

    def wait_for(self, *texts):
        """Until all texts have been drawn since the last key."""
        end = time.monotonic() + 30
        while not all(text.encode() in self.screen for text in texts):
            ready, _, _ = select.select([self.main], [], [],
                                        end - time.monotonic())
            self.assertTrue(ready, (texts, self.screen))
            try:
                self.screen += os.read(self.main, 65536)
            except OSError:
                self.fail((texts, self.screen, self.run.stderr.read()))

    def key(self, key):
        while select.select([self.main], [], [], 0.1)[0]:
            os.read(self.main, 65536)   # still of what was before
        self.screen = b""
        os.write(self.main, key.encode())

    def resize(self, lines, columns):
        self.screen = b""
        set_size(self.main, lines, columns)

    def end(self):
        """The program has ended well and left the terminal as it was."""
        while True:
            try:
                chunk = os.read(self.main, 65536)
            except OSError:
                break
            if not chunk:
                break
            self.screen += chunk
        _, err = self.run.communicate(timeout=60)
        self.assertEqual((self.run.returncode, err), (0, b""))

    def redraw(self):
        """All of the screen, which otherwise changes in parts."""
        self.columns ^= 1
        self.resize(self.LINES, self.columns)
        self.wait_for("\033[2J")
        self.screen = self.screen[self.screen.rindex(b"\033[2J"):]
        self.wait_for("q quit")

    def press(self, key):
        """A key, and all of the screen after it."""
        self.key(key)
        self.wait_for("\033[")
        self.redraw()

    def test_draws_and_quits(self):
        self.open("--root", FULL)
        self.wait_for("tslabstat", "classes", "since load", "COMMITTED(KiB)",
                      "LOCK-CONT%", "80000", "total", "q quit")
        self.key("q")
        self.end()

    def test_terminal_is_restored(self):
        self.open("--root", FULL, term="xterm")
        self.wait_for("q quit", "\033[?1049h", "\033[?25l")
        raw = termios.tcgetattr(self.main)
        self.assertFalse(raw[3] & termios.ECHO)
        self.assertFalse(raw[3] & termios.ICANON)
        self.key("q")
        self.wait_for("\033[?1049l", "\033[?25h")
        self.run.wait(timeout=60)
        self.assertEqual(termios.tcgetattr(self.main), self.before)
        self.end()

    def test_signals_restore_the_terminal(self):
        for number in signal.SIGINT, signal.SIGTERM:
            self.open("--root", FULL, "1000", term="xterm")
            self.wait_for("q quit", "\033[?1049h")
            self.screen = b""
            self.run.send_signal(number)
            self.wait_for("\033[?1049l", "\033[?25h")
            self.end()

    def test_control_c(self):
        self.open("--root", FULL, "1000")
        self.wait_for("q quit")
        self.key("\003")
        self.end()

    def test_views(self):
        self.open("--root", FULL, "1000")
        self.wait_for("q quit")
        for key, texts in (("e", ["epochs", "PAGES-AT-CLOSE", "draining"]),
                           ("p", ["percpu", "MISUSE"]),
                           ("k", ["locks", "CONTENDED/s", "slow_acquire"]),
                           ("l", ["labels", "NEW-SLABS", "session"]),
                           ("h", ["histogram", "SAMPLES", "####"]),
                           ("n", ["nodes", "FOREIGN/s", "sessions"]),
                           ("m", ["memory", "METADATA(KiB)", "SUNRECLAIM",
                                  "UNUSED(KiB)", "EPOCHS"]),
                           ("o", ["leaks", "AGE(jiffies)", "session_open",
                                  "large"]),
                           ("c", ["classes", "RECYCLE%"])):
            self.press(key)
            for text in texts:
                self.assertIn(text.encode(), self.screen)
        self.key("q")
        self.end()

    def test_starts_with_the_view_asked_for(self):
        self.open("--root", FULL, "--locks", "1000")
        self.wait_for("locks", "CONTENDED/s")
        self.key("q")
        self.end()

    def test_sort(self):
        texts = ["910", "80000", "45678"]       # ALLOCS, by size
        self.open("--root", self.copy(class_4096=("alloc_objects 40",
                                                  "alloc_objects 45678")),
                  "1000")

        def order():
            return sorted(texts, key=lambda text: re.search(
                rf"\b{text}\b".encode(), self.screen).start())

        self.wait_for("q quit")
        self.assertEqual(order(), texts)
        for _ in "SIZE", "LIVE", "COMMITTED", "UTIL", "ALLOCS":
            self.press(">")
        self.assertEqual(order(), ["80000", "45678", "910"])
        self.assertLess(self.screen.index(b"910"), self.screen.index(b"total"))
        self.press("r")
        self.assertEqual(order(), ["910", "45678", "80000"])
        self.press("<")     # UTIL%
        self.assertEqual(order(), ["45678", "80000", "910"])
        self.key("q")
        self.end()

    def test_all(self):
        self.open("--root", FULL, "--locks", "1000")
        self.wait_for("q quit")
        self.assertNotIn(b"slow_full", self.screen)
        self.press("a")
        self.assertIn(b"slow_full", self.screen)
        self.key("q")
        self.end()

    def test_resize(self):
        self.open("--root", FULL, "1000", columns=60)
        self.wait_for("q quit")
        self.assertNotIn(b"RECYCLE%", self.screen)
        self.resize(30, 140)
        self.wait_for("RECYCLE%", "q quit")
        self.resize(1, 10)
        self.wait_for("tslabstat")
        self.resize(24, 140)
        self.wait_for("RECYCLE%", "q quit")
        self.key("q")
        self.end()

    def test_column_beyond_the_screen(self):
        self.open("--root", FULL, "1000", columns=60)
        self.wait_for("q quit")
        self.key("<")
        self.wait_for("RECYCLE%")
        self.key("q")
        self.end()

    def test_scroll(self):
        self.open("--root", FULL, "--histogram", "1000")
        self.wait_for("q quit", "SAMPLES")
        self.assertNotIn(b"lock_wait", self.screen)
        for _ in range(3):
            self.key("\033[6~")     # page down
            time.sleep(0.2)
        self.resize(25, 132)
        self.wait_for("lock_wait")
        self.key("q")
        self.end()

    def test_interval_and_refresh(self):
        self.open("--root", FULL, "0.1")
        self.wait_for("last 0.1")
        self.key("q")
        self.end()
        self.open("--root", FULL, "1000")
        self.wait_for("since load", "q quit")
        self.key(" ")
        self.wait_for("last ")
        self.key("q")
        self.end()

    def test_count(self):
        self.open("--root", FULL, "0.1", "3")
        self.wait_for("last 0.1")
        self.end()

    def test_colours(self):
        self.open("--root", FULL)
        self.wait_for("q quit", "\033[31m", "\033[32m", "\033[33m")
        self.assertNotRegex(self.screen, rb"\d\.\d+[gyr]")
        self.key("q")
        self.end()
        self.open("--root", FULL, term="vt100")
        self.wait_for("q quit", "25.00r")
        self.key("q")
        self.end()

    def test_old_module(self):
        self.open("--root", BUSY)
        self.wait_for("q quit")
        self.key("p")
        self.wait_for("does not have it")
        self.key("c")
        self.wait_for("10000")
        self.key("q")
        self.end()

    def test_procfs(self):
        if not Places.can_mount():
            self.skipTest("cannot mount in a namespace of its own")
        wrapper = self.root / "wrapper"
        wrapper.write_text(
            "#!/bin/sh\nexec unshare --mount sh -ec "
            f"""'{Places.NOTHING} {Places.IN_PROCFS} exec "$@"' """
            f'sh {self.binary} "$@"\n')
        wrapper.chmod(0o755)
        self.binary = str(wrapper)
        self.open()
        self.wait_for("since load  /proc/tslab")
        self.key("q")
        self.end()

    def test_module_gone(self):
        copy = self.copy()
        self.open("--root", copy, "0.2", term="xterm")
        self.wait_for("last 0.2", "\033[?1049h")
        shutil.rmtree(copy)
        self.wait_for("\033[?1049l")
        _, err = self.run.communicate(timeout=60)
        self.assertEqual(self.run.returncode, ERROR)
        self.assertRegex(err, rb"\Atslabstat: [^\n]+: No such file[^\n]*\n\Z")

    def test_hangup(self):
        self.open("--root", FULL, "1000", hangup=signal.SIG_IGN)
        self.wait_for("q quit")
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, self.main)        # closes the terminal
        os.close(null)
        self.run.wait(timeout=60)

    def test_no_terminal(self):
        self.assert_error(self.run_binary("--top", "--root", FULL), ERROR,
                          "--top needs a terminal")

    def test_unknown_terminal(self):
        # ncurses leaks what it has made of it.
        self.open("--root", FULL, term="no-such-terminal",
                  ASAN_OPTIONS="detect_leaks=0")
        _, err = self.run.communicate(timeout=60)
        self.assertEqual((self.run.returncode, err),
                         (ERROR, b"tslabstat: --top: terminal type is not known\n"))


VIEWS = ["classes", "epochs", "percpu", "locks", "labels", "histogram",
         "caches", "nodes", "memory", "leaks"]

WRONG_ARGUMENTS = [
    (["--nonsense"], "unknown option or argument of one that takes none: "
     "'--nonsense'"),
    (["-ax"], "'-x'"),
    (["--root"], "without its argument: '--root'"),
    (["--instance"], "without its argument"),
    (["--warn-cas"], "without its argument"),
    (["--json=1"], "option"),
    (["--", "-a"], "interval"),
    (["1", "2", "3"], "unexpected argument: '3'"),
    (["1", "0"], "count"),
    (["1", "-1"], "option"),
    (["1", "+1"], "count"),
    (["1", "1.5"], "count"),
    (["1", "1x"], "count"),
    (["1", ""], "count"),
    (["1", str(2**64)], "count"),
    *[([interval], "interval") for interval in (
        "", "0", "0.0", "0.0001", "extra", "+1", " 1", "1 ", "1s", ".5", "1.",
        "1e3", "0x10", "inf", "nan", "1000001", "9" * 400, "1,5")],
    (["--epochs", "--locks"], "more than one of --epochs and --locks"),
    (["--json", "--prometheus"], "more than one of"),
    (["--top", "--json"], "more than one of"),
    (["--prometheus", "1"], "unexpected argument"),
    (["--output"], "without its argument"),
    (["--output", "x.prom"], "--output is for --prometheus"),
    *[(["--prometheus", "--output", name], "not a .prom file")
      for name in ("", "x", "x.txt", ".prom", "dir/.prom", "x.prom/")],
    (["--warn-cas", "5"], "limits are for --check"),
    (["--min-attempts", "5"], "limits are for --check"),
]


class CommandLine(TslabstatTest):

    def test_help_and_version(self):
        for option in "-h", "--help":
            text = self.output(option)
            self.assertTrue(text.startswith("Usage: tslabstat "))
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80)
        for option in "-V", "--version":
            self.assertRegex(self.output(option), r"\Atslabstat \d+\.\d+\.\d+\n\Z")

    def test_man_page_has_every_option(self):
        page = (HERE.parent / "tslabstat.8").read_text().replace("\\-", "-")
        options = set(re.findall(r"--[a-z-]+", self.output("--help")))
        self.assertGreater(len(options), 25)
        for option in options:
            self.assertIn(option, page)
        self.assertEqual(set(re.findall(r"--[a-z][a-z-]+", page)), options)

    def test_help_has_every_option(self):
        source = (HERE.parent / "stat" / "options.c").read_text()
        names = re.findall(r'\{ "([a-z-]+)", \w+_argument', source)
        for limit in re.findall(r'LIMIT_OPTIONS\("(\w+)", LIMIT', source):
            names += [f"warn-{limit}", f"crit-{limit}"]
        self.assertEqual({f"--{name}" for name in names},
                         set(re.findall(r"--[a-z-]+", self.output("--help"))))

    def test_man_page_has_every_name(self):
        page = (HERE.parent / "tslabstat.8").read_text().replace("\\-", "-")
        for name in json_names(self.json("--root", FULL)):
            self.assertRegex(page, rf"\b{name}\b")
        for view in VIEWS:
            text = self.output("--root", FULL, f"--{view}", "0.01", "1")
            for heading in re.findall(r"[A-Z][A-Z-]+(?:/(?:s|ATT)|%|\(\w+\))?",
                                      re.sub(r"(?m)^\d{4}-.*", "", text)):
                self.assertIn(heading, page)
        for family in set(re.findall(
                r"# TYPE (\w+)", "".join(
                    self.output("--root", FULL, "--prometheus", f"--{view}")
                    for view in VIEWS))):
            counter = re.sub(r"^temporal_slab_|_seconds_total$|_total$", "",
                             family)
            if (FULL / "class_128").read_text().find(f"\n{counter}") < 0:
                self.assertIn(family, page)

    def test_wrong_arguments(self):
        for args, text in WRONG_ARGUMENTS:
            self.assert_error(self.run_binary("--root", FULL, *args),
                              USAGE_ERROR, text)

    def test_wrong_arguments_of_check(self):
        """A status that monitoring understands, wherever --check stands."""
        for args, text in WRONG_ARGUMENTS:
            if "--" in args or "limits are for" in text:
                continue
            orders = [["--check", *args]]
            if "without" not in text:       # takes --check for it
                orders.append([*args, "--check"])
            for order in orders:
                run = self.run_binary("--root", FULL, *order)
                self.assertEqual(run.returncode, UNKNOWN, order)
                self.assertRegex(run.stdout.decode(),
                                 r"\ATSLAB UNKNOWN - [^\n]+\n\Z")
                self.assertEqual(run.stderr, b"")

    def test_full_disk(self):
        for args in (["--root", BUSY], ["--root", BUSY, "--json"], ["--help"],
                     ["--root", FULL, "--prometheus"], ["--version"],
                     ["--root", FULL, "0.01"]):
            with open("/dev/full", "wb") as full:
                run = self.run_binary(*args, stdout=full)
            self.assert_error(run, ERROR, "No space left on device")

    def test_closed_stdout(self):
        run = subprocess.run(
            ["sh", "-c", 'exec "$@" >&-', "sh", self.binary, "--root", BUSY],
            stderr=subprocess.PIPE, timeout=60)
        self.assert_error(run, ERROR, "write error")


class Completion(unittest.TestCase):
    """What bash offers, of the programs as they are here."""

    def complete(self, program, *words):
        """What may come in place of the last word."""
        function = "_" + program.replace("-", "_")
        script = (f". completion/{program}; COMP_WORDS=(\"$@\"); "
                  f"COMP_CWORD={len(words)}; {function} ./{program}; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "-c", script, "bash", program, *words],
                              cwd=HERE.parent, capture_output=True, text=True,
                              check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_options_of_tslabstat(self):
        self.assertEqual(self.complete("tslabstat", "--ca"), ["--caches"])
        self.assertIn("--warn-cas", self.complete("tslabstat", "--w"))
        self.assertEqual(self.complete("tslabstat", "--warn-cas", "-"), [])

    def test_keys_of_tslab_bench(self):
        self.assertEqual(self.complete("tslab-bench", "--objs"),
                         ["--objs_min", "--objs_max"])
        self.assertEqual(self.complete("tslab-bench", "--pattern", "=", "st"),
                         ["steady", "straggler"])
        self.assertEqual(self.complete("tslab-bench", "--pattern", "="),
                         "hotspot steady straggler cross_thread_free burst "
                         "leak request churn".split())


def paths_of(data, path=""):
    """Names of all fields, as "total.counters.cpu_hits" and "classes[].size"."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield f"{path}.{name}".lstrip(".")
            yield from paths_of(value, f"{path}.{name}")
    elif isinstance(data, list):
        for value in data:
            yield from paths_of(value, f"{path}[]")


class Abi(TslabstatTest):
    """What was there in a version is there in the next: tests/abi has it all.

    A name is added there with what adds it to the output, and never taken away.
    """

    @staticmethod
    def names(file):
        return (HERE / "abi" / file).read_text().split()

    def test_counters(self):
        now = [line.split()[0]
               for line in (FULL / "class_128").read_text().splitlines()]
        self.assertEqual(now, self.names("counters"))

    def test_json(self):
        now = set(paths_of(json.loads(self.output("--json", "--root", FULL))))
        self.assertEqual(now, set(self.names("json")))


class ManPage(unittest.TestCase):

    def test_no_warnings(self):
        if not shutil.which("man"):
            self.skipTest("man is not there (Debian package man-db)")
        run = subprocess.run(
            ["man", "--warnings", "-E", "UTF-8", "-l",
             HERE.parent / "tslabstat.8"], check=False, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        self.assertIn(b"PROMETHEUS", run.stdout)


class Fuzz(unittest.TestCase):
    """Files of all kinds, and what libFuzzer makes of them."""

    binary = None

    def test_parsers(self):
        if not self.binary:
            self.skipTest("it was not built: for want of clang, or to be fast")
        with tempfile.TemporaryDirectory() as corpus:
            for tree in BUSY, FULL:
                for kind, name in enumerate([*FILES, "meminfo", "leaks"]):
                    seed = tree / (name + "128" if name == "class_" else name)
                    if seed.exists():
                        pathlib.Path(corpus, f"{tree.name}_{name}").write_bytes(
                            bytes([kind]) + seed.read_bytes())
            run = subprocess.run(
                [self.binary, "-runs=200000", "-max_len=8192", "-seed=1",
                 f"-artifact_prefix={corpus}/", corpus], check=False,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        log = run.stderr.decode(errors="replace")
        self.assertEqual(run.returncode, 0, log[-8000:])
        self.assertIn("Done 200000 runs", log)


class Result(unittest.TestResult):
    """One line per test, then the reasons."""

    def __init__(self, binary):
        super().__init__()
        self.binary = os.path.basename(binary)
        self.passed = 0

    def line(self, word, test, why=""):
        name = f"{type(test).__name__}.{test._testMethodName}"
        print(f"{word} {self.binary} {name}{why}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.line("ok  ", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("skip", test, f": {reason}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.line("FAIL", test, f": {subtest._subDescription()}")
            print((self.failures + self.errors)[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("FAIL", test)
        print(self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.line("FAIL", test)
        print(self.errors[-1][1])


def all_tests(module):
    """Those of TslabstatTest, and those that run once."""
    each, once = unittest.TestSuite(), unittest.TestSuite()
    loader = unittest.defaultTestLoader
    for suite in loader.loadTestsFromModule(module):
        for test in suite:
            (each if isinstance(test, TslabstatTest) else once).addTest(test)
    return each, once


def main(args, module):
    if args[:1] == ["--fuzz"]:
        Fuzz.binary = os.path.abspath(args[1])
        args = args[2:]
    if not args:
        sys.exit(re.search("usage: .*", module.__doc__)[0])
    # A background job of a shell is started with it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    passed = failed = skipped = 0
    for binary in [*args, None]:
        result = Result(binary or "once")
        each, once = all_tests(module)
        if binary:
            TslabstatTest.binary = os.path.abspath(binary)
            each.run(result)
        else:
            once.run(result)
        passed += result.passed
        failed += len(result.failures) + len(result.errors)
        skipped += len(result.skipped)
    print(f"{passed} passed, {failed} failed" +
          (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.modules[__name__]))
