#!/bin/sh
# sourced by fadump-capture; the functions are described in target-dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target-raw.sh - raw:DEVICE, a disk or partition that holds nothing but dumps, as an archive
#
# In:  a disk; the keys raw_force and raw_overwrite. What the disk holds is looked at by
#      fadump-copy, which refuses it (status 4) or calls it full (5).
# Out: the archive on it, with the kernel log and the firmware's core.
# Does not know: archives, kinds of dumps, release.

# shellcheck source=fadump-device.sh
. "$lib/fadump-device.sh"

target_prepare() {
    device_wait "$1" || return 1
    target_path=$1 target_dump=$1
}

target_sink() {
    raw_sink "$device" "$@"
}

# raw_sink DEVICE CMD...: the options of --block, as the keys say.
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
    :
}
