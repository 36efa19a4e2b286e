#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# save-memory.bats - fadump-save moves a dump of the target ram: from memory to a disk

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2153,SC2154
load cli
load block

NAME=127.0.0.1-2026-11-26-10:00:00
DEV=ram/$NAME/vmcore

# Makes the files that the initramfs leaves: ram/NAME/ with a dump, its log and the firmware's core, and a status
# file alongside ram/.
memory() {
    as "${1:-kdump}"
    printf 'info PAGESIZE=4096\nload 0 6M\npattern 1 2M\nzero 2M\npattern 2 2M\n' | core
    mkdir -m 700 ram
    "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file "$DEV"
    echo 'a line of the log' > "ram/$NAME/vmcore-dmesg.txt"
    echo core > "ram/$NAME/opalcore"
    printf 'target=ram:\npath=ram/%s/vmcore\nvolatile=in memory\nresult=saved\n' "$NAME" > status
    cp -r "ram/$NAME" was
}

# kept STATUS TEXT: checks that the command failed with STATUS and TEXT, the complete dump is still in memory, and the
# target directory is empty
kept() {
    stopped "$1" "$2" && diff -r was "ram/$NAME" && empty crash && grep -q '^volatile=' status
}

@test "extract: the dump is saved unchanged, under the same name, and then removed from memory" {
    for format in elf kdump; do
        memory $format
        save extract --to crash ram
        [ "$status" -eq 0 ]
        says_nothing
        [ "$output" = "ram/$NAME: saved to crash/$NAME" ]
        same src "crash/$NAME/vmcore"
        diff -r was "crash/$NAME"
        [ "$(stat -c %a "crash/$NAME")" = 700 ]
        [ "$(stat -c %a "crash/$NAME"/* | sort -u)" = 600 ]
        empty ram
        [ "$(cat status)" = "target=ram:
path=crash/$NAME/vmcore
result=saved" ]
        save extract ram
        stopped 6 'ram: there is no dump on it'
        rm -r crash ram was
    done
}

@test "order: every file and name is durable and read back before the dump is removed from memory" {
    memory
    mkdir crash
    run strace -f -qq -y -o trace "$SAVE" extract --to crash ram
    [ "$status" -eq 0 ]
    # three files, each flushed before it is renamed into place
    [ "$(grep -c 'fsync(.*incomplete>) *= 0' trace)" -eq 3 ]
    last_name=$(grep -n renameat2 trace | tail -n 1 | cut -d : -f 1)
    last_read=$(grep -n "pread64(.*<$HERE/crash/" trace | tail -n 1 | cut -d : -f 1)
    first_loss=$(grep -n "unlink(\"ram/" trace | head -n 1 | cut -d : -f 1)
    [ "$last_name" -lt "$last_read" ]
    [ "$last_read" -lt "$first_loss" ]
    sed -n "${last_name},${first_loss}p" trace > between
    grep -q "fsync(.*<$HERE/crash/$NAME>) *= 0" between
    grep -q "fsync(.*<$HERE/crash>) *= 0" between
    grep -q "fsync(.*<$HERE>) *= 0" between
    # every byte of each copy is read back
    for file in vmcore vmcore-dmesg.txt opalcore; do
        [ "$(sed -n "s|.*pread64(.*<$HERE/crash/$NAME/$file>.*= ||p" trace | paste -sd+ | bc)" -eq \
            "$(stat -c %s "was/$file")" ]
    done
}

@test "a copy that differs is logged, and the dump remains in memory" {
    memory
    mkdir crash
    run --separate-stderr strace -f -qq -o trace -P "$HERE/crash/$NAME/vmcore" -e inject=pread64:retval=7:when=1 \
        "$SAVE" extract --to crash ram
    grep -q INJECTED trace
    kept 4 "crash/$NAME/vmcore: differs from the dump in memory"
}

@test "too little space is reported in one line before the first byte is written" {
    memory
    mkdir crash
    # the statfs fields of a full file system: type, block size, blocks, free blocks, available blocks
    blocks=$(printf '%016d' 0 10000000000000 1000000000000 1000000000000 0)
    run --separate-stderr strace -f -qq -o trace -e "inject=statfs:poke_exit=@arg2=$blocks" "$SAVE" extract \
        --to crash ram
    grep -q INJECTED trace
    kept 5 "crash: there is no space for the dump: it needs "
    none grep -E 'pwrite64|openat.*O_CREAT' trace
}

@test "the dump remains in memory after any error of the target directory" {
    memory
    mkdir crash
    for fault in pwrite64:error=EIO pwrite64:error=EIO:when=3 fsync:error=EIO:when=1 fsync:error=EIO:when=3 \
        fsync:error=EIO:when=9 renameat2:error=EROFS:when=2; do
        run --separate-stderr strace -f -qq -o trace -e "inject=$fault" "$SAVE" extract --to crash ram
        grep -q INJECTED trace
        kept 4 ': '
    done
    # the fault is limited to this directory, because a sanitizer creates other directories
    run --separate-stderr strace -f -qq -o trace -P "crash/$NAME" -e inject=mkdir:error=EACCES "$SAVE" extract \
        --to crash ram
    grep -q INJECTED trace
    kept 4 ': '
    run --separate-stderr strace -f -qq -o trace -e inject=pwrite64:error=ENOSPC:when=2 "$SAVE" extract --to crash ram
    kept 5 ': '
    save extract --to crash ram
    diff -r was "crash/$NAME"
}

@test "killed at any write, flush, rename or removal: the dump is in memory, or saved" {
    memory
    for call in pwrite64 fsync renameat2 unlink; do
        n=0
        while n=$((n + 1)); do
            rm -rf crash ram
            mkdir ram
            cp -r was "ram/$NAME"
            run strace -f -qq -o trace -e "inject=$call:signal=KILL:when=$n" "$SAVE" extract --to crash ram
            [ "$status" -eq 137 ] || break
            diff -r was "ram/$NAME" > /dev/null || diff -r was "crash/$NAME"
        done
        [ "$status" -eq 0 ]
        [ $n -gt 3 ]
    done
}

@test "--keep leaves the dump in memory, and the next copy has another name; list, verify and erase accept the dump" {
    memory
    save list ram
    [ "${lines[0]}" = "ram/$NAME: a dump, in memory" ]
    diff <(stat -c '%s %n' was/* | sed 's|was/||' | sort) \
        <(printf '%s\n' "${lines[@]:1}" | awk '{ print $1, $4 }' | sort)
    save verify ram
    [ "$status:$output" = "0:ram/$NAME: a complete dump" ]
    save extract --keep --to crash ram
    save extract --keep --to crash ram
    diff -r was "crash/$NAME"
    diff -r was "crash/$NAME.1"
    diff -r was "ram/$NAME"
    grep -q '^volatile=' status
    save erase ram
    [ "$status" -eq 0 ]
    empty ram
    save list ram
    [ "$status:$output" = 0:'ram: empty' ]
}

@test "verify refuses a file that is not a dump" {
    memory
    head -c 4096 /dev/urandom > "$DEV"
    save verify ram
    stopped 1 "ram/$NAME: the dump is damaged: vmcore is not an ELF core"
    rm "$DEV"
    save verify ram
    stopped 1 'there is no vmcore'
}

@test "an incomplete dump is also moved if no complete dump exists" {
    memory
    mv "$DEV" "$DEV.incomplete"
    save extract --to crash ram
    [ "$status" -eq 0 ]
    cmp was/vmcore "crash/$NAME/vmcore.incomplete"
    empty ram
}

@test "a link, a pipe or a directory in place of the vmcore in memory is refused" {
    memory
    for what in 'mkfifo' 'ln -s /etc/passwd' 'mkdir'; do
        rm -rf "$DEV"
        $what "$DEV"
        run --separate-stderr timeout 10 "$SAVE" extract --to crash ram
        stopped 3 "ram/$NAME: vmcore: "
        empty crash
    done
}
