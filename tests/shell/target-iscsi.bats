#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-iscsi.bats - iscsi: the session, the LUN, the directory on it, and what is never shown
#
# Fake: iscsiadm, which makes what the kernel shows of a session, and iscsid.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

# portal: a machine with a network and an iSCSI name; LUN 0 and 3
portal() {
    machine
    mkdir -p "$M/dev" "$M/etc/iscsi" "$M/sys/class/iscsi_session"
    : > "$M/proc/cmdline"
    echo 'InitiatorName=iqn.me' > "$M/etc/iscsi/initiatorname.iscsi"
    fake ip 'echo "$3 dev eth0 src 10.0.0.2 uid 0"; case $* in *tentative) exit 1 ;; esac'
    program iscsid 'note iscsid'
    echo 'node.startup = automatic' > "$M/etc/iscsi/iscsid.conf"
    # a mount over a file, as a copy over it
    fake mount 'note "mount $*"; case $1 in --bind) cp "$3" "$3.below" && cat "$2" > "$3" ;; esac'
    fake umount 'note "umount $*"; [ ! -e "$1.below" ] || mv "$1.below" "$1"'
    program iscsiadm 'note "iscsiadm $*"
        session=$ROOT/sys/class/iscsi_session/session1
        case $* in
            *--login)
                for n in 0 3; do
                    mkdir -p "$session/device/target2:0:0/2:0:0:$n/block/sd$n"
                    : > "$ROOT/dev/sd$n"
                done
                echo iqn.x > "$session/targetname" ;;
            *--logout) rm -r "$session" ;;
            *new) cp "$ROOT/etc/iscsi/iscsid.conf" "$ROOT/record" ;;
        esac'
}

story() {
    grep -E "$1" <<< "$calls" | sed 's/ registered.*//'
}

