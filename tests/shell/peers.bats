#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# peers.bats - kdump-utils, openSUSE's kdump and kdump-tools beside this module: who saves the dump
#
# In: a machine in a folder (machine.bash). Files of kdump-utils and openSUSE's kdump are made here,
# with the names that those have; those of kdump-tools are Debian's own in tests/root/peers.bats.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

# wants UNIT [TARGET]: enabled in the real root, by a link that leads nowhere from outside
wants() {
    mkdir -p "$M/sysroot/etc/systemd/system/${2:-multi-user}.target.wants"
    ln -sf "/usr/lib/systemd/system/$1" "$M/sysroot/etc/systemd/system/${2:-multi-user}.target.wants/$1"
}

kdump_tools() {
    mkdir -p "$M/sysroot/etc/default"
    printf '%s\n' '# USE_KDUMP=0' "USE_KDUMP=${1-1}" '#USE_KDUMP=7' 'KDUMP_COREDIR="/var/crash"' > "$M/sysroot/etc/default/kdump-tools"
    wants kdump-tools.service basic
}

kdump_utils() {
    mkdir -p "$M/sysroot/etc/sysconfig"
    echo 'path /var/crash' > "$M/sysroot/etc/kdump.conf"
    echo 'KDUMP_COMMANDLINE=""' > "$M/sysroot/etc/sysconfig/kdump"
    wants kdump.service
}

opensuse() {
    mkdir -p "$M/sysroot/etc/sysconfig"
    printf '%s\n' 'KDUMP_SAVEDIR="/var/crash"' 'KDUMP_FADUMP="true"' > "$M/sysroot/etc/sysconfig/kdump"
    wants kdump-early.service
}

# inside FILE...: parts of a peer in this initramfs
inside() {
    for file in "$@"; do
        mkdir -p "$M/${file%/*}"
        : > "$M/$file"
    done
}

kdump_only() {
    rm "$M/proc/device-tree/rtas/ibm,kernel-dump"
}

# left_to PEER: nothing was done, and it is said for whom
left_to() {
    [ "$status" -eq 0 ]
    untouched
    lacks '^copy' "$calls"
    has result=left
    grep -q "^reason=the dump is left to $1, which is enabled" "$M/run/fadump/status"
    is "$(grep -c "^fadump: the dump is left to $1, " <<< "$output")" 1
    [ ! -e "$M/sysroot/var/crash" ]
}

@test "kdump-tools enabled, no target named: the dump is its own, of fadump and of kdump" {
    for SH in "${SHELLS[@]}"; do
        for kind in fadump kdump; do
            machine
            [ "$kind" = fadump ] || kdump_only
            kdump_tools
            printf '# only a comment\n#target = dir:/x\nrearm = no\n' > "$M/etc/fadump.conf"
            capture
            left_to kdump-tools
        done
    done
}

@test "kdump-tools enabled and a target named, in the file or on the command line: this module saves, and says who else is there" {
    for SH in "${SHELLS[@]}"; do
        for how in file line; do
            machine
            kdump_tools
            if [ "$how" = file ]; then
                echo 'target = dir:/srv/x' > "$M/etc/fadump.conf"
                capture
            else
                capture target=dir:/srv/x
            fi
            has result=saved released=yes armed=yes target=dir:/srv/x
            is "$(grep -c '^fadump: kdump-tools is enabled, too' <<< "$output")" 1
        done
    done
}

@test "kdump-tools installed, but switched off or not enabled: this module saves, and no word of it" {
    for SH in "${SHELLS[@]}"; do
        for off in 0 '"0"' "'0' # off" '' false unit; do
            machine
            kdump_tools "$off"
            [ "$off" != unit ] || rm -r "$M/sysroot/etc/systemd"
            capture
            has result=saved released=yes
            lacks kdump-tools "$output"
        done
        for on in 1 '"1"' "'1' # on" true; do
            machine
            kdump_tools "$on"
            capture
            left_to kdump-tools
        done
    done
}

