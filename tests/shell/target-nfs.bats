#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-nfs.bats - nfs: targets, and the network that is started for a target and stopped after it
#
# Fake: ip, mount.nfs, getent, systemctl, dracut's ifup and its scripts, NetworkManager and its generator, DHCP clients;
# systemd's network generator, except where a test says that it is the real one.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154,SC2206 # another shell expands $; SH, SHELLS, status, calls
load machine

stamp=10.0.0.2-2026-11-21-21:03:05

# server: makes a machine with a network (every address has a route once $M/online exists)
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

# networkd [PREFIX]: makes a fake systemd-networkd, which brings the network up if it is started. PREFIX begins the
# names of generated units: 90 with systemd 252, 70 with later versions.
networkd() {
    mkdir -p "$M/usr/lib/systemd" "$M/run/systemd/network" "$M/etc/systemd/network"
    : > "$M/etc/systemd/network/zzzz-dracut-default.network"
    : > "$M/run/systemd/network/zzzz-dracut-default.network"
    echo theirs > "$M/run/systemd/network/10-theirs.network"
    program systemd-network-generator 'made=$2/run/systemd/network; shift 2; note "generator $*"
        mkdir -p "$made"; echo "[Match]" > "$made/'"${1:-70}"'-eth0.network"'
    mv "$M/bin/systemd-network-generator" "$M/usr/lib/systemd/"
    program systemctl 'note "systemctl $*"
        case $1 in restart)
            ls "$ROOT/run/systemd/network" > "$ROOT/units"
            rm -rf "$ROOT/seen.d"; cp -R "$ROOT/run/systemd/network" "$ROOT/seen.d"
            cp "$ROOT"/run/systemd/network/*-eth0.network "$ROOT/seen"
            [ -e "$ROOT/run/fadump/network" ] || note early
            : > "$ROOT/online"; echo 0x1003 > "$ROOT/sys/class/net/eth0/flags"
            mkdir "$ROOT/sys/class/net/bond0"; echo 0x1003 > "$ROOT/sys/class/net/bond0/flags" ;;
        esac'
}

story() {
    grep -E "$1" <<< "$calls" | sed 's/ registered.*//'
}

@test "nfs: the target is mounted with the module's and the user's options, and unmounted before the release" {
    for SH in "${SHELLS[@]}"; do
        server
        : > "$M/online"
        capture target=nfs:10.0.0.1:/export:vers=3,hard
        [ "$status" -eq 0 ]
        has result=saved released=yes target=nfs:10.0.0.1:/export:vers=3,hard "path=10.0.0.1:/export/$stamp/vmcore"
        cmp "$M/proc/vmcore" "$M/run/fadump/mnt/$stamp/vmcore"
        is "$(story '^(mount|copy|umount|1$)')" \
            "mount.nfs 10.0.0.1:/export $M/run/fadump/mnt -o rw,nosuid,nodev,noexec,nolock,soft,timeo=100,retrans=2,vers=3,hard
copy
umount $M/run/fadump/mnt
1"
        lacks '^ip |systemctl' "$calls" # the network was up
    done
}

@test "nfs: nfs4: mounts version 4 only, and IPv6 addresses work" {
    for SH in "${SHELLS[@]}"; do
        server
        : > "$M/online"
        capture 'target=nfs4:[fd00::1]:/'
        has result=saved "path=[fd00::1]:/$stamp/vmcore"
        grep -q "^mount.nfs \[fd00::1\]:/ .*,retrans=2,vers=4 " <<< "$calls"
    done
}

