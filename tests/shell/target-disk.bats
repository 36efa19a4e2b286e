#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-disk.bats - fs: and raw:, disks that are not the root's

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

stamp=127.0.0.1-2026-11-21-21:03:05

disk() {
    machine
    mkdir -p "$M/dev/disk/by-uuid"
    : > "$M/dev/disk/by-uuid/12-34"
    : > "$M/dev/vdb"
}

@test "the name of a disk becomes the link that udev makes" {
    for SH in "${SHELLS[@]}"; do
        while IFS='|' read -r name want; do
            run $SH -c '. "$0/fadump-device.sh"; device_path "$1"' "$MODULE" "$name"
            is "$status:$output" "0:$want"
        done << 'END'
/dev/mapper/vg-crash|/dev/mapper/vg-crash
UUID=12-34|/dev/disk/by-uuid/12-34
LABEL=my crash/x\y|/dev/disk/by-label/my\x20crash\x2fx\x5cy
PARTUUID=a-01|/dev/disk/by-partuuid/a-01
PARTLABEL=*|/dev/disk/by-partlabel/*
END
    done
}

@test "targets on disks: what is taken and what is not" {
    for SH in "${SHELLS[@]}"; do
        for good in fs:UUID=1:/ fs:/dev/vdb:/a/b 'fs:LABEL=a b/c:/x' fs:PARTLABEL=x:y:/x raw:/dev/vdb raw:PARTUUID=1-02; do
            run $SH -c '. "$0/fadump-lib.sh"; . "$0/fadump-grammar.sh"; fadump_target_check "$1"' "$MODULE" "$good"
            is "$status:$output" 0:
        done
        for bad in fs: fs:/dev/vdb fs:UUID=1 fs:UUID=:/x fs:/dev/:/x fs:vdb:/x fs:UUID=1:/../x fs:/dev/../etc:/x fs:ID=1:/x raw: raw:/dev/ raw:vdb \
            raw:/dev/../x raw:UUID= raw:/etc/x $'raw:/dev/v\n'; do
            run $SH -c '. "$0/fadump-lib.sh"; . "$0/fadump-grammar.sh"; fadump_target_check "$1"' "$MODULE" "$bad"
            echo "$bad: $output"
            [ "$status" -eq 1 ]
            is "${#lines[@]}:${lines[0]%%:*}" 1:target
        done
    done
}

@test "fs: on LVM: what is not there is brought up, as often as a disk may be late; what is there is not" {
    for SH in "${SHELLS[@]}"; do
        disk
        program lvm 'note "lvm $*"; : > "$ROOT/dev/dumps"'
        capture target=fs:/dev/dumps:/crash
        has result=saved target=fs:/dev/dumps:/crash
        is "$(grep -c '^lvm vgchange -aay --sysinit ' <<< "$calls")" 1
        is "$(grep -oE '^(lvm|mount|copy)' <<< "$calls" | tr '\n' ' ')" 'lvm mount copy '
        disk
        program lvm 'note "lvm $*"'
        capture target=fs:UUID=12-34:/crash
        has result=saved
        lacks '^lvm' "$calls"
        # the disk it is on comes when it has been asked for once
        disk
        program lvm '[ ! -e "$ROOT/tried" ] || : > "$ROOT/dev/dumps"
            : > "$ROOT/tried"
            (sleep 0.3; echo 18.0 0 > "$ROOT/proc/uptime") > /dev/null 2>&1 &
            exit 5'
        capture target=fs:/dev/dumps:/crash
        has result=saved target=fs:/dev/dumps:/crash
    done
}

@test "fs: on LVM: no volume, or one that hangs, costs the deadline" {
    for SH in "${SHELLS[@]}"; do
        for fault in 'exit 5' 'exec sleep 100'; do
            disk
            program lvm "$fault"
            began=$SECONDS
            capture target=fs:/dev/dumps:/crash timeout=1
            has target=dir:/var/crash 'failed_reason.1=/dev/dumps did not appear within 1 seconds'
            [ $((SECONDS - began)) -lt 20 ]
        done
    done
}

@test "fs: mounted, saved, unmounted, then released" {
    for SH in "${SHELLS[@]}"; do
        disk
        capture target=fs:UUID=12-34:/crash
        [ "$status" -eq 0 ]
        has result=saved released=yes target=fs:UUID=12-34:/crash "path=UUID=12-34:/crash/$stamp/vmcore"
        cmp "$M/proc/vmcore" "$M/run/fadump/mnt/crash/$stamp/vmcore"
        is "$(grep -E '^(mount|copy|umount|1$)' <<< "$calls" | sed 's/ registered.*//')" \
            "mount -o rw,nosuid,nodev,noexec $M/dev/disk/by-uuid/12-34 $M/run/fadump/mnt
copy
umount $M/run/fadump/mnt
1"
    done
}

@test "fs: mounted read-only elsewhere: made writable by a mount of its own, and put back" {
    for SH in "${SHELLS[@]}"; do
        disk
        fake mount 'note "mount $*"; case $* in *rw,nosuid*) exit 32 ;; esac'
        capture target=fs:/dev/vdb:/crash
        has result=saved released=yes
        is "$(grep -E '^(mount|umount)' <<< "$calls" | sed 's/ registered.*//' | cut -d' ' -f1-3 | tail -n +2)" \
            "mount -o ro,nosuid,nodev,noexec
mount -o remount,rw
mount -o remount,ro
umount $M/run/fadump/mnt"
    done
}

