#!/bin/sh
# sourced by network/backends.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# network/networkd.sh - configure systemd-networkd with dracut's parameters
#
# In:  words: ip=, bond= and so on.
# Out: units in /run/systemd/network, listed in network_files; networkd runs.
# Does not know: the other backends, the targets that use the network.

# network_networkd WORD...: systemd-network-generator writes units of networkd for these words. dracut's
# default unit (DHCP on all interfaces) is removed, as dracut itself does; DHCP is given dracut's options.
network_networkd() {
    local dir="$ROOT/run/systemd/network" made="$run/generated" file
    # write to another directory first: the generator of systemd 252 fails if a unit exists, and the units for the
    # kernel command line exist already
    rm -rf "$made"
    mkdir -p "$made" "$dir"
    run_with_timeout "$timeout" "$ROOT/usr/lib/systemd/systemd-network-generator" --root "$made" -- "$@" || {
        reason="the network cannot be configured: $*"
        return 1
    }
    for file in "$made/run/systemd/network"/*; do
        [ -e "$file" ] || continue
        case $file in
            *.network) [ -e "$dir/${file##*/}" ] || printf '[DHCPv4]\nClientIdentifier=mac\n' >> "$file" ;;
        esac
        network_unit_add "$file" "$dir"
    done
    for file in "$@"; do
        case $file in bond=*:*:*) network_bond "${file#bond=}" "$dir" ;; esac
    done
    # Remove dracut's default unit; dracut 106 and older have it in /etc, dracut 110 and later in /run
    rm -f "$ROOT/etc/systemd/network/zzzz-dracut-default.network" "$dir/zzzz-dracut-default.network"
    : > "$run/network" # networkd starts only if this file exists (build/network.sh)
    network_unit=systemd-networkd.service
    run_with_timeout "$timeout" systemctl restart "$network_unit" || {
        reason='systemd-networkd does not start'
        return 1
    }
}

# network_unit_add FILE DIR: moves the unit FILE to DIR. An existing unit of that name is from the kernel command line:
# if it has other content, FILE is given a name that is sorted before it.
network_unit_add() {
    local name="${1##*/}"
    if [ -e "$2/$name" ]; then
        [ "$(cat "$1")" != "$(cat "$2/$name")" ] || return 0
        name=00-fadump-$name
    fi
    mv "$1" "$2/$name"
    network_files="$network_files$2/$name
"
}

# network_bond NAME:SLAVES:OPTIONS DIR: adds OPTIONS to the unit of the bond in DIR, because the generator
# of systemd 257 ignores them.
network_bond() {
    local options="${1#*:*:}" word mode='' miimon='' file="$2/70-${1%%:*}.netdev"
    [ -e "$file" ] || return 0
    options=${options%%:*},
    while [ -n "$options" ]; do
        word=${options%%,*} options=${options#*,}
        case $word in
            mode=0) mode=balance-rr ;;
            mode=1) mode=active-backup ;;
            mode=2) mode=balance-xor ;;
            mode=3) mode=broadcast ;;
            mode=4) mode=802.3ad ;;
            mode=5) mode=balance-tlb ;;
            mode=6) mode=balance-alb ;;
            mode=*) mode=${word#*=} ;;
            miimon=*) miimon=${word#*=} ;;
        esac
    done
    {
        echo '[Bond]'
        [ -z "$mode" ] || echo "Mode=$mode"
        [ -z "$miimon" ] || echo "MIIMonitorSec=${miimon}ms"
    } >> "$file"
}
