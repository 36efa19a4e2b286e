# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are lib.sh's
#
# dracut.sh - make an initramfs with the dracut of the ppc64le root
# In:  sourced by parts/initramfs-*.sh; the parts debian and kernel; the product under test.
# Out: initramfs.img and dracut.log in the part.
# Does not know: which dracut modules a part includes.

part_needs() {
    echo "$dracut_root" kernel
}

part_packages() {
    echo qemu-user-static zstd cpio file binutils-powerpc64le-linux-gnu
}

# the root that dracut runs in; a part may set another one
dracut_root=debian

# dracut_layer SCRIPT ARGUMENT...: run SCRIPT with a writable layer over that root. The layer contains the kernel
# modules, the product, and the files of the directory $overlay, if it is set. $DRACUT is the dracut command with the
# options that all parts share.
dracut_layer() {
    KERNEL=$(part_path kernel)
    OVERLAY=${overlay-}
    # busybox is in the root for the part mini. dracut 112 would use it as /bin/sh, and its switch_root leaves /proc
    # mounted.
    DRACUT="dracut --force --omit busybox --no-hostonly --no-hostonly-cmdline --no-early-microcode --reproducible"
    DRACUT="$DRACUT --kver $(cat "$KERNEL/release")"
    export KERNEL OVERLAY DRACUT
    # shellcheck disable=SC2016 # expanded by the inner shell
    step dracut "$HERE/layer" "$(part_path "$dracut_root")" sh -euc '
        cp -a "$KERNEL/modules/lib/modules/." "$LAYER/usr/lib/modules/"
        cp -a "$LAB_PRODUCT/." "$LAYER/"
        [ -z "$OVERLAY" ] || cp -a "$OVERLAY/." "$LAYER/"
        # dracut strips programs too, if the root has a strip program
        powerpc64le-linux-gnu-strip "$LAYER/usr/libexec/fadump-copy" "$LAYER/usr/libexec/fadump-tool"
        # only the command line of dracut selects modules: remove the files of the product and of dracut-network 059
        # that add modules (ifcfg of 059 adds networkd and systemd)
        rm -f "$LAYER/usr/lib/dracut/dracut.conf.d/50-fadump.conf" "$LAYER/etc/dracut.conf.d/11-ifcfg.conf"
        mount -t proc proc "$LAYER/proc"
        mount --rbind /dev "$LAYER/dev"
        mount -t sysfs sysfs "$LAYER/sys"
        exec sh -euc "$@"
    ' sh "$@"
}

# dracut_make DIR OPTION...: run dracut with OPTIONs, write DIR/initramfs.img and DIR/dracut.log
dracut_make() {
    OUT=$1
    export OUT
    shift
    # shellcheck disable=SC2016 # expanded by the inner shell
    dracut_layer '
        chroot "$LAYER" $DRACUT --compress "zstd -3 -T0" "$@" /tmp/initramfs.img
        cp "$LAYER/tmp/initramfs.img" "$OUT/"
    ' sh "$@"
    cp "$log" "$OUT/dracut.log"
}
