#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# phyp.bats - phyp-assisted dumps: the copier releases the memory, the driver logs the result
#
# Fake: fadump-copy, which reports released bytes that the test sets. tests/cli/release.bats tests the real
# fadump-copy, tests/lab/phyp.bats the kernel's part.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

stamp=127.0.0.1-2026-11-21-21:03:05
region='--release-region /sys/kernel/release_region'

# held STATUS [RELEASED HELD [REFUSED]]: makes a machine whose kernel releases ranges, and a copier that ends with
# STATUS and reports RELEASED and HELD, or no bytes; REFUSED is as for copier()
held() {
    machine
    echo 'DUMP:0x0-0x0, 0x10000000-0x50000000:' > "$M/sys/kernel/release_region"
    copier "$1" "${4-}"
    [ -z "${2-}" ] \
        || sed -i "/dump_level=31/ s|\$|; printf 'released_bytes=$2\\\\nheld_bytes=$3\\\\n' >> \"\$report\"|" \
            "$M/usr/libexec/fadump-copy"
}

# left_alone: checks that the driver itself released nothing and armed nothing
left_alone() {
    lacks '^(1|0x.*)$' "$calls"
    has kind=phyp armed=no
    is "$(cat "$M/sys/kernel/fadump/registered")" 0
}

@test "phyp: if all memory was released during the copy, this is logged, and the boot continues" {
    for SH in "${SHELLS[@]}"; do
        held 0 4096 0
        capture
        [ "$status" -eq 0 ]
        left_alone
        has result=saved released=yes reason= released_bytes=4096 held_bytes=0 "path=/var/crash/$stamp/vmcore"
        grep -qx 'fadump: final action: continue (auto)' <<< "$output"
        grep -qx 'fadump: memory released, range by range' <<< "$output"
        grep -qF -- "$region" "$M/copies"
        is "$(wc -l < "$M/copies")" 1
    done
}

@test "phyp: if memory was released only in part, or not at all, this is logged" {
    for SH in "${SHELLS[@]}"; do
        held 0 4096 8192
        capture
        left_alone
        has result=saved released=partly 'reason=memory released in part: 8192 bytes remain reserved'
        grep -qx 'fadump: final action: reboot (auto): the memory remains reserved' <<< "$output"
        held 0 0 8192
        capture
        left_alone
        has result=saved released=no 'reason=the memory remains reserved: no range of it was released'
    done
}

@test "phyp: if a copy fails after a partial release, no other target is tried, and the partial dump is logged" {
    for SH in "${SHELLS[@]}"; do
        for status in 4 5 137; do
            held "$status" 4096 8192
            capture target=dir:/srv/one target=dir:/srv/two
            [ "$status" -eq 1 ]
            left_alone
            has result=failed released=partly released_bytes=4096 held_bytes=8192 \
                "partial=/srv/one/$stamp/vmcore.incomplete"
            grep -q 'no other target is tried: a part of the memory was released, and its only copy is on dir:/srv/one$' \
                <<< "$output"
            lacks 'nothing was released' "$output"
            [ ! -e "$M/sysroot/srv/two" ]
            [ ! -e "$M/sysroot/var/crash" ]
            cmp "$M/proc/vmcore" "$M/sysroot/srv/one/$stamp/vmcore.incomplete"
        done
    done
}

@test "phyp: if a copier ends without a report, released=partly, and no other target is tried" {
    for SH in "${SHELLS[@]}"; do
        held 137
        capture target=dir:/srv/one target=dir:/srv/two
        [ "$status" -eq 1 ]
        left_alone
        has result=failed released=partly "partial=/srv/one/$stamp/vmcore.incomplete"
        [ ! -e "$M/sysroot/srv/two" ]
    done
}

@test "phyp: a copy that fails before anything was released: the next target is tried" {
    for SH in "${SHELLS[@]}"; do
        held 5 0 8192
        capture target=dir:/srv/one target=dir:/srv/two fallback=none
        [ "$status" -eq 1 ]
        left_alone
        has result=failed released=no
        grep -q 'nothing was released' <<< "$output"
        [ -e "$M/sysroot/srv/one/$stamp/vmcore.incomplete" ]
        [ -e "$M/sysroot/srv/two/$stamp/vmcore.incomplete" ]
    done
}

@test "phyp: the dump is saved even if the copier does not understand release_region" {
    for SH in "${SHELLS[@]}"; do
        held 0 '' '' --release-region
        capture
        [ "$status" -eq 0 ]
        left_alone
        has result=saved released=no
        grep -q 'warning: release_region cannot be parsed' <<< "$output"
        is "$(grep -c -- --release-region "$M/copies")" 1
        is "$(wc -l < "$M/copies")" 2
    done
}

@test "phyp: an option that the copier rejects prevents neither the dump nor the release" {
    for SH in "${SHELLS[@]}"; do
        held 0 4096 0 lzo
        capture compress=lzo
        [ "$status" -eq 0 ]
        has result=saved released=yes
        is "$(tail -n 1 "$M/copies" | grep -c -- "$region")" 1
        lacks 'cannot be parsed' "$output"
    done
}

@test "phyp: no memory is released during a copy to a stream" {
    for SH in "${SHELLS[@]}"; do
        held 0
        mkdir -p "$M/etc/fadump" "$M/there"
        echo key > "$M/etc/fadump/ssh_key"
        fake ip 'echo "$3 dev eth0 src 10.0.0.2 uid 0"; case $* in *tentative) exit 1 ;; esac'
        program ssh 'for command; do :; done; sync() { :; }; eval "$command"'
        capture "target=ssh:dump@10.0.0.1:$M/there"
        [ "$status" -eq 0 ]
        left_alone
        has result=saved released=no
        file_lacks release-region "$M/copies"
    done
}

@test "phyp: without /proc/vmcore, the source is /dev/oldmem or /dev/mem" {
    for SH in "${SHELLS[@]}"; do
        for device in oldmem mem; do
            held 0 4096 0
            mkdir -p "$M/dev"
            mv "$M/proc/vmcore" "$M/dev/$device"
            echo 'not this one' > "$M/dev/zero"
            capture
            [ "$status" -eq 0 ]
            has result=saved released=yes
            is "$(cat "$M/sysroot/var/crash/$stamp/vmcore")" 'memory of the dead'
        done
        held 5 0 8192
        mkdir -p "$M/dev"
        mv "$M/proc/vmcore" "$M/dev/mem"
        capture fallback=none
        grep -qxF 'fadump: nothing was released: the dump remains in memory, in /dev/mem' <<< "$output"
        held 0
        rm "$M/proc/vmcore"
        capture
        has kind=phyp result=nothing released=no
        [ ! -e "$M/copies" ]
    done
}
