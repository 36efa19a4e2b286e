#!/bin/sh
# sourced by module-setup.sh (bash), capture and fadumpctl (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# driver/other-dumpers.sh - find other services that save crash dumps ("peers"); decide which one saves this dump
#
# In:  files of a system or an initramfs; the kernel command line; $explicit_targets, the targets
#      from fadump.conf or the kernel command line, without the default.
# Out: names of peers; peers_yield decides which service saves the dump and logs why. Files of peers
#      are read, never run.
# Does not know: how a peer saves a dump. Sourcing defines functions and does nothing else.
#
# kdump-utils (Fedora, RHEL) and kdump of openSUSE save the dump in an initramfs of their own; if their
# files are not in this initramfs they save nothing in this boot, enabled or not. For dumps of the firmware
# that initramfs is inside the normal one, whose /init they replace: after a crash no hook of this module
# runs. Only the build and fadumpctl can tell the user about that (fadump_init_owner). kdump-tools (Debian)
# saves the dump in the running system, in any boot that has /proc/vmcore, before basic.target. Then it reboots, even if
# it could not save the dump (its /etc/init.d/kdump-tools; read in 1.8.1 and 1.10.9).

# fadump_enabled ROOT UNIT: 0 when UNIT is enabled in the system at ROOT: it exists, a .wants folder has a link to it,
# and it is not masked (a link to /dev/null, or an empty file). "apt remove" leaves the link.
fadump_enabled() {
    local link="$1/etc/systemd/system/$2"
    if [ -e "$link" ] && [ ! -s "$link" ]; then return 1; fi
    [ -e "$link" ] || [ -e "$1/usr/lib/systemd/system/$2" ] || [ -e "$1/lib/systemd/system/$2" ] || return 1
    for link in "$1"/etc/systemd/system/*.wants/"$2" "$1"/usr/lib/systemd/system/*.wants/"$2"; do
        # -L: an absolute link of that system may dangle here
        if [ -L "$link" ] || [ -e "$link" ]; then return 0; fi
    done
    return 1
}

# fadump_assigned FILE NAME: sets $assigned, the value of the last NAME=value in FILE, without quotes. FILE is
# a shell script, but is not run.
fadump_assigned() {
    local line value=''
    assigned=''
    [ -f "$1" ] && [ -r "$1" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in "$2="*) value=${line#*=} ;; esac
    done < "$1"
    value=${value%%[[:space:]]*}
    value=${value#[\"\']}
    assigned=${value%[\"\']}
}

# fadump_tools_on ROOT: 0 when kdump-tools is switched on in the system at ROOT. Its script compares numbers: with any
# other value, even "true", it does nothing. Without etc/default/kdump-tools its units do not start.
fadump_tools_on() {
    local assigned
    fadump_assigned "$1/etc/default/kdump-tools" USE_KDUMP
    case $assigned in
        *[!0-9]*) return 1 ;;
        *[1-9]*) return 0 ;;
    esac
    return 1
}

# fadump_peers ROOT: prints the peers that are enabled in the system at ROOT, one per line.
fadump_peers() {
    if fadump_tools_on "$1" && fadump_enabled "$1" kdump-tools.service; then echo kdump-tools; fi
    if [ -e "$1/etc/kdump.conf" ]; then
        ! fadump_enabled "$1" kdump.service || echo kdump-utils
    elif [ -e "$1/etc/sysconfig/kdump" ]; then
        # checked after kdump.conf: kdump-utils has both files
        if fadump_enabled "$1" kdump.service || fadump_enabled "$1" kdump-early.service; then echo openSUSE-kdump; fi
    fi
}

# fadump_init_owner ROOT: prints the peer that saves the dumps of the firmware in the system at ROOT, in an
# initramfs whose /init it replaces; 1: there is none. kdump-utils rebuilds the initramfs when kdump.service
# starts, if the kernel runs with fadump=on. openSUSE's kdump has a dracut module that every build adds while
# KDUMP_FADUMP is true, whether the service is enabled or not.
fadump_init_owner() {
    local assigned value='' file
    if [ -e "$1/etc/kdump.conf" ]; then
        fadump_enabled "$1" kdump.service || return 1
        for file in "$1/sys/kernel/fadump/enabled" "$1/sys/kernel/fadump_enabled"; do
            { [ -n "$value" ] || read -r value < "$file"; } 2> /dev/null || :
        done
        [ "$value" = 1 ] || return 1
        echo kdump-utils
        return 0
    fi
    for file in "$1"/usr/lib/dracut/modules.d/[0-9][0-9]zz-fadumpinit/module-setup.sh; do
        [ -e "$file" ] || return 1
    done
    fadump_assigned "$1/etc/sysconfig/kdump" KDUMP_FADUMP
    case $assigned in
        true | yes | 1) echo openSUSE-kdump ;;
        *) return 1 ;;
    esac
}

# fadump_remedy PEER: prints how the user can make this module save the dumps instead of PEER.
fadump_remedy() {
    case $1 in
        kdump-tools) echo 'set a target in /etc/fadump.conf, or USE_KDUMP=0 in /etc/default/kdump-tools' ;;
        openSUSE-kdump) echo 'set KDUMP_FADUMP=false in /etc/sysconfig/kdump, run "systemctl disable --now kdump kdump-early", then "dracut -f"' ;;
        *) echo 'run "systemctl disable --now kdump", then "dracut -f"' ;;
    esac
}

# fadump_tools_text ROOT TARGETS: prints which service saves the dumps in the system at ROOT, where kdump-tools is
# enabled, and what the user can do. TARGETS: the targets that are configured for this module.
fadump_tools_text() {
    local assigned
    if [ -n "$2" ]; then
        echo 'kdump-tools is enabled, too: a target is configured for fadump, which saves the dump; to remove kdump-tools, set USE_KDUMP=0 in /etc/default/kdump-tools first, because it disarms the machine when it stops'
        return 0
    fi
    fadump_assigned "$1/etc/default/kdump-tools" KDUMP_COREDIR
    echo "kdump-tools is enabled and no target is configured for fadump: after a crash kdump-tools saves the dump in ${assigned:-/var/crash} and reboots; to change this, $(fadump_remedy kdump-tools)"
}

# fadump_peer_next ROOT NEWROOT: prints the peer that will save the dump in this boot if this module does
# not: a peer in the initramfs ROOT, or kdump-tools in the system NEWROOT. 1: there is none.
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
    # returns 1 also if kdump-tools is not installed, or the root is not mounted
    fadump_tools_on "$2" || return 1
    case " $words " in
        *' systemd.unit=kdump-tools-dump.service '*) ;;
        *) case $(fadump_peers "$2") in kdump-tools*) ;; *) return 1 ;; esac ;;
    esac
    echo kdump-tools
}

# peers_yield: 0 when a peer will save the dump and no target is configured for this module: then this
# module copies, releases and arms nothing. Logs the peers in either case. In the running system: 1,
# because the decision was made in the initramfs or by the administrator.
peers_yield() {
    local peer other
    [ -n "$NEWROOT" ] || return 1
    peer=$(fadump_peer_next "$ROOT" "$ROOT$NEWROOT") || peer=''
    for other in $(fadump_peers "$ROOT$NEWROOT"); do
        [ "$other" = "$peer" ] || log "$other is enabled, too, but not in this initramfs: it cannot save this dump"
    done
    [ -n "$peer" ] || return 1
    if [ -n "$explicit_targets" ]; then
        log "$peer is enabled, too; a target is configured for this module, which saves the dump"
        [ "$peer" != kdump-tools ] || peer_hold
        return 1
    fi
    result=left
    log_reason "the dump is left to $peer, which is enabled: no target is configured for this module (fadump.conf, fadump_target=)"
}

# peer_hold: if fadump-late.service can save a dump that is left to the running system, adds a condition to
# kdump-tools.service for this boot: systemd skips that unit while /proc/vmcore exists. Without the condition,
# kdump-tools would save such a dump first, and reboot.
peer_hold() {
    local folder="$ROOT/run/systemd/system/kdump-tools.service.d"
    late_runs fadump-late.service '' || return 0
    (umask 022 && mkdir -p "$folder" && printf '%s\n' '[Unit]' 'ConditionPathExists=!/proc/vmcore' > "$folder/fadump.conf") 2> /dev/null \
        || log "warning: cannot write to $folder: kdump-tools will save a dump that remains in memory, and reboot"
}
