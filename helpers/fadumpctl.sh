#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadumpctl - handle a crash dump in the running system: fadumpctl(8)
#
# In:  a verb; /proc/vmcore, sysfs, the files of /run/fadump, the kernel command line, mounts.
# Out: messages for the user; found= in the status file; SELinux labels of the dump.  save and release run the driver of
#      the initramfs (modules.d/50fadump/capture) with NEWROOT=/ and the settings of the kernel command line.  Only one
#      driver runs at a time.
# Does not know: how a dump is saved, how its memory is released.
# Every path begins with $ROOT, as in the driver.

set -eu
umask 077
export LC_ALL=C

ROOT=${ROOT-}
module=$ROOT/usr/lib/dracut/modules.d/50fadump
run=$ROOT/run/fadump
vmcore=$ROOT/proc/vmcore

# exit statuses: fadumpctl(8)
failed=1 wrong=2 nothing=3 busy=4

main() {
    local verb="${1-}"
    case "$#:$verb:${2-}" in
        1:status: | 1:save: | 1:confirm: | 1:release: | 2:release:--yes) ;;
        1:--help:)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit "$wrong"
            ;;
    esac
    [ ! -d "$run" ] || [ -x "$run" ] || fail "$wrong" "only root can read $run: run fadumpctl as root"
    # shellcheck source=/dev/null # that file is checked separately
    . "$module/lib/common.sh"
    "do_$verb" "${2-}"
}

usage() {
    cat << END
usage: fadumpctl status            show the waiting dump, the armed state and the results
       fadumpctl save              save the waiting dump, release its memory, arm the machine
       fadumpctl confirm           look for the dump that the initramfs saved, and set its SELinux labels
       fadumpctl release [--yes]   discard the dump, release its memory, arm the machine
END
}

fail() {
    printf 'fadumpctl: %s\n' "$2" >&2
    exit "$1"
}

do_status() {
    local status=0 armed='' first owner
    if [ -e "$vmcore" ]; then
        status=$failed
        echo "A crash dump is waiting: $(held) of memory are held for it."
        ! capturing || echo 'It is being saved now.'
    else
        echo 'No crash dump is waiting.'
    fi
    fadump_first "$ROOT/sys/kernel/fadump/registered" "$ROOT/sys/kernel/fadump_registered" || :
    { [ -z "$first" ] || read -r armed < "$first"; } 2> /dev/null || :
    case $armed:$first in
        1:*) echo 'The machine is armed: the next crash will be dumped.' ;;
        *:?*) echo 'The machine is not armed: the next crash will not be dumped.' ;;
        *) echo 'This kernel has no firmware-assisted dump (fadump=on), or the machine does not support it.' ;;
    esac
    [ "$armed" = 1 ] || [ "$status" -ne 0 ] || status=$nothing
    # shellcheck source=/dev/null # that file is checked separately
    . "$module/driver/other-dumpers.sh"
    if owner=$(fadump_init_owner "$ROOT"); then
        echo "$owner replaces /init of the initramfs: after a crash $owner saves the dump, not fadump."
        echo "    To change this, $(fadump_remedy "$owner")."
    fi
    case $(fadump_peers "$ROOT") in kdump-tools*) echo "$(fadump_tools_text "$ROOT" "$(configured)")." ;; esac
    show_warnings
    if [ -e "$run/status.initramfs" ]; then
        show_result status.initramfs 'In the initramfs'
        show_result status 'In the running system'
    else
        show_result status 'After the crash'
    fi
    exit "$status"
}

# show_warnings: prints the warnings of the build of the initramfs that this boot used (build/warn.sh).
show_warnings() {
    local line
    [ -s "$run/build-warnings" ] || return 0
    echo 'The build of this initramfs had warnings ("dracut -f --add fadump" repeats the checks):'
    while IFS= read -r line; do printf '    %s\n' "$line"; done < "$run/build-warnings"
}

# held: prints the size of the memory that is held for the dump, in MiB: the size of /proc/vmcore.
held() {
    local bytes
    bytes=$(stat -c %s "$vmcore")
    echo "$((bytes / 1048576)) MiB"
}

# state FILE KEY: prints the value of KEY in the status file FILE, or nothing.
state() {
    local key value
    [ -r "$run/$1" ] || return 0
    while IFS='=' read -r key value; do
        [ "$key" != "$2" ] || printf '%s\n' "$value"
    done < "$run/$1"
}

