#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# net.bats - dumps to network targets and to local disks: a second machine serves NFS, iSCSI and ssh; the local disks
# are raw or have a file system
# In:  the lab (missing parts are built). One server, and one client, which crashes several times; the tests examine the
#      evidence gathered from it. The dumps contain all user pages (fadump=nocma, dump_level 23). net-system.bats has a
#      client with systemd.
# Out: TAP. Does not know: how the dump is made.

STATIC='ip=10.77.0.2:::255.255.255.0:client:eth0:none'
OPEN=iqn.2026-01.lab:open
CHAP=iqn.2026-01.lab:chap

load lab
. "$LAB_HERE/net.sh"
# in the tests, S is the directory of the server that setup_file started
[ ! -e "$E/server-dir" ] || S=$(cat "$E/server-dir")

setup_file() {
    lab_ready tree kernel mini server initramfs-net
    server_start
    echo "$S" > "$E/server-dir"
    export BOOT_SECONDS=300 MACHINE_MEMORY=2048 MACHINE_CRASHKERNEL=512M MACHINE_INITRAMFS
    client_new
    look before
    # these crashes depend on each other: after a failed crash, the rest of its function is not run, and the tests
    # without evidence fail
    saved_all || echo '# not every target was tried' >&3
    faults || echo '# not every fault was tried' >&3
    raw_cuts || echo '# not every power cut was tried' >&3
    bring_home
    server_judge
}

teardown_file() {
    machine_drop
    server_drop
}

# ---- the client ---------------------------------------------------------------------------

# client_new: make and start the client. Its disks: vdb for raw dumps, vdc too small for a dump, vdd with a file system
client_new() {
    machine_new mini
    truncate -s 4G "$M/raw.img"
    truncate -s 4M "$M/small.img"
    truncate -s 2G "$M/local.img"
    mke2fs -q -t ext4 -m 0 -L local "$M/local.img"
    # the NFS mount of the capture is removed before the agent answers: the hook keeps its line of /proc/mounts
    machine_hook initramfs-net 'until sed -n "/ nfs/p" /proc/mounts > /run/nfs-mount
            [ -s /run/nfs-mount ] || [ ! -e /proc/vmcore ]
        do sleep 0.1; done &'
    client_on
}

# client_on [OPTION]: start the client; OPTION is an option of -drive for the raw disk
client_on() {
    MACHINE_OPTIONS="$(disk_option d1 raw.img "${1-}") $(disk_option d2 small.img) $(disk_option d3 local.img)"
    MACHINE_OPTIONS="$MACHINE_OPTIONS $(client_nics 2)"
    # net.ifnames=0: eth0 and eth1 in the initramfs too
    machine_on fadump=on,nocma net.ifnames=0
    machine_boot
}

# armed NAME ARGUMENT...: prepare a crash: append ARGUMENTs to the command line of its capture boot, write the pattern,
# and note the files and the numbers of NFS requests at the server
armed() {
    local name=$1
    shift
    echo "# crash: $name" >&3
    guest "echo '$* fadump_final_action=continue' > /sys/kernel/fadump/bootargs_append" \
        && pattern "$name" "$(cksum <<< "$name" | cut -c 1-5)" > /dev/null \
        && server 'ls -d /srv/crash/*/* 2> /dev/null | sort' > "$E/$name.before" \
        && server 'cat /proc/net/rpc/nfsd' > "$E/$name.nfsd"
}

# look NAME: gather; also the network, the NFS mount of the capture, the iSCSI sessions, and copiers that still run
look() {
    gather "$1" && guest 'pidof fadump-copy; true' > "$E/$1/copiers" && guest 'ip -o addr' > "$E/$1/net" \
        && guest 'ls /sys/class/iscsi_session 2> /dev/null; true' > "$E/$1/sessions" \
        && guest 'cat /run/nfs-mount 2> /dev/null; true' > "$E/$1/nfs-mount"
}

# seen NAME: wait for the boot after the crash, then gather
seen() {
    machine_boot && found_new "$1"
}

