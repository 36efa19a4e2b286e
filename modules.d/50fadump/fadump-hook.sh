#!/bin/sh
# sourced by dracut at pre-pivot and before an emergency shell: return, never exit; leave no trace
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-hook.sh - is a crash dump waiting? Then run the driver
#
# In:  /proc/vmcore, the device tree, the kernel command line, $NEWROOT.
# Out: fadump-capture is run with what the command line says for keys of /etc/fadump.conf, one
#      KEY=VALUE to an argument; several targets in their order.
# At pre-pivot the real root is on $NEWROOT. A boot that cannot mount it ends in dracut's emergency
# shell and never gets there; the hooks before that shell are the last chance of the dump, and
# the targets that need no root have it. The boot may go on from there and come by once more.
# Does not know: targets, configuration, release. A failing driver does not fail the
# boot, and the driver has said on the console what went wrong.
# Cost of a normal boot: a few file tests by the shell itself, no process.
# ROOT is empty on a real machine; tests point it at a folder.

fadump_hook() {
    local root="${ROOT-}" key value values line

    [ -e "$root/proc/vmcore" ] \
        || [ -e "$root/proc/device-tree/rtas/ibm,kernel-dump" ] \
        || [ -e "$root/proc/device-tree/rtas/ibm,dump-kernel" ] \
        || [ -e "$root/proc/device-tree/ibm,opal/dump/mpipl-boot" ] \
        || return 0

    # a hook that ran before: only a dump that failed, with all memory still held, is tried again
    if [ -e "$root/run/fadump/status" ]; then
        value=''
        while IFS= read -r key; do
            case $key in result=failed | released=no) value=$value$key ;; esac
        done < "$root/run/fadump/status"
        [ "$value" = result=failedreleased=no ] || return 0
    fi

    # of what is not there dracut is not asked: each answer takes two processes
    line=$(getcmdline)
    case $line in
        *rd.fadump*)
            getargbool 1 rd.fadump || {
                warn "fadump: a crash dump is waiting, but rd.fadump=0 says to leave it alone"
                return 0
            }
            ;;
    esac
    for key in target fallback timeout stall_timeout raw_force raw_overwrite network when rearm final_action \
        format compress dump_level threads memory; do
        case $line in *"fadump_$key="* | *"rd.fadump.$key="*) ;; *) continue ;; esac
        # Two plain calls: with -d they would call the second name deprecated.
        if [ "$key" != target ]; then
            value=$(getarg "fadump_$key=") || value=$(getarg "rd.fadump.$key=") || continue
            set -- "$@" ${value:+"$key=$value"}
            continue
        fi
        values=$(getargs fadump_target=) || values=$(getargs rd.fadump.target=) || continue
        # one to a line; older dracut splits the command line itself: no value has a space, and one is between them
        # shellcheck disable=SC2086 # words
        command -v dracut-getargs > /dev/null || values=$(set -f && printf '%s\n' $values)
        while IFS= read -r value; do
            set -- "$@" ${value:+"target=$value"}
        done << END
$values
END
    done

    NEWROOT="${NEWROOT:-/sysroot}" "$root/usr/libexec/fadump-capture" "$@" < /dev/null || :
}

fadump_hook
unset -f fadump_hook