# show_result FILE WHEN: prints the result in the status file FILE, after the words WHEN; then remarks and, for each
# target that failed, a line with the reason.
show_result() {
    local n=1 target reason
    [ -e "$run/$1" ] || return 0
    reason=$(state "$1" reason)
    ! listed "$1" "$reason" || reason=''
    case $(state "$1" result) in
        saved) echo "$2: saved, $(state "$1" path)" ;;
        waiting) echo "$2: left to the running system" ;;
        discarded) echo "$2: discarded" ;;
        nothing) echo "$2: there was nothing to save" ;;
        *)
            if [ -n "$reason" ]; then
                reason=": $reason"
            elif [ -z "$(state "$1" failed_target.1)" ]; then
                reason=': unknown reason'
            fi
            echo "$2: not saved$reason"
            reason=''
            ;;
    esac
    remarks "$1"
    [ -z "$reason" ] || echo "    $reason"
    while target=$(state "$1" "failed_target.$n") && [ -n "$target" ]; do
        echo "    $target failed after $(state "$1" "failed_seconds.$n") s: $(state "$1" "failed_reason.$n")"
        n=$((n + 1))
    done
}

# listed FILE REASON: returns 0 if REASON is the reason of a failed target in the status file FILE.
listed() {
    local key value
    while IFS='=' read -r key value; do
        case $key:$value in failed_reason.*:"$2") return 0 ;; esac
    done < "$run/$1"
    return 1
}

# remarks FILE: prints remarks about the dump of the status file FILE: the path of a partial dump; or that the dump is
# hidden below a mount, in memory or not at its path, and the command that shows or moves it.
remarks() {
    local path partial text
    path=$(state "$1" path) partial=$(state "$1" partial)
    [ -z "$partial" ] || echo "    a partial dump remains: $partial"
    text=$(state "$1" hidden_below)
    if [ -n "$text" ] && [ -n "${partial:-$path}" ]; then
        text="$text: mount --bind / /mnt && ls -l $(quoted "/mnt${partial:-$path}")"
        echo "    the path is hidden below the mount on $text"
    fi
    text=$(state "$1" volatile)
    [ -z "$text" ] || echo "    the dump is $text: fadump-save extract moves it now"
    [ "$(state "$1" found)" != no ] || echo "    $(missing "$1")"
}

# quoted PATH: prints PATH, quoted for a shell if necessary.
quoted() {
    case $1 in
        *[!A-Za-z0-9._/:@+=,-]*) printf "'%s'\n" "$1" ;;
        *) printf '%s\n' "$1" ;;
    esac
}

