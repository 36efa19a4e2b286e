#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# oracle-judge.bats - cmpdump --pages finds every kind of difference, and the vmcores contain every kind of page
# In:  the lab (missing parts are built); dumps by makedumpfile, damaged in known places.
# Out: TAP. Does not know: the program under test.

CORES='64k bookworm'

setup_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_begin
    for core in $CORES; do
        peers "$core" 31
    done
    peers 64k 0 1
}

teardown_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_end
}

setup() {
    bats_require_minimum_version 1.5.0
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    spoilt=$E/spoilt
    cp "$E/64k-1.peer" "$spoilt"
}

# spoil HOW: damage a page of the copied dump; print its PFN in the format of cmpdump
spoil() {
    printf '%#x' "$("$LAB_HERE/damage" "$1" "$spoilt")"
}

# verdict OPTION...: compare the damaged dump with the original
verdict() {
    run pages "$@" "$spoilt" "$E/64k-1.peer"
    echo "$output"
}

@test "cmpdump finds no difference between a dump and its copy" {
    verdict
    [ "$status" -eq 0 ] && [[ $output == *"same=24576 more=0 less=0 differ=0 ram=0 absent=0 bad=0"* ]]
}

@test "the dump of level 1 has the bytes of the vmcore; only the two offline pages are missing" {
    run pages "$E/64k-1.peer" "$(realpath "$E/64k")/vmcore"
    echo "$output"
    [ "$status" -eq 1 ] && [[ $output == *"same=24574 more=0 less=2 differ=0 ram=0 absent=0 bad=0"* ]]
}

@test "cmpdump counts 'differ' if one bit of a page is inverted" {
    pfn=$(spoil data)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" differ=1 "* && $output == *"differ: $pfn-$pfn"* ]]
}

@test "cmpdump counts 'differ' if the data of two pages is swapped" {
    pfn=$(spoil swap)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" differ=2 "* && $output == *"differ: $pfn-"* ]]
}

@test "cmpdump counts 'absent' if the descriptor of a page is cleared" {
    pfn=$(spoil descriptor)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" absent=1 "* && $output == *"absent: $pfn-$pfn"* ]]
}

@test "--partial: an absent page is not an error" {
    spoil descriptor
    verdict --partial
    [ "$status" -eq 0 ] && [[ $output == *" absent=1 "* ]]
}

@test "--partial: a page that differs is an error" {
    spoil data
    verdict --partial
    [ "$status" -eq 1 ] && [[ $output == *" differ=1 "* ]]
}

@test "cmpdump counts 'bad' if a page cannot be read" {
    pfn=$(spoil size)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" bad=1"* && $output == *"bad: $pfn-$pfn"* ]]
}

@test "cmpdump counts 'less' if a page is missing in the first dump" {
    pfn=$(spoil drop)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" less=1 differ=0 "* && $output == *"less: $pfn-$pfn"* ]]
}

@test "cmpdump counts 'more' if a page is missing in the second dump" {
    pfn=$(spoil drop)
    run pages "$E/64k-1.peer" "$spoilt"
    echo "$output"
    [ "$status" -eq 1 ] && [[ $output == *" more=1 less=0 differ=0 "* && $output == *"more: $pfn-$pfn"* ]]
}

@test "cmpdump counts 'ram' if a page is memory in one dump only" {
    pfn=$(spoil ram)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" ram=1 "* && $output == *"ram: $pfn-$pfn"* ]]
}

@test "cmpdump counts 'more' if the second dump has a higher dump level" {
    run pages "$E/64k-1.peer" "$E/64k-31.peer"
    echo "$output"
    [ "$status" -eq 1 ] && [[ $output =~ more=[1-9][0-9]*\ less=0\ differ=0 ]]
}

@test "both vmcores have zero pages, both kinds of cache, user pages and free pages" {
    every_kind 64k
    every_kind bookworm
}
