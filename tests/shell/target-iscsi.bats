#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-iscsi.bats - iscsi: the session, the LUN, the directory on the LUN, and secrets, which are never shown
#
# Fake: iscsid, and iscsiadm, which creates the sysfs files of a session.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

# portal: makes a machine with a network and an iSCSI initiator name; the target has the LUNs 0 and 3
portal() {
    machine
    mkdir -p "$M/dev" "$M/etc/iscsi" "$M/sys/class/iscsi_session"
    : > "$M/proc/cmdline"
    echo 'InitiatorName=iqn.me' > "$M/etc/iscsi/initiatorname.iscsi"
    fake ip 'echo "$3 dev eth0 src 10.0.0.2 uid 0"; case $* in *tentative) exit 1 ;; esac'
    program iscsid 'note iscsid'
    echo 'node.startup = automatic' > "$M/etc/iscsi/iscsid.conf"
    # the fake "mount --bind A B" keeps B as B.below for umount, and replaces the content of B with that of A
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

@test "iscsi: login with CHAP in both directions, dump to the LUN, logout, then release" {
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
        # the passwords are in no argument, no message and no remaining file
        lacks 'secret|hidden' "$calls$output"
        file_lacks 'secret|hidden' "$M/run/fadump/status" "$M/run/fadump/log" "$M"/etc/iscsi/*
        is "$(cat "$M/etc/iscsi/iscsid.conf")" 'node.startup = automatic'
    done
}

@test "iscsi: a machine without iscsid.conf logs in without CHAP" {
    for SH in "${SHELLS[@]}"; do
        portal
        rm "$M/etc/iscsi/iscsid.conf"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved released=yes
        file_lacks CHAP "$M/record"
        is "$(cd "$M/etc/iscsi" && echo *)" initiatorname.iscsi
    done
}

@test "iscsi: secrets are not shown if a target fails or is invalid, in the file or on the command line" {
    for SH in "${SHELLS[@]}"; do
        portal
        rm "$M/bin/iscsiadm"
        printf '%s\n' 'target = iscsi:me:secret@h::::iqn.x' 'target = iscsi:me:secret@h:::iqn.x' \
            'target = scsi:me:secret@h' > "$M/etc/fadump.conf"
        capture
        has result=saved 'failed_target.1=iscsi:***@h::::iqn.x'
        capture 'target=iscsi:me:secret@h:::iqn.x' 'target=iscsi:me:secret@10.0.0.1::::iqn.x'
        lacks secret "$output"
        file_lacks secret "$M/run/fadump/status" "$M/run/fadump/log"
        grep -q 'warning: kernel command line: target: the target does not have the form of its kind' <<< "$output"
    done
}

@test "iscsi: the dump is saved to a directory on the LUN, or on its first partition that has a file system" {
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

@test "iscsi: a wrong password, a server that does not answer, and a missing LUN are logged" {
    for SH in "${SHELLS[@]}"; do
        portal
        sed -i 's/\*--login)/&echo "iscsiadm: login failed" >\&2; exit 24;/' "$M/bin/iscsiadm"
        capture target=iscsi:a:b@10.0.0.1::::iqn.x
        has target=dir:/var/crash \
            'failed_reason.1=iqn.x refuses the login: wrong user or password, or this machine is not allowed'
        grep -q -- '-o delete' <<< "$calls"
        portal
        sed -i 's/\*--login)/&exec sleep 100;/' "$M/bin/iscsiadm"
        capture target=iscsi:10.0.0.1::::iqn.x timeout=1
        has target=dir:/var/crash 'failed_reason.1=no login to iqn.x within 1 seconds'
        portal
        capture target=iscsi:10.0.0.1:::7:iqn.x timeout=1
        has target=dir:/var/crash 'failed_reason.1=iqn.x has no LUN 7, or it did not appear within 1 seconds'
        grep -q -- --logout <<< "$calls"
    done
}

@test "iscsi: an existing session (of the root) is used and not closed" {
    for SH in "${SHELLS[@]}"; do
        portal
        mkdir -p "$M/sys/class/iscsi_session/session9/device/target1:0:0/1:0:0:0/block/sda"
        echo iqn.x > "$M/sys/class/iscsi_session/session9/targetname"
        : > "$M/dev/sda"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved released=yes
        cmp "$M/proc/vmcore" "$M/dev/sda"
        lacks '^iscsi' "$calls"
        # the session of another target keeps iscsid running
        portal
        mkdir -p "$M/sys/class/iscsi_session/session9"
        echo iqn.root > "$M/sys/class/iscsi_session/session9/targetname"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved
        lacks '^iscsiadm -k' "$calls"
        [ -e "$M/sys/class/iscsi_session/session9" ]
    done
}

@test "iscsi: the login is repeated until iscsid is ready" {
    for SH in "${SHELLS[@]}"; do
        portal
        sed -i 's/\*--login)/&[ -e "$ROOT\/twice" ] || { [ ! -e "$ROOT\/once" ] || : > "$ROOT\/twice"; : > "$ROOT\/once"; exit 20; };/' "$M/bin/iscsiadm"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved 'path=iqn.x, LUN 0'
        is "$(grep -c -- --login <<< "$calls")" 3
    done
}

@test "iscsi: a session that cannot be closed is logged" {
    SH=dash
    portal
    sed -i 's/\*--logout).*/*--logout) exit 1 ;;/' "$M/bin/iscsiadm"
    capture target=iscsi:10.0.0.1::::iqn.x
    has result=saved
    grep -q 'warning: the session to iqn.x could not be closed' <<< "$output"
}

