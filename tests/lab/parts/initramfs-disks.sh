# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $overlay and $dracut_root are dracut.sh's
#
# initramfs-disks - a dracut initramfs without systemd, with LVM and LUKS
# In:  debian-disks, kernel, the installed product.
# Out: initramfs.img. Does not know: what the module does. The disks are not there when it is built, so that it is told of them.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

dracut_root=debian-disks
LUKS=77777777-0000-4000-8000-000000000001

part_needs() {
    echo debian-disks kernel
}

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer"
    basename "$LAB_PRODUCT"
}

part_build() {
    overlay=$1/overlay
    mkdir -p "$overlay/etc"
    # user pages are kept: they are what is compared
    printf '%s\n' 'include = fs' 'dump_level = 23' > "$overlay/etc/fadump.conf"
    # dracut opens it in the boots whose command line has its rd.luks.uuid=
    echo "safe UUID=$LUKS /etc/luks-key luks" > "$overlay/etc/crypttab"
    printf secret > "$overlay/etc/luks-key"
    dracut_make "$1" --modules 'dash rootfs-block lvm crypt fadump' --install '/etc/crypttab /etc/luks-key'
    rm -r "$overlay"
}
