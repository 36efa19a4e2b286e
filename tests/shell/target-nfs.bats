#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-nfs.bats - nfs: and the network that is brought up for a target and taken down again
#
# Fake: ip, mount.nfs, systemd's network generator and systemctl, dracut's ifup and its scripts.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

stamp=10.0.0.2-2026-11-21-21:03:05

# server: a machine with a network (there is a way to everything from the moment $M/online exists)
server() {
    machine
    : > "$M/proc/cmdline"
    mkdir -p "$M/sys/class/net/eth0" "$M/sys/class/net/lo"
    echo 0x1002 > "$M/sys/class/net/eth0/flags"
    echo 52:54:00:00:00:01 > "$M/sys/class/net/eth0/address"
    echo 0x49 > "$M/sys/class/net/lo/flags"
    fake ip 'case $* in
        "route get "*) [ -e "$ROOT/online" ] || exit 2
            echo "$3 dev eth0 src 10.0.0.2 uid 0" ;;
        *scope*global*) [ ! -e "$ROOT/online" ] || echo "2: eth0 inet 10.0.0.2/24" ;;
        *tentative) ;;
        *) note "ip $*" ;;
    esac'
    program mount.nfs 'note "mount.nfs $*"'
}

# networkd: it brings the network up, if it is asked to
networkd() {
    mkdir -p "$M/usr/lib/systemd" "$M/run/systemd/network" "$M/etc/systemd/network"
    : > "$M/etc/systemd/network/zzzz-dracut-default.network"
    echo theirs > "$M/run/systemd/network/10-theirs.network"
    program systemd-network-generator 'note "generator $*"; echo "[Match]" > "$ROOT/run/systemd/network/70-eth0.network"'
    mv "$M/bin/systemd-network-generator" "$M/usr/lib/systemd/"
    program systemctl 'note "systemctl $*"
        case $1 in restart)
            cp "$ROOT/run/systemd/network/70-eth0.network" "$ROOT/seen"
            [ -e "$ROOT/run/fadump/network" ] || note early
            : > "$ROOT/online"; echo 0x1003 > "$ROOT/sys/class/net/eth0/flags"
            mkdir "$ROOT/sys/class/net/bond0"; echo 0x1003 > "$ROOT/sys/class/net/bond0/flags" ;;
        esac'
}

story() {
    grep -E "$1" <<< "$calls" | sed 's/ registered.*//'
}

@test "nfs: mounted with our options and the user's, saved, unmounted, then released" {
    for SH in "${SHELLS[@]}"; do
        server
        : > "$M/online"
        capture target=nfs:10.0.0.1:/export:vers=3,hard
        [ "$status" -eq 0 ]
        has result=saved released=yes target=nfs:10.0.0.1:/export:vers=3,hard "path=10.0.0.1:/export/$stamp/vmcore"
        cmp "$M/proc/vmcore" "$M/run/fadump/mnt/$stamp/vmcore"
        is "$(story '^(mount|copy|umount|1$)')" "mount.nfs 10.0.0.1:/export $M/run/fadump/mnt -o rw,nosuid,nodev,noexec,nolock,soft,timeo=100,retrans=2,vers=3,hard
copy
umount $M/run/fadump/mnt
1"
        lacks '^ip |systemctl' "$calls" # there was a network
    done
}

@test "nfs: version 4 only, IPv6" {
    for SH in "${SHELLS[@]}"; do
        server
        : > "$M/online"
        capture 'target=nfs4:[fd00::1]:/'
        has result=saved "path=[fd00::1]:/$stamp/vmcore"
        grep -q "^mount.nfs \[fd00::1\]:/ .*,retrans=2,vers=4 " <<< "$calls"
    done
}

@test "nfs: a name: what it resolves to now, else what it did when the initramfs was built" {
    for SH in "${SHELLS[@]}"; do
        server
        : > "$M/online"
        echo '10.0.0.9 server' > "$M/usr/lib/fadump/hosts"
        program getent '[ "$1 $2" = "ahosts server" ] && echo "10.0.0.7 STREAM server"'
        capture target=nfs:server:/e
        has result=saved "path=server:/e/$stamp/vmcore"
        grep -q '^mount.nfs 10.0.0.7:/e ' <<< "$calls"
        program getent 'exit 2'
        capture target=nfs:server:/e
        grep -q '^mount.nfs 10.0.0.9:/e ' <<< "$calls"
        rm "$M/usr/lib/fadump/hosts"
        capture target=nfs:server:/e
        has target=dir:/var/crash 'failed_reason.1=server cannot be resolved'
    done
}