@test "nfs: a mount with another version than the target requests is a failure; the reason has both versions" {
    for SH in "${SHELLS[@]}"; do
        # the columns: KIND:OPTIONS; the options of the mount; the mounted and the requested version in the reason
        while read -r target shown wrong; do
            server
            : > "$M/online"
            program mount.nfs 'note "mount.nfs $*"
                echo "10.0.0.1:/e $2 nfs rw,nosuid,'"$shown"',hard,addr=10.0.0.1 0 0" >> "$ROOT/proc/mounts"'
            capture "target=${target%%:*}:10.0.0.1:/e:${target#*:}"
            if [ -z "$wrong" ]; then
                has result=saved "target=${target%%:*}:10.0.0.1:/e:${target#*:}"
            else
                has target=dir:/var/crash \
                    "failed_reason.1=10.0.0.1:/e was mounted with NFS version ${wrong%/*}, but the target requests version ${wrong#*/}"
                grep -q "^umount $M/run/fadump/mnt" <<< "$calls"
            fi
        done << 'END'
nfs:vers=3,hard vers=3
nfs:hard,nfsvers=3 vers=3
nfs:hard vers=4.2
nfs:v4.1 vers=4.1
nfs:vers=4 vers=4.2
nfs4:hard vers=4.2
nfs4:vers=4.0 vers=4
nfs:vers=4.1 vers=4,minorversion=1
nfs:vers=3 vers=4.2 4.2/3
nfs:v3 vers=4.0 4.0/3
nfs:nfsvers=3 vers=4.1 4.1/3
nfs:vers=3,hard,vers=4.1 vers=3 3/4.1
nfs:vers=4.1 vers=4.2 4.2/4.1
nfs4:hard vers=3 3/4
END
    done
}

@test "nfs: if the name of the server cannot be resolved now, the address stored in the initramfs is used" {
    for SH in "${SHELLS[@]}"; do
        server
        : > "$M/online"
        echo '10.0.0.9 server' > "$M/usr/lib/fadump/network/hosts"
        program getent '[ "$1 $2" = "ahosts server" ] && echo "10.0.0.7 STREAM server"'
        capture target=nfs:server:/e
        has result=saved "path=server:/e/$stamp/vmcore"
        grep -q '^mount.nfs 10.0.0.7:/e ' <<< "$calls"
        program getent 'exit 2'
        capture target=nfs:server:/e
        grep -q '^mount.nfs 10.0.0.9:/e ' <<< "$calls"
        rm "$M/usr/lib/fadump/network/hosts"
        capture target=nfs:server:/e
        has target=dir:/var/crash 'failed_reason.1=server cannot be resolved'
    done
}

@test "nfs: a refused mount logs the reason; a mount that hangs fails at its deadline" {
    for SH in "${SHELLS[@]}"; do
        server
        : > "$M/online"
        program mount.nfs 'echo "mount.nfs: access denied by server" >&2; exit 32'
        capture target=nfs:10.0.0.1:/e
        has target=dir:/var/crash 'failed_reason.1=10.0.0.1:/e cannot be mounted: mount.nfs: access denied by server'
        lacks '^umount' "$calls"
        program mount.nfs 'exec sleep 100'
        capture target=nfs:10.0.0.1:/e timeout=1
        has target=dir:/var/crash 'failed_reason.1=10.0.0.1:/e was not mounted within 1 seconds'
        grep -q '^umount' <<< "$calls"
    done
}

