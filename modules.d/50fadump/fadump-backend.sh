#!/bin/sh
# sourced by fadump-network.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-backend.sh - the three ways in which dracut configures a network, begun by hand
#
# systemd-networkd (dracut with systemd, Debian), NetworkManager (Fedora, RHEL, SUSE) and dracut's
# own ifup (network-legacy: initramfs without systemd). Each takes dracut's parameters.
# In:  network_parameters.
# Out: network_open begins, and waits for nothing; network_shut ends what was begun.
# Does not know: whether a server can be reached, who needs it.

# shellcheck source=fadump-networkd.sh
. "$lib/fadump-networkd.sh"

network_job=''     # ifup, while it runs
network_unit=''    # the unit that was started
network_files=''   # what was written, one to a line
network_known=''   # files of NetworkManager that were there before
network_renamed='' # interfaces with another name than before: "new old" to a line

network_open() {
    local words
    words=$(network_parameters)
    enter 'bringing up the network'
    say "network: $words"
    set -f
    # shellcheck disable=SC2086 # words
    set -- $words
    set +f
    network_rename "$@"
    if [ -x "$ROOT/usr/lib/systemd/systemd-network-generator" ] && command -v systemctl > /dev/null; then
        network_networkd "$@"
    elif [ -x "$ROOT/usr/libexec/nm-initrd-generator" ]; then
        network_manager "$ROOT/usr/libexec/nm-initrd-generator" "$@"
    elif [ -x "$ROOT/usr/lib/nm-initrd-generator" ]; then
        network_manager "$ROOT/usr/lib/nm-initrd-generator" "$@"
    elif [ -e "$ROOT/lib/net-lib.sh" ] && [ -x "$ROOT/sbin/ifup" ]; then
        network_ifup "$@"
    else
        reason='this initramfs has nothing that configures a network'
        return 1
    fi
}

# network_rename WORD...: ifname=NAME:MAC is udev's work when the device appears, which it has.
# An interface in use keeps its name; the kernel refuses.
network_rename() {
    local word name mac dir have
    for word in "$@"; do
        case $word in ifname=?*:*) ;; *) continue ;; esac
        word=${word#ifname=}
        name=${word%%:*} mac=${word#*:}
        [ ! -e "$ROOT/sys/class/net/$name" ] || continue
        for dir in "$ROOT"/sys/class/net/*; do
            { read -r have < "$dir/address"; } 2> /dev/null || continue
            [ "$have" = "$mac" ] || continue
            within 5 ip link set dev "${dir##*/}" name "$name" || continue
            network_renamed="$network_renamed$name ${dir##*/}
"
            break
        done
    done
}

network_rename_back() {
    local name old
    while read -r name old; do
        [ -n "$name" ] || continue
        within 5 ip addr flush dev "$name" || :
        within 5 ip link set dev "$name" down || :
        within 5 ip link set dev "$name" name "$old" || say "warning: interface $old is called $name now"
    done << END
$network_renamed
END
    network_renamed=''
}

# network_manager GENERATOR WORD...: what it and NetworkManager write stays for the system that boots
# on, which would bring up the same network: what was not there before goes with ours.
network_manager() {
    local generator="$1"
    shift
    mkdir -p "$ROOT/run/NetworkManager/initrd"
    network_known=" $(echo "$ROOT"/run/NetworkManager/*/*) "
    within "$timeout" "$generator" -- "$@" || {
        reason="the network cannot be configured: $*"
        return 1
    }
    : > "$ROOT/run/NetworkManager/initrd/neednet"
    if [ -d "$ROOT/run/systemd/system" ]; then
        network_unit=nm-initrd.service
        within "$timeout" systemctl start --no-block "$network_unit" || {
            reason='NetworkManager does not start'
            return 1
        }
    else
        NetworkManager --configure-and-quit=initrd --no-daemon < /dev/null > /dev/null &
        network_job=$!
    fi
}

# dracut's own: the parameters are read from its command line, the scripts of its cmdline hook
# make the notes for bonds, VLANs and bridges, and ifup takes each interface that is there and
# finds out for itself what is meant for it. What is on the kernel command line is not repeated,
# and its ip= keeps out those of the key network: these scripts refuse an interface that is
# configured twice, and then there is no network at all.
network_ifup() {
    local word line='' missing=''
    { IFS= read -r line < "$ROOT/proc/cmdline"; } 2> /dev/null || :
    for word in "$@"; do
        case " $line :$word" in
            *" $word :"* | *" $word "*:*) ;;
            *" ip="*:ip=*) say "warning: network: the kernel command line has an ip= of its own: $word is not used" ;;
            *) missing="$missing $word" ;;
        esac
    done
    mkdir -p "$ROOT/etc/cmdline.d"
    network_files="$ROOT/etc/cmdline.d/60-fadump.conf
"
    printf '%s\n' "${missing# }" > "$ROOT/etc/cmdline.d/60-fadump.conf"
    network_ifup_job < /dev/null &
    network_job=$!
}

network_ifup_job() {
    local name dir child=''
    set +eu
    trap '[ -z "$child" ] || { kill "$child"; wait "$child"; }; exit 1' TERM
    # shellcheck source=/dev/null # dracut's
    . "$ROOT/lib/dracut-lib.sh"
    # shellcheck source=/dev/null
    . "$ROOT/lib/net-lib.sh"
    # it stops the boot, which is not for us to do
    # shellcheck disable=SC2317 # called by the scripts of dracut
    die() {
        warn "fadump: $*"
        exit 1
    }
    export hookdir NEWROOT
    for name in vlan bond team bridge ip-opts; do
        for dir in "$hookdir"/cmdline/*-parse-"$name".sh; do
            # shellcheck source=/dev/null
            [ ! -e "$dir" ] || . "$dir"
        done
    done
    for dir in "$ROOT"/sys/class/net/*; do
        # by its path: busybox has an ifup of its own
        [ -e "$dir/device" ] || continue
        "$ROOT/sbin/ifup" "${dir##*/}" &
        child=$!
        wait "$child"
    done
}

# network_shut: nothing configures interfaces any more.
network_shut() {
    local file pid
    [ -z "$network_job" ] || end "$network_job" || say 'warning: ifup cannot be ended'
    network_job=''
    for file in "$ROOT"/tmp/dhclient.*.pid; do
        { read -r pid < "$file" && kill "$pid" && rm -f "$file"; } 2> /dev/null || :
    done
    if [ -n "$network_unit" ]; then
        case $network_unit in systemd-networkd.*) set -- systemd-networkd.socket ;; *) set -- ;; esac
        within 20 systemctl stop "$@" "$network_unit" || say "warning: $network_unit cannot be stopped"
    fi
    network_unit=''
    while IFS= read -r file; do
        [ -z "$file" ] || rm -f "$file"
    done << END
$network_files
END
    network_files=''
    [ -z "$network_known" ] || for file in "$ROOT"/run/NetworkManager/*/*; do
        case $network_known in *" $file "*) ;; *) rm -f "$file" ;; esac
    done
    network_known=''
    rm -f "$run/network"
}
