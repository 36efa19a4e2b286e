#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# driver/late.sh - start services of the running system after a capture; mount and find ssh keys in that system
#
# In:  $NEWROOT, which is empty in the running system; $when; $kind; $FADUMP_HOOK from hook.sh.
# Out: links in /run/systemd/system that make systemd of the real root start units in this boot only; the
#      units need not be enabled, and a normal boot does not read them. fadump-late.service runs this same
#      driver, fadump-save.service moves a dump of ram:, fadump-confirm.service looks for the saved dump.
# Does not know: how the services work (fadumpctl, fadump-save).

late_units=/usr/lib/systemd/system

# late_chosen: 0 when the dump is not saved now: the running system is to save it (when = late), or the
# administrator has requested a prompt before the switch of the root (rd.break). Calls late_leave.
late_chosen() {
    local text
    [ -n "$NEWROOT" ] || return 1
    if [ "${FADUMP_HOOK-}" = break ]; then
        text='; later, fadump-late.service saves it'
        late_leave || text=''
        log "a crash dump is waiting ($kind); because of rd.break it is not saved now; at the prompt, /usr/libexec/fadump-capture saves it$text"
        return 0
    fi
    [ "$when" = late ] || return 1
    if fadump_boots "$ROOT$NEWROOT" "$ROOT/proc/cmdline" && late_leave; then
        log "a crash dump is waiting ($kind): it is left to the running system (when = late)"
        return 0
    fi
    log "warning: when = late: the system on $NEWROOT cannot save the dump (${late_why:-$boots_why})"
    return 1
}

# late_leave: makes the link to fadump-late.service. 1: the system on the real root would not save the dump;
# the reason is in $late_why.
late_leave() {
    late_runs fadump-late.service '' && late_link fadump-late.service
}

# late_confirm: makes the link to fadump-confirm.service if the initramfs has saved the dump to dir: or fs:.
late_confirm() {
    case $result:$target in saved:dir:* | saved:fs:*) ;; *) return 0 ;; esac
    ! late_runs fadump-confirm.service '' || late_link fadump-confirm.service || log "warning: $late_why"
}

# late_place: sets saved_device and saved_type, the device and the type of the file system that has $target_dir,
# and saved_inside, the path of that directory in the file system, independent of mounts. saved_device is empty
# for a target without a directory and for a directory in memory.
late_place() {
    local top mountpoint rest best='' _rest
    saved_device=''
    [ -n "$target_dir" ] && [ -r "$ROOT/proc/self/mountinfo" ] || return 0
    while read -r _rest _rest _rest top mountpoint _rest rest; do
        case $top$mountpoint in
            *\\*) # white space and backslashes are escaped in octal
                mountpoint=$(printf %b "$mountpoint")
                top=$(fadump_oneline "$(printf %b "$top")")
                ;;
        esac
        mountpoint=${mountpoint%/}
        case $target_dir in "$mountpoint"/*) ;; *) continue ;; esac
        [ "${#mountpoint}" -ge "${#best}" ] || continue
        best=$mountpoint rest=" $rest"
        rest=${rest#* - }
        saved_type=${rest%% *} rest=${rest#* }
        saved_device=${rest%% *} saved_inside=${top%/}${target_dir#"$mountpoint"}
    done < "$ROOT/proc/self/mountinfo"
    case $saved_type in tmpfs | ramfs | rootfs) saved_device='' ;; esac
}

# late_runs UNIT PROGRAM: 0 when systemd of the system on the real root can run UNIT in this boot. Else 1; the
# reason is in $late_why. The program in ExecStart= of UNIT must also exist; if UNIT has no such line, PROGRAM must
# exist, unless it is empty. A kdump kernel runs no services: it saves the dump and reboots.
late_runs() {
    local top="$ROOT$NEWROOT" program="$2" init=/sbin/init word line='' resolved
    late_why=''
    case $kind in
        fadump | opal | phyp) ;;
        *) late_why="not for a dump of kind $kind" ;;
    esac
    [ -n "$NEWROOT" ] || late_why='it is the running system'
    { read -r line < "$ROOT/proc/cmdline"; } 2> /dev/null || :
    set -f
    for word in $line; do
        case $word in init=/*) init=${word#init=} ;; esac
    done
    set +f
    fadump_resolve "$top" "$init" || resolved=''
    [ "${resolved##*/}" = systemd ] || late_why=${late_why:-'its init is not systemd'}
    [ -e "$top$late_units/$1" ] || late_why=${late_why:-"it has no $1"}
    if [ -L "$top/etc/systemd/system/$1" ] && [ "$(readlink "$top/etc/systemd/system/$1")" = /dev/null ]; then
        late_why=${late_why:-"its $1 is masked"}
    fi
    [ -z "$late_why" ] || return 1
    while read -r line || [ -n "$line" ]; do
        case $line in ExecStart=/*) program=${line#*=} program=${program%%[[:space:]]*} ;; esac
    done < "$top$late_units/$1"
    [ -n "$program" ] || return 0
    if fadump_resolve "$top" "$program" && [ -x "$top$resolved" ]; then return 0; fi
    late_why="it has no $program"
    return 1
}

# late_link UNIT: makes the link for UNIT. 1, and $late_why: it cannot be made.
late_link() {
    local wants="$ROOT/run/systemd/system/multi-user.target.wants"
    (umask 022 && mkdir -p "$wants" && ln -sf "$late_units/$1" "$wants/") 2> /dev/null && return 0
    late_why="cannot write to $wants"
    return 1
}

# late_mount ARGUMENT...: runs mount in the mount namespace of process 1. fadump-late.service has a namespace
# of its own: other processes do not see a mount there, and the mount ends with the service.
late_mount() {
    # the real /proc, even in the tests; -ef is in dash, busybox and bash
    if [ -e /proc/1/ns/mnt ] && [ ! /proc/self/ns/mnt -ef /proc/1/ns/mnt ]; then
        set -- nsenter -t 1 -m mount "$@"
    else
        set -- mount "$@"
    fi
    run_with_timeout "$timeout" "$@"
}

# late_ssh: sets ssh_key and ssh_hosts: in an initramfs the copies that were made when it was built, in
# the running system the configured files. 1, and the reason: there is no key.
late_ssh() {
    local why='in this initramfs (ssh_key in fadump.conf, then dracut -f)'
    ssh_key=/etc/fadump/ssh_key ssh_hosts=/etc/fadump/known_hosts
    if [ -z "$NEWROOT" ]; then
        why='(ssh_key in fadump.conf)'
        ssh_key=$usual_key ssh_hosts=$usual_hosts
    fi
    [ -z "$ssh_key" ] || [ ! -r "$ROOT$ssh_key" ] || return 0
    reason="there is no key for ssh $why"
    return 1
}
