#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lasting.bats - fadump-tool lasting: whether a file system survives a power loss; with real mounts and loop devices,
# and with a made-up sysfs
# In:  root, loop devices.
# Out: TAP. Does not know: the callers of fadump-tool.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2016,SC2154 # another shell expands $
load ../cli/cli

# private COMMAND: runs COMMAND in its own mount namespace; $M is a tmpfs, $D a directory on the disk of the host.
# asks PATH: prints the result of fadump-tool
private() {
    mkdir -p memory
    DISK=$(mktemp -d /var/tmp/lasting.XXXXXX)
    run --separate-stderr env "TOOL=${COPY%/*}/fadump-tool" "D=$DISK" "M=$PWD/memory" unshare -m bash -euc '
        asks() { "$TOOL" lasting "$@" | sed "/^point=/d; /^options=/d"; }
        # image FILE: makes FILE, an ext4 file system
        image() { truncate -s 32M "$1"; mke2fs -q -F -t ext4 "$1"; }
        # attached FILE: attaches FILE to a loop device and prints its name; cleanup detaches those in $LOOPS
        attached() { losetup --find --show "$1"; }
        cleanup() { for loop in ${LOOPS-}; do losetup -d "$loop" || :; done; }
        trap cleanup EXIT
        mount -t tmpfs none "$M"
        '"$1"
    rm -rf "$DISK"
    printf '%s\n%s\n' "$output" "$stderr"
    [ "$status" -eq 0 ]
}

# answers LINE...: checks that the output is these LINEs
answers() {
    [ "$output" = "$(printf '%s\n' "$@")" ]
}

@test "a directory on a disk lasts; a tmpfs, and a bind mount of a directory in it, do not" {
    private 'asks "$D"; asks "$M"; mkdir "$M/x" "$D/y"; mount --bind "$M/x" "$D/y"; asks "$D/y/not/there"'
    answers lasting=yes lasting=no 'why=tmpfs is memory' lasting=no 'why=tmpfs is memory'
}

@test "a loop device lasts if its file does: as a mount, as a device, and below another loop device" {
    private 'image "$D/a.img"; image "$M/b.img"
        a=$(attached "$D/a.img"); b=$(attached "$M/b.img"); LOOPS="$a $b"
        c=$(attached "$b"); LOOPS="$c $LOOPS"
        mkdir "$M/a" "$M/b" "$M/c"
        mount "$a" "$M/a"; mount "$b" "$M/b"
        asks "$M/a"; asks "$M/b" | sed "s/loop[0-9]*/LOOP/"; asks "$a"; asks "$b" | head -n 1; asks "$c" | head -n 1'
    answers lasting=yes lasting=no 'why=LOOP is a file in memory' lasting=yes lasting=no lasting=no
}

@test "a loop device whose file was renamed or deleted lasts if the file system of that file lasts" {
    private 'image "$M/b"; b=$(attached "$M/b"); LOOPS=$b; mv "$M/b" "$M/moved"; mkdir "$M/x"; mount "$b" "$M/x"
        asks "$M/x" | head -n 1
        image "$D/a"; a=$(attached "$D/a"); LOOPS="$a $b"; rm "$D/a"; mount "$a" "$D"; asks "$D"'
    answers lasting=no lasting=yes
}

@test "a tmpfs that was moved over a disk, that hides a disk, or that has the source #a or no source does not last" {
    private 'image "$D/a"; a=$(attached "$D/a"); LOOPS=$a; mount --make-private "$M"; mkdir "$M/low" "$M/x" "$M/y"
        mount -t tmpfs none "$M/low"; mount "$a" "$M/x"; mount --move "$M/low" "$M/x"; asks "$M/x" | head -n 1
        mkdir "$M/y/z"; mount "$a" "$M/y/z"; mount -t tmpfs none "$M/y"; asks "$M/y/z/none" | head -n 1
        mount -t tmpfs "#a" "$D"; asks "$D" | head -n 1; umount "$D"; mount -t tmpfs "" "$D"; asks "$D" | head -n 1
        umount "$D"; umount "$M/y"; asks "$M/y/z/none"'
    answers lasting=no lasting=no lasting=no lasting=no lasting=yes
}

@test "another file at the path of a loop device's backing file is ignored; a relative upper layer does not last" {
    private 'mkdir "$M/x" "$M/y"; mount -t tmpfs none "$M/x"; image "$M/x/i"; image "$D/i"
        b=$(attached "$M/x/i"); LOOPS=$b; mount "$b" "$M/y"; mount --bind "$D" "$M/x"; asks "$M/y" | head -n 1
        umount "$M/x" "$M/y"; mkdir "$M/low" "$M/up" "$M/work" "$M/o" "$D/up"; cd "$M"
        mount -t overlay -o lowerdir=low,upperdir=up,workdir=work o "$M/o"; cd "$D"; asks "$M/o" | head -n 1'
    answers lasting=no lasting=no
}

