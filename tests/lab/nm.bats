#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nm.bats - dumps over a network that NetworkManager configures in an initramfs with systemd
# In:  the lab (missing parts are built). Both generations of the units of NetworkManager: nm-initrd.service of dracut
#      (initramfs-nm-old) and NetworkManager-initrd.service (initramfs-nm). A machine with each of them crashes twice:
#      with the parameters in ip=, and in the key network of the module, which dracut does not read.
# Out: TAP. Does not know: how the dump is made.

load lab
. "$LAB_HERE/net.sh"
# in the tests, S is the directory of the server that setup_file started
[ ! -e "$E/server-dir" ] || S=$(cat "$E/server-dir")

STATIC='ip=10.77.0.2:::255.255.255.0:client:eth0:none'

setup_file() {
    local part
    lab_ready tree kernel mini server initramfs-nm initramfs-nm-old
    server_start
    echo "$S" > "$E/server-dir"
    export BOOT_SECONDS=300 MACHINE_MEMORY=2048 MACHINE_CRASHKERNEL=512M MACHINE_INITRAMFS MACHINE_OPTIONS
    MACHINE_OPTIONS=$(client_nics 1)
    for part in nm nm-old; do
        machine_new mini
        # systemd switches to a root only if the root has this file
        machine_disk sh -c 'echo ID=mini > etc/os-release'
        crashes "$part" || echo "# $part: not every crash was completed" >&3
        machine_cut
        cp "$M/console" "$E/console-$part"
        # shellcheck disable=SC2016 # expanded by the inner shell
        machine_disk sh -c 'cp var/lib/pattern-* "$0"' "$S/dumps" || true
        machine_drop
    done
    server_stop
    for part in nm nm-old; do
        server_dump "$part-key" "$S/exports.img" || true
        server_dump "$part-line" "$S/exports.img" || true
    done
    server_judge
}

teardown_file() {
    machine_drop
    server_drop
}

# crashes PART: make the crashes of a machine with the initramfs of initramfs-PART. During a capture a hook writes the
# units of network programs that have a process, and the name of the process.
crashes() {
    # shellcheck disable=SC2016 # expanded in the initramfs
    machine_hook "initramfs-$1" 'while [ -e /proc/vmcore ]; do
            for dir in /sys/fs/cgroup/system.slice/*etwork* /sys/fs/cgroup/system.slice/nm-*; do
                { read -r pid < "$dir/cgroup.procs" && read -r name < "/proc/$pid/comm"; } 2> /dev/null \
                    && echo "${dir##*/} $name"
            done
            sleep 0.3
        done > /run/network-units &'
    machine_on init=/usr/sbin/init fadump=on,nocma net.ifnames=0
    machine_boot && look "$1-before" || return
    to "$1-key" "fadump_network=$STATIC" && to "$1-line" "$STATIC"
}

# look NAME: gather; also the addresses, the connections of NetworkManager, and the units of the capture
look() {
    gather "$1" && guest 'ip -o addr' > "$E/$1/net" \
        && guest 'ls /run/NetworkManager/system-connections 2> /dev/null; true' > "$E/$1/connections" \
        && guest 'cat /run/network-units; true' > "$E/$1/units"
}

# to NAME ARGUMENT: crash, with ARGUMENT on the command line of the capture boot, and gather
to() {
    echo "# crash: $1" >&3
    guest "echo '$2 fadump_final_action=continue' > /sys/kernel/fadump/bootargs_append" \
        && pattern "$1" "$(cksum <<< "$1" | cut -c 1-5)" > /dev/null && machine_crash && machine_boot && look "$1"
}

# saved NAME UNIT: assert that the dump of crash NAME was saved, released and armed, and that NetworkManager ran as UNIT
# during the capture, and no other network program
saved() {
    cat "$E/$1/log" "$E/$1/units"
    captured "$1" target=nfs:10.77.0.1:/srv/crash || return
    [ "$(sort -u "$E/$1/units")" = "$2 NetworkManager" ]
}

# restored PART: assert that the network and the connections after the capture are those of a boot without a dump
restored() {
    cat "$E/$1-before/net" "$E/$1-key/net" "$E/$1-before/connections" "$E/$1-key/connections"
    cmp "$E/$1-before/net" "$E/$1-key/net" && cmp "$E/$1-before/connections" "$E/$1-key/connections"
}

@test "NetworkManager-initrd.service, network = in the configuration: saved, released, armed, every page" {
    saved nm-key NetworkManager-initrd.service
}

@test "NetworkManager-initrd.service, network = in the configuration: the network is restored" {
    restored nm
}

@test "NetworkManager-initrd.service, ip= on the command line: saved, released, armed, every page" {
    saved nm-line NetworkManager-initrd.service
}

@test "nm-initrd.service, network = in the configuration: saved, released, armed, every page" {
    saved nm-old-key nm-initrd.service
}

@test "nm-initrd.service, network = in the configuration: the network is restored" {
    restored nm-old
}

@test "nm-initrd.service, ip= on the command line: saved, released, armed, every page" {
    saved nm-old-line nm-initrd.service
}
