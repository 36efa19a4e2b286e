# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# initramfs-net-full - as initramfs-net, with systemd, systemd-networkd and all that dracut puts into a generic initramfs
# In:  see initramfs-net.sh. Out: initramfs.img. Does not know: what the module does.

# shellcheck source=initramfs-net.sh
. "$HERE/parts/initramfs-net.sh"

which_modules() {
    dracut_make "$1" --add fadump
}
