#!/bin/sh
# sourced by module-setup.sh (bash) and by fadump-capture (any sh), with fadump-grammar.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-servers.sh - how targets on a server are written
#
# In:  what follows nfs:, iscsi: or ssh: ("place").
# Out: its parts, in variables that the caller has made local, or why it is none. The spelling of
#      nfs: and iscsi: is dracut's own (dracut.cmdline(7), RFC 2224, RFC 4173).
# Sourcing defines functions and does nothing else.
# Does not know: dracut, mounts, networks.

# fadump_server_check NAME KIND: prints why NAME cannot be a server, or nothing. IPv6 addresses
# are in brackets.
fadump_server_check() {
    case $1 in
        '') echo "the server after $2 is missing" ;;
        \[*[!]0-9A-Za-z:.%_-]* | \[*\]?* | \[\] | \[*[!\]]) echo "the server after $2 is not an address in brackets" ;;
        \[*) ;;
        -* | *[!0-9A-Za-z._-]*) echo "the server after $2 is not a name or an address (IPv6 in brackets)" ;;
    esac
}

# fadump_nfs PLACE: sets $server, $path and $options from what follows nfs: or nfs4:
#   server:/path[:options]   server:/path,options   options:server:/path   //server[:port]/path
fadump_nfs() {
    local place="$1"
    server='' path='' options=''
    case $place in
        //*)
            place=${place#//}
            server=${place%%/*} path=/${place#*/}
            server=${server%:}
            case $place in */*) ;; *) path='' ;; esac
            case $server in
                \[*\]:*) options=port=${server##*]:} server=${server%:*} ;;
                \[*) ;;
                *:*) options=port=${server#*:} server=${server%%:*} ;;
            esac
            ;;
        *:/*)
            server=${place%%:/*} path=/${place#*:/}
            case $server in
                \[*) ;;
                *:*) options=${server%%:*} server=${server#*:} ;;
            esac
            case $path in
                *:*) options=$options${options:+,}${path#*:} path=${path%%:*} ;;
                *,*) options=$options${options:+,}${path#*,} path=${path%%,*} ;;
            esac
            ;;
    esac
}

# fadump_nfs_check PLACE: prints why it is none, or nothing.
fadump_nfs_check() {
    local server path options why
    fadump_nfs "$1"
    why=$(fadump_server_check "$server" nfs:)
    why=${why:-$(fadump_path_check "$path" nfs:)}
    case ,$options, in
        *,ro,*) why=${why:-'nothing can be saved with the option ro'} ;;
        *[!0-9A-Za-z_=.,:/@%+-]*) why=${why:-'the options have a character that is not allowed'} ;;
    esac
    printf %s "$why"
}

# fadump_iscsi PLACE: sets $user, $password, the target's $user_in and $password_in (mutual CHAP),
# $server, $port, $lun, $name and $dir (";fs=/path") from what follows iscsi:. Status 1: it is none.
#   [user:password[:user:password]@]server:[protocol]:[port]:[lun]:name[;fs=/path]
fadump_iscsi() {
    local place="$1" login='' rest='' bad=0
    user='' password='' user_in='' password_in='' server='' port='' lun='' name='' dir=''
    case $place in
        *\;fs=*) dir=${place#*;fs=} place=${place%%;fs=*} ;;
    esac
    # the name may have a @, too
    case ${place%%:[ien][qua][nia].*} in
        *@*) login=${place%%@*} place=${place#*@} ;;
    esac
    case $login in
        '') ;;
        *:*:*:*:*) bad=1 ;;
        *:*:*:*)
            user=${login%%:*} login=${login#*:}
            password=${login%%:*} login=${login#*:}
            user_in=${login%%:*} password_in=${login#*:}
            ;;
        *:*:*) bad=1 ;;
        ?*:?*) user=${login%%:*} password=${login#*:} ;;
        *) bad=1 ;;
    esac
    case $place in
        \[*\]:*) server=${place%%]*}] rest=${place#*]:} ;;
        *:*) server=${place%%:*} rest=${place#*:} ;;
    esac
    case $rest in
        *:iqn.* | *:eui.* | *:naa.*)
            name=${rest#*:*:*:}
            rest=${rest%:"$name"}
            ;;
    esac
    case $name:$rest in
        iqn.*:*:*:*:* | eui.*:*:*:*:* | naa.*:*:*:*:* | iqn.*:*:*:* | eui.*:*:*:* | naa.*:*:*:*)
            rest=${rest#*:} # the protocol is always TCP
            port=${rest%%:*} lun=${rest#*:}
            ;;
        *) bad=1 ;;
    esac
    port=${port:-3260} lun=${lun:-0}
    return "$bad"
}

# fadump_iscsi_check PLACE: prints why it is none, or nothing; nothing of PLACE is in what it prints.
fadump_iscsi_check() {
    # shellcheck disable=SC2034 # all that fadump_iscsi sets
    local user password user_in password_in server port lun name dir why=''
    fadump_iscsi "$1" || why='iscsi: is not [user:password[:user:password]@]server:[protocol]:[port]:[lun]:name[;fs=/path]'
    why=${why:-$(fadump_server_check "$server" iscsi:)}
    fadump_number "$port" 1 65535 || why=${why:-'the port after iscsi: is not a number'}
    fadump_number "$lun" 0 16383 || why=${why:-'the LUN after iscsi: is not a number'}
    case $why$name in
        *[!0-9A-Za-z.:@_-]*) why=${why:-'the name after iscsi: has a character that is not allowed'} ;;
    esac
    case $1 in
        *\;fs=*) why=${why:-$(fadump_path_check "$dir" ';fs=')} ;;
    esac
    printf %s "$why"
}

# fadump_ssh PLACE: sets $user, $server and $path from what follows ssh:
fadump_ssh() {
    server=${1%%:/*} path=''
    user=${server%%@*} server=${server#*@}
    case $1 in
        *:/*) path=/${1#*:/} ;;
    esac
}

# fadump_ssh_check PLACE: prints why it is none, or nothing.
fadump_ssh_check() {
    local user server path why=''
    fadump_ssh "$1"
    case $1 in
        ?*@*:/*) ;;
        *) why='ssh: is not user@server:/path' ;;
    esac
    case $user in
        -* | *[!0-9A-Za-z._-]*) why=${why:-'the user after ssh: has a character that is not allowed'} ;;
    esac
    why=${why:-$(fadump_server_check "$server" ssh:)}
    why=${why:-$(fadump_path_check "$path" ssh:)}
    printf %s "$why"
}

# fadump_ssh_key CONF TOP: prints the key for ssh, that of CONF or the first usual one below TOP.
fadump_ssh_key() {
    local key file
    key=$(fadump_value ssh_key "$1")
    for file in kdump_id_rsa id_ed25519 id_ecdsa id_rsa; do
        [ -n "$key" ] || [ ! -e "$2/root/.ssh/$file" ] || key=/root/.ssh/$file
    done
    printf '%s\n' "$key"
}

# fadump_ssh_hosts CONF: prints the known hosts for ssh.
fadump_ssh_hosts() {
    local hosts
    hosts=$(fadump_value ssh_known_hosts "$1")
    printf '%s\n' "${hosts:-/root/.ssh/known_hosts}"
}
