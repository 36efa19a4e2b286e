# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are set by lib.sh
#
# debian-nm - a Debian ppc64le root with dracut and NetworkManager, with the units of NetworkManager for an initramfs
# In:  the first suite of Debian that has all packages; its source package of NetworkManager, because Debian removes
#      these units from the package (debian/rules of network-manager 1.58.1).
# Out: a root directory. Does not know: the kernel and the product.

part_packages() {
    echo mmdebstrap debian-archive-keyring qemu-user-static arch-test dpkg-dev
}

part_suites() {
    echo forky sid
}

part_recipe() {
    cat "$HERE/parts/debian-nm.sh"
}

packages=systemd,systemd-sysv,udev,dbus,kmod,dracut,dracut-network,cpio,zstd,procps,iproute2,util-linux-extra
packages=$packages,nfs-common,network-manager

part_fetch() {
    # shellcheck disable=SC2046 # a list of words
    fetch "$1" ppc64el '?essential' '?priority(required)' apt $(echo $packages | tr , ' ') && units_fetch "$1"
}

# units_fetch SUITE: unpack the source package in a directory of its own; units_install ROOT installs the units
units_fetch() {
    rm -rf "$LAB/archive/nm-source"
    mkdir "$LAB/archive/nm-source"
    cd "$LAB/archive/nm-source" && archive source "$1" network-manager
}

units_install() {
    for unit in "$LAB"/archive/nm-source/network-manager-*/data/NetworkManager*-initrd.service.in; do
        to=${unit##*/}
        sed 's|@sbindir@|/usr/sbin|; s|@bindir@|/usr/bin|; s|@libexecdir@|/usr/libexec|' "$unit" \
            > "$1/usr/lib/systemd/system/${to%.in}"
    done
    install -D -m 755 "${unit%/data/*}/src/nm-initrd-generator/nm-initrd-generator.sh" \
        "$1/usr/lib/systemd/system-generators/nm-initrd-generator.sh"
}

# excluded, because their setup is slow on an emulated processor: compiled Python, the hardware database of udev
part_build() {
    root_make minbase "$(suite_of "$part")" ppc64el "$1" $packages --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/bin/py3compile' --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' \
        --dpkgopt='path-exclude=/lib/udev/hwdb.d/*'
    units_install "$1"
}
