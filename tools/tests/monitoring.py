#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of what monitors a fleet: tslabstat --prometheus, rules, units, pages.

usage: monitoring.py BINARY...

No kernel module is needed; promtool of Debian's package prometheus is, or a
few tests are skipped.
"""

import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import run
from run import BUSY, DEBUGFS, ERROR, FULL, HERE, NOBODY, TslabstatTest

TOOLS = HERE.parent
sys.path.insert(0, str(TOOLS / "prometheus"))
import dashboard        # noqa: E402
import draw             # noqa: E402

PAGE = TOOLS.parent / "Documentation" / "monitoring.rst"
MISUSE = ["size_rejected", "free_double", "free_invalid", "free_foreign",
          "free_kfree", "handle_invalid", "handle_stale",
          "object_overwritten"]


def promtool(test, *args, **kwargs):
    if not shutil.which("promtool"):
        test.skipTest("promtool is not there (Debian package prometheus)")
    return subprocess.run(["promtool", *map(str, args)], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, **kwargs)


def series_of(text):
    """{series: value}"""
    lines = [line.rpartition(" ") for line in text.splitlines()
             if not line.startswith("#")]
    series = {name: float(value) for name, _, value in lines}
    assert len(series) == len(lines)
    return series


class Metrics(TslabstatTest):

    def metrics(self, *args):
        return series_of(self.output("--prometheus", *args))

    def test_promtool_has_nothing_to_say(self):
        for tree in FULL, BUSY:
            for args in [], ["--percpu"], ["--labels"], ["--epochs"], \
                    ["--instance", "requests"], ["--instance", "none"]:
                if tree == BUSY and args[:1] in (["--percpu"], ["--labels"]):
                    continue
                text = self.output("--prometheus", "--root", tree, *args)
                check = promtool(self, "check", "metrics", input=text.encode())
                self.assertEqual((check.returncode, check.stdout), (0, b""),
                                 args)

    def test_promtool_would_say_something(self):
        text = self.output("--prometheus", "--root", FULL)
        text = text.replace("_retries_total", "_retries")
        check = promtool(self, "check", "metrics", input=text.encode())
        self.assertNotEqual(check.stdout, b"")

    def test_help_has_meaning_and_pitfall(self):
        text = self.output("--prometheus", "--root", FULL, "--epochs")
        found = re.findall(r"(?m)^# HELP (\S+) (.*)$", text)
        self.assertGreater(len(found), 60)
        for name, words in found:
            self.assertRegex(words, r"\A[^.]+\. .+\.\Z", name)
        self.assertEqual(len({words for _, words in found}), len(found))

    def test_up(self):
        self.assertEqual(self.metrics("--root", FULL)["temporal_slab_up"], 1)
        self.assertEqual(self.metrics("--root", FULL, "--instance", "none"),
                         {'temporal_slab_up{instance_name="none"}': 0})

    def test_first_mistake_is_growth(self):
        """Series of misuse are there before there is any."""
        copy = self.copy(summary=("size_rejected 4", "size_rejected 0"))
        for args in [], ["--percpu"], ["--labels"]:
            text = self.output("--prometheus", "--root", copy, *args)
            for name in MISUSE + ["alloc_failed"]:
                self.assertIn(
                    f'temporal_slab_{name}_total{{size_class="128"}}', text)
            for name in ("size_rejected", "free_foreign", "handle_invalid",
                         "handle_stale"):
                self.assertIn(
                    f'\ntemporal_slab_{name}_total{{size_class="0"}}', text)

    def test_percpu_is_read_only_if_asked_for(self):
        copy = self.copy()
        (copy / "percpu").write_text("garbage\n")
        self.assertEqual(
            self.output("--prometheus", "--root", copy),
            self.output("--prometheus", "--root", FULL))
        self.assert_error(
            self.run_binary("--prometheus", "--root", copy, "--percpu"),
            ERROR, "percpu: line 1: not a version")
        (copy / "percpu").unlink()
        self.assert_error(
            self.run_binary("--prometheus", "--root", copy, "--percpu"),
            ERROR, "percpu: not there")

    def test_cpus_are_bounded(self):
        copy = self.copy()
        with open(copy / "percpu", "a", encoding="utf-8") as file:
            for cpu in range(60, 1000):
                for size in 64, 128:
                    file.write(f"{cpu} {size} alloc_objects 7\n")
        total = sum(value for name, value in self.metrics(
            "--root", copy, "--percpu").items()
            if name.startswith("temporal_slab_alloc_objects_total"))
        text = self.output("--prometheus", "--root", copy, "--percpu")
        cpus = set(re.findall(r'cpu="(\w+)"', text))
        self.assertEqual(cpus, {*"0 1 10 60 61 62 63 other".split()})
        self.assertIn('temporal_slab_alloc_objects_total{size_class="128",'
                      f'cpu="other"}} {7 * (1000 - 64)}\n', text)
        self.assertEqual(total, 80950 + 7 * 2 * 940)

    def epochs_tree(self, nr):
        copy = self.copy()
        with open(copy / "epochs", "a", encoding="utf-8") as file:
            for i in range(nr):
                file.write(f"many {i} {i + 1} draining l {i}000000000 1 0 1 0 "
                           f"0 9 {(i * 7) % nr + 100}\n")
        return copy

    def test_epochs_are_bounded(self):
        """Whatever happens to a machine: those of 16 names and other."""
        seen, alone = set(), 0
        for scrape in range(40):
            copy = self.copy()
            with open(copy / "epochs", "a", encoding="utf-8") as file:
                for i in range(64):
                    n = 64 * scrape + i
                    file.write(f"many{scrape} {n % 256} {n + 9} draining "
                               f"req-{n} {n}000000000 1 0 1 0 0 9 {i + 100}\n")
            new = set(self.metrics("--root", copy))
            alone = alone or len(new)
            seen |= new
        self.assertEqual(len(seen), alone)
        for word in "req-", "many", "index=", "era=":
            self.assertNotIn(word, " ".join(seen))
        self.assertEqual(
            set(re.findall(r'label="((?:[^"\\]|\\.)*)"', " ".join(seen))),
            {r"batch\\x22\\x5c", "other", "session", "-"})

    def test_draining_by_label(self):
        page = os.sysconf("SC_PAGESIZE")
        copy = self.copy()
        with open(copy / "epochs", "a", encoding="utf-8") as file:
            for i, (label, age, size) in enumerate((
                    ("session", 50, 2 << 20), ("session", 40, 3 << 20),
                    ("session", 9000, 1 << 20), ("-", 7, 1 << 16))):
                file.write(f"many {i} 9 draining {label} {age}000000000 1 0 1 "
                           f"0 0 9 {size // page}\n")
        for args in [], ["--epochs"], ["--percpu"], ["--labels"]:
            series = self.metrics("--root", copy, *args)
            for label, values in (("session", (3, 6 << 20, 3 << 20, 9000, 50)),
                                  ("-", (1, 1 << 16, 1 << 16, 7, 0))):
                self.assertEqual(values, tuple(
                    series[f'temporal_slab_draining_{name}{{label="{label}"}}']
                    for name in ("epochs", "held_bytes", "largest_bytes",
                                 "oldest_age_seconds",
                                 "large_oldest_age_seconds")))

    def test_single_epochs_only_if_asked_for(self):
        copy = self.epochs_tree(500)
        series = self.metrics("--root", copy)
        self.assertEqual([name for name in series if "slab_epoch_" in name and
                          "epoch_close" not in name], [])
        self.assertEqual(len(self.metrics("--root", copy, "--epochs")) -
                         len(series), 9 * 504)

    def test_sums_of_epochs(self):
        copy = self.epochs_tree(500)
        series = self.metrics("--root", copy)

        def value(name, state, age):
            return series[f'temporal_slab_{name}{{state="{state}",'
                          f'age="{age}"}}']
        page = os.sysconf("SC_PAGESIZE")
        self.assertEqual(
            [value("epochs", "draining", age)
             for age in ("0-1m", "1m-5m", "5m-1h", "1h+")],
            [60, 240 + 1, 200, 1])
        self.assertEqual(value("epochs", "open", "0-1m"), 1)
        self.assertEqual(value("epochs_held_bytes", "open", "0-1m"),
                         160 * page)
        self.assertEqual(
            sum(value("epochs_held_bytes", "draining", age)
                for age in ("0-1m", "1m-5m", "5m-1h", "1h+")),
            page * (16 + sum(range(100, 600))))

    def test_unknown_state(self):
        copy = self.copy(epochs=("17 open session", "17 odd session"))
        series = self.metrics("--root", copy)
        self.assertEqual(
            series['temporal_slab_epochs{state="open",age="0-1m"}'], 0)

    def test_instances_and_all_together_have_no_series_in_common(self):
        """The node exporter refuses to serve two that are the same."""
        both = set(self.metrics("--root", FULL)) & \
            set(self.metrics("--root", FULL, "--instance", "requests"))
        self.assertEqual(both, set())

    def test_default_is_bounded(self):
        self.assertLess(len(self.metrics("--root", BUSY)), 1500)


class NotLoaded(TslabstatTest):

    def mounted(self, mount, *args):
        unshare = ["unshare", "--mount", "sh", "-ec"]
        if os.path.exists("/sys/module/tslab"):
            self.skipTest("the module is loaded here")
        if os.geteuid() or subprocess.run(
                [*unshare, f"mount -t tmpfs none {DEBUGFS}"], check=False,
                stderr=subprocess.DEVNULL).returncode:
            self.skipTest("cannot mount in a namespace of its own")
        done = subprocess.run(
            [*unshare, mount + '; exec "$@"', "sh", self.binary,
             "--prometheus", *map(str, args)], check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode()

    def test_is_no_error(self):
        for kind in "tmpfs", "debugfs":
            mount = f"mount -t {kind} none {DEBUGFS}"
            self.assertEqual(series_of(self.mounted(mount)),
                             {"temporal_slab_up": 0})
            self.assertEqual(
                series_of(self.mounted(mount, "--instance", "a")),
                {'temporal_slab_up{instance_name="a"}': 0})

    def test_replaces_old_figures(self):
        output = self.root / "x.prom"
        self.output("--prometheus", "--root", FULL, "--output", output)
        self.assertIn("size_class", output.read_text())
        self.mounted(f"mount -t tmpfs none {DEBUGFS}", "--output", output)
        self.assertEqual(
            {name: value for name, value in
             series_of(output.read_text()).items() if "collector" not in name},
            {"temporal_slab_up": 0})


class Output(TslabstatTest):

    NAMES = ["x.collector.prom", "x.prom"]

    def setUp(self):
        super().setUp()
        self.dir = self.root / "textfile"
        self.dir.mkdir()
        self.path = self.dir / "x.prom"

    def names(self):
        return sorted(path.name for path in self.dir.iterdir())

    def collect(self, tree=FULL, *args, **kwargs):
        return self.run_binary("--prometheus", "--root", tree, "--output",
                               self.path, *args, **kwargs)

    def status(self):
        return series_of((self.dir / "x.collector.prom").read_text())

    def without_times(self):
        lines = self.path.read_text().splitlines(True)
        return "".join(line for line in lines if "_collector_" not in line)

    def test_same_as_printed_and_when(self):
        before = time.time()
        self.assertEqual(self.output("--prometheus", "--root", FULL,
                                     "--output", self.path), "")
        self.assertEqual(self.names(), self.NAMES)
        self.assertEqual(self.without_times(),
                         self.output("--prometheus", "--root", FULL))
        series = series_of(self.path.read_text())
        self.assertTrue(before - 1 <= series[
            "temporal_slab_collector_last_success_timestamp_seconds"] <=
            time.time() + 1)
        self.assertTrue(0 <= series[
            "temporal_slab_collector_duration_seconds"] <
            time.time() - before + 1)
        self.assertEqual(
            self.status()["temporal_slab_collector_success"], 1)
        for name in self.NAMES:
            text = (self.dir / name).read_bytes()
            check = promtool(self, "check", "metrics", input=text)
            self.assertEqual((check.returncode, check.stdout), (0, b""))

    def families(self):
        """All there are, as {name: "type words"}."""
        text = "".join(self.output("--prometheus", "--root", FULL, *args)
                       for args in ([], ["--epochs"], ["--percpu"],
                                    ["--labels"], ["--instance", "requests"]))
        self.collect()
        text += "".join((self.dir / name).read_text() for name in self.NAMES)
        kinds = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text))
        helps = set(re.findall(r"(?m)^# HELP (\S+) (.*)$", text))
        self.assertEqual(len(helps), len(kinds))
        return {name: f"{kinds[name]} {words}" for name, words in helps}

    def test_words_are_those_of_before(self):
        """
        Two versions that describe a family differently take figures away from
        each other while machines are updated. So trees/families is changed by
        hand, on purpose, and a better word is seldom worth it.
        """
        lines = (FULL.parent / "families").read_text().splitlines()
        self.assertEqual(self.families(), dict(line.split(" ", 1)
                                               for line in lines))
        self.assertEqual(lines, sorted(lines))

    def leftovers(self):
        return self.status()["temporal_slab_collector_leftover_files"]

    def test_leftovers(self):
        self.assertEqual(self.collect().returncode, 0)
        self.assertEqual(self.leftovers(), 0)
        whole = self.without_times()
        old = self.dir / "tslab-old.prom"
        family = "temporal_slab_cpu_hits_total"
        for text in (f"# HELP {family} Other words.\n# TYPE {family} counter\n"
                     f'{family}{{instance_name="old"}} 1\n',
                     f"# TYPE {family} gauge\n",
                     f'{family}{{size_class="64"}} 1\n',
                     "temporal_slab_collector_success 1\n"):
            old.write_text(text)
            self.assert_error(self.collect(), ERROR, f"{old}: ")
            self.assertEqual(self.leftovers(), 1)
            self.assertEqual(
                self.status()["temporal_slab_collector_success"], 1)
            self.assertEqual(self.without_times(), whole)
        shutil.copy(old, self.dir / "tslab-older.prom")
        self.collect()
        self.assertEqual(self.leftovers(), 2)

    def test_what_is_no_leftover(self):
        self.assertEqual(self.run_binary(
            "--prometheus", "--root", FULL, "--instance", "requests",
            "--output", self.dir / "x-requests.prom").returncode, 0)
        (self.dir / "other.prom").write_text("# HELP up Up.\nup 1\n")
        (self.dir / "tslab.txt").write_text("temporal_slab_up 1\n")
        (self.dir / "bytes.prom").write_bytes(b"\0\xff\n\n#")
        (self.dir / "dir.prom").mkdir()
        os.mkfifo(self.dir / "fifo.prom")
        self.assertEqual(self.collect().returncode, 0)
        self.assertEqual(self.leftovers(), 0)

    def test_in_the_current_directory(self):
        self.path = "x.prom"
        self.assertEqual(self.collect(cwd=self.dir).returncode, 0)
        self.assertEqual(self.names(), self.NAMES)

    def test_instance_is_in_every_series(self):
        self.collect(FULL, "--instance", "requests")
        for name in self.NAMES:
            for series in series_of((self.dir / name).read_text()):
                self.assertIn('instance_name="requests"', series)

    def test_everybody_may_read_it(self):
        self.path.touch(0o600)
        self.assertEqual(self.collect(umask=0o077).returncode, 0)
        for name in self.NAMES:
            self.assertEqual(stat.S_IMODE((self.dir / name).stat().st_mode),
                             0o644)

    def assert_nothing_replaced(self, done, text):
        self.assert_error(done, ERROR, text)
        self.assertEqual(self.names(), self.NAMES)
        self.assertEqual(self.path.read_bytes(), self.good[0])
        self.assertEqual(self.path.stat().st_ino, self.good[1])
        self.assertEqual(
            self.status()["temporal_slab_collector_success"], 0)

    def collect_good(self):
        self.assertEqual(self.collect().returncode, 0)
        self.good = self.path.read_bytes(), self.path.stat().st_ino

    def test_half_written_source(self):
        self.collect_good()
        for name in ("class_128", "summary", "epochs", "lock_histogram",
                     "labels", "alloc_reasons"):
            copy = self.copy()
            text = (copy / name).read_bytes()
            for size in (0, 5, len(text) // 2 + 3, len(text) - 1):
                (copy / name).write_bytes(text[:size])
                self.assert_nothing_replaced(self.collect(copy), f"{name}: ")

    def test_malformed_source(self):
        self.collect_good()
        for change in (("live_bytes 384000", "live_bytes x"),
                       ("version 1", "version 2"), ("\n", "\n\0")):
            copy = self.copy(class_128=change)
            self.assert_nothing_replaced(self.collect(copy), "class_128: ")
        copy = self.copy()
        (copy / "class_64").unlink()
        os.mkdir(copy / "class_64")
        self.assert_nothing_replaced(self.collect(copy), "class_64: ")
        self.assert_nothing_replaced(self.collect(self.root / "none"),
                                     "No such file")
        self.collect_good()
        self.assertEqual(
            self.status()["temporal_slab_collector_success"], 1)

    def test_no_room(self):
        """A file that cannot be written whole is not written at all."""
        self.collect_good()

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        done = self.collect(preexec_fn=small_files)
        self.assert_nothing_replaced(done, "x.prom: File too large")

    def test_place_that_cannot_be_written(self):
        for path, text in ((self.dir / "none" / "x.prom", "No such file"),
                           (self.dir / ("n" * 250 + ".prom"), "too long"),
                           ("/proc/x.prom", "")):
            self.path = path
            self.assert_error(self.collect(), ERROR, text)
        self.assertEqual(self.names(), [])

    def test_directory_in_its_place(self):
        self.path.mkdir()
        self.assert_error(self.collect(), ERROR, "x.prom: ")
        self.assertEqual(self.names(), self.NAMES)
        self.assertEqual(
            self.status()["temporal_slab_collector_success"], 0)

    def test_no_permission(self):
        if os.geteuid():
            self.skipTest("needs root, to be somebody else")
        shutil.copy(self.binary, self.root / "binary")
        self.binary = str(self.root / "binary")
        done = self.collect(user=NOBODY, group=NOBODY, extra_groups=[])
        self.assert_error(done, ERROR, "Permission denied")
        self.assertEqual(self.names(), [])

    def test_symbolic_link_is_replaced(self):
        """The file it leads to may be anybody's."""
        target = self.root / "target"
        target.write_text("mine")
        self.path.symlink_to(target)
        self.assertEqual(self.collect().returncode, 0)
        self.assertEqual(target.read_text(), "mine")
        self.assertFalse(self.path.is_symlink())

    def test_signals_leave_nothing_behind(self):
        started = time.monotonic()
        self.collect()
        took = time.monotonic() - started
        whole = self.without_times()
        rnd = random.Random(1)
        ended = 0
        for i in range(60):
            word = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[i % 3]
            process = self.start("--prometheus", "--root", FULL, "--output",
                                 self.path)
            time.sleep(rnd.uniform(0, 1.2 * took))
            process.send_signal(word)
            ended += process.wait(60) == -word
            self.assertEqual(self.names(), self.NAMES)
            self.assertEqual(self.without_times(), whole)
        self.assertGreater(ended, 0)

    def test_reader_never_sees_a_part(self):
        whole = set()
        for tree in FULL, BUSY:
            self.collect(tree)
            whole.add(self.without_times())
        self.assertEqual(len(whole), 2)
        done = threading.Event()
        seen = {}

        def read():
            while not done.is_set():
                text = self.without_times()
                seen[text] = seen.get(text, 0) + 1
        reader = threading.Thread(target=read)
        reader.start()
        try:
            for i in range(100):
                self.assertEqual(
                    self.collect((FULL, BUSY)[i % 2]).returncode, 0)
        finally:
            done.set()
            reader.join()
        self.assertEqual(set(seen), whole)

    def test_two_writers(self):
        writers = [self.start("--prometheus", "--root", FULL, "--output",
                              self.path) for _ in range(20)]
        for writer in writers:
            self.assertEqual(writer.wait(60), 0)
        self.assertEqual(self.names(), self.NAMES)
        self.assertEqual(self.without_times(),
                         self.output("--prometheus", "--root", FULL))