# found_new NAME: gather; also list the files that are on the server now, but were not when the crash was prepared, and
# note the present numbers of NFS requests
found_new() {
    look "$1" && server 'ls -d /srv/crash/*/* 2> /dev/null | sort' | comm -13 "$E/$1.before" - > "$E/$1/new" \
        && server 'cat /proc/net/rpc/nfsd' > "$E/$1/nfsd"
}

# to NAME ARGUMENT...: prepare a crash, crash, and gather after the boot
to() {
    armed "$@" && machine_crash && seen "$1"
}

# ---- the crashes of the client --------------------------------------------------------------

saved_all() {
    to nfs3 "$STATIC" fadump_target=nfs:10.77.0.1:/srv/crash:vers=3 || return
    to nfs4 ip=eth0:dhcp fadump_target=nfs4:10.77.0.1:/srv/crash || return
    to nfs6 'ip=[fd77::2]:::64:client:eth0:none' 'fadump_target=nfs:[fd77::1]:/srv/crash' || return
    server 'modprobe 8021q; ip link add link bond0 name bond0.7 type vlan id 7
        ip addr add 10.78.0.1/24 dev bond0.7 && ip link set bond0.7 up'
    to vlan vlan=eth0.7:eth0 ip=10.78.0.2:::255.255.255.0:client:eth0.7:none fadump_timeout=240 \
        fadump_target=nfs:10.78.0.1:/srv/crash || return
    server 'ip link del bond0.7'
    server_plug
    to iscsi bond=bond0:eth0,eth1:mode=active-backup ip=10.77.0.2:::255.255.255.0:client:bond0:none \
        "fadump_target=iscsi:dump:dumpsecret12@10.77.0.1::::$CHAP" || return
    server_unplug
    to iscsi-fs "$STATIC" "fadump_target=iscsi:10.77.0.1:::1:$OPEN;fs=/crash" || return
    to ssh "$STATIC" fadump_target=ssh:root@10.77.0.1:/srv/crash || return
    to fs fadump_target=fs:LABEL=local:/crash || return
    to raw fadump_target=raw:/dev/vdb
}

# faults: crash with targets that fail; the last target of the command line, or the fallback, saves the dump
faults() {
    server "exportfs -i -o ro,no_root_squash,no_subtree_check '*:/srv/crash'
        ssh-keygen -q -t ed25519 -N '' -f /run/host
        cp /run/host /etc/ssh/ssh_host_ed25519_key; kill -HUP \$(cat /run/sshd.pid)"
    to refused "$STATIC" fadump_timeout=30 fadump_target=raw:/dev/vdc fadump_target=raw:/dev/vdd \
        "fadump_target=iscsi:dump:wrong@10.77.0.1::::$CHAP" "fadump_target=iscsi:10.77.0.1:::7:$OPEN" \
        fadump_target=ssh:root@10.77.0.1:/srv/crash fadump_target=nfs:10.77.0.1:/srv/crash || return
    # shellcheck disable=SC2016 # expanded in the server
    server 'exportfs -ra; fallocate -l $(($(df -k /srv/crash | awk "END { print \$4 }") - 8000))k /srv/crash/fill'
    to full-absent "$STATIC" fadump_timeout=30 fadump_compress=none fadump_target=nfs:10.77.0.99:/srv/crash \
        fadump_target=nfs:10.77.0.1:/srv/crash || return
    server 'rm -rf /srv/crash/fill'
    # cut the power of the server when it has 16 MiB of the dump
    armed killed "$STATIC" fadump_stall_timeout=10 fadump_compress=none fadump_target=nfs:10.77.0.1:/srv/crash \
        fadump_target=fs:LABEL=local:/crash && machine_crash || return
    # shellcheck disable=SC2016
    GUEST_SECONDS=300 server 'until [ "$(cat /srv/crash/*/vmcore.incomplete | head -c 16777216 | wc -c)" = 16777216 ]; do
            sleep 0.2
        done' > "$E/killed.at" 2>&1 && echo yes >> "$E/killed.at"
    # the server remains off: no later crash needs it, and its disks are read from outside
    server_cut
    machine_boot && look killed
}

