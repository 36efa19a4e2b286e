#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-disk.bats - fs: and raw:, targets on disks other than the disk of the root

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

stamp=127.0.0.1-2026-11-21-21:03:05

disk() {
    machine
    mkdir -p "$M/dev/disk/by-uuid"
    : > "$M/dev/disk/by-uuid/12-34"
    : > "$M/dev/vdb"
}

@test "fs: on LVM: a missing volume is activated (again if its disk is late) and deactivated; other disks need no lvm" {
    for SH in "${SHELLS[@]}"; do
        disk
        mkdir "$M/dev/mapper"
        program lvm 'note "lvm $*"; : > "$ROOT/dev/mapper/vg-dumps"'
        capture target=fs:/dev/mapper/vg-dumps:/crash
        has result=saved target=fs:/dev/mapper/vg-dumps:/crash
        is "$(grep -E '^(lvm|mount|copy|umount|1$)' <<< "$calls" | sed 's/ registered.*//; s/^\(u*mount\).*/\1/')" \
            'lvm lvchange -aay --sysinit /dev/mapper/vg-dumps
mount
copy
umount
lvm lvchange -an --sysinit /dev/mapper/vg-dumps
1'
        disk
        program lvm 'note "lvm $*"'
        capture target=fs:UUID=12-34:/crash
        has result=saved
        lacks '^lvm' "$calls"
        # the disk of the volume appears after the first activation
        disk
        mkdir "$M/dev/mapper"
        program lvm '[ ! -e "$ROOT/tried" ] || { : > "$ROOT/dev/mapper/vg-dumps"; exit 5; }
            : > "$ROOT/tried"
            (sleep 0.3; echo 18.0 0 > "$ROOT/proc/uptime") > /dev/null 2>&1 &
            exit 5'
        capture target=fs:/dev/mapper/vg-dumps:/crash
        has result=saved target=fs:/dev/mapper/vg-dumps:/crash
    done
}

@test "fs: on LVM: a missing volume, or an activation that hangs, fails at the deadline" {
    for SH in "${SHELLS[@]}"; do
        for fault in 'exit 5' 'exec sleep 100'; do
            disk
            program lvm "$fault"
            began=$SECONDS
            capture target=fs:/dev/mapper/vg-dumps:/crash timeout=1
            has target=dir:/var/crash 'failed_reason.1=/dev/mapper/vg-dumps did not appear within 1 seconds (lvm)'
            [ $((SECONDS - began)) -lt 20 ]
        done
    done
}

@test "only the stored layers of the target's disk are activated, from the lowest, and deactivated again" {
    for SH in "${SHELLS[@]}"; do
        disk
        mkdir -p "$M/dev/disk/by-uuid"
        printf '%s\n' '/dev/disk/by-uuid/other mdraid 1:1' '/dev/disk/by-uuid/new mdraid 1:2' '/dev/disk/by-uuid/new multipath mpatha' \
            '/dev/disk/by-uuid/new crypt luks-1' '/dev/disk/by-uuid/new lvm /dev/mapper/vg-lv' > "$M/usr/lib/fadump/stack"
        program mdadm 'note "mdadm $*"'
        program multipath 'note "multipath $*"'
        program lvm 'note "lvm $*"; : > "$ROOT/dev/disk/by-uuid/new"'
        capture target=fs:UUID=new:/crash
        has result=saved target=fs:UUID=new:/crash
        is "$(grep -E '^(mdadm|multipath|lvm|1$)' <<< "$calls" | sed 's/ registered.*//')" \
            'mdadm --assemble --quiet /dev/md/fadump-1 --uuid=1:2
multipath mpatha
lvm lvchange -aay --sysinit /dev/mapper/vg-lv
lvm lvchange -an --sysinit /dev/mapper/vg-lv
multipath -f mpatha
mdadm --stop --quiet /dev/md/fadump-1
1'
    done
}

