#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-dir.bats - dir:/path: links, mounts, read-only roots, existing names

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

x() {
    run $SH -c 'resolved="" over="" mount_point=""; . "$0"; "$@" || exit
        case $1 in *_resolve) echo "$resolved" ;; *_of) echo "$mount_point $mount_type $mount_options" ;; *_over) echo "$over" ;; esac' \
        "$MODULE/lib/paths.sh" "$@"
    echo "$SH: $* -> $status: $output"
}

stamp=127.0.0.1-2026-11-21-21:03:05

@test "resolve: links are followed as in the mounted system, and never lead out of it" {
    t=$BATS_TEST_TMPDIR/top
    mkdir -p "$t/var" "$t/data/crash" "$t/deep/er"
    ln -s /data/crash "$t/var/absolute"
    ln -s ../data/crash "$t/var/relative"
    ln -s ../../../../../../data "$t/var/climbing"
    ln -s /../../etc "$t/var/escaping"
    ln -s loop "$t/var/loop"
    ln -s /var/absolute "$t/twice"
    ln -s nowhere "$t/var/dangling"
    ln -s "/a b'\$(x)" "$t/odd"
    for SH in "${SHELLS[@]}"; do
        while IFS='|' read -r path want; do
            x fadump_resolve "$t" "$path" && is "$output" "$want"
        done << 'END'
/var/crash|/var/crash
/|/
//var///crash//|/var/crash
/./var/./x/|/var/x
/var/absolute|/data/crash
/var/absolute/x y|/data/crash/x y
/var/relative/x|/data/crash/x
/var/climbing/x|/data/x
/var/escaping/x|/etc/x
/twice/x|/data/crash/x
/var/dangling/x|/var/nowhere/x
/none/of/this|/none/of/this
/odd/x|/a b'$(x)/x
/*|/*
END
        x fadump_resolve "$t" /var/loop/x
        [ "$status" -eq 1 ]
    done
}

@test "resolve: 40 links are followed, as in the kernel, 41 are not" {
    t=$BATS_TEST_TMPDIR/chain
    mkdir -p "$t/0"
    for n in {1..41}; do ln -s "$((n - 1))" "$t/$n"; done
    for SH in "${SHELLS[@]}"; do
        x fadump_resolve "$t" /40/x && is "$status:$output" 0:/0/x
        x fadump_resolve "$t" /41/x && is "$status:$output" 1:
    done
}

@test "a root in memory is refused, as the dump would not be durable; nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo "tmpfs $M/sysroot tmpfs rw 0 0" > "$M/proc/mounts"
        capture
        untouched
        has result=failed "reason=/var/crash is in memory: a power loss would lose the dump (tmpfs is memory)"
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

@test "an absolute link in the root leads to the root's directory, not to the initramfs" {
    for SH in "${SHELLS[@]}"; do
        machine
        ln -s /data/crash "$M/sysroot/var/crash"
        capture
        has result=saved target=dir:/var/crash "path=/data/crash/$stamp/vmcore"
        cmp "$M/proc/vmcore" "$M/sysroot/data/crash/$stamp/vmcore"
    done
}

@test "a loop of links, a file at the path, and a directory that cannot be created are refused" {
    for SH in "${SHELLS[@]}"; do
        machine
        ln -s crash "$M/sysroot/var/crash"
        capture
        untouched
        has result=failed 'reason=/var/crash: too many symbolic links'
        machine
        echo file > "$M/sysroot/var/crash"
        capture
        untouched
        has result=failed 'reason=cannot make the directory /var/crash'
        machine
        mkdir -p "$M/sysroot/var/crash"
        ln -s /dev/null/x "$M/sysroot/var/crash/$stamp" # the target of the link neither exists nor can be created
        capture
        untouched
        has result=failed "reason=cannot make the directory /var/crash/$stamp"
    done
}

@test "if the name of the directory exists, the suffixes .1 to .99 are tried; existing files are not changed" {
    for SH in "${SHELLS[@]}"; do
        machine
        for want in $stamp $stamp.1 $stamp.2; do
            capture
            has result=saved "path=/var/crash/$want/vmcore"
            is "$(stat -c %a "$M/sysroot/var/crash/$want")" 700
            echo "$want" > "$M/sysroot/var/crash/$want/vmcore"
        done
        for want in $stamp $stamp.1 $stamp.2; do
            is "$(cat "$M/sysroot/var/crash/$want/vmcore")" "$want"
        done
    done
    SH=dash
    machine
    mkdir -p "$M/sysroot/var/crash/$stamp"
    for n in {1..99}; do mkdir "$M/sysroot/var/crash/$stamp.$n"; done
    capture
    untouched
    has "reason=cannot make the directory /var/crash/$stamp.99"
}

@test "missing directories are created with mode 700, existing directories keep their mode" {
    for SH in "${SHELLS[@]}"; do
        machine
        mkdir -m 755 "$M/sysroot/srv"
        capture target=dir:/srv/a/b
        is "$(cd "$M/sysroot/srv" && stat -c %a . a a/b a/b/$stamp | tr '\n' ' ')" '755 700 700 700 '
    done
}

@test "a writable root is not remounted" {
    for SH in "${SHELLS[@]}"; do
        machine
        capture
        has result=saved
        lacks '^mount' "$calls"
    done
}

@test "a read-only root is made writable before anything is created, and read-only before the release" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        fake mount 'note "mount $*"; [ "$2" != remount,rw ] || [ ! -e "$ROOT/sysroot/var/crash" ] || note late
            [ "$2" != remount,ro ] || [ -s "$ROOT"/sysroot/var/crash/*/vmcore ] || note early'
        capture
        has result=saved released=yes
        lacks '^(late|early)' "$calls"
        is "$(grep -nE '^(mount|1$)' <<< "${calls//- registered=0$'\n'/}" | sed 's/ registered.*//')" \
            "1:mount -o remount,rw $M/sysroot
4:mount -o remount,ro $M/sysroot
5:1"
    done
}

