#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# order.bats - what has to be before what, read off the system calls

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

logged() {
    run --separate-stderr strace -ff -qq -y -o trace "$@" \
        "$COPY" --quiet "${FORMAT[@]}" --threads 2 --source src --file out/vmcore --report report
}

@test "file durable, closed, renamed; then both directories" {
    log_core
    logged
    [ "$status" -eq 0 ]
    in_order 'mkdir("out", 0700) *= 0' \
        'openat(.*/out>, "vmcore.incomplete", .*O_EXCL.*O_NOFOLLOW.*, 0600) = ' \
        'fsync(.*/out/vmcore.incomplete>) *= 0' 'close(.*/out/vmcore.incomplete>) *= 0' \
        'renameat2(.*"vmcore.incomplete".*"vmcore", RENAME_NOREPLACE) *= 0' \
        "fsync(.*<$HERE/out>) *= 0" "fsync(.*<$HERE>) *= 0" 'exit_group(0)'
    # and no byte after the flush
    sed -n '/fsync(.*vmcore.incomplete/,$p' "$(main_trace)" > after
    none grep pwrite64 after
}

@test "the kernel log is safe before the first byte of the dump" {
    log_core
    logged
    in_order 'open.*(.*"vmcore-dmesg.txt.incomplete"' \
        'fsync(.*/out/vmcore-dmesg.txt.incomplete>) *= 0' \
        'renameat2(.*"vmcore-dmesg.txt"' "fsync(.*<$HERE/out>) *= 0" \
        'openat(.*"vmcore.incomplete"' 'pwrite64(.*vmcore.incomplete>'
}

@test "memory is claimed before anything is made" {
    log_core
    logged
    in_order 'MAP_POPULATE' 'mkdir("out"'
    [ "$(grep -c MAP_POPULATE "$(main_trace)")" -eq 1 ]
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
    logged
    source_is_free 3
}

@test "the source is let go, on a full disk" {
    log_core
    logged -e inject=pwrite64:error=ENOSPC:when=4
    [ "$status" -eq 5 ]
    source_is_free 1
}

@test "windows of 16 MiB, few at a time" {
    log_core
    logged
    [ "$(grep -c '^mmap(.*/src>' "$(main_trace)")" -eq 3 ]
}
