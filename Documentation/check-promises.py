#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks that each test named in semantics.rst exists.

``suite: case`` is a KUnit test of kunit/*.c, ``guest: name`` a check of
tools/qemu/check-guest.sh. Each "Held by" names at least one.
"""
import glob
import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))
top = os.path.dirname(here)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def kunit_tests(text):
    arrays = {
        name: re.findall(r"KUNIT_CASE\w*\(\s*(\w+)", body)
        for name, body in re.findall(
            r"struct kunit_case (\w+)\[\] = \{(.*?)^\};", text, re.M | re.S)}
    for body in re.findall(r"struct kunit_suite \w+ = \{(.*?)^\};", text,
                           re.M | re.S):
        suite = re.search(r'\.name = "([^"]+)"', body).group(1)
        cases = re.search(r"\.test_cases = (\w+)", body).group(1)
        for case in arrays[cases]:
            yield f"{suite}: {case}"


tests = set()
for path in glob.glob(os.path.join(top, "kunit/*.c")):
    tests.update(kunit_tests(read(path)))
for name in re.findall(r'^\s*check "([^"]+)"',
                       read(os.path.join(top, "tools/qemu/check-guest.sh")),
                       re.M):
    tests.add(f"guest: {name}")

text = read(os.path.join(here, "semantics.rst"))
errors = 0
held = 0
for match in re.finditer(r"\*Held by\*(.*?)(?:\n\s*\n|\Z)", text, re.S):
    line = text.count("\n", 0, match.start()) + 1
    names = [" ".join(name.split())
             for name in re.findall(r"``([^`]+)``", match.group(1))]
    for problem in ([f"no test named {name}" for name in names
                     if name not in tests] or
                    ([] if names else ["a promise without a test"])):
        print(f"semantics.rst:{line}: {problem}", file=sys.stderr)
        errors += 1
    held += 1
if not held:
    print("semantics.rst: no promises", file=sys.stderr)
sys.exit(bool(errors) or not held)
