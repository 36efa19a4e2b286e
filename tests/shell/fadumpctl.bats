#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadumpctl.bats - what it says, what it has done, its exit statuses
#
# In: a machine in a folder (machine.bash) and the real driver.

# shellcheck disable=SC2016,SC2034,SC2046,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

CTL=$BATS_TEST_DIRNAME/../../helpers/fadumpctl.sh

# held [WORD...]: a running system that holds a dump; WORDs are on its kernel command line. The
# driver runs under $SH, with the fakes.
held() {
    local lib=usr/lib/dracut/modules.d/50fadump
    running
    mv "$M/$lib/fadump-capture" "$M/$lib/driver"
    cat > "$M/$lib/fadump-capture" << END
#!/bin/sh
printf '%s\n' "\$NEWROOT" "\$@" > "\$ROOT/driver"
exec $SH -c '
    mount() { exec "\$ROOT/fake/mount" "\$@"; }
    sync() { exec "\$ROOT/fake/sync" "\$@"; }
    date() { "\$ROOT/fake/date" "\$@"; }
    . "\$0"' "\$ROOT/$lib/driver" "\$@"
END
    chmod +x "$M/$lib/fadump-capture"
    printf '%s\n' "$*" > "$M/proc/cmdline"
    truncate -s 3490M "$M/proc/vmcore"
    # what is written into the pipe of the calls is not read here
    rm "$M/sys/kernel/fadump/release_mem" "$M/sys/devices/system/memory/soft_offline_page"
    : > "$M/sys/kernel/fadump/release_mem"
    : > "$M/sys/devices/system/memory/soft_offline_page"
    for file in mount sync date od; do sed -i 's/^note() {/note() { return 0;/' "$M/fake/$file"; done
    sed -i 's/^note() {/note() { return 0;/; s/^    cp "$source"/    echo small > "$source"; &/' "$M/usr/libexec/fadump-copy"
}

# ctl VERB [OPTION]: sets $status and $output, which has no standard error in it; that is in $said
ctl() {
    run env ROOT="$M" PATH="$M/bin:$PATH" $SH -c 'exec 2> "$ROOT/said"; . "$0"' "$CTL" "$@"
    said=$(cat "$M/said")
    echo "$output"
    echo "said: $said"
}

# ask ANSWER: release, on a terminal, where somebody says ANSWER
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

@test "wrong arguments: a summary, status 2; --help: the same, status 0" {
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

@test "save: by the driver, as the running system, one dump, released and armed" {
    for SH in "${SHELLS[@]}"; do
        held
        ctl save
        is "$status" 0
        is "$(cat "$M/driver")" /
        has result=saved released=yes armed=yes
        released
        # the kernel takes it away with the release
        rm "$M/proc/vmcore"
        ctl save
        is "$status:$said" '3:fadumpctl: no crash dump is waiting'
    done
}

@test "save: with what the kernel command line says, as in the initramfs" {
    for SH in "${SHELLS[@]}"; do
        held 'root=/dev/vda2 fadump=on fadump_target=dir:/a fadump_reserve_mem=1G rd.fadump.target=dir:/z' \
            'rd.fadump.dump_level=23 fadump_network="ip=dhcp bond=b:a,c" fadump_threads= fadump_include=nfs' \
            $'fadump_ssh_key=/x xfadump_rearm=no\tfadump_target="dir:/b c" rd.fadump=1 fadump_colour=blue quiet'
        ctl save
        is "$(cat "$M/driver")" '/
dump_level=23
target=dir:/a
network=ip=dhcp bond=b:a,c
target=dir:/b c'
        has target=dir:/a result=saved
    done
}

@test "every key of fadump.conf counts on the command line, by both names" {
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

@test "hostile words of the command line run nothing and arrive as they are" {
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

@test "save: not saved is status 1, and everything stays" {
    for SH in "${SHELLS[@]}"; do
        held fadump_fallback=none fadump_target=fs:LABEL=absent:/x fadump_timeout=1
        ctl save
        is "$status" 1
        kept
        has result=failed 'failed_reason.1=LABEL=absent did not appear within 1 seconds'
    done
}

@test "save: a dump that is saved, with its memory held, is not saved again" {
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

@test "one at a time: status 4 for the other, and status says that it is being saved" {
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
        # what the driver starts does not hold it
        fake fadump-copy 'readlink /proc/$$/fd/* > "$ROOT/open" 2> /dev/null; exit 5'
        mv "$M/fake/fadump-copy" "$M/usr/libexec/"
        ctl save
        file_lacks lock "$M/open"
    done
}

@test "release --yes: given up through the driver, which releases, cures and arms" {
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

@test "release: what the kernel refuses is status 1" {
    for SH in "${SHELLS[@]}"; do
        held
        ln -sf /dev/full "$M/sys/kernel/fadump/release_mem"
        ctl release --yes
        is "$status" 1
        grep -qx 'fadump: the kernel refused to release the memory: it stays held' <<< "$said"
        grep -qx 'fadumpctl: the memory was not released' <<< "$said"
        has result=discarded released=no
    done
}

@test "release: without a terminal it wants --yes" {
    for SH in "${SHELLS[@]}"; do
        held
        ctl release < /dev/null
        is "$status:$said" '2:fadumpctl: release asks on a terminal; without one: --yes'
        kept
        [ ! -e "$M/driver" ]
    done
}

@test "release: on a terminal it says what is lost, and only yes goes on" {
    for SH in "${SHELLS[@]}"; do
        for answer in no y '' YES yes; do
            held
            ask "$answer"
            grep -q 'The dump, 3490 MiB of the memory of the crashed system, is not saved. It will be lost for ever.' <<< "$output"
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
        grep -q 'The dump is saved, /var/crash/x/vmcore: its memory, 3490 MiB, will be given back.' <<< "$output"
        lacks 'lost for ever' "$output"
        released
    done
}

@test "status: armed, not armed, no such kernel, with nothing to tell of a crash" {
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
        is "$status:${lines[1]}" '3:This kernel has no firmware-assisted dump (fadump=on), or the machine cannot do it.'
    done
}

@test "status: a dump that waits, what was tried in the initramfs and later, how it ended" {
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
In the running system: not saved: mount.nfs is not installed
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
        is "${lines[3]}${lines[4]}" 'In the running system: given up    target = none'
        printf '%s\n' result=nothing reason= > "$M/run/fadump/status"
        ctl status
        is "${lines[3]}" 'In the running system: there was nothing to save'
    done
}
