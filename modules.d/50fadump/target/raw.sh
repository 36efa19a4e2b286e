#!/bin/sh
# sourced by capture; the functions are described in target/dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/raw.sh - raw:DEVICE, an archive on a disk or partition without other data
#
# In:  a disk; the keys raw_force and raw_overwrite. fadump-copy checks the content of the disk; it
#      refuses the disk (status 4) or reports it as full (5).
# Out: the archive on the disk, with the dump, the kernel log and the core of the firmware.
# Does not know: archives, kinds of dumps, release.

# shellcheck source=device.sh
. "$module/target/device.sh"

target_prepare() {
    local disk
    read_target "raw:$1" || return 1
    if [ "$raw_force" = yes ] && fadump_name_changes "$1"; then
        reason="$1 may be another disk in this boot, and raw_force = yes overwrites it: use a name below /dev/disk, or UUID="
        return 1
    fi
    device_wait "$1" "$disk" || return 1
    device_lasts "$1" || return 1
    target_path=$1 target_dump=$1
}

target_sink() {
    raw_sink "$device" "$@"
}

# raw_sink DEVICE CMD...: runs CMD with --block and the options for the keys.
raw_sink() {
    local device="$1"
    shift
    set -- "$@" --block "$device"
    [ "$raw_force" != yes ] || set -- "$@" --raw-force
    [ "$raw_overwrite" != yes ] || set -- "$@" --raw-overwrite
    [ -z "$opalcore" ] || set -- "$@" --opalcore "$opalcore"
    copier_run "$@"
}

target_finish() {
    device_undo
}
