#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# late.bats - a dump that the initramfs did not save, and the driver in the running system
#
# In: a machine in a directory (machine.bash). fadumpctl.bats tests fadumpctl, which runs the driver there; tests/lab
# tests the part of systemd.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

wants=run/systemd/system/multi-user.target.wants/fadump-late.service
unit=usr/lib/systemd/system/fadump-late.service

# late [KEY=VALUE]...: runs the driver as capture() does, in the running system
late() {
    capture_as / "$M/usr/lib/dracut/modules.d/50fadump/capture" "$@"
}

@test "a dump that was not saved: a late capture is requested, and nothing is released" {
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

@test "a capture that a signal ends: a late capture is requested" {
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

@test "a dump that was saved, or discarded by target = none or by the kernel: no late capture is requested" {
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

@test "a root without systemd, a missing or masked unit, or a kdump kernel: no late capture is requested" {
    for SH in "${SHELLS[@]}"; do
        for lack in init unit kdump other masked; do
            machine
            on_systemd
            case $lack in
                init) rm "$M/sysroot/usr/sbin/init" ;;
                other) ln -sf ../lib/sysvinit/init "$M/sysroot/usr/sbin/init" ;;
                unit) rm "$M/sysroot/$unit" ;;
                masked)
                    mkdir -p "$M/sysroot/etc/systemd/system"
                    ln -s /dev/null "$M/sysroot/etc/systemd/system/fadump-late.service"
                    ;;
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

@test "when = late: nothing is prepared, copied or released, and a late capture is requested" {
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
            grep -qxF 'fadump: a crash dump is waiting (fadump): it is left to the running system (when = late)' \
                <<< "$output"
        done
        machine
        on_systemd
        echo 'when = late' > "$M/etc/fadump.conf"
        capture when=early
        has result=saved released=yes
    done
}

@test "when = late without a service that would save the dump: the dump is saved now, and a warning is logged" {
    for SH in "${SHELLS[@]}"; do
        for lack in 'its init is not systemd:sysroot/usr/sbin/init' 'it has no fadump-late.service:sysroot/'$unit \
            'not for a dump of kind kdump:proc/device-tree/rtas/ibm,kernel-dump'; do
            machine
            on_systemd
            rm "$M/${lack#*:}"
            capture when=late
            [ "$status" -eq 0 ]
            has result=saved
            grep -qxF "fadump: warning: when = late: the system on /sysroot cannot save the dump (${lack%%:*})" \
                <<< "$output"
        done
        machine
        on_systemd
        echo 'root=/dev/vda rescue' > "$M/proc/cmdline"
        capture when=late
        has result=saved
        grep -q 'warning: when = late: .* cannot save the dump (this boot starts rescue.target)$' <<< "$output"
        machine
        on_systemd
        : > "$M/run/systemd"
        capture when=late
        has result=saved released=yes
        grep -q '^fadump: warning: when = late: .*cannot write to ' <<< "$output"
    done
}

@test "late: the dump is saved, the memory released, the pages retired and the next dump armed, in this order" {
    for SH in "${SHELLS[@]}"; do
        running
        late
        [ "$status" -eq 0 ]
        has result=saved released=yes armed=yes path=/var/crash/127.0.0.1-2026-11-21-21:03:05/vmcore
        cmp "$M/proc/vmcore" "$M/var/crash/127.0.0.1-2026-11-21-21:03:05/vmcore"
        is "$(grep -vE '^(- |sync )' <<< "$calls")" 'copy registered=0
1
0x0000000060010000
0x00000000fffff800'
        is "$(cat "$M/sys/kernel/fadump/registered")" 1
        # when = late applies to the initramfs only
        running
        echo 'when = late' > "$M/etc/fadump.conf"
        late
        has result=saved released=yes
        lacks warning "$output"
    done
}

@test "late: a copy that fails releases nothing, and requests no service" {
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
        grep -qxF 'fadump: nothing was released: the dump remains in memory, in /proc/vmcore' <<< "$output"
    done
}

@test "late: the status of the initramfs is kept in another file, and the log continues" {
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
        # a second attempt
        copier 0
        late
        is "$(cat "$M/run/fadump/status.initramfs")" result=failed
        has result=saved
    done
}

