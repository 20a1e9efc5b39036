#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of tslab-bench on a directory that looks like the module's.

usage: bench.py BINARY...

Every test runs on every binary. The kernel's side is tested in a guest:
tools/qemu/bench-check-guest.sh, and check-guest.sh for both together.
"""

import csv
import ctypes
import errno
import fcntl
import io
import json
import os
import pathlib
import platform
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from run import Result

USAGE_ERROR = 2
ERROR = 1
INTERRUPTED = 130
PAGE = pathlib.Path(__file__).parent.parent / "tslab-bench.8"
WRITE_NR = {"x86_64": 1, "aarch64": 64}.get(platform.machine())
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

HEADING = ("pattern,backend,threads,size,duration_s,rounds,epoch_policy,"
           "batch_size,free_policy,lag,leak_pct,objs_min,objs_max,routing,seed,"
           "elapsed_ns,requests,allocs,frees,failed,live_end,"
           "objects_per_s,requests_per_s,alloc_ns_p50,alloc_ns_p95,"
           "alloc_ns_p99,alloc_ns_p99.9,alloc_ns_max,"
           "alloc_cas_retries_per_attempt,free_cas_retries_per_attempt,"
           "current_partial_failure_rate,lock_contention_rate,recycle_rate,"
           "pages_peak,pages_end,pages_after,interrupted,phases_refused")


def result_text(latency=LATENCY, pages_at=PAGES_AT, **values):
    lines = [f"{name} {value}" for name, value in {**VALUES, **values}.items()
             if value is not None]
    lines += [f"pages_at {ms} {pages}" for ms, pages in pages_at]
    lines += [f"latency_ns {below} {count}" for below, count in latency]
    return "\n".join(lines) + "\n"


def refuse_writes(length, err):
    """Lets each write of that many bytes in this process fail: seccomp."""
    ld, jeq, ret, allow = 0x20, 0x15, 0x06, 0x7fff0000
    rules = [(ld, 0, 0, 0), (jeq, 0, 3, WRITE_NR),   # the system call
             (ld, 0, 0, 32), (jeq, 0, 1, length),    # its third argument
             (ret, 0, 0, 0x50000 | err), (ret, 0, 0, allow)]
    code = b"".join(struct.pack("HBBI", *rule) for rule in rules)
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("HxxxxxxP", len(rules), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


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

    def test_no_directory(self):
        run = subprocess.run([self.binary, "--root", self.root / "none/none"],
                             stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                             timeout=60)
        self.assert_error(run, ERROR, "is debugfs mounted?")

    def test_refused(self):
        """oom_score_adj gives EINVAL for what is no number."""
        (self.root / "run").unlink()
        (self.root / "run").symlink_to("/proc/self/oom_score_adj")
        self.write("threads=65: not 1 to 64\nmore\n", "error")
        run = self.run_binary("threads=65")
        self.assert_error(run, USAGE_ERROR,
                          "tslab-bench: threads=65: not 1 to 64\n")
        self.write("a\033[2Jb\n", "error")
        self.assert_error(self.run_binary(), USAGE_ERROR, "a?[2Jb")
        for text in "", None:
            if text is None:
                (self.root / "error").unlink()
            else:
                self.write(text, "error")
            self.assert_error(self.run_binary(), ERROR, "Invalid argument")

    @unittest.skipIf(not WRITE_NR, "number of write() not known here")
    def test_write_gives(self):
        line = "threads=3 size=96\n"
        for err, text in [(errno.EUCLEAN, "left objects or pages behind"),
                          (errno.ENOMEM, "Cannot allocate memory"),
                          (errno.EIO, "Input/output error")]:
            with self.subTest(err=err):
                run = self.run_binary(
                    *line.split(),
                    preexec_fn=lambda: refuse_writes(len(line), err))
                self.assert_error(run, ERROR, text)

    @unittest.skipIf(not WRITE_NR, "number of write() not known here")
    def test_interrupted_before_it_began(self):
        """What the last run left must not be taken for this one's."""
        run = self.run_binary(
            "threads=3", preexec_fn=lambda: refuse_writes(10, errno.EINTR))
        self.assert_error(run, INTERRUPTED, "before the run began")

    def test_no_result(self):
        (self.root / "result").unlink()
        self.assert_error(self.run_binary(), ERROR,
                          "result: No such file or directory")

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
                (result_text(pattern="a,b"), "malformed"),
                (result_text(pattern="\033[2J"), "malformed"),
                (text.replace("hotspot", "\udcff").encode(
                    errors="surrogateescape"), "malformed"),
                (text.replace("counter_lock_contended ", '"x" '), "malformed"),
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

    def test_percentiles(self):
        """By hand: the rank is the least count that is that share."""
        for latency, expected in [
                # 2: ranks 1, 2, 2, 2, 2
                ([(16, 1), (32, 1)], (16, 32, 32, 32, 32)),
                # 20: ranks 10, 19, 20, 20, 20
                ([(1, 10), (2, 9), (3, 1)], (1, 2, 3, 3, 3)),
                # 21: ranks 11, 20, 21, 21, 21
                ([(1, 10), (2, 9), (3, 2)], (2, 3, 3, 3, 3)),
                # 1000: ranks 500, 950, 990, 999, 1000
                ([(1, 499), (2, 1), (3, 450), (4, 40), (5, 9), (6, 1)],
                 (2, 3, 4, 5, 6)),
                # 10^13: no overflow on the way
                ([(1, 10 ** 13 - 1), (2, 1)], (1, 1, 1, 1, 2)),
                # sums over 2^64: some number, not a crash
                ([(1, 2 ** 64 - 1), (2, 2 ** 64 - 1)], None)]:
            with self.subTest(latency=latency):
                self.write(result_text(latency=latency))
                report = json.loads(self.output("--json"))["alloc_ns"]
                if expected:
                    self.assertEqual(
                        tuple(report[name] for name in
                              ("p50", "p95", "p99", "p99.9", "max")), expected)

    def test_refused_phases(self):
        self.write(result_text(phases_refused="3"))
        self.assertEqual(self.output(),
                         TABLE + "phases        without an epoch 3\n")
        self.assertEqual(json.loads(self.output("--json"))
                         ["requests"]["phases_refused"], 3)

    def test_json_schema(self):
        """Members may be added on purpose only, and none may go."""
        report = json.loads(self.output("--json"))
        members = {name: list(value) for name, value in report.items()
                   if isinstance(value, dict)}
        ratios = ["alloc_cas_retries_per_attempt",
                  "free_cas_retries_per_attempt", "current_partial_failure_rate",
                  "lock_contention_rate", "recycle_rate"]
        self.assertEqual(list(report), [
            "version", "options", "interrupted", "elapsed_s", "objects",
            "requests", "alloc_ns", "ratios", "pages", "counters"])
        self.assertEqual(members, {
            "options": ["pattern", "backend", "threads", "size", "duration_s",
                        "rounds", "epoch_policy", "batch_size", "free_policy",
                        "lag", "leak_pct", "objs_min", "objs_max", "routing",
                        "seed"],
            "objects": ["allocs", "frees", "failed", "live_end", "per_s"],
            "requests": ["done", "phases_refused", "per_s"],
            "alloc_ns": ["p50", "p95", "p99", "p99.9", "max", "histogram"],
            "ratios": ratios,
            "pages": ["peak", "end", "after", "over_ms"],
            "counters": [name[len("counter_"):] for name in VALUES
                         if name.startswith("counter_")]})
        self.assertEqual(report["requests"]["done"], 1000)
        self.assertEqual(report["requests"]["per_s"], 500)

    def test_json(self):
        report = json.loads(self.output("--json"))
        self.assertEqual(report["version"], 1)
        self.assertEqual(report["options"]["pattern"], "hotspot")
        self.assertEqual(report["options"]["threads"], 4)
        self.assertEqual(report["options"]["seed"], int(VALUES["seed"]))
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
        self.assertEqual(text.splitlines()[0], HEADING)
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


