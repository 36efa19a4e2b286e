#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# save-lkcd.bats - fadump-save convert: LKCD dumps, and files that only look like LKCD dumps
#
# tests/lab/lkcd.bats compares the same dumps with libkdumpfile.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2154
load cli
load block

DIR=127.0.0.1-2003-02-17-23:56:15

# image PAGES [BYTES]: makes image, PAGES pages of BYTES bytes with text, runs, zeros and noise in turn
image() {
    /usr/bin/python3 -c '
import random, sys
pages, size = int(sys.argv[1]), int(sys.argv[2])
r = random.Random(1)
with open("image", "wb") as f:
    for n in range(pages):
        f.write([b"page %d " % n * size, bytes((n % 256,)) * (size // 2) + bytes((1, 0, 0, 7)) * size, bytes(size),
                 r.randbytes(size), b"\0\1" * size, bytes(size - 1) + b"x"][n % 6][:size])
' "$1" "${2:-4096}"
}

# lkcd OPTION...: makes dump, an LKCD dump of image
lkcd() {
    "$TOP/tests/tools/mklkcd" "$@" image dump
}

# converts OPTION...: checks that convert makes a kdump with all pages of the image, prints no error, and does not
# change the LKCD dump; OPTIONs are for cmpdump
converts() {
    local before
    before=$(sha256sum < dump)
    save convert --to crash dump
    [ "$status" -eq 0 ] || { echo "$stderr" && return 1; }
    says_nothing && [ "$output" = "dump: saved to crash/$DIR" ] && [ "$(ls crash/*)" = vmcore ] \
        && [ "$(sha256sum < dump)" = "$before" ] \
        && "$TOP/build/tools/cmpdump" --image "$@" image "crash/$DIR/vmcore" > counts \
        && rm -r crash
}

# refuses STATUS TEXT: checks that convert ends with STATUS and TEXT and leaves no file
refuses() {
    run --separate-stderr timeout 60 "$SAVE" convert --to crash dump
    stopped "$1" "dump: $2" && { [ ! -e crash ] || empty crash; }
}

@test "every version and codec of LKCD is converted" {
    image 200
    for version in 1 2 3 4 5 6 7 8 9 10; do
        for codec in 0 1 2; do
            [ $version -ge 5 ] || codec=1 # the only codec before version 5
            echo "version $version codec $codec"
            lkcd --version $version --codec $codec
            converts
        done
    done
}

@test "dumps of 64-bit machines, of big-endian machines and with other page sizes are converted" {
    image 60 16384
    for version in 1 2 5 7 8 9; do
        for options in '--long' '--big' '--long --big'; do
            echo "version $version $options"
            # shellcheck disable=SC2086 # split into words
            lkcd --version $version --codec 1 --page 16384 --machine ia64 $options
            # shellcheck disable=SC2086
            converts --page 16384 --machine ia64 ${options#--long}
        done
    done
}

@test "dumps with a hole in memory, pages without data, or another offset of the first page are converted" {
    image 200
    lkcd --gap 1048576
    converts --gap 1048576
    [ "$(du -k dump | cut -f 1)" -le 2000 ]
    lkcd --empty --codec 1
    converts
    lkcd --version 9 --first 4096
    converts
    lkcd --version 10 --first 1048576
    converts
}

@test "dumps whose records have virtual addresses, or page numbers in place of addresses, are converted" {
    image 60
    lkcd --version 1 --codec 1 --base 0xc0000000
    converts
    for flavour in 0x80000000 0x40000000; do
        lkcd --version 2 --codec 1 --flavour $flavour
        converts
    done
}

@test "zeros are stored once; pages that do not shrink are stored uncompressed" {
    image 60
    lkcd --codec 1
    save convert --to crash dump
    [[ $("$TOP/build/tools/cmpdump" --image image crash/*/vmcore) == 'pages=60 excluded=0 missing=0 raw=20 stored=51 bytes='* ]]
}

@test "the first of two records of one page is used" {
    image 6
    lkcd --codec 0
    # the record of page 5 has the number of page 1
    /usr/bin/python3 -c '
d = open("dump", "r+b")
d.seek(65536 + 4112)
one = d.read(8)
d.seek(65536 + 5 * 4112)
d.write(one)'
    save convert --to crash dump
    [ "$status" -eq 0 ]
    /usr/bin/python3 -c '
import glob, struct, zlib
d = open(glob.glob("crash/*/vmcore")[0], "rb").read()
assert d[3 * 4096] == d[2 * 4096] == 0b11111
for n in range(5):
    at, size, flags = struct.unpack_from("<QII", d, 4 * 4096 + 24 * n)
    page = d[at : at + size]
    page = zlib.decompress(page) if flags else page
    assert page == open("image", "rb").read()[4096 * n : 4096 * n + 4096], n'
}

@test "if the directory of the dump exists, it is not changed, and the suffix .1 is used" {
    image 6
    lkcd
    save convert --to crash dump
    save convert --to crash dump
    [ "$output" = "dump: saved to crash/$DIR.1" ]
    cmp "crash/$DIR/vmcore" "crash/$DIR.1/vmcore"
}

@test "files that are not LKCD dumps are refused" {
    : > dump
    refuses 6 'it contains no LKCD dump'
    head -c 100000 /dev/zero > dump
    refuses 6 'it contains no LKCD dump'
    rm dump
    refuses 3 'cannot open'
    mkfifo dump
    refuses 3 'cannot open'
    save convert
    [ "$status" -eq 2 ]
    one_line
    save convert --keep dump
    [ "$status" -eq 2 ] && one_line
}

# field OFFSET FORMAT VALUE: writes VALUE into the dump
field() {
    /usr/bin/python3 -c '
import struct, sys
with open("dump", "r+b") as d:
    d.seek(int(sys.argv[1]))
    d.write(struct.pack(sys.argv[2], int(sys.argv[3], 0)))' "$@"
}

@test "headers and records with false values are refused" {
    image 12
    while IFS='|' read -r at format value text; do
        lkcd --version 9 --first 65536
        field "$at" "$format" "$value"
        echo "offset $at, value $value"
        refuses 1 "the dump is damaged: $text"
    done << 'END'
8|<I|11|its version is not 1 to 10
8|<I|0|its version is not 1 to 10
20|<I|0|its header has an invalid page size
20|<I|4097|its header has an invalid page size
20|<I|131072|its header has an invalid page size
324|<B|0|its header has no valid system name
584|<B|0|its header has no valid system name
722|<I|3|its compression is not known
734|<Q|0xffffffffffffffff|it ends before its end marker
734|<Q|0xfffffffffffffff8|it ends before its end marker
734|<Q|65537|a page is neither raw nor compressed
65548|<I|3|a page is neither raw nor compressed
65548|<I|0|a page is neither raw nor compressed
65544|<I|4097|a page has an impossible size
65544|<I|0xffffffff|a page has an impossible size
65544|<I|0|a page has an impossible size
65536|<Q|0xffffffffffffffff|a page has an impossible address
65560|<I|0|a page cannot be decompressed
65548|<I|4|it contains no pages
END
}

@test "a truncated dump is refused" {
    image 12
    lkcd --codec 1
    size=$(stat -c %s dump)
    cp dump whole
    for at in 700 742 65536 65540 65552 70000 $((size - 4096)) $((size - 17)) $((size - 1)); do
        head -c $at whole > dump
        if [ $at -lt 742 ]; then
            refuses 6 'it contains no LKCD dump'
        else
            refuses 1 'the dump is damaged: it ends before its end marker'
        fi
    done
}

@test "a full target directory gives status 5, another error in it status 4, an unreadable dump status 3" {
    image 60
    lkcd
    mkdir crash
    for fault in pwrite64:error=ENOSPC:when=1 pwrite64:error=ENOSPC:when=3 ftruncate:error=ENOSPC; do
        run --separate-stderr strace -f -qq -o trace -e "inject=$fault" "$SAVE" convert --to crash dump
        stopped 5 ': '
        empty crash
    done
    for fault in fsync:error=EIO:when=1 fsync:error=EIO:when=2 fsync:error=EIO:when=4 renameat2:error=EROFS \
        pwrite64:error=EIO:when=4; do
        run --separate-stderr strace -f -qq -o trace -e "inject=$fault" "$SAVE" convert --to crash dump
        stopped 4 ': '
        empty crash
    done
    run --separate-stderr strace -f -qq -o trace -P "$HERE/dump" -e inject=pread64:error=EIO:when=9 "$SAVE" convert \
        --to crash dump
    stopped 3 'dump: cannot read'
}
