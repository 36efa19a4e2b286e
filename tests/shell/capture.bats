#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# capture.bats - the decisions of the driver: order, release, retired pages, arming, status
#
# In: a machine in a directory (machine.bash). tests/lab runs the driver with a real kernel.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

memory=sys/devices/system/memory
node=proc/device-tree/rtas/ibm,kernel-dump

@test "the order is: copy, finish the target, release the memory, retire pages, arm the next dump" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        capture
        [ "$status" -eq 0 ]
        # "-" is a line of the log; 1 and 0x... are writes to files of the kernel
        is "$calls" "- registered=0
mount -o remount,rw $M/sysroot registered=0
- registered=0
sync registered=0
- registered=0
- registered=0
copy registered=0
mount -o remount,ro $M/sysroot registered=0
- registered=0
- registered=0
1
- registered=0
0x0000000060010000
0x00000000fffff800
- registered=0
- registered=1
- registered=1
"
        is "$(cat "$M/sys/kernel/fadump/registered")" 1
        grep -qxF 'fadump: retired 2 pages (128 KiB): work-around for a kernel bug, not a hardware fault: 0x0000000060010000 0x00000000fffff800' <<< "$output"
    done
}

@test "a saved dump has its status, its files and their modes, and the log lines that test suites look for" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture
        [ "$status" -eq 0 ]
        is "$(cat "$M/run/fadump/status")" "kind=fadump
target=dir:/var/crash
path=/var/crash/127.0.0.1-2026-11-21-21:03:05/vmcore
format=kdump
compress=zstd
dump_level=31
bytes=19
stored_bytes=12
excluded_pages=5
cache_pages=4
free_pages=1
user_pages=0
lost_pages=0
seconds=0.5
result=saved
released=yes
armed=yes
final_action=continue
reason="
        cmp "$M/proc/vmcore" "$M/sysroot/var/crash/127.0.0.1-2026-11-21-21:03:05/vmcore"
        is "$(stat -c %a "$M"/sysroot/var/crash "$M"/sysroot/var/crash/* "$M"/run/fadump | sort -u)" 700
        is "$(stat -c %a "$M"/run/fadump/* | sort -u)" 600
        grep -qxF 'fadump: saving vmcore' <<< "$output"
        grep -qxF 'fadump: saving vmcore complete' <<< "$output"
        grep -qxF 'fadump: pages left out: 4 cache, 1 free' <<< "$output"
        grep -qxF '2026-11-21T21:03:05Z saving vmcore complete' "$M/run/fadump/log"
        # no line is twice on the console or in the log
        is "$(sort <<< "$output" | uniq -d)" ''
        is "$(sort "$M/run/fadump/log" | uniq -d)" ''
    done
}

@test "a dump with unreadable pages (status 1) is saved, logged and released" {
    for SH in "${SHELLS[@]}"; do
        machine
        copier 1
        capture
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes lost_pages=1
        grep -q '^fadump: warning: 1 pages of the dump could not be read' <<< "$output"
    done
}

# nervous: makes a kernel whose sysctls request a panic after a warning or a delay, and a copier that records them
nervous() {
    machine
    mkdir -p "$M/proc/sys/kernel" "$M/proc/sys/vm"
    for name in kernel/panic_on_warn kernel/hung_task_panic kernel/softlockup_panic kernel/panic_on_oops; do
        echo 1 > "$M/proc/sys/$name"
    done
    echo 0 > "$M/proc/sys/kernel/hardlockup_panic"
    echo 2 > "$M/proc/sys/vm/panic_on_oom"
    sed -i '1a grep "" "$ROOT"/proc/sys/*/* > "$ROOT/during"' "$M/usr/libexec/fadump-copy"
}

# calmed: checks that the sysctls for warnings and delays were 0 during the copy, and have their former values again
calmed() {
    is "$(sed "s|^$M/proc/sys/||" "$M/during")" 'kernel/hardlockup_panic:0
kernel/hung_task_panic:0
kernel/panic_on_oops:1
kernel/panic_on_warn:0
kernel/softlockup_panic:0
vm/panic_on_oom:0'
    is "$(cat "$M"/proc/sys/kernel/* "$M/proc/sys/vm/panic_on_oom" | paste -sd ' ')" '0 1 1 1 1 2'
}

@test "no warning and no delay can panic the kernel while the dump is saved; afterwards the sysctls are restored" {
    for SH in "${SHELLS[@]}"; do
        nervous
        capture
        has result=saved released=yes
        calmed
        is "$(grep -c '^fadump: switched off while the dump is saved: kernel/panic_on_warn=1 kernel/hung_task_panic=1 kernel/softlockup_panic=1 vm/panic_on_oom=2$' <<< "$output")" 1
        # also after a capture that fails, and one that is killed
        nervous
        copier 4
        sed -i '1a grep "" "$ROOT"/proc/sys/*/* > "$ROOT/during"' "$M/usr/libexec/fadump-copy"
        capture
        has result=failed
        calmed
        nervous
        fake fadump-copy 'grep "" "$ROOT"/proc/sys/*/* > "$ROOT/during"; kill -TERM "$(cat "$ROOT/driver.pid")"; sleep 1'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        sed -i '2i echo $$ > "$ROOT/driver.pid"' "$M/usr/libexec/fadump-capture"
        capture
        has result=failed
        calmed
    done
}

