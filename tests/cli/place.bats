#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# place.bats - fadump-tool place: find the next mount that a directory of the running system needs, in the files of the
# root file system and in the kernel command line
# In:  roots made of files. Real: findmnt and systemd-fstab-generator of the host, to compare the reading of fstab.
# Out: TAP. Does not know: how file systems are mounted; which ones survive a power cut (tests/root/lasting.bats).

# bats and cli.bash set the variables used here
# shellcheck disable=SC2154
load cli

# root: makes an initramfs with a root file system on sysroot and no other mounts
root() {
    rm -rf root
    mkdir -p root/proc root/sysroot/etc root/sysroot/var root/sysroot/srv
    R=$PWD/root
    printf '%s\n' 'rootfs / rootfs rw 0 0' "/dev/vda2 $R/sysroot ext4 rw 0 0" > root/proc/mounts
    echo 'root=/dev/vda2 ro' > root/proc/cmdline
}

# place PATH [OPTION]...: runs fadump-tool place for PATH; sets $status and $output
place() {
    local path=$1
    shift
    run --separate-stderr "${COPY%/*}/fadump-tool" place --root "$R" --tree "$R/sysroot" "$@" "$path"
    [ -z "$stderr" ] || echo "stderr: $stderr"
}

# is KEY=VALUE...: checks that these lines, in this order, are the complete output
is() {
    [ "$status:$output" = "0:$(printf '%s\n' "$@")" ] || {
        printf 'status %s\n%s\nwanted:\n' "$status" "$output"
        printf '%s\n' "$@"
        return 1
    }
}

# refused PATH MOUNT ORIGIN [WHY]: checks that PATH needs MOUNT, which only the running system can make
refused() {
    place "$1"
    printf '%s\n' "$output"
    grep -qxF "mount=$2" <<< "$output" && grep -qxF "origin=$3" <<< "$output" && grep -q "^why=.*${4-}" <<< "$output"
}

# fstab LINE...: writes the fstab of the root
fstab() {
    printf '%s\n' "$@" > root/sysroot/etc/fstab
}

# unit NAME LINE...: writes a unit to /etc/systemd/system of the root, and enables it for local-fs.target
unit() {
    local name=$1 dir=root/sysroot/etc/systemd/system
    shift
    mkdir -p "$dir/local-fs.target.wants"
    printf '%s\n' "$@" > "$dir/$name"
    ln -sf "../$name" "$dir/local-fs.target.wants/$name"
}

VAR=(path=/var/crash mount=/var)

@test "a root without other mounts: the path is unchanged, except that links are followed inside the root" {
    root
    place /var/crash
    is path=/var/crash
    ln -s /srv/dumps root/sysroot/var/crash
    place /var/crash/x
    is path=/srv/dumps/x
    ln -s ../../../../srv root/sysroot/var/up
    place /var/up/../var/up//./y
    is path=/srv/y
    place /
    is path=/
    ln -s loop root/sysroot/var/loop
    place /var/loop
    [ "$status:$output" = '1:error=too many symbolic links' ]
    place "/var/$(printf '%0256d' 0)/x"
    [ "$status" -eq 1 ]
    [[ $output == error=*too\ long ]]
}

@test "fstab: the mount that contains the path is printed, with only the options of the file system" {
    root
    fstab '# /dev/vdz /var ext4' '' ' /dev/vda3 /va ext4 defaults' '/dev/vda4	/var/	xfs	rw,nofail,x-systemd.device-timeout=9,noatime 0 0'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:4 source=/dev/vda4 type=xfs options=rw,noatime disk=/dev/vda4
    place /variable
    is path=/variable
    place /var
    is path=/var mount=/var origin=/etc/fstab:4 source=/dev/vda4 type=xfs options=rw,noatime disk=/dev/vda4
    # ro becomes rw, because a dump has to be written
    fstab '/dev/vda4 /var ext4 ro,user,_netdev,comment=x,acl'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vda4 type=ext4 options=rw,acl disk=/dev/vda4
    # a directory of the file system is mounted, not its root directory
    fstab '/dev/vda4 /var ext4 X-mount.mkdir,X-mount.subdir=a/b'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vda4 type=ext4 options=rw,X-mount.subdir=a/b disk=/dev/vda4
    # two fields are enough for systemd
    fstab '/dev/vda4 /var'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vda4 type=auto options=rw disk=/dev/vda4
}

@test "fstab: a last line without a line end, octal escapes, and tags with and without quotes are understood" {
    root
    printf '/dev/vda2 / ext4 defaults 0 1\n/dev/vda3 /var ext4 defaults 0 2' > root/sysroot/etc/fstab
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:2 source=/dev/vda3 type=ext4 options=rw disk=/dev/vda3
    printf '/dev/vda3 /srv/crash\\040dumps ext4 defaults 0 2\n' > root/sysroot/etc/fstab
    place '/srv/crash dumps/x'
    is 'path=/srv/crash dumps/x' 'mount=/srv/crash dumps' origin=/etc/fstab:1 source=/dev/vda3 type=ext4 options=rw \
        disk=/dev/vda3
    fstab 'LABEL=my\040data /var btrfs subvol=@/my\040var,compress=no'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 'source=LABEL=my data' type=btrfs 'options=rw,subvol=@/my var,compress=no' \
        'disk=/dev/disk/by-label/my\x20data'
    for tag in UUID PARTUUID; do
        fstab "$tag=\"12-34\" /var ext4"
        place /var/crash
        is "${VAR[@]}" origin=/etc/fstab:1 "source=$tag=12-34" type=ext4 options=rw "disk=/dev/disk/by-${tag,,}/12-34"
    done
    fstab 'ID=scsi-1 /var ext4'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/disk/by-id/scsi-1 type=ext4 options=rw disk=/dev/disk/by-id/scsi-1
}

