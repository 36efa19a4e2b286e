#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hook.bats - the sourced hook: when it runs the driver, with which arguments, and that it leaves no variables
#
# Fake: getcmdline, getarg, getargs, getargbool and warn of dracut (over a list of words), and the driver.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154 # another shell expands $; SH, SHELLS, status, calls
load machine

# hook WORD...: sources the hook as dracut does; WORDs are the kernel command line, kept in files so that they can have
# any characters. It is an error if the hook leaves anything in the shell. AT is the value of $hook, if dracut sets it.
hook() {
    local n=0
    rm -f "$M"/word.* "$M/asked"
    for word in "$@"; do
        printf %s "$word" > "$M/word.$n"
        n=$((n + 1))
    done
    cat > "$M/session" << 'END'
getcmdline() {
    local n=0
    while [ -e "$ROOT/word.$n" ]; do
        printf ' %s' "$(cat "$ROOT/word.$n")"
        n=$((n + 1))
    done
}
getarg() {
    local n=0 word value='' found=1
    echo "getarg $*" >> "$ROOT/asked"
    while [ -e "$ROOT/word.$n" ]; do
        word=$(cat "$ROOT/word.$n" && echo x) n=$((n + 1))
        word=${word%x}
        case $word in
            "$1"*) value=${word#"$1"} found=0 ;;
            "${1%=}") value='' found=0 ;;
        esac
    done
    [ "$found" = 1 ] || printf '%s\n' "$value"
    return "$found"
}
getargs() {
    local n=0 word found=1 between='\n'
    echo "getargs $*" >> "$ROOT/asked"
    command -v dracut-getargs > /dev/null || between=' '
    while [ -e "$ROOT/word.$n" ]; do
        word=$(cat "$ROOT/word.$n") n=$((n + 1))
        case $word in
            "$1"*) printf "%s$between" "${word#"$1"}" && found=0 ;;
        esac
    done
    return "$found"
}
getargbool() {
    local value
    value=$(getarg "$2=") || value=$1
    [ "$value" != 0 ]
}
warn() { echo "warn: $*" >&2; }
root=mine target=mine NEWROOT=/sysroot
[ -z "$AT" ] || hook=$AT
cd /
set -- first second
state="$- $* $(umask)" left=0
set > "$ROOT/before"
. "$ROOT/hook.sh"
left=$?
set > "$ROOT/after"
[ "$state" = "$- $* $(umask)" ] && [ "$PWD" = / ] && [ "$left" = 0 ] || echo "TRACE: $- $* $PWD $left"
if command -v fadump_hook; then echo "TRACE: function"; fi
END
    cp "$MODULE/hook.sh" "$M/"
    run env -i PATH="$PATH:$M/dracut" ROOT="$M" AT="${AT-}" $SH "$M/session"
    echo "$output"
    [ "$status" -eq 0 ]
    lacks TRACE "$output"
    diff <(grep -vE '^(_|LINENO|PIPESTATUS|BASH_[A-Z]*)=' "$M/before") \
        <(grep -vE '^(_|LINENO|PIPESTATUS|BASH_[A-Z]*)=' "$M/after")
}

driver() {
    # newer dracut has this program, and its getargs prints one value per line
    mkdir -p "$M/dracut"
    install -m 755 /dev/null "$M/dracut/dracut-getargs"
    cat > "$M/usr/libexec/fadump-capture" << END
#!/bin/sh
echo "\$FADUMP_HOOK" > "\$ROOT/hooked"
printf 'driver: %s NEWROOT=%s' "\$#" "\$NEWROOT"
[ "\$#" -eq 0 ] || printf ' <%s>' "\$@"
echo
cat > /dev/null # would hang if standard input were not empty
exit $1
END
    chmod +x "$M/usr/libexec/fadump-capture"
}

@test "in a normal boot the hook does not run the driver, call dracut's functions or start a program" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 0
        rm "$M/proc/vmcore" "$M/proc/device-tree/rtas/ibm,kernel-dump"
        hook fadump_target=dir:/x
        is "$output" ''
        [ ! -e "$M/asked" ]
        run env -i ROOT="$M" PATH=/nonexistent "$(command -v ${SH%% *})" ${SH#"${SH%% *}"} "$M/hook.sh"
        is "$status:$output" 0:
    done
}

