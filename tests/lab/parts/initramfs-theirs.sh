# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-theirs - an initramfs that saves a dump as kdump-utils does: the normal initramfs contains a second one in
# /fadumproot, with makedumpfile; files that are equal in both are hard links, as mkfadumprd makes them
# In:  debian; initramfs-full, from which the module under test is removed; peer-ppc64; guest/theirs*.
# Out: initramfs.img. Does not know: the measurements.

part_needs() {
    echo debian initramfs-full peer-ppc64
}

part_packages() {
    echo cpio zstd qemu-user-static
}

part_recipe() {
    cat "$HERE/guest/theirs.sh" "$HERE/guest/theirs-init"
}

part_build() {
    OUT=$1 FULL=$(part_path initramfs-full) PEER=$(part_path peer-ppc64)
    DEBIAN=$(part_path debian)
    export OUT DEBIAN FULL PEER
    # shellcheck disable=SC2016 # expanded by the inner shell
    step archive sh -euxc '
        mkdir "$OUT/root"
        zstd -q -d -c "$FULL/initramfs.img" | (cd "$OUT/root" && cpio -i -d --quiet)
        # the directory of the hooks depends on the version of dracut
        hooks=$(cd "$OUT/root" && echo */lib/dracut/hooks/pre-pivot/80-fadump-hook.sh)
        hooks=${hooks%/pre-pivot/*}
        rm "$OUT/root/$hooks"/*/80-fadump-hook.sh
        cp -al "$OUT/root" "$OUT/fadumproot"
        mkdir -p "$OUT/fadumproot/theirs" "$OUT/fadumproot/$hooks/pre-pivot"
        cp "$HERE/guest/theirs.sh" "$OUT/fadumproot/$hooks/pre-pivot/99-theirs.sh"
        # makedumpfile has its own loader and libraries: it is from another Debian release than the initramfs
        cp "$PEER/usr/bin/makedumpfile" "$PEER/lib64/ld64.so.2" "$OUT/fadumproot/theirs/"
        chroot "$PEER" /lib64/ld64.so.2 --list /usr/bin/makedumpfile > "$OUT/libraries"
        sed -n "s/.* => \(\/[^ ]*\) .*/\1/p" "$OUT/libraries" | while read -r file; do cp -L "$PEER$file" "$OUT/fadumproot/theirs/"; done
        mv "$OUT/fadumproot" "$OUT/root/"
        mv "$OUT/root/init" "$OUT/root/init.dracut"
        cp "$HERE/guest/theirs-init" "$OUT/root/init"
        cp "$DEBIAN"/usr/*bin/switch_root "$OUT/root/usr/sbin/"
        (cd "$OUT/root" && find . | sort | cpio -o -H newc --reproducible --quiet) | zstd -q -3 -T0 > "$OUT/initramfs.img"
        rm -r "$OUT/root" "$OUT/libraries"
    '
}
