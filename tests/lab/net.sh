# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # used by machine.sh
#
# net.sh - a dump server alongside the machine that crashes
# In:  sourced after machine.sh and evidence.sh, whose functions it uses; the parts `server` and `kernel` are built.
# Out: the functions below. $S is the directory of the server: root.img, exports.img (/srv/crash), lun0.img, lun1.img,
#      dumps/.
# Does not know: how the dumps are made.
#
#   server_start           make and start the server; return when all its services are available
#   server COMMAND         run COMMAND in the server
#   server_cut             cut the power; the disks remain, server_on starts the server again
#   server_on              start the server
#   server_stop            power off
#   image_disk FILE COMMAND...  with the machine off: run COMMAND in the file system of the disk image FILE
#   server_drop            stop the server and remove its files (LAB_KEEP=1 keeps them)
#   server_dump NAME FILE  with both machines off: copy the dump of crash NAME from the file system of the disk image
#                          FILE to $S/dumps/NAME.vmcore
#   server_judge           examine each $S/dumps/NAME.vmcore with drgn: $E/NAME/drgn, $E/NAME/pattern
#   client_nics N [CARD]   print options of QEMU ($MACHINE_OPTIONS) for a machine with N network cards (1 or 2), each
#                          connected to a wire of the server; CARD is a device of QEMU (default: virtio-net-pci)
#   disk_option ID FILE [OPTION]  print options of QEMU for one more disk
#
# A wire is a unix socket between the two QEMU processes, so the host needs no address and no interface. The server uses
# the second wire only while it is plugged in: a card of the client that is down receives nothing, so packets would fill
# its queue and block the sender.
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
    mkdir "$S/dumps"
    cp --reflink=auto --sparse=always "$(lab_part server)/root.img" "$S/root.img"
    for d in exports lun1; do
        truncate -s 4G "$S/$d.img"
        mke2fs -q -t ext4 -m 0 -L "$d" "$S/$d.img"
    done
    truncate -s 4G "$S/lun0.img"
    server_on
}

# on_server FUNCTION [ARGUMENT...]: run FUNCTION of machine.sh or of this file with the server as the machine
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

# The path of the dump is in the status. A dump that was written as a stream is unflattened.
server_dump() {
    local path
    path=$(status "$1" path)
    [ -n "$path" ] || return 0
    # only the last directory and the name are the same in the image and in the status
    # shellcheck disable=SC2016 # expanded by the inner shell
    image_disk "$2" sh -euc 'find . -path "*/$1" -exec cp {} "$2" \;' \
        sh "$(basename "${path%/*}")/${path##*/}" "$S/dumps/$1.saved"
    case $path in
        *.flat)
            "$LAB_HERE/../../build/tools/unflatten" "$S/dumps/$1.vmcore" < "$S/dumps/$1.saved" \
                > "$E/$1.pieces"
            ;;
        *) mv "$S/dumps/$1.saved" "$S/dumps/$1.vmcore" ;;
    esac
}

server_judge() {
    local file name
    for file in "$S"/dumps/*.vmcore; do
        name=$(basename "$file" .vmcore)
        mkdir -p "$E/$name"
        (
            cd "$S/dumps" || exit
            TREE=$(lab_part tree)
            export TREE DRGN_PREFER_PGTABLE_READER=1
            set -- "$LAB_HERE/tree-exec" drgn -q -c "$name.vmcore" -s "$(lab_part kernel)/vmlinux.debug"
            "$@" "$LAB_HERE/pattern.py" "pattern-$name" > "$E/$name/pattern" 2>&1 &
            "$@" "$LAB_HERE/look.py" > "$E/$name/drgn" 2>&1
            wait
        )
    done
}

client_nics() {
    local n=0
    while [ $n -lt "$1" ]; do
        wire $n "server=off,addr.path=../${S##*/}/wire$n,reconnect-ms=200" "1$n" ${2+"$2"}
        n=$((n + 1))
    done
}

# wire N SOCKET NUMBER [CARD]: print options of QEMU for a network card at wire N. SOCKET has the options of the socket;
# NUMBER is the last byte of the MAC address. virtio-net-pci has MTU 9000, because the emulated processors are slow.
wire() {
    echo "-netdev stream,id=wire$1,addr.type=unix,$2" \
        "-device ${4:-virtio-net-pci,host_mtu=9000},netdev=wire$1,mac=52:54:00:77:00:$(printf %02d "$3")"
}

server_plug() {
    server 'ip link set eth1 master bond0 && ip link set eth1 up'
}

server_unplug() {
    server 'ip link set eth1 nomaster; ip link set eth1 down'
}
