#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# targets.bats - several targets: order, fallback, failures, deadlines, what forbids the release

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

stamp=127.0.0.1-2026-11-21-21:03:05

# failing PATTERN STATUS [SHELL]: a copier that ends with STATUS for outputs that match PATTERN,
# after SHELL
failing() {
    copier 0
    sed -i "s#^    lost=0#    case \$file in $1) rm \"\$file.incomplete\"; ${3:-:}; exit $2 ;; esac\n&#" \
        "$M/usr/libexec/fadump-copy"
}

@test "the first target that has the dump ends the search; each failure is one line" {
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

@test "the command line replaces the list of the file as a whole" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf 'target = dir:/srv/%s\n' one two > "$M/etc/fadump.conf"
        failing '*/a/*' 4
        capture target=dir:/srv/a target=dir:/srv/b
        has target=dir:/srv/b failed_target.1=dir:/srv/a result=saved
        [ ! -e "$M/sysroot/srv/one" ]
    done
}

@test "dir:/var/crash is the last resort; fallback = none takes that away" {
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

@test "no target has it: every reason is kept, nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        failing '*' 5
        capture target=dir:/srv/one target=dir:/proc/x target=dir:/srv/two
        [ "$status" -eq 1 ]
        untouched
        has result=failed failed_target.1=dir:/srv/one failed_target.2=dir:/srv/two failed_target.3=dir:/var/crash \
            "failed_reason.2=no space left for /srv/two/$stamp" "reason=no space left for /var/crash/$stamp"
        is "$(grep -c '^fadump: target .* failed after 0 s: ' <<< "$output")" 3
    done
}

@test "what a target that failed had to say is not said of the next one" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        echo '/dev/vdb /srv ext4 defaults 0 2' > "$M/sysroot/etc/fstab"
        failing '*/one/*' 4 'printf "stored_bytes=7\\nunfiltered=one\\nerror=words of one\\n" > "$report"'
        sed -i '/> "$report"/s/printf "bytes=19.*/:/' "$M/usr/libexec/fadump-copy"
        capture target=dir:/srv/one
        has result=saved stored_bytes= reason= "failed_reason.1=/srv/one/$stamp cannot be written: words of one"
        file_lacks '^(hidden_below|partial|unfiltered)=' "$M/run/fadump/status"
        # each left the root as it was before the next began
        is "$(grep ^mount <<< "$calls" | sed "s/ registered.*//; s/.*remount,//; s/ .*//" | tr '\n' ' ')" 'rw ro rw ro '
    done
}

@test "none: nothing is saved, the memory is released and armed, it is said, and it ends the list" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture target=none target=dir:/srv/x
        [ "$status" -eq 0 ]
        has target=none path= result=discarded released=yes armed=yes 'reason=target = none: the dump is given up'
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

@test "a kind that is not in this initramfs: one line, and the next target" {
    for SH in "${SHELLS[@]}"; do
        machine
        mkdir "$M/gone"
        mv "$M/usr/lib/fadump/target-dir.sh" "$M/gone"
        capture
        [ "$status" -eq 1 ]
        untouched
        has 'reason=this initramfs was built without dir: targets (include = dir in fadump.conf, then dracut -f)'
    done
}

@test "a mount that hangs costs its deadline, and the next target gets the dump" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf '%s\n' "/dev/a $M/sysroot ext4 rw 0 0" "/dev/b $M/sysroot/srv ext4 ro 0 0" > "$M/proc/mounts"
        fake mount 'note "mount $*"; [ "$2" != remount,rw ] || exec sleep 100'
        capture target=dir:/srv/one timeout=1
        has result=saved target=dir:/var/crash "failed_reason.1=$M/sysroot/srv cannot be made writable"
        grep -q '^mount -o remount,ro' <<< "$calls" # it may have come too late
    done
}

@test "a sync that hangs is a target that failed" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake sync 'note sync; exec sleep 100'
        capture timeout=1
        untouched
        has result=failed 'reason=sync failed'
    done
}

@test "the copier is told its stall limit; stalled (8) is a target that failed" {
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

@test "a copier that reports its failure and does not end is ended" {
    SH=dash
    machine
    failing '*/one/*' 4 'echo "error=stuck" > "$report"; trap "" TERM; while :; do sleep 1; done'
    capture target=dir:/srv/one
    has result=saved released=yes target=dir:/var/crash failed_target.1=dir:/srv/one
    grep -q '^failed_reason.1=no byte reached .*: stuck$' "$M/run/fadump/status"
}

@test "a copier that goes late is waited for, within the deadline" {
    for SH in "${SHELLS[@]}"; do
        machine
        failing '*/one/*' 8 'mkdir "$ROOT/proc/4711"; echo fadump-copy > "$ROOT/proc/4711/comm"; (sleep 3; rm -r "$ROOT/proc/4711") > /dev/null 2>\&1 \& :'
        capture target=dir:/srv/one target=dir:/srv/two timeout=30
        has result=saved released=yes reason=
    done
}

@test "a copier that lives on forbids the release, even if another target has the dump" {
    for SH in "${SHELLS[@]}"; do
        for target in dir:/srv/two none; do
            machine
            failing '*/one/*' 8 'mkdir "$ROOT/proc/4711"; echo fadump-copy > "$ROOT/proc/4711/comm"'
            capture target=dir:/srv/one target=$target timeout=2
            [ "$status" -eq 0 ]
            untouched
            grep -qE '^result=(saved|discarded)$' "$M/run/fadump/status"
            grep -q "^fadump: a copier of a target that failed cannot be ended and may still read the memory" <<< "$output"
            [ $target = none ] || has result=saved 'reason=a copier of a target that failed cannot be ended and may still read the memory: it stays held'
        done
    done
}

@test "ended while it copies: the copier is ended, too" {
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
