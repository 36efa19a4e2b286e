#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# retune.bats - limits that the kernel computed from the small memory are adjusted after the release
#
# In: a machine in a directory (machine.bash) whose kernel computed its values from 512 MB; its full memory has
# 3.5 GB. Here fadump-tool changes only files in that directory; the limits of process 1 and mounts are tested in
# tests/root/retune.bats and tests/cli/tool.bats. tests/lab/continued.bats compares the values of a real machine.

# shellcheck disable=SC2016,SC2034,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

# small: makes the machine before the release; its memory grows when fadump-tool looks for the pages to retire
small() {
    local file
    machine
    printf '%s\n' 'MemTotal: 500000 kB' 'KernelStack: 2400 kB' > "$M/proc/meminfo"
    printf '%s\n' 'MemTotal: 3500032 kB' 'KernelStack: 2400 kB' > "$M/proc/meminfo.after"
    printf '%s\n' 'Node 0, zone   Normal' '  pages free     40000' '        high     688' '        managed  54688' \
        '    high:  70' 'Node 0, zone  Movable' '        high     32' '        managed  900' > "$M/proc/zoneinfo"
    echo '0.00 0.01 0.05 1/78 345' > "$M/proc/loadavg"
    sys kernel/threads-max 1867 fs/file-max 47552 net/ipv4/tcp_mem $'345\t462\t690' net/ipv4/tcp_rmem \
        $'4096\t131072\t3900000' \
        vm/min_free_kbytes 2765 vm/lowmem_reserve_ratio $'256\t256\t32' user/max_pid_namespaces 933 \
        fs/inotify/max_user_watches 8192 fs/epoll/max_user_watches 110000 vm/user_reserve_kbytes 15000
    tool_first 'cp "$ROOT/proc/meminfo.after" "$ROOT/proc/meminfo"' node
    mkdir -p "$M/proc/1"
    printf '%s\n' 'Limit  Soft Limit  Hard Limit  Units' \
        'Max processes             933                  933                  processes' > "$M/proc/1/limits"
}

# sys FILE VALUE...: writes VALUEs to FILE
sys() {
    while [ "$#" -gt 0 ]; do
        mkdir -p "$M/proc/sys/${1%/*}"
        printf '%s\n' "$2" > "$M/proc/sys/$1"
        shift 2
    done
}

# now FILE VALUE: checks that FILE contains VALUE
now() {
    is "$1: $(tr '\t' ' ' < "$M/proc/sys/$1")" "$1: $2"
}

@test "sysctls get the values that the kernel's formulas give for the full memory" {
    for SH in "${SHELLS[@]}"; do
        small
        capture
        has released=yes final_action=continue
        # 3500032 kB; 54000 pages of 64 KiB above the watermark; stacks of 32 KiB
        now kernel/threads-max 13672
        now user/max_pid_namespaces 6836
        now fs/file-max 350003
        now net/ipv4/tcp_mem '2529 3375 5058'
        now net/ipv4/tcp_rmem '4096 131072 6291456'
        now vm/min_free_kbytes 7436
        now vm/user_reserve_kbytes 109376
        now fs/inotify/max_user_watches 28718
        now fs/epoll/max_user_watches 779137
        now vm/lowmem_reserve_ratio '256 256 32'
        grep -qxF 'fadump: adjusted 10 kernel limits to the full memory' <<< "$output"
    done
}

@test "no value is lowered, and the kernel command line overrides the formulas" {
    for SH in "${SHELLS[@]}"; do
        small
        sys fs/file-max 9223372036854775807 vm/min_free_kbytes 22528 net/ipv4/tcp_mem $'1\t2\t99999'
        echo 'root=/dev/vda sysctl.kernel.threads-max=2000 sysctl.user/max_pid_namespaces=7' > "$M/proc/cmdline"
        capture
        now fs/file-max 9223372036854775807
        now vm/min_free_kbytes 22528
        now net/ipv4/tcp_mem '1 2 99999'
        now kernel/threads-max 1867
        now user/max_pid_namespaces 933
    done
}

@test "a sysctl file with several lines causes a warning, and only this sysctl is not changed" {
    for SH in "${SHELLS[@]}"; do
        small
        sys fs/file-max $'47552\n1'
        capture
        grep -qxF 'fadump: warning: fs.file-max cannot be read and is not changed' <<< "$output"
        is "$(cat "$M/proc/sys/fs/file-max")" $'47552\n1'
        now kernel/threads-max 13672
        now vm/min_free_kbytes 7436
        has result=saved released=yes
    done
}

@test "limits of process 1 and of file systems in memory are also adjusted" {
    for SH in "${SHELLS[@]}"; do
        small
        echo 'tmpfs /run tmpfs rw,nosuid,nodev,size=99600k,mode=755 0 0' >> "$M/proc/mounts"
        capture
        # nine sysctls, process 1, /run
        grep -qxF 'fadump: adjusted 11 kernel limits to the full memory' <<< "$output"
    done
}

@test "if fadump-tool does not run, or fails, a warning is logged and the dump is saved and released" {
    for SH in "${SHELLS[@]}"; do
        small
        tool_first 'kill -KILL $$' sizes
        capture
        grep -qxF 'fadump: warning: kernel limits were not adjusted to the full memory: fadump-tool ended with status 137' <<< "$output"
        has result=saved released=yes final_action=continue
        small
        tool_first 'rm "$ROOT/proc/meminfo"' sizes
        capture
        grep -qxF 'fadump: warning: /proc/meminfo cannot be read: No such file or directory' <<< "$output"
        now kernel/threads-max 1867
        has result=saved
    done
}

@test "the setting of transparent huge pages is written again, so that the kernel recomputes vm.min_free_kbytes" {
    for SH in "${SHELLS[@]}"; do
        small
        mkdir -p "$M/sys/kernel/mm/transparent_hugepage"
        echo 'always [madvise] never' > "$M/sys/kernel/mm/transparent_hugepage/enabled"
        capture
        is "$(cat "$M/sys/kernel/mm/transparent_hugepage/enabled")" madvise
    done
}

@test "limits are not changed if the memory is not released, or before a reboot" {
    for SH in "${SHELLS[@]}"; do
        small
        copier 4
        capture
        now kernel/threads-max 1867
        small
        rm "$M/sys/kernel/fadump/release_mem"
        capture final_action=continue
        now kernel/threads-max 1867
        small
        ends
        capture final_action=reboot
        has released=yes final_action=reboot
        now kernel/threads-max 1867
    done
}

@test "limits are also adjusted if the kernel discarded the dump" {
    for SH in "${SHELLS[@]}"; do
        small
        rm "$M/proc/vmcore"
        cp "$M/proc/meminfo.after" "$M/proc/meminfo"
        capture
        has result=nothing
        now kernel/threads-max 13672
    done
}

@test "a real sysctl file, which has to be read with a single read(2), is read correctly" {
    for SH in "${SHELLS[@]}"; do
        small
        # this file has the value 65536 and is not writable
        ln -sf /proc/sys/kernel/ngroups_max "$M/proc/sys/fs/file-max"
        # 65536 is larger than the new value; only its first byte, read as a number, is smaller
        ln -sf /proc/sys/kernel/ngroups_max "$M/proc/sys/user/max_pid_namespaces"
        capture
        grep -qxF 'fadump: warning: fs.file-max could not be set to 350003' <<< "$output"
        lacks 'max_pid_namespaces could not' "$output"
        has result=saved
    done
}