class Failure(TslabstatTest):
    """A collector that does not come to reading leaves word of that."""

    def failed(self, *args, name="x"):
        output = self.root / f"{name}.prom"
        status = self.root / f"{name}.collector.prom"
        status.unlink(missing_ok=True)
        done = self.run_binary("--prometheus", *args, "--output", output)
        self.assert_error(done, 2, "")
        self.assertFalse(output.exists())
        series = series_of(status.read_text())
        check = promtool(self, "check", "metrics", input=status.read_bytes())
        self.assertEqual((check.returncode, check.stdout), (0, b""))
        status.unlink()
        return series

    def test_wrong_arguments(self):
        for args in (["--nonsense"], ["--epochs", "--labels"], ["1"],
                     ["--warn-age", "1"], ["--json"]):
            self.assertEqual(self.failed(*args)[
                "temporal_slab_collector_success"], 0)

    def test_wrong_instance(self):
        """Not a series of the collector of all instances."""
        for name, label in (("my/server", "my/server"), ('a"b', r'a\"b'),
                            ("\xfc\n", "???"), (r"my\x2fserver", "my/server"),
                            ("x" * 40, "x" * 40)):
            self.assertEqual(
                self.failed("--instance", name)[
                    "temporal_slab_collector_success"
                    f'{{instance_name="{label}"}}'], 0)
        self.assertIn(
            'temporal_slab_collector_success{instance_name="my-server"}',
            self.failed("--nonsense", "--instance", r"my\x2dserver"))

    def test_nothing_is_written_without_being_a_collector(self):
        for args in (["--output", "x.prom"], ["--nonsense", "--output",
                     "x.prom"], ["--prometheus", "--output", "x.txt"]):
            self.assert_error(self.run_binary(*args, cwd=self.root), 2, "")
        self.assertEqual(list(self.root.iterdir()), [])

    def test_missing_directory_is_told(self):
        path = self.root / "none" / "x.prom"
        self.assert_error(self.run_binary(
            "--prometheus", "--root", FULL, "--output", path), ERROR,
            f"{path}: No such file or directory")


