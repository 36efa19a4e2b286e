#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# net-system.bats - dumps to an NFS server from a Debian system with systemd, systemd-networkd, and network card names
# by udev: in the initramfs, and with when = late over the network of the running system
# In:  the lab (missing parts are built). One server and one client, which crashes twice; the tests examine the evidence
#      gathered from it.
# Out: TAP. Does not know: how the dump is made.

load lab
. "$LAB_HERE/net.sh"
# in the tests, S is the directory of the server that setup_file started
[ ! -e "$E/server-dir" ] || S=$(cat "$E/server-dir")

setup_file() {
    lab_ready tree kernel full server initramfs-net-full
    server_start
    echo "$S" > "$E/server-dir"
    export MACHINE_INITRAMFS MACHINE_OPTIONS
    MACHINE_OPTIONS=$(client_nics 1)
    MACHINE_INITRAMFS=$(lab_part initramfs-net-full)
    machine_new full
    own_product
    # after a failure here, each test without evidence fails
    crashes || echo '# not every crash was completed' >&3
    machine_cut
    # shellcheck disable=SC2016 # expanded by the inner shell
    machine_disk sh -c 'cp var/lib/pattern-* "$0"' "$S/dumps"
    server_stop
    server_dump full "$S/exports.img" || true
    server_dump late "$S/exports.img" || true
    server_judge
}

teardown_file() {
    machine_drop
    server_drop
}

crashes() {
    machine_on fadump=on,nocma && machine_boot || return
    settled > "$E/running-before"
    crash full ip=10.77.0.2:::255.255.255.0:client:enp0s2:none || return
    settled > "$E/running-after"
    gather full
    # the running system configures its network by itself
    guest 'printf "%s\n" "[Match]" Name=enp0s2 "[Network]" Address=10.77.0.2/24 > /etc/systemd/network/lab.network
        systemctl enable systemd-networkd && sync' > "$E/networkd" 2>&1 || return
    crash late fadump_when=late fadump_dump_level=23 fadump_target=nfs:10.77.0.1:/srv/crash || return
    late_over || true
    gather late && guest 'ip -o addr' > "$E/late/net" \
        && guest 'cat /run/fadump/status.initramfs' > "$E/late/status.initramfs"
}

# crash NAME ARGUMENT...: crash with ARGUMENTs for the capture boot, and wait for the boot
crash() {
    local name=$1
    shift
    echo "# crash: $name" >&3
    guest "echo '$* fadump_final_action=continue' > /sys/kernel/fadump/bootargs_append" \
        && pattern "$name" "$(cksum <<< "$name" | cut -c 1-5)" > /dev/null && machine_crash && machine_boot
}

# saved NAME: assert that the dump of crash NAME was saved, with every page of the pattern and the task that panicked
saved() {
    cat "$E/$1/drgn"
    captured "$1" target=nfs:10.77.0.1:/srv/crash && grep -qE '^panicked=sh [0-9]+$' "$E/$1/drgn"
}

@test "nfs:, target from fadump.conf, a system with systemd: saved, released, armed, every page of the pattern" {
    saved full
}

@test "nfs:, a system with systemd: the continued boot has no failed units" {
    cat "$E/running-before" "$E/running-after"
    [ "$(cat "$E/running-before")" = running ] && [ "$(cat "$E/running-after")" = running ]
}

@test "when = late: the running system saves the dump over its own network" {
    cat "$E/networkd" "$E/late/status.initramfs"
    grep -qx result=waiting "$E/late/status.initramfs"
    saved late
}

@test "when = late: the network remains configured, and the NFS mount is removed" {
    cat "$E/late/net" "$E/late/mounts"
    grep -q ' inet 10\.77\.0\.2/24 ' "$E/late/net"
    run grep -E 'nfs|/run/fadump' "$E/late/mounts"
    [ "$status" -eq 1 ]
}
