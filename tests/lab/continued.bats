#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# continued.bats - compare a boot that continued after a dump with a normal boot of the same machine: sysctls, mounts,
# limits, memory, hash tables. The differences must be exactly those listed in dracut.fadump(7). After a second crash
# the boot must not continue.
# In:  the lab (missing parts are built), man/dracut.fadump.7. One machine runs once; the tests examine the evidence
#      gathered from it.
# Out: TAP. Does not know: how the values are adjusted.

load lab

setup_file() {
    lab_ready tree kernel full initramfs-full
    export BOOT_SECONDS=600
    # nocma: the reserved area is not part of MemTotal in a normal boot either, so values that depend on the size of
    # memory can be compared
    machine_start full fadump=nocma
    machine_boot
    values normal-1
    again
    values normal-2
    machine_crash
    machine_boot
    values continued
    gather continued
    guest 'echo nr_cpus=1 > /sys/kernel/fadump/bootargs_append'
    machine_crash
    # the agent does not run in this capture boot, so machine_boot waits for the boot after the reboot
    machine_boot
    values rebooted
    gather rebooted
    cp "$M/console" "$E/"
    machine_drop
    varying
}

# again: reboot cleanly
again() {
    guest '(sleep 1; systemctl reboot) > /dev/null 2>&1 &'
    machine_boot
}

# values NAME: gather values of the running system into $E/NAME.values, one "KEY<tab>VALUE" per line; its state into
# $E/NAME.running, and the journal lines about its disk into $E/NAME.journal
values() {
    settled > "$E/$1.running"
    guest 'journalctl -b --no-pager | grep -iE "vda|ext4|fsck"' > "$E/$1.journal" || true
    # shellcheck disable=SC2016 # expanded in the guest
    GUEST_SECONDS=180 guest '
        tab=$(printf "\t")
        sysctl -a 2> /dev/null | sed "s/ = /$tab/"
        # the mount options do not show default sizes, so blocks and inodes are read with stat
        findmnt -rno TARGET,FSTYPE,OPTIONS | sed "s/,size=[^,]*//; s/,nr_inodes=[^,]*//; s/ /$tab/"
        findmnt -rno TARGET -t tmpfs,devtmpfs | while read -r at; do stat -f -c "$at size$tab%b %c" "$at"; done
        limits() { sed -n "s|^Max \([a-z]\+\( [a-z]\+\)*\)   *\([0-9a-z]*\)  *\([0-9a-z]*\).*|$1 \1$tab\3 \4|p"; }
        limits process 1 < /proc/1/limits | sed "s/^process /process 1 /"
        limits cron < "/proc/$(pidof -s cron)/limits"
        su -l root -c "cat /proc/self/limits" | limits login
        systemctl show -p DefaultLimitNPROC -p DefaultLimitSIGPENDING -p DefaultTasksMax | sed "s/=/$tab/"
        sed -n "s/^\(MemTotal\|SwapTotal\|CommitLimit\|VmallocTotal\|CmaTotal\|HardwareCorrupted\|Huge.*\): */\1$tab/p" /proc/meminfo
        awk "/^Node/ { zone = \$4 } /^ *(min|low|high|managed|protection:) / { name = \$1; \$1 = \"\"; print zone \" \" name \"$tab\" \$0 }" /proc/zoneinfo
        dmesg | sed -n "s/^.*\] \([A-Za-z0-9_ -]*\) hash table entries: \([0-9]*\).*/\1$tab\2/p"
        ls /sys/kernel/mm | sed "s|.*|/sys/kernel/mm/&${tab}there|"
        printf "CPUs\t%s\n" "$(nproc)"
        sed "s/  *$//; s/^/command line$tab/" /proc/cmdline' > "$E/$1.values"
}

