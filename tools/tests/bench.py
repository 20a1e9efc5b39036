#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of tslab-bench on a directory that looks like the module's.

usage: bench.py BINARY...

Every test runs on every binary. The kernel's side is tested in a guest:
tools/qemu/bench-check-guest.sh, and check-guest.sh for both together.
"""

import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from run import Result

USAGE_ERROR = 2
ERROR = 1
NOBODY = 65534

VALUES = {
    "version": "1", "pattern": "hotspot", "backend": "tslab_shared",
    "threads": "4", "size": "128", "duration_s": "2", "rounds": "0",
    "epoch_policy": "manual", "batch_size": "64", "free_policy": "within_req",
    "lag": "4", "leak_pct": "5", "objs_min": "16", "objs_max": "16",
    "routing": "isolated", "seed": "18446744073709551615", "interrupted": "0",
    "elapsed_ns": "2000000000", "requests": "1000", "allocs": "16000",
    "frees": "16000", "failed": "0", "phases_refused": "0", "live_end": "7",
    "pages_peak": "12", "pages_end": "10", "pages_after": "0",
    "counter_bitmap_alloc_attempts": "2000",
    "counter_bitmap_alloc_cas_retries": "20",
    "counter_bitmap_free_attempts": "0",
    "counter_bitmap_free_cas_retries": "0",
    "counter_lock_fast_acquire": "75", "counter_lock_contended": "25",
    "counter_current_partial_cas_attempts": "4",
    "counter_current_partial_cas_failures": "1",
}
# 1000 allocations: 500 below 100 ns, 450 below 200, 49 below 300, one of 4 us.
LATENCY = [(100, 500), (200, 450), (300, 49), (4000, 1)]
PAGES_AT = [(0, 3), (100, 12), (200, 10)]

TABLE = """\
hotspot on tslab_shared: 4 threads, 128 bytes, 2.0 s
throughput    8000 objects/s, 500 requests/s
alloc, ns     p50<100 p95<200 p99<300 p99.9<300 max<4000
contention    alloc CAS 1.000%, free CAS -, current_partial 25.000%, \
class lock 25.000%, recycled -
pages         peak 12, at the end 10, after all was freed 0
objects       live at the end 7, failed 0
"""


def result_text(latency=LATENCY, pages_at=PAGES_AT, **values):
    lines = [f"{name} {value}" for name, value in {**VALUES, **values}.items()
             if value is not None]
    lines += [f"pages_at {ms} {pages}" for ms, pages in pages_at]
    lines += [f"latency_ns {below} {count}" for below, count in latency]
    return "\n".join(lines) + "\n"


class BenchTest(unittest.TestCase):
    """Runs one binary on a directory that the test may fill."""

    binary = None

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="tslab-bench-test."))
        self.root.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.root)
        for name in "run", "error", "progress":
            (self.root / name).write_text("")
        self.write(result_text())

    def write(self, text, name="result"):
        (self.root / name).write_bytes(
            text.encode() if isinstance(text, str) else text)

    def run_binary(self, *args, **kwargs):
        return subprocess.run(
            [self.binary, "--root", self.root, "--slab-root",
             self.root / "slab", *map(str, args)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
            **kwargs)

    def output(self, *args):
        run = self.run_binary(*args)
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        return run.stdout.decode()

    def assert_error(self, run, status, text):
        line = run.stderr.decode()
        self.assertRegex(line, r"\Atslab-bench: [^\n]+\n\Z")
        self.assertIn(text, line)
        self.assertEqual(run.stdout, b"")
        self.assertEqual(run.returncode, status)


class Options(BenchTest):

    def test_line_for_the_module(self):
        self.output("--threads=8", "pattern=steady", "--size", "64",
                    "backend=tslab")
        self.assertEqual((self.root / "run").read_text(),
                         "threads=8 pattern=steady size=64 backend=tslab\n")

    def test_nothing_is_a_line_too(self):
        self.output()
        self.assertEqual((self.root / "run").read_text(), "\n")

    def test_wrong(self):
        for args, text in [
                (["--threads=x"], "threads=x: not a number"),
                (["--threads=-1"], "threads=-1: not a number"),
                (["--size="], "size: no value"),
                (["pattern=a b"], "pattern: no value"),
                (["nonsense"], "nonsense: no such option"),
                (["colour=red"], "colour: no such option"),
                (["--colour=red"], "unrecognized option"),
                (["pattern=" + "x" * 2000], "too many options")]:
            with self.subTest(args=args):
                self.assert_error(self.run_binary(*args), USAGE_ERROR, text)
                self.assertEqual((self.root / "run").read_text(), "")

    def test_help_names_every_option(self):
        text = self.output("--help")
        for name in ["pattern", "backend", "threads", "size", "duration_s",
                     "rounds", "epoch_policy", "batch_size", "free_policy",
                     "lag", "leak_pct", "objs_min", "objs_max", "routing",
                     "seed", "--json", "--csv", "--no-header", "--root"]:
            self.assertIn(name, text)


class Errors(BenchTest):

    def test_no_module(self):
        (self.root / "run").unlink()
        self.assert_error(self.run_binary(), ERROR, "is tslab_bench.ko loaded")

    @unittest.skipIf(os.geteuid() != 0, "only root can become nobody")
    def test_not_root(self):
        (self.root / "run").chmod(0o200)
        binary = shutil.copy(self.binary, self.root)
        run = subprocess.run([binary, "--root", self.root], user=NOBODY,
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             stdout=subprocess.PIPE, timeout=60)
        self.assert_error(run, ERROR, "only root may run it")

    def test_write_fails(self):
        (self.root / "run").unlink()
        (self.root / "run").symlink_to("/dev/full")
        self.assert_error(self.run_binary(), ERROR, "No space left on device")

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([self.binary, "--root", self.root],
                                 stdout=full, stderr=subprocess.PIPE,
                                 timeout=60)
        self.assertEqual(run.returncode, ERROR)
        self.assertIn(b"write error", run.stderr)

    def test_bad_results(self):
        text = result_text()
        for bad, why in [
                ("", "has anything been run"),
                (text[:-1], "truncated"),
                (text.replace("version 1", "version 2"), "unknown version 2"),
                (text.replace("version 1\n", ""), "not a version"),
                (result_text(allocs=None), "no allocs"),
                (result_text(allocs="many"), "allocs: not a number"),
                (result_text(allocs="-1"), "allocs: not a number"),
                (result_text(allocs="18446744073709551616"), "not a number"),
                (text.replace("allocs 16000", "allocs"), "malformed"),
                (text.replace("allocs 16000", "allocs 1 6000"), "malformed"),
                (text.replace("latency_ns 100 500", "latency_ns 100"),
                 "malformed"),
                (text.replace("pages_at 0 3", "pages_at 0 x"), "malformed"),
                (text + "\n", "malformed"),
                (text.encode() + b"\0\n", "truncated")]:
            with self.subTest(why=why, bad=bad[-40:]):
                self.write(bad)
                self.assert_error(self.run_binary(), ERROR, why)

    def test_cut_anywhere(self):
        text = result_text()
        for end in range(0, len(text) - 1, 7):
            self.write(text[:end])
            run = self.run_binary("--json")
            if run.returncode:
                self.assert_error(run, ERROR, "result: ")
            else:   # cut between two lines that are not required
                json.loads(run.stdout)


class Reports(BenchTest):

    def test_table(self):
        self.assertEqual(self.output(), TABLE)

    def test_nothing_was_done(self):
        self.write(result_text(latency=[], elapsed_ns=0, allocs=0))
        text = self.output()
        self.assertIn("throughput    0 objects/s", text)
        self.assertIn("p50<0 p95<0", text)

    def test_one_allocation(self):
        self.write(result_text(latency=[(16, 1)]))
        self.assertIn("p50<16 p95<16 p99<16 p99.9<16 max<16", self.output())

    def test_json(self):
        report = json.loads(self.output("--json"))
        self.assertEqual(report["version"], 1)
        self.assertEqual(report["options"]["pattern"], "hotspot")
        self.assertEqual(report["options"]["threads"], 4)
        self.assertEqual(report["elapsed_s"], 2.0)
        self.assertEqual(report["objects"]["per_s"], 8000)
        self.assertEqual(report["objects"]["live_end"], 7)
        self.assertEqual(report["alloc_ns"]["p99"], 300)
        self.assertEqual(report["alloc_ns"]["histogram"],
                         [list(point) for point in LATENCY])
        self.assertEqual(report["pages"]["over_ms"],
                         [list(point) for point in PAGES_AT])
        self.assertEqual(report["ratios"]["lock_contention_rate"], 0.25)
        self.assertIsNone(report["ratios"]["free_cas_retries_per_attempt"])
        self.assertEqual(report["counters"]["lock_contended"], 25)
        self.assertFalse(report["interrupted"])

    def test_csv(self):
        text = self.output("--csv")
        (row,) = csv.DictReader(io.StringIO(text))
        self.assertNotIn(None, row)
        self.assertNotIn(None, row.values())
        self.assertEqual(row["pattern"], "hotspot")
        self.assertEqual(row["seed"], VALUES["seed"])
        self.assertEqual(row["objects_per_s"], "8000")
        self.assertEqual(row["alloc_ns_p99.9"], "300")
        self.assertEqual(row["lock_contention_rate"], "0.250000")
        self.assertEqual(row["recycle_rate"], "")
        self.assertEqual(row["interrupted"], "0")
        self.assertEqual(self.output("--csv", "--no-header"),
                         text.splitlines(True)[1])

    def test_pages_of_a_kmem_cache(self):
        slab = self.root / "slab"
        slab.mkdir()
        (slab / "slabs").write_text("5 N0=5\n")
        (slab / "order").write_text("3\n")
        self.write(result_text(backend="kmem_cache", pages_peak="0"))
        report = json.loads(self.output("--json", "backend=tslab",
                                        "--backend=kmem_cache"))
        self.assertEqual(report["pages"]["after"], 40)
        self.assertIn("after all was freed 40", self.output(
            "backend=kmem_cache"))
        self.assertNotIn("pages ", self.output("backend=tslab"))


def main(binaries):
    if not binaries:
        sys.exit("usage: bench.py BINARY...")
    passed = failed = skipped = 0
    for binary in binaries:
        result = Result(binary)
        BenchTest.binary = os.path.abspath(binary)
        unittest.defaultTestLoader.loadTestsFromModule(
            sys.modules[__name__]).run(result)
        passed += result.passed
        failed += len(result.failures) + len(result.errors)
        skipped += len(result.skipped)
    print(f"{passed} passed, {failed} failed" +
          (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
