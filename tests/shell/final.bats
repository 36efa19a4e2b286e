#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# final.bats - the end of a capture boot: when it goes on, when it reboots, and how
#
# In: a machine in a folder (machine.bash). What a real machine does then is tests/lab.

# shellcheck disable=SC2016,SC2034,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

# goes_on [KEY=VALUE]...: a capture after which the boot goes on.
goes_on() {
    capture "$@"
    has final_action=continue
    lacks 'systemctl|remount,ro' "$calls"
}

# reboots TEXT [KEY=VALUE]...: a capture after which systemd is told to reboot, and TEXT is why.
reboots() {
    local why=$1
    shift
    ends
    capture "$@"
    has final_action=reboot
    grep -qxF "fadump: final action: reboot (auto): $why" <<< "$output"
    [ "$(grep -c '^systemctl --no-block --force reboot ' <<< "$calls")" -eq 1 ]
}

@test "auto: what a fresh boot would be goes on, and says so once" {
    for SH in "${SHELLS[@]}"; do
        machine
        ends
        goes_on
        has result=saved released=yes armed=yes
        [ "$(grep -c '^fadump: final action: continue (auto)$' <<< "$output")" -eq 1 ]
    done
}

@test "the reboot comes last: after dump, release, arming and the status" {
    for SH in "${SHELLS[@]}"; do
        machine
        ends
        capture final_action=reboot
        [ "$status" -eq 0 ]
        is "$(tail -n 2 <<< "${calls%$'\n'}" | sed 's/ registered=1$//')" "sync
systemctl --no-block --force reboot"
        grep -qx result=saved "$M/run/fadump/status.then"
        grep -qx released=yes "$M/run/fadump/status.then"
        grep -qx final_action=reboot "$M/run/fadump/status.then"
    done
}

@test "reboot, poweroff and halt are what systemd is told; the command line beats the file" {
    for SH in "${SHELLS[@]}"; do
        for action in reboot poweroff halt; do
            machine
            ends
            echo 'final_action = continue' > "$M/etc/fadump.conf"
            capture "final_action=$action"
            has "final_action=$action"
            grep -q "^systemctl --no-block --force $action " <<< "$calls"
        done
        machine
        ends
        echo 'final_action = poweroff' > "$M/etc/fadump.conf"
        goes_on final_action=continue
    done
}

@test "auto: arguments that the crashed system appended for the capture" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo ' nr_cpus=16 fadump_dump_level=23 numa=off *' > "$M/sys/kernel/fadump/bootargs_append"
        reboots 'arguments that are meant for a capture only: nr_cpus=16 numa=off *'
        # its own are none; what is on the command line of every boot is none
        machine
        echo ' rd.fadump.timeout=9 fadump_dump_level=23 ip=dhcp vlan=v1:eth0 rd.luks.uuid=1' > "$M/sys/kernel/fadump/bootargs_append"
        echo 'root=/dev/vda nr_cpus=16 numa=off' > "$M/proc/cmdline"
        goes_on
        # a kernel that does not tell what was appended
        machine
        rm "$M/sys/kernel/fadump/bootargs_append"
        printf '%s\n' 'root=/dev/vda numa=off cgroup_disable=memory cma=0 transparent_hugepage=never novmcoredd udev.children-max=2' > "$M/proc/cmdline"
        dump_node 1:805306368:4096 17:0:805306368 > "$M/proc/device-tree/rtas/ibm,kernel-dump"
        reboots 'arguments that are meant for a capture only: numa=off cgroup_disable=memory cma=0 transparent_hugepage=never novmcoredd udev.children-max=2'
        machine
        rm "$M/sys/kernel/fadump/bootargs_append"
        echo 'root=/dev/vda numa=on transparent_hugepage=always' > "$M/proc/cmdline"
        dump_node 1:805306368:4096 17:0:805306368 > "$M/proc/device-tree/rtas/ibm,kernel-dump"
        goes_on
    done
}

