#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# full.bats - a Debian system on the emulated machine crashes twice; each time it saves the dump and continues the boot.
# The first dump uses the defaults, the second keeps user pages. The machine boots like a real one: firmware and GRUB
# from a disk; neither may touch the memory of the dump.
# In:  the lab (missing parts are built). One machine runs once; the tests examine the evidence gathered from it.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel grub full initramfs-full
    export BOOT_SECONDS=400 MACHINE_MODEL=pseries MACHINE_LOADER=grub
    # nocma: with fadump=on the reserved area is CMA, where the kernel may place user pages. The firmware overwrites
    # this area, so these pages are not in the dump. The second dump here must have every user page. mini.bats uses CMA.
    machine_start full fadump=nocma
    echo "BOOT_IMAGE=/vmlinux $MACHINE_CMDLINE" > "$E/given"
    machine_boot
    settled > "$E/running-1"
    gather before
    pattern first 42 > "$E/pattern.pid"
    machine_crash
    machine_boot
    settled > "$E/running-2"
    guest 'systemctl is-active multi-user.target' > "$E/multi-user-2" || true
    gather first
    guest 'cd /var/crash && find . -type f -exec stat -c "%n %s %Y %i" {} + | sort' > "$E/files-first"
    # after a failure here, each test without evidence fails
    second_crash || echo '# the second crash was not completed' >&3
    machine_stop
    # read the disk with the machine off
    dump=$(status first path)
    machine_disk stat -c '%a %s %b %n' "${dump#/}" "$(dirname "${dump#/}")/vmcore-dmesg.txt" "$(dirname "${dump#/}")" \
        > "$E/modes" || true
    machine_disk tail -n 60 "$(dirname "${dump#/}")/vmcore-dmesg.txt" > "$E/vmcore-dmesg" || true
    outside first
    outside second
    cp "$M/console" "$M/events" "$E/"
}

# second_crash: crash with dump level 23 (31 - 8: keep user pages), which the running system sets in bootargs_append
second_crash() {
    guest 'echo fadump_dump_level=23 > /sys/kernel/fadump/bootargs_append' || return
    pattern second 43 || return
    machine_crash && machine_boot || return
    settled > "$E/running-3"
    guest 'systemctl is-active multi-user.target' > "$E/multi-user-3" || true
    gather second
    guest 'cd /var/crash && find . -type f -exec stat -c "%n %s %Y %i" {} + | sort' > "$E/files-second"
}

@test "the first boot reaches multi-user without failed units" {
    [ "$(cat "$E/running-1")" = running ]
}

@test "a dump is registered before the crash" {
    [ "$(cat "$E/before/registered")" = 1 ]
}

@test "a normal boot writes no status file" {
    [ ! -e "$E/before/status" ]
}

@test "one crash causes exactly one firmware reset" {
    [ $(($(cat "$E/first/resets") - $(cat "$E/before/resets"))) -eq 1 ]
}

@test "the boot after the crash reaches multi-user" {
    [ "$(cat "$E/multi-user-2")" = active ]
}

@test "the boot after the crash has no failed units" {
    [ "$(cat "$E/running-2")" = running ]
}

@test "all memory except the reserved area is released, within 2 %" {
    memory_back before first
}

@test "the first dump, with the defaults, has no user pages of the pattern; its memory is released, and the next is armed" {
    captured first kind=fadump target=dir:/var/crash format=kdump compress=zstd dump_level=31 unfiltered= \
        'pattern=pages=1024 absent=1024 differs=0'
}

@test "drgn finds the task that panicked" {
    cat "$E/first/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/first/drgn"
}

@test "drgn finds the pattern process" {
    grep -qxF "pattern=pattern $(cat "$E/pattern.pid")" "$E/first/drgn"
}

@test "drgn finds the panic in the kernel log" {
    grep -q '^log: .*Kernel panic - not syncing: sysrq triggered crash' "$E/first/drgn"
}

@test "vmcore-dmesg.txt has the panic" {
    grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$E/vmcore-dmesg"
}

@test "vmcore-dmesg.txt ends where the log in the dump ends" {
    tail -n 2 "$E/vmcore-dmesg" "$E/first/drgn"
    [ "log: $(tail -n 1 "$E/vmcore-dmesg")" = "$(tail -n 1 "$E/first/drgn")" ]
}

@test "the mode of the dump is 0600" {
    grep -qE '^600 .*/vmcore$' "$E/modes"
}

@test "the mode of the kernel log is 0600" {
    grep -qE '^600 .*/vmcore-dmesg.txt$' "$E/modes"
}

@test "the mode of the dump directory is 0700" {
    grep -qE '^700 .*/127\.0\.0\.1-[0-9:.-]+$' "$E/modes"
}

@test "the name of the dump directory has the format that other tools expect" {
    status first path | grep -qE '^/var/crash/127\.0\.0\.1-[0-9]{4}(-[0-9]{2}){3}(:[0-9]{2}){2}/vmcore$'
}

@test "the status file counts the excluded pages" {
    [ "$(status first excluded_pages)" -gt 1024 ]
}

@test "the status file gives the size of the file on the disk" {
    [ "$(status first bytes)" = "$(awk '/\/vmcore$/ { print $2 }' "$E/modes")" ]
}

@test "the log has the line for a complete dump" {
    grep -q 'saving vmcore complete' "$E/first/log"
}

@test "the console has the line that op-test looks for, once for each dump" {
    [ "$(grep -c 'saving vmcore complete' "$E/console")" -eq 2 ]
}

@test "the second crash causes exactly one more firmware reset" {
    [ $(($(cat "$E/second/resets") - $(cat "$E/first/resets"))) -eq 1 ]
}

@test "the boot after the second crash reaches multi-user" {
    [ "$(cat "$E/multi-user-3")" = active ]
}

@test "the second dump is saved alongside the first" {
    cat "$E/files-second"
    [ "$(grep -c '/vmcore ' "$E/files-second")" -eq 2 ]
}

@test "the second dump has the level that the running system set, and every page of the pattern" {
    captured second dump_level=23
}

@test "the second crash does not change the first dump" {
    [ "$(comm -12 "$E/files-first" "$E/files-second")" = "$(cat "$E/files-first")" ]
}

@test "the command line of the first capture boot is exact, byte for byte" {
    capture_cmdline "$E/given" | cmp - "$E/first/cmdline"
}

@test "the command line of the second capture boot is exact, byte for byte" {
    capture_cmdline "$E/given" fadump_dump_level=23 | cmp - "$E/second/cmdline"
}
