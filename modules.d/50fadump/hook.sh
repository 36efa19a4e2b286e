#!/bin/sh
# sourced by dracut at pre-pivot and before an emergency shell: return, never exit; leave no variables or functions
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hook.sh - run the driver if a crash dump is waiting
#
# In:  /proc/vmcore, the device tree, the kernel command line, $NEWROOT; $hook, which dracut sets before
#      an emergency shell (059 to 112: emergency_shell() in dracut-lib.sh, dracut-emergency.sh).
# Out: runs fadump-capture with the keys of /etc/fadump.conf that are on the command line, one
#      KEY=VALUE per argument; several targets in their order; $FADUMP_HOOK is emergency before an
#      emergency shell, break at pre-pivot before a prompt of rd.break, else empty.
# At pre-pivot the real root is mounted on $NEWROOT. A boot that cannot mount the root ends in dracut's
# emergency shell instead; the hooks before that shell are the last chance to save the dump, to
# targets that need no root. If the boot continues from that shell, this hook runs once more.
# With rd.break nothing is copied or released until the administrator has had a prompt; dracut also
# runs the emergency hooks before this prompt.
# Does not know: targets, configuration, release. A failure of the driver does not fail the boot;
# the driver has logged it to the console.
# Cost of a normal boot: a few file tests by the shell itself, no process.
# ROOT is empty on a real machine; tests set it to a folder.

fadump_hook() {
    local root="${ROOT-}" key value values line when=''

    [ -e "$root/proc/vmcore" ] \
        || [ -e "$root/proc/device-tree/rtas/ibm,kernel-dump" ] \
        || [ -e "$root/proc/device-tree/rtas/ibm,dump-kernel" ] \
        || [ -e "$root/proc/device-tree/ibm,opal/dump/mpipl-boot" ] \
        || return 0

    # If an earlier hook ran the driver, run it again only if it failed and released no memory.
    if [ -e "$root/run/fadump/status" ]; then
        value=''
        while IFS= read -r key; do
            case $key in result=failed | released=no) value=$value$key ;; esac
        done < "$root/run/fadump/status"
        [ "$value" = result=failedreleased=no ] || return 0
    fi

    # getarg starts two processes, so call it only for keys that occur in the command line.
    line=$(getcmdline)
    case $line in
        *rd.fadump*)
            getargbool 1 rd.fadump || {
                warn "fadump: a crash dump is waiting, but rd.fadump=0 disables the module"
                return 0
            }
            ;;
    esac
    case ${hook-} in emergency | shutdown-emergency) when=emergency ;; esac
    case $line in
        *rd.break* | *rdbreak* | *rd.systemd.break*) if fadump_break; then return 0; fi ;;
    esac
    for key in target fallback timeout stall_timeout raw_force raw_overwrite network when rearm final_action \
        format compress dump_level threads memory; do
        case $line in *"fadump_$key="* | *"rd.fadump.$key="*) ;; *) continue ;; esac
        # Two calls: one call with -d would log that the second name is deprecated.
        if [ "$key" != target ]; then
            value=$(getarg "fadump_$key=") || value=$(getarg "rd.fadump.$key=") || continue
            set -- "$@" ${value:+"$key=$value"}
            continue
        fi
        values=$(getargs fadump_target=) || values=$(getargs rd.fadump.target=) || continue
        # One value per line. Versions of dracut without dracut-getargs separate values by spaces.
        # shellcheck disable=SC2086 # words
        command -v dracut-getargs > /dev/null || values=$(set -f && printf '%s\n' $values)
        while IFS= read -r value; do
            set -- "$@" ${value:+"target=$value"}
        done << END
$values
END
    done

    NEWROOT="${NEWROOT:-/sysroot}" FADUMP_HOOK=$when "$root/usr/libexec/fadump-capture" "$@" < /dev/null || :
}

# fadump_break: 0 when the prompt of rd.break follows this hook immediately: the administrator can save the dump
# there. Else 1; at pre-pivot, sets $when to break if a prompt follows later. If /run/fadump/prompt exists at
# pre-pivot, a prompt came earlier.
# Breakpoints of systemd (rd.systemd.break) run no hook. The only such breakpoint after pre-pivot is pre-switch-root,
# which may be the default of rd.systemd.break without a value.
fadump_break() {
    local value
    if getarg rd.break > /dev/null || getarg rdbreak > /dev/null; then
        if [ "$when" = emergency ]; then
            (umask 077 && mkdir -p "$root/run/fadump" && : > "$root/run/fadump/prompt") 2> /dev/null || :
            warn "fadump: a crash dump is waiting; because of rd.break it is not saved now; at the prompt, /usr/libexec/fadump-capture saves it"
            return 0
        fi
        [ -e "$root/run/fadump/prompt" ] || when='break'
    fi
    if [ -z "$when" ] && value=$(getarg rd.systemd.break=); then
        case ,$value, in ,, | *,pre-switch-root,*) when='break' ;; esac
    fi
    return 1
}

fadump_hook
unset -f fadump_hook fadump_break
