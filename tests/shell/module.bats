#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# module.bats - what module-setup.sh declares, and that a bad configuration ends dracut
#
# Fake: the few functions of dracut it calls. Real dracut builds images in tests/lab.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

# declare_module FUNCTION: calls it as dracut does, in the bash that goes on to write the image.
declare_module() {
    run env dracutsysrootdir="$BATS_TEST_TMPDIR" moddir="$MODULE" bash -c '
        require_binaries() { local b; for b in "$@"; do [[ $b != "${MISSING-}" ]] || return 1; done; echo "require $*"; }
        inst_multiple() { echo "inst $*"; }
        inst_libdir_file() { echo "lib $*"; }
        instmods() { echo "drivers <$hostonly> $*"; }
        dracut_module_included() { [[ " ${INCLUDED-} " == *" $1 "* ]]; }
        ip_params_for_remote_addr() { echo "ifname=eth0:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:24::eth0:none "; }
        ip() { echo "$4 dev eth0 src 10.0.0.2 uid 0"; }
        getent() { [[ $2 == known ]] && echo "10.0.0.9 STREAM known"; }
        blkid() { case $2 in device) echo "${DISK-}" ;; *) echo f2fs ;; esac; }
        export initdir="$dracutsysrootdir/image" DRACUT_TMPDIR="$dracutsysrootdir"
        hostonly=yes
        inst_binary() { echo "inst $*"; }
        inst_script() { echo "inst ${1##*/} $2"; [[ -x $1 ]] || echo "not executable: $1"; }
        inst_simple() {
            echo "inst ${1##*/} ${2-$1}"
            [[ -z ${2-} || $1 == "$moddir"* ]] || { mkdir -p "$initdir${2%/*}"; cp "$dracutsysrootdir$1" "$initdir$2"; }
        }
        inst_hook() { echo "hook $1 $2 ${3##*/}"; [[ -e $3 ]]; }
        dfatal() { echo "fatal: $*"; }
        dwarn() { echo "warn: $*"; }
        . "$moddir/module-setup.sh"
        "$1"
        echo "returned $?"' x "$1"
    echo "$output"
}

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/etc" "$BATS_TEST_TMPDIR/image/usr/lib/fadump"
    image=$BATS_TEST_TMPDIR/image
}

# conf LINE...: the configuration of the machine that builds.
conf() {
    printf '%s\n' "$@" > "$BATS_TEST_TMPDIR/etc/fadump.conf"
}

@test "check: only when asked for, and only with all programs" {
    declare_module check
    is "${lines[-1]}" 'returned 255'
    [[ ${lines[0]} == 'require /usr/libexec/fadump-copy '* ]]
    MISSING=/usr/libexec/fadump-copy declare_module check
    is "${lines[-1]}" 'returned 1'
    [[ ${lines[0]} == 'warn: fadump: cannot be installed: needs /usr/libexec/fadump-copy'* ]]
    MISSING='od' declare_module check
    is "${lines[-1]}" 'returned 1'
}

@test "depends: base and nothing else, unless a target needs it" {
    declare_module depends
    is "$output" $'base\nreturned 0'
    conf 'target = fs:UUID=1:/x' 'target = raw:/dev/vdb' 'include = fs raw'
    declare_module depends
    is "$output" $'base\nreturned 0'
    conf 'target = nfs4:server:/x'
    INCLUDED=systemd declare_module depends
    is "$output" $'base\nnetwork\nreturned 0'
    declare_module depends # a network for an initramfs without systemd
    is "$output" $'base\nnetwork-legacy\nnetwork\nreturned 0'
    conf 'include = iscsi ssh'
    INCLUDED=systemd declare_module depends
    is "$output" $'base\nnetwork\niscsi\nssh-client\nreturned 0'
}

@test "depends: what a disk is on, LVM and LUKS, in any order, and not what other disks are on" {
    block=$BATS_TEST_TMPDIR/sys/class/block
    mkdir -p "$BATS_TEST_TMPDIR"/dev/{mapper,crash} "$block"/{sda,sdb1}/slaves "$block"/dm-{0,1,2}/{dm,slaves}
    touch "$BATS_TEST_TMPDIR"/dev/{dm-0,dm-1,dm-2,sdb1}
    ln -s ../dm-0 "$BATS_TEST_TMPDIR/dev/mapper/safe"
    ln -s ../dm-1 "$BATS_TEST_TMPDIR/dev/crash/dumps"
    echo CRYPT-LUKS2-0123-safe > "$block/dm-0/dm/uuid"
    touch "$block/dm-0/slaves/sda"
    echo LVM-abcd > "$block/dm-1/dm/uuid"
    touch "$block/dm-1/slaves/sdb1"
    echo LVM-efgh > "$block/dm-2/dm/uuid"
    touch "$block/dm-2/slaves/dm-0"
    conf 'target = fs:/dev/sdb1:/x' 'target = raw:/dev/sda' 'target = fs:/dev/none:/x'
    declare_module depends
    is "$output" $'base\nreturned 0'
    conf 'target = fs:/dev/crash/dumps:/x'
    declare_module depends
    is "$output" $'base\nlvm\nreturned 0'
    conf 'target = raw:/dev/mapper/safe'
    declare_module depends
    is "$output" $'base\ncrypt\nreturned 0'
    conf 'target = fs:LABEL=on both:/x' 'target = fs:/dev/crash/dumps:/x'
    DISK=/dev/dm-2 declare_module depends
    is "$output" $'base\ncrypt\nlvm\nreturned 0'
    DISK='' declare_module depends
    is "$output" $'base\nlvm\nreturned 0'
}