@test "late: a read-only root becomes read-only again, and a root in memory is refused" {
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

@test "late: no warning about a mount that the running system has made" {
    for SH in "${SHELLS[@]}"; do
        running
        echo "/dev/vdb /var ext4 defaults 0 2" > "$M/etc/fstab"
        echo "/dev/vdb $M/var ext4 rw 0 0" >> "$M/proc/mounts"
        late
        has result=saved
        lacks 'warning|hidden' "$output"
    done
}

@test "late: the driver waits for the network of the running system, and does not change it" {
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
                has 'failed_reason.1=no address, or no route to 10.0.0.9, within 1 seconds'
            fi
        done
    done
}

@test "late: ssh uses the key and the known hosts of the running system" {
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
        # ssh_key in fadump.conf
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

@test "late: an iSCSI record of the running system is used and not deleted" {
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

@test "late: the reason has the name of a missing program that a target needs" {
    for SH in "${SHELLS[@]}"; do
        running
        late target=iscsi:10.0.0.9::::iqn.x fallback=none
        untouched
        has 'failed_reason.1=iscsiadm is not installed'
    done
}

# confirming: makes a machine with mountinfo, whose root has systemd and fadump-confirm.service
confirming() {
    machine
    on_systemd
    : > "$M/sysroot/${unit%/*}/fadump-confirm.service"
    printf '%s\n' "20 1 0:5 / / rw - rootfs rootfs rw" "21 20 254:2 /root $M/sysroot ro shared:1 - ext4 /dev/vda2 rw" \
        "22 21 0:30 /@/log\\040x $M/sysroot/var/a\\040b rw - btrfs /dev/mapper/b rw,subvol=/@/log" > "$M/proc/self/mountinfo"
}

@test "a dump in a directory: fadump-confirm.service is requested, and the status has the device" {
    local link="run/systemd/system/multi-user.target.wants/fadump-confirm.service"
    for SH in "${SHELLS[@]}"; do
        confirming
        capture
        is "$(readlink "$M/$link")" /usr/lib/systemd/system/fadump-confirm.service
        [ ! -e "$M/$wants" ]
        has result=saved device=/dev/vda2 device_type=ext4 device_path=/root/var/crash/127.0.0.1-2026-11-21-21:03:05
        confirming
        capture 'target=dir:/var/a b'
        has result=saved device=/dev/mapper/b device_type=btrfs 'device_path=/@/log x/127.0.0.1-2026-11-21-21:03:05'
    done
}

@test "no dump in a directory, no systemd, no unit, a kdump kernel or a late capture: fadump-confirm is not requested" {
    local link="run/systemd/system/multi-user.target.wants/fadump-confirm.service"
    for SH in "${SHELLS[@]}"; do
        for lack in init unit kdump failed none; do
            confirming
            case $lack in
                init) rm "$M/sysroot/usr/sbin/init" ;;
                unit) rm "$M/sysroot/${unit%/*}/fadump-confirm.service" ;;
                kdump) rm "$M/proc/device-tree/rtas/ibm,kernel-dump" ;;
                failed) copier 5 ;;
                none) echo target = none > "$M/etc/fadump.conf" ;;
            esac
            capture
            [ ! -e "$M/$link" ]
            [ ! -L "$M/$link" ]
            lacks 'confirm' "$output"
        done
        running
        late
        has result=saved
        [ ! -e "$M/run/systemd" ]
    done
}

# a dump in a private /var/tmp would be deleted when the service ends; late_mount enters the namespace of process 1
@test "fadump-late.service has the /var/tmp of the system and can enter a mount namespace" {
    service=$BATS_TEST_DIRNAME/../../conf/fadump-late.service
    grep -qx PrivateMounts=yes "$service"
    grep -qx RestrictNamespaces=mnt "$service"
    file_lacks '^(PrivateTmp|TemporaryFileSystem|ProtectSystem|ProtectHome|PrivateDevices)=' "$service"
}

@test "late: no final action is carried out in the running system; a difference from a fresh boot is logged" {
    for SH in "${SHELLS[@]}"; do
        for action in auto reboot poweroff halt; do
            running
            ends
            echo 'hugepages=4' > "$M/proc/cmdline"
            late "final_action=$action"
            [ "$status" -eq 0 ]
            has result=saved released=yes final_action=continue
            lacks systemctl "$calls"
            grep -q '^fadump: this system differs from a freshly booted one: .*hugepages=4$' <<< "$output"
        done
    done
}
