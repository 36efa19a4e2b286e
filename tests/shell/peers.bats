#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# peers.bats - which service saves the dump: this module, kdump-utils, openSUSE's kdump or kdump-tools
#
# In: a machine in a directory (machine.bash). The files of the other services are made here, with their real names;
# tests/root/peers.bats uses the files of Debian's kdump-tools package.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

# wants UNIT [TARGET]: enables UNIT in the real root, by a link that dangles when seen from the initramfs
wants() {
    mkdir -p "$M/sysroot/etc/systemd/system/${2:-multi-user}.target.wants" "$M/sysroot/usr/lib/systemd/system"
    echo '[Unit]' > "$M/sysroot/usr/lib/systemd/system/$1"
    ln -sf "/usr/lib/systemd/system/$1" "$M/sysroot/etc/systemd/system/${2:-multi-user}.target.wants/$1"
}

kdump_tools() {
    mkdir -p "$M/sysroot/etc/default"
    printf '%s\n' '# USE_KDUMP=0' "USE_KDUMP=${1-1}" '#USE_KDUMP=7' 'KDUMP_COREDIR="/var/crash"' \
        > "$M/sysroot/etc/default/kdump-tools"
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

# inside FILE...: creates these files of another dump service in this initramfs
inside() {
    for file in "$@"; do
        mkdir -p "$M/${file%/*}"
        : > "$M/$file"
    done
}

kdump_only() {
    rm "$M/proc/device-tree/rtas/ibm,kernel-dump"
}

# left_to PEER: checks that the driver only logged that the dump is left to PEER
left_to() {
    [ "$status" -eq 0 ]
    untouched
    lacks '^copy' "$calls"
    has result=left
    grep -q "^reason=the dump is left to $1, which is enabled" "$M/run/fadump/status"
    is "$(grep -c "^fadump: the dump is left to $1, " <<< "$output")" 1
    [ ! -e "$M/sysroot/var/crash" ]
}

@test "kdump-tools enabled, no target set: dumps of fadump and of kdump are left to kdump-tools" {
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

@test "kdump-tools enabled and a target set, in the file or on the command line: this module saves and logs one line" {
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

@test "kdump-tools switched off, not enabled or removed: this module saves, and logs nothing about kdump-tools" {
    for SH in "${SHELLS[@]}"; do
        for off in 0 '"0"' "'0' # off" 00 '' false true yes 1x unit removed; do
            machine
            case $off in
                unit | removed) kdump_tools ;;
                *) kdump_tools "$off" ;;
            esac
            case $off in
                unit) rm -r "$M/sysroot/etc/systemd" ;;
                removed) rm "$M/sysroot/usr/lib/systemd/system/kdump-tools.service" ;;
            esac
            capture
            has result=saved released=yes
            lacks kdump-tools "$output"
        done
        for on in 1 '"1"' "'1' # on" 2; do
            machine
            kdump_tools "$on"
            capture
            left_to kdump-tools
        done
    done
}

