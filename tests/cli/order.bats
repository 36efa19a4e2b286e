#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# order.bats - what has to be before what, read off the system calls

# bats and cli.bash set what is used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# in_order PATTERN...: each is in the main thread's trace, after the one before.
in_order() {
    local file at=0 next pattern
    file=$(main_trace)
    for pattern; do
        next=$(tail -n +$((at + 1)) "$file" | grep -n -m 1 -e "$pattern" | cut -d : -f 1)
        [ -n "$next" ] || {
            echo "not after line $at: $pattern"
            cat "$file"
            return 1
        }
        at=$((at + next))
    done
}

log_core() {
    printf 'info PAGESIZE=4096\nload 0 40M\npattern 1 39M\nring 0xc000000002700000 4 10\nrecord 1000000 a line\n' | core
}

# logged OPTION-OF-STRACE...: in the format that as() chose
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
    # and no byte after the last flush
    tac "$(main_trace)" | sed '/fsync(.*vmcore.incomplete/q' > after
    none grep pwrite64 after
}

@test "file durable, closed, renamed; then both directories" {
    log_core
    for format in elf kdump; do
        as $format
        logged
        durable_in_order
    done
}

@test "the kernel log is safe before the first byte of the dump" {
    log_core
    logged
    in_order 'open.*(.*"vmcore-dmesg.txt.incomplete"' \
        'fsync(.*/out/vmcore-dmesg.txt.incomplete>) *= 0' \
        'renameat2(.*"vmcore-dmesg.txt"' "fsync(.*<$HERE/out>) *= 0" \
        'openat(.*"vmcore.incomplete"' 'pwrite64(.*vmcore.incomplete>'
}

@test "kdump: all pages and bits, flushed, before the headers that call it complete" {
    log_core
    as kdump
    # one trace of all threads, in order
    run --separate-stderr strace -f -qq -y -o all "$COPY" --quiet --no-dmesg "${FORMAT[@]}" \
        --threads 3 --source src --file out/vmcore
    done_well
    grep 'vmcore.incomplete' all | sed -n 's/^[0-9]* *\(pwrite64\|fsync\|close\).*vmcore.incomplete>\(, "KDUMP\)\?.*/\1\2/p' \
        | uniq > calls
    cat calls
    # headers; all else; a flush; headers; a flush; the end
    printf '%s\n' 'pwrite64, "KDUMP' pwrite64 fsync 'pwrite64, "KDUMP' fsync close > want
    diff want calls
}

@test "kdump: of each chunk the data before its descriptors" {
    full_core 40
    as kdump
    logged
    # descriptors are 24 bytes for each of 128 pages
    writes=0
    for f in trace.*; do
        [ "$f" != "$(main_trace)" ] || continue
        sed -n 's/^pwrite64.*, \([0-9]*\), [0-9]*) = .*/\1/p' "$f" > sizes
        writes=$((writes + $(wc -l < sizes)))
        # every other write is of descriptors, beginning with the second
        # shellcheck disable=SC2016 # awk's
        none awk 'NR % 2 == ($1 == 3072) { print NR ": " $1 }' sizes
    done
    [ "$writes" -eq 160 ] # of all workers, for 80 chunks
}

@test "memory is claimed before anything is made" {
    log_core
    for format in elf kdump; do
        as $format
        logged
        in_order 'MAP_POPULATE' 'mkdir("out"'
        # nothing large afterwards but the stacks of the threads
        sed -n '/^mkdir("out"/,$p' "$(main_trace)" > after
        none grep 'mmap(NULL, [0-9]\{6\}.*PROT_WRITE' after
    done
}

# Nothing of the source is held when the program ends, its mappings first.
source_is_free() {
    # an address may come again, so windows are counted by their addresses
    sed -n 's/^mmap(.*\/src>, .*= \(0x[0-9a-f]*\)$/munmap(\1,/p' "$(main_trace)" > windows
    [ "$(wc -l < windows)" -ge "$1" ]
    [ "$(cat trace.* | grep -c -F -f windows)" -ge "$(wc -l < windows)" ]
    in_order "close(.*<$HERE/src>) *= 0" '^open.*(.*"report"' 'exit_group('
    sed -n "\\|close(.*<$HERE/src>|,\$p" "$(main_trace)" | tail -n +2 > after
    none grep -F /src after
}

@test "the source is let go, complete" {
    log_core
    for format in elf kdump; do
        as $format
        logged
        source_is_free 3
    done
}

@test "the source is let go, on a full disk" {
    log_core
    for format in elf kdump; do
        as $format
        logged -e inject=pwrite64:error=ENOSPC:when=7
        [ "$status" -eq 5 ]
        source_is_free 1
    done
}

@test "windows of 16 MiB, few at a time" {
    log_core
    logged
    [ "$(grep -c '^mmap(.*/src>' "$(main_trace)")" -eq 3 ]
}
