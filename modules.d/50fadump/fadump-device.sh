#!/bin/sh
# sourced by those of target-*.sh that use a disk
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-device.sh - a disk by the name that the configuration gives it
#
# In:  /dev/..., UUID=, LABEL=, PARTUUID=, PARTLABEL=; the links that udev makes in /dev/disk;
#      lvm, if dracut's module has brought it.
# Out: $device, its path.
# Does not know: what the disk is for.

device=''
device_asked='' # when device_volumes was there last

# device_path NAME: prints the path that NAME has, or will have.
device_path() {
    local by rest="${1#*=}" out='' char
    case $1 in
        UUID=*) by=uuid ;;
        LABEL=*) by=label ;;
        PARTUUID=*) by=partuuid ;;
        PARTLABEL=*) by=partlabel ;;
        *)
            printf '%s\n' "$1"
            return
            ;;
    esac
    # as udev writes what could not be part of a file's name
    while [ -n "$rest" ]; do
        char=${rest%"${rest#?}"} rest=${rest#?}
        case $char in
            /) char='\x2f' ;;
            ' ') char='\x20' ;;
            \\) char='\x5c' ;;
        esac
        out=$out$char
    done
    printf '%s\n' "/dev/disk/by-$by/$out"
}

# device_wait NAME: waits until the disk is there; sets $device.
device_wait() {
    device=$ROOT$(device_path "$1") device_asked=''
    until_within "$timeout" device_there || {
        reason="$1 did not appear within $timeout seconds"
        return 1
    }
}

# device_there: 0 when it is.
device_there() {
    [ -e "$device" ] || {
        device_volumes
        [ -e "$device" ]
    }
}

# Of LVM dracut has brought up what rd.lvm.* names, the root's. Now comes what the system would
# bring up in a moment by itself (-aay, as lvm.conf says), so it may stay. Asked every 5 seconds, as
# a disk may be late.
device_volumes() {
    command -v lvm > /dev/null || return 0
    clock
    [ $((now - ${device_asked:--5})) -ge 5 ] || return 0
    within "$timeout" lvm vgchange -aay --sysinit > /dev/null 2>&1 || :
    clock
    device_asked=$now
}
