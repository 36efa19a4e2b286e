#!/bin/sh
# sourced by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-paths.sh - where a directory of the real root really is: pure functions
#
# Sourcing defines functions and does nothing else. They read links and tables and print;
# none of them mounts or makes anything.
# Does not know: dumps, targets, the order of things.

# fadump_resolve TOP PATH: prints PATH, a path of the system mounted on TOP, with every
# symbolic link followed as that system would: an absolute link starts again at TOP, and
# '..' never leads out of it. What does not exist is kept as written.
# 1: more than 40 links, as in the kernel.
fadump_resolve() {
    local top="$1" todo="$2" path='' part link hops=0
    while [ -n "$todo" ]; do
        part=${todo%%/*}
        case $todo in
            */*) todo=${todo#*/} ;;
            *) todo='' ;;
        esac
        case $part in
            '' | .) continue ;;
            ..)
                path=${path%/*}
                continue
                ;;
        esac
        if [ ! -L "$top$path/$part" ]; then
            path=$path/$part
            continue
        fi
        hops=$((hops + 1))
        [ "$hops" -le 40 ] || return 1
        link=$(readlink "$top$path/$part") || return 1
        case $link in
            /*) path='' ;;
        esac
        todo=$link/$todo
    done
    printf '%s\n' "${path:-/}"
}

# fadump_mount_of MOUNTS PATH: MOUNTS is a table like /proc/mounts, PATH is without links.
# Prints "MOUNTPOINT TYPE OPTIONS" of the file system PATH is on; the last of equals is on top.
fadump_mount_of() {
    local best='' found='/ none -' _dev mountpoint type options _rest
    while read -r _dev mountpoint type options _rest; do
        mountpoint=${mountpoint%/} # not in the pattern: bash 5.2 matches "${x%/}"/* wrongly for /
        case $2/ in
            "$mountpoint"/*)
                if [ "${#mountpoint}" -ge "${#best}" ]; then
                    best=$mountpoint found="${mountpoint:-/} $type $options"
                fi
                ;;
        esac
    done < "$1"
    printf '%s\n' "$found"
}

# fadump_mounted MOUNTS PATH: 0 when something is mounted on PATH.
fadump_mounted() {
    local mountpoint _rest
    while read -r _rest mountpoint _rest; do
        if [ "$mountpoint" = "$2" ]; then return 0; fi
    done < "$1"
    return 1
}

# fadump_volatile MOUNTS PATH: 0 when what is written to PATH is gone with the power: its file
# system is in memory, or is an overlay whose upper layer is. Else 1.
fadump_volatile() {
    local _mountpoint type options upper
    read -r _mountpoint type options << END
$(fadump_mount_of "$1" "$2")
END
    case $type:$options in
        tmpfs:* | ramfs:* | rootfs:*) return 0 ;;
        overlay:*upperdir=*) ;;
        *) return 1 ;;
    esac
    upper=${options##*upperdir=}
    case $(fadump_mount_of "$1" "${upper%%,*}") in
        *' tmpfs '* | *' ramfs '* | *' rootfs '*) return 0 ;;
    esac
    return 1
}

# fadump_fstab_over FSTAB PATH: prints the deepest mount point, other than /, that FSTAB
# puts over PATH or above it; nothing if there is none or no FSTAB.
fadump_fstab_over() {
    local best='' _dev mountpoint _rest
    [ -r "$1" ] || return 0
    while read -r _dev mountpoint _rest; do
        mountpoint=${mountpoint%/}
        case $_dev:$mountpoint in
            '#'* | *:) continue ;;
        esac
        case $2/ in
            "$mountpoint"/*) [ "${#mountpoint}" -lt "${#best}" ] || best=$mountpoint ;;
        esac
    done < "$1"
    printf '%s\n' "$best"
}
