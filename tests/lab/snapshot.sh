# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # used by machine.sh
#
# snapshot.sh - continue a snapshot of a booted machine instead of booting one
# In:  sourced by machine.sh; uses its functions and the $MACHINE_... variables.
# Out: machine_ready, which machine.sh describes; the directory $LAB/snapshot-FLAVOUR-KEY, made when it is missing, with
#      state (of QEMU), root.img and console.
# Does not know: the tests.
#
# One snapshot serves for all initramfs images: at each reset, QEMU 11.1 copies the kernel, initramfs, command line and
# device tree of the running QEMU process into memory (hw/core/loader.c, hw/ppc/spapr.c). The state in a snapshot
# contains none of them.
# The registration of a dump is not in a snapshot either: no VMState of SpaprMachineState has fadump_registered and
# registered_fdm (hw/ppc/spapr.c, spapr_fadump.c). So the kernel unregisters before the snapshot is made, and registers
# when the machine continues.

machine_ready() {
    local flavour="$1" before='' at
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        before="$before${before:+ }$1"
        shift
    done
    [ $# -eq 0 ] || shift
    at=$(machine_snapshot "$flavour" "$before") || return
    machine_dir "$flavour"
    cp --reflink=auto --sparse=always "$at/root.img" "$M/root.img"
    cp "$at/console" "$M/console"
    before="$before${*:+ }$*"
    snapshot_on "$before"
    "$LAB_HERE/talk" "$M" load "$at/state" || machine_fail 'the snapshot was not loaded' || return
    machine_boot
    # the clock of the guest continues from the time of the snapshot: set it
    guest "date -s @$(date +%s) > /dev/null; echo 1 > /sys/kernel/fadump/registered"
}

# a function with a local variable: in POSIX sh, "MACHINE_OPTIONS=... machine_on" may keep the value after the call
snapshot_on() {
    local MACHINE_OPTIONS="${MACHINE_OPTIONS-} -incoming defer"
    machine_on "$1"
}

# machine_snapshot FLAVOUR ARGUMENTS: print the directory of a snapshot of FLAVOUR, booted with ARGUMENTS; make it if it
# is missing. The $MACHINE_... variables describe the machine. The key in the name is a hash of the parts, the version
# of QEMU, ARGUMENTS, the options of the machine, the size of $MACHINE_DISK, and the code of machine.sh and photograph.
# The snapshot is made with initramfs-plain, without the module.
machine_snapshot() {
    local key at
    key=$({
        lab_part "$1" && lab_part "${MACHINE_KERNEL:-kernel}" && lab_part initramfs-plain
        (lab_qemu --version)
        echo "$2" "$(machine_model)" "${MACHINE_MEMORY:-4096} ${MACHINE_CRASHKERNEL:-768M} ${MACHINE_OPTIONS-}"
        [ -z "${MACHINE_DISK-}" ] || stat -c %s "$MACHINE_DISK"
        sed '/^ *#/d' "$LAB_HERE/machine.sh" "$LAB_HERE/photograph"
    } | sha256sum | cut -c 1-12)
    at=$LAB/snapshot-$1-$key
    [ -d "$at" ] || MACHINE_MODEL="${MACHINE_MODEL-}" MACHINE_KERNEL="${MACHINE_KERNEL-}" \
        MACHINE_MEMORY="${MACHINE_MEMORY-}" MACHINE_CRASHKERNEL="${MACHINE_CRASHKERNEL-}" \
        MACHINE_OPTIONS="${MACHINE_OPTIONS-}" MACHINE_DISK="${MACHINE_DISK-}" \
        "$LAB_HERE/photograph" "$at" "$1" "$2" >&2 || return
    echo "$at"
}