@test "fstab: noauto is refused, unless the mount is made on access; swap, and all lines with fstab=no, are ignored" {
    root
    fstab '/dev/vda5 none swap sw' '/dev/vda5 swap swap sw'
    place /var/crash
    is path=/var/crash
    echo systemd.mount-extra=/dev/vda3:/var:ext4:noauto > root/proc/cmdline
    refused /var/crash /var systemd.mount-extra=\ of\ the\ kernel\ command\ line noauto
    for options in noauto noauto,user auto,noauto; do
        fstab "/dev/vda3 /var ext4 $options"
        refused /var/crash /var /etc/fstab:1 noauto
    done
    for options in noauto,x-systemd.automount noauto,comment=systemd.automount noauto,auto x-systemd.automount=no; do
        fstab "/dev/vda3 /var ext4 $options"
        place /var/crash
        is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vda3 type=ext4 options=rw disk=/dev/vda3
    done
    echo 'ro fstab=no' > root/proc/cmdline
    place /var/crash
    is path=/var/crash
    echo 'ro fstab=yes' > root/proc/cmdline
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vda3 type=ext4 options=rw disk=/dev/vda3
}

# every_boot: checks that systemd-fstab-generator makes every boot to multi-user.target mount /var/crash
every_boot() {
    rm -rf units
    mkdir -p units/{n,e,l}
    SYSTEMD_FSTAB=$R/sysroot/etc/fstab SYSTEMD_IN_INITRD=0 SYSTEMD_PROC_CMDLINE=ro SYSTEMD_LOG_TARGET=null \
        /usr/lib/systemd/system-generators/systemd-fstab-generator "$PWD"/units/{n,e,l}
    find units -path '*-fs.target.*/var-crash.*' -o -path '*/multi-user.target.*/var-crash.*' | grep -q .
}

@test "fstab: x-systemd.wanted-by= and x-systemd.required-by= decide if every boot makes a mount, as in systemd" {
    [ -x /usr/lib/systemd/system-generators/systemd-fstab-generator ] || skip 'this machine has no generator'
    root
    compared=''
    for wants in '' {noauto,auto},x-systemd.{wanted,required}-by={multi-user.target,backup.service,multi-user} \
        x-systemd.required-by=local-fs.target x-systemd.wanted-by= x-systemd.wanted-by \
        x-systemd.wanted-by=x.mount,x-systemd.required-by=local-fs.target \
        x-systemd.wanted-by=a.service,x-systemd.wanted-by=multi-user.target; do
        for options in "defaults,$wants" "$wants,x-systemd.automount" "_netdev,nofail,$wants"; do
            fstab "/dev/vdb /var/crash ext4 $options 0 0"
            place /var/crash
            ours=no
            ! grep -qx disk=/dev/vdb <<< "$output" || ours=yes
            theirs=no
            ! every_boot || theirs=yes
            echo "$options: $ours, systemd $theirs"
            [ "$ours" = "$theirs" ]
            [ "$ours" = yes ] || grep -q ^why= <<< "$output"
            compared=$compared$ours
        done
    done
    [[ $compared == *yes*no* ]]
}

@test "fstab: a line that findmnt ignores and systemd reads is refused" {
    root
    fstab '/dev/vdb /srv ext4' '/dev/vda3 /var ext4 defaults # my disk' '/dev/vda5 /swap swap sw # x'
    echo '/dev/vdb /srv ext4 ' > theirs
    place /var/crash --fstab theirs
    grep -qxF origin=/etc/fstab:2 <<< "$output"
    grep -q '^why=findmnt' <<< "$output"
    place /srv/x --fstab theirs
    is path=/srv/x mount=/srv origin=/etc/fstab source=/dev/vdb type=ext4 options=rw disk=/dev/vdb
    place /swap --fstab theirs
    is path=/swap
}

@test "an existing mount is skipped, the next missing one printed; of two fstab lines for a mount, the first is used" {
    root
    fstab '/dev/vda3 /var ext4' '/dev/vda4 /var/crash xfs'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vda3 type=ext4 options=rw disk=/dev/vda3
    fstab '/dev/vda4 /var/crash xfs' '/dev/vda3 /var ext4' '/dev/vda9 /var ext3'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:2 source=/dev/vda3 type=ext4 options=rw disk=/dev/vda3
    echo "/dev/vda3 $R/sysroot/var ext4 rw 0 0" >> root/proc/mounts
    place /var/crash
    is path=/var/crash mount=/var/crash origin=/etc/fstab:1 source=/dev/vda4 type=xfs options=rw disk=/dev/vda4
    echo "/dev/vda4 $R/sysroot/var/crash xfs rw 0 0" >> root/proc/mounts
    place /var/crash
    is path=/var/crash
}

