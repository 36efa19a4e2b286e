#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-dir.bats - dir:/path: links, mounts, read-only roots, names that are taken

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

x() {
    run $SH -c '. "$0"; "$@"' "$MODULE/fadump-paths.sh" "$@"
    echo "$SH: $* -> $status: $output"
}

stamp=127.0.0.1-2026-11-21-21:03:05

@test "resolve: links are followed as the mounted system would, never out of it" {
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

@test "mount of a path: the deepest, and of equals the last" {
    cat > "$BATS_TEST_TMPDIR/mounts" << 'END'
rootfs / rootfs rw 0 0
/dev/a /sysroot ext4 ro,relatime 0 0
/dev/b /sysroot/var xfs rw 0 0
/dev/c /sysroot/va ext4 rw 0 0
/dev/d /sysroot/var btrfs ro 0 0
END
    for SH in "${SHELLS[@]}"; do
        while IFS='|' read -r path want; do
            x fadump_mount_of "$BATS_TEST_TMPDIR/mounts" "$path" && is "$output" "$want"
        done << 'END'
/sysroot|/sysroot ext4 ro,relatime
/sysroot/srv|/sysroot ext4 ro,relatime
/sysroot/var/crash|/sysroot/var btrfs ro
/sysroot/var|/sysroot/var btrfs ro
/sysroot/variable|/sysroot ext4 ro,relatime
/sysroot2|/ rootfs rw
/elsewhere|/ rootfs rw
END
        x fadump_mount_of /dev/null /sysroot && is "$output" '/ none -'
    done
}

@test "volatile: file systems in memory, and overlays on them" {
    cat > "$BATS_TEST_TMPDIR/mounts" << 'END'
rootfs / rootfs rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/a /disk ext4 rw 0 0
/dev/b /sysroot xfs rw 0 0
tmpfs /sysroot/tmp tmpfs rw 0 0
overlay /live overlay rw,lowerdir=/lower,upperdir=/run/upper,workdir=/run/work 0 0
overlay /kept overlay rw,lowerdir=/lower,upperdir=/disk/upper,workdir=/disk/work 0 0
overlay /fixed overlay ro,lowerdir=/run/lower 0 0
END
    for SH in "${SHELLS[@]}"; do
        for path in /x /run/x /sysroot/tmp/x /live/x; do
            x fadump_volatile "$BATS_TEST_TMPDIR/mounts" "$path"
            is "$status:$output" 0:
        done
        for path in /disk/x /sysroot/x /kept/x /fixed/x; do
            x fadump_volatile "$BATS_TEST_TMPDIR/mounts" "$path"
            is "$status:$output" 1:
        done
    done
}

@test "a root in memory: the dump would not be durable, nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo "tmpfs $M/sysroot tmpfs rw 0 0" > "$M/proc/mounts"
        capture
        untouched
        has result=failed "reason=$M/sysroot is kept in memory: a dump there would be lost with the power"
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

@test "fstab: what will be mounted over a path" {
    cat > "$BATS_TEST_TMPDIR/fstab" << 'END'
# /dev/x /var ext4 defaults 0 0
#/dev/x /var/crash ext4 defaults 0 0
/dev/a / ext4 defaults 0 1
/dev/b	/srv/	xfs	defaults 0 2
UUID=1 /srv/crash/deep ext4 defaults 0 2
/dev/s none swap sw 0 0

END
    for SH in "${SHELLS[@]}"; do
        while IFS='|' read -r path want; do
            x fadump_fstab_over "$BATS_TEST_TMPDIR/fstab" "$path" && is "$output" "$want"
        done << 'END'
/var/crash|
/srv|/srv
/srv/crash|/srv
/srv/crash/deep/x|/srv/crash/deep
/srvx|
END
        x fadump_fstab_over /nonexistent /srv && is "$output" ''
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

@test "a loop of links, a file in the way, a directory that cannot be made: refused" {
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
        ln -s /dev/null/x "$M/sysroot/var/crash/$stamp" # neither exists nor can be made
        capture
        untouched
        has result=failed "reason=cannot make the directory /var/crash/$stamp"
    done
}

@test "a name that is taken: .1, .2; nothing there is touched; an end after 99" {
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

@test "missing directories are made for root only, existing ones keep their mode" {
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

@test "a read-only root: rw before anything is made, ro after the copy and before the release" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        fake mount 'note "mount $*"; [ "$2" != remount,rw ] || [ ! -e "$ROOT/sysroot/var/crash" ] || note late
            [ "$2" != remount,ro ] || [ -s "$ROOT"/sysroot/var/crash/*/vmcore ] || note early'
        capture
        has result=saved released=yes
        lacks '^(late|early)' "$calls"
        is "$(grep -nE '^(mount|1$)' <<< "${calls//- registered=0$'\n'/}" | sed 's/ registered.*//')" "1:mount -o remount,rw $M/sysroot
4:mount -o remount,ro $M/sysroot
5:1"
    done
}

@test "only the file system the directory is on is remounted" {
    for SH in "${SHELLS[@]}"; do
        machine
        printf '%s\n' "/dev/a $M/sysroot ext4 ro 0 0" "/dev/b $M/sysroot/var xfs ro 0 0" > "$M/proc/mounts"
        capture
        is "$(grep ^mount <<< "$calls" | sed 's/ registered.*//')" "mount -o remount,rw $M/sysroot/var
mount -o remount,ro $M/sysroot/var"
    done
}

@test "a root that does not become writable: nothing made, nothing released" {
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

@test "a root that does not go back to read-only is said; the dump is safe and released" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        fake mount 'note "mount $*"; [ "$2" = remount,rw ]'
        capture
        has result=saved released=yes
        grep -qx "fadump: warning: $M/sysroot could not be made read-only again" <<< "$output"
    done
}

@test "a directory that cannot be made: the root goes back to read-only" {
    for SH in "${SHELLS[@]}"; do
        machine
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        echo file > "$M/sysroot/var/crash"
        capture
        untouched
        grep -q remount,ro <<< "$calls"
    done
}

@test "no root on \$NEWROOT: the dump does not go into the memory of the initramfs" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo 'rootfs / rootfs rw 0 0' > "$M/proc/mounts"
        capture
        untouched
        has result=failed 'reason=no root file system is mounted on /sysroot'
        [ ! -e "$M/sysroot/var/crash" ]
    done
}

@test "a mount of the normal root that would hide the dump is named" {
    for SH in "${SHELLS[@]}"; do
        machine
        echo '/dev/vdb /var ext4 defaults 0 2' > "$M/sysroot/etc/fstab"
        capture
        has result=saved
        grep -q '^fadump: warning: /etc/fstab mounts /var over this directory' <<< "$output"
        has hidden_below=/var
        # not if it is mounted already
        machine
        echo '/dev/vdb /var ext4 defaults 0 2' > "$M/sysroot/etc/fstab"
        echo "/dev/vdb $M/sysroot/var ext4 rw 0 0" >> "$M/proc/mounts"
        capture
        has result=saved
        lacks warning "$output"
    done
}

@test "directories that cannot be made durable: nothing released" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake sync 'exit 1'
        capture
        untouched
        has result=failed 'reason=sync failed'
    done
}

@test "what was written of a dump that fails stays, is named, and its size; on a full file system too" {
    for SH in "${SHELLS[@]}"; do
        for fault in 3 4 5 6; do
            machine
            copier "$fault"
            capture
            untouched
            is "$(ls "$M/sysroot/var/crash/$stamp")" vmcore.incomplete
            has path= "partial=/var/crash/$stamp/vmcore.incomplete"
            line="fadump: what was written stays: /var/crash/$stamp/vmcore.incomplete, 12 bytes"
            [ "$fault" != 5 ] || line+=', and fills the file system'
            grep -qxF "$line" <<< "$output"
        done
        # nothing was written
        machine
        fake fadump-copy 'exit 5'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        untouched
        file_lacks '^partial=' "$M/run/fadump/status"
        lacks 'what was written' "$output"
    done
}

@test "a place that memory is mounted over, however it is spelled: refused, nothing made" {
    for SH in "${SHELLS[@]}"; do
        for place in //proc/crash /./run/crash /var/memory/crash; do
            machine
            ln -s ../dev/shm "$M/sysroot/var/memory"
            capture "target=dir:$place" fallback=none
            [ "$status" -eq 1 ]
            untouched
            grep -q '^reason=.* does not last, it is no place for a dump$' "$M/run/fadump/status"
            lacks copy "$calls"
            is "$(find "$M/sysroot" -name 'crash*')" ''
        done
    done
}
