#!/bin/sh
# sourced by dracut at pre-pivot, before the hook of fadump
# SPDX-License-Identifier: GPL-2.0-or-later
#
# phyp-before.sh - turn this capture boot into one of a phyp-assisted dump, and log its memory
#
# In:  a capture boot; phyp.stop_at= of the kernel command line, for release_region.ko.
# Out: /sys/kernel/release_region; /run/phyp-memory, a line immediately and then every 0.3 seconds:
#      MemTotal and MemAvailable in kB, and the names of the dump files that exist.
# Does not know: the assertions.

if [ -e /proc/vmcore ]; then
    phyp_last=$(sed -n 's/^[0-9a-f]*-\([0-9a-f]*\) : System RAM$/0x\1/p' /proc/iomem | sed '$!d')
    insmod /usr/lib/fadump/release_region.ko mem_reserved="$(cat /sys/kernel/fadump/mem_reserved)" \
        last="$phyp_last" stop_at="$(getarg phyp.stop_at= || echo 0)"
    phyp_watch() {
        sed -n -e '/^MemTotal:/h' -e '/^MemAvailable:/{ H; x; s/[^0-9]\+/ /gp; }' /proc/meminfo | tr -d '\n'
        echo "$(cd "$NEWROOT/var/crash" && echo */vmcore*)" /run/fadump/ram/*/vmcore*
    }
    phyp_watch > /run/phyp-memory 2> /dev/null
    while sleep 0.3; do phyp_watch; done >> /run/phyp-memory 2> /dev/null &
    echo $! > /run/phyp-watcher
    unset phyp_last
fi
