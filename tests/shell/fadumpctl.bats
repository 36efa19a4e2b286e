#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadumpctl.bats - the output, the actions and the exit statuses of fadumpctl
#
# In: a machine in a directory (machine.bash) and the real driver.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2046,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

CTL=$BATS_TEST_DIRNAME/../../helpers/fadumpctl.sh

# held [WORD...]: makes a running system that holds a dump, with WORDs on its kernel command line. The driver runs under
# $SH, with the fakes.
held() {
    local lib=usr/lib/dracut/modules.d/50fadump
    running
    mv "$M/$lib/capture" "$M/$lib/the-driver"
    cat > "$M/$lib/capture" << END
#!/bin/sh
printf '%s\n' "\$NEWROOT" "\$@" > "\$ROOT/driver"
exec $SH -c '
    mount() { exec "\$ROOT/fake/mount" "\$@"; }
    sync() { exec "\$ROOT/fake/sync" "\$@"; }
    date() { "\$ROOT/fake/date" "\$@"; }
    . "\$0"' "\$ROOT/$lib/the-driver" "\$@"
END
    chmod +x "$M/$lib/capture"
    printf '%s\n' "$*" > "$M/proc/cmdline"
    truncate -s 3490M "$M/proc/vmcore"
    # replace the links to the pipe $M/calls with files, because these tests do not read the pipe
    rm "$M/sys/kernel/fadump/release_mem" "$M/sys/devices/system/memory/soft_offline_page"
    : > "$M/sys/kernel/fadump/release_mem"
    : > "$M/sys/devices/system/memory/soft_offline_page"
    for file in mount sync date; do sed -i 's/^note() {/note() { return 0;/' "$M/fake/$file"; done
    sed -i 's/^note() {/note() { return 0;/; s/^    cp "$source"/    echo small > "$source"; &/' \
        "$M/usr/libexec/fadump-copy"
}

# ctl VERB [OPTION]: runs fadumpctl; sets $status, $output (standard output) and $said (standard error)
ctl() {
    run env ROOT="$M" PATH="$M/bin:$PATH" $SH -c 'exec 2> "$ROOT/said"; . "$0"' "$CTL" "$@"
    said=$(cat "$M/said")
    echo "$output"
    echo "said: $said"
}

# ask ANSWER: runs fadumpctl release on a terminal where ANSWER is typed
ask() {
    echo "$1" > "$M/answer"
    printf '#!/bin/sh\nexec %s %s release\n' "$SH" "$CTL" > "$M/ask"
    chmod +x "$M/ask"
    ROOT=$M run script -qec "$M/ask" /dev/null < "$M/answer"
    echo "$output"
}

released() {
    is "$(cat "$M/sys/kernel/fadump/release_mem")" 1
    is "$(cat "$M/sys/kernel/fadump/registered")" 1
    is "$(tail -n 1 "$M/sys/devices/system/memory/soft_offline_page")" 0x00000000fffff800
}

kept() {
    [ -e "$M/sys/kernel/fadump/release_mem" ]
    is "$(cat "$M/sys/kernel/fadump/release_mem")" ''
    is "$(cat "$M/sys/kernel/fadump/registered")" 0
    [ -e "$M/proc/vmcore" ]
}

@test "wrong arguments print a summary with status 2; --help prints it with status 0" {
    for SH in "${SHELLS[@]}"; do
        held
        for words in '' arm 'save now' 'release --no' 'status --yes' '--help x' 'release --yes x'; do
            ctl $words
            is "$status:$output" 2:
            [[ $said == 'usage: fadumpctl status '* ]]
        done
        ctl --help
        is "$status" 0
        [[ $output == 'usage: fadumpctl status '* ]]
        kept
    done
}

@test "save: the driver saves the dump, releases the memory and arms; status 3 if no dump is waiting" {
    for SH in "${SHELLS[@]}"; do
        held
        ctl save
        is "$status" 0
        is "$(cat "$M/driver")" /
        has result=saved released=yes armed=yes
        released
        # the kernel removes /proc/vmcore at the release
        rm "$M/proc/vmcore"
        ctl save
        is "$status:$said" '3:fadumpctl: no crash dump is waiting'
    done
}

