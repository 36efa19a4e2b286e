#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, with build/install.sh and network/words.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # module-setup.sh sets $conf and $kinds, dracut sets $initdir
#
# build/network.sh - install dracut modules, addresses and parameters for the targets on servers
#
# In:  $kinds, the kinds of targets, and $conf, the configuration; the modules of this dracut.
# Out: names of modules for dracut; files in $initdir, through dracut's functions. A module that dracut cannot
#      install is never named, because that would end dracut, although dumps can be saved on a disk.
# Does not know: how a capture uses the installed files.

# fadump_network_modules: prints the dracut modules that targets on servers need and that dracut can install.
# Without a module for the network only the drivers are needed: the capture then configures the network with ip.
fadump_network_modules() {
    local needed=''
    # records for fadump_restrain that another module, with a lower number, requested networkd
    ! dracut_module_included systemd-networkd || : > "${DRACUT_TMPDIR:?}/fadump-networkd"
    rm -f "$DRACUT_TMPDIR/fadump-plain" "$DRACUT_TMPDIR/fadump-iscsi"
    # prevents "network" from adding systemd to an initramfs without systemd
    dracut_module_included systemd || needed=$(fadump_unsystemd)
    # shellcheck disable=SC2086 # none or one
    if fadump_can_install $needed network; then
        for needed in $needed network; do echo "$needed"; done
    else
        echo kernel-network-modules > "$DRACUT_TMPDIR/fadump-plain"
        if fadump_can_install kernel-network-modules; then
            echo kernel-network-modules
        else
            echo none > "$DRACUT_TMPDIR/fadump-plain"
        fi
    fi
    if fadump_has iscsi; then
        if fadump_can_install iscsi; then echo iscsi; else : > "$DRACUT_TMPDIR/fadump-iscsi"; fi
    fi
    if fadump_has ssh && fadump_can_install ssh-client; then echo ssh-client; fi
}

# fadump_unsystemd: prints the dracut module, if any, that "network" needs if systemd was not requested.
# dracut 112 and later have no network-legacy by default: there "network" uses NetworkManager, or
# systemd-networkd, which adds systemd; an initramfs with systemd does not boot without dracut-systemd.
fadump_unsystemd() {
    local dir
    for dir in "${dracutbasedir-/usr/lib/dracut}"/modules.d/[0-9][0-9]network-legacy; do
        if [ -e "$dir" ] && fadump_can_install network-legacy; then
            echo network-legacy
            return
        fi
    done
    find_binary NetworkManager > /dev/null && return
    [ ! -x "${dracutsysrootdir-}${systemdutildir-/usr/lib/systemd}/systemd-networkd" ] || echo dracut-systemd
}

# fadump_without_module NETWORK: if dracut cannot install its modules (fadump_network_modules), installs the programs
# that they would have installed, and warns if a network with the parameters NETWORK cannot work without these
# modules.
fadump_without_module() {
    local drivers=''
    if [ -e "${DRACUT_TMPDIR:?}/fadump-iscsi" ]; then
        inst_multiple -o iscsiadm iscsid iscsi-iname /etc/iscsi/iscsid.conf
        mkdir -p "$initdir/var/lib/iscsi/nodes"
        find_binary iscsiadm > /dev/null \
            || dwarn 'fadump: iscsi: targets cannot work, because iscsiadm is missing: install open-iscsi, or remove the target from /etc/fadump.conf'
    fi
    { read -r drivers < "$DRACUT_TMPDIR/fadump-plain"; } 2> /dev/null || return 0
    [ "$drivers" != none ] || {
        dwarn 'fadump: targets on servers cannot work, because this dracut has no modules for a network: install dracut-network, then run dracut -f'
        return 0
    }
    dinfo "fadump: dracut cannot install its module network: the capture configures the network with ip"
    inst_multiple -o udhcpc dhclient
    case " ${1:-ip=dhcp} " in *' ip=dhcp '* | *:dhcp[\ :]* | *' ip=on '* | *' ip=any '*) ;; *) return 0 ;; esac
    find_binary udhcpc > /dev/null || find_binary dhclient > /dev/null \
        || dwarn 'fadump: targets on servers cannot work, because no program in this initramfs can do DHCP: install NetworkManager, udhcpc or dhclient, or set network = ip=ADDRESS::GATEWAY:NETMASK::INTERFACE:none in /etc/fadump.conf'
}

