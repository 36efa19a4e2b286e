# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are set by lib.sh
#
# debian-disks - the Debian root with LVM, LUKS, md, multipath and xfs
# In:  debian, and the packages that were downloaded for it.
# Out: a root directory. Does not know: the disks of the machine.

part_needs() {
    echo debian
}

part_packages() {
    echo qemu-user-static
}

part_build() {
    OUT=$1 ARCHIVE=$LAB/archive/$(suite_of debian)-ppc64el
    export OUT ARCHIVE
    # shellcheck disable=SC2016 # expanded by the inner shell
    step packages "$HERE/alone" sh -euxc '
        cp -a "$1/." "$OUT/"
        cp "$ARCHIVE"/lists/*_* "$OUT/var/lib/apt/lists/"
        cp -l "$ARCHIVE"/archives/*.deb "$OUT/var/cache/apt/archives/"
        mount -t proc proc "$OUT/proc"
        mount --rbind /dev "$OUT/dev"
        DEBIAN_FRONTEND=noninteractive chroot "$OUT" apt-get -q -y --no-download --no-install-recommends install \
            lvm2 cryptsetup-bin mdadm multipath-tools xfsprogs
        rm -rf "$OUT"/var/cache/apt/archives/*.deb "$OUT"/var/lib/apt/lists/*
    ' sh "$(part_path debian)"
}
