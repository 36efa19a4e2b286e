#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# card.bats - a dump over the network card of PowerVM (driver ibmveth), with an initramfs that the machine built itself
# In:  the lab (missing parts are built). dracut runs in the machine, which has this card and a route to the server: so
#      driver, interface and address in the initramfs are those that dracut and the module find.
# Out: TAP. Does not know: how the dump is made.

load lab
. "$LAB_HERE/net.sh"
# in the tests, S is the directory of the server that setup_file started
[ ! -e "$E/server-dir" ] || S=$(cat "$E/server-dir")

setup_file() {
    lab_ready tree kernel disks server initramfs-disks
    server_start
    echo "$S" > "$E/server-dir"
    export BOOT_SECONDS=300 MACHINE_MEMORY=2048 MACHINE_CRASHKERNEL=512M MACHINE_INITRAMFS MACHINE_OPTIONS
    MACHINE_OPTIONS=$(client_nics 1 spapr-vlan)
    machine_new disks
    own_product
    own_initramfs || echo '# the machine did not build its initramfs' >&3
    crash || echo '# the crash was not completed' >&3
    machine_cut
    server_stop
    machine_disk cp var/lib/pattern-card "$S/dumps" || true
    server_dump card "$S/exports.img" || true
    server_judge
}

teardown_file() {
    machine_drop
    server_drop
}

# on: switch the machine on and wait until it answers
on() {
    machine_on init=/usr/local/sbin/init fadump=on,nocma && machine_boot
}

# own_initramfs: run dracut in the machine; its image is the initramfs of the later boots
own_initramfs() {
    MACHINE_INITRAMFS=$(lab_part initramfs-disks)
    on || return
    # shellcheck disable=SC2016 # expanded in the guest
    GUEST_SECONDS=1500 guest 'set -ex
        /usr/lib/systemd/systemd-udevd --daemon
        udevadm trigger --action=add
        udevadm settle
        cd /sys/class/net
        set -- */device
        card=${1%/device}
        ip addr add 10.77.0.2/24 dev "$card"
        ip link set "$card" up
        printf "%s\n" "dump_level = 23" "target = nfs:10.77.0.1:/srv/crash" > /etc/fadump.conf
        dracut --force --hostonly --omit busybox --compress "zstd -3 -T0" --add fadump /root/initramfs.img
        sync' > "$E/dracut" 2>&1 || return
    machine_stop
    mkdir "$M/own"
    machine_disk cp root/initramfs.img "$M/own/"
    MACHINE_INITRAMFS=$M/own
}

crash() {
    on || return
    guest 'echo fadump_final_action=continue > /sys/kernel/fadump/bootargs_append' \
        && pattern card 7 > /dev/null && machine_crash && machine_boot && gather card || return
    # udev does not run in this root, so it was the initramfs that loaded the driver
    guest 'cat /proc/modules' > "$E/card/modules"
}

@test "PowerVM's network card, a host-only initramfs built on the machine: saved, released, armed, every page" {
    cat "$E/dracut" "$E/card/log" "$E/card/modules"
    captured card target=nfs:10.77.0.1:/srv/crash
    grep -q '^ibmveth ' "$E/card/modules"
}
