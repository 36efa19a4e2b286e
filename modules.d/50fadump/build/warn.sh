#!/bin/sh
# sourced by dracut at pre-pivot: return, never exit; only in an initramfs whose build had warnings
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build/warn.sh - log the warnings of the build of this initramfs, and store them for the running system
#
# In:  /usr/lib/fadump/build-warnings (build/faults.sh).
# Out: the same lines on the console and, for fadumpctl, in /run/fadump/build-warnings. For root only.
# Does not know: dumps. ROOT is empty on a real machine; tests set it to a folder.

fadump_warn() {
    local root="${ROOT-}" line
    [ -r "$root/usr/lib/fadump/build-warnings" ] || return 0
    (umask 077 && mkdir -p "$root/run/fadump" && : > "$root/run/fadump/build-warnings") || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        warn "fadump: build of this initramfs: $line"
        printf '%s\n' "$line"
    done < "$root/usr/lib/fadump/build-warnings" > "$root/run/fadump/build-warnings"
}

fadump_warn
unset -f fadump_warn