@test "only the file system of the directory is remounted" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf '%s\n' "/dev/a $M/sysroot ext4 ro 0 0" "/dev/b $M/sysroot/var xfs ro 0 0" > "$M/proc/mounts"
        capture
        is "$(grep ^mount <<< "$calls" | sed 's/ registered.*//')" "mount -o remount,rw $M/sysroot/var
mount -o remount,ro $M/sysroot/var"
    done
}

@test "a root that cannot be made writable: nothing is created and nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        fake mount 'note "mount $*"; exit 32'
        capture
        untouched
        has result=failed "reason=$M/sysroot cannot be made writable"
        [ ! -e "$M/sysroot/var/crash" ]
        lacks remount,ro "$calls"
    done
}

@test "a root that cannot be made read-only again is logged; the dump is saved and the memory released" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        fake mount 'note "mount $*"; [ "$2" = remount,rw ]'
        capture
        has result=saved released=yes
        grep -qx "fadump: warning: $M/sysroot could not be made read-only again" <<< "$output"
    done
}

@test "a directory that cannot be created: the root becomes read-only again" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        echo file > "$M/sysroot/var/crash"
        capture
        untouched
        grep -q remount,ro <<< "$calls"
    done
}

@test "without a root file system on \$NEWROOT, the dump is not written to the memory of the initramfs" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo 'rootfs / rootfs rw 0 0' > "$M/proc/mounts"
        capture
        untouched
        has result=failed 'reason=no root file system is mounted on /sysroot'
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

@test "a file system that contains the directory in the running system is mounted for the copy only" {
    for SH in "${SHELLS[@]}"; do
        machine
        : > "$M/dev/vdb"
        printf '/dev/vdb /var ext4 noatime,nofail 0 2' > "$M/sysroot/etc/fstab"
        capture
        has result=saved released=yes "path=/var/crash/$stamp/vmcore"
        lacks warning "$output"
        is "$(grep -E '^(mount|copy|umount|1$)' <<< "$calls" | sed 's/ registered.*//')" \
            "mount -t ext4 -o rw,nosuid,nodev,noexec,noatime $M/dev/vdb $M/sysroot/var
copy
umount $M/sysroot/var
1"
        # a file system that is already mounted is not mounted again
        machine
        echo '/dev/vdb /var ext4 defaults 0 2' > "$M/sysroot/etc/fstab"
        echo "/dev/vdb $M/sysroot/var ext4 rw 0 0" >> "$M/proc/mounts"
        capture
        has result=saved
        lacks mount "$calls"
    done
}

@test "several mounts are made from / downwards, links in them are followed, and the last mount is unmounted first" {
    for SH in "${SHELLS[@]}"; do
        machine
        : > "$M/dev/vdb"
        : > "$M/dev/vdc"
        printf '%s\n' '/dev/vdc /srv/dumps xfs defaults 0 0' '/dev/vdb /var ext4 defaults 0 0' > "$M/sysroot/etc/fstab"
        mkdir -p "$M/sysroot/srv/dumps"
        # the link exists only in the file system of /dev/vdb, so it appears when /dev/vdb is mounted
        fake mount 'note "mount $*"
            for word; do from=${at-} at=$word; done
            case $at in *"/sysroot/var") ln -s /srv/dumps "$at/crash" ;; esac
            echo "$from $at ext4 rw 0 0" >> "$ROOT/proc/mounts"'
        capture
        has result=saved "path=/srv/dumps/$stamp/vmcore"
        is "$(grep -E '^(mount|umount)' <<< "$calls" | sed 's/ registered.*//; s/.* //')" \
            "$M/sysroot/var
$M/sysroot/srv/dumps
$M/sysroot/srv/dumps
$M/sysroot/var"
    done
}

