#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# places.bats - dumps to dir:, fs: and raw: with the disk layouts of distributions and three generations of dracut; the
# running system finds each dump at the path in the status
# In:  the lab (missing parts are built); the suite decides which dracut makes the initramfs. LAB_SUITES limits the test
#      to one generation. Each machine crashes with one layout and its fstab. For LVM, md and multipath, functions of
#      the module compute in the guest which files dracut would store in an initramfs there; these files are appended
#      to the initramfs.
# Out: TAP, and a table of the generations and layouts. If the archive lacks a package of a suite, the suite is skipped
#      and named.
# Does not know: how the dump is made.

load lab
. "$LAB_HERE/net.sh"

setup_file() {
    export BOOT_SECONDS=300 MACHINE_MEMORY=2048 MACHINE_CRASHKERNEL=512M MACHINE_INITRAMFS
    export LAB_SUITES WANTED=${LAB_SUITES-}
    # dracut 059, 106, and 110 or newer
    set -- bookworm trixie 'forky sid'
    [ -z "$WANTED" ] || set -- "${WANTED//debian=/}"
    local suites
    for suites; do
        E=$BATS_FILE_TMPDIR/${suites%% *}
        LAB_SUITES=debian=${suites// / debian=}
        unset LAB_PARTS
        mkdir "$E"
        generation
    done
}

# generation: run all layouts with the suite LAB_SUITES; the evidence is in $E
generation() {
    had || return 0
    # without parts or layouts, the tests of this generation have no evidence and fail
    echo unknown > "$E/dracut"
    lab_ready tree kernel disks initramfs-disks || return 0
    sed -n 's/^dracut //p' "$(lab_part debian)/versions" > "$E/dracut"
    local layout
    for layout in volumes thin nvme subvolumes overlay deployment; do
        unset MACHINE_OPTIONS
        MACHINE_INITRAMFS=$(lab_part initramfs-disks)
        $layout || echo "# ${E##*/}: not completed: $layout" >&3
        machine_drop
    done
}

# had: return 1 if no suite of LAB_SUITES has all packages of the part debian; print these suites as TAP comments, and
# write them to $E/absent
had() {
    [ ! -d "$("$LAB_HERE/lab" path debian)" ] || return 0
    "$LAB_HERE/lab" fetch debian > "$E/fetch" 2>&1 && return
    sed -n 's/^lab: debian: \(.*\) is skipped:/# \1 was not run:/p' "$E/fetch" | tee "$E/absent" >&3
    [ ! -s "$E/absent" ]
}

# on [ARGUMENT]...: switch the machine on and wait until it answers
on() {
    machine_on init=/usr/local/sbin/init fadump=on,nocma net.ifnames=0 "$@" && machine_boot || return
    guest "$UDEV"
}

# prepared NAME: append to the initramfs of later boots the files that dracut would store in an initramfs that is built
# in the guest; copy these files to $E/more-NAME
prepared() {
    # shellcheck disable=SC2016 # expanded in the guest
    guest 'cd /usr/lib/dracut/modules.d/50fadump
        bash -euc '\''for file in lib/common build/needs build/mounts build/disks; do . ./$file.sh; done
            conf=$(/usr/libexec/fadump-tool config --check)
            mounts=$(fadump_mounts "$conf")
            mkdir -p /run/more/usr/lib/fadump /run/more/etc/multipath
            fadump_unexplained "$mounts" > /run/more/usr/lib/fadump/mounts
            fadump_stack "$(fadump_disks "$conf" "$mounts")" > /run/more/usr/lib/fadump/stack'\'' >&2
        for file in /etc/multipath.conf /etc/multipath/wwids /etc/multipath/bindings; do
            [ ! -e $file ] || cp $file /run/more$file
        done
        cd /run/more && tar -c .' > "$M/more.tar" 2> "$M/more.log" || return
    mkdir -p "$M/more"
    tar -xf "$M/more.tar" -C "$M/more"
    cp -r "$M/more" "$E/more-$1"
    machine_initramfs initramfs-disks "$M/more"
}

# to NAME [ARGUMENT]...: crash with ARGUMENTs for the capture boot, and gather. Then make the mounts of the running
# system, as systemd would, find the dump there, and copy it to /root, which is in the root file system
to() {
    local name=$1 began=$SECONDS
    shift
    echo "# crash: $name" >&3
    # mount the file systems, so that their journals are not empty at the crash
    guest "$UDEV"'; /usr/local/sbin/mounts' > "$E/mounts-$name" 2>&1 || true
    guest "echo '$* fadump_final_action=continue' > /sys/kernel/fadump/bootargs_append" \
        && pattern "$name" "$(cksum <<< "$name" | cut -c 1-5)" > /dev/null && machine_crash && machine_boot || return
    gather "$name"
    echo "$((SECONDS - began))" > "$E/$name/seconds"
    guest 'mount' > "$E/$name/mounted"
    guest 'dmsetup ls; cat /proc/mdstat' > "$E/$name/active" 2>&1 || true
    # shellcheck disable=SC2016 # expanded in the guest
    guest "$UDEV"'
        /usr/local/sbin/mounts > /dev/null 2>&1
        path=$(sed -n "s/^path=//p" /run/fadump/status)
        case $path in
            *:/*) mount "${path%%:/*}" /mnt; path=/mnt/${path#*:/} ;;
            /dev/*) fadump-save extract --to /root "$path"; path=$(echo /root/*/vmcore) ;;
        esac
        stat -c "%n %s" "$path"; cp "$path" "/root/'"$name"'.vmcore"; sync' > "$E/$name/seen" 2>&1 || true
    taken "$name"
}

