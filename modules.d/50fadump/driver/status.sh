#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # the driver and its files share variables
#
# driver/status.sh - console, log and status file
#
# Out: /run/fadump/status, key=value, replaced as a whole; it exists from status_begin() on and is
#      correct at any time: even if the driver is killed, it shows the last stage of the capture.
#      /run/fadump/log, the lines of the console with the time. Both for root only.
# Sourcing sets the variables of the status and does nothing else.
# Does not know: the order of a capture, the consequences of a failure.

run=$ROOT/run/fadump

# The variables that the files of the driver share; write_status writes most of them to the status file:
kind=none target='' saved_path='' result=failed released=no armed=no final_action=continue
partial=''         # the partial dump that remains
reason=''          # why something is not as configured; the first reason is kept
volatile=''        # why a saved dump is not persistent yet
stage=''           # the running stage, for the status if the driver is killed
copier=''          # the running copier
target_cleanup=''  # target_finish, while a target is in use; for the exit trap
network_cleanup='' # network_close, while the network is up
panics_cleanup=''  # panics_restore, while sysctls are switched off
failures=''        # the lines failed_target.N and so on of the status
failed=0           # number of failed targets

# set by late_place():
saved_device='' saved_type='' saved_inside=''

# status_begin: creates /run/fadump and sets the traps that write the last status. A late capture keeps
# the status of the initramfs as status.initramfs.
status_begin() {
    mkdir -p "$run"
    if [ -z "$NEWROOT" ] && [ -e "$run/status" ] && [ ! -e "$run/status.initramfs" ]; then
        mv "$run/status" "$run/status.initramfs"
    fi
    trap at_exit EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    set_stage 'starting'
}

# log TEXT...: writes TEXT to the console and, with the time, to the log. Never fails.
log() {
    printf 'fadump: %s\n' "$*" >&2 || :
    printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" 2> /dev/null >> "$run/log" || :
}

# log_reason TEXT...: logs why something was not done and keeps the first such line for the status.
log_reason() {
    reason=${reason:-$*}
    log "$*"
}

# set_stage TEXT: writes the status with this stage, in case the driver is killed during the stage.
set_stage() {
    stage=$1
    write_status || :
}

# write_status: replaces the status file. 1: it could not be replaced; no message is printed. A file that could not be
# written completely, because /run is full, does not replace the last one.
write_status() {
    local why="$reason" text
    [ -z "$stage" ] || why="stopped while $stage"
    text="kind=$kind
target=$target
path=$saved_path
${volatile:+volatile=$volatile
}${partial:+partial=$partial
}${saved_device:+device=$saved_device
device_type=$saved_type
device_path=$saved_inside
}format=$format
compress=$compress
dump_level=$dump_level
bytes=$bytes
stored_bytes=$stored_bytes
excluded_pages=$excluded_pages
${page_kinds}lost_pages=$lost_pages
seconds=$seconds
${unfiltered:+unfiltered=$unfiltered
}${released_bytes:+released_bytes=$released_bytes
held_bytes=$held_bytes
}result=$result
released=$released
armed=$armed
final_action=$final_action
reason=$why
$failures"
    { printf %s "$text" > "$run/status.new"; } 2> /dev/null && mv -f "$run/status.new" "$run/status"
}

# at_exit: the exit trap: cleans up, writes the last status and, if the dump was not saved, makes the link for a late
# capture. Exits with 1 if the dump was not saved, else with 0.
at_exit() {
    local status=$?
    trap - EXIT
    trap '' HUP INT TERM
    set +e
    [ -z "$copier" ] || kill_child "$copier" || :
    [ -z "$target_cleanup" ] || "$target_cleanup"
    [ -z "$network_cleanup" ] || "$network_cleanup"
    [ -z "$panics_cleanup" ] || "$panics_cleanup"
    [ -z "$stage" ] || log "stopped while $stage (status $status)"
    write_status || log "cannot write $run/status"
    [ "$result" = failed ] || exit 0
    if command -v late_leave > /dev/null && late_leave; then
        log 'fadump-late.service tries again in the running system'
    fi
    exit 1
}

