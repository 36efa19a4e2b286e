# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # machine.sh's
#
# net.sh - a dump server beside the machine that crashes
# In:  sourced after machine.sh, whose functions it uses; the parts `server` and `kernel` are built.
# Out: the functions below. $S is the server's directory: root.img, exports.img (/srv/crash), lun0.img, lun1.img.
# Does not know: what is saved there.
#
#   server_start           make it and switch it on; it answers when everything is served
#   server COMMAND         run it in the server
#   server_cut             cut its power; its disks stay, `server_on` is the way back
#   server_on              switch it on
#   server_stop            power off
#   image_disk FILE COMMAND...  with the machine off: run a command in the file system of one of its disks
#   server_drop            stop it and remove all of it (LAB_KEEP=1 leaves its files)
#   client_nics N          the options of QEMU ($MACHINE_OPTIONS) for a machine with N cards (1 or 2) on the server's wire
#   disk_option ID FILE    the options of QEMU for one more disk
#
# The wires are unix sockets between the two QEMUs: no address and no interface outside of them. The second one has to be plugged
# in, and to be taken out again: what is sent to a card that is down stays in it, and its sender is stuck.
#
#   server_plug            plug the second wire in: the server sends on both then, and listens on both
#   server_unplug

# disk_option ID FILE [OPTION]
disk_option() {
    echo "-drive file=$2,if=none,id=$1,format=raw,cache=unsafe${3:+,$3} -device virtio-blk-pci,drive=$1"
}

server_start() {
    local d
    mkdir -p "$LAB/run"
    S=$(mktemp -d "$LAB/run/server.XXXXXX")
    export S
    cp --reflink=auto --sparse=always "$(lab_part server)/root.img" "$S/root.img"
    for d in exports lun1; do
        truncate -s 4G "$S/$d.img"
        mke2fs -q -t ext4 -m 0 -L "$d" "$S/$d.img"
    done
    truncate -s 4G "$S/lun0.img"
    server_on
}

# with the server as the machine
beside() {
    local M="$S" MACHINE_BOOT='' MACHINE_CMDLINE='' MACHINE_MEMORY=1024 MACHINE_DISK='' MACHINE_KERNEL='' MACHINE_OPTIONS
    export M
    MACHINE_OPTIONS="$(disk_option d1 exports.img) $(disk_option d2 lun0.img) $(disk_option d3 lun1.img)
        $(wire 0 server=on,addr.path=wire0 1) $(wire 1 server=on,addr.path=wire1 2)"
    "$@"
}

server_boot() {
    rm -f "$M/wire0" "$M/wire1"
    machine_qemu 'root=/dev/vda rw init=/usr/local/sbin/server panic=10'
    machine_boot
}

server_on() {
    beside server_boot
}

server() {
    beside guest "$@"
}

server_cut() {
    beside machine_cut
}

server_stop() {
    beside machine_stop
}

# the journal is replayed first, as the next boot would do
image_disk() {
    # shellcheck disable=SC2016 # expanded inside
    "$LAB_HERE/alone" sh -euc '
        at=$1.seen
        mkdir -p "$at"
        mount -o loop "$1" "$at"
        shift
        cd "$at"
        exec "$@"' sh "$@"
}

server_drop() {
    [ -n "${S-}" ] || return 0
    server_stop
    [ -z "${LAB_KEEP-}" ] || return 0
    rm -rf --one-file-system "$S"
}

client_nics() {
    local n=0
    while [ $n -lt "$1" ]; do
        wire $n "server=off,addr.path=../${S##*/}/wire$n,reconnect-ms=200" "1$n"
        n=$((n + 1))
    done
}

# wire N SOCKET CARD: large frames, as the emulated processors are slow
wire() {
    echo "-netdev stream,id=wire$1,addr.type=unix,$2 -device virtio-net-pci,netdev=wire$1,mac=52:54:00:77:00:$(printf %02d "$3"),host_mtu=9000"
}

server_plug() {
    server 'ip link set eth1 master bond0 && ip link set eth1 up'
}

server_unplug() {
    server 'ip link set eth1 nomaster; ip link set eth1 down'
}