@test "save: uses the settings of the kernel command line, as in the initramfs" {
    for SH in "${SHELLS[@]}"; do
        held 'root=/dev/vda2 fadump=on fadump_target=dir:/a fadump_reserve_mem=1G rd.fadump.target=dir:/z' \
            'rd.fadump.dump_level=23 fadump_network="ip=dhcp bond=b:a,c" fadump_threads= fadump_include=nfs' \
            $'fadump_ssh_key=/x xfadump_rearm=no\tfadump_target="dir:/b c" rd.fadump=1 fadump_colour=blue quiet'
        ctl save
        is "$(cat "$M/driver")" '/
target=dir:/a
network=ip=dhcp bond=b:a,c
target=dir:/b c
dump_level=23'
        has target=dir:/a result=saved
    done
}

@test "save: every key that the kernel command line may set is accepted with the prefixes fadump_ and rd.fadump." {
    local key keys prefix
    keys=$(sed -n 's/^#\([a-z_]*\) = .*/\1/p' "$BATS_TEST_DIRNAME/../../conf/fadump.conf" | grep -vxE 'include|ssh_[a-z_]*')
    [ "$(wc -w <<< "$keys")" -ge 14 ]
    for SH in "${SHELLS[@]}"; do
        for prefix in fadump_ rd.fadump.; do
            held $(for key in $keys; do echo "$prefix$key=x"; done)
            ctl save
            is "$(sort "$M/driver")" "$(sed 's/$/=x/; $a/' <<< "$keys" | sort)"
        done
    done
}

