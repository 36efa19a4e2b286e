# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-full - dracut's generic initramfs with systemd, and the module under test
# In:  debian, kernel, the installed product. Out: initramfs.img. Does not know: what the module does.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer"
    basename "$LAB_PRODUCT"
}

part_build() {
    # a generic initramfs has these wherever their packages are; here only where a target needs them (initramfs-net-full)
    dracut_make "$1" --add fadump --omit 'iscsi nfs network'
}
