# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log is lib.sh's
#
# grub - the boot loader of a POWER machine, as new as Debian has it; that it leaves the memory of a dump alone is seen in full.bats
# In:  the archive. Out: core.elf, for a PReP partition: it goes on with /grub.cfg of whatever disk has one.
# Does not know: what is booted.

part_packages() {
    echo mmdebstrap debian-archive-keyring qemu-user-static arch-test fdisk e2fsprogs
}

part_build() {
    step unpack "$HERE/alone" mmdebstrap --quiet --variant=extract --architectures=ppc64el \
        --include=base-files,grub-ieee1275-bin forky "$1/root" 'deb [check-valid-until=no] http://deb.debian.org/debian forky main'
    printf '%s\n' 'search --no-floppy --set=root --file /grub.cfg' 'configfile /grub.cfg' > "$1/root/tmp/embedded.cfg"
    step image chroot "$1/root" grub-mkimage -O powerpc-ieee1275 -d /usr/lib/grub/powerpc-ieee1275 -p / -c /tmp/embedded.cfg \
        -o /tmp/core.elf part_msdos ext2 search search_fs_file configfile normal linux
    mv "$1/root/tmp/core.elf" "$1/"
    rm -rf --one-file-system "$1/root"
}