@test "a source that begins with # is a comment in fstab only, and not if it is written as \\043" {
    root
    fstab '/dev/vdb /var ext4'
    for source in '\043x' '#x'; do
        sed -i 2q root/proc/mounts
        echo "$source $R/sysroot/var ext4 rw 0 0" >> root/proc/mounts
        place /var/crash
        is path=/var/crash
    done
    sed -i 2q root/proc/mounts
    fstab '#x /var ext4' ' # /var ext4'
    place /var/crash
    is path=/var/crash
    # findmnt prints no comments
    for source in '\x23x' '#x'; do
        echo "$source /var ext4 " > theirs
        place /var/crash --fstab theirs
        grep -qxF mount=/var <<< "$output"
    done
    fstab '\043x /var ext4'
    refused /var/crash /var /etc/fstab:1
}

@test "a mount point that is a link in the root is followed" {
    root
    ln -s var root/sysroot/data
    fstab '/dev/vda4 /data ext4'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vda4 type=ext4 options=rw disk=/dev/vda4
}

@test "bind mounts: the mount that contains the source directory comes first; a loop is an error" {
    root
    mkdir -p root/sysroot/data/crash
    fstab '/data/crash /var/crash none bind'
    place /var/crash/x
    is path=/var/crash/x mount=/var/crash origin=/etc/fstab:1 source=/data/crash type=bind options=rw,bind
    fstab '/data/crash /var/crash none rbind' '/dev/vda3 /data ext4'
    place /var/crash/x
    is path=/var/crash/x mount=/data origin=/etc/fstab:2 source=/dev/vda3 type=ext4 options=rw disk=/dev/vda3
    # whether a mount below the source appears in the bind mount depends on which of the two is made first
    fstab '/data /var/crash none bind' '/dev/vda3 /data/sub ext4'
    mkdir root/sysroot/data/sub
    refused /var/crash/sub/x /var/crash /etc/fstab:1 '/data/sub is mounted below'
    place /var/crash/x
    is path=/var/crash/x mount=/var/crash origin=/etc/fstab:1 source=/data type=bind options=rw,bind
    for source in /dev/shm /run/x /tmp //tmp/./x /data/link; do
        mkdir -p root/sysroot/run
        ln -sfn ../run/y root/sysroot/data/link
        fstab "$source /var/crash none bind"
        refused /var/crash/x /var/crash /etc/fstab:1 memory
    done
    fstab '/a /var none bind' '/var /a none bind'
    mkdir root/sysroot/a
    place /var/crash
    [ "$status:$output" = '1:error=bind mounts whose sources are below each other' ]
    # a source below its own mount point is no loop
    fstab '/var/real /var none bind'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/var/real type=bind options=rw,bind
}

@test "a bind mount of a directory on itself changes nothing; a later fstab line for its mount point is ignored" {
    root
    ln -s var root/sysroot/data
    for line in '/var /var none rbind,private 0 0' '/data/. /var/ none bind' '/ / none bind'; do
        fstab "$line" '/dev/vdb /var/crash ext4'
        place /var/crash
        is path=/var/crash mount=/var/crash origin=/etc/fstab:2 source=/dev/vdb type=ext4 options=rw disk=/dev/vdb
    done
    # systemd-fstab-generator: "Duplicate entry in /etc/fstab?"
    fstab '/var /var none bind' '/dev/vdb /var ext4'
    place /var/crash
    is path=/var/crash
    echo '/var /var none rw,bind ' > theirs
    place /var/crash --fstab theirs
    is path=/var/crash
    fstab '/dev/vdb /var ext4' '/var /var none bind'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vdb type=ext4 options=rw disk=/dev/vdb
}

@test "file systems that are in memory, or that only the running system can mount, are refused with the reason" {
    root
    for line in 'server:/crash /var nfs' '//server/x /var cifs' 'tmpfs /var tmpfs' 'x /var fuse.sshfs' 'rpool/var /var zfs' \
        'overlay /var overlay lowerdir=/a' '/images/var.img /var ext4 loop' 'x /var 9p trans=virtio' 'x /var virtiofs'; do
        fstab "$line"
        refused /var/crash /var /etc/fstab:1
    done
    fstab 'tmpfs /var tmpfs'
    refused /var/crash /var /etc/fstab:1 memory
}

@test "a directory that the boot empties is refused, also as the source of a bind mount or behind a link" {
    root
    for dir in /tmp //tmp/x /./run /var/link/x; do
        ln -sfn /tmp root/sysroot/var/link
        place "$dir"
        [[ $status:$output == 1:error=*' is not persistent' ]]
    done
    mkdir -p root/sysroot/tmp root/sysroot/var/tmp
    fstab '/tmp /var/tmp none rw,noexec,nosuid,nodev,bind' '/var/tmp/x /var/crash none bind'
    refused /var/tmp/crash /var/tmp /etc/fstab:1 emptied
    refused /var/crash /var/tmp /etc/fstab:1 emptied
    place /var/tmpx
    is path=/var/tmpx
}

