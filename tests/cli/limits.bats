#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# limits.bats - the copier stays within its memory limits, with any number of threads

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# limited KIB OPTION...: makes the same copy as copy(), with RLIMIT_DATA set to KIB KiB.  RLIMIT_DATA counts all private
# writable memory, even if it was never used, and so at least all anonymous memory.
limited() {
    local kib=$1
    shift
    # shellcheck disable=SC2016 # the inner shell expands $1
    run --separate-stderr bash -c 'ulimit -d "$1" && shift && exec "$@"' limited "$kib" \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore "$@"
}

# mixed_core PAGESIZE: makes a source with data, pages of one value, and zeros
mixed_core() {
    printf 'info PAGESIZE=%s\nload 0 72M\npattern 1 8M\nfill 3 8M\nzero 48M\npattern 1 8M\n' "$1" | core
}

# a sanitizer itself needs many times as much memory
# bats test_tags=uninstrumented
@test "a copy needs at most 8 MiB of memory plus 1.5 MiB per thread, with every codec and pages of 4 and 64 KiB" {
    as kdump
    for page in 4096 65536; do
        mixed_core $page
        for n in 1 2 16; do
            for how in zstd lzo zlib none 'zstd --no-mmap'; do
                # shellcheck disable=SC2086 # split into words
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
    # with much less memory, an error is logged and no file is created
    as kdump
    limited 2048 --threads 1
    failed 6 "no memory"
    absent out
    limited 16384 --threads 16
    failed 6 "no memory"
    absent out
}

# a sanitizer itself needs many times as much memory
# bats test_tags=uninstrumented
@test "a stream needs at most 8 MiB of memory plus 1.5 MiB per thread" {
    mixed_core 65536
    for n in 1 2 16; do
        # shellcheck disable=SC2016 # the inner shell expands $1
        run --separate-stderr bash -c 'ulimit -d "$1" && shift && exec "$@" > stream' limited \
            $((8192 + n * 1536)) "$COPY" --quiet --stream --dump-level 1 --source src --threads $n
        [ "$status" -eq 0 ]
        rm -f vmcore
        "$TOP/build/tools/unflatten" vmcore < stream
        "$TOP/build/tools/cmpdump" src vmcore
    done
}

# a sanitizer itself needs many times as much memory
# bats test_tags=uninstrumented
@test "--memory includes the memory of a zstd level that needs more memory than others" {
    as kdump
    mixed_core 65536
    limited 65536 --threads 2 --compress zstd:19 --memory 3
    failed 6 "--memory is too small: "
    needed=${stderr##*: }
    needed=${needed%% *}
    limited "$needed" --threads 2 --compress zstd:19 --memory $((needed / 1024 + 1))
    [ "$status" -eq 0 ]
    same src out/vmcore
}

# a sanitizer itself needs many times as much memory
# bats test_tags=uninstrumented
@test "--memory is not exceeded: fewer threads are used, and their number is logged; or the copy fails" {
    as kdump
    mixed_core 4096
    for mib in 3 5 16; do
        limited $((mib * 1024)) --threads 16 --memory $mib
        [ "$status" -eq 0 ]
        one_line
        case $mib in
            3) said "threads: 1 instead of 16, for lack of memory" ;;
            *) says " instead of 16, for lack of memory" ;;
        esac
        same src out/vmcore
        rm -r out
    done
    # enough memory for all threads
    limited 65536 --threads 16 --memory 64
    says_nothing
    done_well
    rm -r out
    for mib in 1 2; do
        limited 65536 --threads 16 --memory $mib
        failed 6 "--memory is too small: "
        absent out
    done
    # without --threads, no line about the smaller number of threads is printed
    run --separate-stderr setarch -R "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src \
        --file out/vmcore --memory 3
    says_nothing
    done_well
}

# a sanitizer allocates memory at any time
# bats test_tags=uninstrumented
@test "no memory is allocated during the copy" {
    full_core 40
    for codec in elf zstd lzo zlib none; do
        as kdump
        [ $codec != elf ] || as elf
        traced -e trace=open,openat,brk,mmap,mremap -- --threads 2 --compress ${codec/elf/none}
        [ "$status" -eq 0 ]
        # the main thread allocates nothing between the first and the last window, the other threads nothing at all
        main=$(main_trace)
        [ "$(grep -c MAP_SHARED "$main")" -eq 3 ]
        sed -n '/MAP_SHARED/,$p' "$main" | tac | sed -n '/MAP_SHARED/,$p' > copying
        mv "$main" main
        none grep 'brk\|MAP_PRIVATE' copying trace.*
        rm -r out trace.*
    done
}

@test "threads have no data races" {
    # this test also runs with the build of the thread sanitizer, which finds the races
    printf 'load 0 48M\npattern 1 20M\nzero 8M\npattern 2 20M\n' | core
    for how in '--threads 1' '--threads 3' '--threads 16' '--threads 4 --no-mmap'; do
        for format in elf kdump; do
            as $format
            # shellcheck disable=SC2086 # split into words
            run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" \
                --source src --file out/vmcore $how
            done_well
            rm -r out
        done
        # shellcheck disable=SC2016,SC2086 # the inner shell expands $@
        run --separate-stderr sh -c 'exec "$@" > stream' sh "$COPY" --quiet \
            --stream --dump-level 1 --source src $how
        [ "$status" -eq 0 ]
        "$TOP/build/tools/unflatten" vmcore < stream
        "$TOP/build/tools/cmpdump" src vmcore
        rm vmcore
    done
}
