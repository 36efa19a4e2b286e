#!/bin/sh
# sourced by capture; the functions are described in target/dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/ssh.sh - ssh:user@server:/path, ssh://user@server[:port]/path: another machine, through a pipe
#
# In:  ssh; key and known hosts (driver/late.sh). ssh never prompts; an unknown or changed host key is a
#      failure.
# Out: the directory /path/ADDRESS-DATE/ on the other machine, with the ADDRESS of this machine. In it, in this
#      order: vmcore-dmesg.txt; opalcore on PowerNV; vmcore.flat.incomplete, which is renamed to
#      vmcore.flat when the copier, ssh and sync on the other machine have all succeeded.
# The other machine needs: sh, mkdir, cat, mv, sync.
# Does not know: kinds of dumps, release.

# shellcheck source=../network/network.sh
. "$module/network/network.sh"

ssh_login='' ssh_port='' # user@address; the port, empty if the target has none
ssh_name='' ssh_alias='' # the name of the server in messages, and in the known hosts
ssh_dir=''               # the dump's directory on the other machine, quoted for the shell there
ssh_sent=''              # yes when the complete dump is durable on the other machine

target_prepare() {
    local user server port path place stamp n=0 made
    read_target "ssh:$1" || return 1
    need_program ssh ssh || return 1
    late_ssh || return 1
    network_reach "$server" ssh || return 1
    ssh_login=$user@$address ssh_port=$port ssh_name=$(network_literal "$server") || ssh_name=$server
    # the form in which ssh writes a server into the known hosts
    case $port in '' | 22) ssh_alias=$ssh_name ;; *) ssh_alias="[$ssh_name]:$port" ;; esac
    stamp=$(date -u +%Y-%m-%d-%H:%M:%S)
    place=${path%/}/$(network_source)-$stamp made=$place
    until ssh_run "umask 077; mkdir -p $(ssh_quote "${path%/}/") && mkdir $(ssh_quote "$made")"; do
        case $? in
            124)
                reason="$server did not answer within $timeout seconds"
                return 1
                ;;
            255)
                reason="no login to $user@$server${port:+, port $port}$(last_message "$run/said")"
                return 1
                ;;
        esac
        n=$((n + 1)) made=$place.$n
        # exclusive, as in directory_make
        [ "$n" -le 9 ] || {
            reason="cannot make the directory $place on $server$(last_message "$run/said")"
            return 1
        }
    done
    ssh_dir=$(ssh_quote "$made")
    target_path=$user@$server:$made
    [ -z "$port" ] || target_path=ssh://$user@$server:$port$made
    target_dump=$target_path/vmcore.flat
    ssh_dmesg
}

# ssh_quote TEXT: prints TEXT in single quotes for a shell.
ssh_quote() {
    local rest="$1" out=''
    while :; do
        case $rest in
            *\'*)
                out="$out${rest%%\'*}'\\''"
                rest=${rest#*\'}
                ;;
            *) break ;;
        esac
    done
    printf "'%s'\n" "$out$rest"
}

# ssh_run COMMAND: runs COMMAND on the other machine; 124 after $timeout seconds.
ssh_run() {
    run_with_timeout "$timeout" ssh_exec "$1" 2> "$run/said"
}

# ssh_exec COMMAND: replaces this process with ssh, which runs COMMAND. -F: no configuration file is read.
ssh_exec() {
    exec ssh -F /dev/null ${ssh_port:+-p "$ssh_port"} -i "$ROOT$ssh_key" -o IdentitiesOnly=yes -o BatchMode=yes \
        -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$ROOT$ssh_hosts" \
        -o GlobalKnownHostsFile=/dev/null -o HostKeyAlias="$ssh_alias" -o CheckHostIP=no \
        -o ConnectTimeout="$timeout" -o ServerAliveInterval=10 -o ServerAliveCountMax=6 \
        -o LogLevel=ERROR -T "$ssh_login" "$1"
}

