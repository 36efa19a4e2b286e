#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""differ.py A B - print the values of a machine that differ between two boots

In:  two files with lines NAME, tab, VALUE.
Out: sorted lines NAME, tab, VALUE-IN-A, tab, VALUE-IN-B ("-": missing) for the names whose values differ.
     Numbers within 3 percent are equal: the kernel computes many of them from the memory that is free at that moment.
Does not know: which differences are expected.
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
