# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-theirs - an initramfs that saves a dump as kdump-utils does: the machine's own one, and in it, in /fadumproot, the same
#                    once more with makedumpfile; equal files are one (mkfadumprd)
# In:  debian; initramfs-full, without the module under test; peer-ppc64, guest/theirs*. Out: initramfs.img.
# Does not know: what is measured.

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
    # shellcheck disable=SC2016 # expanded inside
    step archive sh -euxc '
        mkdir "$OUT/root"
        zstd -q -d -c "$FULL/initramfs.img" | (cd "$OUT/root" && cpio -i -d --quiet)
        rm "$OUT"/root/var/lib/dracut/hooks/*/80-fadump-hook.sh
        cp -al "$OUT/root" "$OUT/fadumproot"
        mkdir -p "$OUT/fadumproot/theirs" "$OUT/fadumproot/var/lib/dracut/hooks/pre-pivot"
        cp "$HERE/guest/theirs.sh" "$OUT/fadumproot/var/lib/dracut/hooks/pre-pivot/99-theirs.sh"
        # its loader and libraries are of another Debian than the initramfs
        cp "$PEER/usr/bin/makedumpfile" "$PEER/lib64/ld64.so.2" "$OUT/fadumproot/theirs/"
        chroot "$PEER" /lib64/ld64.so.2 --list /usr/bin/makedumpfile > "$OUT/libraries"
        sed -n "s/.* => \(\/[^ ]*\) .*/\1/p" "$OUT/libraries" | while read -r file; do cp -L "$PEER$file" "$OUT/fadumproot/theirs/"; done
        mv "$OUT/fadumproot" "$OUT/root/"
        mv "$OUT/root/init" "$OUT/root/init.dracut"
        cp "$HERE/guest/theirs-init" "$OUT/root/init"
        cp "$DEBIAN/usr/sbin/switch_root" "$OUT/root/usr/sbin/"
        (cd "$OUT/root" && find . | sort | cpio -o -H newc --reproducible --quiet) | zstd -q -3 -T0 > "$OUT/initramfs.img"
        rm -r "$OUT/root" "$OUT/libraries"
    '
}
