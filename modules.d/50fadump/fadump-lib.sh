#!/bin/sh
# sourced by module-setup.sh (bash) and by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-lib.sh - detection and text: pure functions, text and file names in, text out
#
# Sourcing defines functions and does nothing else. None of them writes a file, mounts,
# prints to the console or keeps state; each says above it what it prints and returns.
# Does not know: dracut, the configuration, in which order things happen.

# fadump_oneline TEXT: prints TEXT as one line that is safe on a console and in a status
# file: control characters become '?', and more than 200 characters are not shown.
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

# fadump_lasting PATH: 0 when PATH of the running system lasts; 1 below the directories that a
# running system mounts memory over, or empties when it starts: a dump would be gone.
fadump_lasting() {
    case $1/ in
        /proc/* | /sys/* | /dev/* | /run/* | /tmp/*) return 1 ;;
    esac
}

# fadump_detect ROOT: prints what kind of machine state this boot found:
# fadump (PowerVM, pseries), opal, phyp (release_region, kernels before 3.4), kdump or none.
# fadump, opal and phyp may come without /proc/vmcore: the kernel discarded the dump.
fadump_detect() {
    local rtas="$1/proc/device-tree/rtas" opal="$1/proc/device-tree/ibm,opal"
    if [ -e "$1/sys/kernel/release_region" ] \
        && { [ -e "$rtas/ibm,dump-kernel" ] || [ -e "$rtas/ibm,kernel-dump" ]; }; then
        echo phyp
    elif [ -e "$rtas/ibm,kernel-dump" ]; then
        echo fadump
    elif [ -e "$opal/dump/mpipl-boot" ]; then
        echo opal
    elif [ -e "$1/proc/vmcore" ]; then
        echo kdump
    else
        echo none
    fi
}

# fadump_first FILE...: prints the first FILE that exists; 1 if none does.
# (sysfs names moved: the new one is asked for before the old one.)
fadump_first() {
    local file
    for file in "$@"; do
        if [ -e "$file" ]; then
            printf '%s\n' "$file"
            return 0
        fi
    done
    return 1
}

# fadump_meminfo FILE KEY: prints a number of FILE, which is /proc/meminfo, in kB; 0: it is not there.
fadump_meminfo() {
    local key value _unit found=0
    if [ -r "$1" ]; then
        while read -r key value _unit; do
            case $key:$value in
                "$2"::*[!0-9]*) ;;
                "$2"::*) found=${value:-0} ;;
            esac
        done < "$1"
    fi
    printf '%s\n' "$found"
}
