#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# release.bats - memory goes back while the rest is copied: never before it is safe, never too much
#
# The kernel is tools/phyp, which overwrites in the source what it is given, before the program
# goes on.  whole is the source as it was.

# bats and cli.bash set what is used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# held TEXT: what the kernel says
held() {
    printf '%s\n' "$1" > rr
}

# From 16 MiB to the end at 160, in batches of 16 MiB.
HELD='CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x1000000-0x9000000:'

crashed() {
    full_core 160
    cp --sparse=always src whole
    held "$HELD"
}

# phyp OPTION...: copy() with that kernel; what it says of itself is in "kernel".
phyp() {
    rm -rf out
    run --separate-stderr env "ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0" bash -c '"$@" > kernel' kernel \
        "$TOP/build/tools/phyp" rr src "$COPY" --quiet --no-dmesg "${FORMAT[@]}" \
        --source src --file out/vmcore --report report --release-region rr "$@"
}

# ranges: what was given back, a line each
ranges() {
    tail -n +2 rr
}

@test "all of it goes, every page of it is overwritten, and the dump is right" {
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
            # the source is not what it was: all but the first 16 MiB
            [ "$(cmp -l whole src | head -n 1 | awk '{ print $1 }')" -gt 16777216 ]
        done
    done
}

@test "the page structs go as well, and what they said stays known" {
    as kdump
    FORMAT=(--format kdump --compress none --dump-level 31)
    "$TOP/build/tools/mkbig" whole 1 > planned
    cp --sparse=always whole src
    held 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x4000000-0x3c000000:'
    phyp
    says_nothing
    [ "$status" -eq 0 ]
    [ "$(cat kernel)" = 'freed=245760 sums=exact' ]
    "$TOP/build/tools/cmpkdump" -x -l 31 whole out/vmcore > counts
    [ "$(count_of pages "$(cat planned)")" = "$(count_of pages "$(cat counts)")" ]
    [ "$(count_of kept "$(cat planned)")" -eq $(($(count_of pages "$(cat counts)") - $(count_of excluded "$(cat counts)"))) ]
}

@test "low memory goes where the firmware has put it" {
    full_core 128
    cp --sparse=always src whole
    # its copy of 32 MiB behind the memory, with the state of the processors before it
    held 'CPU:0x8000000-0x10000: HPTE:0x8010000-0x1000: DUMP:0x8011000-0x2000000, 0x2000000-0x6000000:'
    phyp
    [ "$status" -eq 0 ]
    same whole out/vmcore
    reported released_bytes=134217728
    [ "$(cat kernel)" = 'freed=32768 sums=exact' ]
    ranges | head -n 2 | tee first
    grep -qx '0x8011000 0xffffff' first
}

# Every write to the kernel's file, in the trace of all threads, with what is wrong about it.
judge() {
    # shellcheck disable=SC2016 # awk's
    awk -v out="<$HERE/out>" -v up="<$HERE>" '
        function bad(what) { print "line " NR ": " what; }
        { call = $0; sub(/^[0-9]+ +/, "", call) }
        # from its begin to its end, whatever other threads do in between
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
            if (dirty) bad("it is not durable")
            if (!named || !above) bad("its name is not durable")
            for (m in mapped) { bad("it is mapped"); break }
        }
        END { if (writes < 5) print "only " writes + 0 " were seen" }' all
}

# the program under test, or another one, and all that it does
ordered() {
    rm -rf out all
    run --separate-stderr strace -f -qq -y -e trace=pwrite64,fsync,write,mmap,munmap -o all "${1:-$COPY}" --quiet --no-dmesg \
        "${FORMAT[@]}" --threads 2 --source src --file out/vmcore --report report --release-region rr
    [ "$status" -eq 0 ]
    judge > wrong
    cat wrong
}

@test "nothing goes that is not durable, or mapped" {
    for format in elf kdump; do
        as $format
        crashed
        ordered
        [ ! -s wrong ]
        done_well
    done
}

@test "a full target: what went is in the partial dump, the rest stays held" {
    # writes until it is full, half of the dump; one thread: what has gone by then does not depend on who is faster
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
        # everything up to there is in what is left
        case $format in
            elf) cmp -n $((4096 + 16777216 + released)) src out/vmcore.incomplete ;;
            kdump)
                counts=$("$TOP/build/tools/cmpkdump" -i src out/vmcore.incomplete)
                echo "$counts"
                [ "$(count_of stored "$counts")" -ge $(((16777216 + released) / 4096)) ]
                ;;
        esac
    done
}

@test "a target that cannot flush: nothing goes any more" {
    for when in 1 4; do
        crashed
        rm -rf out
        run --separate-stderr strace -f -qq -y -o all -e inject=fsync:error=EIO:when=$when \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report report --release-region rr
        failed 4 'cannot flush'
        # the first 16 MiB are not held; each batch flushes the file and two directories
        [ "$(ranges | wc -l)" -eq 0 ]
        reported released_bytes=0
        reported held_bytes=150994944
        [ -e out/vmcore.incomplete ]
    done
}

