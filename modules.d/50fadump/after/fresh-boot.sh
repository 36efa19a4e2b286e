#!/bin/sh
# sourced by capture (any sh), after lib/paths.sh and after/arm.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# after/fresh-boot.sh - compare this system with a freshly booted one
#
# In:  the result of the capture ($kind, $released, $armed, $rearm, $lost_block), the arguments appended
#      for the capture boot ($appended, $append_known); the kernel command line, meminfo, sysctl.d of the
#      real root.
# Out: $reboot_reason, and the variables named above each function. No function changes the system.
# Does not know: the consequences of a difference.

reboot_reason='' # how this system differs from a fresh boot

# matches_fresh_boot: 0 when this system matches a fresh boot; else 1, and sets $reboot_reason to the first
# difference.
matches_fresh_boot() {
    local found=''
    if [ "$kind" = kdump ]; then
        reboot_reason='this kernel runs in the memory that was set aside for it'
    elif [ "$released" != yes ]; then
        reboot_reason='the memory remains reserved'
    elif [ "$kind" != phyp ] && [ "$armed" = no ] && [ "$rearm" != no ]; then # phyp: the kernel itself registers
        reboot_reason='the next crash would not be dumped'
    elif fresh_capture_only; then
        reboot_reason="arguments that are meant for a capture only: $(fadump_oneline "$found")"
    elif fresh_huge_words || fresh_huge_sysctl "$ROOT$NEWROOT"; then
        reboot_reason="HugeTLB pages are configured, which the kernel refuses after a dump: $(fadump_oneline "$found")"
    elif fresh_missing; then
        reboot_reason="$found kB of memory are missing in addition to the reserved area"
    else
        return 0
    fi
    return 1
}

# fresh_cmdline: sets $cmdline, the kernel command line. The part that firmware appended may contain any byte.
fresh_cmdline() {
    cmdline=''
    { read -r cmdline < "$ROOT/proc/cmdline"; } 2> /dev/null || :
}

# fresh_capture_only: 0 when the crashed system appended arguments for this boot that affect more than the
# initramfs; sets $found to them. If the content of bootargs_append is unknown, searches the command line for
# the arguments of kdump-utils and kdump of openSUSE (FADUMP_COMMANDLINE_APPEND, KDUMP_COMMANDLINE).
fresh_capture_only() {
    local word cmdline all=''
    set -f
    if [ "$append_known" = yes ]; then
        for word in $appended; do
            case $word in
                fadump_* | rd.* | ip=* | ifname=* | nameserver=* | bond=* | vlan=* | bridge=* | team=*) ;; # for the initramfs only
                *) all="$all $word" ;;
            esac
        done
    else
        fresh_cmdline
        for word in $cmdline; do
            case $word in
                nr_cpus=* | maxcpus=* | numa=off | cgroup_disable=* | cma=0 | kvm_cma_resv_ratio=0 | hugetlb_cma=0 | \
                    transparent_hugepage=never | novmcoredd | udev.children-max=* | reset_devices | irqpoll)
                    all="$all $word"
                    ;;
            esac
        done
    fi
    set +f
    found=${all# }
    [ -n "$found" ]
}

# fresh_huge_words: 0 when the kernel command line configures HugeTLB pages; sets $found to these arguments.
fresh_huge_words() {
    local word cmdline all=''
    fresh_cmdline
    set -f
    for word in $cmdline; do
        case $word in
            hugepages=*[1-9]* | hugetlb_cma=*[1-9]* | default_hugepagesz=*) all="$all $word" ;;
        esac
    done
    set +f
    found=${all# }
    [ -n "$found" ]
}

# fresh_huge_sysctl TOP: 0 when a file that systemd-sysctl or procps reads configures HugeTLB pages; sets $found
# to the line. A file that is overridden by another file of the same name also counts.
fresh_huge_sysctl() {
    local dir file line trimmed resolved
    for dir in /etc/sysctl.d /usr/local/lib/sysctl.d /usr/lib/sysctl.d /lib/sysctl.d /etc; do
        fadump_resolve "$1" "$dir" || continue
        dir=$1$resolved
        for file in "$dir"/*.conf; do
            case $file in
                "$1"/etc/sysctl.conf | */sysctl.d/*) ;;
                *) continue ;;
            esac
            fadump_resolve "$1" "${file#"$1"}" || continue
            file=$1$resolved
            if [ ! -f "$file" ] || [ ! -r "$file" ]; then continue; fi
            while IFS= read -r line || [ -n "$line" ]; do
                fadump_trim "$line"
                found=${trimmed#-}
                case $found in
                    vm[./]nr_hugepages*=*[1-9]* | vm[./]nr_overcommit_hugepages*=*[1-9]*) return 0 ;;
                esac
            done < "$file"
        done
    done
    return 1
}

# fresh_missing: 0 when this system has much less memory than expected; sets $found to the missing kB. The
# expected memory is that of the machine without the reserved area (unavailable in a boot after a dump) and
# without the memory that a kernel uses itself: 1/64 for page structures (64 bytes for a 4 KiB page), 1/64
# for hash tables, and 256 MiB for the kernel image and the firmware.
# A memory block that was offlined for one page always counts, even if it is small on a large machine.
fresh_missing() {
    local memory="$ROOT/sys/devices/system/memory" block='' reserved='' kilobytes want
    found=$lost_block
    [ -z "$found" ] || return 0
    { read -r block < "$memory/block_size_bytes" && read -r reserved < "$ROOT/sys/kernel/fadump/mem_reserved"; } 2> /dev/null || return 1
    fadump_meminfo "$ROOT/proc/meminfo" MemTotal
    [ "$kilobytes" -gt 0 ] || return 1
    case $block:$reserved in
        *[!0-9a-f:]* | :* | *: | *:*[a-f]*) return 1 ;;
    esac
    set -- "$memory"/memory[0-9]*
    [ -e "$1" ] || return 1
    want=$(($# * (0x$block / 1024) - reserved / 1024))
    want=$((want - want / 32 - 262144))
    [ "$kilobytes" -lt "$want" ] || return 1
    found=$((want - kilobytes))
}
