#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# capture.bats - the driver's decisions: order, release, cure, arming, status
#
# In: a machine in a folder (machine.bash). The real kernel's part is tests/lab.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

memory=sys/devices/system/memory
node=proc/device-tree/rtas/ibm,kernel-dump

@test "order: copy, target finished, release, cure, armed; nothing is armed before the cure" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        capture
        [ "$status" -eq 0 ]
        # "-" is a line of the log; 1 and 0x... are what the kernel got.
        is "$calls" "- registered=0
mount -o remount,rw $M/sysroot registered=0
- registered=0
sync registered=0
- registered=0
- registered=0
copy registered=0
mount -o remount,ro $M/sysroot registered=0
- registered=0
1
- registered=0
od registered=0
0x0000000060010000
- registered=0
0x00000000fffff800
- registered=0
- registered=1
- registered=1
"
        is "$(cat "$M/sys/kernel/fadump/registered")" 1
    done
}

@test "a saved dump: status, files, modes, the lines test suites look for" {
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
        grep -qxF '2026-11-21T21:03:05Z saving vmcore complete' "$M/run/fadump/log"
        # once each, console and log alike
        is "$(sort <<< "$output" | uniq -d)" ''
        is "$(sort "$M/run/fadump/log" | uniq -d)" ''
    done
}

@test "some pages unreadable (status 1): saved, said, released" {
    for SH in "${SHELLS[@]}"; do
        machine
        copier 1
        capture
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes lost_pages=1
        grep -q '^fadump: warning: 1 pages of the dump could not be read' <<< "$output"
    done
}

@test "a copy that fails (2 to 6, 8, killed, missing) releases nothing and says why" {
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
            grep -qxF "fadump: saving vmcore failed: ${why[fault]}" <<< "$output"
            lacks 'saving vmcore complete' "$output"
            grep -q "^mount -o remount,ro $M/sysroot" <<< "$calls"
        done
    done
}

@test "a whole vmcore releases nothing when the copier does not say that it is durable" {
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

@test "complete but unfiltered (status 7): saved, said with the reason, released" {
    for SH in "${SHELLS[@]}"; do
        machine
        copier 7
        sed -i 's/^    exit 7/    printf "unfiltered=no \\033 page sizes\\n" >> "$report"; exit 7/' "$M/usr/libexec/fadump-copy"
        capture
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes reason= 'unfiltered=no ? page sizes'
        grep -qxF 'fadump: warning: the dump is complete but unfiltered: no ? page sizes' <<< "$output"
        lacks 'could not be read' "$output"
        # without a report, and with pages that could not be read as well
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

@test "unfiltered, but the target is not finished: nothing is released" {
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

@test "what is configured for the copier is asked of it, the command line first" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture
        is "$(cat "$M/copies")" run
        machine
        printf '%s\n' 'format = kdump' 'compress = zstd:-3' 'dump_level = 1' 'threads = 2' 'memory = 64' > "$M/etc/fadump.conf"
        capture
        is "$(cat "$M/copies")" 'run --format kdump --compress zstd:-3 --dump-level 1 --threads 2 --memory 64'
        machine
        printf '%s\n' 'compress = zstd:-3' 'dump_level = 1' 'rearm = no' > "$M/etc/fadump.conf"
        capture dump_level=23 threads=1 rearm=yes
        is "$(cat "$M/copies")" 'run --compress zstd:-3 --dump-level 23 --threads 1'
        has armed=yes
    done
}

@test "a wrong wish for the copier is a warning; what the file says, or the default, is used" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf '%s\n' 'dump_level = 32' 'compress = zstd:3' 'threads = 0' > "$M/etc/fadump.conf"
        capture 'compress=zstd:99 --stream' format=flat 'dump_level=1;reboot' $'memory=1\n2' colour=blue rearm=
        has result=saved released=yes armed=yes
        is "$(cat "$M/copies")" 'run --compress zstd:3'
        is "$(grep -c '^fadump: warning: /etc/fadump.conf: line [13]: ' <<< "$output")" 2
        is "$(grep -c '^fadump: warning: kernel command line: .*: ignored$' <<< "$output")" 6
    done
}

@test "format = elf is not compressed: a codec beside it is said and left out" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo 'compress = zstd:3' > "$M/etc/fadump.conf"
        capture format=elf
        has result=saved
        is "$(cat "$M/copies")" 'run --format elf --compress none'
        grep -q '^fadump: warning: compress: a dump with format = elf is not compressed, zstd:3 cannot be used: ignored' <<< "$output"
        machine
        echo 'compress = none' > "$M/etc/fadump.conf"
        capture format=elf
        is "$(cat "$M/copies")" 'run --format elf --compress none'
        lacks warning "$output"
    done
}

