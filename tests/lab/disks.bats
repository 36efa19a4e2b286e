#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# disks.bats - dumps to a logical volume and to a LUKS device, which are not yet active when the initramfs has found
# the root
# In:  the lab (missing parts are built). One machine crashes several times; the tests examine the evidence gathered
#      from it.
# Out: TAP. Does not know: how the dump is made.

LUKS=77777777-0000-4000-8000-000000000001
# udev does not run in the root of the guest (only in its initramfs), so device mapper must create the device nodes
QUIET='export DM_DISABLE_UDEV=1;'

load lab
. "$LAB_HERE/net.sh"

setup_file() {
    lab_ready tree kernel disks initramfs-disks
    export BOOT_SECONDS=300 MACHINE_MEMORY=2048 MACHINE_CRASHKERNEL=512M
    machine_new disks
    mkdir "$M/dumps"
    truncate -s 3G "$M/volumes.img" "$M/luks.img"
    # shellcheck disable=SC2034 # used by machine.sh
    MACHINE_OPTIONS="$(disk_option d1 volumes.img) $(disk_option d2 luks.img)"
    # the layers of the disk with the label dumps, which dracut would store if it ran in the guest
    mkdir -p "$M/more/usr/lib/fadump"
    echo '/dev/disk/by-label/dumps lvm /dev/mapper/crash-dumps' > "$M/more/usr/lib/fadump/stack"
    machine_initramfs initramfs-disks "$M/more"
    machine_on init=/usr/local/sbin/init fadump=on,nocma net.ifnames=0
    machine_boot
    made > "$E/made" 2>&1
    look before
    # the crashes depend on each other: after a failed crash no other is run, and the tests without evidence fail
    all_crashes || echo '# not every crash was run' >&3
    machine_stop
    judge
}

# made: make a volume group with two volumes, one of them without autoactivation, and a LUKS device; all are inactive
# at the end
made() {
    # shellcheck disable=SC2016 # expanded in the guest
    guest "$QUIET"' set -ex
        modprobe -a dm_mod dm_crypt
        vgcreate crash /dev/vdb
        for lv in dumps kept; do
            lvcreate -y -n $lv -L 1G crash
            mke2fs -q -t ext4 -m 0 -L $lv /dev/crash/$lv
        done
        vgchange -an crash
        lvchange --setautoactivation n crash/kept
        cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --uuid '"$LUKS"' /dev/vdc /etc/luks-key
        cryptsetup -q --key-file /etc/luks-key open /dev/vdc safe
        mke2fs -q -t ext4 -m 0 -L safe /dev/mapper/safe
        cryptsetup close safe
        dmsetup ls'
}

look() {
    gather "$1" && guest "$QUIET dmsetup ls" > "$E/$1/mapped"
}

# to NAME DEVICE ARGUMENT...: crash with ARGUMENTs on the command line of the capture boot, gather, and copy the dump
# from DEVICE, unless DEVICE is empty
to() {
    local name=$1 device=$2
    shift 2
    echo "# crash: $name" >&3
    guest "echo '$* fadump_final_action=continue' > /sys/kernel/fadump/bootargs_append" \
        && pattern "$name" "$(cksum <<< "$name" | cut -c 1-5)" > /dev/null \
        && machine_crash && machine_boot && look "$name" || return
    [ -n "$device" ] || return 0
    # sync, because the next crash would lose unwritten data
    guest "$QUIET set -e
        mkdir -p /mnt
        [ -e $device ] || lvchange -ay $device
        mount $device /mnt
        cp /mnt/crash/*/vmcore /var/lib/$name.vmcore
        rm -r /mnt/crash
        umount /mnt
        vgchange -an crash
        sync" > "$E/$name/taken" 2>&1
}

all_crashes() {
    to volume /dev/crash/dumps fadump_target=fs:/dev/crash/dumps:/crash || return
    to label /dev/crash/dumps fadump_target=fs:LABEL=dumps:/crash || return
    to luks /dev/mapper/safe rd.luks.uuid=$LUKS fadump_target=fs:LABEL=safe:/crash || return
    to absent '' fadump_timeout=10 fadump_target=fs:/dev/crash/kept:/crash
}

# judge: have drgn compare each dump with its pattern: $E/NAME/pattern
judge() {
    local name
    for name in volume label luks; do
        # shellcheck disable=SC2016 # expanded by the inner shell
        machine_disk sh -c 'cp "var/lib/$1.vmcore" "var/lib/pattern-$1" "$2"' sh "$name" "$M/dumps" || continue
        (cd "$M/dumps" && TREE=$(lab_part tree) DRGN_PREFER_PGTABLE_READER=1 "$LAB_HERE/tree-exec" \
            drgn -q -c "$name.vmcore" -s "$(lab_part kernel)/vmlinux.debug" "$LAB_HERE/pattern.py" "pattern-$name" \
            > "$E/$name/pattern" 2>&1) || true
        rm -f "$M/dumps/$name.vmcore"
    done
}

# saved NAME TARGET: assert that the dump of crash NAME was saved to TARGET
saved() {
    cat "$E/$1/log" "$E/$1/taken"
    captured "$1" target="$2"
}

@test "before the first crash, no volume is active and no LUKS device is open" {
    cat "$E/made"
    grep -q '^No devices found' "$E/before/mapped"
}

@test "fs: on LVM, by the name of the volume: the dump is saved with every page of the pattern" {
    saved volume fs:/dev/crash/dumps:/crash
}

@test "fs: on LVM, by the label of the file system: the dump is saved with every page of the pattern" {
    saved label fs:LABEL=dumps:/crash
}

@test "fs: on LUKS, which dracut opens with a key file: the dump is saved with every page of the pattern" {
    saved luks fs:LABEL=safe:/crash
}

@test "after the copy, the volume is deactivated" {
    cat "$E/volume/mapped" "$E/label/mapped"
    grep -q '^No devices found' "$E/volume/mapped"
    grep -q '^No devices found' "$E/label/mapped"
}

@test "no mount of the capture remains" {
    for name in volume label luks; do
        run grep -E '/run/fadump|/dev/mapper|/dev/dm-' "$E/$name/mounts"
        [ "$status" -eq 1 ]
    done
}

@test "a volume without autoactivation is not activated; its target fails, and the fallback saves the dump" {
    cat "$E/absent/status" "$E/absent/mapped"
    [ "$(status absent target)" = dir:/var/crash ]
    [ "$(status absent result)" = saved ]
    grep -q '^failed_reason.1=/dev/crash/kept did not appear within 10 seconds$' "$E/absent/status"
    grep -q '^No devices found' "$E/absent/mapped"
}
