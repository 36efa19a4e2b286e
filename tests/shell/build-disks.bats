#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-disks.bats - build/mounts.sh, build/disks.sh: the mounts and disk layers that the build stores
# In:  a made-up machine: mountinfo, sysfs, links in /dev. Real: findmnt, systemd-escape. Fake: blkid, udevadm, mdadm.
# Out: TAP. Does not know: how dracut installs files (module.bats).

# shellcheck disable=SC2016,SC2034,SC2154 # another shell expands $; variables of bats
MODULE=$BATS_TEST_DIRNAME/../../modules.d/50fadump
TOOL=$BATS_TEST_DIRNAME/../../build/$(uname -m)/fadump-tool

# ask FUNCTION ARGUMENT...: calls FUNCTION as module-setup.sh does; sets $output
ask() {
    run env dracutsysrootdir="$BATS_TEST_TMPDIR" DRACUT_TMPDIR="$BATS_TEST_TMPDIR" bash -c '
        blkid() {
            local dir=$dracutsysrootdir/blkid
            case $*:$2 in
                *"-o device -t LOGUUID="*) cat "$dir/device.journal" ;;
                *"-o device -t "*) cat "$dir/device" ;;
                *"-s EXT_JOURNAL "*) cat "$dir/journal.${5##*/}" ;;
                *"-s UUID "*) cat "$dir/uuid.${5##*/}" ;;
                *"-s TYPE "*) cat "$dir/type.${5##*/}" ;;
            esac 2> /dev/null
        }
        udevadm() { cat "$dracutsysrootdir/udev.${4##*/}" 2> /dev/null; }
        mdadm() { printf "MD_LEVEL=raid1\nMD_UUID=1:2:3:4\n"; }
        for file in lib/common build/needs build/mounts build/disks build/install; do . "$0/$file.sh"; done
        "$@"' "$MODULE" "$@"
    echo "$* -> $status: $output"
    [ "$status" -eq 0 ]
}

is() {
    [ "$output" = "$(printf '%s\n' "$@")" ]
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p proc/self sys/class/block dev/mapper blkid etc
    {
        echo '22 1 254:0 / / rw - ext4 /dev/vda2 rw'
        echo '30 22 253:1 / /var rw,relatime shared:5 - xfs /dev/mapper/vg-var rw,attr2'
        # shellcheck disable=SC2028 # the kernel writes a space as \040
        echo '31 30 0:40 /@/var /var/my\040crash rw - btrfs /dev/sda3 rw,subvol=/@/var'
        echo '32 22 254:0 /data /srv rw - ext4 /dev/vda2 rw'
        echo '33 22 0:41 / /mnt rw - nfs4 server:/x rw'
    } > proc/self/mountinfo
    echo 12-34 > blkid/uuid.vg-var
    echo 56-78 > blkid/uuid.sda3
}

@test "the mounts that contain the directories of dir: targets and of the fallback are printed, except the root" {
    ask fadump_mounts ''
    is 'UUID=12-34 /var xfs rw,relatime,attr2'
    ask fadump_mounts fallback=none
    is ''
    ask fadump_mounts $'fallback=none\ntarget=dir:/var/my crash/x'
    is 'UUID=12-34 /var xfs rw,relatime,attr2' 'UUID=56-78 /var/my\x20crash btrfs rw,subvol=/@/var'
    ask fadump_mounts $'fallback=none\ntarget=dir:/variable\ntarget=fs:UUID=1:/var'
    is ''
    # /srv is the directory /data of its file system, so a mount of the device would show another directory;
    # server:/x is not a device: it is printed unchanged
    ask fadump_mounts $'fallback=none\ntarget=dir:/srv/x\ntarget=dir:/mnt/x'
    is 'directory /srv ext4 rw' 'server:/x /mnt nfs4 rw'
    # with --sysroot of another machine there is no mountinfo
    rm proc/self/mountinfo
    ask fadump_mounts ''
    is ''
}