@test "a copy that fails (status 2 to 6, 8, killed, no copier) releases nothing and logs the reason" {
    local why=([2]='fadump-copy ended with status 2' [3]='/proc/vmcore cannot be read'
        [4]='/var/crash/127.0.0.1-2026-11-21-21:03:05 cannot be written'
        [5]='no space left for /var/crash/127.0.0.1-2026-11-21-21:03:05'
        [6]='no memory or no thread for the copy' [8]='no byte reached /var/crash/127.0.0.1-2026-11-21-21:03:05 for 60 seconds' [137]='fadump-copy ended with status 137'
        [127]='fadump-copy cannot be run')
    for SH in "${SHELLS[@]}"; do
        for fault in "${!why[@]}"; do
            machine
            sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
            copier "$fault"
            [ "$fault" != 127 ] || rm "$M/usr/libexec/fadump-copy"
            capture
            [ "$status" -eq 1 ]
            untouched
            has result=failed path= "reason=${why[fault]}"
            # the reason is logged once
            is "$(grep -cF "${why[fault]}" <<< "$output")" 1
            grep -qxF "fadump: target dir:/var/crash failed after 0 s: ${why[fault]}" <<< "$output"
            grep -qxF 'fadump: saving vmcore failed' <<< "$output"
            lacks 'saving vmcore complete' "$output"
            grep -q "^mount -o remount,ro $M/sysroot" <<< "$calls"
        done
    done
}