class Units(TslabstatTest):
    """What systemd would run, as far as that is known without it."""

    SYSTEMD = TOOLS / "systemd"

    def units(self):
        return sorted(self.SYSTEMD.glob("*.service.in"))

    @staticmethod
    def escape(name):
        """As systemd-escape(1) does; of a name without a slash."""
        return "".join(
            c if re.fullmatch(r"[A-Za-z0-9:_.]", c) and not (c == "." and not i)
            else f"\\x{ord(c):02x}" for i, c in enumerate(name))

    @staticmethod
    def unescape(name):
        """%I."""
        return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)),
                      name.replace("-", "/"))

    def collect(self, unit_name):
        """ExecStart= of tslab-metrics@unit_name."""
        text = (self.SYSTEMD / "tslab-metrics@.service.in").read_text()
        words = re.search(r"(?m)^ExecStart=\S+ (.*)$", text)[1].split()
        args = []
        for word in words:
            if word == "$TSLABSTAT_OPTIONS":
                args += ["--root", self.tree]
                continue
            word = word.replace("%i", unit_name)
            word = word.replace("%I", self.unescape(unit_name))
            args.append(word.replace("/var/lib/prometheus/node-exporter",
                                     str(self.dir)))
        return self.run_binary(*args)

    def test_every_name(self):
        names = ["my-server", "requests", "a.b", "a:b_c", "-", "--root", "a%b",
                 "$HOME", "~", "%i", "a'b", "x" * 31, "@",
                 "".join(map(chr, range(0x21, 0x2f))).translate(
                     {ord(c): None for c in '"#'}),
                 "".join(map(chr, range(0x3a, 0x41))), "[]^`{|}~", "-x" * 15,
                 "x2d-", "*?[a]"]
        self.tree = self.copy()
        self.dir = self.root / "textfile"
        for name in names:
            shutil.rmtree(self.tree / "instances" / name, ignore_errors=True)
            shutil.copytree(FULL / "instances" / "requests",
                            self.tree / "instances" / name)
            forms = {self.escape(name)}
            if re.fullmatch(r"[A-Za-z0-9:_.@-]+", name):
                forms.add(name)         # what people type
            for unit_name in forms:
                self.dir.mkdir()
                done = self.collect(unit_name)
                self.assertEqual((done.returncode, done.stderr), (0, b""),
                                 unit_name)
                text = "".join(path.read_text()
                               for path in self.dir.iterdir())
                label = name.replace('"', r'\"')
                self.assertIn("temporal_slab_up"
                              f'{{instance_name="{label}"}} 1\n', text)
                self.assertEqual(set(re.findall(r'instance_name="([^"]*)"',
                                                text)), {label})
                self.assertEqual(len(list(self.dir.iterdir())), 2)
                shutil.rmtree(self.dir)

    def test_missing_directories_are_left_to_tslabstat(self):
        """A path that must be there ends a unit before its program runs."""
        self.assertEqual(len(self.units()), 2)
        for unit in self.units():
            paths = re.findall(r"(?m)^(?:(?:ReadWrite|ReadOnly|Inaccessible|"
                               r"Exec|Bind|BindReadOnly)Paths|EnvironmentFile|"
                               r"WorkingDirectory|LoadCredential)=(.*)$",
                               unit.read_text())
            self.assertEqual(len(paths), 2)
            for path in " ".join(paths).split():
                self.assertTrue(path.startswith("-"), (unit.name, path))

    def test_names_are_not_unescaped_by_systemd(self):
        for path in self.SYSTEMD.iterdir():
            lines = [line for line in path.read_text().splitlines()
                     if not line.startswith("#")]
            self.assertNotIn("%I", "\n".join(lines), path.name)


