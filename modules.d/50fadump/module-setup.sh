#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # the files of build/ use conf and unchecked
#
# module-setup.sh - install the fadump module into an initramfs
#
# Sourced by dracut (bash) when the initramfs is built; defines functions and does nothing else.
# In:  /usr/libexec/fadump-copy, /usr/libexec/fadump-tool and /etc/fadump.conf of the machine.
# Out: the hooks, the driver with its files, the two programs; the files and drivers that the targets need.
# Does not know: how a dump is detected, saved or released; the needs of a target (build/needs.sh).
# Errors (build/faults.sh): if the command line names the module (--add fadump), check() refuses it, and dracut
# ends with status 1. In every other build (a new kernel) the drop-in adds the module, and a fault must not
# prevent the build: bad parts are left out, and warnings are logged and stored in the initramfs. No function
# calls exit. dracut ignores the return status of install(), but not that of installkernel().

# fadump_read: sources the files of build/; sets conf, kinds (the usable ones), unchecked, and faults (build/faults.sh).
fadump_read() {
    local file
    for file in lib/common network/words driver/other-dumpers build/{able,needs,mounts,disks,interfaces,network,install,peers,faults}; do
        # shellcheck source=/dev/null # each of these files is checked separately
        . "${moddir:?}/$file.sh"
    done
    fadump_configured "${dracutsysrootdir-}"
    faults=$(fadump_faults)
    fadump_leave
}

# fadump_by_hand: 0 when dracut's command line names the module; 1 with --rebuild, which repeats an earlier build.
fadump_by_hand() {
    [[ ${append_args_l-} != yes ]] || return 1
    [[ " ${add_dracutmodules_l[*]-} ${force_add_dracutmodules_l[*]-} ${dracutmodules_l[*]-} " == *" fadump "* ]]
}

check() {
    # dracut unsets hostonly for check() if the module is forced; _hostonly has the value
    local conf kinds unchecked faults hostonly=${_hostonly-${hostonly-}}
    fadump_by_hand || return 255
    fadump_read
    if fadump_refuse; then return 1; else return 255; fi # 255: only on request
}

depends() {
    local conf kinds unchecked faults
    : > "${DRACUT_TMPDIR:?}/fadump-missing"
    fadump_read
    ! fadump_unusable || return 0
    # shellcheck disable=SC2046 # a list of words
    if fadump_by_hand; then fadump_modules; else fadump_installable $(fadump_modules); fi
}

installkernel() {
    local conf kinds unchecked faults drivers
    fadump_read
    drivers=$(fadump_drivers)
    # hostonly='' also installs drivers that are not loaded now. Without arguments instmods reads standard input.
    # shellcheck disable=SC2086 # a list of words
    [[ -z $drivers ]] || hostonly='' instmods $drivers || dwarn "fadump: not all drivers could be installed: $drivers"
    return 0
}

install() {
    local conf kinds unchecked faults line
    fadump_read
    fadump_report
    ! fadump_unusable || return 0
    # shellcheck disable=SC2046 # a list of words
    inst_multiple $(fadump_programs)
    inst_binary /usr/libexec/fadump-copy
    inst_binary /usr/libexec/fadump-tool
    inst_script "$moddir/capture" /usr/libexec/fadump-capture
    for line in $(fadump_files "$kinds"); do
        inst_simple "$moddir/$line" "/usr/lib/fadump/$line"
    done
    fadump_install
    # 80-fadump-hook.sh runs after the hooks that mount more of the root (fstab-sys 00, usrmount 50). If the
    # boot fails before pre-pivot, dracut runs emergency before its shell, or shutdown-emergency (rd.shell=0).
    for line in pre-pivot emergency shutdown-emergency; do
        inst_hook "$line" 80-fadump "$moddir/hook.sh"
    done
}
