#!/bin/sh
# sourced by module-setup.sh (bash), capture and fadumpctl (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # the driver and its files share variables
#
# lib/common.sh - detection and text: pure functions, text and file names in, text out
#
# Sourcing defines functions and does nothing else. No function writes a file, mounts or
# prints to the console. The comment above each function names the variables that it sets, its output
# and its return status. Most functions set a variable, because $(function) would start a process.
# Does not know: dracut, the configuration, the order of a capture.

# fadump_oneline TEXT: prints TEXT as one line that is safe on a console and in a status
# file: control characters become '?', and a text of more than 200 characters becomes its length.
fadump_oneline() {
    local rest="$1" out=''
    if [ "${#rest}" -gt 200 ]; then
        printf '(%s characters)\n' "${#rest}"
        return 0
    fi
    while :; do
        case $rest in
            *[[:cntrl:]]*)
                out="$out${rest%%[[:cntrl:]]*}?"
                rest=${rest#*[[:cntrl:]]}
                ;;
            *) break ;;
        esac
    done
    printf '%s\n' "$out$rest"
}

# fadump_detect ROOT: sets $kind, the kind of the waiting dump:
# fadump (PowerVM, pseries), opal, phyp (release_region, kernels before 3.4), kdump or none.
# /proc/vmcore may be missing: with fadump and opal the kernel has then discarded the dump; with phyp the dump may be
# in /dev/oldmem or /dev/mem.
fadump_detect() {
    local rtas="$1/proc/device-tree/rtas" opal="$1/proc/device-tree/ibm,opal"
    if [ -e "$1/sys/kernel/release_region" ] \
        && { [ -e "$rtas/ibm,dump-kernel" ] || [ -e "$rtas/ibm,kernel-dump" ]; }; then
        kind=phyp
    elif [ -e "$rtas/ibm,kernel-dump" ]; then
        kind=fadump
    elif [ -e "$opal/dump/mpipl-boot" ]; then
        kind=opal
    elif [ -e "$1/proc/vmcore" ]; then
        kind=kdump
    else
        kind=none
    fi
}

# fadump_first FILE...: sets $first to the first FILE that exists. 1: no FILE exists, and $first is empty.
# FILEs are the possible names of one file, the preferred name first.
fadump_first() {
    for first in "$@"; do
        [ ! -e "$first" ] || return 0
    done
    first=''
    return 1
}

# fadump_meminfo FILE KEY: sets $kilobytes, the value of KEY in FILE (/proc/meminfo); 0 if it is missing.
fadump_meminfo() {
    local key value _unit
    kilobytes=0
    if [ -r "$1" ]; then
        while read -r key value _unit; do
            case $key:$value in
                "$2"::*[!0-9]*) ;;
                "$2"::*) kilobytes=${value:-0} ;;
            esac
        done < "$1"
    fi
}

# fadump_trim TEXT: sets $trimmed, TEXT without white space (CR too) at both ends.
fadump_trim() {
    trimmed=${1#"${1%%[![:space:]]*}"}
    trimmed=${trimmed%"${trimmed##*[![:space:]]}"}
}

# fadump_name_changes DISK: 0 when the name DISK may belong to another disk after a reboot, because the kernel gives
# out such names in the order in which it finds disks. 1: DISK is a tag (UUID=...), or a name that programs derive
# from the content or the place of a disk: links of udev, names of device-mapper, md arrays and volumes.
fadump_name_changes() {
    local path='' part rest="$1/"
    case $1 in /*) ;; *) return 1 ;; esac
    while [ -n "$rest" ]; do
        part=${rest%%/*} rest=${rest#*/}
        case $part in
            '' | .) ;;
            ..) return 0 ;;
            *) path=$path/$part ;;
        esac
    done
    case $path in
        # numbers of the kernel, and disks of old RAID controllers
        /dev/disk/by-diskseq/* | /dev/disk/by-loop-* | /dev/block/* | /dev/cciss/* | /dev/ida/* | /dev/rd/*) return 0 ;;
        /dev/disk/by-*/* | /dev/bcache/by-*/* | /dev/drbd/by-res/* | /dev/rbd/*/* | /dev/zvol/*/*) return 1 ;;
        /dev/*/*/*) return 0 ;;
        /dev/*/*) return 1 ;; # /dev/mapper/NAME, /dev/md/NAME, /dev/GROUP/VOLUME
    esac
    return 0
}
