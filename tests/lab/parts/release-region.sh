# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# release-region - a module for the lab's kernel that offers /sys/kernel/release_region
# In:  kernel (its configuration), the kernel's source, guest/release_region.c. The kernel's object tree is not needed: its
#      symbols have no versions (MODVERSIONS), so that its headers are all that counts.
# Out: release_region.ko. Does not know: what loads it.

part_needs() {
    echo kernel
}

part_packages() {
    echo linux-source-6.12 gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu gcc libc6-dev make flex bison bc perl python3 xz-utils
}

part_recipe() {
    cat "$HERE/guest/release_region.c"
}

part_build() {
    OUT=$1 KERNEL=$(part_path kernel)
    export OUT KERNEL
    # shellcheck disable=SC2016 # expanded inside
    step module sh -euxc '
        obj=$OUT/obj
        mkdir -p "$obj" "$OUT/src" "$OUT/module"
        tar -C "$OUT/src" --strip-components=1 -xf /usr/src/linux-source-6.12.tar.xz
        cp "$KERNEL/config" "$obj/.config"
        kmake() {
            nice make -C "$OUT/src" O="$obj" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- "$@"
        }
        kmake olddefconfig
        # a compiler of another day may know more or less: then this would be another kernel
        cmp "$obj/.config" "$KERNEL/config"
        kmake -j"$(nproc)" modules_prepare
        cmp "$obj/include/config/kernel.release" "$KERNEL/release"
        cp "$HERE/guest/release_region.c" "$OUT/module/"
        echo "obj-m := release_region.o" > "$OUT/module/Makefile"
        kmake M="$OUT/module" KBUILD_MODPOST_WARN=1 modules
        powerpc64le-linux-gnu-strip --strip-debug -o "$OUT/release_region.ko" "$OUT/module/release_region.ko"
        rm -r "$OUT/src" "$obj" "$OUT/module"
    '
}
