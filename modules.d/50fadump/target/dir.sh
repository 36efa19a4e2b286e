#!/bin/sh
# sourced by capture, which provides $ROOT, $NEWROOT, log and reason
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/dir.sh - dir:/path, a directory of the running system
#
# Every target/KIND.sh has the same three functions, called in this order:
#   target_prepare SPEC   makes the target ready; sets target_path, the name of the target in messages,
#                         and target_dump, the path of the dump for the user
#   target_sink CMD...    runs CMD with copier_run, with the option of fadump-copy for this target
#   target_finish         cleans up; called once, even after a failure of target_prepare or target_sink
# Each returns 0, or 1 with the reason in $reason; target_sink returns an exit status of fadump-copy.
# target_store_extra NAME stores standard input alongside the dump; optional.
# In:  the real root on $ROOT$NEWROOT, mounted with the options of the kernel command line, often read-only;
#      the file systems that the running system mounts at or above /path (target/tree.sh).
# Out: a directory made by target/directory.sh, 127.0.0.1-DATE, at its path in the running system.
# Does not know: kinds of dumps, release.

# shellcheck source=device.sh
. "$module/target/device.sh"
# shellcheck source=mount.sh
. "$module/target/mount.sh"
# shellcheck source=tree.sh
. "$module/target/tree.sh"
# shellcheck source=directory.sh
. "$module/target/directory.sh"

target_remount='' # the mount point to make read-only again

target_prepare() {
    local place

    target_root || return 1
    tree_reach "$1" || return 1
    target_writable "$place" || return 1
    directory_make "$ROOT$NEWROOT" "$place" 127.0.0.1 ''
}

# target_root: 0 when a root file system is mounted on $NEWROOT; else 1, and the reason.
target_root() {
    [ -z "$NEWROOT" ] || fadump_mounted "$ROOT/proc/mounts" "$ROOT$NEWROOT" || {
        reason="no root file system is mounted on $NEWROOT"
        return 1
    }
}

# target_writable PATH: makes the file system of PATH writable if it is read-only. Sets $target_remount
# before the remount, so that target_finish also undoes a remount that is interrupted. 1, and the reason: the remount
# fails, or the file system does not survive a power loss.
target_writable() {
    local point options
    directory_lasts "$ROOT$NEWROOT" "$1" || return 1
    case ,$options, in
        *,ro,*) ;;
        *) return 0 ;;
    esac
    target_remount=$point
    run_with_timeout "$timeout" mount -o remount,rw "$point" || {
        [ "$?" -eq 124 ] || target_remount='' # after a timeout the remount may still happen: undo it
        reason="$point cannot be made writable"
        return 1
    }
}

# target_finish: a file system that cannot be made read-only again is only logged: the dump is durable.
target_finish() {
    local status=0
    directory_filled || status=1
    if [ -n "$target_remount" ] && ! run_with_timeout "$timeout" mount -o remount,ro "$target_remount"; then
        log "warning: $target_remount could not be made read-only again"
    fi
    target_remount=''
    mount_undo || status=1
    device_undo
    return "$status"
}
