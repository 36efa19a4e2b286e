#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-ram.bats - ram:, the memory of this boot: how much may be taken, what stays and what does not

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2059,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

stamp=127.0.0.1-2026-11-21-21:03:05

# memory KB: a machine in which so much is available, and a tmpfs that is a directory
memory() {
    machine
    printf '%s\n' 'MemTotal: 9999999 kB' 'MemFree: 1 kB' "MemAvailable:   $1 kB" > "$M/proc/meminfo"
}

# Nothing of a dump is left, and the service of the next stage is not asked for.
free_again() {
    is "$(find "$M/run/fadump/ram" -type f -o -name '127*')" ''
    [ ! -e "$M/run/systemd" ]
}

@test "in memory, then released; the status does not hide that it does not last" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        capture target=ram:
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes target=ram: "path=/run/fadump/ram/$stamp/vmcore" reason= \
            'volatile=in memory until fadump-save has moved it'
        grep -qxF 'fadump: warning: the dump is in memory until fadump-save has moved it; without power before that it is lost' <<< "$output"
        cmp "$M/proc/vmcore" "$M/run/fadump/ram/$stamp/vmcore"
        is "$(stat -c %a "$M/run/fadump/ram/$stamp")" 700
        # it stays mounted, and the release comes after the copy
        is "$(grep -E '^(mount|copy|umount|1 *$)' <<< "$calls" | sed 's/ registered.*//')" \
            "mount -t tmpfs -o size=786432k,mode=0700,nosuid,nodev,noexec fadump $M/run/fadump/ram
copy
1"
        is "$(readlink "$M/run/systemd/system/multi-user.target.wants/fadump-save.service")" \
            /usr/lib/systemd/system/fadump-save.service
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

@test "what does not fit leaves nothing, and the next target has the dump; so does any other failure" {
    for SH in "${SHELLS[@]}"; do
        for failure in 'exit 5' 'exit 4' 'mv "$file.incomplete" "$file"; exit 4' 'exit 6' 'exit 8'; do
            memory 1048576
            copier 0
            # a part of it is there when it fails, or all, but not as it should
            sed -i "s#^    lost=0#    case \$file in */ram/*) $failure ;; esac\n&#" "$M/usr/libexec/fadump-copy"
            capture target=ram:
            has result=saved target=dir:/var/crash failed_target.1=ram:
            file_lacks '^(volatile|partial)=' "$M/run/fadump/status"
            free_again
            is "$(grep -c "^umount $M/run/fadump/ram " <<< "$calls")" 1
        done
        grep -q '^failed_reason.1=no byte reached' "$M/run/fadump/status"
        # alone: nothing is released
        memory 1048576
        copier 5
        capture target=ram: fallback=none
        [ "$status" -eq 1 ]
        untouched
        has result=failed "reason=no space left for /run/fadump/ram/$stamp"
        free_again
    done
}

@test "no memory to spare: refused before anything is touched" {
    for SH in "${SHELLS[@]}"; do
        for kb in 131072 1 ''; do
            memory $kb
            capture target=ram: fallback=none
            [ "$status" -eq 1 ]
            untouched
            has result=failed 'reason=there is no memory to spare for a dump'
            lacks '^(mount|umount|copy)' "$calls"
            [ ! -e "$M/run/fadump/ram" ]
        done
    done
}

@test "a kernel that does not go on keeps nothing in its memory" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        rm "$M/proc/device-tree/rtas/ibm,kernel-dump"
        capture target=ram: final_action=continue
        has kind=kdump result=saved target=dir:/var/crash 'failed_reason.1=the memory of this kernel does not outlast it'
        free_again
    done
}

@test "a tmpfs that cannot be mounted, or too late" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        fake mount 'note "mount $*"; exit 32'
        capture target=ram:
        has result=saved target=dir:/var/crash 'failed_reason.1=memory for the dump cannot be mounted'
        lacks ^umount "$calls"
        memory 1048576
        fake mount 'note "mount $*"; case $* in *tmpfs*) exec sleep 100 ;; esac'
        capture target=ram: timeout=1
        has result=saved target=dir:/var/crash 'failed_reason.1=memory for the dump cannot be mounted'
        is "$(grep -c "^umount $M/run/fadump/ram " <<< "$calls")" 1
        free_again
    done
}

@test "ended while it copies: nothing of it is left in memory" {
    for SH in "${SHELLS[@]}"; do
        memory 1048576
        fake fadump-copy 'while [ $1 != --file ]; do shift; done; echo x > "$2.incomplete"; kill -TERM $PPID; exec sleep 100'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture target=ram:
        untouched
        free_again
        grep -q "^umount $M/run/fadump/ram " <<< "$calls"
    done
}

@test "what is available; before Linux 3.14 what is free" {
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

# x FUNCTION ARGUMENT...
x() {
    run $SH -c 'lib=$0; . "$0/fadump-lib.sh"; . "$0/target-ram.sh"; "$@"' "$MODULE" "$@"
    echo "$SH: $* -> $status: $output"
}

@test "how much: a quarter is kept, and 128 MiB" {
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

@test "what a phyp-assisted dump will give back while it is copied, in every spelling" {
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

# phyp STATUS [RELEASED]: 256 MiB are available, and 1.75 GiB to come; a copier that ends with STATUS
# and says that it gave back so many bytes, or nothing at all
phyp() {
    memory 262144
    printf 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x10000000-0x70000000:\n' > "$M/sys/kernel/release_region"
    copier "$1"
    [ -z "${2-}" ] || sed -i "/dump_level=31/ s|\$|; printf 'released_bytes=$2\\\\nheld_bytes=4096\\\\n' >> \"\$report\"|" \
        "$M/usr/libexec/fadump-copy"
}

@test "a phyp-assisted dump may grow into what is given back; a partial one stays, its memory is gone" {
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
        # ended by somebody, after a target that had given back nothing
        phyp 5 0
        sed -i '/while \[/i case $* in *--file*/ram/*) while [ $1 != --file ]; do shift; done; echo x > "$2.incomplete"; kill -TERM $PPID; exec sleep 100 ;; esac' \
            "$M/usr/libexec/fadump-copy"
        capture target=dir:/other target=ram: fallback=none
        has kind=phyp result=failed "partial=/run/fadump/ram/$stamp/vmcore.incomplete"
        is "$(cat "$M/run/fadump/ram/$stamp/vmcore.incomplete")" x
        lacks ^umount "$calls"
    done
}

@test "a phyp-assisted dump that does not fit before anything was given back leaves nothing" {
    for SH in "${SHELLS[@]}"; do
        phyp 5 0
        sed -i '/while \[/i case $* in *--file*/ram/*) ;; *) status=0 ;; esac' "$M/usr/libexec/fadump-copy"
        sed -i 's/exit 5/exit ${status-5}/; s/case 5 in/case ${status-5} in/' "$M/usr/libexec/fadump-copy"
        capture target=ram: fallback=dir
        has kind=phyp result=saved target=dir:/var/crash failed_target.1=ram: \
            "failed_reason.1=no space left for /run/fadump/ram/$stamp"
        free_again
        is "$(grep -c "^umount $M/run/fadump/ram " <<< "$calls")" 1
        # a kernel whose ranges the copier does not understand gives back nothing, either
        phyp 5
        sed -i '1a case $* in *--release-region*) echo no >&2; exit 2 ;; esac' "$M/usr/libexec/fadump-copy"
        capture target=ram: fallback=none
        has kind=phyp result=failed released=no
        file_lacks ^partial= "$M/run/fadump/status"
        free_again
    done
}
