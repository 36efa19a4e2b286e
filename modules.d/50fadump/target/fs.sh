#!/bin/sh
# sourced by capture; the functions are described in target/dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/fs.sh - fs:DEVICE:/path[:OPTIONS], a directory of another file system
#
# In:  a disk that the initramfs activates (LUKS: dracut's own modules; LVM, md RAID, multipath: target/device.sh),
#      with any file system that the kernel can mount; no fsck.
# Out: a directory made by target/directory.sh, 127.0.0.1-DATE.
# Does not know: kinds of dumps, release.

# shellcheck source=device.sh
. "$module/target/device.sh"
# shellcheck source=mount.sh
. "$module/target/mount.sh"
# shellcheck source=directory.sh
. "$module/target/directory.sh"

target_prepare() {
    local disk path label options point
    read_target "fs:$1" || return 1
    label=$device
    device_wait "$label" "$disk" "$options" || return 1
    mkdir -p "$run/mnt"
    mount_disk "$device" "$run/mnt" "$options" || return 1
    directory_lasts "$run/mnt" / || return 1
    directory_make "$run/mnt" "$path" 127.0.0.1 "$label:"
}

target_finish() {
    local status=0
    directory_filled || status=1
    mount_undo || status=1
    device_undo
    return "$status"
}
