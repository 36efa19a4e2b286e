#!/bin/sh
# sourced by fadump-capture; the functions are described in target-dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target-nfs.sh - nfs:server:/export[:options], a directory of an NFS server, version 3 or 4
#
# In:  mount.nfs; the network when it is asked for. No rpcbind, no statd runs here: nolock.
# Out: a directory of fadump-directory.sh, ADDRESS-DATE, ADDRESS being this machine's.
# Does not know: kinds of dumps, release.
#
# soft: a server that dies makes a request fail after about a minute instead of holding the
# copier for ever. An error of write, fsync or close is a failure of the target, so nothing is
# lost by that. dracut's own mount_nfs is not used: it mounts read-only where the root is.

# shellcheck source=fadump-network.sh
. "$lib/fadump-network.sh"
# shellcheck source=fadump-directory.sh
. "$lib/fadump-directory.sh"

nfs_version=''

target_prepare() {
    local server path options from
    fadump_nfs "$1"
    need mount.nfs nfs || return 1
    network_reach "$server" nfs || return 1
    case $address in
        *:*) from="[$address]:$path" ;;
        *) from=$address:$path ;;
    esac
    options=rw,nosuid,nodev,noexec,nolock,soft,timeo=100,retrans=2${nfs_version:+,$nfs_version}${options:+,$options}
    mkdir -p "$run/mnt"
    directory_at=$run/mnt
    within "$timeout" mount.nfs "$from" "$run/mnt" -o "$options" 2> "$run/said" || {
        case $? in
            124) reason="$server did not let $path be mounted within $timeout seconds" ;;
            *)
                directory_at=''
                reason="$server:$path cannot be mounted$(last_words "$run/said")"
                ;;
        esac
        return 1
    }
    directory_make "$run/mnt" / "$(network_source)" "$server:${path%/}"
}

target_finish() {
    local status=0
    directory_filled || status=1
    directory_umount || status=1
    return "$status"
}
