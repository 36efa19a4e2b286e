#!/bin/sh
# sourced by capture; the functions are described in target/dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/nfs4.sh - nfs4:server:/export[:options], like nfs: (target/nfs.sh), but only with version 4

# shellcheck source=nfs.sh
. "$module/target/nfs.sh"

nfs_version=vers=4
