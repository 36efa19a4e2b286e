#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stall.bats - a target that hangs ends the copy; a slow target does not
#
# strace delays single calls, as a server without an answer would; a pipe without a reader needs no strace.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2034,SC2086,SC2153,SC2154,SC2216
load cli

HANG=delay_enter=120000000 # microseconds

# hanging PATH INJECT OPTION...: makes the same copy as copy(), with the fault INJECT in calls that use PATH. The
# messages of the copy are in the file "said", because strace also writes to stderr. strace would wait for the call that
# hangs, so it is killed once the copy has written its report and begun to exit. If strace were killed earlier, the call
# would be made and the copy would continue.
hanging() {
    local path=$1 inject=$2 tracer
    shift 2
    rm -f ended report trace.*
    touch began
    # shellcheck disable=SC2016 # the inner shell expands $
    # The thread sanitizer would let the other threads continue for a second.
    TSAN_OPTIONS=${TSAN_OPTIONS-}:atexit_sleep_ms=0 exec_strace -ff -q -o trace -P "$path" -e "inject=$inject" \
        sh -c '"$@" 2> said; echo $? > status; mv status ended' sh \
        "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore --report report "$@" 2> strace.said &
    tracer=$!
    for _ in 1 2 3 4 5 6; do ! appears report || break; done
    # all threads end together, so one ended thread is enough
    until [ -e ended ] || cat trace.* | grep -q '^+++ exited with 8 +++$'; do sleep 0.05; done
    kill -KILL $tracer 2> /dev/null || :
    wait $tracer || :
    appears ended
    status=$(cat ended)
    stderr=$(cat said)
    mapfile -t stderr_lines < said
    took_ms=$((($(date -r report +%s%N) - $(date -r began +%s%N)) / 1000000))
    echo "status $status after $took_ms ms: $stderr"
}

stalled() {
    [ "$status" -eq 8 ] && [ "$took_ms" -ge 1000 ] && [ "$took_ms" -lt 60000 ] || return 1
    said "$1: stalled: it accepted no data for 1 s"
    absent out/vmcore
    reported "error=$1: stalled: it accepted no data for 1 s"
    reported 'stored_bytes=[0-9]*'
}

@test "if a write, a flush or the opening of the directory hangs, also after the rename, the copy ends with status 8" {
    full_core 4
    for format in elf kdump; do
        as $format
        for fault in pwrite64:$HANG:when=3 fsync:$HANG; do
            hanging "$HERE/out/vmcore.incomplete" $fault --no-dmesg --stall-timeout 1
            stalled out/vmcore
            [ -e out/vmcore.incomplete ]
            rm -r out report
        done
    done
    mkdir out
    hanging "$HERE/out" openat:$HANG:when=1 --no-dmesg --stall-timeout 1
    stalled out/vmcore
    rm report
    # the flush of the directory hangs after the rename: the dump has its final name, but the status is 8
    hanging "$HERE/out" fsync:$HANG --no-dmesg --stall-timeout 1
    [ "$status" -eq 8 ] && [ -e out/vmcore ] && said 'out/vmcore: stalled: it accepted no data for 1 s'
}

@test "the copy also ends if writing the kernel log hangs" {
    core << 'END'
info PAGESIZE=4096
load 0x1000000 1M vaddr=0xffffffff82000000
fill 0xee 4K
ring 0xffffffff82001000 4 10
record 0 the last words
END
    mkdir out
    hanging "$HERE/out" fsync:$HANG:when=1 --stall-timeout 1
    stalled out/vmcore
}

@test "a pipe that no process reads ends the copy" {
    full_core 4
    began=$SECONDS
    status=0
    { "$COPY" --quiet --source src --stream --compress none --dump-level 0 --report report --stall-timeout 1 2> said || echo $? > status; } \
        | sleep 30 &
    appears status
    [ "$(cat status)" -eq 8 ]
    [ $((SECONDS - began)) -lt 20 ]
    [ "$(cat said)" = 'fadump-copy: standard output: stalled: it accepted no data for 1 s' ]
    kill %% || :
}

@test "a slow target, and a target that waits for the source, do not count as stalled" {
    full_core 1
    as kdump
    # each call needs less time than the limit, all of them together need more
    hanging "$HERE/out/vmcore.incomplete" pwrite64:delay_enter=700000 --no-dmesg --stall-timeout 3 --compress none
    done_well
    [ "$took_ms" -ge 4000 ]
    rm -r out
    hanging "$HERE/src" pread64:delay_enter=4000000 --no-mmap --no-dmesg --stall-timeout 3
    done_well
    [ "$took_ms" -ge 4000 ]
}

@test "a device that writes many zeros slowly does not count as stalled" {
    printf 'info PAGESIZE=4096\nload 0 128M\nzero 127M\npattern 1 1M\n' | core
    truncate -s 160M dev
    # eight system calls for one run of zeros: each needs less time than the limit, all of them together need more
    rm -f report
    touch began
    strace -f -qq -o trace -P "$HERE/dev" -e inject=fallocate:delay_enter=700000 \
        "$COPY" --quiet --no-dmesg --format elf --dump-level 1 --source src --block dev --report report \
        --stall-timeout 3
    [ $(($(date -r report +%s) - $(date -r began +%s))) -ge 5 ]
    [ "$(grep -c 'fallocate(.*DELAYED' trace)" -ge 8 ]
}

@test "data is sent to the disk during the copy; an error of sync_file_range, except ENOSYS, fails the dump" {
    full_core 40
    as kdump
    traced -e trace=sync_file_range -- --compress none
    done_well
    [ "$(cat trace.* | grep -c '^sync_file_range(.*SYNC_FILE_RANGE_WAIT_BEFORE|SYNC_FILE_RANGE_WRITE) = 0$')" -eq 2 ]
    rm -r out trace.*
    traced -e inject=sync_file_range:error=EIO -- --compress none
    failed 4 "out/vmcore.incomplete: cannot write: "
    rm -r out trace.*
    traced -e inject=sync_file_range:error=ENOSYS -- --compress none
    done_well
}
