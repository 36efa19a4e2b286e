#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target-ssh.bats - ssh: the copier and the remote both have to succeed, and the dump is renamed last
#
# Fake: ssh, which runs the command here, in $M/there.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

name=10.0.0.2-2026-11-21-21:03:05

# host [SHELL]: makes a remote machine; SHELL runs there before each command, which is in $command
host() {
    machine
    mkdir -p "$M/etc/fadump" "$M/there"
    echo key > "$M/etc/fadump/ssh_key"
    fake ip 'echo "$3 dev eth0 src 10.0.0.2 uid 0"; case $* in *tentative) exit 1 ;; esac'
    program ssh 'echo "$*" >> "$ROOT/asked"
        for command; do :; done
        note "ssh: $command" < /dev/null
        sync() { :; }
        '"${1:-:}"'
        eval "$command"'
}

@test "ssh: the kernel log is sent first, then the dump, which is renamed last" {
    for SH in "${SHELLS[@]}"; do
        host
        capture "target=ssh:dump@10.0.0.1:$M/there/it's here"
        [ "$status" -eq 0 ]
        has result=saved released=yes "path=dump@10.0.0.1:$M/there/it's here/$name/vmcore.flat"
        is "$(cd "$M/there/it's here/$name" && echo *)" 'vmcore-dmesg.txt vmcore.flat'
        cmp "$M/proc/vmcore" "$M/there/it's here/$name/vmcore.flat"
        is "$(cat "$M/there/it's here/$name/vmcore-dmesg.txt")" 'last words'
        is "$(stat -c %a "$M/there/it's here/$name" "$M/there/it's here/$name/vmcore.flat" | tr '\n' ' ')" '700 600 '
        is "$(grep -nE 'mkdir|dmesg|cat > vmcore.flat|mv vmcore.flat|^1$' <<< "$calls" | sed 's/^[0-9]*://; s/.*&& mkdir.*/mkdir/; s/.*dmesg.*/dmesg/; s/.*cat > vmcore.flat.*/cat/; s/.*mv vmcore.flat.*/mv/' | tr '\n' ' ')" \
            'mkdir dmesg cat mv 1 '
        [ ! -e "$M/run/fadump/pipe" ]
        [ ! -e "$M/run/fadump/ssh" ]
    done
}

@test "ssh: the remote syncs the kernel log both before and after renaming it" {
    for SH in "${SHELLS[@]}"; do
        host 'sync() { for file in vmcore-dmesg*; do note "sync $file"; done; }'
        capture "target=ssh:dump@10.0.0.1:$M/there"
        has result=saved
        is "$(sed -n 's/^\(sync vmcore-dmesg[^ *]*\) .*/\1/p' <<< "$calls" | sed 2q | tr '\n' ' ')" \
            'sync vmcore-dmesg.txt.incomplete sync vmcore-dmesg.txt '
    done
}

@test "ssh: the dump is saved if the kernel log is missing or incomplete" {
    for SH in "${SHELLS[@]}"; do
        for text in '' 'half of it'; do
            host
            sed -i "2i case \$* in *--dmesg*) printf '$text'; echo 'fadump-copy: the log is gone' >&2; exit 3 ;; esac" \
                "$M/usr/libexec/fadump-copy"
            capture "target=ssh:dump@10.0.0.1:$M/there"
            has result=saved
            grep -q 'the log is gone' <<< "$output"
            is "$(cd "$M/there/$name" && echo * && cat ./*.txt)" "${text:+vmcore-dmesg.txt }vmcore.flat${text:+
$text}"
        done
    done
}

@test "ssh: does not prompt, and connects to known hosts only" {
    SH=dash
    host
    echo '10.0.0.9 there' > "$M/usr/lib/fadump/network/hosts"
    capture "target=ssh:dump@there:$M/there"
    has result=saved
    for word in '-F /dev/null' "-i $M/etc/fadump/ssh_key" BatchMode=yes StrictHostKeyChecking=yes HostKeyAlias=there \
        "UserKnownHostsFile=$M/etc/fadump/known_hosts" GlobalKnownHostsFile=/dev/null 'dump@10.0.0.9 '; do
        [ "$(grep -cF -- "$word" "$M/asked")" = "$(grep -c BatchMode "$M/asked")" ]
    done
}

