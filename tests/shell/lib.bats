#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.bats - the pure functions of fadump-lib.sh, -conf.sh and -node.sh, in every shell they may meet

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

# x FUNCTION ARGUMENT...: runs it under $SH; sets $status and $output.
x() {
    run env LC_ALL=C $SH -c 'for f in lib grammar servers conf; do . "$0/fadump-$f.sh"; done; "$@"' "$MODULE" "$@"
    echo "$SH: $* -> $status: $output"
}

conf() {
    # shellcheck disable=SC2059
    printf "$@" > "$BATS_TEST_TMPDIR/fadump.conf"
    x fadump_config "$BATS_TEST_TMPDIR/fadump.conf"
}

@test "sourcing the libraries prints nothing, runs nothing, sets nothing" {
    before=$BATS_TEST_TMPDIR/before after=$BATS_TEST_TMPDIR/after
    for SH in "${SHELLS[@]}"; do
        for file in fadump-lib.sh fadump-grammar.sh fadump-servers.sh fadump-conf.sh fadump-paths.sh fadump-build.sh; do
            run env -i PATH=/nonexistent "$(command -v ${SH%% *})" ${SH#"${SH%% *}"} -c \
                'set > "$1"; . "$0"; set > "$2"' "$MODULE/$file" "$before" "$after"
            is "$status:$output" 0:
            diff <(grep -vE '^(_|LINENO|PIPESTATUS|BASH_[A-Z]*)=' "$before") \
                <(grep -vE '^(_|LINENO|PIPESTATUS|BASH_[A-Z]*)=' "$after")
        done
    done
}

@test "config: a key, its value, white space, comments, CRLF, no newline at the end" {
    for SH in "${SHELLS[@]}"; do
        conf 'target = dir:/a\nrearm=no\n' && is "$status:$output" $'0:target=dir:/a\nrearm=no'
        conf '\n# c\n   # target = dir:/x\n\t target\t=\tdir:/a b \t\n' && is "$status:$output" '0:target=dir:/a b'
        conf 'target = dir:/a # why\r\nrearm = yes\r\n\r\n' && is "$status:$output" $'0:target=dir:/a\nrearm=yes'
        conf 'rearm = no' && is "$status:$output" '0:rearm=no'
        conf 'target = dir:/a=b#c' && is "$status:$output" '0:target=dir:/a=b#c'
        conf '' && is "$status:$output" '0:'
    done
}

@test "config: what is wrong is named with its line, the rest is kept" {
    for SH in "${SHELLS[@]}"; do
        conf 'colour = blue\nrearm = no\n'
        is "$status:$output" $'1:error=line 1: unknown key \'colour\'\nrearm=no'
        conf 'rearm = maybe\n'
        is "$status:$output" "1:error=line 1: rearm: 'maybe' is not auto, yes or no"
        conf 'rearm\n'
        is "$status:$output" '1:error=line 1: not of the form key = value'
        conf '= auto\n'
        is "$status:$output" "1:error=line 1: unknown key ''"
        conf 'rearm =\n'
        is "$status:$output" "1:error=line 1: rearm: '' is not auto, yes or no"
        conf 'rearm = no\nrearm = yes\n'
        is "$status:$output" $'1:rearm=no\nerror=line 2: rearm is set twice'
        conf 'target = tape:a:/b\n'
        is "$status:${output%% (*}" "1:error=line 1: target: unknown kind 'tape'"
        conf 'target = dir:/a\ntarget = none\ntarget = dir:/b\n'
        is "$status:$output" $'0:target=dir:/a\ntarget=none\ntarget=dir:/b'
        conf 'when = now\n'
        is "$status:$output" "1:error=line 1: when: 'now' is not early or late"
        conf 'when = late\n' && is "$status:$output" '0:when=late'
        conf 'rearm = auto yes\n'
        [ "$status" -eq 1 ]
        conf '\357\273\277rearm = no\n'
        [ "$status" -eq 1 ]
    done
}

@test "config: hostile text is data" {
    for SH in "${SHELLS[@]}"; do
        cd "$BATS_TEST_TMPDIR"
        printf '%s\n' 'target = $(touch evil)' 'rearm = `touch evil`' '$(touch evil) = x' 'rearm = no; touch evil' \
            '*' '* = *' '-n' '\c = \c' "'" '"' "rearm = 'no'" > fadump.conf
        x fadump_config fadump.conf
        [ "$status" -eq 1 ]
        [ ! -e evil ]
        is "$(grep -c '^error=line' <<< "$output")" 11
        printf 'rearm = \033[2J\001\nkey%5000s = x\n' x > fadump.conf
        x fadump_config fadump.conf
        is "$output" $'error=line 1: rearm: \'?[2J?\' is not auto, yes or no\nerror=line 2: unknown key \'(5003 characters)\''
    done
}

@test "config: a missing file, a directory" {
    for SH in "${SHELLS[@]}"; do
        x fadump_config /nonexistent && is "$status:$output" '1:error=cannot be read'
        x fadump_config / && is "$status:$output" '1:error=cannot be read'
    done
}

@test "config: the shipped file is right, and so is every value it shows" {
    for SH in "${SHELLS[@]}"; do
        x fadump_config "$BATS_TEST_DIRNAME/../../conf/fadump.conf"
        is "$status:$output" '0:'
        sed 's/^#\([a-z_]* = \)/\1/' "$BATS_TEST_DIRNAME/../../conf/fadump.conf" > "$BATS_TEST_TMPDIR/shown"
        x fadump_config "$BATS_TEST_TMPDIR/shown"
        is "$status:$output" $'0:target=dir:/var/crash\nfallback=dir\ntimeout=60\nstall_timeout=60\nraw_force=no\nraw_overwrite=no\nnetwork=ip=dhcp\ninclude=nfs iscsi\nssh_key=/root/.ssh/id_ed25519\nssh_known_hosts=/root/.ssh/known_hosts\nwhen=early\nrearm=auto\nfinal_action=auto\nformat=kdump\ncompress=zstd\ndump_level=31\nthreads=2\nmemory=64'
    done
}

@test "value: the line of a key, the last of several, nothing" {
    for SH in "${SHELLS[@]}"; do
        x fadump_value rearm $'target=rearm=x\nrearm=no\nrearm=yes\nerror=rearm=auto' && is "$output" yes
        x fadump_value target $'rearm=no' && is "$output" ''
        x fadump_values target $'target=a\nrearm=no\ntarget=\ntarget=a b' && is "$output" $'a\n\na b'
        x fadump_value target 'target=$(date) `x` $HOME "q" \n' && is "$output" '$(date) `x` $HOME "q" \n'
    done
}

@test "keys for the copier: what is taken and what is not" {
    for SH in "${SHELLS[@]}"; do
        for good in format=kdump format=elf compress=zstd compress=zstd compress=zstd:19 compress=zstd:-7 compress=lzo \
            compress=zlib compress=zlib:9 compress=none dump_level=0 dump_level=9 dump_level=31 threads=1 threads=128 \
            memory=1 memory=9999999 fallback=dir fallback=none timeout=1 timeout=3600 stall_timeout=86400; do
            x fadump_check "${good%%=*}" "${good#*=}" && is "$status:$output" 0:
        done
        for bad in format= format=flat format=ELF 'format=kdump elf' compress= compress=zstd: compress=zstd:0 compress=zstd:20 \
            compress=zstd:-8 compress=zstd:+1 compress=zstd:01 compress=zlib:0 compress=zlib:10 compress=lzo:1 compress=none:1 \
            compress=gzip compress=Zstd 'compress=zstd --no-dmesg' dump_level= dump_level=32 dump_level=-1 dump_level=01 \
            dump_level=0x1f dump_level=1,2 dump_level=18446744073709551616 threads=0 threads=129 threads=99999999999999999999 threads=auto threads= \
            fallback= fallback=yes fallback=dir:/x timeout=0 timeout=3601 timeout=1s stall_timeout=0 stall_timeout=86401 stall_timeout= memory=0 memory=64M memory=10000000 memory=1.5 $'dump_level=3\n1' $'format=elf\n'; do
            x fadump_check "${bad%%=*}" "${bad#*=}"
            [ "$status" -eq 1 ]
            is "${#lines[@]}:${lines[0]%%:*}" "1:${bad%%=*}"
        done
        x fadump_check colour blue && is "$status:$output" "1:unknown key 'colour'"
    done
}

@test "config: format = elf and a codec exclude each other, whichever comes first" {
    for SH in "${SHELLS[@]}"; do
        conf 'format = elf\ncompress = zstd\n'
        is "$status:$output" $'1:format=elf\nerror=line 2: compress: a dump with format = elf is not compressed, zstd cannot be used'
        conf 'compress = lzo\ndump_level = 1\nformat = elf\n'
        is "$status:$output" $'1:compress=lzo\ndump_level=1\nerror=line 3: compress: a dump with format = elf is not compressed, lzo cannot be used'
        conf 'compress = none\nformat = elf\n' && is "$status" 0
        conf 'compress = zstd\nformat = kdump\n' && is "$status" 0
    done
}

@test "options: words for the copier, in order, of what is set" {
    for SH in "${SHELLS[@]}"; do
        x fadump_options $'target=dir:/x\nrearm=no\nerror=format=x' && is "$status:$output" 0:
        x fadump_options $'memory=64\nthreads=3\ndump_level=0\nformat=elf\ncompress=none\ndump_level=31' \
            && is "$output" ' --format elf --compress none --dump-level 31 --threads 3 --memory 64'
    done
}

@test "target: what is taken and what is not" {
    for SH in "${SHELLS[@]}"; do
        for good in dir:/ dir:/a dir:/a/b/ dir:/..a/b.. dir:/a..b 'dir:/a b' dir:/... dir:/procs dir:/var/run dir:/var/tmp "dir:/$(printf %0900d 0)"; do
            x fadump_target_check "$good" && is "$status:$output" 0:
        done
        for bad in '' dir dir: dir:a dir:./a dir:/.. dir:/../a dir:/a/../b dir:/a/.. /a DIR:/a nfs:/a none: none:x dir:/proc dir:/proc/ dir:/sys/x dir:/dev/shm dir:/run dir:/run/crash dir:/tmp/x dir:/a$'\n' \
            $'dir:/a\rb' $'dir:/\033' "dir:/$(printf %01000d 0)"; do
            x fadump_target_check "$bad"
            [ "$status" -eq 1 ]
            is "${#lines[@]}:${lines[0]%%[ :]*}" 1:target
        done
    done
}

@test "targets: the last resort comes behind the list, unless it is there or not wanted" {
    for SH in "${SHELLS[@]}"; do
        x fadump_targets '' '' && is "$output" dir:/var/crash
        x fadump_targets '' none && is "$output" dir:/var/crash
        x fadump_targets dir:/a '' && is "$output" $'dir:/a\ndir:/var/crash'
        x fadump_targets $'dir:/a\ndir:/b' dir && is "$output" $'dir:/a\ndir:/b\ndir:/var/crash'
        x fadump_targets $'dir:/a\ndir:/b' none && is "$output" $'dir:/a\ndir:/b'
        x fadump_targets $'dir:/var/crash\ndir:/b' dir && is "$output" $'dir:/var/crash\ndir:/b'
        x fadump_targets $'dir:/var/crash/x' dir && is "$output" $'dir:/var/crash/x\ndir:/var/crash'
        x fadump_targets $'dir:/a\nnone' dir && is "$output" $'dir:/a\nnone'
    done
}

@test "secrets are not shown" {
    for SH in "${SHELLS[@]}"; do
        x fadump_masked $'dir:/a@b\niscsi:me:top secret:in:me too@h::::iqn.x:y@z\niscsi:@h::::iqn.x:y@z\niscsi:h::::iqn.x'
        is "$output" $'dir:/a@b\niscsi:***@h::::iqn.x:y@z\niscsi:@h::::iqn.x:y@z\niscsi:h::::iqn.x'
    done
}

@test "detect: every row of the table" {
    local r=proc/device-tree/rtas
    for SH in "${SHELLS[@]}"; do
        while read -r want files; do
            rm -rf "$BATS_TEST_TMPDIR/m"
            for file in $files; do
                mkdir -p "$BATS_TEST_TMPDIR/m/${file%/*}"
                : > "$BATS_TEST_TMPDIR/m/$file"
            done
            x fadump_detect "$BATS_TEST_TMPDIR/m"
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

@test "regions of OPAL: as the kernel shows them, and what is none" {
    regions=$BATS_TEST_TMPDIR/fadump_region
    for SH in "${SHELLS[@]}"; do
        while IFS='|' read -r text want; do
            printf %b "$text" > "$regions"
            run $SH -c '. "$0/fadump-node.sh"; fadump_regions "$1"' "$MODULE" "$regions"
            echo "$SH $text: $status:$output"
            is "$status:${output//$'\n'/;}" "$want"
        done << 'END'
DUMP: Src: 0x00000000000000, Dest: 0x00000040000000, Size: 0x40000000, Dumped: 0x40000000 bytes\n\nMemory above 0x00000040000000 is reserved for saving crash dump\n|0:0011 0000000000000000 0000000040000000 0000000040000000
DUMP: Src: 0000000000000000, Dest: 0x10, Size: 0x1, Dumped: 0 bytes\n|2:
DUMP: Src: 0x0, Dest: 0x100000000000, Size: 0x1, Dumped: 0\nDUMP: Src: 0x1, Dest: 0x100000000001, Size: 0xf, Dumped: 0\n|0:0011 0000000000000000 0000000000000001 0000100000000000;0011 0000000000000001 000000000000000f 0000100000000001
CPU :[0x1-0x2] 0x1 bytes, Dumped: 0x0\n|2:
DUMP: Src: 0x0, Dest: 0x1x, Size: 0x1, Dumped: 0\n|2:
DUMP: Src: 0x0, Dest: $(reboot), Size: 0x1, Dumped: 0\n|2:
DUMP: Src: 0x0, Dest: 0x8000000000000000, Size: 0x1, Dumped: 0\n|2:
DUMP: Src: 0x0, Dest:\n|2:
|2:
END
        run $SH -c '. "$0/fadump-node.sh"; fadump_regions /nonexistent 2> /dev/null' "$MODULE"
        [ "$status" -ne 0 ]
    done
}

# area NODE: the argument area in a dump node, as the driver finds it
area() {
    run $SH -c '. "$0/fadump-node.sh"; sections=$(fadump_node "$1") || exit; fadump_param_area "$sections"' "$MODULE" "$1"
    echo "$SH: $status $output"
}

@test "broken page: where the reserve ends" {
    local from start reserved page want
    for SH in "${SHELLS[@]}"; do
        while read -r start reserved page want; do
            dump_node "1:$start:4096" 17:0:805306368 > "$BATS_TEST_TMPDIR/node"
            run $SH -c '. "$0/fadump-node.sh"; fadump_broken_page "$(fadump_node "$1")" "$2" "$3"' "$MODULE" \
                "$BATS_TEST_TMPDIR/node" "$reserved" "$page"
            echo "$SH $start $reserved $page: $status:$output"
            is "$status:$output" "$want"
        done << 'END'
805306368 805372336 65536 0:0x0000000060010000
805306368 805372336 4096 0:0x0000000060010000
805306368 805376432 4096 0:0x0000000060011000
805306368 805376432 65536 0:0x0000000060010000
805306368 805306368 65536 1:
805306368 805371904 65536 1:
805306368 805310464 4096 1:
805306368 805310464 65536 0:0x0000000060000000
1099511627776 432 65536 0:0x0000010000000000
805310464 805372336 65536 2:
805306368 x 65536 2:
805306368 805372336 0 2:
END
        run $SH -c '. "$0/fadump-node.sh"; fadump_broken_page "" 805372336 65536' "$MODULE"
        is "$status:$output" 2:
        run $SH -c '. "$0/fadump-node.sh"; fadump_broken_page "" "" 65536' "$MODULE"
        is "$status:$output" 2:
    done
}

@test "page size: from smaps, the largest without it" {
    for SH in "${SHELLS[@]}"; do
        printf '%s\n' 'x' 'Size:   128 kB' 'KernelPageSize:        4 kB' 'KernelPageSize: 64 kB' > "$BATS_TEST_TMPDIR/smaps"
        run $SH -c '. "$0/fadump-node.sh"; fadump_page_bytes "$1"' "$MODULE" "$BATS_TEST_TMPDIR/smaps"
        is "$status:$output" 0:4096
        : > "$BATS_TEST_TMPDIR/smaps"
        run $SH -c 'set -e; . "$0/fadump-node.sh"; fadump_page_bytes "$1"' "$MODULE" "$BATS_TEST_TMPDIR/smaps"
        is "$status:$output" 0:65536
        run $SH -c 'set -e; . "$0/fadump-node.sh"; fadump_page_bytes "$1" 2> /dev/null' "$MODULE" /nonexistent
        is "$status:$output" 0:65536
    done
}

@test "argument area: found in a real layout, wherever it stands" {
    for SH in "${SHELLS[@]}"; do
        # as seen on pseries: CPU, HPTE of length 0, boot memory, arguments; 200 bytes
        dump_node 1:0:4096 2:0:0 17:0:805306368 256:4294965248:2048 > "$BATS_TEST_TMPDIR/node"
        is "$(stat -c %s "$BATS_TEST_TMPDIR/node")" 200
        area "$BATS_TEST_TMPDIR/node" && is "$status:$output" 0:0x00000000fffff800
        dump_node 256:1311768467294899695:1 1:0:4096 > "$BATS_TEST_TMPDIR/node"
        area "$BATS_TEST_TMPDIR/node" && is "$status:$output" 0:0x1234567890abcdef
        { FIRST=48 dump_node && printf 12345678 && dump_node 256:65536:2048 | tail -c 40; } > "$BATS_TEST_TMPDIR/node"
        printf '\0\1' | dd of="$BATS_TEST_TMPDIR/node" bs=1 seek=4 conv=notrunc status=none
        area "$BATS_TEST_TMPDIR/node" && is "$status:$output" 0:0x0000000000010000
    done
}

@test "argument area: none" {
    for SH in "${SHELLS[@]}"; do
        dump_node 1:0:4096 2:0:0 17:0:805306368 > "$BATS_TEST_TMPDIR/node"
        area "$BATS_TEST_TMPDIR/node" && is "$status:$output" 1:
        dump_node 256:4096:0 > "$BATS_TEST_TMPDIR/node" # empty
        area "$BATS_TEST_TMPDIR/node" && is "$status:$output" 1:
        dump_node > "$BATS_TEST_TMPDIR/node"
        area "$BATS_TEST_TMPDIR/node" && is "$status:$output" 1:
        COUNT=1 dump_node 1:0:4096 256:4096:2048 > "$BATS_TEST_TMPDIR/node" # beyond the last section
        area "$BATS_TEST_TMPDIR/node" && is "$status:$output" 1:
        # its type where another section has its address
        dump_node 1:256:256 2:72057594037927936:1 > "$BATS_TEST_TMPDIR/node"
        area "$BATS_TEST_TMPDIR/node" && is "$status:$output" 1:
    done
}

@test "argument area: a node that is not what it should be" {
    for SH in "${SHELLS[@]}"; do
        node=$BATS_TEST_TMPDIR/node
        dump_node 1:0:4096 256:4294965248:2048 > "$node.good"
        for size in 0 1 39 40 41 79 80 119; do
            head -c "$size" "$node.good" > "$node"
            area "$node" && is "$status:$output" 2:
        done
        COUNT=65535 dump_node 1:0:4096 > "$node"
        area "$node" && is "$status:$output" 2:
        for first in 0 39 121 4294967295 2147483648; do
            FIRST=$first dump_node 256:4096:2048 > "$node"
            area "$node" && is "$status:$output" 2:
        done
        VERSION=2 dump_node 256:4096:2048 > "$node"
        area "$node" && is "$status:$output" 2:
        dump_node 256:-4096:2048 > "$node" # 2^64 - 4096
        area "$node" && is "$status:$output" 2:
        area /nonexistent && is "$status:$output" 2:
        area "$BATS_TEST_TMPDIR" && is "$status:$output" 2:
        # much more than a node: read to a limit
        COUNT=65535 dump_node 1:0:4096 > "$node"
        head -c 3000000 /dev/zero >> "$node"
        area "$node" && is "$status:$output" 2:
    done
}

@test "meminfo: one number of it, 0 when it is not there or is none" {
    m=$BATS_TEST_TMPDIR/meminfo
    printf '%s\n' 'MemTotal:       16384 kB' 'Active(anon):    7 kB' 'MemTotalHigh: 5 kB' 'Odd:  12x kB' 'Bare:' 'Huge: 8' > "$m"
    for SH in "${SHELLS[@]}"; do
        for want in MemTotal=16384 'Active(anon)=7' Odd=0 Bare=0 Huge=8 Mem=0 '*=0'; do
            x fadump_meminfo "$m" "${want%=*}"
            is "$status:$output" "0:${want#*=}"
        done
        x fadump_meminfo /nonexistent MemTotal
        is "$status:$output" 0:0
    done
}