@test "fs: the other devices of the file system are activated too, and the target fails if one is missing" {
    for SH in "${SHELLS[@]}"; do
        for fault in no yes; do
            disk
            mkdir "$M/dev/mapper"
            printf '%s\n' '/dev/disk/by-uuid/12-34 member /dev/mapper/vg-two' \
                '/dev/mapper/vg-two lvm /dev/mapper/vg-two' '/dev/mapper/vg-two member /dev/disk/by-partuuid/1' \
                > "$M/usr/lib/fadump/stack"
            program lvm 'note "lvm $*"; [ -e "$ROOT/fault" ] || : > "$ROOT/dev/mapper/vg-two"'
            [ "$fault" = no ] || : > "$M/fault"
            capture target=fs:UUID=12-34:/crash timeout=2
            if [ "$fault" = no ]; then
                has result=saved target=fs:UUID=12-34:/crash
                is "$(grep -oE '^(lvm lvchange -a[^ ]*|mount)' <<< "$calls")" \
                    $'lvm lvchange -aay\nmount\nlvm lvchange -an'
            else
                has target=dir:/var/crash 'failed_reason.1=a device of UUID=12-34 did not appear within 2 seconds'
            fi
        done
        # a mount option names the log device of XFS
        disk
        mkdir "$M/dev/mapper"
        program lvm 'note "lvm $*"; : > "$ROOT/dev/mapper/vg-log"'
        capture target=fs:UUID=12-34:/crash:noatime,logdev=/dev/mapper/vg-log
        has result=saved target=fs:UUID=12-34:/crash:noatime,logdev=/dev/mapper/vg-log
        is "$(grep -oE '^(lvm lvchange -aay.*|mount)' <<< "$calls" | sed 's/ registered.*//')" \
            $'lvm lvchange -aay --sysinit /dev/mapper/vg-log\nmount'
    done
}

@test "a file system on a multipath map: the map is made first; if this fails, a single path is used" {
    for SH in "${SHELLS[@]}"; do
        disk
        echo '/dev/disk/by-uuid/12-34 multipath mpatha' > "$M/usr/lib/fadump/stack"
        : > "$M/dev/dm-4"
        program multipath 'note "multipath $*"; ln -sf ../../dm-4 "$ROOT/dev/disk/by-uuid/12-34"'
        capture target=fs:UUID=12-34:/crash
        has result=saved target=fs:UUID=12-34:/crash
        is "$(grep -oE '^(multipath [^ ]*( mpatha)?|mount|umount)' <<< "$calls" | tr '\n' ' ')" 'multipath mpatha mount umount multipath -f mpatha '
        disk
        echo '/dev/disk/by-uuid/12-34 multipath mpatha' > "$M/usr/lib/fadump/stack"
        program multipath 'note "multipath $*"; exit 1'
        capture target=fs:UUID=12-34:/crash
        has result=saved target=fs:UUID=12-34:/crash
        # the same without the program
        disk
        echo '/dev/disk/by-uuid/12-34 multipath mpatha' > "$M/usr/lib/fadump/stack"
        capture target=fs:UUID=12-34:/crash
        has result=saved target=fs:UUID=12-34:/crash
    done
}

@test "raw: with raw_force, a disk whose name can change is refused" {
    for SH in "${SHELLS[@]}"; do
        for name in sdb vdb nvme0n1 dm-3 md127; do
            disk
            : > "$M/dev/$name"
            printf 'raw_force = yes\n' > "$M/etc/fadump.conf"
            capture "target=raw:/dev/$name"
            has target=dir:/var/crash
            grep -q "^failed_reason.1=/dev/$name may be another disk in this boot" "$M/run/fadump/status"
        done
        disk
        printf 'raw_force = yes\n' > "$M/etc/fadump.conf"
        capture target=raw:UUID=12-34
        has target=raw:UUID=12-34
    done
}

