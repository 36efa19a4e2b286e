# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $dracut_root is used by dracut.sh
#
# initramfs-nm-old - like initramfs-nm, with dracut's nm-initrd.service
# In:  debian-nm-old instead of debian-nm; otherwise see initramfs-nm.sh. Out: initramfs.img.
# Does not know: the behaviour of the module.

# shellcheck source=initramfs-nm.sh
. "$HERE/parts/initramfs-nm.sh"

dracut_root=debian-nm-old