# taken NAME: copy the dump from the running guest, and let drgn look for the pattern in it
taken() {
    guest "base64 -w 0 /root/$1.vmcore" 2> /dev/null | base64 -d > "$M/vmcore" 2> /dev/null || true
    stat -c %s "$M/vmcore" > "$E/$1/size"
    guest "cat /var/lib/pattern-$1" > "$M/places" 2> "$E/$1/pattern" || return 0
    (
        cd "$M" || exit
        TREE=$(lab_part tree) DRGN_PREFER_PGTABLE_READER=1 "$LAB_HERE/tree-exec" drgn -q -c vmcore \
            -s "$(lab_part kernel)/vmlinux.debug" "$LAB_HERE/pattern.py" places > "$E/$1/pattern" 2>&1
    ) || true
}

# commands that load drivers and start udev in the guest, because its root does not do so at boot
UDEV='mkdir -p /mnt; modprobe -a ibmvscsi dm_mod dm_thin_pool nvme raid1 dm_multipath dm_service_time virtio_scsi sd_mod xfs btrfs overlay 2> /dev/null
    udevadm control --ping --timeout=1 2> /dev/null || /usr/lib/systemd/systemd-udevd --daemon; udevadm trigger; udevadm settle'

# ---- /var on LVM with xfs, /srv on md RAID 1, /data on a multipath map ------------------------

