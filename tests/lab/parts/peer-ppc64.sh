# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # for ../peer.sh
#
# peer-ppc64 - makedumpfile that reads the dumps of the ppc64 machines
# In:  see ../peer.sh. Out: a root directory. Does not know: what is compared with it.

# shellcheck source=../peer.sh
. "$HERE/peer.sh"
architecture=ppc64el
