# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are set by lib.sh
#
# debian-x86 - a Debian x86_64 root with dracut and kexec-tools, and the kernel of Debian
# In:  the first suite of Debian that has all packages.
# Out: root, a directory; kernel/vmlinuz, kernel/lib/modules; vmlinux, with DWARF; release.
# Does not know: the product, or how the machine is booted (kdump.sh).

part_packages() {
    echo mmdebstrap debian-archive-keyring
}

part_suites() {
    echo trixie forky bookworm sid
}

part_recipe() {
    cat "$HERE/unpack-kernel"
}

packages=systemd,systemd-sysv,udev,kmod,dracut,cpio,zstd,e2fsprogs,procps,kexec-tools

part_fetch() {
    # shellcheck disable=SC2046 # a list of words
    fetch "$1" amd64 '?essential' '?priority(required)' apt $(echo $packages | tr , ' ') && kernel_fetch "$1"
}

part_build() {
    suite=$(suite_of debian-x86)
    root_make minbase "$suite" amd64 "$1/root" $packages --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
    chroot "$1/root" dracut --version | grep '^dracut' >> "$log" || die 'debian-x86: dracut does not run in it'
    # shellcheck disable=SC2046 # a list of paths
    step kernel "$HERE/unpack-kernel" "$1" $(kernel_packages "$suite")
    cp "$1/release" "$1/versions"
}
