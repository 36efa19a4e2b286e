#!/bin/sh
# sourced by those of target-*.sh that need the network
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-network.sh - the network, when a target needs it and not before
#
# It is brought up here, at pre-pivot, not in dracut's initqueue: what does not come up cannot
# keep the root from being found, and a boot without a dump has no network to wait for.
# In:  dracut's parameters (ip=, bond=, vlan= ...), from the first that has any: the key network,
#      the kernel command line, what was worked out at build time; else ip=dhcp.
# Out: $address of a server and a way to it; network_close takes down what came up here.
# Does not know: how an interface is configured (fadump-backend.sh asks dracut's programs), targets.

# shellcheck source=fadump-backend.sh
[ -n "${network_state-}" ] || . "$lib/fadump-backend.sh"

network_state=${network_state:-down}
[ -n "$NEWROOT" ] || network_state=theirs # the running system's, which is waited for and no more

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

# network_stored NAME: prints the address that NAME had when the initramfs was built; else 1.
network_stored() {
    local name stored
    [ -r "$lib/hosts" ] || return 1
    while read -r stored name; do
        if [ "$name" = "$1" ]; then
            printf '%s\n' "$stored"
            return 0
        fi
    done < "$lib/hosts"
    return 1
}

# network_reach SERVER: brings the network up if there is no way to SERVER yet; sets $address,
# which is SERVER itself if it is one, else what it resolves to now, else what it did at build.
network_reach() {
    need ip "$2" || return 1
    address=$(network_literal "$1") || address=$(network_stored "$1") || address=''
    if ! network_ready; then
        if [ "$network_state" = down ]; then
            network_state=up closing=network_close
            network_interfaces > "$run/interfaces"
            network_open || return 1
        fi
        until_within "$timeout" network_ready || {
            reason="no address, or no way to $1, within $timeout seconds"
            return 1
        }
    fi
    network_literal "$1" > /dev/null || network_resolve "$1"
}

# network_ready: 0 when there is a way to $address, with an address of our own that may be used;
# for a name without an address, when there is any address that reaches further than this link.
network_ready() {
    local way
    if [ -z "$address" ]; then
        [ -n "$(ip -o addr show scope global -tentative 2> /dev/null)" ]
        return
    fi
    way=$(ip route get "$address" 2> /dev/null) || return 1
    case $way:$address in
        unreachable* | prohibit* | blackhole* | :*) return 1 ;;
        *:*:*:*) [ -z "$(ip -6 -o addr show tentative 2> /dev/null)" ] ;;
    esac
}

# network_resolve NAME
network_resolve() {
    local found _rest
    if command -v getent > /dev/null && within 15 getent ahosts "$1" > "$run/resolved" 2> /dev/null \
        && read -r found _rest < "$run/resolved"; then
        address=$found
    fi
    [ -n "$address" ] && return 0
    reason="$1 cannot be resolved"
    return 1
}

# network_source: prints our own address on the way to $address.
network_source() {
    # shellcheck disable=SC2046 # words
    set -- $(ip route get "$address" 2> /dev/null)
    while [ "$#" -gt 1 ]; do
        if [ "$1" = src ]; then
            printf '%s\n' "$2"
            return
        fi
        shift
    done
    echo unknown
}

# network_words TEXT: prints the words of TEXT that configure a network.
network_words() {
    local word out=''
    set -f
    # shellcheck disable=SC2086 # words
    set -- $1
    set +f
    for word in "$@"; do
        case $word in
            ip=* | bond=* | vlan=* | bridge=* | team=* | ifname=* | nameserver=* | rd.route=* | rd.peerdns=*)
                out="$out $word"
                ;;
        esac
    done
    printf '%s\n' "${out# }"
}

# network_parameters: prints what to configure.
network_parameters() {
    local line='' words
    words=$(network_words "$network")
    if [ -z "$words" ]; then
        { IFS= read -r line || :; } < "$ROOT/proc/cmdline"
        words=$(network_words "$line")
        case " $words" in
            *' ip='*) ;;
            *) words='' ;;
        esac
    fi 2> /dev/null
    if [ -z "$words" ] && [ -r "$lib/network" ]; then
        { IFS= read -r line || :; } < "$lib/network"
        words=$(network_words "$line")
    fi
    printf '%s\n' "${words:-ip=dhcp}"
}

# network_interfaces: prints the interfaces, one to a line, with "up" behind those that are.
network_interfaces() {
    local dir flags
    for dir in "$ROOT"/sys/class/net/*; do
        { read -r flags < "$dir/flags"; } 2> /dev/null || continue
        case $((flags & 1)) in
            1) echo "${dir##*/} up" ;;
            *) echo "${dir##*/}" ;;
        esac
    done
}

# network_close: what was not there is removed, what was down is down again. What cannot be
# undone is said.
network_close() {
    local name state was
    [ "$network_state" = up ] || return 0
    network_state=closed
    network_shut
    network_rename_back
    network_interfaces > "$run/interfaces.now"
    while read -r name state; do
        was=$(network_was "$name")
        case $was:$state in
            none:*) within 5 ip link del dev "$name" || say "warning: interface $name stays" ;;
            down:up)
                within 5 ip addr flush dev "$name" || :
                within 5 ip link set dev "$name" down || say "warning: interface $name stays up"
                ;;
        esac
    done < "$run/interfaces.now"
    rm -f "$run/interfaces" "$run/interfaces.now"
}

# network_was NAME: prints up, down or none, as it was before.
network_was() {
    local name state
    while read -r name state; do
        if [ "$name" = "$1" ]; then
            echo "${state:-down}"
            return
        fi
    done < "$run/interfaces"
    echo none
}
