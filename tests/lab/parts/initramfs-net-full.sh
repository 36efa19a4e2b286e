# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $dracut_root is used by dracut.sh
#
# initramfs-net-full - like initramfs-net, but a generic initramfs of dracut with systemd and systemd-networkd
# In:  debian instead of debian-legacy; otherwise see initramfs-net.sh. Out: initramfs.img.
# Does not know: the behaviour of the module.

# shellcheck source=initramfs-net.sh
. "$HERE/parts/initramfs-net.sh"

dracut_root=debian

which_modules() {
    dracut_make "$1" --hostonly --add-drivers 'bonding 8021q' --add fadump
}
