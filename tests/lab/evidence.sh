# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# evidence.sh - what the machine tests gather once and then look at
# In:  LAB_HERE, this directory, for machine.sh; a running machine; $E, a directory for the evidence.
# Out: $E/NAME/... for every moment that was gathered, and small questions about it.
# Does not know: what is right.

# shellcheck source=machine.sh
. "$LAB_HERE/machine.sh"

# lab_ready PART...: build what is missing; its progress as TAP comments
lab_ready() {
    {
        "$LAB_HERE/lab" build "$@" || : > "$E/not-built"
    } 2>&1 | sed -u 's/^/# /' >&3
    [ ! -e "$E/not-built" ]
}

# own_product: into the root of the machine, which is off, too, as on any machine that has an initramfs with it
own_product() {
    machine_disk make -C "$LAB_HERE/../.." install ARCH=ppc64le CC=powerpc64le-linux-musl-gcc DESTDIR="$M/disk" > "$E/install" 2>&1
}

# late_over: when the late capture of this boot has ended
late_over() {
    # shellcheck disable=SC2016 # expanded in the guest
    GUEST_SECONDS=300 guest 'until [ "$(systemctl show -P ExecMainExitTimestampMonotonic fadump-late)" -gt 0 ]; do sleep 1; done'
}

# settled: what systemd says once everything that boots has been started
settled() {
    GUEST_SECONDS=240 guest 'systemctl is-system-running --wait' || true
}

# gather NAME: copy out what the guest says of itself now, as files of /proc and /sys and of /run/fadump
gather() {
    mkdir -p "$E/$1"
    # shellcheck disable=SC2016 # expanded in the guest
    guest 'rm -rf /run/evidence; mkdir /run/evidence; cd /run/evidence
        for f in /proc/meminfo /proc/cmdline /proc/mounts /proc/uptime /proc/iomem /proc/sys/kernel/random/boot_id \
            /sys/kernel/fadump/registered /sys/kernel/fadump/mem_reserved /run/fadump/status /run/fadump/log /run/at-start; do
            [ ! -e "$f" ] || cat "$f" > "${f##*/}"
        done
        ls -l /proc/vmcore > vmcore-present 2>&1 && touch has-vmcore
        [ ! -e /proc/device-tree/rtas/ibm,kernel-dump ] || touch has-dump-node
        dmesg > dmesg
        tar -c .' | tar -x -C "$E/$1"
    machine_resets > "$E/$1/resets"
}

# hook_cost: the hooks as they are in the initramfs, initramfs-mini if no other is said, sourced 20 times by the shell of a machine that booted normally; seconds for one
hook_cost() {
    local hooks
    hooks=$(zstd -dc "${MACHINE_INITRAMFS:-$(lab_part initramfs-mini)}/initramfs.img" | (cd "$E" && cpio -idm --quiet 'var/lib/dracut/hooks/*/*fadump*') \
        && cd "$E" && tar -c var/lib/dracut/hooks | base64 -w 0)
    guest "mkdir -p /run/hooks && cd /run/hooks && echo $hooks | base64 -d | tar -x
        set -- var/lib/dracut/hooks/*/*; [ -e \$1 ] || exit 1
        read -r a _ < /proc/uptime
        for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do for h in \"\$@\"; do . ./\$h; done; done
        read -r b _ < /proc/uptime
        echo \$a \$b \$# | awk '{ print (\$2 - \$1) / 20, \$3 }'"
}

# status NAME KEY: the value of a key of the status file at that moment; nothing when there was none
status() {
    [ ! -e "$E/$1/status" ] || sed -n "s/^$2=//p" "$E/$1/status"
}

# meminfo NAME KEY: kilobytes
meminfo() {
    awk -v key="$2:" '$1 == key { print $2 }' "$E/$1/meminfo"
}

# memory_back BEFORE AFTER: is the memory of one moment there at the other, within 2 % less the reserved area where that was CMA?
memory_back() {
    local before after lost
    before=$(meminfo "$1" MemTotal)
    after=$(meminfo "$2" MemTotal)
    # bytes; as CMA it counted before the crash, and it stays reserved in the boot that has released
    lost=$(($(cat "$E/$1/mem_reserved") / 1024))
    ! grep -q fadump=nocma "$E/$1/cmdline" || lost=0
    echo "before $before kB, after $after kB, documented as lost $lost kB"
    [ $((after * 100)) -ge $(((before - lost) * 98)) ]
}

# pattern NAME SEED: fill memory in the guest before the crash that NAME will be gathered after; prints the process id.
# When it returns the pattern is in memory, and its places are on the disk.
pattern() {
    guest "setsid pattern /var/lib/pattern-$1 $2 > /run/pattern.out 2>&1 &
        until grep -q ready /run/pattern.out; do sleep 0.1; done; pidof pattern"
}

# capture_cmdline FILE [APPENDED]: what /proc/cmdline of a capture boot has to be, byte for byte, when QEMU was given FILE: the
# kernel appends a space and the argument area, which is empty or APPENDED (fadump_append_bootargs in arch/powerpc/kernel/fadump.c)
capture_cmdline() {
    printf '%s %s\n' "$(cat "$1")" "${2-}"
}

# seen_by_drgn FILE SCRIPT [ARGUMENT]...: run it on a dump of the stopped machine, from outside. libkdumpfile does not know the
# address space of these kernels: with kdump-compressed files drgn has to walk the page tables itself.
seen_by_drgn() {
    local file=$1
    shift
    machine_disk env "TREE=$(lab_part tree)" DRGN_PREFER_PGTABLE_READER=1 "$LAB_HERE/tree-exec" \
        drgn -q -c "$file" -s "$(lab_part "${MACHINE_KERNEL:-kernel}")/vmlinux.debug" "$@"
}

# outside NAME: the dump of that moment, from outside: what drgn sees in it and of the pattern that was there before the crash.
# $E/NAME/drgn has the lines of look.py, $E/NAME/pattern the line of pattern.py.
outside() {
    local file
    file=$(status "$1" path)
    seen_by_drgn "${file#/}" "$LAB_HERE/look.py" > "$E/$1/drgn" 2>&1 || true
    seen_by_drgn "${file#/}" "$LAB_HERE/pattern.py" "var/lib/pattern-$1" > "$E/$1/pattern" 2>&1 || true
}
