#!/bin/sh
# sourced by dracut at pre-pivot, after the hook of fadump
# SPDX-License-Identifier: GPL-2.0-or-later
#
# phyp-after.sh - stop the process that phyp-before.sh has started

[ ! -e /run/phyp-watcher ] || kill "$(cat /run/phyp-watcher)"
