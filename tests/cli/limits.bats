#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# limits.bats - memory and threads

load cli

@test "16 threads live in 24 MiB of anonymous memory" {
    printf 'load 0 116M\npattern 1 8M\nzero 100M\npattern 1 8M\n' | core
    # RLIMIT_DATA counts all private writable memory, touched or not
    run --separate-stderr bash -c 'ulimit -d 24576 && exec "$@"' limited \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 16 --source src --file out/vmcore
    done_well
    rm -r out
    run --separate-stderr bash -c 'ulimit -d 24576 && exec "$@"' limited \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 16 --no-mmap --source src --file out/vmcore
    done_well
    rm -r out
    # the limit is one: with less it says so
    run --separate-stderr bash -c 'ulimit -d 8192 && exec "$@"' limited \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 16 --source src --file out/vmcore
    failed 6 "no memory"
}

@test "not a byte of memory is claimed while copying" {
    full_core 40
    traced -e trace=open,openat,brk,mmap,mremap -- --threads 2
    [ "$status" -eq 0 ]
    # between the first window and the last, and in the other threads at any time
    main=$(main_trace)
    [ "$(grep -c MAP_SHARED "$main")" -eq 3 ]
    sed -n '/MAP_SHARED/,$p' "$main" | tac | sed -n '/MAP_SHARED/,$p' > copying
    mv "$main" main
    none grep 'brk\|MAP_PRIVATE' copying trace.*
}

@test "races: the thread sanitizer sees none" {
    printf 'load 0 48M\npattern 1 20M\nzero 8M\npattern 2 20M\n' | core
    export TSAN_OPTIONS=exitcode=99
    for how in '--threads 1' '--threads 3' '--threads 16' '--threads 4 --no-mmap'; do
        # shellcheck disable=SC2086 # two words
        run --separate-stderr setarch -R "$TOP/build/tsan/fadump-copy" --quiet --no-dmesg \
            --source src --file out/vmcore $how
        done_well
        rm -r out
    done
    run --separate-stderr setarch -R "$TOP/build/tsan/threads"
    echo "$output"
    [ "$status" -eq 0 ]
}
