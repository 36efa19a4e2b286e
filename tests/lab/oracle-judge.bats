#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# oracle-judge.bats - the page by page comparison sees every kind of difference, and the vmcores have what it takes to differ
# In:  the lab (built when it is not); dumps by makedumpfile, spoilt in known places. Nothing of ours.
# Out: TAP. Does not know: the program under test.

setup_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_begin
    for core in $CORES; do
        # see oracle-pages.bats
        [ "$core" = 4k ] || peers "$core" 31
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

# spoil HOW: the number of the page, as cmpdump prints it
spoil() {
    printf '%#x' "$("$LAB_HERE/damage" "$1" "$spoilt")"
}

# verdict OPTION...: what cmpdump says of the spoilt dump beside the one it was
verdict() {
    run pages "$@" "$spoilt" "$E/64k-1.peer"
    echo "$output"
}

@test "a dump and its copy are the same" {
    verdict
    [ "$status" -eq 0 ] && [[ $output == *"same=24576 more=0 less=0 differ=0 ram=0 absent=0 bad=0"* ]]
}

@test "the vmcore itself and the dump of level 1 have the same bytes, but for the pages that are out of use" {
    run pages "$E/64k-1.peer" "$(realpath "$E/64k")/vmcore"
    echo "$output"
    [ "$status" -eq 1 ] && [[ $output == *"same=24574 more=0 less=2 differ=0 ram=0 absent=0 bad=0"* ]]
}

@test "a page with one other bit" {
    pfn=$(spoil data)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" differ=1 "* && $output == *"differ: $pfn-$pfn"* ]]
}

@test "two pages that took each other's place" {
    pfn=$(spoil swap)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" differ=2 "* && $output == *"differ: $pfn-"* ]]
}

@test "a page whose descriptor was not written" {
    pfn=$(spoil descriptor)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" absent=1 "* && $output == *"absent: $pfn-$pfn"* ]]
}

@test "a page whose descriptor was not written is no fault of a dump cut off" {
    spoil descriptor
    verdict --partial
    [ "$status" -eq 0 ] && [[ $output == *" absent=1 "* ]]
}

@test "a page with another bit is one of a dump cut off" {
    spoil data
    verdict --partial
    [ "$status" -eq 1 ] && [[ $output == *" differ=1 "* ]]
}

@test "a page that cannot be read" {
    pfn=$(spoil size)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" bad=1"* && $output == *"bad: $pfn-$pfn"* ]]
}

@test "a page less" {
    pfn=$(spoil drop)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" less=1 differ=0 "* && $output == *"less: $pfn-$pfn"* ]]
}

@test "a page more" {
    pfn=$(spoil drop)
    run pages "$E/64k-1.peer" "$spoilt"
    echo "$output"
    [ "$status" -eq 1 ] && [[ $output == *" more=1 less=0 differ=0 "* && $output == *"more: $pfn-$pfn"* ]]
}

@test "a page that is no memory" {
    pfn=$(spoil ram)
    verdict
    [ "$status" -eq 1 ] && [[ $output == *" ram=1 "* && $output == *"ram: $pfn-$pfn"* ]]
}

@test "another level" {
    run pages "$E/64k-1.peer" "$E/64k-31.peer"
    echo "$output"
    [ "$status" -eq 1 ] && [[ $output =~ more=[1-9][0-9]*\ less=0\ differ=0 ]]
}

# what makedumpfile counted at level 31
has() {
    tr '\r' '\n' < "$E/$1-31.peer.log" | grep -E "^ *$2 *: 0x0*[1-9a-f]"
}

@test "every vmcore that makedumpfile judges has zero pages, both kinds of cache, user pages and free pages" {
    for core in $CORES; do
        echo "$core"
        [ "$core" != 4k ] || continue
        has "$core" 'Pages filled with zero'
        has "$core" 'Non-private cache pages'
        has "$core" 'Private cache pages'
        has "$core" 'User process data pages'
        has "$core" 'Free pages'
    done
}
