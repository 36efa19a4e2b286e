#!/bin/sh
# sourced by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # armed is read, kind and rearm are set, by other files
#
# fadump-arm.sh - make it safe to register the next dump, and register it
#
# In:  the dump node of the firmware, sysfs, debugfs for OPAL, $kind, $rearm.
# Out: two pages taken out of use, `registered`, $armed; each refusal said and kept.
# Does not know: how the dump was saved; it is called after the release only.
#
# After a release (ours or the kernel's own) a kernel up to 6.12 at least goes on using two
# pages that it has given away (arch/powerpc/kernel/fadump.c, seen on 6.12.117):
# - the argument area behind bootargs_append lies in memory that is released. Registering
#   hands it to the firmware again, and the next capture boot finds the bytes of a stranger
#   on its command line; reading bootargs_append may oops.
# - the reserve (mem_reserved bytes) ends inside a page, which is released as well:
#   fadump_release_reserved_area() rounds its start down. The header of the next dump is in
#   there: registering writes into a stranger's page, and what the stranger writes makes the
#   next capture boot discard its dump ("Fadump header is corrupted").
# Both pages are taken out of use, so that they belong to nobody; then registering is safe.

append=$ROOT/sys/kernel/fadump/bootargs_append
appended='' # what the administrator wants on the command line of a capture boot
append_known=no
uncured=''    # why it is not safe
lost_block='' # kB of a memory block that had to go for one page

# The argument area is intact until the release, and may not be read between it and the cure.
before_release() {
    [ -e "$append" ] || return 0
    if appended=$(cat "$append"); then append_known=yes; else appended=''; fi
}

arm_next() {
    local file cured=yes
    file=$(fadump_first "$ROOT/sys/kernel/fadump/registered" "$ROOT/sys/kernel/fadump_registered") || {
        note 'not armed: the kernel has nothing to register with'
        return 0
    }
    enter 'taking pages out of use'
    cure || {
        cured=no
        cover_append
    }
    enter 'arming the next dump'
    case $rearm:$cured in
        no:*)
            note 'not armed: rearm = no'
            return 0
            ;;
        auto:no)
            note "not armed: $uncured"
            return 0
            ;;
        yes:no) say "warning: $uncured; armed all the same (rearm = yes): this system may be damaged by it, and the next dump lost" ;;
    esac
    poke 1 "$file" || :
    if [ "$(cat "$file" 2> /dev/null)" = 1 ]; then
        armed=yes
        say 'armed for the next crash'
    else
        note 'not armed: the kernel refused the registration'
    fi
}

# 0: what the kernel gave away and goes on using is out of use. 1: it could not be done, and
# $uncured says why.
cure() {
    local sections='' area='' broken='' reserved='' page bytes found=0

    if [ "$kind" = fadump ]; then
        sections=$(fadump_node "$ROOT/proc/device-tree/rtas/ibm,kernel-dump") || {
            uncured='the dump node of the firmware cannot be understood'
            return 1
        }
        area=$(fadump_param_area "$sections") || area=''
    fi
    { read -r reserved < "$ROOT/sys/kernel/fadump/mem_reserved"; } 2> /dev/null || :
    bytes=$(fadump_page_bytes "$ROOT/proc/self/smaps" 2> /dev/null)
    broken=$(fadump_broken_page "$sections" "$reserved" "$bytes") || found=$?
    if [ "$found$kind" = 2opal ] && sections=$(opal_sections); then
        found=0
        broken=$(fadump_broken_page "$sections" "$reserved" "$bytes") || found=$?
    fi
    if [ "$found" -gt 1 ]; then
        uncured='the last page of the reserve cannot be found'
        return 1
    fi
    for page in $broken $area; do
        take_page "$page" || {
            uncured="the page at $page could not be taken out of use"
            return 1
        }
    done
    # Taking a page moves its content but does not clear it, and what its owner of a moment
    # wrote there would be appended to the next command line. Now that it is nobody's, the
    # kernel's own file may fill it: with what it held before the release.
    [ -n "$area" ] || [ -e "$append" ] || return 0
    if [ -z "$area" ]; then
        uncured='the memory of bootargs_append cannot be found'
        return 1
    fi
    if [ "$append_known" = yes ] && poke "$appended" "$append"; then
        return 0
    fi
    # the kernel discarded the dump by itself, or finds the line too long now
    poke '' "$append" || {
        uncured='bootargs_append cannot be written'
        return 1
    }
    say "warning: bootargs_append is empty now${appended:+, it was: $(fadump_oneline "$appended")}"
}

# opal_sections: prints the regions of a dump of OPAL, of which the kernel tells in debugfs only. They
# are needed only where the reserve ends inside a page.
opal_sections() {
    local debug="$ROOT/sys/kernel/debug" mounted='' status=0
    if [ ! -e "$debug/powerpc" ]; then
        within "$timeout" mount -t debugfs debugfs "$debug" 2> /dev/null || return 2
        mounted=yes
    fi
    fadump_regions "$debug/powerpc/fadump_region" 2> /dev/null || status=$?
    [ -z "$mounted" ] || within "$timeout" umount "$debug" || :
    return "$status"
}

# Whoever arms dumps in the running system (kdump.service of kdump-utils and of openSUSE) writes
# bootargs_append and reads it back. Where that is a page of somebody else they get a file
# that looks like it, for the rest of this boot.
cover_append() {
    [ -e "$append" ] || return 0
    if printf '%s\n' "$appended" > "$run/bootargs_append" && within "$timeout" mount --bind "$run/bootargs_append" "$append"; then
        say 'bootargs_append is covered by a file until the next boot: its memory belongs to somebody else now'
    else
        say 'warning: do not read or write bootargs_append in this boot: its memory belongs to somebody else now'
    fi
}

# take_page ADDRESS: by itself, or else with its whole memory block
take_page() {
    local memory="$ROOT/sys/devices/system/memory" block size
    if poke "$1" "$memory/soft_offline_page"; then
        say "page $1 taken out of use"
        return 0
    fi
    size=$(cat "$memory/block_size_bytes" 2> /dev/null) || size=''
    case $size in
        '' | *[!0-9a-f]* | 0) return 1 ;;
    esac
    block=$memory/memory$(($1 / 0x$size))/state
    poke offline "$block" || : # the other page may have taken it already
    [ "$(cat "$block" 2> /dev/null)" = offline ] || return 1
    lost_block=$((0x$size / 1024))
    say "page $1 taken out of use with its whole memory block, ${block%/state}"
}
