#!/bin/sh
# sourced by the targets that mount a file system
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/mount.sh - mount file systems for a dump, and unmount them
#
# In:  a device or a directory, a mount point, options.
# Out: mounts, those of mount_disk with nosuid, nodev and noexec; mount_undo unmounts them, the last one first.
# Does not know: which mounts a target needs, dumps.

mount_points='' # mount points that these functions used, one per line, the last one first
mount_ro=''     # mount points to make read-only before the unmount, one per line

# mount_disk DEVICE POINT [OPTIONS] [TYPE]: mounts the file system of DEVICE on POINT, writable. If the file
# system is already mounted read-only elsewhere, the kernel refuses a writable mount: then mounts it read-only
# and remounts it writable. 1, and the reason: it cannot be mounted.
mount_disk() {
    local status=0 options="nosuid,nodev,noexec${3:+,$3}" type=''
    case ${4:-auto} in auto | none) ;; *) type=$4 ;; esac
    mount_try "$2" mount ${type:+-t "$type"} -o "rw,$options" "$1" "$2" || status=$?
    case $status in
        0) return 0 ;;
        124)
            reason="$1 was not mounted within $timeout seconds"
            return 1
            ;;
    esac
    if mount_try "$2" mount ${type:+-t "$type"} -o "ro,$options" "$1" "$2"; then
        mount_ro="$2
$mount_ro"
        run_with_timeout "$timeout" mount -o remount,rw "$2" && return 0
        reason="$1 cannot be made writable"
        return 1
    fi
    reason="$1 cannot be mounted$(last_message "$run/said")"
    return 1
}

# mount_bind DIRECTORY POINT: bind-mounts DIRECTORY on POINT. 1, and the reason: it cannot be mounted.
mount_bind() {
    mount_try "$2" mount --bind "$1" "$2" && return 0
    reason="$1 cannot be mounted on $2$(last_message "$run/said")"
    return 1
}

# mount_try POINT COMMAND...: runs COMMAND, which mounts a file system on POINT; returns its status. After a timeout
# (124) the mount may still happen, so POINT is then also in $mount_points.
mount_try() {
    local point="$1" status=0
    shift
    run_with_timeout "$timeout" "$@" 2> "$run/said" || status=$?
    case $status in
        0 | 124) mount_points="$point
$mount_points" ;;
    esac
    return "$status"
}

# mount_undo: unmounts all $mount_points. 1, and the reason: a file system was not unmounted cleanly,
# and the dump may not be durable. Such a mount is detached, so that it does not block the switch to the
# real root. After a failed copy the timeout is 5 seconds.
mount_undo() {
    local limit="$timeout" point status=0
    # 255: the copier was not run
    if [ "$copier_status" -ne 255 ] && ! copier_durable "$copier_status"; then limit=5; fi
    while [ -n "$mount_points" ]; do
        point=${mount_points%%"
"*} mount_points=${mount_points#*"
"}
        mount_drop "$point" "$limit" || status=1
    done
    mount_ro=''
    return "$status"
}

# mount_drop POINT LIMIT: unmounts POINT within LIMIT seconds; 1, and the reason: it was not unmounted cleanly.
mount_drop() {
    case "
$mount_ro" in
        *"
$1
"*)
            run_with_timeout "$2" mount -o remount,ro "$1" \
                || log "warning: the file system on $1 could not be made read-only again"
            ;;
    esac
    run_with_timeout "$2" umount "$1" && return 0
    run_with_timeout 5 umount -f -l "$1" 2> /dev/null \
        || ! fadump_mounted "$ROOT/proc/mounts" "$1" \
        || log "warning: $1 could not be unmounted"
    reason=${reason:-'the target could not be unmounted cleanly'}
    return 1
}
