# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# debian-nm-old - like debian-nm, with a NetworkManager before 1.54, which has no units for an initramfs
# In:  see debian-nm.sh; an older suite. Out: a root directory. Does not know: which parts use it.

# shellcheck source=debian-nm.sh
. "$HERE/parts/debian-nm.sh"

part_suites() {
    echo bookworm trixie
}

units_fetch() { :; }
units_install() { :; }
