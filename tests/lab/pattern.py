# SPDX-License-Identifier: GPL-2.0-or-later
"""pattern.py PLACES... - check that every page of the pattern is in the dump, at its physical address

In:  run by drgn with the dump: drgn -c VMCORE pattern.py PLACES...; PLACES: files written by guest/pattern.c.
Out: pages=N absent=N differs=N; exit status 1 unless all pages are present and right. A missing page is "absent" in a
     kdump-compressed file; in an ELF core it is a hole, so it "differs".
Does not know: the program under test. drgn reads ELF itself, and kdump-compressed files with libkdumpfile.
"""
import array
import sys

from drgn import FaultError

M64 = (1 << 64) - 1


def mix(x):
    """the same as mix() of guest/pattern.c"""
    x = (x + 0x9E3779B97F4A7C15) & M64
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & M64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & M64
    return (x ^ (x >> 31)) & (M64 >> 1)


pages = absent = differs = 0
for name in sys.argv[1:]:
    with open(name, encoding="ascii") as f:
        _, seed, _, page = next(f).split()
        places = [tuple(map(int, line.split())) for line in f]
    seed, page = int(seed), int(page)
    pages += len(places)
    for index, pfn in places:
        base = mix(seed + index)
        want = array.array("Q", range(base, base + page // 8))
        if sys.byteorder == "big":
            want.byteswap()
        try:
            if prog.read(pfn * page, page, physical=True) != want.tobytes():
                differs += 1
        except FaultError:
            absent += 1
print(f"pages={pages} absent={absent} differs={differs}")
sys.exit(1 if absent or differs or not pages else 0)
