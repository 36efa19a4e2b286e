# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# vmcore-64k - a dump of the emulated POWER machine: 64 KiB pages, radix MMU
# In:  see ../vmcore-ppc64.sh. Out: vmcore, vmlinux, console. Does not know: which program reads it.

# shellcheck source=../vmcore-ppc64.sh
. "$HERE/vmcore-ppc64.sh"