@test "a copier that does not take what is asked of it: one more run with its defaults" {
    for SH in "${SHELLS[@]}"; do
        machine
        copier 0 lzo
        capture compress=lzo dump_level=1
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes
        is "$(cat "$M/copies")" 'run --compress lzo --dump-level 1'$'\nrun'
        is "$(grep -c 'warning: fadump-copy does not take --compress lzo --dump-level 1: saving with its defaults' <<< "$output")" 1
        # once, and not for another failure
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
        # with nothing asked there is nothing to leave out
        machine
        copier 2
        capture
        is "$(cat "$M/copies")" run
    done
}

@test "a copy that says 0 but leaves no vmcore: the target is not finished, nothing is released" {
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

@test "a release the kernel refuses or does not offer: saved, not released, not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        ln -sf /dev/full "$M/sys/kernel/fadump/release_mem"
        capture
        [ "$status" -eq 0 ]
        untouched
        has result=saved 'reason=the kernel refused to release the memory: it stays held'

        machine
        rm "$M/sys/kernel/fadump/release_mem"
        capture
        [ "$status" -eq 0 ]
        untouched
        has result=saved 'reason=the kernel offers no release_mem: its memory stays held'
        [ ! -e "$M/sys/kernel/fadump/release_mem" ]
    done
}

@test "the old names of release_mem and registered are used where the new ones are missing" {
    for SH in "${SHELLS[@]}"; do
        machine
        mv "$M/sys/kernel/fadump/registered" "$M/sys/kernel/fadump_registered"
        ln -s ../../calls "$M/sys/kernel/fadump_release_mem"
        rm -r "$M/sys/kernel/fadump"
        echo 'rearm = yes' > "$M/etc/fadump.conf" # these kernels do not tell mem_reserved
        capture
        grep -qx 1 <<< "$calls"
        is "$(cat "$M/sys/kernel/fadump_registered")" 1
        has released=yes armed=yes
    done
}

@test "no page can be taken alone: their memory blocks go, then it is armed" {
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

@test "both pages in one memory block: it goes once" {
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

@test "no cure: auto does not arm and says so, yes arms and says the risk, no never arms" {
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
                    has armed=no 'reason=not armed: the page at 0x0000000060010000 could not be taken out of use'
                    ;;
                yes)
                    is "$(cat "$M/sys/kernel/fadump/registered")" 1
                    has armed=yes
                    grep -q 'the next dump lost' <<< "$output"
                    ;;
                no)
                    is "$(cat "$M/sys/kernel/fadump/registered")" 0
                    has armed=no 'reason=not armed: rearm = no'
                    ;;
            esac
        done
    done
}

@test "rearm = no takes the page away all the same, and does not arm" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo "rearm = no" > "$M/etc/fadump.conf"
        capture
        grep -qx 0x00000000fffff800 <<< "$calls"
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has armed=no 'reason=not armed: rearm = no'
    done
}

@test "a block that does not go offline is no cure" {
    for SH in "${SHELLS[@]}"; do
        machine
        ln -sf /dev/full "$M/$memory/soft_offline_page"
        ln -sf /dev/null "$M/$memory/memory3/state"
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has armed=no
    done
}

