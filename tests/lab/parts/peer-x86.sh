# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # used by ../peer.sh
#
# peer-x86 - makedumpfile for the dumps of x86_64 machines
# In:  see ../peer.sh. Out: a root directory. Does not know: the comparisons.

# shellcheck source=../peer.sh
. "$HERE/peer.sh"
architecture=amd64
