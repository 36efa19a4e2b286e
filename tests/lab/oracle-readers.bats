#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# oracle-readers.bats - dumps that fadump-copy made of real vmcores: crash and drgn read complete dumps, makedumpfile -R
# rebuilds a stream, and all pages of a dump that was cut off are right
# In:  the lab (missing parts are built). The dumps are made once; the tests examine them.
# Out: TAP. Does not know: how a dump is made.

CORES='64k bookworm'

setup_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    . "$LAB_HERE/oracle-readers.bash"
    oracle_begin && readers_begin
}

teardown_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_end
}

setup() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    . "$LAB_HERE/oracle-readers.bash"
}

@test "crash prints the same for our dump and for that of makedumpfile, x86_64 Linux 6.1" {
    same_in_crash bookworm
}

@test "drgn prints the same for the vmcore and for our kdump and ELF dumps, ppc64le with 64 KiB pages" {
    same_in_drgn 64k kdump elf
}

@test "drgn prints the same for the vmcore and for our kdump and ELF dumps, x86_64 Linux 6.1" {
    same_in_drgn bookworm kdump elf
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
    partial_is_right bookworm
}
