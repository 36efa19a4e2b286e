# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-full - the generic initramfs of dracut with systemd, and the module under test
# In:  debian, kernel, the installed product. Out: initramfs.img. Does not know: the behaviour of the module.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer"
    basename "$LAB_PRODUCT"
}

part_build() {
    # dracut adds iscsi, nfs and network to a generic initramfs if their packages are installed; only initramfs-net-full
    # needs them
    dracut_make "$1" --add fadump --omit 'iscsi nfs network'
}
