# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-mini - a dracut initramfs without systemd, with dash as /bin/sh, and the module under test
# In:  debian, kernel, the installed product. Out: initramfs.img. Does not know: the behaviour of the module.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer"
    basename "$LAB_PRODUCT"
}

part_build() {
    dracut_make "$1" --no-kernel --modules 'dash rootfs-block fadump'
}
