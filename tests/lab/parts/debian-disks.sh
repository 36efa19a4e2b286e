# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are lib.sh's
#
# debian-disks - the Debian root with LVM and LUKS
# In:  debian, the package archive.
# Out: a root directory. Does not know: what is on which disk.

part_needs() {
    echo debian
}

part_packages() {
    echo qemu-user-static
}

part_build() {
    OUT=$1
    export OUT
    # whatever archive the root was made from
    # shellcheck disable=SC2016 # expanded inside
    step packages "$HERE/alone" sh -euxc '
        cp -a "$1/." "$OUT/"
        cp /etc/resolv.conf "$OUT/etc/"
        echo "deb http://deb.debian.org/debian trixie main" > "$OUT/etc/apt/sources.list"
        mount -t proc proc "$OUT/proc"
        mount --rbind /dev "$OUT/dev"
        chroot "$OUT" apt-get -q update
        DEBIAN_FRONTEND=noninteractive chroot "$OUT" apt-get -q -y --no-install-recommends install lvm2 cryptsetup-bin
        rm -rf "$OUT"/var/cache/apt/archives/*.deb "$OUT"/var/lib/apt/lists/*
    ' sh "$(part_path debian)"
}
