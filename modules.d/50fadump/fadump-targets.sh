#!/bin/sh
# sourced by fadump-capture (any sh), after all others
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-targets.sh - one target after the other, until one has the dump
#
# In:  $targets, a list with one target to a line; $options for the copier.
# Out: for the target in use: target (as it may be shown), target_path, target_dump, copied (the
#      exit status of the copier) and finished (yes when the target was left in order); a line
#      on the console and in the status for each target that failed.
# Does not know: when memory is released. durable() is what that asks.

target_path='' # what the messages call the place of the dump
target_dump='' # where the user will find it
copied=255 finished=no
region='' # release_region, where the copier gives back what is durable, range by range
giving=no # the copier was told so

# targets_try: 0 when a target has the dump, or is "none" and ends the search; else 1.
targets_try() {
    local wanted IFS='
'
    set -f
    # shellcheck disable=SC2086 # a list, one to a line
    set -- $targets
    set +f
    unset IFS
    for wanted in "$@"; do
        target=$(fadump_masked "$wanted")
        [ "$wanted" != none ] || return 0
        target_try "$wanted"
        if durable; then return 0; fi
        if [ "$released" != no ]; then
            say "no other target is tried: a part of the memory was given back, and what was saved of it is only on $target"
            return 1
        fi
    done
    return 1
}

# durable: 0 when the dump is on the target that was tried last and will stay there. fadump-copy
# says 0 (complete and durable), 1 (the same, but some pages could not be read and never will
# be) or 7 (the same, but more was kept than the filter was asked to keep), and the target is
# left in order. Nothing else.
durable() {
    case $finished:$copied in
        yes:0 | yes:1 | yes:7) return 0 ;;
    esac
    return 1
}

# target_try TARGET
target_try() {
    local began
    clock
    began=$now copied=255 finished=no reason='' partial='' hidden_below=''
    target_path='' target_dump=''
    rm -f "$run/report"
    read_report # of this target there is none yet
    enter 'preparing the target'
    if target_load "${1%%:*}"; then
        undo=target_finish
        if target_prepare "${1#*:}"; then
            target_fill
            read_report
            target_gave
            copy_reason "$copied"
        fi
        enter 'finishing the target'
        if target_finish; then finished=yes; fi
        undo=''
    fi
    durable && return 0
    clock
    failed_target "$((now - began))"
    say_partial "$copied"
}

# target_load KIND: the functions of that kind of target. They are in the initramfs if such a
# target, or its kind, was in fadump.conf when that was built.
target_load() {
    unset -f target_beside 2> /dev/null || :
    if [ ! -e "$lib/target-$1.sh" ]; then
        reason="this initramfs was built without $1: targets (include = $1 in fadump.conf, then dracut -f)"
        return 1
    fi
    # shellcheck source=target-dir.sh
    . "$lib/target-$1.sh"
}

# Fills the prepared target; sets $copied.
target_fill() {
    [ -z "$opalcore" ] || save_opalcore
    enter 'saving'
    say "saving to $target_path"
    say 'saving vmcore'
    copied=0
    # shellcheck disable=SC2086 # a list of words
    copy $options || copied=$?
    # its usage error comes before anything is written: wishes must not cost a dump
    if [ "$copied" -eq 2 ] && [ -n "$options" ]; then
        say "warning: fadump-copy does not take$options: saving with its defaults"
        copied=0
        copy || copied=$?
    fi
    if [ "$copied" -eq 2 ] && [ -n "$region" ]; then
        say 'warning: release_region cannot be understood: nothing is given back'
        region='' copied=0
        copy || copied=$?
    fi
}

# What the copier gave back while it saved. One that was ended without a word may have given back
# anything.
target_gave() {
    case $giving:$copied in
        no:* | yes:2 | yes:126 | yes:127) return 0 ;;
    esac
    case ${released_bytes:-unknown}:$held_bytes in
        0:*) ;;
        *:0) released=yes ;;
        *) released=partly ;;
    esac
}

# After a dump that was saved.
say_given() {
    case $released in
        yes) say 'memory released, range by range' ;;
        partly) note "memory released in part: ${held_bytes:-an unknown number of} bytes stay held" ;;
        *) note 'the memory stays held: it could not be given back range by range' ;;
    esac
}

# copy [OPTION]...
copy() {
    giving=no
    case $region:$target in
        :* | *:ssh:*) ;; # of a stream nobody knows what arrived before all of it has
        *) giving=yes ;;
    esac
    [ "$giving" = no ] || set -- --release-region "$region" "$@"
    target_sink "$ROOT/usr/libexec/fadump-copy" --stall-timeout "$stall_timeout" \
        --source "$vmcore" --report "$run/report" "$@"
}

# The firmware's own core goes beside the dump. It is an extra: losing it is said, no more.
save_opalcore() {
    command -v target_beside > /dev/null || return 0 # the sink takes it along
    enter 'saving opalcore'
    if target_beside opalcore < "$opalcore"; then
        say 'opalcore saved'
    else
        say 'warning: opalcore could not be saved'
    fi
}
