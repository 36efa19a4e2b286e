#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# release.bats - memory is released during the copy: only held memory, and only when its copy is durable
#
# tools/phyp simulates the kernel: it overwrites released memory in the source before the program continues. The file
# "whole" is a copy of the original source.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# held TEXT: writes TEXT, the kernel's description of the held memory, to the file rr
held() {
    printf '%s\n' "$1" > rr
}

# The held memory: from 16 MiB to the end of memory at 160 MiB; a batch has 16 MiB.
HELD='CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x1000000-0x9000000:'

crashed() {
    full_core 160
    cp --sparse=always src whole
    held "$HELD"
}

# phyp OPTION...: makes the same copy as copy(), under tools/phyp, whose output is in the file "kernel"
phyp() {
    rm -rf out
    run --separate-stderr env "ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0" bash -c '"$@" > kernel' kernel \
        "$TOP/build/tools/phyp" rr src "$COPY" --quiet --no-dmesg "${FORMAT[@]}" \
        --source src --file out/vmcore --report report --release-region rr "$@"
}

# ranges: prints the released ranges, one on each line
ranges() {
    tail -n +2 rr
}

@test "all memory is released, every page of it is overwritten, and the dump is correct" {
    for format in elf kdump; do
        as $format
        for how in --threads=3 --no-mmap; do
            crashed
            phyp $how
            says_nothing
            [ "$status" -eq 0 ]
            same whole out/vmcore
            reported released_bytes=150994944
            reported held_bytes=0
            [ "$(cat kernel)" = 'freed=36864 sums=exact' ]
            # the source is overwritten, except for the first 16 MiB
            [ "$(cmp -l whole src | head -n 1 | awk '{ print $1 }')" -gt 16777216 ]
        done
    done
}

@test "page structs are also released, and the dump still has the planned pages" {
    as kdump
    FORMAT=(--format kdump --compress none --dump-level 31)
    "$TOP/build/tools/mkbig" whole 1 > planned
    cp --sparse=always whole src
    held 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x4000000-0x3c000000:'
    phyp
    says_nothing
    [ "$status" -eq 0 ]
    [ "$(cat kernel)" = 'freed=245760 sums=exact' ]
    "$TOP/build/tools/cmpdump" -x -l 31 whole out/vmcore > counts
    [ "$(count_of pages "$(cat planned)")" = "$(count_of pages "$(cat counts)")" ]
    [ "$(count_of kept "$(cat planned)")" -eq \
        $(($(count_of pages "$(cat counts)") - $(count_of excluded "$(cat counts)"))) ]
}

@test "low memory is released at the address of the firmware's copy" {
    full_core 128
    cp --sparse=always src whole
    # the firmware's copy of 32 MiB follows the memory and the CPU and HPTE regions
    held 'CPU:0x8000000-0x10000: HPTE:0x8010000-0x1000: DUMP:0x8011000-0x2000000, 0x2000000-0x6000000:'
    phyp
    [ "$status" -eq 0 ]
    same whole out/vmcore
    reported released_bytes=134217728
    [ "$(cat kernel)" = 'freed=32768 sums=exact' ]
    ranges | head -n 2 | tee first
    grep -qx '0x8011000 0xffffff' first
}

