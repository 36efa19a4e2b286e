#!/bin/sh
# sourced by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-status.sh - what is said and kept: the console, the log, the status file
#
# Out: /run/fadump/status, key=value, replaced as a whole; there from begin() on, and true
#      at any time: whatever ends the driver leaves behind how far it got.
#      /run/fadump/log, the lines of the console with the time. Both for root only.
# Sourcing sets the variables of the status and does nothing else.
# Does not know: in which order a dump is saved, or what is done about a failure.

run=$ROOT/run/fadump

# What the status file says.
kind=none target='' path='' result=failed released=no armed=no final_action=continue
partial=''      # what is left of a dump that was not saved
reason=''       # why something was not done; the first one stays
volatile=''     # why a dump that was saved does not last yet
hidden_below='' # the mount point of /etc/fstab that will cover the dump
stage=''        # what is being done, for a status left behind by a sudden end
copier=''       # the process that copies, while there is one
undo=''         # what the exit has to put back of the target in use
closing=''      # and of what targets share
failures=''     # a line for each target that failed and each reason, for the status
failed=0        # how many they are

# /run/fadump exists from here on, and whatever happens leaves a status behind. What the
# initramfs left is kept beside that of a late capture.
begin() {
    mkdir -p "$run"
    if [ -z "$NEWROOT" ] && [ -e "$run/status" ] && [ ! -e "$run/status.initramfs" ]; then
        mv "$run/status" "$run/status.initramfs"
    fi
    trap at_exit EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    enter 'starting'
}

# To the console and, with the time, to the log. Never fails.
say() {
    printf 'fadump: %s\n' "$*" >&2 || :
    printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" 2> /dev/null >> "$run/log" || :
}

# Says why something was not done, and keeps the first such line for the status.
note() {
    reason=${reason:-$*}
    say "$*"
}

# A new stage: the status says how far we got even if nothing can be said any more.
enter() {
    stage=$1
    write_status || :
}

write_status() {
    local why="$reason"
    [ -z "$stage" ] || why="stopped while $stage"
    {
        printf 'kind=%s\ntarget=%s\npath=%s\n' "$kind" "$target" "$path"
        [ -z "$hidden_below" ] || printf 'hidden_below=%s\n' "$hidden_below"
        [ -z "$volatile" ] || printf 'volatile=%s\n' "$volatile"
        [ -z "$partial" ] || printf 'partial=%s\n' "$partial"
        printf 'format=%s\ncompress=%s\ndump_level=%s\n' "$format" "$compress" "$dump_level"
        printf 'bytes=%s\nstored_bytes=%s\n' "$bytes" "$stored_bytes"
        printf 'excluded_pages=%s\nlost_pages=%s\n' "$excluded_pages" "$lost_pages"
        printf 'seconds=%s\n' "$seconds"
        [ -z "$unfiltered" ] || printf 'unfiltered=%s\n' "$unfiltered"
        [ -z "$released_bytes" ] || printf 'released_bytes=%s\nheld_bytes=%s\n' "$released_bytes" "$held_bytes"
        printf 'result=%s\nreleased=%s\narmed=%s\n' "$result" "$released" "$armed"
        printf 'final_action=%s\n' "$final_action"
        printf 'reason=%s\n' "$why"
        printf %s "$failures"
    } > "$run/status.new" && mv -f "$run/status.new" "$run/status"
}

# Puts back what has to be put back, and writes the last status.
at_exit() {
    local status=$?
    trap - EXIT
    trap '' HUP INT TERM
    set +e
    [ -z "$copier" ] || end "$copier" || :
    [ -z "$undo" ] || "$undo"
    [ -z "$closing" ] || "$closing"
    [ -z "$stage" ] || say "stopped while $stage (status $status)"
    write_status || say "cannot write $run/status"
    [ "$result" = failed ] || exit 0
    if command -v late_leave > /dev/null && late_leave; then
        say 'fadump-late.service tries again in the running system'
    fi
    exit 1
}

# The target in use has failed, in $1 seconds: said in one line, kept for the status.
failed_target() {
    reason=${reason:-unknown reason}
    say "target $target failed after $1 s: $reason"
    failed=$((failed + 1))
    failures="${failures}failed_target.$failed=$target
failed_reason.$failed=$reason
failed_seconds.$failed=$1
"
}

# Sets $reason for an exit status of fadump-copy (see fadump-copy(8)), in its own words if
# it left any.
# shellcheck disable=SC2154 # target_path: the target's
copy_reason() {
    case $1 in
        0 | 1 | 7) return 0 ;;
        3) reason='/proc/vmcore cannot be read' ;;
        4) reason="$target_path cannot be written" ;;
        5) reason="no space left for $target_path" ;;
        6) reason='no memory or no thread for the copy' ;;
        8) reason="no byte reached $target_path for $stall_timeout seconds" ;;
        126 | 127) reason='fadump-copy cannot be run' ;;
        *) reason="fadump-copy ended with status $1" ;;
    esac
    reason=$reason${error:+": $error"}
}

# What a dump that was saved lacks, or has too much, for an exit status of 0, 1 or 7.
say_flaws() {
    case $1:${lost_pages:-some} in
        0:* | 7:0 | 7:some) ;;
        *) say "warning: ${lost_pages:-some} pages of the dump could not be read and are missing from it" ;;
    esac
    [ "$1" -ne 7 ] || unfiltered=${unfiltered:-unknown reason}
    [ -z "$unfiltered" ] || say "warning: the dump is complete but unfiltered: $unfiltered"
}

# What a dump that was not saved leaves behind, for an exit status of fadump-copy.
say_partial() {
    local full=''
    [ -n "$partial" ] || return 0
    [ "$1" -ne 5 ] || full=', and fills the file system'
    say "what was written stays: $partial, ${stored_bytes:-unknown} bytes$full"
}

# What the copy reports: numbers, digits only, and words for the status; its last words when
# it failed in $error.
bytes='' stored_bytes='' excluded_pages='' lost_pages='' seconds='' released_bytes='' held_bytes=''
format='' compress='' dump_level='' unfiltered='' error=''
read_report() {
    local key value
    bytes='' stored_bytes='' excluded_pages='' lost_pages='' seconds='' released_bytes='' held_bytes=''
    format='' compress='' dump_level='' unfiltered='' error=''
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
