#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# continued.bats - a boot that went on after a dump, beside a normal boot of the same machine: sysctls, mounts, limits, memory,
# hash tables. What differs is in dracut.fadump(7), and nothing else does. Then a crash after which going on would not be right.
# In:  the lab (built when it is not), man/dracut.fadump.7. One machine is run once; every test looks at what was gathered then.
# Out: TAP. Does not know: how anything is put right.

load lab

setup_file() {
    lab_ready tree kernel full initramfs-full
    export BOOT_SECONDS=600
    # without CMA, so that the reserve is missing in a normal boot, too, and values that follow the memory can be compared
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
    # the capture boot has no agent: what answers is the boot after it
    machine_boot
    values rebooted
    gather rebooted
    cp "$M/console" "$E/"
    machine_drop
    varying
}

# again: an orderly reboot
again() {
    guest '(sleep 1; systemctl reboot) > /dev/null 2>&1 &'
    machine_boot
}

# values NAME: what the machine has, NAME and VALUE to a line
values() {
    settled > "$E/$1.running"
    guest 'journalctl -b --no-pager | grep -iE "vda|ext4|fsck"' > "$E/$1.journal" || true
    # shellcheck disable=SC2016 # expanded in the guest
    GUEST_SECONDS=180 guest '
        tab=$(printf "\t")
        sysctl -a 2> /dev/null | sed "s/ = /$tab/"
        # a size that is the default is not among the options, so they are asked for by themselves: blocks and inodes
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

# varying: what differs from one normal boot to the next, seen here and known
varying() {
    {
        "$LAB_HERE/differ.py" "$E/normal-1.values" "$E/normal-2.values" | cut -f 1
        printf '%s\n' fs.dentry-state fs.file-nr fs.inode-nr fs.inode-state kernel.random.boot_id kernel.random.uuid \
            kernel.random.entropy_avail kernel.ns_last_pid kernel.pty.nr
        # of services that come and go
        cat "$E/normal-1.values" "$E/normal-2.values" "$E/continued.values" | cut -f 1 | grep -E '^(/run/credentials|/run/user|/proc/sys/fs/binfmt_misc)'
    } | sort -u > "$E/varying"
}

# listed: the names in the list of the manual
listed() {
    sed -n '/^\.Ss What a continued boot lacks/,/^\.S[sh] [^W]/ { /^\.It Li /p }' "$BATS_TEST_DIRNAME/../../man/dracut.fadump.7" \
        | sed 's/^\.It Li //; s/ , /\n/g; s/\\-/-/g' | tr -d '"' | sort
}

# differing: the names that differ, but for those that always vary
differing() {
    "$BATS_TEST_DIRNAME/differ.py" "$E/normal-2.values" "$E/continued.values" > "$E/differing"
    cut -f 1 "$E/differing" | grep -vxFf "$E/varying" | sort
}

@test "each boot comes up with nothing failed" {
    for boot in normal-1 normal-2 continued rebooted; do
        [ "$boot:$(cat "$E/$boot.running")" = "$boot:running" ]
    done
}

@test "two normal boots differ in little" {
    cat "$E/varying"
    [ "$("$LAB_HERE/differ.py" "$E/normal-1.values" "$E/normal-2.values" | wc -l)" -le 15 ]
    [ "$(wc -l < "$E/normal-1.values")" -gt 500 ]
}

@test "auto: the boot went on after the dump" {
    cat "$E/continued/status" "$E/continued/log"
    [ "$(status continued result)" = saved ]
    [ "$(status continued released)" = yes ]
    [ "$(status continued final_action)" = continue ]
}

@test "the log has no failure of what was put right" {
    grep -q ' sizes that the kernel and systemd took from the small memory put right$' "$E/continued/log"
    run grep -c warning "$E/continued/log"
    [ "$output" = 0 ]
}

@test "every difference from a normal boot is in dracut.fadump(7)" {
    differing > "$E/found"
    listed > "$E/listed"
    [ -s "$E/listed" ]
    cat "$E/differing"
    run comm -23 "$E/found" "$E/listed"
    echo "differ and are not in the manual: $output"
    [ "$output" = '' ]
}

@test "everything that dracut.fadump(7) lists does differ" {
    differing > "$E/found"
    listed > "$E/listed"
    [ -s "$E/listed" ]
    run comm -13 "$E/found" "$E/listed"
    echo "in the manual and the same: $output"
    [ "$output" = '' ]
}

@test "auto: with nr_cpus= for the capture the machine rebooted, and said why" {
    grep -a 'final action: reboot (auto): arguments that are meant for a capture only: nr_cpus=1' "$E/console"
    [ $(($(cat "$E/rebooted/resets") - $(cat "$E/continued/resets"))) -eq 2 ]
    [ ! -e "$E/rebooted/status" ] && [ ! -e "$E/rebooted/has-dump-node" ]
}

@test "after the reboot it is a normal boot" {
    "$LAB_HERE/differ.py" "$E/normal-2.values" "$E/rebooted.values" | tee "$E/left"
    [ "$(cut -f 1 "$E/left" | grep -vxFf "$E/varying" || true)" = '' ]
}

@test "the reboot left the file system clean: the boot after a crash had to recover it, the one after the reboot had not" {
    cat "$E/continued.journal" "$E/rebooted.journal"
    grep -qiE 'recovering journal|recovery complete' "$E/continued.journal"
    run grep -ciE 'recovering journal|recovery complete' "$E/rebooted.journal"
    [ "$output" = 0 ]
}
