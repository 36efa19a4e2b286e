# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# evidence.sh - gather evidence from a machine, and examine it
# In:  LAB_HERE, this directory, for machine.sh; a running machine; $E, a directory for the evidence.
# Out: $E/NAME/..., the evidence of the moment NAME; functions that gather it, and functions that examine it.
# Does not know: assertions other than captured and memory_back.

# shellcheck source=machine.sh
. "$LAB_HERE/machine.sh"

# lab_ready PART...: build the missing parts; the progress is shown as TAP comments. Afterwards lab_part caches the
# directories of the parts.
lab_ready() {
    {
        "$LAB_HERE/lab" build "$@" || : > "$E/not-built"
    } 2>&1 | sed -u 's/^/# /' >&3
    [ ! -e "$E/not-built" ] || return
    export LAB_PARTS="$E/parts"
    mkdir -p "$LAB_PARTS"
}

# own_product [DIRECTORY]: install the product into the root of the machine, which must be off, or into a DIRECTORY of
# that root. A real machine has the product in its root as well as in its initramfs.
own_product() {
    machine_disk make -C "$LAB_HERE/../.." install ARCH=ppc64le CC="$("$LAB_HERE/../../helpers/deps.sh" cc ppc64le)" \
        DESTDIR="$M/disk${1-}" > "$E/install" 2>&1
}

# late_over: wait until the late capture of this boot has ended
late_over() {
    # shellcheck disable=SC2016 # expanded in the guest
    GUEST_SECONDS=300 guest 'until [ "$(systemctl show -P ExecMainExitTimestampMonotonic fadump-late)" -gt 0 ]; do
            sleep 1
        done'
}

# settled: wait until systemd has finished the boot, print its state ("running": no failed units)
settled() {
    GUEST_SECONDS=240 guest 'systemctl is-system-running --wait' || true
}

# gather NAME: copy the present state of the guest to $E/NAME: files of /proc, /sys and /run, and dmesg; has-vmcore and
# has-dump-node, which exist only if /proc/vmcore and the dump node of the firmware exist; resets, the number of resets
gather() {
    mkdir -p "$E/$1"
    # shellcheck disable=SC2016 # expanded in the guest
    guest 'rm -rf /run/evidence; mkdir /run/evidence; cd /run/evidence
        for f in /proc/meminfo /proc/cmdline /proc/mounts /proc/uptime /proc/iomem /proc/sys/kernel/random/boot_id \
            /sys/kernel/fadump/registered /sys/kernel/fadump/mem_reserved /run/fadump/status /run/fadump/log \
            /run/at-start; do
            [ ! -e "$f" ] || cat "$f" > "${f##*/}"
        done
        ls -l /proc/vmcore > vmcore-present 2>&1 && touch has-vmcore
        [ ! -e /proc/device-tree/rtas/ibm,kernel-dump ] || touch has-dump-node
        dmesg > dmesg
        tar -c .' | tar -x -C "$E/$1"
    machine_resets > "$E/$1/resets"
}

