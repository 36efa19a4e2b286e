#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lost.bats - memory that cannot be read costs its pages, not the dump
#
# SIGBUS is a real one: the program is held after it has looked at the source's size, and
# the source is cut off meanwhile.

# bats and cli.bash set what is used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# cut BYTES OPTION...: copy the source, of which only BYTES are left when memory is read.
cut() {
    local left=$1
    shift
    cp --sparse=always src whole
    {
        appears out/vmcore.incomplete
        truncate -s "$left" src
    } &
    traced -P "$HERE/out/vmcore.incomplete" -e inject=ftruncate:delay_enter=400000 -- "$@"
    wait
    mv whole src
}

# 64 pages of 4 KiB at 0, the first at offset 4096 of the source
core_64() {
    printf 'info PAGESIZE=4096\nload 0 256K\npattern 1 256K\n' | core
}

@test "the last 8 of 64 pages are gone" {
    core_64
    for how in --threads=2 --no-mmap; do
        for format in elf kdump; do
            as $format
            cut $((4096 + 56 * 4096)) $how
            [ "$status" -eq 1 ]
            said "src: 8 of 64 pages could not be read"
            reported lost_pages=8
            absent out/vmcore.incomplete
            case $format in
                elf) same -z 0x38000:32768 src out/vmcore ;;
                kdump) same -m 56:8 src out/vmcore ;;
            esac
            rm -r out
        done
    done
}

to_stream() {
    "$@" > stream
}

@test "a stream without the pages that are gone" {
    core_64
    cp src whole
    {
        # not before it is open: a sanitizer takes its time
        for _ in $(seq 500); do
            ! grep -qs '^open.*"src"' trace.* || break
            sleep 0.01
        done
        sleep 0.2
        truncate -s $((4096 + 56 * 4096)) src
    } &
    # held before it has a thread
    run --separate-stderr to_stream strace -ff -qq -o trace \
        -e inject=clone,clone3:delay_enter=800000 \
        "$COPY" --quiet --stream --dump-level 1 --source src --report report
    wait
    "$TOP/build/tools/unflatten" vmcore < stream
    [ "$status" -eq 1 ]
    said "src: 8 of 64 pages could not be read"
    reported lost_pages=8
    "$TOP/build/tools/cmpkdump" -m 56:8 whole vmcore
}

@test "9 of 64 are more than an eighth: no dump" {
    core_64
    for how in --threads=2 --no-mmap; do
        for format in elf kdump; do
            as $format
            cut $((4096 + 55 * 4096)) $how
            [ "$status" -eq 3 ]
            absent out/vmcore
            [ -e out/vmcore.incomplete ]
            reported lost_pages=9
            says "9 of 64 pages could not be read"
            says "too many for a dump"
            [ $format = elf ] || same -i src out/vmcore.incomplete
            rm -r out
        done
    done
}

@test "a page of 64 KiB is one page, however little of it is gone" {
    printf 'info PAGESIZE=65536\nload 0 2M\npattern 1 2M\n' | core
    cut $((4096 + 2097152 - 4096))
    [ "$status" -eq 1 ]
    reported lost_pages=1
    same -z 0x1ff000:4096 src out/vmcore # what can be read of it is kept
    rm -r out
    as kdump
    cut $((4096 + 2097152 - 4096))
    [ "$status" -eq 1 ]
    reported lost_pages=1
    same -m 31 src out/vmcore
}

@test "a piece of a page that is gone costs the page, wherever the other pieces are" {
    printf 'info PAGESIZE=4096\nload 0x1000 0x8800\npattern 1 0x8800\nload 0x9800 0x8000\npattern 1 0x8000\n' | core
    as kdump
    # pages 1 to 17; the second load, with the end of page 9, is at the end of the file
    cut $((0xb000 + 0x7000))
    [ "$status" -eq 1 ]
    reported lost_pages=1
    same -m 17 src out/vmcore
}

@test "pages lost in several windows and threads" {
    printf 'info PAGESIZE=4096\nload 0x100000 64K\npattern 1 64K\nload 0x1000000 32M offset=0x20000\npattern 1 32M\nload 0x10000000 3M\npattern 2 3M\n' | core
    for format in elf kdump; do
        as $format
        cut $((131072 + 32 * 1048576)) --threads 4
        [ "$status" -eq 1 ]
        reported lost_pages=768
        case $format in
            elf) same -z 0x10000000:3145728 src out/vmcore ;;
            kdump) same -m 0x10000:768 src out/vmcore ;;
        esac
        rm -r out
    done
}

# The worker reads 32 chunks; its 20th read is for the 20th, the main thread has fewer.
core_32() {
    printf 'info PAGESIZE=4096\nload 0 16M\npattern 1 16M\n' | core
}

@test "read(2) fails on a page" {
    core_32
    for format in elf kdump; do
        as $format
        # all pages of the chunk at once, and then its first alone
        traced -P "$HERE/src" -e inject=pread64:error=EIO:when=20..21 -- --no-mmap --threads 1
        [ "$status" -eq 1 ]
        reported lost_pages=1
        case $format in
            elf) same -z 0x980000:4096 src out/vmcore ;;
            kdump) same -m 0x980 src out/vmcore ;;
        esac
        rm -r out
    done
}

@test "read(2) fails once: the page is there the second time" {
    core_32
    for format in elf kdump; do
        as $format
        traced -P "$HERE/src" -e inject=pread64:error=EIO:when=20 -- --no-mmap --threads 1
        done_well
        reported lost_pages=0
        grep -q INJECTED trace.*
        rm -r out trace.*
    done
}

@test "notes that cannot be read count as a page that is lost" {
    core_64
    traced -P "$HERE/src" -e inject=pread64:error=EIO:when=5 --
    [ "$status" -eq 1 ]
    reported lost_pages=1
    said "src: 1 of 64 pages could not be read"
}

@test "a page that goes away between the look and the write" {
    full_core 4
    # the worker's third run, then its first page alone
    traced -P "$HERE/out/vmcore.incomplete" -e inject=pwrite64:error=EFAULT:when=3..4 -- --threads 1
    [ "$status" -eq 1 ]
    one_line
    reported lost_pages=1
    same -z 0x100000:4096 src out/vmcore
}
