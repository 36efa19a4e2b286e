#!/bin/sh
# sourced by dracut at pre-pivot, after fadump's own hook
# SPDX-License-Identifier: GPL-2.0-or-later
#
# phyp-after.sh - stop what phyp-before.sh has started

[ ! -e /run/phyp-watcher ] || kill "$(cat /run/phyp-watcher)"