@test "hostile words of the command line are not executed and reach the driver unchanged" {
    for SH in "${SHELLS[@]}"; do
        held 'fadump_target=$(touch $ROOT/evil) fadump_target=`touch,$ROOT/evil` fadump_target=* fadump_$(touch,$ROOT/evil)=1' \
            'fadump_target=-n fadump_target=\n fadump_=x fadump_target "fadump_rearm=no; touch $ROOT/evil" "'
        ctl save
        [ ! -e "$M/evil" ]
        is "$(cat "$M/driver")" '/
target=$(touch
target=`touch,$ROOT/evil`
target=*
target=-n
target=\n
rearm=no; touch $ROOT/evil'
        has target=dir:/var/crash result=saved armed=yes
    done
}

@test "save: status 1 if the dump cannot be saved; nothing is released or armed" {
    for SH in "${SHELLS[@]}"; do
        held fadump_fallback=none fadump_target=fs:LABEL=absent:/x fadump_timeout=1
        ctl save
        is "$status" 1
        kept
        has result=failed 'failed_reason.1=LABEL=absent did not appear within 1 seconds'
    done
}

@test "save: a saved dump whose memory is still held is not saved again" {
    for SH in "${SHELLS[@]}"; do
        held
        mkdir "$M/run/fadump"
        printf '%s\n' result=saved path=/var/crash/x/vmcore released=no > "$M/run/fadump/status"
        ctl save
        is "$status" 3
        [[ $said == *'saved already, /var/crash/x/vmcore: fadumpctl release '* ]]
        [ ! -e "$M/driver" ]
    done
}

@test "only one save runs at a time: another one exits with 4, and fadumpctl status reports the running save" {
    for SH in "${SHELLS[@]}"; do
        held
        mkdir "$M/run/fadump"
        ctl status
        lacks 'being saved' "$output"
        : > "$M/run/fadump/lock"
        ctl status
        lacks 'being saved' "$output"
        exec 6> "$M/run/fadump/lock"
        flock 6
        for words in save 'release --yes'; do
            ctl $words
            is "$status:$said" '4:fadumpctl: the dump is being saved already'
        done
        ctl status
        is "$status" 1
        grep -qx 'It is being saved now.' <<< "$output"
        exec 6>&-
        kept
        # processes that the driver starts do not hold the lock
        fake fadump-copy 'readlink /proc/$$/fd/* > "$ROOT/open" 2> /dev/null; exit 5'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        ctl save
        file_lacks lock "$M/open"
    done
}

@test "release --yes: the driver discards the dump, releases the memory, retires pages and arms" {
    for SH in "${SHELLS[@]}"; do
        held fadump_target=dir:/a fadump_target=dir:/b rd.fadump.rearm=yes
        ctl release --yes
        is "$status" 0
        is "$(cat "$M/driver")" '/
target=none
rearm=yes'
        has result=discarded released=yes armed=yes
        released
        [ ! -e "$M/copies" ]
        [ ! -e "$M/a" ]
        rm "$M/proc/vmcore"
        ctl release --yes
        is "$status:$said" '3:fadumpctl: no crash dump is waiting'
    done
}

@test "release: status 1 if the kernel refuses the release" {
    for SH in "${SHELLS[@]}"; do
        held
        ln -sf /dev/full "$M/sys/kernel/fadump/release_mem"
        ctl release --yes
        is "$status" 1
        grep -qx 'fadump: the kernel refused to release the memory: it remains reserved' <<< "$said"
        grep -qx 'fadumpctl: the memory was not released' <<< "$said"
        has result=discarded released=no
    done
}

@test "release: needs --yes without a terminal" {
    for SH in "${SHELLS[@]}"; do
        held
        ctl release < /dev/null
        is "$status:$said" '2:fadumpctl: release needs a terminal for its question; without a terminal, use --yes'
        kept
        [ ! -e "$M/driver" ]
    done
}

@test "release: on a terminal it asks before the dump is lost, and only the answer yes continues" {
    for SH in "${SHELLS[@]}"; do
        for answer in no y '' YES yes; do
            held
            ask "$answer"
            grep -q 'The dump, 3490 MiB of the memory of the crashed system, is not saved. It will be lost.' \
                <<< "$output"
            if [ "$answer" = yes ]; then
                is "$status" 0
                released
            else
                is "$status" 1
                grep -q 'fadumpctl: nothing was done' <<< "$output"
                kept
            fi
        done
        held
        mkdir "$M/run/fadump"
        printf '%s\n' result=saved path=/var/crash/x/vmcore released=no > "$M/run/fadump/status"
        ask yes
        grep -q 'The dump is saved, /var/crash/x/vmcore: its memory, 3490 MiB, will be released.' <<< "$output"
        lacks 'will be lost' "$output"
        released
    done
}

@test "status: without a crash, shows whether the machine is armed, or that the kernel has no fadump" {
    for SH in "${SHELLS[@]}"; do
        held
        rm "$M/proc/vmcore"
        echo 1 > "$M/sys/kernel/fadump/registered"
        ctl status
        is "$status:$output" '0:No crash dump is waiting.
The machine is armed: the next crash will be dumped.'
        echo 0 > "$M/sys/kernel/fadump/registered"
        ctl status
        is "$status:$output" '3:No crash dump is waiting.
The machine is not armed: the next crash will not be dumped.'
        mv "$M/sys/kernel/fadump/registered" "$M/sys/kernel/fadump_registered"
        ctl status
        is "$status:${lines[1]}" '3:The machine is not armed: the next crash will not be dumped.'
        rm "$M/sys/kernel/fadump_registered"
        ctl status
        is "$status:${lines[1]}" '3:This kernel has no firmware-assisted dump (fadump=on), or the machine does not support it.'
    done
}

@test "status: shows a waiting dump, the targets tried in the initramfs and later, and the result" {
    for SH in "${SHELLS[@]}"; do
        held fadump_fallback=none fadump_target=fs:LABEL=absent:/x fadump_target=nfs:h:/y fadump_timeout=1
        ctl status
        is "$status:$output" '1:A crash dump is waiting: 3490 MiB of memory are held for it.
The machine is not armed: the next crash will not be dumped.'
        mkdir "$M/run/fadump"
        printf '%s\n' result=waiting reason= > "$M/run/fadump/status"
        ctl status
        is "${lines[2]}" 'After the crash: left to the running system'
        ctl save
        ctl status
        is "$status:$output" '1:A crash dump is waiting: 3490 MiB of memory are held for it.
The machine is not armed: the next crash will not be dumped.
In the initramfs: left to the running system
In the running system: not saved
    fs:LABEL=absent:/x failed after 0 s: LABEL=absent did not appear within 1 seconds
    nfs:h:/y failed after 0 s: mount.nfs is not installed'
        echo > "$M/proc/cmdline"
        ctl save
        rm "$M/proc/vmcore"
        ctl status
        is "$status:$output" '0:No crash dump is waiting.
The machine is armed: the next crash will be dumped.
In the initramfs: left to the running system
In the running system: saved, /var/crash/127.0.0.1-2026-11-21-21:03:05/vmcore'
        printf '%s\n' result=discarded 'reason=target = none' > "$M/run/fadump/status"
        ctl status
        is "${lines[3]}${lines[4]}" 'In the running system: discarded    target = none'
        printf '%s\n' result=nothing reason= > "$M/run/fadump/status"
        ctl status
        is "${lines[3]}" 'In the running system: there was nothing to save'
    done
}

@test "status: if kdump-utils or openSUSE's kdump replaces /init of the initramfs, prints its name and the remedy" {
    for SH in "${SHELLS[@]}"; do
        # kdump-utils
        held
        mkdir -p "$M/etc/systemd/system/multi-user.target.wants" "$M/usr/lib/systemd/system"
        : > "$M/etc/kdump.conf"
        : > "$M/usr/lib/systemd/system/kdump.service"
        ln -s /usr/lib/systemd/system/kdump.service "$M/etc/systemd/system/multi-user.target.wants/"
        ctl status
        lacks '/init' "$output"
        echo 1 > "$M/sys/kernel/fadump/enabled"
        ctl status
        is "$status:$said" 1:
        grep -qx 'kdump-utils replaces /init of the initramfs: after a crash kdump-utils saves the dump, not fadump.' <<< "$output"
        grep -qx '    To change this, run "systemctl disable --now kdump", then "dracut -f".' <<< "$output"
        # openSUSE
        held
        mkdir -p "$M/etc/sysconfig" "$M/usr/lib/dracut/modules.d/99zz-fadumpinit"
        : > "$M/usr/lib/dracut/modules.d/99zz-fadumpinit/module-setup.sh"
        echo 'KDUMP_FADUMP="yes"' > "$M/etc/sysconfig/kdump"
        ctl status
        grep -qx 'openSUSE-kdump replaces /init of the initramfs: .*' <<< "$output"
        grep -qx '    To change this, set KDUMP_FADUMP=false in /etc/sysconfig/kdump, .* then "dracut -f".' <<< "$output"
    done
}

@test "status: if kdump-tools is enabled, prints which of the two saves the dump, and what to do" {
    for SH in "${SHELLS[@]}"; do
        held
        mkdir -p "$M/etc/systemd/system/basic.target.wants" "$M/usr/lib/systemd/system" "$M/etc/default"
        : > "$M/usr/lib/systemd/system/kdump-tools.service"
        ln -s /usr/lib/systemd/system/kdump-tools.service "$M/etc/systemd/system/basic.target.wants/"
        printf '%s\n' USE_KDUMP=1 'KDUMP_COREDIR="/srv/dumps"' > "$M/etc/default/kdump-tools"
        ctl status
        is "$status:$said" 1:
        is "${lines[2]}" 'kdump-tools is enabled and no target is configured for fadump: after a crash kdump-tools saves the dump in /srv/dumps and reboots; to change this, set a target in /etc/fadump.conf, or USE_KDUMP=0 in /etc/default/kdump-tools.'
        for how in file line; do
            case $how in
                file) echo target = none > "$M/etc/fadump.conf" ;;
                line) rm "$M/etc/fadump.conf" && echo 'fadump_target=dir:/a fadump_target=nfs:h:/y' > "$M/proc/cmdline" ;;
            esac
            ctl status
            is "$status:$said" 1:
            [[ ${lines[2]} == 'kdump-tools is enabled, too: a target is configured for fadump, which saves the dump; to remove kdump-tools, set USE_KDUMP=0 in /etc/default/kdump-tools first, '*. ]]
        done
        echo USE_KDUMP=0 > "$M/etc/default/kdump-tools"
        ctl status
        lacks kdump-tools "$output"
    done
}