@test "a kernel that kdump-tools started for itself is left to it" {
    for SH in "${SHELLS[@]}"; do
        machine
        kdump_only
        kdump_tools
        rm -r "$M/sysroot/etc/systemd"
        echo 'root=/dev/vda1 ro nr_cpus=1 systemd.unit=kdump-tools-dump.service' > "$M/proc/cmdline"
        capture
        left_to kdump-tools
    done
}

@test "a root that is not there: kdump-tools cannot save, so this module tries" {
    for SH in "${SHELLS[@]}"; do
        machine
        : > "$M/proc/mounts"
        echo 'systemd.unit=kdump-tools-dump.service' > "$M/proc/cmdline"
        capture
        lacks 'is left to' "$output"
        has result=failed released=no
    done
}

@test "kdump-utils or openSUSE's kdump in this initramfs, no target named: the dump is theirs" {
    for SH in "${SHELLS[@]}"; do
        for part in usr/lib/systemd/system/kdump-capture.service usr/lib/dracut/hooks/pre-pivot/9999-kdump.sh \
            lib/dracut/hooks/pre-pivot/9999-kdump.sh var/lib/dracut/hooks/pre-pivot/9999-kdump.sh; do
            machine
            kdump_utils
            inside "$part"
            capture
            left_to kdump-utils
        done
        machine
        opensuse
        inside usr/lib/systemd/system/kdump-save.service
        capture
        left_to openSUSE-kdump
        machine
        inside usr/lib/systemd/system/kdump-save.service
        capture target=dir:/srv/x
        has result=saved released=yes
        grep -q '^fadump: openSUSE-kdump is enabled, too' <<< "$output"
    done
}

@test "kdump-utils or openSUSE's kdump enabled, but not in this initramfs: it cannot save, this module does, and says so" {
    for SH in "${SHELLS[@]}"; do
        for peer in kdump_utils:kdump-utils opensuse:openSUSE-kdump; do
            machine
            ${peer%:*}
            capture
            has result=saved released=yes armed=yes
            is "$(grep -c "^fadump: ${peer#*:} is enabled, too, but not in this initramfs" <<< "$output")" 1
            is "$(grep -c 'is enabled' <<< "$output")" 1
        done
    done
}

@test "hostile files of peers are text: nothing is run" {
    for SH in "${SHELLS[@]}"; do
        machine
        kdump_tools '$(touch '"$M"'/evil)`touch '"$M"'/evil`'
        capture
        left_to kdump-tools
        [ ! -e "$M/evil" ]
        # a default file that is no file
        machine
        kdump_tools
        rm "$M/sysroot/etc/default/kdump-tools"
        mkdir "$M/sysroot/etc/default/kdump-tools"
        capture
        has result=saved
    done
}

@test "bootargs_append that cannot be cured is covered by a file with what it held, and is not read or written again" {
    for SH in "${SHELLS[@]}"; do
        for rearm in auto yes no; do
            machine
            # no page can be taken out of use
            rm "$M"/sys/devices/system/memory/soft_offline_page "$M"/sys/devices/system/memory/memory?/state
            capture "rearm=$rearm"
            has result=saved released=yes
            is "$(cat "$M/run/fadump/bootargs_append")" ' fadump_dump_level=23'
            is "$(cat "$M/sys/kernel/fadump/bootargs_append")" ' fadump_dump_level=23'
            # after the release, and before anything is registered
            is "$(grep -E '^(1$|mount --bind)' <<< "$calls")" "1
mount --bind $M/run/fadump/bootargs_append $M/sys/kernel/fadump/bootargs_append registered=0"
        done
        # cured: it is nobody's, and may stay
        machine
        capture
        has armed=yes
        lacks '^mount --bind' "$calls"
    done
}

@test "in the running system the dump is whose who asks for it" {
    for SH in "${SHELLS[@]}"; do
        running
        mkdir -p "$M/etc/default" "$M/etc/systemd/system/basic.target.wants"
        echo USE_KDUMP=1 > "$M/etc/default/kdump-tools"
        ln -s /usr/lib/systemd/system/kdump-tools.service "$M/etc/systemd/system/basic.target.wants/"
        capture_as / "$M/usr/lib/dracut/modules.d/50fadump/fadump-capture"
        has result=saved released=yes
    done
}
