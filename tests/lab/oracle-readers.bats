#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# oracle-readers.bats - crash and drgn read dumps that fadump-copy made of real vmcores: complete, streamed, and cut off
# In:  the lab (missing parts are built). The dumps are made once; the tests examine them.
# Out: TAP. Does not know: how a dump is made.

setup_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_begin
    for core in $CORES; do
        echo "# our dumps: $core" >&3
        # the defaults, which are kdump, zstd and level 31
        copy "$core" "$E/$core.kdump" || echo $? > "$E/$core.kdump.status"
        copy "$core" "$E/$core.elf" --format elf || echo $? > "$E/$core.elf.status"
    done
}

teardown_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_end
}

setup() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
}

# crash_says CORE DUMP OUT: write the output of five commands of crash to OUT, without the name of the dump
crash_says() {
    printf '%s\n' sys bt ps 'kmem -i' log quit > "$3.commands"
    judge crash -s "$(realpath "$E/$1")/vmlinux" "$2" < "$3.commands" > "$3.all" 2>&1 \
        || echo "crash: exit status $?" >> "$3.all"
    sed 's/^    DUMPFILE: .*  \(\[.*\]\)\{0,1\}$/    DUMPFILE: \1/' "$3.all" > "$3"
}

# same_in_crash CORE: assert that crash prints the same for our dump as for that of makedumpfile
same_in_crash() {
    peers "$1" 31
    crash_says "$1" "$E/$1-31.peer" "$E/$1.crash-peer" &
    crash_says "$1" "$E/$1.kdump" "$E/$1.crash-ours"
    wait
    rm "$E/$1-31.peer"
    for word in 'DUMPFILE: \[PARTIAL DUMP\]' 'PANIC: "Kernel panic - not syncing: sysrq triggered crash"' \
        'COMMAND: "sh"' ' sysrq_handle_crash at ' ' \[kthreadd\]$' 'TOTAL MEM ' 'Linux version .* (debian-kernel@'; do
        grep -q "$word" "$E/$1.crash-ours" || {
            echo "crash does not print: $word"
            cat "$E/$1.crash-ours"
            return 1
        }
    done
    diff "$E/$1.crash-peer" "$E/$1.crash-ours"
}

@test "crash prints the same for our dump and for that of makedumpfile, x86_64 Linux 6.1" {
    same_in_crash bookworm
}

@test "crash prints the same for our dump and for that of makedumpfile, x86_64 Linux 6.12" {
    same_in_crash trixie
}

# drgn_says CORE DUMP: print the output of look.py
drgn_says() {
    # libkdumpfile cannot translate addresses of present ppc64 kernels: drgn has to walk the page tables itself
    judge env DRGN_PREFER_PGTABLE_READER=1 drgn -q -c "$2" -s "$(realpath "$E/$1")/vmlinux" "$LAB_HERE/look.py" 2>&1
}

# same_in_drgn CORE KIND...: assert that look.py prints the same for our dumps of these kinds as for the vmcore
same_in_drgn() {
    local core=$1 kind
    shift
    drgn_says "$core" "$(realpath "$E/$core")/vmcore" > "$E/$core.drgn" || true
    for word in '^panicked=sh [0-9]*$' '^pattern=pattern [0-9]*$' '^tasks=[1-9][0-9]' \
        '^log: .*sysrq triggered crash'; do
        grep "$word" "$E/$core.drgn" || {
            cat "$E/$core.drgn"
            return 1
        }
    done
    for kind; do diff "$E/$core.drgn" <(drgn_says "$core" "$E/$core.$kind") || return; done
}

@test "drgn prints the same for the vmcore and for our kdump and ELF dumps, ppc64le with 64 KiB pages" {
    same_in_drgn 64k kdump elf
}

@test "drgn prints the same for the vmcore and for our ELF dump, ppc64le with 4 KiB pages" {
    same_in_drgn 4k elf
}