@test "if the copier does not report a complete vmcore as durable, nothing is released" {
    for SH in "${SHELLS[@]}"; do
        for fault in 2 3 4 5 6 8 137; do
            machine
            copier "$fault"
            sed -i 's/^    lost=0/&; mv "$file.incomplete" "$file"/' "$M/usr/libexec/fadump-copy"
            capture
            [ "$status" -eq 1 ]
            untouched
            has result=failed path=
            cmp "$M/proc/vmcore" "$M"/sysroot/var/crash/*/vmcore
        done
    done
}

@test "a complete but unfiltered dump (status 7) is saved, logged with the reason, and released" {
    for SH in "${SHELLS[@]}"; do
        machine
        copier 7
        sed -i 's/^    exit 7/    printf "unfiltered=no \\033 page sizes\\n" >> "$report"; exit 7/' \
            "$M/usr/libexec/fadump-copy"
        capture
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes reason= 'unfiltered=no ? page sizes'
        grep -qxF 'fadump: warning: the dump is complete but unfiltered: no ? page sizes' <<< "$output"
        lacks 'could not be read' "$output"
        # also without a report, and with unreadable pages
        machine
        copier 7
        sed -i 's/lost=0/lost=2/' "$M/usr/libexec/fadump-copy"
        capture
        has result=saved released=yes lost_pages=2 'unfiltered=unknown reason'
        grep -q '^fadump: warning: 2 pages of the dump could not be read' <<< "$output"
        machine
        copier 1
        sed -i 's/^    exit 1/    echo "unfiltered=no page sizes" >> "$report"; exit 1/' "$M/usr/libexec/fadump-copy"
        capture
        has result=saved released=yes lost_pages=1 'unfiltered=no page sizes'
        grep -q '^fadump: warning: 1 pages of the dump could not be read' <<< "$output"
        grep -qxF 'fadump: warning: the dump is complete but unfiltered: no page sizes' <<< "$output"
        machine
        copier 7
        sed -i 's/> "$report"/> \/dev\/null/' "$M/usr/libexec/fadump-copy"
        capture
        has result=saved released=yes lost_pages= 'unfiltered=unknown reason'
        lacks 'could not be read' "$output"
    done
}

@test "an unfiltered dump on a target that could not be finished: nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake fadump-copy 'exit 7'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        [ "$status" -eq 1 ]
        untouched
        has result=failed
    done
}

@test "the copier receives the configured options; the command line overrides the file" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture
        is "$(cat "$M/copies")" run
        machine
        printf '%s\n' 'format = kdump' 'compress = zstd:-3' 'dump_level = 1' 'threads = 2' 'memory = 64' \
            > "$M/etc/fadump.conf"
        capture
        is "$(cat "$M/copies")" 'run --format kdump --compress zstd:-3 --dump-level 1 --threads 2 --memory 64'
        machine
        printf '%s\n' 'compress = zstd:-3' 'dump_level = 1' 'rearm = no' > "$M/etc/fadump.conf"
        capture dump_level=23 threads=1 rearm=yes
        is "$(cat "$M/copies")" 'run --compress zstd:-3 --dump-level 23 --threads 1'
        has armed=yes
    done
}

@test "a bad option for the copier causes a warning; the value of the file, or the default, is used" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf '%s\n' 'dump_level = 32' 'compress = zstd:3' 'threads = 0' > "$M/etc/fadump.conf"
        capture 'compress=zstd:99 --stream' format=flat 'dump_level=1;reboot' $'memory=1\n2' colour=blue rearm=
        has result=saved released=yes armed=yes
        is "$(cat "$M/copies")" 'run --compress zstd:3'
        is "$(grep -c '^fadump: warning: /etc/fadump.conf, line [13]: ' <<< "$output")" 2
        is "$(grep -c '^fadump: warning: kernel command line: ' <<< "$output")" 6
    done
}

@test "a dump with format = elf is not compressed: a configured codec is not used, which is logged" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo 'compress = zstd:3' > "$M/etc/fadump.conf"
        capture format=elf
        has result=saved
        is "$(cat "$M/copies")" 'run --format elf --compress none'
        grep -q '^fadump: warning: kernel command line: compress: zstd:3 cannot be used with format = elf' <<< "$output"
        machine
        echo 'compress = none' > "$M/etc/fadump.conf"
        capture format=elf
        is "$(cat "$M/copies")" 'run --format elf --compress none'
        lacks warning "$output"
    done
}

@test "a copier that rejects its options is run once more without options" {
    for SH in "${SHELLS[@]}"; do
        machine
        copier 0 lzo
        capture compress=lzo dump_level=1
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes
        is "$(cat "$M/copies")" 'run --compress lzo --dump-level 1'$'\nrun'
        is "$(grep -c 'warning: fadump-copy rejects --compress lzo --dump-level 1: saving with its defaults' <<< "$output")" 1
        # only one more run, and none after another failure
        machine
        copier 2
        capture dump_level=1
        untouched
        is "$(cat "$M/copies")" 'run --dump-level 1'$'\nrun'
        has 'reason=fadump-copy ended with status 2'
        machine
        copier 4
        capture dump_level=1
        untouched
        is "$(cat "$M/copies")" 'run --dump-level 1'
        # without options there is no second run
        machine
        copier 2
        capture
        is "$(cat "$M/copies")" run
    done
}

@test "a copier that exits with 0 without a vmcore: the target is not finished, and nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake fadump-copy 'exit 0'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        [ "$status" -eq 1 ]
        untouched
        has result=failed 'reason=there is no /var/crash/127.0.0.1-2026-11-21-21:03:05/vmcore after the copy'
    done
}

@test "if the kernel refuses the release or has no release_mem, nothing is released, and the next dump is not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        ln -sf /dev/full "$M/sys/kernel/fadump/release_mem"
        capture
        [ "$status" -eq 0 ]
        untouched
        has result=saved 'reason=the kernel refused to release the memory: it remains reserved'

        machine
        rm "$M/sys/kernel/fadump/release_mem"
        capture
        [ "$status" -eq 0 ]
        untouched
        has result=saved 'reason=the kernel has no file release_mem: the memory of the dump remains reserved'
        [ ! -e "$M/sys/kernel/fadump/release_mem" ]
    done
}

@test "the old names of release_mem and registered are used if the new names are missing" {
    for SH in "${SHELLS[@]}"; do
        machine
        mv "$M/sys/kernel/fadump/registered" "$M/sys/kernel/fadump_registered"
        ln -s ../../calls "$M/sys/kernel/fadump_release_mem"
        rm -r "$M/sys/kernel/fadump"
        echo 'rearm = yes' > "$M/etc/fadump.conf" # these kernels have no mem_reserved
        capture
        grep -qx 1 <<< "$calls"
        is "$(cat "$M/sys/kernel/fadump_registered")" 1
        has released=yes armed=yes
    done
}

@test "pages that cannot be retired one by one: their memory blocks are offlined, then the next dump is armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        ln -sf /dev/full "$M/$memory/soft_offline_page"
        capture
        is "$(cat "$M/$memory"/memory?/state | sort -u)" offline
        has released=yes armed=yes reason=

        machine
        rm "$M/$memory/soft_offline_page"
        capture
        is "$(cat "$M/$memory"/memory?/state | sort -u)" offline
        [ ! -e "$M/$memory/soft_offline_page" ]
        has armed=yes
    done
}

@test "two pages in one memory block: the block is offlined once" {
    for SH in "${SHELLS[@]}"; do
        machine
        dump_node 1:3221225472:4096 256:4294965248:2048 > "$M/$node"
        echo 65600 > "$M/sys/kernel/fadump/mem_reserved"
        rm "$M/$memory/soft_offline_page"
        capture
        is "$(cat "$M/$memory/memory3/state")" offline
        is "$(cat "$M/$memory/memory1/state")" online
        has armed=yes
    done
}

@test "pages that cannot be retired: auto does not arm and logs the reason, yes arms and logs the risk, no never arms" {
    for SH in "${SHELLS[@]}"; do
        for rearm in auto yes no; do
            machine
            ln -sf /dev/full "$M/$memory/soft_offline_page"
            rm "$M/$memory/memory1/state"
            mkdir "$M/$memory/memory1/state" # cannot be written
            echo "rearm = $rearm" > "$M/etc/fadump.conf"
            capture
            [ "$status" -eq 0 ]
            has released=yes result=saved
            case $rearm in
                auto)
                    is "$(cat "$M/sys/kernel/fadump/registered")" 0
                    has armed=no 'reason=not armed: the page at 0x0000000060010000 could not be retired'
                    ;;
                yes)
                    is "$(cat "$M/sys/kernel/fadump/registered")" 1
                    has armed=yes
                    grep -q 'lose the next dump' <<< "$output"
                    ;;
                no)
                    is "$(cat "$M/sys/kernel/fadump/registered")" 0
                    has armed=no 'reason=not armed: rearm = no'
                    ;;
            esac
        done
    done
}

@test "with rearm = no the pages are also retired, but the next dump is not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo "rearm = no" > "$M/etc/fadump.conf"
        capture
        grep -qx 0x00000000fffff800 <<< "$calls"
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has armed=no 'reason=not armed: rearm = no'
    done
}

@test "a memory block that does not become offline: the next dump is not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        ln -sf /dev/full "$M/$memory/soft_offline_page"
        ln -sf /dev/null "$M/$memory/memory3/state"
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has armed=no
    done
}

@test "no argument area, and a reserved area that ends at a page boundary: no page is retired; the next dump is armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        dump_node 1:805306368:4096 17:0:805306368 > "$M/$node"
        echo 805306368 > "$M/sys/kernel/fadump/mem_reserved"
        rm "$M/sys/kernel/fadump/bootargs_append"
        capture
        lacks '^0x' "$calls"
        is "$(cat "$M/$memory/memory3/state")" online
        [ ! -e "$M/sys/kernel/fadump/bootargs_append" ]
        has released=yes armed=yes

        # the kernel has bootargs_append, but its address is unknown, so arming is not safe
        machine
        dump_node 1:805306368:4096 17:0:805306368 > "$M/$node"
        echo 805306368 > "$M/sys/kernel/fadump/mem_reserved"
        echo untouched > "$M/sys/kernel/fadump/bootargs_append"
        capture
        is "$(cat "$M/sys/kernel/fadump/bootargs_append")" untouched
        has armed=no 'reason=not armed: the memory of bootargs_append cannot be found'
    done
}

@test "if only one of two pages can be retired, the next dump is not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/$memory/soft_offline_page"
        rm "$M/$memory/memory3/state"
        mkdir "$M/$memory/memory3/state" # cannot be written
        capture
        is "$(cat "$M/$memory/memory1/state")" offline
        grep -qxF 'fadump: retired 1 page (1048576 KiB): work-around for a kernel bug, not a hardware fault: 0x0000000060010000 (memory1)' <<< "$output"
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has armed=no 'reason=not armed: the page at 0x00000000fffff800 could not be retired'
    done
}

@test "a reserved area of unknown size: the next dump is not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/sys/kernel/fadump/mem_reserved"
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has released=yes armed=no 'reason=not armed: the last page of the reserved area cannot be found'
    done
}

@test "a dump node that cannot be understood: the memory is released, and the next dump is not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        head -c 90 "$M/$node" > "$M/cut"
        mv "$M/cut" "$M/$node"
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has released=yes armed=no 'reason=not armed: the dump node of the firmware cannot be understood'
    done
}

@test "the next dump is not armed if the kernel refuses the registration, or if registered is not 1 after the write" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/sys/kernel/fadump/registered"
        mkdir "$M/sys/kernel/fadump/registered" # cannot be written
        capture
        has released=yes armed=no 'reason=not armed: the kernel refused the registration'

        machine
        ln -sf /dev/null "$M/sys/kernel/fadump/registered" # accepts the write, but does not keep it
        capture
        has released=yes armed=no 'reason=not armed: the kernel refused the registration'

        machine
        rm "$M/sys/kernel/fadump/registered"
        capture
        has released=yes armed=no 'reason=not armed: the kernel has no file /sys/kernel/fadump/registered'
    done
}

@test "bootargs_append is read before the release, and written back after its page is retired, before arming" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture
        is "$(cat "$M/sys/kernel/fadump/bootargs_append")" ' fadump_dump_level=23'

        # text that is in the file after the release is neither read nor kept
        machine
        tool_first 'echo stranger > "$ROOT/sys/kernel/fadump/bootargs_append"' node
        capture
        is "$(cat "$M/sys/kernel/fadump/bootargs_append")" ' fadump_dump_level=23'
        has armed=yes

        machine
        rm "$M/sys/kernel/fadump/bootargs_append"
        mkdir "$M/sys/kernel/fadump/bootargs_append" # cannot be written
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has armed=no 'reason=not armed: bootargs_append cannot be written'

        machine
        rm "$M/sys/kernel/fadump/bootargs_append"
        capture
        [ ! -e "$M/sys/kernel/fadump/bootargs_append" ]
        has armed=no 'reason=not armed: bootargs_append cannot be written'
    done
}

@test "a signal that ends the driver during the remount to read-only: the remount is repeated" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        fake mount 'note "mount $*"
        case $* in *remount,ro*) [ -e "$ROOT/once" ] || { : > "$ROOT/once"; kill -TERM $PPID; exit 1; } ;; esac'
        capture
        [ "$status" -eq 1 ]
        untouched
        is "$(grep -c "^mount -o remount,ro" <<< "$calls")" 2
        has 'reason=stopped while finishing the target'
    done
}

@test "bootargs_append after a dump that the kernel discarded is emptied, which is logged" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/proc/vmcore"
        capture
        [ -e "$M/sys/kernel/fadump/bootargs_append" ]
        is "$(cat "$M/sys/kernel/fadump/bootargs_append")" ''
        grep -q 'warning: bootargs_append is empty now' <<< "$output"
        has armed=yes
    done
}

@test "the reason of a failed copy contains the error of the copier, as one line" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake fadump-copy '
        while [ $# -gt 0 ]; do case $1 in --report) report=$2 ;; esac; shift; done
        printf "bytes=0\nerror=/x/vmcore.incomplete: cannot write: \033Input/output error\n" > "$report"
        exit 4'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        untouched
        has 'reason=/var/crash/127.0.0.1-2026-11-21-21:03:05 cannot be written: /x/vmcore.incomplete: cannot write: ?Input/output error'
    done
}

@test "a dump node without a vmcore: nothing is saved or released, pages are retired, and the next dump is armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/proc/vmcore"
        capture
        [ "$status" -eq 0 ]
        lacks '^(1|copy.*)$' "$calls"
        grep -qx 0x00000000fffff800 <<< "$calls"
        is "$(cat "$M/sys/kernel/fadump/registered")" 1
        has kind=fadump result=nothing released=no armed=yes
        grep -q '^reason=the firmware reports a dump (fadump) but there is no /proc/vmcore' "$M/run/fadump/status"
    done
}

@test "opal: the firmware's core is saved alongside the dump, and the next dump is armed without a retired page" {
    for SH in "${SHELLS[@]}"; do
        for place in mpipl/core core; do
            machine
            rm "$M/$node"
            mkdir -p "$M/proc/device-tree/ibm,opal/dump" "$M/sys/firmware/opal/mpipl"
            : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
            echo "core of the firmware" > "$M/sys/firmware/opal/$place"
            echo 805306368 > "$M/sys/kernel/fadump/mem_reserved"
            rm "$M/sys/kernel/fadump/bootargs_append"
            capture
            has kind=opal result=saved released=yes armed=yes
            lacks '^0x' "$calls"
            lacks debugfs "$calls"
            cmp "$M/sys/firmware/opal/$place" "$M"/sysroot/var/crash/*/opalcore
            lacks incomplete "$(ls "$M"/sysroot/var/crash/*/)"
        done
    done
}

