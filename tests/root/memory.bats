#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# memory.bats - a copy to a file system in memory stops before the memory is used up, and releases memory in small
# batches; with a fake /proc/meminfo

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load ../cli/cli

# machine LINE...: makes meminfo, which is mounted over /proc/meminfo
machine() {
    printf '%s\n' 'MemTotal: 999999 kB' "$@" > meminfo
}

# saved FILESYSTEM [OPTION]...: copies src to a new file system of type FILESYSTEM
saved() {
    local filesystem=$1
    shift
    mkdir -p target
    # shellcheck disable=SC2016 # another shell expands $
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

@test "the copy ends with status 5 before the kernel runs out of memory" {
    as kdump
    FORMAT+=(--compress none)
    full_core 160
    for filesystem in tmpfs ramfs; do
        machine 'MemFree: 999999 kB' 'MemAvailable: 65535 kB'
        saved $filesystem --threads 1
        failed 5 'target/vmcore.incomplete: cannot write: No space left on device'
        # the copier checks the available memory after each 16 MiB
        stored=$(sed -n 's/^stored_bytes=//p' report)
        [ "$stored" -lt $((17 << 20)) ]
    done
    # before Linux 3.14
    machine 'MemFree: 65535 kB' 'Cached: 999999 kB'
    saved tmpfs
    failed 5 'No space left on device'
}

@test "with enough memory, an unknown amount of memory, or a disk as the target, the dump is complete" {
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

@test "4 GiB are released in batches of 16 MiB if the target is in memory, and in 64 batches if it is on a disk" {
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
        # each batch is one line, with a length one byte less than the batch: ...ffffff. The last line, which adds the
        # missing bytes to the kernel's sum of lengths, does not match
        [ "$(grep -c 'ffffff$' rr)" -eq "${row#*:}" ]
    done
}

@test "without --memory a copy uses half of the available memory" {
    as kdump
    full_core 8
    for mib in 4 5 6; do
        machine "MemAvailable: $((2 * mib * 1024)) kB"
        saved tmpfs --threads 16
        [ "$status" -eq 0 ]
        half=$stderr
        rm -rf out report
        copy --threads 16 --memory $mib
        [ "$status" -eq 0 ]
        [[ $stderr == *'threads: '*' instead of 16, for lack of memory' ]]
        [ "$half" = "$stderr" ]
    done
}
