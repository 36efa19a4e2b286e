#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after build/needs.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # module-setup.sh sets conf
#
# build/peers.sh - find other services that would save the dump instead of this module
#
# In:  files of this machine (driver/other-dumpers.sh), the dracut modules of this initramfs; conf.
# Out: lines for build/faults.sh.
# Does not know: how such a service saves a dump.

# fadump_peer_faults: prints lines about other services that would save the dump.
fadump_peer_faults() {
    local peer owner targets kind
    owner=$(fadump_init_owner "${dracutsysrootdir-}") || owner=''
    if dracut_module_included zz-fadumpinit; then
        [ -n "$owner" ] || owner=$(fadump_module_owner "${dracutsysrootdir-}")
        echo "warning=$owner replaces /init of this initramfs: after a crash $owner saves the dump, not this module; to change this, $(fadump_remedy "$owner")"
    elif [ -n "$owner" ]; then
        echo "warning=$owner is enabled and rebuilds the initramfs with its own /init: after a crash $owner saves the dump, not this module; to change this, $(fadump_remedy "$owner")"
    fi
    for peer in $(fadump_peers "${dracutsysrootdir-}"); do
        case $peer:$owner in
            *:"$peer") ;;
            # kdump-tools runs after the initramfs: the settings decide which of the two saves the dump
            kdump-tools:*)
                targets=$(fadump_values target "$conf")
                if [ -n "$targets" ]; then kind=info; else kind=note; fi
                echo "$kind=$(fadump_tools_text "${dracutsysrootdir-}" "$targets")"
                ;;
            *) echo "info=$peer is enabled on this machine: it saves dumps in a kernel that it starts by kexec, this module saves dumps of the firmware" ;;
        esac
    done
}

# fadump_module_owner ROOT: prints the package in ROOT that has the dracut module zz-fadumpinit. Used if
# fadump_init_owner finds none, for example because the running kernel was not started with fadump=on.
fadump_module_owner() {
    if [ -e "$1/etc/kdump.conf" ] || [ ! -e "$1/etc/sysconfig/kdump" ]; then
        echo kdump-utils
    else
        echo openSUSE-kdump
    fi
}
