#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# driver/settings.sh - the settings of this capture
#
# In:  KEY=VALUE from the kernel command line; /etc/fadump.conf, which fadump-tool reads: the copy in the
#      initramfs, or the file of the mounted root if it is different and sets a key.
# Out: explicit_targets (from the command line or the file, one per line), targets (explicit_targets
#      or the default, then the fallback), masked_targets (targets without secrets), target (the first of
#      masked_targets), when, rearm, requested_action, copier_options, timeout, stall_timeout and the
#      other keys, each in a variable; opalcore, the file with the core of the firmware, or empty.
# Does not know: kinds of targets, valid values.

# default_settings: sets all variables as for a machine without configuration. tests/meta/keys.bats compares
# these values with the table of fadump-tool.
default_settings() {
    explicit_targets='' targets=dir:/var/crash masked_targets=dir:/var/crash
    timeout=60 stall_timeout=60 raw_force=no raw_overwrite=no network='' usual_key='' usual_hosts=''
    when=early rearm=auto requested_action=auto copier_options=''
}

# load_settings [KEY=VALUE]... Precedence: command line, file, defaults. For an invalid value fadump-tool
# prints a warning and uses the next source: a typing error must not lose a dump. If fadump-tool does not
# run, the defaults are used, for the same reason.
load_settings() {
    local answer='' status=0
    default_settings
    ask_root "$@" || ask_tool config --root "$ROOT" -- "$@" || status=$?
    if [ "$status" -eq 0 ] && settings_complete; then
        take_settings
    else
        log "warning: fadump-tool does not run (status $status): the defaults are used instead of /etc/fadump.conf and the kernel command line"
    fi
    target=${masked_targets%%"
"*}
    opalcore=''
    if [ "$kind" = opal ] && fadump_first "$ROOT/sys/firmware/opal/mpipl/core" "$ROOT/sys/firmware/opal/core"; then
        opalcore=$first
    fi
}

# settings_complete: 0 when $answer is a complete output: it has target= lines and ends with options=
settings_complete() {
    case $answer in
        *target=*"
options="*) return 0 ;;
    esac
    return 1
}

# ask_root [KEY=VALUE]...: sets $answer to the settings with /etc/fadump.conf of the mounted root as the
# newer version. 1: this is the running system, there is no such file, or it cannot be read within the
# timeout. The times of the files
# are not compared, because dracut may set those of the copy (reproducible images), and the clock may be
# wrong.
ask_root() {
    local line resolved
    [ -n "$NEWROOT" ] || return 1
    fadump_resolve "$ROOT$NEWROOT" /etc/fadump.conf || return 1
    [ -e "$ROOT$NEWROOT$resolved" ] || return 1
    if run_with_timeout "$timeout" "$ROOT/usr/libexec/fadump-tool" config --root "$ROOT" \
        --newer "$ROOT$NEWROOT$resolved" -- "$@" > "$run/settings" 2> /dev/null; then
        while IFS= read -r line; do
            answer="$answer${answer:+
}$line"
        done < "$run/settings"
    fi
    rm -f "$run/settings" # it may contain a password
    settings_complete && return 0
    log "warning: $NEWROOT$resolved cannot be read: the copy in the initramfs is used"
    return 1
}

# take_settings: sets the variables from the lines of $answer.
take_settings() {
    local line value
    targets='' masked_targets=''
    while IFS= read -r line; do
        value=${line#*=}
        case $line in
            target=*) targets="$targets${targets:+
}$value" ;;
            masked=*) masked_targets="$masked_targets${masked_targets:+
}$value" ;;
            explicit=*) explicit_targets="$explicit_targets${explicit_targets:+
}$value" ;;
            timeout=*) timeout=$value ;;
            stall_timeout=*) stall_timeout=$value ;;
            raw_force=*) raw_force=$value ;;
            raw_overwrite=*) raw_overwrite=$value ;;
            network=*) network=$value ;;
            ssh_key=*) usual_key=$value ;;
            ssh_known_hosts=*) usual_hosts=$value ;;
            when=*) when=$value ;;
            rearm=*) rearm=$value ;;
            final_action=*) requested_action=$value ;;
            options=*) copier_options=$value ;;
            warning=*) log "warning: $value" ;;
            newer=*) log "${value#"$ROOT"} differs from the copy in the initramfs and is used" ;;
        esac
    done << END
$answer
END
}
