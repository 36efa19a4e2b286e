# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # used by ../vmcore-ppc64.sh
#
# vmcore-hash - a dump of the emulated POWER machine: 4 KiB pages, hash MMU
# In:  see ../vmcore-ppc64.sh. Out: vmcore, vmlinux, console. Does not know: which program reads it.

# shellcheck source=../vmcore-ppc64.sh
. "$HERE/vmcore-ppc64.sh"
kernel='kernel-4k'
arguments=disable_radix
