#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after fadump-build.sh and fadump-disks.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # $conf, $kinds and $initdir: module-setup.sh's and dracut's
#
# fadump-parts.sh - the parts that dracut, the distribution and the machine give for the targets
#
# In:  $kinds, the kinds of targets, and $conf, the configuration; this machine's files.
# Out: words for dracut, and files in $initdir, through dracut's functions.
# Does not know: what is done with them when a dump waits.

# fadump_has KIND: 0 when that kind of target is wanted.
fadump_has() {
    case " $kinds " in *" $1 "*) return 0 ;; esac
    return 1
}

# fadump_networked: 0 when any target needs the network.
fadump_networked() {
    fadump_has nfs || fadump_has iscsi || fadump_has ssh
}

# The programs the driver runs beside the shell, one word each; busybox has the first ones.
fadump_programs() {
    echo cat date ln mkdir mount mv od readlink rm sleep sync umount
    if fadump_has nfs; then echo mount.nfs; fi
    if fadump_has ssh; then echo mkfifo ssh; fi
    if fadump_networked; then echo getent ip; fi
}

# fadump_modules: prints the modules of dracut. nfs is not among them: it would start rpcbind and
# statd in every boot (dracut 106), and nothing of it but mount.nfs is used here.
fadump_modules() {
    echo base
    if fadump_networked; then
        # asked for by somebody else before us (dracut goes by the numbers of the modules)
        ! dracut_module_included systemd-networkd || : > "${DRACUT_TMPDIR:?}/fadump-networkd"
        # else the choice of "network" would bring systemd into an initramfs without it
        dracut_module_included systemd || echo network-legacy
        echo network
    fi
    fadump_layers "$conf"
    if fadump_has iscsi; then echo iscsi; fi
    if fadump_has ssh; then echo ssh-client; fi
}

# fadump_drivers: prints the kernel's modules.
fadump_drivers() {
    local target fs=no
    if fadump_has nfs; then
        echo nfs nfsv3 nfsv4 nfs_layout_nfsv41_files nfs_layout_flexfiles
    fi
    if fadump_has iscsi; then
        echo iscsi_tcp sd_mod crc32c crc32c_generic
    fi
    case "
$(fadump_values target "$conf")" in
        *"
iscsi:"*\;fs=*) fs=yes ;;
    esac
    if fadump_has fs || [ "$fs" = yes ]; then
        echo ext4 xfs btrfs vfat
        # and what the disk has that is here now
        fadump_values target "$conf" | while IFS= read -r target; do
            case $target in fs:*) ;; *) continue ;; esac
            target=${target#fs:}
            case ${target%%:/*} in
                /dev/*) blkid -o value -s TYPE "${target%%:/*}" || : ;;
                *) blkid -o value -s TYPE -t "${target%%:/*}" || : ;;
            esac
        done 2> /dev/null | sed '/^[a-z0-9_]*$/!d'
    fi
}

# Files: the configuration (with its mode), then what the kinds need.
fadump_install() {
    local peer
    for peer in $(fadump_peers "${dracutsysrootdir-}"); do
        if [ -n "$(fadump_values target "$conf")" ]; then
            dinfo "fadump: $peer is enabled on this machine, too: /etc/fadump.conf names a target, so this module saves dumps first"
        else
            dwarn "fadump: $peer is enabled on this machine: dumps that it can save are left to it (a target = in /etc/fadump.conf makes them this module's)"
        fi
    done
    [ ! -e "${dracutsysrootdir-}/etc/fadump.conf" ] || inst_simple /etc/fadump.conf
    [ "$(fadump_value final_action "$conf")" != halt ] || inst_multiple -o halt
    if fadump_networked; then fadump_install_network; fi
    if fadump_has nfs; then
        # the library of mount.nfs looks into them for version 3
        inst_multiple -o /etc/netconfig /etc/services /etc/protocols /etc/rpc
    fi
    if fadump_has iscsi && [ -e "${dracutsysrootdir-}/etc/iscsi/initiatorname.iscsi" ]; then
        inst_simple /etc/iscsi/initiatorname.iscsi
    fi
    if fadump_has ssh; then fadump_install_ssh; fi
}

# What is known of the way to the servers now is kept for the boot that needs it.
fadump_install_network() {
    local address _name network addresses=''
    inst_multiple -o /etc/nsswitch.conf
    inst_libdir_file 'libnss_dns.so*' 'libnss_files.so*'
    fadump_addresses "$conf" > "$initdir/usr/lib/fadump/hosts"
    while read -r address _name; do addresses="$addresses $address"; done < "$initdir/usr/lib/fadump/hosts"
    network=$(fadump_value network "$conf")
    # shellcheck disable=SC2086 # a list
    [ -n "$network" ] || network=$(fadump_parameters $addresses)
    if [ -n "$network" ]; then
        printf '%s\n' "$network" > "$initdir/usr/lib/fadump/network"
    elif [ -n "$addresses" ]; then
        dwarn 'fadump: this machine has no way to the servers of the targets now: DHCP will be tried (or: network = in fadump.conf)'
    fi
    fadump_restrain
}

# systemd-networkd in an initramfs runs in every boot (dracut 106) and asks for an address on
# every interface. If it is there for us only, it runs when dracut or we need a network.
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
}

# The key and the known hosts, for root only; an initramfs that others may read gives them away.
fadump_install_ssh() {
    local key hosts file
    key=$(fadump_ssh_key "$conf" "${dracutsysrootdir-}")
    hosts=$(fadump_ssh_hosts "$conf")
    for file in "$key" "$hosts"; do
        [ -n "$file" ] && [ -r "${dracutsysrootdir-}$file" ] && continue
        dfatal "fadump: ssh: needs ${file:-a key (ssh_key in fadump.conf)}, which is not there"
        exit 1
    done
    inst_simple "$key" /etc/fadump/ssh_key
    inst_simple "$hosts" /etc/fadump/known_hosts
    chmod 700 "$initdir/etc/fadump"
    chmod 600 "$initdir/etc/fadump/ssh_key" "$initdir/etc/fadump/known_hosts"
}
