#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# late.bats - a dump that the initramfs leaves, and the driver in the running system
#
# In: a machine in a folder (machine.bash). fadumpctl, which runs the driver there, has its own
# tests (fadumpctl.bats); systemd's part is tests/lab.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

wants=run/systemd/system/multi-user.target.wants/fadump-late.service
unit=usr/lib/systemd/system/fadump-late.service

# on_systemd: the system on the root, as a distribution has it.
on_systemd() {
    mkdir -p "$M/sysroot/${unit%/*}" "$M/sysroot/usr/sbin"
    : > "$M/sysroot/$unit"
    ln -s usr/sbin "$M/sysroot/sbin"
    ln -s ../lib/systemd/systemd "$M/sysroot/usr/sbin/init"
}

# late [KEY=VALUE]...: capture, in the running system
late() {
    capture_as / "$M/usr/lib/dracut/modules.d/50fadump/fadump-capture" "$@"
}

@test "not saved: the running system is asked to try, and nothing is released" {
    for SH in "${SHELLS[@]}"; do
        machine
        on_systemd
        copier 5
        capture
        [ "$status" -eq 1 ]
        untouched
        is "$(readlink "$M/$wants")" "/$unit"
        is "$(stat -c %a "$M/${wants%/*}")" 755
        has result=failed
        grep -qxF 'fadump: fadump-late.service tries again in the running system' <<< "$output"
    done
}

@test "ended by a signal: the running system is asked to try" {
    for SH in "${SHELLS[@]}"; do
        machine
        on_systemd
        fake fadump-copy 'kill -TERM $PPID; exit 0'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture
        untouched
        [ -L "$M/$wants" ]
    done
}

@test "saved, given up or discarded by the kernel: it is not asked" {
    for SH in "${SHELLS[@]}"; do
        machine
        on_systemd
        capture
        has result=saved
        [ ! -e "$M/run/systemd" ]
        machine
        on_systemd
        capture target=none
        has result=discarded
        [ ! -e "$M/run/systemd" ]
        machine
        on_systemd
        rm "$M/proc/vmcore"
        capture
        has result=nothing
        [ ! -e "$M/run/systemd" ]
    done
}

@test "no systemd on the root, no such unit there, a kdump kernel: it is not asked" {
    for SH in "${SHELLS[@]}"; do
        for lack in init unit kdump other; do
            machine
            on_systemd
            case $lack in
                init) rm "$M/sysroot/usr/sbin/init" ;;
                other) ln -sf ../lib/sysvinit/init "$M/sysroot/usr/sbin/init" ;;
                unit) rm "$M/sysroot/$unit" ;;
                kdump) rm "$M/proc/device-tree/rtas/ibm,kernel-dump" ;;
            esac
            copier 5
            capture
            [ "$status" -eq 1 ]
            [ ! -e "$M/run/systemd" ]
            lacks 'running system' "$output"
        done
    done
}

@test "when = late: left alone, nothing prepared, copied or released; the running system is asked" {
    for SH in "${SHELLS[@]}"; do
        for given in conf word; do
            machine
            on_systemd
            if [ "$given" = conf ]; then
                printf '%s\n' 'when = late' 'target = dir:/srv' > "$M/etc/fadump.conf"
                capture
            else
                echo 'when = early' > "$M/etc/fadump.conf"
                capture when=late target=dir:/srv
            fi
            [ "$status" -eq 0 ]
            untouched
            lacks '^(copy|mount)' "$calls"
            [ ! -e "$M/sysroot/srv" ]
            has result=waiting target=dir:/srv path= reason=
            is "$(readlink "$M/$wants")" "/$unit"
            grep -qxF 'fadump: a crash dump is waiting (fadump): it is left to the running system (when = late)' <<< "$output"
        done
        machine
        on_systemd
        echo 'when = late' > "$M/etc/fadump.conf"
        capture when=early
        has result=saved released=yes
    done
}

@test "when = late, but nobody would save it: saved now, and said" {
    for SH in "${SHELLS[@]}"; do
        for lack in 'its init is not systemd:sysroot/usr/sbin/init' 'it has no fadump-late.service:sysroot/'$unit \
            'not for a dump of kind kdump:proc/device-tree/rtas/ibm,kernel-dump'; do
            machine
            on_systemd
            rm "$M/${lack#*:}"
            capture when=late
            [ "$status" -eq 0 ]
            has result=saved
            grep -qxF "fadump: warning: when = late: the system on /sysroot would not save it (${lack%%:*})" <<< "$output"
        done
        machine
        on_systemd
        : > "$M/run/systemd"
        capture when=late
        has result=saved released=yes
        grep -q '^fadump: warning: when = late: .*cannot write to ' <<< "$output"
    done
}

@test "late: saved in the running system's own directories, released, cured, armed, in that order" {
    for SH in "${SHELLS[@]}"; do
        running
        late
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes path=/var/crash/127.0.0.1-2026-11-21-21:03:05/vmcore
        cmp "$M/proc/vmcore" "$M/var/crash/127.0.0.1-2026-11-21-21:03:05/vmcore"
        is "$(grep -vE '^(- |sync )' <<< "$calls")" 'copy registered=0
1
od registered=0
0x0000000060010000
0x00000000fffff800'
        is "$(cat "$M/sys/kernel/fadump/registered")" 1
        # when = late is for the initramfs
        running
        echo 'when = late' > "$M/etc/fadump.conf"
        late
        has result=saved released=yes
        lacks warning "$output"
    done
}

@test "late: a copy that fails releases nothing, and asks nobody" {
    for SH in "${SHELLS[@]}"; do
        running
        copier 5
        ln -s / "$M/sysroot"
        mkdir -p "$M/${unit%/*}" "$M/sbin"
        : > "$M/$unit"
        ln -s systemd "$M/sbin/init"
        late
        [ "$status" -eq 1 ]
        untouched
        [ ! -e "$M/run/systemd" ]
        grep -qxF 'fadump: nothing was released: the dump stays in memory, in /proc/vmcore' <<< "$output"
    done
}

@test "late: what the initramfs left is kept beside it, the log goes on" {
    for SH in "${SHELLS[@]}"; do
        running
        mkdir "$M/run/fadump"
        echo 'result=failed' > "$M/run/fadump/status"
        echo 'of the initramfs' > "$M/run/fadump/log"
        copier 5
        late
        is "$(cat "$M/run/fadump/status.initramfs")" result=failed
        grep -q '^failed_target.1=dir:/var/crash' "$M/run/fadump/status"
        is "$(head -n 1 "$M/run/fadump/log")" 'of the initramfs'
        grep -q 'saving vmcore failed' "$M/run/fadump/log"
        # once more
        copier 0
        late
        is "$(cat "$M/run/fadump/status.initramfs")" result=failed
        has result=saved
    done
}

@test "late: a root that is read-only is put back, one in memory is refused" {
    for SH in "${SHELLS[@]}"; do
        running
        sed -i 's/ rw,/ ro,/' "$M/proc/mounts"
        late
        has result=saved
        is "$(grep ^mount <<< "$calls")" "mount -o remount,rw $M registered=0
mount -o remount,ro $M registered=0"
        running
        sed -i 's/ext4/tmpfs/' "$M/proc/mounts"
        late
        has result=failed released=no
    done
}

@test "late: no warning of a mount that the running system has made" {
    for SH in "${SHELLS[@]}"; do
        running
        echo "/dev/vdb /var ext4 defaults 0 2" > "$M/etc/fstab"
        echo "/dev/vdb $M/var ext4 rw 0 0" >> "$M/proc/mounts"
        late
        has result=saved
        lacks 'warning|hidden' "$output"
    done
}

@test "late: the network is the running system's: waited for, and never touched" {
    for SH in "${SHELLS[@]}"; do
        for way in yes no; do
            running
            mkdir -p "$M/sys/class/net/eth0" "$M/lib" "$M/sbin"
            echo 0x1002 > "$M/sys/class/net/eth0/flags"
            fake ip 'note "ip $*"
            [ -e "$ROOT/up" ] || exit 2
            case $* in "route get"*) echo "10.0.0.9 dev eth0 src 10.0.0.2 uid 0" ;; esac'
            program mount.nfs 'note "mount.nfs $*"'
            for tool in systemd-network-generator:usr/lib/systemd ifup:sbin; do
                mkdir -p "$M/${tool#*:}"
                fake "${tool%:*}" 'note touched'
                mv "$M/fake/${tool%:*}" "$M/${tool#*:}/"
            done
            program systemctl 'note touched'
            program nm-initrd-generator 'note touched'
            : > "$M/lib/net-lib.sh"
            [ "$way" = no ] || : > "$M/up"
            late target=nfs:10.0.0.9:/export fallback=none timeout=1
            lacks 'touched|ip (link|addr (flush|add))' "$calls"
            if [ "$way" = yes ]; then
                has result=saved released=yes path=10.0.0.9:/export/10.0.0.2-2026-11-21-21:03:05/vmcore
            else
                untouched
                has 'failed_reason.1=no address, or no way to 10.0.0.9, within 1 seconds'
            fi
        done
    done
}

@test "late: ssh with the key and the known hosts of the running system" {
    for SH in "${SHELLS[@]}"; do
        running
        fake ip '[ "$1" != route ] || echo "10.0.0.9 dev eth0 src 10.0.0.2 uid 0"'
        program ssh 'printf "%s\n" "$*" >> "$ROOT/asked"; cat > /dev/null'
        mkdir -p "$M/root/.ssh" "$M/srv"
        echo key | tee "$M/root/.ssh/id_ed25519" "$M/srv/key" > /dev/null
        late target=ssh:u@10.0.0.9:/x fallback=none
        has result=saved
        file_lacks "^($|.*/etc/fadump/)" "$M/asked"
        grep -qF -- "-i $M/root/.ssh/id_ed25519 " "$M/asked"
        grep -qF -- "UserKnownHostsFile=$M/root/.ssh/known_hosts " "$M/asked"
        # a key that fadump.conf names
        running
        printf '%s\n' 'ssh_key = /srv/key' 'ssh_known_hosts = /srv/hosts' > "$M/etc/fadump.conf"
        fake ip '[ "$1" != route ] || echo "10.0.0.9 dev eth0 src 10.0.0.2 uid 0"'
        program ssh 'printf "%s\n" "$*" >> "$ROOT/asked"; cat > /dev/null'
        mkdir -p "$M/srv"
        : > "$M/srv/key"
        late target=ssh:u@10.0.0.9:/x fallback=none
        grep -qF -- "-i $M/srv/key " "$M/asked"
        grep -qF -- "UserKnownHostsFile=$M/srv/hosts " "$M/asked"
        rm "$M/srv/key"
        late target=ssh:u@10.0.0.9:/x fallback=none
        has 'failed_reason.1=there is no key for ssh (ssh_key in fadump.conf)'
    done
}