@test "auto: HugeTLB pages, on the command line or in a file of sysctl" {
    local why='HugeTLB pages are wanted, which the kernel refuses after a dump:' file
    for SH in "${SHELLS[@]}"; do
        for word in hugepages=12 hugepages=0:512 default_hugepagesz=1G hugetlb_cma=2G; do
            machine
            echo "root=/dev/vda $word quiet" > "$M/proc/cmdline"
            reboots "$why $word"
        done
        for word in hugepages=0 hugetlb_cma=0 nohugepages=1 hugepagesz=2M; do
            machine
            echo "root=/dev/vda $word" > "$M/proc/cmdline"
            goes_on
        done
        for file in etc/sysctl.d/a.conf usr/lib/sysctl.d/b.conf usr/local/lib/sysctl.d/c.conf etc/sysctl.conf; do
            machine
            mkdir -p "$M/sysroot/${file%/*}"
            printf '%s\n' '# vm.nr_hugepages = 3' 'vm.swappiness = 9' '-vm.nr_hugepages = 64' > "$M/sysroot/$file"
            reboots "$why vm.nr_hugepages = 64"
        done
        # links as the real root has them; no end of line
        machine
        mkdir -p "$M"/sysroot/etc/sysctl.d "$M"/sysroot/usr/lib/sysctl.d
        ln -s /usr/lib/elsewhere "$M/sysroot/etc/sysctl.d/99-x.conf"
        printf 'vm/nr_overcommit_hugepages=5' > "$M/sysroot/usr/lib/elsewhere"
        reboots "$why vm/nr_overcommit_hugepages=5"
        machine
        mkdir -p "$M"/sysroot/etc/sysctl.d
        printf '%s\n' 'vm.nr_hugepages = 0' '; vm.nr_hugepages = 3' 'vm.hugetlb_shm_group = 7' > "$M/sysroot/etc/sysctl.d/a.conf"
        echo 'vm.nr_hugepages = 7' > "$M/sysroot/etc/other.conf"
        ln -s /dev/null "$M/sysroot/etc/sysctl.d/b.conf"
        mkdir "$M/sysroot/etc/sysctl.d/c.conf"
        goes_on
    done
}

# memory BLOCKS KB: the machine has so many blocks of 1 GiB, and this kernel so much.
memory() {
    local n
    for ((n = 0; n < $1; n++)); do mkdir -p "$M/sys/devices/system/memory/memory$n"; done
    echo "MemTotal:       $2 kB" > "$M/proc/meminfo"
}

@test "auto: more memory is missing than the reserve; the reserve alone is none" {
    for SH in "${SHELLS[@]}"; do
        # 4 GiB less 768 MiB, and what a kernel takes
        machine
        memory 4 3340000
        goes_on
        machine
        memory 4 2700000
        reboots '339170 kB of memory are missing beside the reserve'
        machine
        memory 4 2700000
        rm "$M/sys/kernel/fadump/mem_reserved"
        goes_on rearm=no
        # a page that could only be had with its whole block
        machine
        rm "$M"/sys/devices/system/memory/soft_offline_page
        reboots '1048576 kB of memory are missing beside the reserve'
    done
}

@test "auto: not armed, unless that is wanted" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M"/sys/devices/system/memory/soft_offline_page "$M"/sys/devices/system/memory/block_size_bytes
        reboots 'the next crash would not be dumped'
        machine
        goes_on rearm=no
        has armed=no
    done
}

@test "auto: memory that stays held although the dump is saved" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/sys/kernel/fadump/release_mem"
        reboots 'the memory stays held'
        has result=saved released=no
    done
}

@test "a dump that was not saved is not given up by a reboot, whatever is configured" {
    for SH in "${SHELLS[@]}"; do
        for wish in auto continue; do
            machine
            ends
            copier 4
            goes_on final_action=$wish
            untouched
            lacks 'final.action' "$output"
        done
        for wish in reboot poweroff halt; do
            machine
            ends
            copier 4
            goes_on final_action=$wish
            untouched
            grep -qxF "fadump: final_action = $wish is not obeyed: the dump that was not saved would be lost" <<< "$output"
        done
    done
}

