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

# status NAME KEY: the value of a key of the status file at that moment; nothing when there was none
status() {
    [ ! -e "$E/$1/status" ] || sed -n "s/^$2=//p" "$E/$1/status"
}

# meminfo NAME KEY: kilobytes
meminfo() {
    awk -v key="$2:" '$1 == key { print $2 }' "$E/$1/meminfo"
}

# capture_cmdline FILE: what /proc/cmdline of a capture boot has to be, byte for byte, when QEMU was given FILE: the kernel
# appends a space and the argument area, which is empty (fadump_append_bootargs in arch/powerpc/kernel/fadump.c)
capture_cmdline() {
    printf '%s \n' "$(cat "$1")"
}

# outside FILE: look.py and check-pattern on a dump of the stopped machine, from outside
outside() {
    local bad=0
    machine_disk env "TREE=$(lab_part tree)" "$LAB_HERE/tree-exec" \
        drgn -q -c "$1" -s "$(lab_part kernel)/vmlinux.debug" "$LAB_HERE/look.py" > "$E/drgn" 2>&1 || true
    machine_disk "$LAB_HERE/check-pattern" "$1" var/lib/pattern > "$E/pattern" 2>&1 || bad=$?
    echo $bad > "$E/pattern.status"
}