@test "fs: the disk is mounted with the options of the target" {
    for SH in "${SHELLS[@]}"; do
        disk
        capture target=fs:UUID=12-34:/crash:subvol=@/var,compress=no
        has result=saved "path=UUID=12-34:/crash/$stamp/vmcore"
        grep -q "^mount -o rw,nosuid,nodev,noexec,subvol=@/var,compress=no $M/dev/disk/by-uuid/12-34 " <<< "$calls"
    done
}

@test "fs: the disk is mounted, the dump is saved, the disk is unmounted, and only then the memory is released" {
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

@test "fs: a disk that is mounted read-only elsewhere is made writable, and read-only again after the copy" {
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

@test "fs: an absolute link is followed within the file system of the target" {
    SH=dash
    disk
    mkdir -p "$M/run/fadump/mnt/data"
    ln -s /data "$M/run/fadump/mnt/crash"
    capture target=fs:/dev/vdb:/crash
    has result=saved "path=/dev/vdb:/data/$stamp/vmcore"
    cmp "$M/proc/vmcore" "$M/run/fadump/mnt/data/$stamp/vmcore"
}

@test "fs: a disk that does not appear fails at its deadline" {
    for SH in "${SHELLS[@]}"; do
        disk
        capture target=fs:LABEL=none:/crash timeout=1
        has target=dir:/var/crash result=saved 'failed_reason.1=LABEL=none did not appear within 1 seconds'
    done
}

@test "fs: a target whose mount fails or hangs counts as failed" {
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
        grep -q '^umount' <<< "$calls" # the mount may have succeeded after the deadline
    done
}

@test "fs: if the unmount fails, the target has failed, nothing is released, and the mount is detached" {
    for SH in "${SHELLS[@]}"; do
        disk
        fake umount 'note "umount $*"; [ "$1" = -f ]'
        capture target=fs:/dev/vdb:/crash fallback=none
        untouched
        has result=failed 'reason=the target could not be unmounted cleanly' path=
        grep -q "^umount -f -l $M/run/fadump/mnt" <<< "$calls"
    done
}

@test "fs: if a signal ends the driver, the disk is unmounted" {
    for SH in "${SHELLS[@]}"; do
        disk
        fake fadump-copy 'kill -TERM $PPID; exec sleep 100'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture target=fs:/dev/vdb:/crash
        untouched
        grep -q "^umount" <<< "$calls"
    done
}

@test "raw: the copier receives the disk and the options of the keys" {
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

@test "raw: if the copier refuses the disk (4) or the disk is full (5), the next target is tried" {
    for SH in "${SHELLS[@]}"; do
        for fault in 4 5; do
            disk
            sed -i "s/^    if \[ -n \"\${stream-}\" \]/    [ -z \"\${block-}\" ] || exit $fault\n&/" \
                "$M/usr/libexec/fadump-copy"
            capture target=raw:/dev/vdb
            has target=dir:/var/crash result=saved failed_target.1=raw:/dev/vdb
            [ ! -s "$M/dev/vdb" ]
        done
    done
}

@test "raw: the firmware's core is also saved" {
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

@test "in a boot without a root, dir: fails with a message, and the dump is saved to the disk of the next target" {
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

@test "raw: no status of the copier except 0, 1 and 7 releases memory" {
    for SH in "${SHELLS[@]}"; do
        for fault in 3 6 8 137; do
            disk
            copier "$fault"
            capture target=raw:/dev/vdb fallback=none
            [ "$status" -eq 1 ]
            untouched
            has result=failed path= failed_target.1=raw:/dev/vdb
        done
    done
}

@test "a complete copy to a target that cannot be finished does not count for the next target" {
    for SH in "${SHELLS[@]}"; do
        disk
        fake umount 'note "umount $*"; [ "$1" = -f ]'
        capture target=fs:/dev/vdb:/crash target=raw:LABEL=none fallback=none timeout=1
        [ "$status" -eq 1 ]
        untouched
        has result=failed path= failed_target.1=fs:/dev/vdb:/crash failed_target.2=raw:LABEL=none
    done
}