@test "status: shows the warnings of the build of this initramfs" {
    for SH in "${SHELLS[@]}"; do
        held
        mkdir -p "$M/run/fadump"
        printf '%s\n' 'nfs: needs \n' '$(touch evil)' > "$M/run/fadump/build-warnings"
        ctl status
        is "$status:$said" 1:
        is "$(tail -n 3 <<< "$output")" 'The build of this initramfs had warnings ("dracut -f --add fadump" repeats the checks):
    nfs: needs \n
    $(touch evil)'
        : > "$M/run/fadump/build-warnings"
        ctl status
        lacks warnings "$output"
    done
}

# saved LINE...: makes a dump of 19 bytes in /var/crash/x/vmcore, and the status file of the boot that saved it, with
# LINEs
saved() {
    held
    mkdir -p "$M/run/fadump" "$M/var/crash/x" "$M/proc/self"
    rm "$M/proc/vmcore"
    echo 'memory of the dead' > "$M/var/crash/x/vmcore"
    printf '%s\n' target=dir:/var/crash path=/var/crash/x/vmcore bytes=19 "$@" result=saved released=yes \
        > "$M/run/fadump/status"
}

# labels [STATUS]: adds SELinux to the machine, where /var/crash has no label, and a fake restorecon, which records its
# calls in $M/labelled and returns STATUS. Under busybox ash the label looks correct: its own stat replaces the fake.
labels() {
    mkdir -p "$M/sys/fs/selinux"
    echo 1 > "$M/sys/fs/selinux/enforce"
    program restorecon 'echo "$*" | sed "s|$ROOT||g" >> "$ROOT/labelled"; exit '"${1:-0}"
    program stat 'case $*:$3 in
            "-c %C "*:$ROOT/var/crash) echo system_u:object_r:unlabeled_t:s0 ;;
            "-c %C "*) echo system_u:object_r:var_t:s0 ;;
            *) exec /usr/bin/stat "$@" ;;
        esac'
}