@test "opal: the firmware's core is synced before it is renamed, and its name after the rename" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/$node"
        mkdir -p "$M/proc/device-tree/ibm,opal/dump" "$M/sys/firmware/opal"
        : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
        echo "core of the firmware" > "$M/sys/firmware/opal/core"
        fake sync 'for file in "$ROOT"/sysroot/var/crash/*/opalcore*; do note "sync ${file##*/}"; done'
        capture final_action=continue # a reboot would call sync once more
        has result=saved
        is "$(sed -n 's/^\(sync opalcore[^ *]*\) .*/\1/p' <<< "$calls" | tr '\n' ' ')" \
            'sync opalcore.incomplete sync opalcore '
    done
}

@test "opal: the file of the firmware's core is removed only after a release" {
    for SH in "${SHELLS[@]}"; do
        for place in firmware/opal/mpipl/release_core kernel/fadump_release_opalcore; do
            machine
            rm "$M/$node"
            mkdir -p "$M/proc/device-tree/ibm,opal/dump" "$M/sys/firmware/opal/mpipl"
            : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
            echo "core of the firmware" > "$M/sys/firmware/opal/mpipl/core"
            echo 805306368 > "$M/sys/kernel/fadump/mem_reserved"
            echo 0 > "$M/sys/$place"
            copier 4
            capture
            is "$(cat "$M/sys/$place")" 0
            copier 0
            rm "$M/sys/kernel/fadump/release_mem"
            capture
            is "$(cat "$M/sys/$place")" 0
            ln -s ../../../calls "$M/sys/kernel/fadump/release_mem"
            capture
            has released=yes
            is "$(cat "$M/sys/$place")" 1
        done
    done
}

