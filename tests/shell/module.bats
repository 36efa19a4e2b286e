#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# module.bats - the declarations of module-setup.sh; a fault ends dracut only if its command line names the module
#
# Fake: the functions of dracut that the module calls. Real dracut builds images in tests/lab.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

# declare_module FUNCTION: calls FUNCTION as dracut does, in the bash that also writes the image. In the environment:
# HAND: the dracut modules that the command line of dracut names; INCLUDED: those in the initramfs; REFUSED: those that
# cannot be installed; MISSING: programs that the machine does not have; BINARIES: the network programs that it has;
# DISK: the device that blkid finds; HOSTONLY: empty with --no-hostonly.
declare_module() {
    run env dracutsysrootdir="$BATS_TEST_TMPDIR" moddir="$MODULE" bash -c '
        [[ -z ${HAND-} ]] || add_dracutmodules_l=("base" "$HAND")
        [[ -z ${REFUSED-} ]] || check_module() {
            [[ " $add_dracutmodules " == *" $1 "* ]] || return 1
            echo noise; echo noise >&2; [[ " $REFUSED " != *" $1 "* ]]
        }
        inst_multiple() { echo "inst $*"; }
        inst_libdir_file() { echo "lib $*"; }
        instmods() { echo "drivers <$hostonly> $*"; }
        dracut_module_included() { [[ " ${INCLUDED-} " == *" $1 "* ]]; }
        dracutbasedir=$dracutsysrootdir/dracut systemdutildir=/lib/systemd
        find_binary() {
            [[ " ${MISSING-} " != *" $1 "* ]] || return 1
            case $1 in
                NetworkManager | udhcpc | dhclient) [[ " ${BINARIES-} " == *" $1 "* ]] || return 1 ;;
            esac
            echo "/usr/sbin/$1"
        }
        ip_params_for_remote_addr() { echo "ifname=eth0:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:24::eth0:none "; }
        ip() { echo "$4 dev eth0 src 10.0.0.2 uid 0"; }
        getent() { [[ $2 == known ]] && echo "10.0.0.9 STREAM known"; }
        blkid() { case $2 in device) echo "${DISK-}" ;; *) echo f2fs ;; esac; }
        export initdir="$dracutsysrootdir/image" DRACUT_TMPDIR="$dracutsysrootdir"
        hostonly=${HOSTONLY--h}
        inst_binary() { echo "inst $*"; }
        inst_script() { echo "inst ${1##*/} $2"; [[ -x $1 ]] || echo "not executable: $1"; }
        inst_simple() {
            echo "inst ${1#"$moddir/"} ${2-$1}"
            [[ -z ${2-} || $1 == "$moddir"* ]] || { mkdir -p "$initdir${2%/*}"; cp "$dracutsysrootdir$1" "$initdir$2"; }
        }
        inst_hook() { echo "hook $1 $2 ${3#"$moddir/"}"; [[ -e $3 ]]; }
        dfatal() { echo "fatal: $*"; }
        dwarn() { echo "warn: $*"; }
        dinfo() { echo "info: $*"; }
        [[ ! -e $dracutsysrootdir/fakes ]] || . "$dracutsysrootdir/fakes"
        . "$moddir/module-setup.sh"
        "$1"
        echo "returned $?"' x "$1"
    echo "$output"
}

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/etc" "$BATS_TEST_TMPDIR/usr/libexec" "$BATS_TEST_TMPDIR/image/usr/lib/fadump/network"
    cp "$TOOL" "$BATS_TEST_TMPDIR/usr/libexec/"
    image=$BATS_TEST_TMPDIR/image
}

# conf LINE...: writes the configuration of the machine that builds the initramfs
conf() {
    printf '%s\n' "$@" > "$BATS_TEST_TMPDIR/etc/fadump.conf"
}

@test "check: returns 255, so that dracut includes the module only on request" {
    declare_module check
    is "$output" 'returned 255'
    HAND='x fadump' declare_module check
    is "$output" 'returned 255'
}