# parents: copies the recorded calls from stdin to stdout. Under busybox ash, where the parent directory /var/crash is
# not relabelled (see labels), it adds this call
parents() {
    if [[ $SH == busybox* ]]; then sed 's|$|\n/var/crash|'; else cat; fi
}

@test "confirm: if the dump exists and has the size in the status, found=yes is stored; SELinux labels are set" {
    for SH in "${SHELLS[@]}"; do
        saved
        ctl confirm
        is "$status:$output:$said" '0:the dump is at /var/crash/x/vmcore:'
        has found=yes result=saved bytes=19
        is "$(stat -c %a "$M/run/fadump/status")" 600
        [ ! -e "$M/labelled" ]
        # confirmed again: the status still has one line found=
        labels
        ctl confirm
        is "$status:$(grep -c ^found= "$M/run/fadump/status")" 0:1
        is "$(parents < "$M/labelled")" '-R /var/crash/x
/var/crash'
        ctl status
        lacks 'not at|  ' "$output"
        # a failure of restorecon is a warning
        labels 1
        ctl confirm
        is "$status:$said" '0:fadumpctl: warning: restorecon failed for /var/crash/x'
    done
}

@test "confirm: a dump that is missing or incomplete: found=no, and one line with the device and a command" {
    local where='it was saved to /dev/vda2 (ext4): mount /dev/vda2 /mnt && ls -l /mnt/at/crash/x/vmcore'
    local what='the dump is not at /var/crash/x/vmcore in this system, or is incomplete there (target dir:/var/crash)'
    for SH in "${SHELLS[@]}"; do
        for lack in 'rm vmcore' 'echo short > vmcore' 'rm vmcore; mkdir vmcore' 'cd ..; rm -r x'; do
            saved device=/dev/vda2 device_type=ext4 device_path=/at/crash/x
            labels
            (cd "$M/var/crash/x" && eval "$lack")
            ctl confirm
            is "$status:$said" "1:fadumpctl: $what; $where"
            has found=no result=saved
            [ ! -e "$M/labelled" ]
            ctl status
            grep -qxF "    $what; $where" <<< "$output"
        done
        # in the journal the line has the priority err
        JOURNAL_STREAM=1:2 ctl confirm
        is "$said" "<3>fadumpctl: $what; $where"
        saved device=/dev/sda device_type=btrfs 'device_path=/@ a/crash/x'
        rm "$M/var/crash/x/vmcore"
        ctl confirm
        grep -qF ": mount -o subvolid=5 /dev/sda /mnt && ls -l '/mnt/@ a/crash/x/vmcore'" <<< "$said"
        saved
        rm "$M/var/crash/x/vmcore"
        ctl confirm
        is "$status:$said" "1:fadumpctl: $what; CAVEATS in fadumpctl(8) says where to look"
    done
}