# opal: makes a machine with OPAL firmware after a crash; its reserved area ends inside a page
opal() {
    machine
    rm "$M/$node"
    rm -f "$M/sys/kernel/fadump/bootargs_append"
    mkdir -p "$M/proc/device-tree/ibm,opal/dump" "$M/sys/kernel/debug"
    : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
}

# the text of fadump_region in debugfs
REGIONS='DUMP: Src: 0x00000000000000, Dest: 0x00000030000000, Size: 0x30000000, Dumped: 0x30000000 bytes'

@test "opal: debugfs is mounted only to read the last page of the reserved area" {
    for SH in "${SHELLS[@]}"; do
        opal
        fake mount 'note "mount $*"; mkdir "$ROOT/sys/kernel/debug/powerpc"; echo "'"$REGIONS"'" > "$ROOT/sys/kernel/debug/powerpc/fadump_region"'
        fake umount 'note "umount $*"; rm -r "$ROOT/sys/kernel/debug/powerpc"'
        capture
        has result=saved released=yes armed=yes reason=
        is "$(grep -E '/sys/kernel/debug|^0x|^1$' <<< "$calls" | sed "s|$M||g")" "1
mount -t debugfs debugfs /sys/kernel/debug registered=0
umount /sys/kernel/debug registered=0
0x0000000060010000"
        is "$(cat "$M/sys/kernel/fadump/registered")" 1
        # a debugfs that was mounted before remains mounted
        opal
        mkdir "$M/sys/kernel/debug/powerpc"
        echo "$REGIONS" > "$M/sys/kernel/debug/powerpc/fadump_region"
        capture
        has armed=yes
        lacks debug "$calls"
    done
}