# libkdumpfile 0.5.4 translates no address of such kernels, not even physical ones. If this test fails because a newer
# version does, add kdump to the test above.
@test "drgn: libkdumpfile cannot read a kdump file of ppc64le with 4 KiB pages, ours or that of makedumpfile" {
    peers hash 31
    for dump in hash.kdump hash-31.peer; do
        drgn_says hash "$E/$dump" > "$E/$dump.drgn" || true
        tail -n 1 "$E/$dump.drgn"
        tail -n 1 "$E/$dump.drgn" | grep -q 'from kdump: .*No way to translate'
    done
}

@test "drgn prints the same for the vmcore and for our kdump and ELF dumps, x86_64 Linux 6.1" {
    same_in_drgn bookworm kdump elf
}

@test "drgn prints the same for the vmcore and for our kdump and ELF dumps, x86_64 Linux 6.12" {
    same_in_drgn trixie kdump elf
}

# streamed CORE: assert that makedumpfile -R turns our stream into a file with the pages of our dump
streamed() {
    "$COPY" --quiet --no-dmesg --source "$E/$1/vmcore" --stream > >(peer bookworm -R "$E/$1.streamed" > "$E/$1.R" 2>&1)
    wait $!
    pages "$E/$1.streamed" "$E/$1.kdump" && rm "$E/$1.streamed"
}

@test "--stream: makedumpfile -R rebuilds a dump with the same pages" {
    for core in $CORES; do streamed "$core"; done
}

@test "a full file system or a full device causes exactly one error line, with the reason" {
    # shellcheck disable=SC2016 # expanded by the inner shell
    "$LAB_HERE/alone" sh -euc '
        mkdir "$E/full"
        mount -t tmpfs -o size=1M none "$E/full"
        truncate -s 1M "$E/device"
        for to in "--file $E/full/vmcore" "--block $E/device"; do
            status=0
            "$1" --quiet --no-dmesg --source "$E/64k/vmcore" $to --report "$E/report" 2> "$E/said" || status=$?
            echo "$status $(wc -l < "$E/said") $(sed -n s/^error=//p "$E/report")"
        done' sh "$COPY" > "$E/full.out"
    cat "$E/full.out"
    [ "$(grep -c '^5 1 .*: No space left on device$' "$E/full.out")" -eq 2 ]
}

# cut_off CORE KIB: kill fadump-copy when KIB KiB of its file are written; the partial dump is $E/CORE.cut
cut_off() {
    local pid waited=0
    rm -f "$E/$1.cut"
    # options that make the copy slow enough
    copy "$1" "$E/$1.cut" --dump-level 1 --compress zstd:9 --threads 1 &
    pid=$!
    until [ -e "$E/$1.cut.incomplete" ] && [ $(($(stat -c '%b * %B / 1024' "$E/$1.cut.incomplete"))) -ge "$2" ]; do
        sleep 0.05
        waited=$((waited + 1))
        [ $waited -lt 1200 ]
    done
    kill -KILL "$(cat "/proc/$pid/task/$pid/children")"
    wait $pid || true
    [ ! -e "$E/$1.cut" ] && mv "$E/$1.cut.incomplete" "$E/$1.cut"
}

# partial_is_right CORE: assert that the dump, cut off at three sizes, has no wrong page and is marked incomplete
partial_is_right() {
    local kib kept=0 now=0
    for kib in 128 16384 40960; do
        cut_off "$1" $kib
        pages --partial "$E/$1.cut" "$(realpath "$E/$1")/vmcore" > "$E/$1.cut.pages"
        cat "$E/$1.cut.pages"
        head -n 1 "$E/$1.cut.pages" | grep -q ' status=0x28 '
        now=$(sed -n '1s/.* kept=\([0-9]*\).*/\1/p' "$E/$1.cut.pages")
        [ "$now" -ge "$kept" ]
        kept=$now
        # crash supports only the architecture that it was built for
        [ "$1" = 64k ] || judge crash --osrelease "$E/$1.cut" | grep -q '^6\.'
    done
    [ "$kept" -gt 100 ]
}

@test "killed at three file sizes: all pages in the partial dump are right, ppc64le" {
    partial_is_right 64k
}

@test "killed at three file sizes: all pages in the partial dump are right, x86_64" {
    partial_is_right trixie
}