@test "ssh: the port of the target is used; a port other than 22 is also in the name of the host key" {
    for SH in "${SHELLS[@]}"; do
        host
        capture "target=ssh://dump@10.0.0.1:2222$M/there"
        has result=saved "path=ssh://dump@10.0.0.1:2222$M/there/$name/vmcore.flat"
        for word in '-p 2222 ' 'HostKeyAlias=[10.0.0.1]:2222 ' ' dump@10.0.0.1 '; do
            [ "$(grep -cF -- "$word" "$M/asked")" = "$(grep -c BatchMode "$M/asked")" ]
        done
        host
        capture "target=ssh://dump@10.0.0.1:22$M/there"
        has result=saved
        [ "$(grep -cF -- '-p 22 ' "$M/asked")" = "$(grep -c 'HostKeyAlias=10.0.0.1 ' "$M/asked")" ]
        # without a port, the default of ssh
        for target in "ssh://dump@10.0.0.1$M/there" "ssh:dump@10.0.0.1:$M/there"; do
            host
            capture "target=$target"
            has result=saved "path=dump@10.0.0.1:$M/there/$name/vmcore.flat"
            [ "$(grep -c HostKeyAlias=10.0.0.1 "$M/asked")" = "$(grep -c -- '-F /dev/null -i ' "$M/asked")" ]
        done
        host 'echo refused >&2; exit 255'
        capture "target=ssh://dump@10.0.0.1:2222$M/there"
        has 'failed_reason.1=no login to dump@10.0.0.1, port 2222: refused'
    done
}

@test "ssh: a link-local address keeps its interface" {
    SH=dash
    host
    fake ip 'case $* in "route get fe80::1 dev eth0") echo "$3 dev eth0 src fe80::2" ;; *) exit 1 ;; esac'
    capture "target=ssh://dump@[fe80::1%eth0]:2222$M/there"
    has result=saved
    grep -qF 'HostKeyAlias=[fe80::1%eth0]:2222 ' "$M/asked"
    grep -qF ' dump@fe80::1%eth0 ' "$M/asked"
}

@test "ssh: if the copier fails, the dump is not renamed and nothing is released" {
    for SH in "${SHELLS[@]}"; do
        for fault in 3 4 8 137; do
            host
            copier "$fault"
            capture "target=ssh:dump@10.0.0.1:$M/there" fallback=none
            untouched
            is "$(cd "$M/there/$name" && echo *)" 'vmcore-dmesg.txt vmcore.flat.incomplete'
            has result=failed "partial=dump@10.0.0.1:$M/there/$name/vmcore.flat.incomplete"
            lacks 'mv vmcore.flat' "$calls"
        done
    done
}

@test "ssh: if the remote fails, the dump is not renamed and nothing is released, even if the copier succeeds" {
    for SH in "${SHELLS[@]}"; do
        for fault in 'eval "$command"; echo quota exceeded >&2; exit 1' 'cat > /dev/null; exit 255'; do
            host 'case $command in *"cat > vmcore.flat"*) '"$fault"' ;; esac'
            capture "target=ssh:dump@10.0.0.1:$M/there" fallback=none
            untouched
            has result=failed
            grep -q '^reason=.* cannot be written: ssh to 10.0.0.1 ended with status '"${fault##*exit }" \
                "$M/run/fadump/status"
            [ "${fault##*exit }" != 1 ] || grep -q '^reason=.* status 1: quota exceeded$' "$M/run/fadump/status"
            [ ! -e "$M/there/$name/vmcore.flat" ]
        done
        host 'case $command in *"mv vmcore.flat"*) echo full >&2; exit 1 ;; esac'
        capture "target=ssh:dump@10.0.0.1:$M/there" fallback=none
        untouched
        has result=failed 'reason=cannot rename the dump on 10.0.0.1: full'
    done
}

@test "ssh: if the named pipe between the copier and ssh cannot be created, the reason names it" {
    for SH in "${SHELLS[@]}"; do
        host
        mkdir -p "$M/run/fadump/pipe/busy"
        capture "target=ssh:dump@10.0.0.1:$M/there" fallback=none
        untouched
        grep -q '^reason=.*: .*/run/fadump/pipe cannot be created$' "$M/run/fadump/status"
    done
}

