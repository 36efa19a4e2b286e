#!/bin/sh
# sourced by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-late.sh - a dump that the initramfs does not save is saved by the running system
#
# In:  $NEWROOT, which is empty in the running system; $when; $kind.
# Out: a link in /run/systemd/system that makes the system on the root, in this boot and in no
#      other, start fadump-late.service, which runs this same driver. Nothing has to be enabled,
#      and a normal boot does not even read the unit.
# Does not know: what is tried then (fadump-late.service, fadumpctl).

late_unit=/usr/lib/systemd/system/fadump-late.service

# late_chosen: 0 when the dump is to be left to the running system, and will be saved there.
late_chosen() {
    [ -n "$NEWROOT" ] && [ "$when" = late ] || return 1
    if late_leave; then return 0; fi
    say "warning: when = late: the system on $NEWROOT would not save it ($late_why)"
    return 1
}

# late_leave: 0 when the system on the root will try; 1: it will not, and $late_why says why. A
# capture kernel of kdump is no system to run services in.
late_leave() {
    local wants="$ROOT/run/systemd/system/multi-user.target.wants" init
    late_why=''
    case $kind in
        fadump | opal | phyp) ;;
        *) late_why="not for a dump of kind $kind" ;;
    esac
    [ -n "$NEWROOT" ] || late_why='it is the running system'
    init=$(fadump_resolve "$ROOT$NEWROOT" /sbin/init) || init=''
    [ "${init##*/}" = systemd ] || late_why=${late_why:-'its init is not systemd'}
    [ -e "$ROOT$NEWROOT$late_unit" ] || late_why=${late_why:-'it has no fadump-late.service'}
    [ -z "$late_why" ] || return 1
    (umask 022 && mkdir -p "$wants" && ln -sf "$late_unit" "$wants/") 2> /dev/null || {
        late_why="cannot write to $wants"
        return 1
    }
}

# late_ssh: sets ssh_key and ssh_hosts, which an initramfs has copies of, made when it was built.
# 1, and the reason: there is no key.
late_ssh() {
    local conf='' why='in this initramfs (ssh_key in fadump.conf, then dracut -f)'
    ssh_key=/etc/fadump/ssh_key ssh_hosts=/etc/fadump/known_hosts
    if [ -z "$NEWROOT" ]; then
        why='(ssh_key in fadump.conf)'
        conf=$(fadump_config "$ROOT/etc/fadump.conf") || :
        ssh_key=$(fadump_ssh_key "$conf" "$ROOT")
        ssh_hosts=$(fadump_ssh_hosts "$conf")
    fi
    [ -z "$ssh_key" ] || [ ! -r "$ROOT$ssh_key" ] || return 0
    reason="there is no key for ssh $why"
    return 1
}
