# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # status, stderr come from bats
#
# cli.bash - functions for every test of the command line
# In: FADUMP_COPY, the program (default: the one built for the host); fadump-save and fadump-tool are next to it.
# Out: functions; a new working directory in /dev/shm (or /tmp), with its absolute path in $HERE.

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

# core [FILE]: makes a source from the description on stdin (see mkvmcore.c)
core() {
    "$TOP/build/tools/mkvmcore" "${1:-src}"
}

# as elf|kdump: sets the format of the copies; dump level 1 leaves out only pages of zeros
as() {
    case $1 in
        elf) FORMAT=(--format elf --dump-level 1) ;;
        kdump) FORMAT=(--format kdump --dump-level 1) ;;
    esac
}

# same [OPTION]... SOURCE DUMP: runs cmpdump
same() {
    "$TOP/build/tools/cmpdump" "$@"
}

# small_core [FILE]: makes a source with three small loads, unsorted, with data, zeros and notes
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

# full_core MIB [FILE]: makes a source with data in every page, MIB MiB from physical address 0
full_core() {
    printf 'info PAGESIZE=4096\nload 0 %sM\npattern 7 %sM\n' "$1" "$1" | core "${2:-src}"
}

copy() {
    run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report report "$@"
}

# The leak sanitizer uses ptrace, so it cannot check a traced process.
strace() {
    ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 command strace "$@"
}

# To be run in the background: strace replaces the shell, so $! is the process of strace.
exec_strace() {
    export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
    exec strace "$@"
}

# traced STRACE-OPTION... -- OPTION...: runs copy() under strace; each thread has its own file trace.NUMBER
traced() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    # strace starts the program itself, so the program's main thread is traced first
    run --separate-stderr strace -ff -qq -o trace "${options[@]}" \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report report "$@"
}

# Prints the name of the trace file of the main thread, which opened the source.
main_trace() {
    grep -l '^open.*"src"' trace.*
}

one_line() {
    [ "${#stderr_lines[@]}" -eq 1 ] || {
        printf '%s lines instead of one:\n%s\n' "${#stderr_lines[@]}" "$stderr"
        return 1
    }
}

# said TEXT: checks that stderr is the one line TEXT, after the program name
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

# says TEXT: checks that stderr contains TEXT
says() {
    case $stderr in
        *"$1"*) ;;
        *)
            echo "$stderr"
            return 1
            ;;
    esac
}

# none COMMAND...: checks that COMMAND prints nothing and ends with status 0, or with 1 (grep: no line matches)
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

# empty DIRECTORY: checks that DIRECTORY exists and has no entry
empty() {
    [ -d "$1" ] && none ls -A "$1"
}

# count_of KEY TEXT: prints NUMBER of KEY=NUMBER in TEXT, the output of cmpdump
count_of() {
    local rest=${2##*"$1="}
    echo "${rest%%[!0-9]*}"
}

absent() {
    local name
    for name; do
        if [ -e "$name" ] || [ -L "$name" ]; then
            echo "$name exists"
            return 1
        fi
    done
}

# failed STATUS TEXT: checks that the copy ended with STATUS, printed one line that contains TEXT, and left no dump
failed() {
    [ "$status" -eq "$1" ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    one_line && absent out/vmcore && says "fadump-copy: " && says "$2"
}

# done_well: checks that the copy succeeded, and that the dump is complete and equal to the source
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

# appears FILE: waits up to 5 s for FILE
appears() {
    local i=0
    until [ -e "$1" ]; do
        i=$((i + 1))
        [ $i -lt 500 ] || return 1
        sleep 0.01
    done
}
