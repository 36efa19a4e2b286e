#!/bin/sh
# sourced by module-setup.sh (bash) and by fadump-capture (any sh), after fadump-lib.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-grammar.sh - how targets and networks are written: pure functions, text in, text out
#
# In:  a target, or what follows its kind ("place").
# Out: whether it can be one; its parts, one to a line.
# Sourcing defines functions and does nothing else.
# Does not know: dracut, mounts, networks; servers (fadump-servers.sh).

# fadump_target_check TARGET: 0 when TARGET is one we know how to fill; else 1, and prints why.
# What it prints has no secret in it.
fadump_target_check() {
    local why=''
    case $1 in
        *[[:cntrl:]]*) why='has a control character' ;;
        none) ;;
        dir:*) why=$(fadump_path_check "${1#dir:}" dir:) ;;
        fs:*:/*)
            why=${1#fs:}
            why=$(fadump_device_check "${why%%:/*}" fs:)
            why=${why:-$(fadump_path_check "/${1#fs:*:/}" fs:)}
            ;;
        fs:*) why='a directory is missing (fs:DEVICE:/path)' ;;
        nfs:* | nfs4:*) why=$(fadump_nfs_check "${1#*:}") ;;
        iscsi:*) why=$(fadump_iscsi_check "${1#iscsi:}") ;;
        ssh:*) why=$(fadump_ssh_check "${1#ssh:}") ;;
        ram:) ;;
        ram:*) why='nothing may follow ram:' ;;
        raw:*) why=$(fadump_device_check "${1#raw:}" raw:) ;;
        *) why="unknown kind '$(fadump_oneline "${1%%:*}")' (known: dir, fs, raw, nfs, nfs4, iscsi, ssh, ram, none)" ;;
    esac
    [ -z "$why" ] && return 0
    echo "target: $why"
    return 1
}

# fadump_path_check PATH KIND: prints why PATH cannot be a directory for KIND, or nothing.
fadump_path_check() {
    case $1 in
        /*/../* | /../* | */..) echo "'..' is not allowed in a path" ;;
        /*)
            if [ "${#1}" -gt 1000 ]; then
                echo "the path is too long"
            elif [ "$2" = dir: ] && ! fadump_lasting "$1"; then
                echo "$1 does not last, it is no place for a dump"
            fi
            ;;
        *) echo "the path after $2 must be absolute" ;;
    esac
}

# fadump_device_check NAME KIND: prints why NAME cannot be a disk for KIND, or nothing.
fadump_device_check() {
    case $1 in
        *..*) echo "'..' is not allowed in the name of a disk" ;;
        /dev/?* | UUID=?* | LABEL=?* | PARTUUID=?* | PARTLABEL=?*)
            case $1 in
                *= | /dev/) echo "the name of the disk after $2 is missing" ;;
                UUID=*/* | PARTUUID=*/*) echo "the name of the disk after $2 has a '/'" ;;
                *) [ "${#1}" -le 1200 ] || echo "the name of the disk is too long" ;;
            esac
            ;;
        *) echo "the disk after $2 must be /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL=" ;;
    esac
}

# fadump_network_check TEXT: 0 when TEXT is words that configure dracut's network; else 1, and
# prints why.
fadump_network_check() {
    local text="$1 " word
    case $text in
        *[!]A-Za-z0-9=:.,/@%_+\ \[-]*) text='x ' ;;
    esac
    while [ -n "$text" ]; do
        word=${text%% *} text=${text#* }
        case $word in
            '' | ip=?* | bond=?* | vlan=?* | bridge=?* | team=?* | ifname=?*:?* | nameserver=?* | rd.route=?*) ;;
            *)
                echo 'network: is not words like ip=, ifname=, bond=, vlan=, bridge=, team=, nameserver=, rd.route='
                return 1
                ;;
        esac
    done
    case $1 in *ip=*) return 0 ;; esac
    echo 'network: ip= is missing'
    return 1
}

# fadump_masked TEXT: prints TEXT, targets one to a line, without their secrets: whatever stands
# before the first @ of iscsi: is not shown.
fadump_masked() {
    local line
    while IFS= read -r line; do
        case $line in
            iscsi:@*) ;;
            iscsi:*@*) line="iscsi:***@${line#*@}" ;;
        esac
        printf '%s\n' "$line"
    done << END
$1
END
}

# fadump_targets LIST FALLBACK: prints LIST, targets one to a line, with the last resort behind
# them unless FALLBACK is none or it is there. Without any it is the default.
fadump_targets() {
    local last=dir:/var/crash
    case "
$1
" in
        *"
none
"* | *"
$last
"*) last='' ;;
    esac
    [ -z "$1" ] || [ "$2" != none ] || last=''
    printf '%s\n' "${1:-$last}"
    [ -z "$1" ] || [ -z "$last" ] || printf '%s\n' "$last"
}
