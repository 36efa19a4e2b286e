#!/bin/sh
# sourced by network/network.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# network/backends.sh - start one of the four backends that configure a network
#
# The backends are systemd-networkd (dracut with systemd, Debian), NetworkManager (Fedora, RHEL, SUSE),
# dracut's own ifup (network-legacy: initramfs without systemd), or only ip. Each accepts dracut's parameters.
# In:  network_parameters.
# Out: network_open starts a backend and does not wait for an address; network_shut stops the backend.
# Does not know: servers and routes, the targets that use the network.

# shellcheck source=words.sh
. "$module/network/words.sh"
# shellcheck source=networkd.sh
. "$module/network/networkd.sh"
# shellcheck source=manager.sh
. "$module/network/manager.sh"
# shellcheck source=plain.sh
. "$module/network/plain.sh"

network_job=''     # the process of ifup, of NetworkManager or of the DHCP clients, while it runs
network_unit=''    # the unit that was started
network_files=''   # files that were written, one per line
network_known=''   # files of NetworkManager that existed before
network_renamed='' # renamed interfaces: "new old" per line

network_open() {
    local words generator
    words=$(network_parameters)
    set_stage 'bringing up the network'
    log "network: $words"
    set -f
    # shellcheck disable=SC2086 # words
    words_common $words
    # shellcheck disable=SC2086 # words
    set -- $words
    set +f
    network_rename "$@"
    if [ -x "$ROOT/usr/lib/systemd/systemd-network-generator" ] && command -v systemctl > /dev/null; then
        network_networkd "$@"
    elif generator=$(manager_generator); then
        network_manager "$generator" "$@"
    elif [ -e "$ROOT/lib/net-lib.sh" ] && [ -x "$ROOT/sbin/ifup" ]; then
        network_ifup "$@"
    else
        network_plain "$@"
    fi
}

# network_rename WORD...: renames interfaces as ifname=NAME:MAC requires, because udev does that only when a
# device appears. The kernel refuses to rename an interface that is in use; this failure is ignored.
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
            run_with_timeout 5 ip link set dev "${dir##*/}" name "$name" || continue
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
        run_with_timeout 5 ip addr flush dev "$name" || :
        run_with_timeout 5 ip link set dev "$name" down || :
        run_with_timeout 5 ip link set dev "$name" name "$old" || log "warning: interface $name could not be renamed back to $old"
    done << END
$network_renamed
END
    network_renamed=''
}

# network_ifup WORD...: starts dracut's ifup (network-legacy). The scripts of dracut's cmdline hook read
# the parameters from the kernel command line and etc/cmdline.d and write files for bonds, VLANs and
# bridges; then ifup configures each existing interface. The scripts refuse an interface that is
# configured twice, and then there is no network: so a word of the kernel command line is not repeated,
# and if the command line has an ip=, each other ip= is dropped with a warning.
network_ifup() {
    local word line='' missing=''
    { IFS= read -r line < "$ROOT/proc/cmdline"; } 2> /dev/null || :
    for word in "$@"; do
        case " $line :$word" in
            *" $word :"* | *" $word "*:*) ;;
            *" ip="*:ip=*) log "warning: network: the kernel command line has an ip= of its own: $word is not used" ;;
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
    # replaces dracut's die(), which would stop the boot
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
        # with its full path: busybox has another ifup
        [ -e "$dir/device" ] || continue
        "$ROOT/sbin/ifup" "${dir##*/}" &
        child=$!
        wait "$child"
    done
}

# network_shut: stops the backend that network_open started, and removes its files.
network_shut() {
    local file pid
    [ -z "$network_job" ] || kill_child "$network_job" || log 'warning: the network program could not be stopped'
    network_job=''
    for file in "$ROOT"/tmp/dhclient.*.pid; do
        { read -r pid < "$file" && kill "$pid" && rm -f "$file"; } 2> /dev/null || :
    done
    if [ -n "$network_unit" ]; then
        case $network_unit in systemd-networkd.*) set -- systemd-networkd.socket ;; *) set -- ;; esac
        run_with_timeout 20 systemctl stop "$@" "$network_unit" || log "warning: $network_unit cannot be stopped"
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
