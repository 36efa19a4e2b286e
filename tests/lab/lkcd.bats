#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lkcd.bats - convert dumps of LKCD with fadump-save; libkdumpfile reads the original and the converted dump, and each
# page must be that of the source. Also convert the memory of a real crash; crash must print the same as for the
# original vmcore.
# In:  the parts tree and vmcore-bookworm of the lab (built if they are missing), tests/tools/mklkcd.
# Out: TAP. Does not know: how a dump is converted.

setup_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/evidence.sh"
    mkdir -p "$LAB/run"
    E=$(mktemp -d "$LAB/run/lkcd.XXXXXX")
    export E
    lab_ready tree vmcore-bookworm
}

teardown_file() {
    rm -rf --one-file-system "${E:?}"
}

setup() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/evidence.sh"
    TOP=$(cd "$LAB_HERE/../.." && pwd)
    SAVE=$TOP/build/$(uname -m)/fadump-save
}

# image PAGES BYTES: make $E/image: pages of BYTES bytes with text, one repeated byte, zeros, random bytes, and two
# alternating bytes, in turn
image() {
    python3 -c '
import random, sys
pages, size = int(sys.argv[1]), int(sys.argv[2])
r = random.Random(1)
with open(sys.argv[3], "wb") as f:
    for n in range(pages):
        kinds = [b"page %d " % n * size, bytes((n % 256,)) * size, bytes(size), r.randbytes(size), b"\0\1" * size]
        f.write(kinds[n % 5][:size])
' "$1" "$2" "$E/image"
}

