# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $overlay and $dracut_root are used by dracut.sh
#
# initramfs-disks - a dracut initramfs without systemd, with LVM, LUKS, md and multipath
# In:  debian-disks, kernel, the installed product.
# Out: initramfs.img. The disks do not exist during the build, so crypttab names the LUKS device, and fadump.conf the
#      kinds of targets.
# Does not know: the behaviour of the module.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

dracut_root=debian-disks
LUKS=77777777-0000-4000-8000-000000000001

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer"
    basename "$LAB_PRODUCT"
}

part_build() {
    overlay=$1/overlay
    mkdir -p "$overlay/etc"
    # keep user pages: the pattern consists of them
    printf '%s\n' 'include = fs raw' 'dump_level = 23' > "$overlay/etc/fadump.conf"
    # dracut opens the LUKS device only if its rd.luks.uuid= is on the command line
    echo "safe UUID=$LUKS /etc/luks-key luks" > "$overlay/etc/crypttab"
    printf secret > "$overlay/etc/luks-key"
    dracut_make "$1" --modules 'dash rootfs-block lvm crypt mdraid multipath fadump' \
        --add-drivers 'sd_mod nvme virtio_scsi ibmvscsi xfs btrfs overlay' --install '/etc/crypttab /etc/luks-key'
    rm -r "$overlay"
}
