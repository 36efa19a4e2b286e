#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# order.bats - the order of the steps of a dump, as the system calls show it

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# in_order PATTERN...: checks that the trace of the main thread matches the PATTERNs in this order
in_order() {
    local file at=0 next pattern
    file=$(main_trace)
    for pattern; do
        next=$(tail -n +$((at + 1)) "$file" | grep -n -m 1 -e "$pattern" | cut -d : -f 1)
        [ -n "$next" ] || {
            echo "no line after line $at matches: $pattern"
            cat "$file"
            return 1
        }
        at=$((at + next))
    done
}

log_core() {
    printf 'info PAGESIZE=4096\nload 0 40M\npattern 1 39M\nring 0xc000000002700000 4 10\nrecord 1000000 a line\n' | core
}

# logged OPTION-OF-STRACE...: makes a traced copy with the kernel log, in the format that as() chose
logged() {
    rm -rf out trace.*
    run --separate-stderr strace -ff -qq -y -o trace "$@" \
        "$COPY" --quiet "${FORMAT[@]}" --threads 2 --source src --file out/vmcore --report report
}

durable_in_order() {
    [ "$status" -eq 0 ]
    in_order 'mkdir("out", 0700) *= 0' \
        'openat(.*/out>, "vmcore.incomplete", .*O_EXCL.*O_NOFOLLOW.*, 0600) = ' \
        'fsync(.*/out/vmcore.incomplete>) *= 0' 'close(.*/out/vmcore.incomplete>) *= 0' \
        'renameat2(.*"vmcore.incomplete".*"vmcore", RENAME_NOREPLACE) *= 0' \
        "fsync(.*<$HERE/out>) *= 0" "fsync(.*<$HERE>) *= 0" 'exit_group(0)'
    # no byte is written after the last flush
    tac "$(main_trace)" | sed '/fsync(.*vmcore.incomplete/q' > after
    none grep pwrite64 after
}

@test "the file is made durable, closed and renamed, then both directories are flushed" {
    log_core
    for format in elf kdump; do
        as $format
        logged
        durable_in_order
    done
}

@test "the kernel log is durable before the first byte of the dump is written" {
    log_core
    logged
    in_order 'open.*(.*"vmcore-dmesg.txt.incomplete"' \
        'fsync(.*/out/vmcore-dmesg.txt.incomplete>) *= 0' \
        'renameat2(.*"vmcore-dmesg.txt"' "fsync(.*<$HERE/out>) *= 0" \
        'openat(.*"vmcore.incomplete"' 'pwrite64(.*vmcore.incomplete>'
}

@test "kdump: all pages and bitmaps are flushed before the headers that mark the dump as complete" {
    log_core
    as kdump
    # one trace of all threads keeps the order of their calls
    run --separate-stderr strace -f -qq -y -o all "$COPY" --quiet --no-dmesg "${FORMAT[@]}" \
        --threads 3 --source src --file out/vmcore
    done_well
    grep 'vmcore.incomplete' all \
        | sed -n 's/^[0-9]* *\(pwrite64\|fsync\|close\).*vmcore.incomplete>\(, "KDUMP\)\?.*/\1\2/p' \
        | uniq > calls
    cat calls
    # headers, all other data, a flush, headers again, a flush, the end
    printf '%s\n' 'pwrite64, "KDUMP' pwrite64 fsync 'pwrite64, "KDUMP' fsync close > want
    diff want calls
}

@test "kdump: the data of each chunk is written before its descriptors" {
    full_core 40
    as kdump
    logged
    # a chunk has 128 pages; a descriptor has 24 bytes
    writes=0
    for f in trace.*; do
        [ "$f" != "$(main_trace)" ] || continue
        sed -n 's/^pwrite64.*, \([0-9]*\), [0-9]*) = .*/\1/p' "$f" > sizes
        writes=$((writes + $(wc -l < sizes)))
        # the writes 2, 4, 6 and so on are the descriptors
        # shellcheck disable=SC2016 # awk variables
        none awk 'NR % 2 == ($1 == 3072) { print NR ": " $1 }' sizes
    done
    [ "$writes" -eq 160 ] # two writes for each of 80 chunks, in all workers
}

@test "memory is allocated before any file or directory is created" {
    log_core
    for format in elf kdump; do
        as $format
        logged
        in_order 'MAP_POPULATE' 'mkdir("out"'
        # later writable mappings are smaller than 100000 bytes; the stacks of the threads are mapped without PROT_WRITE
        sed -n '/^mkdir("out"/,$p' "$(main_trace)" > after
        none grep 'mmap(NULL, [0-9]\{6\}.*PROT_WRITE' after
    done
}

# source_is_free COUNT: checks that the main thread mapped at least COUNT windows of the source, that all of them were
# unmapped, and that the source was closed before the report was written and not used afterwards
source_is_free() {
    # several windows can have the same address, so each munmap() of such an address is counted
    sed -n 's/^mmap(.*\/src>, .*= \(0x[0-9a-f]*\)$/munmap(\1,/p' "$(main_trace)" > windows
    [ "$(wc -l < windows)" -ge "$1" ]
    [ "$(cat trace.* | grep -c -F -f windows)" -ge "$(wc -l < windows)" ]
    in_order "close(.*<$HERE/src>) *= 0" '^open.*(.*"report"' 'exit_group('
    sed -n "\\|close(.*<$HERE/src>|,\$p" "$(main_trace)" | tail -n +2 > after
    none grep -F /src after
}

@test "the source is closed after a complete dump" {
    log_core
    for format in elf kdump; do
        as $format
        logged
        source_is_free 3
    done
}

@test "the source is closed if the disk is full" {
    log_core
    for format in elf kdump; do
        as $format
        logged -e inject=pwrite64:error=ENOSPC:when=7
        [ "$status" -eq 5 ]
        source_is_free 1
    done
}

@test "a source of 40 MiB is mapped in three windows" {
    log_core
    logged
    [ "$(grep -c '^mmap(.*/src>' "$(main_trace)")" -eq 3 ]
}