# both NAME PAGE GAP OPTION...: make a dump of LKCD from $E/image, and convert it to kdump; assert that libkdumpfile
# reads the pages of $E/image in both
both() {
    local name=$1 page=$2 gap=$3
    shift 3
    "$TOP/tests/tools/mklkcd" --page "$page" --gap "$gap" "$@" "$E/image" "$E/$name"
    "$SAVE" convert --to "$E/$name.crash" "$E/$name" > "$E/$name.said"
    mv "$E/$name.crash"/*/vmcore "$E/$name.kdump"
    TREE=$(lab_part tree) "$LAB_HERE/tree-exec" \
        python3 "$LAB_HERE/lkcd.py" "$E/image" "$page" "$gap" "$E/$name" "$E/$name.kdump" > "$E/$name.read" || {
        cat "$E/$name.read"
        return 1
    }
    [ "$(sed 's/.*: //' "$E/$name.read")" = "lkcd pages=$(($(stat -c %s "$E/image") / page)) bad=0 differs=0
kdump pages=$(($(stat -c %s "$E/image") / page)) bad=0 differs=0" ]
}

@test "lkcd.py finds a page that differs" {
    image 20 4096
    both judged 4096 0 --codec 0
    printf x | dd of="$E/judged" bs=1 seek=70000 conv=notrunc status=none
    run env TREE="$(lab_part tree)" "$LAB_HERE/tree-exec" python3 "$LAB_HERE/lkcd.py" "$E/image" 4096 0 "$E/judged"
    echo "$output"
    [ "$status" -eq 1 ] && [[ $output == *': lkcd pages=20 bad=0 differs=1' ]]
}

@test "versions 1 to 3 and 5 to 10, raw pages: all pages are right in both dumps" {
    image 300 4096
    for version in 1 2 3 5 6 7 8 9 10; do
        both "raw-$version" 4096 0 --version $version --codec 0
    done
}

# "0 COUNT BYTE" is a run of COUNT + 1 bytes in dump_rle.c of LKCD and in crash, but of COUNT bytes in libkdumpfile
# 0.5.4. If a newer libkdumpfile counts like crash, use both() here.
@test "RLE: the kdump is right; libkdumpfile cannot read runs in the dump of LKCD" {
    image 300 4096
    for version in 1 2 3 5 6 7 8 9 10; do
        run both "rle-$version" 4096 0 --version $version --codec 1
        [ "$status" -ne 0 ]
        grep -q ': lkcd pages=300 bad=[1-9][0-9]* differs=0$' "$E/rle-$version.read"
        grep -q 'Wrong uncompressed size: 4080$' "$E/rle-$version.read"
        grep -q ': kdump pages=300 bad=0 differs=0$' "$E/rle-$version.read"
    done
}

# --ascending with the hole: libkdumpfile 0.5.4 does not find all pages if a dump has a hole and an unsorted page order
@test "versions 5 to 10, gzip, with mixed page order and with a hole in memory: all pages are right in both dumps" {
    image 300 4096
    for version in 5 6 7 8 9 10; do
        both "gzip-$version" 4096 0 --version $version --codec 2
        both "hole-$version" 4096 262144 --version $version --codec 2 --ascending
    done
}

@test "i686, big-endian ppc64, aarch64 with large pages, old 64-bit headers: all pages are right in both dumps" {
    image 40 65536
    both large 65536 0 --version 9 --machine aarch64 --first 65536
    image 40 4096
    both small 4096 0 --version 7 --machine i686
    for version in 1 2 7 8; do
        both "big-$version" 4096 4096 --ascending --version $version --codec $((version < 5 ? 0 : 2)) --big --long \
            --machine ppc64
        both "long-$version" 4096 0 --version $version --codec $((version < 5 ? 0 : 2)) --long
    done
}

# crash_says OUT OPTION... DUMP: write the output of crash (sys, bt) to OUT, without the name of the dump
crash_says() {
    local out=$1
    shift
    printf '%s\n' sys bt quit \
        | TREE=$(lab_part tree) "$LAB_HERE/tree-exec" crash -s "$@" "$CORE/vmlinux" > "$out.all" 2>&1 \
        || echo "crash: exit status $?" >> "$out.all"
    sed -e '/^    DUMPFILE: /d' -e '/^NOTE: setting phys_base to: /,+1d' "$out.all" > "$out"
}

# A dump of LKCD has no KASLR offset and no phys_base, because the kernels that LKCD supports were not relocated:
# crash gets them as options.
@test "crash prints the same for a vmcore of x86_64 Linux 6.1 and for its memory, converted through LKCD" {
    CORE=$(lab_part vmcore-bookworm)
    crash_says "$E/original" "$CORE/vmcore" &
    # write the memory in the vmcore to a file by physical addresses; print KERNELOFFSET and phys_base
    python3 -c '
import re, struct, sys
with open(sys.argv[1], "rb") as core, open(sys.argv[2], "wb") as image:
    head = core.read(4096)
    for at in range(64, 64 + 56 * struct.unpack_from("<H", head, 56)[0], 56):
        kind, _, offset, _, paddr, size, _, _ = struct.unpack_from("<IIQQQQQQ", head, at)
        core.seek(offset)
        if kind == 4:
            notes = core.read(size)
        elif kind == 1:
            image.seek(paddr)
            while size:
                size -= image.write(core.read(min(size, 1 << 20)))
print(re.search(rb"^KERNELOFFSET=(\w+)", notes, re.M)[1].decode())
print("%x" % (int(re.search(rb"^NUMBER\(phys_base\)=(-?\d+)", notes, re.M)[1]) % 2**64))
' "$CORE/vmcore" "$E/memory" > "$E/moved"
    "$TOP/tests/tools/mklkcd" --codec 0 --empty --release 6.1.0 "$E/memory" "$E/lkcd"
    "$SAVE" convert --to "$E/crash" "$E/lkcd"
    crash_says "$E/converted" --kaslr "0x$(head -n 1 "$E/moved")" -m "phys_base=0x$(tail -n 1 "$E/moved")" \
        "$(echo "$E"/crash/*/vmcore)"
    wait
    cat "$E/converted.all"
    grep -q 'PANIC: "Kernel panic - not syncing: sysrq triggered crash"' "$E/converted"
    grep -q 'COMMAND: "sh"$' "$E/converted"
    grep -q ' sysrq_handle_crash at ' "$E/converted"
    grep -q '^ *ORIG_RAX: ' "$E/converted"
    diff "$E/original" "$E/converted"
}
