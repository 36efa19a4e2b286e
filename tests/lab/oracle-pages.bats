#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# oracle-pages.bats - for real vmcores, at dump levels 0 and 31 with each codec and as ELF, and at each single bit of
# the dump level with one of these, fadump-copy keeps the pages that makedumpfile keeps, with the same bytes
# In:  the lab (missing parts are built). oracle-more.bats does the same with other vmcores.
# Out: TAP. Does not know: how pages are classified.

CORES='64k bookworm'

setup_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    . "$LAB_HERE/oracle-pages.bash"
    oracle_begin && pages_begin
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
    : > "$BATS_TEST_TMPDIR/wrong"
}

@test "ppc64le, 64 KiB pages, radix: fadump-copy and makedumpfile keep the same pages at every tested level" {
    everything 64k
}

@test "x86_64, Linux 6.1, 4-level tables: fadump-copy and makedumpfile keep the same pages at every tested level" {
    everything bookworm
}
