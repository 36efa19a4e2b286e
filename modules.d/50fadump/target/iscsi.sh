#!/bin/sh
# sourced by capture; the functions are described in target/dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/iscsi.sh - iscsi:[user:password[:user:password]@]server:[protocol]:[port]:[lun]:name[;fs=/path]
#
# In:  iscsiadm and iscsid from dracut's module iscsi; the initiator name of this machine from
#      /etc/iscsi/initiatorname.iscsi or rd.iscsi.initiator=; the network.
# Out: an archive on the LUN (like raw:), or with ;fs= a directory made by target/directory.sh on the file
#      system of the LUN, or of the first partition that has a file system.
# Does not know: kinds of dumps, release; how a session is made (target/iscsi-session.sh).

# shellcheck source=../network/network.sh
. "$module/network/network.sh"
# shellcheck source=iscsi-name.sh
. "$module/target/iscsi-name.sh"
# shellcheck source=iscsi-disk.sh
. "$module/target/iscsi-disk.sh"
# shellcheck source=iscsi-session.sh
. "$module/target/iscsi-session.sh"
# shellcheck source=raw.sh
. "$module/target/raw.sh"

iscsi_dir=''
iscsi_disk=yes # no: the dump is in a directory of a file system

target_prepare() {
    local user password user_in password_in server port lun name dir
    read_target "iscsi:$1" || return 1
    iscsi_dir=$dir
    need_program iscsiadm iscsi || return 1
    network_reach "$server" iscsi || return 1
    session_open || return 1
    wait_until "$timeout" session_device "$lun" || {
        reason="$name has no LUN $lun, or it did not appear within $timeout seconds"
        session_find || reason="the session to $name was not logged in within $timeout seconds"
        return 1
    }
    target_path="$name, LUN $lun" target_dump="$name, LUN $lun"
    [ -n "$iscsi_dir" ] || return 0
    iscsi_directory "$lun"
}

# iscsi_directory LUN: mounts the LUN and switches to the functions of a directory target.
iscsi_directory() {
    local part
    iscsi_disk=no
    # shellcheck source=mount.sh
    . "$module/target/mount.sh"
    # shellcheck source=directory.sh
    . "$module/target/directory.sh"
    mkdir -p "$run/mnt"
    for part in $(session_parts); do
        [ -e "$part" ] || continue
        if mount_disk "$part" "$run/mnt"; then
            directory_make "$run/mnt" "$iscsi_dir" "$(network_source)" "$name, LUN $1: "
            return
        fi
        [ -z "$mount_points" ] || return 1
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
        mount_undo || status=1
    fi
    session_close || :
    return "$status"
}
