# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log is set by lib.sh, $architecture by the part
#
# peer.sh - the newest makedumpfile of Debian: 1.7.6 of Debian 13 does not find the free pages of Linux 6.12 and newer
# In:  sourced by parts/peer-*.sh, which set $architecture: makedumpfile reads dumps of its own architecture only.
# Out: a root directory for tree-exec, with unpacked but not configured packages; `judges`: the version of makedumpfile.
# Does not know: the comparisons.

part_packages() {
    echo mmdebstrap debian-archive-keyring qemu-user-static arch-test
}

part_suites() {
    echo forky sid
}

part_recipe() {
    cat "$HERE/peer.sh"
}

part_fetch() {
    archive_version "$1" "$architecture" makedumpfile 1:1.7.8 \
        && fetch "$1" "$architecture" base-files dash coreutils makedumpfile
}

part_build() {
    root_make extract "$(suite_of "$part")" "$architecture" "$1" base-files,dash,coreutils,makedumpfile
    chroot "$1" makedumpfile -v > "$1/judges" 2>> "$log" || die "$part: makedumpfile does not run"
}