@test "nfs: if the server stalls, its mount is removed by force, and the next target is tried" {
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

@test "nfs: an initramfs without mount.nfs logs one line and tries the next target" {
    for SH in "${SHELLS[@]}"; do
        server
        rm "$M/bin/mount.nfs"
        capture target=nfs:10.0.0.1:/e
        has target=dir:/var/crash \
            'failed_reason.1=mount.nfs is not in this initramfs (include = nfs in fadump.conf, then dracut -f)'
    done
}

@test "network: systemd-networkd is started with the parameters, and all its changes are undone before the release" {
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

@test "network: the parameters are from the key, the kernel command line or the build; the default is ip=dhcp" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        capture target=nfs:10.0.0.1:/e
        grep -q '^generator -- ip=dhcp ' <<< "$calls"
        for source in build line key; do
            rm -rf "$M/online" "$M/sys/class/net/bond0"
            case $source in
                build) echo 'ip=10.0.0.2::::stored:none' > "$M/usr/lib/fadump/network/parameters" ;;
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

@test "network: an existing unit with equal content is used; if it differs, the generated unit is sorted before it" {
    for SH in "${SHELLS[@]}"; do
        for there in '[Match]' '[Match] of another network'; do
            server
            networkd
            echo "$there" > "$M/run/systemd/network/70-eth0.network"
            capture target=nfs:10.0.0.1:/e network=ip=eth0:dhcp
            has result=saved target=nfs:10.0.0.1:/e
            is "$(cat "$M/run/systemd/network/70-eth0.network")" "$there"
            [ ! -e "$M/run/systemd/network/00-fadump-70-eth0.network" ]
            [ "$there" = '[Match]' ] || grep -q 00-fadump "$M/units"
        done
    done
}

# real_networkd: like networkd, but with the generator of systemd itself; without it the tests fail
real_networkd() {
    networkd
    cp /usr/lib/systemd/systemd-network-generator "$M/usr/lib/systemd/"
}

# unit SUFFIX: prints the generated unit *-SUFFIX that networkd read, without comments and empty lines
unit() {
    grep -hv '^#\|^$' "$M/seen.d"/*-"$1" | tr '\n' ' '
}

@test "network: the options of a bond are also set with systemd-networkd, whose generator ignores them" {
    local number
    for SH in "${SHELLS[@]}"; do
        for number in 70 90; do
            server
            networkd "$number"
            sed -i 's/mkdir -p "$made";/& : > "$made\/'"$number"'-b0.netdev";/' \
                "$M/usr/lib/systemd/systemd-network-generator"
            capture target=nfs:10.0.0.1:/e 'network=bond=b0:a,c:mode=1,miimon=100 ip=b0:dhcp'
            has result=saved target=nfs:10.0.0.1:/e
            is "$(unit b0.netdev)" '[Bond] Mode=active-backup MIIMonitorSec=100ms '
            [ ! -e "$M/run/systemd/network/$number-b0.netdev" ]
        done
        # a generator that makes no unit
        server
        networkd
        capture target=nfs:10.0.0.1:/e 'network=bond=b0:a,c:mode=1 ip=b0:dhcp'
        has result=saved target=nfs:10.0.0.1:/e
        grep -q 'made no unit for the bond b0: the options of this bond are not used' <<< "$output"
    done
}

@test "network: with the real generator of systemd, a bond has its options and its primary interface" {
    local options='mode=4,miimon=100,updelay=200,lacp_rate=1,xmit_hash_policy=layer3+4,fail_over_mac=2,primary=c'
    for SH in "${SHELLS[@]}"; do
        server
        real_networkd
        capture target=nfs:10.0.0.1:/e \
            "network=bond=b0:a,c:$options,arp_interval=50,arp_ip_target=10.0.0.1;10.0.0.9,use_carrier=0:9000 ip=b0:dhcp"
        has result=saved target=nfs:10.0.0.1:/e
        is "$(unit b0.netdev)" "[NetDev] Kind=bond Name=b0 MTUBytes=9000 [Bond] Mode=802.3ad MIIMonitorSec=100ms \
UpDelaySec=200ms LACPTransmitRate=fast TransmitHashPolicy=layer3+4 FailOverMACPolicy=follow ARPIntervalSec=50ms \
ARPIPTargets=10.0.0.1 10.0.0.9 "
        unit c.network | grep -q 'Bond=b0.*PrimarySlave=yes'
        file_lacks PrimarySlave "$M"/seen.d/*-a.network
        grep -q 'does not support these options of the bond b0: use_carrier=0' <<< "$output"
        is "$(ls "$M/run/systemd/network")" 10-theirs.network
    done
}

@test "network: with the real generator of systemd, IPv6 words are accepted, and a bad word is logged and left out" {
    for SH in "${SHELLS[@]}"; do
        server
        real_networkd
        capture target=nfs:10.0.0.1:/e "network=ip=[2001:db8::2]::[2001:db8::1]:64::eth0:none \
nameserver=[2001:db8::53] nameserver=10.0.0.1 rd.route=[2001:db8:1::]/48:[2001:db8::9]:eth0 \
rd.route=[2001:db8:3::/48]:[2001:db8::9]:eth0 vlan=bad:eth0"
        has result=saved target=nfs:10.0.0.1:/e
        for word in DNS=2001:db8::53 DNS=10.0.0.1 Destination=2001:db8:1::/48 Destination=2001:db8:3::/48 \
            Address=2001:db8::2/64; do
            grep -qx "$word" "$M"/seen.d/*-eth0.network
        done
        grep -q 'warning: network: systemd-network-generator does not understand vlan=bad:eth0$' <<< "$output"
        # no good word remains
        server
        real_networkd
        capture target=nfs:10.0.0.1:/e network=ip=bad:bad:bad
        has 'failed_reason.1=the network cannot be configured: ip=bad:bad:bad'
    done
}

@test "network: a word that systemd-networkd ignores is logged" {
    for SH in "${SHELLS[@]}"; do
        server
        real_networkd
        capture target=nfs:10.0.0.1:/e 'network=team=team0:a,b ip=eth0:dhcp'
        has result=saved target=nfs:10.0.0.1:/e
        grep -q 'warning: network: systemd-networkd does not support team=team0:a,b$' <<< "$output"
    done
}

@test "network: a target that does not need the network does not start it" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        capture
        has result=saved
        lacks '^(ip|generator|systemctl)' "$calls"
    done
}

@test "network: the wait for a route ends at the deadline, and a network that was started is not started again" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        sed -i 's/: > "$ROOT\/online"/:/' "$M/bin/systemctl"
        capture target=nfs:10.0.0.1:/e target=nfs:10.0.0.3:/e timeout=1
        has result=saved target=dir:/var/crash 'failed_reason.1=no address, or no route to 10.0.0.1, within 1 seconds' \
            'failed_reason.2=no address, or no route to 10.0.0.3, within 1 seconds'
        is "$(grep -c ^generator <<< "$calls")" 1
        grep -q '^ip link set dev eth0 down' <<< "$calls"
    done
}

@test "network: if a signal ends the capture, the network is stopped after the unmount" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        fake fadump-copy 'kill -TERM $PPID; exec sleep 100'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        capture target=nfs:10.0.0.1:/e
        untouched
        is "$(story '^(umount|systemctl stop|ip link set)' | cut -d' ' -f1-2 | tr '\n' ' ')" \
            'umount '"$M"'/run/fadump/mnt systemctl stop ip link '
    done
}

@test "network: without systemd, ip= on the command line overrides ip= of the configuration" {
    for SH in "${SHELLS[@]}"; do
        server
        mkdir -p "$M/lib" "$M/sbin" "$M/hooks/cmdline" "$M/sys/class/net/eth0/device"
        printf 'hookdir=%s\nwarn() { :; }\n' "$M/hooks" > "$M/lib/dracut-lib.sh"
        : > "$M/lib/net-lib.sh"
        echo 'cp "$ROOT/etc/cmdline.d/60-fadump.conf" "$ROOT/seen"' > "$M/hooks/cmdline/96-parse-bond.sh"
        program ifup ': > "$ROOT/online"; echo 0x1003 > "$ROOT/sys/class/net/eth0/flags"; exec sleep 100'
        mv "$M/bin/ifup" "$M/sbin"
        echo 'root=/dev/vda ip=eth0:dhcp vlan=eth0.5:eth0' > "$M/proc/cmdline"
        capture target=nfs:10.0.0.1:/e \
            'network=ip=10.0.0.2:::255.255.255.0::eth0:none vlan=eth0.5:eth0 nameserver=10.0.0.1'
        has result=saved released=yes
        is "$(cat "$M/seen")" nameserver=10.0.0.1
        grep -qF 'has an ip= of its own: ip=10.0.0.2:::255.255.255.0::eth0:none is not used' <<< "$output"
    done
}

@test "network: an initramfs without systemd uses dracut's own scripts and ifup" {
    for SH in "${SHELLS[@]}"; do
        server
        mkdir -p "$M/lib" "$M/sbin" "$M/hooks/cmdline" "$M/sys/class/net/eth0/device"
        printf 'hookdir=%s\nwarn() { :; }\n' "$M/hooks" > "$M/lib/dracut-lib.sh"
        : > "$M/lib/net-lib.sh"
        echo 'cp "$ROOT/etc/cmdline.d/60-fadump.conf" "$ROOT/seen"; false' > "$M/hooks/cmdline/96-parse-bond.sh"
        echo 'die "bad ip="' > "$M/hooks/cmdline/90-parse-nfsroot.sh" # must not be run
        program ifup 'echo $$ > "$ROOT/ifup"; note "ifup $* $NEWROOT"; : > "$ROOT/online"; echo 0x1003 > "$ROOT/sys/class/net/eth0/flags"; exec sleep 100'
        mv "$M/bin/ifup" "$M/sbin"
        capture target=nfs:10.0.0.1:/e network=ip=dhcp
        has result=saved released=yes
        is "$(cat "$M/seen")" ip=dhcp
        grep -q '^ifup eth0 /sysroot' <<< "$calls"
        lacks '^ifup lo' "$calls"
        grep -q '^ip link set dev eth0 down' <<< "$calls"
        [ ! -e "$M/etc/cmdline.d/60-fadump.conf" ]
        # ifup does not continue in the background
        run kill -0 "$(cat "$M/ifup")"
        [ "$status" -ne 0 ]
    done
}

# manager DIR: makes a fake NetworkManager with its generator in DIR, and an existing connection
manager() {
    mkdir -p "$M/$1" "$M/run/NetworkManager/system-connections" "$M/run/NetworkManager/conf.d"
    echo theirs > "$M/run/NetworkManager/system-connections/theirs"
    program nm-initrd-generator 'note "generator $*"
        echo ours > "$ROOT/run/NetworkManager/system-connections/eth0.nmconnection"
        echo ours > "$ROOT/run/NetworkManager/conf.d/15-carrier-timeout.conf"'
    mv "$M/bin/nm-initrd-generator" "$M/$1/"
    program NetworkManager \
        'note "NetworkManager $*"; mkdir -p "$ROOT/run/NetworkManager/devices"; echo ours > "$ROOT/run/NetworkManager/devices/2"
        : > "$ROOT/online"; echo 0x1003 > "$ROOT/sys/class/net/eth0/flags"; echo $$ > "$ROOT/manager"; exec sleep 100'
    program systemctl 'note "systemctl $*"
        for unit; do :; done
        [ -s "$ROOT/usr/lib/systemd/system/$unit" ] || { echo "Failed to $1 $unit: Unit $unit not found." >&2; exit 5; }
        case $1 in start) [ -e "$ROOT/run/NetworkManager/initrd/neednet" ] && : > "$ROOT/online" ;; esac'
}

# units UNIT...: makes these units of systemd in the initramfs
units() {
    local unit
    mkdir -p "$M/run/systemd/system" "$M/usr/lib/systemd/system"
    for unit in "$@"; do echo '[Unit]' > "$M/usr/lib/systemd/system/$unit"; done
}

@test "network: NetworkManager is started with the parameters, and leaves no files" {
    for SH in "${SHELLS[@]}"; do
        for way in usr/libexec usr/lib usr/libexec/NetworkManager usr/lib/NetworkManager systemd; do
            server
            manager "${way/systemd/usr/libexec}"
            [ "$way" != systemd ] || units nm-initrd.service nm-wait-online-initrd.service
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

@test "network: NetworkManager is started through the unit that this initramfs has" {
    for SH in "${SHELLS[@]}"; do
        server
        manager usr/libexec
        units NetworkManager-config-initrd.service NetworkManager-initrd.service NetworkManager-wait-online-initrd.service
        capture target=nfs:10.0.0.1:/e network=ip=eth0:dhcp
        has result=saved target=nfs:10.0.0.1:/e
        is "$(story '^(systemctl|NetworkManager)')" "systemctl start --no-block NetworkManager-initrd.service
systemctl stop NetworkManager-initrd.service"
        # a masked unit counts as missing
        server
        manager usr/libexec
        units NetworkManager-initrd.service nm-initrd.service
        mkdir -p "$M/run/systemd/generator"
        ln -s /dev/null "$M/run/systemd/generator/NetworkManager-initrd.service"
        capture target=nfs:10.0.0.1:/e network=ip=eth0:dhcp
        has result=saved
        is "$(story '^(systemctl|NetworkManager)' | tail -n 1)" 'systemctl stop nm-initrd.service'
        # without a unit, NetworkManager runs as without systemd
        server
        manager usr/libexec
        units NetworkManager.service
        capture target=nfs:10.0.0.1:/e network=ip=eth0:dhcp
        has result=saved
        grep -q 'warning: nm-initrd.service does not start, so NetworkManager runs without this unit: Failed to start .* not found.$' <<< "$output"
        is "$(story '^(systemctl|NetworkManager)' | tail -n 1)" 'NetworkManager --configure-and-quit=initrd --no-daemon'
    done
}

# plain: makes a machine where no program of dracut configures the network; "ip" makes interfaces, and an address makes
# the network work
plain() {
    server
    mkdir -p "$M/sys/class/net/eth0/device" "$M/sys/class/net/eth1/device" "$M/etc"
    fake ip 'case $* in
        "route get "*) [ -e "$ROOT/online" ] || exit 2
            echo "$3 dev eth0 src 10.0.0.2 uid 0" ;;
        *scope*global*) [ ! -e "$ROOT/online" ] || echo "2: eth0 inet 10.0.0.2/24" ;;
        *tentative) ;;
        "link add link "*) note "ip $*"; mkdir "$ROOT/sys/class/net/$6"; echo 0x1003 > "$ROOT/sys/class/net/$6/flags" ;;
        "link add "*) note "ip $*"; mkdir "$ROOT/sys/class/net/$3"; echo 0x1003 > "$ROOT/sys/class/net/$3/flags" ;;
        "addr add"*) note "ip $*"; : > "$ROOT/online" ;;
        *) note "ip $*" ;;
    esac'
}

@test "network: without any program of dracut, ip makes the interfaces, addresses and routes of the parameters" {
    for SH in "${SHELLS[@]}"; do
        plain
        capture target=nfs:10.0.0.1:/e 'network=bridge=br0:vlan0009 vlan=vlan0009:b0.7 vlan=b0.7:b0 bond=b0:eth0,eth1:mode=active-backup,miimon=100:9000 bond=b1:eth2 ip=10.0.0.2::10.0.0.1:255.255.255.0:host:br0:none ip=[fd00::2]::[fd00::1]:64::br0:none ip=eth3:auto6 rd.route=10.1.0.0/16:10.0.0.9:br0 rd.route=[fd01::]/64:[fd00::9] rd.route=[fd02::/64]:[fd00::9]:br0 nameserver=[fd00::1] nameserver=10.0.0.1'
        has result=saved released=yes
        is "$(story '^(ip|mount)' | grep -v 'addr flush' | head -n 31)" "ip link add br0 type bridge
ip link add b0 type bond mode active-backup miimon 100
ip link add b1 type bond
ip link add link b0 name b0.7 type vlan id 7
ip link set dev b0 up
ip link add link b0.7 name vlan0009 type vlan id 9
ip link set dev b0.7 up
ip link set dev vlan0009 master br0
ip link set dev vlan0009 up
ip link set dev eth0 down
ip link set dev eth0 master b0
ip link set dev eth0 up
ip link set dev eth1 down
ip link set dev eth1 master b0
ip link set dev eth1 up
ip link set dev eth2 down
ip link set dev eth2 master b1
ip link set dev eth2 up
ip link set dev br0 up
ip addr add 10.0.0.2/255.255.255.0 dev br0
ip route add default via 10.0.0.1 dev br0
ip link set dev br0 up
ip addr add fd00::2/64 dev br0
ip route add default via fd00::1 dev br0
ip link set dev eth3 up
ip route add 10.1.0.0/16 via 10.0.0.9 dev br0
ip route add fd01::/64 via fd00::9
ip route add fd02::/64 via fd00::9 dev br0
mount.nfs 10.0.0.1:/e $M/run/fadump/mnt -o rw,nosuid,nodev,noexec,nolock,soft,timeo=100,retrans=2
ip link del dev b0
ip link del dev b0.7"
        is "$(cat "$M/etc/resolv.conf")" $'nameserver fd00::1\nnameserver 10.0.0.1'
        # a point-to-point address without the name of an interface: the first interface is used
        plain
        capture target=nfs:10.0.0.1:/e network=ip=10.0.0.2:10.0.0.1::32:::none
        is "$(story '^ip addr add')" 'ip addr add 10.0.0.2 peer 10.0.0.1/32 dev eth0'
        # a failure is logged
        plain
        sed -i 's/"link add "\*)/"link add b"*) echo "Unknown device type" >\&2; exit 2 ;; &/' "$M/fake/ip"
        capture target=nfs:10.0.0.1:/e 'network=bond=b0:eth0 ip=10.0.0.2:::24::b0:none'
        grep -q 'warning: ip link add b0 type bond: Unknown device type' <<< "$output"
    done
}

@test "network: without any program of dracut, udhcpc or dhclient does DHCP, and is ended with the network" {
    for SH in "${SHELLS[@]}"; do
        for client in usr/sbin/udhcpc sbin/dhclient; do
            for words in ip=dhcp ip=eth1:dhcp; do
                plain
                mkdir -p "$M/${client%/*}"
                program "${client##*/}" 'note "dhcp $*"; for name; do :; done
                    case $* in *-i\ *) name=$3 ;; esac; echo "$$" > "$ROOT/client.$name"
                    case $name in *eth1*) : > "$ROOT/online" ;; esac; exec sleep 100'
                mv "$M/bin/${client##*/}" "$M/${client%/*}/"
                capture target=nfs:10.0.0.1:/e "network=$words"
                has result=saved target=nfs:10.0.0.1:/e
                case $client in
                    *udhcpc) is "$(story '^dhcp .*eth1')" "dhcp -f -i eth1 -s $M/usr/lib/fadump/network/lease.sh" ;;
                    *) story '^dhcp' | grep -q -- "^dhcp -d -sf $M/usr/lib/fadump/network/lease.sh -lf .* eth1$" ;;
                esac
                [ "$words" != ip=dhcp ] || story '^dhcp' | grep -q eth0
                [ "$words" = ip=dhcp ] || lacks '^dhcp.*eth0' "$calls"
                for file in "$M"/client.*; do
                    run kill -0 "$(cat "$file")"
                    [ "$status" -ne 0 ]
                done
            done
        done
        # without a DHCP client the target fails, unless another word has a static address
        plain
        capture target=nfs:10.0.0.1:/e 'network=ip=eth0:dhcp bond=b0:eth0,eth1'
        has 'failed_reason.1=this initramfs has no program that configures a network'
        lacks '^ip ' "$calls"
        capture target=nfs:10.0.0.1:/e 'network=ip=eth0:dhcp ip=10.0.0.2:::24::eth1:none'
        has result=saved target=nfs:10.0.0.1:/e
    done
}

