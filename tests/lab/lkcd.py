# SPDX-License-Identifier: GPL-2.0-or-later
"""lkcd.py IMAGE PAGE GAP DUMP... - compare the pages that libkdumpfile reads from dumps with the image of memory that
the dumps were made from

In:  run in the part tree, which has libkdumpfile; IMAGE is the input of tests/tools/mklkcd: pages of PAGE bytes; the
     pages of its second half have addresses GAP pages higher.
Out: for each dump a line "NAME: FORMAT pages=N bad=N differs=N"; exit status 1 unless all pages are right.
Does not know: the program under test.
"""
import ctypes
import os
import sys

K = ctypes.CDLL("libkdumpfile.so.10")
K.kdump_new.restype = ctypes.c_void_p
K.kdump_get_err.restype = ctypes.c_char_p
MACHPHYSADDR = 1

image_name, page, gap, *dumps = sys.argv[1:]
page, gap = int(page), int(gap)
with open(image_name, "rb") as f:
    image = f.read()
count = len(image) // page
wrong = not dumps
for name in dumps:
    ctx = ctypes.c_void_p(K.kdump_new())
    fds = (ctypes.c_int * 1)(os.open(name, os.O_RDONLY))
    if K.kdump_open_fdset(ctx, ctypes.c_uint(1), fds):
        print(f"{name}: {K.kdump_get_err(ctx).decode()}")
        wrong = True
        continue
    with open(name, "rb") as f:
        kind = "kdump" if f.read(5) == b"KDUMP" else "lkcd"
    bad = differs = 0
    for n in range(count):
        buf = ctypes.create_string_buffer(page)
        got = ctypes.c_size_t(page)
        at = (n + (gap if n >= count // 2 else 0)) * page
        if K.kdump_read(ctx, ctypes.c_int(MACHPHYSADDR), ctypes.c_uint64(at), buf, ctypes.byref(got)):
            bad += 1
            print(f"{name}: page {n}: {K.kdump_get_err(ctx).decode()}")
            K.kdump_clear_err(ctx)
        elif buf.raw != image[n * page : (n + 1) * page]:
            differs += 1
    print(f"{name}: {kind} pages={count} bad={bad} differs={differs}")
    wrong = wrong or bad or differs or not count
sys.exit(1 if wrong else 0)
