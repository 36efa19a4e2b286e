#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mini.bats - an initramfs without systemd: twelve crashes in a row by the defaults, one in the other format, and dumps that
# are not saved
# In:  the lab (built when it is not). Each machine is run once; every test looks at what was gathered then.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel mini initramfs-mini initramfs-plain
    export BOOT_SECONDS=120
    twelve_crashes
    as_elf
    FIRST=true not_saved off rd.fadump=0
    FIRST=': > /var/crash' not_saved unwritable
    # shellcheck disable=SC2016 # expanded in the guest; all that is free, so that the target has no room for a dump
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
        # a machine that does not get through this leaves its tests to fail one by one
        if ! machine_crash || ! machine_boot || ! gather "crash-$n"; then break; fi
    done
    # nothing that only the page cache of the guest holds may count as saved
    machine_cut
    machine_disk find var/crash -type f -exec stat -c '%a %s %n' {} + | sort -k 3 > "$E/files"
    outside crash-12
    cp "$M/console" "$E/console"
    machine_drop
}

# a machine that is told on its command line to keep every page, in the other format. Its reserve is no CMA: user pages there,
# which the kernel places as it likes, are not in a dump.
as_elf() {
    echo '# crash with format = elf' >&3
    machine_start mini fadump=nocma fadump_format=elf rd.fadump.dump_level=0
    machine_boot
    pattern elf 77 > /dev/null
    if machine_crash && machine_boot; then gather elf; fi
    machine_stop
    outside elf
    machine_drop
}

# not_saved NAME ARGUMENT...: a machine that crashes once, and what it says afterwards; FIRST is run in it before the crash
not_saved() {
    local name=$1
    shift
    echo "# crash with $name" >&3
    machine_start mini fadump=on "$@"
    machine_boot
    guest "$FIRST; sync"
    machine_crash
    machine_boot
    gather "$name"
    guest 'find / -xdev -name "vmcore*" -type f -size +0' > "$E/$name/left"
    # the file's name for itself, and the byte of its header where bit 3 is INCOMPLETE
    guest 'cd /var/crash/*/ && { dd bs=1 count=8; dd bs=1 skip=416 count=1 | od -An -tu1; } < vmcore.incomplete 2> /dev/null' \
        > "$E/$name/header" || true
    guest 'dd if=/proc/vmcore bs=4 count=1 2> /dev/null || true' > "$E/$name/magic"
    cp "$M/console" "$E/$name/console"
    machine_drop
}

# twelve CHECK: run it for every one of the twelve
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

@test "a normal boot leaves no word of a dump" {
    [ ! -e "$E/before/status" ]
}

# fadump-copy, 1 MiB with its libraries, is 432 KiB of it, od, date and sync of coreutils are 117 where no other module has them
@test "the module adds less than 560 KiB to the initramfs" {
    with=$(stat -c %s "$(lab_part initramfs-mini)/initramfs.img")
    without=$(stat -c %s "$(lab_part initramfs-plain)/initramfs.img")
    echo "# initramfs: $without bytes without the module, $with with it: $((with - without)) more" >&3
    [ "$with" -gt "$without" ] && [ $((with - without)) -lt $((560 * 1024)) ]
}

@test "no systemd in the initramfs" {
    run grep -c 'systemd\[1\]' "$E/console"
    [ "$output" = 0 ]
}

@test "the root was mounted read-only for the boot to go on" {
    head -n 1 "$E/crash-1/at-start" | grep -qE '^/dev/vda / ext4 ro,'
}

@test "the memory is back, within 2 % less the reserved area" {
    memory_back before crash-1
}

reset_once() {
    [ "$(cat "$E/crash-$1/resets")" -eq "$1" ]
}
@test "twelve crashes: each is exactly one firmware reset" {
    twelve reset_once
}

saved() {
    [ "$(status "crash-$1" result)" = saved ]
}
@test "twelve crashes: each dump was saved" {
    twelve saved
}

released() {
    [ "$(status "crash-$1" released)" = yes ] && [ ! -e "$E/crash-$1/has-vmcore" ]
}
@test "twelve crashes: the memory was released each time" {
    twelve released
}

armed() {
    [ "$(status "crash-$1" armed)" = yes ]
}
@test "twelve crashes: the next dump was armed each time" {
    twelve armed
}

registered() {
    [ "$(cat "$E/crash-$1/registered")" = 1 ]
}
@test "twelve crashes: the kernel says it is registered each time" {
    twelve registered
}

