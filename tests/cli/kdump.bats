#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kdump.bats - a kdump-compressed dump is equal to the source, for sources of every form
#
# cmpdump checks headers, bitmaps, descriptors and every page; these tests call cmpdump and check the size of the
# dump.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# kdump OPTION...: makes a complete copy without messages; sets counts, the output of cmpdump
kdump() {
    as kdump
    rm -rf out
    copy "$@"
    says_nothing
    counts=$(done_well) || {
        echo "$*: $counts"
        return 1
    }
    reported lost_pages=0
}

# round_trip OPTION...: copies the source with mmap(), with read(), and to a stream; checks each dump
round_trip() {
    kdump "$@"
    kdump --no-mmap "$@"
    "$COPY" --quiet --stream --dump-level 1 --source src "$@" > stream
    rm -f vmcore
    "$TOP/build/tools/unflatten" vmcore < stream > pieces
    [ "$(same src vmcore)" = "$counts" ] || [ "$1" = --threads ]
}

# counted [KEY VALUE]...: checks that cmpdump counted VALUE for each KEY
counted() {
    while [ $# -gt 0 ]; do
        case " $counts " in
            *" $1=$2 "*) ;;
            *)
                echo "cmpdump printed $counts, which has no $1=$2"
                return 1
                ;;
        esac
        shift 2
    done
}

# mixed_core ORDER MACHINE PAGESIZE: makes a source with text, noise, pages of one value, and zeros
mixed_core() {
    {
        printf 'order %s\nmachine %s\ninfo PAGESIZE=%s\nprstatus 3\n' "$1" "$2" "$3"
        printf 'load 0 6M\nfill 1 1M\npattern 1 1M\nzero 1M\nring 0xc000000000280000 8 16\n'
        for i in $(seq 200); do
            echo "record ${i}000000 line $i of a log, which shrinks well"
        done
    } | core
}

@test "with every codec, pages of 4 to 256 KiB and both byte orders, the dump is equal to the source" {
    for order in little big; do
        for page in 4096 16384 65536 262144; do
            mixed_core $order 21 $page
            for codec in zstd zstd:-3 lzo zlib zlib:6 none; do
                kdump --compress $codec
                counted pages $((6291456 / page))
                # noise and zeros are stored uncompressed
                raw=$(count_of raw "$counts")
                [ "$raw" -ge $((4 * 1048576 / page)) ]
                reported compress=${codec%:*}
            done
        done
    done
}

@test "each codec makes pages smaller" {
    mixed_core little 62 4096
    kdump --compress none
    all=$(stat -c %s out/vmcore)
    for codec in zstd lzo zlib; do
        kdump --compress $codec
        [ "$(stat -c %s out/vmcore)" -lt $((all - 20000)) ]
    done
}

@test "sources of one page, of one byte, and of one byte in each of two pages: the dump is equal to the source" {
    printf 'load 0 4K\nfill 1 4K\n' | core
    round_trip
    printf 'load 0x1fff 1\nfill 1 1\n' | core
    round_trip
    counted pages 1 stored 1
    printf 'load 0x1fff 2\nfill 1 2\n' | core
    round_trip
    counted pages 2
}

@test "several unsorted loads, with notes and zeros: the dump is equal to the source" {
    small_core
    round_trip
    # stored pages: 16 + 8 + 1 of noise, one of 0xff, one of zeros
    counted pages 787 stored 27
}

@test "p_offset and p_paddr can be at any place in a page" {
    for offset in 0x1001 0x1fff 0x1800 0x2004; do
        printf 'load 0x3000 9M offset=%s\npattern 5 9M\n' $offset | core
        round_trip
    done
    printf 'load 0x1234 0x5678\npattern 1 0x5678\nload 0x20ffffff 0x100002\npattern 1 0x100002\nload 0x7001 0xfff offset=0x4003\npattern 1 0xfff\n' | core
    round_trip
    printf 'info PAGESIZE=65536\nload 0x11234 0x5678\npattern 1 0x5678\nload 0x20ffffff 0x100002\npattern 1 0x100002\n' | core
    round_trip
}

@test "loads can meet inside a page, twice in one page, and across two chunks" {
    printf 'load 0x1000 100\npattern 1 100\nload 0x1064 9000\npattern 1 9000\n' | core
    round_trip
    counted pages 3
    printf 'info PAGESIZE=65536\nload 0x10100 0x100\npattern 1 0x100\nload 0x10300 0x100\npattern 1 0x100\nload 0x14000 0x20000\npattern 1 0x20000\n' | core
    round_trip
    counted pages 3
    # a page that begins in the last load of one chunk and ends in the next chunk
    printf 'load 0x7f800 0x400\npattern 1 0x400\nload 0x7fd00 0x1000\npattern 1 0x1000\n' | core
    round_trip
    counted pages 2
    # a page with a piece of zeros, or of one value
    printf 'load 0x1000 100\nload 0x1064 0x1f9c\nfill 7 0x1f9c\n' | core
    round_trip
    counted pages 2
}

@test "loads can overlap" {
    printf 'load 0x200000 1M vaddr=0xffffffff81000000\npattern 1 1M\nload 0 4M\npattern 1 4M\nload 0x3ff800 1M\npattern 1 1M\n' | core
    round_trip
    counted pages 1280
}