@test "network: a DHCP lease becomes an address, a route and name servers" {
    for SH in "${SHELLS[@]}"; do
        machine
        fake ip 'echo "ip $*" >> "$ROOT/asked"'
        lease() {
            rm -f "$M/asked" "$M/etc/resolv.conf"
            env ROOT="$M" PATH="$M/fake:$PATH" "$@" >&3 2>&3
        } 3>&1
        shell=($SH -c 'ip() { "$ROOT/fake/ip" "$@"; }; . "$0"') # ip is a command of busybox
        lease interface=eth0 ip=10.0.0.5 subnet=255.255.255.0 router='10.0.0.1 10.0.0.9' dns='10.0.0.3 10.0.0.4' \
            "${shell[@]}" "$MODULE/network/lease.sh" bound
        is "$(cat "$M/asked")" $'ip addr replace 10.0.0.5/255.255.255.0 dev eth0\nip route replace default via 10.0.0.1 dev eth0'
        is "$(cat "$M/etc/resolv.conf")" $'nameserver 10.0.0.3\nnameserver 10.0.0.4'
        lease interface=eth0 reason=BOUND new_ip_address=10.0.0.6 new_subnet_mask=255.0.0.0 "${shell[@]}" "$MODULE/network/lease.sh"
        is "$(cat "$M/asked")" 'ip addr replace 10.0.0.6/255.0.0.0 dev eth0'
        [ ! -e "$M/etc/resolv.conf" ]
        lease interface=eth0 "${shell[@]}" "$MODULE/network/lease.sh" deconfig
        lease interface=eth0 reason=PREINIT "${shell[@]}" "$MODULE/network/lease.sh"
        [ ! -e "$M/asked" ]
    done
}

