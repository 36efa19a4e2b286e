#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stream.bats - the dump on standard output, and readers that exit early or fail

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# streamed TO OPTION...: copies to standard output, which the shell text TO redirects
streamed() {
    local to=$1
    shift
    # shellcheck disable=SC2016 # the inner shell expands $@
    run --separate-stderr bash -c 'exec "$@" '"$to" sh \
        "$COPY" --quiet --stream --dump-level 1 --source src --report report "$@"
}

# to_stream COMMAND...: runs COMMAND with its standard output in the file "stream"
to_stream() {
    "$@" > stream
}

# broken STATUS TEXT: checks that the copy ended with STATUS and printed one line that contains TEXT
broken() {
    [ "$status" -eq "$1" ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    one_line && says "fadump-copy: standard output" && says "$2"
}

# arrived [NAME]: checks that the dump in the stream NAME is equal to the source
arrived() {
    [ "$status" -eq 0 ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    rm -f vmcore
    "$TOP/build/tools/unflatten" vmcore < "${1:-stream}" > pieces
    "$TOP/build/tools/cmpdump" src vmcore
}

@test "a stream can be written to a pipe, to a file and to the end of a file, with every codec" {
    full_core 20
    for codec in zstd lzo zlib none; do
        streamed '| cat > stream' --compress $codec
        says_nothing
        arrived
        streamed '> stream' --compress $codec
        arrived
        reported format=flat
        reported compress=$codec
        [ "$(sed -n 's/^bytes=//p' report)" -eq "$(stat -c %s vmcore)" ]
    done
    : > stream
    streamed '>> stream'
    arrived
    # the copier waits for a slow reader
    streamed '| { sleep 1; cat; } > stream'
    arrived
}

@test "the stream of 64 MiB of noise has a small number of large pieces" {
    full_core 64
    streamed '> stream' --threads 3
    arrived
    # 64 pieces of 1 MiB of data; headers, notes, bitmaps, descriptors and zeros
    [ "$(cat pieces)" -le $((64 + 8)) ]
    [ "$(cat pieces)" -ge 65 ]
}

@test "--stream does not save the kernel log, and prints nothing about it" {
    printf 'info PAGESIZE=4096\nload 0 4M\npattern 1 3M\nring 0xc000000000300000 4 10\nrecord 1000000 a line\n' | core
    streamed '> stream'
    says_nothing
    arrived
    none find . -name '*dmesg*'
}

@test "a slow chunk among many fast chunks does not break the order" {
    # text is slow at this level; meanwhile the descriptors of the other chunks fill the window of the table
    {
        printf 'info PAGESIZE=4096\nload 0 2G\nring 0xc000000000000000 12 18\n'
        for i in $(seq 4000); do
            echo "record $i $RANDOM $RANDOM $RANDOM words that a level of 19 thinks about"
        done
    } | core
    for n in 2 4; do
        streamed '> stream' --compress zstd:19 --threads $n
        arrived
    done
}

@test "a source of only zeros: the stream has the one page that all zero pages share" {
    printf 'load 0 8M\n' | core
    streamed '> stream'
    arrived
    # the size of the file includes that page
    [ "$(stat -c %s vmcore)" -eq "$(sed -n 's/^bytes=//p' report)" ]
}

@test "a reader that exits, immediately or later, gives status 4" {
    full_core 20
    for reader in 'true' 'head -c 100 > part' 'head -c 5000000 > part'; do
        streamed "> >($reader)"
        broken 4 "cannot write: Broken pipe"
        reported "error=${stderr#fadump-copy: }"
        rm report
    done
}

@test "a closed standard output gives status 4" {
    small_core
    streamed '>&-'
    [ "$status" -eq 4 ]
    one_line
}

@test "a full standard output gives status 5, another error status 4" {
    full_core 20
    streamed '> /dev/full'
    broken 5 "cannot write: No space left on device"
    for n in 1 2 5 9; do
        run --separate-stderr to_stream strace -ff -qq -o trace -P "$HERE/stream" \
            -e inject=write:error=EIO:when=$n "$COPY" --quiet --stream --dump-level 1 --source src
        broken 4 "cannot write: "
    done
    for call in fsync close; do
        run --separate-stderr to_stream strace -ff -qq -o trace -P "$HERE/stream" \
            -e inject=$call:error=ENOSPC:when=1 "$COPY" --quiet --stream --dump-level 1 --source src
        broken 5 "cannot "
    done
}

@test "a redirected file is flushed" {
    small_core
    run --separate-stderr to_stream strace -ff -qq -y -o trace \
        "$COPY" --quiet --stream --dump-level 1 --source src
    [ "$status" -eq 0 ]
    cat trace.* | sed -n 's/^\(write\|fsync\|close\)(1<.*stream>.*/\1/p' | uniq > calls
    [ "$(tail -n 2 calls | tr '\n' ' ')" = 'fsync close ' ]
}

@test "after interrupted writes, and with a slow reader, the stream is complete" {
    full_core 8
    run --separate-stderr to_stream strace -ff -qq -o trace -P "$HERE/stream" \
        -e inject=write:error=EINTR:when=1+2 "$COPY" --quiet --stream --dump-level 1 --source src
    grep -q INJECTED trace.*
    arrived
    # each write of 1 MiB blocks many times: the pipe holds 64 KiB, and the reader takes 777 bytes at a time
    streamed '| dd bs=777 iflag=fullblock status=none > stream'
    arrived
}

@test "a terminal is refused" {
    small_core
    export COPY
    # shellcheck disable=SC2016 # the inner shell expands $
    SHELL=/bin/bash script -qec '"$COPY" --quiet --stream --dump-level 1 --source src; echo status $?' \
        /dev/null > seen < /dev/null
    tr -d '\r' < seen > lines
    printf '%s\n' 'fadump-copy: standard output is a terminal; --stream needs a pipe' 'status 4' > want
    diff want lines
}

@test "with an unusable source nothing is written to standard output" {
    : > src
    streamed '> stream'
    [ "$status" -eq 3 ]
    one_line
    [ ! -s stream ]
}

@test "unflatten refuses a stream that is cut off" {
    full_core 8
    streamed '> stream'
    arrived
    head -c $(($(stat -c %s stream) - 16)) stream > part
    rm vmcore
    run "$TOP/build/tools/unflatten" vmcore < part
    [ "$status" -eq 1 ]
    [ "$output" = "unflatten: the stream ends early" ]
}

@test "the headers are the last piece before the end mark" {
    # so that a file made from an incomplete stream is not a valid dump
    small_core
    streamed '> stream'
    arrived
    tail -c $((16 + 4200)) stream | head -c 8 > signature
    [ "$(tr -d '\0' < signature)" = "KDUMP   " ]
}
