#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# servers.bats - how nfs:, iscsi: and ssh: are written

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

x() {
    run $SH -c 'for f in lib grammar servers conf; do . "$0/fadump-$f.sh"; done; "$@"' "$MODULE" "$@"
    echo "$SH: $* -> $status: $output"
}

# parts: the lines of $output, one after the other, with | between them
parts() {
    local line all=''
    while IFS= read -r line; do all+=$line'|'; done <<< "$output"
    printf '%s\n' "$all"
}

@test "nfs: server, path, options in each of dracut's spellings" {
    for SH in "${SHELLS[@]}"; do
        while IFS=' ' read -r place want; do
            run $SH -c '. "$0/fadump-servers.sh"; fadump_nfs "$1"; printf "%s\n" "$server" "$path" "$options" end' "$MODULE" "$place"
            echo "$place: $output"
            is "$(parts)" "$want|end|"
        done << 'END'
s:/e s|/e|
s:/ s|/|
10.0.0.1:/e/f:rw,hard 10.0.0.1|/e/f|rw,hard
s:/e,hard,vers=3 s|/e|hard,vers=3
hard:s:/e s|/e|hard
[fd00::1]:/e [fd00::1]|/e|
[fd00::1]:/e:vers=4.2 [fd00::1]|/e|vers=4.2
//s/e/f s|/e/f|
//s:2050/e s|/e|port=2050
//[fd00::1]:2050/e [fd00::1]|/e|port=2050
//[fd00::1]/e [fd00::1]|/e|
//s:/e s|/e|
END
    done
}

@test "iscsi: its parts, and the defaults of RFC 4173" {
    for SH in "${SHELLS[@]}"; do
        while IFS=' ' read -r place want; do
            run $SH -c '. "$0/fadump-servers.sh"; fadump_iscsi "$1"
                printf "%s\n" "$user" "$password" "$user_in" "$password_in" "$server" "$port" "$lun" "$name" "$dir" end' "$MODULE" "$place"
            echo "$place: $output"
            is "$(parts)" "$want|end|"
        done << 'END'
h::::iqn.2003-01.org:x:y ||||h|3260|0|iqn.2003-01.org:x:y|
u:p@h:6:3261:2:iqn.x;fs=/a/b u|p|||h|3261|2|iqn.x|/a/b
u:p:in:q@[fd00::1]::::iqn.x u|p|in|q|[fd00::1]|3260|0|iqn.x|
h::::iqn.x:y@z ||||h|3260|0|iqn.x:y@z|
@h::::iqn.x:y@z ||||h|3260|0|iqn.x:y@z|
h::::eui.0123 ||||h|3260|0|eui.0123|
h::::naa.5000 ||||h|3260|0|naa.5000|
END
    done
}

@test "targets on servers: what is taken and what is not" {
    for SH in "${SHELLS[@]}"; do
        for good in nfs:s:/e nfs4:s:/e nfs://s/e 'nfs:[fd00::1]:/e:hard,timeo=600' 'nfs:s:/a b' 'nfs:[fe80::1%eth0]:/e' iscsi:h::::iqn.x \
            iscsi:u:p@h::3260:16383:iqn.x 'iscsi:h::::iqn.x;fs=/' ssh:u@h:/p 'ssh:u@[fd00::1]:/p q'; do
            x fadump_target_check "$good" && is "$status:$output" 0:
        done
        for bad in nfs: nfs:s nfs:/e nfs:s:e nfs:s:/e:ro 'nfs:s:/e:rw,ro' nfs:s:/../e 'nfs:s:/e:a;b' 'nfs:s t:/e' nfs:-s:/e nfs:fd00::1:/e \
            nfs:[fd00::1:/e 'nfs:$(x):/e' nfs:[]:/e nfs:[x]y:/e iscsi: iscsi:h iscsi:h:::iqn.x iscsi:h::::x iscsi:h::99999::iqn.x \
            iscsi:h:::x:iqn.x 'iscsi:h::::iqn.x;fs=a' 'iscsi:h::::iqn.x;fs=' 'iscsi:h::::iqn.x;y' iscsi:hush@h::::iqn.x \
            iscsi:u:hush:in@h::::iqn.x iscsi:u:hush:in:p:x@h::::iqn.x iscsi:h::3260:if:dev:0:iqn.x 'iscsi:::::iqn.x' ssh: ssh:u@h ssh:h:/p ssh:@h:/p ssh:u@:/p \
            ssh:u@h:p ssh:-oProxyCommand=x@h:/p 'ssh:u@-oX:/p' 'ssh:u v@h:/p' ssh:u@h:/p/../q $'ssh:u@h:/p\n'; do
            x fadump_target_check "$bad"
            [ "$status" -eq 1 ]
            is "${#lines[@]}:${lines[0]%%:*}" 1:target
            lacks hush "$output" # a password is never in a message
        done
    done
}

@test "network: dracut's words and nothing else" {
    for SH in "${SHELLS[@]}"; do
        for good in ip=dhcp 'ip=[fd00::2]::[fd00::1]:64::eth0:none nameserver=10.0.0.1' 'bond=b0:a,c:mode=1 ip=b0:dhcp' \
            'ifname=net0:52:54:00:00:00:01 ip=10.0.0.2::10.0.0.1:255.255.255.0::net0:none rd.route=10.1.0.0/16:10.0.0.3'; do
            x fadump_check network "$good" && is "$status:$output" 0:
        done
        for bad in '' dhcp bond=b0:a ip= 'ip=dhcp root=/dev/x' 'ip=dhcp;reboot' 'ip=$(x)' 'ip=dhcp init=/bin/sh' 'ip=*'; do
            x fadump_check network "$bad"
            [ "$status" -eq 1 ]
            is "${lines[0]%%:*}" network
        done
        x fadump_check include 'fs raw nfs iscsi ssh' && is "$status:$output" 0:
        for bad in '' nfs4 dir 'nfs;' '*' 'nfs, ssh'; do
            x fadump_check include "$bad"
            [ "$status" -eq 1 ]
        done
        x fadump_check ssh_key /root/.ssh/k && is "$status:$output" 0:
        for bad in '' k $'/a\nb'; do
            x fadump_check ssh_known_hosts "$bad"
            [ "$status" -eq 1 ]
        done
    done
}
