# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-plain - initramfs-mini without the module under test
# In:  debian, kernel. Out: initramfs.img. Does not know: the behaviour of the module.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer"
}

part_build() {
    dracut_make "$1" --no-kernel --modules 'dash rootfs-block'
}
