#!/bin/sh
# sourced by capture; the functions are described in target/dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/nfs.sh - nfs:server:/export[:options], a directory of an NFS server, version 3 or 4
#
# In:  mount.nfs; the network; /proc/mounts. No rpcbind and no statd, hence nolock.
# Out: a directory made by target/directory.sh, ADDRESS-DATE with the address of this machine.
# Does not know: kinds of dumps, release.
#
# soft: if the server dies, requests fail after about a minute instead of blocking the copier without
# limit. No data is lost by that: an error of write, fsync or close is a failure of the target.
# dracut's own mount_nfs is not used: it mounts read-only, on $NEWROOT.

# shellcheck source=../network/network.sh
. "$module/network/network.sh"
# shellcheck source=mount.sh
. "$module/target/mount.sh"
# shellcheck source=directory.sh
. "$module/target/directory.sh"

nfs_version=''

target_prepare() {
    local server path options from
    read_target "nfs:$1" || return 1
    need_program mount.nfs nfs || return 1
    network_reach "$server" nfs || return 1
    case $address in
        *:*) from="[$address]:$path" ;;
        *) from=$address:$path ;;
    esac
    options=rw,nosuid,nodev,noexec,nolock,soft,timeo=100,retrans=2${nfs_version:+,$nfs_version}${options:+,$options}
    mkdir -p "$run/mnt"
    mount_try "$run/mnt" mount.nfs "$from" "$run/mnt" -o "$options" || {
        case $? in
            124) reason="$server:$path was not mounted within $timeout seconds" ;;
            *) reason="$server:$path cannot be mounted$(last_message "$run/said")" ;;
        esac
        return 1
    }
    nfs_check "$server:$path" || return 1
    directory_make "$run/mnt" / "$(network_source)" "$server:${path%/}"
}

# nfs_check NAME: 0 when the mount has the version that the options request; if they name several versions, the
# last version counts, as for mount.nfs. 1, and the reason: NAME was mounted with another version.
nfs_check() {
    local asked='' mounted='' minor='' mountpoint type found='' _rest word IFS=' '
    while read -r _rest mountpoint type word _rest; do
        case $mountpoint:$type in "$run/mnt":nfs | "$run/mnt":nfs4) found=$word ;; esac
    done < "$ROOT/proc/mounts"
    IFS=,
    for word in $options; do
        case $word in
            vers=* | nfsvers=*) asked=${word#*=} ;;
            v[234] | v4.*) asked=${word#v} ;;
        esac
    done
    for word in $found; do
        case $word in
            vers=*) mounted=${word#*=} ;;
            minorversion=*) minor=.${word#*=} ;; # kernels before 3.8
        esac
    done
    case $mounted in *.*) ;; *) mounted=$mounted$minor ;; esac
    case $mounted in '' | "$asked" | "$asked".* | "${asked%.0}") return 0 ;; esac
    [ -n "$asked" ] || return 0
    reason="$1 was mounted with NFS version $mounted, but the target requests version $asked"
    return 1
}

target_finish() {
    local status=0
    directory_filled || status=1
    mount_undo || status=1
    return "$status"
}
