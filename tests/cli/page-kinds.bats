#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# page-kinds.bats - the report has the number of excluded pages of each kind
# In: cores with a known number of pages of each kind.  Out: the keys of --report.

load cli

# Changes the page struct of PFN, in the first section; mkbig puts these structs at 128 MiB of memory.
poke_struct() { # PFN OFFSET BYTES
    # shellcheck disable=SC2059 # the format has escapes
    printf "$3" | dd of=src bs=1 seek=$((4096 + (128 << 20) + $1 * 64 + $2)) conv=notrunc status=none
}

@test "excluded pages are counted by kind" {
    "$TOP/build/tools/mkbig" src 1 > /dev/null
    for pfn in 16 17 18; do
        poke_struct $pfn 2 '\020' # PG_hwpoison, bit 20
    done
    for pfn in 32 33 34 35 36; do
        poke_struct $pfn 48 '\000\000\000\361' # PAGE_OFFLINE_MAPCOUNT_VALUE
    done
    # the pages that makedumpfile 1.7.8 excludes at level 2, at level 4 but not 2, at 8 and at 16 (mkbig.bats)
    cache=$((262046 - 221672)) private=$((221672 - 219038)) user=$((262046 - 179583)) free=$((262046 - 126681))
    for level in 0 2 4 8 16 31; do
        # shellcheck disable=SC2034 # copy() uses FORMAT
        FORMAT=(--format kdump)
        copy --dump-level $level
        [ "$status" -eq 0 ]
        reported cache_pages=$(((level & 6) != 0 ? cache : 0))
        reported private_cache_pages=$(((level & 4) != 0 ? private : 0))
        reported user_pages=$(((level & 8) != 0 ? user : 0))
        reported free_pages=$(((level & 16) != 0 ? free : 0))
        reported poisoned_pages=3
        reported offline_pages=5
        rm -r out
    done
    reported excluded_pages=$((cache + private + user + free + 3 + 5))
}

@test "zero_pages counts pages of zeros, not pages of another constant" {
    printf 'load 0 8M\nfill 0x6b 4M\nfill 0xff 2M\nzero 1M\npattern 1 4K\n' | core
    for format in kdump elf; do
        as $format
        copy --threads 2
        [ "$status" -eq 0 ]
        reported zero_pages=$((256 + 255))
        rm -r out
    done
}
