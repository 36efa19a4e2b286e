# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# full - the Debian root as a disk image: systemd, udev, usual tools of an administrator
# In:  debian, the modules of the kernel, guest/ (agent, pattern).
# Out: root.img, ext4, sparse. It does not contain the product, which is in the initramfs.
# Does not know: how it is booted.

part_needs() {
    echo debian kernel
}

part_packages() {
    echo e2fsprogs gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross
}

part_recipe() {
    cat "$HERE/layer" "$HERE/guest/agent" "$HERE/guest/agent.service" "$HERE/guest/pattern.c"
}

part_build() {
    step pattern powerpc64le-linux-gnu-gcc -O2 -static -o "$1/pattern" "$HERE/guest/pattern.c"
    KERNEL=$(part_path kernel) OUT=$1
    export KERNEL OUT
    # shellcheck disable=SC2016 # expanded by the inner shell
    step image "$HERE/layer" "$(part_path debian)" sh -euxc '
        cd "$LAYER"
        cp -a "$KERNEL/modules/lib/modules/." usr/lib/modules/
        install -m 755 "$HERE/guest/agent" "$OUT/pattern" usr/local/sbin/
        install -m 644 "$HERE/guest/agent.service" etc/systemd/system/
        ln -s ../agent.service etc/systemd/system/multi-user.target.wants/agent.service
        # disable the NFS server, which only the part server needs
        rm etc/systemd/system/multi-user.target.wants/nfs-server.service
        ln -sf /usr/lib/systemd/system/multi-user.target etc/systemd/system/default.target
        echo "/dev/vda / ext4 defaults 0 1" > etc/fstab
        echo full > etc/hostname
        tr -d - < /proc/sys/kernel/random/uuid > etc/machine-id
        sed -i "s/^root:[^:]*:/root::/" etc/shadow
        rm -rf var/cache/apt/*.bin var/lib/apt/lists/*
        mke2fs -q -t ext4 -L full -d . "$OUT/root.img" 12G
    '
    rm "$1/pattern"
}