@test "units: What, Type and Options of an enabled .mount unit and its drop-ins are used; a masked unit is ignored" {
    root
    unit var.mount '[Unit]' 'What=no' '[Mount]' '# What=no' 'What = /dev/disk/by-partlabel/var' 'Where=/var' 'Type=xfs' \
        'Options=noatime' '[Install]' 'RequiredBy=local-fs.target'
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/disk/by-partlabel/var type=xfs options=rw,noatime \
        disk=/dev/disk/by-partlabel/var
    mkdir root/sysroot/etc/systemd/system/var.mount.d
    printf '[Mount]\nOptions=discard' > root/sysroot/etc/systemd/system/var.mount.d/b.conf
    printf '[Mount]\nOptions=acl\n' > root/sysroot/etc/systemd/system/var.mount.d/a.conf
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/disk/by-partlabel/var type=xfs options=rw,discard \
        disk=/dev/disk/by-partlabel/var
    # drop-ins are read in the order of their names, whatever their directory; of two with the same name, the one in
    # /etc is used
    mkdir -p root/sysroot/usr/lib/systemd/system/var.mount.d
    printf '[Mount]\nOptions=sync\n' > root/sysroot/usr/lib/systemd/system/var.mount.d/c.conf
    printf '[Mount]\nWhat=/dev/vdx\n' > root/sysroot/usr/lib/systemd/system/var.mount.d/a.conf
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/disk/by-partlabel/var type=xfs options=rw,sync \
        disk=/dev/disk/by-partlabel/var
    ln -sf /dev/null root/sysroot/etc/systemd/system/var.mount
    place /var/crash
    is path=/var/crash
}

@test "units: drop-ins for all mounts and for a prefix of the name are used, drop-ins for another prefix are not" {
    local etc=root/sysroot/etc/systemd/system
    root
    unit var-my\\x2dcrash.mount '[Mount]' What=/dev/vdb Where=/var/my-crash Type=xfs '[Install]' RequiredBy=local-fs.target
    mkdir "$etc/mount.d" "$etc/var-.mount.d" "$etc/va-.mount.d" "$etc/var-my.mount.d" "$etc/var-my-.mount.d"
    printf '[Mount]\nWhat=/dev/vdx\n' | tee "$etc/va-.mount.d/c.conf" "$etc/var-my.mount.d/c.conf" > "$etc/var-my-.mount.d/c.conf"
    place /var/my-crash
    is path=/var/my-crash mount=/var/my-crash "origin=/etc/systemd/system/var-my\\x2dcrash.mount" source=/dev/vdb type=xfs \
        options=rw disk=/dev/vdb
    printf '[Mount]\nOptions=noatime\n' > "$etc/mount.d/b.conf"
    place /var/my-crash
    grep -qx options=rw,noatime <<< "$output"
    printf '[Mount]\nOptions=sync\n' > "$etc/var-.mount.d/b.conf"
    place /var/my-crash
    grep -qx options=rw,sync <<< "$output"
    printf '[Mount]\nOptions=nodev\n' > "$etc/mount.d/c.conf"
    place /var/my-crash
    grep -qx options=rw,nodev <<< "$output"
}

@test "units: a mount of fstab or the command line is ignored if its unit is masked, refused if a drop-in changes it" {
    root
    mkdir -p root/sysroot/etc/systemd/system root/sysroot/usr/lib/systemd/system/var-my\\x2dcrash.mount.d
    fstab '/dev/vdb /var/my-crash ext4'
    place /var/my-crash
    grep -qx disk=/dev/vdb <<< "$output"
    printf '[Unit]\nAfter=x.service\n' > root/sysroot/usr/lib/systemd/system/var-my\\x2dcrash.mount.d/a.conf
    place /var/my-crash
    grep -qx disk=/dev/vdb <<< "$output"
    printf '[Mount]\nWhere=/var/my-crash\n' > root/sysroot/usr/lib/systemd/system/var-my\\x2dcrash.mount.d/b.conf
    place /var/my-crash
    grep -qx disk=/dev/vdb <<< "$output"
    for line in '[Mount]\nWhat=/dev/vdc' '[Mount]\nOptions=' '[Mount]\nWhere=/srv' '[Unit]\nConditionKernelCommandLine=x' \
        '[Unit]\nAssertPathExists=/x'; do
        echo "${line/'\n'/$'\n'}" > root/sysroot/usr/lib/systemd/system/var-my\\x2dcrash.mount.d/b.conf
        refused /var/my-crash /var/my-crash /etc/fstab:1 drop-in
    done
    ln -s /dev/null root/sysroot/etc/systemd/system/var-my\\x2dcrash.mount
    for reader in '' --fstab\ theirs; do
        echo '/dev/vdb /var/my-crash ext4 ' > theirs
        # shellcheck disable=SC2086
        place /var/my-crash $reader
        is path=/var/my-crash
    done
    rm root/sysroot/etc/fstab
    echo 'systemd.mount-extra=/dev/vdb:/var/my-crash' > root/proc/cmdline
    place /var/my-crash
    is path=/var/my-crash
}