@test "no argument area and a reserve that ends with a page: nothing to cure, armed" {
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

        # the kernel has such arguments, but nobody says where: not safe
        machine
        dump_node 1:805306368:4096 17:0:805306368 > "$M/$node"
        echo 805306368 > "$M/sys/kernel/fadump/mem_reserved"
        echo untouched > "$M/sys/kernel/fadump/bootargs_append"
        capture
        is "$(cat "$M/sys/kernel/fadump/bootargs_append")" untouched
        has armed=no 'reason=not armed: the memory of bootargs_append cannot be found'
    done
}

@test "a cure for one of two pages is none" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/$memory/soft_offline_page"
        rm "$M/$memory/memory3/state"
        mkdir "$M/$memory/memory3/state" # cannot be written
        capture
        is "$(cat "$M/$memory/memory1/state")" offline
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has armed=no 'reason=not armed: the page at 0x00000000fffff800 could not be taken out of use'
    done
}

@test "a reserve of unknown size: not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/sys/kernel/fadump/mem_reserved"
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has released=yes armed=no 'reason=not armed: the last page of the reserve cannot be found'
    done
}

@test "a node that cannot be understood: released, not armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        head -c 90 "$M/$node" > "$M/cut"
        mv "$M/cut" "$M/$node"
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has released=yes armed=no 'reason=not armed: the dump node of the firmware cannot be understood'
    done
}

@test "a registration that is refused, or does not read 1 afterwards, is not called armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/sys/kernel/fadump/registered"
        mkdir "$M/sys/kernel/fadump/registered" # cannot be written
        capture
        has released=yes armed=no 'reason=not armed: the kernel refused the registration'

        machine
        ln -sf /dev/null "$M/sys/kernel/fadump/registered" # can, but forgets
        capture
        has released=yes armed=no 'reason=not armed: the kernel refused the registration'

        machine
        rm "$M/sys/kernel/fadump/registered"
        capture
        has released=yes armed=no 'reason=not armed: the kernel has nothing to register with'
    done
}

@test "bootargs_append: read before the release, written back after the cure, before arming" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture
        is "$(cat "$M/sys/kernel/fadump/bootargs_append")" ' fadump_dump_level=23'

        # what the release leaves there is neither read nor kept
        machine
        fake od 'echo stranger > "$ROOT/sys/kernel/fadump/bootargs_append"; note od; exec od "$@"'
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

