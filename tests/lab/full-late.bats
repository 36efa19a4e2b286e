#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# full-late.bats - a Debian system on the emulated machine crashes twice and saves both dumps in the running system: the first
# because the initramfs was built without such a target, the second because of when = late
# In:  the lab (built when it is not). One machine is run once; every test looks at what was gathered then.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel full initramfs-full
    machine_new full
    own_root
    mkdir "$M/second"
    truncate -s 4G "$M/second/root.img"
    mke2fs -q -t ext4 -L late "$M/second/root.img"
    MACHINE_DISK=second/root.img machine_on fadump=nocma fadump_dump_level=23 fadump_target=fs:LABEL=late:/crash \
        fadump_fallback=none
    machine_boot
    settled > "$E/running-1"
    gather before
    told before
    guest 'systemctl is-enabled fadump-late' > "$E/before/enabled" || true
    pattern first 42 > "$E/pattern.pid"
    machine_crash
    machine_boot
    over first
    # a machine that does not get through this leaves its tests to fail one by one
    second_crash || echo '# the second crash did not get to an end' >&3
    guest 'mount /dev/vdb /mnt && cp /var/lib/pattern-* /mnt/ && umount /mnt' || true
    machine_stop
    from_second first
    from_second second
    cp "$M/console" "$E/"
}

# The product, and something that looks at the machine after a crash when its services are up and the late capture has not begun.
own_root() {
    own_product
    # shellcheck disable=SC2016 # for the guest
    machine_disk sh -euc '
        cat > usr/local/sbin/look << "END"
#!/bin/sh
[ -e /proc/vmcore ] || exit 0
{
    echo "multi-user $(systemctl is-active multi-user.target)"
    echo "vmcore $(stat -c %s /proc/vmcore)"
    echo "registered $(cat /sys/kernel/fadump/registered)"
    sed -n "s/^MemTotal: *\([0-9]*\) kB/memory \1/p" /proc/meminfo
    cat /run/fadump/status
} > /run/at-start
END
        chmod 755 usr/local/sbin/look
        printf "%s\n" "[Unit]" After=multi-user.target Before=fadump-late.service "[Service]" Type=oneshot ExecStart=/usr/local/sbin/look \
            > etc/systemd/system/look.service
        ln -s ../look.service etc/systemd/system/multi-user.target.wants/'
}

# told NAME: what fadumpctl says
told() {
    guest 'fadumpctl status; echo "exit $?"' > "$E/$1/told"
}

# shellcheck disable=SC2016 # for the guest
# over NAME: when the late capture has ended, gather
over() {
    late_over || true
    settled > "$E/running-$1"
    gather "$1"
    told "$1"
    guest 'systemctl show fadump-late multi-user.target -p Id,UnitFileState,Result,CPUSchedulingPolicy,IOSchedulingClass,ActiveEnterTimestampMonotonic,ExecMainStartTimestampMonotonic' \
        > "$E/$1/units"
    guest 'cat /run/fadump/status.initramfs' > "$E/$1/status.initramfs" || true
    guest 'journalctl -b -o cat -u fadump-late' > "$E/$1/journal" || true
}

# told by the running system
second_crash() {
    guest 'echo fadump_when=late > /sys/kernel/fadump/bootargs_append' || return
    pattern second 43 || return
    machine_crash && machine_boot || return
    over second
}

