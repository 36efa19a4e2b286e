#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# driver/kernel.sh - write files of the kernel; no panic because of a warning or a delay while the dump is saved
#
# A machine may be configured to panic when the kernel warns, when a task or a CPU hangs, or when memory is
# short. In a capture boot such a panic loses the dump: the memory is small, and disks and servers are slow.
# In:  sysctls of the kernel (Documentation/admin-guide/sysctl/kernel.rst and vm.rst, 6.12).
# Out: these sysctls; $panics_cleanup, panics_restore while some are switched off.
# Does not know: the rest of the capture. Other panics, for example those of an oops, are not changed.

panics='' # NAME=VALUE of each sysctl that is switched off

# write_sysfs VALUE FILE: writes VALUE to FILE, a file of the kernel, which must exist; 1 on failure.
write_sysfs() {
    [ -e "$2" ] || return 1
    { printf '%s\n' "$1" > "$2"; } 2> /dev/null
}

# panics_switch_off: sets each sysctl to 0, its value for "no panic".
panics_switch_off() {
    local name value
    for name in kernel/panic_on_warn kernel/hung_task_panic kernel/softlockup_panic kernel/hardlockup_panic \
        kernel/panic_on_rcu_stall vm/panic_on_oom; do
        { read -r value < "$ROOT/proc/sys/$name"; } 2> /dev/null || continue
        case $value in 0 | '' | *[!0-9]*) continue ;; esac
        if write_sysfs 0 "$ROOT/proc/sys/$name"; then
            panics="$panics $name=$value" panics_cleanup=panics_restore
        else
            log "warning: cannot switch off $name: the kernel may panic while the dump is saved"
        fi
    done
    [ -z "$panics" ] || log "switched off while the dump is saved:$panics"
}

# panics_restore: gives each sysctl its former value.
panics_restore() {
    local setting
    for setting in $panics; do
        write_sysfs "${setting#*=}" "$ROOT/proc/sys/${setting%=*}" \
            || log "warning: cannot switch on ${setting%=*} again: it was ${setting#*=}"
    done
    panics='' panics_cleanup=''
}