@test "opal: a reserved area with an unknown last page: the next dump is not armed" {
    for SH in "${SHELLS[@]}"; do
        opal
        fake mount 'note "mount $*"; exit 1' # no debugfs in this kernel
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has released=yes armed=no 'reason=not armed: the last page of the reserved area cannot be found'
    done
}

@test "opal: an error in saving the firmware's core is logged, and the dump is saved" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/$node"
        mkdir -p "$M/proc/device-tree/ibm,opal/dump" "$M/sys/firmware/opal/mpipl/core"
        : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
        capture
        has kind=opal result=saved released=yes
        grep -q 'warning: opalcore could not be saved' <<< "$output"
    done
}

@test "kdump: the dump is saved; the reason says that there is no memory to release" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/$node"
        capture
        [ "$status" -eq 0 ]
        untouched
        has kind=kdump result=saved 'reason=this kind of dump (kdump) has no memory to release'
    done
}

@test "without a dump the driver does nothing" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/$node" "$M/proc/vmcore"
        capture
        [ "$status" -eq 0 ]
        untouched
        has kind=none result=nothing
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

@test "the command line overrides the file, and the file overrides the default" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo 'target = dir:/srv/file' > "$M/etc/fadump.conf"
        capture target=dir:/srv/cmdline
        has target=dir:/srv/cmdline path=/srv/cmdline/127.0.0.1-2026-11-21-21:03:05/vmcore
        machine
        echo 'target = dir:/srv/file' > "$M/etc/fadump.conf"
        capture
        has target=dir:/srv/file path=/srv/file/127.0.0.1-2026-11-21-21:03:05/vmcore
    done
}

@test "each wrong line of the file causes a warning, and the default is used" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf 'colour = blue\ntarget = tape:server:/x\nrearm = maybe' > "$M/etc/fadump.conf"
        capture
        has result=saved target=dir:/var/crash armed=yes
        is "$(grep -c '^fadump: warning: /etc/fadump.conf, line [123]: ' <<< "$output")" 3
    done
}

@test "hostile words on the command line cause a warning and are not executed, and the dump is saved" {
    for SH in "${SHELLS[@]}"; do
        for evil in '; touch $ROOT/evil' '$(touch $ROOT/evil)' '`touch $ROOT/evil`' "dir:relative" \
            "dir:/a/../../b" "dir:/x/.." $'dir:/x\nresult=forged' $'dir:/x\tb' "'" '"' '*' "tape:x:/y" \
            "../target/dir" "dir" "dir:" "$(printf 'dir:/%2000s' x)" '-n' '%s%n' '\033[2J'; do
            machine
            capture "target=$evil"
            [ "$status" -eq 0 ]
            has target=dir:/var/crash result=saved released=yes armed=yes
            grep -q '^fadump: warning: kernel command line: target' <<< "$output"
            [ ! -e "$M/evil" ]
            is "$(grep -c = "$M/run/fadump/status")" 19
        done
    done
}

@test "unusual but valid paths are used unchanged" {
    for SH in "${SHELLS[@]}"; do
        for place in '/with space' "/it's" '/a"b' '/$(x)' '/*' '/a;b' '/ü' '/%s' '/back\slash' '/-n'; do
            machine
            capture "target=dir:$place"
            has "target=dir:$place" result=saved "path=$place/127.0.0.1-2026-11-21-21:03:05/vmcore"
            cmp "$M/proc/vmcore" "$M/sysroot$place/127.0.0.1-2026-11-21-21:03:05/vmcore"
        done
    done
}

@test "invalid lines of the copier's report are not copied to the status" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/bytes=19/bytes=19;x\\nreleased=forged\\nseconds=\\ncache_pages=1 forged\\nlost_pages=\x1b/; s/format=kdump/format=a forged\\npartial=forged/' \
            "$M/usr/libexec/fadump-copy"
        capture
        has bytes= seconds=0.5 released=yes format= compress=zstd
        file_lacks forged "$M/run/fadump/status"
    done
}

@test "if a signal ends the driver, the status has its last stage, and the root becomes read-only again" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        # the copier ends the driver as systemd would when it stops the service
        fake fadump-copy 'kill -TERM $PPID; exit 0'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        [ "$status" -eq 1 ]
        untouched
        has result=failed 'reason=stopped while saving'
        grep -q "^mount -o remount,ro $M/sysroot" <<< "$calls"
        machine
        fake fadump-copy 'kill -KILL $PPID; sleep 0.2; exit 0'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        untouched
        has result=failed 'reason=stopped while saving'
    done
}

@test "with a full /run the dump is saved and released, and the shell prints no errors on the console" {
    for SH in "${SHELLS[@]}"; do
        for fault in 0 5; do
            machine
            copier "$fault"
            mkdir "$M/run/fadump"
            ln -s /dev/full "$M/run/fadump/log"
            ln -s /dev/full "$M/run/fadump/status.new"
            echo result=old > "$M/run/fadump/status"
            capture
            is "$status" "$((fault > 0))"
            is "$(grep -c '^1$' <<< "$calls")" "$((fault == 0))"
            is "$(grep -vE '^(fadump|fadump-copy|shell|calls): |^result=' <<< "$output")" ''
            is "$(grep -c 'cannot write .*/run/fadump/status$' <<< "$output")" 1
            # an incomplete status does not replace a complete one
            has result=old
        done
    done
}

