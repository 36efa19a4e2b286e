#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.bats - the pure functions of lib/ and the deadlines of driver/wait.sh, in every shell that an initramfs may have

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

# x VARIABLE FUNCTION ARGUMENT...: runs FUNCTION under $SH; sets $status, and $output to the value of VARIABLE
x() {
    run env LC_ALL=C $SH -c '. "$0/lib/common.sh"; . "$0/lib/paths.sh"; variable=$1; shift; "$@"; status=$?
        eval "printf \"%s\\n\" \"\$$variable\""; exit $status' "$MODULE" "$@"
    echo "$SH: $* -> $status: $output"
}

@test "sourcing the libraries prints nothing, runs no program and sets no variable" {
    before=$BATS_TEST_TMPDIR/before after=$BATS_TEST_TMPDIR/after
    for SH in "${SHELLS[@]}"; do
        for file in lib/common.sh lib/tool.sh lib/paths.sh build/needs.sh; do
            run env -i PATH=/nonexistent "$(command -v ${SH%% *})" ${SH#"${SH%% *}"} -c \
                'set > "$1"; . "$0"; set > "$2"' "$MODULE/$file" "$before" "$after"
            is "$status:$output" 0:
            diff <(grep -vE '^(_|LINENO|PIPESTATUS|BASH_[A-Z]*)=' "$before") \
                <(grep -vE '^(_|LINENO|PIPESTATUS|BASH_[A-Z]*)=' "$after")
        done
    done
}

@test "detect: each set of files in the table is detected as its kind of dump" {
    local r=proc/device-tree/rtas
    for SH in "${SHELLS[@]}"; do
        while read -r want files; do
            rm -rf "$BATS_TEST_TMPDIR/m"
            for file in $files; do
                mkdir -p "$BATS_TEST_TMPDIR/m/${file%/*}"
                : > "$BATS_TEST_TMPDIR/m/$file"
            done
            x kind fadump_detect "$BATS_TEST_TMPDIR/m"
            is "$output" "$want"
        done << END
none   sys/kernel/x
kdump  proc/vmcore
fadump proc/vmcore $r/ibm,kernel-dump
fadump $r/ibm,kernel-dump
opal   proc/vmcore proc/device-tree/ibm,opal/dump/mpipl-boot
opal   proc/device-tree/ibm,opal/dump/mpipl-boot
phyp   proc/vmcore $r/ibm,dump-kernel sys/kernel/release_region
phyp   proc/vmcore $r/ibm,kernel-dump sys/kernel/release_region
phyp   $r/ibm,dump-kernel sys/kernel/release_region
kdump  proc/vmcore sys/kernel/release_region
kdump  proc/vmcore $r/ibm,dump-kernel
none   sys/kernel/release_region
END
    done
}

@test "meminfo: sets the number of the key, or 0 if it is missing or not a number" {
    m=$BATS_TEST_TMPDIR/meminfo
    printf '%s\n' 'MemTotal:       16384 kB' 'Active(anon):    7 kB' 'MemTotalHigh: 5 kB' 'Odd:  12x kB' 'Bare:' \
        'Huge: 8' > "$m"
    for SH in "${SHELLS[@]}"; do
        for want in MemTotal=16384 'Active(anon)=7' Odd=0 Bare=0 Huge=8 Mem=0 '*=0'; do
            x kilobytes fadump_meminfo "$m" "${want%=*}"
            is "$status:$output" "0:${want#*=}"
        done
        x kilobytes fadump_meminfo /nonexistent MemTotal
        is "$status:$output" 0:0
    done
}

@test "first: sets the first file that exists; if none exists, sets nothing and returns 1" {
    touch "$BATS_TEST_TMPDIR/b" "$BATS_TEST_TMPDIR/c"
    for SH in "${SHELLS[@]}"; do
        x first fadump_first "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b" "$BATS_TEST_TMPDIR/c"
        is "$status:$output" "0:$BATS_TEST_TMPDIR/b"
        x first fadump_first "$BATS_TEST_TMPDIR/a" /nonexistent
        is "$status:$output" 1:
    done
}

@test "trim: removes white space at both ends, but not inside" {
    for SH in "${SHELLS[@]}"; do
        x trimmed fadump_trim $' \t a  b=*\r\n' && is "$output" 'a  b=*'
        x trimmed fadump_trim $' \r ' && is "$output" ''
        x trimmed fadump_trim '' && is "$output" ''
    done
}

@test "oneline: control characters become ?, and a text of more than 200 characters becomes its length" {
    for SH in "${SHELLS[@]}"; do
        run $SH -c '. "$0/lib/common.sh"; fadump_oneline "$1"' "$MODULE" $'a\033[2J\nb'
        is "$output" 'a?[2J?b'
        run $SH -c '. "$0/lib/common.sh"; fadump_oneline "$1"' "$MODULE" "$(printf %0201d 0)"
        is "$output" '(201 characters)'
    done
}

# waits ROOT FUNCTION ARGUMENT...: runs FUNCTION of driver/wait.sh under $SH, with ROOT/proc/uptime; sets $seconds
waits() {
    local began=$SECONDS
    run timeout 30 env ROOT="$1" $SH -c '. "$0/driver/wait.sh"; "$@"' "$MODULE" "${@:2}"
    seconds=$((SECONDS - began))
    echo "$SH: ${*:2} -> $status after $seconds s: $output"
}

@test "wait: a deadline of 1 second ends the wait, even if the uptime cannot be read" {
    for SH in "${SHELLS[@]}"; do
        for root in '' /nonexistent; do
            waits "$root" wait_until 1 false
            [ "$status" -eq 124 ]
            [ "$seconds" -le 7 ]
            waits "$root" run_with_timeout 1 sleep 30
            [ "$status" -eq 124 ]
            [ "$seconds" -le 9 ]
        done
    done
}

@test "wait: a program that ignores SIGTERM is killed after its deadline" {
    pid=$BATS_TEST_TMPDIR/pid
    for SH in "${SHELLS[@]}"; do
        # this program would end by itself after 20 seconds
        waits '' run_with_timeout 1 sh -c 'exec > /dev/null 2>&1 3>&-; trap "" TERM; echo $$ > "$0"
            for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 1; done' "$pid"
        [ "$status" -eq 124 ]
        run kill -0 "$(cat "$pid")"
        [ "$status" -ne 0 ]
    done
}

# changes NAME...: prints the NAMEs of disks that may belong to another disk after a reboot, one per line
changes() {
    run $SH -c '. "$0/lib/common.sh"; for name; do ! fadump_name_changes "$name" || echo "$name"; done' "$MODULE" "$@"
}

@test "name_changes: only tags, udev links, and names of device-mapper, arrays and volumes are stable" {
    local lasting changing
    lasting=(UUID=1 LABEL=/x PARTUUID=1 /dev/disk/by-id/x /dev/disk/by-uuid/1 /dev/disk/by-path/a:b
        '/dev/disk/by-label/a\x20b' /dev/disk/by-partlabel/x /dev/disk/by-dname/x /dev/mapper/mpatha /dev/md/crash
        /dev/vg/lv /dev/zvol/pool/crash /dev/rbd/pool/image /dev/bcache/by-uuid/1 /dev/drbd/by-res/r0/0
        //dev/./vg//lv)
    changing=(/dev/sda /dev/vdb1 /dev/nvme0n1p1 /dev/dm-3 /dev/md127 /dev/bcache0 /dev/rbd0 /dev/pmem0 /dev/zd0
        /dev/ublkb0 /dev/loop0 /dev/mtdblock0 /dev/sr0 /dev/ram0 /dev/new0 /dev/cciss/c0d0 /dev/block/8:16
        /dev/disk/by-diskseq/9 /dev/disk/by-diskseq/9-part1 /dev/disk/by-loop-ref/x /dev//sdb /dev/./sdb //dev/sdb
        /dev/sdb/ /dev/disk/../sdb /dev/disk/by-id/../../sdb /dev//disk/./by-diskseq/9)
    for SH in "${SHELLS[@]}"; do
        changes "${lasting[@]}" "${changing[@]}"
        is "$output" "$(printf '%s\n' "${changing[@]}")"
    done
}

@test "boots: succeeds only if this boot starts multi-user.target or a unit that needs it" {
    local top="$BATS_TEST_TMPDIR/top" cases line why
    local etc="$top/etc/systemd/system" usr="$top/usr/lib/systemd/system"
    mkdir -p "$etc" "$usr/site.target.wants"
    ln -s graphical.target "$usr/default.target"
    ln -s multi-user.target "$usr/runlevel3.target"
    : > "$usr/graphical.target"
    : > "$usr/rescue.target"
    printf '[Unit]\nRequires=multi-user.target other.target\n' > "$usr/desktop.target"
    printf '[Unit]\nAfter=multi-user.target\n' > "$usr/minimal.target"
    : > "$usr/site.target"
    ln -s ../multi-user.target "$usr/site.target.wants/multi-user.target"
    cases='quiet:
systemd.unit=multi-user.target:
systemd.unit=runlevel3.target:
systemd.unit=desktop.target:
systemd.unit=site.target:
single 3:
rd.systemd.unit=emergency.target:
systemd.unit=rescue.target:this boot starts rescue.target
single:this boot starts rescue.target
quiet 1:this boot starts rescue.target
-b:this boot starts emergency.target
3 systemd.unit=minimal.target:this boot starts minimal.target
systemd.unit=missing.target:this boot starts missing.target
systemd.run=/bin/true:this boot starts kernel-command-line.target'
    for SH in "${SHELLS[@]}"; do
        while IFS=: read -r line why; do
            echo "root=/dev/x $line" > "$BATS_TEST_TMPDIR/line"
            x boots_why fadump_boots "$top" "$BATS_TEST_TMPDIR/line"
            if [ -n "$why" ]; then is "$status:$output" "1:$why"; else is "$status" 0; fi
        done <<< "$cases"
        echo quiet > "$BATS_TEST_TMPDIR/line"
        ln -s ../../../usr/lib/systemd/system/rescue.target "$etc/default.target"
        x boots_why fadump_boots "$top" "$BATS_TEST_TMPDIR/line"
        is "$status:$output" '1:this boot starts default.target, which is rescue.target'
        rm "$etc/default.target"
        ln -s /var/lib/update "$top/system-update"
        x boots_why fadump_boots "$top" "$BATS_TEST_TMPDIR/line"
        is "$status:$output" '1:this boot starts system-update.target'
        rm "$top/system-update"
    done
}
