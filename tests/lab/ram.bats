#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ram.bats - a dump that stays in memory while the memory of the crashed system is released, and is moved to the disk by
# fadump-save in the system that boots on: by hand without systemd, by its service with it; and one that does not fit
# In:  the lab (built when it is not). Each machine is run once; every test looks at what was gathered then.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel mini initramfs-mini full initramfs-full
    # what the emulated root does not have of ours, as a disk: a tar archive
    . "$LAB_HERE/lib.sh"
    REPO=$LAB_HERE/../.. product_stage initramfs-mini
    # (in the lab, which is seen at the same place inside its trees)
    mkdir -p "$LAB/run"
    MACHINE_DISK=$(mktemp "$LAB/run/ours.XXXXXX")
    export MACHINE_DISK
    tar -cf "$MACHINE_DISK" -C "$LAB_PRODUCT" usr/sbin/fadump-save usr/lib/systemd/system/fadump-save.service
    truncate -s %1M "$MACHINE_DISK"
    by_hand
    by_service
    too_large
}

# crash_with NAME [PATTERN]: a machine that runs crashes, and comes up again; FIRST is run in it before the crash
crash_with() {
    machine_boot
    guest 'tar -x -C / < /dev/vdb; sync'
    gather "$1-before"
    guest "${FIRST-}"
    pattern "${2-$1}" 5 > /dev/null
    machine_crash
    machine_boot
}

by_hand() {
    echo '# mini: fadump-save by hand' >&3
    machine_start mini fadump=nocma fadump_dump_level=23 fadump_target=ram: fadump_fallback=none
    crash_with hand hand-after
    gather hand
    guest 'fadump-save list' > "$E/hand/list"
    guest 'df -k /run/fadump/ram; stat -c %a /run/fadump/ram; ls -d /var/crash' > "$E/hand/df" || true
    guest 'mkdir -p /var/crash; mount -t tmpfs -o size=1M none /var/crash; fadump-save extract; echo "status $?"; ls -A /var/crash; umount /var/crash
        ls /run/fadump/ram/*/' > "$E/hand/refused" 2>&1
    guest 'fadump-save extract; echo "status $?"' > "$E/hand/extract" 2>&1
    gather hand-after
    # nothing that only the page cache of the guest holds may count as saved
    machine_cut
    outside hand-after
    machine_drop
}

by_service() {
    echo '# full: fadump-save.service, which nobody has enabled' >&3
    machine_start full fadump=nocma fadump_dump_level=23 fadump_target=ram: fadump_fallback=none
    crash_with service
    settled > "$E/settled"
    gather service
    guest 'systemctl is-enabled fadump-save; systemctl show -p Result -p ExecMainStatus fadump-save; journalctl -b -o cat -u fadump-save' > "$E/service/unit" 2>&1 || true
    machine_cut
    outside service
    machine_drop
}

# every page of a machine with a small reserve: there is no room for them in it
too_large() {
    echo '# mini: a dump that does not fit' >&3
    machine_start mini fadump=nocma fadump_target=ram: fadump_dump_level=0 fadump_compress=none
    # what cannot be compressed, more than the reserve has
    FIRST='dd if=/dev/urandom of=/run/fill bs=1M count=800' GUEST_SECONDS=200 crash_with large
    gather large
    machine_cut
    outside large
    machine_drop
}

teardown_file() {
    machine_drop
    rm -f "$MACHINE_DISK"
}

# lacks TEXT FILE
lacks() {
    [ "$(grep -c -- "$1" "$2")" -eq 0 ]
}

# pages_right NAME
pages_right() {
    cat "$E/$1/pattern" "$E/$1/drgn"
    grep -qx 'pages=[1-9][0-9]* absent=0 differs=0' "$E/$1/pattern"
    grep -q '^log: .*sysrq triggered crash' "$E/$1/drgn"
}

@test "by hand: released and armed with the dump in memory, and the status says so" {
    cat "$E/hand/status" "$E/hand/df" "$E/hand/list"
    [ "$(status hand result):$(status hand released):$(status hand armed):$(status hand target)" = saved:yes:yes:ram: ]
    [ "$(status hand volatile)" = 'in memory until fadump-save has moved it' ]
    grep -q 'saving to /run/fadump/ram/127' "$E/hand/log"
    [ ! -e "$E/hand/has-vmcore" ]
    memory_back hand-before hand
    grep -q '^tmpfs\|^fadump' "$E/hand/df"
    grep -qx 700 "$E/hand/df"
    lacks '^/var/crash' "$E/hand/df"
    grep -q ' vmcore-dmesg.txt$' "$E/hand/list"
}

@test "by hand: no space, refused in one line, and it stays in memory" {
    cat "$E/hand/refused"
    grep -q '^fadump-save: /var/crash: there is no space for the dump: ' "$E/hand/refused"
    grep -qx 'status 5' "$E/hand/refused"
    grep -qx 'vmcore' "$E/hand/refused"
    lacks '^127' "$E/hand/refused"
}

@test "by hand: moved, unmounted, and every page of the pattern is in it" {
    cat "$E/hand/extract" "$E/hand-after/status"
    grep -qx 'status 0' "$E/hand/extract"
    [ "$(status hand-after path)" = "/var/crash/$(basename "$(dirname "$(status hand path)")")/vmcore" ]
    [ -z "$(status hand-after volatile)" ]
    lacks ' /run/fadump/ram ' "$E/hand-after/mounts"
    pages_right hand-after
}

@test "by its service: moved without anybody asking, and every page of the pattern is in it" {
    cat "$E/service/unit" "$E/service/status"
    grep -qx enabled-runtime "$E/service/unit"
    grep -qx Result=success "$E/service/unit"
    [ "$(status service result):$(status service released):$(status service target)" = saved:yes:ram: ]
    case $(status service path) in /var/crash/127.0.0.1-*/vmcore) ;; *) false ;; esac
    [ -z "$(status service volatile)" ]
    grep -q 'saving to /run/fadump/ram/127' "$E/service/log"
    lacks ' /run/fadump/ram ' "$E/service/mounts"
    memory_back service-before service
    pages_right service
}

@test "one that does not fit: nothing of it is left in memory, and the next target has it" {
    cat "$E/large/status"
    [ "$(status large result):$(status large target):$(status large released)" = saved:dir:/var/crash:yes ]
    [ "$(status large failed_target.1)" = ram: ]
    status large failed_reason.1 | grep -q '^no space left for /run/fadump/ram/127'
    lacks ' /run/fadump/ram ' "$E/large/mounts"
    memory_back large-before large
    pages_right large
}
