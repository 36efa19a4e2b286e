#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# limits.bats - memory and threads

# bats and cli.bash set what is used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# limited KIB OPTION...: as copy, with so much memory.  RLIMIT_DATA counts all private
# writable memory, touched or not, so it is at least what is anonymous.
limited() {
    local kib=$1
    shift
    # shellcheck disable=SC2016 # $1 is the inner shell's
    run --separate-stderr bash -c 'ulimit -d "$1" && shift && exec "$@"' limited "$kib" \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore "$@"
}

# Data, constants of several kinds, zeros.
mixed_core() {
    printf 'info PAGESIZE=%s\nload 0 72M\npattern 1 8M\nfill 3 8M\nzero 48M\npattern 1 8M\n' "$1" | core
}

# a sanitizer needs many times as much itself
# bats test_tags=uninstrumented
@test "8 MiB and 1.5 MiB a thread, with every codec, in pages of 4 and 64 KiB" {
    as kdump
    for page in 4096 65536; do
        mixed_core $page
        for n in 1 2 16; do
            for how in zstd lzo zlib none 'zstd --no-mmap'; do
                # shellcheck disable=SC2086 # two words
                limited $((8192 + n * 1536)) --threads $n --compress $how
                says_nothing
                done_well
                rm -r out
            done
        done
    done
    as elf
    limited $((8192 + 1536 * 2)) --threads 2
    done_well
    rm -r out
    # a limit is one: with less it says so, and makes nothing
    as kdump
    limited 2048 --threads 1
    failed 6 "no memory"
    absent out
    limited 16384 --threads 16
    failed 6 "no memory"
    absent out
}

# a sanitizer needs many times as much itself
# bats test_tags=uninstrumented
@test "8 MiB and 1.5 MiB a thread, in a stream" {
    mixed_core 65536
    for n in 1 2 16; do
        # shellcheck disable=SC2016 # $1 is the inner shell's
        run --separate-stderr bash -c 'ulimit -d "$1" && shift && exec "$@" > stream' limited \
            $((8192 + n * 1536)) "$COPY" --quiet --stream --dump-level 1 --source src --threads $n
        [ "$status" -eq 0 ]
        rm -f vmcore
        "$TOP/build/tools/unflatten" vmcore < stream
        "$TOP/build/tools/cmpkdump" src vmcore
    done
}

# a sanitizer needs many times as much itself
# bats test_tags=uninstrumented
@test "a level of zstd that needs more gets more, and is counted" {
    as kdump
    mixed_core 65536
    limited 65536 --threads 2 --compress zstd:19 --memory 3
    failed 6 "--memory is too little: "
    needed=${stderr##*: }
    needed=${needed%% *}
    limited "$needed" --threads 2 --compress zstd:19 --memory $((needed / 1024 + 1))
    [ "$status" -eq 0 ]
    same src out/vmcore
}

# a sanitizer needs many times as much itself
# bats test_tags=uninstrumented
@test "--memory holds: fewer threads, said; or nothing at all" {
    as kdump
    mixed_core 4096
    for mib in 3 5 16; do
        limited $((mib * 1024)) --threads 16 --memory $mib
        [ "$status" -eq 0 ]
        one_line
        case $mib in
            3) said "threads: 1 instead of 16, for want of memory" ;;
            *) says " instead of 16, for want of memory" ;;
        esac
        same src out/vmcore
        rm -r out
    done
    # enough for all of them
    limited 65536 --threads 16 --memory 64
    says_nothing
    done_well
    rm -r out
    for mib in 1 2; do
        limited 65536 --threads 16 --memory $mib
        failed 6 "--memory is too little: "
        absent out
    done
    # as many as there are CPUs is a wish, not an order
    run --separate-stderr setarch -R "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src \
        --file out/vmcore --memory 3
    says_nothing
    done_well
}

# a sanitizer claims memory whenever it likes
# bats test_tags=uninstrumented
@test "not a byte of memory is claimed while copying" {
    full_core 40
    for codec in elf zstd lzo zlib none; do
        as kdump
        [ $codec != elf ] || as elf
        traced -e trace=open,openat,brk,mmap,mremap -- --threads 2 --compress ${codec/elf/none}
        [ "$status" -eq 0 ]
        # between the first window and the last, and in the other threads at any time
        main=$(main_trace)
        [ "$(grep -c MAP_SHARED "$main")" -eq 3 ]
        sed -n '/MAP_SHARED/,$p' "$main" | tac | sed -n '/MAP_SHARED/,$p' > copying
        mv "$main" main
        none grep 'brk\|MAP_PRIVATE' copying trace.*
        rm -r out trace.*
    done
}

@test "threads share nothing they should not" {
    # what that is, the thread sanitizer knows: this is also run with its build
    printf 'load 0 48M\npattern 1 20M\nzero 8M\npattern 2 20M\n' | core
    for how in '--threads 1' '--threads 3' '--threads 16' '--threads 4 --no-mmap'; do
        for format in elf kdump; do
            as $format
            # shellcheck disable=SC2086 # two words
            run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" \
                --source src --file out/vmcore $how
            done_well
            rm -r out
        done
        # shellcheck disable=SC2016,SC2086 # $@ is the inner shell's
        run --separate-stderr sh -c 'exec "$@" > stream' sh "$COPY" --quiet \
            --stream --dump-level 1 --source src $how
        [ "$status" -eq 0 ]
        "$TOP/build/tools/unflatten" vmcore < stream
        "$TOP/build/tools/cmpkdump" src vmcore
        rm vmcore
    done
}
