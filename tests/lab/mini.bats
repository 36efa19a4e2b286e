#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mini.bats - an initramfs without systemd: twelve crashes in a row with the defaults, one with format = elf, and dumps
# that are not saved
# In:  the lab (missing parts are built). Each machine runs once; the tests examine the evidence gathered from it.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel mini initramfs-mini initramfs-plain
    export BOOT_SECONDS=300
    twelve_crashes
    as_elf
    FIRST=true not_saved off rd.fadump=0
    FIRST=': > /var/crash' not_saved unwritable
    # fill the file system, so that the target has no space for a dump
    # shellcheck disable=SC2016 # expanded in the guest
    FIRST='fallocate -l "$(($(df -k / | awk "END { print \$4 }") - 1000))k" /fill' not_saved no-space
}

twelve_crashes() {
    local n
    machine_start mini fadump=on
    echo "$MACHINE_CMDLINE" > "$E/given"
    machine_boot
    gather before
    hook_cost > "$E/hook-cost"
    for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
        echo "# crash $n of 12" >&3
        pattern "crash-$n" "$n" > "$E/pattern.pid"
        # after a failure here, each test without evidence fails
        if ! machine_crash || ! machine_boot || ! gather "crash-$n"; then break; fi
    done
    # power cut: data that is only in the page cache of the guest is not saved
    machine_cut
    machine_disk find var/crash -type f -exec stat -c '%a %s %n' {} + | sort -k 3 > "$E/files"
    outside crash-12
    cp "$M/console" "$E/console"
    machine_drop
}

# as_elf: crash with format = elf and dump level 0, set on the command line. nocma: otherwise the
# kernel may place user pages in the reserved area (CMA), and these pages are not in the dump.
as_elf() {
    echo '# crash with format = elf' >&3
    machine_ready mini fadump=nocma -- fadump_format=elf rd.fadump.dump_level=0
    pattern elf 77 > /dev/null
    if machine_crash && machine_boot; then gather elf; fi
    machine_stop
    outside elf
    machine_drop
}

# not_saved NAME ARGUMENT...: crash a machine whose dump is not saved, and gather; FIRST is run in the guest before the
# crash
not_saved() {
    local name=$1
    shift
    echo "# crash with $name" >&3
    machine_ready mini fadump=on -- "$@"
    guest "$FIRST; sync"
    machine_crash
    machine_boot
    gather "$name"
    guest 'find / -xdev -name "vmcore*" -type f -size +0' > "$E/$name/left"
    # the signature of the partial dump, and the byte of its header that has INCOMPLETE in bit 3
    guest 'cd /var/crash/*/ \
        && { dd bs=1 count=8; dd bs=1 skip=416 count=1 | od -An -tu1; } < vmcore.incomplete 2> /dev/null' \
        > "$E/$name/header" || true
    guest 'dd if=/proc/vmcore bs=4 count=1 2> /dev/null || true' > "$E/$name/magic"
    cp "$M/console" "$E/$name/console"
    machine_drop
}

# twelve CHECK: run CHECK for each of the twelve crashes
twelve() {
    local n
    for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
        "$@" "$n" || {
            echo "crash $n: $*"
            return 1
        }
    done
}

@test "a normal boot: the hooks take less than 50 ms" {
    cat "$E/hook-cost"
    awk 'NF != 2 || $2 < 1 || $1 >= 0.05 { bad = 1 } END { exit bad || !NR }' "$E/hook-cost"
}

@test "a normal boot writes no status file" {
    [ ! -e "$E/before/status" ]
}

# fadump-copy takes 432 KiB (1 MiB unpacked); date and sync of coreutils count, as no other module adds them
@test "the module adds less than 560 KiB to the initramfs" {
    with=$(stat -c %s "$(lab_part initramfs-mini)/initramfs.img")
    without=$(stat -c %s "$(lab_part initramfs-plain)/initramfs.img")
    echo "# initramfs: $without bytes without the module, $with bytes with it, difference $((with - without))" >&3
    [ "$with" -gt "$without" ] && [ $((with - without)) -lt $((560 * 1024)) ]
}

@test "the initramfs has no systemd" {
    run grep -c 'systemd\[1\]' "$E/console"
    [ "$output" = 0 ]
}

@test "the root is mounted read-only again when the boot continues" {
    head -n 1 "$E/crash-1/at-start" | grep -qE '^/dev/vda / ext4 ro,'
}

