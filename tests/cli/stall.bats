#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stall.bats - a target that hangs, and one that is only slow
#
# strace holds back single calls, as a dead server does; a pipe that nobody reads needs no help.

# bats and cli.bash set what is used here
# shellcheck disable=SC2030,SC2031,SC2034,SC2086,SC2153,SC2154,SC2216
load cli

HANG=delay_enter=120000000 # microseconds

# hanging PATH INJECT OPTION...: as traced with one fault. strace would wait for the call that hangs, and has words of its own on
# stderr: it is ended when the copy has reported and begun to exit, and what that said is in `said`. Ended before, the call would
# be made after all, and the copy go on for a moment.
hanging() {
    local path=$1 inject=$2 tracer
    shift 2
    rm -f ended report trace.*
    touch began
    # shellcheck disable=SC2016 # for the shell in there
    # The thread sanitizer would give the other threads a second to go on.
    TSAN_OPTIONS=${TSAN_OPTIONS-}:atexit_sleep_ms=0 exec_strace -ff -q -o trace -P "$path" -e "inject=$inject" \
        sh -c '"$@" 2> said; echo $? > status; mv status ended' sh \
        "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore --report report "$@" 2> strace.said &
    tracer=$!
    for _ in 1 2 3 4 5 6; do ! appears report || break; done
    # all threads are ended together: one is enough
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
    said "$1: stalled: it took nothing for 1 s"
    absent out/vmcore
    reported "error=$1: stalled: it took nothing for 1 s"
    reported 'stored_bytes=[0-9]*'
}

@test "a write, a flush or the name hangs: the copy ends, incomplete" {
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
    # the name is there, and its directory cannot be flushed: the status is what counts
    hanging "$HERE/out" fsync:$HANG --no-dmesg --stall-timeout 1
    [ "$status" -eq 8 ] && [ -e out/vmcore ] && said 'out/vmcore: stalled: it took nothing for 1 s'
}

@test "the kernel log hangs: the copy ends, too" {
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

@test "a pipe that nobody reads" {
    full_core 4
    began=$SECONDS
    status=0
    { "$COPY" --quiet --source src --stream --compress none --dump-level 0 --report report --stall-timeout 1 2> said || echo $? > status; } \
        | sleep 30 &
    appears status
    [ "$(cat status)" -eq 8 ]
    [ $((SECONDS - began)) -lt 20 ]
    [ "$(cat said)" = 'fadump-copy: standard output: stalled: it took nothing for 1 s' ]
    kill %% || :
}

@test "a target that is slow, and one that has to wait for the source, are not stalled" {
    full_core 1
    as kdump
    # each call takes far less than the limit, all of them more
    hanging "$HERE/out/vmcore.incomplete" pwrite64:delay_enter=700000 --no-dmesg --stall-timeout 3 --compress none
    done_well
    [ "$took_ms" -ge 4000 ]
    rm -r out
    hanging "$HERE/src" pread64:delay_enter=4000000 --no-mmap --no-dmesg --stall-timeout 3
    done_well
    [ "$took_ms" -ge 4000 ]
}

@test "a device that has much to make zeros, slowly, is not stalled" {
    printf 'info PAGESIZE=4096\nload 0 128M\nzero 127M\npattern 1 1M\n' | core
    truncate -s 160M dev
    # eight parts in one call, each of less than the limit, all of them more
    rm -f report
    touch began
    strace -f -qq -o trace -P "$HERE/dev" -e inject=fallocate:delay_enter=700000 \
        "$COPY" --quiet --no-dmesg --format elf --dump-level 1 --source src --block dev --report report --stall-timeout 3
    [ $(($(date -r report +%s) - $(date -r began +%s))) -ge 5 ]
    [ "$(grep -c 'fallocate(.*DELAYED' trace)" -ge 8 ]
}

@test "what was written is passed on on the way, and an error of that counts" {
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
