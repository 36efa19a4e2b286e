#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# targets.bats - several targets: order, fallback, failures, deadlines, and reasons not to release memory

# shellcheck disable=SC2016,SC2030,SC2031,SC2059,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

stamp=127.0.0.1-2026-11-21-21:03:05

# failing PATTERN STATUS [SHELL]: makes a copier that runs SHELL and ends with STATUS for targets that match PATTERN
failing() {
    copier 0
    sed -i "s#^    lost=0#    case \$file in $1) rm \"\$file.incomplete\"; ${3:-:}; exit $2 ;; esac\n&#" \
        "$M/usr/libexec/fadump-copy"
}

@test "the first target that saves the dump ends the list; one line is logged for each failure" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf 'target = dir:/srv/%s\n' one two three > "$M/etc/fadump.conf"
        failing '*/one/*' 4 'echo "33.90 1" > "$ROOT/proc/uptime"'
        capture
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes reason= target=dir:/srv/two "path=/srv/two/$stamp/vmcore" \
            failed_target.1=dir:/srv/one "failed_reason.1=/srv/one/$stamp cannot be written" failed_seconds.1=21
        file_lacks failed_target.2 "$M/run/fadump/status"
        is "$(grep -c ' failed ' <<< "$output")" 1
        grep -qxF "fadump: target dir:/srv/one failed after 21 s: /srv/one/$stamp cannot be written" <<< "$output"
        grep -qxF 'fadump: a crash dump is waiting (fadump); target dir:/srv/one dir:/srv/two dir:/srv/three dir:/var/crash' <<< "$output"
        [ ! -e "$M/sysroot/srv/three" ]
        cmp "$M/proc/vmcore" "$M/sysroot/srv/two/$stamp/vmcore"
        is "$(grep -cx 1 <<< "$calls")" 1
    done
}

@test "targets on the command line replace all targets of the file" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf 'target = dir:/srv/%s\n' one two > "$M/etc/fadump.conf"
        failing '*/a/*' 4
        capture target=dir:/srv/a target=dir:/srv/b
        has target=dir:/srv/b failed_target.1=dir:/srv/a result=saved
        [ ! -e "$M/sysroot/srv/one" ]
    done
}

@test "dir:/var/crash is the last target; fallback = none disables it" {
    for SH in "${SHELLS[@]}"; do
        machine
        failing '*/one/*' 4
        capture target=dir:/srv/one
        has target=dir:/var/crash result=saved released=yes
        for where in file line; do
            machine
            failing '*/one/*' 4
            [ $where = line ] || echo 'fallback = none' > "$M/etc/fadump.conf"
            if [ $where = file ]; then capture target=dir:/srv/one; else capture target=dir:/srv/one fallback=none; fi
            [ "$status" -eq 1 ]
            untouched
            has target=dir:/srv/one result=failed "reason=/srv/one/$stamp cannot be written"
            [ ! -e "$M/sysroot/var/crash" ]
        done
    done
}

@test "if no target saves the dump, every reason is kept and nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        failing '*' 5
        capture target=dir:/srv/one target=dir:/proc/x target=dir:/srv/two
        [ "$status" -eq 1 ]
        untouched
        has result=failed failed_target.1=dir:/srv/one failed_target.2=dir:/srv/two failed_target.3=dir:/var/crash \
            "failed_reason.2=no space left for /srv/two/$stamp" "reason=no space left for /var/crash/$stamp"
        is "$(grep -c '^fadump: target .* failed after 0 s: ' <<< "$output")" 3
        # one line for each failure
        is "$(grep -c 'no space left for ' <<< "$output")" 3
        grep -qxF 'fadump: saving vmcore failed: 3 targets failed' <<< "$output"
    done
}

@test "messages of a failed target are not logged for the next target" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        failing '*/one/*' 4 'printf "stored_bytes=7\\nunfiltered=one\\nerror=words of one\\n" > "$report"'
        sed -i '/> "$report"/s/printf "bytes=19.*/:/' "$M/usr/libexec/fadump-copy"
        capture target=dir:/srv/one
        has result=saved stored_bytes= reason= "failed_reason.1=/srv/one/$stamp cannot be written: words of one"
        file_lacks '^(partial|unfiltered)=' "$M/run/fadump/status"
        # each target restored the root before the next target began
        is "$(grep ^mount <<< "$calls" | sed "s/ registered.*//; s/.*remount,//; s/ .*//" | tr '\n' ' ')" 'rw ro rw ro '
    done
}

