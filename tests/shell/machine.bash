# SPDX-License-Identifier: GPL-2.0-or-later
#
# machine.bash - a whole machine in a folder, for the tests of the dracut module
#
# Loaded by the *.bats files here. The files under test are executed by each shell an
# initramfs may have, never sourced into bats, which is bash and would accept bashisms.
# Real: all of modules.d/50fadump, the file system, od, mkdir, mv. Fake: the kernel's
# files, fadump-copy (only what it decides: exit status and files) and mount.

# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2086
MODULE=$BATS_TEST_DIRNAME/../../modules.d/50fadump
SHELLS=(dash 'busybox ash' 'bash --posix')

# machine: a PowerVM guest in the boot after a crash, in $M. All writes that matter go into
# one pipe, $M/calls, so that their order is known: release_mem ("1"), soft_offline_page
# (the address) and the fakes, which also note what `registered` holds at that moment.
machine() {
    M=$BATS_TEST_TMPDIR/machine
    echo "shell: $SH"
    rm -rf "$M"
    mkdir -p "$M"/proc/device-tree/rtas "$M"/sys/kernel/fadump "$M"/sys/devices/system/memory/memory{1,3} \
        "$M"/usr/lib/fadump "$M"/usr/libexec "$M"/etc "$M"/run "$M"/sysroot/var "$M"/sysroot/etc "$M"/fake "$M"/bin
    cp "$MODULE"/*.sh "$M/usr/lib/fadump/"
    cp "$MODULE/fadump-capture" "$M/usr/libexec/"
    mkfifo "$M/calls"
    exec 7<> "$M/calls"

    echo 'memory of the dead' > "$M/proc/vmcore"
    echo '12.34 20.00' > "$M/proc/uptime"
    [ -e "$BATS_FILE_TMPDIR/node" ] \
        || dump_node 1:805306368:4096 2:0:0 17:0:805306368 256:4294965248:2048 > "$BATS_FILE_TMPDIR/node"
    cp "$BATS_FILE_TMPDIR/node" "$M/proc/device-tree/rtas/ibm,kernel-dump"
    echo "/dev/vda2 $M/sysroot ext4 rw,relatime 0 0" > "$M/proc/mounts"
    ln -s ../../../calls "$M/sys/kernel/fadump/release_mem"
    echo 0 > "$M/sys/kernel/fadump/registered"
    echo 805372336 > "$M/sys/kernel/fadump/mem_reserved" # ends inside the page at 0x60010000
    mkdir -p "$M/proc/self"
    printf '%s\n' '100000-200000 r-xp' 'Size: 64 kB' 'KernelPageSize: 64 kB' > "$M/proc/self/smaps"
    echo ' fadump_dump_level=23' > "$M/sys/kernel/fadump/bootargs_append"
    ln -s ../../../../calls "$M/sys/devices/system/memory/soft_offline_page"
    echo 40000000 > "$M/sys/devices/system/memory/block_size_bytes"
    echo online | tee "$M"/sys/devices/system/memory/memory{1,3}/state > /dev/null

    fake mount 'note "mount $*"'
    mkdir -p "$M/usr/bin" "$M/usr/sbin"
    fake umount 'note "umount $*"'
    fake modprobe 'note "modprobe $*"'
    fake ip 'exit 2' # no network
    fake sync 'note sync'
    fake od 'note od; exec od "$@"'
    fake date 'note date; case $* in *T*) echo 2026-11-21T21:03:05Z ;; *) echo 2026-11-21-21:03:05 ;; esac'
    copier 0
}

# running: the same machine after that boot went on, with its dump still held.
running() {
    machine
    mkdir -p "$M/usr/lib/dracut/modules.d"
    mv "$M/usr/lib/fadump" "$M/usr/lib/dracut/modules.d/50fadump"
    mv "$M/usr/libexec/fadump-capture" "$M/usr/lib/dracut/modules.d/50fadump/"
    rm -r "$M/sysroot"
    mkdir "$M/var"
    echo "/dev/vda2 $M ext4 rw,relatime 0 0" > "$M/proc/mounts"
}

# fake NAME BODY: a command of the machine; note TEXT in BODY writes into the pipe.
fake() {
    cat > "$M/fake/$1" << END
#!/bin/sh
note() {
    read -r armed < "\$ROOT/sys/kernel/fadump/registered"
    echo "\$* registered=\$armed" > "\$ROOT/calls"
} 2> /dev/null
$2
END
    chmod +x "$M/fake/$1"
}

# program NAME BODY: a fake that is found in PATH, for what no shell brings along.
program() {
    fake "$@"
    mv "$M/fake/$1" "$M/bin/$1"
}

# copier STATUS [REFUSED]: fadump-copy as seen from outside, ending with STATUS, or with 2 before
# anything is written when an argument is REFUSED. What it is asked for is in $M/copies, a line a run.
copier() {
    fake fadump-copy '
    echo "$*" | sed "s|.*/vmcore --report [^ ]*|run|; s| --file .*||; s|$ROOT||g" >> "$ROOT/copies"
    for word; do [ "$word" != '"${2:-none-is}"' ] || { echo "fadump-copy: no $word" >&2; exit 2; }; done
    while [ $# -gt 0 ]; do case $1 in
        --file) file=$2 ;; --report) report=$2 ;; --source) source=$2 ;; --block) file=$2 block=yes ;; --stream) stream=yes ;;
        --dmesg) echo "last words"; exit ;;
    esac; shift; done
    note copy; echo "fadump-copy: a line of its own" >&2
    if [ -n "${stream-}" ]; then
        cat "$source"
        printf "bytes=19\nlost_pages=0\n" > "$report"
        exit '"$1"'
    elif [ -n "${block-}" ]; then
        cp "$source" "$file"
        printf "bytes=19\nlost_pages=0\n" > "$report"
        exit '"$1"'
    fi
    cp "$source" "$file.incomplete" || exit 4
    lost=0
    case '"$1"' in 0 | 7) mv "$file.incomplete" "$file" ;; 1) mv "$file.incomplete" "$file"; lost=1 ;; esac
    printf "bytes=19\nstored_bytes=12\nlost_pages=%s\nexcluded_pages=5\nconstant_pages=3\nseconds=0.5\n" "$lost" > "$report"
    printf "format=kdump\ncompress=zstd\ndump_level=31\n" >> "$report"
    exit '"$1"
    mv "$M/fake/fadump-copy" "$M/usr/libexec/fadump-copy"
}