@test "an overlay lasts if its upper layer does, also if this layer is a link; a missing upper layer does not last" {
    private 'image "$D/a"; a=$(attached "$D/a"); LOOPS=$a; mkdir "$M/disk" "$M/low" "$M/up" "$M/work" "$M/o1" "$M/o2" "$M/o3"
        mount "$a" "$M/disk"; mkdir "$M/disk/up" "$M/disk/work" "$M/disk/u,p" "$M/disk/w2"
        ln -s disk/up "$M/link"; ln -s disk/work "$M/wlink"
        mount -t overlay -o "lowerdir=$M/low,upperdir=$M/link,workdir=$M/wlink" o "$M/o1"; asks "$M/o1/x"
        mount -t overlay -o "lowerdir=$M/low,upperdir=$M/up,workdir=$M/work" o "$M/o2"; asks "$M/o2" | head -n 1
        mount -t overlay -o "lowerdir=$M/low,upperdir=$M/disk/u\\,p,workdir=$M/disk/w2" o "$M/o3" && asks "$M/o3" || echo lasting=yes
        mv "$M/up" "$M/away"; asks "$M/o2" | head -n 1'
    answers lasting=yes lasting=no lasting=yes lasting=no
}

@test "made-up sysfs: zram, brd, null_blk, volatile pmem, their partitions, and stacks with one of them are memory" {
    mkdir -p root/proc root/sys/class/block root/dev root/sys/devices/x root/data
    device() {
        mkdir -p "root/sys/devices/${2:-virtual/block}/$1/slaves"
        ln -s "../../devices/${2:-virtual/block}/$1" "root/sys/class/block/$1"
    }
    device sda pci/block
    device sda1 pci/block/sda
    echo 1 > root/sys/devices/pci/block/sda/sda1/partition
    device zram0
    device ram1
    device nullb0
    device pmem0 platform/e820_pmem/ndbus0/region0/btt0.0/block
    device pmem1 ndbus1/region1/namespace1.0/block
    echo DEVTYPE=nd_volatile > root/sys/devices/ndbus1/region1/uevent
    device pmem2 ndbus2/region2/namespace2.0/block
    echo DEVTYPE=nd_pmem > root/sys/devices/ndbus2/region2/uevent
    device dm-0
    ln -s x root/sys/devices/virtual/block/dm-0/slaves/sda1
    device dm-1
    touch root/sys/devices/virtual/block/dm-1/slaves/{dm-0,zram0}
    device md0
    touch root/sys/devices/virtual/block/md0/slaves/{sda,dm-0}
    device dm-2
    touch root/sys/devices/virtual/block/dm-2/slaves/dm-2
    device zram1
    mkdir root/sys/devices/virtual/block/zram1/zram1p1
    echo 1 > root/sys/devices/virtual/block/zram1/zram1p1/partition
    ln -s ../../devices/virtual/block/zram1/zram1p1 root/sys/class/block/zram1p1
    while read -r name want; do
        echo "/dev/$name $PWD/root/data ext4 rw 0 0" > root/proc/mounts
        # the path does not exist, so the tool looks up the device name in the made-up sysfs, not a device of the host
        run "${COPY%/*}/fadump-tool" lasting --root "$PWD/root" "$PWD/root/data/none"
        echo "$name: $output"
        [ "${lines[0]}" = "lasting=$want" ]
    done << 'END'
sda yes
sda1 yes
zram0 no
ram1 no
nullb0 no
pmem0 no
pmem1 no
pmem2 yes
dm-0 yes
dm-1 no
md0 yes
dm-2 no
zram1p1 no
nosuch yes
END
}

@test "made-up tables: ramfs, devtmpfs, and btrfs or bcachefs with a memory device do not last; disks and servers do" {
    mkdir -p root/proc root/sys/class/block root/sys/devices/sda root/sys/devices/zram0 root/sys/fs/btrfs/1-2/devices root/x
    ln -s ../../devices/sda root/sys/class/block/sda
    ln -s ../../devices/zram0 root/sys/class/block/zram0
    touch root/sys/fs/btrfs/1-2/devices/{sda,zram0}
    while read -r type source want; do
        echo "$source $PWD/root/x $type rw 0 0" > root/proc/mounts
        run "${COPY%/*}/fadump-tool" lasting --root "$PWD/root" "$PWD/root/x/none"
        echo "$type $source: $output"
        [ "${lines[0]}" = "lasting=$want" ]
    done << 'END'
btrfs /dev/sda no
ext4 /dev/sda yes
ext4 /dev/zram0 no
bcachefs /dev/sda:/dev/zram0 no
bcachefs /dev/sda yes
nfs4 server:/x yes
cifs //server/x yes
9p tag yes
zfs rpool/x yes
ramfs none no
rootfs rootfs no
devtmpfs none no
END
    rm root/sys/fs/btrfs/1-2/devices/zram0
    echo "/dev/sda $PWD/root/x btrfs rw 0 0" > root/proc/mounts
    run "${COPY%/*}/fadump-tool" lasting --root "$PWD/root" "$PWD/root/x/none"
    [ "${lines[0]}" = lasting=yes ]
}
