# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # used by ../peer.sh
#
# peer-ppc64 - makedumpfile for the dumps of ppc64le machines
# In:  see ../peer.sh. Out: a root directory. Does not know: the comparisons.

# shellcheck source=../peer.sh
. "$HERE/peer.sh"
architecture=ppc64el
