#!/bin/sh
# sourced by fadump-capture; the functions are described in target-dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target-ssh.sh - ssh:user@server:/path, a directory of another machine, through a pipe
#
# In:  ssh; key and known hosts (fadump-late.sh says where). Nobody is asked anything, and a
#      host key that is not known or has changed ends it.
# Out: /path/ADDRESS-DATE/ there, ADDRESS being this machine's: vmcore-dmesg.txt, then
#      vmcore.flat.incomplete, which becomes vmcore.flat when the copier, ssh and the sync of the
#      other machine have all said that they are done.
# The other machine needs: sh, mkdir, cat, mv, sync.
# Does not know: kinds of dumps, release.

# shellcheck source=fadump-network.sh
. "$lib/fadump-network.sh"

ssh_login='' ssh_name='' # for ssh
ssh_dir=''               # the dump's directory there, quoted for its shell
ssh_sent=''              # yes when all of the dump is there and synced

target_prepare() {
    local user server path place stamp n=0 made
    fadump_ssh "$1"
    need ssh ssh || return 1
    late_ssh || return 1
    network_reach "$server" ssh || return 1
    ssh_login=$user@$address ssh_name=$(network_literal "$server") || ssh_name=$server
    stamp=$(date -u +%Y-%m-%d-%H:%M:%S)
    place=${path%/}/$(network_source)-$stamp made=$place
    until ssh_run "umask 077; mkdir -p $(ssh_quote "${path%/}/") && mkdir $(ssh_quote "$made")"; do
        case $? in
            124)
                reason="$server did not answer within $timeout seconds"
                return 1
                ;;
            255)
                reason="no login to $user@$server$(last_words "$run/said")"
                return 1
                ;;
        esac
        n=$((n + 1)) made=$place.$n
        # exclusive, as everywhere
        [ "$n" -le 9 ] || {
            reason="cannot make the directory $place on $server$(last_words "$run/said")"
            return 1
        }
    done
    ssh_dir=$(ssh_quote "$made")
    target_path=$user@$server:$made target_dump=$target_path/vmcore.flat
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

# ssh_run COMMAND: runs it there, within the deadline.
ssh_run() {
    within "$timeout" ssh_exec "$1" 2> "$run/said"
}

# ssh_exec COMMAND: becomes ssh. -F: nobody's configuration gets in between.
ssh_exec() {
    exec ssh -F /dev/null -i "$ROOT$ssh_key" -o IdentitiesOnly=yes -o BatchMode=yes \
        -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$ROOT$ssh_hosts" \
        -o GlobalKnownHostsFile=/dev/null -o HostKeyAlias="$ssh_name" -o CheckHostIP=no \
        -o ConnectTimeout="$timeout" -o ServerAliveInterval=10 -o ServerAliveCountMax=6 \
        -o LogLevel=ERROR -T "$ssh_login" "$1"
}

# The kernel log of the crashed system first, or the part of it that can be had. A log that is not
# there is said by fadump-copy, and no more comes of it; nor of one that cannot be sent: when
# nothing can be written there, the dump will show it.
ssh_dmesg() {
    local log="$run/dmesg"
    copier_run "$ROOT/usr/libexec/fadump-copy" --dmesg --source "$vmcore" > "$log" || :
    if [ -s "$log" ] && ! target_beside vmcore-dmesg.txt < "$log"; then
        say 'warning: the kernel log could not be sent'
    fi
    rm -f "$log"
}

target_beside() {
    ssh_send "umask 077; cd $ssh_dir && cat > $1.incomplete && sync && mv $1.incomplete $1 && sync"
}

# ssh_send COMMAND: runs it there with our standard input.
ssh_send() {
    local job status=0
    exec 8<&0 # what runs in the background gets /dev/null as 0
    ssh_exec "$1" <&8 8<&- 2> "$run/said" &
    job=$!
    exec 8<&-
    if ! gone_within "$timeout" "$job"; then
        end "$job" || :
        return 124
    fi
    wait "$job" || status=$?
    return "$status"
}

# Both ends have to be content. The pipe is held open on our side until both have opened it, so
# that neither waits for the other; nobody else writes to it, so that its end is the dump's end.
target_sink() {
    local pipe="$run/pipe" job copied=0 sent=0
    rm -f "$pipe"
    mkfifo -m 600 "$pipe" || return 4
    exec 9<> "$pipe"
    rm -f "$run/ready"
    ssh_receive < "$pipe" 9<&- 2> "$run/said" &
    job=$!
    until_within 10 test -e "$run/ready" || :
    copier_run ssh_copier "$pipe" "$@" --stream || copied=$?
    exec 9<&-
    if gone_within "$stall_timeout" "$job"; then
        wait "$job" || sent=$?
    else
        end "$job" || :
        sent=124
    fi
    rm -f "$pipe" "$run/ready"
    case $copied:$sent in
        [017]:0) ssh_sent=yes ;;
        [017]:124) copied=8 ;;
        [0147]:*)
            reason="ssh to $ssh_name ended with status $sent$(last_words "$run/said")"
            copied=4
            ;;
    esac
    return "$copied"
}

ssh_receive() {
    : > "$run/ready"
    ssh_exec "umask 077; cd $ssh_dir && cat > vmcore.flat.incomplete && sync"
}

# A stream has a format of its own: what was asked for does not count.
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

# The name comes last, and only if everything before it went well.
target_finish() {
    [ -n "$ssh_dir" ] || return 1
    if [ -z "$ssh_sent" ]; then
        partial=$target_path/vmcore.flat.incomplete
        return 1
    fi
    ssh_sent=''
    ssh_run "cd $ssh_dir && mv vmcore.flat.incomplete vmcore.flat && sync" || {
        reason="the dump could not get its name on $ssh_name$(last_words "$run/said")"
        partial=$target_path/vmcore.flat.incomplete
        return 1
    }
}