volumes() {
    machine_new disks
    own_product
    truncate -s 3G "$M/volumes.img"
    truncate -s 1G "$M/half0.img" "$M/half1.img" "$M/paths.img" "$M/vscsi.img"
    mke2fs -q -t ext4 -L vscsi "$M/vscsi.img"
    MACHINE_OPTIONS="$(disk_option d1 volumes.img) $(disk_option d2 half0.img) $(disk_option d3 half1.img)
        -device virtio-scsi-pci,id=scsi $(path_options)
        -device spapr-vscsi,id=vscsi -drive file=vscsi.img,if=none,id=v0,format=raw,cache=unsafe -device scsi-hd,bus=vscsi.0,drive=v0"
    on || return
    # shellcheck disable=SC2016 # expanded in the guest
    GUEST_SECONDS=120 guest "$UDEV"'
        set -ex
        vgcreate sys /dev/vdb
        lvcreate -y -n var -L 2G sys
        lvcreate -y -n other -L 100M sys
        mkfs.xfs -q -L var /dev/sys/var
        mdadm --create --run --level=1 --raid-devices=2 --metadata=1.2 /dev/md/srv /dev/vdc /dev/vdd
        mke2fs -q -t ext4 -L srv /dev/md/srv
        printf "defaults {\n user_friendly_names yes\n find_multipaths yes\n}\n" > /etc/multipath.conf
        multipath
        udevadm settle
        [ "$(dmsetup ls --target multipath | cut -f 1)" = mpatha ]
        mke2fs -q -t ext4 -L data /dev/mapper/mpatha
        udevadm settle
        printf "%s\n" "UUID=$(blkid -o value -s UUID /dev/sys/var) /var xfs defaults,noatime 0 0" \
            "/dev/disk/by-label/srv /srv ext4 nofail 0 2" > /etc/fstab
        printf "LABEL=data /data ext4 nofail,x-systemd.device-timeout=9 0 2" >> /etc/fstab
        mkdir -p /data /root /srv
        udevadm trigger --settle /dev/md/srv /dev/mapper/mpatha
        printf "%s\n" "#!/bin/sh" "vgchange -aay; mdadm --assemble --scan; multipath; udevadm trigger --settle; mount -a" > /usr/local/sbin/mounts
        chmod 755 /usr/local/sbin/mounts
        cp -a /var /root/var; mount -a; cp -dR /root/var/. /var/
        findmnt /srv && findmnt /data && findmnt /var
        printf "%s\n" "dump_level = 23" "target = dir:/var/crash" "target = dir:/srv/crash" "target = dir:/data/crash" > /etc/fadump.conf' \
        > "$E/volumes" 2>&1 || return
    prepared volumes || return
    machine_stop
    on || return
    to lvm || return
    to md fadump_target=dir:/srv/crash || return
    to multipath fadump_target=dir:/data/crash || return
    to vscsi fadump_target=fs:LABEL=vscsi:/crash
}

# path_options: print the QEMU options for two paths to one disk. On the second path each read and write fails.
path_options() {
    echo "-drive file=paths.img,if=none,id=p0,format=raw,cache=unsafe,file.locking=off"
    echo "-drive if=none,id=p1,driver=blkdebug,image.driver=raw,image.file.driver=file,image.file.filename=paths.img,image.file.locking=off,inject-error.0.event=read_aio,inject-error.0.errno=5,inject-error.1.event=write_aio,inject-error.1.errno=5"
    for path in 0 1; do
        echo "-device scsi-hd,bus=scsi.0,drive=p$path,serial=paths,wwn=0x5000c50015ea71ad,share-rw=on"
    done
}

# ---- /var on a thin volume; /full on a thin volume whose pool has no space for the dump -------

thin() {
    machine_new disks
    own_product
    truncate -s 3G "$M/pools.img"
    MACHINE_OPTIONS=$(disk_option d1 pools.img)
    on || return
    # By default a full pool queues the writes, and fails them 60 seconds later (no_space_timeout of dm_thin_pool).
    # shellcheck disable=SC2016 # expanded in the guest
    GUEST_SECONDS=180 guest "$UDEV"'
        set -ex
        vgcreate thin /dev/vdb
        lvcreate -y --type thin-pool -L 1G -n large thin
        lvcreate -y -V 2G --thinpool large -n var thin
        lvcreate -y -V 1G --thinpool large -n other thin
        lvcreate -y --type thin-pool -L 100M -n small thin
        lvcreate -y -V 1G --thinpool small -n full thin
        mke2fs -q -t ext4 -J size=4 -L var /dev/thin/var
        mke2fs -q -t ext4 -J size=4 -L full /dev/thin/full
        printf "%s\n" "/dev/thin/var /var ext4 defaults 0 2" "/dev/thin/full /full ext4 nofail 0 2" > /etc/fstab
        mkdir -p /full /root
        # do not mount /full after the crash that fills its pool: the replay of its journal may need more space
        printf "%s\n" "#!/bin/sh" "vgchange -aay; udevadm trigger --settle; mount /var" \
            "grep -q failed_target /run/fadump/status || mount /full" > /usr/local/sbin/mounts
        chmod 755 /usr/local/sbin/mounts
        cp -a /var /root/var; mount -a; cp -dR /root/var/. /var/
        findmnt /var && findmnt /full
        head -c 75M /dev/urandom > /full/rest; sync
        lvs
        printf "%s\n" "dump_level = 23" "target = dir:/var/crash" "target = dir:/full/crash" > /etc/fadump.conf' \
        > "$E/thin.log" 2>&1 || return
    prepared thin || return
    machine_stop
    on || return
    to thin || return
    to full fadump_target=dir:/full/crash fadump_target=dir:/var/crash
}

