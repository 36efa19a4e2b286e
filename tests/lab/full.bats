#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# full.bats - a Debian system on the emulated machine crashes twice, and each time saves its dump and boots on; the first dump
# is by the defaults, the second keeps user pages. It boots as one in a rack does: firmware, GRUB, all from a disk; neither may
# touch the memory of the dump
# In:  the lab (built when it is not). One machine is run once; every test looks at what was gathered then.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel grub full initramfs-full
    export BOOT_SECONDS=400 MACHINE_MODEL=pseries MACHINE_LOADER=grub
    # With fadump=on the reserve is CMA: user pages there are overwritten by firmware and are not in the dump. The kernel places
    # them as it likes, so a machine whose second dump is to have every user page is started without (mini.bats has the other).
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
    # a machine that does not get through this leaves its tests to fail one by one
    second_crash || echo '# the second crash did not get to an end' >&3
    machine_stop
    # from the disk, with the machine off
    dump=$(status first path)
    machine_disk stat -c '%a %s %b %n' "${dump#/}" "$(dirname "${dump#/}")/vmcore-dmesg.txt" "$(dirname "${dump#/}")" > "$E/modes" || true
    machine_disk tail -n 60 "$(dirname "${dump#/}")/vmcore-dmesg.txt" > "$E/vmcore-dmesg" || true
    outside first
    outside second
    cp "$M/console" "$M/events" "$E/"
}

# told by the running system that user pages are wanted, too: 31 less 8
second_crash() {
    guest 'echo fadump_dump_level=23 > /sys/kernel/fadump/bootargs_append' || return
    pattern second 43 || return
    machine_crash && machine_boot || return
    settled > "$E/running-3"
    guest 'systemctl is-active multi-user.target' > "$E/multi-user-3" || true
    gather second
    guest 'cd /var/crash && find . -type f -exec stat -c "%n %s %Y %i" {} + | sort' > "$E/files-second"
}

@test "the first boot reaches multi-user with nothing failed" {
    [ "$(cat "$E/running-1")" = running ]
}

@test "a dump is registered before the crash" {
    [ "$(cat "$E/before/registered")" = 1 ]
}

@test "a normal boot leaves no word of a dump" {
    [ ! -e "$E/before/status" ]
}

@test "one crash is exactly one firmware reset" {
    [ $(($(cat "$E/first/resets") - $(cat "$E/before/resets"))) -eq 1 ]
}

@test "the boot after the crash reaches multi-user" {
    [ "$(cat "$E/multi-user-2")" = active ]
}

@test "the boot after the crash has nothing failed" {
    [ "$(cat "$E/running-2")" = running ]
}

@test "the memory is back, within 2 % less the reserved area" {
    memory_back before first
}

@test "the next dump is registered" {
    [ "$(cat "$E/first/registered")" = 1 ]
}

@test "/proc/vmcore is gone after the release" {
    [ ! -e "$E/first/has-vmcore" ]
}

@test "the dump has the default form: kdump-compressed, zstd, level 31" {
    cat "$E/first/status"
    [ "$(status first format)" = kdump ] && [ "$(status first compress)" = zstd ] && [ "$(status first dump_level)" = 31 ]
}

@test "no page of the pattern, which is user memory, is in it" {
    cat "$E/first/pattern"
    [ "$(cat "$E/first/pattern")" = 'pages=1024 absent=1024 differs=0' ]
}

@test "drgn sees the task that panicked" {
    cat "$E/first/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/first/drgn"
}

@test "drgn sees the pattern process" {
    grep -qxF "pattern=pattern $(cat "$E/pattern.pid")" "$E/first/drgn"
}

@test "drgn sees the panic in the kernel log" {
    grep -q '^log: .*Kernel panic - not syncing: sysrq triggered crash' "$E/first/drgn"
}

@test "vmcore-dmesg.txt has the panic" {
    grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$E/vmcore-dmesg"
}

@test "vmcore-dmesg.txt ends where the log in the dump ends" {
    tail -n 2 "$E/vmcore-dmesg" "$E/first/drgn"
    [ "log: $(tail -n 1 "$E/vmcore-dmesg")" = "$(tail -n 1 "$E/first/drgn")" ]
}

@test "the dump is 0600" {
    grep -qE '^600 .*/vmcore$' "$E/modes"
}

@test "the kernel log is 0600" {
    grep -qE '^600 .*/vmcore-dmesg.txt$' "$E/modes"
}

@test "their directory is 0700" {
    grep -qE '^700 .*/127\.0\.0\.1-[0-9:.-]+$' "$E/modes"
}

@test "the directory is named as other tools expect" {
    status first path | grep -qE '^/var/crash/127\.0\.0\.1-[0-9]{4}(-[0-9]{2}){3}(:[0-9]{2}){2}/vmcore$'
}

@test "the status file says what kind of dump it was" {
    [ "$(status first kind)" = fadump ]
}

@test "the status file says where it went" {
    [ "$(status first target)" = dir:/var/crash ]
}

@test "the status file says that it was saved" {
    [ "$(status first result)" = saved ]
}

@test "the status file says that the filter could be used" {
    [ -z "$(status first unfiltered)" ] && [ "$(status first excluded_pages)" -gt 1024 ]
}

@test "the status file says that the memory was released" {
    [ "$(status first released)" = yes ]
}

@test "the status file says that the next dump is armed" {
    [ "$(status first armed)" = yes ]
}

@test "the status file gives the size of the file on the disk" {
    [ "$(status first bytes)" = "$(awk '/\/vmcore$/ { print $2 }' "$E/modes")" ]
}

@test "the log tells the story" {
    grep -q 'saving vmcore complete' "$E/first/log"
}

@test "the console has the lines that op-test looks for" {
    [ "$(grep -c 'saving vmcore complete' "$E/console")" -eq 2 ]
}

@test "the second crash is exactly one firmware reset more" {
    [ $(($(cat "$E/second/resets") - $(cat "$E/first/resets"))) -eq 1 ]
}

@test "the second boot reaches multi-user" {
    [ "$(cat "$E/multi-user-3")" = active ]
}

@test "the second dump is saved beside the first" {
    cat "$E/files-second"
    [ "$(grep -c '/vmcore ' "$E/files-second")" -eq 2 ]
}

@test "the second dump leaves out what the running system asked for" {
    [ "$(status second dump_level)" = 23 ]
}

@test "every page of the pattern is in the second dump at its physical address" {
    cat "$E/second/pattern"
    [ "$(cat "$E/second/pattern")" = 'pages=1024 absent=0 differs=0' ]
}

@test "the first dump was not touched by the second" {
    [ "$(comm -12 "$E/files-first" "$E/files-second")" = "$(cat "$E/files-first")" ]
}

@test "nothing foreign is on the command line of the first capture boot" {
    capture_cmdline "$E/given" | cmp - "$E/first/cmdline"
}

@test "nothing foreign is on the command line of the second capture boot" {
    capture_cmdline "$E/given" fadump_dump_level=23 | cmp - "$E/second/cmdline"
}
