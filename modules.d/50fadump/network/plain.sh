#!/bin/sh
# sourced by network/backends.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# network/plain.sh - configure the network with only ip, in an initramfs without any of dracut's programs
#
# dracut 112 and later have neither network-legacy nor, without systemd, systemd-networkd.
# In:  words: ip=, bond=, bridge=, vlan=, nameserver= and rd.route= of dracut.cmdline(7); ip; for DHCP udhcpc
#      or dhclient with network/lease.sh. IPv6 is left to the kernel (router advertisements).
# Out: interfaces, addresses, routes, /etc/resolv.conf; network_job, the DHCP clients. network_close removes the
#      addresses and the new interfaces.
# Does not know: the other backends, the targets that use the network.

# network_plain WORD...: configures the network. 1, and the reason: no WORD is an ip=, or each ip= requests DHCP and
# there is no client.
network_plain() {
    local word client='' want='' able=no
    for word in usr/sbin/udhcpc sbin/udhcpc usr/sbin/dhclient sbin/dhclient; do
        [ -n "$client" ] || [ ! -x "$ROOT/$word" ] || client=$ROOT/$word
    done
    for word in "$@"; do
        case $client:$word in
            :ip=dhcp | :ip=on | :ip=any | :ip=*:dhcp | :ip=*:on | :ip=*:any) ;;
            *:ip=*) able=yes ;;
        esac
    done
    if [ "$able" = no ]; then
        reason='this initramfs has no program that configures a network'
        return 1
    fi
    plain_links "$@"
    for word in "$@"; do
        case $word in
            ip=*) plain_interface "${word#ip=}" ;;
            nameserver=*)
                word=${word#*=} word=${word#\[}
                echo "nameserver ${word%]}" >> "$ROOT/etc/resolv.conf"
                ;;
        esac
    done
    for word in "$@"; do
        case $word in rd.route=*) plain_route "${word#*=}" ;; esac
    done
    [ -n "$want" ] || return 0
    plain_clients < /dev/null > /dev/null 2>&1 &
    network_job=$!
}

# plain_do ARGUMENT...: runs ip; a failure is logged.
plain_do() {
    run_with_timeout 5 ip "$@" 2> "$run/said" || log "warning: ip $*$(last_message "$run/said")"
}

# plain_link KIND NAME OPTIONS: makes an interface; "mode=1,miimon=100" becomes "mode 1 miimon 100".
plain_link() {
    local kind="$1" name="$2" IFS='=,'
    set -f
    # shellcheck disable=SC2086 # words
    set -- $3
    set +f
    IFS=' '
    plain_do link add "$name" type "$kind" "$@"
}

# plain_links WORD...: makes bonds and bridges; then VLANs, in as many rounds as there are WORDs, because a VLAN can
# be on another VLAN; then adds the members of bonds and bridges.
plain_links() {
    local word name list options
    for word in "$@"; do
        name=${word#*=} name=${name%%:*} list=${word#*=*:} options=''
        case $word in
            bond=*:*:*)
                options=${list#*:}
                plain_link bond "$name" "${options%%:*}"
                ;;
            bond=*:*) plain_link bond "$name" '' ;;
            bridge=*:*) plain_link bridge "$name" '' ;;
        esac
    done
    for _ in "$@"; do
        for word in "$@"; do
            case $word in vlan=*:*) ;; *) continue ;; esac
            name=${word#*=} name=${name%%:*} list=${word##*:}
            if [ -e "$ROOT/sys/class/net/$list" ] && [ ! -e "$ROOT/sys/class/net/$name" ]; then
                options=${name##*[!0-9]}
                plain_do link add link "$list" name "$name" type vlan id "${options#"${options%%[!0]*}"}"
                plain_do link set dev "$list" up
            fi
        done
    done
    for word in "$@"; do
        case $word in bond=*:* | bridge=*:*) ;; *) continue ;; esac
        name=${word#*=} name=${name%%:*} list=${word#*=*:}
        list=${list%%:*},
        while [ -n "$list" ]; do
            case $word in bond=*) plain_do link set dev "${list%%,*}" down ;; esac
            plain_do link set dev "${list%%,*}" master "$name"
            plain_do link set dev "${list%%,*}" up
            list=${list#*,}
        done
    done
}

# plain_field: moves the first field of $rest to $field. A colon ends the field; the brackets of an IPv6 address are
# removed.
plain_field() {
    field=''
    case $rest in \[*\]*) field=${rest#\[} field=${field%%\]*} rest=${rest#*\]} ;; esac
    field=$field${rest%%:*}
    case $rest in *:*) rest=${rest#*:} ;; *) rest='' ;; esac
}

# plain_interface VALUE: configures the interface of ip=VALUE: METHOD, NAME:METHOD or
# ADDRESS:PEER:GATEWAY:MASK:HOST:NAME:METHOD.
plain_interface() {
    local rest="$1" field own='' peer='' gateway='' mask='' names='' method='' dir
    case $1 in
        \[* | *:*:*:*:*:*) ;;
        *:*) names=${1%%:*} method=${1#*:} method=${method%%:*} ;;
        *) method=$1 ;;
    esac
    if [ -z "$method" ]; then
        plain_field
        own=$field
        plain_field
        peer=$field
        plain_field
        gateway=$field
        plain_field
        mask=$field
        plain_field # the host
        plain_field
        names=$field
        plain_field
        method=$field
    fi
    if [ -z "$names" ]; then
        for dir in "$ROOT"/sys/class/net/*; do [ ! -e "$dir/device" ] || names="$names ${dir##*/}"; done
    fi
    for field in $names; do
        plain_do link set dev "$field" up
        case $client:$method in ?*:dhcp | ?*:on | ?*:any) want="$want $field" ;; esac
        [ -n "$own" ] || continue
        # shellcheck disable=SC2086 # a word or none
        plain_do addr add "$own"${peer:+ peer "$peer"}${mask:+"/$mask"} dev "$field"
        [ -z "$gateway" ] || plain_do route add default via "$gateway" dev "$field"
        break # an address is for one interface
    done
}

# plain_route VALUE: adds the route of rd.route=NET[/MASK]:GATEWAY[:NAME].
plain_route() {
    local rest="$1" field net gateway
    plain_field
    net=$field
    plain_field
    gateway=$field
    plain_field # the name
    plain_do route add "$net"${gateway:+ via "$gateway"}${field:+ dev "$field"}
}

# plain_clients: runs a DHCP client for each interface of $want until SIGTERM.
plain_clients() {
    local name jobs=''
    set +eu
    trap 'kill $jobs; wait; exit 1' TERM
    export ROOT
    for name in $want; do
        case $client in
            */udhcpc) "$client" -f -i "$name" -s "$module/network/lease.sh" & ;;
            *) "$client" -d -sf "$module/network/lease.sh" -lf "$run/lease.$name" -pf "$run/dhclient.$name.pid" "$name" & ;;
        esac
        jobs="$jobs $!"
    done
    wait
}