# hook_cost: extract the hooks of the module from $MACHINE_INITRAMFS (default: initramfs-mini), source all of them 20
# times in the shell of a machine that booted normally; print the seconds of one round, and the number of hooks
hook_cost() {
    local hooks
    # the hooks are below usr/lib or var/lib, depending on the version of dracut
    hooks=$(zstd -dc "${MACHINE_INITRAMFS:-$(lab_part initramfs-mini)}/initramfs.img" \
        | (cd "$E" && cpio -idm --quiet '*/dracut/hooks/*/*fadump*') \
        && cd "$E" && tar -c ./*/lib/dracut/hooks | base64 -w 0)
    guest "mkdir -p /run/hooks && cd /run/hooks && echo $hooks | base64 -d | tar -x
        set -- */lib/dracut/hooks/*/*; [ -e \$1 ] || exit 1
        read -r a _ < /proc/uptime
        for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            for h in \"\$@\"; do . ./\$h; done
        done
        read -r b _ < /proc/uptime
        echo \$a \$b \$# | awk '{ print (\$2 - \$1) / 20, \$3 }'"
}

# status NAME KEY: print the value of KEY in the status file of moment NAME; nothing if there is no such file or key
status() {
    [ ! -e "$E/$1/status" ] || sed -n "s/^$2=//p" "$E/$1/status"
}

# meminfo NAME KEY: print the value of KEY in /proc/meminfo of moment NAME, in kB
meminfo() {
    awk -v key="$2:" '$1 == key { print $2 }' "$E/$1/meminfo"
}

# captured NAME [KEY=VALUE]...: assert that at moment NAME the dump is saved, all memory is released and none held,
# /proc/vmcore is gone, the next dump is armed and registered, and the dump has every page of the pattern. KEY=VALUE
# adds an expectation about the status file, or replaces one of these expectations. "KEY=" expects that KEY is missing;
# "KEY=*" removes the expectation about KEY. These keys are not in the status file:
#   registered  the content of /sys/kernel/fadump/registered
#   vmcore      "present" or "gone": /proc/vmcore
#   pattern     the output of pattern.py about the dump; empty if it was not run
# Prints a line for each difference: KEY, the expected value, the found value.
captured() {
    local moment=$1 differences=0 key expected found later
    shift
    set -- result=saved released=yes held_bytes=0 armed=yes registered=1 vmcore=gone \
        'pattern=pages=1024 absent=0 differs=0' "$@"
    while [ $# -gt 0 ]; do
        key=${1%%=*} expected=${1#*=}
        shift
        for later; do case $later in "$key="*) continue 2 ;; esac done
        [ "$expected" != '*' ] || continue
        case $key in
            registered | pattern) found=$(cat "$E/$moment/$key" 2> /dev/null || true) ;;
            vmcore) if [ -e "$E/$moment/has-vmcore" ]; then found=present; else found=gone; fi ;;
            *) found=$(status "$moment" "$key") ;;
        esac
        # only the status of a phyp-assisted dump has held_bytes
        case $key:$found in held_bytes:) found=0 ;; esac
        [ "$found" != "$expected" ] || continue
        differences=$((differences + 1))
        printf "captured %s: %s: expected '%s', found '%s'\n" "$moment" "$key" "$expected" \
            "$(printf %s "$found" | tr '\n' ' ')"
    done
    [ $differences -eq 0 ]
}

# memory_back BEFORE AFTER: assert that MemTotal at moment AFTER is at least 98 % of MemTotal at moment BEFORE. Without
# fadump=nocma, the reserved area is subtracted from MemTotal at moment BEFORE
memory_back() {
    local before after lost
    before=$(meminfo "$1" MemTotal)
    after=$(meminfo "$2" MemTotal)
    # mem_reserved is in bytes. As CMA, the reserved area is part of MemTotal before the crash, not after the release.
    lost=$(($(cat "$E/$1/mem_reserved") / 1024))
    ! grep -q fadump=nocma "$E/$1/cmdline" || lost=0
    echo "before $before kB, after $after kB, reserved and not released $lost kB"
    [ $((after * 100)) -ge $(((before - lost) * 98)) ]
}

# pattern NAME SEED: fill memory in the guest, before the crash after which NAME is gathered; prints the process id.
# On return the pattern is in memory, and the PFNs of its pages are on the disk.
pattern() {
    guest "setsid pattern /var/lib/pattern-$1 $2 > /run/pattern.out 2>&1 &
        until grep -q ready /run/pattern.out; do sleep 0.1; done; pidof pattern"
}

# capture_cmdline FILE [APPENDED]: print the exact /proc/cmdline of a capture boot. FILE is the command line that QEMU
# was started with; the kernel appends a space and the argument area, which is empty or APPENDED
# (fadump_append_bootargs() in arch/powerpc/kernel/fadump.c).
capture_cmdline() {
    printf '%s %s\n' "$(cat "$1")" "${2-}"
}

# seen_by_drgn FILE SCRIPT [ARGUMENT]...: run SCRIPT with drgn on the dump FILE of the stopped machine; FILE is relative
# to the root of the machine. libkdumpfile cannot translate virtual addresses of these kernels, so drgn has to walk the
# page tables itself for kdump-compressed files.
seen_by_drgn() {
    local file=$1
    shift
    machine_disk env "TREE=$(lab_part tree)" DRGN_PREFER_PGTABLE_READER=1 "$LAB_HERE/tree-exec" \
        drgn -q -c "$file" -s "$(lab_part "${MACHINE_KERNEL:-kernel}")/vmlinux.debug" "$@"
}

# outside NAME: examine the dump of moment NAME with drgn, from outside the machine: the output of look.py is in
# $E/NAME/drgn, the output of pattern.py in $E/NAME/pattern
outside() {
    local file
    file=$(status "$1" path)
    seen_by_drgn "${file#/}" "$LAB_HERE/look.py" > "$E/$1/drgn" 2>&1 || true
    seen_by_drgn "${file#/}" "$LAB_HERE/pattern.py" "var/lib/pattern-$1" > "$E/$1/pattern" 2>&1 || true
}
