#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after build/needs.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build/disks.sh - describe the current disks of the targets
#
# In:  the lines of "fadump-tool config --check" for /etc/fadump.conf ("CONF"); mounts (build/mounts.sh); udevadm,
#      blkid, sysfs.
# Out: text: layers of disks, drivers, warnings. No function changes a file.
# Sourcing defines functions and does nothing else.
# Does not know: how files get into an initramfs; how a disk is activated (dracut's modules, target/device.sh).

# fadump_disks CONF MOUNTS: prints the device files of the targets and of MOUNTS. Absent disks are skipped.
fadump_disks() {
    local disk
    {
        fadump_values target "$1" | sed -n 's/^fs:\(.*\):\/.*/\1/p; s/^raw://p' | sed 's/:\/.*//'
        printf '%s\n' "$2" | while read -r disk _; do printf '%b\n' "$disk"; done
    } | while IFS= read -r disk; do
        case $disk in
            /dev/*) ;;
            *=*) disk=$(blkid -o device -t "$disk" 2> /dev/null | sed -n 1p) ;;
            *) continue ;;
        esac
        [ -z "$disk" ] || readlink -f "${dracutsysrootdir-}$disk" || :
    done | sort -u
}

# fadump_layers_of NAME: prints the layers of the disk with the kernel name NAME, the lowest first: lines "LAYER ID".
fadump_layers_of() {
    local dir="${dracutsysrootdir-}/sys/class/block/$1" uuid='' name='' lower
    for lower in "$dir"/slaves/*; do
        [ ! -e "$lower" ] || fadump_layers_of "${lower##*/}"
    done
    [ ! -e "$dir/partition" ] || {
        lower=$(readlink -f "$dir")
        lower=${lower%/*}
        fadump_layers_of "${lower##*/}"
    }
    { read -r uuid < "$dir/dm/uuid" && read -r name < "$dir/dm/name"; } 2> /dev/null || :
    case $uuid in
        LVM-*) echo "lvm /dev/mapper/$name" ;;
        CRYPT-*) echo "crypt $name" ;;
        mpath-*) echo "multipath $name" ;;
        DMRAID-*) echo "dmraid $name" ;;
    esac
    [ ! -d "$dir/md" ] || echo "mdraid $(fadump_array_uuid "$1")"
}

# fadump_array_uuid NAME: prints the UUID of the md array NAME.
fadump_array_uuid() {
    mdadm --detail --export "/dev/$1" 2> /dev/null | sed -n 's/^MD_UUID=//p'
}

# fadump_layers DISKS: prints the dracut modules that DISKS need, each once.
fadump_layers() {
    local disk
    printf '%s\n' "$1" | while IFS= read -r disk; do
        fadump_layers_of "${disk##*/}"
    done | sed 's/ .*//' | sort -u
}

# fadump_filesystems DISKS: prints the types of the file systems on DISKS; a type is the name of a kernel module.
fadump_filesystems() {
    local disk
    printf '%s\n' "$1" | while IFS= read -r disk; do
        [ -z "$disk" ] || blkid -o value -s TYPE "$disk" || :
    done 2> /dev/null | sed '/^[a-z0-9_]*$/!d; /_member$/d; /^swap$/d' | sort -u
}

# fadump_stack DISKS: prints "FILE LAYER ID" for each layer and each udev name FILE of DISKS. target/device.sh
# activates the layers of the name that it waits for. A label in FILE has special bytes as \xNN, as udev writes it.
fadump_stack() {
    local disk link layers layer
    printf '%s\n' "$1" | while IFS= read -r disk; do
        layers=$(fadump_layers_of "${disk##*/}")
        [ -n "$layers" ] || continue
        for link in "$disk" $(udevadm info --root --query=symlink --name="$disk" 2> /dev/null); do
            printf '%s\n' "$layers" | while IFS= read -r layer; do
                printf '%s %s\n' "$link" "$layer"
            done
        done
    done
}

# fadump_changing CONF: prints a warning for each target whose disk name may belong to another disk after a reboot.
fadump_changing() {
    local target name better
    fadump_values target "$1" | while IFS= read -r target; do
        case $target in
            fs:/*) name=${target#fs:} name=${name%%:/*} ;;
            raw:/*) name=${target#raw:} ;;
            *) continue ;;
        esac
        fadump_name_changes "$name" || continue
        better=$(udevadm info --root --query=symlink --name="$name" 2> /dev/null | tr ' ' '\n' | sed -n '/by-uuid\|by-id/p' | sort -r | sed -n 1p)
        printf '/etc/fadump.conf: target = %s: %s may be another disk at the next boot%s\n' "$target" "$name" "${better:+: use $better}"
    done
}