@test "all memory except the reserved area is released, within 2 %" {
    memory_back before crash-1
}

reset_once() {
    [ "$(cat "$E/crash-$1/resets")" -eq "$1" ]
}
@test "twelve crashes: each causes exactly one firmware reset" {
    twelve reset_once
}

# pattern: only the dump of the last crash is examined, in a test below
by_default() {
    captured "crash-$1" 'pattern=*' format=kdump compress=zstd dump_level=31 unfiltered=
}
@test "twelve crashes: each dump is saved with the defaults, the memory released, the next dump armed and registered" {
    twelve by_default
}

clean_cmdline() {
    capture_cmdline "$E/given" | cmp - "$E/crash-$1/cmdline"
}
@test "twelve crashes: the command line of each capture boot is exact, byte for byte" {
    twelve clean_cmdline
}

# 128 kB: two pages of 64 KiB, the argument area and the page with the header of the next dump
taken() {
    [ "$(meminfo "crash-$1" HardwareCorrupted)" -eq 128 ]
}
@test "twelve crashes: the pages that the kernel freed by mistake are retired" {
    twelve taken
}

@test "twelve crashes: twelve dumps and twelve kernel logs, all of mode 0600, survive a power cut" {
    cat "$E/files"
    [ "$(grep -cE '^600 [1-9][0-9]* .*/vmcore$' "$E/files")" -eq 12 ] \
        && [ "$(grep -cE '^600 [1-9][0-9]* .*/vmcore-dmesg.txt$' "$E/files")" -eq 12 ]
}

@test "drgn finds the task that panicked in the twelfth dump" {
    cat "$E/crash-12/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/crash-12/drgn"
}

@test "drgn finds the pattern process in the twelfth dump" {
    cat "$E/crash-12/drgn"
    grep -qxF "pattern=pattern $(cat "$E/pattern.pid")" "$E/crash-12/drgn"
}

@test "the user pages of the pattern are not in the twelfth dump" {
    captured crash-12 'pattern=pages=1024 absent=1024 differs=0'
}

@test "with format = elf and level 0 on the command line, the dump is saved and has every page of the pattern" {
    captured elf format=elf dump_level=0
}

@test "format = elf, level 0: drgn finds the task that panicked" {
    cat "$E/elf/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/elf/drgn"
}

@test "rd.fadump=0: /proc/vmcore still exists" {
    [ "$(tail -c 3 "$E/off/magic")" = ELF ]
}

@test "rd.fadump=0: no dump was written" {
    [ ! -s "$E/off/left" ]
}

@test "unwritable target: the status has result=failed" {
    [ "$(status unwritable result)" = failed ]
}

@test "unwritable target: the status has a reason" {
    [ -n "$(status unwritable reason)" ]
}

@test "unwritable target: the reason is on the console" {
    reason=$(status unwritable reason)
    [ -n "$reason" ] && grep -qF "$reason" "$E/unwritable/console"
}

@test "unwritable target: no memory was released" {
    [ "$(status unwritable released)" = no ] && [ "$(meminfo unwritable MemTotal)" -lt 1048576 ]
}

@test "unwritable target: /proc/vmcore still exists" {
    [ "$(tail -c 3 "$E/unwritable/magic")" = ELF ]
}

@test "no space: the status has result=failed" {
    [ "$(status no-space result)" = failed ]
}

@test "no space: the reason contains 'no space'" {
    status no-space reason | grep -qi 'no space'
}

@test "no space: no memory was released, and /proc/vmcore still exists" {
    [ "$(status no-space released)" = no ] && [ "$(tail -c 3 "$E/no-space/magic")" = ELF ]
}

@test "no space: the kernel log and the partial dump remain; the status has the path of the partial dump" {
    cat "$E/no-space/left"
    grep -q '/vmcore-dmesg.txt$' "$E/no-space/left"
    partial=$(status no-space partial)
    [ -n "$partial" ] && grep -qxF "$partial" "$E/no-space/left"
}

@test "no space: the partial dump is marked incomplete" {
    od -c "$E/no-space/header"
    read -r name flags < "$E/no-space/header"
    [ "$name" = KDUMP ] && [ $((flags & 8)) -eq 8 ]
}

@test "no space: no file has the name of a complete dump" {
    cat "$E/no-space/left"
    run grep -c '/vmcore$' "$E/no-space/left"
    [ "$output" = 0 ]
}