@test "each of the four files that show a dump makes the hook run the driver" {
    for SH in "${SHELLS[@]}"; do
        for sign in proc/vmcore proc/device-tree/rtas/ibm,kernel-dump proc/device-tree/rtas/ibm,dump-kernel \
            proc/device-tree/ibm,opal/dump/mpipl-boot; do
            machine
            driver 0
            rm "$M/proc/vmcore" "$M/proc/device-tree/rtas/ibm,kernel-dump"
            mkdir -p "$M/${sign%/*}"
            : > "$M/$sign"
            hook
            is "$output" 'driver: 0 NEWROOT=/sysroot'
        done
    done
}

@test "a later hook tries again only if the dump was not saved and all its memory is still reserved" {
    for SH in "${SHELLS[@]}"; do
        for was in saved:yes saved:no discarded:yes nothing:no left:no failed:yes failed:partly; do
            machine
            driver 0
            mkdir "$M/run/fadump"
            printf 'kind=fadump\nresult=%s\nreleased=%s\nreason=result=failed\n' "${was%:*}" "${was#*:}" \
                > "$M/run/fadump/status"
            hook
            is "$output" ''
        done
        printf 'kind=fadump\nresult=failed\nreleased=no\nreason=x\n' > "$M/run/fadump/status"
        hook fadump_target=raw:/dev/vdb
        is "$output" 'driver: 1 NEWROOT=/sysroot <target=raw:/dev/vdb>'
    done
}

@test "rd.fadump=0 disables the module, and the hook logs that a dump is waiting" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 0
        hook rd.fadump=0
        lacks driver "$output"
        [[ $output == 'warn: fadump: a crash dump is waiting'* ]]
        hook rd.fadump=1
        is "$output" 'driver: 0 NEWROOT=/sysroot'
    done
}

@test "rd.break: the emergency hooks only log one line; after the prompt, the pre-pivot hook runs the driver" {
    local line='warn: fadump: a crash dump is waiting; because of rd.break it is not saved now; at the prompt, /usr/libexec/fadump-capture saves it'
    for SH in "${SHELLS[@]}"; do
        for break in rd.break rd.break=pre-mount rd.break=cleanup rdbreak=pre-mount; do
            for at in emergency shutdown-emergency; do
                machine
                driver 0
                AT=$at hook root=/dev/vda "$break" fadump_target=ram:
                is "$output" "$line"
                is "$(stat -c %a "$M/run/fadump")" 700
                hook root=/dev/vda "$break"
                is "$output:$(cat "$M/hooked")" 'driver: 0 NEWROOT=/sysroot:'
            done
        done
    done
}

@test "rd.break: without an earlier prompt the hook tells the driver at pre-pivot that a prompt follows" {
    for SH in "${SHELLS[@]}"; do
        for break in rd.break rd.break=cleanup rdbreak rd.systemd.break rd.systemd.break=pre-mount,pre-switch-root; do
            machine
            driver 0
            hook "$break"
            is "$output:$(cat "$M/hooked")" 'driver: 0 NEWROOT=/sysroot:break'
        done
        for break in rd.systemd.break=pre-mount rd.shell my.rd.break=1 'fadump_network=ip=dhcp rd.break'; do
            machine
            driver 0
            hook "$break"
            is "$(cat "$M/hooked")" ''
        done
    done
}

@test "an emergency without rd.break runs the driver, with FADUMP_HOOK=emergency" {
    for SH in "${SHELLS[@]}"; do
        for at in emergency shutdown-emergency; do
            machine
            driver 0
            AT=$at hook fadump_target=raw:/dev/vdb
            is "$output:$(cat "$M/hooked")" 'driver: 1 NEWROOT=/sysroot <target=raw:/dev/vdb>:emergency'
        done
    done
}

@test "fadump_target= overrides rd.fadump.target=; getarg -d, which would warn, is not used" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 0
        hook rd.fadump.target=dir:/alias
        is "$output" 'driver: 1 NEWROOT=/sysroot <target=dir:/alias>'
        hook fadump_target=dir:/plain rd.fadump.target=dir:/alias
        is "$output" 'driver: 1 NEWROOT=/sysroot <target=dir:/plain>'
        hook fadump_target=
        is "$output" 'driver: 0 NEWROOT=/sysroot'
        # several targets are a list, in this order
        hook fadump_target=dir:/b rd.fadump.target=dir:/alias fadump_target=none fadump_target= 'fadump_target=dir:/a b'
        is "$output" 'driver: 3 NEWROOT=/sysroot <target=dir:/b> <target=none> <target=dir:/a b>'
        file_lacks ' -d' "$M/asked"
    done
}

