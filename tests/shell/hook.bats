#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hook.bats - the sourced hook: when it runs the driver, with what, and that it leaves no trace
#
# Fake: getcmdline, getarg, getargs, getargbool and warn of dracut (over a list of words), and the driver.

# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # $ for another shell; SH, SHELLS, status, calls
load machine

# hook WORD...: sources the hook as dracut does; WORDs are the kernel command line, kept in
# files so that they can hold anything. Any trace left in the sourcing shell is an error.
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
cd /
set -- first second
state="$- $* $(umask)" left=0
set > "$ROOT/before"
. "$ROOT/fadump-hook.sh"
left=$?
set > "$ROOT/after"
[ "$state" = "$- $* $(umask)" ] && [ "$PWD" = / ] && [ "$left" = 0 ] || echo "TRACE: $- $* $PWD $left"
if command -v fadump_hook; then echo "TRACE: function"; fi
END
    cp "$MODULE/fadump-hook.sh" "$M/"
    run env -i PATH="$PATH:$M/dracut" ROOT="$M" $SH "$M/session"
    echo "$output"
    [ "$status" -eq 0 ]
    lacks TRACE "$output"
    diff <(grep -vE '^(_|LINENO|PIPESTATUS|BASH_[A-Z]*)=' "$M/before") <(grep -vE '^(_|LINENO|PIPESTATUS|BASH_[A-Z]*)=' "$M/after")
}

driver() {
    # as dracut has it since getargs is more than shell
    mkdir -p "$M/dracut"
    install -m 755 /dev/null "$M/dracut/dracut-getargs"
    cat > "$M/usr/libexec/fadump-capture" << END
#!/bin/sh
printf 'driver: %s NEWROOT=%s' "\$#" "\$NEWROOT"
[ "\$#" -eq 0 ] || printf ' <%s>' "\$@"
echo
cat > /dev/null # standard input is at its end
exit $1
END
    chmod +x "$M/usr/libexec/fadump-capture"
}

@test "a normal boot: the driver is not run, dracut is not asked, no program is started" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 0
        rm "$M/proc/vmcore" "$M/proc/device-tree/rtas/ibm,kernel-dump"
        hook fadump_target=dir:/x
        is "$output" ''
        [ ! -e "$M/asked" ]
        run env -i ROOT="$M" PATH=/nonexistent "$(command -v ${SH%% *})" ${SH#"${SH%% *}"} "$M/fadump-hook.sh"
        is "$status:$output" 0:
    done
}

@test "each sign of a dump runs the driver" {
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

@test "a second hook, after an emergency shell or before one: only what failed and is all held is tried again" {
    for SH in "${SHELLS[@]}"; do
        for was in saved:yes saved:no discarded:yes nothing:no left:no failed:yes failed:part; do
            machine
            driver 0
            mkdir "$M/run/fadump"
            printf 'kind=fadump\nresult=%s\nreleased=%s\nreason=result=failed\n' "${was%:*}" "${was#*:}" > "$M/run/fadump/status"
            hook
            is "$output" ''
        done
        printf 'kind=fadump\nresult=failed\nreleased=no\nreason=x\n' > "$M/run/fadump/status"
        hook fadump_target=raw:/dev/vdb
        is "$output" 'driver: 1 NEWROOT=/sysroot <target=raw:/dev/vdb>'
    done
}

@test "rd.fadump=0 switches it off, and says that a dump is left" {
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

@test "fadump_target= wins over rd.fadump.target=; -d, which warns, is not used" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 0
        hook rd.fadump.target=dir:/alias
        is "$output" 'driver: 1 NEWROOT=/sysroot <target=dir:/alias>'
        hook fadump_target=dir:/plain rd.fadump.target=dir:/alias
        is "$output" 'driver: 1 NEWROOT=/sysroot <target=dir:/plain>'
        hook fadump_target=
        is "$output" 'driver: 0 NEWROOT=/sysroot'
        # several are a list, in their order
        hook fadump_target=dir:/b rd.fadump.target=dir:/alias fadump_target=none fadump_target= 'fadump_target=dir:/a b'
        is "$output" 'driver: 3 NEWROOT=/sysroot <target=dir:/b> <target=none> <target=dir:/a b>'
        file_lacks ' -d' "$M/asked"
    done
}

@test "several targets from a dracut that gives them in one line" {
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

@test "every key of fadump.conf has a word and its alias on the command line" {
    local key keys words
    # but for those that say what goes into the initramfs
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

@test "of what is not on the command line dracut is not asked" {
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

@test "hostile words arrive as one word, and nothing is run" {
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

@test "a driver that fails, or is missing, does not fail the boot" {
    for SH in "${SHELLS[@]}"; do
        machine
        driver 1
        hook
        is "$output" 'driver: 0 NEWROOT=/sysroot'
        rm "$M/usr/libexec/fadump-capture"
        hook
        # with a shell that stops at errors, too
        sed -i '1i set -e' "$M/session"
        run env ROOT="$M" $SH "$M/session"
        [ "$status" -eq 0 ]
    done
}

@test "hook and real driver together: from the command line to the dump" {
    for SH in "${SHELLS[@]}"; do
        machine
        # the interpreter of the initramfs, with the fakes in front
        printf '%s\n' "#!/bin/sh" "exec $SH -c '
            mount() { :; }; sync() { :; }; . \"\$0\"' \"\$ROOT/capture\" \"\$@\"" > "$M/run.sh"
        mv "$M/usr/libexec/fadump-capture" "$M/capture"
        mv "$M/run.sh" "$M/usr/libexec/fadump-capture"
        chmod +x "$M/usr/libexec/fadump-capture"
        hook fadump_target=dir:/srv/x rd.fadump.dump_level=1
        has result=saved released=yes armed=yes target=dir:/srv/x
        is "$(cat "$M/copies")" 'run --dump-level 1'
    done
}
