# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# debian-legacy - like debian, with a dracut older than 110, which supports a network in an initramfs without systemd
# (network-legacy)
# In:  see debian.sh; an older suite, if it is available. Out: a root directory. Does not know: which parts use it.

# shellcheck source=debian.sh
. "$HERE/parts/debian.sh"

part_suites() {
    echo bookworm trixie
}
