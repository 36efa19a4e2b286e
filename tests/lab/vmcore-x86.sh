# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $suite and $cpu are the part's
#
# vmcore-x86.sh - a real /proc/vmcore of kdump on x86_64, with a distribution's own kernel
# In:  sourced by parts/vmcore-*.sh, which set $suite (a Debian release) and $cpu (QEMU's).
# Out: vmcore, all of the memory as the capture kernel shows it, sparse; vmlinux, with DWARF; release; console.
# Does not know: the programs under test. /proc/vmcore is read by dd.

part_needs() {
    echo tree
}

part_packages() {
    echo debian-archive-keyring busybox-static kmod cpio zstd xz-utils e2fsprogs gcc libc6-dev
}

part_recipe() {
    echo "$suite $cpu"
    cat "$HERE/fetch-kernel" "$HERE/take-x86" "$HERE/guest/life" "$HERE/guest/kdump-init" "$HERE/guest/kload.c" "$HERE/guest/pattern.c"
}

part_build() {
    step "kernel of $suite" "$HERE/fetch-kernel" "$suite" "$1"
    step 'crash and read' "$HERE/take-x86" "$1" "$cpu"
    rm -r "$1/kernel"
}