clean_cmdline() {
    capture_cmdline "$E/given" | cmp - "$E/crash-$1/cmdline"
}
@test "twelve crashes: no foreign byte on any command line" {
    twelve clean_cmdline
}

# two pages: the argument area, and the one with the header of the next dump
taken() {
    [ "$(meminfo "crash-$1" HardwareCorrupted)" -eq 128 ]
}
@test "twelve crashes: the pages the kernel freed by mistake are out of use" {
    twelve taken
}

@test "twelve crashes: twelve dumps and twelve kernel logs, all 0600, survive a power cut" {
    cat "$E/files"
    [ "$(grep -cE '^600 [1-9][0-9]* .*/vmcore$' "$E/files")" -eq 12 ] \
        && [ "$(grep -cE '^600 [1-9][0-9]* .*/vmcore-dmesg.txt$' "$E/files")" -eq 12 ]
}

by_default() {
    [ "$(status "crash-$1" format)" = kdump ] && [ "$(status "crash-$1" compress)" = zstd ] \
        && [ "$(status "crash-$1" dump_level)" = 31 ] && [ -z "$(status "crash-$1" unfiltered)" ]
}
@test "twelve crashes: each dump is kdump-compressed with zstd at level 31" {
    twelve by_default
}

@test "drgn sees who panicked in the twelfth dump" {
    cat "$E/crash-12/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/crash-12/drgn"
}

@test "drgn sees the process of the pattern of the twelfth boot" {
    cat "$E/crash-12/drgn"
    grep -qxF "pattern=pattern $(cat "$E/pattern.pid")" "$E/crash-12/drgn"
}

@test "the user pages of the twelfth boot are not in its dump" {
    cat "$E/crash-12/pattern"
    [ "$(cat "$E/crash-12/pattern")" = 'pages=1024 absent=1024 differs=0' ]
}

@test "format = elf, level 0 from the command line: the status says so" {
    cat "$E/elf/status"
    [ "$(status elf result)" = saved ] && [ "$(status elf format)" = elf ] && [ "$(status elf dump_level)" = 0 ]
}

@test "format = elf, level 0: every page of the pattern is in the dump at its physical address" {
    cat "$E/elf/pattern"
    [ "$(cat "$E/elf/pattern")" = 'pages=1024 absent=0 differs=0' ]
}

@test "format = elf, level 0: drgn sees who panicked" {
    cat "$E/elf/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/elf/drgn"
}

@test "rd.fadump=0: /proc/vmcore is still there" {
    [ "$(tail -c 3 "$E/off/magic")" = ELF ]
}

@test "rd.fadump=0: nothing was written" {
    [ ! -s "$E/off/left" ]
}

@test "unwritable target: the status says failed" {
    [ "$(status unwritable result)" = failed ]
}

@test "unwritable target: the status gives a reason" {
    [ -n "$(status unwritable reason)" ]
}

@test "unwritable target: the reason is on the console" {
    reason=$(status unwritable reason)
    [ -n "$reason" ] && grep -qF "$reason" "$E/unwritable/console"
}

@test "unwritable target: nothing was released" {
    [ "$(status unwritable released)" = no ] && [ "$(meminfo unwritable MemTotal)" -lt 1048576 ]
}

@test "unwritable target: /proc/vmcore is still there" {
    [ "$(tail -c 3 "$E/unwritable/magic")" = ELF ]
}

@test "no space: the status says failed" {
    [ "$(status no-space result)" = failed ]
}

@test "no space: the reason says so" {
    status no-space reason | grep -qi 'no space'
}

@test "no space: nothing was released" {
    [ "$(status no-space released)" = no ] && [ "$(tail -c 3 "$E/no-space/magic")" = ELF ]
}

@test "no space: the kernel log and what was written stay, named in the status" {
    cat "$E/no-space/left"
    grep -q '/vmcore-dmesg.txt$' "$E/no-space/left"
    partial=$(status no-space partial)
    [ -n "$partial" ] && grep -qxF "$partial" "$E/no-space/left"
}

@test "no space: what was written says that it is incomplete" {
    od -c "$E/no-space/header"
    read -r name flags < "$E/no-space/header"
    [ "$name" = KDUMP ] && [ $((flags & 8)) -eq 8 ]
}

@test "no space: no file has the name of a whole dump" {
    cat "$E/no-space/left"
    run grep -c '/vmcore$' "$E/no-space/left"
    [ "$output" = 0 ]
}
