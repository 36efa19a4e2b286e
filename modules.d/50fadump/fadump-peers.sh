#!/bin/sh
# sourced by module-setup.sh (bash) and by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-peers.sh - others that save crash dumps: are they here, and whose dump is it?
#
# In:  files of a system or an initramfs; the kernel command line; $named, the targets that
#      somebody wrote down (in fadump.conf or on the kernel command line).
# Out: names of peers; peers_yield says who has the dump, and why. Their files are read, never run.
# Does not know: what a peer does with a dump. Sourcing defines functions and does nothing else.
#
# kdump-utils (Fedora, RHEL) and kdump of openSUSE save in an initramfs of their own, and one that
# is not in this initramfs saves nothing in this boot, enabled or not. kdump-tools (Debian) saves
# in the real root, in any boot that has /proc/vmcore there.

# fadump_enabled ROOT UNIT: 0 when something in the system at ROOT wants that unit.
fadump_enabled() {
    local link
    for link in "$1"/etc/systemd/system/*.wants/"$2"; do
        # a link to what is not there from outside
        if [ -L "$link" ] || [ -e "$link" ]; then return 0; fi
    done
    return 1
}

# fadump_assigned FILE NAME: prints the value of the last NAME=value of FILE, which is shell that
# nobody runs here; without the quotes around it.
fadump_assigned() {
    local line value=''
    [ -f "$1" ] && [ -r "$1" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in "$2="*) value=${line#*=} ;; esac
    done < "$1"
    value=${value%%[[:space:]]*}
    value=${value#[\"\']}
    printf '%s\n' "${value%[\"\']}"
}

# fadump_peers ROOT: prints the peers that are enabled in the system at ROOT, one to a line.
fadump_peers() {
    case $(fadump_assigned "$1/etc/default/kdump-tools" USE_KDUMP) in
        '' | 0 | false) ;;
        *) ! fadump_enabled "$1" kdump-tools.service || echo kdump-tools ;;
    esac
    if [ -e "$1/etc/kdump.conf" ]; then
        ! fadump_enabled "$1" kdump.service || echo kdump-utils
    elif [ -e "$1/etc/sysconfig/kdump" ]; then
        # kdump-utils has such a file, too, beside its kdump.conf
        if fadump_enabled "$1" kdump.service || fadump_enabled "$1" kdump-early.service; then echo openSUSE-kdump; fi
    fi
}

# fadump_peer_next ROOT NEWROOT: prints the peer that will save the dump of this boot if nobody
# does before it: what is in the initramfs ROOT, or enabled in the system NEWROOT; 1: none.
fadump_peer_next() {
    local file words=''
    for file in "$1/usr/lib/systemd/system/kdump-capture.service" "$1"/lib/dracut/hooks/pre-pivot/9999-kdump.sh \
        "$1"/usr/lib/dracut/hooks/pre-pivot/9999-kdump.sh "$1"/var/lib/dracut/hooks/pre-pivot/9999-kdump.sh; do
        if [ -e "$file" ]; then
            echo kdump-utils
            return 0
        fi
    done
    if [ -e "$1/usr/lib/systemd/system/kdump-save.service" ]; then
        echo openSUSE-kdump
        return 0
    fi
    { read -r words < "$1/proc/cmdline"; } 2> /dev/null || :
    # its unit reads this file, or does not start; without it the root is not here at all
    [ -e "$2/etc/default/kdump-tools" ] || return 1
    case " $words " in
        *' systemd.unit=kdump-tools-dump.service '*) ;;
        *) case $(fadump_peers "$2") in kdump-tools*) ;; *) return 1 ;; esac ;;
    esac
    echo kdump-tools
}

# peers_yield: 0 when the dump is a peer's: it will save it, and nobody has named a target for us.
# Then nothing is copied, released or armed here. What it finds is said in either case. In the
# running system the dump is whose who asks for it.
peers_yield() {
    local peer other
    [ -n "$NEWROOT" ] || return 1
    peer=$(fadump_peer_next "$ROOT" "$ROOT$NEWROOT") || peer=''
    for other in $(fadump_peers "$ROOT$NEWROOT"); do
        [ "$other" = "$peer" ] || say "$other is enabled, too, but not in this initramfs: it cannot save this dump"
    done
    [ -n "$peer" ] || return 1
    if [ -n "$named" ]; then
        say "$peer is enabled, too; a target is named for this module, which saves the dump"
        return 1
    fi
    result=left
    note "the dump is left to $peer, which is enabled: no target is named for this module (fadump.conf, fadump_target=)"
}