@test "mounts that neither fstab nor a unit file names are stored, with their source if a generator made them" {
    mounts=$'UUID=12-34 /var xfs rw\nUUID=56-78 /var/my\\x20crash btrfs rw'
    # mounts that no file of the system names: a service may make them again, but the capture cannot
    ask fadump_unexplained "$mounts"
    is 'unknown /var xfs rw' 'unknown /var/my\x20crash btrfs rw'
    mkdir -p run/systemd/generator run/systemd/generator.late
    : > run/systemd/generator/var.mount
    : > 'run/systemd/generator.late/var-my\x20crash.mount'
    ask fadump_unexplained "$mounts"
    is 'UUID=12-34 /var xfs rw' 'UUID=56-78 /var/my\x20crash btrfs rw'
    printf '/dev/sda3 /var/my\\040crash btrfs subvol=/@/var 0 0' > etc/fstab
    ask fadump_unexplained "$mounts"
    is 'UUID=12-34 /var xfs rw'
    mkdir -p etc/systemd/system
    : > etc/systemd/system/var.mount
    ask fadump_unexplained "$mounts"
    is ''
    ask fadump_unexplained ''
    is ''
}

# block NAME [LOWER]...: makes the block device NAME in sysfs, above the devices LOWER
block() {
    mkdir -p "sys/class/block/$1/slaves"
    : > "dev/$1"
    local lower
    for lower in "${@:2}"; do ln -s "../../$lower" "sys/class/block/$1/slaves/$lower"; done
}

# dm NAME UUID MAP: makes the block device NAME a device-mapper device with this UUID and the map name MAP
dm() {
    mkdir "sys/class/block/$1/dm"
    echo "$2" > "sys/class/block/$1/dm/uuid"
    echo "$3" > "sys/class/block/$1/dm/name"
}

@test "the layers of a disk are printed, the lowest first: multipath, md, LVM, LUKS; a partition has no line" {
    block sda
    block sdb
    block dm-0 sda sdb
    dm dm-0 mpath-36001 mpatha
    block dm-1 dm-0
    dm dm-1 part1-mpath-36001 mpatha1
    block md5 dm-1
    mkdir sys/class/block/md5/md
    block dm-2 md5
    dm dm-2 LVM-abc vg-var
    block dm-3 dm-2
    dm dm-3 CRYPT-LUKS2-abc luks-var
    block vdb
    ask fadump_layers_of dm-3
    is 'multipath mpatha' 'mdraid 1:2:3:4' 'lvm /dev/mapper/vg-var' 'crypt luks-var'
    ask fadump_layers $'/dev/dm-2\n/dev/dm-1\n/dev/vdb'
    is lvm mdraid multipath
    printf '/dev/disk/by-uuid/12-34 /dev/mapper/vg-var' > udev.dm-2
    ask fadump_stack $'/dev/dm-2\n/dev/vdb'
    is '/dev/dm-2 multipath mpatha' '/dev/dm-2 mdraid 1:2:3:4' '/dev/dm-2 lvm /dev/mapper/vg-var' \
        '/dev/disk/by-uuid/12-34 multipath mpatha' '/dev/disk/by-uuid/12-34 mdraid 1:2:3:4' \
        '/dev/disk/by-uuid/12-34 lvm /dev/mapper/vg-var' '/dev/mapper/vg-var multipath mpatha' \
        '/dev/mapper/vg-var mdraid 1:2:3:4' '/dev/mapper/vg-var lvm /dev/mapper/vg-var'
}

