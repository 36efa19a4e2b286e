#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kdump.bats - Debian on x86_64 crashes three times; a capture kernel, loaded by kexec-tools with an initramfs made by
# dracut, saves the dump to the root file system, to a raw disk, and, in a boot that cannot find its root, to another
# file system
# In:  the lab (missing parts are built). One machine runs once; the tests examine the evidence gathered from it.
# Out: TAP. Does not know: how the dump is made.

load lab
. "$LAB_HERE/kdump.sh"

setup_file() {
    lab_ready tree kdump
    export BOOT_SECONDS=900
    machine_new kdump
    kdump_on
    machine_boot
    gather before
    # after a failure here, each test without evidence fails
    crashes || echo '# not every crash was completed' >&3
    machine_stop
    from_outside
    cp "$M/console" "$E/"
}

# crashes: crash three times; stops at the first failure. rd.timeout=30: by default dracut waits for the missing root
# without a limit.
crashes() {
    crash_to root 42 root=/dev/vda ro \
        && crash_to raw 43 root=/dev/vda ro fadump_target=raw:/dev/vdb \
        && crash_to elsewhere 44 root=/dev/nowhere rd.timeout=30 fadump_timeout=300 fadump_target=fs:LABEL=crash:/dumps
}

# crash_to NAME SEED ARGUMENT...: crash with ARGUMENTs for the capture kernel; the evidence is in $E/NAME
crash_to() {
    local name=$1 seed=$2
    shift 2
    # from now on the console has only the crash, the capture kernel, and the next normal boot
    : > "$M/console"
    # dump level 23 keeps user pages: the pattern consists of them
    pattern "$name" "$seed" > "$E/pattern-$name.pid" && kdump_arm fadump_dump_level=23 "$@" && kdump_crash || return
    gather "$name"
    cp "$M/console" "$E/$name/console"
    guest 'cd /var/crash && find . -type f -exec stat -c "%a %s %n" {} +' > "$E/$name/files"
}

from_outside() {
    local dir
    dir=$(sed -n 's|.* ./\(.*\)/vmcore$|\1|p' "$E/root/files")
    judged root "var/crash/$dir/vmcore"
    machine_disk tail -n 3 "var/crash/$dir/vmcore-dmesg.txt" > "$E/root/vmcore-dmesg" || true
    # this file system is clean, because machine_disk has replayed its journal
    e2fsck -fn "$M/root.img" > "$E/fsck-root" 2>&1 || echo "status $?" >> "$E/fsck-root"
    # the other two disks were not mounted since the machine stopped
    e2fsck -fn "$M/crash.img" > "$E/fsck-crash" 2>&1 || echo "status $?" >> "$E/fsck-crash"
    dumpe2fs -h "$M/crash.img" > "$E/crash-header" 2>&1 || true
    mkdir -p "$E/taken"
    "$BATS_TEST_DIRNAME/../../build/$(uname -m)/fadump-save" extract --keep --to "$E/taken" "$M/raw.img" \
        > "$E/extract" 2>&1 || true
    home raw "$(find "$E/taken" -name vmcore)"
    debugfs -R 'ls -p /dumps' "$M/crash.img" 2> /dev/null | cut -d / -f 6 | grep '^127' > "$E/elsewhere/names" || true
    debugfs -R "dump /dumps/$(cat "$E/elsewhere/names")/vmcore $E/elsewhere/vmcore" "$M/crash.img" 2> /dev/null \
        || true
    home elsewhere "$E/elsewhere/vmcore"
}

# home NAME FILE: copy FILE, a dump from another disk, to $M, where judged() can read it while the root of the stopped
# machine is mounted
home() {
    [ -s "$2" ] || return 0
    cp "$2" "$M/$1.vmcore"
    judged "$1" "$M/$1.vmcore"
}

# judged NAME FILE: examine a dump with drgn and crash; compare its pages of the pattern
judged() {
    kdump_drgn "$2" "$LAB_HERE/look.py" > "$E/$1/drgn" 2>&1 || true
    kdump_drgn "$2" "$LAB_HERE/pattern.py" "var/lib/pattern-$1" > "$E/$1/pattern" 2>&1 || true
    printf 'sys\nbt\nquit\n' | machine_disk env "TREE=$(lab_part tree)" "$LAB_HERE/tree-exec" \
        crash -s "$(lab_part debian-x86)/vmlinux" "$2" > "$E/$1/crash" 2>&1 || echo "status $?" >> "$E/$1/crash"
}

