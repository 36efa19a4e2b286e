# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $overlay is dracut.sh's
#
# initramfs-net - a dracut initramfs without systemd, and with what targets on a network, on another disk and raw need
# In:  debian, kernel, server (its keys), the installed product, guest/fadump-net.conf.
# Out: initramfs.img. Does not know: what the module does. What is needed is found by the module from /etc/fadump.conf.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

part_needs() {
    echo debian kernel server
}

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer" "$HERE/guest/fadump-net.conf"
    basename "$LAB_PRODUCT"
}

# initramfs-net-full.sh says it otherwise
which_modules() {
    dracut_make "$1" --modules 'dash rootfs-block network-legacy fadump'
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
