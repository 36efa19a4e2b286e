#!/bin/sh
# sourced by network/network.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# network/address.sh - addresses of servers: text, names, routes
#
# In:  the server of a target; network/hosts, the addresses that were stored at build time; getent; ip.
# Out: $address. It has a scope (fe80::1%eth0) only if it is link-local: no other address needs one.
# Does not know: when and how a network is brought up.

# network_literal SERVER: prints SERVER without brackets if it is an address; else 1.
network_literal() {
    local server="${1#[}"
    server=${server%]}
    case $server in
        *:*) ;;
        '' | *[!0-9.]*) return 1 ;;
    esac
    printf '%s\n' "$server"
}

# network_stored NAME: prints the address of NAME that was stored when the initramfs was built; 1: none is stored.
network_stored() {
    local name stored
    [ -r "$module/network/hosts" ] || return 1
    while read -r stored name; do
        if [ "$name" = "$1" ]; then
            printf '%s\n' "$stored"
            return 0
        fi
    done < "$module/network/hosts"
    return 1
}

# network_link_local ADDRESS: 0 for an address of fe80::/10, which is unique on one link only.
network_link_local() {
    case $1 in [fF][eE][89abAB]?:*) return 0 ;; esac
    return 1
}

# network_take ADDRESS: sets $address to ADDRESS, without a scope that it does not need.
network_take() {
    address=$1
    network_link_local "$1" || address=${1%%\%*}
}

# network_route: prints the route to $address. "ip route get" needs the scope as a device; a scope can be the number
# (ifindex) of an interface.
network_route() {
    local scope="${address#*%}" file number
    case $address in
        *%*) ;;
        *)
            ip route get "$address" 2> /dev/null
            return
            ;;
    esac
    for file in "$ROOT"/sys/class/net/*/ifindex; do
        { read -r number < "$file"; } 2> /dev/null || continue
        [ "$number" != "$scope" ] || scope=${file%/ifindex} scope=${scope##*/}
    done
    ip route get "${address%%\%*}" dev "$scope" 2> /dev/null
}

# network_source: prints the address of this machine on the route to $address; "unknown" if there is none.
network_source() {
    # shellcheck disable=SC2046 # words
    set -- $(network_route)
    while [ "$#" -gt 1 ]; do
        if [ "$1" = src ]; then
            printf '%s\n' "$2"
            return
        fi
        shift
    done
    echo unknown
}

# network_resolve NAME: sets $address to the first address of NAME that has a route now, else to the first address
# of NAME; keeps the stored address if NAME does not resolve. 1, and the reason: there is no address.
network_resolve() {
    local stored="$address" found _rest first='' before=''
    if command -v getent > /dev/null && run_with_timeout 15 getent ahosts "$1" > "$run/resolved" 2> /dev/null; then
        while read -r found _rest; do
            [ "$found" != "$before" ] || continue # one line for each type of socket
            before=$found first=${first:-$found}
            network_take "$found"
            if network_ready; then return 0; fi
        done < "$run/resolved"
    fi
    network_take "${first:-$stored}"
    [ -n "$address" ] && return 0
    reason="$1 cannot be resolved"
    return 1
}

# network_same ADDRESS ADDRESS: 0 when both are the same address. IPv6 has many spellings (RFC 4291).
network_same() {
    local numbers one
    [ "$1" != "$2" ] || return 0
    network_numbers "$1" || return 1
    one=$numbers
    network_numbers "$2" && [ "$one" = "$numbers" ]
}

# network_numbers ADDRESS: sets $numbers to the eight groups of an IPv6 address, in decimal; 1: ADDRESS is not IPv6.
network_numbers() {
    local head tail='' zeros group IFS=:
    head=${1#[} head=${head%]} head=${head%%\%*}
    numbers=''
    case $head in
        *::*) tail=${head#*::} head=${head%%::*} ;;
        *:*) ;;
        *) return 1 ;;
    esac
    # shellcheck disable=SC2086 # groups
    set -- $head zeros $tail
    zeros=$((9 - $#))
    for group in "$@"; do
        case $group in
            zeros) while [ "$zeros" -gt 0 ]; do numbers="$numbers 0" zeros=$((zeros - 1)); done ;;
            '' | *[!0-9A-Fa-f]*) return 1 ;;
            *) numbers="$numbers $((0x$group))" ;;
        esac
    done
}