@test "nfs: a mount that is refused says why; one that hangs costs its deadline" {
    for SH in "${SHELLS[@]}"; do
        server
        : > "$M/online"
        program mount.nfs 'echo "mount.nfs: access denied by server" >&2; exit 32'
        capture target=nfs:10.0.0.1:/e
        has target=dir:/var/crash 'failed_reason.1=10.0.0.1:/e cannot be mounted: mount.nfs: access denied by server'
        lacks '^umount' "$calls"
        program mount.nfs 'exec sleep 100'
        capture target=nfs:10.0.0.1:/e timeout=1
        has target=dir:/var/crash 'failed_reason.1=10.0.0.1 did not let /e be mounted within 1 seconds'
        grep -q '^umount' <<< "$calls"
    done
}

@test "nfs: a server that stalls: cut off at once, not asked anything, the next target" {
    SH=dash
    server
    : > "$M/online"
    fake umount 'note "umount $*"; [ "$1" = -f ] || exec sleep 100'
    sed -i 's/^    lost=0/case $file in *mnt*) exit 8 ;; esac; lost=0/' "$M/usr/libexec/fadump-copy"
    capture target=nfs:10.0.0.1:/e
    has target=dir:/var/crash result=saved released=yes
    grep -q "^failed_reason.1=no byte reached 10.0.0.1:/e/$stamp for 60 seconds" "$M/run/fadump/status"
    is "$(story ^umount)" "umount $M/run/fadump/mnt
umount -f -l $M/run/fadump/mnt"
}

@test "no mount.nfs in this initramfs: one line, and the next target" {
    for SH in "${SHELLS[@]}"; do
        server
        rm "$M/bin/mount.nfs"
        capture target=nfs:10.0.0.1:/e
        has target=dir:/var/crash 'failed_reason.1=mount.nfs is not in this initramfs (include = nfs in fadump.conf, then dracut -f)'
    done
}

@test "network: systemd-networkd is begun with the parameters, and all of it is undone before the release" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        capture target=nfs:10.0.0.1:/e 'network=ip=10.0.0.2::[fd00::1]:24::eth0:none bond=bond0:eth0'
        has result=saved released=yes
        lacks early "$calls"
        is "$(story '^(generator|systemctl|mount|umount|ip|1$)' | cut -d' ' -f1-6)" "generator -- ip=10.0.0.2::[fd00::1]:24::eth0:none bond=bond0:eth0
systemctl restart systemd-networkd.service
mount.nfs 10.0.0.1:/e $M/run/fadump/mnt -o rw,nosuid,nodev,noexec,nolock,soft,timeo=100,retrans=2
umount $M/run/fadump/mnt
systemctl stop systemd-networkd.socket systemd-networkd.service
ip link del dev bond0
ip addr flush dev eth0
ip link set dev eth0 down
1"
        is "$(ls "$M/run/systemd/network")" 10-theirs.network
        is "$(cat "$M/run/systemd/network/10-theirs.network")" theirs
        grep -qx ClientIdentifier=mac "$M/seen"
        [ ! -e "$M/run/fadump/network" ]
        [ ! -e "$M/etc/systemd/network/zzzz-dracut-default.network" ]
    done
}

@test "network: parameters come from the key, the kernel command line, the build, or are ip=dhcp" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        capture target=nfs:10.0.0.1:/e
        grep -q '^generator -- ip=dhcp ' <<< "$calls"
        for source in build line key; do
            rm -rf "$M/online" "$M/sys/class/net/bond0"
            case $source in
                build) echo 'ip=10.0.0.2::::stored:none' > "$M/usr/lib/fadump/network" ;;
                line) echo 'root=/dev/x ip=line:dhcp quiet bond=line:eth0 rd.neednet=0' > "$M/proc/cmdline" ;;
                key) echo 'network = ip=key:dhcp' > "$M/etc/fadump.conf" ;;
            esac
            capture target=nfs:10.0.0.1:/e
            case $source in
                build) grep -q '^generator -- ip=10.0.0.2::::stored:none ' <<< "$calls" ;;
                line) grep -q '^generator -- ip=line:dhcp bond=line:eth0 ' <<< "$calls" ;;
                key) grep -q '^generator -- ip=key:dhcp ' <<< "$calls" ;;
            esac
        done
    done
}

