#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kinds.bats - the files that the module installs into an initramfs for each kind of target, and no others
# In:  the part initramfs-kinds of the lab (built if it is missing): initramfs images without systemd, by the real
#      dracut.
# Out: TAP, and the growth in bytes as comments. Does not know: how the module finds the files that a target needs.

# shellcheck disable=SC2046 # lists of words

KINDS='fs raw nfs iscsi ssh'

setup_file() {
    export E=$BATS_FILE_TMPDIR
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/evidence.sh"
    lab_ready initramfs-kinds
    K=$(lab_part initramfs-kinds)
    export K
}

# tools KIND: print patterns of the files that only this kind of target needs
tools() {
    case $1 in
        fs | raw) echo "usr/lib/fadump/target/$1.sh" ;;
        nfs) echo usr/sbin/mount.nfs usr/lib/fadump/target/nfs.sh 'usr/lib/modules/.*/nfsv[34].ko' ;;
        iscsi)
            echo usr/sbin/iscsiadm usr/sbin/iscsid usr/lib/fadump/target/iscsi.sh 'usr/lib/modules/.*/iscsi_tcp.ko'
            ;;
        ssh) echo usr/bin/ssh usr/lib/fadump/target/ssh.sh etc/fadump/ssh_key etc/fadump/known_hosts ;;
        network)
            echo usr/bin/ip usr/bin/getent usr/sbin/dhclient usr/sbin/ifup usr/lib/fadump/network/network.sh
            ;;
    esac
}

# has KIND NAME...: assert that an initramfs for KIND has these files
has() {
    local kind=$1 name
    shift
    [ $# -gt 0 ]
    for name; do
        grep -qx "$name" "$K/$kind.files" || {
            echo "$kind: $name is missing"
            return 1
        }
    done
}

# lacks KIND NAME...: assert that an initramfs for KIND has none of these files
lacks() {
    local kind=$1 name
    shift
    [ $# -gt 0 ]
    for name; do
        if grep -x "$name" "$K/$kind.files"; then
            echo "$kind: this file must not be in the initramfs"
            return 1
        fi
    done
}

# growth KIND BASE LIMIT: print how much larger the initramfs of KIND is than that of BASE; assert that it is larger
# when unpacked, and by less than LIMIT KiB when compressed
growth() {
    local stored unpacked base_stored base_unpacked
    read -r stored unpacked < "$K/$1.bytes"
    read -r base_stored base_unpacked < "$K/$2.bytes"
    echo "# growth of $1: $((stored - base_stored)) bytes ($((unpacked - base_unpacked)) unpacked) over $2" >&3
    [ "$unpacked" -gt "$base_unpacked" ] && [ $((stored - base_stored)) -lt $(($3 * 1024)) ]
}

@test "with only dir: targets, the initramfs grows by less than 560 KiB" {
    growth dir plain 560
}

@test "fs: (drivers of four file systems) adds less than 2 MiB to an initramfs with dir:, and raw: less than 16 KiB" {
    growth fs dir 2048
    growth raw dir 16
}

@test "with nfs:, iscsi: or ssh:, the initramfs is less than 6 MiB larger than with dir:" {
    growth nfs dir 6144
    growth iscsi dir 6144
    growth ssh dir 6144
}

@test "each kind has its own tools and not those of other kinds" {
    for kind in $KINDS; do
        for other in $KINDS network; do
            case $kind:$other in
                # iscsi: writes to a LUN with target/raw.sh
                iscsi:raw) ;;
                "$kind:$kind" | nfs:network | iscsi:network | ssh:network) has "$kind" $(tools "$other") ;;
                *) lacks "$kind" $(tools "$other") ;;
            esac
        done
    done
}

@test "with only dir: targets, the initramfs has none of the tools of other targets" {
    for kind in $KINDS network; do lacks dir $(tools "$kind"); done
}

@test "with only dir: targets, the only new files are those of the module, date and sync" {
    comm -13 "$K/plain.files" "$K/dir.files" | tee "$E/new"
    grep -qx usr/libexec/fadump-copy "$E/new"
    grep -qx usr/libexec/fadump-tool "$E/new"
    run grep -vxE -e 'etc/fadump.conf|usr/bin/(date|sync)|usr/lib/fadump(/[a-z]+(/[a-z-]+\.sh)?)?' \
        -e 'usr/libexec(/fadump-(c.*|tool))?' \
        -e '(usr|var)/lib/dracut/hooks/(pre-pivot|emergency|shutdown-emergency)/80-fadump-hook.sh' "$E/new"
    echo "$output"
    [ "$status" -eq 1 ]
}
