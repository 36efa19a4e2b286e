#!/bin/sh
# sourced by target/iscsi.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/iscsi-session.sh - open and close an iSCSI session for the dump; other sessions are not changed
#
# In:  user, password, user_in, password_in, server, port, name, address: the parts of the target.
# Out: a session. An existing session to the same name through the same portal (for example that of the root)
#      is used unchanged and is not closed.
# No discovery: name and portal are known, and discovery would need credentials. No argument has a password.
# Does not know: the disks of a session (target/iscsi-disk.sh), the initiator name (target/iscsi-name.sh).

session_portal=''   # ADDRESS:PORT or [IPv6]:PORT, from the login attempt until session_close; else empty
session_daemon=''   # how session_open started iscsid: yes (directly) or systemd; empty: it did not
session_record=ours # theirs: the running system had the node record already; it is not deleted
# the target and the requested portal
session_name='' session_address='' session_port='' session_server=''

session_open() {
    session_name=$name session_address=$address session_port=$port session_server=$server
    if session_find; then
        log "a session to $name exists already: it is used, and is not closed"
        return 0
    fi
    run_with_timeout "$timeout" modprobe -q iscsi_tcp || :
    mkdir -p "$ROOT/run/lock" "$ROOT/etc/iscsi"
    # dracut's placeholder is not a record, and iscsiadm fails if it finds this file
    rm -f "$ROOT/var/lib/iscsi/nodes/.dracut"
    initiator_prepare || return 1
    session_start || return 1
    case $address in
        *:*) session_portal="[$address]:$port" ;;
        *) session_portal=$address:$port ;;
    esac
    # an existing record of the running system is used unchanged and is not deleted
    if [ -z "$NEWROOT" ] && session_admin -o show; then
        session_record=theirs
    else
        session_new || return 1
    fi
    session_login
    session_opened "$?"
}

# session_start: starts iscsid if it does not run; with systemd, the socket unit starts iscsid when iscsiadm connects.
# 1, and the reason: iscsid does not start.
session_start() {
    if ! command -v systemctl > /dev/null || [ ! -d "$ROOT/run/systemd/system" ]; then
        need_program iscsid iscsi || return 1
        if [ ! -e "$ROOT/run/iscsid.pid" ]; then
            session_daemon=yes
            run_with_timeout "$timeout" iscsid || {
                reason='iscsid does not start'
                return 1
            }
        fi
    else
        [ -e "$ROOT/run/iscsid.pid" ] || session_daemon=systemd
    fi
}

# session_opened STATUS: evaluates the exit status of the login; 1, and the reason: there is no session. 15: a
# session through this portal exists, but is not logged in: the kernel and iscsid try to connect it again.
session_opened() {
    initiator_uncover
    case $1 in
        0) return 0 ;;
        15)
            log "a session to $session_name exists already, but is not logged in: waiting for its login"
            session_portal=''
            return 0
            ;;
        24) reason="$session_name refuses the login: wrong user or password, or this machine is not allowed" ;;
        124) reason="no login to $session_name within $timeout seconds" ;;
        *) reason="no login to $session_name$(last_message "$run/said")" ;;
    esac
    return 1
}

# session_new: creates the node record. The settings are passed in iscsid.conf, which has the defaults of
# a new record, because other processes can see arguments. iscsid.conf may belong to the running system,
# so it is not changed: a bind mount covers it during the command. 1, and the reason: no record was made.
session_new() {
    local conf="$ROOT/etc/iscsi/iscsid.conf" status=0
    if [ -e "$conf" ]; then
        { cat "$conf" && session_settings; } > "$run/iscsid.conf"
        if run_with_timeout "$timeout" mount --bind "$run/iscsid.conf" "$conf" 2> "$run/said"; then
            session_admin -o new || status=$?
            run_with_timeout "$timeout" umount "$conf" || log "warning: the bind mount on $conf could not be removed"
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
    reason="iscsiadm cannot create the record$(last_message "$run/said")"
    return 1
}

# session_login: logs in; retries on status 20 (no connection to iscsid), as iscsid may still be starting.
session_login() {
    local status=20 round=0
    while [ "$status" -eq 20 ] && [ "$round" -lt 30 ]; do
        poll_pause "$round"
        round=$((round + 1)) status=0
        session_admin --login || status=$?
    done
    return "$status"
}

# session_admin ARGUMENT...: runs iscsiadm for the node record of this target.
session_admin() {
    run_with_timeout "$timeout" iscsiadm -m node -T "$session_name" -p "$session_portal" "$@" \
        > /dev/null 2> "$run/said"
}

# session_settings: prints settings to append to iscsid.conf; for a repeated name the last line counts.
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

# session_close: ends the session that session_open made, and stops iscsid if session_open started iscsid and no session
# remains; failures are logged.
session_close() {
    local dir any=no
    initiator_uncover
    if [ -n "$session_portal" ]; then
        session_admin --logout || :
        if session_exists; then
            log "warning: the session to $session_name could not be closed"
        fi
        [ "$session_record" = theirs ] || session_admin -o delete || :
        session_portal='' session_record=ours
    fi
    for dir in "$ROOT"/sys/class/iscsi_session/*; do
        [ ! -e "$dir" ] || any=yes
    done
    case $any:$session_daemon in
        no:systemd) run_with_timeout 20 systemctl stop iscsid.service || log 'warning: iscsid could not be stopped' ;;
        no:yes)
            # iscsid exits asynchronously: wait, or the next target would use the iscsid that is exiting
            run_with_timeout 20 iscsiadm -k 0 > /dev/null 2>&1 || :
            wait_until 20 session_daemon_exited || log 'warning: iscsid could not be stopped'
            rm -f "$ROOT/run/iscsid.pid"
            ;;
    esac
    session_daemon=''
}

# session_daemon_exited: 0 when no iscsid process exists.
session_daemon_exited() {
    local file comm
    for file in "$ROOT"/proc/[0-9]*/comm; do
        { read -r comm < "$file"; } 2> /dev/null || continue
        [ "$comm" != iscsid ] || return 1
    done
}
