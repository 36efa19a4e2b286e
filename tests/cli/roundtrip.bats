#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# roundtrip.bats - an ELF dump is equal to the source, for sources of every form, and sparse

load cli

# round_trip: copies the source with mmap(), then with read(); compares each dump
round_trip() {
    copy
    says_nothing
    done_well
    reported lost_pages=0
    rm -r out
    copy --no-mmap
    done_well
}

@test "a source of one page: the dump is equal to the source" {
    printf 'load 0 4K\nfill 1 4K\n' | core
    round_trip
}

@test "a source of one byte: the dump is equal to the source" {
    printf 'load 0x1fff 1\nfill 1 1\n' | core
    round_trip
}

@test "several unsorted loads, with notes and zeros: the dump is equal to the source" {
    small_core
    round_trip
}

@test "a big-endian source: the dump is equal to the source" {
    printf 'order big\nmachine 21\neflags 1\nprstatus 1\ninfo PAGESIZE=65536\nload 0x10000 1M\npattern 3 1M\n' | core
    round_trip
}

@test "notes in several PT_NOTEs are joined" {
    # the second load becomes a PT_NOTE that covers the first note again
    printf 'prstatus 1\nload 0 8K\npattern 1 8K\nload 0x5000 356 offset=0xe8\npoke 0xb0 04000000\n' | core
    round_trip
    [ "$(readelf -lW out/vmcore | grep -c NOTE)" -eq 1 ]
}

@test "p_offset can be at any place in a page" {
    for offset in 0x1001 0x1fff 0x1800 0x2004; do
        printf 'load 0x3000 9M offset=%s\npattern 5 9M\n' $offset | core
        round_trip
        rm -r out
    done
}

@test "physical addresses can be at any place in a page" {
    printf 'load 0x1234 0x5678\npattern 1 0x5678\nload 0x20ffffff 0x100002\npattern 1 0x100002\nload 0x7001 0xfff offset=0x4003\npattern 1 0xfff\n' | core
    round_trip
}

@test "loads can meet inside a page" {
    printf 'load 0x1000 100\npattern 1 100\nload 0x1064 9000\npattern 1 9000\n' | core
    round_trip
}

@test "a source with pages of 64 KiB: the dump is equal to the source" {
    printf 'info PAGESIZE=65536\nload 0x18000 5M\npattern 1 1M\nzero 2M\npattern 1 2M\n' | core
    round_trip
}

@test "a load can end at the top of the address space" {
    printf 'load 0xfffffffffff00000 0xfffff vaddr=0\npattern 1 0xfffff\n' | core
    round_trip
}

@test "a load of 40 MiB is mapped in several windows, from any offset" {
    printf 'load 0xfff800 40M\npattern 1 40M\n' | core
    round_trip
}

@test "overlapping loads are read once and share their bytes in the dump" {
    # the kernel text inside the direct map, as on x86_64, and a load that overlaps only in part
    printf 'load 0x200000 1M vaddr=0xffffffff81000000\npattern 1 1M\nload 0 4M\npattern 1 4M\nload 0x3ff800 1M\npattern 1 1M\n' | core
    round_trip
    reported 'stored_bytes=52[0-9]*'
    [ "$(stat -c %s out/vmcore)" -lt $((5 * 1048576 + 16384)) ]
}

@test "loads without file bytes keep their header" {
    printf 'load 0x5000 0 memsz=64K\nload 0x1000 4K\npattern 1 4K\n' | core
    round_trip
}

@test "a source with PN_XNUM and one load: the dump is equal to the source" {
    printf 'xnum\nload 0x1000 4K\npattern 1 4K\n' | core
    round_trip
}

@test "a source with PN_XNUM and 70000 loads: the dump has all of them" {
    printf 'xnum\nloads 70000 0 8K 4K\npattern 1 4K\n' | core
    copy
    done_well
    [ "$(readelf -lW out/vmcore 2> /dev/null | grep -c LOAD)" -eq 70000 ]
}

@test "the dump of 128 MiB of mostly zeros is sparse" {
    printf 'load 0 1M\npattern 1 1M\nload 0x100000000 128M\nzero 127M\npattern 1 1M\n' | core
    copy
    [ "$(stat -c %b out/vmcore)" -lt 5000 ] # blocks of 512 bytes: 2.5 MB
    done_well
}

@test "zero pages, and no other pages, are holes" {
    small_core
    copy
    [ "$(stat -c %b out/vmcore)" -le $((28 * 8)) ] # checked before reading fills the holes
    done_well
    # 16 + 8 + 1 + 1 pages of memory, headers and notes
    reported "bytes=$(stat -c %s out/vmcore)"
    stored=$(sed -n 's/^stored_bytes=//p' report)
    [ "$stored" -gt $((26 * 4096)) ]
    [ "$stored" -lt $((28 * 4096)) ]
}

@test "the dump of a source of only zeros has at most 4 KiB on the disk" {
    printf 'load 0 64M\n' | core
    copy
    [ "$(stat -c %s out/vmcore)" -gt 67108864 ]
    [ "$(stat -c %b out/vmcore)" -le 8 ]
    done_well
}

@test "with 1 to 16 threads, the same file is written" {
    full_core 20
    for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file "out$n/vmcore" --threads $n
        cmp out1/vmcore "out$n/vmcore"
        [ $n -eq 1 ] || rm -r "out$n"
    done
    same src out1/vmcore
}

@test "the dump of a dump is equal to that dump" {
    small_core
    copy
    done_well
    mv out/vmcore again
    rm -r out
    run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source again --file out/vmcore
    [ "$status" -eq 0 ]
    cmp again out/vmcore
}

@test "the source can be a symbolic link" {
    printf 'load 0 64K\npattern 1 64K\n' | core real
    ln -s real src
    copy
    done_well
}

@test "the file has mode 0600, a new directory 0700; an existing directory keeps its mode" {
    umask 000
    small_core
    copy
    done_well
    [ "$(stat -c %a out/vmcore)" = 600 ]
    [ "$(stat -c %a out)" = 700 ]
    mkdir -m 755 old
    "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file old/vmcore
    [ "$(stat -c %a old)" = 755 ]
}

@test "the target can be a plain file name or an absolute path" {
    small_core
    "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file plain
    same src plain
    "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file "$HERE/abs"
    same src abs
}