@test "loads without file bytes have no pages" {
    printf 'load 0x5000 0 memsz=64K\nload 0x1000 4K memsz=1M\npattern 1 4K\n' | core
    round_trip
    counted pages 1
}

@test "a load of 40 MiB is mapped in several windows, from any offset" {
    printf 'load 0xfff800 40M\npattern 1 40M\n' | core
    round_trip
}

@test "a source can have many loads" {
    printf 'xnum\nloads 70000 0 8K 4K\npattern 1 4K\n' | core
    kdump
    counted pages 70000
}

@test "loads can be far apart: 16 TiB, and 64 TiB with 64 KiB pages" {
    printf 'load 0x1000 64K\npattern 1 64K\nload 0xfffff000000 1M\npattern 1 1M\n' | core
    round_trip
    counted pages 272
    rm -r out
    copy # again: cmpdump has read the holes of the first dump, which allocated them on the tmpfs
    [ "$(stat -c %b out/vmcore)" -lt $((8 * 600)) ]
    printf 'info PAGESIZE=65536\nload 0x10000 64K\npattern 1 64K\nload 0x3ffffff00000 1M\npattern 1 1M\n' | core
    round_trip
    counted pages 17
}

@test "addresses that do not fit in the format are refused" {
    # one page more than 2^44 pages
    printf 'info PAGESIZE=4096\nload 0xfffffffffff000 8K\npattern 1 8K\n' | core
    as kdump
    copy
    failed 3 "src: addresses or notes do not fit in the kdump format: use --format elf"
    absent out
    as elf
    copy
    done_well
    as kdump
    rm -r out
    printf 'load 0xfffffffffff00000 0xfffff vaddr=0\npattern 1 0xfffff\n' | core
    copy
    failed 3 "use --format elf"
}

@test "a page of zeros needs only a descriptor" {
    printf 'load 0 64M\n' | core
    round_trip
    counted pages 16384 stored 1
    # headers, bitmaps, 24 bytes for each page
    [ "$(du -k out/vmcore | cut -f 1)" -lt $((16384 * 24 / 1024 + 32)) ] || {
        du -k out/vmcore
        return 1
    }
    reported constant_pages=16384
    reported "bytes=$(stat -c %s out/vmcore)"
}

@test "pages of one value are stored once by each thread" {
    printf 'load 0 8M\nfill 0x6b 4M\nfill 0xff 2M\nzero 1M\npattern 1 4K\n' | core
    kdump --threads 1
    # one page each of 0x6b, 0xff, zeros and noise
    counted stored 4
    reported constant_pages=$((2048 - 3))
    kdump --threads 4
    stored=$(count_of stored "$counts")
    [ "$stored" -ge 4 ]
    [ "$stored" -le 10 ]
}

@test "with more values than a thread remembers, a value is stored again" {
    {
        echo 'load 0 4M'
        for _ in 1 2 3 4; do
            for i in $(seq 1 60); do
                echo "fill $i 16K"
            done
        done
    } | core
    round_trip --threads 1
    # 60 values, 4 pages of each, four times; 7 values are remembered: each value is stored 4 times, not 16
    counted pages 1024 stored $((4 * 60 + 1))
}

@test "pages that no codec makes smaller are stored uncompressed" {
    printf 'load 0 2M\npattern 1 2M\n' | core
    for codec in zstd lzo zlib none; do
        kdump --compress $codec
        counted pages 512 raw 512 stored 512 bytes 2097152
    done
}

@test "a source can have no notes, many notes, and notes in several PT_NOTEs" {
    printf 'load 0 8K\npattern 1 8K\n' | core
    round_trip
    printf 'prstatus 3000\ninfo PAGESIZE=4096\nload 0 8K\npattern 1 8K\n' | core
    round_trip
    printf 'prstatus 1\nload 0 8K\npattern 1 8K\nload 0x5000 356 offset=0xe8\npoke 0xb0 04000000\n' | core
    round_trip
    # the notes end at the end of a block: 104 bytes of the block precede them
    printf 'info PAGESIZE=4096\ninfo %s\nload 0 8K\npattern 1 8K\n' \
        "$(head -c $((4096 - 104 - 24 - 14 - 1)) /dev/zero | tr '\0' x)" | core
    round_trip
    [ "$(od -A n -t u4 -j 432 -N 4 out/vmcore | tr -d ' ')" = 1 ]
}

@test "the header has the machine name that readers expect" {
    while read -r machine order name; do
        printf 'machine %s\norder %s\ninfo PAGESIZE=4096\nload 0 4K\nfill 1 4K\n' "$machine" "$order" | core
        kdump
        [ "$(dd if=out/vmcore bs=1 skip=$((12 + 4 * 65)) count=65 status=none | tr -d '\0')" = "$name" ]
    done << 'END'
62 little x86_64
21 little ppc64le
21 big ppc64
183 little aarch64
999 little unknown
END
}

@test "with 1 to 128 threads, the dump has the same pages" {
    mixed_core little 62 4096
    for n in 1 2 3 5 8 16 128; do
        kdump --threads $n
        counted pages 1536
    done
}

@test "the header contains the dump level" {
    small_core
    as kdump
    for level in 0 1; do
        run --separate-stderr "$COPY" --quiet --no-dmesg --dump-level $level --source src --file out/vmcore
        [ "$status" -eq 0 ]
        same -l $level src out/vmcore
        rm -r out
    done
}
