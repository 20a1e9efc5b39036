#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks that each test a page names exists: check-promises.py PAGE SOURCE..."""
import re
import sys

page = open(sys.argv[1]).read()
tests = set()
for path in sys.argv[2:]:
    source = open(path).read()
    suite = re.search(r'\.name = "(tslab_\w+)"', source)
    for case in re.findall(r'KUNIT_CASE(?:_PARAM)?\(\s*(\w+)', source):
        tests.add(f'{suite[1]}: {case}')

named = set(re.findall(r'``(tslab_\w+: \w+)``', page))
missing = sorted(named - tests)
for test in missing:
    print(f'{sys.argv[1]}: no such test: {test}', file=sys.stderr)
if not named:
    print(f'{sys.argv[1]}: names no test', file=sys.stderr)
sys.exit(bool(missing) or not named)