@test "confirm: finds the dump of an fs: target below the mount point of its device" {
    for SH in "${SHELLS[@]}"; do
        saved device=/dev/vdb device_type=btrfs device_path=/@/crash/x
        sed -i 's/^target=.*/target=fs:LABEL=d:\/crash/; s/^path=.*/path=LABEL=d:\/crash\/x\/vmcore/' "$M/run/fadump/status"
        echo '22 1 254:2 / / rw - ext4 /dev/vda2 rw' > "$M/proc/self/mountinfo"
        ctl confirm
        is "$status:$said" '3:fadumpctl: no dump was saved to a mounted directory of this system'
        file_lacks ^found= "$M/run/fadump/status"
        labels
        echo "23 22 0:30 /@ /var rw shared:1 - btrfs /dev/vdb rw" >> "$M/proc/self/mountinfo"
        ctl confirm
        is "$status:$output" '0:the dump is at /var/crash/x/vmcore'
        has found=yes
        grep -qx -- '-R /var/crash/x' "$M/labelled"
        rm "$M/var/crash/x/vmcore"
        ctl confirm
        is "$status" 1
        has found=no
    done
}

@test "confirm: status 3 if no dump was saved to a directory, status 4 while another dump is being saved" {
    for SH in "${SHELLS[@]}"; do
        held
        ctl confirm
        is "$status" 3
        for result in failed waiting discarded; do
            mkdir -p "$M/run/fadump"
            printf '%s\n' target=dir:/x path=/x/vmcore result=$result > "$M/run/fadump/status"
            ctl confirm
            is "$status" 3
        done
        printf '%s\n' target=raw:/dev/vdb path=/dev/vdb result=saved > "$M/run/fadump/status"
        ctl confirm
        is "$status" 3
        # the initramfs saved the dump, and its memory was released later
        saved
        mv "$M/run/fadump/status" "$M/run/fadump/status.initramfs"
        printf '%s\n' target=none result=discarded > "$M/run/fadump/status"
        ctl confirm
        is "$status" 0
        grep -qx found=yes "$M/run/fadump/status.initramfs"
        file_lacks found= "$M/run/fadump/status"
        exec 6> "$M/run/fadump/lock"
        flock 6
        ctl confirm
        is "$status" 4
        exec 6>&-
    done
}

@test "save: with SELinux the labels are set on the new dump and on a partial dump of the initramfs" {
    for SH in "${SHELLS[@]}"; do
        held
        mkdir -p "$M/run/fadump" "$M/var/crash/x"
        printf '%s\n' target=dir:/var/crash path= partial=/var/crash/x/vmcore.incomplete result=failed \
            > "$M/run/fadump/status"
        labels
        ctl save
        is "$status" 0
        is "$(parents < "$M/labelled")" '-R /var/crash/127.0.0.1-2026-11-21-21:03:05
/var/crash
-R /var/crash/x
/var/crash'
        # a failed save sets no labels and keeps its exit status
        held fadump_fallback=none fadump_target=fs:LABEL=absent:/x fadump_timeout=1
        labels
        ctl save
        is "$status" 1
        [ ! -e "$M/labelled" ]
    done
}

@test "status: shows a dump in memory, a partial dump, and a dump hidden by a mount, and commands to reach them" {
    for SH in "${SHELLS[@]}"; do
        saved hidden_below=/var
        ctl status
        is "${lines[2]}
${lines[3]}" 'After the crash: saved, /var/crash/x/vmcore
    the path is hidden below the mount on /var: mount --bind / /mnt && ls -l /mnt/var/crash/x/vmcore'
        saved 'volatile=in memory until fadump-save has moved it'
        ctl status
        is "${lines[3]}" '    the dump is in memory until fadump-save has moved it: fadump-save extract moves it now'
        held
        mkdir "$M/run/fadump"
        printf '%s\n' target=dir:/var/crash path= hidden_below=/var partial=/var/crash/x/vmcore.incomplete \
            result=failed reason=full failed_target.1=dir:/var/crash failed_reason.1=full failed_seconds.1=3 \
            > "$M/run/fadump/status"
        ctl status
        is "${lines[*]:2}" "After the crash: not saved     a partial dump remains: /var/crash/x/vmcore.incomplete     the path is hidden below the mount on /var: mount --bind / /mnt && ls -l /mnt/var/crash/x/vmcore.incomplete     dir:/var/crash failed after 3 s: full"
        # a reason that is not the reason of a failed target
        sed -i 's/^reason=.*/reason=stopped while saving/' "$M/run/fadump/status"
        ctl status
        is "${lines[2]}" 'After the crash: not saved: stopped while saving'
    done
}
