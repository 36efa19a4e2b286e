#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after build/needs.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build/interfaces.sh - describe the routes from this machine to the servers of the targets
#
# In:  the lines of "fadump-tool config --check" ("CONF"); routes, and interfaces in sysfs, of this machine.
# Out: text: addresses, dracut's parameters, names of interfaces that these parameters cannot describe. No
#      function changes a file. Calls dracut's ip_params_for_remote_addr.
# Sourcing defines functions and does nothing else.
# Does not know: how the capture uses the parameters (network/).

# fadump_addresses CONF: prints "address name" for each server of CONF, as this machine resolves it now.
# A name that cannot be resolved is left out: the capture tries to resolve it. Only a link-local address
# (fe80::/10) needs its scope.
fadump_addresses() {
    local server found
    fadump_values server "$1" | sort -u | while IFS= read -r server; do
        case $server in
            \[*)
                server=${server#[}
                found=${server%]}
                ;;
            *[!0-9.]*) found=$(getent ahosts "$server" | sed -n '1s/[[:space:]].*//p') || found='' ;;
            *) found=$server ;;
        esac
        case $found in [fF][eE][89abAB]?:*) ;; *) found=${found%%\%*} ;; esac
        [ -z "$found" ] || printf '%s %s\n' "$found" "${server%]}"
    done
}

# fadump_interface ADDRESS: prints the name of the interface through which this machine reaches ADDRESS.
fadump_interface() {
    case $1 in
        *%*) printf '%s\n' "${1#*%}" ;;
        *) ip -o route get "$1" 2> /dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' ;;
    esac
}

# fadump_parameters ADDRESS...: prints dracut's parameters for the interfaces through which this machine
# reaches these addresses, each parameter once, in one line.
fadump_parameters() {
    local address word name all=''
    for address in "$@"; do
        name=$(fadump_interface "$address")
        for word in $(fadump_lower "${name:-lo}") $(fadump_ip "$address" "${name:-lo}"); do
            case " $all " in
                *" $word "*) ;;
                *) all="$all $word" ;;
            esac
        done
    done
    printf '%s\n' "${all# }"
}

# fadump_ip ADDRESS NAME: prints ifname= and ip= of the interface NAME, through which ADDRESS is reached. The ifname= of
# a bridge or VLAN is left out: its MAC address is often that of the hardware below it, which would be renamed.
fadump_ip() {
    local word
    case $1 in
        *%*)
            echo "ip=$2:link6"
            return
            ;;
    esac
    for word in $(ip_params_for_remote_addr "$1" 2> /dev/null); do
        case $word:$(fadump_kind "$2") in
            "ifname=$2:"*:bridge | "ifname=$2:"*:vlan) ;;
            *) printf '%s\n' "$word" ;;
        esac
    done
}

# fadump_kind NAME: prints the kind of the interface NAME: bond, bridge, vlan, hardware (also lo, and a name that does
# not exist), or other (team, Open vSwitch, macvlan, a tunnel ...).
fadump_kind() {
    local dir="${dracutsysrootdir-}/sys/class/net/$1"
    if [ -d "$dir/bonding" ]; then
        echo bond
    elif [ -d "$dir/bridge" ]; then
        echo bridge
    elif grep -q '^DEVTYPE=vlan$' "$dir/uevent" 2> /dev/null; then
        echo vlan
    elif [ -e "$dir/device" ] || [ "$1" = lo ] || [ ! -d "$dir" ]; then
        echo hardware
    else
        echo other
    fi
}

# fadump_below NAME: prints the lower interfaces of NAME, without those of virtual machines and containers in a
# bridge: a tap device has the file tun_flags; a veth device has an iflink that differs from its ifindex, and no lower
# interface.
fadump_below() {
    local net="${dracutsysrootdir-}/sys/class/net" lower under name all=' '
    for lower in "$net/$1"/lower_* "$net/$1"/brif/*; do
        [ -e "$lower" ] || [ -L "$lower" ] || continue
        name=${lower##*/} name=${name#lower_}
        case $all in *" $name "*) continue ;; esac
        all="$all$name "
        [ ! -e "$net/$name/tun_flags" ] || continue
        for under in "$net/$name"/lower_*; do break; done
        if [ -e "$under" ] || [ -L "$under" ] || cmp -s "$net/$name/ifindex" "$net/$name/iflink" \
            || [ ! -e "$net/$name/iflink" ]; then
            printf '%s\n' "$name"
        fi
    done
}

# fadump_lower NAME: prints bridge=, bond= and vlan= for the interface NAME and its lower interfaces, because
# ip_params_for_remote_addr does not print them.
fadump_lower() {
    local dir="${dracutsysrootdir-}/sys/class/net/$1" lower list mode _rest
    case $(fadump_kind "$1") in
        bond)
            list=$(tr ' ' , < "$dir/bonding/slaves")
            read -r mode _rest < "$dir/bonding/mode"
            printf 'bond=%s:%s:mode=%s,miimon=100\n' "$1" "${list%,}" "$mode"
            ;;
        bridge)
            list=$(fadump_below "$1" | tr '\n' ,)
            printf 'bridge=%s:%s\n' "$1" "${list%,}"
            ;;
        vlan) printf 'vlan=%s:%s\n' "$1" "$(fadump_below "$1")" ;;
    esac
    for lower in $(fadump_below "$1"); do fadump_lower "$lower"; done
}

# fadump_undescribed NAME [UPPER]: prints the name of each interface, NAME or below it, that dracut's parameters
# cannot describe. A lower interface (UPPER is set) of kind "other" is printed only if it has lower interfaces or
# a DEVTYPE, or is a virtual device. The name of a VLAN must end in its number, because dracut's programs read the
# number from the name (vlan7, eth0.0007).
fadump_undescribed() {
    local net="${dracutsysrootdir-}/sys/class/net" lower id
    case $(fadump_kind "$1") in
        other)
            if [ -z "${2-}" ] || [ -n "$(fadump_below "$1")" ] || grep -q '^DEVTYPE=' "$net/$1/uevent" 2> /dev/null; then
                printf '%s\n' "$1"
                return
            fi
            case $(readlink -f "$net/$1") in */devices/virtual/*) printf '%s\n' "$1" ;; esac
            ;;
        vlan)
            id=$(fadump_vlan_number "$1")
            printf '%s\n' "$1" | grep -qx ".*[^0-9]0*${id:-[0-9][0-9]*}" || printf '%s\n' "$1"
            ;;
    esac
    for lower in $(fadump_below "$1"); do fadump_undescribed "$lower" "$1"; done
}

# fadump_vlan_number NAME: prints the number of the VLAN NAME; nothing if the kernel does not list it.
fadump_vlan_number() {
    local line bar number _rest table="${dracutsysrootdir-}/proc/net/vlan/config"
    [ ! -r "$table" ] || while read -r line; do
        case $line in "$1"*) ;; *) continue ;; esac
        read -r bar number _rest << END
${line#"$1"}
END
        [ "$bar" != '|' ] || printf '%s\n' "$number"
    done < "$table"
}
