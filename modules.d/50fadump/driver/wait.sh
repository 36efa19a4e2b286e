#!/bin/sh
# sourced by capture (any sh), after driver/status.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# driver/wait.sh - deadlines for everything that may hang
#
# A process that is stuck in the kernel (a dead server, a dead disk) can neither be killed nor waited
# for. So everything that may hang runs in the background and is polled.
# In:  seconds, a command; /proc of the children (the real /proc, even in the tests).
# Out: exit statuses; 124: the deadline passed.
# Sourcing sets variables and defines functions.
# Does not know: targets, the purpose of a command.

timeout=60       # seconds for each step that prepares a target
stall_timeout=60 # seconds in which a byte must become durable

# child_exited PID: 0 when all threads of child PID have exited, so that wait does not block; else 1.
# The shell may have reaped the child already, and another process may have the same PID now.
child_exited() {
    local pid="$1" stat
    { read -r stat < "/proc/$pid/stat"; } 2> /dev/null || return 0
    # shellcheck disable=SC2086 # words: state, parent ...
    set -- ${stat##*) }
    case $1:$2 in
        [ZX]:$$) ;;
        *:$$) return 1 ;;
        *) return 0 ;;
    esac
    # the main thread can exit while another thread is stuck
    set -- "/proc/$pid/task"/*
    [ "$#" -le 1 ]
}

# poll_pause ROUND: sleeps between two polls: 10 ms in the first 20 rounds, then 100 ms.
poll_pause() {
    if [ "$1" -lt 20 ]; then sleep 0.01; else sleep 0.1; fi
}

# deadline_passed SECONDS ROUND SINCE: 0 when more than SECONDS have passed since the uptime SINCE. The time of the
# pauses (ROUND) is a second limit, in case the uptime cannot be read.
deadline_passed() {
    read_uptime
    [ $((now - $3)) -gt "$1" ] || [ "$2" -gt $(($1 * 10 + 18)) ]
}

# child_exited_within SECONDS PID: waits until the child has exited; 1 when SECONDS have passed.
child_exited_within() {
    local round=0 now since
    read_uptime
    since=$now
    until child_exited "$2"; do
        ! deadline_passed "$1" "$round" "$since" || return 1
        poll_pause "$round"
        round=$((round + 1))
    done
}

# wait_until SECONDS CMD...: runs CMD, which does not hang, until it returns 0; 124 when SECONDS have
# passed.
wait_until() {
    local limit="$1" round=0 now since
    shift
    read_uptime
    since=$now
    until "$@"; do
        ! deadline_passed "$limit" "$round" "$since" || return 124
        poll_pause "$round"
        round=$((round + 1))
    done
}

# run_with_timeout SECONDS CMD...: runs CMD, one program, and returns its status. If CMD has not exited
# after SECONDS, it is killed, and the status is 124; a process that cannot be killed is left running.
run_with_timeout() {
    local limit="$1" worker status=0
    shift
    "$@" < /dev/null &
    worker=$!
    if ! child_exited_within "$limit" "$worker"; then
        kill_child "$worker" || :
        return 124
    fi
    wait "$worker" || status=$?
    return "$status"
}

# kill_child PID: sends SIGTERM to that child, and SIGKILL after 2 seconds; 1: the child did not exit.
kill_child() {
    { kill -TERM "$1" || :; } 2> /dev/null
    if ! child_exited_within 2 "$1"; then
        { kill -KILL "$1" || :; } 2> /dev/null
        child_exited_within 2 "$1" || return 1
    fi
    wait "$1" 2> /dev/null || :
}

# copier_run CMD...: runs the copier and returns its status. The copier detects a stalled target itself
# (--stall-timeout). If it has reported an error and does not exit within 10 seconds, it is stuck: it
# is killed, and the status is 8 (stalled), as from the copier itself. A killed copier may still exist:
# see copiers_exited.
copier_run() {
    local status=0 round=0 late=0
    "$@" < /dev/null &
    copier=$!
    until child_exited "$copier"; do
        poll_pause "$round"
        round=$((round + 1))
        [ "$round" -ge 20 ] || continue
        if report_has_error "$run/report"; then late=$((late + 1)); fi
        if [ "$late" -gt 100 ]; then
            kill_child "$copier" || :
            copier=''
            return 8
        fi
    done
    wait "$copier" || status=$?
    copier=''
    return "$status"
}

# report_has_error FILE: 0 when a line of FILE begins with error=
report_has_error() {
    local line
    [ -s "$1" ] || return 1
    while IFS= read -r line; do
        case $line in error=*) return 0 ;; esac
    done < "$1"
    return 1
}

# copiers_exited: 0 when no copier exists. Else 1: a copier may still read the memory of the crashed system,
# so the memory must not be released.
copiers_exited() {
    local file name
    for file in "$ROOT"/proc/[0-9]*/comm; do
        { read -r name < "$file"; } 2> /dev/null || continue
        [ "$name" != fadump-copy ] || ! is_copier "${file%/comm}" || return 1
    done
}

# is_copier DIR: 0 when the process of DIR (/proc/PID), which has the name fadump-copy, is a copier: it belongs to root
# and runs the program fadump-copy. (Any user can give a process that name.) A process whose files in DIR cannot be
# read counts as a copier. A copier of the initramfs runs a deleted file after the switch of the root.
is_copier() {
    local key='' effective='' exe _rest
    { while read -r key _rest effective _rest && [ "$key" != Uid: ]; do :; done < "$1/status"; } 2> /dev/null || :
    [ "${effective:-0}" = 0 ] || return 1
    [ ! "$1/exe" -ef "$ROOT/usr/libexec/fadump-copy" ] || return 0
    exe=$(readlink "$1/exe" 2> /dev/null) || return 0
    case $exe in
        '' | "$ROOT/usr/libexec/fadump-copy" | */fadump-copy' (deleted)') return 0 ;;
    esac
    return 1
}

# read_uptime: sets $now, seconds since the machine started.
read_uptime() {
    now=0
    { read -r now _ < "$ROOT/proc/uptime"; } 2> /dev/null || :
    now=${now%%.*}
}

# need_program PROGRAM KIND: 0 when PROGRAM is installed; else 1 and the reason.
need_program() {
    command -v "$1" > /dev/null || {
        reason="$1 is not in this initramfs (include = $2 in fadump.conf, then dracut -f)"
        [ -n "$NEWROOT" ] || reason="$1 is not installed"
        return 1
    }
}

# last_message FILE: prints ": " and the line with the reason in FILE, the messages of a program; nothing if FILE
# has no such line. mount(8) and its helpers begin with the reason, other programs end with it. The hints that
# util-linux adds about dmesg, syslog and fstab are never the reason.
last_message() {
    local line last='' trimmed
    [ -r "$1" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        fadump_trim "$line"
        case $trimmed in
            '' | *'dmesg(1) may have more'* | *'dmesg | tail'* | *'useful info is found in syslog'* | *'(hint)'* | \
                *'systemctl daemon-reload'*) continue ;;
        esac
        last=${trimmed%,}
        case $trimmed in mount*) break ;; esac
    done < "$1"
    [ -z "$last" ] || printf ': %s\n' "$(fadump_oneline "$(printf %.190s "$last")")"
}