# from_second NAME: the dump on the second disk, from outside
from_second() {
    local file
    file=$(status "$1" path)
    file=${file#*:/}
    M=$M/second seen_by_drgn "$file" "$LAB_HERE/look.py" > "$E/$1/drgn" 2>&1 || true
    M=$M/second seen_by_drgn "$file" "$LAB_HERE/pattern.py" "pattern-$1" > "$E/$1/pattern" 2>&1 || true
}

# at NAME KEY: what the machine was like when its services were up
at() {
    sed -n "s/^$2[ =]//p" "$E/$1/at-start"
}

# unit NAME UNIT KEY
unit() {
    awk -v RS= -v id="Id=$2" 'index($0 "\n", id "\n")' "$E/$1/units" | sed -n "s/^$3=//p"
}

# both CHECK: run it for both crashes
both() {
    local name
    for name in first second; do
        "$@" $name || {
            echo "the $name crash: $*"
            return 1
        }
    done
}

@test "a normal boot is told as one, and starts nothing of ours" {
    cat "$E/before/told"
    [ "$(cat "$E/running-1")" = running ]
    [ "$(cat "$E/before/told")" = 'No crash dump is waiting.
The machine is armed: the next crash will be dumped.
exit 0' ]
    [ ! -e "$E/before/status" ]
}

@test "the first dump could not be saved in the initramfs, the second was left alone there" {
    cat "$E"/*/status.initramfs
    grep -qx result=failed "$E/first/status.initramfs"
    grep -q '^failed_reason.1=this initramfs was built without fs: targets' "$E/first/status.initramfs"
    grep -qx result=waiting "$E/second/status.initramfs"
    grep -q 'left to the running system (when = late)' "$E/console"
}

held() {
    cat "$E/$1/at-start"
    [ "$(at "$1" multi-user)" = active ] && [ "$(at "$1" vmcore)" -gt 3000000000 ] && [ "$(at "$1" registered)" = 0 ] \
        && [ "$(at "$1" released)" = no ] && [ "$(at "$1" memory)" -lt 1000000 ]
}
@test "multi-user is reached in the small memory, with the dump held" {
    both held
}

after() {
    cat "$E/$1/units"
    [ "$(unit "$1" fadump-late.service ExecMainStartTimestampMonotonic)" -ge "$(unit "$1" multi-user.target ActiveEnterTimestampMonotonic)" ]
}
@test "the copy begins when multi-user is reached, not before" {
    both after
}

idle() {
    cat "$E/$1/units"
    [ "$(unit "$1" fadump-late.service CPUSchedulingPolicy):$(unit "$1" fadump-late.service IOSchedulingClass)" = 5:3 ]
}
@test "its processors and disks are what others leave: both idle" {
    both idle
}

asked_for() {
    cat "$E/$1/units"
    [ "$(unit "$1" fadump-late.service UnitFileState)" = enabled-runtime ]
}
@test "nothing is enabled: the initramfs has it started, in these boots only" {
    [ "$(cat "$E/before/enabled")" = disabled ] && both asked_for
}

saved() {
    cat "$E/$1/status" "$E/$1/journal"
    [ "$(status "$1" result)" = saved ] && [ "$(status "$1" target)" = fs:LABEL=late:/crash ] \
        && [ "$(unit "$1" fadump-late.service Result)" = success ]
}
@test "saved in the running system" {
    both saved
}

released() {
    [ "$(status "$1" released)" = yes ] && [ ! -e "$E/$1/has-vmcore" ] && memory_back before "$1"
}
@test "the memory is back, within 2 %, and /proc/vmcore gone" {
    both released
}

armed() {
    [ "$(status "$1" armed)" = yes ] && [ "$(cat "$E/$1/registered")" = 1 ]
}
@test "the next dump is registered" {
    both armed
}

@test "each crash is one firmware reset" {
    [ "$(cat "$E/before/resets" "$E/first/resets" "$E/second/resets" | tr '\n' ' ')" = '0 1 2 ' ]
}

whole() {
    cat "$E/$1/pattern" "$E/$1/drgn"
    [ "$(cat "$E/$1/pattern")" = 'pages=1024 absent=0 differs=0' ] && grep -qE '^panicked=sh [0-9]+$' "$E/$1/drgn"
}
@test "drgn opens the dump; every page of the pattern is in it at its physical address" {
    both whole
}

@test "nothing failed, nothing stays mounted" {
    grep -H . "$E"/running-*
    [ "$(cat "$E/running-first")" = running ]
    [ "$(cat "$E/running-second")" = running ]
    run grep -h /run/fadump "$E/first/mounts" "$E/second/mounts"
    [ "$status" -eq 1 ]
}

@test "fadumpctl tells both stories" {
    cat "$E/first/told" "$E/second/told"
    grep -q '^In the initramfs: not saved: this initramfs was built without fs: targets' "$E/first/told"
    grep -qx 'In the initramfs: left to the running system' "$E/second/told"
    [ "$(cat "$E/first/told" "$E/second/told" | grep -c '^In the running system: saved, LABEL=late:/crash/127.0.0.1-.*/vmcore$')" = 2 ]
    [ "$(cat "$E/first/told" "$E/second/told" | grep -cx 'exit 0')" = 2 ]
}

@test "nothing foreign is on the command line of the second capture boot" {
    grep -q 'fadump_when=late$' "$E/second/cmdline"
}
