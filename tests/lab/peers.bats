#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# peers.bats - kdump-tools of Debian and this module in one system, installed in both orders: exactly one of them saves
# each dump
# In:  the lab (missing parts are built). Two machines, one after the other: "second", where kdump-tools is installed
#      after this module, and "first". The tests examine the evidence gathered from them.
# Out: TAP. Does not know: how the dumps are made.

load lab

setup_file() {
    lab_ready tree kernel full initramfs-full packages
    export BOOT_SECONDS=600
    # after a failure here, each test without evidence fails
    second || echo '# the machine with kdump-tools as second was not completed' >&3
    machine_drop
    first || echo '# the machine with kdump-tools as first was not completed' >&3
}

# a command for the guest that configures a target; sync, because a crash loses data that is not on the disk
TARGET='echo target = dir:/var/crash >> /etc/fadump.conf; sync'

# second: this module, then kdump-tools. Three crashes: without a target, with a target, and with when = late.
second() {
    machine_new full
    own_product
    packages
    machine_on fadump=nocma fadump_dump_level=23 && machine_boot || return
    install_packages second
    after second || return
    crash left 42 && after left || return
    guest "$TARGET" && crash saved 43 && after saved || return
    guest 'echo fadump_when=late > /sys/kernel/fadump/bootargs_append' && crash late 44 && late_over || return
    after late
    guest 'cat /run/fadump/status.initramfs' > "$E/late/status.initramfs" || true
    machine_stop
    outside saved
    outside late
    theirs left
    cp "$M/console" "$E/console-second"
}

# first: install kdump-tools, then this module. Crash twice: with a target; then without a target, after kdump-tools was
# removed. The machine builds an initramfs only for the messages of the build; it has few modules and is not booted.
first() {
    machine_new full
    own_product /root/product
    packages
    machine_on fadump=nocma fadump_dump_level=23 && machine_boot || return
    install_packages first
    guest 'cp -a /root/product/. /'
    GUEST_SECONDS=900 guest "dracut --force --no-kernel --modules 'base fadump' /run/initramfs.img" > "$E/dracut" 2>&1
    after first
    guest "$TARGET" && crash kept 45 && after kept || return
    guest 'sed -i "/^target/d" /etc/fadump.conf; dpkg -r kdump-tools; sync' > "$E/removed-packages" 2>&1 || true
    after unarmed
    guest 'echo 1 > /sys/kernel/fadump/registered' && crash removed 46 && after removed || return
    machine_stop
    outside kept
    outside removed
    cp "$M/console" "$E/console-first"
}

# packages: copy the packages of kdump-tools to the machine, which must be off
packages() {
    machine_disk cp -r "$(lab_part packages)/kdump-tools" root/packages
}

# install_packages NAME: install these packages in the guest, whose services run, with the default answers of debconf;
# the output is in $E/packages-NAME
install_packages() {
    GUEST_SECONDS=900 guest 'DEBIAN_FRONTEND=noninteractive dpkg -i /root/packages/*.deb' > "$E/packages-$1" 2>&1
}

# crash NAME SEED: crash with a pattern in memory, and wait for the first boot in which the agent answers
crash() {
    pattern "$1" "$2" && machine_crash && machine_boot
}

# after NAME: gather; also the names of the dump files, the state of kdump-tools, and the output of fadumpctl status
after() {
    settled > "$E/running-$1"
    gather "$1"
    guest 'cd /var/crash && find . -type f -size +0 | sort' > "$E/$1/files"
    guest 'systemctl show -P ActiveState kdump-tools; systemctl show -P ConditionResult kdump-tools' > "$E/$1/unit"
    guest 'journalctl -b -o cat -u kdump-tools' > "$E/$1/journal"
    guest 'fadumpctl status; echo "exit $?"' > "$E/$1/told"
    guest 'ls /run/systemd/system/kdump-tools.service.d' > "$E/$1/dropin" 2>&1 || true
}

# theirs NAME: examine the dump that kdump-tools saved, as outside() does; makedumpfile -F writes a stream
theirs() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    machine_disk sh -c 'cat var/crash/2*/dump.2*' > "$M/stream"
    machine_disk cat "var/lib/pattern-$1" > "$M/places"
    "$BATS_TEST_DIRNAME/../../build/tools/unflatten" "$M/vmcore" < "$M/stream" > "$E/$1/unflatten" 2>&1
    (
        cd "$M" || exit
        for script in look.py 'pattern.py places'; do
            # shellcheck disable=SC2086 # a list of words
            TREE=$(lab_part tree) DRGN_PREFER_PGTABLE_READER=1 "$LAB_HERE/tree-exec" drgn -q -c vmcore \
                -s "$(lab_part kernel)/vmlinux.debug" "$LAB_HERE"/$script > "$E/$1/${script%%.*}" 2>&1
        done
    ) || true
}

# files NAME: print how many dumps of this module and of kdump-tools are in /var/crash at moment NAME
files() {
    cat "$E/$1/files" >&2
    echo "$(grep -c '/127\.0\.0\.1-.*/vmcore$' "$E/$1/files") $(grep -cE '/[0-9]{12}/(dump|vmcore)\.[0-9]{12}$' "$E/$1/files")"
}

# whole NAME: assert that /var/crash has no file of an incomplete dump at moment NAME
whole() {
    run grep -i incomplete "$E/$1/files"
    [ "$status" -eq 1 ]
}