@test "a name with encoded bytes: the layers are stored for the name of udev, and blkid gets the decoded name" {
    block dm-0
    dm dm-0 LVM-abc vg-crash
    printf '%s' '/dev/disk/by-label/my\x20crash /dev/disk/by-partlabel/a\x26b\x7cc /dev/disk/by-id/a&b|c' > udev.dm-0
    ask fadump_stack /dev/dm-0
    is '/dev/dm-0 lvm /dev/mapper/vg-crash' '/dev/disk/by-label/my\x20crash lvm /dev/mapper/vg-crash' \
        '/dev/disk/by-partlabel/a\x26b\x7cc lvm /dev/mapper/vg-crash' '/dev/disk/by-id/a&b|c lvm /dev/mapper/vg-crash'
    # the kernel writes the backslash of /dev/mapper/my\x20disk as \134, and findmnt as \x5c
    ln -s ../dm-0 'dev/mapper/my\x20disk'
    echo 99-11 > 'blkid/uuid.my\x20disk'
    printf '%s\n' '30 22 253:1 / /var rw - xfs /dev/mapper/my\134x20disk rw' > proc/self/mountinfo
    ask fadump_mounts ''
    is 'UUID=99-11 /var xfs rw'
    rm 'blkid/uuid.my\x20disk'
    ask fadump_mounts ''
    is '/dev/mapper/my\x5cx20disk /var xfs rw'
    ask fadump_disks fallback=none "$output"
    is "$BATS_TEST_TMPDIR/dev/dm-0"
}

@test "the disks of the targets and of the mounts are printed, each once; absent disks are skipped" {
    : > dev/vdb
    : > dev/dm-0
    ln -s ../dm-0 dev/mapper/vg-var
    echo /dev/vdb > blkid/device
    ask fadump_disks $'target=fs:UUID=1:/x:subvol=/@/y\ntarget=raw:/dev/vdb\ntarget=nfs:s:/x' \
        $'/dev/mapper/vg-var /var xfs rw\nserver:/x /mnt nfs4 rw'
    is "$BATS_TEST_TMPDIR/dev/dm-0" "$BATS_TEST_TMPDIR/dev/vdb"
    echo xfs > blkid/type.vdb
    echo LVM2_member > blkid/type.dm-0
    ask fadump_filesystems "$output"
    is xfs
}

# volume NAME MAP: makes the block device NAME, a logical volume with the map name MAP, and its udev names
volume() {
    block "$1"
    dm "$1" LVM-abc "$2"
    ln -s "../$1" "dev/mapper/$2"
    printf '/dev/disk/by-uuid/12-34 /dev/mapper/%s' "$2" > "udev.$1"
}

