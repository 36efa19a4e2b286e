# SPDX-License-Identifier: GPL-2.0-or-later
#
# machine.bash - a machine in a directory, for the tests of the dracut module
#
# Most *.bats files here load it. Each shell that an initramfs may have executes the files under test; bats never
# sources these files, because bats is bash and would accept bashisms.
# Real: all of modules.d/50fadump, fadump-tool, the file system, mkdir, mv. Fake: the kernel's files, mount,
# umount, modprobe, ip, sync, date, and fadump-copy, which only copies /proc/vmcore and ends with a given status.

# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2086
MODULE=$BATS_TEST_DIRNAME/../../modules.d/50fadump
TOOL=$BATS_TEST_DIRNAME/../../build/$(uname -m)/fadump-tool
SHELLS=(dash 'bash --posix')
# make check-more: busybox ash; make check-fast and tests/mutants/run: dash, because one shell finds a broken line
[ -z "${TEST_SHELL-}" ] || SHELLS=("$TEST_SHELL")

# machine: makes a PowerVM guest in the boot after a crash, in $M. One pipe, $M/calls, records the order of all
# important writes: release_mem ("1"), soft_offline_page (the address) and the calls of fakes, with the content of
# `registered` at the time of the call.
machine() {
    M=$BATS_TEST_TMPDIR/machine
    echo "shell: $SH"
    rm -rf "$M"
    [ -e "$BATS_FILE_TMPDIR/machine" ] || {
        M=$BATS_FILE_TMPDIR/machine.new machine_first
        mv "$BATS_FILE_TMPDIR/machine.new" "$BATS_FILE_TMPDIR/machine"
    }
    cp -R --preserve=mode "$BATS_FILE_TMPDIR/machine" "$M"
    exec 7<> "$M/calls"
    echo "/dev/vda2 $M/sysroot ext4 rw,relatime 0 0" > "$M/proc/mounts"
}

