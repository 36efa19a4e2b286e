#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# device.bats - what only a block device can do, and only root can see: claims, sector sizes,
# mounts; with loop devices

# bats and cli.bash set what is used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load ../cli/cli
load ../cli/block

# loop MIB SECTOR: an image of that size becomes DEV.
loop() {
    [ "$DEV" = dev ] || losetup -d "$DEV"
    DEV=dev
    device "$1"
    DEV=$(losetup --find --show --sector-size "$2" dev)
}

log_core() {
    printf 'info PAGESIZE=4096\nload 0 10M\npattern 1 3M\nzero 3M\npattern 2 3M\nload 0xd00000 4M\npattern 3 4M\nring 0xc000000000980000 4 10\nrecord 1000000 a line\n' | core
}

teardown() {
    ! mountpoint -q mnt || umount mnt
    case $DEV in
        /dev/loop*) losetup -d "$DEV" ;;
    esac
    cd / && rm -rf "${HERE:?}"
}

@test "a device of 512 or 4096 bytes a sector: written, and taken away again" {
    log_core
    for sector in 512 4096; do
        for format in elf kdump; do
            as $format
            loop 32 $sector
            block --threads 3
            says_nothing
            whole
            bsdtar -tvf "$DEV" > list
            [ "$(awk '{ print $9 }' list | tr '\n' ' ')" = 'vmcore-dmesg.txt status vmcore ' ]
            unchanged block
            stopped 5 "$DEV is full"
            save extract --to crash "$DEV"
            [ "$status" -eq 0 ]
            same src crash/*/vmcore
            rm -r crash
            no_archive
            block
            whole
        done
    done
}

@test "direct I/O, whole sectors, and the header alone in its sector" {
    log_core
    for sector in 512 4096; do
        loop 32 $sector
        block_traced --
        whole
        grep -q "open.*(.*\"$DEV\", O_RDWR|O_EXCL|O_DIRECT|" trace
        sed -n 's/.*pwrite64(.*\/loop[0-9]*>.*, \([0-9]*\), \([0-9]*\).*/\1 \2/p' trace > writes
        [ "$(wc -l < writes)" -gt 10 ]
        # shellcheck disable=SC2016 # awk's
        none awk -v s=$sector '$1 % s || $2 % s { print }' writes
        [ "$(tail -n 1 writes)" = "$sector 0" ]
        [ "$(head -n 1 writes)" = "$sector 0" ]
        [ "$(grep -c 'fdatasync(.*) *= 0' trace)" -eq 3 ]
    done
}

@test "mounted, or held by somebody: refused, by force as well" {
    log_core
    loop 32 512
    mkfs.ext4 -q "$DEV"
    mkdir mnt
    mount "$DEV" mnt
    sync
    for force in '' '--raw-force --raw-overwrite'; do
        # shellcheck disable=SC2086 # words
        block $force
        stopped 4 "$DEV is in use"
    done
    for command in extract erase; do
        save $command "$DEV"
        stopped 3 "$DEV: cannot open: "
    done
    umount mnt
    fsck.ext4 -fn "$DEV"
    unchanged block
    stopped 4 "$DEV carries ext4"
    block --raw-force
    whole
}

@test "a device that is read-only" {
    log_core
    loop 32 512
    blockdev --setro "$DEV"
    unchanged block
    stopped 4 "$DEV: cannot "
    blockdev --setrw "$DEV"
}

@test "killed at every call to the device: no archive or a whole one" {
    log_core
    as kdump
    loop 32 512
    block # an archive that has to be gone
    for call in pwrite64 fdatasync; do
        n=0
        while n=$((n + 1)); do
            "$SAVE" erase "$DEV" 2> /dev/null || :
            run strace -f -qq -o trace -P "$DEV" -e "inject=$call:signal=KILL:when=$n" \
                "$COPY" --quiet "${FORMAT[@]}" --threads 1 --source src --block "$DEV"
            [ "$status" -eq 137 ] || break
            [ -n "$(whole_or_nothing)" ]
        done
        [ "$status" -eq 0 ]
        [ $n -gt 1 ]
    done
}
