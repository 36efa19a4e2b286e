#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ram.bats - a dump that remains in memory (target ram:) until fadump-save moves it to the disk in the continued boot:
# by hand without systemd, by its service with systemd; and a dump that does not fit into memory
# In:  the lab (missing parts are built). Each machine runs once; the tests examine the evidence gathered from it.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel mini initramfs-plain initramfs-mini full initramfs-full
    # a disk with fadump-save and its service, as a tar archive: the root of the machine does not have them
    . "$LAB_HERE/lib.sh"
    REPO=$LAB_HERE/../.. product_stage initramfs-mini
    # in $LAB, which the trees of the lab have at the same path
    mkdir -p "$LAB/run"
    MACHINE_DISK=$(mktemp "$LAB/run/ours.XXXXXX")
    export MACHINE_DISK
    tar -cf "$MACHINE_DISK" -C "$LAB_PRODUCT" usr/sbin/fadump-save usr/lib/systemd/system/fadump-save.service
    truncate -s %1M "$MACHINE_DISK"
    by_hand
    by_service
    too_large
}

# crash_with NAME [PATTERN]: install fadump-save, run $FIRST in the guest, write the pattern PATTERN (default: NAME),
# crash, and wait for the boot
crash_with() {
    guest 'tar -x -C / < /dev/vdb; sync'
    gather "$1-before"
    guest "${FIRST-}"
    pattern "${2-$1}" 5 > /dev/null
    machine_crash
    machine_boot
}

# the target ram: needs a system that will move the dump, so init gets the name of systemd; nothing starts the service
named_systemd() {
    guest 'mkdir -p /usr/lib/systemd && cp /usr/sbin/init /usr/lib/systemd/systemd && ln -sf ../lib/systemd/systemd /usr/sbin/init
        sync'
}

by_hand() {
    echo '# mini: fadump-save by hand' >&3
    machine_ready mini fadump=nocma -- fadump_dump_level=23 fadump_target=ram: fadump_fallback=none
    named_systemd
    crash_with hand hand-after
    gather hand
    guest 'fadump-save list' > "$E/hand/list"
    guest 'df -k /run/fadump/ram; stat -c %a /run/fadump/ram; ls -d /var/crash' > "$E/hand/df" || true
    guest 'mkdir -p /var/crash; mount -t tmpfs -o size=1M none /var/crash; fadump-save extract; echo "status $?"
        ls -A /var/crash; umount /var/crash
        ls /run/fadump/ram/*/' > "$E/hand/refused" 2>&1
    guest 'fadump-save extract; echo "status $?"' > "$E/hand/extract" 2>&1
    gather hand-after
    # power cut: data that is only in the page cache of the guest is not saved
    machine_cut
    outside hand-after
    machine_drop
}

by_service() {
    echo '# full: fadump-save.service, which is not enabled' >&3
    machine_ready full fadump=nocma -- fadump_dump_level=23 fadump_target=ram: fadump_fallback=none
    crash_with service
    settled > "$E/settled"
    gather service
    guest 'systemctl is-enabled fadump-save; systemctl show -p Result -p ExecMainStatus fadump-save
        journalctl -b -o cat -u fadump-save' > "$E/service/unit" 2>&1 || true
    machine_cut
    outside service
    machine_drop
}

# too_large: crash with dump level 0 without compression, so the reserved area has no space for the dump
too_large() {
    echo '# mini: a dump that does not fit' >&3
    machine_ready mini fadump=nocma -- fadump_target=ram: fadump_dump_level=0 fadump_compress=none
    named_systemd
    # random data, more than the size of the reserved area
    FIRST='dd if=/dev/urandom of=/run/fill bs=1M count=800' GUEST_SECONDS=600 crash_with large
    gather large
    machine_cut
    outside large
    machine_drop
}

teardown_file() {
    machine_drop
    rm -f "$MACHINE_DISK"
}

# lacks REGEX FILE: assert that no line of FILE matches
lacks() {
    [ "$(grep -c -- "$1" "$2")" -eq 0 ]
}

# log_read NAME: assert that drgn reads the kernel log in the dump, including the panic
log_read() {
    cat "$E/$1/drgn"
    grep -q '^log: .*sysrq triggered crash' "$E/$1/drgn"
}

@test "by hand: the memory is released and the next dump armed while the dump is in memory; the status has 'volatile'" {
    cat "$E/hand/df" "$E/hand/list"
    # the pattern is tested below, after the move to the disk
    captured hand target=ram: volatile='in memory until fadump-save has moved it' pattern=
    grep -q 'saving to /run/fadump/ram/127' "$E/hand/log"
    memory_back hand-before hand
    grep -q '^tmpfs\|^fadump' "$E/hand/df"
    grep -qx 700 "$E/hand/df"
    lacks '^/var/crash' "$E/hand/df"
    grep -q ' vmcore-dmesg.txt$' "$E/hand/list"
}

@test "by hand: without space in /var/crash, fadump-save fails with a message, and the dump remains in memory" {
    cat "$E/hand/refused"
    grep -q '^fadump-save: /var/crash: there is no space for the dump: ' "$E/hand/refused"
    grep -qx 'status 5' "$E/hand/refused"
    grep -qx 'vmcore' "$E/hand/refused"
    lacks '^127' "$E/hand/refused"
}

@test "by hand: the dump is moved, the tmpfs unmounted, and the dump has every page of the pattern" {
    cat "$E/hand/extract"
    grep -qx 'status 0' "$E/hand/extract"
    captured hand-after volatile= path="/var/crash/$(basename "$(dirname "$(status hand path)")")/vmcore"
    lacks ' /run/fadump/ram ' "$E/hand-after/mounts"
    log_read hand-after
}

@test "by fadump-save.service: the dump is moved automatically, and has every page of the pattern" {
    cat "$E/service/unit"
    grep -qx enabled-runtime "$E/service/unit"
    grep -qx Result=success "$E/service/unit"
    captured service target=ram: volatile=
    case $(status service path) in /var/crash/127.0.0.1-*/vmcore) ;; *) false ;; esac
    grep -q 'saving to /run/fadump/ram/127' "$E/service/log"
    lacks ' /run/fadump/ram ' "$E/service/mounts"
    memory_back service-before service
    log_read service
}

@test "a dump that does not fit: no part of it remains in memory, and the next target saves it" {
    captured large target=dir:/var/crash failed_target.1=ram:
    status large failed_reason.1 | grep -q '^no space left for /run/fadump/ram/127'
    lacks ' /run/fadump/ram ' "$E/large/mounts"
    memory_back large-before large
    log_read large
}