@test "fs: an absolute link stays on that file system" {
    SH=dash
    disk
    mkdir -p "$M/run/fadump/mnt/data"
    ln -s /data "$M/run/fadump/mnt/crash"
    capture target=fs:/dev/vdb:/crash
    has result=saved "path=/dev/vdb:/data/$stamp/vmcore"
    cmp "$M/proc/vmcore" "$M/run/fadump/mnt/data/$stamp/vmcore"
}

@test "fs: a disk that does not come costs its deadline" {
    for SH in "${SHELLS[@]}"; do
        disk
        capture target=fs:LABEL=none:/crash timeout=1
        has target=dir:/var/crash result=saved 'failed_reason.1=LABEL=none did not appear within 1 seconds'
    done
}

@test "fs: what cannot be mounted, or hangs, is a target that failed" {
    for SH in "${SHELLS[@]}"; do
        disk
        fake mount 'echo "mount: wrong fs type" >&2; exit 32'
        capture target=fs:/dev/vdb:/crash fallback=none
        untouched
        has "reason=$M/dev/vdb cannot be mounted: mount: wrong fs type"
        lacks '^(copy|umount)' "$calls"
        disk
        fake mount 'exec sleep 100'
        capture target=fs:/dev/vdb:/crash timeout=1
        has target=dir:/var/crash "failed_reason.1=$M/dev/vdb was not mounted within 1 seconds"
        grep -q '^umount' <<< "$calls" # it may have come too late
    done
}

@test "fs: an unmount that fails: the target failed, nothing is released for it, the mount is cut off" {
    for SH in "${SHELLS[@]}"; do
        disk
        fake umount 'note "umount $*"; [ "$1" = -f ]'
        capture target=fs:/dev/vdb:/crash fallback=none
        untouched
        has result=failed 'reason=the target could not be unmounted cleanly' path=
        grep -q "^umount -f -l $M/run/fadump/mnt" <<< "$calls"
    done
}

@test "fs: ended by a signal: unmounted" {
    for SH in "${SHELLS[@]}"; do
        disk
        fake fadump-copy 'kill -TERM $PPID; exec sleep 100'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture target=fs:/dev/vdb:/crash
        untouched
        grep -q "^umount" <<< "$calls"
    done
}

@test "raw: the disk, and what the keys say, are handed to the copier" {
    for SH in "${SHELLS[@]}"; do
        disk
        sed -i '2i echo "$*" >> "$ROOT/asked"' "$M/usr/libexec/fadump-copy"
        capture target=raw:/dev/vdb
        has result=saved released=yes path=/dev/vdb target=raw:/dev/vdb
        cmp "$M/proc/vmcore" "$M/dev/vdb"
        grep -q -- "--report $M/run/fadump/report --block $M/dev/vdb\$" "$M/asked"
        disk
        sed -i '2i echo "$*" >> "$ROOT/asked"' "$M/usr/libexec/fadump-copy"
        printf 'raw_force = yes\nraw_overwrite = no\n' > "$M/etc/fadump.conf"
        capture target=raw:UUID=12-34 raw_overwrite=yes
        grep -q -- "--block $M/dev/disk/by-uuid/12-34 --raw-force --raw-overwrite\$" "$M/asked"
    done
}

@test "raw: refused (4) or full (5): the next target" {
    for SH in "${SHELLS[@]}"; do
        for fault in 4 5; do
            disk
            sed -i "s/^    if \[ -n \"\${stream-}\" \]/    [ -z \"\${block-}\" ] || exit $fault\n&/" "$M/usr/libexec/fadump-copy"
            capture target=raw:/dev/vdb
            has target=dir:/var/crash result=saved failed_target.1=raw:/dev/vdb
            [ ! -s "$M/dev/vdb" ]
        done
    done
}

@test "raw: the firmware's core goes along" {
    SH=dash
    disk
    sed -i '2i echo "$*" >> "$ROOT/asked"' "$M/usr/libexec/fadump-copy"
    rm "$M/proc/device-tree/rtas/ibm,kernel-dump"
    mkdir -p "$M/proc/device-tree/ibm,opal/dump" "$M/sys/firmware/opal"
    : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
    echo core > "$M/sys/firmware/opal/core"
    capture target=raw:/dev/vdb
    has kind=opal result=saved
    grep -q -- "--block $M/dev/vdb --opalcore $M/sys/firmware/opal/core\$" "$M/asked"
    lacks opalcore "$output"
}

@test "a boot that cannot mount its root: dir: says so, and the disk has the dump" {
    for SH in "${SHELLS[@]}"; do
        disk
        echo '/dev/vda2 / rootfs rw 0 0' > "$M/proc/mounts"
        capture target=dir:/var/crash target=raw:/dev/vdb
        [ "$status" -eq 0 ]
        has result=saved released=yes path=/dev/vdb 'failed_reason.1=no root file system is mounted on /sysroot'
        cmp "$M/proc/vmcore" "$M/dev/vdb"
        [ ! -e "$M/sysroot/var/crash" ]
    done
}