@test "masks of systemd.mask=, of .automount units and in .wants are obeyed" {
    local etc=root/sysroot/etc/systemd/system
    root
    fstab '/dev/vdb /var/my-crash ext4 nofail'
    for mask in 'var-my\x2dcrash.mount' /var/my-crash; do
        echo "systemd.mask=a.mount systemd.mask=$mask" > root/proc/cmdline
        place /var/my-crash
        is path=/var/my-crash
    done
    printf '%s\n' 'systemd.mask=var.mount rd.systemd.mask=var-my\x2dcrash.mount' > root/proc/cmdline
    place /var/my-crash
    grep -qx disk=/dev/vdb <<< "$output"
    # a mask in /usr does not hide the unit of a generator
    mkdir -p root/sysroot/usr/lib/systemd/system
    ln -s /dev/null 'root/sysroot/usr/lib/systemd/system/var-my\x2dcrash.mount'
    place /var/my-crash
    grep -qx disk=/dev/vdb <<< "$output"
    # a unit in /etc, and its link in .wants
    root
    unit var.mount '[Mount]' What=/dev/vdb
    echo systemd.mask=var.mount > root/proc/cmdline
    place /var/crash
    is path=/var/crash
    echo ro > root/proc/cmdline
    mkdir -p root/sysroot/usr/lib/systemd/system
    mv "$etc/local-fs.target.wants" root/sysroot/usr/lib/systemd/system
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/vdb type=auto options=rw disk=/dev/vdb
    mkdir "$etc/local-fs.target.wants"
    ln -s /dev/null "$etc/local-fs.target.wants/var.mount"
    refused /var/crash /var /etc/systemd/system/var.mount 'wants this unit'
    # an automount of fstab whose .automount, .mount, or both are masked
    root
    mkdir -p "$etc"
    fstab '/dev/vdb /var ext4 noauto,x-systemd.automount'
    ln -s /dev/null "$etc/var.automount"
    refused /var/crash /var /etc/fstab:1 mask
    ln -s /dev/null "$etc/var.mount"
    place /var/crash
    is path=/var/crash
    rm "$etc/var.automount"
    refused /var/crash /var /etc/fstab:1 mask
    # a unit that is mounted on access
    root
    unit var.automount '[Automount]' Where=/var
    printf '[Mount]\nWhat=/dev/vdb\n' > "$etc/var.mount"
    place /var/crash
    grep -qx disk=/dev/vdb <<< "$output"
    printf '[Unit]\nConditionHost=x\n' >> "$etc/var.automount"
    refused /var/crash /var /etc/systemd/system/var.mount condition
    echo systemd.mask=var.automount > root/proc/cmdline
    refused /var/crash /var /etc/systemd/system/var.mount 'wants this unit'
}

@test "units: a unit that is not enabled is refused, because another unit may start it" {
    root
    mkdir -p root/sysroot/etc/systemd/system
    printf '%s\n' '[Mount]' Where=/var What=/dev/disk/by-partlabel/var Type=xfs '[Install]' RequiredBy=local-fs.target \
        > root/sysroot/etc/systemd/system/var.mount
    refused /var/crash /var /etc/systemd/system/var.mount
}

@test "units: a unit that some boots do not start, or with a condition, another Where= or a specifier, is refused" {
    root
    unit var.mount '[Mount]' What=/dev/vdb
    mv root/sysroot/etc/systemd/system/{local-fs,rescue}.target.wants
    refused /var/crash /var /etc/systemd/system/var.mount 'every boot'
    for line in '[Unit]\nConditionPathExists=/x' '[Unit]\nAssertHost=x' '[Mount]\nWhere=/srv' '[Mount]\nOptions=subvol=%m' \
        '[Mount]\nWhat=/dev/disk/by-label/%m'; do
        root
        unit var.mount '[Mount]' What=/dev/vdb Where=/var "${line/'\n'/$'\n'}"
        refused /var/crash /var /etc/systemd/system/var.mount
    done
    # in fstab, % is not a specifier
    root
    fstab 'LABEL=100% /var btrfs subvol=%m'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=LABEL=100% type=btrfs options=rw,subvol=%m 'disk=/dev/disk/by-label/100\x25'
}

@test "units: escaped names and all directories are used; /etc has priority over fstab, and fstab over /usr" {
    root
    unit 'var-my\x2dcrash.mount' '[Mount]' What=/dev/vdb
    place /var/my-crash/x
    is path=/var/my-crash/x mount=/var/my-crash 'origin=/etc/systemd/system/var-my\x2dcrash.mount' source=/dev/vdb type=auto \
        options=rw disk=/dev/vdb
    for dir in /usr/lib /usr/local/lib; do
        root
        mkdir -p "root/sysroot$dir/systemd/system/multi-user.target.requires"
        printf '[Mount]\nWhat=/dev/vdc\n' > "root/sysroot$dir/systemd/system/var.mount"
        ln -s ../var.mount "root/sysroot$dir/systemd/system/multi-user.target.requires/"
        place /var/crash
        is "${VAR[@]}" "origin=$dir/systemd/system/var.mount" source=/dev/vdc type=auto options=rw disk=/dev/vdc
        # fstab has priority over units in /usr; units in /etc have priority over fstab
        fstab '/dev/vdd /var ext4'
        place /var/crash
        is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vdd type=ext4 options=rw disk=/dev/vdd
        unit var.mount '[Mount]' What=/dev/vde
        place /var/crash
        is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/vde type=auto options=rw disk=/dev/vde
    done
}

# shellcheck disable=SC1003 # the backslashes are data
@test "units: a backslash joins a line with the next line that is not a comment, in units and drop-ins" {
    root
    unit var.mount '[Mount]' '# a \' 'What=\' '# one' '  ; two \' '   /dev/vdb' 'Type=btrfs' 'Options=subvol=@/a\\\\' \
        'Options=acl'
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/vdb type=btrfs options=rw,acl disk=/dev/vdb
    mkdir root/sysroot/etc/systemd/system/var.mount.d
    printf '%s\n' '[Mount]' 'Options=subvol=@/crash,\' '#' 'Options=compress=zstd\' '' What=/dev/vdc \
        > root/sysroot/etc/systemd/system/var.mount.d/a.conf
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/vdc type=btrfs \
        'options=rw,subvol=@/crash, Options=compress=zstd' disk=/dev/vdc
    printf '[Mount]\nOptions=%05000d\n' 0 >> root/sysroot/etc/systemd/system/var.mount
    refused /var/crash /var /etc/systemd/system/var.mount 'too long'
}

