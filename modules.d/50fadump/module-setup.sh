#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# module-setup.sh - what the fadump module puts into an initramfs
#
# Sourced by dracut (bash) when the initramfs is built; it only declares.
# In:  /usr/libexec/fadump-copy and /etc/fadump.conf of the machine.
# Out: the hooks at pre-pivot and emergency, the driver, its library, the copier; the targets that are configured
#      or included, and what they need. With dir: only, that is nothing.
# Does not know: how a dump is detected, saved or released; what a target needs (fadump-build.sh).
# Errors: a bad /etc/fadump.conf ends dracut (exit 1), because dracut itself does
# not look at what install() returns; an initramfs that would ignore what its
# administrator wrote must not come into being. Without fadump-copy the module
# refuses itself in check(), which dracut turns into an error when it was asked for.

# Sets conf, the good lines of the configuration, and kinds; read exactly as at capture.
fadump_read() {
    local file
    for file in lib conf grammar servers peers build disks parts; do
        # shellcheck source=/dev/null # each of these is checked by itself
        . "${moddir:?}/fadump-$file.sh"
    done
    conf=''
    [[ ! -e "${dracutsysrootdir-}/etc/fadump.conf" ]] || conf=$(fadump_config "${dracutsysrootdir-}/etc/fadump.conf")
    kinds=$(fadump_kinds "$conf")
}

check() {
    local conf kinds
    fadump_read
    # shellcheck disable=SC2046 # a list of words
    require_binaries /usr/libexec/fadump-copy $(fadump_programs) || {
        dwarn "fadump: cannot be installed: needs /usr/libexec/fadump-copy $(fadump_programs | tr '\n' ' ')"
        return 1
    }
    # 255: only when asked for, by --add fadump or by dracut.conf.d/50-fadump.conf.
    return 255
}

depends() {
    local conf kinds
    fadump_read
    fadump_modules
}

installkernel() {
    local conf kinds drivers
    fadump_read
    drivers=$(fadump_drivers)
    # what is not loaded now may be needed then; without words it would read standard input
    # shellcheck disable=SC2086 # a list of words
    [[ -z $drivers ]] || hostonly='' instmods $drivers
}

install() {
    local conf kinds line bad=0
    fadump_read
    while IFS= read -r line; do
        [[ $line == error=* ]] || continue
        dfatal "fadump: /etc/fadump.conf: ${line#error=}"
        bad=1
    done <<< "$conf"
    ((bad == 0)) || {
        dfatal "fadump: mend /etc/fadump.conf (see fadump.conf(5)) or leave the module out"
        exit 1
    }
    # shellcheck disable=SC2046 # a list of words
    inst_multiple $(fadump_programs)
    inst_binary /usr/libexec/fadump-copy
    inst_script "$moddir/fadump-capture" /usr/libexec/fadump-capture
    for line in $(fadump_files "$kinds"); do
        inst_simple "$moddir/$line" "/usr/lib/fadump/$line"
    done
    fadump_install
    # 80: after what mounts more of the root (usrmount 50, fstab-sys 00). The others are for a boot
    # that never gets there: before the emergency shell, and in its place (rd.shell=0).
    for line in pre-pivot emergency shutdown-emergency; do
        inst_hook "$line" 80 "$moddir/fadump-hook.sh"
    done
}
