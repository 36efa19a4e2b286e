#!/bin/sh
# sourced by target/iscsi.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/iscsi-disk.sh - find the sessions to a target in sysfs, and the disk of a LUN
#
# In:  session_name, session_address, session_port, session_server: the target and the requested portal.
# Out: $session, a session; $device, the disk of a LUN, or its multipath map; session_parts prints its partitions.
# If sysfs does not show the state of a session or the portal of its connections, they are not compared.
# Does not know: how a session is opened, the use of the disk.

disk_map='' # the kernel name of the multipath map in $device

# session_find: sets $session to the directory of a logged-in session to $session_name through the requested
# portal; 1: there is no such session.
session_find() {
    for session in "$ROOT"/sys/class/iscsi_session/*; do
        if session_matches "$session" && session_alive "$session"; then return 0; fi
    done
    session=''
    return 1
}

# session_exists: 0 when there is a session to $session_name through the requested portal, in any state.
session_exists() {
    local dir
    for dir in "$ROOT"/sys/class/iscsi_session/*; do
        if session_matches "$dir"; then return 0; fi
    done
    return 1
}

# session_alive DIR: 0 when the session is logged in (states of drivers/scsi/scsi_transport_iscsi.c).
session_alive() {
    local state=LOGGED_IN
    { read -r state < "$1/state"; } 2> /dev/null || :
    [ "$state" = LOGGED_IN ]
}

# session_matches DIR: 0 when the session is to $session_name through the requested portal. A server can redirect, so
# the requested address of a connection (persistent_address) or its current address must match.
session_matches() {
    local have dir end known=no
    { read -r have < "$1/targetname"; } 2> /dev/null || return 1
    [ "$have" = "$session_name" ] || return 1
    for dir in "$ROOT/sys/class/iscsi_connection/connection${1##*/session}:"* "$1"/device/connection*/iscsi_connection/*; do
        for end in persistent_ ''; do
            { read -r have < "$dir/${end}port"; } 2> /dev/null || continue
            known=yes
            [ "$have" = "$session_port" ] || continue
            { read -r have < "$dir/${end}address"; } 2> /dev/null || continue
            if [ "$have" = "$session_server" ] || network_same "$have" "$session_address"; then return 0; fi
        done
    done
    [ "$known" = no ]
}

# session_device LUN: sets $device to the disk with this LUN, or to its multipath map; 1: no session has the
# LUN (yet). The kernel adds 16384, the flat addressing method, to a LUN above 255.
session_device() {
    local dir disk flat=$(($1 + 16384))
    for dir in "$ROOT"/sys/class/iscsi_session/*; do
        if ! session_matches "$dir" || ! session_alive "$dir"; then continue; fi
        for disk in "$dir"/device/target*/*:*:*:"$1"/block/* "$dir"/device/target*/*:*:*:"$flat"/block/*; do
            [ -e "$ROOT/dev/${disk##*/}" ] || continue
            device=$ROOT/dev/${disk##*/} disk_map=''
            session_map "${disk##*/}" "$disk"
            return 0
        done
    done
    return 1
}

# session_map NAME DIR: if a multipath map holds the disk NAME, which sysfs shows in DIR, sets $disk_map to the
# kernel name of the map and $device to the map: multipath opens its disks exclusively.
session_map() {
    local holder name uuid
    for holder in "$2"/holders/* "$ROOT/sys/class/block/$1"/holders/*; do
        holder=${holder##*/} uuid=''
        { read -r uuid < "$ROOT/sys/class/block/$holder/dm/uuid"; } 2> /dev/null || :
        case $uuid in mpath-*) ;; *) continue ;; esac
        disk_map=$holder device=$ROOT/dev/$holder name=''
        { read -r name < "$ROOT/sys/class/block/$holder/dm/name"; } 2> /dev/null || :
        [ -z "$name" ] || [ ! -e "$ROOT/dev/mapper/$name" ] || device=$ROOT/dev/mapper/$name
        return 0
    done
}

# session_parts: prints $device and its partitions, one per line. The partitions of a map are maps themselves.
session_parts() {
    local part uuid
    echo "$device"
    if [ -z "$disk_map" ]; then
        for part in "$device"[0-9]*; do echo "$part"; done
        return
    fi
    for part in "$ROOT/sys/class/block/$disk_map"/holders/*; do
        part=${part##*/} uuid=''
        { read -r uuid < "$ROOT/sys/class/block/$part/dm/uuid"; } 2> /dev/null || :
        case $uuid in part*-mpath-*) echo "$ROOT/dev/$part" ;; esac
    done
}
