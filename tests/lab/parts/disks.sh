# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# disks - disk image of a machine that can make volumes: the Debian root with LVM and LUKS, and process 1 of mini
# In:  debian-disks, the modules of the kernel, guest/ (init, agent, pattern).
# Out: root.img, ext4, sparse. Does not know: the other disks of the machine.

part_needs() {
    echo debian-disks kernel
}

part_packages() {
    echo e2fsprogs gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross
}

part_recipe() {
    cat "$HERE/layer" "$HERE/guest/agent" "$HERE/guest/init" "$HERE/guest/pattern.c"
}

part_build() {
    step pattern powerpc64le-linux-gnu-gcc -O2 -static -o "$1/pattern" "$HERE/guest/pattern.c"
    KERNEL=$(part_path kernel) OUT=$1
    export KERNEL OUT
    # shellcheck disable=SC2016 # expanded by the inner shell
    step image "$HERE/layer" "$(part_path debian-disks)" sh -euxc '
        cd "$LAYER"
        cp -a "$KERNEL/modules/lib/modules/." usr/lib/modules/
        install -m 755 "$HERE/guest/agent" "$OUT/pattern" usr/local/sbin/
        install -m 755 "$HERE/guest/init" usr/local/sbin/
        echo "/dev/vda / ext4 defaults 0 1" > etc/fstab
        printf secret > etc/luks-key
        mke2fs -q -t ext4 -m 0 -L disks -d . "$OUT/root.img" 4G
    '
    rm "$1/pattern"
}
