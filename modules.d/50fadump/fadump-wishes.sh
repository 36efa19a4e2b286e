#!/bin/sh
# sourced by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-wishes.sh - what this capture was asked for
#
# In:  KEY=VALUE from the kernel command line, /etc/fadump.conf.
# Out: named (the targets that somebody wrote down, one to a line), targets (these, or the default,
#      and the last resort), shown (the same, as it may be shown),
#      when, rearm, final_wish, options (of the copier), timeout, stall_timeout and the other keys, each in a
#      variable.
# Does not know: what a target is.

# wishes [KEY=VALUE]... The command line beats the file, the file beats the defaults; what is
# wrong is said and the next one is used: a typing error must not cost a dump.
wishes() {
    local conf='' given='' line why key
    if [ -e "$ROOT/etc/fadump.conf" ]; then
        conf=$(fadump_config "$ROOT/etc/fadump.conf") || :
        while IFS= read -r line; do
            case $line in
                error=*) say "warning: /etc/fadump.conf: ${line#error=}: ignored" ;;
            esac
        done << END
$conf
END
    fi
    for line in "$@"; do
        if why=$(fadump_check "${line%%=*}" "${line#*=}"); then
            given="$given
$line"
        else
            say "warning: kernel command line: $why: ignored"
        fi
    done
    targets=$(fadump_values target "$given")
    targets=${targets:-$(fadump_values target "$conf")}
    named=$targets
    conf="$conf$given"
    # a format asked for here, a codec there
    if why=$(fadump_clash "$conf"); then
        say "warning: $why: ignored"
        conf="$conf
compress=none"
    fi
    targets=$(fadump_targets "$targets" "$(fadump_value fallback "$conf")")
    shown=$(fadump_masked "$targets")
    target=${shown%%"
"*}
    for key in when:early rearm:auto timeout:60 stall_timeout:60 raw_force:no raw_overwrite:no network: final_action:auto; do
        line=$(fadump_value "${key%%:*}" "$conf")
        line=${line:-${key#*:}}
        case $key in
            when:*) when=$line ;;
            rearm:*) rearm=$line ;;
            timeout:*) timeout=$line ;;
            stall_timeout:*) stall_timeout=$line ;;
            raw_force:*) raw_force=$line ;;
            raw_overwrite:*) raw_overwrite=$line ;;
            network:*) network=$line ;;
            final_action:*) final_wish=$line ;;
        esac
    done
    options=$(fadump_options "$conf")
    opalcore=''
    [ "$kind" != opal ] \
        || opalcore=$(fadump_first "$ROOT/sys/firmware/opal/mpipl/core" "$ROOT/sys/firmware/opal/core") || opalcore=''
}
