# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-phyp - initramfs-mini, followed by an archive with hooks: they turn a capture boot into one of a
# phyp-assisted dump
# In:  initramfs-mini, release-region, guest/phyp-*.sh.
# Out: initramfs.img: two cpio archives; the kernel unpacks both into the same root.
# Does not know: the behaviour of the module.

part_needs() {
    echo initramfs-mini release-region
}

part_packages() {
    echo cpio zstd
}

part_recipe() {
    cat "$HERE/guest/phyp-before.sh" "$HERE/guest/phyp-after.sh"
}

part_build() {
    OUT=$1 MINI=$(part_path initramfs-mini) MODULE=$(part_path release-region)
    export OUT MINI MODULE
    # shellcheck disable=SC2016 # expanded by the inner shell
    step archive sh -euxc '
        # in the directory of the module hook: its path depends on the version of dracut
        hook=$(zstd -q -d -c "$MINI/initramfs.img" | cpio -t --quiet | grep -x ".*/pre-pivot/80-fadump-hook.sh")
        hooks=$OUT/root/${hook%/*}
        mkdir -p "$hooks" "$OUT/root/usr/lib/fadump" "$OUT/root/usr/bin"
        ln -s kmod "$OUT/root/usr/bin/insmod"
        cp "$HERE/guest/phyp-before.sh" "$hooks/70-phyp-before.sh"
        cp "$HERE/guest/phyp-after.sh" "$hooks/90-phyp-after.sh"
        cp "$MODULE/release_region.ko" "$OUT/root/usr/lib/fadump/"
        cp "$MINI/initramfs.img" "$OUT/initramfs.img"
        # a cpio archive begins at a multiple of 4 bytes
        truncate -s %4 "$OUT/initramfs.img"
        (cd "$OUT/root" && find . | sort | cpio -o -H newc --reproducible --quiet) >> "$OUT/initramfs.img"
        rm -r "$OUT/root"
    '
}
