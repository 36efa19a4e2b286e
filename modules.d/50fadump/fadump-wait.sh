#!/bin/sh
# sourced by fadump-capture (any sh), after fadump-status.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-wait.sh - deadlines: nothing that may hang is waited for without one
#
# A process that is stuck in the kernel (a dead server, a dead disk) cannot be waited for and
# cannot be killed. So everything that may hang runs in the background and is looked at.
# In:  seconds, a command. /proc of the children is the real one, in the tests, too.
# Out: exit statuses; 124 is a deadline that passed.
# Sourcing sets variables and defines functions.
# Does not know: targets, what a command is about.

timeout=60       # seconds for a device, an address, a mount, a login
stall_timeout=60 # seconds in which a byte must become durable

# gone PID: 0 when child PID has ended and can be waited for; 1 while any thread of it lives. A
# shell may have collected it already, and another process may have its number by now.
gone() {
    local pid="$1" stat
    { read -r stat < "/proc/$pid/stat"; } 2> /dev/null || return 0
    # shellcheck disable=SC2086 # words: state, parent ...
    set -- ${stat##*) }
    case $1:$2 in
        [ZX]:$$) ;;
        *:$$) return 1 ;;
        *) return 0 ;;
    esac
    # the first thread can be gone while another one is stuck
    # shellcheck disable=SC2046 # a list of numbers
    set -- $(cd "/proc/$pid/task" 2> /dev/null && echo *)
    [ "$#" -le 1 ]
}

# nap ROUND: pauses, shortly in the first rounds.
nap() {
    if [ "$1" -lt 20 ]; then sleep 0.01; else sleep 0.1; fi
}

# passed SECONDS ROUND SINCE: 0 when SECONDS are over since the clock said SINCE. Naps are counted,
# too, for a clock that stands still.
passed() {
    clock
    [ $((now - $3)) -gt "$1" ] || [ "$2" -gt $(($1 * 10 + 18)) ]
}

# gone_within SECONDS PID: waits for that; 1 when SECONDS have passed.
gone_within() {
    local round=0 now since
    clock
    since=$now
    until gone "$2"; do
        ! passed "$1" "$round" "$since" || return 1
        nap "$round"
        round=$((round + 1))
    done
}

# until_within SECONDS CMD...: runs CMD, which does not hang, until it returns 0; 124 when
# SECONDS have passed.
until_within() {
    local limit="$1" round=0 now since
    shift
    clock
    since=$now
    until "$@"; do
        ! passed "$limit" "$round" "$since" || return 124
        nap "$round"
        round=$((round + 1))
    done
}

# within SECONDS CMD...: runs CMD, one program, and returns what it returns; 124 when it had
# not ended after SECONDS: then it is killed, and left alone if that does not help.
within() {
    local limit="$1" worker status=0
    shift
    "$@" < /dev/null &
    worker=$!
    if ! gone_within "$limit" "$worker"; then
        end "$worker" || :
        return 124
    fi
    wait "$worker" || status=$?
    return "$status"
}

# end PID: ends that child, by force if it must; 1 when it lives on.
end() {
    { kill -TERM "$1" || :; } 2> /dev/null
    if ! gone_within 2 "$1"; then
        { kill -KILL "$1" || :; } 2> /dev/null
        gone_within 2 "$1" || return 1
    fi
    wait "$1" 2> /dev/null || :
}

# copier_run CMD...: runs the copier and returns what it returns; it watches itself
# (--stall-timeout). One that has reported its failure and does not end within 10 seconds is
# stuck: it is killed, and 8 (stalled) is what it would have returned. Whether it really went
# is seen by copiers_gone.
copier_run() {
    local status=0 round=0 late=0
    "$@" < /dev/null &
    copier=$!
    until gone "$copier"; do
        nap "$round"
        round=$((round + 1))
        [ "$round" -ge 20 ] || continue
        if grep_error "$run/report"; then late=$((late + 1)); fi
        if [ "$late" -gt 100 ]; then
            end "$copier" || :
            copier=''
            return 8
        fi
    done
    wait "$copier" || status=$?
    copier=''
    return "$status"
}

# grep_error FILE: 0 when a line of FILE begins with error=
grep_error() {
    local line
    [ -s "$1" ] || return 1
    while IFS= read -r line; do
        case $line in error=*) return 0 ;; esac
    done < "$1"
    return 1
}

# copiers_gone: 0 when no fadump-copy is left in this machine; 1 when there is one: it may
# still read the memory of the crashed system, and that memory must not be given back.
copiers_gone() {
    local file name
    for file in "$ROOT"/proc/[0-9]*/comm; do
        { read -r name < "$file"; } 2> /dev/null || continue
        [ "$name" != fadump-copy ] || return 1
    done
}

# clock: sets $now, seconds since the machine started.
clock() {
    now=0
    { read -r now _ < "$ROOT/proc/uptime"; } 2> /dev/null || :
    now=${now%%.*}
}

# need PROGRAM KIND: 0 when PROGRAM is there; else 1 and the reason.
need() {
    command -v "$1" > /dev/null || {
        reason="$1 is not in this initramfs (include = $2 in fadump.conf, then dracut -f)"
        [ -n "$NEWROOT" ] || reason="$1 is not installed"
        return 1
    }
}

# last_words FILE: prints the last line of FILE, what a program said, after ": "; or nothing.
last_words() {
    local line last=''
    [ -r "$1" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        line=$(fadump_trim "$line")
        [ -z "$line" ] || last=$line
    done < "$1"
    [ -z "$last" ] || printf ': %s\n' "$(fadump_oneline "$last")"
}
