#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadumpctl - look after a crash dump in the running system: fadumpctl(8)
#
# In:  a verb; /proc/vmcore, sysfs, the files of /run/fadump, the kernel command line.
# Out: words for people; save and release run fadump-capture, the driver of the initramfs, with
#      NEWROOT=/ and what the command line says, never two at a time.
# Does not know: how a dump is saved, what is done for a release.
# $ROOT is put before every path, as in the driver.

set -eu
umask 077
export LC_ALL=C

ROOT=${ROOT-}
lib=$ROOT/usr/lib/dracut/modules.d/50fadump
run=$ROOT/run/fadump
vmcore=$ROOT/proc/vmcore

# exit statuses: fadumpctl(8)
failed=1 wrong=2 nothing=3 busy=4

main() {
    local file verb="${1-}"
    case "$#:$verb:${2-}" in
        1:status: | 1:save: | 1:release: | 2:release:--yes) ;;
        1:--help:)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit "$wrong"
            ;;
    esac
    [ ! -d "$run" ] || [ -x "$run" ] || fail "$wrong" "$run is for root only"
    for file in lib conf grammar servers; do
        # shellcheck source=/dev/null # each of these is checked by itself
        . "$lib/fadump-$file.sh"
    done
    "do_$verb" "${2-}"
}

usage() {
    cat << END
usage: fadumpctl status            is a dump waiting, is the machine armed, how did it go
       fadumpctl save              save the dump that is waiting, release its memory, arm
       fadumpctl release [--yes]   give the dump up, release its memory, arm
END
}

fail() {
    printf 'fadumpctl: %s\n' "$2" >&2
    exit "$1"
}

do_status() {
    local status=0 file armed=''
    if [ -e "$vmcore" ]; then
        status=$failed
        echo "A crash dump is waiting: $(held) of memory are held for it."
        ! capturing || echo 'It is being saved now.'
    else
        echo 'No crash dump is waiting.'
    fi
    file=$(fadump_first "$ROOT/sys/kernel/fadump/registered" "$ROOT/sys/kernel/fadump_registered") || file=''
    { [ -z "$file" ] || read -r armed < "$file"; } 2> /dev/null || :
    case $armed:$file in
        1:*) echo 'The machine is armed: the next crash will be dumped.' ;;
        *:?*) echo 'The machine is not armed: the next crash will not be dumped.' ;;
        *) echo 'This kernel has no firmware-assisted dump (fadump=on), or the machine cannot do it.' ;;
    esac
    [ "$armed" = 1 ] || [ "$status" -ne 0 ] || status=$nothing
    if [ -e "$run/status.initramfs" ]; then
        told status.initramfs 'In the initramfs'
        told status 'In the running system'
    else
        told status 'After the crash'
    fi
    exit "$status"
}

# held: prints how much is held, as far as the dump tells.
held() {
    local bytes
    bytes=$(stat -c %s "$vmcore")
    echo "$((bytes / 1048576)) MiB"
}

# state FILE KEY: prints the value of KEY in that status file, or nothing.
state() {
    local key value
    [ -r "$run/$1" ] || return 0
    while IFS='=' read -r key value; do
        [ "$key" != "$2" ] || printf '%s\n' "$value"
    done < "$run/$1"
}

# told FILE WHEN: what a status file says, in words.
told() {
    local n=1 target reason
    [ -e "$run/$1" ] || return 0
    reason=$(state "$1" reason)
    case $(state "$1" result) in
        saved) echo "$2: saved, $(state "$1" path)" ;;
        waiting) echo "$2: left to the running system" ;;
        discarded) echo "$2: given up" ;;
        nothing) echo "$2: there was nothing to save" ;;
        *)
            echo "$2: not saved: ${reason:-unknown reason}"
            reason=''
            ;;
    esac
    [ -z "$reason" ] || echo "    $reason"
    while target=$(state "$1" "failed_target.$n") && [ -n "$target" ]; do
        echo "    $target failed after $(state "$1" "failed_seconds.$n") s: $(state "$1" "failed_reason.$n")"
        n=$((n + 1))
    done
}

do_save() {
    waiting
    [ "$(state status result)" != saved ] \
        || fail "$nothing" "the dump is saved already, $(state status path): fadumpctl release gives its memory back"
    capture
}

do_release() {
    local answer
    waiting
    if [ "$1" != --yes ]; then
        [ -t 0 ] || fail "$wrong" 'release asks on a terminal; without one: --yes'
        if [ "$(state status result)" = saved ]; then
            echo "The dump is saved, $(state status path): its memory, $(held), will be given back."
        else
            echo "The dump, $(held) of the memory of the crashed system, is not saved. It will be lost for ever."
        fi
        printf 'Type yes to go on: '
        IFS= read -r answer || answer=''
        [ "$answer" = yes ] || fail "$failed" 'nothing was done'
    fi
    capture target=none
    [ "$(state status released)" = yes ] || fail "$failed" 'the memory was not released'
}

waiting() {
    [ -e "$vmcore" ] || fail "$nothing" 'no crash dump is waiting'
}

# capture [target=none]: runs the driver, with what the command line says, but for its targets
# if one is given here.
capture() {
    local line given only="${1-}"
    given=$(asked)
    while IFS= read -r line; do
        case $only:$line in
            *: | ?*:target=*) ;;
            *) set -- "$@" "$line" ;;
        esac
    done << END
$given
END
    mkdir -p "$run"
    exec 8> "$run/lock" # held by this process alone, as long as it lives
    flock -n 8 || fail "$busy" 'the dump is being saved already'
    NEWROOT=/ "$lib/fadump-capture" "$@" < /dev/null 8>&- || return "$failed"
}

# capturing: 0 while a driver runs in this system.
capturing() {
    [ -e "$run/lock" ] && ! flock -n 8 8< "$run/lock"
}

# asked: prints what the kernel command line says for keys of fadump.conf, one KEY=VALUE to a
# line; as fadump-hook.sh finds it in the initramfs, where dracut reads the command line.
asked() {
    local line='' word key plain='' alias=''
    { IFS= read -r line || :; } < "$ROOT/proc/cmdline"
    line=$(words "$line")
    while IFS= read -r word; do
        case $word in
            fadump_*=?*) key=${word#fadump_} ;;
            rd.fadump.*=?*) key=${word#rd.fadump.} ;;
            *) continue ;;
        esac
        # an unknown one is the kernel's, like fadump_reserve_mem=
        case ${key%%=*}:$(fadump_check "${key%%=*}" '') in
            include:* | ssh_*:* | *:'unknown key'*) continue ;;
        esac
        case $word in
            f*) plain="$plain$key
" ;;
            *) alias="$alias$key
" ;;
        esac
    done << END
$line
END
    while IFS= read -r word; do
        [ -z "$word" ] || [ -n "$(fadump_values "${word%%=*}" "$plain")" ] || printf '%s\n' "$word"
    done << END
$alias
END
    printf %s "$plain"
}

# words TEXT: prints the words of a kernel command line, one to a line; double quotes hold one
# together and are not part of it.
words() {
    local rest="$1 " char word='' quoted=no
    while [ -n "$rest" ]; do
        char=${rest%"${rest#?}"} rest=${rest#?}
        case $quoted$char in
            no\") quoted=yes ;;
            yes\") quoted=no ;;
            no[[:space:]])
                [ -z "$word" ] || printf '%s\n' "$word"
                word=''
                ;;
            *) word=$word$char ;;
        esac
    done
}

main "$@"