@test "network: a bond has its mode with systemd-networkd, too" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        sed -i 's/note "generator $\*";/& : > "$ROOT\/run\/systemd\/network\/70-b0.netdev";/' "$M/usr/lib/systemd/systemd-network-generator"
        sed -i 's/restart)/& cp "$ROOT\/run\/systemd\/network\/70-b0.netdev" "$ROOT\/bond";/' "$M/bin/systemctl"
        capture target=nfs:10.0.0.1:/e 'network=bond=b0:a,c:mode=1,miimon=100 ip=b0:dhcp'
        has result=saved
        is "$(cat "$M/bond")" $'[Bond]\nMode=active-backup\nMIIMonitorSec=100ms'
        [ ! -e "$M/run/systemd/network/70-b0.netdev" ]
        rm "$M/online" && rm -r "$M/sys/class/net/bond0"
        capture target=nfs:10.0.0.1:/e 'network=bond=b0:a,c:primary=a,mode=802.3ad:9000 ip=b0:dhcp'
        is "$(cat "$M/bond")" $'[Bond]\nMode=802.3ad'
    done
}

@test "network: not touched for a target that does not need it" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        capture
        has result=saved
        lacks '^(ip|generator|systemctl)' "$calls"
    done
}

@test "network: one that does not come costs its deadline, once begun it is not begun again" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        sed -i 's/: > "$ROOT\/online"/:/' "$M/bin/systemctl"
        capture target=nfs:10.0.0.1:/e target=nfs:10.0.0.3:/e timeout=1
        has result=saved target=dir:/var/crash 'failed_reason.1=no address, or no way to 10.0.0.1, within 1 seconds' \
            'failed_reason.2=no address, or no way to 10.0.0.3, within 1 seconds'
        is "$(grep -c ^generator <<< "$calls")" 1
        grep -q '^ip link set dev eth0 down' <<< "$calls"
    done
}

@test "network: ended by a signal: taken down" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        fake fadump-copy 'kill -TERM $PPID; exec sleep 100'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture target=nfs:10.0.0.1:/e
        untouched
        is "$(story '^(umount|systemctl stop|ip link set)' | cut -d' ' -f1-2 | tr '\n' ' ')" 'umount '"$M"'/run/fadump/mnt systemctl stop ip link '
    done
}

@test "network: without systemd an ip= of the command line keeps out that of the configuration" {
    for SH in "${SHELLS[@]}"; do
        server
        mkdir -p "$M/lib" "$M/sbin" "$M/hooks/cmdline" "$M/sys/class/net/eth0/device"
        printf 'hookdir=%s\nwarn() { :; }\n' "$M/hooks" > "$M/lib/dracut-lib.sh"
        : > "$M/lib/net-lib.sh"
        echo 'cp "$ROOT/etc/cmdline.d/60-fadump.conf" "$ROOT/seen"' > "$M/hooks/cmdline/96-parse-bond.sh"
        program ifup ': > "$ROOT/online"; echo 0x1003 > "$ROOT/sys/class/net/eth0/flags"; exec sleep 100'
        mv "$M/bin/ifup" "$M/sbin"
        echo 'root=/dev/vda ip=eth0:dhcp vlan=eth0.5:eth0' > "$M/proc/cmdline"
        capture target=nfs:10.0.0.1:/e 'network=ip=10.0.0.2:::255.255.255.0::eth0:none vlan=eth0.5:eth0 nameserver=10.0.0.1'
        has result=saved released=yes
        is "$(cat "$M/seen")" nameserver=10.0.0.1
        grep -qF 'has an ip= of its own: ip=10.0.0.2:::255.255.255.0::eth0:none is not used' <<< "$output"
    done
}