@test "drivers: none for a directory of the root; what a target needs even if it is not loaded now" {
    declare_module installkernel
    is "$output" 'returned 0'
    conf 'target = nfs:s:/x'
    declare_module installkernel
    [[ ${lines[0]} == 'drivers <> nfs nfsv3 nfsv4 '* ]]
    conf 'target = fs:UUID=1:/x'
    declare_module installkernel
    is "${lines[0]}" 'drivers <> ext4 xfs btrfs vfat f2fs'
    conf 'target = iscsi:h::::iqn.x'
    declare_module installkernel
    [[ ${lines[0]} == 'drivers <> iscsi_tcp sd_mod'* ]]
    lacks ext4 "$output"
    conf 'target = iscsi:h::::iqn.x;fs=/x'
    declare_module installkernel
    [[ ${lines[0]} == *' ext4 '* ]]
}

@test "only dir: none of the tools, files and drivers of other targets" {
    conf 'target = dir:/x' 'target = none'
    declare_module install
    is "$(grep '^inst target-' <<< "$output")" $'inst target-dir.sh /usr/lib/fadump/target-dir.sh\ninst target-ram.sh /usr/lib/fadump/target-ram.sh'
    lacks 'ssh|nfs|iscsi|network|getent|mkfifo|^lib|session|device' "$output"
    is "$(find "$image" -type f)" ''
}

@test "the servers' addresses and the way to them are kept; network = wins" {
    conf 'target = nfs:known:/x' 'target = iscsi:[fd00::1]::::iqn.x' 'target = nfs:stranger:/x'
    declare_module install
    is "$(sort "$image/usr/lib/fadump/hosts")" $'10.0.0.9 known\nfd00::1 fd00::1'
    is "$(cat "$image/usr/lib/fadump/network")" 'ifname=eth0:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:24::eth0:none'
    conf 'target = nfs:known:/x' 'network = ip=dhcp bond=b:a,c'
    declare_module install
    is "$(cat "$image/usr/lib/fadump/network")" 'ip=dhcp bond=b:a,c'
}

@test "a bond and a VLAN on it are described, which dracut does not" {
    net=$BATS_TEST_TMPDIR/sys/class/net
    mkdir -p "$net/eth0/bonding" "$net/eth0.7" "$net/a" "$net/c"
    echo 'a c' > "$net/eth0/bonding/slaves"
    echo 'active-backup 1' > "$net/eth0/bonding/mode"
    touch "$net/eth0/lower_a" "$net/eth0/lower_c" "$net/eth0.7/lower_eth0"
    echo 'DEVTYPE=vlan' > "$net/eth0.7/uevent"
    conf 'target = nfs:10.0.0.1:/x'
    declare_module install
    is "$(cat "$image/usr/lib/fadump/network")" \
        'bond=eth0:a,c:mode=active-backup,miimon=100 ifname=eth0:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:24::eth0:none'
    run env dracutsysrootdir="$BATS_TEST_TMPDIR" dash -c '. "$0/fadump-build.sh"; fadump_lower eth0.7' "$MODULE"
    is "$output" $'vlan=eth0.7:eth0\nbond=eth0:a,c:mode=active-backup,miimon=100'
}

@test "networkd that is there for us alone runs only when it is needed" {
    conf 'include = nfs'
    unit=$image/etc/systemd/system/systemd-networkd.service.d/50-fadump.conf
    INCLUDED='systemd systemd-networkd' declare_module install
    grep -qx 'ConditionPathExists=|/run/fadump/network' "$unit"
    grep -qx 'ConditionPathExists=|/run/networkd/initrd/neednet' "$unit"
    rm -r "${image:?}/etc"
    # somebody else asked for it before us
    INCLUDED='systemd systemd-networkd' declare_module depends
    INCLUDED='systemd systemd-networkd' declare_module install
    [ ! -e "$unit" ]
}

