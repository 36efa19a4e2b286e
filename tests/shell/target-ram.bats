#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-ram.bats - ram:, a dump in the memory of this boot: its size limit, and which files remain

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2059,SC2086,SC2154 # for another shell; SH, SHELLS, status, calls
load machine

stamp=127.0.0.1-2026-11-21-21:03:05

save=usr/lib/systemd/system/fadump-save.service

# memory KB: makes a machine with KB kB of available memory, whose root has fadump-save; the tmpfs is a directory here
memory() {
    machine
    moves
    printf '%s\n' 'MemTotal: 9999999 kB' 'MemFree: 1 kB' "MemAvailable:   $1 kB" > "$M/proc/meminfo"
}

# free_again: checks that no file of a dump is left, and that fadump-save.service is not requested
free_again() {
    is "$(find "$M/run/fadump/ram" -type f -o -name '127*')" ''
    [ ! -e "$M/run/systemd" ]
}

@test "the dump is saved in memory, then the reserved memory is released; the status marks the dump as volatile" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        capture target=ram:
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes target=ram: "path=/run/fadump/ram/$stamp/vmcore" reason= \
            'volatile=in memory until fadump-save has moved it'
        grep -qxF 'fadump: warning: the dump is in memory until fadump-save has moved it; a power loss before that loses it' <<< "$output"
        cmp "$M/proc/vmcore" "$M/run/fadump/ram/$stamp/vmcore"
        is "$(stat -c %a "$M/run/fadump/ram/$stamp")" 700
        # the tmpfs remains mounted, and the release follows the copy
        is "$(grep -E '^(mount|copy|umount|1 *$)' <<< "$calls" | sed 's/ registered.*//')" \
            "mount -t tmpfs -o size=786432k,mode=0700,nosuid,nodev,noexec fadump $M/run/fadump/ram
copy
1"
        is "$(readlink "$M/run/systemd/system/multi-user.target.wants/fadump-save.service")" \
            /usr/lib/systemd/system/fadump-save.service
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

# refused WHY: checks that ram: failed with WHY before any mount or copy, and that the next target saved the dump
refused() {
    has result=saved released=yes target=dir:/var/crash failed_target.1=ram: "failed_reason.1=ram: is not possible$1"
    lacks '^mount ' "$calls"
    is "$(wc -l < "$M/copies")" 1
    [ ! -e "$M/run/fadump/ram" ]
    [ ! -e "$M/run/systemd" ]
}

@test "ram: is refused if nothing on the real root would move the dump to a disk" {
    local begin=': the system on /sysroot would not move the dump to a disk ('
    for SH in "${SHELLS[@]}"; do
        for lack in 'its init is not systemd:rm sysroot/usr/sbin/init' \
            'its init is not systemd:ln -sfn ../../bin/busybox sysroot/usr/sbin/init' \
            'its init is not systemd:echo root=/dev/vda init=/bin/sh quiet > proc/cmdline' \
            "it has no fadump-save.service:rm sysroot/$save" \
            'its fadump-save.service is masked:ln -s /dev/null sysroot/etc/systemd/system/fadump-save.service' \
            'it has no /usr/sbin/fadump-save:rm sysroot/usr/sbin/fadump-save' \
            'it has no /usr/sbin/fadump-save:chmod 644 sysroot/usr/sbin/fadump-save' \
            "it has no /opt/fadump-save:sed -i s,/usr/sbin,/opt, sysroot/$save" \
            "it has no /usr/sbin/fadump-save:: > sysroot/$save; rm sysroot/usr/sbin/fadump-save" \
            'this boot starts rescue.target:echo root=/dev/vda single > proc/cmdline'; do
            memory 1048576
            (cd "$M" && eval "${lack#*:}")
            capture target=ram:
            refused "$begin${lack%%:*})"
        done
        # accepted: an absolute link that is valid in the real root only, and an init= that is systemd
        memory 1048576
        mkdir "$M/sysroot/opt"
        mv "$M/sysroot/usr/sbin/fadump-save" "$M/sysroot/opt/"
        ln -s /opt/fadump-save "$M/sysroot/usr/sbin/fadump-save"
        echo root=/dev/vda init=/usr/lib/systemd/systemd > "$M/proc/cmdline"
        rm "$M/sysroot/usr/sbin/init"
        capture target=ram:
        has result=saved target=ram:
    done
}