class Rules(unittest.TestCase):

    TESTS = sorted((TOOLS / "prometheus" / "tests").glob("*.yml"))

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tslab-rules."))
        self.addCleanup(shutil.rmtree, self.dir)
        (self.dir / "tests").mkdir()
        for path in self.TESTS:
            shutil.copy(path, self.dir / "tests")
        self.rules = dashboard.RULES.read_text(encoding="utf-8")

    def run_tests(self, rules, about=""):
        """Those that mention something."""
        (self.dir / "tslab.rules.yml").write_text(rules, encoding="utf-8")
        return promtool(self, "test", "rules",
                        *[path for path in (self.dir / "tests").iterdir()
                          if about in path.read_text(encoding="utf-8")])

    def test_check(self):
        check = promtool(self, "check", "rules", dashboard.RULES)
        self.assertEqual(check.returncode, 0, check.stdout.decode())

    def test_tests(self):
        check = self.run_tests(self.rules)
        self.assertEqual(check.returncode, 0, check.stdout.decode())

    def test_each_alert_fires_and_does_not(self):
        text = "".join(path.read_text(encoding="utf-8")
                       for path in self.TESTS)
        self.assertGreaterEqual(len(dashboard.alerts()), 9)
        for alert in dashboard.alerts():
            cases = re.findall(rf"alertname: {alert}\n +exp_alerts:(.*)", text)
            self.assertIn("", cases, f"{alert} never fires")
            self.assertIn(" []", cases, f"{alert} always fires")

    def test_tests_can_fail(self):
        """What each alert says and how long it waits matters to some test."""
        for alert in dashboard.alerts():
            at = self.rules.index(f"- alert: {alert}\n")
            end = self.rules.find("- alert: ", at + 1)
            part = self.rules[at:end if end > 0 else None]
            broken = [("never", re.sub(r"(?s)expr: .*?(?=\n        \w+:)",
                                       "expr: vector(1) > 2", part)),
                      ("always", re.sub(r"(?s)expr: .*?(?=\n        \w+:)",
                                        "expr: vector(1)", part))]
            if "        for: " in part:
                broken.append(("at once", re.sub(r"\n +for: \w+", "", part)))
            for how, other in broken:
                with self.subTest(f"{alert} fires {how}"):
                    self.assertNotEqual(other, part)
                    check = self.run_tests(self.rules.replace(part, other),
                                           alert)
                    self.assertIn("FAILED", check.stdout.decode())

    def test_each_alert_is_complete(self):
        for alert in dashboard.alerts():
            part = self.rules[self.rules.index(f"- alert: {alert}\n"):]
            part = re.split(r"\n      - ", part)[0]
            self.assertRegex(part, r"severity: (warning|critical)\n")
            for name in "summary", "description":
                self.assertRegex(part, rf"        {name}: \S")
            self.assertIn(f"runbook: Documentation/monitoring.rst, {alert}",
                          part)

    def test_ratios_have_guards(self):
        for line in self.rules.splitlines():
            if " / " in line and "expr" not in line.split(" / ")[1]:
                self.assertRegex(line, r" / \(.* > 0\)", line)


