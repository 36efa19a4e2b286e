#!/bin/sh
# sourced by fadump-capture; the functions are described in target-dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target-iscsi.sh - iscsi:[user:password@]server:[protocol]:[port]:[lun]:name[;fs=/path]
#
# In:  iscsiadm and iscsid, as dracut's module iscsi brings them; the name of this machine in
#      /etc/iscsi/initiatorname.iscsi or rd.iscsi.initiator=; the network when it is asked for.
# Out: the LUN as an archive (as raw: does it), or with ;fs= a directory of fadump-directory.sh
#      on its file system, or on that of its first partition that has one.
# Does not know: kinds of dumps, release; how a session is made (fadump-session.sh).

# shellcheck source=fadump-network.sh
. "$lib/fadump-network.sh"
# shellcheck source=fadump-session.sh
. "$lib/fadump-session.sh"
# shellcheck source=target-raw.sh
. "$lib/target-raw.sh"

iscsi_dir=''
iscsi_disk=yes # no from the moment it is a directory

target_prepare() {
    local user password user_in password_in server port lun name dir
    fadump_iscsi "$1"
    iscsi_dir=$dir
    need iscsiadm iscsi || return 1
    network_reach "$server" iscsi || return 1
    session_open || return 1
    until_within "$timeout" session_device "$lun" || {
        reason="$name has no LUN $lun, or it did not appear within $timeout seconds"
        return 1
    }
    target_path="$name, LUN $lun" target_dump="$name, LUN $lun"
    [ -n "$iscsi_dir" ] || return 0
    iscsi_directory "$lun"
}

# From here on it is a directory, with the functions of such a target.
iscsi_directory() {
    local disk="$device" part
    iscsi_disk=no
    # shellcheck source=fadump-directory.sh
    . "$lib/fadump-directory.sh"
    for part in "$disk" "$disk"[0-9]*; do
        [ -e "$part" ] || continue
        if directory_mount "$part"; then
            directory_make "$run/mnt" "$iscsi_dir" "$(network_source)" "$name, LUN $1: "
            return
        fi
        [ -z "$directory_at" ] || return 1
    done
    reason="$name, LUN $1, has no file system that can be mounted"
    return 1
}

target_sink() {
    raw_sink "$device" "$@"
}

target_finish() {
    local status=0
    if [ "$iscsi_disk" = no ]; then
        directory_filled || status=1
        directory_umount || status=1
    fi
    session_close || :
    return "$status"
}