@test "ram: is refused before an emergency shell, and in the running system" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        FADUMP_HOOK=emergency capture target=ram:
        refused ' before an emergency shell: a reboot from there would lose the dump'
        running
        printf '%s\n' 'MemAvailable:   1048576 kB' > "$M/proc/meminfo"
        capture_as / "$M/usr/lib/dracut/modules.d/50fadump/capture" target=ram:
        refused ' in the running system: save to one of its disks'
    done
}

@test "after a dump that does not fit, or another failure, no file is left and the next target is tried" {
    for SH in "${SHELLS[@]}"; do
        for failure in 'exit 5' 'exit 4' 'mv "$file.incomplete" "$file"; exit 4' 'exit 6' 'exit 8'; do
            memory 1048576
            copier 0
            # the copier fails before the rename (vmcore.incomplete exists) or after it (vmcore exists)
            sed -i "s#^    lost=0#    case \$file in */ram/*) $failure ;; esac\n&#" "$M/usr/libexec/fadump-copy"
            capture target=ram:
            has result=saved target=dir:/var/crash failed_target.1=ram:
            file_lacks '^(volatile|partial)=' "$M/run/fadump/status"
            free_again
            is "$(grep -c "^umount $M/run/fadump/ram " <<< "$calls")" 1
        done
        grep -q '^failed_reason.1=no byte reached' "$M/run/fadump/status"
        # with ram: as the only target nothing is released
        memory 1048576
        copier 5
        capture target=ram: fallback=none
        [ "$status" -eq 1 ]
        untouched
        has result=failed "reason=no space left for /run/fadump/ram/$stamp"
        free_again
    done
}

@test "without enough free memory, ram: is refused before anything is mounted" {
    for SH in "${SHELLS[@]}"; do
        for kb in 131072 1 ''; do
            memory $kb
            capture target=ram: fallback=none
            [ "$status" -eq 1 ]
            untouched
            has result=failed 'reason=there is not enough free memory for a dump'
            lacks '^(mount|umount|copy)' "$calls"
            [ ! -e "$M/run/fadump/ram" ]
        done
    done
}

@test "ram: is refused in a kdump kernel, even with final_action = continue" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        rm "$M/proc/device-tree/rtas/ibm,kernel-dump"
        capture target=ram: final_action=continue
        has kind=kdump result=saved target=dir:/var/crash 'failed_reason.1=ram: is not possible in a kdump kernel'
        free_again
    done
}

@test "a tmpfs whose mount fails or exceeds the deadline: the next target is tried" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        fake mount 'note "mount $*"; echo "mount: fadump: no" >&2; exit 32'
        capture target=ram:
        has result=saved target=dir:/var/crash 'failed_reason.1=the tmpfs for the dump cannot be mounted: mount: fadump: no'
        lacks ^umount "$calls"
        memory 1048576
        fake mount 'note "mount $*"; case $* in *tmpfs*) exec sleep 100 ;; esac'
        capture target=ram: timeout=1
        has result=saved target=dir:/var/crash 'failed_reason.1=the tmpfs for the dump cannot be mounted'
        is "$(grep -c "^umount $M/run/fadump/ram " <<< "$calls")" 1
        free_again
    done
}

@test "if the driver is ended during the copy, no part of the dump is left in memory" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        fake fadump-copy \
            'while [ $1 != --file ]; do shift; done; echo x > "$2.incomplete"; kill -TERM $PPID; exec sleep 100'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture target=ram:
        untouched
        free_again
        grep -q "^umount $M/run/fadump/ram " <<< "$calls"
    done
}

@test "the size limit is computed from MemAvailable, or before Linux 3.14 from MemFree" {
    meminfo=$BATS_TEST_TMPDIR/meminfo
    for SH in "${SHELLS[@]}"; do
        while IFS='|' read -r text want; do
            printf "$text" > "$meminfo"
            x ram_available "$meminfo"
            is "$status:$output" "0:$want"
        done << 'END'
MemTotal: 9 kB\nMemFree: 5 kB\nMemAvailable:    7 kB\nBuffers: 3 kB\n|7
MemTotal: 9 kB\nMemFree: 5 kB\nBuffers: 3 kB\nCached: 8 kB\n|5
MemFree: 5 kB\nMemAvailable: 7x kB\n|5
MemAvailable:\n|0
|0
END
    done
}

# x FUNCTION ARGUMENT...: runs FUNCTION under $SH
x() {
    run $SH -c 'module=$0; . "$0/lib/common.sh"; . "$0/target/ram.sh"; "$@"' "$MODULE" "$@"
    echo "$SH: $* -> $status: $output"
}

