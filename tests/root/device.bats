#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# device.bats - dumps on real block devices (loop devices), which need root: exclusive use, sector sizes, mounts

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load ../cli/cli
load ../cli/block

# loop MIB SECTOR: makes DEV, a loop device of MIB MiB with sectors of SECTOR bytes
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
    rm -f "${links[@]}"
    case $DEV in
        /dev/loop*)
            partx -d "$DEV" 2> /dev/null || :
            losetup -d "$DEV"
            ;;
    esac
    cd / && rm -rf "${HERE:?}"
}

@test "a dump is written to and extracted from devices with sectors of 512 and 4096 bytes" {
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

@test "the device is written with direct I/O in complete sectors; the first and the last write are sector 0 alone" {
    log_core
    for sector in 512 4096; do
        loop 32 $sector
        block_traced --
        whole
        grep -q "open.*(.*\"$DEV\", O_RDWR|O_EXCL|O_DIRECT|" trace
        sed -n 's/.*pwrite64(.*\/loop[0-9]*>.*, \([0-9]*\), \([0-9]*\).*/\1 \2/p' trace > writes
        [ "$(wc -l < writes)" -gt 10 ]
        # shellcheck disable=SC2016 # awk variables
        none awk -v s=$sector '$1 % s || $2 % s { print }' writes
        [ "$(tail -n 1 writes)" = "$sector 0" ]
        [ "$(head -n 1 writes)" = "$sector 0" ]
        [ "$(grep -c 'fdatasync(.*) *= 0' trace)" -eq 3 ]
    done
}

@test "a mounted device is refused, even with --raw-force" {
    log_core
    loop 32 512
    mkfs.ext4 -q "$DEV"
    mkdir mnt
    mount "$DEV" mnt
    sync
    for force in '' '--raw-force --raw-overwrite'; do
        # shellcheck disable=SC2086 # split into words
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
    stopped 4 "$DEV contains ext4"
    block --raw-force
    whole
}

# link FOLDER NAME: makes /dev/disk/by-FOLDER/NAME, the udev link of the first partition of DEV, if it is missing
links=()
link() {
    [ -e "/dev/disk/by-$1/$2" ] || {
        mkdir -p "/dev/disk/by-$1"
        ln -s "${DEV}p1" "/dev/disk/by-$1/$2"
        links+=("/dev/disk/by-$1/$2")
    }
}

@test "a dump is saved to a partition that is given by a tag, is found there, and is marked as extracted" {
    log_core
    as kdump
    loop 64 512
    uuid=$(< /proc/sys/kernel/random/uuid)
    name="dumps (50%)/$uuid"
    name=${name:0:36}
    printf 'label: gpt\nsize=32M, uuid=%s, name="%s"\n' "$uuid" "$name" | sfdisk -q --no-reread "$DEV"
    [ -e "${DEV}p1" ] || partx -a "$DEV"
    # libblkid prints the names that udev uses
    blkid -p -o udev "${DEV}p1" > tags
    link partuuid "$(sed -n 's/^ID_PART_ENTRY_UUID=//p' tags)"
    link partlabel "$(sed -n 's/^ID_PART_ENTRY_NAME=//p' tags)"
    for tag in "PARTUUID=$uuid" "PARTLABEL=$name"; do
        printf 'target = raw:%s\n' "$tag" > conf
        disk=$("${COPY%/*}/fadump-tool" target "raw:$tag" | sed -n 's/^disk=//p')
        run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --block "$disk" --raw-force
        [ "$status:$stderr" = 0: ]
        save list --config conf
        [ "$status" -eq 0 ]
        grep -qxF "$disk: a dump" <<< "$output"
        save extract --to crash --config conf
        [ "$status" -eq 0 ]
        grep -qF "$disk: saved to crash/" <<< "$output"
        same src crash/*/vmcore
        rm -r crash
        save extract --to crash --config conf
        [ "$status:$output$stderr" = 0: ]
        [ ! -e crash ]
    done
}

@test "a read-only device is refused" {
    log_core
    loop 32 512
    blockdev --setro "$DEV"
    unchanged block
    stopped 4 "$DEV: cannot "
    blockdev --setrw "$DEV"
}

@test "a copier that is killed at any write or flush of the device leaves no archive or a complete archive" {
    log_core
    as kdump
    loop 32 512
    block # an older archive, which must not be valid after the kill
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
