#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kdump.bats - Debian on x86_64 crashes into a kernel of kexec-tools with an initramfs of dracut's, three times: the dump goes to
# the root file system, to a raw disk, and, as the root cannot be found, to a file system of its own
# In:  the lab (built when it is not). One machine is run once; every test looks at what was gathered then.
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
    # a machine that does not get through this leaves its tests to fail one by one
    crashes || echo '# not every crash came to an end' >&3
    machine_stop
    from_outside
    cp "$M/console" "$E/"
}

# user pages are kept: they are what is compared. The last root is waited for so long, by default for ever.
crashes() {
    crash_to root 42 root=/dev/vda ro \
        && crash_to raw 43 root=/dev/vda ro fadump_target=raw:/dev/vdb \
        && crash_to elsewhere 44 root=/dev/nowhere rd.timeout=30 fadump_timeout=30 fadump_target=fs:LABEL=crash:/dumps
}

# crash_to NAME SEED ARGUMENT...: what there is of it is in $E/NAME
crash_to() {
    local name=$1 seed=$2
    shift 2
    # the second half of its console is that of the kernel that saves
    : > "$M/console"
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
    # the journal of the root was replayed by that
    e2fsck -fn "$M/root.img" > "$E/fsck-root" 2>&1 || echo "status $?" >> "$E/fsck-root"
    # nothing of the other two is mounted here before it is looked at
    e2fsck -fn "$M/crash.img" > "$E/fsck-crash" 2>&1 || echo "status $?" >> "$E/fsck-crash"
    dumpe2fs -h "$M/crash.img" > "$E/crash-header" 2>&1 || true
    mkdir -p "$E/taken"
    "$BATS_TEST_DIRNAME/../../build/$(uname -m)/fadump-save" extract --keep --to "$E/taken" "$M/raw.img" > "$E/extract" 2>&1 || true
    home raw "$(find "$E/taken" -name vmcore)"
    debugfs -R 'ls -p /dumps' "$M/crash.img" 2> /dev/null | cut -d / -f 6 | grep '^127' > "$E/elsewhere/names" || true
    debugfs -R "dump /dumps/$(cat "$E/elsewhere/names")/vmcore $E/elsewhere/vmcore" "$M/crash.img" 2> /dev/null || true
    home elsewhere "$E/elsewhere/vmcore"
}

# home NAME FILE: a dump from another disk is looked at in the root of the stopped machine, as the first one
home() {
    [ -s "$2" ] || return 0
    cp "$2" "$M/$1.vmcore"
    judged "$1" "$M/$1.vmcore"
}

# judged NAME FILE: what drgn and crash say of a dump, and of the pattern that was there before the crash
judged() {
    kdump_drgn "$2" "$LAB_HERE/look.py" > "$E/$1/drgn" 2>&1 || true
    kdump_drgn "$2" "$LAB_HERE/pattern.py" "var/lib/pattern-$1" > "$E/$1/pattern" 2>&1 || true
    printf 'sys\nbt\nquit\n' | machine_disk env "TREE=$(lab_part tree)" "$LAB_HERE/tree-exec" \
        crash -s "$(lab_part debian-x86)/vmlinux" "$2" > "$E/$1/crash" 2>&1 || echo "status $?" >> "$E/$1/crash"
}

# whole NAME: the dump is what was in memory, and two readers open it
whole() {
    cat "$E/$1/pattern" "$E/$1/drgn" "$E/$1/crash"
    [ "$(cat "$E/$1/pattern")" = 'pages=16384 absent=0 differs=0' ] \
        && grep -qxF "pattern=pattern $(cat "$E/pattern-$1.pid")" "$E/$1/drgn" \
        && grep -q '^ *PANIC: "Kernel panic - not syncing: sysrq triggered crash"' "$E/$1/crash" \
        && grep -q 'sysrq_handle_crash' "$E/$1/crash" && ! grep -q '^status' "$E/$1/crash"
}

# once NAME: two kernels came up since the crash, the one that saved and one that is the machine itself again, with nothing of a
# dump. (Resets do not count boots here: the firmware makes two of each reboot.)
once() {
    grep -a 'Linux version ' "$E/$1/console"
    [ "$(grep -ac 'Linux version ' "$E/$1/console")" -eq 2 ] && [ ! -e "$E/$1/has-vmcore" ] && [ ! -e "$E/$1/status" ] \
        && cmp "$E/$1/cmdline" "$E/before/cmdline" \
        && [ "$(grep -ac 'fadump: saving vmcore complete' "$E/$1/console")" -eq 1 ]
}

@test "a normal boot leaves no word of a dump" {
    [ ! -e "$E/before/status" ] && [ ! -e "$E/before/has-vmcore" ]
}

@test "root: one reboot, and the machine is itself again" {
    once root
}

@test "root: the dump and the kernel log are there, 0600" {
    cat "$E/root/files"
    [ "$(wc -l < "$E/root/files")" -eq 2 ] && grep -qE '^600 [1-9][0-9]* ./127[^/]*/vmcore$' "$E/root/files" \
        && grep -qE '^600 [1-9][0-9]* ./127[^/]*/vmcore-dmesg.txt$' "$E/root/files"
}

@test "root: every page of the pattern is in the dump, drgn and crash see who panicked" {
    whole root
}

@test "root: the kernel log ends where the log in the dump ends" {
    tail -n 2 "$E/root/vmcore-dmesg" "$E/root/drgn"
    [ "log: $(tail -n 1 "$E/root/vmcore-dmesg")" = "$(tail -n 1 "$E/root/drgn")" ]
}

# the crash leaves a journal, which the kernel that saves replays; its own reboot leaves none
@test "root: the file system was left clean by the reboot after the dump" {
    grep -a 'EXT4-fs' "$E/root/console" "$E/root/dmesg"
    grep -aq 'EXT4-fs (vda): recovery complete' "$E/root/console" \
        && grep -q 'EXT4-fs (vda): mounted filesystem' "$E/root/dmesg" && ! grep -q 'EXT4-fs (vda): recovery complete' "$E/root/dmesg"
}

@test "raw: one reboot, and the machine is itself again" {
    once raw
}

@test "raw: every page of the pattern is in the dump, drgn and crash see who panicked" {
    cat "$E/extract"
    whole raw
}

@test "no root: one reboot, and the machine is itself again" {
    once elsewhere
}

@test "no root: it was said that there is none, before the dump was saved" {
    grep -a 'fadump: ' "$E/elsewhere/console"
    grep -aq 'fadump: saving to LABEL=crash:/dumps/127' "$E/elsewhere/console"
    run grep -ac 'dracut-pre-pivot.*fadump: ' "$E/elsewhere/console"
    [ "$output" = 0 ]
}

@test "no root: every page of the pattern is in the dump, drgn and crash see who panicked" {
    whole elsewhere
}

@test "no root: the file system with the dump was unmounted" {
    grep 'Filesystem \(state\|features\)' "$E/crash-header"
    grep -q '^Filesystem state: *clean$' "$E/crash-header"
    run grep -c needs_recovery "$E/crash-header"
    [ "$output" = 0 ]
}

@test "e2fsck finds nothing on either file system" {
    cat "$E/fsck-root" "$E/fsck-crash"
    grep -q 'files .* blocks$' "$E/fsck-root" && ! grep -q '^status' "$E/fsck-root" \
        && grep -q 'files .* blocks$' "$E/fsck-crash" && ! grep -q '^status' "$E/fsck-crash"
}

@test "the dump in the root is still the only one there" {
    cmp "$E/root/files" "$E/elsewhere/files"
}
