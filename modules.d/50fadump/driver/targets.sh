#!/bin/sh
# sourced by capture (any sh), after the other files of driver/
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# driver/targets.sh - try one target after the other until one has saved the dump
#
# In:  $targets, one per line; $copier_options.
# Out: for the target in use: target (without secrets), target_path, target_dump, copier_status (exit
#      status of the copier, 255: not run) and target_finished (yes when target_finish succeeded);
#      a line on the console and in the status for each target that failed.
# Does not know: when memory is released. The release condition in capture calls durable().

target_path='' # the name of the target in messages
target_dump='' # the path of the dump for the user
copier_status=255 target_finished=no
release_region='' # the path of release_region, through which the copier can release memory
incremental=no    # yes: the copier was run with --release-region

# targets_try: 0 when a target has saved the dump, or when the target "none" is reached; else 1.
targets_try() {
    local wanted shown="$masked_targets" IFS='
'
    set -f
    # shellcheck disable=SC2086 # a list, one to a line
    set -- $targets
    set +f
    unset IFS
    for wanted in "$@"; do
        target=${shown%%"
"*} shown=${shown#*"
"}
        [ "$wanted" != none ] || return 0
        target_try "$wanted"
        if durable; then return 0; fi
        if [ "$released" != no ]; then
            log "no other target is tried: a part of the memory was released, and its only copy is on $target"
            return 1
        fi
    done
    return 1
}

# durable: 0 when the dump is complete and durable on the target that was tried last, and
# target_finish also succeeded.
durable() {
    [ "$target_finished" = yes ] && copier_durable "$copier_status"
}

# copier_durable STATUS: 0 when this exit status of fadump-copy means that the dump is complete and
# durable: 0, 1 (but some pages could not be read and never will be) or 7 (but it has more pages than
# dump_level requires). No other shell code has this rule; pipeline_is_durable() of helpers/copy/job.h
# is the same rule in C.
copier_durable() {
    case $1 in
        0 | 1 | 7) return 0 ;;
    esac
    return 1
}

# target_try TARGET: prepares, fills and finishes one target; see durable() for the result.
target_try() {
    local began
    read_uptime
    began=$now copier_status=255 target_finished=no reason='' sink_reason='' partial=''
    target_path='' target_dump='' target_dir='' saved_device=''
    rm -f "$run/report"
    read_report # resets the variables
    set_stage 'preparing the target'
    if target_load "${1%%:*}"; then
        target_cleanup=target_finish
        if target_prepare "${1#*:}"; then
            target_fill
            read_report
            target_released
            copier_reason "$copier_status"
        fi
        set_stage 'finishing the target'
        if target_finish; then target_finished=yes; fi
        target_cleanup=''
    fi
    durable && return 0
    read_uptime
    log_failed_target "$((now - began))"
    log_partial "$copier_status"
}

# log_failed_target SECONDS: logs the failure of the target in use and adds it to the status.
log_failed_target() {
    reason=${reason:-unknown reason}
    log "target $target failed after $1 s: $reason"
    failed=$((failed + 1))
    failures="${failures}failed_target.$failed=$target
failed_reason.$failed=$reason
failed_seconds.$failed=$1
"
}

# log_not_saved: logs that no target has the dump. The reason of each target was logged already.
log_not_saved() {
    case $failed in
        0) log "saving vmcore failed: $reason" ;;
        1) log 'saving vmcore failed' ;;
        *) log "saving vmcore failed: $failed targets failed" ;;
    esac
}

# target_load KIND: sources target/KIND.sh. Every initramfs has the kinds dir and ram, and the other kinds
# that fadump.conf had in target or in include when the initramfs was built. 1, and the reason: no such file.
target_load() {
    unset -f target_store_extra 2> /dev/null || :
    if [ ! -e "$module/target/$1.sh" ]; then
        # include = nfs is for nfs4, too
        reason="this initramfs was built without $1: targets (set include = ${1%4} in fadump.conf, then run dracut -f)"
        return 1
    fi
    # shellcheck source=../target/dir.sh
    . "$module/target/$1.sh"
}

# target_fill: fills the prepared target; sets $copier_status.
target_fill() {
    [ -z "$opalcore" ] || save_opalcore
    set_stage 'saving'
    late_place
    log "saving to $target_path"
    log 'saving vmcore'
    copier_status=0
    # shellcheck disable=SC2086 # a list of words
    copy_dump $copier_options || copier_status=$?
    # with status 2 (usage) nothing was written: retry with the defaults
    if [ "$copier_status" -eq 2 ] && [ -n "$copier_options" ]; then
        log "warning: fadump-copy rejects $copier_options: saving with its defaults"
        copier_status=0
        copy_dump || copier_status=$?
    fi
    if [ "$copier_status" -eq 2 ] && [ -n "$release_region" ]; then
        log 'warning: release_region cannot be parsed: no memory is released during the copy'
        release_region='' copier_status=0
        copy_dump || copier_status=$?
    fi
}

# target_released: sets $released from the report of an incremental release. A copier that was killed
# before it wrote its report may have released any part of the memory.
target_released() {
    case $incremental:$copier_status in
        no:* | yes:2 | yes:126 | yes:127) return 0 ;;
    esac
    case ${released_bytes:-unknown}:$held_bytes in
        0:*) ;;
        *:0) released=yes ;;
        *) released=partly ;;
    esac
}

# log_released: logs the result of an incremental release, after the dump is saved.
log_released() {
    case $released in
        yes) log 'memory released, range by range' ;;
        partly) log_reason "memory released in part: ${held_bytes:-an unknown number of} bytes remain reserved" ;;
        *) log_reason 'the memory remains reserved: no range of it was released' ;;
    esac
}

# copy_dump [OPTION]...: runs the copier with these options; returns its exit status.
copy_dump() {
    incremental=no
    case $release_region:$target in
        :* | *:ssh:*) ;; # durability of a stream is known only at its end
        *) incremental=yes ;;
    esac
    [ "$incremental" = no ] || set -- --release-region "$release_region" "$@"
    target_sink "$ROOT/usr/libexec/fadump-copy" --stall-timeout "$stall_timeout" \
        --source "$vmcore" --report "$run/report" "$@"
}

# save_opalcore: stores the core of the firmware alongside the dump; it is optional, so a failure is only logged.
save_opalcore() {
    command -v target_store_extra > /dev/null || return 0 # raw.sh and iscsi.sh: target_sink stores opalcore
    set_stage 'saving opalcore'
    if target_store_extra opalcore < "$opalcore"; then
        log 'opalcore saved'
    else
        log 'warning: opalcore could not be saved'
    fi
}