class Page(unittest.TestCase):

    def setUp(self):
        self.page = PAGE.read_text(encoding="utf-8")

    def sections(self):
        return re.findall(r"(?m)^(\w.*)\n[-=~]{3,}$", self.page)

    def test_each_alert_has_a_section(self):
        named = [title for title in self.sections()
                 if re.fullmatch(r"Tslab\w+", title)]
        self.assertEqual(named, dashboard.alerts())

    def test_each_panel_has_a_picture_and_words(self):
        for panel in dashboard.panels():
            self.assertRegex(self.page, rf"(?m)^{panel['title']}$")
            self.assertIn(f".. image:: images/monitoring/{draw.name(panel)}",
                          self.page)


class Dashboard(TslabstatTest):

    def test_schema(self):
        data = dashboard.load()
        self.assertGreaterEqual(data["schemaVersion"], 38)      # Grafana 10
        ids = [panel["id"] for panel in data["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        taken = set()
        for panel in data["panels"]:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24)
            for x in range(at["x"], at["x"] + at["w"]):
                for y in range(at["y"], at["y"] + at["h"]):
                    self.assertNotIn((x, y), taken, panel["title"])
                    taken.add((x, y))
        titles = [panel["title"] for panel in dashboard.panels()]
        self.assertEqual(len(titles), len(set(titles)))
        for panel in dashboard.panels():
            self.assertGreater(len(panel["description"]), 20)
            self.assertIn(panel["type"], (
                "timeseries", "stat", "gauge", "bargauge", "heatmap", "table"))
        self.assertEqual(set(dashboard.variables()),
                         {"machine", "instance", "class"})

    def test_bands(self):
        for title in "Lock contention", "CAS retries per allocation", \
                "Fast-path CAS failures":
            panel, = [panel for panel in dashboard.panels()
                      if panel["title"] == title]
            steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
            self.assertEqual([step["value"] for step in steps],
                             [None, 0.05, 0.2])

    def test_every_metric_exists(self):
        there = self.output("--prometheus", "--root", FULL)
        output = self.root / "x.prom"
        self.output("--prometheus", "--root", FULL, "--output", output)
        for path in output, self.root / "x.collector.prom":
            there += path.read_text()
        rules = dashboard.RULES.read_text(encoding="utf-8")
        names = {*re.findall(r"(?m)^(\w+)(?:\{| )", there),
                 *re.findall(r"- record: (\S+)", rules)}
        for text in json.dumps(dashboard.load()), rules:
            used = set(re.findall(r"\btemporal_slab_\w+|\btslab:[\w:]+", text))
            self.assertGreater(len(used), 10)
            self.assertEqual(used - names, set())


class Install(unittest.TestCase):

    def install(self, **variables):
        root = pathlib.Path(tempfile.mkdtemp(prefix="tslab-install."))
        self.addCleanup(shutil.rmtree, root)
        subprocess.run(
            ["make", "-s", "-C", TOOLS, "install", f"DESTDIR={root}",
             *[f"{name}={value}" for name, value in variables.items()]],
            check=True, stdout=subprocess.DEVNULL, timeout=120,
            env={name: value for name, value in os.environ.items()
                 if not name.startswith("MAKE")})
        return root

    def files(self, prefix):
        return {f"{prefix}/{name}" for name in (
            "sbin/tslabstat", "sbin/tslab-bench",
            "share/man/man8/tslabstat.8", "share/man/man8/tslab-bench.8",
            "share/tslab/tslab.rules.yml", "share/tslab/tslab.json",
            "share/tslab/drgn/tslab.py",
            *(f"share/tslab/drgn/tslab_helpers/{name}.py" for name in (
                "__init__", "figures", "find", "program", "walk")),
            "share/bash-completion/completions/tslabstat",
            "share/bash-completion/completions/tslab-bench",
            "lib/systemd/system/tslab-metrics.service",
            "lib/systemd/system/tslab-metrics.timer",
            "lib/systemd/system/tslab-metrics@.service",
            "lib/systemd/system/tslab-metrics@.timer")}

    def check(self, root, prefix):
        found = {"/" + str(path.relative_to(root))
                 for path in root.rglob("*") if path.is_file()}
        self.assertEqual(found, self.files(prefix))
        for name in found:
            mode = stat.S_IMODE((root / name[1:]).stat().st_mode)
            self.assertEqual(mode, 0o755 if "/sbin/" in name else 0o644, name)
            if name.endswith(".service"):
                text = (root / name[1:]).read_text()
                self.assertIn(f"\nExecStart={prefix}/sbin/tslabstat "
                              "--prometheus ", text)
                self.assertNotIn("@sbindir@", text)
                self.assertNotIn(str(root), text)

    def test_default_prefix(self):
        self.check(self.install(), "/usr/local")

    def test_prefix(self):
        self.check(self.install(prefix="/opt/tslab"), "/opt/tslab")

    def test_units(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not there (Debian package "
                          "systemd)")
        # It looks for the program where the unit says it is.
        root = pathlib.Path(tempfile.mkdtemp(prefix="tslab-install."))
        self.addCleanup(shutil.rmtree, root)
        subprocess.run(["make", "-s", "-C", TOOLS, "install",
                        f"prefix={root}"], check=True, timeout=120,
                       stdout=subprocess.DEVNULL,
                       env={name: value for name, value in os.environ.items()
                            if not name.startswith("MAKE")})
        units = root / "lib/systemd/system"
        for unit in "tslab-metrics.timer", "tslab-metrics.service", \
                "tslab-metrics@requests.timer":
            if "@" in unit:
                for kind in "timer", "service":
                    shutil.copy(units / f"tslab-metrics@.{kind}",
                                units / f"tslab-metrics@requests.{kind}")
            done = subprocess.run(
                ["systemd-analyze", "verify", "--man=no",
                 "--recursive-errors=one", units / unit],
                check=False, timeout=60,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((done.returncode, done.stdout.decode()), (0, ""),
                             unit)


if __name__ == "__main__":
    sys.exit(run.main(sys.argv[1:], sys.modules[__name__]))
