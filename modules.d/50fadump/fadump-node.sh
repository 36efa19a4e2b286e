#!/bin/sh
# sourced by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-node.sh - the pure functions of arming: the firmware's dump node, regions, pages
#
# Sourcing defines functions and does nothing else.
# Does not know: what is done to a page, whether a dump was saved.

# fadump_node FILE: FILE is rtas/ibm,kernel-dump, big endian: a 40-byte header (u32 version,
# u16 number of sections, u16 status, u32 offset of the first section, ...) and 40-byte
# sections (u32 flags, u16 type, u16 error, u64 source, u64 length, u64 copied, u64
# destination). Prints a line "TYPE SOURCE LENGTH DESTINATION" a section, 4 and 16 hex digits.
# 2: the file cannot be read or is not what it should be.
fadump_node() {
    local count first
    # shellcheck disable=SC2046 # one word per byte is the point
    set -- $(od -An -v -tx1 -N 4096 "$1" 2> /dev/null)
    [ $# -ge 40 ] && [ "$1$2$3$4" = 00000001 ] || return 2
    count=$((0x$5$6)) first=$((0x$9${10}${11}${12}))
    [ "$first" -ge 40 ] && [ "$first" -le $# ] || return 2
    shift "$first"
    while [ "$count" -gt 0 ]; do
        [ $# -ge 40 ] || return 2
        case $9,${17},${33} in
            # no machine has 2^63 bytes, and the arithmetic of a shell is signed
            [89a-f]?,* | *,[89a-f]?,* | *,[89a-f]?) return 2 ;;
        esac
        printf '%s %s %s %s\n' "$5$6" "$9${10}${11}${12}${13}${14}${15}${16}" \
            "${17}${18}${19}${20}${21}${22}${23}${24}" "${33}${34}${35}${36}${37}${38}${39}${40}"
        shift 40
        count=$((count - 1))
    done
}

# fadump_regions FILE: FILE is what the kernel shows of the regions of a dump in debugfs,
# powerpc/fadump_region (opal_fadump_region_show() of powernv/opal-fadump.c, 5.5 to 6.12). Prints
# "DUMP: Src: 0xN, Dest: 0xN, Size: 0xN, ..." as fadump_node does, and nothing of other lines.
# 2: there is no such line, or one is not what it should be.
fadump_regions() {
    local word source place length status=2
    while read -r word _ source _ place _ length _; do
        [ "$word" = DUMP: ] || continue
        source=${source#0x} place=${place#0x} length=${length#0x}
        source=${source%,} place=${place%,} length=${length%,}
        case $source,$place,$length in
            *[!0-9a-f,]* | ,* | *,,* | *, | *????????????????*,*,* | *,*????????????????*,* | *,*,*????????????????*) return 2 ;;
        esac
        printf '0011 %016x %016x %016x\n' "$((0x$source))" "$((0x$length))" "$((0x$place))"
        status=0
    done < "$1"
    return "$status"
}

# fadump_param_area SECTIONS: prints the address of the kernel's argument area, the section
# of type 0x0100, as 0x<16 hex digits>; 1: there is none. SECTIONS as of fadump_node.
fadump_param_area() {
    local type source length rest
    while read -r type source length rest; do
        if [ "$type" = 0100 ] && [ "$length" != 0000000000000000 ]; then
            printf '0x%s\n' "$source"
            return 0
        fi
    done << END
$1
END
    return 1
}

# fadump_broken_page SECTIONS MEM_RESERVED PAGE_BYTES: the permanent reserve begins where the
# first section goes and is MEM_RESERVED bytes long. Prints the address of its last page as
# 0x<16 hex digits> when it ends inside that page; 1: it does not; 2: it cannot be told.
fadump_broken_page() {
    local start over
    case $2,$3 in
        *[!0-9,]* | ,* | *, | *,0) return 2 ;;
    esac
    over=$(($2 % $3))
    [ "$over" -ne 0 ] || return 1
    start=${1%%
*}
    start=${start##* }
    case $start in
        '' | *[!0-9a-f]*) return 2 ;;
    esac
    [ "$((0x$start % $3))" -eq 0 ] || return 2
    printf '0x%016x\n' "$((0x$start + $2 - over))"
}

# fadump_page_bytes SMAPS: the page size of this kernel, from /proc/self/smaps; the largest
# there is, 64 KiB, when it cannot be read.
fadump_page_bytes() {
    local key value rest bytes=65536
    while read -r key value rest; do
        [ "$key" != KernelPageSize: ] || {
            bytes=$((value * 1024))
            break
        }
    done < "$1" || :
    printf '%s\n' "$bytes"
}
