#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# disks.bats - dumps to a logical volume and to a LUKS device, which are not up when the initramfs has found the root
# In:  the lab (built when it is not). One machine that crashes again and again; every test looks at what was gathered then.
# Out: TAP. Does not know: how the dump is made.

LUKS=77777777-0000-4000-8000-000000000001
# nothing of udev is left in this machine after its initramfs
QUIET='export DM_DISABLE_UDEV=1;'

load lab
. "$LAB_HERE/net.sh"

setup_file() {
    lab_ready tree kernel disks initramfs-disks
    export BOOT_SECONDS=300 MACHINE_MEMORY=2048 MACHINE_CRASHKERNEL=512M
    machine_new disks
    mkdir "$M/dumps"
    truncate -s 3G "$M/volumes.img" "$M/luks.img"
    # shellcheck disable=SC2034 # of machine.sh
    MACHINE_OPTIONS="$(disk_option d1 volumes.img) $(disk_option d2 luks.img)"
    machine_on init=/usr/local/sbin/init fadump=on,nocma net.ifnames=0
    machine_boot
    made > "$E/made" 2>&1
    look before
    # each of these goes on where the one before stopped; one that does not get through leaves its tests to fail one by one
    all_crashes || echo '# not every crash was seen' >&3
    machine_stop
    judge
}

# a volume group with two volumes, one of which is not to come up by itself, and a LUKS device; none of them is up then
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

# to NAME DEVICE ARGUMENT...: crash with ARGUMENTs on the command line of the capture boot, boot on, and take the dump off DEVICE,
# if there is one
to() {
    local name=$1 device=$2
    shift 2
    echo "# crash: $name" >&3
    guest "echo '$* fadump_final_action=continue' > /sys/kernel/fadump/bootargs_append" && pattern "$name" "$(cksum <<< "$name" | cut -c 1-5)" > /dev/null \
        && machine_crash && machine_boot && look "$name" || return
    [ -n "$device" ] || return 0
    # as found where the status says; the next crash is near
    guest "$QUIET set -e; mkdir -p /mnt; mount -o ro $device /mnt; cp /mnt/crash/*/vmcore /var/lib/$name.vmcore; umount /mnt; sync" > "$E/$name/taken" 2>&1
}

all_crashes() {
    to volume /dev/crash/dumps fadump_target=fs:/dev/crash/dumps:/crash || return
    guest "$QUIET mount /dev/crash/dumps /mnt && rm -r /mnt/crash && umount /mnt && vgchange -an crash" > /dev/null || return
    to label /dev/crash/dumps fadump_target=fs:LABEL=dumps:/crash || return
    to luks /dev/mapper/safe rd.luks.uuid=$LUKS fadump_target=fs:LABEL=safe:/crash || return
    to absent '' fadump_timeout=10 fadump_target=fs:/dev/crash/kept:/crash
}

# what drgn says of the pattern in each dump: $E/NAME.pattern
judge() {
    local name
    for name in volume label luks; do
        # shellcheck disable=SC2016 # expanded inside
        machine_disk sh -c 'cp "var/lib/$1.vmcore" "var/lib/pattern-$1" "$2"' sh "$name" "$M/dumps" || continue
        (cd "$M/dumps" && TREE=$(lab_part tree) DRGN_PREFER_PGTABLE_READER=1 "$LAB_HERE/tree-exec" drgn -q -c "$name.vmcore" \
            -s "$(lab_part kernel)/vmlinux.debug" "$LAB_HERE/pattern.py" "pattern-$name" > "$E/$name.pattern" 2>&1) || true
        rm -f "$M/dumps/$name.vmcore"
    done
}

# saved NAME TARGET: the dump of that crash was saved there, its memory is back, the next one is armed, every page is in it
saved() {
    cat "$E/$1/status" "$E/$1/log" "$E/$1/taken" "$E/$1.pattern"
    [ "$(status "$1" result)" = saved ] && [ "$(status "$1" target)" = "$2" ] && [ "$(status "$1" released)" = yes ] \
        && [ ! -e "$E/$1/has-vmcore" ] && [ "$(cat "$E/$1/registered")" = 1 ] && [ "$(cat "$E/$1.pattern")" = 'pages=1024 absent=0 differs=0' ]
}

@test "a normal boot brings up no volume, and opens nothing" {
    cat "$E/made"
    grep -q '^No devices found' "$E/before/mapped"
}

@test "fs: on LVM, by the name of the volume" {
    saved volume fs:/dev/crash/dumps:/crash
}

@test "fs: on LVM, by the label of its file system" {
    saved label fs:LABEL=dumps:/crash
}

@test "fs: on LUKS, which dracut opens with a key file" {
    saved luks fs:LABEL=safe:/crash
}

@test "nothing stays mounted" {
    for name in volume label luks; do
        run grep -E '/run/fadump|/dev/mapper|/dev/dm-' "$E/$name/mounts"
        [ "$status" -eq 1 ]
    done
}

@test "a volume that is not to come up by itself does not: its deadline, and the last resort has the dump" {
    cat "$E/absent/status" "$E/absent/mapped"
    [ "$(status absent target)" = dir:/var/crash ]
    [ "$(status absent result)" = saved ]
    grep -q '^failed_reason.1=/dev/crash/kept did not appear within 10 seconds$' "$E/absent/status"
    grep -q '^crash-dumps' "$E/absent/mapped"
    run grep '^crash-kept' "$E/absent/mapped"
    [ "$status" -eq 1 ]
}
