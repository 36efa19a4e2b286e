#!/bin/sh
# sourced by target/dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/tree.sh - make the mounts that the running system will make at or above a directory
#
# In:  a path of the running system; the real root on $ROOT$NEWROOT; in an initramfs most of its other file
#      systems are not mounted. "fadump-tool place" finds these mounts; $record has those that neither fstab
#      nor a unit names.
# Out: $place, the path without links; the mounts below $ROOT$NEWROOT that $place needs (target/mount.sh).
#      In the running system nothing is mounted.
# Does not know: dumps; whether a file system survives a power loss.

record=/usr/lib/fadump/mounts # written by build/install.sh

# tree_reach PATH: sets $place. 1, and the reason: only the running system can reach PATH.
tree_reach() {
    local fstab='' status=0
    [ -z "$NEWROOT" ] || tree_fstab
    tree_walk "$1" || status=1
    [ -z "$fstab" ] || rm -f "$fstab"
    return "$status"
}

# tree_walk PATH: makes one missing mount after the other, until no mount at or above PATH is missing; sets $place and
# returns like tree_reach.
tree_walk() {
    local path mount origin why source type options disk round=0
    while tree_ask "$1"; do
        place=$path
        [ -n "$NEWROOT" ] && [ -n "$mount" ] || return 0
        round=$((round + 1))
        [ "$round" -le 16 ] || why=${why:-'too many mounts'}
        [ -z "$why" ] || {
            reason="the running system mounts $mount, by $origin: $why"
            return 1
        }
        tree_mount || {
            reason="$mount of $origin: $reason"
            return 1
        }
    done
    return 1
}

# tree_fstab: writes the fstab of the root, as findmnt prints it, to a file, and sets $fstab to its path. $fstab
# is empty if the initramfs has no findmnt: then fadump-tool reads the fstab of the root itself.
tree_fstab() {
    local resolved
    command -v findmnt > /dev/null || return 0
    fadump_resolve "$ROOT$NEWROOT" /etc/fstab || return 0
    [ -r "$ROOT$NEWROOT$resolved" ] || return 0
    fstab=$run/fstab
    run_with_timeout "$timeout" findmnt --raw --noheadings --output SOURCE,TARGET,FSTYPE,OPTIONS \
        --tab-file "$ROOT$NEWROOT$resolved" > "$fstab" 2> /dev/null || {
        rm -f "$fstab"
        fstab=''
    }
}

# tree_ask PATH: sets $path to PATH without links; for the next missing mount also $mount, $origin and either $why
# (it cannot be made here) or $source, $type, $options, $disk. 1, and the reason: fadump-tool failed.
tree_ask() {
    local answer status=0 wanted="$1" known='' error
    [ ! -r "$ROOT$record" ] || known=$ROOT$record
    ask_tool place --root "$ROOT" --tree "$ROOT$NEWROOT" ${fstab:+--fstab "$fstab"} \
        ${known:+--record "$known"} "$wanted" || status=$?
    # $options is "rw", followed by other words
    take_answer path mount origin why source type options disk error
    [ "$status" -eq 0 ] && [ -n "$path" ] && return 0
    error=${error:-"fadump-tool does not run (status $status), so the location of this directory in the running system is unknown"}
    reason="$wanted: $error"
    return 1
}

# tree_mount: makes the mount that tree_ask found. 1, and the reason: it cannot be made.
tree_mount() {
    local point="$ROOT$NEWROOT$mount"
    if [ "$type" = bind ]; then
        mount_bind "$ROOT$NEWROOT$source" "$point"
        return
    fi
    options=${options#rw}
    device_wait "$source" "$disk" "$options" && mount_disk "$device" "$point" "${options#,}" "$type"
}