# judge: checks every write to the release_region file in the trace of all threads, and prints each error
judge() {
    # shellcheck disable=SC2016 # awk variables
    awk -v out="<$HERE/out>" -v up="<$HERE>" '
        function bad(what) { print "line " NR ": " what; }
        { call = $0; sub(/^[0-9]+ +/, "", call) }
        # the file is dirty when a write starts and again when it ends, as another thread may flush it in between
        call ~ /^(pwrite64\(.*vmcore.incomplete|<\.\.\. pwrite64)/ { dirty = 1 }
        sub(/ *<unfinished \.\.\.>$/, "", call) { pending[$1] = call; next }
        sub(/^<\.\.\. [a-z0-9_]+ resumed>/, "", call) { call = pending[$1] call }
        call ~ /^fsync\(.*vmcore.incomplete>.* = 0/ { dirty = 0 }
        call ~ /^fsync\(/ && index(call, out) { named = 1 }
        call ~ /^fsync\(/ && index(call, up) { above = 1 }
        call ~ /^mmap\(.*\/src>/ { sub(/.*= /, "", call); mapped[call] = 1; next }
        call ~ /^munmap\(/ { sub(/^munmap\(/, "", call); sub(/,.*/, "", call); delete mapped[call] }
        call ~ /^write\(.*\/rr>/ {
            writes++
            if (dirty) bad("the dump is not durable")
            if (!named || !above) bad("the name of the dump is not durable")
            for (m in mapped) { bad("the source is mapped"); break }
        }
        END { if (writes < 5) print "only " writes + 0 " releases were seen" }' all
}

# ordered [PROGRAM]: traces a copy by PROGRAM (the program under test) and judges the order of its calls
ordered() {
    rm -rf out all
    run --separate-stderr strace -f -qq -y -e trace=pwrite64,fsync,write,mmap,munmap -o all "${1:-$COPY}" \
        --quiet --no-dmesg \
        "${FORMAT[@]}" --threads 2 --source src --file out/vmcore --report report --release-region rr
    [ "$status" -eq 0 ]
    judge > wrong
    cat wrong
}

@test "no memory is released before its copy in the dump is durable, or while it is mapped" {
    for format in elf kdump; do
        as $format
        crashed
        ordered
        [ ! -s wrong ]
        done_well
    done
}

@test "a full target: the released memory is in the partial dump, and the rest is not released" {
    # the target is full after half of the dump; with one thread the number of released ranges is the same in every run
    for format in elf:160 kdump:400; do
        writes=${format#*:} format=${format%:*}
        as "$format"
        crashed
        rm -rf out
        run --separate-stderr strace -f -qq -o all -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC:when="$writes+" \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 1 --source src --file out/vmcore \
            --report report --release-region rr
        [ "$status" -eq 5 ]
        absent out/vmcore
        ranges > given
        released=$(sed -n 's/^released_bytes=//p' report)
        [ "$released" -gt 0 ]
        [ "$released" -lt 150994944 ]
        reported "held_bytes=$((150994944 - released))"
        [ "$(wc -l < given)" -eq $((released >> 24)) ]
        # the partial dump contains all memory up to the last released range
        case $format in
            elf) cmp -n $((4096 + 16777216 + released)) src out/vmcore.incomplete ;;
            kdump)
                counts=$("$TOP/build/tools/cmpdump" -i src out/vmcore.incomplete)
                echo "$counts"
                [ "$(count_of stored "$counts")" -ge $(((16777216 + released) / 4096)) ]
                ;;
        esac
    done
}

@test "if the first or a later flush of the target fails, no memory is released, not even after later flushes" {
    for when in 1 4; do
        crashed
        rm -rf out
        run --separate-stderr strace -f -qq -y -o all -e inject=fsync:error=EIO:when=$when \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report report --release-region rr
        failed 4 'cannot flush'
        # each batch flushes the file and two directories: flush 1 is in the first batch, 4 in the second; the first
        # 16 MiB are not held
        [ "$(ranges | wc -l)" -eq 0 ]
        reported released_bytes=0
        reported held_bytes=150994944
        [ -e out/vmcore.incomplete ]
    done
}

@test "if the kernel refuses the first release, this is logged once, no memory is released, the dump is saved" {
    crashed
    rm -rf out
    run --separate-stderr strace -qq -o all -P "$HERE/rr" -e trace=write -e inject=write:error=EINVAL \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report report --release-region rr
    says 'rr: the kernel did not release 0x1000000 0xffffff: Invalid argument; the rest is not released'
    done_well
    [ "$(grep -c '^write' all)" -eq 1 ]
    reported released_bytes=0
    reported held_bytes=150994944
}

# As in lost.bats, the source is truncated before memory is read.
@test "too much unreadable memory: no memory is released" {
    full_core 160
    held "$HELD"
    {
        appears out/vmcore.incomplete
        truncate -s $((4096 + (4 << 20))) src
    } &
    traced -P "$HERE/out/vmcore.incomplete" -e inject=ftruncate:delay_enter=400000 -- --release-region rr
    wait
    [ "$status" -eq 3 ]
    says 'too many for a dump'
    none ranges
    reported released_bytes=0
}

@test "on a device no memory is released before the archive is complete" {
    as kdump
    crashed
    truncate -s 256M dev
    rm -f all
    run --separate-stderr strace -f -qq -y -e trace=pwrite64,fsync,fdatasync,write -o all "$COPY" --quiet \
        "${FORMAT[@]}" --source src --block dev --raw-overwrite --report report --release-region rr
    [ "$status" -eq 0 ]
    reported held_bytes=0
    [ "$(ranges | wc -l)" -eq 2 ]
    sed -n '/write([0-9]*<.*\/rr>/,$p' all > after
    [ -s after ]
    none grep -E 'pwrite64|sync' after
}

@test "a source without an ELF header is read by physical address: /dev/zero gives a dump of zeros" {
    as kdump
    for format in elf kdump; do
        held 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x8000000-0x1000000, 0x1000000-0x7000000:'
        rm -rf out
        run --separate-stderr "$COPY" --quiet --no-dmesg --format $format --source /dev/zero --file out/vmcore \
            --report report --release-region rr
        says "/dev/zero: VMCOREINFO has no address of the kernel's page tables"
        [ "$status" -eq 7 ]
        reported held_bytes=0
    done
    reported constant_pages=32768
}

# refuses TEXT: checks that the copy ends with a usage error that contains TEXT, and creates no file
refuses() {
    run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore --report report --release-region rr
    failed 2 "$1"
    absent out
}

@test "unusable text in release_region gives status 2, before any file is created" {
    full_core 1
    held 'DUMP:'
    refuses 'rr has no range in DUMP'
    held 'DUMP:0x1000-0xfffffffffffff000'
    refuses 'rr has text that is not a range of memory'
    head -c 4096 /dev/zero | tr '\0' 'f' > rr
    refuses 'rr has text that is not a range of memory'
    rm rr
    refuses 'rr: cannot open: No such file'
    mkdir rr
    refuses 'rr: cannot open: Is a directory'
    rmdir rr
    held 'DUMP:0x0-0x1000'
    run --separate-stderr "$COPY" --stream --release-region rr
    failed 2 '--release-region cannot be used with --stream'
}

# mutant NAME FILE SED-SCRIPT...: builds the program with the change SED-SCRIPT in FILE, and sets COPY to it
mutant() {
    local name=$1 file=$2
    shift 2
    cp -a tree "$name"
    sed -i "$@" "$name/helpers/$file"
    run cmp -s "tree/helpers/$file" "$name/helpers/$file"
    [ "$status" -eq 1 ]
    make -s -C "$name" B=b RAW= CODECS= OPTIMIZE=-O1 b/fadump-copy > /dev/null
    COPY=$HERE/$name/b/fadump-copy
}

# this test builds its own programs
# bats test_tags=uninstrumented
@test "the tests above find each of five programs with a wrong order or a wrong range" {
    mkdir tree
    cp -a "$TOP/Makefile" "$TOP/helpers" tree/
    make -s -C tree B=b RAW= CODECS= OPTIMIZE=-O1 b/fadump-copy > /dev/null
    as kdump
    FORMAT+=(--compress none)

    # the unchanged program passes both checks
    COPY=$HERE/tree/b/fadump-copy
    crashed
    phyp
    [ "$status" -eq 0 ]
    same whole out/vmcore
    crashed
    ordered "$COPY"
    [ ! -s wrong ]

    # a batch is released before its pages are written to the sink
    mutant early copy/pipeline.c '/^static bool end_batch/,/^}/ { s/^{/{\n\tincremental_release(\&p->incremental, \&p->src);/ }'
    crashed
    phyp
    run same whole out/vmcore
    [ "$status" -eq 1 ] && [[ $output == *differ* || $output == *'is not'* ]]

    # memory is released before its copy in the dump is durable
    mutant unsafe copy/pipeline.c '/set_sink_status(p, output_settle/d'
    crashed
    ordered "$COPY"
    grep -q 'the dump is not durable' wrong

    # memory is released while it is mapped
    mutant mapped copy/pipeline.c '/^static bool end_batch/,/^}/ { /vmcore_leave/d }'
    crashed
    ordered "$COPY"
    grep -q 'the source is mapped' wrong

    # one page too many is released
    mutant many release/release.c 's/ask(r, area, at, bytes - 1)/ask(r, area, at, bytes)/'
    crashed
    phyp
    ! same whole out/vmcore || [ "$status" -eq 99 ]

    # that page follows the last page of the held memory
    grep -q 'a kernel would crash: a page past the end' <<< "$stderr" || ! same whole out/vmcore

    # pages are selected too late, after their page structs were released
    mutant late copy/pipeline.c '/incremental_select_ahead(/,/;/d'
    "$TOP/build/tools/mkbig" whole 1 > planned
    sed -i 's/if (!incremental_mark(&p->incremental, c))//' late/helpers/copy/pipeline.c
    make -s -C late B=b RAW= CODECS= OPTIMIZE=-O1 b/fadump-copy > /dev/null
    cp --sparse=always whole src
    held 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x4000000-0x3c000000:'
    FORMAT=(--format kdump --compress none --dump-level 31)
    phyp
    counts=$("$TOP/build/tools/cmpdump" -x -l 31 whole out/vmcore) || counts=differs
    [ "$status" -ne 0 ] || [ "$(count_of excluded "$counts")" -ne $(($(count_of pages "$(cat planned)") - $(count_of kept "$(cat planned)"))) ]
}