@test "ssh: key and known hosts for root only; without them dracut ends" {
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh" "$BATS_TEST_TMPDIR/srv"
    conf 'target = ssh:u@h:/x'
    declare_module install
    is "$status" 1
    grep -q '^fatal: fadump: ssh: needs a key' <<< "$output"
    echo ed > "$BATS_TEST_TMPDIR/root/.ssh/id_ed25519"
    declare_module install
    is "$status" 1
    grep -q '^fatal: fadump: ssh: needs /root/.ssh/known_hosts' <<< "$output"
    echo hosts > "$BATS_TEST_TMPDIR/root/.ssh/known_hosts"
    chmod 644 "$BATS_TEST_TMPDIR"/root/.ssh/*
    declare_module install
    is "${lines[-1]}" 'returned 0'
    is "$(cat "$image"/etc/fadump/ssh_key "$image"/etc/fadump/known_hosts | tr '\n' ' ')" 'ed hosts '
    is "$(stat -c %a "$image"/etc/fadump "$image"/etc/fadump/* | tr '\n' ' ')" '700 600 600 '
    echo own > "$BATS_TEST_TMPDIR/srv/key"
    conf 'target = ssh:u@h:/x' 'ssh_key = /srv/key'
    declare_module install
    is "$(cat "$image/etc/fadump/ssh_key")" own
}

@test "install: the hook, the driver and every file they use" {
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh"
    touch "$BATS_TEST_TMPDIR"/root/.ssh/{id_rsa,known_hosts}
    conf 'include = fs raw nfs iscsi ssh'
    declare_module install
    is "${lines[-1]}" 'returned 0'
    lacks '^(fatal|not executable)' "$output"
    for line in 'hook pre-pivot 80 fadump-hook.sh' 'hook emergency 80 fadump-hook.sh' \
        'hook shutdown-emergency 80 fadump-hook.sh' 'inst /usr/libexec/fadump-copy' \
        'inst fadump-capture /usr/libexec/fadump-capture' 'inst fadump.conf /etc/fadump.conf'; do
        grep -qxF "$line" <<< "$output"
    done
    for file in "$MODULE"/*.sh; do
        case ${file##*/} in
            module-setup.sh | fadump-hook.sh | fadump-build.sh | fadump-disks.sh | fadump-parts.sh) ;;
            *) grep -qxF "inst ${file##*/} /usr/lib/fadump/${file##*/}" <<< "$output" ;;
        esac
    done
}

@test "every program the driver runs is asked for" {
    local installed word
    declare_module install
    installed=$(sed -n 's/^inst \(cat .*\)/\1/p' <<< "$output")
    # with nothing but these programs a dump is saved, and a failure is dealt with
    SH=dash
    for fault in 0 5; do
        machine
        copier "$fault"
        mkdir -p "$M/bin"
        for word in $installed sh; do ln -s "$(type -P "$word")" "$M/bin/$word"; done
        sed -i "2i PATH=$PATH" "$M/usr/libexec/fadump-copy"
        ln -s /srv/crash "$M/sysroot/var/crash"
        run env -i PATH="$M/bin" ROOT="$M" "$M/bin/sh" -c 'mount() { :; }; . "$0"' "$M/usr/libexec/fadump-capture"
        echo "$output"
        is "$status" "$((fault / 5))"
        lacks 'not found' "$output"
    done
}

@test "an opal machine needs no other programs" {
    local word
    declare_module install
    SH=dash
    machine
    mkdir -p "$M/bin" "$M/sys/firmware/opal" "$M/proc/device-tree/ibm,opal/dump"
    rm "$M/proc/device-tree/rtas/ibm,kernel-dump"
    : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
    echo core > "$M/sys/firmware/opal/core"
    echo 805306368 > "$M/sys/kernel/fadump/mem_reserved"
    rm "$M/sys/kernel/fadump/bootargs_append"
    for word in $(sed -n 's/^inst \(cat .*\)/\1/p' <<< "$output") sh; do ln -s "$(type -P "$word")" "$M/bin/$word"; done
    sed -i "2i PATH=$PATH" "$M/usr/libexec/fadump-copy"
    run env -i PATH="$M/bin" ROOT="$M" "$M/bin/sh" -c 'mount() { :; }; . "$0"' "$M/usr/libexec/fadump-capture"
    echo "$output"
    lacks 'not found' "$output"
    has result=saved released=yes armed=yes
    cmp "$M/sys/firmware/opal/core" "$M"/sysroot/var/crash/*/opalcore
}

@test "no configuration file: the defaults, no error" {
    declare_module install
    is "${lines[-1]}" 'returned 0'
    lacks '/etc/fadump.conf' "$output"
}

@test "a bad configuration ends dracut with status 1 and names each line" {
    printf 'colour = blue\nrearm = no\ntarget = tape:1\ndump_level = 32\nformat = elf\ncompress = lzo\n' > "$BATS_TEST_TMPDIR/etc/fadump.conf"
    declare_module install
    is "$status" 1
    lacks '^(inst|hook|returned)' "$output"
    is "$(grep -c '^fatal: fadump: /etc/fadump.conf: line [1346]: ' <<< "$output")" 4
}

@test "the drop-in asks for the module, but not in kdump-utils' own initramfs" {
    conf=$BATS_TEST_DIRNAME/../../conf/50-fadump.conf
    is "$(bash -c 'add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x  fadump '
    is "$(IN_KDUMP=1 bash -c 'add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x '
}