@test "a mount that only the running system can make: the target fails before anything is written" {
    for SH in "${SHELLS[@]}"; do
        for line in 'server:/crash /var/crash nfs defaults' 'tmpfs /var tmpfs size=1G' '/dev/vdb /var ext4 defaults'; do
            machine
            echo "$line 0 0" > "$M/sysroot/etc/fstab"
            capture timeout=1
            untouched
            has result=failed
            [ ! -e "$M/run/fadump/fstab" ]
            grep -q '^failed_reason.1=\(the running system mounts \)\?/var.*/etc/fstab' "$M/run/fadump/status"
            [ ! -e "$M/sysroot/var/crash" ]
        done
        # the next target is tried
        capture timeout=1 target=dir:/var/crash target=dir:/srv
        has result=saved "path=/srv/$stamp/vmcore"
    done
}

@test "a mount that fails, hangs, or cannot be undone: nothing is released" {
    for SH in "${SHELLS[@]}"; do
        for fault in 'echo "mount: no such thing" >&2; exit 32' 'exec sleep 100'; do
            machine
            : > "$M/dev/vdb"
            echo '/dev/vdb /var ext4 defaults 0 2' > "$M/sysroot/etc/fstab"
            fake mount "$fault"
            capture timeout=1
            untouched
            has result=failed
            grep -q '^failed_reason.1=/var of /etc/fstab: ' "$M/run/fadump/status"
            [ ! -e "$M/sysroot/var/crash" ]
        done
        machine
        : > "$M/dev/vdb"
        echo '/dev/vdb /var ext4 defaults 0 2' > "$M/sysroot/etc/fstab"
        fake umount 'note "umount $*"; exit 32'
        capture timeout=1
        untouched
        has result=failed 'failed_reason.1=the target could not be unmounted cleanly'
    done
}

@test "a bind mount of the running system is made, after the mount that contains its source directory" {
    for SH in "${SHELLS[@]}"; do
        machine
        : > "$M/dev/vdb"
        mkdir -p "$M/sysroot/data/crash"
        printf '%s\n' '/data/crash /var/crash none bind 0 0' '/dev/vdb /data ext4 defaults 0 0' > "$M/sysroot/etc/fstab"
        capture
        has result=saved "path=/var/crash/$stamp/vmcore"
        is "$(grep -E '^mount' <<< "$calls" | sed 's/ registered.*//')" \
            "mount -t ext4 -o rw,nosuid,nodev,noexec $M/dev/vdb $M/sysroot/data
mount --bind $M/sysroot/data/crash $M/sysroot/var/crash"
    done
}

@test "in the running system nothing is mounted, and the directory is used" {
    for SH in "${SHELLS[@]}"; do
        running
        mkdir -p "$M/etc"
        echo '/dev/vdb /var ext4 defaults 0 2' > "$M/etc/fstab"
        capture_as / "$M/usr/lib/dracut/modules.d/50fadump/capture"
        has result=saved "path=/var/crash/$stamp/vmcore"
        lacks mount "$calls"
    done
}

@test "if fadump-tool does not run, the place of the directory is unknown, and nothing is written" {
    for SH in "${SHELLS[@]}"; do
        machine
        rm "$M/usr/libexec/fadump-tool"
        capture
        untouched
        has result=failed
        grep -q '^failed_reason.1=/var/crash: fadump-tool does not run' "$M/run/fadump/status"
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

@test "directories that cannot be made durable: nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake sync 'exit 1'
        capture
        untouched
        has result=failed 'reason=sync failed'
    done
}

@test "a partial dump remains, and its name and size are logged; also on a full file system" {
    for SH in "${SHELLS[@]}"; do
        for fault in 3 4 5 6; do
            machine
            copier "$fault"
            capture
            untouched
            is "$(ls "$M/sysroot/var/crash/$stamp")" vmcore.incomplete
            has path= "partial=/var/crash/$stamp/vmcore.incomplete"
            line="fadump: a partial dump remains: /var/crash/$stamp/vmcore.incomplete, 12 bytes"
            [ "$fault" != 5 ] || line+='; it fills the file system'
            grep -qxF "$line" <<< "$output"
        done
        # a failure before the first byte was written
        machine
        fake fadump-copy 'exit 5'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        untouched
        file_lacks '^partial=' "$M/run/fadump/status"
        lacks 'a partial dump' "$output"
    done
}

@test "a directory over which a tmpfs will be mounted is refused, in any spelling; nothing is created" {
    for SH in "${SHELLS[@]}"; do
        for place in /var/memory/crash /var//memory/./crash; do
            machine
            ln -s ../dev/shm "$M/sysroot/var/memory"
            capture "target=dir:$place" fallback=none
            [ "$status" -eq 1 ]
            untouched
            grep -q '^reason=.* is not persistent$' "$M/run/fadump/status"
            lacks copy "$calls"
            is "$(find "$M/sysroot" -name 'crash*')" ''
        done
    done
}

@test "if fadump-tool cannot tell whether a dump survives a power loss, nothing is written or released" {
    for SH in "${SHELLS[@]}"; do
        machine
        tool_first 'exit 1' lasting
        capture
        [ "$status" -eq 1 ]
        untouched
        has 'reason=/var/crash: fadump-tool cannot tell whether a dump there survives a power loss (status 1)'
        [ ! -e "$M/sysroot/var/crash" ]
    done
}