# fadump_install_network: stores the current addresses of the servers and the network parameters.
fadump_install_network() {
    local address _name network addresses=''
    inst_multiple -o /etc/nsswitch.conf
    inst_libdir_file 'libnss_dns.so*' 'libnss_files.so*'
    fadump_addresses "$conf" > "$initdir/usr/lib/fadump/network/hosts"
    while read -r address _name; do addresses="$addresses $address"; done < "$initdir/usr/lib/fadump/network/hosts"
    network=$(fadump_value network "$conf")
    # shellcheck disable=SC2086 # a list
    [ -n "$network" ] || {
        network=$(fadump_parameters $addresses)
        fadump_warn_undescribed $addresses
    }
    if [ -n "$network" ]; then
        printf '%s\n' "$network" > "$initdir/usr/lib/fadump/network/parameters"
    elif [ -n "$addresses" ]; then
        dwarn 'fadump: this machine currently has no route to the servers of the targets: the capture will use DHCP; to change this, set network = in fadump.conf'
    fi
    fadump_restrain
    fadump_without_module "$network"
    set -f
    # shellcheck disable=SC2086 # a list
    fadump_warn_words $network
    set +f
}

# fadump_warn_undescribed ADDRESS...: warns of each interface on the routes to these addresses that dracut's
# parameters cannot describe.
fadump_warn_undescribed() {
    local address name
    for address in "$@"; do
        name=$(fadump_interface "$address")
        [ -z "$name" ] || fadump_undescribed "$name"
    done | sort -u | while IFS= read -r name; do
        dwarn "fadump: the interface $name cannot be described for the capture (bonds, bridges, and VLANs whose name ends in their number can): set network = in /etc/fadump.conf"
    done
}

# fadump_warn_words WORD...: warns of each WORD, and of each option of a bond, that the network program of this
# initramfs does not support. Only systemd-networkd and network/plain.sh, which runs ip, do not support all of them.
fadump_warn_words() {
    # shellcheck disable=SC2034 # words_bond sets primary
    local word words ignored refused section primary program=systemd-networkd
    words_common "$@"
    # shellcheck disable=SC2086 # a list
    words_networkd $words
    if [ ! -x "${initdir:?}/usr/lib/systemd/systemd-network-generator" ]; then
        [ -e "${DRACUT_TMPDIR:?}/fadump-plain" ] || return 0
        program=ip
    fi
    [ -z "$ignored" ] || dwarn "fadump: network: $program does not support $ignored: add NetworkManager or network-legacy to this initramfs, or use other words in network = of /etc/fadump.conf"
    [ "$program" != ip ] || return 0
    for word in $words; do
        case $word in bond=*:*:*) word=${word#bond=} ;; *) continue ;; esac
        section=${word#*:*:}
        words_bond "${section%%:*}"
        [ -z "$ignored" ] || dwarn "fadump: network: systemd-networkd does not support these options of the bond ${word%%:*}: $ignored"
    done
    # a program for another machine does not run here
    if [ -z "$words" ] || ! fadump_generate ip=dhcp; then return 0; fi
    # shellcheck disable=SC2086 # a list
    fadump_generate $words || {
        words_usable fadump_generate $words
        dwarn "fadump: network: systemd-network-generator does not understand $refused: the capture will leave this out"
    }
    rm -rf "$DRACUT_TMPDIR/fadump-units"
}

# fadump_generate WORD...: 0 when systemd-network-generator of this initramfs accepts these words together.
fadump_generate() {
    rm -rf "${DRACUT_TMPDIR:?}/fadump-units"
    mkdir "$DRACUT_TMPDIR/fadump-units"
    "$initdir/usr/lib/systemd/systemd-network-generator" --root "$DRACUT_TMPDIR/fadump-units" -- "$@" > /dev/null 2>&1
}

# fadump_restrain: systemd-networkd in an initramfs runs in every boot (dracut 106) and uses DHCP on every
# interface. If only this module requested networkd, make it run only if dracut or the driver needs it.
fadump_restrain() {
    local unit dir
    dracut_module_included systemd-networkd || return 0
    [ ! -e "${DRACUT_TMPDIR:?}/fadump-networkd" ] || return 0
    for unit in systemd-networkd.service systemd-networkd.socket; do
        dir=$initdir/etc/systemd/system/$unit.d
        mkdir -p "$dir"
        printf '%s\n' '[Unit]' 'ConditionPathExists=|/run/networkd/initrd/neednet' \
            'ConditionPathExists=|/run/fadump/network' > "$dir/50-fadump.conf"
    done
    # shellcheck disable=SC2154 # dracut's
    [ ! -e "$initdir/usr/lib/dracut/default.network" ] || inst_hook pre-pivot 81-fadump "$moddir/network/unasked.sh"
}