@test "several targets are accepted from a dracut whose getargs prints them in one line" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 0
        rm "$M/dracut/dracut-getargs"
        hook 'fadump_target=raw:/dev/*' fadump_target=dir:/a
        is "$output" 'driver: 2 NEWROOT=/sysroot <target=raw:/dev/*> <target=dir:/a>'
        hook rd.fadump.target=dir:/a
        is "$output" 'driver: 1 NEWROOT=/sysroot <target=dir:/a>'
    done
}

@test "every key that the kernel command line may set is read as fadump_KEY and as its alias rd.fadump.KEY" {
    local key keys words
    # include, ssh_key and ssh_known_hosts select the content of the initramfs, and are accepted only in the file
    keys=$(sed -n 's/^#\([a-z_]*\) = .*/\1/p' "$BATS_TEST_DIRNAME/../../conf/fadump.conf" | grep -vxE 'include|ssh_[a-z_]*')
    [ "$(wc -w <<< "$keys")" -ge 13 ]
    for SH in "${SHELLS[@]}"; do
        machine
        driver 0
        for key in $keys; do
            hook "rd.fadump.$key=an alias"
            is "$output" "driver: 1 NEWROOT=/sysroot <$key=an alias>"
            hook "fadump_$key=plain" "rd.fadump.$key=an alias"
            is "$output" "driver: 1 NEWROOT=/sysroot <$key=plain>"
        done
        hook fadump_memory=64 fadump_format=elf rd.fadump.target=dir:/x
        is "$output" 'driver: 3 NEWROOT=/sysroot <target=dir:/x> <format=elf> <memory=64>'
    done
}

@test "getarg is not called for keys that are not on the command line" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 0
        hook root=/dev/vda ro my.fadump_target.is=x fadump_typo=1
        is "$output" 'driver: 0 NEWROOT=/sysroot'
        [ ! -e "$M/asked" ]
        hook fadump_compress=lzo
        is "$output" 'driver: 1 NEWROOT=/sysroot <compress=lzo>'
        is "$(cat "$M/asked")" 'getarg fadump_compress='
    done
}

@test "a hostile word reaches the driver as one word, and is not executed" {
    for SH in "${SHELLS[@]}"; do
        for evil in '; touch $ROOT/evil' '$(touch $ROOT/evil)' '`touch $ROOT/evil`' 'a b  c' '*' "'" '"' '-e' \
            '\n' "$(printf %2000s x)"; do
            machine
            driver 0
            hook "fadump_target=$evil"
            is "$output" "driver: 1 NEWROOT=/sysroot <target=$evil>"
            [ ! -e "$M/evil" ]
        done
    done
}

@test "a driver that fails or is missing does not stop the boot" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 1
        hook
        is "$output" 'driver: 0 NEWROOT=/sysroot'
        rm "$M/usr/libexec/fadump-capture"
        hook
        # also in a shell with errexit
        sed -i '1i set -e' "$M/session"
        run env ROOT="$M" $SH "$M/session"
        [ "$status" -eq 0 ]
    done
}

# real: makes the hook run the real driver under $SH, with mount, umount and sync that do nothing
real() {
    machine
    printf '%s\n' "#!/bin/sh" "exec $SH -c '
        mount() { :; }; umount() { :; }; sync() { :; }; . \"\$0\"' \"\$ROOT/capture\" \"\$@\"" > "$M/run.sh"
    mv "$M/usr/libexec/fadump-capture" "$M/capture"
    mv "$M/run.sh" "$M/usr/libexec/fadump-capture"
    chmod +x "$M/usr/libexec/fadump-capture"
}

@test "rd.break with the real driver: nothing is copied or released before the prompt; one command saves the dump" {
    for SH in "${SHELLS[@]}"; do
        real
        hook rd.break fadump_target=ram: fadump_target=dir:/srv
        has result=waiting released=no armed=no
        [ ! -e "$M/copies" ]
        is "$(cat "$M/sys/kernel/fadump/registered")" 0
        is "$(grep -c '^fadump: ' <<< "$output")" 1
        grep -qF 'at the prompt, /usr/libexec/fadump-capture saves it' <<< "$output"
        # the hook before the emergency shell does not repeat the line
        AT=emergency hook rd.break
        is "$output" ''
        ROOT=$M run "$M/usr/libexec/fadump-capture"
        has result=saved released=yes armed=yes target=dir:/var/crash
    done
}

@test "the hook and the real driver together save a dump with the settings of the command line" {
    for SH in "${SHELLS[@]}"; do
        real
        hook fadump_target=dir:/srv/x rd.fadump.dump_level=1
        has result=saved released=yes armed=yes target=dir:/srv/x
        is "$(cat "$M/copies")" 'run --dump-level 1'
    done
}
