# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log is lib.sh's, $architecture the part's
#
# peer.sh - makedumpfile, as new as Debian has it: 1.7.6 of Debian 13 finds no free page of a kernel from 6.12 on
# In:  sourced by parts/peer-*.sh, which set $architecture: makedumpfile reads dumps of its own alone.
# Out: a root directory, entered with tree-exec, its packages unpacked and not configured; `judges`, its version.
# Does not know: what is compared with it.

part_packages() {
    echo mmdebstrap debian-archive-keyring qemu-user-static arch-test
}

part_recipe() {
    cat "$HERE/peer.sh"
}

part_build() {
    # a mirror may be behind by more than the suite's few days of validity: its signature is what counts here
    step unpack "$HERE/alone" mmdebstrap --quiet --variant=extract "--architectures=$architecture" \
        --include=base-files,dash,coreutils,makedumpfile forky "$1" 'deb [check-valid-until=no] http://deb.debian.org/debian forky main'
    chroot "$1" makedumpfile -v > "$1/judges" 2>> "$log" || die "$part: makedumpfile does not run"
}