@test "the size limit leaves a quarter of the memory free, and at least 128 MiB" {
    for SH in "${SHELLS[@]}"; do
        while read -r available coming room; do
            x ram_room $available $coming
            is "$status:$output" "0:$room"
        done << 'END'
0 0 0
131072 0 0
131073 0 1
500000 0 368928
524288 0 393216
1000000 0 750000
262144 33554432 25362432
END
    done
}

@test "the memory that a phyp-assisted dump will release is read from release_region, in every spelling" {
    region=$BATS_TEST_TMPDIR/region
    for SH in "${SHELLS[@]}"; do
        while IFS='|' read -r text want; do
            printf "$text" > "$region"
            x ram_coming "$region"
            is "$status:$output" "0:$want"
        done << 'END'
CPU:0x177fee000-0x10000: HPTE:0x177ffe020-0x1000: DUMP:0x177fff020-0x10000000, 0x10000000-0x16F1D3400:\n|6276941
CPU:0x177fee000-0x10000: HPTE:0x177ffe020-0x1000: /\nDUMP:0x177fff020-0x10000000, 0x10000000-0x16f1d3400|6276941
CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x10000000-0x70000000:\n|1835008
DUMP:0x0-0xffffffffffffffff, 0x0-$(id), 0x0-0x, 0x400, 0x0-0x400:\n|1
CPU:0x0-0x400: HPTE:0x0-0x400:\n|0
|0
END
        x ram_coming "$region.none"
        is "$status:$output" 0:0
    done
}

# phyp STATUS [RELEASED]: makes a machine with 256 MiB available and 1.75 GiB held, and a copier that ends with STATUS
# and reports RELEASED bytes, or makes no report
phyp() {
    memory 262144
    printf 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x10000000-0x70000000:\n' > "$M/sys/kernel/release_region"
    copier "$1"
    [ -z "${2-}" ] \
        || sed -i "/dump_level=31/ s|\$|; printf 'released_bytes=$2\\\\nheld_bytes=4096\\\\n' >> \"\$report\"|" \
            "$M/usr/libexec/fadump-copy"
}

@test "a phyp-assisted dump may use released memory; a partial dump remains, as its source memory is released" {
    for SH in "${SHELLS[@]}"; do
        for released in 4096 ''; do
            phyp 5 $released
            capture target=ram: target=dir:/other fallback=none
            grep -q '^mount -t tmpfs -o size=1572864k,' <<< "$calls"
            has kind=phyp result=failed released=partly "partial=/run/fadump/ram/$stamp/vmcore.incomplete"
            cmp "$M/proc/vmcore" "$M/run/fadump/ram/$stamp/vmcore.incomplete"
            lacks ^umount "$calls"
            [ ! -e "$M/sysroot/other" ]
        done
        # a signal ends the driver, after another target failed and released nothing
        phyp 5 0
        sed -i '/while \[/i case $* in *--file*/ram/*) while [ $1 != --file ]; do shift; done; echo x > "$2.incomplete"; kill -TERM $PPID; exec sleep 100 ;; esac' \
            "$M/usr/libexec/fadump-copy"
        capture target=dir:/other target=ram: fallback=none
        has kind=phyp result=failed "partial=/run/fadump/ram/$stamp/vmcore.incomplete"
        is "$(cat "$M/run/fadump/ram/$stamp/vmcore.incomplete")" x
        lacks ^umount "$calls"
    done
}

@test "a phyp-assisted dump that does not fit and has released no memory leaves no file" {
    for SH in "${SHELLS[@]}"; do
        phyp 5 0
        sed -i '/while \[/i case $* in *--file*/ram/*) ;; *) status=0 ;; esac' "$M/usr/libexec/fadump-copy"
        sed -i 's/exit 5/exit ${status-5}/; s/case 5 in/case ${status-5} in/' "$M/usr/libexec/fadump-copy"
        capture target=ram: fallback=dir
        has kind=phyp result=saved target=dir:/var/crash failed_target.1=ram: \
            "failed_reason.1=no space left for /run/fadump/ram/$stamp"
        free_again
        is "$(grep -c "^umount $M/run/fadump/ram " <<< "$calls")" 1
        # if the copier does not understand the ranges of the kernel, no memory is released, either
        phyp 5
        sed -i '1a case $* in *--release-region*) echo no >&2; exit 2 ;; esac' "$M/usr/libexec/fadump-copy"
        capture target=ram: fallback=none
        has kind=phyp result=failed released=no
        file_lacks ^partial= "$M/run/fadump/status"
        free_again
    done
}