@test "network: without a program that configures a network, the target fails, and the next target is tried" {
    for SH in "${SHELLS[@]}"; do
        server
        capture target=nfs:10.0.0.1:/e
        has target=dir:/var/crash 'failed_reason.1=this initramfs has no program that configures a network'
    done
}

@test "network: ifname= renames an interface until the network is stopped" {
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

# six ROUTE: makes a network with IPv6: ip appends each request for a route to $M/routes; the shell code ROUTE answers
six() {
    fake ip 'case $* in
        "route get "*) echo "$*" >> "$ROOT/routes"; '"$1"' ;;
        *scope*global*) echo "2: eth0 inet6 fd00::2/64" ;;
    esac'
}

@test "nfs: the scope of a link-local address selects the device of the route; a global address loses its scope" {
    for SH in "${SHELLS[@]}"; do
        server
        six 'case $* in *%*) exit 1 ;; esac; echo "$3 dev eth0 src fe80::2 uid 0"'
        capture 'target=nfs:[fe80::1%eth0]:/e'
        has result=saved 'path=[fe80::1%eth0]:/e/fe80::2-2026-11-21-21:03:05/vmcore'
        is "$(sort -u "$M/routes")" 'route get fe80::1 dev eth0'
        grep -q '^mount.nfs \[fe80::1%eth0\]:/e ' <<< "$calls"
        # a number is the index of an interface
        echo 7 > "$M/sys/class/net/eth0/ifindex"
        rm "$M/routes"
        capture 'target=nfs:[FEbf::1%7]:/e'
        has result=saved
        is "$(sort -u "$M/routes")" 'route get FEbf::1 dev eth0'
        # a global address
        six 'case $* in *%* | *dev*) exit 1 ;; esac; echo "$3 dev eth0 src fd00::2 uid 0"'
        capture 'target=nfs:[2001:db8::1%3]:/e'
        has result=saved
        grep -q '^mount.nfs \[2001:db8::1\]:/e ' <<< "$calls"
        # an address from getent, then an address that an older version stored
        program getent 'echo "2001:db8::1%3 STREAM server"; echo "2001:db8::1%3 DGRAM"'
        capture target=nfs:server:/e
        grep -q '^mount.nfs \[2001:db8::1\]:/e ' <<< "$calls"
        program getent 'exit 2'
        echo '2001:db8::9%3 server' > "$M/usr/lib/fadump/network/hosts"
        capture target=nfs:server:/e
        grep -q '^mount.nfs \[2001:db8::9\]:/e ' <<< "$calls"
    done
}