@test "the driver writes a status even if its installation is damaged" {
    for SH in "${SHELLS[@]}"; do
        for file in lib/common.sh target/directory.sh; do
            machine
            rm "$M/usr/lib/fadump/$file"
            capture
            [ "$status" -eq 1 ]
            untouched
            has result=failed
            grep -q '^reason=stopped while' "$M/run/fadump/status"
        done
    done
}

# unsettled STATUS: checks that the driver wrote and released nothing, because fadump-tool ended with STATUS. Without
# fadump-tool the settings of fadump.conf are not used, and the location of the default target in the running system is
# unknown.
unsettled() {
    untouched
    has result=failed released=no armed=no target=dir:/var/crash \
        "reason=/var/crash: fadump-tool does not run (status $1), so the location of this directory in the running system is unknown"
    [ ! -e "$M/sysroot/var/crash" ]
    is "$(grep -c "^fadump: warning: fadump-tool does not run (status $1): the defaults are used" <<< "$output")" 1
}

@test "if fadump-tool is missing, cannot run or is killed, nothing is written or released, and this is logged" {
    for SH in "${SHELLS[@]}"; do
        for fault in 127 126 137; do
            machine
            printf '%s\n' 'target = dir:/srv/file' 'rearm = yes' 'dump_level = 1' > "$M/etc/fadump.conf"
            rm "$M/usr/libexec/fadump-tool"
            case $fault in
                126) printf '\177ELF of another machine' > "$M/usr/libexec/fadump-tool" ;;
                137)
                    # killed during its output
                    fake fadump-tool 'echo target=dir:/srv/file; kill -KILL $$'
                    mv "$M/fake/fadump-tool" "$M/usr/libexec/"
                    ;;
            esac
            capture target=dir:/srv/cmdline
            [ "$status" -eq 1 ]
            unsettled "$fault"
        done
    done
}

@test "if fadump-tool prints nothing, nothing is written or released" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo 'target = dir:/srv/file' > "$M/etc/fadump.conf"
        fake fadump-tool 'exit 0'
        mv "$M/fake/fadump-tool" "$M/usr/libexec/"
        capture
        unsettled 0
    done
}

@test "/etc/fadump.conf of the mounted root replaces the copy in the initramfs, whether it is older or newer" {
    for SH in "${SHELLS[@]}"; do
        for age in 1970-01-02 2037-01-01; do
            machine
            printf '%s\n' 'target = dir:/srv/copy' 'rearm = no' > "$M/etc/fadump.conf"
            printf '%s\n' 'target = dir:/srv/now' 'dump_level = 1' > "$M/sysroot/etc/fadump.conf"
            touch -d "$age" "$M/sysroot/etc/fadump.conf"
            capture
            has result=saved armed=yes target=dir:/srv/now
            is "$(cat "$M/copies")" 'run --dump-level 1'
            is "$(grep -c '^fadump: /sysroot/etc/fadump.conf differs from the copy in the initramfs and is used$' <<< "$output")" 1
            is "$(ls "$M/run/fadump")" $'log\nreport\nstatus'
        done
        # the command line has priority
        machine
        echo 'target = dir:/srv/now' > "$M/sysroot/etc/fadump.conf"
        capture target=dir:/srv/line
        has result=saved target=dir:/srv/line
        # both files have the same text
        machine
        echo 'target = dir:/srv/copy' | tee "$M/etc/fadump.conf" > "$M/sysroot/etc/fadump.conf"
        capture
        has result=saved target=dir:/srv/copy
        lacks 'differs|warning' "$output"
    done
}

@test "if /etc/fadump.conf of the root is a link, it is resolved as in the running system" {
    for SH in "${SHELLS[@]}"; do
        machine
        mkdir -p "$M/sysroot/srv/site"
        echo 'target = dir:/srv/now' > "$M/sysroot/srv/site/fadump.conf"
        ln -s /srv/site/fadump.conf "$M/sysroot/etc/fadump.conf"
        capture
        has result=saved target=dir:/srv/now
        # a link that dangles in the root, but leads to a file in the initramfs
        machine
        echo 'target = dir:/srv/copy' > "$M/etc/fadump.conf"
        echo 'target = dir:/srv/evil' > "$M/etc/evil"
        ln -s "$M/etc/evil" "$M/sysroot/etc/fadump.conf"
        capture
        has result=saved target=dir:/srv/copy
    done
}