# ---- two local NVMe disks, by the names of udev with their serial numbers ----------------------

NVME=/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_lab

nvme() {
    local n
    machine_new disks
    own_product
    machine_disk sh -euc 'printf "#!/bin/sh\n" > usr/local/sbin/mounts; chmod 755 usr/local/sbin/mounts
        mkdir -p root; echo "dump_level = 23" > etc/fadump.conf'
    truncate -s 2G "$M/nvme0.img" "$M/nvme1.img"
    mke2fs -q -t ext4 "$M/nvme0.img"
    MACHINE_OPTIONS=
    for n in 0 1; do
        MACHINE_OPTIONS="$MACHINE_OPTIONS -drive file=nvme$n.img,if=none,id=n$n,format=raw,cache=unsafe
            -device nvme,serial=lab$n,drive=n$n"
    done
    on || return
    to nvme fadump_target=fs:${NVME}0:/crash || return
    to nvme-raw fadump_target=raw:${NVME}1
}

# ---- SLES: the root is a snapshot, /var a subvolume of the same btrfs ------------------------

# rebuilt MKFS COMMAND...: make a file system in $M/new.img with MKFS and run COMMAND, with $TOP, the mounted new file
# system, and $OLD, the root of the machine. Then $M/new.img becomes the disk of the machine.
rebuilt() {
    local make=$1
    shift
    truncate -s 6G "$M/new.img"
    $make "$M/new.img" > "$E/mkfs" 2>&1 || return
    # shellcheck disable=SC2016 # expanded by the inner shell
    "$LAB_HERE/alone" sh -euc '
        mkdir -p "$M/disk" "$M/top"
        mount -o loop "$M/root.img" "$M/disk"
        mount -o loop "$M/new.img" "$M/top"
        OLD=$M/disk TOP=$M/top
        export OLD TOP
        "$@"' sh "$@" > "$E/rebuilt" 2>&1 && mv "$M/new.img" "$M/root.img"
}

