#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of tslabstat on saved debugfs trees; they need no kernel module.

usage: run.py BINARY...

Every test runs on every binary. trees/busy is what a module writes, all other
inputs are made of it. Three tests want root: they put file systems of their
own on /sys/kernel/debug, in a mount namespace that ends with the test.
"""

import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUSY = HERE / "trees" / "busy"
HEADER = HERE.parent.parent / "include" / "linux" / "tslab.h"
DEBUGFS = "/sys/kernel/debug"
U64_MAX = 2**64 - 1
NOBODY = 65534

USAGE_ERROR = 2
ERROR = 1

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

    def on_terminal(self, *args, term="xterm"):
        """Output of a run whose stdout is a terminal."""
        main, terminal = pty.openpty()
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
        self.assertEqual(list(data), ["version", "classes", "total"])
        self.assertEqual(data["version"], 1)
        self.assertEqual(list(data["total"]), ["counters", "derived"])
        self.assertEqual([c["size"] for c in data["classes"]],
                         [64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536,
                          2048, 3072, 4096, 6144, 8192])
        for entry in data["classes"]:
            self.assertEqual(list(entry), ["size", "counters", "derived"])
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
        self.assertEqual(counters["alloc_failed"], float(2**63))
        self.assertIsInstance(counters["alloc_failed"], float)
        self.assertEqual(counters["live_bytes"], float(U64_MAX))
        total = data["total"]["counters"]
        self.assertEqual(total["live_objects"], float(2**63))
        self.assertEqual(total["live_bytes"], float(U64_MAX))   # saturated

    def test_no_colour_on_a_terminal(self):
        text = self.on_terminal("--json", "--root", BUSY)
        self.assertNotIn("\033", text)
        self.assertEqual(json.loads(text), self.json("--root", BUSY))


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
            if name in ("alloc_objects", "free_objects"):
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
        self.write(zero_class() + "x" * 253 + " 1\n")
        self.assertEqual(
            self.json("--root", self.root)["total"]["counters"]["x" * 253], 1)
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
    "long_line": (lambda: zero_class() + "x" * 254 + " 1\n",
                  "longer than 255"),
    "very_long_line": (lambda: zero_class() + "x" * 60000 + " 1\n",
                       "longer than 255"),
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
            ERROR, "no such instance")

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
        self.write("version 1\n", "summary")
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


class Debugfs(TslabstatTest):
    """The place that is read without --root."""

    def run_mounted(self, mount, *args):
        """Runs with mount done on DEBUGFS in a namespace of its own."""
        unshare = ["unshare", "--mount", "sh", "-ec"]
        if os.geteuid() or subprocess.run(
                [*unshare, f"mount -t tmpfs none {DEBUGFS}"],
                stderr=subprocess.DEVNULL).returncode:
            self.skipTest("cannot mount in a namespace of its own")
        return subprocess.run(
            [*unshare, mount + '; exec "$@"', "sh", self.binary, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60)

    def test_not_mounted(self):
        self.assert_error(self.run_mounted(f"mount -t tmpfs none {DEBUGFS}"),
                          ERROR, "debugfs is not mounted")

    def test_module_not_loaded(self):
        if os.path.exists(DEBUGFS + "/tslab"):
            self.skipTest("the module is loaded here")
        self.assert_error(self.run_mounted(f"mount -t debugfs none {DEBUGFS}"),
                          ERROR, "module is not loaded")

    def test_default_root(self):
        mount = f"mount -t tmpfs none {DEBUGFS}; cp -r {BUSY} {DEBUGFS}/tslab"
        run = self.run_mounted(mount)
        self.assertEqual(run.stderr, b"")
        self.assertEqual(run.stdout.decode(),
                         (HERE / "trees" / "busy.table").read_text())
        run = self.run_mounted(mount, "--instance", "none")
        self.assert_error(run, ERROR, "no such instance: none")


class CommandLine(TslabstatTest):

    def test_help_and_version(self):
        for option in "-h", "--help":
            text = self.output(option)
            self.assertTrue(text.startswith("Usage: tslabstat "))
            for name in ("--all", "--json", "--instance", "--root", "--help",
                         "--version"):
                self.assertIn(name, text)
        for option in "-V", "--version":
            self.assertRegex(self.output(option), r"\Atslabstat \d+\.\d+\n\Z")

    def test_man_page_has_every_option(self):
        page = (HERE.parent / "tslabstat.8").read_text().replace("\\-", "-")
        for option in re.findall(r"--[a-z]+", self.output("--help")):
            self.assertIn(option, page)
        data = self.json("--root", BUSY)
        for name in data["total"]["derived"]:
            self.assertIn(name, page)

    def test_wrong_arguments(self):
        for args in (["--nonsense"], ["-x"], ["--root"], ["--instance"],
                     ["--json=1"], ["1"], ["--root", BUSY, "extra"],
                     ["--", "-a"], [""]):
            self.assert_error(self.run_binary(*args), USAGE_ERROR, "")

    def test_full_disk(self):
        for args in (["--root", BUSY], ["--root", BUSY, "--json"], ["--help"],
                     ["--version"]):
            with open("/dev/full", "wb") as full:
                run = self.run_binary(*args, stdout=full)
            self.assert_error(run, ERROR, "No space left on device")

    def test_closed_stdout(self):
        run = subprocess.run(
            ["sh", "-c", 'exec "$@" >&-', "sh", self.binary, "--root", BUSY],
            stderr=subprocess.PIPE, timeout=60)
        self.assert_error(run, ERROR, "write error")


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

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("FAIL", test)
        print(self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.line("FAIL", test)
        print(self.errors[-1][1])


def main(binaries):
    if not binaries:
        sys.exit("usage: run.py BINARY...")
    passed = failed = skipped = 0
    for binary in binaries:
        TslabstatTest.binary = os.path.abspath(binary)
        result = Result(binary)
        unittest.defaultTestLoader.loadTestsFromModule(
            sys.modules[__name__]).run(result)
        passed += result.passed
        failed += len(result.failures) + len(result.errors)
        skipped += len(result.skipped)
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