@test "iscsi: login with CHAP in both directions, the LUN as an archive, logout, release" {
    for SH in "${SHELLS[@]}"; do
        portal
        capture 'target=iscsi:me:secret:it:hidden@10.0.0.1::3261:3:iqn.x'
        [ "$status" -eq 0 ]
        has result=saved released=yes 'target=iscsi:***@10.0.0.1::3261:3:iqn.x' 'path=iqn.x, LUN 3'
        cmp "$M/proc/vmcore" "$M/dev/sd3"
        is "$(story '^(iscsid|iscsiadm|copy|1$)' | sed 's/iscsiadm -m node -T iqn.x -p 10.0.0.1:3261/A/')" "iscsid
A -o new
A --login
copy
A --logout
A -o delete
iscsiadm -k 0
1"
        is "$(cat "$M/record")" 'node.startup = automatic

node.startup = manual
node.session.initial_login_retry_max = 1
node.conn[0].timeo.login_timeout = 60
node.session.timeo.replacement_timeout = 60
node.session.auth.authmethod = CHAP
node.session.auth.username = me
node.session.auth.password = secret
node.session.auth.username_in = it
node.session.auth.password_in = hidden'
        is "$(stat -c %a "$M/record")" 600
        # in no argument, no message, and no file that stays
        lacks 'secret|hidden' "$calls$output"
        file_lacks 'secret|hidden' "$M/run/fadump/status" "$M/run/fadump/log" "$M"/etc/iscsi/*
        is "$(cat "$M/etc/iscsi/iscsid.conf")" 'node.startup = automatic'
    done
}

@test "iscsi: a machine without iscsid.conf, without CHAP" {
    for SH in "${SHELLS[@]}"; do
        portal
        rm "$M/etc/iscsi/iscsid.conf"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved released=yes
        file_lacks CHAP "$M/record"
        is "$(cd "$M/etc/iscsi" && echo *)" initiatorname.iscsi
    done
}

@test "secrets are not shown when a target fails, is wrong, or is in the file" {
    for SH in "${SHELLS[@]}"; do
        portal
        rm "$M/bin/iscsiadm"
        printf '%s\n' 'target = iscsi:me:secret@h::::iqn.x' 'target = iscsi:me:secret@h:::iqn.x' 'target = scsi:me:secret@h' > "$M/etc/fadump.conf"
        capture
        has result=saved 'failed_target.1=iscsi:***@h::::iqn.x'
        capture 'target=iscsi:me:secret@h:::iqn.x' 'target=iscsi:me:secret@10.0.0.1::::iqn.x'
        lacks secret "$output"
        file_lacks secret "$M/run/fadump/status" "$M/run/fadump/log"
        grep -q 'warning: kernel command line: target: iscsi: is not' <<< "$output"
    done
}

@test "iscsi: a directory on the LUN's file system, or on its first partition that has one" {
    for SH in "${SHELLS[@]}"; do
        portal
        : > "$M/dev/sd01" && : > "$M/dev/sd02"
        rm "$M/etc/iscsi/iscsid.conf"
        fake mount 'note "mount $*"; case $* in */sd02\ *) ;; *) exit 32 ;; esac'
        capture 'target=iscsi:10.0.0.1::::iqn.x;fs=/crash'
        : > "$M/dev/sd01" && : > "$M/dev/sd02"
        has result=saved released=yes 'path=iqn.x, LUN 0: /crash/10.0.0.2-2026-11-21-21:03:05/vmcore'
        cmp "$M/proc/vmcore" "$M"/run/fadump/mnt/crash/*/vmcore
        is "$(story '^(umount|iscsiadm.*logout|1$)' | cut -d' ' -f1)" $'umount\niscsiadm\n1'
        portal
        rm "$M/etc/iscsi/iscsid.conf"
        fake mount 'exit 32'
        capture 'target=iscsi:10.0.0.1::::iqn.x;fs=/crash'
        has target=dir:/var/crash 'failed_reason.1=iqn.x, LUN 0, has no file system that can be mounted'
        grep -q -- --logout <<< "$calls"
    done
}

@test "iscsi: a wrong password, a server that does not answer, a LUN that is not there" {
    for SH in "${SHELLS[@]}"; do
        portal
        sed -i 's/\*--login)/&echo "iscsiadm: login failed" >\&2; exit 24;/' "$M/bin/iscsiadm"
        capture target=iscsi:a:b@10.0.0.1::::iqn.x
        has target=dir:/var/crash 'failed_reason.1=iqn.x refuses the login: wrong user or password, or this machine is not allowed'
        grep -q -- '-o delete' <<< "$calls"
        portal
        sed -i 's/\*--login)/&exec sleep 100;/' "$M/bin/iscsiadm"
        capture target=iscsi:10.0.0.1::::iqn.x timeout=1
        has target=dir:/var/crash 'failed_reason.1=iqn.x did not let us log in within 1 seconds'
        portal
        capture target=iscsi:10.0.0.1:::7:iqn.x timeout=1
        has target=dir:/var/crash 'failed_reason.1=iqn.x has no LUN 7, or it did not appear within 1 seconds'
        grep -q -- --logout <<< "$calls"
    done
}

@test "iscsi: a session that is there already (the root's) is used and left alone" {
    for SH in "${SHELLS[@]}"; do
        portal
        mkdir -p "$M/sys/class/iscsi_session/session9/device/target1:0:0/1:0:0:0/block/sda"
        echo iqn.x > "$M/sys/class/iscsi_session/session9/targetname"
        : > "$M/dev/sda"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved released=yes
        cmp "$M/proc/vmcore" "$M/dev/sda"
        lacks '^iscsi' "$calls"
        # another one's keeps iscsid alive
        portal
        mkdir -p "$M/sys/class/iscsi_session/session9"
        echo iqn.root > "$M/sys/class/iscsi_session/session9/targetname"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved
        lacks '^iscsiadm -k' "$calls"
        [ -e "$M/sys/class/iscsi_session/session9" ]
    done
}

@test "iscsi: a daemon that is not ready at once" {
    for SH in "${SHELLS[@]}"; do
        portal
        sed -i 's/\*--login)/&[ -e "$ROOT\/twice" ] || { [ ! -e "$ROOT\/once" ] || : > "$ROOT\/twice"; : > "$ROOT\/once"; exit 20; };/' "$M/bin/iscsiadm"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved 'path=iqn.x, LUN 0'
        is "$(grep -c -- --login <<< "$calls")" 3
    done
}

@test "iscsi: a session that does not end is said" {
    SH=dash
    portal
    sed -i 's/\*--logout).*/*--logout) exit 1 ;;/' "$M/bin/iscsiadm"
    capture target=iscsi:10.0.0.1::::iqn.x
    has result=saved
    grep -q 'warning: the session to iqn.x does not end: it stays' <<< "$output"
}

@test "iscsi: this machine's name: from its file, the command line, or made up and said" {
    for SH in "${SHELLS[@]}"; do
        portal
        echo 'GenerateName=yes' > "$M/etc/iscsi/initiatorname.iscsi"
        echo 'root=/dev/x rd.iscsi.initiator=iqn.line' > "$M/proc/cmdline"
        capture target=iscsi:10.0.0.1::::iqn.x
        is "$(cat "$M/etc/iscsi/initiatorname.iscsi")" InitiatorName=iqn.line
        portal
        rm "$M/etc/iscsi/initiatorname.iscsi"
        program iscsi-iname 'echo iqn.made.up'
        capture target=iscsi:10.0.0.1::::iqn.x
        is "$(cat "$M/etc/iscsi/initiatorname.iscsi")" InitiatorName=iqn.made.up
        grep -q 'warning: this machine has no iSCSI name, iqn.made.up is used' <<< "$output"
    done
}
