# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-phyp - initramfs-mini, and behind it an archive with what makes a capture boot one of a phyp-assisted dump
# In:  initramfs-mini, release-region, guest/phyp-*.sh. Out: initramfs.img.
# Does not know: what the module under test does. The kernel unpacks all archives that there are, one over the other.

part_needs() {
    echo initramfs-mini release-region
}

part_packages() {
    echo cpio
}

part_recipe() {
    cat "$HERE/guest/phyp-before.sh" "$HERE/guest/phyp-after.sh"
}

part_build() {
    OUT=$1 MINI=$(part_path initramfs-mini) MODULE=$(part_path release-region)
    export OUT MINI MODULE
    # shellcheck disable=SC2016 # expanded inside
    step archive sh -euxc '
        hooks=$OUT/root/var/lib/dracut/hooks/pre-pivot
        mkdir -p "$hooks" "$OUT/root/usr/lib/fadump" "$OUT/root/usr/bin"
        ln -s kmod "$OUT/root/usr/bin/insmod"
        cp "$HERE/guest/phyp-before.sh" "$hooks/70-phyp-before.sh"
        cp "$HERE/guest/phyp-after.sh" "$hooks/90-phyp-after.sh"
        cp "$MODULE/release_region.ko" "$OUT/root/usr/lib/fadump/"
        cp "$MINI/initramfs.img" "$OUT/initramfs.img"
        # an archive begins at a multiple of 4
        truncate -s %4 "$OUT/initramfs.img"
        (cd "$OUT/root" && find . | sort | cpio -o -H newc --reproducible --quiet) >> "$OUT/initramfs.img"
        rm -r "$OUT/root"
    '
}
