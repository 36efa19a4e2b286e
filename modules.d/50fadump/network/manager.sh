#!/bin/sh
# sourced by network/backends.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# network/manager.sh - configure NetworkManager with dracut's parameters
#
# In:  words: ip=, bond= and so on; the generator and the units of NetworkManager in this initramfs.
# Out: connections in /run/NetworkManager; NetworkManager runs, from its unit or as network_job.
# Does not know: the other backends, the targets that use the network.

# manager_generator: prints the path of NetworkManager's generator; 1: this initramfs has none. The directories are those
# of dracut (network-manager/module-setup.sh); Debian 12 has lib/NetworkManager.
manager_generator() {
    local dir
    for dir in usr/libexec usr/lib usr/libexec/NetworkManager usr/lib/NetworkManager; do
        [ -x "$ROOT/$dir/nm-initrd-generator" ] || continue
        echo "$ROOT/$dir/nm-initrd-generator"
        return
    done
    return 1
}

# network_manager GENERATOR WORD...: starts NetworkManager. Its files and those of the generator are in
# /run, where the running system would also use them: network_shut removes the new ones.
network_manager() {
    local generator="$1" unit
    shift
    mkdir -p "$ROOT/run/NetworkManager/initrd"
    network_known=" $(echo "$ROOT"/run/NetworkManager/*/*) "
    run_with_timeout "$timeout" "$generator" -- "$@" || {
        reason="the network cannot be configured: $*"
        return 1
    }
    : > "$ROOT/run/NetworkManager/initrd/neednet" # a condition of the units
    if [ -d "$ROOT/run/systemd/system" ]; then
        manager_unit
        if run_with_timeout "$timeout" systemctl start --no-block "$unit" 2> "$run/said"; then
            network_unit=$unit
            return 0
        fi
        log "warning: $unit does not start, so NetworkManager runs without this unit$(last_message "$run/said")"
    fi
    NetworkManager --configure-and-quit=initrd --no-daemon < /dev/null > /dev/null &
    network_job=$!
}

# manager_unit: sets $unit to the unit of NetworkManager in this initramfs. dracut installs its own nm-initrd
# (until NetworkManager 1.54, or if the distribution removes the units), or the units of NetworkManager. The unit
# NetworkManager-config-initrd must not be started: it removes the connections that the generator wrote.
manager_unit() {
    for unit in NetworkManager-initrd.service nm-initrd.service; do
        if manager_has "$unit"; then return 0; fi
    done
}

# manager_has UNIT: 0 when systemd has UNIT. The first file of that name counts; if it is empty, UNIT is masked.
manager_has() {
    local dir
    for dir in etc/systemd run/systemd run/systemd/generator usr/local/lib/systemd usr/lib/systemd lib/systemd; do
        case $dir in */generator) ;; *) dir=$dir/system ;; esac
        if [ -e "$ROOT/$dir/$1" ] || [ -L "$ROOT/$dir/$1" ]; then
            [ -s "$ROOT/$dir/$1" ]
            return
        fi
    done
    return 1
}