# missing FILE: prints that the dump of the status file FILE is not at its path, and the command that shows it.
missing() {
    local device type inside option='' text
    device=$(state "$1" device) type=$(state "$1" device_type) inside=$(state "$1" device_path)/vmcore
    text="the dump is not at $(state "$1" path) in this system, or is incomplete there (target $(state "$1" target))"
    [ "$type" != btrfs ] || option='-o subvolid=5 '
    case $device in
        /* | *:*) text="$text; it was saved to $device ($type): mount $option$(quoted "$device") /mnt && ls -l $(quoted "/mnt$inside")" ;;
        *) text="$text; CAVEATS in fadumpctl(8) says where to look" ;;
    esac
    printf '%s\n' "$text"
}

# do_confirm: checks that the saved dump is at its path in this system, sets found= and the SELinux labels.
# fadump-confirm.service runs it once after the boot.
do_confirm() {
    local file path='' bytes
    for file in status.initramfs status; do
        [ "$(state "$file" result)" != saved ] || path=$(place "$file")
        [ -z "$path" ] || break
    done
    [ -n "$path" ] || fail "$nothing" 'no dump was saved to a mounted directory of this system'
    bytes=$(state "$file" bytes)
    if [ -f "$ROOT$path" ] && [ "$(stat -c %s "$ROOT$path")" = "${bytes:-$(stat -c %s "$ROOT$path")}" ]; then
        record "$file" yes
        label "$path"
        echo "the dump is at $path"
        return 0
    fi
    record "$file" no
    [ -z "${JOURNAL_STREAM-}" ] || printf '<3>' >&2 # err, for the journal
    fail "$failed" "$(missing "$file")"
}

# place FILE: prints the path of the saved dump in this system. If the target is dir:..., this is the path in the status
# file FILE; if it is fs:..., a path below a mount point of the device. Prints nothing if the device is not mounted, or
# for any other target.
place() {
    local device inside root mountpoint rest _rest
    case $(state "$1" target) in
        dir:*) state "$1" path ;;
        fs:*)
            device=$(state "$1" device) inside=$(state "$1" device_path)
            while read -r _rest _rest _rest root mountpoint _rest rest; do
                root=${root%/}
                case " $rest:$inside/" in
                    *" - "*" $device "*":$root"/*)
                        printf '%s/vmcore\n' "${mountpoint%/}${inside#"$root"}"
                        break
                        ;;
                esac
            done < "$ROOT/proc/self/mountinfo"
            ;;
    esac
}

# record FILE VALUE: sets found=VALUE in the status file FILE, which is replaced atomically. Exits with $busy if a driver
# runs.
record() {
    exec 8> "$run/lock"
    flock -n 8 || fail "$busy" 'the dump is being saved at this moment'
    { sed '/^found=/d' "$run/$1" && echo "found=$2"; } > "$run/$1.new" && mv -f "$run/$1.new" "$run/$1"
}

# label PATH: with SELinux, sets the labels of the policy on the directory of the dump PATH and on the parents that the
# initramfs created. The initramfs loads no policy, so files that it creates have no label.
label() {
    local parent="${1%/*}"
    [ -n "$parent" ] && [ -e "$ROOT/sys/fs/selinux/enforce" ] && [ -d "$ROOT$parent" ] && command -v restorecon > /dev/null || return 0
    restorecon -R "$ROOT$parent" || printf '%s\n' "fadumpctl: warning: restorecon failed for $parent" >&2
    while parent=${parent%/*} && [ -n "$parent" ]; do
        case $(stat -c %C "$ROOT$parent" 2> /dev/null) in
            *:unlabeled_t* | *:file_t*) restorecon "$ROOT$parent" || return 0 ;;
            *) return 0 ;;
        esac
    done
}

do_save() {
    local ended=0 file
    waiting
    [ "$(state status result)" != saved ] \
        || fail "$nothing" "the dump is saved already, $(state status path): fadumpctl release releases its memory"
    capture || ended=$?
    # label the dump, and a partial dump that the initramfs left
    for file in status status.initramfs; do
        case $(state "$file" target):$(state "$file" partial) in
            dir:*:/*) label "$(state "$file" partial)" ;;
            dir:*) label "$(state "$file" path)" ;;
        esac
    done
    return "$ended"
}

do_release() {
    local answer
    waiting
    if [ "$1" != --yes ]; then
        [ -t 0 ] || fail "$wrong" 'release needs a terminal for its question; without a terminal, use --yes'
        if [ "$(state status result)" = saved ]; then
            echo "The dump is saved, $(state status path): its memory, $(held), will be released."
        else
            echo "The dump, $(held) of the memory of the crashed system, is not saved. It will be lost."
        fi
        printf 'Type yes to continue: '
        IFS= read -r answer || answer=''
        [ "$answer" = yes ] || fail "$failed" 'nothing was done'
    fi
    capture target=none
    [ "$(state status released)" = yes ] || fail "$failed" 'the memory was not released'
}

waiting() {
    [ -e "$vmcore" ] || fail "$nothing" 'no crash dump is waiting'
}

# capture [target=none]: runs the driver with the settings of the kernel command line; target=none replaces the targets
# of the command line. Returns $failed if the driver fails. Exits with $failed if the settings cannot be read, and with
# $busy if another driver runs.
capture() {
    local line given only="${1-}"
    given=$(settings) \
        || fail "$failed" 'the settings of the kernel command line cannot be read'
    while IFS= read -r line; do
        case $only:$line in
            *: | ?*:target=*) ;;
            *) set -- "$@" "$line" ;;
        esac
    done << END
$given
END
    mkdir -p "$run"
    exec 8> "$run/lock" # only this process holds the lock, until it ends
    flock -n 8 || fail "$busy" 'the dump is being saved already'
    NEWROOT=/ "$module/capture" "$@" < /dev/null 8>&- || return "$failed"
}

# capturing: returns 0 while a driver runs in this system.
capturing() {
    [ -e "$run/lock" ] && ! flock -n 8 8< "$run/lock"
}

# configured: prints the kinds of the targets of fadump.conf or of the kernel command line; nothing if there are none.
configured() {
    local line given
    given=$(settings) || return 0
    set --
    while IFS= read -r line; do
        set -- "$@" ${line:+"$line"}
    done << END
$given
END
    "$ROOT/usr/libexec/fadump-tool" config --root "$ROOT" -- "$@" 2> /dev/null | sed -n 's/^explicit=\([a-z]*\).*/\1/p'
}

# settings: prints the settings in the kernel command line, one KEY=VALUE on each line.
settings() {
    "$ROOT/usr/libexec/fadump-tool" cmdline --root "$ROOT"
}

main "$@"