@test "no function of the module calls exit, which would end every build of dracut" {
    file_lacks '(^|[^a-z_-])exit([^a-z_-]|$)' <(sed 's/^ *#.*//' "$MODULE/module-setup.sh" "$MODULE"/build/*.sh)
}

# told TEXT: checks that install made an initramfs with the module, logged one warning that begins with TEXT, and stored
# it for the running system
told() {
    is "${lines[-1]}" 'returned 0'
    lacks '^fatal' "$output"
    is "$(grep -cF "warn: fadump: $1" <<< "$output")" 1
    grep -qF "$1" "$image/usr/lib/fadump/build-warnings"
    grep -qx 'hook pre-pivot 79-fadump build/warn.sh' <<< "$output"
}

# faulty TEXT: checks that a build that requests the module ends with one error that begins with TEXT, and that a build
# that does not request it passes told()
faulty() {
    HAND=fadump declare_module check
    is "${lines[-1]}" 'returned 1'
    is "$(grep -cF "fatal: fadump: $1" <<< "$output")" 1
    lacks '^(inst|hook)' "$output"
    HAND='network fadump-x' declare_module check
    is "$output" 'returned 255'
    rm -f "$image/usr/lib/fadump/build-warnings"
    declare_module install
    told "$1"
}

@test "if a program that a target needs is missing: an error if the module was requested; else the target is left out" {
    conf 'target = nfs:known:/x' 'target = ssh:u@h:/x' 'target = dir:/x'
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh"
    touch "$BATS_TEST_TMPDIR"/root/.ssh/{id_rsa,known_hosts}
    export MISSING=mount.nfs
    faulty 'nfs: needs mount.nfs, which this machine does not have'
    lacks 'inst target/nfs.sh' "$output"
    for line in ssh dir; do grep -q "^inst target/$line.sh" <<< "$output"; done
    lacks '^inst .*mount.nfs' "$output"
    grep -q '^hook pre-pivot 80-fadump hook.sh$' <<< "$output"
    INCLUDED=systemd declare_module depends
    is "$output" $'base\nnetwork\nssh-client\nreturned 0'
    MISSING='mount.nfs ssh'
    INCLUDED=systemd declare_module depends
    is "$output" $'base\nreturned 0'
    # every program that a kind needs, and each kind
    for line in nfs:mount.nfs ssh:ssh ssh:mkfifo nfs:getent ssh:ip; do
        MISSING=${line#*:}
        faulty "${line%:*}: needs $MISSING, which this machine does not have"
    done
}

@test "if a program of the driver is missing: an error if the module was requested; else the module is left out" {
    for line in /usr/libexec/fadump-copy /usr/libexec/fadump-tool readlink 'mount umount'; do
        export MISSING=$line
        faulty "this initramfs cannot save dumps: it needs $MISSING, which this machine does not have"
        lacks '^inst|80-fadump' "$output"
        declare_module depends
        is "$output" 'returned 0'
        declare_module installkernel
        is "$output" 'returned 0'
    done
}

@test "if dracut cannot install its module for a target, this module is not requested, and the initramfs is built" {
    conf 'target = nfs:known:/x' 'target = iscsi:known::::iqn.x' 'target = ssh:u@h:/x' 'target = dir:/x'
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh"
    touch "$BATS_TEST_TMPDIR"/root/.ssh/{id_rsa,known_hosts}
    complete
    export INCLUDED=systemd
    REFUSED=none declare_module depends
    is "$output" $'base\nnetwork\niscsi\nssh-client\nreturned 0'
    declare_module install
    lacks '^warn' "$output"
    # without the module, its programs are installed
    REFUSED=iscsi declare_module depends
    is "$output" $'base\nnetwork\nssh-client\nreturned 0'
    REFUSED=iscsi BINARIES=iscsiadm declare_module install
    grep -q '^inst -o iscsiadm iscsid' <<< "$output"
    for line in iscsi nfs ssh dir; do grep -q "^inst target/$line.sh" <<< "$output"; done
    # the same if the command line names fadump: the targets that need no network still work
    HAND=fadump REFUSED=network declare_module depends
    lacks '^network$' "$output"
    is "${lines[-1]}" 'returned 0'
}

@test "drivers that cannot be installed do not end dracut" {
    conf 'target = nfs:s:/x'
    sed -i '/^installkernel/a instmods() { return 1; }' "$(copy_of_module)/module-setup.sh"
    MODULE=$BATS_TEST_TMPDIR/module declare_module installkernel
    is "${lines[-1]}" 'returned 0'
    grep -q '^warn: fadump: not all drivers could be installed: nfs ' <<< "$output"
}

# complete: makes a fadump-copy with every feature on the fake machine
complete() {
    printf '#!/bin/sh\necho zstd lzo zlib none block\n' > "$BATS_TEST_TMPDIR/usr/libexec/fadump-copy"
    chmod 755 "$BATS_TEST_TMPDIR/usr/libexec/fadump-copy"
}

# copy_of_module: makes a copy of the module that a test can change; prints its folder
copy_of_module() {
    cp -R "$MODULE" "$BATS_TEST_TMPDIR/module"
    echo "$BATS_TEST_TMPDIR/module"
}

@test "the module counts as requested only if the command line of dracut names it, and not with --rebuild" {
    conf 'colour = blue'
    for line in add_dracutmodules_l=fadump 'force_add_dracutmodules_l=(x fadump)' 'dracutmodules_l=("base fadump")'; do
        run env dracutsysrootdir="$BATS_TEST_TMPDIR" moddir="$MODULE" bash -uc '. "$moddir/module-setup.sh"; eval "$1"; fadump_by_hand' x "$line"
        is "$status:$output" 0:
        # dracut --rebuild: the arguments are those of an earlier build
        run env moddir="$MODULE" bash -uc '. "$moddir/module-setup.sh"; eval "$1"; append_args_l=yes; fadump_by_hand' x "$line"
        is "$status" 1
    done
    for line in : 'add_dracutmodules=" fadump "' 'add_dracutmodules_l=(fadump-x xfadump)'; do
        run env moddir="$MODULE" bash -uc '. "$moddir/module-setup.sh"; eval "$1"; fadump_by_hand' x "$line"
        is "$status:$output" 1:
    done
}

@test "only a host-only initramfs contains a password" {
    complete
    cat > "$BATS_TEST_TMPDIR/etc/fadump.conf" << 'END'
# target = iscsi:me:comment@h::::iqn.old
target = iscsi:me:geheim@10.0.0.9::::iqn.x
  target = nfs:known:/x  # comment
dump_level = 1
target = dir:/x
colour = geheim
ssh_key = /root/.ssh/geheim
END
    declare_module install
    grep -qx 'inst /etc/fadump.conf /etc/fadump.conf' <<< "$output"
    export HOSTONLY=
    faulty 'target = iscsi:***@10.0.0.9::::iqn.x has a password, which an initramfs for any host (--no-hostonly) does not get: build with --hostonly'
    lacks 'geheim|^inst /etc/fadump.conf' "$output"
    is "$(cat "$image/etc/fadump.conf")" 'target = nfs:known:/x
target = dir:/x
dump_level = 1'
    is "$(stat -c %a "$image/etc/fadump.conf")" 600
    is "$(grep -rlE 'geheim|comment' "$image")" ''
    # fadump-tool reads the same values from the copy in the image
    run "$TOOL" config --root "$image"
    grep -qx 'options=--dump-level 1' <<< "$output"
    # dracut unsets hostonly for the check() of a module that is forced
    _hostonly=-h HAND=fadump declare_module check
    lacks geheim "$output"
    lacks password "$output"
    # with when = late the running system saves the dump and reads the password
    conf 'target = iscsi:me:geheim@10.0.0.9::::iqn.x' 'when = late'
    HAND=fadump declare_module check
    is "$output" 'returned 255'
    declare_module install
    lacks '^warn' "$output"
    is "$(cat "$image/etc/fadump.conf")" 'when = late'
}

@test "only a host-only initramfs contains a private key and the iSCSI name" {
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh" "$BATS_TEST_TMPDIR/etc/iscsi"
    echo geheim | tee "$BATS_TEST_TMPDIR"/root/.ssh/{id_rsa,known_hosts} > "$BATS_TEST_TMPDIR/etc/iscsi/initiatorname.iscsi"
    for line in 'target = ssh:u@h:/x' 'include = ssh'; do
        conf 'target = iscsi:h::::iqn.x' "$line"
        HOSTONLY='' faulty 'ssh: needs a private key, which an initramfs for any host (--no-hostonly) does not get'
        lacks 'target/ssh.sh|initiatorname|mkfifo' "$output"
        is "$(grep -rl geheim "$image")" ''
    done
    declare_module install
    grep -q 'inst /etc/iscsi/initiatorname.iscsi' <<< "$output"
    is "$(cat "$image/etc/fadump/ssh_key")" geheim
}

@test "the warnings of the build are stored for the running system and logged in every boot" {
    M=$BATS_TEST_TMPDIR/booted
    for SH in "${SHELLS[@]}"; do
        rm -rf "$M"
        mkdir -p "$M/usr/lib/fadump" "$M/run"
        printf '%s\n' 'one $(touch evil)' 'two \n' > "$M/usr/lib/fadump/build-warnings"
        run env ROOT="$M" $SH -euc 'warn() { printf "warned %s\n" "$*" >&2; }; . "$1"; . "$1"' x "$MODULE/build/warn.sh"
        is "$(sort -u <<< "$output")" "$(sed 's/^/warned fadump: build of this initramfs: /' "$M/usr/lib/fadump/build-warnings")"
        cmp "$M/usr/lib/fadump/build-warnings" "$M/run/fadump/build-warnings"
        is "$(stat -c %a "$M/run/fadump" "$M/run/fadump/build-warnings" | tr '\n' ' ')" '700 600 '
    done
}

@test "depends: only base, unless a target needs more modules" {
    declare_module depends
    is "$output" $'base\nreturned 0'
    conf 'target = fs:UUID=1:/x' 'target = raw:/dev/vdb' 'include = fs raw'
    declare_module depends
    is "$output" $'base\nreturned 0'
    conf 'target = nfs4:server:/x'
    INCLUDED=systemd declare_module depends
    is "$output" $'base\nnetwork\nreturned 0'
    conf 'include = iscsi ssh'
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh"
    touch "$BATS_TEST_TMPDIR"/root/.ssh/{id_rsa,known_hosts}
    INCLUDED=systemd declare_module depends
    is "$output" $'base\nnetwork\niscsi\nssh-client\nreturned 0'
}

@test "depends: in an initramfs without systemd, the network module of this version of dracut is requested" {
    conf 'target = nfs4:server:/x'
    mkdir -p "$BATS_TEST_TMPDIR/dracut/modules.d/35network-legacy" "$BATS_TEST_TMPDIR/lib/systemd"
    install /dev/null "$BATS_TEST_TMPDIR/lib/systemd/systemd-networkd"
    declare_module depends
    is "$output" $'base\nnetwork-legacy\nnetwork\nreturned 0'
    # without network-legacy, as since dracut 112: networkd needs systemd in the initramfs, NetworkManager does not
    rm -r "$BATS_TEST_TMPDIR/dracut/modules.d/35network-legacy"
    declare_module depends
    is "$output" $'base\ndracut-systemd\nnetwork\nreturned 0'
    BINARIES=NetworkManager declare_module depends
    is "$output" $'base\nnetwork\nreturned 0'
    # on a machine without networkd, dracut's module "network" chooses another module, or fails
    rm "$BATS_TEST_TMPDIR/lib/systemd/systemd-networkd"
    declare_module depends
    is "$output" $'base\nnetwork\nreturned 0'
}

# able MODULE...: makes a dracut that can install only these MODULEs
able() {
    {
        echo "check_module() { [[ ' base $* ' == *\" \$1 \"* ]]; }"
        echo 'dinfo() { echo "info: $*"; }'
    } > "$BATS_TEST_TMPDIR/fakes"
}

@test "depends: a module that dracut cannot install is not requested, as the request would end dracut; install warns" {
    mkdir -p "$BATS_TEST_TMPDIR/dracut/modules.d/35network-legacy" "$BATS_TEST_TMPDIR/lib/systemd" "$BATS_TEST_TMPDIR/root/.ssh"
    touch "$BATS_TEST_TMPDIR"/root/.ssh/{id_rsa,known_hosts}
    conf 'target = nfs:known:/x' 'target = dir:/x'
    able network-legacy network
    declare_module depends
    is "$output" $'base\nnetwork-legacy\nnetwork\nreturned 0'
    # network-legacy lacks a program; NetworkManager can be installed
    able network
    BINARIES=NetworkManager declare_module depends
    is "$output" $'base\nnetwork\nreturned 0'
    BINARIES=NetworkManager declare_module install
    lacks '^(warn|fatal|info)' "$output"
    # no network module can be installed: the drivers, and ip with a static address; DHCP needs a client
    able kernel-network-modules
    for INCLUDED in '' systemd; do
        export INCLUDED
        declare_module depends
        is "$output" $'base\nkernel-network-modules\nreturned 0'
        declare_module install
        lacks '^(warn|fatal)' "$output"
        grep -q '^info: fadump: .* configures the network with ip$' <<< "$output"
        grep -qx 'inst -o udhcpc dhclient' <<< "$output"
        for words in ip=dhcp ip=eth0:dhcp 'ip=10.0.0.2:::24::eth0:none ip=eth1:dhcp'; do
            conf 'target = nfs:known:/x' "network = $words"
            declare_module install
            is "${lines[-1]}" 'returned 0'
            is "$(grep -c '^warn: fadump: targets on servers cannot work, because .*DHCP.* set network = ip=' <<< "$output")" 1
            BINARIES=udhcpc declare_module install
            lacks '^(warn|fatal)' "$output"
        done
        conf 'target = nfs:known:/x' 'network = ip=10.0.0.2:::24::eth0:none'
        declare_module install
        lacks '^(warn|fatal)' "$output"
    done
    unset INCLUDED
    # dracut cannot install the drivers, either
    able none
    conf 'target = ssh:u@known:/x' 'target = iscsi:known::::iqn.x;fs=/x'
    declare_module depends
    is "$output" $'base\nreturned 0'
    MISSING=iscsiadm declare_module install
    is "${lines[-1]}" 'returned 0'
    is "$(grep -c '^warn: fadump: targets on servers cannot work, because .* install dracut-network' <<< "$output")" 1
    is "$(grep -c '^warn: fadump: iscsi: targets cannot work, because iscsiadm is missing: install open-iscsi' <<< "$output")" 1
    grep -qx 'inst -o iscsiadm iscsid iscsi-iname /etc/iscsi/iscsid.conf' <<< "$output"
    # dracut has the module network, but not iscsi and ssh-client
    able network
    declare_module depends
    is "$output" $'base\nnetwork\nreturned 0'
    able network iscsi ssh-client
    declare_module depends
    is "$output" $'base\nnetwork\niscsi\nssh-client\nreturned 0'
    declare_module install
    lacks '^(warn|fatal)' "$output"
}

@test "depends: the modules for LVM and LUKS are requested if a target is on such a disk, not for other disks" {
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

@test "drivers: dir: needs none; the drivers of other targets are installed even if they are not loaded now" {
    declare_module installkernel
    is "$output" 'returned 0'
    conf 'target = nfs:s:/x'
    declare_module installkernel
    [[ ${lines[0]} == 'drivers <> nfs nfsv3 nfsv4 '* ]]
    conf 'target = fs:UUID=1:/x'
    mkdir "$BATS_TEST_TMPDIR/dev"
    DISK=/dev/vdb declare_module installkernel
    is "${lines[0]}" 'drivers <> ext4 xfs btrfs vfat f2fs'
    conf 'target = iscsi:h::::iqn.x'
    declare_module installkernel
    [[ ${lines[0]} == 'drivers <> iscsi_tcp sd_mod'* ]]
    lacks ext4 "$output"
    conf 'target = iscsi:h::::iqn.x;fs=/x'
    declare_module installkernel
    [[ ${lines[0]} == *' ext4 '* ]]
}

@test "with only dir: targets, no programs and files for servers, raw disks or file systems are installed" {
    conf 'target = dir:/x' 'target = none'
    declare_module install
    is "$(grep '^inst target/' <<< "$output")" \
        "$(printf 'inst target/%s.sh /usr/lib/fadump/target/%s.sh\n' directory directory mount mount tree tree \
            device device dir dir ram ram)"
    lacks 'ssh|nfs|iscsi|network|getent|mkfifo|^lib |session' "$output"
    is "$(find "$image" -type f -size +0)" ''
}

@test "the addresses and routes of the servers are installed; network = overrides the routes" {
    conf 'target = nfs:known:/x' 'target = iscsi:[fd00::1]::::iqn.x' 'target = nfs:stranger:/x'
    declare_module install
    is "$(sort "$image/usr/lib/fadump/network/hosts")" $'10.0.0.9 known\nfd00::1 fd00::1'
    is "$(cat "$image/usr/lib/fadump/network/parameters")" \
        'ifname=eth0:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:24::eth0:none'
    conf 'target = nfs:known:/x' 'network = ip=dhcp bond=b:a,c'
    declare_module install
    is "$(cat "$image/usr/lib/fadump/network/parameters")" 'ip=dhcp bond=b:a,c'
}

@test "the stored parameters describe a bond and a VLAN on a bond, unlike those of dracut" {
    net=$BATS_TEST_TMPDIR/sys/class/net
    mkdir -p "$net/eth0/bonding" "$net/eth0.7" "$net/a" "$net/c"
    echo 'a c' > "$net/eth0/bonding/slaves"
    echo 'active-backup 1' > "$net/eth0/bonding/mode"
    touch "$net/eth0/lower_a" "$net/eth0/lower_c" "$net/eth0.7/lower_eth0"
    echo 'DEVTYPE=vlan' > "$net/eth0.7/uevent"
    conf 'target = nfs:10.0.0.1:/x'
    declare_module install
    is "$(cat "$image/usr/lib/fadump/network/parameters")" \
        'bond=eth0:a,c:mode=active-backup,miimon=100 ifname=eth0:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:24::eth0:none'
    run env dracutsysrootdir="$BATS_TEST_TMPDIR" dash -c '. "$0/build/interfaces.sh"; fadump_lower eth0.7' "$MODULE"
    is "$output" $'vlan=eth0.7:eth0\nbond=eth0:a,c:mode=active-backup,miimon=100'
}

# interface NAME KIND [LOWER]...: makes an interface in sysfs of the machine that builds the initramfs, above LOWER
interface() {
    local dir="$BATS_TEST_TMPDIR/sys/class/net/$1" kind="$2" lower
    mkdir -p "$dir"
    echo "INTERFACE=$1" > "$dir/uevent"
    for lower in "${@:3}"; do ln -s "../$lower" "$dir/lower_$lower"; done
    case $kind in
        hardware) mkdir "$dir/device" ;;
        vlan | macvlan) echo "DEVTYPE=$kind" >> "$dir/uevent" ;;
        bridge)
            mkdir "$dir/bridge" "$dir/brif"
            for lower in "${@:3}"; do ln -s "../../$lower/brport" "$dir/brif/$lower"; done
            ;;
        bond)
            mkdir "$dir/bonding"
            echo "${*:3}" > "$dir/bonding/slaves"
            echo '802.3ad 4' > "$dir/bonding/mode"
            ;;
    esac
}

# through NAME: runs install with NAME as the interface on the route to the server; sets $parameters to the stored
# network parameters
through() {
    conf 'target = nfs:10.0.0.1:/x'
    cat > "$BATS_TEST_TMPDIR/fakes" << END
ip() { echo "\$4 dev $1 src 10.0.0.2 uid 0"; }
ip_params_for_remote_addr() { echo "ifname=$1:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:24::$1:none "; }
END
    declare_module install
    parameters=$(cat "$image/usr/lib/fadump/network/parameters")
}

@test "stacks of bridges, bonds and VLANs are described; the interfaces of guests on a bridge are left out" {
    interface eth0 hardware
    interface eth1 hardware
    interface bond0 bond eth0 eth1
    interface bond0.7 vlan bond0
    interface vnet0 tap
    touch "$BATS_TEST_TMPDIR/sys/class/net/vnet0/tun_flags"
    interface veth1 veth
    echo 12 > "$BATS_TEST_TMPDIR/sys/class/net/veth1/ifindex"
    echo 2 > "$BATS_TEST_TMPDIR/sys/class/net/veth1/iflink"
    interface br0 bridge bond0.7 vnet0 veth1
    through br0
    is "$parameters" \
        'bridge=br0:bond0.7 vlan=bond0.7:bond0 bond=bond0:eth0,eth1:mode=802.3ad,miimon=100 ip=10.0.0.2::10.0.0.1:24::br0:none'
    interface br0.0009 vlan br0
    through br0.0009
    is "$parameters" 'vlan=br0.0009:br0 bridge=br0:bond0.7 vlan=bond0.7:bond0 bond=bond0:eth0,eth1:mode=802.3ad,miimon=100 ip=10.0.0.2::10.0.0.1:24::br0.0009:none'
    interface eth2 hardware
    interface br1 bridge eth1 eth2
    through br1
    is "$parameters" 'bridge=br1:eth1,eth2 ip=10.0.0.2::10.0.0.1:24::br1:none'
    lacks '^(warn|fatal)' "$output"
    # a plain hardware interface is bound to its MAC address
    through eth2
    is "$parameters" 'ifname=eth2:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:24::eth2:none'
    lacks '^(warn|fatal)' "$output"
}

@test "an interface that cannot be described causes one warning with its name, or none if network = is set" {
    local top="$BATS_TEST_TMPDIR/sys/class/net" net="$BATS_TEST_TMPDIR/sys/devices/virtual/net" name
    interface eth0 hardware
    interface eth1 hardware
    interface team0 team eth0 eth1
    interface macvlan0 macvlan eth0
    interface br-ex openvswitch
    interface storage vlan eth0
    interface eth0.8 vlan eth0
    interface br0 bridge team0
    mkdir -p "$net/dummy0" "$BATS_TEST_TMPDIR/proc/net/vlan"
    ln -s ../../devices/virtual/net/dummy0 "$top/dummy0"
    interface br1 bridge dummy0
    printf '%s\n' 'VLAN Dev name    | VLAN ID' 'eth0.8         | 7  | eth0' 'storage        | 9  | eth0' \
        > "$BATS_TEST_TMPDIR/proc/net/vlan/config"
    for name in team0 macvlan0 br-ex storage eth0.8 br0=team0 br1=dummy0; do
        through "${name%=*}"
        is "$(grep -c '^warn' <<< "$output")" 1
        grep -q "^warn: fadump: the interface ${name#*=} cannot be described .*: set network = in /etc/fadump.conf" <<< "$output"
        is "${lines[-1]}" 'returned 0'
        conf 'target = nfs:10.0.0.1:/x' 'network = ip=dhcp'
        declare_module install
        lacks '^(warn|fatal)' "$output"
    done
}

@test "the number of a VLAN is read from the line with exactly its name, even if the name looks like a pattern" {
    mkdir -p "$BATS_TEST_TMPDIR/proc/net/vlan"
    # a name of 15 bytes fills its column
    printf '%s\n' 'VLAN Dev name    | VLAN ID' 'eth0x7         | 9  | eth0' 'eth0.7         | 7  | eth0' \
        'v*7            | 7  | eth0' 'storagevlan.007| 7  | eth0' 'eth0.7.7       | 8  | eth0' \
        > "$BATS_TEST_TMPDIR/proc/net/vlan/config"
    for name in 'eth0.7' 'v*7' storagevlan.007 eth0.7.7; do interface "$name" vlan; done
    run env dracutsysrootdir="$BATS_TEST_TMPDIR" bash -c '. "$0/build/interfaces.sh"
        for name in eth0.7 "v*7" storagevlan.007 eth0.7.7; do fadump_undescribed "$name"; done' "$MODULE"
    is "$status:$output" 0:eth0.7.7
}

@test "a word that the network program of the initramfs ignores or does not understand causes a warning" {
    mkdir -p "$image/usr/lib/systemd"
    conf 'target = nfs:10.0.0.1:/x' 'network = ip=eth0:dhcp nameserver=[2001:db8::53] bond=b0:eth0:use_carrier=0:9000' \
        'fallback = none'
    # NetworkManager and network-legacy read all words
    declare_module install
    lacks '^(warn|fatal)' "$output"
    cp /usr/lib/systemd/systemd-network-generator "$image/usr/lib/systemd/"
    declare_module install
    is "$(grep '^warn' <<< "$output")" \
        'warn: fadump: network: systemd-networkd does not support these options of the bond b0: use_carrier=0'
    conf 'target = nfs:10.0.0.1:/x' \
        'network = team=team0:eth0 ip=team0:dhcp vlan=storage:eth0 rd.route=[2001:db8::]/48:[fe80::1]:eth0'
    declare_module install
    is "$(grep -c '^warn' <<< "$output")" 2
    grep -q '^warn: fadump: network: systemd-networkd does not support team=team0:eth0: ' <<< "$output"
    grep -q '^warn: fadump: network: systemd-network-generator does not understand vlan=storage:eth0: ' <<< "$output"
    # a generator of another machine
    echo garbage > "$image/usr/lib/systemd/systemd-network-generator"
    declare_module install
    is "$(grep -c '^warn' <<< "$output")" 1
    # without any program of dracut
    rm "$image/usr/lib/systemd/systemd-network-generator"
    echo kernel-network-modules > "$BATS_TEST_TMPDIR/fadump-plain"
    BINARIES=udhcpc declare_module install
    grep -q '^warn: fadump: network: ip does not support team=team0:eth0: ' <<< "$output"
}

@test "only a link-local address is stored with its scope; its interface is configured with a link-local address" {
    conf 'target = nfs:[fe80::1%eth0]:/x' 'target = ssh:u@[2001:db8::1%eth0]:/x' 'target = nfs:scoped:/x' 'ssh_key = /k' 'ssh_known_hosts = /k'
    touch "$BATS_TEST_TMPDIR/k"
    echo 'getent() { echo "2001:db8::7%3 STREAM scoped"; }' > "$BATS_TEST_TMPDIR/fakes"
    declare_module install
    is "$(sort "$image/usr/lib/fadump/network/hosts")" \
        $'2001:db8::1 2001:db8::1%eth0\n2001:db8::7 scoped\nfe80::1%eth0 fe80::1%eth0'
    grep -qw ip=eth0:link6 "$image/usr/lib/fadump/network/parameters"
}

@test "if only this module requests networkd, networkd starts only when a target needs the network" {
    conf 'include = nfs'
    unit=$image/etc/systemd/system/systemd-networkd.service.d/50-fadump.conf
    INCLUDED='systemd systemd-networkd' declare_module install
    grep -qx 'ConditionPathExists=|/run/fadump/network' "$unit"
    grep -qx 'ConditionPathExists=|/run/networkd/initrd/neednet' "$unit"
    rm -r "${image:?}/etc"
    # another module requested networkd first
    INCLUDED='systemd systemd-networkd' declare_module depends
    INCLUDED='systemd systemd-networkd' declare_module install
    [ ! -e "$unit" ]
}

@test "dracut's default network configuration is removed if the boot needed no network" {
    conf 'include = nfs'
    INCLUDED='systemd systemd-networkd' declare_module install
    lacks 'unasked' "$output"
    mkdir -p "$image/usr/lib/dracut" "$BATS_TEST_TMPDIR/run/systemd/network" "$BATS_TEST_TMPDIR/run/networkd/initrd"
    touch "$image/usr/lib/dracut/default.network"
    INCLUDED='systemd systemd-networkd' declare_module install
    grep -qx 'hook pre-pivot 81-fadump network/unasked.sh' <<< "$output"
    unit=$BATS_TEST_TMPDIR/run/systemd/network/zzzz-dracut-default.network
    for SH in dash 'busybox ash' 'bash --posix'; do
        touch "$unit" "$BATS_TEST_TMPDIR/run/systemd/network/70-eth0.network" \
            "$BATS_TEST_TMPDIR/run/networkd/initrd/neednet"
        ROOT=$BATS_TEST_TMPDIR $SH -euc '. "$1"' x "$MODULE/network/unasked.sh"
        [ -e "$unit" ]
        rm "$BATS_TEST_TMPDIR/run/networkd/initrd/neednet"
        ROOT=$BATS_TEST_TMPDIR $SH -euc '. "$1"; . "$1"' x "$MODULE/network/unasked.sh"
        [ ! -e "$unit" ]
        [ -e "$BATS_TEST_TMPDIR/run/systemd/network/70-eth0.network" ]
    done
    # another module requested networkd first
    INCLUDED='systemd systemd-networkd' declare_module depends
    INCLUDED='systemd systemd-networkd' declare_module install
    lacks 'unasked' "$output"
}

@test "ssh: the key and the known hosts are installed for root only; without them ssh: is left out" {
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh" "$BATS_TEST_TMPDIR/srv"
    conf 'target = ssh:u@h:/x'
    faulty 'ssh: needs a key (ssh_key in fadump.conf), which cannot be read'
    lacks 'target/ssh.sh' "$output"
    echo ed > "$BATS_TEST_TMPDIR/root/.ssh/id_ed25519"
    faulty 'ssh: needs /root/.ssh/known_hosts, which cannot be read'
    mkdir "$BATS_TEST_TMPDIR/root/.ssh/known_hosts"
    faulty 'ssh: needs /root/.ssh/known_hosts, which cannot be read'
    rmdir "$BATS_TEST_TMPDIR/root/.ssh/known_hosts"
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

@test "install: the hook, the driver and all files that they use are installed" {
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh"
    touch "$BATS_TEST_TMPDIR"/root/.ssh/{id_rsa,known_hosts}
    conf 'include = fs raw nfs iscsi ssh'
    declare_module install
    is "${lines[-1]}" 'returned 0'
    lacks '^(fatal|not executable)' "$output"
    for line in 'hook pre-pivot 80-fadump hook.sh' 'hook emergency 80-fadump hook.sh' \
        'hook shutdown-emergency 80-fadump hook.sh' 'inst /usr/libexec/fadump-copy' 'inst /usr/libexec/fadump-tool' \
        'inst capture /usr/libexec/fadump-capture' 'inst /etc/fadump.conf /etc/fadump.conf'; do
        grep -qxF "$line" <<< "$output"
    done
    for file in "$MODULE"/*/*.sh; do
        file=${file#"$MODULE/"}
        case $file in
            build/* | network/unasked.sh) ;;
            *) grep -qxF "inst $file /usr/lib/fadump/$file" <<< "$output" ;;
        esac
    done
}

@test "install: every program that the driver runs is installed" {
    local installed word
    declare_module install
    installed=$(sed -n 's/^inst \(cat .*\)/\1/p' <<< "$output")
    # with only these programs a dump is saved, and a failed copy is handled
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

@test "install: a capture on an opal machine needs no other programs" {
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

@test "without a configuration file the defaults are used" {
    declare_module install
    is "${lines[-1]}" 'returned 0'
    lacks '/etc/fadump.conf' "$output"
}

@test "bad lines of the configuration are named: an error if the module was requested; else the good lines are used" {
    printf 'colour = blue\nrearm = no\ntarget = tape:1\ndump_level = 32\nformat = elf\ncompress = lzo\n' \
        > "$BATS_TEST_TMPDIR/etc/fadump.conf"
    HAND=fadump declare_module check
    is "${lines[-1]}" 'returned 1'
    is "$(grep -c '^fatal: fadump: /etc/fadump.conf, line [1346]: ' <<< "$output")" 4
    declare_module check
    is "$output" 'returned 255'
    declare_module install
    is "${lines[-1]}" 'returned 0'
    is "$(grep -c '^warn: fadump: /etc/fadump.conf, line [1346]: ' <<< "$output")" 4
    is "$(wc -l < "$image/usr/lib/fadump/build-warnings")" 4
    grep -qx 'inst /etc/fadump.conf /etc/fadump.conf' <<< "$output"
    for line in dir ram; do grep -q "^inst target/$line.sh" <<< "$output"; done
    # without a fault nothing is stored
    rm -r "$image/usr/lib/fadump/build-warnings"
    conf 'rearm = no'
    declare_module install
    lacks '79-fadump|^warn' "$output"
    [ ! -e "$image/usr/lib/fadump/build-warnings" ]
}

@test "a configuration that cannot be read: an error if the module was requested; else the defaults are used" {
    mkdir "$BATS_TEST_TMPDIR/etc/fadump.conf"
    faulty '/etc/fadump.conf cannot be read: Is a directory'
    for line in dir ram; do grep -q "^inst target/$line.sh" <<< "$output"; done
    lacks '^inst /etc/fadump.conf' "$output"
    rmdir "$BATS_TEST_TMPDIR/etc/fadump.conf"
    head -c 70000 /dev/zero > "$BATS_TEST_TMPDIR/etc/fadump.conf"
    faulty '/etc/fadump.conf cannot be read: it is longer than 65536 bytes'
    grep -q "^inst target/dir.sh" <<< "$output"
}

# small: installs the copier of a build without libraries on the machine
small() {
    # the settings of the make that runs the tests must not apply to this build
    [ -e "$BATS_FILE_TMPDIR/b/fadump-copy" ] \
        || env -u MAKEFLAGS -u MAKELEVEL make -C "$BATS_TEST_DIRNAME/../.." B="$BATS_FILE_TMPDIR/b" CODECS= RAW= \
            "$BATS_FILE_TMPDIR/b/fadump-copy"
    takes "$BATS_FILE_TMPDIR/b/fadump-copy"
}

# takes COPIER: installs COPIER as fadump-copy of the machine
takes() {
    mkdir -p "$BATS_TEST_TMPDIR/usr/libexec"
    cp "$1" "$BATS_TEST_TMPDIR/usr/libexec/fadump-copy"
}

# refused KEY=VALUE TEXT [LINE...]: checks that this configuration has one fault, TEXT
refused() {
    local line=$1 text=$2
    shift 2
    conf "$line" "$@"
    faulty "/etc/fadump.conf: $text"
    is "$(wc -l < "$image/usr/lib/fadump/build-warnings")" 1
}

# taken LINE...: checks that with this configuration dracut continues without errors and warnings
taken() {
    conf "$@"
    declare_module install
    is "${lines[-1]}" 'returned 0'
    lacks '^(fatal|warn)' "$output"
}

@test "a setting that needs a missing feature of fadump-copy causes a fault; the message has the key and the remedy" {
    small
    for codec in zstd zstd:3 lzo zlib:9; do
        refused "compress = $codec" \
            "compress = $codec: fadump-copy was built without ${codec%:*}; use one of: none, or build all features"
    done
    refused 'target = raw:/dev/vdb' 'target = raw:/dev/vdb: fadump-copy was built without raw devices' 'target = dir:/x'
    refused 'target = iscsi:me:geheim@10.0.0.9::::iqn.x' \
        'target = iscsi:***@10.0.0.9::::iqn.x: fadump-copy was built without raw devices'
    lacks geheim "$output"
    refused 'include = raw' 'include = raw: fadump-copy was built without raw devices'
    lacks 'target/raw.sh' "$output"
    conf 'include = raw' 'target = raw:/dev/vdb' 'compress = lzo' 'target = ram:'
    HAND=fadump declare_module check
    is "${lines[-1]}:$(grep -c '^fatal: fadump: /etc/fadump.conf: ' <<< "$output")" 'returned 1:4'
    declare_module install
    lacks 'target/(raw|ram).sh' "$output"
}

@test "settings that need no optional feature are accepted with a fadump-copy without libraries" {
    small
    taken 'target = dir:/x'
    taken 'compress = none' 'target = fs:UUID=1:/x' 'raw_force = yes' 'fallback = none'
    taken 'format = elf' 'when = late' 'include = fs nfs'
    taken 'target = iscsi:10.0.0.9::::iqn.x;fs=/x'
    conf 'include = iscsi'
    declare_module install
    is "${lines[-1]}" 'returned 0'
    grep -q '^warn: fadump: include = iscsi: .* only targets with ;fs=' <<< "$output"
}

@test "settings that need optional features are accepted if fadump-copy has all features" {
    takes "$BATS_TEST_DIRNAME/../../build/$(uname -m)/fadump-copy"
    for codec in zstd:3 lzo zlib; do taken "compress = $codec"; done
    taken 'include = raw iscsi' 'target = raw:PARTUUID=1' 'target = iscsi:10.0.0.9::::iqn.x'
}

@test "ram: needs fadump-save and its service, which move the dump out of memory" {
    unit=$BATS_TEST_TMPDIR/usr/lib/systemd/system/fadump-save.service
    refused 'target = ram:' 'target = ram: fadump-save or fadump-save.service is missing'
    mkdir -p "${unit%/*}" "$BATS_TEST_TMPDIR/opt/sbin"
    echo 'ExecStart=/opt/sbin/fadump-save extract' > "$unit"
    refused 'target = ram:' 'target = ram: fadump-save or fadump-save.service is missing'
    install -m 755 /dev/null "$BATS_TEST_TMPDIR/opt/sbin/fadump-save"
    taken 'target = ram:'
}

@test "a copier for another machine, which does not run here, causes a warning if a setting depends on it" {
    mkdir -p "$BATS_TEST_TMPDIR/usr/libexec"
    printf '\177ELF of another machine' > "$BATS_TEST_TMPDIR/usr/libexec/fadump-copy"
    chmod 755 "$BATS_TEST_TMPDIR/usr/libexec/fadump-copy"
    conf 'compress = zstd' 'target = raw:/dev/vdb'
    declare_module install
    is "${lines[-1]}" 'returned 0'
    is "$(grep -c '^warn: fadump: /usr/libexec/fadump-copy does not run here' <<< "$output")" 1
    lacks '^fatal' "$output"
    taken 'target = dir:/x' 'compress = none'
}

# foreign LINE...: makes a fadump-tool for another machine, which does not run here, and a configuration of LINEs
foreign() {
    printf '\177ELF of another machine' > "$BATS_TEST_TMPDIR/usr/libexec/fadump-tool"
    chmod 755 "$BATS_TEST_TMPDIR/usr/libexec/fadump-tool"
    conf "$@"
}

@test "with fadump-tool of another machine: a warning, and the files of the targets are installed" {
    foreign '# a comment' 'target = nfs4:known:/x # one' $'\ttarget=fs:UUID=1:/x\r' 'include = raw' 'target = tape:x' \
        'target = iscsi:me:geheim@known::::iqn.x' 'colour = blue' '#include = ssh' 'target = none' 'network = ip=dhcp'
    INCLUDED=systemd declare_module depends
    is "$output" $'base\nnetwork\niscsi\nreturned 0'
    declare_module installkernel
    [[ ${lines[0]} == 'drivers <> nfs '*' iscsi_tcp '*' ext4 '* ]]
    declare_module install
    is "${lines[-1]}" 'returned 0'
    is "$(grep -c '^warn: fadump: /usr/libexec/fadump-tool does not run here (status 126): /etc/fadump.conf is installed unchecked$' <<< "$output")" 1
    is "$(grep -c '^warn: fadump: no addresses of servers ' <<< "$output")" 1
    lacks 'fatal|geheim|ssh|tape' "$output"
    for file in nfs nfs4 fs raw iscsi; do
        grep -qxF "inst target/$file.sh /usr/lib/fadump/target/$file.sh" <<< "$output"
    done
    grep -qxF 'inst /etc/fadump.conf /etc/fadump.conf' <<< "$output"
    is "$(cat "$image/usr/lib/fadump/network/parameters")" ip=dhcp
    is "$(cat "$image/usr/lib/fadump/network/hosts")" ''
    # without a configuration the network is not mentioned
    foreign ''
    declare_module install
    is "${lines[-1]}" 'returned 0'
    is "$(grep -c '^warn: ' <<< "$output")" 2 # one fault, and the summary line that follows the faults
    rm "$BATS_TEST_TMPDIR/etc/fadump.conf"
    declare_module install
    is "${lines[-1]}" 'returned 0'
}

@test "with fadump-tool of another machine: ssh: needs ssh_key" {
    mkdir -p "$BATS_TEST_TMPDIR/root/.ssh"
    touch "$BATS_TEST_TMPDIR"/root/.ssh/{id_rsa,known_hosts}
    foreign 'target = ssh:u@h:/x'
    faulty 'ssh: needs a key (ssh_key in fadump.conf), which cannot be read'
    foreign 'target = scsi:me:geheim@h::::iqn.x' 'taget = iscsi:me:geheim@h::::iqn.x' 'target = ssh:u@h:/x' 'rearm = no'
    HOSTONLY='' declare_module install
    is "$(cat "$image/etc/fadump.conf")" $'target = ssh:u@h:/x\nrearm = no'
    lacks geheim "$output"
    rm "$image/etc/fadump.conf"
    foreign 'target = ssh:u@h:/x' 'ssh_key = /root/.ssh/id_rsa'
    declare_module install
    is "${lines[-1]}" 'returned 0'
    [ -e "$image/etc/fadump/ssh_key" ]
    [ -e "$image/etc/fadump/known_hosts" ]
}

@test "fadump-tool that does not run on its own machine causes a fault: the defaults would be used" {
    run env moddir="$MODULE" bash -c '
        find_binary() { :; }
        dracut_module_included() { false; }
        . "$moddir/build/needs.sh"; . "$moddir/build/able.sh"; . "$moddir/build/install.sh"; . "$moddir/build/peers.sh"
        . "$moddir/driver/other-dumpers.sh"; . "$moddir/build/faults.sh"
        unchecked="it does not run" kinds="dir ram" conf="" hostonly=-h
        fadump_faults' x
    is "$status:$output" '0:error=it does not run: after a crash the defaults would be used, not /etc/fadump.conf'
}

@test "the drop-in adds the module, but not to the initramfs of kdump-utils and of openSUSE's kdump" {
    conf=$BATS_TEST_DIRNAME/../../conf/50-fadump.conf
    export dracutbasedir=$BATS_TEST_TMPDIR/dracut
    mkdir -p "$dracutbasedir/modules.d"
    cp -R "$MODULE" "$dracutbasedir/modules.d/"
    is "$(bash -c 'add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x  fadump '
    is "$(IN_KDUMP=1 bash -c 'add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x '
    # openSUSE: mkdumprd, and zz-fadumpinit inside the build of the normal initramfs
    is "$(bash -c 'add_dracutmodules_l=(kdump); add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x '
    is "$(bash -uc 'add_dracutmodules_l=(kdumpx); add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x  fadump '
    # the module was removed, and the drop-in was kept
    rm "$dracutbasedir/modules.d/50fadump/module-setup.sh"
    is "$(bash -uc 'add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x '
}