subvolumes() {
    machine_new disks
    own_product
    # shellcheck disable=SC2016 # expanded by the inner shell
    rebuilt 'mkfs.btrfs -q -L sles' sh -euxc '
        cd "$TOP"
        btrfs subvolume create @
        btrfs subvolume create @/var
        mkdir @/.snapshots @/.snapshots/1
        btrfs subvolume create @/.snapshots/1/snapshot
        root=@/.snapshots/1/snapshot
        (cd "$OLD" && tar -c --exclude=./var/* .) | tar -x -C "$root"
        (cd "$OLD/var" && tar -c .) | tar -x -C @/var
        printf "%s\n" "LABEL=sles / btrfs defaults 0 0" "LABEL=sles /var btrfs subvol=/@/var 0 0" > "$root/etc/fstab"
        printf "#!/bin/sh\nmount -a\n" > "$root/usr/local/sbin/mounts"
        chmod 755 "$root/usr/local/sbin/mounts"
        echo "dump_level = 23" > "$root/etc/fadump.conf"
        mkdir -p "$root/root"
        btrfs subvolume set-default "$root"' || return
    on && guest "$UDEV; mount -a" > /dev/null && to btrfs
}

# ---- a root whose changes are in a persistent overlay -----------------------------------------

overlay() {
    machine_new disks
    own_product
    machine_disk sh -euc 'echo "#!/bin/sh" > usr/local/sbin/mounts; chmod 755 usr/local/sbin/mounts
        mkdir -p root; : > etc/fstab; echo "dump_level = 23" > etc/fadump.conf'
    truncate -s 3G "$M/changes.img"
    mke2fs -q -t ext4 -L changes "$M/changes.img"
    # shellcheck disable=SC2034 # used by machine.sh
    MACHINE_OPTIONS=$(disk_option d1 changes.img)
    # shellcheck disable=SC2016 # expanded in the initramfs
    machine_hook initramfs-disks 'modprobe overlay; mkdir -p /run/initramfs/changes
        mount -L changes /run/initramfs/changes || mount /dev/vdb /run/initramfs/changes
        mkdir -p /run/initramfs/changes/upper /run/initramfs/changes/work /run/lower
        ln -s initramfs/changes/upper /run/overlayfs; ln -s initramfs/changes/work /run/ovlwork
        mount --move "$NEWROOT" /run/lower
        mount -t overlay -o lowerdir=/run/lower,upperdir=/run/overlayfs,workdir=/run/ovlwork overlay "$NEWROOT"'
    on && to overlay
}

# ---- ostree: the root is a deployment, /var is the var directory of the stateroot -------------

deployment() {
    machine_new disks
    own_product
    # shellcheck disable=SC2016 # expanded by the inner shell
    rebuilt 'mke2fs -q -t ext4 -L ostree' sh -euxc '
        cd "$TOP"
        deploy=ostree/deploy/os/deploy/0123.0
        mkdir -p "$deploy" ostree/deploy/os/var ostree/boot.1/os/0123
        ln -s ../../../deploy/os/deploy/0123.0 ostree/boot.1/os/0123/0
        (cd "$OLD" && tar -c --exclude=./var/* .) | tar -x -C "$deploy"
        (cd "$OLD/var" && tar -c .) | tar -x -C ostree/deploy/os/var
        mkdir -p "$deploy/sysroot" "$deploy/root"
        : > "$deploy/etc/fstab"
        printf "#!/bin/sh\nmount --bind /sysroot/ostree/deploy/os/var /var\nmount -o remount,bind,rw /var\n" > "$deploy/usr/local/sbin/mounts"
        chmod 755 "$deploy/usr/local/sbin/mounts"
        echo "dump_level = 23" > "$deploy/etc/fadump.conf"' || return
    # like ostree-prepare-root without composefs
    # shellcheck disable=SC2016 # expanded in the initramfs
    machine_hook initramfs-disks 'deploy=$NEWROOT/ostree/deploy/os/deploy/0123.0
        mkdir -p /run/deploy
        mount --bind "$deploy" /run/deploy
        mount --bind "$NEWROOT" /run/deploy/sysroot
        umount "$NEWROOT"
        mount --move /run/deploy "$NEWROOT"
        : > /run/ostree-booted'
    on ostree=/ostree/boot.1/os/0123/0 && guest /usr/local/sbin/mounts > /dev/null && to ostree
}

# ---- tests ------------------------------------------------------------------------------------

# each COMMAND...: run COMMAND once for each tested generation; $E is the directory with its evidence
each() {
    local E generations
    generations=$(cd "$BATS_FILE_TMPDIR" && ls -d ./*/dracut)
    for E in $generations; do
        E=$BATS_FILE_TMPDIR/${E%/dracut}
        echo "---- ${E##*/}, dracut $(cat "$E/dracut")"
        "$@"
    done
}

