# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are set by lib.sh
#
# kernel - a ppc64le kernel with firmware-assisted dump, for pseries and powernv machines, from the kernel source of
# Debian
# In:  pseries.config, LAB_PAGE_KB (64 or 4).
# Out: vmlinux (booted by QEMU), vmlinux.debug (DWARF, for drgn), modules/ (lib/modules of the roots), config, release.
#      The build fails if kconfig drops a line of the configuration. The source and object trees remain in $LAB/work, so
#      that a small change is built in seconds.
# Does not know: which machine boots it.

part_packages() {
    echo gcc-powerpc64le-linux-gnu gcc libc6-dev make flex bison bc perl python3 kmod xz-utils
}

# a series that drgn, crash and makedumpfile support; the suite "host" is the release of the host
source=linux-source-6.12

part_suites() {
    echo host trixie
}

part_fetch() {
    mkdir -p "$LAB/archive"
    archive download "$1" "$(dpkg --print-architecture)" $source > "$LAB/archive/source.$part" && [ -s "$LAB/archive/source.$part" ]
}

# source_tree: set $src to the source tree; unpack it, unless another part has done so
source_tree() {
    deb=$(cat "$LAB/archive/source.$part")
    src=$LAB/work/$(basename "$deb" .deb)
    mkdir -p "$LAB/work"
    # shellcheck disable=SC2016 # expanded by the inner shell
    step 'unpack the source' flock "$LAB/work/lock" sh -euc '
        [ ! -d "$1" ] || exit 0
        rm -rf "$1.part"
        mkdir "$1.part"
        dpkg-deb --fsys-tarfile "$2" | tar -xO "./usr/src/$3.tar.xz" | tar -C "$1.part" --strip-components=1 -xJ
        mv "$1.part" "$1"
    ' sh "$src" "$deb" $source
}

# the page size and the configuration; kernel-4k.sh redefines both
pages=${LAB_PAGE_KB:-64}k
fragment() {
    sed "s/^CONFIG_PPC_64K_PAGES=y/CONFIG_PPC_${pages%k}K_PAGES=y/" "$HERE/pseries.config"
}

part_recipe() {
    fragment | grep '^CONFIG'
}

# the number of objects compiled so far; a complete build has 1540
part_progress() {
    case $label in
        compile) echo "$(grep -c '^  [A-Z]* *\(\[M\]\)* *[^ ]*\.o$' "$log") of about 1540 objects" ;;
        *) tail -n 1 "$log" | tail -c 70 ;;
    esac
}

part_build() {
    source_tree
    obj=$src-$pages
    mkdir -p "$obj"
    fragment > "$obj/fragment"
    kmake() {
        k=$1
        shift
        step "$k" nice make -C "$src" O="$obj" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- \
            KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab "$@"
    }
    kmake configure KCONFIG_ALLCONFIG=fragment allnoconfig
    dropped=$(grep '^CONFIG' "$obj/fragment" | grep -v '=n$' | grep -vxFf "$obj/.config" || true)
    [ -z "$dropped" ] || die "kernel: kconfig dropped these lines of pseries.config: $(echo "$dropped" | tr '\n' ' ')"
    # without -s, because part_progress counts the lines of the log. -g0: modules compile in a quarter less time without
    # debug information, and the tests need only the debug information of vmlinux.
    kmake compile -j"$(nproc)" CFLAGS_MODULE=-g0 vmlinux modules
    kmake modules INSTALL_MOD_PATH="$1/modules" INSTALL_MOD_STRIP=1 modules_install
    rm -f "$1"/modules/lib/modules/*/build "$1"/modules/lib/modules/*/source
    cp "$obj/.config" "$1/config"
    cp "$obj/include/config/kernel.release" "$1/release"
    basename "$src" > "$1/versions"
    cp "$obj/vmlinux" "$1/vmlinux.debug"
    step strip powerpc64le-linux-gnu-strip -o "$1/vmlinux" "$obj/vmlinux"
}