@test "iscsi: the initiator name is from its file or the command line, or is generated and logged" {
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
        grep -q 'warning: this machine has no iSCSI initiator name; the generated name iqn.made.up is used' <<< "$output"
    done
}

# session N PORTAL STATE LUN: makes session N of another program, to iqn.x
session() {
    local dir="$M/sys/class/iscsi_session/session$1" link="$M/sys/class/iscsi_connection/connection$1:0"
    mkdir -p "$dir/device/target$1:0:0/$1:0:0:$4/block/sd$1$4" "$link"
    echo iqn.x > "$dir/targetname"
    echo "$3" > "$dir/state"
    echo "${2%:*}" | tee "$link/persistent_address" > "$link/address"
    echo "${2##*:}" | tee "$link/persistent_port" > "$link/port"
    : > "$M/dev/sd$1$4"
}

@test "iscsi: a session is chosen by its target, portal and state, and the disk by the session and the LUN" {
    for SH in "${SHELLS[@]}"; do
        # the first session has failed, the second has another LUN, the third is to another target
        portal
        session 5 10.0.0.1:3260 FAILED 0
        session 6 10.0.0.1:3260 LOGGED_IN 1
        session 7 10.0.0.1:3260 LOGGED_IN 0
        echo iqn.xy > "$M/sys/class/iscsi_session/session7/targetname"
        session 8 10.0.0.1:3260 LOGGED_IN 0
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved
        cmp "$M/proc/vmcore" "$M/dev/sd80"
        lacks '^iscsi' "$calls"
        is "$(cat "$M"/dev/sd50 "$M"/dev/sd61 "$M"/dev/sd70)" ''
        # sessions through other portals are not used, and are not closed
        portal
        session 5 10.0.0.7:3260 LOGGED_IN 0
        session 6 10.0.0.1:3261 LOGGED_IN 0
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved
        cmp "$M/proc/vmcore" "$M/dev/sd0"
        grep -q -- '-p 10.0.0.1:3260 --logout' <<< "$calls"
        lacks 'could not be closed' "$output"
        [ -e "$M/sys/class/iscsi_session/session5" ]
        # the server redirected the session of the requested portal, or the portal has a name or another spelling
        for portal in '[FD00:0:0::1]=fd00:0000::0001' 'fd00:0:0:0::1%3=10.0.0.7' san=fd00:0:0::1; do
            portal
            fake ip 'case $* in *tentative) ;; *) echo "$3 dev eth0 src fd00::2 uid 0" ;; esac'
            session 5 "${portal%=*}:3260" LOGGED_IN 0
            echo "${portal#*=}" > "$M/sys/class/iscsi_connection/connection5:0/address"
            capture 'target=iscsi:[fd00::1]::::iqn.x'
            has result=saved
            cmp "$M/proc/vmcore" "$M/dev/sd50"
        done
        # a LUN above 255 has another number in the kernel
        portal
        session 5 10.0.0.1:3260 LOGGED_IN $((300 + 16384))
        capture target=iscsi:10.0.0.1:::300:iqn.x
        has result=saved
    done
}

@test "iscsi: the driver waits for a session that is not logged in, until the deadline" {
    for SH in "${SHELLS[@]}"; do
        for end in login timeout; do
            portal
            session 5 10.0.0.1:3260 FAILED 0
            sed -i 's/\*--login)/&'"$([ "$end" = timeout ] || echo 'echo LOGGED_IN > "$ROOT\/sys\/class\/iscsi_session\/session5\/state";')"' exit 15;/' \
                "$M/bin/iscsiadm"
            capture target=iscsi:10.0.0.1::::iqn.x timeout=1
            lacks logout "$calls"
            if [ "$end" = login ]; then
                has result=saved 'path=iqn.x, LUN 0'
            else
                has target=dir:/var/crash 'failed_reason.1=the session to iqn.x was not logged in within 1 seconds'
            fi
        done
    done
}

