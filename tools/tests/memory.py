#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of where tslabstat says that the memory is.

usage: memory.py BINARY...

No kernel module is needed. As run.py, of which these are a part by their kind:
trees/full is a module with two instances, all else is made of it.
"""

import json
import os
import re
import shutil
import sys

import run
from run import BUSY, ERROR, FULL, U64_MAX, TslabstatTest

PAGE = os.sysconf("SC_PAGESIZE")
BYTES = ("live_bytes", "unused_bytes", "committed_bytes", "metadata_bytes",
         "total_bytes")


def tables(text):
    """[[{heading: cell}]], of what blank lines are between."""
    found = []
    for part in text.split("\n\n"):
        heading, *lines = [line.split() for line in part.splitlines()]
        for line in lines:
            assert len(line) == len(heading), line
        found.append([dict(zip(heading, line)) for line in lines])
    return found


class Nodes(TslabstatTest):

    HEAD = "version 1\n# instance node slabs pages slab_hit slab_miss slab_foreign\n"

    def tree(self, *lines):
        copy = self.copy()
        (copy / "nodes").write_text(self.HEAD + "".join(
            f"{line}\n" for line in lines))
        return copy

    def rows(self, *args):
        table, = tables(self.output("--nodes", *args))
        return {(row["INSTANCE"], row["NODE"]): row for row in table}

    def test_sums_by_node(self):
        rows = self.rows("--root", self.tree(
            "a 0 1 8 90 4 10", "a 10 2 4 0 0 0", "b 0 3 16 9 1 1",
            "b 9 1 1 0 7 0"))
        self.assertEqual(list(rows), [
            ("a", "0"), ("a", "10"), ("b", "0"), ("b", "9"),
            ("all", "0"), ("all", "9"), ("all", "10")])
        row = rows["all", "0"]
        self.assertEqual([row[name] for name in (
            "SLABS", "PAGES", "HIT", "MISS", "FOREIGN", "HIT%")],
            ["4", "24", "99", "5", "11", "90.00"])
        self.assertEqual(row["COMMITTED(KiB)"], str(24 * PAGE // 1024))

    def test_share_is_of_what_was_to_be_there(self):
        rows = self.rows("--root", self.tree("a 0 1 1 3 100 1",
                                             "a 1 1 1 0 5 0"))
        self.assertEqual(rows["a", "0"]["HIT%"], "75.00")
        self.assertEqual(rows["a", "1"]["HIT%"], "-")

    def test_idle_ones_only_with_all(self):
        tree = self.tree("a 0 0 0 0 0 0", "a 1 0 0 0 0 1")
        self.assertNotIn(("a", "0"), self.rows("--root", tree))
        self.assertIn(("a", "1"), self.rows("--root", tree))
        self.assertIn(("a", "0"), self.rows("--root", tree, "--all"))

    def test_none(self):
        self.assertEqual(self.rows("--root", self.tree()), {})
        self.assertEqual(self.json("--root", self.tree())["nodes"], [])

    def test_largest_figures(self):
        line = " ".join([str(U64_MAX)] * 5)
        rows = self.rows("--root", self.tree(f"a 0 {line}", f"b 0 {line}"))
        for row in rows.values():
            self.assertEqual(row["PAGES"], str(U64_MAX))
            self.assertEqual(row["COMMITTED(KiB)"], str(U64_MAX // 1024))

    def test_json(self):
        self.assertEqual(self.json("--root", FULL)["nodes"][1], {
            "instance": "requests", "node": 1, "slabs": 16, "pages": 44,
            "slab_hit": 30, "slab_miss": 15, "slab_foreign": 5})

    def test_interval(self):
        """Hits are of the interval, what is there is there."""
        link = self.root / "link"
        link.symlink_to(FULL)
        process = self.start("--json", "--root", link, "0.3", "2")
        process.stdout.readline()
        new = self.root / "new"
        new.symlink_to(self.copy(nodes=("requests 0 404 132 480 5 15",
                                        "requests 0 400 130 487 6 15")))
        new.rename(link)
        second = json.loads(process.stdout.readline())
        self.assertEqual(second["nodes"][0], {
            "instance": "requests", "node": 0, "slabs": 400, "pages": 130,
            "slab_hit": 7, "slab_miss": 1, "slab_foreign": 0})
        self.assertEqual(second["memory"],
                         self.json("--root", FULL)["memory"])

    def test_series(self):
        many = [f"a {node} 1 {node + 1} 0 0 0" for node in range(70)]
        text = self.output("--prometheus", "--root",
                           self.tree(*many, "b 3 1 10 0 0 0"))
        series = dict(re.findall(
            r'(?m)^temporal_slab_node_held_bytes\{node="(\w+)"\} (\d+)$', text))
        self.assertEqual(set(series),
                         {*(str(node) for node in range(64)), "other"})
        self.assertEqual(series["3"], str(14 * PAGE))
        self.assertEqual(series["other"], str(sum(range(65, 71)) * PAGE))


class Total(TslabstatTest):
    """What the first table is of."""

    def total(self, *args):
        return self.json(*args)["memory"]["total"]

    def test_it_is_the_sum_of_its_parts(self):
        total = self.total("--root", FULL)
        counters = self.json("--root", FULL)["total"]["counters"]
        for name in "live_bytes", "committed_bytes", "metadata_bytes":
            self.assertEqual(total[name], counters[name])
        self.assertEqual(total["stock_bytes"], 12 * PAGE)
        self.assertEqual(total["total_bytes"], total["committed_bytes"] +
                         total["stock_bytes"] + total["metadata_bytes"])
        self.assertEqual(total["unused_bytes"], total["committed_bytes"] -
                         total["live_bytes"])
        self.assertEqual(total["draining_bytes"], 16 * PAGE)

    def test_table_has_the_same(self):
        total = self.total("--root", FULL)
        row, = tables(self.output("--memory", "--root", FULL))[0]
        for heading, cell in row.items():
            name = heading.removesuffix("(KiB)").lower() + "_bytes"
            self.assertEqual(int(cell), total[name] // 1024, heading)
        self.assertEqual(len(row), len(total))

    def test_more_live_than_committed(self):
        """As far as both were read while CPUs count."""
        copy = self.copy(summary=("total_live_bytes 432384",
                                  "total_live_bytes 999999"))
        self.assertEqual(self.total("--root", copy)["unused_bytes"], 0)

    def test_stock_is_of_no_instance(self):
        total = self.total("--root", FULL, "--instance", "requests")
        self.assertIsNone(total["stock_bytes"])
        self.assertEqual(total["total_bytes"], total["committed_bytes"] +
                         total["metadata_bytes"])
        row, = tables(self.output("--memory", "--root", FULL, "--instance",
                                  "requests"))[0]
        self.assertEqual(row["STOCK(KiB)"], "-")
        self.assertNotIn('part="stock"', self.output(
            "--prometheus", "--root", FULL, "--instance", "requests"))

    def test_module_that_does_not_count_it(self):
        copy = self.copy(summary=("total_metadata_bytes 32256\n", ""))
        total = self.total("--root", copy)
        self.assertIsNone(total["metadata_bytes"])
        self.assertIsNone(total["total_bytes"])
        first, _, instances, types, _, _ = tables(
            self.output("--memory", "--root", copy))
        for rows in first, instances, types:
            for row in rows:
                self.assertEqual((row["METADATA(KiB)"], row["TOTAL(KiB)"]),
                                 ("-", "-"))
        text = self.output("--prometheus", "--root", copy)
        self.assertEqual(set(re.findall(r'_memory_bytes\{part="(\w+)"', text)),
                         {"committed", "stock"})
        copy = self.copy(summary=("total_stock_pages 12\n", ""))
        self.assertIsNone(self.total("--root", copy)["stock_bytes"])

    def test_largest_figures(self):
        text = (FULL / "summary").read_text()
        copy = self.copy()
        (copy / "summary").write_text(re.sub(r"(?m)^(total_\w+) \d+$",
                                             rf"\1 {U64_MAX}", text))
        total = self.total("--root", copy)
        for name in "stock_bytes", "total_bytes":
            self.assertEqual(total[name], U64_MAX)
        self.output("--memory", "--root", copy)

    def test_series(self):
        total = self.total("--root", FULL)
        text = self.output("--prometheus", "--root", FULL)
        parts = dict(re.findall(
            r'(?m)^temporal_slab_memory_bytes\{part="(\w+)"\} (\d+)$', text))
        self.assertEqual(set(parts), {"committed", "stock", "metadata"})
        self.assertEqual(sum(map(int, parts.values())), total["total_bytes"])


class Meminfo(TslabstatTest):
    """What the kernel says, beside it."""

    def test_lines(self):
        self.assertEqual(self.json("--root", FULL)["memory"]["meminfo"], {
            "slab_bytes": 11024 << 10, "sreclaimable_bytes": 1476 << 10,
            "sunreclaim_bytes": 9548 << 10})
        row, = tables(self.output("--memory", "--root", FULL))[1]
        self.assertEqual(row, {"SLAB(KiB)": "11024",
                               "SRECLAIMABLE(KiB)": "1476",
                               "SUNRECLAIM(KiB)": "9548"})

    def test_of_an_instance_too(self):
        self.assertEqual(
            self.json("--root", FULL, "--instance",
                      "requests")["memory"]["meminfo"]["slab_bytes"],
            11024 << 10)

    def test_copy_without_it(self):
        """Not that of the machine that looks at the copy."""
        copy = self.copy()
        (copy / "meminfo").unlink()
        self.assertIsNone(self.json("--root", copy)["memory"]["meminfo"])
        row, = tables(self.output("--memory", "--root", copy))[1]
        self.assertEqual(set(row.values()), {"-"})

    def test_malformed(self):
        for old, new, message in (
                ("Slab:              11024 kB", "Slab: x kB",
                 "malformed Slab:"),
                ("Slab:              11024 kB", "Slab: -1 kB",
                 "malformed Slab:"),
                ("Slab:              11024 kB", "Slab: 11024",
                 "malformed Slab:"),
                ("Slab:              11024 kB", "Slab: 11024 MB",
                 "malformed Slab:"),
                ("Slab:              11024 kB", f"Slab: {2**54} kB",
                 "malformed Slab:"),
                ("Slab:              11024 kB\n", "",
                 "truncated: no Slab:"),
                ("SUnreclaim:         9548 kB\n", "",
                 "truncated: no SUnreclaim:"),
                ("KernelStack:        1344 kB", "Slab: 1 kB",
                 "duplicate Slab:"),
                ("KernelStack:", "Kernel\0Stack:", "not a text file")):
            copy = self.copy(meminfo=(old, new))
            for option in "--memory", "--json":
                done = self.run_binary("--root", copy, option)
                self.assert_error(done, ERROR, f"{copy}/meminfo: ")
                self.assert_error(done, ERROR, message)
            self.output("--root", copy)
            self.output("--root", copy, "--prometheus")

    def test_largest(self):
        copy = self.copy(meminfo=("11024 kB", f"{2**54 - 1} kB"))
        self.assertEqual(
            self.json("--root", copy)["memory"]["meminfo"]["slab_bytes"],
            (2**54 - 1) << 10)

    def test_that_it_is_no_file(self):
        copy = self.copy()
        (copy / "meminfo").unlink()
        os.mkfifo(copy / "meminfo")
        self.assert_error(self.run_binary("--root", copy, "--memory"), ERROR,
                          "meminfo: not a regular file")


class OwnMeminfo(run.Mounted):
    """That of the machine, without --root."""

    IN_DEBUGFS = f"cp -r {FULL} {run.DEBUGFS}/tslab;"

    def slab_bytes(self, commands):
        done = self.run_mounted(commands, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        meminfo = json.loads(done.stdout)["memory"]["meminfo"]
        return meminfo and meminfo["slab_bytes"]

    def test_it_is_read(self):
        with open("/proc/meminfo", encoding="ascii") as file:
            now = int(re.search(r"(?m)^Slab: +(\d+) kB$", file.read())[1])
        self.assertAlmostEqual(self.slab_bytes(self.IN_DEBUGFS), now << 10,
                               delta=512 << 20)
        self.assertIsNone(self.slab_bytes(self.IN_PROCFS))


class Instances(TslabstatTest):

    def instances(self, *args):
        return self.json(*args)["memory"]["instances"]

    def test_sum_is_the_total(self):
        total = self.json("--root", FULL)["memory"]["total"]
        rows = self.instances("--root", FULL)
        self.assertEqual([row["instance"] for row in rows],
                         ["requests", "sessions"])
        for name in (*BYTES, "draining_bytes"):
            less = total["stock_bytes"] if name == "total_bytes" else 0
            self.assertEqual(sum(row[name] for row in rows),
                             total[name] - less, name)

    def test_one(self):
        rows = self.instances("--root", FULL, "--instance", "sessions")
        self.assertEqual(rows, [self.instances("--root", FULL)[1]])

    def many(self):
        """Another 30, each of which has more than the one before."""
        copy = self.copy()
        for i in range(30):
            to = copy / "instances" / f"i{i}"
            shutil.copytree(copy / "instances" / "sessions", to)
            text = (to / "summary").read_text()
            (to / "summary").write_text(re.sub(
                r"(total_committed_bytes) \d+", rf"\1 {(i + 99) << 20}", text))
        return copy

    def test_largest_come_first_and_the_rest_is_summed(self):
        copy = self.many()
        rows = tables(self.output("--memory", "--root", copy))[2]
        self.assertEqual([row["INSTANCE"] for row in rows],
                         [f"i{i}" for i in range(29, 21, -1)] + ["others"])
        self.assertEqual(
            int(rows[-1]["COMMITTED(KiB)"]),
            sum((i + 99) << 10 for i in range(22)) + (720896 + 32768) // 1024)
        rows = tables(self.output("--memory", "--all", "--root", copy))[2]
        self.assertEqual(len(rows), 32)
        self.assertNotIn("others", [row["INSTANCE"] for row in rows])

    def test_one_that_goes_meanwhile(self):
        """A dangling link is listed and cannot be opened."""
        copy = self.copy()
        (copy / "instances" / "gone").symlink_to("nowhere")
        self.assertEqual(self.instances("--root", copy),
                         self.instances("--root", FULL))

    def test_none(self):
        copy = self.copy()
        shutil.rmtree(copy / "instances")
        self.assert_error(self.run_binary("--root", copy, "--memory"), ERROR,
                          "instances: not there")
        self.assertIsNone(self.instances("--root", copy))
        (copy / "instances").mkdir()
        self.assertEqual(self.instances("--root", copy), [])
        self.output("--root", copy, "--memory")

    def test_malformed(self):
        def change(path, content):
            if content is None:
                path.unlink()
            else:
                path.write_text(content)
        text = (FULL / "instances" / "sessions" / "summary").read_text()
        for content, message in (
                ("", "empty file"), (text[:-1], "truncated"),
                (text.replace("total_live_bytes", "total_x"),
                 "truncated: no total_live_bytes"),
                (None, "removed while reading")):
            copy = self.copy()
            change(copy / "instances" / "sessions" / "summary", content)
            for option in "--memory", "--json":
                done = self.run_binary("--root", copy, option)
                self.assert_error(done, ERROR, "instances/sessions: summary: ")
                self.assert_error(done, ERROR, message)
            # Who does not ask for it is not told.
            self.output("--root", copy)
            self.output("--root", copy, "--prometheus")

    def test_that_is_no_directory(self):
        copy = self.copy()
        (copy / "instances" / "file").write_text("")
        self.assert_error(self.run_binary("--root", copy, "--memory"), ERROR,
                          "instances/file: file: Not a directory")
        # No instance has such a name.
        (copy / "instances" / "file").rename(copy / "instances" / ".file")
        self.output("--root", copy, "--memory")


CACHES = """version 1
# instance cache size name value
requests header 40 live_objects 20
requests header 40 live_bytes 800
requests header 40 committed_bytes 4096
requests header 40 metadata_bytes 256
requests header 40 partial_slabs 3
requests header 40 full_slabs 2
requests header 40 cached_slabs 1
requests inode 1160 alloc_objects 7
"""


class Types(TslabstatTest):

    def tree(self):
        """Caches are in the summary with what has no class."""
        copy = self.copy(summary=("total_committed_bytes 753664",
                                  "total_committed_bytes 757760"))
        (copy / "caches").write_text(CACHES)
        return copy

    def test_sum_is_the_total(self):
        data = self.json("--root", self.tree())["memory"]
        for name in "committed_bytes", "metadata_bytes":
            self.assertEqual(sum(row[name] for row in data["types"]),
                             data["total"][name])

    def test_rows(self):
        types = self.json("--root", self.tree())["memory"]["types"]
        self.assertEqual(
            [(row["instance"], row["cache"], row["size"]) for row in types],
            [(None, None, 64), (None, None, 128), (None, None, 4096),
             ("requests", "header", 40), ("requests", "inode", 1160),
             (None, None, 0)])
        self.assertEqual([types[3][name] for name in BYTES],
                         [800, 3296, 4096, 256, 4352])
        self.assertEqual([types[5][name] for name in BYTES],
                         [0, 0, 0, 20480 - 256, 20480 - 256])

    def test_table(self):
        rows = tables(self.output("--memory", "--root", self.tree()))[3]
        self.assertEqual(
            [(row["INSTANCE"], row["CACHE"], row["SIZE"]) for row in rows],
            [("-", "-", "128"), ("-", "-", "4096"), ("-", "-", "64"),
             ("-", "-", "-"), ("requests", "header", "40")])
        rows = tables(self.output("--memory", "--all", "--root",
                                  self.tree()))[3]
        self.assertIn(("requests", "inode"), [(row["INSTANCE"], row["CACHE"])
                                              for row in rows])

    def test_many(self):
        copy = self.copy()
        (copy / "caches").write_text("version 1\n" + "".join(
            f"requests c{i} {i + 1} committed_bytes {(i + 1) << 30}\n"
            for i in range(40)))
        rows = tables(self.output("--memory", "--root", copy))[3]
        self.assertEqual([row["CACHE"] for row in rows],
                         [f"c{i}" for i in range(39, 23, -1)] + ["-"])
        self.assertEqual(rows[-1]["INSTANCE"], "others")

    def test_slabs_of_caches(self):
        row, = [row for row in tables(self.output(
            "--caches", "--root", self.tree()))[0] if row["CACHE"] == "header"]
        self.assertEqual((row["PARTIAL"], row["FULL"], row["EMPTY"]),
                         ("3", "2", "1"))


class Labels(TslabstatTest):

    def labels(self, *args):
        rows = self.json(*args)["memory"]["labels"]
        return {row.pop("label"): row for row in rows}

    def test_rows(self):
        labels = self.labels("--root", FULL)
        self.assertEqual(labels["session"], {
            "epochs": 1, "live_objects": 3000, "committed_bytes": 160 * PAGE,
            "draining_bytes": 0})
        self.assertEqual(labels["other"], {
            "epochs": 1, "live_objects": 500, "committed_bytes": 8 * PAGE,
            "draining_bytes": 8 * PAGE})
        self.assertEqual(sum(row["committed_bytes"]
                             for row in labels.values()), 176 * PAGE)

    def many(self):
        copy = self.copy()
        with open(copy / "epochs", "a", encoding="utf-8") as file:
            for i in range(500):
                file.write(f"many {i} {i + 1} {('open', 'draining')[i % 2]} "
                           f"req-{i} 1 2 0 1 0 0 9 3\n")
        return copy

    def test_no_more_than_the_kernel_counts(self):
        copy = self.many()
        labels = self.labels("--root", copy)
        self.assertEqual(set(labels),
                         {"session", "batch\\x22\\x5c", "other", "-"})
        self.assertEqual(labels["other"], {
            "epochs": 501, "live_objects": 1500,
            "committed_bytes": 1508 * PAGE, "draining_bytes": 758 * PAGE})
        text = self.output("--prometheus", "--root", copy)
        series = dict(re.findall(
            r'(?m)^temporal_slab_label_held_bytes\{label="(.*)"\} (\d+)$',
            text))
        self.assertEqual(len(series), 4)
        self.assertEqual(series["other"], str(1508 * PAGE))

    def test_table_has_the_most_first(self):
        rows = tables(self.output("--memory", "--root", self.many()))[4]
        self.assertEqual([row["LABEL"] for row in rows],
                         ["other", "session", "batch\\x22\\x5c", "-"])

    def test_old_module(self):
        data = self.json("--root", BUSY)["memory"]
        self.assertEqual([row["label"] for row in data["labels"]],
                         ["-", "other"])
        self.assertEqual([row["instance"] for row in data["instances"]],
                         ["requests", "sessions"])
        copy = self.copy(BUSY)
        (copy / "epochs").unlink()
        data = self.json("--root", copy)["memory"]
        self.assertIsNone(data["labels"])
        self.assertIsNone(data["total"]["draining_bytes"])


class Cgroups(TslabstatTest):

    HEAD = "version 1\n# instance index cgroup pages\n"

    def tree(self, *lines, instance=None):
        copy = self.copy()
        path = copy / "instances" / instance if instance else copy
        (path / "cgroups").write_text(self.HEAD + "".join(
            f"{line}\n" for line in lines))
        return copy

    def cgroups(self, *args):
        return self.json(*args)["memory"]["cgroups"]

    def tables(self, *args):
        return tables(self.output("--memory", *args))

    def rows(self, *args):
        return [tuple(row.values()) for row in self.tables(*args)[5]]

    @staticmethod
    def make(root, *names):
        """A saved hierarchy: {name: inode}."""
        inodes = {}
        for name in names:
            path = root / "cgroup" / name
            path.mkdir(parents=True, exist_ok=True)
            (path / "cgroup.procs").write_text("")
            inodes[name] = path.stat().st_ino
        return inodes

    def write(self, root, *lines):
        (root / "cgroups").write_text(self.HEAD + "".join(
            f"{line}\n" for line in lines))

    def test_sums_over_epochs_and_instances(self):
        root = self.tree("a 0 12 3", "a 1 13 9", "a 10 12 1", "b 0 12 7")
        self.assertEqual(self.rows("--root", root), [
            ("#12", "3", str(11 * PAGE // 1024)),
            ("#13", "1", str(9 * PAGE // 1024))])
        self.assertEqual(self.cgroups("--root", root), [
            {"cgroup": None, "inode": 12, "epochs": 3,
             "committed_bytes": 11 * PAGE},
            {"cgroup": None, "inode": 13, "epochs": 1,
             "committed_bytes": 9 * PAGE}])

    def test_paths(self):
        root = self.copy()
        inodes = self.make(root, "", "a", "a/b.slice", "c d\033")
        self.write(root, *(f"i {n} {inode} {9 - n}"
                           for n, inode in enumerate(inodes.values())))
        names = ["/", "/a", "/a/b.slice", "/c?d?"]
        self.assertEqual([row[0] for row in self.rows("--root", root)], names)
        self.assertEqual(
            {row["inode"]: row["cgroup"] for row in self.cgroups("--root", root)},
            dict(zip(inodes.values(), names)))

    def test_one_that_has_gone(self):
        root = self.copy()
        inodes = self.make(root, "a", "gone")
        # As long as it is somewhere, nothing else gets its number.
        (root / "cgroup" / "gone").rename(root / "gone")
        self.write(root, f"i 0 {inodes['gone']} 9", f"i 1 {inodes['a']} 2")
        self.assertEqual([row[0] for row in self.rows("--root", root)],
                         [f"#{inodes['gone']}", "/a"])

    def test_files_and_links_are_none(self):
        root = self.copy()
        self.make(root, "a")
        outside = self.root / "outside"
        outside.mkdir()
        (root / "cgroup" / "link").symlink_to(outside)
        numbers = [path.stat().st_ino
                   for path in (root / "cgroup" / "a" / "cgroup.procs", outside)]
        self.write(root, *(f"i {n} {inode} {9 - n}"
                           for n, inode in enumerate(numbers)))
        self.assertEqual([row[0] for row in self.rows("--root", root)],
                         [f"#{inode}" for inode in numbers])

    def test_end_of_a_long_path(self):
        root = self.copy()
        name = f"{'x' * 200}/{'y' * 200}z"
        self.write(root, f"i 0 {self.make(root, name)[name]} 1")
        (shown, *_), = self.rows("--root", root)
        self.assertEqual(shown, f"...{'y' * 155}z")
        self.assertEqual(self.cgroups("--root", root)[0]["cgroup"], f"/{name}")

    def test_many(self):
        root = self.tree(*(f"a {n} {n + 1} {n + 1}" for n in range(40)))
        rows = self.rows("--root", root)
        self.assertEqual([row[0] for row in rows],
                         [f"#{n}" for n in range(40, 24, -1)] + ["others"])
        self.assertEqual(rows[-1][1:],
                         ("24", str(sum(range(25)) * PAGE // 1024)))
        self.assertEqual(len(self.rows("--root", root, "--all")), 40)

    def test_largest_figures(self):
        root = self.tree(f"a 0 {U64_MAX} {U64_MAX}", f"b 0 {U64_MAX} 1")
        self.assertEqual(self.rows("--root", root),
                         [(f"#{U64_MAX}", "2", str(U64_MAX // 1024))])

    def test_one_instance(self):
        root = self.tree("sessions 0 12 3", instance="sessions")
        self.assertEqual(
            self.rows("--root", root, "--instance", "sessions"),
            [("#12", "1", str(3 * PAGE // 1024))])

    def test_none(self):
        root = self.tree()
        self.assertEqual(len(self.tables("--root", root)), 5)
        self.assertEqual(self.cgroups("--root", root), [])
        (root / "cgroups").unlink()
        self.assertEqual(len(self.tables("--root", root)), 5)
        self.assertIsNone(self.cgroups("--root", root))

    def test_malformed(self):
        root = self.tree("a 0 12")
        for option in "--memory", "--json":
            self.assert_error(self.run_binary("--root", root, option), ERROR,
                              "cgroups: line 3: malformed, not 4 fields")
        # Who does not ask for it is not told.
        self.output("--root", root)
        self.output("--root", root, "--prometheus")


class OwnCgroups(run.Mounted):
    """Those of the machine, without --root."""

    def cgroups(self, mount, *args):
        """The directory of their hierarchy is charged for an epoch."""
        place = "/sys/fs/cgroup"
        done = self.run_mounted(
            f"{mount} none {place} || exit 77; cp -r {FULL} {run.DEBUGFS}/tslab;"
            f"echo requests 9 $(stat -c %i {place}) 1 >> {run.DEBUGFS}/tslab/cgroups;",
            "--json", *args)
        if done.returncode == 77:
            self.skipTest(f"cannot {mount}")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return [row["cgroup"]
                for row in json.loads(done.stdout)["memory"]["cgroups"]]

    def test_paths(self):
        self.assertEqual(self.cgroups("mount -t cgroup2"), [None, "/"])

    def test_saved_ones_are_not_those_of_this_machine(self):
        self.assertEqual(self.cgroups("mount -t cgroup2", "--root",
                                      f"{run.DEBUGFS}/tslab"), [None, None])

    def test_inodes_of_something_else(self):
        self.assertEqual(self.cgroups("mount -t tmpfs"), [None, None])


if __name__ == "__main__":
    sys.exit(run.main(sys.argv[1:], sys.modules[__name__]))
