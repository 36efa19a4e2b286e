#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # module-setup.sh uses conf, kinds and unchecked
#
# build/needs.sh - find the files and settings that the configured targets need in the initramfs
#
# In:  the lines of "fadump-tool config --check" for /etc/fadump.conf ("CONF").
# Out: text. No function changes a file.
# Sourcing defines functions and does nothing else.
# Does not know: how files are installed; the network (build/interfaces.sh); how a disk is activated (dracut's modules, target/device.sh).

# fadump_values KEY CONF: prints the values of all KEY=value lines of CONF, one to a line.
fadump_values() {
    local line
    while IFS= read -r line; do
        case $line in
            "$1="*) printf '%s\n' "${line#*=}" ;;
        esac
    done << END
$2
END
}

# fadump_value KEY CONF: prints the value of the last KEY=value line of CONF; nothing if there is none.
fadump_value() {
    fadump_values "$1" "$2" | sed -n '$p'
}

# fadump_configured ROOT: sets conf, the lines of "fadump-tool config --check"; kinds, the kinds of targets;
# and unchecked: the reason if fadump-tool does not run, else empty.
fadump_configured() {
    local status=0
    unchecked=''
    conf=$("$1/usr/libexec/fadump-tool" config --check --root "$1" 2> /dev/null) || status=$?
    case $status in
        0 | 1 | 4) ;;
        *)
            unchecked="/usr/libexec/fadump-tool does not run here (status $status)"
            conf=$(fadump_unchecked "$1/etc/fadump.conf")
            ;;
    esac
    kinds=$(fadump_value kinds "$conf")
    kinds=${kinds:-dir ram} # if the file cannot be read
}

# fadump_unchecked FILE: prints the settings in FILE, a configuration, that matter for an initramfs, in the
# format of "fadump-tool config --check". FILE is for another machine, whose fadump-tool does not run here. Parses
# "key = value" and comments, and checks nothing. Without this function the initramfs would lack the files for
# the targets of FILE, and that would be noticed only after a crash.
fadump_unchecked() {
    local lines='' word kinds=' dir ram '
    [ ! -r "$1" ] || lines=$(sed -n 's/^#.*//; s/[[:space:]]#.*//
        s/^[[:space:]]*\([a-z_]*\)[[:space:]]*=[[:space:]]*\(.*[^[:space:]]\)[[:space:]]*$/\1=\2/p' "$1")
    for word in $(fadump_values include "$lines") $(fadump_values target "$lines" | sed 's/:.*//'); do
        case $word in nfs4) word=nfs ;; esac
        case $word:$kinds in
            *" $word "*) ;;
            fs:* | raw:* | nfs:* | iscsi:* | ssh:*) kinds="$kinds$word " ;;
        esac
    done
    kinds=${kinds% }
    printf '%s\nkinds=%s\n' "$lines" "${kinds# }"
    fadump_values target "$lines" | sed '/^ssh:/!s/:[^@]*@/:***@/; s/^/masked=/'
    case $lines in *ssh_known_hosts=*) ;; *) echo 'ssh_known_hosts=/root/.ssh/known_hosts' ;; esac
}

# fadump_files KINDS: prints the names of the files of this module that these kinds need.
fadump_files() {
    local kind all=''
    for kind in lib/common lib/tool lib/paths driver/status driver/wait driver/settings \
        driver/other-dumpers driver/kernel driver/late driver/targets target/directory target/mount target/tree target/device after/arm after/fresh-boot after/final after/retune; do
        echo "$kind.sh"
    done
    for kind in $1; do
        echo "target/$kind.sh"
        case $kind in
            nfs)
                echo target/nfs4.sh
                all="$all network/network"
                ;;
            iscsi)
                case " $1 " in *' raw '*) ;; *) echo target/raw.sh ;; esac
                all="$all network/network target/iscsi-session target/iscsi-disk target/iscsi-name"
                ;;
            ssh) all="$all network/network" ;;
        esac
    done
    case $all in *network/network*) all="$all network/address network/backends network/words network/networkd network/manager network/plain network/lease" ;; esac
    for kind in network/network network/address network/backends network/words network/networkd network/manager network/plain network/lease \
        target/iscsi-session target/iscsi-disk target/iscsi-name; do
        case "$all " in *" $kind "*) echo "$kind.sh" ;; esac
    done
}
