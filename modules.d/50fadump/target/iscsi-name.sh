#!/bin/sh
# sourced by target/iscsi.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/iscsi-name.sh - the initiator name, by which an iSCSI server identifies this machine
#
# In:  initiatorname.iscsi of this system; in an initramfs, that of the real root, which overrides the copy of the
#      build, because a cloned machine is given a new name; the word rd.iscsi.initiator= of the kernel command
#      line; in an initramfs, the program iscsi-iname.
# Out: iscsid finds a name. An initramfs writes its own file. The files of a running system are never
#      changed: a bind mount covers initiatorname.iscsi until iscsid has read it.
# Does not know: sessions, targets.

initiator_cover='' # the file that a bind mount covers

# initiator_prepare: makes sure that iscsid finds a name. 1, and the reason: there is none.
initiator_prepare() {
    local file="$ROOT/etc/iscsi/initiatorname.iscsi" name='' copy='' trimmed resolved
    ! initiator_read "$file" || copy=$trimmed
    if [ -z "$NEWROOT" ]; then
        [ -z "$copy" ] || return 0
        initiator_word
        initiator_bind "$file"
        return
    fi
    if fadump_resolve "$ROOT$NEWROOT" /etc/iscsi/initiatorname.iscsi && initiator_read "$ROOT$NEWROOT$resolved"; then
        name=$trimmed
    fi
    if [ -n "$copy" ] && [ "${name:-$copy}" != "$copy" ]; then
        # iscsid read its name when it was started, for the root
        if [ -e "$ROOT/run/iscsid.pid" ]; then
            log "iscsid already runs as $copy: this name is used, not $name of the root"
            return 0
        fi
        log "the initiator name is $name of the root, not $copy of the initramfs"
    elif [ -n "$copy" ]; then
        return 0
    elif [ -z "$name" ]; then
        initiator_word
    fi
    if [ -z "$name" ]; then
        need_program iscsi-iname iscsi || return 1
        name=$(iscsi-iname) || name=''
        log "warning: this machine has no iSCSI initiator name; the generated name $name is used"
    fi
    mkdir -p "$ROOT/etc/iscsi"
    rm -f "$file"
    printf 'InitiatorName=%s\n' "$name" > "$file"
}

# initiator_read FILE: sets $trimmed to the name that iscsid finds in FILE; 1: there is no name. The rule is that
# of cfg_get_string_param() in usr/iscsi_util.c of open-iscsi: the first line with InitiatorName before any '#',
# then '=' and a value; white space around each of these is ignored.
initiator_read() {
    local line
    [ -r "$1" ] || return 1
    while IFS= read -r line || [ -n "$line" ]; do
        case ${line%%#*} in *InitiatorName*) ;; *) continue ;; esac
        line=${line#*InitiatorName}
        case $line in *=*) ;; *) continue ;; esac
        fadump_trim "${line#*=}"
        [ -z "$trimmed" ] || return 0
    done < "$1"
    return 1
}

# initiator_word: sets $name to the last rd.iscsi.initiator= of the kernel command line.
initiator_word() {
    local line='' word
    { IFS= read -r line || :; } < "$ROOT/proc/cmdline" 2> /dev/null
    for word in $line; do
        case $word in rd.iscsi.initiator=?*) name=${word#*=} ;; esac
    done
}

# initiator_bind FILE: covers FILE of the running system with a file that has $name. 1, and the reason: there is
# no name, or no FILE to cover.
initiator_bind() {
    if [ -z "$name" ] || [ ! -e "$1" ]; then
        reason='this machine has no iSCSI initiator name: write InitiatorName=NAME to /etc/iscsi/initiatorname.iscsi (iscsi-iname prints a NAME)'
        return 1
    fi
    printf 'InitiatorName=%s\n' "$name" > "$run/initiatorname.iscsi"
    run_with_timeout "$timeout" mount --bind "$run/initiatorname.iscsi" "$1" 2> "$run/said" || {
        reason="the initiator name $name cannot be passed to iscsid$(last_message "$run/said")"
        rm -f "$run/initiatorname.iscsi"
        return 1
    }
    initiator_cover=$1
}

# initiator_uncover: undoes initiator_bind.
initiator_uncover() {
    [ -n "$initiator_cover" ] || return 0
    run_with_timeout "$timeout" umount "$initiator_cover" || log "warning: the bind mount on $initiator_cover could not be removed"
    initiator_cover=''
    rm -f "$run/initiatorname.iscsi"
}
