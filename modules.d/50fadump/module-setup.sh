#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# module-setup.sh - what the fadump module puts into an initramfs
#
# Sourced by dracut (bash) when the initramfs is built; it only declares.
# In:  /usr/libexec/fadump-copy and /etc/fadump.conf of the machine.
# Out: the hook at pre-pivot, the driver, its library, the targets, the copier.
# Does not know: how a dump is detected, saved or released.
# Errors: a bad /etc/fadump.conf ends dracut (exit 1), because dracut itself does
# not look at what install() returns; an initramfs that would ignore what its
# administrator wrote must not come into being. Without fadump-copy the module
# refuses itself in check(), which dracut turns into an error when it was asked for.

# The programs the driver runs beside the shell, one word each; busybox has them all.
fadump_programs() {
    echo cat date mkdir mount mv od readlink sync
}

check() {
    # shellcheck disable=SC2046 # a list of words
    require_binaries /usr/libexec/fadump-copy $(fadump_programs) || {
        dwarn "fadump: cannot be installed: needs /usr/libexec/fadump-copy $(fadump_programs)"
        return 1
    }
    # 255: only when asked for, by --add fadump or by dracut.conf.d/50-fadump.conf.
    return 255
}

depends() {
    echo base
}

# The configuration is read here exactly as the driver reads it at capture.
fadump_config_ok() {
    local conf="${dracutsysrootdir-}/etc/fadump.conf" line bad=0
    [[ -e $conf ]] || return 0 # no file: the defaults
    # shellcheck source=fadump-lib.sh
    . "${moddir:?}/fadump-lib.sh"
    # shellcheck source=fadump-conf.sh
    . "${moddir:?}/fadump-conf.sh"
    while IFS= read -r line; do
        [[ $line == error=* ]] || continue
        dfatal "fadump: /etc/fadump.conf: ${line#error=}"
        bad=1
    done << END
$(fadump_config "$conf")
END
    return "$bad"
}

install() {
    local file
    fadump_config_ok || {
        dfatal "fadump: mend /etc/fadump.conf (see fadump.conf(5)) or leave the module out"
        exit 1
    }
    # shellcheck disable=SC2046 # a list of words
    inst_multiple $(fadump_programs)
    inst_binary /usr/libexec/fadump-copy
    inst_script "$moddir/fadump-capture" /usr/libexec/fadump-capture
    for file in fadump-lib.sh fadump-conf.sh fadump-paths.sh fadump-status.sh fadump-node.sh \
        fadump-arm.sh target-dir.sh; do
        inst_simple "$moddir/$file" "/usr/lib/fadump/$file"
    done
    [[ ! -e "${dracutsysrootdir-}/etc/fadump.conf" ]] || inst_simple /etc/fadump.conf
    # 80: after what mounts more of the root (usrmount 50, fstab-sys 00).
    inst_hook pre-pivot 80 "$moddir/fadump-hook.sh"
}
