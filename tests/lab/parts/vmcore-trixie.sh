# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # used by ../vmcore-x86.sh
#
# vmcore-trixie - a dump of x86_64 kdump: the kernel of Debian trixie (6.12), page tables of 5 levels, KASLR
# In:  see ../vmcore-x86.sh. Out: vmcore, vmlinux, release, console. Does not know: which program reads it.

# shellcheck source=../vmcore-x86.sh
. "$HERE/vmcore-x86.sh"
part_suites() {
    echo trixie forky sid
}
cpu=max
