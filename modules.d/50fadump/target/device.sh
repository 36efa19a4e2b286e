#!/bin/sh
# sourced by the targets that use a disk
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/device.sh - wait for a disk by its configured name; activate it if the initramfs does not
#
# In:  /dev/..., UUID=, LABEL=, PARTUUID=, PARTLABEL=; the path that fadump-tool prints for this name,
#      often a link of udev in /dev/disk; $stack, the layers that the disks had when the initramfs was built;
#      lvm, mdadm and multipath, if dracut's modules installed them.
# Out: $device, the path of the disk. device_undo deactivates the layers that were activated here.
# Does not know: the use of the disk.

stack=/usr/lib/fadump/stack # written by build/install.sh: lines "DISK LAYER ID", the lowest layer first; "DISK member NAME"
device=''
device_said=''   # the message of a layer that could not be activated
device_asked=''  # uptime of the last device_activate
device_active='' # lines "LAYER ID" of the layers that were activated here, the last one first

# device_wait NAME PATH [OPTIONS]: waits until the disk NAME exists at PATH; sets $device. Waits first for the other
# devices that mount OPTIONS name: the log and the realtime device of XFS, the journal of ext4. 1, and the reason: a disk
# did not appear.
device_wait() {
    local word rest="${3-},"
    while [ -n "$rest" ]; do
        word=${rest%%,*} rest=${rest#*,}
        case $word in logdev=/* | rtdev=/* | journal_path=/*) device_wait "${word#*=}" "${word#*=}" || return 1 ;; esac
    done
    device=$ROOT$2 device_asked='' device_said=''
    wait_until "$timeout" device_there || {
        reason="$1 did not appear within $timeout seconds$device_said"
        [ ! -e "$device" ] || device_is_path || reason="a device of $1 did not appear within $timeout seconds$device_said"
        return 1
    }
}

# device_there: 0 when $device and the other devices of its file system exist, and $device is not a path of a multipath
# map. If not, activates their layers and tests again.
device_there() {
    ! device_usable || return 0
    read_uptime
    # at most every 5 seconds: a disk may appear late
    if [ $((now - ${device_asked:--5})) -ge 5 ]; then
        device_activate "$device"
        read_uptime
        device_asked=$now
    fi
    device_usable
}

# device_usable: 0 when $device and the other devices of its file system exist; a path of a multipath map is not usable.
device_usable() {
    local disk layer id
    [ -e "$device" ] && ! device_is_path || return 1
    [ -r "$ROOT$stack" ] || return 0
    while read -r disk layer id; do
        [ "$ROOT$disk:$layer" != "$device:member" ] || [ -e "$ROOT$id" ] || return 1
    done < "$ROOT$stack"
}

# device_is_path: 0 when $device is a path of a map that multipath can still create. A file system is visible on each
# path, and udev changes the links of the disk when the map exists.
device_is_path() {
    local disk layer top='' _id target
    [ -z "$device_said" ] && [ -r "$ROOT$stack" ] || return 1
    command -v multipath > /dev/null || return 1
    while read -r disk layer _id; do
        [ "$ROOT$disk" != "$device" ] || [ "$layer" = member ] || top=$layer
    done < "$ROOT$stack"
    [ "$top" = multipath ] || return 1
    target=$(readlink -f "$device")
    case ${target##*/} in dm-*) return 1 ;; esac
}

# device_lasts NAME: 0 when the data of the disk in $device survives a power loss; else 1, and the reason.
device_lasts() {
    local answer lasting why
    [ -b "$device" ] || return 0 # fadump-copy reports the error
    ask_tool lasting --root "$ROOT" "$device" || :
    take_answer lasting why
    [ "$lasting" = no ] || return 0
    reason="$1 is in memory: a power loss would lose the dump ($why)"
    return 1
}

# device_activate PATH [member]: activates only the layers of PATH and, unless PATH is a member itself, of the other
# devices of its file system. The running system decides about others, for example a degraded array or a volume group of
# another machine.
device_activate() {
    local disk layer id found=no
    if [ -r "$ROOT$stack" ]; then
        while read -r disk layer id; do
            [ "$ROOT$disk" = "$1" ] || continue
            found=yes
            case ${2-}:$layer in
                member:member) ;;
                :member) [ -e "$ROOT$id" ] || device_activate "$ROOT$id" member ;;
                *) device_layer "$layer" "$id" ;;
            esac
        done < "$ROOT$stack"
    fi
    # the disk was absent when the initramfs was built: only names of logical volumes show their layer
    case $found:${1#"$ROOT"} in
        no:/dev/disk/*) ;;
        no:/dev/mapper/* | no:/dev/*/*) device_layer lvm "${1#"$ROOT"}" ;;
    esac
}

# device_layer LAYER ID: activates one layer.
device_layer() {
    case $1 in
        # -aay: activates only if lvm.conf and the volume allow it
        lvm) device_run "$@" lvm lvchange -aay --sysinit "$2" ;;
        # mdadm accepts no colon in a name
        mdraid) device_run "$@" mdadm --assemble --quiet "/dev/md/fadump-${2%%:*}" "--uuid=$2" ;;
        multipath) device_run "$@" multipath "$2" ;;
    esac
}

# device_run LAYER ID COMMAND...: runs COMMAND, if it is installed; if COMMAND succeeds, adds the layer to $device_active.
device_run() {
    local layer="$1" id="$2"
    shift 2
    command -v "$1" > /dev/null || return 0
    run_with_timeout "$timeout" "$@" > /dev/null 2> "$run/said" || {
        device_said=" ($1$(last_message "$run/said"))"
        return 0
    }
    case "
$device_active" in
        *"
$layer $id
"*) ;;
        *) device_active="$layer $id
$device_active" ;;
    esac
}

# device_undo: deactivates the layers that device_activate activated. A layer that is still in use remains active, and
# is logged.
device_undo() {
    local layer id
    while [ -n "$device_active" ]; do
        read -r layer id << END
$device_active
END
        device_active=${device_active#*"
"}
        case $layer in
            lvm) set -- lvm lvchange -an --sysinit "$id" ;;
            mdraid) set -- mdadm --stop --quiet "/dev/md/fadump-${id%%:*}" ;;
            multipath) set -- multipath -f "$id" ;;
        esac
        run_with_timeout "$timeout" "$@" > /dev/null 2>&1 || log "warning: $layer $id could not be deactivated"
    done
}