# map NAME UUID BELOW: makes a device-mapper device above the kernel device BELOW
map() {
    mkdir -p "$M/sys/class/block/$1/dm" "$M/sys/class/block/$3/holders/$1"
    echo "$2" > "$M/sys/class/block/$1/dm/uuid"
    echo "map$1" > "$M/sys/class/block/$1/dm/name"
    : > "$M/dev/$1"
}

@test "iscsi: a LUN that multipath holds is used through its map, and so are its partitions" {
    for SH in "${SHELLS[@]}"; do
        portal
        session 5 10.0.0.1:3260 LOGGED_IN 0
        map dm-1 LVM-abc sd50
        map dm-3 mpath-36001 sd50
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved
        cmp "$M/proc/vmcore" "$M/dev/dm-3"
        mkdir "$M/dev/mapper"
        ln -s ../dm-3 "$M/dev/mapper/mapdm-3"
        : > "$M/dev/dm-3"
        fake fadump-copy 'while [ $# -gt 0 ]; do case $1 in --block) echo "$2" > "$ROOT/opened" ;; esac; shift; done; exit 4'
        mv "$M/usr/libexec/fadump-copy" "$M/copy" && mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture target=iscsi:10.0.0.1::::iqn.x fallback=none
        is "$(cat "$M/opened")" "$M/dev/mapper/mapdm-3"
        mv "$M/copy" "$M/usr/libexec/fadump-copy"
        map dm-4 part1-mpath-36001 dm-3
        map dm-5 LVM-def dm-3
        fake mount 'note "mount $*"; case $* in */dm-4\ *) ;; *) exit 32 ;; esac'
        capture 'target=iscsi:10.0.0.1::::iqn.x;fs=/crash'
        has result=saved 'path=iqn.x, LUN 0: /crash/10.0.0.2-2026-11-21-21:03:05/vmcore'
        lacks 'mount .*/(sd50|dm-5) ' "$calls"
    done
}

@test "iscsi: initiatorname.iscsi is parsed as open-iscsi parses it, and a file with a name is not changed" {
    for SH in "${SHELLS[@]}"; do
        for text in 'InitiatorName=iqn.me' '  InitiatorName=iqn.me\n' 'InitiatorName = iqn.me # mine\n' \
            '# InitiatorName=iqn.old\nInitiatorName=\n\tInitiatorName\t=\tiqn.me\r\n' 'x InitiatorNames: = iqn.me'; do
            portal
            printf '%b' "$text" > "$M/etc/iscsi/initiatorname.iscsi"
            cp "$M/etc/iscsi/initiatorname.iscsi" "$M/before"
            echo 'rd.iscsi.initiator=iqn.line' > "$M/proc/cmdline"
            capture target=iscsi:10.0.0.1::::iqn.x
            has result=saved
            cmp "$M/before" "$M/etc/iscsi/initiatorname.iscsi"
        done
        for text in '' '#InitiatorName=iqn.old' 'InitiatorName' 'InitiatorName= \n' 'initiatorname=iqn.me\n' 'GenerateName=yes\n'; do
            portal
            printf '%b' "$text" > "$M/etc/iscsi/initiatorname.iscsi"
            echo 'rd.iscsi.initiator=iqn.line' > "$M/proc/cmdline"
            capture target=iscsi:10.0.0.1::::iqn.x
            is "$(cat "$M/etc/iscsi/initiatorname.iscsi")" InitiatorName=iqn.line
        done
        # an initramfs without the file uses the file of the real root
        portal
        rm "$M/etc/iscsi/initiatorname.iscsi"
        mkdir -p "$M/sysroot/etc/iscsi" "$M/sysroot/srv"
        printf 'InitiatorName = iqn.root' > "$M/sysroot/srv/name"
        ln -s /srv/name "$M/sysroot/etc/iscsi/initiatorname.iscsi"
        echo 'rd.iscsi.initiator=iqn.line' > "$M/proc/cmdline"
        capture target=iscsi:10.0.0.1::::iqn.x
        is "$(cat "$M/etc/iscsi/initiatorname.iscsi")" InitiatorName=iqn.root
        is "$(cat "$M/sysroot/srv/name")" 'InitiatorName = iqn.root'
    done
}

