# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are set by lib.sh
#
# kdump - an x86_64 machine with kdump: kernel, dracut and kexec-tools of Debian, the module under test
# In:  debian-x86, the installed product, guest/ (init, agent, pattern).
# Out: root.img, ext4, sparse, with /boot/vmlinuz and /boot/initramfs.img; copies of these two files; dracut.log.
#      The initramfs is a generic one with systemd; the normal boot uses it too.
# Does not know: how it is booted, or which capture kernel is loaded.

part_needs() {
    echo debian-x86
}

part_packages() {
    echo e2fsprogs gcc libc6-dev zstd cpio
}

part_recipe() {
    cat "$HERE/layer" "$HERE/guest/agent" "$HERE/guest/init" "$HERE/guest/pattern.c"
    basename "$LAB_PRODUCT_X86"
}

part_build() {
    step pattern gcc -O2 -static -o "$1/pattern" "$HERE/guest/pattern.c"
    DEBIAN=$(part_path debian-x86) OUT=$1
    export DEBIAN OUT
    # shellcheck disable=SC2016 # expanded by the inner shell
    step image "$HERE/layer" "$DEBIAN/root" sh -euxc '
        cd "$LAYER"
        cp -a "$DEBIAN/kernel/lib/modules" usr/lib/
        release=$(ls usr/lib/modules)
        cp -a "$LAB_PRODUCT_X86/." .
        # only the command line of dracut selects modules: remove the file of the product that adds the module
        rm -f usr/lib/dracut/dracut.conf.d/50-fadump.conf
        depmod -b "$LAYER" "$release"
        mount -t proc proc proc
        mount --rbind /dev dev
        mount -t sysfs sysfs sys
        # targets are set on the command line only, so the module needs to know their kinds
        echo "include = fs raw" >> etc/fadump.conf
        chroot . dracut --force --no-hostonly --no-hostonly-cmdline --no-early-microcode --reproducible \
            --kver "$release" --compress "zstd -3 -T0" --add fadump --force-drivers virtio_console /tmp/initramfs.img
        umount -l proc dev sys
        cp "$DEBIAN/kernel/vmlinuz" tmp/initramfs.img boot/
        cp boot/vmlinuz boot/initramfs.img "$OUT/"
        install -m 755 "$HERE/guest/agent" "$OUT/pattern" usr/local/sbin/
        # for init=: starts only the agent, instead of systemd
        install -m 755 "$HERE/guest/init" usr/local/sbin/
        echo "/dev/vda / ext4 defaults 0 1" > etc/fstab
        rm -rf var/cache/apt/*.bin var/lib/apt/lists/* usr/lib/modules
        mke2fs -q -t ext4 -m 0 -L kdump -d . "$OUT/root.img" 4G
    '
    rm "$1/pattern"
    cp "$log" "$1/dracut.log"
}
