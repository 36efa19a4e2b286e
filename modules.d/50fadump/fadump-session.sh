#!/bin/sh
# sourced by target-iscsi.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-session.sh - an iSCSI session for the dump, and no other one touched
#
# In:  user, password, user_in, password_in, port, name, address: of the target.
# Out: $device, a disk of the session. A session to the same name that is there already (the
#      root's) is used as it is and left alone.
# There is no discovery: the name and the portal are known, and discovery would want logins of
# its own. Passwords are in no argument.
# Does not know: what the disk is for.

session_portal='' # of the session that we made
session_daemon='' # yes when iscsid was started by us
session_name=''
session_record=ours

session_open() {
    session_name=$name
    if session_find > /dev/null; then
        say "there is a session to $name already: it is used, and stays"
        return 0
    fi
    within "$timeout" modprobe -q iscsi_tcp || :
    mkdir -p "$ROOT/run/lock" "$ROOT/etc/iscsi"
    # dracut's placeholder is no record: iscsiadm calls everything it does beside it a failure
    rm -f "$ROOT/var/lib/iscsi/nodes/.dracut"
    session_initiator || return 1
    # with systemd the socket starts it
    if ! command -v systemctl > /dev/null || [ ! -d "$ROOT/run/systemd/system" ]; then
        need iscsid iscsi || return 1
        if [ ! -e "$ROOT/run/iscsid.pid" ]; then
            session_daemon=yes
            within "$timeout" iscsid || {
                reason='iscsid does not start'
                return 1
            }
        fi
    else
        [ -e "$ROOT/run/iscsid.pid" ] || session_daemon=systemd
    fi
    case $address in
        *:*) session_portal="[$address]:$port" ;;
        *) session_portal=$address:$port ;;
    esac
    # what the running system has noted of it is used as it is, and stays
    if [ -z "$NEWROOT" ] && session_admin -o show; then
        session_record=theirs
    else
        session_new || return 1
    fi
    session_login
    case $? in
        0) return 0 ;;
        124) reason="$name did not let us log in within $timeout seconds" ;;
        24) reason="$name refuses the login: wrong user or password, or this machine is not allowed" ;;
        *) reason="no login to $name$(last_words "$run/said")" ;;
    esac
    return 1
}

# session_new: makes the record of the node. A new one begins with what iscsid.conf says, so that is
# where iscsiadm gets it all from: everybody can see the arguments of a process. The file itself
# is covered for the moment, not changed: it may be the running system's.
session_new() {
    local conf="$ROOT/etc/iscsi/iscsid.conf" status=0
    if [ -e "$conf" ]; then
        { cat "$conf" && session_settings; } > "$run/iscsid.conf"
        if within "$timeout" mount --bind "$run/iscsid.conf" "$conf" 2> "$run/said"; then
            session_admin -o new || status=$?
            within "$timeout" umount "$conf" || say "warning: $conf stays covered"
        else
            status=1
        fi
        rm -f "$run/iscsid.conf"
    else
        session_settings > "$conf"
        session_admin -o new || status=$?
        rm -f "$conf"
    fi
    [ "$status" -ne 0 ] || return 0
    reason="iscsiadm makes no record$(last_words "$run/said")"
    return 1
}

# session_login: 20 is "iscsid is not there", which it may not be yet.
session_login() {
    local status=20 round=0
    while [ "$status" -eq 20 ] && [ "$round" -lt 30 ]; do
        nap "$round"
        round=$((round + 1)) status=0
        session_admin --login || status=$?
    done
    return "$status"
}

# session_admin ARGUMENT...
session_admin() {
    within "$timeout" iscsiadm -m node -T "$session_name" -p "$session_portal" "$@" \
        > /dev/null 2> "$run/said"
}

# session_settings: prints what is ours in it; the last line of a name counts.
session_settings() {
    printf '%s\n' '' 'node.startup = manual' 'node.session.initial_login_retry_max = 1' \
        "node.conn[0].timeo.login_timeout = $timeout" \
        "node.session.timeo.replacement_timeout = $stall_timeout"
    if [ -n "$user" ]; then
        printf '%s\n' 'node.session.auth.authmethod = CHAP' "node.session.auth.username = $user" \
            "node.session.auth.password = $password"
    fi
    if [ -n "$user_in" ]; then
        printf '%s\n' "node.session.auth.username_in = $user_in" \
            "node.session.auth.password_in = $password_in"
    fi
}

# The server knows this machine by its name; one made up here will often not be let in.
session_initiator() {
    local file="$ROOT/etc/iscsi/initiatorname.iscsi" name='' line word
    if [ -r "$file" ]; then
        while IFS= read -r line; do
            case $line in InitiatorName=?*) return 0 ;; esac
        done < "$file"
    fi
    { IFS= read -r line || :; } < "$ROOT/proc/cmdline" 2> /dev/null
    for word in $line; do
        case $word in rd.iscsi.initiator=?*) name=${word#*=} ;; esac
    done
    if [ -z "$name" ]; then
        need iscsi-iname iscsi || return 1
        name=$(iscsi-iname) || name=''
        say "warning: this machine has no iSCSI name, $name is used"
    fi
    rm -f "$file"
    printf 'InitiatorName=%s\n' "$name" > "$file"
}

# session_find: prints the directory of the session to $session_name; 1 when there is none.
session_find() {
    local dir have
    for dir in "$ROOT"/sys/class/iscsi_session/*; do
        { read -r have < "$dir/targetname"; } 2> /dev/null || continue
        if [ "$have" = "$session_name" ]; then
            printf '%s\n' "$dir"
            return 0
        fi
    done
    return 1
}

# session_device LUN: sets $device when the session has a disk of that number.
session_device() {
    local dir disk
    dir=$(session_find) || return 1
    for disk in "$dir"/device/target*/*:*:*:"$1"/block/*; do
        if [ -e "$ROOT/dev/${disk##*/}" ]; then
            device=$ROOT/dev/${disk##*/}
            return 0
        fi
    done
    return 1
}

# session_close: ends the session that session_open made; what does not end is said.
session_close() {
    local dir any=no
    if [ -n "$session_portal" ]; then
        session_admin --logout || :
        if session_find > /dev/null; then
            say "warning: the session to $session_name does not end: it stays"
        fi
        [ "$session_record" = theirs ] || session_admin -o delete || :
        session_portal='' session_record=ours
    fi
    for dir in "$ROOT"/sys/class/iscsi_session/*; do
        [ ! -e "$dir" ] || any=yes
    done
    case $any:$session_daemon in
        no:systemd) within 20 systemctl stop iscsid.service || say 'warning: iscsid stays' ;;
        no:yes)
            # it goes when it has time; the next target's would be this one, which does not listen
            within 20 iscsiadm -k 0 > /dev/null 2>&1 || :
            until_within 20 session_daemon_gone || say 'warning: iscsid stays'
            rm -f "$ROOT/run/iscsid.pid"
            ;;
    esac
    session_daemon=''
}

# session_daemon_gone: 0 when no iscsid is left.
session_daemon_gone() {
    local file comm
    for file in "$ROOT"/proc/[0-9]*/comm; do
        { read -r comm < "$file"; } 2> /dev/null || continue
        [ "$comm" != iscsid ] || return 1
    done
}
