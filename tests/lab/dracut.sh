# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are lib.sh's
#
# dracut.sh - make an initramfs with the dracut of the ppc64le root
# In:  sourced by parts/initramfs-*.sh; debian, kernel, and the product that is under test.
# Out: initramfs.img and dracut.log in the part.
# Does not know: which dracut modules the flavours want.

part_needs() {
    echo debian kernel
}

part_packages() {
    echo qemu-user-static zstd cpio file binutils-powerpc64le-linux-gnu
}

# the root that dracut runs in; a part may say it otherwise
dracut_root=debian

# dracut_layer SCRIPT ARGUMENT...: run SCRIPT with a layer over that root, in which kernel, product and $overlay are; $overlay,
# where it is set, is a directory. $DRACUT is dracut in there, with the options that all want.
dracut_layer() {
    KERNEL=$(part_path kernel)
    OVERLAY=${overlay-}
    DRACUT="dracut --force --no-hostonly --no-hostonly-cmdline --no-early-microcode --reproducible --kver $(cat "$KERNEL/release")"
    export KERNEL OVERLAY DRACUT
    # shellcheck disable=SC2016 # expanded inside
    step dracut "$HERE/layer" "$(part_path "$dracut_root")" sh -euc '
        cp -a "$KERNEL/modules/lib/modules/." "$LAYER/usr/lib/modules/"
        cp -a "$LAB_PRODUCT/." "$LAYER/"
        [ -z "$OVERLAY" ] || cp -a "$OVERLAY/." "$LAYER/"
        # as dracut does by itself where there is a strip for the machine
        powerpc64le-linux-gnu-strip "$LAYER/usr/libexec/fadump-copy"
        # the commands below say what goes in, not the file that asks for the module by itself
        rm -f "$LAYER/usr/lib/dracut/dracut.conf.d/50-fadump.conf"
        mount -t proc proc "$LAYER/proc"
        mount --rbind /dev "$LAYER/dev"
        mount -t sysfs sysfs "$LAYER/sys"
        exec sh -euc "$@"
    ' sh "$@"
}

# dracut_make DIR OPTION...
dracut_make() {
    OUT=$1
    export OUT
    shift
    # shellcheck disable=SC2016 # expanded inside
    dracut_layer '
        chroot "$LAYER" $DRACUT --compress "zstd -3 -T0" "$@" /tmp/initramfs.img
        cp "$LAYER/tmp/initramfs.img" "$OUT/"
    ' sh "$@"
    cp "$log" "$OUT/dracut.log"
}
