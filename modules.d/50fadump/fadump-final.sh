#!/bin/sh
# sourced by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# fadump-final.sh - the end of a capture boot: go on, or start again
#
# In:  $final_wish (final_action of fadump.conf), how the capture went ($kind, $result), and what
#      fadump-fresh.sh says of this system.
# Out: $final_action, what is done, said with its reason; the machine reboots, powers off or
#      halts, or nothing happens and the boot goes on.
# Does not know: how a dump is saved, released or armed.
#
# Two rules come before every wish:
# - A dump that firmware holds and nobody has saved is not given up by a reboot.
# - Where nothing was done (the kernel discarded the dump) the boot goes on: the sign of a dump
#   that led here may be there in the next boot, too, and the machine would never come up.

# final_choose: sets $final_action.
final_choose() {
    local why=''
    case $result:$kind in
        nothing:*) return 0 ;;
        failed:kdump | saved:* | discarded:*) ;;
        *)
            case $final_wish in
                auto | continue) ;;
                *) say "final_action = $final_wish is not obeyed: the dump that was not saved would be lost" ;;
            esac
            return 0
            ;;
    esac
    case $final_wish in
        auto) if why=$(fresh_why); then final_action=reboot; fi ;;
        *) final_action=$final_wish ;;
    esac
    say "final action: $final_action ($final_wish)${why:+: $why}"
}

# final_do: does it. Returns where the boot goes on.
final_do() {
    [ "$final_action" != continue ] || return 0
    within 30 sync || say 'warning: not all disks could be flushed within 30 seconds'
    if [ -d "$ROOT/run/systemd/system" ]; then
        # it ends all processes, this one as well, and unmounts; a job would wait for those of the boot
        ! within 30 "$ROOT/usr/bin/systemctl" --no-block --force "$final_action" || until_within 90 false || :
    fi
    final_read_only
    final_program || final_sysrq || say "cannot $final_action: the boot goes on"
    final_action='continue'
}

# What is mounted from a disk becomes read-only, so that it is clean for the next boot.
final_read_only() {
    local device mountpoint _rest
    while read -r device mountpoint _rest; do
        case $device in
            /dev/*) within 10 mount -o remount,ro "$mountpoint" || say "warning: $mountpoint could not be made read-only" ;;
        esac
    done < "$ROOT/proc/mounts"
    within 30 sync || :
}

# The programs of systemd and busybox do it at once with -f.
final_program() {
    local program
    program=$(fadump_first "$ROOT/usr/sbin/$final_action" "$ROOT/usr/bin/$final_action" "$ROOT/sbin/$final_action") || return 1
    within 10 "$program" -f && until_within 60 false
}

# Where there is no such program the kernel can do two of the three by itself.
final_sysrq() {
    local key
    case $final_action in
        reboot) key=b ;;
        poweroff) key=o ;;
        *) return 1 ;;
    esac
    sleep 1 # a RAID writes that it is clean 0.2 seconds after the last write
    poke "$key" "$ROOT/proc/sysrq-trigger" && until_within 60 false
}
