#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# oracle-more.bats - the tests of oracle-pages.bats and oracle-readers.bats with other vmcores: ppc64le with 4 KiB
# pages, radix and hash, and x86_64 Linux 6.12
# In:  the lab (missing parts are built). Out: TAP. Does not know: how a dump is made.

CORES='4k hash trixie'

setup_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    . "$LAB_HERE/oracle-pages.bash"
    . "$LAB_HERE/oracle-readers.bash"
    oracle_begin && pages_begin && readers_begin
}

teardown_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_end
}

setup() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    . "$LAB_HERE/oracle-pages.bash"
    . "$LAB_HERE/oracle-readers.bash"
    : > "$BATS_TEST_TMPDIR/wrong"
}

@test "the vmcores that makedumpfile reads have zero pages, both kinds of cache, user pages and free pages" {
    every_kind hash
    every_kind trixie
}

@test "ppc64le, 4 KiB pages, radix: fadump-copy keeps the pages that keep.py expects at every tested level" {
    everything 4k
}

@test "ppc64le, 4 KiB pages, hash: fadump-copy and makedumpfile keep the same pages at every tested level" {
    everything hash
}

@test "x86_64, Linux 6.12, 5-level tables: fadump-copy and makedumpfile keep the same pages at every tested level" {
    everything trixie
}

@test "crash prints the same for our dump and for that of makedumpfile, x86_64 Linux 6.12" {
    same_in_crash trixie
}

@test "drgn prints the same for the vmcore and for our ELF dump, ppc64le with 4 KiB pages" {
    same_in_drgn 4k elf
}

# libkdumpfile 0.5.4 translates no address of such kernels, not even physical ones. If this test fails because a newer
# version does, add kdump to the test above.
@test "drgn: libkdumpfile cannot read a kdump file of ppc64le with 4 KiB pages, ours or that of makedumpfile" {
    peers hash 31
    for dump in hash.kdump hash-31.peer; do
        drgn_says hash "$E/$dump" > "$E/$dump.drgn" || true
        tail -n 1 "$E/$dump.drgn"
        tail -n 1 "$E/$dump.drgn" | grep -q 'from kdump: .*No way to translate'
    done
}

@test "drgn prints the same for the vmcore and for our kdump and ELF dumps, x86_64 Linux 6.12" {
    same_in_drgn trixie kdump elf
}

@test "--stream: makedumpfile -R rebuilds a dump with the same pages, of each vmcore" {
    for core in $CORES; do streamed "$core"; done
}