class Running(BenchTest):
    """run is a FIFO that is full, so that the write blocks as the module's."""

    def setUp(self):
        super().setUp()
        (self.root / "run").unlink()
        os.mkfifo(self.root / "run")
        self.fifo = os.open(self.root / "run", os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, self.fifo)
        self.filled = 0
        for size in 4096, 1:
            while True:
                try:
                    self.filled += os.write(self.fifo, b"#" * size)
                except BlockingIOError:
                    break
        self.write("running 1234 56 789\n", "progress")

    def start(self, *args):
        """Returns when the line of progress was seen on the terminal."""
        self.terminal, stderr = pty.openpty()
        self.addCleanup(os.close, self.terminal)
        run = subprocess.Popen(
            [self.binary, "--root", self.root, "--slab-root",
             self.root / "slab", *args], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=stderr)
        self.addCleanup(self.end, run)
        os.close(stderr)
        self.seen = b""
        while b"1.2 s" not in self.seen or b"objects" not in self.seen:
            self.assertTrue(select.select([self.terminal], [], [], 30)[0])
            self.seen += os.read(self.terminal, 4096)
        return run

    @staticmethod
    def end(run):
        if run.poll() is None:
            run.kill()
        run.wait()
        run.stdout.close()

    def let_go(self):
        """The run is over; returns what was written to the file."""
        text = b""
        while True:
            if not select.select([self.fifo], [], [], 0.5)[0]:
                return text[self.filled:].decode()
            text += os.read(self.fifo, 65536)

    def test_progress(self):
        run = self.start("threads=2")
        self.assertRegex(self.seen, rb"\r +1\.2 s +56 requests +789 objects")
        self.assertEqual(self.let_go(), "threads=2\n")
        self.assertEqual(run.communicate(timeout=30)[0].decode(), TABLE)
        self.assertEqual(run.returncode, 0)

    def test_signals(self):
        for how in signal.SIGINT, signal.SIGTERM:
            with self.subTest(how=how):
                self.write(result_text())
                run = self.start("--json")
                self.write(result_text(interrupted="1", elapsed_ns="1000000"))
                run.send_signal(how)
                report = json.loads(run.communicate(timeout=30)[0])
                self.assertEqual(run.returncode, INTERRUPTED)
                self.assertTrue(report["interrupted"])
                self.assertEqual(report["elapsed_s"], 0.001)

    def test_signal_is_marked(self):
        for arg, text in ("--csv", ",1,0\n"), ("threads=4", ", interrupted\n"):
            with self.subTest(arg=arg):
                self.write(result_text())
                run = self.start(arg)
                self.write(result_text(interrupted="1", live_end="8"))
                run.send_signal(signal.SIGINT)
                self.assertIn(text, run.communicate(timeout=30)[0].decode())
                self.assertEqual(run.returncode, INTERRUPTED)

    def test_old_result_after_a_signal(self):
        run = self.start()
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.communicate(timeout=30)[0], b"")
        self.assertEqual(run.returncode, INTERRUPTED)

    def test_killed_with_its_child(self):
        """Nobody else could end the run then."""
        run = self.start()
        children = self.children(run.pid)
        self.assertEqual(len(children), 1)
        run.kill()
        run.wait()
        end = time.monotonic() + 30
        while self.is_alive(children[0]) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertFalse(self.is_alive(children[0]))

    @staticmethod
    def stat_of(pid):
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
        return text[text.rindex(")") + 2:].split()

    def children(self, parent):
        pids = [int(path.name) for path in pathlib.Path("/proc").iterdir()
                if path.name.isdigit()]
        found = []
        for pid in pids:
            try:
                if int(self.stat_of(pid)[1]) == parent:
                    found.append(pid)
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found

    def is_alive(self, pid):
        try:
            return self.stat_of(pid)[0] not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def test_one_at_a_time(self):
        """The second would read the result of the first."""
        with open(self.root / "run", "r+b", buffering=0) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            run = subprocess.Popen(
                [self.binary, "--root", self.root, "size=72"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)
            self.addCleanup(self.end, run)
            self.assertEqual(self.let_go(), "")
            fcntl.flock(held, fcntl.LOCK_UN)
            self.assertEqual(run.communicate(timeout=30)[0].decode(), TABLE)
        self.filled = 0
        self.assertEqual(self.let_go(), "size=72\n")

    def test_pages_of_a_kmem_cache(self):
        slab = self.root / "slab"
        slab.mkdir()
        (slab / "slabs").write_text("9 N0=9\n")
        (slab / "order").write_text("1\n")
        begun = time.monotonic()
        run = self.start("--json", "backend=kmem_cache")
        # Progress was seen, so the cache was looked at before this moment.
        elapsed = time.monotonic() - begun
        self.write(result_text(backend="kmem_cache", pages_at=[],
                               pages_peak="0", pages_end="0",
                               elapsed_ns=str(int(elapsed * 1e9))))
        time.sleep(1)   # more than the program took to begin
        (slab / "slabs").write_text("4 N0=4\n")
        time.sleep(1)
        (slab / "slabs").write_text("0\n")
        self.let_go()
        pages = json.loads(run.communicate(timeout=30)[0])["pages"]
        self.assertEqual((pages["peak"], pages["after"]), (18, 0))
        self.assertLessEqual({18, 8}, {count for _, count in pages["over_ms"]})
        times = [ms for ms, _ in pages["over_ms"]]
        self.assertEqual(times, sorted(times))
        # What was seen after the time was over is not what was held then.
        self.assertGreater(times[-1], elapsed * 1000)
        self.assertEqual(pages["end"], 18)


class ManPage(BenchTest):

    @unittest.skipIf(not shutil.which("man"), "no man")
    def test_no_warnings(self):
        run = subprocess.run(["man", "--warnings", "-l", PAGE],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env={**os.environ, "LC_ALL": "C.UTF-8",
                                  "MANPAGER": "cat"}, timeout=60)
        self.assertEqual((run.returncode, run.stderr), (0, b""))

    def test_names_every_option_and_column(self):
        text = PAGE.read_text().replace("\\-", "-")
        for name in re.findall(r"--[a-z-]+", self.output("--help")):
            if name != "--key":
                self.assertIn(name, text)
        for name in HEADING.split(","):
            self.assertRegex(text, rf"\b{re.escape(name)}\b")


def main(binaries):
    if not binaries:
        sys.exit("usage: bench.py BINARY...")
    # A background job of a shell is started with it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
