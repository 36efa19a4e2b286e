#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# module.bats - what module-setup.sh declares, and that a bad configuration ends dracut
#
# Fake: the few functions of dracut it calls. Real dracut builds images in tests/lab.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

# declare_module FUNCTION: calls it as dracut does, in the bash that goes on to write the image.
declare_module() {
    run env dracutsysrootdir="$BATS_TEST_TMPDIR" moddir="$MODULE" bash -c '
        require_binaries() { local b; for b in "$@"; do [[ $b != "${MISSING-}" ]] || return 1; done; echo "require $*"; }
        inst_multiple() { echo "inst $*"; }
        inst_binary() { echo "inst $*"; }
        inst_script() { echo "inst ${1##*/} $2"; [[ -x $1 ]] || echo "not executable: $1"; }
        inst_simple() { echo "inst ${1##*/} ${2-$1}"; }
        inst_hook() { echo "hook $1 $2 ${3##*/}"; [[ -e $3 ]]; }
        dfatal() { echo "fatal: $*"; }
        dwarn() { echo "warn: $*"; }
        . "$moddir/module-setup.sh"
        "$1"
        echo "returned $?"' x "$1"
    echo "$output"
}

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/etc"
}

@test "check: only when asked for, and only with all programs" {
    declare_module check
    is "${lines[-1]}" 'returned 255'
    [[ ${lines[0]} == 'require /usr/libexec/fadump-copy '* ]]
    MISSING=/usr/libexec/fadump-copy declare_module check
    is "${lines[-1]}" 'returned 1'
    [[ ${lines[0]} == 'warn: fadump: cannot be installed: needs /usr/libexec/fadump-copy'* ]]
    MISSING='od' declare_module check
    is "${lines[-1]}" 'returned 1'
}

@test "depends: base and nothing else" {
    declare_module depends
    is "$output" $'base\nreturned 0'
}

@test "install: the hook, the driver and every file they use" {
    cp "$BATS_TEST_DIRNAME/../../conf/fadump.conf" "$BATS_TEST_TMPDIR/etc/"
    declare_module install
    is "${lines[-1]}" 'returned 0'
    lacks '^(fatal|not executable)' "$output"
    for line in 'hook pre-pivot 80 fadump-hook.sh' 'inst /usr/libexec/fadump-copy' \
        'inst fadump-capture /usr/libexec/fadump-capture' 'inst fadump.conf /etc/fadump.conf'; do
        grep -qxF "$line" <<< "$output"
    done
    for file in "$MODULE"/*.sh; do
        case ${file##*/} in
            module-setup.sh | fadump-hook.sh) ;;
            *) grep -qxF "inst ${file##*/} /usr/lib/fadump/${file##*/}" <<< "$output" ;;
        esac
    done
}

@test "every program the driver runs is asked for" {
    local installed word
    declare_module install
    installed=$(sed -n 's/^inst \(cat .*\)/\1/p' <<< "$output")
    # with nothing but these programs a dump is saved, and a failure is dealt with
    SH=dash
    for fault in 0 5; do
        machine
        copier "$fault"
        mkdir "$M/bin"
        for word in $installed sh; do ln -s "$(type -P "$word")" "$M/bin/$word"; done
        sed -i "2i PATH=$PATH" "$M/usr/libexec/fadump-copy"
        ln -s /srv/crash "$M/sysroot/var/crash"
        run env -i PATH="$M/bin" ROOT="$M" "$M/bin/sh" -c 'mount() { :; }; . "$0"' "$M/usr/libexec/fadump-capture"
        echo "$output"
        is "$status" "$((fault / 5))"
        lacks 'not found' "$output"
    done
}

@test "an opal machine needs no other programs" {
    local word
    declare_module install
    SH=dash
    machine
    mkdir -p "$M/bin" "$M/sys/firmware/opal" "$M/proc/device-tree/ibm,opal/dump"
    rm "$M/proc/device-tree/rtas/ibm,kernel-dump"
    : > "$M/proc/device-tree/ibm,opal/dump/mpipl-boot"
    echo core > "$M/sys/firmware/opal/core"
    echo 805306368 > "$M/sys/kernel/fadump/mem_reserved"
    rm "$M/sys/kernel/fadump/bootargs_append"
    for word in $(sed -n 's/^inst \(cat .*\)/\1/p' <<< "$output") sh; do ln -s "$(type -P "$word")" "$M/bin/$word"; done
    sed -i "2i PATH=$PATH" "$M/usr/libexec/fadump-copy"
    run env -i PATH="$M/bin" ROOT="$M" "$M/bin/sh" -c 'mount() { :; }; . "$0"' "$M/usr/libexec/fadump-capture"
    echo "$output"
    lacks 'not found' "$output"
    has result=saved released=yes armed=yes
    cmp "$M/sys/firmware/opal/core" "$M"/sysroot/var/crash/*/opalcore
}

@test "no configuration file: the defaults, no error" {
    declare_module install
    is "${lines[-1]}" 'returned 0'
    lacks '/etc/fadump.conf' "$output"
}

@test "a bad configuration ends dracut with status 1 and names each line" {
    printf 'colour = blue\nrearm = no\ntarget = tape:1\ndump_level = 32\nformat = elf\ncompress = lzo\n' > "$BATS_TEST_TMPDIR/etc/fadump.conf"
    declare_module install
    is "$status" 1
    lacks '^(inst|hook|returned)' "$output"
    is "$(grep -c '^fatal: fadump: /etc/fadump.conf: line [1346]: ' <<< "$output")" 4
}

@test "the drop-in asks for the module, but not in kdump-utils' own initramfs" {
    conf=$BATS_TEST_DIRNAME/../../conf/50-fadump.conf
    is "$(bash -c 'add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x  fadump '
    is "$(IN_KDUMP=1 bash -c 'add_dracutmodules=" x "; . "$0"; echo "$? $add_dracutmodules"' "$conf")" '0  x '
}