@test "units: folders of units, of wants and of drop-ins are found through absolute links" {
    local etc=root/sysroot/etc/systemd
    root
    unit var.mount '[Mount]' What=/dev/vdb
    mkdir -p root/sysroot/opt/sys
    mv "$etc/system" root/sysroot/opt/sys
    ln -s /opt/sys/system "$etc/system"
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/vdb type=auto options=rw disk=/dev/vdb
    mv root/sysroot/opt/sys/system/local-fs.target.wants root/sysroot/opt/wants
    ln -s /opt/wants root/sysroot/opt/sys/system/local-fs.target.wants
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/vdb type=auto options=rw disk=/dev/vdb
    mkdir root/sysroot/opt/d
    printf '[Mount]\nOptions=acl\n' > root/sysroot/opt/d/x.conf
    ln -s /opt/d "$PWD/root/sysroot/opt/sys/system/var.mount.d"
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/vdb type=auto options=rw,acl disk=/dev/vdb
    # a unit in /etc hides the unit of the same name in /usr
    mkdir -p root/sysroot/usr/lib/systemd/system
    printf '[Mount]\nWhat=/dev/vdz\n' > root/sysroot/usr/lib/systemd/system/var.mount
    ln -sf /dev/null root/sysroot/opt/sys/system/var.mount
    fstab '/dev/vdc /var ext4'
    place /var/crash
    is path=/var/crash
}

@test "an automount unit without its .mount unit is refused; with that unit, the mount is printed" {
    root
    unit var.automount '[Automount]' Where=/var
    refused /var/crash /var /etc/systemd/system/var.automount
    printf '[Mount]\nWhat=/dev/vdb\n' > root/sysroot/etc/systemd/system/var.mount
    place /var/crash
    is "${VAR[@]}" origin=/etc/systemd/system/var.mount source=/dev/vdb type=auto options=rw disk=/dev/vdb
}

@test "the kernel command line: the mount of systemd.mount-extra= is printed; systemd.volatile=state is refused" {
    root
    echo 'ro systemd.mount-extra="/dev/vdb:/var:ext4:noatime,x-a" quiet' > root/proc/cmdline
    place /var/crash
    is "${VAR[@]}" 'origin=systemd.mount-extra= of the kernel command line' source=/dev/vdb type=ext4 options=rw,noatime \
        disk=/dev/vdb
    echo 'systemd.mount-extra=LABEL=x:/var ro' > root/proc/cmdline
    place /var/crash
    is "${VAR[@]}" 'origin=systemd.mount-extra= of the kernel command line' source=LABEL=x type=auto options=rw \
        disk=/dev/disk/by-label/x
    # the value is split first, then each part is decoded; a value with too many parts is ignored
    printf '%s\n' 'systemd.mount-extra=/dev/disk/by-path/pci-0\x3a05.0:/var/my\x20crash::a=\x2f' > root/proc/cmdline
    place '/var/my crash'
    is 'path=/var/my crash' 'mount=/var/my crash' 'origin=systemd.mount-extra= of the kernel command line' \
        source=/dev/disk/by-path/pci-0:05.0 type=auto options=rw,a=/ disk=/dev/disk/by-path/pci-0:05.0
    for value in LABEL=x:/var:ext4:acl: LABEL=x:/var:ext4:a:b LABEL=x LABEL=x:var LABEL=x::/var; do
        echo "systemd.mount-extra=$value" > root/proc/cmdline
        place /var/crash
        is path=/var/crash
    done
    for value in '/dev/vd\142:/var' 'LABEL=a\tb:/var' 'LABEL=x:/v\u0061r' 'LABEL=x:/var:ext4:\x5c'; do
        echo "systemd.mount-extra=$value" > root/proc/cmdline
        refused /var/crash /var/crash systemd.mount-extra=\ of\ the\ kernel\ command\ line escape
    done
    # the number of words is not limited
    { printf 'systemd.mount-extra=a:/b%s ' {1..200} && echo systemd.mount-extra=/dev/vdz:/var; } > root/proc/cmdline
    place /var/crash
    grep -qx source=/dev/vdz <<< "$output"
    # "-" and "_" in a name are the same
    echo 'systemd.mount_extra=LABEL=a-b:/var ro' > root/proc/cmdline
    place /var/crash
    grep -qxF source=LABEL=a-b <<< "$output"
    echo 'ro systemd.volatile=state' > root/proc/cmdline
    refused /var/crash /var systemd.volatile=state memory
    echo 'ro systemd.volatile=no' > root/proc/cmdline
    place /var/crash
    is path=/var/crash
}

