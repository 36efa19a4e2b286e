# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# release-region - a kernel module that provides /sys/kernel/release_region
# In:  kernel (its configuration), the source of the kernel, guest/release_region.c. The object tree of the kernel is
#      not needed, because MODVERSIONS is off: the headers are enough.
# Out: release_region.ko. Does not know: which machine loads it.

# shellcheck source=kernel.sh
. "$HERE/parts/kernel.sh"

part_needs() {
    echo kernel
}

part_packages() {
    echo gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu gcc libc6-dev make flex bison bc perl python3 xz-utils
}

part_recipe() {
    cat "$HERE/guest/release_region.c"
}

part_build() {
    OUT=$1 KERNEL=$(part_path kernel)
    source_tree
    export OUT KERNEL src
    # shellcheck disable=SC2016 # expanded by the inner shell
    step module sh -euxc '
        obj=$OUT/obj
        mkdir -p "$obj" "$OUT/module"
        cp "$KERNEL/config" "$obj/.config"
        kmake() {
            nice make -C "$src" O="$obj" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- "$@"
        }
        kmake olddefconfig
        # fails if the compiler is no longer the one that has built the kernel: it may change the configuration.
        # The versions of rustc are ignored: they depend on the home directory (rustup), and no file of Rust is built.
        sed -i /^CONFIG_RUSTC_/d "$obj/.config"
        sed /^CONFIG_RUSTC_/d "$KERNEL/config" | cmp - "$obj/.config"
        kmake -j"$(nproc)" modules_prepare
        cmp "$obj/include/config/kernel.release" "$KERNEL/release"
        cp "$HERE/guest/release_region.c" "$OUT/module/"
        echo "obj-m := release_region.o" > "$OUT/module/Makefile"
        kmake M="$OUT/module" KBUILD_MODPOST_WARN=1 modules
        powerpc64le-linux-gnu-strip --strip-debug -o "$OUT/release_region.ko" "$OUT/module/release_region.ko"
        rm -r "$obj" "$OUT/module"
    '
}
