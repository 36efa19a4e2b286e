#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# opal.bats - a crash of a machine whose firmware is OPAL (PowerNV), in an initramfs without systemd
# In:  the lab (built when it is not). One machine is run once; every test looks at what was gathered then.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel-opal mini initramfs-mini
    MACHINE_INITRAMFS=$(lab_part initramfs-mini)
    export BOOT_SECONDS=200 MACHINE_MODEL=powernv10 MACHINE_KERNEL=kernel-opal MACHINE_MEMORY=3072 MACHINE_INITRAMFS
    # User pages are kept, which the pattern is, and cache and free pages are not; in what is no CMA the kernel places no user pages.
    machine_start mini fadump=nocma fadump_dump_level=23
    machine_boot
    gather before
    firmware before
    hook_cost > "$E/hook-cost"
    guest "$(cat "$LAB_HERE/../../modules.d/50fadump/fadump-lib.sh")
        fadump_detect ''" > "$E/detected"
    cp "$M/console" "$E/before/console"
    # OPAL tells the SBE where its tables are, and before it has done so QEMU preserves nothing
    GUEST_SECONDS=150 guest 'until grep -q "Sent stash MPIPL config" /sys/firmware/opal/msglog; do sleep 0.2; done'
    pattern after 77 > /dev/null
    echo '# crash' >&3
    if machine_crash && machine_boot; then
        gather after
        firmware after
    fi
    # from the crash on; of a boot that did not come up as well
    sed '/Performing MPIPL/,$!d' "$M/console" > "$E/console"
    # nothing that only the page cache of the guest holds may count as saved
    machine_cut
    machine_disk find var/crash -type f -exec stat -c '%a %s %n' {} + > "$E/files" || true
    machine_disk sh -c 'head -c 20 var/crash/*/opalcore | od -An -tx1 -w20' > "$E/opalcore" 2>&1 || true
    machine_disk sh -c 'cat var/crash/*/vmcore-dmesg.txt' > "$E/vmcore-dmesg" 2>&1 || true
    outside after
    machine_drop
}

# firmware NAME: what the kernel shows of it and of what is registered with it
firmware() {
    guest 'ls /proc/device-tree/ibm,opal/dump || true' > "$E/$1/node"
    guest 'ls /sys/firmware/opal/mpipl || true' > "$E/$1/mpipl"
    guest 'cat /sys/kernel/fadump/enabled /sys/kernel/fadump/registered || true' > "$E/$1/armed"
}

# in_order LINE...: the console has them, as parts of lines, one after the other; what is missing is said, with the end of it
in_order() {
    local last=0 next line
    for line in "$@"; do
        next=$(awk -v after="$last" -v line="$line" 'NR > after && index($0, line) { print NR; exit }' "$E/console")
        [ -n "$next" ] || {
            echo "after line $last of the console no: $line"
            tail -n 20 "$E/console"
            return 1
        }
        last=$next
    done
}

@test "a normal boot: OPAL offers a dump, and the kernel is registered" {
    cat "$E/before/node" "$E/before/armed" "$E/before/dmesg"
    grep -qx compatible "$E/before/node"
    [ "$(cat "$E/before/armed")" = $'1\n1' ]
    grep -q 'opal fadump: Registration is successful' "$E/before/dmesg"
    grep -q 'DUMP: Payload registered for MPIPL' "$E/before/console"
}

@test "a normal boot: no dump is detected" {
    cat "$E/before/node" "$E/detected"
    run grep -c mpipl-boot "$E/before/node"
    [ "$output" = 0 ]
    [ ! -e "$E/before/has-vmcore" ]
    [ "$(cat "$E/detected")" = none ]
}

@test "a normal boot: the hooks take less than 50 ms, and leave no word of a dump" {
    cat "$E/hook-cost"
    awk 'NF != 2 || $2 < 1 || $1 >= 0.05 { bad = 1 } END { exit bad || !NR }' "$E/hook-cost"
    [ ! -e "$E/before/status" ]
    run grep -c '^fadump: ' "$E/before/console"
    [ "$output" = 0 ]
}

@test "crash: OPAL preserves the memory, resets once, and boots the kernel with a dump" {
    in_order 'Performing MPIPL' 'starting...' 'MPIPL Boot' 'opal fadump: Firmware-assisted dump is active' 'fadump: a crash dump is waiting (opal)'
    [ "$(cat "$E/after/resets")" -eq 1 ]
    grep -qx mpipl-boot "$E/after/node"
}

@test "saved as a dump of OPAL" {
    cat "$E/after/status"
    [ "$(status after kind)" = opal ] && [ "$(status after result)" = saved ] && [ "$(status after format)" = kdump ] \
        && [ "$(status after lost_pages)" = 0 ] && [ -z "$(status after unfiltered)" ]
}

@test "vmcore, opalcore and the kernel log, all 0600, survive a power cut" {
    cat "$E/files" "$E/opalcore"
    for name in vmcore opalcore vmcore-dmesg.txt; do
        grep -qE "^600 [1-9][0-9]* var/crash/[^/]*/$name\$" "$E/files"
    done
    [ "$(wc -l < "$E/files")" -eq 3 ]
    # ELF, 64 bits, big endian, a core of PowerPC 64
    grep -qE '^ 7f 45 4c 46 02 02 01 .* 00 04 00 15$' "$E/opalcore"
    # with OPAL's own memory at least
    [ "$(awk '/opalcore$/ { print $2 }' "$E/files")" -gt $((28 << 20)) ]
}

# OPAL is at 0x30000000. QEMU 11.1 tells it the addresses at which it ended to copy, not those at which it began, so that the
# core is one of other memory. When this fails because QEMU does better: look for OPAL's memory in the core instead.
@test "what is in opalcore cannot be judged: QEMU says that OPAL's memory is 32 MiB higher" {
    grep 'OPAL reserved region' "$E/console"
    in_order 'OPAL reserved region 0 - src : 0x32000000,'
}

@test "the kernel log is that of the crash" {
    tail -n 30 "$E/vmcore-dmesg"
    grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$E/vmcore-dmesg"
}

@test "every page of the pattern is in the dump at its physical address" {
    cat "$E/after/pattern"
    [ "$(tail -n 1 "$E/after/pattern")" = 'pages=1024 absent=0 differs=0' ]
}

@test "both are saved before the memory is released; then the end of the reserve is found, and the next dump is registered" {
    in_order 'fadump: opalcore saved' 'fadump: saving vmcore complete' 'DUMP: Payload Invalidated MPIPL' 'fadump: memory released' \
        'taken out of use' 'DUMP: Payload registered for MPIPL' 'fadump: armed for the next crash' 'final action: continue (auto)'
}

@test "the memory is back, within 2 %, and the firmware's core is gone with it" {
    [ "$(status after released)" = yes ]
    [ ! -e "$E/after/has-vmcore" ]
    memory_back before after
    cat "$E/after/mpipl"
    [ "$(cat "$E/after/mpipl")" = release_core ]
}

@test "armed for the next crash, and the kernel says so; nothing is mounted that was not before" {
    cat "$E/after/status" "$E/after/armed"
    diff <(cut -d " " -f 1-3 "$E/before/mounts" | sort) <(cut -d " " -f 1-3 "$E/after/mounts" | sort)
    [ "$(status after armed)" = yes ] && [ "$(cat "$E/after/armed")" = $'1\n1' ]
}
