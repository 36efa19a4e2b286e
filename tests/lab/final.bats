#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# final.bats - final_action in an initramfs without systemd: a reboot after the dump, and a machine that is powered off
# In:  the lab (built when it is not). Each machine is run once; every test looks at what was gathered then.
# Out: TAP. Does not know: how it is done (continued.bats has the way with systemd).

load lab

setup_file() {
    lab_ready tree kernel mini initramfs-mini
    export BOOT_SECONDS=400
    machine_start mini fadump=on fadump_final_action=reboot
    machine_boot
    gather before
    machine_crash
    # the capture boot has no agent: what answers is the boot after it
    machine_boot
    gather rebooted
    cp "$M/console" "$E/reboot-console"
    machine_cut
    machine_disk find var/crash -type f -size +0 > "$E/reboot-files"
    machine_drop
    machine_start mini fadump=on fadump_final_action=poweroff
    machine_boot
    machine_crash
    machine_ends 240
    cp "$M/console" "$E/poweroff-console"
    # as the next boot finds it
    dumpe2fs -h "$M/root.img" > "$E/poweroff-super" 2>&1
    machine_disk find var/crash -type f -size +0 > "$E/poweroff-files"
    machine_drop
}

# machine_ends SECONDS: wait so long for QEMU to end by itself
machine_ends() {
    local pid until=$((SECONDS + $1))
    pid=$(cat "$M/pid")
    while kill -0 "$pid" 2> /dev/null && [ $SECONDS -lt $until ]; do sleep 0.5; done
    kill -0 "$pid" 2> /dev/null || echo ended > "$E/poweroff"
}

@test "reboot: said, and done once: a reset for the crash, one for it" {
    [ "$(grep -ac 'fadump: final action: reboot (reboot)' "$E/reboot-console")" -eq 1 ]
    [ "$(cat "$E/rebooted/resets")" -eq 2 ]
}

@test "reboot: the dump and its log are on the disk" {
    cat "$E/reboot-files"
    [ "$(grep -c '/vmcore$' "$E/reboot-files")" -eq 1 ] && [ "$(grep -c '/vmcore-dmesg.txt$' "$E/reboot-files")" -eq 1 ]
}

@test "reboot: the boot after it is a normal one, with all memory and registered" {
    [ ! -e "$E/rebooted/status" ]
    [ ! -e "$E/rebooted/has-dump-node" ]
    [ ! -e "$E/rebooted/has-vmcore" ]
    [ "$(cat "$E/rebooted/registered")" = 1 ]
    [ "$(meminfo rebooted MemTotal)" = "$(meminfo before MemTotal)" ]
}

@test "reboot: the file system is clean: only the boot after the crash had to recover it" {
    grep -a 'EXT4-fs.*recover' "$E/reboot-console"
    [ "$(grep -ac 'EXT4-fs (vda): recovery complete' "$E/reboot-console")" -eq 1 ]
}

@test "poweroff: the machine is off" {
    [ "$(cat "$E/poweroff")" = ended ]
    grep -a 'fadump: final action: poweroff (poweroff)' "$E/poweroff-console"
}

@test "poweroff: the dump is on the disk, whose file system is clean" {
    [ "$(grep -c '/vmcore$' "$E/poweroff-files")" -eq 1 ]
    grep -E '^Filesystem (state|features):' "$E/poweroff-super"
    grep -q '^Filesystem state: *clean$' "$E/poweroff-super"
    run grep -c 'needs_recovery' "$E/poweroff-super"
    [ "$output" = 0 ]
}
