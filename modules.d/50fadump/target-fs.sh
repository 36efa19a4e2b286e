#!/bin/sh
# sourced by fadump-capture; the functions are described in target-dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target-fs.sh - fs:DEVICE:/path, a directory of another file system
#
# In:  a disk that the initramfs finds by itself (with LUKS and RAID as far as dracut's own modules
#      bring it up; LVM: fadump-device.sh), any file system that the kernel mounts; it is not
#      checked (fsck).
# Out: a directory of fadump-directory.sh, 127.0.0.1-DATE.
# Does not know: kinds of dumps, release.

# shellcheck source=fadump-device.sh
. "$lib/fadump-device.sh"
# shellcheck source=fadump-directory.sh
. "$lib/fadump-directory.sh"

target_prepare() {
    device_wait "${1%%:/*}" || return 1
    directory_mount "$device" || return 1
    directory_make "$run/mnt" "/${1#*:/}" 127.0.0.1 "${1%%:/*}:"
}

target_finish() {
    local status=0
    directory_filled || status=1
    directory_umount || status=1
    return "$status"
}