@test "none: the dump is discarded, which is logged, the memory is released and the next dump is armed" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture target=none target=dir:/srv/x
        [ "$status" -eq 0 ]
        has target=none path= result=discarded released=yes armed=yes 'reason=target none: the dump is discarded'
        lacks '^copy' "$calls"
        grep -qx 1 <<< "$calls"
        is "$(find "$M/sysroot" -name '127*')" ''
        machine
        failing '*/one/*' 4
        capture target=dir:/srv/one target=none
        has target=none result=discarded released=yes failed_target.1=dir:/srv/one
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

@test "a kind of target that is not in this initramfs: the target fails, and the reason names the remedy" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M"/usr/lib/fadump/target/nfs*.sh
        for kind in nfs nfs4; do
            capture "target=$kind:10.0.0.1:/srv" fallback=none
            [ "$status" -eq 1 ]
            untouched
            has "reason=this initramfs was built without $kind: targets (set include = nfs in fadump.conf, then run dracut -f)"
        done
    done
}

@test "a mount that hangs is killed at its deadline, and the next target saves the dump" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf '%s\n' "/dev/a $M/sysroot ext4 rw 0 0" "/dev/b $M/sysroot/srv ext4 ro 0 0" > "$M/proc/mounts"
        fake mount 'note "mount $*"; [ "$2" != remount,rw ] || exec sleep 100'
        capture target=dir:/srv/one timeout=1
        has result=saved target=dir:/var/crash "failed_reason.1=$M/sysroot/srv cannot be made writable"
        grep -q '^mount -o remount,ro' <<< "$calls" # the remount may have happened after the deadline
    done
}

@test "a target whose sync hangs has failed" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake sync 'note sync; exec sleep 100'
        capture timeout=1
        untouched
        has result=failed 'reason=sync failed'
    done
}

@test "the copier receives the stall limit; a stalled target (status 8) has failed" {
    for SH in "${SHELLS[@]}"; do
        machine
        failing '*/one/*' 8
        sed -i '2i echo "$*" >> "$ROOT/asked"' "$M/usr/libexec/fadump-copy"
        capture target=dir:/srv/one stall_timeout=7
        has target=dir:/var/crash "failed_reason.1=no byte reached /srv/one/$stamp for 7 seconds"
        is "$(grep -c '^--stall-timeout 7 --source ' "$M/asked")" 2
        machine
        sed -i '2i echo "$*" >> "$ROOT/asked"' "$M/usr/libexec/fadump-copy"
        capture
        grep -q '^--stall-timeout 60 --source ' "$M/asked"
    done
}

@test "a copier that reports a failure and does not exit is killed, and the next target is tried" {
    SH=dash
    machine
    failing '*/one/*' 4 'echo "error=stuck" > "$report"; trap "" TERM; while :; do sleep 1; done'
    capture target=dir:/srv/one
    has result=saved released=yes target=dir:/var/crash failed_target.1=dir:/srv/one
    grep -q '^failed_reason.1=no byte reached .*: stuck$' "$M/run/fadump/status"
}

@test "the driver waits for a copier that exits late, within the deadline" {
    for SH in "${SHELLS[@]}"; do
        machine
        failing '*/one/*' 8 \
            'mkdir "$ROOT/proc/4711"; echo fadump-copy > "$ROOT/proc/4711/comm"; (sleep 3; rm -r "$ROOT/proc/4711") > /dev/null 2>\&1 \& :'
        capture target=dir:/srv/one target=dir:/srv/two timeout=30
        has result=saved released=yes reason=
    done
}

@test "a copier that cannot be killed prevents the release, even if another target saves the dump" {
    for SH in "${SHELLS[@]}"; do
        for target in dir:/srv/two none; do
            machine
            failing '*/one/*' 8 'mkdir "$ROOT/proc/4711"; echo fadump-copy > "$ROOT/proc/4711/comm"'
            capture target=dir:/srv/one target=$target timeout=2
            [ "$status" -eq 0 ]
            untouched
            grep -qE '^result=(saved|discarded)$' "$M/run/fadump/status"
            grep -q "^fadump: a copier of a failed target cannot be killed and may still read the memory" \
                <<< "$output"
            [ $target = none ] || has result=saved \
                'reason=a copier of a failed target cannot be killed and may still read the memory: the memory remains reserved'
        done
    done
}

@test "if a signal ends the driver during the copy, the copier is also killed" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake fadump-copy 'echo $$ > "$ROOT/copier"; kill -TERM $PPID; exec sleep 100'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        untouched
        has 'reason=stopped while saving'
        run kill -0 "$(cat "$M/copier")"
        [ "$status" -ne 0 ]
    done
}

# reason TEXT WANTED: checks that last_message prints WANTED for a file with TEXT
reason() {
    printf "$1" > "$BATS_TEST_TMPDIR/said"
    run env ROOT= $SH -c '. "$0/lib/common.sh"; . "$0/driver/wait.sh"; last_message "$1"' "$MODULE" "$BATS_TEST_TMPDIR/said"
    is "$status:$output" "0:$2"
}

