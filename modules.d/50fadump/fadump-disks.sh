#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after fadump-conf.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-disks.sh - what has to bring up the disks of the targets
#
# In:  "key=value" lines of /etc/fadump.conf that are good; the disks of this machine, in sysfs.
# Out: words. Nothing here changes anything.
# Sourcing defines functions and does nothing else.
# Does not know: how it is brought up (dracut's modules, fadump-device.sh).

# fadump_layers CONF: prints the modules of dracut for what the disks of its targets are on, each
# once. Of a disk that is not there now nothing is known.
fadump_layers() {
    local target disk
    fadump_values target "$1" | while IFS= read -r target; do
        case $target in
            fs:*) target=${target#fs:} disk=${target%%:/*} ;;
            raw:*) disk=${target#raw:} ;;
            *) continue ;;
        esac
        case $disk in
            /dev/*) ;;
            *) disk=$(blkid -o device -t "$disk" 2> /dev/null | sed -n 1p) ;;
        esac
        disk=$(readlink -f "${dracutsysrootdir-}$disk") || continue
        fadump_layers_of "${disk##*/}"
    done | sort -u
}

# fadump_layers_of NAME: the same for the disk that the kernel calls NAME, and those below it.
fadump_layers_of() {
    local dir="${dracutsysrootdir-}/sys/class/block/$1" uuid='' lower
    { read -r uuid < "$dir/dm/uuid"; } 2> /dev/null || :
    case $uuid in
        LVM-*) echo lvm ;;
        CRYPT-*) echo crypt ;;
    esac
    for lower in "$dir"/slaves/*; do
        [ ! -e "$lower" ] || fadump_layers_of "${lower##*/}"
    done
}
