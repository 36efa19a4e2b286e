#!/bin/sh
# sourced by fadump-capture (any sh), after fadump-paths.sh and fadump-arm.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # the driver and its files share variables
#
# fadump-fresh.sh - is this system what a fresh boot would be?
#
# In:  how the capture went ($kind, $released, $armed, $rearm, $lost_block), what was appended for
#      it ($appended, $append_known); the kernel command line, meminfo, sysctl.d of the real root.
# Out: text. Nothing here changes anything; each function says above it what it prints.
# Does not know: what is done about it.

# fresh_why: 0 when this system is not what a fresh boot would be, and prints why.
fresh_why() {
    local words
    if [ "$kind" = kdump ]; then
        echo "this kernel runs in the memory that was set aside for it"
    elif [ "$released" != yes ]; then
        echo "the memory stays held"
    elif [ "$kind" != phyp ] && [ "$armed" = no ] && [ "$rearm" != no ]; then # that kernel arms itself
        echo "the next crash would not be dumped"
    elif words=$(fresh_capture_only); then
        echo "arguments that are meant for a capture only: $(fadump_oneline "$words")"
    elif words=$(fresh_huge_words) || words=$(fresh_huge_sysctl "$ROOT$NEWROOT"); then
        echo "HugeTLB pages are wanted, which the kernel refuses after a dump: $(fadump_oneline "$words")"
    elif words=$(fresh_missing); then
        echo "$words kB of memory are missing beside the reserve"
    else
        return 1
    fi
}

# The words of this kernel's command line. What firmware put there may have any byte.
fresh_cmdline() {
    local line=''
    { read -r line < "$ROOT/proc/cmdline"; } 2> /dev/null || :
    printf '%s\n' "$line"
}

# fresh_capture_only: 0, and prints them, when the crashed system appended arguments for this
# boot that are for more than its initramfs. Where bootargs_append does not tell, they are those of
# kdump-utils and openSUSE's kdump (FADUMP_COMMANDLINE_APPEND, KDUMP_COMMANDLINE).
fresh_capture_only() {
    local word found=''
    set -f
    if [ "$append_known" = yes ]; then
        for word in $appended; do
            case $word in
                fadump_* | rd.* | ip=* | ifname=* | nameserver=* | bond=* | vlan=* | bridge=* | team=*) ;; # the initramfs' alone
                *) found="$found $word" ;;
            esac
        done
    else
        for word in $(fresh_cmdline); do
            case $word in
                nr_cpus=* | maxcpus=* | numa=off | cgroup_disable=* | cma=0 | kvm_cma_resv_ratio=0 | hugetlb_cma=0 | \
                    transparent_hugepage=never | novmcoredd | udev.children-max=* | reset_devices | irqpoll)
                    found="$found $word"
                    ;;
            esac
        done
    fi
    set +f
    printf '%s\n' "${found# }"
    [ -n "$found" ]
}

# fresh_huge_words: 0, and prints them, when the kernel command line asks for HugeTLB pages.
fresh_huge_words() {
    local word found=''
    set -f
    for word in $(fresh_cmdline); do
        case $word in
            hugepages=*[1-9]* | hugetlb_cma=*[1-9]* | default_hugepagesz=*) found="$found $word" ;;
        esac
    done
    set +f
    printf '%s\n' "${found# }"
    [ -n "$found" ]
}

# fresh_huge_sysctl TOP: 0, and prints the line, when a file that systemd-sysctl or procps read
# asks for HugeTLB pages. One that another file of the same name hides counts as well.
fresh_huge_sysctl() {
    local dir file line
    for dir in /etc/sysctl.d /usr/local/lib/sysctl.d /usr/lib/sysctl.d /lib/sysctl.d /etc; do
        dir=$1$(fadump_resolve "$1" "$dir") || continue
        for file in "$dir"/*.conf; do
            case $file in
                "$1"/etc/sysctl.conf | */sysctl.d/*) ;;
                *) continue ;;
            esac
            file=$1$(fadump_resolve "$1" "${file#"$1"}") || continue
            if [ ! -f "$file" ] || [ ! -r "$file" ]; then continue; fi
            while IFS= read -r line || [ -n "$line" ]; do
                line=$(fadump_trim "$line")
                line=${line#-}
                case $line in
                    vm[./]nr_hugepages*=*[1-9]* | vm[./]nr_overcommit_hugepages*=*[1-9]*)
                        printf '%s\n' "$line"
                        return 0
                        ;;
                esac
            done < "$file"
        done
    done
    return 1
}

# fresh_missing: 0, and prints how many kB, when much less memory is there than there should
# be: all of the machine's, less the reserve (fadump's, lost to a boot after a dump) and what a
# kernel keeps for itself. That is 1/64 for its page structures with 4 KiB pages (64 bytes each),
# the same again for hash tables, and 256 MiB for its image and the firmware.
# A memory block that had to go for one page is not much on a large machine, so it counts alone.
fresh_missing() {
    local memory="$ROOT/sys/devices/system/memory" block='' reserved='' total want
    if [ -n "$lost_block" ]; then
        printf '%s\n' "$lost_block"
        return 0
    fi
    { read -r block < "$memory/block_size_bytes" && read -r reserved < "$ROOT/sys/kernel/fadump/mem_reserved"; } 2> /dev/null || return 1
    total=$(fadump_meminfo "$ROOT/proc/meminfo" MemTotal)
    [ "$total" -gt 0 ] || return 1
    case $block:$reserved in
        *[!0-9a-f:]* | :* | *: | *:*[a-f]*) return 1 ;;
    esac
    set -- "$memory"/memory[0-9]*
    [ -e "$1" ] || return 1
    want=$(($# * (0x$block / 1024) - reserved / 1024))
    want=$((want - want / 32 - 262144))
    [ "$total" -lt "$want" ] || return 1
    printf '%s\n' $((want - total))
}