@test "a dump in memory is not given up by a reboot, whatever is configured or missing" {
    for SH in "${SHELLS[@]}"; do
        for wish in auto reboot; do
            machine
            ends
            printf '%s\n' 'MemTotal: 9999999 kB' 'MemAvailable: 1048576 kB' > "$M/proc/meminfo"
            echo 'nr_cpus=1' > "$M/sys/kernel/fadump/bootargs_append"
            goes_on target=ram: final_action=$wish
            has result=saved target=ram: final_action=continue
        done
        grep -qxF 'fadump: final_action = reboot is not obeyed: the dump in memory until fadump-save has moved it would be lost' <<< "$output"
    done
}

@test "a boot without a dump to save goes on, even if its sign stays for ever" {
    for SH in "${SHELLS[@]}"; do
        for wish in auto reboot; do
            machine
            ends
            rm "$M/proc/vmcore" "$M/sys/devices/system/memory/soft_offline_page" "$M/sys/devices/system/memory/block_size_bytes"
            echo ' nr_cpus=1' > "$M/sys/kernel/fadump/bootargs_append"
            goes_on final_action=$wish
            has result=nothing armed=no
        done
    done
}

@test "target = none gives the dump up: the wish is obeyed" {
    for SH in "${SHELLS[@]}"; do
        machine
        ends
        capture target=none final_action=reboot
        has result=discarded released=yes final_action=reboot
    done
}

@test "kdump: reboot by default, saved or not; continue is obeyed" {
    for SH in "${SHELLS[@]}"; do
        for fault in 0 4; do
            machine
            rm -r "$M/proc/device-tree" "$M/sys/kernel/fadump"
            mkdir -p "$M/sys/kernel/fadump" && echo 0 > "$M/sys/kernel/fadump/registered" # of the fakes
            copier "$fault"
            reboots 'this kernel runs in the memory that was set aside for it'
            has kind=kdump released=no
        done
        machine
        rm -r "$M/proc/device-tree"
        ends
        goes_on final_action=continue
    done
}

@test "without systemd: disks become read-only, then a program of the initramfs, else sysrq" {
    for SH in "${SHELLS[@]}"; do
        for action in reboot poweroff halt; do
            machine
            echo "tmpfs $M/run tmpfs rw 0 0" >> "$M/proc/mounts"
            fake "$action" 'note "program $0 $*"; kill -TERM "$PPID"; while kill -0 "$PPID" 2> /dev/null; do /bin/sleep 0.02; done'
            mv "$M/fake/$action" "$M/usr/sbin/"
            capture "final_action=$action"
            is "$(tail -n 4 <<< "${calls%$'\n'}" | sed "s| registered=1\$||; s|$M||g")" "sync
mount -o remount,ro /sysroot
sync
program /usr/sbin/$action -f"
            has "final_action=$action"
        done
        for action in reboot:b poweroff:o; do
            machine
            # a kernel that does not obey: much later the driver stops waiting
            : > "$M/proc/sysrq-trigger"
            { until [ -s "$M/proc/sysrq-trigger" ]; do sleep 0.1; done && echo 999.0 9.0 > "$M/proc/uptime"; } 3>&- &
            capture "final_action=${action%:*}"
            is "$(cat "$M/proc/sysrq-trigger")" "${action#*:}"
            grep -q "^mount -o remount,ro $M/sysroot " <<< "$calls"
            has final_action=continue
            grep -qxF "fadump: cannot ${action%:*}: the boot goes on" <<< "$output"
        done
    done
}

@test "what cannot be done is said, and the boot goes on" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture final_action=halt
        [ "$status" -eq 0 ]
        has final_action=continue result=saved
        grep -qxF 'fadump: cannot halt: the boot goes on' <<< "$output"
    done
}

@test "a value that is none is a warning, and auto is used" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo 'final_action = shell' > "$M/etc/fadump.conf"
        goes_on final_action=sleep
        [ "$(grep -c '^fadump: warning: .*final_action.*auto, continue, reboot, poweroff or halt' <<< "$output")" -eq 2 ]
    done
}