@test "a broken /etc/fadump.conf of the root does not prevent the dump: the copy in the initramfs is used" {
    for SH in "${SHELLS[@]}"; do
        for broken in empty garbage fifo folder loop hang crash lines; do
            machine
            echo "$broken"
            printf '%s\n' 'target = dir:/srv/copy' 'timeout = 1' > "$M/etc/fadump.conf"
            file=$M/sysroot/etc/fadump.conf
            case $broken in
                empty) : > "$file" ;;
                garbage) head -c 3000 /bin/sh > "$file" ;;
                fifo) mkfifo "$file" ;;
                folder) mkdir "$file" ;;
                loop) ln -s fadump.conf "$file" ;;
                hang)
                    echo 'rearm = no' > "$file"
                    sed -i 's/^    timeout=60 /    timeout=1 /' \
                        "$M/usr/lib/fadump/driver/settings.sh"
                    tool_first 'case $* in *--newer*) exec /bin/sleep 60 ;; esac' config
                    ;;
                crash)
                    echo 'rearm = no' > "$file"
                    tool_first 'case $* in *--newer*) echo target=dir:/srv/half; kill -SEGV $$ ;; esac' config
                    ;;
                lines) printf '%s\n' 'target = tape:x' 'timeout = 2' > "$file" ;;
            esac
            capture
            has result=saved released=yes armed=yes target=dir:/srv/copy
            case $broken in
                loop) ;;
                lines) is "$(grep -c '^fadump: warning: .*/sysroot/etc/fadump.conf, line 1: ' <<< "$output")" 1 ;;
                *) grep -qE '^fadump: warning: .*/sysroot/etc/fadump.conf (cannot be read|sets nothing).*: the copy in the initramfs is used$' <<< "$output" ;;
            esac
        done
    done
}

@test "if this initramfs lacks parts for a target of the root's file, this is logged, and the next target is tried" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/usr/lib/fadump/target/nfs.sh"
        printf '%s\n' 'target = nfs:s:/x' 'target = dir:/srv/now' 'include = nfs' > "$M/sysroot/etc/fadump.conf"
        capture
        has result=saved target=dir:/srv/now failed_target.1=nfs:s:/x \
            'failed_reason.1=this initramfs was built without nfs: targets (set include = nfs in fadump.conf, then run dracut -f)'
        grep -q 'fadump.conf: include was changed after the initramfs was built' <<< "$output"
    done
}

@test "the late capture reads the file of the running system once" {
    for SH in "${SHELLS[@]}"; do
        running
        echo 'target = dir:/srv/late' > "$M/etc/fadump.conf"
        capture_as / "$M/usr/lib/dracut/modules.d/50fadump/capture"
        has result=saved target=dir:/srv/late
        lacks 'differs|warning' "$output"
    done
}

# processes: prints the number of processes that the driver starts for a dump to a directory. It does not count the
# sleeps between two polls, as their number depends on the load of the host.
processes() {
    SH="strace -f -qq -o $BATS_TEST_TMPDIR/trace -e trace=process dash" capture > "$BATS_TEST_TMPDIR/out" 2>&1
    has result=saved released=yes armed=yes
    echo $(($(grep -cE '(clone|clone3|fork|vfork)( resumed>|\().* = [0-9]+$' "$BATS_TEST_TMPDIR/trace") - $(grep -c 'execve(.*"sleep", ' "$BATS_TEST_TMPDIR/trace")))
}

@test "a dump to a directory needs at most 60 processes, even with every key set" {
    machine
    printf '%s\n' 'MemTotal: 500000 kB' 'KernelStack: 2400 kB' > "$M/proc/meminfo"
    none=$(processes)
    machine
    printf '%s\n' 'MemTotal: 500000 kB' 'KernelStack: 2400 kB' > "$M/proc/meminfo"
    sed -n 's/^#\([a-z_]* = \)/\1/p' "$BATS_TEST_DIRNAME/../../conf/fadump.conf" > "$M/etc/fadump.conf"
    all=$(processes)
    echo "# $none without a file, $all with every key" >&3
    [ "$none" -gt 10 ]
    [ "$none" -le 60 ]
    [ "$all" -le 60 ]
}

# busybox is left out: it runs its own cat, not the fake
@test "bootargs_append is not read between the release and the retirement of its page" {
    for SH in dash 'bash --posix'; do
        machine
        program cat 'case $* in *bootargs_append) note "read bootargs_append" ;; esac; exec /bin/cat "$@"'
        capture
        has released=yes armed=yes
        is "$(grep -oE '^(1|read bootargs_append|0x.*)$|^read bootargs_append' <<< "$calls" | head -n 2 | tr '\n' ' ')" \
            'read bootargs_append 1 '
        is "$(grep -c '^read bootargs_append' <<< "$calls")" 1
    done
}

@test "the release condition itself requires a durable dump: a wrong result of targets_try releases nothing" {
    for SH in "${SHELLS[@]}"; do
        for result in 'copier_status=4 target_finished=yes' 'copier_status=8 target_finished=yes' \
            'copier_status=0 target_finished=no' :; do
            machine
            echo "targets_try() { $result; }" >> "$M/usr/lib/fadump/driver/targets.sh"
            capture
            [ "$status" -eq 1 ]
            untouched
            has result=failed path=
        done
    done
}

@test "the status file is replaced as a whole: a reader of the old file reads a complete status" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i '2i ln "$ROOT/run/fadump/status" "$ROOT/status.then"' "$M/usr/libexec/fadump-copy"
        capture
        has result=saved reason=
        grep -qx result=failed "$M/status.then"
        grep -qx 'reason=stopped while saving' "$M/status.then"
    done
}