@test "all devices of a file system are stored: btrfs and bcachefs, the log of XFS, the journal of ext4" {
    local dev="$BATS_TEST_TMPDIR/dev"
    volume dm-2 vg-one
    volume dm-3 vg-two
    block dm-9 dm-2
    mkdir -p sys/fs/btrfs/12-34/devices sys/class/block/dm-{2,3}/holders
    ln -s ../../../../class/block/dm-2 ../../../../class/block/dm-3 sys/fs/btrfs/12-34/devices
    ask fadump_disks fallback=none '/dev/mapper/vg-one /var/crash btrfs rw'
    is "$dev/dm-2" "$dev/dm-3"
    ask fadump_stack /dev/dm-2
    is '/dev/dm-2 lvm /dev/mapper/vg-one' '/dev/dm-2 member /dev/mapper/vg-two' \
        '/dev/disk/by-uuid/12-34 lvm /dev/mapper/vg-one' '/dev/disk/by-uuid/12-34 member /dev/mapper/vg-two' \
        '/dev/mapper/vg-one lvm /dev/mapper/vg-one' '/dev/mapper/vg-one member /dev/mapper/vg-two'
    # a file system that is not mounted: all devices with its UUID, except those that are below another device
    rm -r sys/fs
    echo btrfs | tee blkid/type.dm-2 blkid/type.dm-3 > /dev/null
    printf '%s\n' /dev/dm-2 /dev/dm-3 /dev/dm-9 > blkid/device
    mkdir -p sys/class/block/dm-9/holders/dm-8
    ask fadump_disks $'fallback=none\ntarget=fs:UUID=12-34:/crash' ''
    is "$dev/dm-2" "$dev/dm-3"
    ask fadump_layers "$output"
    is btrfs lvm
    rm blkid/*
    ask fadump_disks fallback=none '/dev/mapper/vg-one:/dev/mapper/vg-two /var/crash bcachefs rw'
    is "$dev/dm-2" "$dev/dm-3"
    ask fadump_disks fallback=none '/dev/mapper/vg-one /var/crash xfs rw,attr2,logdev=/dev/mapper/vg-two,noquota'
    is "$dev/dm-2" "$dev/dm-3"
    ask fadump_disks $'fallback=none\ntarget=fs:/dev/mapper/vg-one:/crash:rtdev=/dev/mapper/vg-two' ''
    is "$dev/dm-2" "$dev/dm-3"
    echo ext4 > blkid/type.dm-2
    echo 77 > blkid/journal.dm-2
    echo /dev/dm-3 > blkid/device.journal
    ask fadump_disks fallback=none '/dev/mapper/vg-one /var/crash ext4 rw'
    is "$dev/dm-2" "$dev/dm-3"
}

@test "the disk of a mount that does not exist now is stored: an automount shows only autofs" {
    local dev="$BATS_TEST_TMPDIR/dev" conf=''
    export conf
    mkdir -p usr/libexec
    cp "$TOOL" usr/libexec/
    : > dev/vdb
    : > dev/vdc
    printf '%s\n' '22 1 254:0 / / rw - ext4 /dev/vda2 rw' '31 22 0:40 / /var/crash rw - autofs systemd-1 rw,fd=1' \
        > proc/self/mountinfo
    printf '%s\n' '/dev/vdb /var xfs defaults' '/dev/vdc /var/crash ext4 x-systemd.automount,noatime' > etc/fstab
    ask fadump_later ''
    is '/dev/vdb /var xfs rw' '/dev/vdc /var/crash ext4 rw,noatime'
    ask fadump_all_disks
    is "$dev/vdb" "$dev/vdc"
    # a bind mount: the disk is that of its source
    mkdir -p 'data/my crash' var
    printf '%s\n' '/dev/vdb /data xfs defaults' '/data/my\040crash /var/crash none bind' > etc/fstab
    ask fadump_later ''
    is '/data/my\x20crash /var/crash bind rw,bind' '/dev/vdb /data xfs rw'
    ask fadump_all_disks
    is "$dev/vdb"
    # only the running system mounts a network file system
    echo 'server:/x /var/crash nfs defaults' > etc/fstab
    ask fadump_later ''
    is ''
    # fadump-tool of another machine
    echo garbage > usr/libexec/fadump-tool
    ask fadump_later ''
    is ''
    [ -z "$(find . -name 'fadump.??????')" ]
}

@test "a disk name that may change at the next boot: a warning suggests a better name" {
    printf '/dev/disk/by-path/x /dev/disk/by-id/y' > udev.sdb
    for name in sdb sdb1 vda hdc nvme0n1p2 mmcblk0 dm-3 md127 xvda; do
        ask fadump_changing "target=raw:/dev/$name"
        [[ $output == "/etc/fadump.conf: target = raw:/dev/$name: /dev/$name may be another disk at the next boot"* ]]
    done
    for name in /dev/./sdb //dev/sdb /dev/block/8:16 /dev/disk/by-diskseq/9; do
        ask fadump_changing "target=raw:$name"
        [[ $output == "/etc/fadump.conf: target = raw:$name: $name may be another disk at the next boot"* ]]
    done
    ask fadump_changing target=fs:/dev/sdb:/x
    [[ $output == *': use /dev/disk/by-id/y' ]]
    for name in /dev/mapper/vg-lv /dev/vg/lv /dev/disk/by-path/x UUID=1; do
        ask fadump_changing "target=raw:$name"
        is ''
    done
}
