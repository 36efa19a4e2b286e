#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # other files read armed and set kind and rearm
#
# after/arm.sh - make it safe to register the next dump, and register it
#
# In:  the dump node of the firmware and, for OPAL, debugfs, both through fadump-tool; sysfs; $kind, $rearm.
# Out: two pages retired, 1 in the sysfs file `registered`, $armed; each failure is logged and kept as
#      the reason. arm_next is called after the release only.
# Does not know: how the dump was saved.
#
# After a release (by the driver or the kernel itself), Linux up to at least 6.12 continues to use
# two pages that it has freed (arch/powerpc/kernel/fadump.c, seen on 6.12.117):
# - The page of the argument area (bootargs_append). Registering passes this area to the firmware again,
#   and the next capture boot has the data of the page's new owner on its command line; reading
#   bootargs_append may oops.
# - The last page of the reserved area (mem_reserved bytes), if the area ends inside that page:
#   fadump_release_reserved_area() rounds the start of the freed memory down. The page holds the header of the next dump:
#   registering overwrites data of the page's new owner, and a write by the new owner makes the next
#   capture boot discard its dump ("Fadump header is corrupted").
# Both pages are retired (soft-offlined), so that nothing else uses them; then registering is safe.

append_file=$ROOT/sys/kernel/fadump/bootargs_append
appended=''      # content of bootargs_append before the release: arguments of this capture boot
append_known=no  # yes: appended was read
unsafe_reason='' # why registering is not safe
lost_block=''    # size in kB of a memory block that was offlined for one page

# before_release: reads bootargs_append, which is intact until the release, into $appended, and sets $append_known.
# Between the release and retire_pages that file must not be read.
before_release() {
    [ -e "$append_file" ] || return 0
    if appended=$(cat "$append_file"); then append_known=yes; else appended=''; fi
}

# arm_next: retires the pages, and registers the next dump if that is safe or $rearm is yes, but not if $rearm is no.
# Sets $armed to yes, or logs why the dump is not registered.
arm_next() {
    local file safe=yes registered=''
    fadump_first "$ROOT/sys/kernel/fadump/registered" "$ROOT/sys/kernel/fadump_registered" || {
        log_reason 'not armed: the kernel has no file /sys/kernel/fadump/registered'
        return 0
    }
    file=$first
    set_stage 'retiring pages'
    retire_pages || {
        safe=no
        mask_bootargs_append
    }
    set_stage 'arming the next dump'
    case $rearm:$safe in
        no:*)
            log_reason 'not armed: rearm = no'
            return 0
            ;;
        auto:no)
            log_reason "not armed: $unsafe_reason"
            return 0
            ;;
        yes:no) log "warning: $unsafe_reason; armed nevertheless (rearm = yes): this may damage the running system and lose the next dump" ;;
    esac
    write_sysfs 1 "$file" || :
    { read -r registered < "$file"; } 2> /dev/null || :
    if [ "$registered" = 1 ]; then
        armed=yes
        log 'armed for the next crash'
    else
        log_reason 'not armed: the kernel refused the registration'
    fi
}

# find_pages: sets $area and $broken of retire_pages to the addresses of the two pages, empty if there is no
# such page, and $bytes to the page size. 1, and $unsafe_reason: the addresses are unknown.
find_pages() {
    local answer status=0
    set -- # only the dump node of PowerVM describes the argument area
    [ "$kind" != fadump ] || set -- "$ROOT/proc/device-tree/rtas/ibm,kernel-dump"
    ask_tool node --root "$ROOT" "$@" || status=$?
    case $status in
        0) take_pages ;;
        1 | 4) unsafe_reason='the dump node of the firmware cannot be understood' ;;
        *) unsafe_reason="fadump-tool does not run (status $status)" ;;
    esac
    [ "$status" -eq 0 ] || return 1
    if [ "$broken$kind" = unknownopal ] && opal_regions; then take_pages; fi
    case $broken in
        0x*) return 0 ;;
        none) broken='' ;;
        *)
            unsafe_reason='the last page of the reserved area cannot be found'
            return 1
            ;;
    esac
}

# take_pages: sets $area, $broken and $bytes from the lines of $answer.
take_pages() {
    local line
    while IFS= read -r line; do
        case $line in
            area=0x*) area=${line#*=} ;;
            broken=*) broken=${line#*=} ;;
            page=*) bytes=${line#*=} ;;
        esac
    done << END
$answer
END
}

