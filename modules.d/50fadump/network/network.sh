#!/bin/sh
# sourced by the targets that need the network
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# network/network.sh - bring up the network only when a target needs it
#
# The network is brought up at pre-pivot, not in dracut's initqueue: so a failing network cannot block
# the mount of the root, and a boot without a dump does not wait for a network.
# In:  dracut's parameters (ip=, bond=, vlan= ...) from the first source that has any: the key network,
#      the kernel command line (only if it has an ip=), the parameters stored at build time; else ip=dhcp.
# Out: $address of a server and a route to it; network_close restores the interfaces.
# Does not know: how an interface is configured (network/backends.sh runs dracut's programs), targets.

# shellcheck source=address.sh
. "$module/network/address.sh"
# shellcheck source=backends.sh
[ -n "${network_state-}" ] || . "$module/network/backends.sh"

network_state=${network_state:-down}
[ -n "$NEWROOT" ] || network_state=theirs # late capture: wait for the network, never change it

# network_reach SERVER KIND: brings the network up if there is no route to SERVER yet; sets $address to
# SERVER if that is an address, else to the address that it resolves to now, else to the address stored at
# build time. 1, and the reason: SERVER cannot be reached.
network_reach() {
    need_program ip "$2" || return 1
    address=$(network_literal "$1") || address=$(network_stored "$1") || address=''
    network_take "$address"
    network_wait "$1" || return 1
    if network_literal "$1" > /dev/null; then return 0; fi
    network_resolve "$1" && network_wait "$1"
}

# network_wait SERVER: waits until network_ready succeeds; starts the network first if that was not done yet.
network_wait() {
    if network_ready; then return 0; fi
    if [ "$network_state" = down ]; then
        network_state=up network_cleanup=network_close
        network_interfaces > "$run/interfaces"
        network_open || return 1
    fi
    wait_until "$timeout" network_ready || {
        reason="no address, or no route to $1, within $timeout seconds"
        return 1
    }
}

# network_ready: 0 when there is a route to $address and (IPv6) no local address is still tentative. If
# $address is empty: 0 when this machine has any address of global scope. A router advertisement may make
# the route before the address: until the address exists, the source of the route is a link-local address.
network_ready() {
    local way
    if [ -z "$address" ]; then
        [ -n "$(ip -o addr show scope global -tentative 2> /dev/null)" ]
        return
    fi
    way=$(network_route) || return 1
    case $way in
        '' | unreachable* | prohibit* | blackhole* | throw*) return 1 ;;
        *' src fe80:'*) network_link_local "$address" || return 1 ;;
    esac
    case $address in
        *:*) [ -z "$(ip -6 -o addr show tentative 2> /dev/null)" ] ;;
    esac
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

# network_parameters: prints dracut's parameters for this network.
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
    if [ -z "$words" ] && [ -r "$module/network/parameters" ]; then
        { IFS= read -r line || :; } < "$module/network/parameters"
        words=$(network_words "$line")
    fi
    printf '%s\n' "${words:-ip=dhcp}"
}

# network_interfaces: prints each interface on a line, followed by " up" if it is up.
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

# network_close: removes new interfaces and takes down those that were down before. Failures are logged.
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
            none:*) run_with_timeout 5 ip link del dev "$name" || log "warning: interface $name could not be removed" ;;
            down:up)
                run_with_timeout 5 ip addr flush dev "$name" || :
                run_with_timeout 5 ip link set dev "$name" down || log "warning: interface $name could not be taken down"
                ;;
        esac
    done < "$run/interfaces.now"
    rm -f "$run/interfaces" "$run/interfaces.now"
}

# network_was NAME: prints the state of an interface before network_open: up, down or none.
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