# machine_first: makes the machine that the tests of a file copy, because making a machine needs a hundred processes
machine_first() {
    mkdir -p "$M"/proc/device-tree/rtas "$M"/sys/kernel/fadump "$M"/sys/devices/system/memory/memory{1,3} \
        "$M"/dev "$M"/usr/lib/fadump "$M"/usr/libexec "$M"/etc "$M"/run "$M"/sysroot/var "$M"/sysroot/etc "$M"/fake "$M"/bin
    cp -R "$MODULE"/* "$M/usr/lib/fadump/"
    mv "$M/usr/lib/fadump/capture" "$M/usr/libexec/fadump-capture"
    mkfifo "$M/calls"
    cp "$TOOL" "$M/usr/libexec/"

    echo 'memory of the dead' > "$M/proc/vmcore"
    echo '12.34 20.00' > "$M/proc/uptime"
    dump_node 1:805306368:4096 2:0:0 17:0:805306368 256:4294965248:2048 > "$M/proc/device-tree/rtas/ibm,kernel-dump"
    ln -s ../../../calls "$M/sys/kernel/fadump/release_mem"
    echo 0 > "$M/sys/kernel/fadump/registered"
    echo 805372336 > "$M/sys/kernel/fadump/mem_reserved" # ends inside the page at 0x60010000
    mkdir -p "$M/proc/self"
    printf '%s\n' '100000-200000 r-xp' 'Size: 64 kB' 'KernelPageSize: 64 kB' > "$M/proc/self/smaps"
    echo ' fadump_dump_level=23' > "$M/sys/kernel/fadump/bootargs_append"
    ln -s ../../../../calls "$M/sys/devices/system/memory/soft_offline_page"
    echo 40000000 > "$M/sys/devices/system/memory/block_size_bytes"
    echo online | tee "$M"/sys/devices/system/memory/memory{1,3}/state > /dev/null

    # the fakes of mount and umount update the table of mounts; a remount changes nothing that the driver reads
    fake mount 'note "mount $*"
        for word; do from=${at-} at=$word; done
        case $* in *remount*) ;; *) echo "$from $at ext4 rw 0 0" >> "$ROOT/proc/mounts" ;; esac'
    mkdir -p "$M/usr/bin" "$M/usr/sbin"
    fake umount 'note "umount $*"
        for word; do at=$word; done
        grep -v " $at " "$ROOT/proc/mounts" > "$ROOT/proc/mounts.new"; mv "$ROOT/proc/mounts.new" "$ROOT/proc/mounts"'
    fake modprobe 'note "modprobe $*"'
    fake ip 'exit 2' # no network
    fake sync 'note sync'
    fake date 'note date; case $* in *T*) echo 2026-11-21T21:03:05Z ;; *) echo 2026-11-21-21:03:05 ;; esac'
    copier 0
}

# moves: makes a real root with systemd, and with fadump-save and its service, which moves a dump out of memory
moves() {
    local save=usr/lib/systemd/system/fadump-save.service
    mkdir -p "$M/sysroot/${save%/*}" "$M/sysroot/usr/sbin" "$M/sysroot/etc/systemd/system"
    cp "$BATS_TEST_DIRNAME/../../conf/fadump-save.service" "$M/sysroot/$save"
    install -m 755 /dev/null "$M/sysroot/usr/sbin/fadump-save"
    ln -s usr/sbin "$M/sysroot/sbin"
    ln -s ../lib/systemd/systemd "$M/sysroot/usr/sbin/init"
}

# on_systemd: makes a real root with systemd, and with fadump-late.service
on_systemd() {
    mkdir -p "$M/sysroot/usr/lib/systemd/system" "$M/sysroot/usr/sbin"
    : > "$M/sysroot/usr/lib/systemd/system/fadump-late.service"
    ln -s usr/sbin "$M/sysroot/sbin"
    ln -s ../lib/systemd/systemd "$M/sysroot/usr/sbin/init"
}

# running: makes the same machine after the boot continued, with the memory of the dump still reserved
running() {
    machine
    mkdir -p "$M/usr/lib/dracut/modules.d"
    mv "$M/usr/lib/fadump" "$M/usr/lib/dracut/modules.d/50fadump"
    mv "$M/usr/libexec/fadump-capture" "$M/usr/lib/dracut/modules.d/50fadump/capture"
    rm -r "$M/sysroot"
    mkdir "$M/var"
    echo "/dev/vda2 $M ext4 rw,relatime 0 0" > "$M/proc/mounts"
}

# fake NAME BODY: makes a fake command of the machine; note TEXT in BODY writes to the pipe
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

# program NAME BODY: makes a fake in PATH, for a command that is no builtin of the shell under test
program() {
    fake "$@"
    mv "$M/fake/$1" "$M/bin/$1"
}

# copier STATUS [REFUSED]: makes a fake fadump-copy that ends with STATUS, or with 2, a message and no dump if
# one of its arguments is REFUSED. $M/copies has the options of each run, one line for a run.
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
    printf "bytes=19\nstored_bytes=12\nlost_pages=%s\nexcluded_pages=5\ncache_pages=4\nfree_pages=1\nuser_pages=0\nconstant_pages=3\nseconds=0.5\n" "$lost" > "$report"
    printf "format=kdump\ncompress=zstd\ndump_level=31\n" >> "$report"
    exit '"$1"
    mv "$M/fake/fadump-copy" "$M/usr/libexec/fadump-copy"
}

# tool_first BODY COMMAND: makes BODY run before "fadump-tool COMMAND"
tool_first() {
    local next="$M/usr/libexec/fadump-tool.$2"
    mv "$M/usr/libexec/fadump-tool" "$next"
    fake fadump-tool "[ \"\$1\" != $2 ] || { $1; }; exec $next \"\$@\""
    mv "$M/fake/fadump-tool" "$M/usr/libexec/"
}

# ends: makes a fake systemctl that copies the status to status.then and ends the driver, as systemd ends all processes
# before a reboot
ends() {
    mkdir -p "$M/run/systemd/system"
    fake systemctl 'note "systemctl $*"; cp "$ROOT/run/fadump/status" "$ROOT/run/fadump/status.then"; kill -TERM "$PPID"; while kill -0 "$PPID" 2> /dev/null; do /bin/sleep 0.02; done'
    mv "$M/fake/systemctl" "$M/usr/bin/"
}

# dump_node TYPE:ADDRESS:LENGTH...: prints rtas/ibm,kernel-dump with these sections. COUNT=, FIRST= and VERSION= in
# the environment put false values into its header.
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

# be BYTES NUMBER: prints NUMBER as BYTES bytes, big-endian
be() {
    local hex i
    printf -v hex "%0$(($1 * 2))x" "$2"
    for ((i = 0; i < $1 * 2; i += 2)); do printf '%b' "\\x${hex:i:2}"; done
}

# capture [KEY=VALUE]...: runs the driver in $M under $SH; sets $status, $output and $calls. Fakes of commands that
# busybox has itself are functions. They exec the fake, so that a deadline ends the fake and not only a shell.
capture() {
    capture_as /sysroot "$M/usr/libexec/fadump-capture" "$@"
}

# capture_as NEWROOT DRIVER [KEY=VALUE]...: does the same as capture(), with this NEWROOT and DRIVER
capture_as() {
    local line newroot="$1"
    shift
    run env ROOT="$M" NEWROOT="$newroot" PATH="$M/bin:$PATH" $SH -c '
        mount() { exec "$ROOT/fake/mount" "$@"; }
        umount() { exec "$ROOT/fake/umount" "$@"; }
        ip() { exec "$ROOT/fake/ip" "$@"; }
        modprobe() { exec "$ROOT/fake/modprobe" "$@"; }
        sync() { exec "$ROOT/fake/sync" "$@"; }
        date() { exec "$ROOT/fake/date" "$@"; }
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

# has LINE...: checks that each LINE is a line of the status file
has() {
    local line
    for line in "$@"; do
        grep -qxF -- "$line" "$M/run/fadump/status" || {
            echo "status lacks: $line"
            return 1
        }
    done
}

# untouched: checks that no memory was released, no page retired, and no dump armed
untouched() {
    lacks '^(1|0x.*)$' "$calls"
    [ "$(cat "$M/sys/kernel/fadump/registered")" = 0 ]
    [ "$(cat "$M"/sys/devices/system/memory/memory?/state | sort -u)" = online ]
    has released=no armed=no
}

# lacks REGEX TEXT: checks that no line of TEXT matches REGEX ("! grep" would not end a test in bats)
lacks() {
    if grep -E -- "$1" <<< "$2"; then
        echo "the lines above must not match: $1"
        return 1
    fi
}

# file_lacks REGEX FILE...: checks that the FILEs exist, and no line of them matches REGEX
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
