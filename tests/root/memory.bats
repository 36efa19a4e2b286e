#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# memory.bats - a dump on a file system in memory: it never takes the last of the memory, and what
# goes back meanwhile goes in small batches; with a /proc/meminfo of our own

# bats and cli.bash set what is used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load ../cli/cli

# machine LINE...: what /proc/meminfo says
machine() {
    printf '%s\n' 'MemTotal: 999999 kB' "$@" > meminfo
}

# saved FILESYSTEM [OPTION]...: src is copied to a new one
saved() {
    local filesystem=$1
    shift
    mkdir -p target
    # shellcheck disable=SC2016 # for that shell
    run --separate-stderr unshare -m sh -euc '
        mount --bind meminfo /proc/meminfo
        case $0 in
            ext4)
                truncate -s 512M disk
                mke2fs -q -F -t ext4 disk
                mount -o loop disk target
                ;;
            *) mount -t "$0" none target ;;
        esac
        "$@" && stat -f -c %T target' "$filesystem" \
        "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file target/vmcore --report report "$@"
    echo "$filesystem: $status: $output"
}

@test "the dump ends with status 5 where the kernel would run out of memory" {
    as kdump
    FORMAT+=(--compress none)
    full_core 160
    for filesystem in tmpfs ramfs; do
        machine 'MemFree: 999999 kB' 'MemAvailable: 65535 kB'
        saved $filesystem --threads 1
        failed 5 'target/vmcore.incomplete: cannot write: No space left on device'
        # it looks after each 16 MiB
        stored=$(sed -n 's/^stored_bytes=//p' report)
        [ "$stored" -lt $((17 << 20)) ]
    done
    # before Linux 3.14
    machine 'MemFree: 65535 kB' 'Cached: 999999 kB'
    saved tmpfs
    failed 5 'No space left on device'
}

@test "enough memory, none that can be told, and a disk are no reason to end it" {
    as kdump
    FORMAT+=(--compress none)
    full_core 160
    machine 'MemFree: 9 kB' 'MemAvailable: 65536 kB'
    saved tmpfs
    [ "$status:$output" = 0:tmpfs ]
    machine
    saved tmpfs
    [ "$status:$output" = 0:tmpfs ]
    machine 'MemAvailable: 9 kB'
    saved ext4
    [ "$status:$output" = 0:ext2/ext3 ]
}

@test "in memory a batch is 16 MiB, however much there is; on a disk there are 64" {
    as kdump
    core << 'END'
info PAGESIZE=4096
load 0 4G
zero 4G
END
    machine 'MemAvailable: 999999 kB'
    for row in tmpfs:256 ext4:64; do
        printf 'CPU:0x0-0x0: HPTE:0x0-0x0: DUMP:0x0-0x0, 0x0-0x100000000:\n' > rr
        saved "${row%:*}" --release-region rr
        [ "$status" -eq 0 ]
        reported released_bytes=4294967296
        # the last line only makes up for the bytes that each is short of
        [ "$(grep -c 'ffffff$' rr)" -eq "${row#*:}" ]
    done
}