@test "a kernel that refuses: said once, the dump is saved, all stays held" {
    crashed
    rm -rf out
    run --separate-stderr strace -qq -o all -P "$HERE/rr" -e trace=write -e inject=write:error=EINVAL \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report report --release-region rr
    says 'rr: the kernel does not take 0x1000000 0xffffff back: Invalid argument; the rest stays held'
    done_well
    [ "$(grep -c '^write' all)" -eq 1 ]
    reported released_bytes=0
    reported held_bytes=150994944
}

# As lost.bats does: the source ends earlier when memory is read.
@test "too much that cannot be read: nothing goes" {
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

@test "on a device nothing goes before all is an archive" {
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

@test "memory by its addresses, where there is no vmcore: a page of zeros for each of /dev/zero" {
    as kdump
    for format in elf kdump; do
        held 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x8000000-0x1000000, 0x1000000-0x7000000:'
        rm -rf out
        run --separate-stderr "$COPY" --quiet --no-dmesg --format $format --source /dev/zero --file out/vmcore \
            --report report --release-region rr
        says "/dev/zero: nothing says where the kernel's page tables are"
        [ "$status" -eq 7 ]
        reported held_bytes=0
    done
    reported constant_pages=32768
}

# refuses TEXT: a usage error, and nothing is made
refuses() {
    run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore --report report --release-region rr
    failed 2 "$1"
    absent out
}

@test "what the kernel says cannot be used: status 2, before anything is made" {
    full_core 1
    held 'DUMP:'
    refuses 'rr names no DUMP'
    held 'DUMP:0x1000-0xfffffffffffff000'
    refuses 'rr has something in it that is no range of memory'
    head -c 4096 /dev/zero | tr '\0' 'f' > rr
    refuses 'rr has something in it that is no range of memory'
    rm rr
    refuses 'rr: cannot open: No such file'
    mkdir rr
    refuses 'rr: cannot open: Is a directory'
    rmdir rr
    held 'DUMP:0x0-0x1000'
    run --separate-stderr "$COPY" --stream --release-region rr
    failed 2 '--release-region does not go with --stream'
}

# mutant NAME FILE SED-SCRIPT...: the program, with something wrong in it
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

# it builds its own programs
# bats test_tags=uninstrumented
@test "every wrong order is found by the tests above" {
    mkdir tree
    cp -a "$TOP/Makefile" "$TOP/helpers" tree/
    make -s -C tree B=b RAW= CODECS= OPTIMIZE=-O1 b/fadump-copy > /dev/null
    as kdump
    FORMAT+=(--compress none)

    # the program as it is passes both
    COPY=$HERE/tree/b/fadump-copy
    crashed
    phyp
    [ "$status" -eq 0 ]
    same whole out/vmcore
    crashed
    ordered "$COPY"
    [ ! -s wrong ]

    # memory goes before it is with the sink
    mutant early pipeline.c '/^static bool end_batch/,/^}/ { s/^{/{\n\tgiveback_batch(\&p->giveback, \&p->src);/ }'
    crashed
    phyp
    run same whole out/vmcore
    [ "$status" -eq 1 ] && [[ $output == *differ* || $output == *'is not'* ]]

    # before it is durable
    mutant unsafe pipeline.c '/note_sink(p, output_settle/d'
    crashed
    ordered "$COPY"
    grep -q 'not durable' wrong

    # while it is mapped
    mutant mapped pipeline.c '/^static bool end_batch/,/^}/ { /vmcore_leave/d }'
    crashed
    ordered "$COPY"
    grep -q 'it is mapped' wrong

    # a page too many
    mutant many release/release.c 's/ask(r, area, at, bytes - 1)/ask(r, area, at, bytes)/'
    crashed
    phyp
    ! same whole out/vmcore || [ "$status" -eq 99 ]

    # the end of what is held
    grep -q 'dies of a page past the end' <<< "$stderr" || ! same whole out/vmcore

    # pages are selected when it is too late
    mutant late pipeline.c '/giveback_look_ahead(/,/;/d'
    "$TOP/build/tools/mkbig" whole 1 > planned
    sed -i 's/if (!giveback_mark(&p->giveback, c))//' late/helpers/pipeline.c
    make -s -C late B=b RAW= CODECS= OPTIMIZE=-O1 b/fadump-copy > /dev/null
    cp --sparse=always whole src
    held 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x4000000-0x3c000000:'
    FORMAT=(--format kdump --compress none --dump-level 31)
    phyp
    counts=$("$TOP/build/tools/cmpkdump" -x -l 31 whole out/vmcore) || counts=differs
    [ "$status" -ne 0 ] || [ "$(count_of excluded "$counts")" -ne $(($(count_of pages "$(cat planned)") - $(count_of kept "$(cat planned)"))) ]
}