# raw_cuts: cut the power in three captures: when 1 % and when 50 % of the dump are on the raw disk, and as soon as the
# first sector, the last write of a dump, is on the disk. The disk is slowed down.
raw_cuts() {
    local part=0 whole
    whole=$(du -k "$M/raw.img" | cut -f 1)
    for part in 1 50 header; do
        machine_cut
        mv -n "$M/raw.img" "$S/dumps/raw.img"
        rm -f "$M/raw.img" && truncate -s 4G "$M/raw.img"
        client_on "throttling.bps-write=$((whole * 1024 / 4))" || return
        echo "# cut: $part" >&3
        guest 'echo fadump_target=raw:/dev/vdb > /sys/kernel/fadump/bootargs_append' \
            && pattern "cut-$part" 7 > /dev/null && machine_crash || return
        written "$part" "$whole" || return
        machine_cut
        cp --sparse=always "$M/raw.img" "$S/dumps/cut-$part.img"
    done
}

# written PART WHOLE: wait until PART of the dump is on the raw disk: PART percent of WHOLE KiB, or for "header" the
# first sector; fails after two minutes
written() {
    local round=0
    while [ $round -lt 2400 ]; do
        case $1 in
            header) ! head -c 512 "$M/raw.img" | grep -aq ustar || return 0 ;;
            *) [ "$(du -k "$M/raw.img" | cut -f 1)" -lt $(($2 * $1 / 100)) ] || return 0 ;;
        esac
        sleep 0.05
        round=$((round + 1))
    done
    return 1
}

# ---- after the crashes: collect and read the dumps ------------------------------------------

# bring_home: stop both machines; copy every dump to $S/dumps/NAME.vmcore, and the PFNs of each pattern
bring_home() {
    local name
    machine_cut
    server_stop
    # shellcheck disable=SC2016 # expanded by the inner shell
    machine_disk sh -c 'cp var/lib/pattern-* "$0"' "$S/dumps"
    for name in nfs3 nfs4 nfs6 vlan ssh; do server_dump "$name" "$S/exports.img" || true; done
    server_dump iscsi-fs "$S/lun1.img" || true
    server_dump fs "$M/local.img" || true
    server_dump killed "$M/local.img" || true
    server_dump refused "$M/root.img" || true
    server_dump full-absent "$M/root.img" || true
    archived iscsi "$S/lun0.img"
    archived raw "$S/dumps/raw.img"
    for name in 1 50 header; do archived "cut-$name" "$S/dumps/cut-$name.img"; done
    true
}

# archived NAME IMAGE: list the archive on a raw device, and extract its vmcore to $S/dumps
archived() {
    tar -tf "$2" > "$E/$1.members" 2> "$E/$1.tar" || true
    ! grep -qx vmcore "$E/$1.members" || tar -xOf "$2" vmcore > "$S/dumps/$1.vmcore"
}

# ---- assertions -----------------------------------------------------------------------------

# saved NAME TARGET: assert that the dump of crash NAME was saved to TARGET, with every page of the pattern and the task
# that panicked
saved() {
    captured "$1" target="$2" && panicked "$1"
}

# panicked NAME: assert that drgn opens the dump and finds the task that panicked
panicked() {
    cat "$E/$1/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/$1/drgn"
}

# failed NAME TARGET REASON: assert that the log has the failure of TARGET, with a reason that matches REASON
failed() {
    cat "$E/$1/log"
    grep -F "target $2 failed after " "$E/$1/log" | grep -qiE "$3"
}

# quick NAME TARGET SECONDS: assert that TARGET failed within SECONDS
quick() {
    local seconds
    seconds=$(grep -F "target $2 failed after " "$E/$1/log" | sed 's/.* failed after \([0-9]*\) s:.*/\1/')
    echo "$2 failed after $seconds s, at most $3 s are allowed"
    [ "$seconds" -le "$3" ]
}