@test "network: the driver waits for an address from a router advertisement, not only for its route" {
    for SH in "${SHELLS[@]}"; do
        server
        networkd
        six 'n=$(grep -c . "$ROOT/routes")
            [ "$n" -ge 2 ] || exit 1
            case $n in [2-4]) from=fe80::2 ;; *) from=2001:db8::2 ;; esac
            echo "$3 from :: via fe80::9 dev eth0 src $from uid 0"'
        capture 'target=nfs:[2001:db8::1]:/e' network=ip=eth0:auto6
        has result=saved "path=[2001:db8::1]:/e/2001:db8::2-2026-11-21-21:03:05/vmcore"
        grep -q '^generator -- ip=eth0:auto6 ' <<< "$calls"
    done
}

@test "nfs: of several addresses of a server, the first that has a route is used" {
    for SH in "${SHELLS[@]}"; do
        server
        program getent 'printf "%s\n" "2001:db8::1 STREAM server" "2001:db8::1 DGRAM" "10.0.0.7 STREAM" "10.0.0.8 STREAM"'
        six 'case $3 in *:*) exit 2 ;; esac; echo "$3 dev eth0 src 10.0.0.2"'
        capture target=nfs:server:/e
        has result=saved
        grep -q '^mount.nfs 10.0.0.7:/e ' <<< "$calls"
        # if no address has a route, the driver waits for a route to the first address
        six 'exit 2'
        capture target=nfs:server:/e timeout=1
        has 'failed_reason.1=this initramfs has no program that configures a network'
    done
}
