#!/bin/sh
# sourced by dracut at pre-pivot
# SPDX-License-Identifier: GPL-2.0-or-later
#
# theirs.sh - save the dump as kdump-utils does, and reboot
#
# In:  a capture boot, $NEWROOT; makedumpfile and its libraries in /theirs.
# Out: a dump on the root file system, as made by kdump.sh of kdump-utils (dump_fs, defaults of kdump.conf); the machine
#      reboots. It does not write the kernel log of the crash and the log of kdump-utils, which makes it faster.
# Does not know: the measurements.

theirs=$NEWROOT/var/crash/127.0.0.1-$(date +%Y-%m-%d-%T)
mount -o remount,rw "$NEWROOT" \
    && mkdir -p "$theirs" \
    && /theirs/ld64.so.2 --library-path /theirs /theirs/makedumpfile -l --message-level 7 -d 31 \
        /proc/vmcore "$theirs/vmcore-incomplete" \
    && sync -f "$theirs/vmcore-incomplete" \
    && mv "$theirs/vmcore-incomplete" "$theirs/vmcore" \
    && sync -f "$theirs/vmcore" \
    && systemctl reboot -f
sleep 3600 # after a failure: the benchmark waits for the boot, and fails
