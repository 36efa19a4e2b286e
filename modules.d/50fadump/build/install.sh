#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after build/needs.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # module-setup.sh sets $conf, $kinds and $unchecked, dracut sets $initdir
#
# build/install.sh - install the programs, drivers, dracut modules and files that the targets need
#
# In:  $kinds, the kinds of targets, and $conf, the configuration; files of this machine.
# Out: names of programs, drivers and modules for dracut; files in $initdir, through dracut's functions.
# Does not know: how a capture uses the installed files.

# fadump_has KIND: 0 when a target of that kind is configured or included.
fadump_has() {
    case " $kinds " in *" $1 "*) return 0 ;; esac
    return 1
}

# fadump_networked: 0 when any target needs the network.
fadump_networked() {
    fadump_has nfs || fadump_has iscsi || fadump_has ssh
}

# fadump_programs: prints the names of the programs that the driver runs. busybox has all programs of the first line.
fadump_programs() {
    echo cat date ln mkdir mount mv readlink rm sleep sync umount
    if fadump_has nfs; then echo mount.nfs; fi
    if fadump_has ssh; then echo mkfifo ssh; fi
    if fadump_networked; then echo getent ip; fi
}

# fadump_modules: prints the dracut modules that the targets need. dracut's module nfs is not used: it
# would start rpcbind and statd in every boot (dracut 106), and the targets need only mount.nfs.
fadump_modules() {
    echo base
    if fadump_networked; then fadump_network_modules; fi
    fadump_layers "$(fadump_all_disks)"
}

# fadump_all_disks: prints the device files of the targets, and of the present and later mounts at or above dir: targets.
fadump_all_disks() {
    fadump_disks "$conf" "$(
        fadump_mounts "$conf"
        fadump_later "$conf"
    )"
}

# fadump_drivers: prints the kernel modules that the targets need.
fadump_drivers() {
    local fs=no
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
    fi
    fadump_filesystems "$(fadump_all_disks)"
}

# fadump_install: installs the configuration, with its mode, and the files that the kinds need.
fadump_install() {
    fadump_install_conf
    [ "$(fadump_value final_action "$conf")" != halt ] || inst_multiple -o halt
    fadump_install_disks
    if fadump_networked; then fadump_install_network; fi
    if fadump_has nfs; then
        # libtirpc, used by mount.nfs, reads these files for version 3
        inst_multiple -o /etc/netconfig /etc/services /etc/protocols /etc/rpc
    fi
    # the initiator name must be unique, so only the initramfs of this machine contains it
    if fadump_has iscsi && [ -n "${hostonly-}" ] && [ -e "${dracutsysrootdir-}/etc/iscsi/initiatorname.iscsi" ]; then
        inst_simple /etc/iscsi/initiatorname.iscsi
    fi
    if fadump_has ssh; then fadump_install_ssh; fi
}

# fadump_install_disks: stores two lists: the mounts at or above dir: targets that neither fstab nor a unit file names
# (fadump_unexplained), and the layers of the disks. Warns of names of disks that may change.
fadump_install_disks() {
    local mounts line
    mounts=$(fadump_mounts "$conf")
    fadump_changing "$conf" | while IFS= read -r line; do dwarn "fadump: $line"; done
    fadump_unexplained "$mounts" > "$initdir/usr/lib/fadump/mounts"
    fadump_stack "$(fadump_all_disks)" > "$initdir/usr/lib/fadump/stack"
    inst_multiple -o findmnt
}

# fadump_install_conf: installs /etc/fadump.conf with its mode. Other people may receive an initramfs for any host
# (--no-hostonly): its copy has only the values, without comments, targets with passwords, and paths of ssh keys.
fadump_install_conf() {
    [ -f "${dracutsysrootdir-}/etc/fadump.conf" ] || return 0
    if [ -n "${hostonly-}" ]; then
        inst_simple /etc/fadump.conf
        return
    fi
    mkdir -p "$initdir/etc"
    {
        # a misspelled key may have a target with a password as its value: drop lines with @, which other values do not need
        fadump_values target "$conf" | grep -xF -e "$(fadump_values masked "$conf")" | sed 's/^/target = /'
        printf '%s\n' "$conf" | sed '/^\(target\|masked\|error\|kinds\|server\|ssh_[a-z_]*\)=/d; /@/d; /^$/d; s/=/ = /'
    } > "$initdir/etc/fadump.conf"
    chmod 600 "$initdir/etc/fadump.conf"
}

# fadump_install_ssh: installs the key and the known hosts, readable by root only. If other users can read
# the initramfs file, they can read the key.
fadump_install_ssh() {
    inst_simple "$(fadump_value ssh_key "$conf")" /etc/fadump/ssh_key
    inst_simple "$(fadump_value ssh_known_hosts "$conf")" /etc/fadump/known_hosts
    chmod 700 "$initdir/etc/fadump"
    chmod 600 "$initdir/etc/fadump/ssh_key" "$initdir/etc/fadump/known_hosts"
}
