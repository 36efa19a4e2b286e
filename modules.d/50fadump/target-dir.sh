#!/bin/sh
# sourced by fadump-capture, which provides $ROOT, $NEWROOT, say and reason
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-dir.sh - dir:/path, a directory of the root file system
#
# Every target file has the same three functions, called in this order:
#   target_prepare PLACE  makes the target ready; sets target_path, the dump's directory as
#                         the normal root will see it
#   target_sink CMD...    runs CMD with the option that hands it this target
#   target_finish         puts everything back; called once whatever happened before
# Each returns 0, or 1 with the reason in $reason; target_sink returns what CMD returned.
# target_beside NAME stores standard input next to the dump (targets that are directories).
# In:  the real root on $ROOT$NEWROOT, mounted as the command line says, often read-only.
# Out: PLACE/127.0.0.1-YYYY-MM-DD-HH:MM:SS/ in UTC, 0700, made by nobody else.
# Does not know: kinds of dumps, release.

target_path=''    # as the normal root sees it
target_dir=''     # the same directory as seen from here
target_remount='' # the mount point that has to go back to read-only

target_prepare() {
    local top="$ROOT$NEWROOT" place stamp

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
    mkdir -p "$top$place" || {
        reason="cannot make the directory $place"
        return 1
    }
    stamp=$(date -u +%Y-%m-%d-%H:%M:%S)
    target_mkdir "$top" "${place%/}/127.0.0.1-$stamp" || return 1
    # fadump-copy makes the dump durable; this, the names of the directories above it.
    sync || {
        reason='sync failed'
        return 1
    }
}

# Exclusive: a second crash in the same second gets a name of its own.
target_mkdir() {
    local n=0 name="$2"
    until mkdir "$1$name" 2> /dev/null; do
        n=$((n + 1))
        if [ ! -e "$1$name" ] || [ "$n" -gt 99 ]; then
            reason="cannot make the directory $name"
            return 1
        fi
        name=$2.$n
    done
    target_path=$name target_dir=$1$name
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
    mount -o remount,rw "$mountpoint" || {
        target_remount=''
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
    # shellcheck disable=SC2034 # for the status
    hidden_below=$over
    say "warning: /etc/fstab mounts $over over this directory: the dump will be below that mount"
}

# A partial dump stays, on a full file system, too: it and the kernel log beside it may be all
# that is ever had of this crash.
target_sink() {
    "$@" --file "$target_dir/vmcore"
}

target_beside() {
    cat > "$target_dir/$1.incomplete" \
        && mv "$target_dir/$1.incomplete" "$target_dir/$1" \
        && sync
}

# A file system that does not go back to read-only is said and no more: the dump is durable.
target_finish() {
    if [ -n "$target_remount" ] && ! mount -o remount,ro "$target_remount"; then
        say "warning: $target_remount could not be made read-only again"
    fi
    target_remount=''
    if [ -z "$target_dir" ] || [ ! -s "$target_dir/vmcore" ]; then
        # shellcheck disable=SC2034 # the driver's
        reason=${reason:-"there is no $target_path/vmcore after the copy"}
        # shellcheck disable=SC2034 # the status's
        [ ! -e "$target_dir/vmcore.incomplete" ] || partial=$target_path/vmcore.incomplete
        return 1
    fi
}
