# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log is set by lib.sh
#
# grub - GRUB for a POWER machine, the newest of Debian; full.bats tests that it does not touch the memory of a dump
# In:  the archive.
# Out: core.elf, for a PReP partition: it reads /grub.cfg from the first file system that has one.
# Does not know: the kernel that boots.

part_packages() {
    echo mmdebstrap debian-archive-keyring qemu-user-static arch-test fdisk e2fsprogs
}

part_suites() {
    echo forky sid trixie bookworm
}

part_fetch() {
    fetch "$1" ppc64el base-files grub-ieee1275-bin
}

part_build() {
    root_make extract "$(suite_of grub)" ppc64el "$1/root" base-files,grub-ieee1275-bin
    printf '%s\n' 'search --no-floppy --set=root --file /grub.cfg' 'configfile /grub.cfg' > "$1/root/tmp/embedded.cfg"
    step image chroot "$1/root" grub-mkimage -O powerpc-ieee1275 -d /usr/lib/grub/powerpc-ieee1275 -p / -c /tmp/embedded.cfg \
        -o /tmp/core.elf part_msdos ext2 search search_fs_file configfile normal linux
    mv "$1/root/tmp/core.elf" "$1/"
    rm -rf --one-file-system "$1/root"
}
