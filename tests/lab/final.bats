#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# final.bats - final_action = reboot and poweroff in an initramfs without systemd (with systemd: continued.bats)
# In:  the lab (missing parts are built). Each machine runs once; the tests examine the evidence gathered from it.
# Out: TAP. Does not know: how the module reboots.

load lab

setup_file() {
    lab_ready tree kernel mini initramfs-plain initramfs-mini
    export BOOT_SECONDS=400
    machine_ready mini fadump=on -- fadump_final_action=reboot
    gather before
    machine_crash
    # the agent does not run in this capture boot, so machine_boot waits for the boot after the reboot
    machine_boot
    gather rebooted
    cp "$M/console" "$E/reboot-console"
    machine_cut
    machine_disk find var/crash -type f -size +0 > "$E/reboot-files"
    machine_drop
    machine_ready mini fadump=on -- fadump_final_action=poweroff
    machine_crash
    machine_ends 240
    cp "$M/console" "$E/poweroff-console"
    # this must precede machine_disk, which mounts the file system and replays its journal
    dumpe2fs -h "$M/root.img" > "$E/poweroff-super" 2>&1
    machine_disk find var/crash -type f -size +0 > "$E/poweroff-files"
    machine_drop
}

# machine_ends SECONDS: wait up to SECONDS until QEMU ends by itself; if it does, write "ended" to $E/poweroff
machine_ends() {
    local pid until=$((SECONDS + $1))
    pid=$(cat "$M/pid")
    while kill -0 "$pid" 2> /dev/null && [ $SECONDS -lt $until ]; do sleep 0.5; done
    kill -0 "$pid" 2> /dev/null || echo ended > "$E/poweroff"
}

@test "reboot: the action is logged once; the crash and the reboot cause one reset each" {
    [ "$(grep -ac 'fadump: final action: reboot (reboot)' "$E/reboot-console")" -eq 1 ]
    [ "$(cat "$E/rebooted/resets")" -eq 2 ]
}

@test "reboot: the dump and the kernel log are on the disk" {
    cat "$E/reboot-files"
    [ "$(grep -c '/vmcore$' "$E/reboot-files")" -eq 1 ] && [ "$(grep -c '/vmcore-dmesg.txt$' "$E/reboot-files")" -eq 1 ]
}

@test "reboot: the next boot is a normal boot with all memory, and a dump is registered" {
    [ ! -e "$E/rebooted/status" ]
    [ ! -e "$E/rebooted/has-dump-node" ]
    [ ! -e "$E/rebooted/has-vmcore" ]
    [ "$(cat "$E/rebooted/registered")" = 1 ]
    [ "$(meminfo rebooted MemTotal)" = "$(meminfo before MemTotal)" ]
}

@test "reboot: the file system is clean: one journal recovery for the crash, none after the reboot" {
    grep -a 'EXT4-fs.*recover' "$E/reboot-console"
    [ "$(grep -ac 'EXT4-fs (vda): recovery complete' "$E/reboot-console")" -eq 1 ]
}

@test "poweroff: the machine is off" {
    [ "$(cat "$E/poweroff")" = ended ]
    grep -a 'fadump: final action: poweroff (poweroff)' "$E/poweroff-console"
}

@test "poweroff: the dump is on the disk, and the file system is clean" {
    [ "$(grep -c '/vmcore$' "$E/poweroff-files")" -eq 1 ]
    grep -E '^Filesystem (state|features):' "$E/poweroff-super"
    grep -q '^Filesystem state: *clean$' "$E/poweroff-super"
    run grep -c 'needs_recovery' "$E/poweroff-super"
    [ "$output" = 0 ]
}
