#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# full-late.bats - a Debian system on the emulated machine crashes twice and saves both dumps in the running system:
# the first because the initramfs was built without fs: targets, the second because of when = late
# In:  the lab (missing parts are built). One machine runs once; the tests examine the evidence gathered from it.
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
    # after a failure here, each test without evidence fails
    second_crash || echo '# the second crash was not completed' >&3
    guest 'mount /dev/vdb /mnt && cp /var/lib/pattern-* /mnt/ && umount /mnt' || true
    machine_stop
    from_second first
    from_second second
    cp "$M/console" "$E/"
}

# own_root: install the product, and a service that writes the state of the machine to /run/at-start after a crash, when
# multi-user is reached and the late capture has not begun
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
        printf "%s\n" "[Unit]" After=multi-user.target Before=fadump-late.service \
            "[Service]" Type=oneshot ExecStart=/usr/local/sbin/look > etc/systemd/system/look.service
        ln -s ../look.service etc/systemd/system/multi-user.target.wants/'
}

# told NAME: save the output of fadumpctl status in $E/NAME/told
told() {
    guest 'fadumpctl status; echo "exit $?"' > "$E/$1/told"
}

# shellcheck disable=SC2016 # for the guest
# over NAME: wait until the late capture has ended, then gather
over() {
    late_over || true
    settled > "$E/running-$1"
    gather "$1"
    told "$1"
    guest 'systemctl show fadump-late multi-user.target -p Id,UnitFileState,Result \
        -p CPUSchedulingPolicy,IOSchedulingClass,ActiveEnterTimestampMonotonic,ExecMainStartTimestampMonotonic' \
        > "$E/$1/units"
    guest 'cat /run/fadump/status.initramfs' > "$E/$1/status.initramfs" || true
    guest 'journalctl -b -o cat -u fadump-late' > "$E/$1/journal" || true
}

# second_crash: crash with when = late, which the running system sets in bootargs_append
second_crash() {
    guest 'echo fadump_when=late > /sys/kernel/fadump/bootargs_append' || return
    pattern second 43 || return
    machine_crash && machine_boot || return
    over second
}

# from_second NAME: examine the dump of crash NAME on the second disk with drgn, from outside the machine
from_second() {
    local file
    file=$(status "$1" path)
    file=${file#*:/}
    M=$M/second seen_by_drgn "$file" "$LAB_HERE/look.py" > "$E/$1/drgn" 2>&1 || true
    M=$M/second seen_by_drgn "$file" "$LAB_HERE/pattern.py" "pattern-$1" > "$E/$1/pattern" 2>&1 || true
}

# at NAME KEY: print the value of KEY in /run/at-start of moment NAME
at() {
    sed -n "s/^$2[ =]//p" "$E/$1/at-start"
}

# unit NAME UNIT KEY: print a property of UNIT, as systemd showed it at moment NAME
unit() {
    awk -v RS= -v id="Id=$2" 'index($0 "\n", id "\n")' "$E/$1/units" | sed -n "s/^$3=//p"
}

# both CHECK: run CHECK for both crashes
both() {
    local name
    for name in first second; do
        "$@" $name || {
            echo "the $name crash: $*"
            return 1
        }
    done
}

@test "a normal boot: fadumpctl finds no dump and an armed machine, no unit failed, and there is no status file" {
    cat "$E/before/told"
    [ "$(cat "$E/running-1")" = running ]
    [ "$(cat "$E/before/told")" = 'No crash dump is waiting.
The machine is armed: the next crash will be dumped.
exit 0' ]
    [ ! -e "$E/before/status" ]
}

@test "the initramfs could not save the first dump, and left the second to the running system" {
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
@test "multi-user is reached with little memory, while the memory of the dump is held" {
    both held
}

after() {
    cat "$E/$1/units"
    [ "$(unit "$1" fadump-late.service ExecMainStartTimestampMonotonic)" \
        -ge "$(unit "$1" multi-user.target ActiveEnterTimestampMonotonic)" ]
}
@test "the copy does not begin before multi-user is reached" {
    both after
}

idle() {
    cat "$E/$1/units"
    [ "$(unit "$1" fadump-late.service CPUSchedulingPolicy):$(unit "$1" fadump-late.service IOSchedulingClass)" = 5:3 ]
}
@test "the copy runs with idle CPU and I/O priority" {
    both idle
}

asked_for() {
    cat "$E/$1/units"
    [ "$(unit "$1" fadump-late.service UnitFileState)" = enabled-runtime ]
}
@test "fadump-late is disabled in a normal boot; in boots with a dump the initramfs enables it at run time" {
    [ "$(cat "$E/before/enabled")" = disabled ] && both asked_for
}

saved() {
    cat "$E/$1/journal"
    captured "$1" target=fs:LABEL=late:/crash && [ "$(unit "$1" fadump-late.service Result)" = success ]
}
@test "the running system saves both dumps with every page of the pattern, releases the memory and arms the next dump" {
    both saved
}

released() {
    memory_back before "$1"
}
@test "all memory is released, within 2 %" {
    both released
}

@test "each crash causes one firmware reset" {
    [ "$(cat "$E/before/resets" "$E/first/resets" "$E/second/resets" | tr '\n' ' ')" = '0 1 2 ' ]
}

panicked() {
    cat "$E/$1/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/$1/drgn"
}
@test "drgn opens the dump and finds the task that panicked" {
    both panicked
}

@test "no unit failed, and no mount of the capture remains" {
    grep -H . "$E"/running-*
    [ "$(cat "$E/running-first")" = running ]
    [ "$(cat "$E/running-second")" = running ]
    run grep -h /run/fadump "$E/first/mounts" "$E/second/mounts"
    [ "$status" -eq 1 ]
}

@test "fadumpctl status shows the results of the initramfs and of the running system for each dump" {
    cat "$E/first/told" "$E/second/told"
    grep -qx 'In the initramfs: not saved' "$E/first/told"
    grep -q '^ *fs:LABEL=late:/crash failed after [0-9]* s: this initramfs was built without fs: targets' "$E/first/told"
    grep -qx 'In the initramfs: left to the running system' "$E/second/told"
    [ "$(cat "$E/first/told" "$E/second/told" \
        | grep -c '^In the running system: saved, LABEL=late:/crash/127.0.0.1-.*/vmcore$')" = 2 ]
    [ "$(cat "$E/first/told" "$E/second/told" | grep -cx 'exit 0')" = 2 ]
}

@test "the command line of the second capture boot ends with the appended argument" {
    grep -q 'fadump_when=late$' "$E/second/cmdline"
}
