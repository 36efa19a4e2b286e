# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # used by machine.sh
#
# net.sh - a dump server alongside the machine that crashes
# In:  sourced after machine.sh, whose functions it uses; the parts `server` and `kernel` are built.
# Out: the functions below. $S is the directory of the server: root.img, exports.img (/srv/crash), lun0.img, lun1.img.
# Does not know: the files that are saved there.
#
#   server_start           make and start the server; return when all its services are available
#   server COMMAND         run COMMAND in the server
#   server_cut             cut the power; the disks remain, server_on starts the server again
#   server_on              start the server
#   server_stop            power off
#   image_disk FILE COMMAND...  with the machine off: run COMMAND in the file system of the disk image FILE
#   server_drop            stop the server and remove its files (LAB_KEEP=1 keeps them)
#   client_nics N          print options of QEMU ($MACHINE_OPTIONS) for a machine with N network cards (1 or 2), each
#                          connected to a wire of the server
#   disk_option ID FILE [OPTION]  print options of QEMU for one more disk
#
# A wire is a unix socket between the two QEMU processes: the host needs no address and no interface. The second wire is
# normally unplugged, because a card that is down does not receive: the packets fill its queue, and the sender blocks.
#
#   server_plug            plug in the second wire: the server sends and receives on both wires
#   server_unplug          unplug it

# disk_option ID FILE [OPTION]: print the QEMU options for a virtio disk; OPTION is an option of -drive
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

# on_server COMMAND...: run a function of machine.sh with the server as the machine
on_server() {
    local M="$S" MACHINE_BOOT='' MACHINE_CMDLINE='' MACHINE_MEMORY=1024 MACHINE_DISK='' MACHINE_KERNEL=''
    local MACHINE_OPTIONS
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
    on_server server_boot
}

server() {
    on_server guest "$@"
}

server_cut() {
    on_server machine_cut
}

server_stop() {
    on_server machine_stop
}

# The mount replays the journal, as the next boot would.
image_disk() {
    # shellcheck disable=SC2016 # expanded by the inner shell
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

# wire N SOCKET CARD: print options of QEMU for a network card. MTU 9000, because the emulated processors are slow.
wire() {
    echo "-netdev stream,id=wire$1,addr.type=unix,$2" \
        "-device virtio-net-pci,netdev=wire$1,mac=52:54:00:77:00:$(printf %02d "$3"),host_mtu=9000"
}

server_plug() {
    server 'ip link set eth1 master bond0 && ip link set eth1 up'
}

server_unplug() {
    server 'ip link set eth1 nomaster; ip link set eth1 down'
}
