#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after fadump-conf.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-build.sh - what the configured targets need in the initramfs
#
# In:  "key=value" lines of /etc/fadump.conf that are good; the network of this machine.
# Out: text. Nothing here changes anything. dracut's ip_params_for_remote_addr is called.
# Sourcing defines functions and does nothing else.
# Does not know: how things get into an initramfs.

# fadump_kinds CONF: prints the kinds of targets that CONF names, or includes for a target that
# will be given on the kernel command line only; dir, ram and none are always there. One word each.
fadump_kinds() {
    local word kinds=' dir ram'
    for word in $(fadump_value include "$1") $(fadump_values target "$1" | sed 's/:.*//'); do
        case $word in
            none) continue ;;
            nfs4) word=nfs ;;
        esac
        case "$kinds " in
            *" $word "*) ;;
            *) kinds="$kinds $word" ;;
        esac
    done
    printf '%s\n' "${kinds# }"
}

# fadump_files KINDS: prints the names of our own files that they need.
fadump_files() {
    local kind all=''
    for kind in lib conf grammar servers paths late node arm status wait wishes peers targets directory fresh final sizes restore; do
        echo "fadump-$kind.sh"
    done
    for kind in $1; do
        echo "target-$kind.sh"
        case $kind in
            fs) all="$all device" ;;
            raw) all="$all device" ;;
            nfs)
                echo target-nfs4.sh
                all="$all network backend networkd"
                ;;
            iscsi)
                case " $1 " in *' raw '*) ;; *) echo target-raw.sh ;; esac
                all="$all network backend networkd session device"
                ;;
            ssh) all="$all network backend networkd" ;;
        esac
    done
    for kind in network backend networkd session device; do
        case "$all " in *" $kind "*) echo "fadump-$kind.sh" ;; esac
    done
}

# fadump_servers CONF: prints the servers of its targets, one to a line.
fadump_servers() {
    # shellcheck disable=SC2034 # all that fadump_nfs, fadump_iscsi and fadump_ssh set
    local target user password user_in password_in server port lun name dir path options
    fadump_values target "$1" | while IFS= read -r target; do
        case $target in
            nfs:* | nfs4:*) fadump_nfs "${target#*:}" ;;
            iscsi:*) fadump_iscsi "${target#*:}" ;;
            ssh:*) fadump_ssh "${target#*:}" ;;
            *) continue ;;
        esac
        printf '%s\n' "$server"
    done
}

# fadump_addresses CONF: prints "address name" of its servers, as this machine resolves them now.
# What cannot be resolved is left out: the initramfs will try.
fadump_addresses() {
    local server found
    fadump_servers "$1" | sort -u | while IFS= read -r server; do
        case $server in
            \[*)
                server=${server#[}
                found=${server%]}
                ;;
            *[!0-9.]*) found=$(getent ahosts "$server" | sed -n '1s/[[:space:]].*//p') || found='' ;;
            *) found=$server ;;
        esac
        [ -z "$found" ] || printf '%s %s\n' "$found" "${server%]}"
    done
}

# fadump_parameters ADDRESS...: prints dracut's parameters for the interfaces by which this
# machine reaches them, each once, in one line.
fadump_parameters() {
    local address word name all=''
    for address in "$@"; do
        name=$(ip -o route get "$address" 2> /dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
        for word in $(fadump_lower "${name:-lo}") $(ip_params_for_remote_addr "$address" 2> /dev/null); do
            case " $all " in
                *" $word "*) ;;
                *) all="$all $word" ;;
            esac
        done
    done
    printf '%s\n' "${all# }"
}

# fadump_lower NAME: prints bond= and vlan= for the interface NAME and those below it, which
# ip_params_for_remote_addr leaves to others.
fadump_lower() {
    local dir="${dracutsysrootdir-}/sys/class/net/$1" lower slaves mode _rest
    if [ -r "$dir/bonding/slaves" ]; then
        slaves=$(tr ' ' , < "$dir/bonding/slaves")
        read -r mode _rest < "$dir/bonding/mode"
        printf 'bond=%s:%s:mode=%s,miimon=100\n' "$1" "${slaves%,}" "$mode"
    fi
    for lower in "$dir"/lower_*; do
        [ -e "$lower" ] || continue
        lower=${lower##*/lower_}
        if [ ! -d "$dir/bonding" ] && grep -q '^DEVTYPE=vlan$' "$dir/uevent"; then
            printf 'vlan=%s:%s\n' "$1" "$lower"
        fi
        fadump_lower "$lower"
    done
}
