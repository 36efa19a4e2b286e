#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""differ.py A B - which of a machine's values are not the same in two boots

In:  two files of lines NAME, tab, VALUE.
Out: the names whose values differ, or that only one of them has, sorted, with both values behind a tab.
     Numbers count as the same within 3 percent: the kernel computes many from the memory that is free at that moment.
Does not know: which differences are right.
"""
import re
import sys

NUMBER = re.compile(r"\d+")


def values(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return dict(line.rstrip("\n").split("\t", 1) for line in f if "\t" in line)


def same(a, b):
    if NUMBER.sub("", " ".join(a.split())) != NUMBER.sub("", " ".join(b.split())):
        return False
    pairs = zip(map(int, NUMBER.findall(a)), map(int, NUMBER.findall(b)))
    return all(abs(x - y) * 100 <= 3 * max(x, y) for x, y in pairs)


def main():
    a, b = map(values, sys.argv[1:])
    for name in sorted(a.keys() | b.keys()):
        if name not in a or name not in b or not same(a[name], b[name]):
            print(name, a.get(name, "-"), b.get(name, "-"), sep="\t")


main()
