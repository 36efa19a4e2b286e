# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are lib.sh's
#
# debian-x86 - a Debian 13 x86_64 root with dracut and kexec-tools, and Debian's own kernel
# In:  the package archive (trixie).
# Out: root, a directory; kernel/vmlinuz, kernel/lib/modules; vmlinux, with DWARF; release.
# Does not know: our own files, or how any of it is booted (kdump.sh).

part_packages() {
    echo mmdebstrap debian-archive-keyring
}

part_recipe() {
    cat "$HERE/fetch-kernel"
}

part_build() {
    step debootstrap "$HERE/alone" mmdebstrap --verbose --variant=minbase --architectures=amd64 \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --include=systemd,systemd-sysv,udev,kmod,dracut,cpio,zstd,e2fsprogs,procps,kexec-tools \
        trixie "$1/root" 'deb http://deb.debian.org/debian trixie main'
    chroot "$1/root" dracut --version >> "$log" || die 'debian-x86: dracut does not run in it'
    step kernel "$HERE/fetch-kernel" trixie "$1"
}
