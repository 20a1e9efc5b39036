#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of what tslabstat says of objects that closed epochs have left.

usage: leaks.py BINARY...

No kernel module is needed. As run.py, of which these are a part by their kind:
trees/full has the file, all else is made of it.
"""

import os
import re
import shutil
import sys

import run
from run import BUSY, ERROR, FULL, U64_MAX, TslabstatTest

ABSENT = "leaks: not there, this tslab module does not have it"


def line(objects=10, function="leak_in_epoch+0x3f/0x60 [tslab_bugs]",
         age="26/26/26", pid="148-148", cpus="0", nodes="0", instance="bugs",
         kind="class=128", label="leaky"):
    return (f"{objects:>7} {function} age={age} pid={pid} cpus={cpus} "
            f"nodes={nodes} instance={instance} {kind} label={label}\n")


def place(stack=("leak_in_epoch+0x3f/0x60 [tslab_bugs]",), **fields):
    return line(**fields) + "".join(f"        {entry}\n"
                                    for entry in stack) + "\n"


class Leaks(TslabstatTest):

    def tree(self, *places):
        copy = self.copy()
        (copy / "leaks").write_bytes("".join(places).encode())
        return copy

    def rows(self, *args):
        """[cells], of which the last has blanks."""
        heading, *lines = self.output("--leaks", *args).splitlines()
        self.assertEqual(heading.split(), [
            "OBJECTS", "AGE(jiffies)", "INSTANCE", "CACHE", "SIZE", "LABEL",
            "FUNCTION"])
        return [cells.split(None, 6) for cells in lines]

    def leaks(self, *args):
        return self.json(*args)["leaks"]

    def test_kernel_line(self):
        """As Documentation/debugging.rst has it."""
        tree = self.tree(place())
        self.assertEqual(self.rows("--root", tree), [[
            "10", "26/26/26", "bugs", "-", "128", "leaky",
            "leak_in_epoch+0x3f/0x60 [tslab_bugs]"]])
        self.assertEqual(self.leaks("--root", tree), [{
            "instance": "bugs", "cache": None, "size": 128, "label": "leaky",
            "function": "leak_in_epoch+0x3f/0x60 [tslab_bugs]",
            "stack": ["leak_in_epoch+0x3f/0x60 [tslab_bugs]"],
            "cpus": "0", "nodes": "0", "objects": 10, "age_min": 26,
            "age_avg": 26, "age_max": 26, "pid_min": 148, "pid_max": 148}])

    def test_stack(self):
        stack = ["a+0x1/0x2", "b+0x3/0x4 [m]", "0xffffffffc0001234"]
        leak, other = self.leaks("--root", self.tree(
            place(stack=stack, function=stack[0]), place(stack=stack[:2])))
        self.assertEqual(leak["stack"], stack)
        self.assertEqual(other["stack"], stack[:2])

    def test_no_stack(self):
        tree = self.tree(place(stack=(), function="<not-available>"))
        self.assertEqual(self.rows("--root", tree)[0][-1], "-")
        leak, = self.leaks("--root", tree)
        self.assertEqual((leak["function"], leak["stack"]), (None, []))

    def test_caches_and_sizes(self):
        tree = self.tree(place(kind="class=4096"), place(kind="class=large"),
                         place(kind="cache=header"))
        self.assertEqual([row[3:5] for row in self.rows("--root", tree)], [
            ["-", "4096"], ["-", "large"], ["header", "-"]])
        self.assertEqual([(leak["cache"], leak["size"])
                          for leak in self.leaks("--root", tree)],
                         [(None, 4096), (None, None), ("header", None)])

    def test_most_objects_first(self):
        tree = self.tree(place(objects=3, label="a"), place(objects=20, label="b"),
                         place(objects=3, label="c"))
        self.assertEqual([row[5] for row in self.rows("--root", tree)],
                         ["b", "a", "c"])

    def test_labels(self):
        """As written in the file; bytes over ASCII are none that it has."""
        labels = ["-", "\\x2d", "my\\x20label", "a=b", "label=x"]
        tree = self.tree(*[place(label=label) for label in labels],
                         place(label="s\u00fc"))
        self.assertEqual([leak["label"] for leak in self.leaks("--root", tree)],
                         labels + ["s??"])

    def test_nothing_left(self):
        tree = self.tree()
        self.assertEqual(self.rows("--root", tree), [])
        self.assertEqual(self.leaks("--root", tree), [])
        self.assertNotIn("leaked", self.output("--prometheus", "--root", tree))

    def test_largest_figures(self):
        tree = self.tree(*[place(
            objects=U64_MAX, age=f"{U64_MAX}/{U64_MAX}/{U64_MAX}",
            pid=f"0-{U64_MAX}", cpus=",".join(map(str, range(0, 8192, 2))),
            function="f" * 600)] * 2)
        self.assertEqual(self.rows("--root", tree)[0][:2],
                         [str(U64_MAX), f"{U64_MAX}/{U64_MAX}/{U64_MAX}"])
        self.assertEqual(self.leaks("--root", tree)[1]["function"], "f" * 600)
        self.assertIn(f'leaked_objects{{label="leaky"}} {U64_MAX}\n',
                      self.output("--prometheus", "--root", tree))

    def test_instance(self):
        self.assertEqual({row[2] for row in self.rows("--root", FULL)},
                         {"requests", "sessions"})
        self.assertEqual(
            {row[2] for row in self.rows("--root", FULL, "--instance",
                                         "requests")}, {"requests"})
        self.assertEqual(
            {leak["instance"] for leak in self.leaks(
                "--root", FULL, "--instance", "requests")}, {"requests"})

    def test_intervals(self):
        """What is left is not what was left in between."""
        process = self.start("--json", "--root", FULL, "0.1", "2")
        first, second = [run.json.loads(text)["leaks"]
                         for text in process.communicate()[0].splitlines()]
        self.assertEqual(first, second)
        text = self.output("--leaks", "--root", FULL, "0.1", "2")
        self.assertEqual(text.count("session_open"), 2)


class Series(TslabstatTest):

    def series(self, *args):
        return dict(re.findall(r"(?m)^temporal_slab_leaked_objects\{(.*)\} "
                               r"(\d+)$", self.output("--prometheus", *args)))

    def test_sums_by_label(self):
        self.assertEqual(self.series("--root", FULL), {
            r'label="batch\\x22\\x5c"': "4", 'label="other"': "500"})

    def test_of_an_instance(self):
        self.assertEqual(
            self.series("--root", FULL, "--instance", "requests"),
            {r'instance_name="requests",label="batch\\x22\\x5c"': "4"})

    def test_escaped(self):
        copy = self.copy(leaks=("label=other", 'label=o"t'))
        self.assertEqual(self.series("--root", copy)[r'label="o\"t"'], "497")


class Absent(TslabstatTest):

    def test_asked_for(self):
        for args in ["--leaks"], ["--leaks", "--json"], \
                ["--leaks", "--prometheus"]:
            self.assert_error(self.run_binary("--root", BUSY, *args), ERROR,
                              ABSENT)
        copy = self.copy()
        (copy / "instances" / "requests" / "leaks").unlink()
        done = self.run_binary("--leaks", "--root", copy, "--instance",
                               "requests")
        self.assert_error(done, ERROR, f"{copy}/instances/requests: {ABSENT}")

    def all_but_leaks(self, text):
        return "".join(line for line in text.splitlines(True)
                       if "temporal_slab_leaked_objects" not in line)

    def check_left_out(self, tree):
        self.assertIsNone(self.json("--root", tree)["leaks"])
        self.assertEqual(
            self.output("--prometheus", "--root", tree),
            self.all_but_leaks(self.output("--prometheus", "--root", FULL)))
        self.output("--root", tree)

    def test_not_asked_for(self):
        copy = self.copy()
        (copy / "leaks").unlink()
        self.check_left_out(copy)

    def test_cannot_be_read(self):
        copy = self.copy()
        (copy / "leaks").unlink()
        (copy / "leaks").mkdir()
        self.check_left_out(copy)
        self.assert_error(self.run_binary("--leaks", "--root", copy), ERROR,
                          "leaks: not a regular file")
        (copy / "leaks").rmdir()
        # Reading it is an error whoever asks.
        (copy / "leaks").symlink_to("/proc/self/mem")
        self.check_left_out(copy)
        self.assert_error(self.run_binary("--leaks", "--root", copy), ERROR,
                          "leaks: ")

    def test_permission_denied(self):
        if os.geteuid():
            self.skipTest("needs root to become somebody else")
        copy = self.copy()
        (copy / "leaks").chmod(0)
        self.root.chmod(0o755)
        copy.parent.chmod(0o755)
        shutil.copy(self.binary, self.root / "binary")
        self.binary = str(self.root / "binary")
        for args, status in (["--leaks"], ERROR), ([], 0):
            done = self.run_binary("--root", copy, *args, user=run.NOBODY,
                                   extra_groups=[])
            self.assertEqual(done.returncode, status)
            if status:
                self.assert_error(done, status,
                                  "leaks: permission denied (not root?)")


GOOD = place()

MALFORMED = [
    ("no number", line().replace(" 10 ", " x "),
     "line 1: value of objects is not a number"),
    ("negative", line(objects=-1), "line 1: value of objects"),
    ("over 64 bits", line(objects=2**64), "objects is over 64 bits"),
    ("one word", "10\n\n", "line 1: malformed objects"),
    ("empty line first", "\n" + GOOD, "line 1: malformed line"),
    ("two empty lines", GOOD + "\n" + GOOD, "line 4: malformed line"),
    ("escape", line(function="\x1b[2J"), "line 1: malformed line"),
    ("no function", line(function=""),
     "line 1: malformed function"),
    ("no age", line().replace(" age=", " old="), "line 1: malformed age"),
    ("two ages", line(age="1/2"), "line 1: malformed age_min"),
    ("four ages", line(age="1/2/3/4"), "value of age_max is not a number"),
    ("word for an age", line(age="1/x/3"), "value of age_avg is not a number"),
    ("no age after all", line(age=""), "line 1: malformed age"),
    ("one pid", line(pid="148"), "line 1: malformed pid_min"),
    ("word for a pid", line(pid="1-x"), "value of pid_max is not a number"),
    ("no cpus", line().replace("cpus=", "cpu="), "line 1: malformed cpus"),
    ("word for cpus", line(cpus="all"), "line 1: malformed cpus"),
    ("word for nodes", line(nodes="0 1"), "line 1: malformed instance"),
    ("name of no instance", line(instance="a/b"), "malformed instance"),
    ("other order", line(instance="a", kind="label=x", label="y"),
     "line 1: malformed class"),
    ("class 0", line(kind="class=0"), "line 1: malformed class"),
    ("word for a class", line(kind="class=small"),
     "value of class is not a number"),
    ("cache without a name", line(kind="cache="), "line 1: malformed cache"),
    ("no label", line(label=""), "line 1: malformed label"),
    ("cut before the label", line().split(" label")[0] + "\n",
     "line 1: malformed class"),
    ("one more field", line(label="a b=c"), "line 1: malformed label"),
    ("little indent", line() + "       f+0x1/0x2\n\n",
     "line 2: malformed stack"),
    ("much indent", line() + "         f+0x1/0x2\n\n",
     "line 2: malformed stack"),
    ("blanks only", line() + "        \n\n", "line 2: malformed stack"),
    ("escape in a stack", line() + "        f\x1b\n\n",
     "line 2: malformed stack"),
    ("no empty line", line() + line(), "line 2: malformed stack"),
    ("no end", line(), "line 2: truncated"),
    ("half a line", line()[:30], "line 1: truncated"),
    ("NUL", GOOD + "\0", "not a text file"),
    ("version", "version 1\n", "line 1: value of objects is not a number"),
]


class Malformed(TslabstatTest):

    def check(self, content, message):
        copy = self.copy()
        (copy / "leaks").write_bytes(content.encode())
        for option in "--leaks", "--json", "--prometheus":
            done = self.run_binary("--root", copy, option)
            self.assert_error(done, ERROR, f"{copy}: leaks: ")
            self.assert_error(done, ERROR, message)
        self.output("--root", copy)         # does not read it

    def test_files(self):
        for name, content, message in MALFORMED:
            with self.subTest(name):
                self.check(content, message)

    def test_line_is_that_of_the_file(self):
        self.check(GOOD + place(stack=["a", "b", "c"]) + line(age="x"),
                   "line 9: malformed age_min")

    def test_cut_anywhere(self):
        """But between two places, which looks whole."""
        text = (FULL / "leaks").read_bytes()
        for size in range(1, len(text), 17):
            if not text[:size].endswith(b"\n\n"):
                self.check(text[:size].decode(), ": truncated")


if __name__ == "__main__":
    sys.exit(run.main(sys.argv[1:], sys.modules[__name__]))
