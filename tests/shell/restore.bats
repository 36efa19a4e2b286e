#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# restore.bats - what was sized for the small memory, after the release
#
# In: a machine in a folder (machine.bash) whose kernel computed its values from 512 MB; all of it
# are 3.5 GB. A real machine's values are compared in tests/lab/continued.bats.

# shellcheck disable=SC2016,SC2034,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

# small: the machine as it is before the release; it grows when the cure looks for its pages.
small() {
    local file
    machine
    printf '%s\n' 'MemTotal: 500000 kB' 'KernelStack: 2400 kB' > "$M/proc/meminfo"
    printf '%s\n' 'MemTotal: 3500032 kB' 'KernelStack: 2400 kB' > "$M/proc/meminfo.after"
    printf '%s\n' 'Node 0, zone   Normal' '  pages free     40000' '        high     688' '        managed  54688' \
        '    high:  70' 'Node 0, zone  Movable' '        high     32' '        managed  900' > "$M/proc/zoneinfo"
    echo '0.00 0.01 0.05 1/78 345' > "$M/proc/loadavg"
    sys kernel/threads-max 1867 fs/file-max 47552 net/ipv4/tcp_mem $'345\t462\t690' net/ipv4/tcp_rmem $'4096\t131072\t3900000' \
        vm/min_free_kbytes 2765 vm/lowmem_reserve_ratio $'256\t256\t32' user/max_pid_namespaces 933 \
        fs/inotify/max_user_watches 8192 fs/epoll/max_user_watches 110000 vm/user_reserve_kbytes 15000
    fake od 'note od; cp "$ROOT/proc/meminfo.after" "$ROOT/proc/meminfo"; exec od "$@"'
    mkdir -p "$M/proc/1" "$M/sysroot/usr/bin" "$M/dev" "$M/dev/shm"
    printf '%s\n' 'Limit  Soft Limit  Hard Limit  Units' 'Max processes             933                  933                  processes' > "$M/proc/1/limits"
    fake prlimit 'note "prlimit $*"'
    mv "$M/fake/prlimit" "$M/sysroot/usr/bin/"
}

# sys FILE VALUE...
sys() {
    while [ "$#" -gt 0 ]; do
        mkdir -p "$M/proc/sys/${1%/*}"
        printf '%s\n' "$2" > "$M/proc/sys/$1"
        shift 2
    done
}

# now FILE VALUE: is what the file has
now() {
    is "$1: $(tr '\t' ' ' < "$M/proc/sys/$1")" "$1: $2"
}

@test "sysctls are what the kernel's formulas give for the memory there is" {
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
        grep -qxF 'fadump: 10 sizes that the kernel and systemd took from the small memory put right' <<< "$output"
    done
}

@test "nothing is lowered, and the kernel command line has the last word" {
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

@test "files that are not one line each are a warning, and no value lands in another's file" {
    for SH in "${SHELLS[@]}"; do
        small
        sys fs/file-max $'47552\n1'
        capture
        grep -qxF 'fadump: warning: the sysctls of this kernel cannot be read: they stay as they are' <<< "$output"
        now kernel/threads-max 1867
        now vm/min_free_kbytes 2765
        has result=saved released=yes
        grep -q '^prlimit --pid 1 --nproc=6836:6836 ' <<< "$calls"
    done
}

@test "limits of process 1, for all that it will start" {
    for SH in "${SHELLS[@]}"; do
        small
        capture
        grep -q '^prlimit --pid 1 --nproc=6836:6836 --sigpending=6836:6836 ' <<< "$calls"
        small
        sed -i 's/933  /9330 /' "$M/proc/1/limits"
        capture
        lacks prlimit "$calls"
        small
        fake prlimit 'exit 1'
        mv "$M/fake/prlimit" "$M/sysroot/usr/bin/"
        capture
        grep -qxF 'fadump: warning: the limits of process 1 stay at 933 processes and signals' <<< "$output"
        has result=saved
    done
}

@test "file systems in memory: a fifth and a half grow, fixed sizes stay" {
    for SH in "${SHELLS[@]}"; do
        small
        cat >> "$M/proc/mounts" << END
devtmpfs /dev devtmpfs rw,nosuid,size=4096k,nr_inodes=3300,mode=755 0 0
tmpfs /dev/shm tmpfs rw,nosuid,nodev,size=250000k,nr_inodes=3906 0 0
tmpfs /run tmpfs rw,nosuid,nodev,size=99600k,nr_inodes=819200,mode=755 0 0
tmpfs /run/lock tmpfs rw,size=5120k 0 0
tmpfs /tmp tmpfs rw,size=1750016k 0 0
tmpfs /full tmpfs rw 0 0
END
        capture
        is "$(grep '^mount ' <<< "$calls" | sed 's/ registered=.*//')" "mount -o remount,nr_inodes=27344 /dev
mount -o remount,size=50%,nr_inodes=27344 /dev/shm
mount -o remount,size=20% /run"
        small
        echo "tmpfs /run tmpfs rw,size=100000k 0 0" >> "$M/proc/mounts"
        fake mount 'exit 32'
        capture
        grep -qxF 'fadump: warning: /run keeps the size it had (rw,size=100000k)' <<< "$output"
        has result=saved final_action=continue
    done
}

@test "transparent huge pages: the kernel computes its free memory again" {
    for SH in "${SHELLS[@]}"; do
        small
        mkdir -p "$M/sys/kernel/mm/transparent_hugepage"
        echo 'always [madvise] never' > "$M/sys/kernel/mm/transparent_hugepage/enabled"
        capture
        is "$(cat "$M/sys/kernel/mm/transparent_hugepage/enabled")" madvise
    done
}

@test "memory that stays held, and a reboot, change nothing" {
    for SH in "${SHELLS[@]}"; do
        small
        copier 4
        capture
        now kernel/threads-max 1867
        lacks prlimit "$calls"
        small
        rm "$M/sys/kernel/fadump/release_mem"
        capture final_action=continue
        now kernel/threads-max 1867
        small
        ends
        capture final_action=reboot
        has released=yes final_action=reboot
        now kernel/threads-max 1867
        lacks prlimit "$calls"
    done
}

@test "a dump that the kernel discarded: its values are put right, too" {
    for SH in "${SHELLS[@]}"; do
        small
        rm "$M/proc/vmcore"
        cp "$M/proc/meminfo.after" "$M/proc/meminfo"
        capture
        has result=nothing
        now kernel/threads-max 13672
    done
}

@test "a file of the real kernel, which ends after its first read, is understood" {
    for SH in "${SHELLS[@]}"; do
        small
        # 65536, and nobody may write it
        ln -sf /proc/sys/kernel/ngroups_max "$M/proc/sys/fs/file-max"
        # which is more than is wanted; its first byte alone is less
        ln -sf /proc/sys/kernel/ngroups_max "$M/proc/sys/user/max_pid_namespaces"
        capture
        grep -qxF 'fadump: warning: fs.file-max could not be set to 350003' <<< "$output"
        lacks 'max_pid_namespaces could not' "$output"
        has result=saved
    done
}