# copier_reason STATUS: sets $reason for an exit status of fadump-copy (see fadump-copy(8)), with the
# error from the report, if any. A $sink_reason replaces the reason for status 4.
# shellcheck disable=SC2154 # target/KIND.sh sets target_path
copier_reason() {
    ! copier_durable "$1" || return 0
    case $1 in
        3) reason='/proc/vmcore cannot be read' ;;
        4) reason="$target_path cannot be written" error=${sink_reason:-$error} ;;
        5) reason="no space left for $target_path" ;;
        6) reason='no memory or no thread for the copy' ;;
        8) reason="no byte reached $target_path for $stall_timeout seconds" ;;
        126 | 127) reason='fadump-copy cannot be run' ;;
        *) reason="fadump-copy ended with status $1" ;;
    esac
    reason=$reason${error:+": $error"}
}

# log_excluded: logs how many pages were left out, by kind.
log_excluded() {
    local key value text=''
    while IFS='=' read -r key value; do
        # pages of zeros are not left out: the dump has one stored page for all of them
        case $key:$value in zero_pages:* | *: | *:0) continue ;; esac
        text="$text${text:+, }$value ${key%_pages}"
    done << END
$page_kinds
END
    [ -z "$text" ] || log "pages left out: $text"
}

# log_flaws STATUS: logs missing or unfiltered pages of a dump that was saved.
log_flaws() {
    case $1:${lost_pages:-some} in
        0:* | 7:0 | 7:some) ;;
        *) log "warning: ${lost_pages:-some} pages of the dump could not be read and are missing from it" ;;
    esac
    [ "$1" -ne 7 ] || unfiltered=${unfiltered:-unknown reason}
    [ -z "$unfiltered" ] || log "warning: the dump is complete but unfiltered: $unfiltered"
}

# log_partial STATUS: logs the partial dump that remains, if any.
log_partial() {
    local full=''
    [ -n "$partial" ] || return 0
    [ "$1" -ne 5 ] || full='; it fills the file system'
    log "a partial dump remains: $partial, ${stored_bytes:-unknown} bytes$full"
}

# read_report: reads the report of the copier into the variables below. Lines with an invalid number or
# word are skipped; $error and $unfiltered are made safe for the status.
bytes='' stored_bytes='' excluded_pages='' lost_pages='' seconds='' released_bytes='' held_bytes=''
page_kinds='' # "cache_pages=N" and so on, one per line: the excluded pages by kind, and zero_pages
format='' compress='' dump_level='' unfiltered='' error=''
read_report() {
    local key value
    bytes='' stored_bytes='' excluded_pages='' lost_pages='' seconds='' released_bytes='' held_bytes=''
    format='' compress='' dump_level='' unfiltered='' error='' page_kinds=''
    [ -r "$run/report" ] || return 0
    while IFS='=' read -r key value; do
        case $key:$value in
            error:?* | unfiltered:?*) value=$(fadump_oneline "$value") ;;
            format:* | compress:*) case $value in *[!a-z0-9:-]*) continue ;; esac ;;
            *: | *:*[!0-9.]*) continue ;;
        esac
        case $key in
            bytes) bytes=$value ;;
            stored_bytes) stored_bytes=$value ;;
            excluded_pages) excluded_pages=$value ;;
            zero_pages | cache_pages | private_cache_pages | user_pages | free_pages | poisoned_pages | offline_pages)
                page_kinds="$page_kinds$key=$value
"
                ;;
            lost_pages) lost_pages=$value ;;
            seconds) seconds=$value ;;
            released_bytes) released_bytes=$value ;;
            held_bytes) held_bytes=$value ;;
            format) format=$value ;;
            compress) compress=$value ;;
            dump_level) dump_level=$value ;;
            unfiltered) unfiltered=$value ;;
            error) error=$value ;;
        esac
    done < "$run/report"
}
