# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are lib.sh's
#
# kernel - a ppc64le kernel with firmware-assisted dump, from the distribution's kernel source
# In:  pseries.config, LAB_PAGE_KB (64 or 4). Every line of the configuration is checked to have been taken.
# Out: vmlinux (booted by QEMU), vmlinux.debug (DWARF, for drgn), modules/ (lib/modules of the roots), config, release.
# Does not know: what boots it. The source and object trees stay in $LAB/work, so that a small change is built in seconds.

part_packages() {
    echo linux-source-6.12 gcc-powerpc64le-linux-gnu gcc libc6-dev make flex bison bc perl python3 kmod xz-utils
}

# what this kernel is made of; kernel-4k.sh says it otherwise
pages=${LAB_PAGE_KB:-64}k
fragment() {
    sed "s/^CONFIG_PPC_64K_PAGES=y/CONFIG_PPC_${pages%k}K_PAGES=y/" "$HERE/pseries.config"
}

part_recipe() {
    fragment | grep '^CONFIG'
}

# objects compiled so far, and those of a whole build as counted once
part_progress() {
    case $label in
        compile) echo "$(grep -c '^  [A-Z]* *\(\[M\]\)* *[^ ]*\.o$' "$log") of about 1540 objects" ;;
        *) tail -n 1 "$log" | tail -c 70 ;;
    esac
}

part_build() {
    version=$(dpkg-query -W -f '${Version}' linux-source-6.12)
    src=$LAB/work/linux-$version
    obj=$LAB/work/linux-$version-$pages
    mkdir -p "$LAB/work" "$obj"
    # the kernels are built at the same time, from one source tree
    # shellcheck disable=SC2016 # expanded inside
    step 'unpack the source' flock "$LAB/work/lock" sh -euc '
        [ ! -d "$1" ] || exit 0
        rm -rf "$1.part"
        mkdir "$1.part"
        tar -C "$1.part" --strip-components=1 -xf /usr/src/linux-source-6.12.tar.xz
        mv "$1.part" "$1"
    ' sh "$src"
    fragment > "$obj/fragment"
    kmake() {
        k=$1
        shift
        step "$k" nice make -C "$src" O="$obj" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- \
            KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab "$@"
    }
    kmake configure KCONFIG_ALLCONFIG=fragment allnoconfig
    dropped=$(grep '^CONFIG' "$obj/fragment" | grep -v '=n$' | grep -vxFf "$obj/.config" || true)
    [ -z "$dropped" ] || die "kernel: the configuration dropped: $(echo "$dropped" | tr '\n' ' ')"
    # not -s: the progress counts the lines
    kmake compile -j"$(nproc)" vmlinux modules
    kmake modules INSTALL_MOD_PATH="$1/modules" INSTALL_MOD_STRIP=1 modules_install
    rm -f "$1"/modules/lib/modules/*/build "$1"/modules/lib/modules/*/source
    cp "$obj/.config" "$1/config"
    cp "$obj/include/config/kernel.release" "$1/release"
    cp "$obj/vmlinux" "$1/vmlinux.debug"
    step strip powerpc64le-linux-gnu-strip -o "$1/vmlinux" "$obj/vmlinux"
}