@test "ostree: /var is a bind mount of the stateroot's var, unless it is mounted; a missing stateroot is refused" {
    root
    echo 'root=UUID=1 rw ostree=/ostree/boot.1/os/0123/0 fadump=on ostree=/ostree/boot.0/no/4/0' > root/proc/cmdline
    mkdir -p root/run root/sysroot/sysroot/ostree/deploy/os/var
    place /var/crash
    is "${VAR[@]}" origin=ostree source=/sysroot/ostree/deploy/os/var type=bind options=rw,bind
    place /srv
    is path=/srv
    fstab '/dev/vdb /var ext4'
    place /var/crash
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vdb type=ext4 options=rw disk=/dev/vdb
    rm root/sysroot/etc/fstab
    echo "/dev/vda2 $R/sysroot/var ext4 rw 0 0" >> root/proc/mounts
    place /var/crash
    is path=/var/crash
    root
    mkdir root/run
    : > root/run/ostree-booted
    refused /var/crash /var ostree stateroot
}

@test "autofs: mounts of direct and indirect maps are refused if the service is enabled" {
    root
    printf '%s\n' '# a comment' '/net -hosts' '/- auto.direct' > root/sysroot/etc/auto.master
    printf '/var/crash -fstype=nfs server:/crash\n' > root/sysroot/etc/auto.direct
    place /var/crash
    is path=/var/crash
    unit autofs.service '[Service]'
    refused /var/crash/x /var/crash autofs
    refused /net/x /net autofs
    mkdir root/sysroot/etc/auto.master.d
    echo '/srv /etc/auto.srv' > root/sysroot/etc/auto.master.d/srv.autofs
    refused /srv/x /srv autofs
}

@test "autofs: maps that other maps include are read; if a map cannot be read, every directory is refused" {
    local etc=root/sysroot/etc
    root
    unit autofs.service '[Service]'
    printf '%s\n' '/net -hosts' '+dir:/etc/auto.master.d' +auto.master > "$etc/auto.master"
    place /var/crash
    is path=/var/crash
    # each line is a master map with a mount on /var/crash
    printf '%s\n' '/var/crash srv:/x' > "$etc/auto.direct"
    echo '"/var/crash" -fstype=nfs srv:/x' > "$etc/auto.quoted"
    echo +auto.direct > "$etc/auto.more"
    echo '/- auto.direct' > "$etc/auto.site"
    mkdir "$etc/autofs.d"
    echo '/- file:auto.more' > "$etc/autofs.d/x.autofs"
    for master in '/- file,sun:/etc/auto.direct' '/- file:auto.direct' '/- /etc/auto.quoted' +auto.site \
        +file:/etc/auto.site +dir:/etc/autofs.d '/- auto.more' '"/var/crash" auto.x'; do
        echo "$master" > "$etc/auto.master"
        refused /var/crash/x /var/crash autofs running
        place /srv
        is path=/srv
    done
    echo '"/var/my crash" srv:/x' > "$etc/auto.blank"
    echo '/var/my\ crash srv:/x' > "$etc/auto.escaped"
    echo +ldap:auto.direct > "$etc/auto.ldap"
    echo +auto.loop > "$etc/auto.loop"
    printf '#!/bin/sh\n' > "$etc/auto.program"
    chmod 755 "$etc/auto.program"
    for master in '/- ldap:nisMapName=auto.direct' '/- yp:auto.direct' '/- auto.none' '/- file,hesiod:auto.direct' \
        '/- auto.program' +auto.none '/- auto.blank' '/- auto.escaped' '/- auto.ldap' '/- auto.loop' '/- file:/etc/auto.none -- yp:x'; do
        echo "$master" > "$etc/auto.master"
        refused /var/crash/x /var/crash/x autofs 'cannot be read'
    done
    echo "/dev/vda3 $R/sysroot/srv ext4 rw 0 0" >> root/proc/mounts
    place /srv
    is path=/srv
    rm "$etc/auto.master"
    refused /var/crash /var/crash autofs 'cannot be read'
}

@test "a partition with the type of /var is refused if the directory is empty" {
    root
    mkdir -p root/run/udev/data
    printf 'S:disk/by-id/x\nE:ID_PART_ENTRY_TYPE=4d21b016-b534-45c2-a9fb-5c16e091fd2d\n' > root/run/udev/data/b259:3
    refused /var/crash /var 'the type of a partition'
    mkdir root/sysroot/var/lib
    place /var/crash
    is path=/var/crash
    rmdir root/sysroot/var/lib
    for word in systemd.gpt_auto=0 systemd.gpt-auto=No; do
        echo "ro $word" > root/proc/cmdline
        place /var/crash
        is path=/var/crash
    done
}

@test "the record of the build (mounts that a generator made) has the lowest priority" {
    root
    printf 'UUID=9 /var xfs rw,relatime,attr2,inode64\n' > record
    place /var/crash --record record
    is "${VAR[@]}" 'origin=the machine that the initramfs was built on' source=UUID=9 type=xfs options=rw,relatime,attr2,inode64 \
        disk=/dev/disk/by-uuid/9
    printf 'directory /var xfs rw\n' > record
    place /var/crash --record record
    grep -q '^why=' <<< "$output"
    fstab '/dev/vdb /var ext4'
    place /var/crash --record record
    is "${VAR[@]}" origin=/etc/fstab:1 source=/dev/vdb type=ext4 options=rw disk=/dev/vdb
}

