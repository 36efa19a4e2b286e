# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $overlay and $dracut_root are used by dracut.sh
#
# initramfs-nm - a generic dracut initramfs with systemd and NetworkManager-initrd.service
# In:  debian-nm, kernel, the installed product. Out: initramfs.img. The module adds the network by itself, because of
#      the target in /etc/fadump.conf.
# Does not know: the behaviour of the module.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

dracut_root=debian-nm

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer" "$HERE/parts/initramfs-nm.sh"
    basename "$LAB_PRODUCT"
}

part_build() {
    overlay=$1/overlay
    mkdir -p "$overlay/etc"
    # keep user pages: the pattern consists of them
    printf '%s\n' 'target = nfs:10.77.0.1:/srv/crash' 'dump_level = 23' > "$overlay/etc/fadump.conf"
    dracut_make "$1" --add fadump
    rm -r "$overlay"
}
