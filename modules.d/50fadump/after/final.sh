#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# after/final.sh - the end of a capture boot: continue, reboot, power off or halt
#
# In:  $requested_action (final_action of fadump.conf), the result of the capture ($kind, $result), and
#      the comparison by after/fresh-boot.sh.
# Out: $final_action, logged with its reason; the machine reboots, powers off or halts, or the boot
#      continues.
# Does not know: how a dump is saved, released or armed.
#
# Three rules take precedence over the configuration:
# - A reboot must not lose a dump that the firmware holds and that was not saved, or a dump that was
#   saved to memory (ram:).
# - A running system (late capture) continues: final_action is for a capture boot and does not stop
#   services. A difference from a fresh boot is only logged.
# - If the kernel discarded the dump, the boot continues: the dump node may also exist in the next boot,
#   and the machine would reboot in an endless loop.

# final_choose: sets $final_action.
final_choose() {
    case $result:$kind:$volatile in
        nothing:*) return 0 ;;
        failed:kdump: | saved:*: | discarded:*) ;;
        *)
            case $requested_action in
                auto | continue) ;;
                *) log "ignoring final_action = $requested_action: the dump ${volatile:-that was not saved} would be lost" ;;
            esac
            return 0
            ;;
    esac
    if [ -z "$NEWROOT" ]; then
        matches_fresh_boot || log "this system differs from a freshly booted one: $reboot_reason"
        return 0
    fi
    case $requested_action in
        auto) matches_fresh_boot || final_action=reboot ;;
        *) final_action=$requested_action ;;
    esac
    log "final action: $final_action ($requested_action)${reboot_reason:+: $reboot_reason}"
}

# final_run: carries out $final_action. Returns only if the boot continues.
final_run() {
    [ "$final_action" != continue ] || return 0
    run_with_timeout 30 sync || log 'warning: not all disks could be flushed within 30 seconds'
    if [ -d "$ROOT/run/systemd/system" ]; then
        # --force: the shutdown does not wait for the jobs of the boot. systemd also kills this process and unmounts the file systems.
        ! run_with_timeout 30 "$ROOT/usr/bin/systemctl" --no-block --force "$final_action" || wait_until 90 false || :
    fi
    final_read_only
    final_program || final_sysrq || log "cannot $final_action: the boot continues"
    final_action='continue'
}

# final_read_only: makes mounted file systems of disks read-only, so that they are clean at the next boot.
final_read_only() {
    local device mountpoint _rest
    while read -r device mountpoint _rest; do
        case $device in
            /dev/*) run_with_timeout 10 mount -o remount,ro "$mountpoint" || log "warning: $mountpoint could not be made read-only" ;;
        esac
    done < "$ROOT/proc/mounts"
    run_with_timeout 30 sync || :
}

# final_program: runs reboot, poweroff or halt; with -f, the programs of systemd and busybox act immediately. Returns
# only if the program is missing or fails, or if the machine still runs after 60 seconds.
final_program() {
    fadump_first "$ROOT/usr/sbin/$final_action" "$ROOT/usr/bin/$final_action" "$ROOT/sbin/$final_action" || return 1
    run_with_timeout 10 "$first" -f && wait_until 60 false
}

# final_sysrq: reboots or powers off through the kernel; sysrq has no key for halt. Returns only if that fails.
final_sysrq() {
    local key
    case $final_action in
        reboot) key=b ;;
        poweroff) key=o ;;
        *) return 1 ;;
    esac
    sleep 1 # md marks a RAID as clean 0.2 seconds after the last write
    write_sysfs "$key" "$ROOT/proc/sysrq-trigger" && wait_until 60 false
}