# varying: write to $E/varying the names whose values differ between normal boots: those that differ between the two
# normal boots of this test, and a fixed list
varying() {
    {
        "$LAB_HERE/differ.py" "$E/normal-1.values" "$E/normal-2.values" | cut -f 1
        printf '%s\n' fs.dentry-state fs.file-nr fs.inode-nr fs.inode-state kernel.random.boot_id kernel.random.uuid \
            kernel.random.entropy_avail kernel.ns_last_pid kernel.pty.nr
        # mounts of services that start and stop at any time
        cat "$E/normal-1.values" "$E/normal-2.values" "$E/continued.values" | cut -f 1 \
            | grep -E '^(/run/credentials|/run/user|/proc/sys/fs/binfmt_misc)'
    } | sort -u > "$E/varying"
}

# listed: print the names that dracut.fadump(7) lists as different in a continued boot
listed() {
    sed -n '/^\.Ss What a continued boot lacks/,/^\.S[sh] [^W]/ { /^\.It Li /p }' \
        "$BATS_TEST_DIRNAME/../../man/dracut.fadump.7" \
        | sed 's/^\.It Li //; s/ , /\n/g; s/\\-/-/g' | tr -d '"' | sort
}

# differing: print the names whose values differ between a normal and the continued boot, without those in $E/varying
differing() {
    "$BATS_TEST_DIRNAME/differ.py" "$E/normal-2.values" "$E/continued.values" > "$E/differing"
    cut -f 1 "$E/differing" | grep -vxFf "$E/varying" | sort
}

@test "each boot reaches the state 'running': no failed units" {
    for boot in normal-1 normal-2 continued rebooted; do
        [ "$boot:$(cat "$E/$boot.running")" = "$boot:running" ]
    done
}

@test "two normal boots differ in at most 15 values" {
    cat "$E/varying"
    [ "$("$LAB_HERE/differ.py" "$E/normal-1.values" "$E/normal-2.values" | wc -l)" -le 15 ]
    [ "$(wc -l < "$E/normal-1.values")" -gt 500 ]
}

@test "auto: the boot continued after the dump" {
    cat "$E/continued/log"
    # the test writes no pattern into the guest's memory
    captured continued final_action=continue pattern=
}

@test "the log has the number of adjusted kernel limits, and no warning" {
    grep -q 'adjusted [0-9]* kernel limits to the full memory$' "$E/continued/log"
    run grep -c warning "$E/continued/log"
    [ "$output" = 0 ]
}

@test "every difference from a normal boot is in dracut.fadump(7)" {
    differing > "$E/found"
    listed > "$E/listed"
    [ -s "$E/listed" ]
    cat "$E/differing"
    run comm -23 "$E/found" "$E/listed"
    echo "these values differ, but are not in the manual: $output"
    [ "$output" = '' ]
}

@test "every value that dracut.fadump(7) lists differs" {
    differing > "$E/found"
    listed > "$E/listed"
    [ -s "$E/listed" ]
    run comm -13 "$E/found" "$E/listed"
    echo "these values are in the manual, but do not differ: $output"
    [ "$output" = '' ]
}

@test "auto: with nr_cpus= on the command line of the capture boot, the machine reboots and logs the reason" {
    grep -a 'final action: reboot (auto): arguments that are meant for a capture only: nr_cpus=1' "$E/console"
    [ $(($(cat "$E/rebooted/resets") - $(cat "$E/continued/resets"))) -eq 2 ]
    [ ! -e "$E/rebooted/status" ] && [ ! -e "$E/rebooted/has-dump-node" ]
}

@test "the boot after the reboot has the values of a normal boot" {
    "$LAB_HERE/differ.py" "$E/normal-2.values" "$E/rebooted.values" | tee "$E/left"
    [ "$(cut -f 1 "$E/left" | grep -vxFf "$E/varying" || true)" = '' ]
}

@test "the reboot leaves the file system clean: a crash makes the next boot recover the journal, the reboot does not" {
    cat "$E/continued.journal" "$E/rebooted.journal"
    grep -qiE 'recovering journal|recovery complete' "$E/continued.journal"
    run grep -ciE 'recovering journal|recovery complete' "$E/rebooted.journal"
    [ "$output" = 0 ]
}
