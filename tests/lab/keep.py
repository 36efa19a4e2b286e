# SPDX-License-Identifier: GPL-2.0-or-later
"""keep.py - check which pages a dump excludes, with the types from the DWARF of the kernel, for a kernel that
makedumpfile does not support

In:  run by drgn with a vmcore and its vmlinux (Linux 6.10 and newer): drgn -c VMCORE -s VMLINUX keep.py LEVEL LIST;
     LIST: lines "less PFN" for the pages that the dump excludes, as cmpdump --pfns writes them (excluded pages of
     zeros may be missing in it).
Out: the number of pages of each kind; the pages that are wrongly in LIST (too much) or wrongly missing (too little);
     exit status 1 if there are any.
Does not know: the program under test, VMCOREINFO.
"""
import struct
import sys

from drgn import FaultError, offsetof, sizeof

ZERO, CACHE, PRIVATE, USER, FREE = 1, 2, 4, 8, 16
level = int(sys.argv[1])
page = prog.type("struct page")
SIZE = sizeof(page)
AT = {name: offsetof(page, name) for name in ("flags", "mapping", "private", "_mapcount", "compound_head")}
flag_names = ("lru", "private", "swapcache", "swapbacked", "head", "hwpoison")
bit = {name: 1 << prog["PG_" + name].value_() for name in flag_names}
# page types: values of the top byte of _mapcount
kind_of = {name: prog["PGTY_" + name].value_() for name in ("buddy", "hugetlb", "offline", "slab")}
page_bytes = prog["PAGE_SIZE"].value_()
vmemmap = prog["vmemmap"].value_()
end = prog["max_pfn"].value_()


def page_struct(pfn):
    try:
        raw = prog.read(vmemmap + pfn * SIZE, SIZE)
    except FaultError:
        return None
    return {name: struct.unpack_from("<I" if name == "_mapcount" else "<Q", raw, at)[0] for name, at in AT.items()}


def judge(p, pfn):
    """(kind, order): 1 << order pages of this kind, beginning with this page, are excluded; None: the page is kept"""
    flags, top = p["flags"], p["_mapcount"] >> 24
    typed = 0xF0 <= top < 0xFF
    if p["compound_head"] & 1 or flags == (1 << 64) - 1:
        return None
    order = page_struct(pfn + 1)["flags"] & 0xFF if flags & bit["head"] else 0
    if typed and top == kind_of["buddy"]:
        return ("free", p["private"]) if level & FREE else None
    if typed and top == kind_of["hugetlb"]:
        return ("user", order) if level & USER else None
    if not typed and p["mapping"] & 1:
        if level & USER:
            return "user", order
    elif not typed and (flags & bit["lru"] or (flags & bit["swapbacked"] and flags & bit["swapcache"])):
        if level & PRIVATE or (level & CACHE and not flags & bit["private"]):
            return "cache", order
    if flags & bit["hwpoison"]:
        return "hwpoison", 0
    if typed and top == kind_of["offline"]:
        return "offline", 0
    return None


with open(sys.argv[2], encoding="ascii") as f:
    lines = [line.split() for line in f]
gone = {int(pfn) for what, pfn in lines if what == "less"}
wrong = [line for line in lines if line[0] != "less"]
expected, counts, pfn = set(), {}, 0
while pfn < end:
    p = page_struct(pfn)
    verdict = judge(p, pfn) if p else None
    if verdict:
        kind, order = verdict
        counts[kind] = counts.get(kind, 0) + (1 << order)
        expected.update(range(pfn, pfn + (1 << order)))
        pfn += 1 << order
    else:
        pfn += 1


def has_data(pfn):
    try:
        return bool(prog.read(pfn * page_bytes, page_bytes, True).strip(b"\0"))
    except FaultError:
        return False  # not in the vmcore


too_much = sorted(gone - expected)
# an excluded page of zeros is not in LIST, because cmpdump cannot distinguish it from one that is kept
too_little = [n for n in sorted(expected - gone) if has_data(n)]
print(f"level={level} " + " ".join(f"{kind}={n}" for kind, n in sorted(counts.items())))
print(f"gone={len(gone)} too_much={len(too_much)} too_little={len(too_little)} wrong={len(wrong)}")
for name, pages in ("too much", too_much), ("too little", too_little):
    if pages:
        print(name + ": " + " ".join(hex(n) for n in pages[:8]))
sys.exit(1 if too_much or too_little or wrong else 0)
