#!/bin/sh
# sourced by fadump-capture; the functions are described in target-dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target-nfs4.sh - nfs4:server:/export[:options]: nfs: (target-nfs.sh), version 4 only

# shellcheck source=target-nfs.sh
. "$lib/target-nfs.sh"

nfs_version=vers=4