# nfs_writes NAME: print the numbers of write requests with NFS version 3 and with version 4 that the server received in
# the crash NAME. In /proc/net/rpc/nfsd (nfsd_show() in fs/nfsd/stats.c) two words precede the numbers of the procedures;
# write is procedure 7 of version 3 (RFC 1813) and operation 38 of version 4 (RFC 7530).
nfs_writes() {
    awk '{ sign = FILENAME == ARGV[1] ? -1 : 1 }
        $1 == "proc3" { three += sign * $(3 + 7) }
        $1 == "proc4ops" { four += sign * $(3 + 38) }
        END { print three, four }' "$E/$1.nfsd" "$E/$1/nfsd"
}

@test "nfs: with vers=3, static address: saved, released, armed, every page of the pattern" {
    saved nfs3 nfs:10.77.0.1:/srv/crash:vers=3
}

@test "nfs: with vers=3: the mount in the capture has version 3, and the server receives no write of version 4" {
    cat "$E/nfs3/nfs-mount"
    grep -q '^10\.77\.0\.1:/srv/crash /run/fadump/mnt nfs .*,vers=3,' "$E/nfs3/nfs-mount"
    run nfs_writes nfs3
    echo "$output"
    [[ $output =~ ^[1-9][0-9]*\ 0$ ]]
}

@test "nfs4: the mount in the capture has version 4, and the server receives no write of version 3" {
    cat "$E/nfs4/nfs-mount"
    grep -q '^10\.77\.0\.1:/srv/crash /run/fadump/mnt nfs4 .*,vers=4\.' "$E/nfs4/nfs-mount"
    run nfs_writes nfs4
    echo "$output"
    [[ $output =~ ^0\ [1-9][0-9]*$ ]]
}

@test "nfs4:, target from the command line, DHCP: saved, released, armed, every page of the pattern" {
    saved nfs4 nfs4:10.77.0.1:/srv/crash
}

@test "nfs: over IPv6: saved, released, armed, every page of the pattern" {
    saved nfs6 'nfs:[fd77::1]:/srv/crash'
}

@test "nfs: over a VLAN: saved, released, armed, every page of the pattern" {
    saved vlan nfs:10.78.0.1:/srv/crash
}

@test "iscsi: with CHAP over a bond: saved, released, armed, every page of the pattern" {
    saved iscsi "iscsi:***@10.77.0.1::::$CHAP"
}

@test "the CHAP password is neither in the status file nor in the log" {
    run grep -rl dumpsecret12 "$E/iscsi/status" "$E/iscsi/log" "$E/iscsi/dmesg"
    # dmesg has it, because it has the kernel command line
    [ "$output" = "$E/iscsi/dmesg" ]
}

@test "iscsi: with a file system on the LUN: saved, released, armed, every page of the pattern" {
    saved iscsi-fs "iscsi:10.77.0.1:::1:$OPEN;fs=/crash"
}

@test "ssh: saved, released, armed, every page of the pattern" {
    saved ssh ssh:root@10.77.0.1:/srv/crash
}

@test "fs: saved, released, armed, every page of the pattern" {
    saved fs fs:LABEL=local:/crash
}

@test "raw: saved, released, armed, every page of the pattern" {
    saved raw raw:/dev/vdb
}

@test "raw: the archive on the device has the kernel log, the dump and the status" {
    cat "$E/raw.members" "$E/raw.tar"
    [ "$(sort "$E/raw.members" | tr '\n' ' ')" = 'status vmcore vmcore-dmesg.txt ' ]
}

@test "the network of the continued boot is that of a normal boot" {
    # a normal boot has no network, because its configuration has none
    for name in nfs3 nfs4 nfs6 vlan iscsi ssh; do
        cat "$E/$name/net"
        cmp "$E/before/net" "$E/$name/net"
    done
}