# retire_pages: retires the pages that the kernel freed and continues to use, and restores bootargs_append. 1, and
# $unsafe_reason: a page could not be found or retired, or bootargs_append could not be written.
retire_pages() {
    local area='' broken='' bytes=0 page retired='' count=0 kib=0 failed_page=''

    find_pages || return 1
    for page in $broken $area; do
        retire_page "$page" || {
            failed_page=$page
            break
        }
    done
    case $count in
        0) ;;
        1) log "retired 1 page ($kib KiB): work-around for a kernel bug, not a hardware fault:$retired" ;;
        *) log "retired $count pages ($kib KiB): work-around for a kernel bug, not a hardware fault:$retired" ;;
    esac
    if [ -n "$failed_page" ]; then
        unsafe_reason="the page at $failed_page could not be retired"
        return 1
    fi
    # Retiring a page moves its data to another page but does not clear it: data of another owner would
    # be appended to the next command line. So write back the content of bootargs_append from before
    # the release; nothing else uses the page now.
    [ -n "$area" ] || [ -e "$append_file" ] || return 0
    if [ -z "$area" ]; then
        unsafe_reason='the memory of bootargs_append cannot be found'
        return 1
    fi
    if [ "$append_known" = yes ] && write_sysfs "$appended" "$append_file"; then
        return 0
    fi
    # the content is unknown (the kernel, not this driver, released the memory), or the kernel rejects it as too long
    write_sysfs '' "$append_file" || {
        unsafe_reason='bootargs_append cannot be written'
        return 1
    }
    log "warning: bootargs_append is empty now${appended:+, it was: $(fadump_oneline "$appended")}"
}

# opal_regions: reads the regions of an OPAL dump from debugfs with fadump-tool, into $answer; no other file
# shows them. Needed only if the reserved area ends inside a page. Not 0: the regions cannot be read.
opal_regions() {
    local debug="$ROOT/sys/kernel/debug" mounted='' status=0
    if [ ! -e "$debug/powerpc" ]; then
        run_with_timeout "$timeout" mount -t debugfs debugfs "$debug" 2> /dev/null || return 1
        mounted=yes
    fi
    ask_tool regions --root "$ROOT" "$debug/powerpc/fadump_region" || status=$?
    [ -z "$mounted" ] || run_with_timeout "$timeout" umount "$debug" || :
    return "$status"
}

# mask_bootargs_append: bind-mounts a file over bootargs_append until the next boot, if its page could not
# be retired: kdump.service of kdump-utils and of openSUSE would write bootargs_append and read it back.
# These services see only a mount that late_mount makes.
mask_bootargs_append() {
    [ -e "$append_file" ] || return 0
    if printf '%s\n' "$appended" > "$run/bootargs_append" && late_mount --bind "$run/bootargs_append" "$append_file"; then
        log 'bootargs_append is covered by a bind mount until the next boot: the kernel has freed its memory, and other data may be in it'
    else
        log 'warning: do not read or write bootargs_append in this boot: the kernel has freed its memory, and other data may be in it'
    fi
}

# retire_page ADDRESS: retires the page, or else offlines the memory block of the page and sets $lost_block. Adds to
# $retired (addresses), $count and $kib of retire_pages; $bytes is the page size. 1: neither was possible.
retire_page() {
    local memory="$ROOT/sys/devices/system/memory" block size='' state=''
    if write_sysfs "$1" "$memory/soft_offline_page"; then
        retired="$retired $1" count=$((count + 1)) kib=$((kib + bytes / 1024))
        return 0
    fi
    { read -r size < "$memory/block_size_bytes"; } 2> /dev/null || :
    case $size in
        '' | *[!0-9a-f]* | 0) return 1 ;;
    esac
    block=memory$(($1 / 0x$size))
    write_sysfs offline "$memory/$block/state" || : # the block may be offline already, for the other page
    { read -r state < "$memory/$block/state"; } 2> /dev/null || :
    [ "$state" = offline ] || return 1
    lost_block=$((0x$size / 1024))
    case $retired in *"($block)"*) ;; *) kib=$((kib + lost_block)) ;; esac
    retired="$retired $1 ($block)" count=$((count + 1))
}
