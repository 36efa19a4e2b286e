# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $cpu is set by the part, $part by lib.sh
#
# vmcore-x86.sh - a real /proc/vmcore of kdump on x86_64, with the kernel of a distribution
# In:  sourced by parts/vmcore-*.sh, which define part_suites and $cpu (-cpu of QEMU).
# Out: vmcore, an unfiltered copy of /proc/vmcore made by dd, sparse; vmlinux, with DWARF; release; console.
# Does not know: the programs under test.

part_needs() {
    echo tree
}

part_packages() {
    echo debian-archive-keyring busybox-static kmod cpio zstd xz-utils e2fsprogs gcc libc6-dev
}

part_recipe() {
    echo "$cpu"
    cat "$HERE/unpack-kernel" "$HERE/take-x86" "$HERE/guest/life" "$HERE/guest/kdump-init" "$HERE/guest/kload.c" \
        "$HERE/guest/pattern.c"
}

part_fetch() {
    kernel_fetch "$1"
}

part_build() {
    # shellcheck disable=SC2046 # a list of paths
    step kernel "$HERE/unpack-kernel" "$1" $(kernel_packages "$(suite_of "$part")")
    step 'crash and read' "$HERE/take-x86" "$1" "$cpu"
    rm -r "$1/kernel"
    cp "$1/release" "$1/versions"
}
