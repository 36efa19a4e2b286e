# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# mini - a root that boots in seconds: busybox, and an init of a few lines; no systemd, no udev
# In:  busybox of debian, guest/ (init, agent, pattern).
# Out: root.img, ext4, sparse, without blocks reserved for root, because a test fills the file system.
# Does not know: how it is booted.

part_needs() {
    echo debian
}

part_packages() {
    echo e2fsprogs gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross
}

part_recipe() {
    cat "$HERE/guest/agent" "$HERE/guest/init" "$HERE/guest/pattern.c"
}

part_build() {
    DEBIAN=$(part_path debian) OUT=$1
    export DEBIAN OUT
    # shellcheck disable=SC2016 # expanded by the inner shell
    step image sh -euxc '
        root=$OUT/root
        mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/local/sbin" "$root/etc" "$root/var/lib" "$root/dev" \
            "$root/proc" "$root/sys" "$root/run" "$root/root" "$root/usr/lib"
        mkdir -m 1777 "$root/tmp"
        ln -s usr/bin usr/sbin usr/lib "$root/"
        cp "$DEBIAN/usr/bin/busybox" "$root/usr/bin/"
        for applet in $(chroot "$root" /bin/busybox --list | grep -vx -e busybox -e init); do
            ln -sf busybox "$root/usr/bin/$applet"
        done
        install -m 755 "$HERE/guest/init" "$root/usr/sbin/init"
        install -m 755 "$HERE/guest/agent" "$root/usr/local/sbin/"
        powerpc64le-linux-gnu-gcc -O2 -static -o "$root/usr/local/sbin/pattern" "$HERE/guest/pattern.c"
        echo "/dev/vda / ext4 defaults 0 1" > "$root/etc/fstab"
        echo root:x:0:0:root:/root:/bin/sh > "$root/etc/passwd"
        mke2fs -q -t ext4 -m 0 -L mini -d "$root" "$OUT/root.img" 12G
        rm -r "$root"
    '
}