# ends: the machine has systemd, which ends the driver when it is told to, as it ends everything.
ends() {
    mkdir -p "$M/run/systemd/system"
    fake systemctl 'note "systemctl $*"; cp "$ROOT/run/fadump/status" "$ROOT/run/fadump/status.then"; kill -TERM "$PPID"; while kill -0 "$PPID" 2> /dev/null; do /bin/sleep 0.02; done'
    mv "$M/fake/systemctl" "$M/usr/bin/"
}

# dump_node TYPE:ADDRESS:LENGTH... : prints rtas/ibm,kernel-dump with these sections.
# COUNT=, FIRST= and VERSION= in the environment lie in its header.
dump_node() {
    local section type address length
    be 4 "${VERSION:-1}"
    be 2 "${COUNT:-$#}"
    be 2 49152
    be 4 "${FIRST:-40}"
    be 4 0
    be 8 0
    be 8 0
    be 8 0
    for section in "$@"; do
        IFS=: read -r type address length <<< "$section"
        be 4 1
        be 2 "$type"
        be 2 0
        be 8 "$address"
        be 8 "$length"
        be 8 "$length"
        be 8 "$address"
    done
}

# be BYTES NUMBER: prints NUMBER in big endian.
be() {
    local hex i
    printf -v hex "%0$(($1 * 2))x" "$2"
    for ((i = 0; i < $1 * 2; i += 2)); do printf '%b' "\\x${hex:i:2}"; done
}

# capture [KEY=VALUE]...: runs the driver in $M under $SH. Functions come before the commands a
# busybox brings along; those that only ever run in the background are the fake itself, so that
# a deadline ends it. Sets $status, $output and $calls.
capture() {
    capture_as /sysroot "$M/usr/libexec/fadump-capture" "$@"
}

# capture_as NEWROOT DRIVER [KEY=VALUE]...
capture_as() {
    local line newroot="$1"
    shift
    run env ROOT="$M" NEWROOT="$newroot" PATH="$M/bin:$PATH" $SH -c '
        mount() { exec "$ROOT/fake/mount" "$@"; }
        umount() { exec "$ROOT/fake/umount" "$@"; }
        ip() { exec "$ROOT/fake/ip" "$@"; }
        modprobe() { exec "$ROOT/fake/modprobe" "$@"; }
        sync() { exec "$ROOT/fake/sync" "$@"; }
        od() { "$ROOT/fake/od" "$@"; }
        date() { "$ROOT/fake/date" "$@"; }
        . "$0"' "$@"
    echo end >&7
    calls=''
    while read -r line <&7 && [ "$line" != end ]; do
        case $line in
            date*) calls+="- registered=${line##*=}"$'\n' ;;
            *) calls+=$line$'\n' ;;
        esac
    done
    echo "$output"
    echo "calls:" $calls
    cat "$M/run/fadump/status"
}

# has LINE...: each LINE is in the status file, as a whole line.
has() {
    local line
    for line in "$@"; do
        grep -qxF -- "$line" "$M/run/fadump/status" || {
            echo "status lacks: $line"
            return 1
        }
    done
}

# Nothing was given back, nothing taken out of use, nothing armed.
untouched() {
    lacks '^(1|0x.*)$' "$calls"
    [ "$(cat "$M/sys/kernel/fadump/registered")" = 0 ]
    [ "$(cat "$M"/sys/devices/system/memory/memory?/state | sort -u)" = online ]
    has released=no armed=no
}

# lacks REGEX TEXT: no line of TEXT matches ("! grep" would not end a test in bats).
lacks() {
    if grep -E -- "$1" <<< "$2"; then
        echo "must not be there: $1"
        return 1
    fi
}

# file_lacks REGEX FILE...: they are there, and no line of them matches.
file_lacks() {
    local text
    text=$(cat "${@:2}") && lacks "$1" "$text"
}

is() {
    [ "$1" = "$2" ] || {
        printf 'is:     %s\nwanted: %s\n' "$1" "$2"
        return 1
    }
}
