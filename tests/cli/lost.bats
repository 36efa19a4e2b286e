#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lost.bats - if up to an eighth of the memory is unreadable, only its pages are lost, and the dump is saved
#
# The SIGBUS is real: strace delays the program after it has read the size of the source, and the test truncates the
# source during the delay.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# cut BYTES OPTION...: copies the source, and truncates it to BYTES before memory is read
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

# 64 pages of 4 KiB from address 0; the first page is at offset 4096 of the source
core_64() {
    printf 'info PAGESIZE=4096\nload 0 256K\npattern 1 256K\n' | core
}

@test "with 8 of 64 pages unreadable the dump is saved" {
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

@test "a stream lacks the unreadable pages" {
    core_64
    cp src whole
    {
        # wait until the source is open: a sanitizer starts slowly
        for _ in $(seq 500); do
            ! grep -qs '^open.*"src"' trace.* || break
            sleep 0.01
        done
        sleep 0.2
        truncate -s $((4096 + 56 * 4096)) src
    } &
    # strace delays the program before its first thread exists
    run --separate-stderr to_stream strace -ff -qq -o trace \
        -e inject=clone,clone3:delay_enter=800000 \
        "$COPY" --quiet --stream --dump-level 1 --source src --report report
    wait
    "$TOP/build/tools/unflatten" vmcore < stream
    [ "$status" -eq 1 ]
    said "src: 8 of 64 pages could not be read"
    reported lost_pages=8
    "$TOP/build/tools/cmpdump" -m 56:8 whole vmcore
}

@test "with 9 of 64 pages unreadable, more than an eighth, the status is 3, and only a partial dump remains" {
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

@test "a 64 KiB page with an unreadable part counts as lost; ELF keeps the readable part" {
    printf 'info PAGESIZE=65536\nload 0 2M\npattern 1 2M\n' | core
    cut $((4096 + 2097152 - 4096))
    [ "$status" -eq 1 ]
    reported lost_pages=1
    same -z 0x1ff000:4096 src out/vmcore # ELF: the readable part is kept
    rm -r out
    as kdump
    cut $((4096 + 2097152 - 4096))
    [ "$status" -eq 1 ]
    reported lost_pages=1
    same -m 31 src out/vmcore
}

@test "if two loads meet inside a page, and another page is cut off, only the cut-off page is lost" {
    printf 'info PAGESIZE=4096\nload 0x1000 0x8800\npattern 1 0x8800\nload 0x9800 0x8000\npattern 1 0x8000\n' | core
    as kdump
    # pages 1 to 17; the second load starts inside page 9; page 17 is cut off
    cut $((0xb000 + 0x7000))
    [ "$status" -eq 1 ]
    reported lost_pages=1
    same -m 17 src out/vmcore
}

@test "with four threads, all pages of an unreadable load are lost, and no others" {
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

# The worker reads 32 chunks; its 20th read is chunk 20. The main thread makes fewer than 20 reads.
core_32() {
    printf 'info PAGESIZE=4096\nload 0 16M\npattern 1 16M\n' | core
}

@test "if read(2) cannot read a page, only this page is lost" {
    core_32
    for format in elf kdump; do
        as $format
        # the read of the complete chunk and the read of its first page fail
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

@test "after one failed read(2) the page is read again" {
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

@test "unreadable notes count as one lost page" {
    core_64
    traced -P "$HERE/src" -e inject=pread64:error=EIO:when=5 --
    [ "$status" -eq 1 ]
    reported lost_pages=1
    said "src: 1 of 64 pages could not be read"
}

@test "if a page becomes unreadable between the check and the write, only this page is lost" {
    full_core 4
    # the third write of the worker and the separate write of its first page fail
    traced -P "$HERE/out/vmcore.incomplete" -e inject=pwrite64:error=EFAULT:when=3..4 -- --threads 1
    [ "$status" -eq 1 ]
    one_line
    reported lost_pages=1
    same -z 0x100000:4096 src out/vmcore
}