# whole NAME: assert that the dump has every page of the pattern, that drgn finds the pattern process, and that crash
# finds the panic
whole() {
    cat "$E/$1/pattern" "$E/$1/drgn" "$E/$1/crash"
    [ "$(cat "$E/$1/pattern")" = 'pages=16384 absent=0 differs=0' ] \
        && grep -qxF "pattern=pattern $(cat "$E/pattern-$1.pid")" "$E/$1/drgn" \
        && grep -q '^ *PANIC: "Kernel panic - not syncing: sysrq triggered crash"' "$E/$1/crash" \
        && grep -q 'sysrq_handle_crash' "$E/$1/crash" && ! grep -q '^status' "$E/$1/crash"
}

# once NAME: assert that two kernels booted since the crash: the capture kernel, which saved the dump once, and then the
# normal kernel, without a dump. (Resets do not count boots here: each reboot causes two resets.)
once() {
    grep -a -e 'Linux version ' -e 'fadump: ' -e 'Emergency\|emergency' "$E/$1/console"
    [ "$(grep -ac 'Linux version ' "$E/$1/console")" -eq 2 ] && [ ! -e "$E/$1/has-vmcore" ] && [ ! -e "$E/$1/status" ] \
        && cmp "$E/$1/cmdline" "$E/before/cmdline" \
        && [ "$(grep -ac 'fadump: saving vmcore complete' "$E/$1/console")" -eq 1 ]
}

@test "a normal boot has no status file and no /proc/vmcore" {
    [ ! -e "$E/before/status" ] && [ ! -e "$E/before/has-vmcore" ]
}

@test "root: the dump is saved once, and one reboot leads to a normal boot" {
    once root
}

@test "root: the dump and the kernel log exist, with mode 0600" {
    cat "$E/root/files"
    [ "$(wc -l < "$E/root/files")" -eq 2 ] && grep -qE '^600 [1-9][0-9]* ./127[^/]*/vmcore$' "$E/root/files" \
        && grep -qE '^600 [1-9][0-9]* ./127[^/]*/vmcore-dmesg.txt$' "$E/root/files"
}

@test "root: the dump has every page of the pattern; drgn finds the pattern process, and crash finds the panic" {
    whole root
}

@test "root: the kernel log ends where the log in the dump ends" {
    tail -n 2 "$E/root/vmcore-dmesg" "$E/root/drgn"
    [ "log: $(tail -n 1 "$E/root/vmcore-dmesg")" = "$(tail -n 1 "$E/root/drgn")" ]
}

# The capture kernel replays the journal that the crash left. The reboot after the dump leaves no journal to replay.
@test "root: the reboot after the dump leaves the file system clean" {
    grep -a 'EXT4-fs' "$E/root/console" "$E/root/dmesg"
    grep -aq 'EXT4-fs (vda): recovery complete' "$E/root/console" \
        && grep -q 'EXT4-fs (vda): mounted filesystem' "$E/root/dmesg" \
        && ! grep -q 'EXT4-fs (vda): recovery complete' "$E/root/dmesg"
}

@test "raw: the dump is saved once, and one reboot leads to a normal boot" {
    once raw
}

@test "raw: the dump has every page of the pattern; drgn finds the pattern process, and crash finds the panic" {
    cat "$E/extract"
    whole raw
}

@test "no root: the dump is saved once, and one reboot leads to a normal boot" {
    once elsewhere
}

@test "no root: the dump is saved, but not by the pre-pivot hook, which needs a root" {
    grep -a 'fadump: ' "$E/elsewhere/console"
    grep -aq 'fadump: saving to LABEL=crash:/dumps/127' "$E/elsewhere/console"
    run grep -ac 'dracut-pre-pivot.*fadump: ' "$E/elsewhere/console"
    [ "$output" = 0 ]
}

@test "no root: the dump has every page of the pattern; drgn finds the pattern process, and crash finds the panic" {
    whole elsewhere
}

@test "no root: the file system with the dump was unmounted" {
    grep 'Filesystem \(state\|features\)' "$E/crash-header"
    grep -q '^Filesystem state: *clean$' "$E/crash-header"
    run grep -c needs_recovery "$E/crash-header"
    [ "$output" = 0 ]
}

@test "e2fsck finds no error on either file system" {
    cat "$E/fsck-root" "$E/fsck-crash"
    grep -q 'files .* blocks$' "$E/fsck-root" && ! grep -q '^status' "$E/fsck-root" \
        && grep -q 'files .* blocks$' "$E/fsck-crash" && ! grep -q '^status' "$E/fsck-crash"
}

@test "the root file system still has only the first dump" {
    cmp "$E/root/files" "$E/elsewhere/files"
}
