#!/bin/sh
# sourced by those of target-*.sh that save into a directory
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-directory.sh - a dated directory for a dump, on the root or on a file system of its own
#
# In:  a directory that is mounted writable, or a device to mount.
# Out: PLACE/NAME-YYYY-MM-DD-HH:MM:SS/ in UTC, 0700, made by nobody else; target_sink and
#      target_beside write there. target_path, what is said of it; target_dump, the dump.
# Does not know: kinds of targets, dumps, release.

target_dir=''   # the dump's directory as seen from here
directory_at='' # the mount point that directory_mount made
directory_ro='' # that has to go back to read-only before it is unmounted

# directory_make TOP PLACE NAME SHOWN: makes TOP PLACE/NAME-date; SHOWN is what the user calls
# TOP. A link in PLACE leads to where the system on TOP would go, not into the initramfs.
# fadump-copy makes the dump durable; this, the names of the directories above it.
directory_make() {
    local top="$1" place shown="$4" made name stamp n=0
    place=$(fadump_resolve "$top" "$2") || {
        reason="$2: too many symbolic links"
        return 1
    }
    place=${place%/}
    within "$timeout" mkdir -p "$top$place/" || {
        reason="cannot make the directory $shown${place:-/}"
        return 1
    }
    stamp=$(date -u +%Y-%m-%d-%H:%M:%S)
    # Exclusive: a second crash in the same second gets a name of its own.
    made=$place/$3-$stamp name=$place/$3-$stamp
    until within "$timeout" mkdir "$top$made" 2> /dev/null; do
        n=$((n + 1))
        if ! within "$timeout" test -e "$top$made" || [ "$n" -gt 99 ]; then
            reason="cannot make the directory $shown$made"
            return 1
        fi
        made=$name.$n
    done
    target_path=$shown$made target_dir=$top$made
    target_dump=$target_path/vmcore
    within "$timeout" sync -f "$target_dir" || {
        reason='sync failed'
        return 1
    }
}

# A partial dump stays, on a full file system, too: it and the kernel log beside it may be all
# that is ever had of this crash.
target_sink() {
    copier_run "$@" --file "$target_dir/vmcore"
}

target_beside() {
    cat > "$target_dir/$1.incomplete" \
        && within "$timeout" sync -f "$target_dir" \
        && mv "$target_dir/$1.incomplete" "$target_dir/$1" \
        && within "$timeout" sync -f "$target_dir"
}

# directory_filled: 0 when the dump has its name; else 1, the reason, and what is left of it.
directory_filled() {
    # a stalled target is not asked anything
    if [ -z "$target_dir" ] || [ "$copied" -eq 8 ]; then
        return 1
    elif within "$timeout" test -s "$target_dir/vmcore"; then
        return 0
    fi
    reason=${reason:-"there is no $target_path/vmcore after the copy"}
    ! within "$timeout" test -e "$target_dir/vmcore.incomplete" || partial=$target_path/vmcore.incomplete
    return 1
}

# directory_mount DEVICE: mounts the file system of DEVICE on $run/mnt, writable, beside other
# mounts of it. If another one is read-only the kernel refuses that, so it is asked for a
# read-only one and to make that writable; directory_umount takes both back.
directory_mount() {
    local status=0
    mkdir -p "$run/mnt"
    directory_at=$run/mnt
    within "$timeout" mount -o rw,nosuid,nodev,noexec "$1" "$run/mnt" 2> /dev/null || status=$?
    [ "$status" -ne 0 ] || return 0
    if [ "$status" -eq 124 ]; then # and may yet come
        reason="$1 was not mounted within $timeout seconds"
        return 1
    fi
    if within "$timeout" mount -o ro,nosuid,nodev,noexec "$1" "$run/mnt" 2> "$run/said"; then
        directory_ro=yes
        within "$timeout" mount -o remount,rw "$run/mnt" && return 0
        reason="$1 cannot be made writable"
        return 1
    fi
    directory_at=''
    reason="$1 cannot be mounted$(last_words "$run/said")"
    return 1
}

# directory_umount: undoes directory_mount. 1 when that cannot be done cleanly: whether what was
# written is safe is not known then. A mount that does not go is cut off, so that it does not
# keep the real root from being entered. Where the copy failed that is not waited for long.
directory_umount() {
    local limit="$timeout"
    [ -n "$directory_at" ] || return 0
    case $copied in
        0 | 1 | 7 | 255) ;;
        *) limit=5 ;;
    esac
    if [ -n "$directory_ro" ] && ! within "$limit" mount -o remount,ro "$directory_at"; then
        say "warning: the file system on $directory_at could not be made read-only again"
    fi
    directory_ro=''
    if within "$limit" umount "$directory_at"; then
        directory_at=''
        return 0
    fi
    within 5 umount -f -l "$directory_at" 2> /dev/null \
        || ! fadump_mounted "$ROOT/proc/mounts" "$directory_at" \
        || say "warning: $directory_at stays mounted: it cannot be unmounted"
    directory_at=''
    reason=${reason:-'the target could not be unmounted cleanly'}
    return 1
}
