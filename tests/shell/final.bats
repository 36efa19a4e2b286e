#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# final.bats - the end of a capture boot: when the boot continues, when the machine reboots, and how
#
# In: a machine in a directory (machine.bash). Real machines reboot in tests/lab.

# shellcheck disable=SC2016,SC2034,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

# continues [KEY=VALUE]...: runs a capture and checks that the boot continues
continues() {
    capture "$@"
    has final_action=continue
    lacks 'systemctl|remount,ro' "$calls"
}

# reboots TEXT [KEY=VALUE]...: runs a capture and checks that it ends with systemctl reboot and logs the reason TEXT
reboots() {
    local why=$1
    shift
    ends
    capture "$@"
    has final_action=reboot
    grep -qxF "fadump: final action: reboot (auto): $why" <<< "$output"
    [ "$(grep -c '^systemctl --no-block --force reboot ' <<< "$calls")" -eq 1 ]
}

@test "auto: the boot continues if the system matches a fresh boot, and this is logged once" {
    for SH in "${SHELLS[@]}"; do
        machine
        ends
        continues
        has result=saved released=yes armed=yes
        [ "$(grep -c '^fadump: final action: continue (auto)$' <<< "$output")" -eq 1 ]
    done
}

@test "the reboot is the last step, after the dump, the release, the arming and the status" {
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

@test "systemctl is called with reboot, poweroff or halt; the command line overrides the file" {
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
        continues final_action=continue
    done
}

@test "auto: reboot if the crashed system appended arguments for the capture" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo ' nr_cpus=16 fadump_dump_level=23 numa=off *' > "$M/sys/kernel/fadump/bootargs_append"
        reboots 'arguments that are meant for a capture only: nr_cpus=16 numa=off *'
        # the module's own arguments and arguments of every boot do not cause a reboot
        machine
        echo ' rd.fadump.timeout=9 fadump_dump_level=23 ip=dhcp vlan=v1:eth0 rd.luks.uuid=1' \
            > "$M/sys/kernel/fadump/bootargs_append"
        echo 'root=/dev/vda nr_cpus=16 numa=off' > "$M/proc/cmdline"
        continues
        # a kernel that does not show the appended arguments
        machine
        rm "$M/sys/kernel/fadump/bootargs_append"
        printf '%s\n' 'root=/dev/vda numa=off cgroup_disable=memory cma=0 transparent_hugepage=never novmcoredd udev.children-max=2' > "$M/proc/cmdline"
        dump_node 1:805306368:4096 17:0:805306368 > "$M/proc/device-tree/rtas/ibm,kernel-dump"
        reboots 'arguments that are meant for a capture only: numa=off cgroup_disable=memory cma=0 transparent_hugepage=never novmcoredd udev.children-max=2'
        machine
        rm "$M/sys/kernel/fadump/bootargs_append"
        echo 'root=/dev/vda numa=on transparent_hugepage=always' > "$M/proc/cmdline"
        dump_node 1:805306368:4096 17:0:805306368 > "$M/proc/device-tree/rtas/ibm,kernel-dump"
        continues
    done
}

@test "auto: reboot if HugeTLB pages are configured, on the command line or in a file of sysctl" {
    local why='HugeTLB pages are configured, which the kernel refuses after a dump:' file
    for SH in "${SHELLS[@]}"; do
        for word in hugepages=12 hugepages=0:512 default_hugepagesz=1G hugetlb_cma=2G; do
            machine
            echo "root=/dev/vda $word quiet" > "$M/proc/cmdline"
            reboots "$why $word"
        done
        for word in hugepages=0 hugetlb_cma=0 nohugepages=1 hugepagesz=2M; do
            machine
            echo "root=/dev/vda $word" > "$M/proc/cmdline"
            continues
        done
        for file in etc/sysctl.d/a.conf usr/lib/sysctl.d/b.conf usr/local/lib/sysctl.d/c.conf etc/sysctl.conf; do
            machine
            mkdir -p "$M/sysroot/${file%/*}"
            printf '%s\n' '# vm.nr_hugepages = 3' 'vm.swappiness = 9' '-vm.nr_hugepages = 64' > "$M/sysroot/$file"
            reboots "$why vm.nr_hugepages = 64"
        done
        # links as on a real root; the file has no newline at its end
        machine
        mkdir -p "$M"/sysroot/etc/sysctl.d "$M"/sysroot/usr/lib/sysctl.d
        ln -s /usr/lib/elsewhere "$M/sysroot/etc/sysctl.d/99-x.conf"
        printf 'vm/nr_overcommit_hugepages=5' > "$M/sysroot/usr/lib/elsewhere"
        reboots "$why vm/nr_overcommit_hugepages=5"
        machine
        mkdir -p "$M"/sysroot/etc/sysctl.d
        printf '%s\n' 'vm.nr_hugepages = 0' '; vm.nr_hugepages = 3' 'vm.hugetlb_shm_group = 7' \
            > "$M/sysroot/etc/sysctl.d/a.conf"
        echo 'vm.nr_hugepages = 7' > "$M/sysroot/etc/other.conf"
        ln -s /dev/null "$M/sysroot/etc/sysctl.d/b.conf"
        mkdir "$M/sysroot/etc/sysctl.d/c.conf"
        continues
    done
}

