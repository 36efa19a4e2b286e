# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $overlay and $dracut_root are used by dracut.sh
#
# initramfs-net - a dracut initramfs without systemd, for network targets, fs: and raw:
# In:  debian-legacy, kernel, server (its keys), the installed product, guest/fadump-net.conf.
# Out: initramfs.img. The module adds the tools of the targets by itself, according to /etc/fadump.conf.
# Does not know: the behaviour of the module.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

# the dracut of this root has network-legacy
dracut_root=debian-legacy

part_needs() {
    echo "$dracut_root" kernel server
}

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer" "$HERE/guest/fadump-net.conf"
    basename "$LAB_PRODUCT"
}

# initramfs-net-full.sh redefines this function
which_modules() {
    # only host-only images contain the ssh key
    dracut_make "$1" --hostonly --add-drivers 'bonding 8021q' --modules 'dash rootfs-block network-legacy fadump'
}

part_build() {
    overlay=$1/overlay
    mkdir -p "$overlay/etc" "$overlay/root"
    install -m 600 "$HERE/guest/fadump-net.conf" "$overlay/etc/fadump.conf"
    cp -a "$(part_path server)/ssh" "$overlay/root/.ssh"
    chmod 700 "$overlay/root/.ssh"
    which_modules "$1"
    rm -r "$overlay"
}