@test "late: what the running system has noted of an iSCSI target is used and stays" {
    for SH in "${SHELLS[@]}"; do
        for noted in yes no; do
            running
            mkdir -p "$M/dev" "$M/etc/iscsi"
            : > "$M/proc/cmdline"
            echo 'InitiatorName=iqn.me' > "$M/etc/iscsi/initiatorname.iscsi"
            fake ip 'echo "$3 dev eth0 src 10.0.0.2 uid 0"'
            program iscsid 'note iscsid'
            program iscsiadm 'note "iscsiadm $*"
                session=$ROOT/sys/class/iscsi_session/session1
                case $* in
                    *" show") exit '"$([ "$noted" = yes ] && echo 0 || echo 21)"' ;;
                    *--login)
                        mkdir -p "$session/device/target2:0:0/2:0:0:0/block/sd0"
                        : > "$ROOT/dev/sd0"
                        echo iqn.x > "$session/targetname" ;;
                    *--logout) rm -r "$session" ;;
                esac'
            late target=iscsi:10.0.0.9::::iqn.x
            has result=saved released=yes
            if [ "$noted" = yes ]; then
                lacks '-o (new|update|delete)' "$calls"
            else
                grep -q -- '-o delete' <<< "$calls"
            fi
            grep -q -- '--logout' <<< "$calls"
        done
    done
}

@test "late: a program that a target needs and the system lacks is named" {
    for SH in "${SHELLS[@]}"; do
        running
        late target=iscsi:10.0.0.9::::iqn.x fallback=none
        untouched
        has 'failed_reason.1=iscsiadm is not installed'
    done
}
