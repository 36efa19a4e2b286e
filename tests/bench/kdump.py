#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kdump - count the pages of a kdump-compressed dump, by its header and second bitmap

In: a dump (makedumpfile's IMPLEMENTATION, diskdump_mod.h; crash's diskdump.h).  Out: pages.
Does not know: which program wrote the dump, whether the pages are right.
"""
import struct
import sys

BLOCK_SIZE_AT, INCOMPLETE = 428, 8
PART = 1 << 20


def pages(path):
    """The number of bits set in the second bitmap; 0 for ELF.  ValueError if the file is no complete dump."""
    with open(path, "rb") as f:
        head = f.read(464)
        if head.startswith(b"\x7fELF"):
            return 0
        if len(head) < 464 or not head.startswith(b"KDUMP   "):
            raise ValueError(f"{path}: no kdump-compressed dump")
        # a block is a page: its size is 4 to 64 KiB in the right byte order, and never in the other byte order
        order = "<" if 4096 <= struct.unpack_from("<I", head, BLOCK_SIZE_AT)[0] <= 65536 else ">"
        status, block, sub_blocks, bitmap_blocks = struct.unpack_from(order + "4I", head, 424)
        if status & INCOMPLETE:
            raise ValueError(f"{path}: incomplete")
        left = bitmap_blocks * block // 2
        f.seek((1 + sub_blocks) * block + left)
        count = 0
        while left:
            part = f.read(min(left, PART))
            if not part:
                raise ValueError(f"{path}: its bitmap is cut off")
            count += int.from_bytes(part, "little").bit_count()
            left -= len(part)
        return count


if __name__ == "__main__":
    print(pages(sys.argv[1]))