@test "a source of mounts that cannot be read is an error with its name; a missing source is none" {
    root
    # unread NAME [OPTION]...: checks the error for the source NAME
    unread() {
        local name=$1
        shift
        place /var/crash "$@"
        [[ $status:$output == "1:error=$name cannot be read ("*"), so the mounts of the running system are unknown" ]]
    }
    mkdir root/sysroot/etc/fstab
    unread /etc/fstab
    rmdir root/sysroot/etc/fstab
    unread "$R" --fstab "$R"
    unread "$R" --record "$R"
    mkdir -p root/sysroot/etc/systemd
    for dir in etc/systemd/system etc/auto.master.d; do
        unit autofs.service '[Service]'
        rm -rf "root/sysroot/${dir:?}"
        ln -s loop "root/sysroot/${dir%/*}/loop"
        ln -s loop "root/sysroot/$dir"
        unread "/$dir"
        rm "root/sysroot/$dir" "root/sysroot/${dir%/*}/loop"
    done
    { printf 'root=/dev/vda2 ' && head -c 9000 /dev/zero | tr '\0' x; } > root/proc/cmdline
    unread /proc/cmdline
    root
    rm root/proc/cmdline
    place /var/crash
    is path=/var/crash
}

@test "a unit whose file cannot be read is refused, not ignored" {
    root
    unit var.mount '[Mount]' What=/dev/vdb Where=/var
    rm root/sysroot/etc/systemd/system/var.mount
    mkdir root/sysroot/etc/systemd/system/var.mount
    refused /var/crash /var /etc/systemd/system/var.mount 'cannot be read'
}

# the sanitizers need more address space than these limits
# bats test_tags=uninstrumented
@test "without enough memory the answer is an error, never an answer that lacks a mount" {
    local kib failed=0 complete=0
    root
    fstab '/dev/vdb /var ext4 defaults'
    place /var/crash
    printf '%s\n' "$output" > whole
    for ((kib = 100; kib < 1000; kib += 4)); do
        if (ulimit -v $kib && exec "${COPY%/*}/fadump-tool" place --root "$R" --tree "$R/sysroot" /var/crash) \
            > answer; then
            cmp answer whole
            complete=$((complete + 1))
        else
            run grep -c '^path=' answer
            [ "$output" = 0 ]
            ! grep -q '^error=' answer || failed=$((failed + 1))
        fi
    done 2> /dev/null # bash prints a line for a program that a signal ended
    echo "$failed errors, $complete complete answers"
    [ "$failed" -gt 0 ] && [ "$complete" -gt 0 ]
}

@test "hostile text: control characters and very long lines never add a line to the output" {
    root
    printf '/dev/vdb\\012x=1 /var ext4\n' > root/sysroot/etc/fstab
    place /var/crash
    [ "$status" -eq 1 ]
    [ "$(grep -c . <<< "$output")" -eq 2 ]
    grep -q '^error=' <<< "$output"
    head -c 300000 /dev/zero | tr '\0' 'a' > root/sysroot/etc/fstab
    place /var/crash
    is path=/var/crash
    printf '/dev/vdb /var ext4 %s\n' "$(head -c 100000 /dev/zero | tr '\0' 'o')" > root/sysroot/etc/fstab
    place /var/crash
    [ "$status" -eq 0 ]
    grep -qxF mount=/var <<< "$output"
    head -c 100000 /dev/urandom > root/sysroot/etc/fstab
    place /var/crash
    [ "$status" -le 1 ]
    head -c 8000 /dev/urandom > root/proc/cmdline
    place /var/crash
    [ "$status" -le 1 ]
}

@test "the tool and findmnt parse random fstab files alike" {
    root
    mkdir -p root/sysroot/a
    compared=0
    for seed in $(seq 60); do
        python3 - "$seed" << 'END' > root/sysroot/etc/fstab
import random, sys
r = random.Random(int(sys.argv[1]))
def field(words):
    text = r.choice(words)
    return "".join(r.choice([c, c, c, "\\%03o" % ord(c)]) for c in text)
out = []
for _ in range(r.randrange(1, 6)):
    if r.random() < 0.1:
        out.append(r.choice(["", "  ", "#x /var ext4", "   # y", "\t"]))
        continue
    gap = lambda: r.choice([" ", "\t", "   ", " \t "])
    row = [field(["/dev/vda3", "/dev/v b", "LABEL=a"]), field(["/var", "/var/crash", "/a", "/", "/srv/x y"]), "ext4"]
    if r.random() < 0.8:
        row.append(r.choice(["defaults", "noatime,x-y=1", "acl", "rw,sync"]))
        if r.random() < 0.7:
            row += ["0", "2"]
    out.append(r.choice(["", " ", "\t"]) + gap().join(row) + r.choice(["", " ", "\t# c"] if len(row) > 5 else [""]))
sys.stdout.write("\n".join(out) + r.choice(["\n", ""]))
END
        findmnt --raw --noheadings --output SOURCE,TARGET,FSTYPE,OPTIONS --tab-file root/sysroot/etc/fstab > theirs || continue
        compared=$((compared + 1))
        for path in /var/crash /a '/srv/x y/z'; do
            place "$path"
            ours=$(sed 's/^\(origin=\/etc\/fstab\):.*/\1/' <<< "$output")
            place "$path" --fstab theirs
            [ "$ours" = "$output" ] || {
                printf 'seed %s, %s: ours\n%s\nfindmnt\n%s\n' "$seed" "$path" "$ours" "$output"
                cat root/sysroot/etc/fstab
                false
            }
        done
    done
    [ "$compared" -gt 40 ]
}