# crashes NAME BEFORE: print the number of firmware resets between the moments BEFORE and NAME
crashes() {
    echo $(($(cat "$E/$1/resets") - $(cat "$E/$2/resets")))
}

# registered_by_theirs NAME: assert that kdump-tools was active at moment NAME, and in this boot reported that fadump is
# registered, and saved no dump
registered_by_theirs() {
    cat "$E/$1/journal" "$E/$1/unit"
    [ "$(cat "$E/$1/unit")" = $'active\nyes' ]
    grep -q 'fadump registered successfully' "$E/$1/journal"
    run grep vmcore "$E/$1/journal"
    [ "$status" -eq 1 ]
}

@test "kdump-tools is installed with its defaults and enabled, before or after this module" {
    for order in second first; do
        cat "$E/packages-$order"
        grep -q '^Setting up kdump-tools ' "$E/packages-$order"
        [ "$(cat "$E/$order/registered")" = 1 ]
        registered_by_theirs $order
    done
}

@test "kdump-tools first: the build of the initramfs warns that kdump-tools saves the dumps, with a remedy" {
    cat "$E/dracut"
    grep -q 'fadump: kdump-tools is enabled and no target is configured for fadump: after a crash kdump-tools saves the dump in /var/crash and reboots; to change this, set a target in /etc/fadump.conf, or USE_KDUMP=0 in /etc/default/kdump-tools$' "$E/dracut"
}

@test "fadumpctl status reports an enabled kdump-tools, with and without a target, and no removed one" {
    for name in second first left; do
        cat "$E/$name/told"
        grep -q '^kdump-tools is enabled and no target is configured for fadump: .* in /var/crash and reboots; to change this, .*\.$' "$E/$name/told"
    done
    for name in saved late kept; do
        cat "$E/$name/told"
        grep -q '^kdump-tools is enabled, too: a target is configured for fadump, which saves the dump; .*\.$' "$E/$name/told"
    done
    cat "$E/removed/told"
    run grep kdump-tools "$E/removed/told"
    [ "$status" -eq 1 ]
}

@test "no target: only kdump-tools saves the dump, and reboots" {
    [ "$(files left)" = '0 1' ]
    whole left
    [ "$(crashes left second)" -eq 2 ]
    [ "$(grep -ac 'fadump: the dump is left to kdump-tools, which is enabled' "$E/console-second")" -eq 1 ]
    [ ! -e "$E/left/status" ]
}

@test "no target: the dump of kdump-tools has the task that panicked, and no user page of the pattern" {
    cat "$E/left/unflatten" "$E/left/look" "$E/left/pattern"
    grep -qE '^panicked=sh [0-9]+$' "$E/left/look"
    # makedumpfile -d 31 leaves out user pages
    [ "$(cat "$E/left/pattern")" = 'pages=1024 absent=1024 differs=0' ]
}

@test "no target: after the reboot the memory is back, and the next dump is registered" {
    [ "$(meminfo left MemTotal)" = "$(meminfo second MemTotal)" ]
    [ "$(cat "$E/left/registered")" = 1 ]
    [ ! -e "$E/left/has-vmcore" ]
    registered_by_theirs left
}

@test "a target: this module alone saves the dump in the initramfs, in both orders; one reset, memory back, armed" {
    captured saved target=dir:/var/crash
    [ "$(files saved)" = '1 1' ]
    whole saved
    [ "$(crashes saved left)" -eq 1 ]
    memory_back second saved
    captured kept target=dir:/var/crash
    [ "$(files kept)" = '1 0' ]
    whole kept
    [ "$(crashes kept first)" -eq 1 ]
    memory_back first kept
}

@test "a target: fadumpctl status has the path of the dump" {
    for name in saved kept; do
        cat "$E/$name/told" "$E/$name/files"
        path=$(sed -n 's/^After the crash: saved, //p' "$E/$name/told")
        grep -qxF ".${path#/var/crash}" "$E/$name/files"
    done
}

@test "a target: kdump-tools starts as usual in the continued boot, and leaves the machine armed" {
    for name in saved kept; do
        [ "$(cat "$E/running-$name")" = running ]
        registered_by_theirs $name
    done
}

@test "when = late: this module saves the dump and releases the memory; kdump-tools does not start in this boot" {
    cat "$E/late/unit" "$E/late/dropin" "$E/late/status.initramfs"
    grep -qx result=waiting "$E/late/status.initramfs"
    captured late target=dir:/var/crash
    [ "$(files late)" = '2 1' ]
    whole late
    [ "$(crashes late saved)" -eq 1 ]
    memory_back second late
    [ "$(cat "$E/late/unit")" = $'inactive\nno' ]
    [ "$(cat "$E/late/dropin")" = fadump.conf ]
    [ "$(cat "$E/running-late")" = running ]
}

@test "the removal of kdump-tools disarms the machine; when it is armed again, this module saves the dump" {
    cat "$E/removed-packages" "$E/unarmed/told" "$E/removed/told"
    grep -q '^Removing kdump-tools ' "$E/removed-packages"
    [ "$(cat "$E/unarmed/registered")" = 0 ]
    grep -qx 'exit 3' "$E/unarmed/told"
    captured removed target=dir:/var/crash
    [ "$(files removed)" = '2 0' ]
    whole removed
    memory_back first removed
}

@test "kdump-tools has saved one dump in all these boots" {
    [ "$(grep -ac 'saved vmcore in' "$E/console-second")" -eq 1 ]
    run grep -a 'saved vmcore in' "$E/console-first"
    [ "$status" -eq 1 ]
}
