#!/bin/sh
# sourced by fadump-capture, which provides $ROOT, $NEWROOT, say and reason
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target-dir.sh - dir:/path, a directory of the root file system
#
# Every target file has the same three functions, called in this order:
#   target_prepare PLACE  makes the target ready; sets target_path, what the messages call it,
#                         and target_dump, where the user will find the dump
#   target_sink CMD...    runs CMD with the option that hands it this target (copier_run)
#   target_finish         puts everything back; called once whatever happened before
# Each returns 0, or 1 with the reason in $reason; target_sink returns what CMD returned.
# target_beside NAME stores standard input next to the dump (targets that can).
# In:  the real root on $ROOT$NEWROOT, mounted as the command line says, often read-only.
# Out: a directory of fadump-directory.sh, 127.0.0.1-DATE.
# Does not know: kinds of dumps, release.

# shellcheck source=fadump-directory.sh
. "$lib/fadump-directory.sh"

target_remount='' # the mount point that has to go back to read-only

target_prepare() {
    local top="$ROOT$NEWROOT" place

    place=$(fadump_resolve "$top" "$1") || {
        reason="$1: too many symbolic links"
        return 1
    }
    fadump_lasting "$place" || {
        reason="$place does not last, it is no place for a dump"
        return 1
    }
    target_writable "$top" "${place%/}" || return 1
    target_hidden "$top" "${place%/}"
    directory_make "$top" "$place" 127.0.0.1 ''
}

# Read-only file systems are made writable; the way back is armed before the deed.
target_writable() {
    local mountpoint _type options
    read -r mountpoint _type options << END
$(fadump_mount_of "$ROOT/proc/mounts" "$1$2")
END
    case $mountpoint in
        "$1" | "$1"/*) ;;
        *)
            reason="no root file system is mounted on $NEWROOT"
            return 1
            ;;
    esac
    if fadump_volatile "$ROOT/proc/mounts" "$1$2"; then
        reason="$mountpoint is kept in memory: a dump there would be lost with the power"
        return 1
    fi
    case ,$options, in
        *,ro,*) ;;
        *) return 0 ;;
    esac
    target_remount=$mountpoint
    within "$timeout" mount -o remount,rw "$mountpoint" || {
        [ "$?" -eq 124 ] || target_remount='' # one that came too late is undone
        reason="$mountpoint cannot be made writable"
        return 1
    }
}

# A file system the normal root mounts later would hide the dump: that is said, not refused.
target_hidden() {
    local over
    over=$(fadump_fstab_over "$1/etc/fstab" "$2")
    [ -n "$over" ] || return 0
    case "$(fadump_mount_of "$ROOT/proc/mounts" "$1$2") " in
        "$1$over "*) return 0 ;; # mounted already
    esac
    hidden_below=$over
    say "warning: /etc/fstab mounts $over over this directory: the dump will be below that mount"
}

# A file system that does not go back to read-only is said and no more: the dump is durable.
target_finish() {
    if [ -n "$target_remount" ] && ! within "$timeout" mount -o remount,ro "$target_remount"; then
        say "warning: $target_remount could not be made read-only again"
    fi
    target_remount=''
    directory_filled
}