@test "no mount and no iSCSI session of the capture remains in the continued boot" {
    for name in nfs3 nfs4 nfs6 vlan iscsi iscsi-fs fs; do
        run grep -E 'nfs|/run/fadump|/dev/sd|/dev/vdd' "$E/$name/mounts"
        [ "$status" -eq 1 ]
        [ ! -s "$E/$name/sessions" ]
    done
}

@test "a raw device that is too small is refused" {
    failed refused raw:/dev/vdc 'space'
}

@test "a raw device with a file system is refused" {
    failed refused raw:/dev/vdd 'ext4'
}

@test "a wrong CHAP secret: the target fails with this reason" {
    failed refused "iscsi:***@10.77.0.1::::$CHAP" 'wrong user or password'
}

@test "a missing LUN: the target fails with this reason" {
    failed refused "iscsi:10.77.0.1:::7:$OPEN" 'no LUN 7'
}

@test "a changed host key: the target fails with this reason" {
    failed refused ssh:root@10.77.0.1:/srv/crash 'host key'
}

@test "a read-only export: the target fails with this reason" {
    failed refused nfs:10.77.0.1:/srv/crash 'read-only|writ|make the directory'
}

@test "if the six targets of the tests above fail in one boot, the fallback saves the dump" {
    saved refused dir:/var/crash
}

@test "an absent server: its target, with a deadline of 30 s for each step, fails within 90 s" {
    failed full-absent nfs:10.77.0.99:/srv/crash '.' && quick full-absent nfs:10.77.0.99:/srv/crash 90
}

@test "an export that becomes full during the copy: the target fails with this reason" {
    failed full-absent nfs:10.77.0.1:/srv/crash 'space'
}

@test "an export that becomes full during the copy has no file with the name of a complete dump" {
    cat "$E/full-absent/new"
    grep -q '/vmcore.incomplete$' "$E/full-absent/new"
    run grep -c '/vmcore$' "$E/full-absent/new"
    [ "$output" = 0 ]
}

@test "an export that becomes full during the copy: the fallback saves the dump" {
    saved full-absent dir:/var/crash
}

@test "a server that is killed during the copy had received a part of the dump" {
    cat "$E/killed.at"
    grep -qx yes "$E/killed.at"
}

@test "a server that is killed during the copy: its target fails because the copy stalls" {
    failed killed nfs:10.77.0.1:/srv/crash 'stall'
}

@test "a server that is killed during the copy: the next target saves the dump" {
    # the release of the memory is tested below
    captured killed target=fs:LABEL=local:/crash 'released=*' 'armed=*' 'registered=*' 'vmcore=*'
    panicked killed
}

# a copier that hangs in the kernel may still read the memory
@test "a server that is killed during the copy: no memory is released while a copier hangs" {
    cat "$E/killed/status" "$E/killed/copiers"
    case $(status killed released) in
        yes)
            [ ! -s "$E/killed/copiers" ]
            [ ! -e "$E/killed/has-vmcore" ]
            [ "$(cat "$E/killed/registered")" = 1 ]
            ;;
        *) [ -e "$E/killed/has-vmcore" ] && status killed reason | grep -q copier ;;
    esac
}

# no_archive PART: assert that the device contains data, but no archive
no_archive() {
    cat "$E/cut-$1.members" "$E/cut-$1.tar"
    [ "$(du -k "$S/dumps/cut-$1.img" | cut -f 1)" -gt 64 ] && [ ! -s "$E/cut-$1.members" ]
}

@test "a power cut at the beginning of a raw write leaves no archive" {
    no_archive 1
}

@test "a power cut in the middle of a raw write leaves no archive" {
    no_archive 50
}

@test "a power cut just after the first sector, the last write to a raw device, leaves a complete archive" {
    cat "$E/cut-header.members" "$E/cut-header.tar"
    grep -qx vmcore "$E/cut-header.members"
    # captured() cannot be used: no boot followed this power cut, so there is no status
    [ "$(cat "$E/cut-header/pattern")" = 'pages=1024 absent=0 differs=0' ]
    panicked cut-header
}
