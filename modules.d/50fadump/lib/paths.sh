#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # the driver and its files share variables
#
# lib/paths.sh - resolve links and mounts of a directory of the real root: pure functions
#
# Sourcing defines functions and does nothing else. The functions read links and tables and set variables;
# none of them mounts or creates anything.
# Does not know: dumps, targets, the order of a capture.

# fadump_resolve TOP PATH: sets $resolved, PATH, a path of the system mounted on TOP, with every
# symbolic link followed as that system would: an absolute link starts again at TOP, and
# '..' never leads out of TOP. Parts of PATH that do not exist are kept unchanged.
# 1: more than 40 links, the limit of the kernel, or a link that cannot be read.
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
    resolved=${path:-/}
}

# fadump_mounted MOUNTS PATH: 0 when a file system is mounted on PATH, according to MOUNTS (/proc/mounts).
fadump_mounted() {
    local mountpoint _rest
    while read -r _rest mountpoint _rest; do
        if [ "$mountpoint" = "$2" ]; then return 0; fi
    done < "$1"
    return 1
}