# held_back: checks that kdump-tools.service starts in this boot only if no dump is waiting
held_back() {
    local file="$M/run/systemd/system/kdump-tools.service.d/fadump.conf"
    is "$(cat "$file")" "[Unit]
ConditionPathExists=!/proc/vmcore"
    is "$(stat -c %a "$file" "${file%/*}" | tr '\n' ' ')" '644 755 '
}

@test "a target is set: kdump-tools does not start while the dump waits for the running system or was not released" {
    for SH in "${SHELLS[@]}"; do
        for how in late failed unreleased; do
            machine
            on_systemd
            kdump_tools
            case $how in
                late) echo when = late > "$M/etc/fadump.conf" ;;
                failed) copier 5 ;;
                unreleased) rm "$M/sys/kernel/fadump/release_mem" ;;
            esac
            capture target=dir:/srv/x
            has released=no
            held_back
        done
    done
}

@test "kdump-tools is not held back without a late capture, in a kdump kernel, or if the dump is left to it" {
    local dropin="run/systemd/system/kdump-tools.service.d"
    for SH in "${SHELLS[@]}"; do
        for lack in unit kdump target; do
            machine
            on_systemd
            kdump_tools
            case $lack in
                unit) rm "$M/sysroot/usr/lib/systemd/system/fadump-late.service" ;;
                kdump) kdump_only ;;
            esac
            copier 5
            if [ $lack = target ]; then capture; else capture target=dir:/srv/x final_action=continue; fi
            [ ! -e "$M/$dropin" ]
        done
        # if the drop-in cannot be written, a warning is logged
        machine
        on_systemd
        kdump_tools
        mkdir -p "$M/run/systemd/system"
        : > "$M/$dropin"
        capture target=dir:/srv/x
        has result=saved
        grep -q 'warning: cannot write to .*/kdump-tools.service.d: kdump-tools will save' <<< "$output"
    done
}

@test "in the capture kernel of kdump-tools, the dump is left to kdump-tools, unless kdump-tools is switched off" {
    for SH in "${SHELLS[@]}"; do
        for on in 1 0; do
            machine
            kdump_only
            kdump_tools $on
            rm -r "$M/sysroot/etc/systemd"
            echo 'root=/dev/vda1 ro nr_cpus=1 systemd.unit=kdump-tools-dump.service' > "$M/proc/cmdline"
            capture
            if [ $on = 1 ]; then left_to kdump-tools; else has result=saved; fi
        done
    done
}

@test "without a mounted root file system kdump-tools cannot save the dump, so this module tries" {
    for SH in "${SHELLS[@]}"; do
        machine
        : > "$M/proc/mounts"
        echo 'systemd.unit=kdump-tools-dump.service' > "$M/proc/cmdline"
        capture
        lacks 'is left to' "$output"
        has result=failed released=no
    done
}

@test "kdump-utils or openSUSE's kdump in this initramfs, no target set: the dump is left to that service" {
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

@test "kdump-utils or openSUSE's kdump enabled, but not in this initramfs: this module saves, and logs one line" {
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

@test "hostile files of other services are read as text and not executed" {
    for SH in "${SHELLS[@]}"; do
        machine
        kdump_tools '$(touch '"$M"'/evil)`touch '"$M"'/evil`'
        capture
        has result=saved
        [ ! -e "$M/evil" ]
        # /etc/default/kdump-tools is not a file
        machine
        kdump_tools
        rm "$M/sysroot/etc/default/kdump-tools"
        mkdir "$M/sysroot/etc/default/kdump-tools"
        capture
        has result=saved
    done
}

@test "if the page of bootargs_append is not retired, a file with the same content is mounted over bootargs_append" {
    for SH in "${SHELLS[@]}"; do
        for rearm in auto yes no; do
            machine
            # the fake kernel cannot retire pages
            rm "$M"/sys/devices/system/memory/soft_offline_page "$M"/sys/devices/system/memory/memory?/state
            capture "rearm=$rearm"
            has result=saved released=yes
            is "$(cat "$M/run/fadump/bootargs_append")" ' fadump_dump_level=23'
            is "$(cat "$M/sys/kernel/fadump/bootargs_append")" ' fadump_dump_level=23'
            # the mount is after the release and before the registration
            is "$(grep -E '^(1$|mount --bind)' <<< "$calls")" "1
mount --bind $M/run/fadump/bootargs_append $M/sys/kernel/fadump/bootargs_append registered=0"
        done
        # a retired page is not used for other data, so the kernel's file can stay in place
        machine
        capture
        has armed=yes
        lacks '^mount --bind' "$calls"
    done
}

@test "in the running system this module saves the dump even if kdump-tools is enabled" {
    for SH in "${SHELLS[@]}"; do
        running
        mkdir -p "$M/etc/default" "$M/etc/systemd/system/basic.target.wants"
        echo USE_KDUMP=1 > "$M/etc/default/kdump-tools"
        ln -s /usr/lib/systemd/system/kdump-tools.service "$M/etc/systemd/system/basic.target.wants/"
        capture_as / "$M/usr/lib/dracut/modules.d/50fadump/capture"
        has result=saved released=yes
    done
}

# fadump_mode [VALUE]: makes the sysfs file of a kernel with fadump=on in $M/sysroot
fadump_mode() {
    mkdir -p "$M/sysroot/sys/kernel/fadump"
    echo "${1-1}" > "$M/sysroot/sys/kernel/fadump/enabled"
}

# zz_fadumpinit: installs the files of zz-fadumpinit, a dracut module of kdump-utils and of openSUSE's kdump
zz_fadumpinit() {
    mkdir -p "$M/sysroot/usr/lib/dracut/modules.d/99zz-fadumpinit"
    touch "$M"/sysroot/usr/lib/dracut/modules.d/99zz-fadumpinit/{module-setup.sh,init-fadump}
}

# owner: prints the service that replaces /init, as the build and fadumpctl find it
owner() {
    run $SH -c '. "$0/driver/other-dumpers.sh"; fadump_init_owner "$1"' "$MODULE" "$M/sysroot"
    echo "$output"
}

# owns PEER: checks that PEER replaces /init; with '', that no service does
owns() {
    owner
    is "$status:$output" "$([ -n "$1" ] || echo 1)${1:+0}:$1"
}

@test "kdump-utils replaces /init if its service is enabled and not masked, and the kernel runs with fadump=on" {
    for SH in "${SHELLS[@]}"; do
        machine
        owns ''
        kdump_utils
        zz_fadumpinit
        owns ''
        fadump_mode
        owns kdump-utils
        # before its dracut module had this name, kdump-utils rebuilt the whole initramfs
        rm -r "$M/sysroot/usr/lib/dracut"
        owns kdump-utils
        fadump_mode 0
        owns ''
        # kernels before 5.6
        rm "$M/sysroot/sys/kernel/fadump/enabled"
        echo 1 > "$M/sysroot/sys/kernel/fadump_enabled"
        owns kdump-utils
        ln -s /dev/null "$M/sysroot/etc/systemd/system/kdump.service"
        owns ''
        rm "$M/sysroot/etc/systemd/system/kdump.service"
        : > "$M/sysroot/etc/systemd/system/kdump.service"
        owns ''
        echo '[Unit]' > "$M/sysroot/etc/systemd/system/kdump.service"
        owns kdump-utils
        rm "$M/sysroot/etc/systemd/system/multi-user.target.wants/kdump.service"
        owns ''
        mkdir -p "$M/sysroot/usr/lib/systemd/system/multi-user.target.wants"
        ln -s ../kdump.service "$M/sysroot/usr/lib/systemd/system/multi-user.target.wants/"
        owns kdump-utils
    done
}

@test "openSUSE's kdump replaces /init if KDUMP_FADUMP is true, whether its service is enabled or not" {
    for SH in "${SHELLS[@]}"; do
        machine
        opensuse
        owns ''
        zz_fadumpinit
        owns openSUSE-kdump
        rm -r "$M/sysroot/etc/systemd"
        for value in true yes 1 '"yes"' "'1' # on"; do
            echo "KDUMP_FADUMP=$value" > "$M/sysroot/etc/sysconfig/kdump"
            owns openSUSE-kdump
        done
        for value in false no 0 '' '"no"' '$(touch evil)'; do
            echo "KDUMP_FADUMP=$value" > "$M/sysroot/etc/sysconfig/kdump"
            fadump_mode
            owns ''
        done
    done
}

# told_by_build INCLUDED [N]: prints the messages about other dump services of a build in $M/sysroot with these dracut
# modules; checks that there are N (default: 1)
told_by_build() {
    run env dracutsysrootdir="$M/sysroot" INCLUDED="$1" CONF="${conf-target=dir:/x}" bash -c '
        dracut_module_included() { [[ " $INCLUDED " == *" $1 "* ]]; }
        . "$0/driver/other-dumpers.sh"; . "$0/build/needs.sh"; . "$0/build/peers.sh"
        conf=$CONF
        fadump_peer_faults' "$MODULE"
    echo "$output"
    is "$status" 0
    is "${#lines[@]}" "${2-1}"
}

@test "the build logs which service saves the next dump, whichever of the two was installed first" {
    SH=dash
    machine
    told_by_build '' 0
    # this module is built first: kdump.service will rebuild the initramfs
    kdump_utils
    fadump_mode
    told_by_build systemd
    [[ $output == 'warning=kdump-utils is enabled and rebuilds the initramfs with its own /init: after a crash kdump-utils saves the dump, not this module; to change this, run "systemctl disable --now kdump", then "dracut -f"' ]]
    # kdump.service rebuilds it: dracut --rebuild --add zz-fadumpinit
    told_by_build 'systemd zz-fadumpinit'
    [[ $output == 'warning=kdump-utils replaces /init of this initramfs: after a crash kdump-utils saves the dump, not this module; to change this, run "systemctl disable --now kdump", then "dracut -f"' ]]
    # the same without sysfs (chroot)
    rm -r "$M/sysroot/sys"
    told_by_build 'systemd zz-fadumpinit'
    [[ $output == 'warning=kdump-utils replaces /init of this initramfs: '* ]]
    # kdump-utils saves dumps of kexec, this module saves dumps of the firmware
    told_by_build systemd
    [[ $output == 'info=kdump-utils is enabled on this machine: it saves dumps in a kernel that it starts by kexec, '* ]]
    machine
    opensuse
    zz_fadumpinit
    told_by_build 'systemd zz-fadumpinit'
    [[ $output == 'warning=openSUSE-kdump replaces /init of this initramfs: '*' set KDUMP_FADUMP=false in /etc/sysconfig/kdump, run "systemctl disable --now kdump kdump-early", then "dracut -f"' ]]
    machine
    kdump_tools
    told_by_build systemd
    [[ $output == 'info=kdump-tools is enabled, too: a target is configured for fadump, which saves the dump; to remove kdump-tools, set USE_KDUMP=0 in /etc/default/kdump-tools first,'* ]]
    conf='' told_by_build systemd
    [[ $output == 'note=kdump-tools is enabled and no target is configured for fadump: after a crash kdump-tools saves the dump in /var/crash and reboots; to change this, set a target in /etc/fadump.conf, or USE_KDUMP=0 in /etc/default/kdump-tools' ]]
    rm "$M/sysroot/usr/lib/systemd/system/kdump-tools.service"
    told_by_build systemd 0
}
