# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# vmcore-ppc64.sh - a real /proc/vmcore of the emulated POWER machine
# In:  sourced by parts/vmcore-*.sh, which may set $kernel (a part) and $arguments (of the kernel).
# Out: vmcore, an unfiltered copy of /proc/vmcore made by dd, sparse; vmlinux, with DWARF; console.
# Does not know: the programs under test.

kernel=kernel
arguments=

part_needs() {
    echo tree mini initramfs-plain "$kernel"
}

part_recipe() {
    cat "$HERE/take-ppc64" "$HERE/guest/life"
}

part_build() {
    step 'crash and read' "$HERE/take-ppc64" "$1" "$kernel" "$arguments"
    ln "$(part_path "$kernel")/vmlinux.debug" "$1/vmlinux"
}
