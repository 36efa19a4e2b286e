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

# fadump_disks CONF MOUNTS: prints the device files of the targets and of MOUNTS, with all devices of each file system.
# Absent disks are skipped.
fadump_disks() {
    local disk
    {
        fadump_values target "$1" | sed -n 's/^fs:\(.*\):\/.*/\1/p; s/^raw://p' | sed 's/:\/.*//'
        printf '%s\n' "$2" | while read -r disk _; do printf '%b\n' "$disk"; done
        # other devices of a file system: those of XFS and ext4 are options of the mount
        printf '%s\n' "$2" "$(fadump_values target "$1")" | sed 's/[, ]/\n/g' | sed -n 's/.*logdev=//p; s/.*rtdev=//p; s/.*journal_path=//p'
    } | sed 's|:/dev/|\n/dev/|g' | while IFS= read -r disk; do
        case $disk in
            /dev/*) ;;
            *=*) disk=$(blkid -o device -t "$disk" 2> /dev/null | sed -n 1p) ;;
            *) continue ;;
        esac
        [ -n "$disk" ] || continue
        disk=$(readlink -f "${dracutsysrootdir-}$disk") || continue
        printf '%s\n' "$disk"
        fadump_members "$disk"
    done | sort -u
}

# fadump_members DISK: prints the device files of the other devices of the file system on DISK: those of btrfs and
# bcachefs, and the external journal of ext4. A device that another one holds (a path of a multipath map) is left out.
fadump_members() {
    local name="${1##*/}" sys="${dracutsysrootdir-}/sys" member
    {
        for member in "$sys"/fs/btrfs/*/devices/"$name"; do
            [ ! -e "$member" ] || ls "${member%/*}"
        done
        case $(blkid -o value -s TYPE "$1" 2> /dev/null) in
            btrfs | bcachefs) blkid -o device -t "UUID=$(blkid -o value -s UUID "$1")" ;;
            ext3 | ext4)
                member=$(blkid -o value -s EXT_JOURNAL "$1")
                [ -z "$member" ] || blkid -o device -t "LOGUUID=$member"
                ;;
        esac 2> /dev/null
    } | while IFS= read -r member; do
        member=$(readlink -f "${dracutsysrootdir-}/dev/${member#/dev/}") || continue
        if [ "${member##*/}" = "${1##*/}" ] || [ ! -e "$member" ]; then continue; fi
        for name in "$sys/class/block/${member##*/}/holders"/*; do break; done
        [ -e "$name" ] || printf '%s\n' "$member"
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

# fadump_layers DISKS: prints the dracut modules that DISKS need, each once. A btrfs on several devices needs the module
# btrfs: its udev rules tell the kernel which devices the file system has.
fadump_layers() {
    local disk
    printf '%s\n' "$1" | while IFS= read -r disk; do
        fadump_layers_of "${disk##*/}"
        case $(blkid -o value -s TYPE "$disk" 2> /dev/null) in
            btrfs) [ -z "$(fadump_members "$disk")" ] || echo btrfs ;;
        esac
    done | sed 's/ .*//' | sort -u
}

# fadump_filesystems DISKS: prints the types of the file systems on DISKS; a type is the name of a kernel module.
fadump_filesystems() {
    local disk
    printf '%s\n' "$1" | while IFS= read -r disk; do
        [ -z "$disk" ] || blkid -o value -s TYPE "$disk" || :
    done 2> /dev/null | sed '/^[a-z0-9_]*$/!d; /_member$/d; /^swap$/d' | sort -u
}

# fadump_stack DISKS: prints "FILE LAYER ID" for each layer and each udev name FILE of DISKS, and "FILE member NAME" for
# each other device of the file system on FILE. target/device.sh activates the layers of the names that it waits for.
# A label in FILE has special bytes as \xNN, as udev writes it.
fadump_stack() {
    local disk link lines line
    printf '%s\n' "$1" | while IFS= read -r disk; do
        lines=$(
            fadump_layers_of "${disk##*/}"
            fadump_members "$disk" | while IFS= read -r line; do fadump_member_name "$line"; done
        )
        [ -n "$lines" ] || continue
        for link in "$disk" $(udevadm info --root --query=symlink --name="$disk" 2> /dev/null); do
            printf '%s\n' "$lines" | while IFS= read -r line; do
                printf '%s %s\n' "$link" "$line"
            done
        done
    done
}

# fadump_member_name DISK: prints "member NAME", if DISK has a NAME that lasts and that no other device of its file
# system has.
fadump_member_name() {
    local name
    for name in $(udevadm info --root --query=symlink --name="$1" 2> /dev/null); do
        case $name in /dev/disk/by-uuid/* | /dev/disk/by-label/*) continue ;; esac
        fadump_name_changes "$name" || {
            echo "member $name"
            return
        }
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
