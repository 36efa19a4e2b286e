#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # the driver and its files share variables
#
# lib/paths.sh - pure functions: resolve links below the real root, find a mount, find the unit that the real root boots
#
# Sourcing defines functions and does nothing else. The functions read links and tables and set variables;
# none of them mounts or creates anything.
# Does not know: dumps, targets, the order of a capture.

# fadump_resolve TOP PATH: sets $resolved to PATH, a path of the system mounted on TOP, with every
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

# fadump_boots TOP FILE: 0 when systemd of the system on TOP starts multi-user.target, with the kernel command line in
# FILE. Else 1, and $boots_why: it starts another unit, for example rescue.target, and not the services for a dump.
fadump_boots() {
    local word line='' unit='' run='' dir
    { IFS= read -r line < "$2"; } 2> /dev/null || :
    set -f
    for word in $line; do
        case $word in
            systemd.unit=?*) unit=${word#*=} ;;
            emergency | -b) unit=emergency.target ;;
            rescue | single | -s | s | S | 1) unit=rescue.target ;;
            [2345]) unit=multi-user.target ;;
            systemd.run=?*) run=kernel-command-line.target ;;
        esac
    done
    set +f
    for dir in "$1/system-update" "$1/etc/system-update"; do
        if [ -e "$dir" ] || [ -L "$dir" ]; then run=system-update.target; fi
    done
    unit=${unit:-${run:-default.target}}
    boots_why="this boot starts $unit"
    fadump_unit_boots "$1" "$unit"
}

# fadump_unit_boots TOP UNIT: 0 when UNIT, or the unit that UNIT is a link to, is multi-user.target or graphical.target
# or depends on one of them, or when UNIT is default.target and does not exist. If UNIT is a link, adds the name of the
# linked unit to $boots_why.
fadump_unit_boots() {
    local dir name='' line resolved need
    for dir in /etc/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system; do
        if [ -e "$1$dir/$2" ] || [ -L "$1$dir/$2" ]; then
            fadump_resolve "$1" "$dir/$2" && name=${resolved##*/}
            break
        fi
    done
    case $2:$name in
        default.target: | *:multi-user.target | *:graphical.target | multi-user.target:* | graphical.target:*) return 0 ;;
        *:) return 1 ;;
    esac
    [ "$name" = "$2" ] || boots_why="$boots_why, which is $name"
    for dir in /etc/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system; do
        for need in wants requires; do
            for line in multi-user graphical; do
                [ ! -L "$1$dir/$name.$need/$line.target" ] || return 0
            done
        done
    done
    [ -r "$1$resolved" ] || return 1
    while read -r line || [ -n "$line" ]; do
        case $line in Wants=* | Requires=* | BindsTo=*) ;; *) continue ;; esac
        case $line in *multi-user.target* | *graphical.target*) return 0 ;; esac
    done < "$1$resolved"
    return 1
}