@test "iscsi: the initiator name of the real root overrides the copy of the build, unless iscsid already runs" {
    for SH in "${SHELLS[@]}"; do
        portal
        mkdir -p "$M/sysroot/etc/iscsi"
        echo 'InitiatorName=iqn.clone' > "$M/sysroot/etc/iscsi/initiatorname.iscsi"
        echo 'rd.iscsi.initiator=iqn.line' > "$M/proc/cmdline"
        program iscsid 'cp "$ROOT/etc/iscsi/initiatorname.iscsi" "$ROOT/seen"'
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved target=iscsi:10.0.0.1::::iqn.x
        is "$(cat "$M/seen")" InitiatorName=iqn.clone
        grep -q 'the initiator name is iqn.clone of the root, not iqn.me of the initramfs' <<< "$output"
        # iscsid, started for the root file system, has already read the file, so the file is not changed
        portal
        mkdir -p "$M/sysroot/etc/iscsi"
        echo 'InitiatorName=iqn.clone' > "$M/sysroot/etc/iscsi/initiatorname.iscsi"
        : > "$M/run/iscsid.pid"
        capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved target=iscsi:10.0.0.1::::iqn.x
        is "$(cat "$M/etc/iscsi/initiatorname.iscsi")" InitiatorName=iqn.me
        grep -q 'iscsid already runs as iqn.me: this name is used, not iqn.clone of the root' <<< "$output"
        # a root without a name
        portal
        mkdir -p "$M/sysroot/etc/iscsi"
        echo 'GenerateName=yes' > "$M/sysroot/etc/iscsi/initiatorname.iscsi"
        echo 'rd.iscsi.initiator=iqn.line' > "$M/proc/cmdline"
        capture target=iscsi:10.0.0.1::::iqn.x
        is "$(cat "$M/etc/iscsi/initiatorname.iscsi")" InitiatorName=iqn.me
    done
}

# alive: makes the machine of portal() after the boot continued; alive_capture TARGET runs the late capture, and checks
# that it changes no file of /etc
alive() {
    portal
    mkdir -p "$M/usr/lib/dracut/modules.d"
    mv "$M/usr/lib/fadump" "$M/usr/lib/dracut/modules.d/50fadump"
    mv "$M/usr/libexec/fadump-capture" "$M/usr/lib/dracut/modules.d/50fadump/capture"
    program iscsi-iname 'echo iqn.made.up'
    program iscsid 'note iscsid; cp "$ROOT/etc/iscsi/initiatorname.iscsi" "$ROOT/seen"'
}

alive_capture() {
    cp -a "$M/etc" "$M/before"
    capture_as / "$M/usr/lib/dracut/modules.d/50fadump/capture" "$@" fallback=none
    diff -r "$M/before" "$M/etc"
}

@test "iscsi: the running system's initiator name is not changed in a late capture" {
    for SH in "${SHELLS[@]}"; do
        alive
        printf '# mine\nInitiatorName = iqn.me' > "$M/etc/iscsi/initiatorname.iscsi"
        alive_capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved
        lacks 'mount.*initiatorname' "$calls"
        # a name on the kernel command line is passed through a bind mount, which is undone
        alive
        echo '# none' > "$M/etc/iscsi/initiatorname.iscsi"
        echo rd.iscsi.initiator=iqn.line > "$M/proc/cmdline"
        alive_capture target=iscsi:10.0.0.1::::iqn.x
        has result=saved
        is "$(cat "$M/seen")" InitiatorName=iqn.line
        [ ! -e "$M/run/fadump/initiatorname.iscsi" ]
        # the bind mount is also undone if the login fails
        sed -i 's/\*--login)/&exit 24;/' "$M/bin/iscsiadm"
        rm -r "$M/before"
        alive_capture target=iscsi:10.0.0.1::::iqn.x
        # no name is generated
        for text in 'GenerateName=yes' none; do
            alive
            echo "$text" > "$M/etc/iscsi/initiatorname.iscsi"
            [ "$text" != none ] || rm "$M/etc/iscsi/initiatorname.iscsi"
            alive_capture target=iscsi:10.0.0.1::::iqn.x
            has result=failed
            grep -q '^failed_reason.1=this machine has no iSCSI initiator name: write InitiatorName=' "$M/run/fadump/status"
            lacks '^iscsi' "$calls"
        done
    done
}

@test "iscsi: a secret of a target is in no argument of fadump-tool, and in no file that remains" {
    for SH in "${SHELLS[@]}"; do
        for place in etc sysroot/etc; do
            portal
            tool_first 'echo "$*" >> "$ROOT/asked"' target
            echo 'target = iscsi:me:secret@10.0.0.1::::iqn.x' > "$M/$place/fadump.conf"
            capture
            has result=saved released=yes 'target=iscsi:***@10.0.0.1::::iqn.x'
            grep -q '^target ' "$M/asked"
            file_lacks secret "$M/asked"
            grep -q secret "$M/record"
            is "$(grep -r -l -D skip secret "$M/run" "$M/etc/iscsi")" ''
        done
    done
}
