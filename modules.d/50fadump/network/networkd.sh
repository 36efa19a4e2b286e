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
# default unit (DHCP on all interfaces) is removed, as dracut itself does; new units use DHCP with
# ClientIdentifier=mac, as dracut's do.
network_networkd() {
    local dir="$ROOT/run/systemd/network" made="$run/generated" file words ignored refused
    mkdir -p "$dir"
    words_networkd "$@"
    [ -z "$ignored" ] || log "warning: network: systemd-networkd does not support $ignored"
    networkd_generate_all || {
        reason="the network cannot be configured: $*"
        return 1
    }
    for file in "$@"; do
        case $file in bond=*:*:*) networkd_bond "${file#bond=}" "$made/run/systemd/network" ;; esac
    done
    for file in "$made/run/systemd/network"/*; do
        [ -e "$file" ] || continue
        case $file in
            *.network) [ -e "$dir/${file##*/}" ] || printf '[DHCPv4]\nClientIdentifier=mac\n' >> "$file" ;;
        esac
        network_unit_add "$file" "$dir"
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

# networkd_generate_all: writes units for $words. The generator writes nothing if it does not understand one word:
# then such words are logged and left out. 1: no word remains, or the generator does not end.
networkd_generate_all() {
    local status=0
    set -f
    # shellcheck disable=SC2086 # words
    set -- $words
    set +f
    networkd_generate "$@" || status=$?
    case $status in
        0) return 0 ;;
        124) return 1 ;;
    esac
    words_usable networkd_generate "$@"
    log "warning: network: systemd-network-generator does not understand $refused"
    set -f
    # shellcheck disable=SC2086 # words
    set -- $words
    set +f
    [ "$#" -gt 0 ] && networkd_generate "$@"
}

# networkd_generate WORD...: writes units for these words to $made. They are written to a directory of their own: the
# generator of systemd 252 fails if a unit exists, and the units for the kernel command line exist already.
networkd_generate() {
    rm -rf "$made"
    mkdir -p "$made"
    run_with_timeout "$timeout" "$ROOT/usr/lib/systemd/systemd-network-generator" --root "$made" -- "$@"
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

# networkd_bond NAME:SLAVES:OPTIONS DIR: adds OPTIONS to the units of the bond in DIR, because the generator ignores
# them. The number at the start of the name of a unit depends on the version of systemd: 90, later 70.
networkd_bond() {
    local options="${1#*:*:}" section primary ignored file
    words_bond "${options%%:*}"
    for file in "$2"/*-"${1%%:*}.netdev"; do break; done
    if [ ! -e "$file" ]; then
        log "warning: network: systemd-network-generator made no unit for the bond ${1%%:*}: the options of this bond are not used"
        return 0
    fi
    [ -z "$section" ] || printf '[Bond]\n%s' "$section" >> "$file"
    if [ -n "$primary" ]; then
        for file in "$2"/*-"$primary.network"; do break; done
        if [ -e "$file" ]; then printf '[Network]\nPrimarySlave=yes\n' >> "$file"; else ignored="${ignored:+$ignored,}primary=$primary"; fi
    fi
    [ -z "$ignored" ] || log "warning: network: systemd-networkd does not support these options of the bond ${1%%:*}: $ignored"
}