# found NAME PATH: assert that the dump was saved, its memory released and the next dump armed; that the path in the
# status is below PATH and exists in the running system; that the copy of the dump has the same size, and every page of
# the pattern, of which one may differ
found() {
    cat "$E/$1/status" "$E/$1/log" "$E/$1/seen" "$E/$1/active"
    captured "$1" 'pattern=*' || return
    # QEMU's firmware (VOF) writes its RTAS code (20 bytes) where the kernel of the capture boot asks for it. With the
    # layout `volumes` this was at 0xffe0000, in a page of the pattern. So one page may differ.
    grep -qxE 'pages=1024 absent=0 differs=[01]' "$E/$1/pattern" || return
    case $(status "$1" path) in "$2"/*) ;; *) return 1 ;; esac
    grep -qxF "$(status "$1" path) $(cat "$E/$1/size")" "$E/$1/seen"
}

# has PATTERN FILE: assert that a line of FILE in $E matches PATTERN
has() {
    grep -q -- "$1" "$E/$2"
}

@test "/var on a logical volume with xfs has the dump; no other volume was activated" {
    each found lvm /var/crash
    no_other() {
        run grep other "$E/lvm/active"
        [ "$status" -eq 1 ]
    }
    each no_other
}

@test "a directory on md RAID 1 has the dump, and the array was stopped again" {
    each found md /srv/crash
    stopped() {
        run grep active "$E/md/active"
        [ "$status" -eq 1 ]
    }
    each stopped
}

@test "a directory on a multipath map with a path that fails has the dump" {
    each found multipath /data/crash
    each has '^device=/dev/mapper/mpatha$' multipath/status
}

@test "/var is a thin volume: it has the dump; its pool is inactive again, no other volume was activated" {
    each found thin /var/crash
    each has '^No devices found$' thin/active
}

@test "a thin pool without space for the dump: the target fails with the reason, the next target has the dump" {
    each found full /var/crash
    each has '^failed_target.1=dir:/full/crash$' full/status
    each has '^failed_reason.1=.*No space left on device' full/status
    each has '^No devices found$' full/active
    # the kernel fails the writes after 60 s; the memory is released once, when the second target has the dump
    in_order() {
        [ "$(cat "$E/full/seconds")" -lt 240 ]
        [ "$(grep -oE 'target dir:/full/crash failed|vmcore complete|memory released' "$E/full/log" | tr '\n' ,)" \
            = 'target dir:/full/crash failed,vmcore complete,memory released,' ]
    }
    each in_order
}

@test "a PowerVM disk (vscsi) as fs: target has the dump" {
    mounted() {
        cat "$E/vscsi/status" "$E/vscsi/log" "$E/vscsi/seen"
        captured vscsi target=fs:LABEL=vscsi:/crash
        grep -q "^/mnt/crash/.*/vmcore $(cat "$E/vscsi/size")$" "$E/vscsi/seen"
    }
    each mounted
}

@test "fs: and raw: on local NVMe disks, named by their serial numbers, have the dump" {
    saved() {
        cat "$E/$1/status" "$E/$1/log" "$E/$1/seen"
        captured "$1" "target=$2"
        grep -q "^$3/vmcore $(cat "$E/$1/size")$" "$E/$1/seen"
    }
    each saved nvme "fs:${NVME}0:/crash" '/mnt/crash/.*'
    each saved nvme-raw "raw:${NVME}1" '/root/.*'
}

@test "SLES, where the root is a snapshot and /var a subvolume: the dump is in /var, not in the snapshot" {
    each found btrfs /var/crash
}

@test "a root on an overlay with a persistent upper layer has the dump" {
    each found overlay /var/crash
    each has '^overlay on / type overlay' overlay/mounted
}

@test "an ostree deployment: the dump is in the stateroot, not in the deployment" {
    each found ostree /var/crash
    each has '/dev/vda on /sysroot ' ostree/mounted
}

# row SUITE DRACUT LAYOUT RESULT SECONDS: print a line of the table
row() {
    printf '# %-10s %-12s %-10s %-7s %7s\n' "$@" >&3
}

@test "every dump is saved, with a dracut before 110 and with a newer one; the table shows generations and layouts" {
    rows() {
        local name
        for name in lvm md multipath vscsi thin full nvme nvme-raw btrfs overlay ostree; do
            row "${E##*/}" "$(cat "$E/dracut")" "$name" "$(status "$name" result)" "$(cat "$E/$name/seconds")"
        done
        [ "$(cat "$E"/*/status | grep -c '^result=saved$')" -eq 11 ]
    }
    row suite dracut layout result seconds
    each rows
    cat "$BATS_FILE_TMPDIR"/*/absent >&3 || true
    [ -n "$WANTED" ] || ls "$BATS_FILE_TMPDIR/bookworm/dracut" "$BATS_FILE_TMPDIR/forky/dracut"
}
