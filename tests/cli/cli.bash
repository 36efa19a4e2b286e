# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # status, stderr come from bats
#
# cli.bash - what every test of the command line needs
# In: FADUMP_COPY, the program (default: the one built for this machine); fadump-save is beside
# it.  Out: functions;
# a folder in memory as working directory, with its full name in $HERE.

bats_require_minimum_version 1.5.0

setup() {
    TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    COPY=${FADUMP_COPY:-$TOP/build/$(uname -m)/fadump-copy}
    # shellcheck disable=SC2034 # for block.bash
    SAVE=${COPY%/*}/fadump-save
    HERE=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)" cli.XXXXXX)
    cd "$HERE" || return 1
    umask 022
    as elf
}

teardown() {
    cd / && rm -rf "${HERE:?}"
}

# A source out of the description on stdin.
core() {
    "$TOP/build/tools/mkvmcore" "${1:-src}"
}

# as elf|kdump: what copy() and traced() make from now on, with all pages, and same() compares.
as() {
    case $1 in
        elf) FORMAT=(--format elf --dump-level 1) SAME=cmpcore ;;
        kdump) FORMAT=(--format kdump --dump-level 1) SAME=cmpkdump ;;
    esac
}

# cmpcore or cmpkdump, source first.
same() {
    "$TOP/build/tools/$SAME" "$@"
}

# Five small loads, unsorted, with data, zeros, notes.
small_core() {
    core "$@" << 'END'
info PAGESIZE=4096
prstatus 2
load 0x100000 3M
zero 1M
pattern 1 64K
load 0x1000 64K
pattern 1 32K
load 0x40000000 12K memsz=1M
pattern 1 4K
zero 4K
fill 0xff 4K
END
}

# Data in every page: $1 MiB from physical address 0.
full_core() {
    printf 'info PAGESIZE=4096\nload 0 %sM\npattern 7 %sM\n' "$1" "$1" | core "${2:-src}"
}

copy() {
    run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report report "$@"
}

# Who is traced cannot look for leaks, which takes tracing itself.
strace() {
    ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 command strace "$@"
}

# In the background: $! is strace's.
exec_strace() {
    export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
    exec strace "$@"
}

# The program under strace; its options up to "--", and then as copy.  Each thread has its
# own trace.NUMBER.
traced() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    # no vfork: the first trace is the main thread's
    run --separate-stderr strace -ff -qq -o trace "${options[@]}" \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report report "$@"
}

# The main thread's trace: it is the one that opened the source.
main_trace() {
    grep -l '^open.*"src"' trace.*
}

one_line() {
    [ "${#stderr_lines[@]}" -eq 1 ] || {
        printf 'not one line but %s:\n%s\n' "${#stderr_lines[@]}" "$stderr"
        return 1
    }
}

# One line, which is TEXT.
said() {
    one_line || return 1
    [ "$stderr" = "fadump-copy: $1" ] || {
        echo "$stderr"
        return 1
    }
}

says_nothing() {
    [ -z "$stderr" ] || {
        echo "$stderr"
        return 1
    }
}

# TEXT is in what was said.
says() {
    case $stderr in
        *"$1"*) ;;
        *)
            echo "$stderr"
            return 1
            ;;
    esac
}

# none COMMAND...: it prints nothing, though it could: 1 is what grep says then.
none() {
    local printed status=0
    printed=$("$@") || status=$?
    case $status:$printed in
        0: | 1:) ;;
        *)
            echo "$1: status $status: $printed"
            return 1
            ;;
    esac
}

# empty DIRECTORY: it is there, and nothing is in it.
empty() {
    [ -d "$1" ] && none ls -A "$1"
}

# count_of KEY TEXT: the number in KEY=NUMBER of what cmpkdump says.
count_of() {
    local rest=${2##*"$1="}
    echo "${rest%%[!0-9]*}"
}

absent() {
    local name
    for name; do
        if [ -e "$name" ] || [ -L "$name" ]; then
            echo "$name is there"
            return 1
        fi
    done
}

# failed STATUS TEXT: that status, one line with TEXT in it, and no dump.
failed() {
    [ "$status" -eq "$1" ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    one_line && absent out/vmcore && says "fadump-copy: " && says "$2"
}

# done_well: complete, silent, equal to the source.
done_well() {
    [ "$status" -eq 0 ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    absent out/vmcore.incomplete && same src out/vmcore
}

reported() {
    grep -qx "$1" report || {
        cat report
        return 1
    }
}

# Wait up to 5 s for a file.
appears() {
    local i=0
    until [ -e "$1" ]; do
        i=$((i + 1))
        [ $i -lt 500 ] || return 1
        sleep 0.01
    done
}