# memory BLOCKS KB: makes BLOCKS memory blocks of 1 GiB in sysfs, and a MemTotal of KB kB
memory() {
    local n
    for ((n = 0; n < $1; n++)); do mkdir -p "$M/sys/devices/system/memory/memory$n"; done
    echo "MemTotal:       $2 kB" > "$M/proc/meminfo"
}

@test "auto: reboot if more memory than the reserved area is missing" {
    for SH in "${SHELLS[@]}"; do
        # 4 GiB less 768 MiB and the memory that a kernel uses itself
        machine
        memory 4 3340000
        continues
        machine
        memory 4 2700000
        reboots '339170 kB of memory are missing in addition to the reserved area'
        machine
        memory 4 2700000
        rm "$M/sys/kernel/fadump/mem_reserved"
        continues rearm=no
        # a page that could be retired only together with its memory block
        machine
        rm "$M"/sys/devices/system/memory/soft_offline_page
        reboots '1048576 kB of memory are missing in addition to the reserved area'
    done
}

@test "auto: reboot if the next dump is not armed, unless rearm = no" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M"/sys/devices/system/memory/soft_offline_page "$M"/sys/devices/system/memory/block_size_bytes
        reboots 'the next crash would not be dumped'
        machine
        continues rearm=no
        has armed=no
    done
}

@test "auto: reboot if the memory is not released although the dump is saved" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/sys/kernel/fadump/release_mem"
        reboots 'the memory remains reserved'
        has result=saved released=no
    done
}

@test "no reboot with a dump that was not saved, with any final_action" {
    for SH in "${SHELLS[@]}"; do
        for wish in auto continue; do
            machine
            ends
            copier 4
            continues final_action=$wish
            untouched
            lacks 'final.action' "$output"
        done
        for wish in reboot poweroff halt; do
            machine
            ends
            copier 4
            continues final_action=$wish
            untouched
            grep -qxF "fadump: ignoring final_action = $wish: the dump that was not saved would be lost" <<< "$output"
        done
    done
}

@test "no reboot with a dump in memory, with final_action = auto or reboot" {
    for SH in "${SHELLS[@]}"; do
        for wish in auto reboot; do
            machine
            ends
            printf '%s\n' 'MemTotal: 9999999 kB' 'MemAvailable: 1048576 kB' > "$M/proc/meminfo"
            moves
            echo 'nr_cpus=1' > "$M/sys/kernel/fadump/bootargs_append"
            continues target=ram: final_action=$wish
            has result=saved target=ram: final_action=continue
        done
        grep -qxF 'fadump: ignoring final_action = reboot: the dump in memory until fadump-save has moved it would be lost' <<< "$output"
    done
}

@test "a boot without a dump to save continues, even if the dump node remains" {
    for SH in "${SHELLS[@]}"; do
        for wish in auto reboot; do
            machine
            ends
            rm "$M/proc/vmcore" "$M/sys/devices/system/memory/soft_offline_page" \
                "$M/sys/devices/system/memory/block_size_bytes"
            echo ' nr_cpus=1' > "$M/sys/kernel/fadump/bootargs_append"
            continues final_action=$wish
            has result=nothing armed=no
        done
    done
}

@test "target = none discards the dump, and final_action is carried out" {
    for SH in "${SHELLS[@]}"; do
        machine
        ends
        capture target=none final_action=reboot
        has result=discarded released=yes final_action=reboot
    done
}

@test "kdump: the machine reboots by default, with and without a saved dump, but not with final_action = continue" {
    for SH in "${SHELLS[@]}"; do
        for fault in 0 4; do
            machine
            rm -r "$M/proc/device-tree" "$M/sys/kernel/fadump"
            # the fakes read the file "registered"
            mkdir -p "$M/sys/kernel/fadump" && echo 0 > "$M/sys/kernel/fadump/registered"
            copier "$fault"
            reboots 'this kernel runs in the memory that was set aside for it'
            has kind=kdump released=no
        done
        machine
        rm -r "$M/proc/device-tree"
        ends
        continues final_action=continue
    done
}

@test "without systemd: disks become read-only, then a program of the initramfs reboots, or else sysrq" {
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
            # a kernel that does not reboot: the driver stops waiting after a long time
            : > "$M/proc/sysrq-trigger"
            { until [ -s "$M/proc/sysrq-trigger" ]; do sleep 0.1; done && echo 999.0 9.0 > "$M/proc/uptime"; } 3>&- &
            capture "final_action=${action%:*}"
            is "$(cat "$M/proc/sysrq-trigger")" "${action#*:}"
            grep -q "^mount -o remount,ro $M/sysroot " <<< "$calls"
            has final_action=continue
            grep -qxF "fadump: cannot ${action%:*}: the boot continues" <<< "$output"
        done
    done
}

@test "a failed final action is logged, and the boot continues" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture final_action=halt
        [ "$status" -eq 0 ]
        has final_action=continue result=saved
        grep -qxF 'fadump: cannot halt: the boot continues' <<< "$output"
    done
}

@test "an invalid final_action causes a warning, and auto is used" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo 'final_action = shell' > "$M/etc/fadump.conf"
        continues final_action=sleep
        is "$(grep -c '^fadump: warning: .*final_action.*auto, continue, reboot, poweroff or halt' <<< "$output")" 2
    done
}