@test "ended by a signal while the root goes back to read-only: tried again" {
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

@test "bootargs_append after a dump that the kernel discarded: emptied, and said" {
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

@test "a copy that failed: its own last words are in the reason, as one line" {
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

@test "a node but no vmcore: nothing to save, nothing released, cured and armed" {
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

@test "opal: the firmware's core is saved beside the dump, released, armed without a cure" {
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

@test "opal: the firmware's core is on the disk before it gets its name, and the name after that" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/$node"
        mkdir -p "$M/proc/device-tree/ibm,opal/dump" "$M/sys/firmware/opal"
        : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
        echo "core of the firmware" > "$M/sys/firmware/opal/core"
        fake sync 'for file in "$ROOT"/sysroot/var/crash/*/opalcore*; do note "sync ${file##*/}"; done'
        capture final_action=continue # a reboot would sync once more
        has result=saved
        is "$(sed -n 's/^\(sync opalcore[^ *]*\) .*/\1/p' <<< "$calls" | tr '\n' ' ')" 'sync opalcore.incomplete sync opalcore '
    done
}

@test "opal: the file of the firmware's core is taken away after the release, not before, and not without" {
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

# opal: a machine whose firmware is OPAL has crashed; its reserve ends inside a page
opal() {
    machine
    rm "$M/$node"
    rm -f "$M/sys/kernel/fadump/bootargs_append"
    mkdir -p "$M/proc/device-tree/ibm,opal/dump" "$M/sys/kernel/debug"
    : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
}

# what debugfs shows of its dump
REGIONS='DUMP: Src: 0x00000000000000, Dest: 0x00000030000000, Size: 0x30000000, Dumped: 0x30000000 bytes'

@test "opal: the last page of the reserve is in debugfs, which is mounted for that, and no longer" {
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
        # where it is mounted it stays so
        opal
        mkdir "$M/sys/kernel/debug/powerpc"
        echo "$REGIONS" > "$M/sys/kernel/debug/powerpc/fadump_region"
        capture
        has armed=yes
        lacks debug "$calls"
    done
}

@test "opal: a reserve that ends inside a page, which nobody can name: not armed" {
    for SH in "${SHELLS[@]}"; do
        opal
        fake mount 'note "mount $*"; exit 1' # no debugfs in this kernel
        capture
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        has released=yes armed=no 'reason=not armed: the last page of the reserve cannot be found'
    done
}

@test "opal: a core of the firmware that cannot be saved is said and does not cost the dump" {
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

@test "kdump: copied, nothing to release, said so" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/$node"
        capture
        [ "$status" -eq 0 ]
        untouched
        has kind=kdump result=saved 'reason=this kind of dump (kdump) has no memory to release'
    done
}

@test "no dump at all: nothing" {
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

@test "the command line beats the file, the file beats the default" {
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

@test "what is wrong in the file is a warning each, and the default is used" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf 'colour = blue\ntarget = tape:server:/x\nrearm = maybe' > "$M/etc/fadump.conf"
        capture
        has result=saved target=dir:/var/crash armed=yes
        is "$(grep -c '^fadump: warning: /etc/fadump.conf: line [123]: ' <<< "$output")" 3
    done
}

@test "hostile words on the command line are a warning, run nothing and cost nothing" {
    for SH in "${SHELLS[@]}"; do
        for evil in '; touch $ROOT/evil' '$(touch $ROOT/evil)' '`touch $ROOT/evil`' "dir:relative" \
            "dir:/a/../../b" "dir:/x/.." $'dir:/x\nresult=forged' $'dir:/x\tb' "'" '"' '*' "tape:x:/y" \
            "../target-dir" "dir" "dir:" "$(printf 'dir:/%2000s' x)" '-n' '%s%n' '\033[2J'; do
            machine
            capture "target=$evil"
            [ "$status" -eq 0 ]
            has target=dir:/var/crash result=saved released=yes armed=yes
            grep -q '^fadump: warning: kernel command line: target' <<< "$output"
            [ ! -e "$M/evil" ]
            is "$(grep -c = "$M/run/fadump/status")" 16
        done
    done
}

@test "odd but honest paths are used as they are" {
    for SH in "${SHELLS[@]}"; do
        for place in '/with space' "/it's" '/a"b' '/$(x)' '/*' '/a;b' '/ü' '/%s' '/back\slash' '/-n'; do
            machine
            capture "target=dir:$place"
            has "target=dir:$place" result=saved "path=$place/127.0.0.1-2026-11-21-21:03:05/vmcore"
            cmp "$M/proc/vmcore" "$M/sysroot$place/127.0.0.1-2026-11-21-21:03:05/vmcore"
        done
    done
}

@test "a hostile report does not reach the status" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/bytes=19/bytes=19;x\\nreleased=forged\\nseconds=\\nlost_pages=\x1b/; s/format=kdump/format=a forged\\npartial=forged/' \
            "$M/usr/libexec/fadump-copy"
        capture
        has bytes= seconds=0.5 released=yes format= compress=zstd
        file_lacks forged "$M/run/fadump/status"
    done
}

@test "a sudden end leaves a status that says how far it got, and puts the root back" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        # the copier ends the driver as the end of the service would
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

@test "a damaged installation ends in a status, too" {
    for SH in "${SHELLS[@]}"; do
        for file in fadump-lib.sh fadump-directory.sh; do
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
