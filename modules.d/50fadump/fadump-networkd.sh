#!/bin/sh
# sourced by fadump-backend.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-networkd.sh - dracut's parameters for systemd-networkd
#
# In:  words: ip=, bond= and so on.
# Out: units in /run/systemd/network, noted in network_files; networkd runs.
# Does not know: the other ways, what is done with the network.

# systemd's generator takes the parameters as words and writes units of networkd. dracut's
# default (DHCP on everything) goes, as dracut does itself; its DHCP options are those of dracut.
network_networkd() {
    local dir="$ROOT/run/systemd/network" file before=' '
    for file in "$dir"/*; do before="$before${file##*/} "; done
    within "$timeout" "$ROOT/usr/lib/systemd/systemd-network-generator" -- "$@" || {
        reason="the network cannot be configured: $*"
        return 1
    }
    for file in "$dir"/*; do
        case $before in *" ${file##*/} "*) continue ;; esac
        network_files="$network_files$file
"
        case $file in
            *.network) printf '[DHCPv4]\nClientIdentifier=mac\n' >> "$file" ;;
        esac
    done
    for file in "$@"; do
        case $file in bond=*:*:*) network_bond "${file#bond=}" "$dir" ;; esac
    done
    rm -f "$ROOT/etc/systemd/network/zzzz-dracut-default.network"
    : > "$run/network" # networkd is kept from running until this is there (module-setup.sh)
    network_unit=systemd-networkd.service
    within "$timeout" systemctl restart "$network_unit" || {
        reason='systemd-networkd does not start'
        return 1
    }
}

# network_bond NAME:SLAVES:OPTIONS DIR: systemd's generator (257) leaves the options out.
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
