#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kinds.bats - what the module brings into an initramfs for each kind of target, and that it brings nothing else
# In:  the part initramfs-kinds of the lab (built when it is not): initramfs without systemd, by the real dracut.
# Out: TAP, and the growth in bytes as comments. Does not know: how it is found what a target needs.

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

# what only this kind needs
tools() {
    case $1 in
        fs | raw) echo "usr/lib/fadump/target-$1.sh" ;;
        nfs) echo usr/sbin/mount.nfs usr/lib/fadump/target-nfs.sh 'usr/lib/modules/.*/nfsv[34].ko' ;;
        iscsi) echo usr/sbin/iscsiadm usr/sbin/iscsid usr/lib/fadump/target-iscsi.sh 'usr/lib/modules/.*/iscsi_tcp.ko' ;;
        ssh) echo usr/bin/ssh usr/lib/fadump/target-ssh.sh etc/fadump/ssh_key etc/fadump/known_hosts ;;
        network) echo usr/bin/ip usr/bin/getent usr/sbin/dhclient usr/sbin/ifup usr/lib/fadump/fadump-network.sh ;;
    esac
}

# has KIND NAME...: an initramfs for KIND has these files
has() {
    local kind=$1 name
    shift
    [ $# -gt 0 ]
    for name; do
        grep -qx "$name" "$K/$kind.files" || {
            echo "$kind: $name is not there"
            return 1
        }
    done
}

# lacks KIND NAME...: it has none of them
lacks() {
    local kind=$1 name
    shift
    [ $# -gt 0 ]
    for name; do
        if grep -x "$name" "$K/$kind.files"; then
            echo "$kind: must not be there"
            return 1
        fi
    done
}

# growth KIND BASE LIMIT: print what KIND adds to BASE; it has to be something, and less than LIMIT, in KiB of what is stored
growth() {
    local stored unpacked base_stored base_unpacked
    read -r stored unpacked < "$K/$1.bytes"
    read -r base_stored base_unpacked < "$K/$2.bytes"
    echo "# growth of $1: $((stored - base_stored)) bytes ($((unpacked - base_unpacked)) unpacked) over $2" >&3
    [ "$unpacked" -gt "$base_unpacked" ] && [ $((stored - base_stored)) -lt $(($3 * 1024)) ]
}

@test "dir: alone brings the module itself, and of others cat and the like" {
    growth dir plain 560
}

@test "fs: and raw: bring their own files and the drivers of file systems" {
    growth fs dir 128
    growth raw dir 16
}

@test "nfs:, iscsi: and ssh: bring a network and their tools" {
    growth nfs dir 6144
    growth iscsi dir 6144
    growth ssh dir 6144
}

@test "each kind has its own tools and none of the others'" {
    for kind in $KINDS; do
        for other in $KINDS network; do
            case $kind:$other in
                # a LUN is written as a device is
                iscsi:raw) ;;
                "$kind:$kind" | nfs:network | iscsi:network | ssh:network) has "$kind" $(tools "$other") ;;
                *) lacks "$kind" $(tools "$other") ;;
            esac
        done
    done
}

@test "dir: alone has none of the tools of other targets" {
    for kind in $KINDS network; do lacks dir $(tools "$kind"); done
}

@test "dir: alone adds nothing but our own files, and date, od and sync" {
    comm -13 "$K/plain.files" "$K/dir.files" | tee "$E/new"
    grep -qx usr/libexec/fadump-copy "$E/new"
    run grep -vxE 'etc/fadump.conf|usr/bin/(date|od|sync)|usr/lib/fadump(/[a-z-]*\.sh)?|usr/libexec(/fadump-c.*)?|var/lib/dracut/hooks/(pre-pivot|emergency|shutdown-emergency)/80-fadump-hook.sh' "$E/new"
    echo "$output"
    [ "$status" -eq 1 ]
}