@test "network: an initramfs without systemd: dracut's own scripts and ifup" {
    for SH in "${SHELLS[@]}"; do
        server
        mkdir -p "$M/lib" "$M/sbin" "$M/hooks/cmdline" "$M/sys/class/net/eth0/device"
        printf 'hookdir=%s\nwarn() { :; }\n' "$M/hooks" > "$M/lib/dracut-lib.sh"
        : > "$M/lib/net-lib.sh"
        echo 'cp "$ROOT/etc/cmdline.d/60-fadump.conf" "$ROOT/seen"; false' > "$M/hooks/cmdline/96-parse-bond.sh"
        echo 'die "bad ip="' > "$M/hooks/cmdline/90-parse-nfsroot.sh" # not one of ours
        program ifup 'echo $$ > "$ROOT/ifup"; note "ifup $* $NEWROOT"; : > "$ROOT/online"; echo 0x1003 > "$ROOT/sys/class/net/eth0/flags"; exec sleep 100'
        mv "$M/bin/ifup" "$M/sbin"
        capture target=nfs:10.0.0.1:/e network=ip=dhcp
        has result=saved released=yes
        is "$(cat "$M/seen")" ip=dhcp
        grep -q '^ifup eth0 /sysroot' <<< "$calls"
        lacks '^ifup lo' "$calls"
        grep -q '^ip link set dev eth0 down' <<< "$calls"
        [ ! -e "$M/etc/cmdline.d/60-fadump.conf" ]
        # and ifup does not go on behind our back
        run kill -0 "$(cat "$M/ifup")"
        [ "$status" -ne 0 ]
    done
}

# manager DIR: NetworkManager, its generator in DIR, and a connection that is there already
manager() {
    mkdir -p "$M/$1" "$M/run/NetworkManager/system-connections" "$M/run/NetworkManager/conf.d"
    echo theirs > "$M/run/NetworkManager/system-connections/theirs"
    program nm-initrd-generator 'note "generator $*"
        echo ours > "$ROOT/run/NetworkManager/system-connections/eth0.nmconnection"
        echo ours > "$ROOT/run/NetworkManager/conf.d/15-carrier-timeout.conf"'
    mv "$M/bin/nm-initrd-generator" "$M/$1/"
    program NetworkManager 'note "NetworkManager $*"; mkdir -p "$ROOT/run/NetworkManager/devices"; echo ours > "$ROOT/run/NetworkManager/devices/2"
        : > "$ROOT/online"; echo 0x1003 > "$ROOT/sys/class/net/eth0/flags"; echo $$ > "$ROOT/manager"; exec sleep 100'
    program systemctl 'note "systemctl $*"; case $1 in start) [ -e "$ROOT/run/NetworkManager/initrd/neednet" ] && : > "$ROOT/online" ;; esac'
}

@test "network: NetworkManager is begun with the parameters, and nothing of it stays" {
    for SH in "${SHELLS[@]}"; do
        for way in usr/libexec usr/lib systemd; do
            server
            manager "${way/systemd/usr/libexec}"
            [ "$way" != systemd ] || mkdir -p "$M/run/systemd/system"
            capture target=nfs:10.0.0.1:/e 'network=ip=eth0:dhcp vlan=eth0.7:eth0'
            has result=saved released=yes target=nfs:10.0.0.1:/e
            is "$(story '^(generator|mount|umount|systemctl|NetworkManager)' | cut -d' ' -f1-4)" "generator -- ip=eth0:dhcp vlan=eth0.7:eth0
$(case $way in
                systemd) echo 'systemctl start --no-block nm-initrd.service' ;;
                *) echo 'NetworkManager --configure-and-quit=initrd --no-daemon' ;;
            esac)
mount.nfs 10.0.0.1:/e $M/run/fadump/mnt -o
umount $M/run/fadump/mnt$(case $way in systemd) printf '\nsystemctl stop nm-initrd.service' ;; esac)"
            is "$(cd "$M/run/NetworkManager" && find . -type f)" ./system-connections/theirs
            [ "$way" = systemd ] || is "$(kill -0 "$(cat "$M/manager")" 2>&1 | grep -c 'No such process')" 1
        done
    done
}

@test "network: nothing there that configures one: said, the next target" {
    for SH in "${SHELLS[@]}"; do
        server
        capture target=nfs:10.0.0.1:/e
        has target=dir:/var/crash 'failed_reason.1=this initramfs has nothing that configures a network'
    done
}

@test "network: ifname= renames for the time being" {
    SH=dash
    server
    networkd
    sed -i 's/^    esac/&\n    case $* in *" name "*) mv "$ROOT\/sys\/class\/net\/$4" "$ROOT\/sys\/class\/net\/$6" ;; esac/' "$M/fake/ip"
    sed -i 's/net\/eth0\/flags/net\/crash0\/flags/' "$M/bin/systemctl"
    capture target=nfs:10.0.0.1:/e 'network=ifname=crash0:52:54:00:00:00:01 ip=crash0:dhcp'
    has result=saved
    lacks 'link del dev crash0' "$calls"
    is "$(story '^ip .* name ')" "ip link set dev eth0 name crash0
ip link set dev crash0 name eth0"
    [ -e "$M/sys/class/net/eth0" ]
}