# the messages of mount(8) from util-linux 2.41, 2.38, 2.33, 2.27 and 2.20, of busybox 1.36, and of nfs-utils
@test "the reason of a failed mount is the first message of mount, never a hint about dmesg or syslog" {
    local hint='       dmesg(1) may have more information after failed mount system call.'
    local wrong='mount: /mnt: wrong fs type, bad option, bad superblock on /dev/vdb, missing codepage or helper program, or other error.'
    for SH in "${SHELLS[@]}"; do
        reason "$wrong\n$hint\n" ": $wrong"
        reason "mount: /mnt: /dev/vdb already mounted or mount point busy.\n$hint\n" \
            ': mount: /mnt: /dev/vdb already mounted or mount point busy.'
        reason "mount: (hint) your fstab has been modified, but systemd still uses\n       the old version; use 'systemctl daemon-reload' to reload.\n$wrong\n$hint" \
            ": $wrong"
        reason 'mount: wrong fs type, bad option, bad superblock on /dev/vdb,\n       missing codepage or helper program, or other error\n\n       In some cases useful info is found in syslog - try\n       dmesg | tail or so.\n' \
            ': mount: wrong fs type, bad option, bad superblock on /dev/vdb'
        reason 'mount: wrong fs type, bad option, bad superblock on /dev/vdb,\n       missing codepage or helper program, or other error\n       In some cases useful info is found in syslog - try\n       dmesg | tail  or so\n\n' \
            ': mount: wrong fs type, bad option, bad superblock on /dev/vdb'
        reason 'mount: mounting /dev/vdb on /mnt failed: Invalid argument\n' \
            ': mount: mounting /dev/vdb on /mnt failed: Invalid argument'
        reason 'mount.nfs: rpc.statd is not running but is required for remote locking.\nmount.nfs: Either use nolock, or start statd.\n' \
            ': mount.nfs: rpc.statd is not running but is required for remote locking.'
        reason "$hint\n" ''
        reason '' ''
        # other programs end with the reason
        reason 'Warning: a first line\nu@h: Permission denied (publickey).\r\n' ': u@h: Permission denied (publickey).'
        # a long message is cut, not replaced
        reason "mount: $(printf '%300s' '' | tr ' ' x)\n$hint" ": mount: $(printf '%183s' '' | tr ' ' x)"
    done
}

# process UID EXE: makes a process with the name of the copier and the effective user UID that runs EXE. With an empty
# UID or EXE, its status or exe cannot be read
process() {
    machine
    mkdir -p "$M/proc/77"
    echo fadump-copy > "$M/proc/77/comm"
    [ -z "$1" ] || printf '%s\n' 'Name: fadump-copy' 'Uid: 1000 '"$1"' 1000 1000' 'Gid: 0 0 0 0' > "$M/proc/77/status"
    [ -z "$2" ] || ln -s "$2" "$M/proc/77/exe"
}

@test "a copier that still runs blocks the release; another program or user with its process name does not" {
    for SH in "${SHELLS[@]}"; do
        copier=$BATS_TEST_TMPDIR/machine/usr/libexec/fadump-copy
        for blocks in "0:$copier" "0:$copier (deleted)" '0:/usr/libexec/fadump-copy (deleted)' 0: : ":$copier"; do
            process "${blocks%%:*}" "${blocks#*:}"
            capture timeout=1
            has result=saved released=no
            lacks '^1$' "$calls"
            grep -q '^fadump: a copier of a failed target cannot be killed' <<< "$output"
        done
        # a process that runs a hard link of the copier also blocks the release
        process 0 /nonexistent
        ln "$copier" "$M/other"
        ln -sf "$M/other" "$M/proc/77/exe"
        capture timeout=1
        has result=saved released=no
        for free in "1000:$copier" 1000: 1000:/tmp/fadump-copy 0:/usr/bin/passwd 0:/bin/sleep; do
            process "${free%%:*}" "${free#*:}"
            capture timeout=1
            has result=saved released=yes
        done
    done
}

@test "if a signal ends the driver during the copy, no copier exists after the driver has exited" {
    for SH in "${SHELLS[@]}"; do
        machine
        # this copier keeps no file of the driver open: the test would wait until the file is closed
        fake fadump-copy 'exec > /dev/null 2>&1 3>&-; echo $$ > "$ROOT/copier"; kill -TERM $PPID; exec sleep 30'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        untouched
        run kill "$(cat "$M/copier")"
        [ "$status" -ne 0 ]
    done
}