@test "ssh: if the remote hangs, ssh is killed at the deadline, and the next target is tried" {
    SH=dash
    host 'case $command in *"cat > vmcore.flat"*) cat > /dev/null; exec sleep 100 ;; esac'
    capture "target=ssh:dump@10.0.0.1:$M/there" stall_timeout=1
    has target=dir:/var/crash result=saved released=yes
    grep -q '^failed_reason.1=no byte reached .* for 1 seconds$' "$M/run/fadump/status"
}

@test "ssh: a changed host key, no answer, a directory that cannot be created and a missing key are logged" {
    for SH in "${SHELLS[@]}"; do
        host 'printf "Host key verification failed.\r\n" >&2; exit 255'
        capture "target=ssh:dump@10.0.0.1:$M/there"
        has target=dir:/var/crash result=saved \
            'failed_reason.1=no login to dump@10.0.0.1: Host key verification failed.'
        host 'exec sleep 100'
        capture "target=ssh:dump@10.0.0.1:$M/there" timeout=1
        has target=dir:/var/crash 'failed_reason.1=10.0.0.1 did not answer within 1 seconds'
        host 'echo "Read-only file system" >&2; exit 1'
        capture "target=ssh:dump@10.0.0.1:$M/there"
        has target=dir:/var/crash \
            "failed_reason.1=cannot make the directory $M/there/$name on 10.0.0.1: Read-only file system"
        host
        rm "$M/etc/fadump/ssh_key"
        capture "target=ssh:dump@10.0.0.1:$M/there"
        has 'failed_reason.1=there is no key for ssh in this initramfs (ssh_key in fadump.conf, then dracut -f)'
    done
}

@test "ssh: if the directory exists on the remote, another name is used" {
    SH=dash
    host
    mkdir -p "$M/there/$name"
    echo old > "$M/there/$name/vmcore.flat"
    capture "target=ssh:dump@10.0.0.1:$M/there"
    has result=saved "path=dump@10.0.0.1:$M/there/$name.1/vmcore.flat"
    is "$(cat "$M/there/$name/vmcore.flat")" old
}

@test "ssh: the remote shell does not interpret text of the target" {
    SH=dash
    host
    capture "target=ssh:dump@10.0.0.1:$M/there/\$(touch $M/evil);\`touch $M/evil\`"
    has result=saved
    [ ! -e "$M/evil" ]
}

@test "ssh: the stream uses all keys except format" {
    for SH in "${SHELLS[@]}"; do
        host
        sed -i '2i echo "$*" >> "$ROOT/asked"' "$M/usr/libexec/fadump-copy"
        capture "target=ssh:dump@10.0.0.1:$M/there" format=kdump compress=lzo threads=1
        has result=saved
        grep -q -- "--report $M/run/fadump/report --compress lzo --threads 1 --stream\$" "$M/asked"
    done
}

@test "ssh: the remote syncs the dump both before and after renaming it; the release follows" {
    for SH in "${SHELLS[@]}"; do
        host 'sync() { note "sync $(echo vmcore.flat*)"; }'
        capture "target=ssh:dump@10.0.0.1:$M/there"
        has result=saved released=yes
        is "$(sed -n 's/^\(sync vmcore\.flat[a-z.]*\) .*/\1/p; s/^1$/release/p' <<< "$calls" | tr '\n' ' ')" \
            'sync vmcore.flat.incomplete sync vmcore.flat release '
    done
}

@test "ssh: the directories and files on the remote are for its user only, whatever the umask there" {
    for SH in "${SHELLS[@]}"; do
        host 'umask 0'
        capture "target=ssh:dump@10.0.0.1:$M/there/new/place"
        has result=saved
        is "$(find "$M/there/new" -type d -printf '%m\n' | sort | uniq -c | xargs)" '3 700'
        is "$(find "$M/there/new" -type f -printf '%m %f\n' | sort | xargs)" '600 vmcore-dmesg.txt 600 vmcore.flat'
    done
}
