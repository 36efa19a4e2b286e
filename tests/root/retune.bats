#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# retune.bats - "fadump-tool sizes" adjusts the limits of process 1 and the file systems in memory
# In: a PID namespace, whose process 1 is a shell, and a mount namespace with a made-up /proc/meminfo and without the
# sysctls of the host.  tests/cli/tool.bats tests sysctls.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2154
load ../cli/cli

# retuned SETUP: sets output to three parts: the output of "sizes" for a growth from 123456 kB to 4 GB, the limits of
# process 1, and the options of the file system on "small", which SETUP mounts
retuned() {
    printf '%s\n' 'MemTotal: 4000000 kB' 'KernelStack: 16 kB' > meminfo
    mkdir small
    # shellcheck disable=SC2016 # another shell expands $
    run --separate-stderr unshare -m --pid --fork --mount-proc bash -euc '
        mount --bind meminfo /proc/meminfo
        mount -t tmpfs none /proc/sys
        mount -t tmpfs none /sys/kernel/mm
        eval "$0"
        "$1" sizes --before 123456
        sed -n "s/^Max \(processes\|pending signals\) *\([0-9]*\) *\([^ ]*\) .*/\2 \3/p" /proc/1/limits
        sed -n "s|^none $PWD/small ||p" /proc/mounts' "$1" "${COPY%/*}/fadump-tool"
    echo "$status: $output $stderr"
}

@test "the limits of process 1 and the size of a file system are raised, and its mount flags are kept" {
    retuned 'ulimit -Su 100; ulimit -Si 200; mount -t tmpfs -o size=61728k,nosuid,noexec,mode=700 none small'
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = changed=2 ]
    # an eighth of 4000000 kB in stacks of 16 KiB, and half of that; the larger hard limits are not changed
    [ "${lines[1]}" = "15625 $(ulimit -Hu)" ]
    [ "${lines[2]}" = "15625 $(ulimit -Hi)" ]
    # no size: half of the memory is the default, which the kernel does not show
    [ "${lines[3]}" = 'tmpfs rw,nosuid,noexec,relatime,mode=700 0 0' ]
}

@test "larger limits, and a file system of another size, are not changed" {
    retuned 'ulimit -Su 16000; ulimit -Si 200; mount -t tmpfs -o size=5120k,nosuid none small'
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = changed=0 ]
    [ "${lines[1]%% *}" = 16000 ]
    [ "${lines[3]}" = 'tmpfs rw,nosuid,relatime,size=5120k 0 0' ]
}

@test "a limit of pending signals that is already larger is not changed" {
    retuned 'ulimit -Su 100; ulimit -Si 20000; mount -t tmpfs none small'
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = changed=1 ]
    [ "${lines[1]%% *}" = 15625 ]
    [ "${lines[2]%% *}" = 20000 ]
}