# ssh_dmesg: sends the kernel log of the crashed system, or its readable part, before the dump. If the log cannot
# be read, fadump-copy prints an error. If the log cannot be sent, a warning is logged, and the dump is still copied.
ssh_dmesg() {
    local log="$run/dmesg"
    copier_run "$ROOT/usr/libexec/fadump-copy" --dmesg --source "$vmcore" > "$log" || :
    if [ -s "$log" ] && ! target_store_extra vmcore-dmesg.txt < "$log"; then
        log 'warning: the kernel log could not be sent'
    fi
    rm -f "$log"
}

target_store_extra() {
    ssh_send "umask 077; cd $ssh_dir && cat > $1.incomplete && sync && mv $1.incomplete $1 && sync"
}

# ssh_send COMMAND: runs COMMAND on the other machine with the standard input of this function.
ssh_send() {
    local job status=0
    exec 8<&0 # standard input of a background process would be /dev/null
    ssh_exec "$1" <&8 8<&- 2> "$run/said" &
    job=$!
    exec 8<&-
    if ! child_exited_within "$timeout" "$job"; then
        kill_child "$job" || :
        return 124
    fi
    wait "$job" || status=$?
    return "$status"
}

# target_sink CMD...: connects the copier and ssh by a named pipe; both must succeed. Descriptor 9 keeps
# the pipe open until both have opened it, so that opening does not block. ssh and the copier close their
# copy of 9, so that ssh reads the end of the file when the copier exits.
target_sink() {
    local pipe="$run/pipe" job copier_status=0 sent=0
    rm -f "$pipe"
    mkfifo -m 600 "$pipe" || {
        sink_reason="$pipe cannot be created"
        return 4
    }
    exec 9<> "$pipe"
    rm -f "$run/ready"
    ssh_receive < "$pipe" 9<&- 2> "$run/said" &
    job=$!
    wait_until 10 test -e "$run/ready" || :
    copier_run ssh_copier "$pipe" "$@" --stream || copier_status=$?
    exec 9<&-
    if child_exited_within "$stall_timeout" "$job"; then
        wait "$job" || sent=$?
    else
        kill_child "$job" || :
        sent=124
    fi
    rm -f "$pipe" "$run/ready"
    if copier_durable "$copier_status"; then
        case $sent in
            0) ssh_sent=yes ;;
            124) copier_status=8 ;;
            *) copier_status=4 ;;
        esac
    fi
    # the copier reports only a broken pipe: the status and the message of ssh are the reason
    [ "$copier_status" -ne 4 ] || sink_reason="ssh to $ssh_name ended with status $sent$(last_message "$run/said")"
    return "$copier_status"
}

ssh_receive() {
    : > "$run/ready"
    ssh_exec "umask 077; cd $ssh_dir && cat > vmcore.flat.incomplete && sync"
}

# ssh_copier PIPE CMD...: runs CMD with its output to PIPE and without --format: the format is always flat.
ssh_copier() {
    local pipe="$1" n="$#" word skip=no
    shift
    while [ "$n" -gt 1 ]; do
        word=$1 n=$((n - 1))
        shift
        case $skip:$word in
            yes:*) skip=no ;;
            *:--format) skip=yes ;;
            *) set -- "$@" "$word" ;;
        esac
    done
    exec "$@" > "$pipe" 9<&-
}

# target_finish: renames the dump into place if the complete dump is durable.
target_finish() {
    [ -n "$ssh_dir" ] || return 1
    if [ -z "$ssh_sent" ]; then
        partial=$target_path/vmcore.flat.incomplete
        return 1
    fi
    ssh_sent=''
    ssh_run "cd $ssh_dir && mv vmcore.flat.incomplete vmcore.flat && sync" || {
        reason="cannot rename the dump on $ssh_name$(last_message "$run/said")"
        partial=$target_path/vmcore.flat.incomplete
        return 1
    }
}
