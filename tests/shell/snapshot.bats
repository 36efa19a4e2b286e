#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# snapshot.bats - a machine of the lab continues from the same snapshot for the same inputs, and from another snapshot
# for other inputs
# In:  tests/lab/snapshot.sh, with a fake lab and a fake program that takes snapshots; both print their arguments.
# Out: TAP. Does not know: QEMU. The tests in tests/lab crash machines that continue from a snapshot.

# shellcheck disable=SC2030,SC2031 # each test has its own variables
setup() {
    export LAB_HERE="$BATS_TEST_TMPDIR/here" FADUMP_LAB="$BATS_TEST_TMPDIR/lab"
    mkdir -p "$LAB_HERE" "$FADUMP_LAB"
    cp "$BATS_TEST_DIRNAME"/../lab/{machine.sh,snapshot.sh} "$LAB_HERE/"
    # shellcheck disable=SC2016 # the script expands $
    printf '%s\n' '#!/bin/sh' 'echo "/parts/$2-${VERSION-1}"' > "$LAB_HERE/lab"
    # shellcheck disable=SC2016 # the script expands $
    printf '%s\n' '#!/bin/sh' 'echo "$*" >> "$FADUMP_LAB/calls"' 'mkdir "$1"' > "$LAB_HERE/photograph"
    chmod 755 "$LAB_HERE/lab" "$LAB_HERE/photograph"
    # shellcheck source=../lab/machine.sh
    . "$LAB_HERE/machine.sh"
    # shellcheck disable=SC2317 # machine_snapshot calls it
    lab_qemu() {
        echo "QEMU ${QEMU-11}"
    }
    first=$(machine_snapshot mini fadump=on)
}

# other VARIABLE=VALUE...: checks that another snapshot is used with these values
other() {
    local at
    at=$(for one; do export "${one?}"; done && machine_snapshot mini fadump=on)
    echo "$*: $first, $at"
    [ -d "$at" ]
    [ "$at" != "$first" ]
}

@test "the same inputs: one snapshot is taken and used again" {
    [ -d "$first" ]
    [ "$(machine_snapshot mini fadump=on)" = "$first" ]
    [ "$(cat "$FADUMP_LAB/calls")" = "$first mini fadump=on" ]
}

@test "another initramfs for the boot after the crash: the same snapshot is used" {
    [ "$(MACHINE_INITRAMFS=/parts/tested machine_snapshot mini fadump=on)" = "$first" ]
}

@test "other parts, another QEMU, another machine: another snapshot is used" {
    other VERSION=2
    other QEMU=12
    other MACHINE_KERNEL=kernel-4k
    other MACHINE_MEMORY=2048
    other MACHINE_CRASHKERNEL=512M
    other MACHINE_MODEL=pseries
    other MACHINE_OPTIONS='-device virtio-rng-pci'
    [ "$(machine_snapshot full fadump=on)" != "$first" ]
    [ "$(machine_snapshot mini fadump=nocma)" != "$first" ]
}

@test "a machine with a second disk, or with a second disk of another size: another snapshot is used" {
    truncate -s 1M "$FADUMP_LAB/disk"
    other MACHINE_DISK="$FADUMP_LAB/disk"
    first=$(MACHINE_DISK="$FADUMP_LAB/disk" machine_snapshot mini fadump=on)
    truncate -s 2M "$FADUMP_LAB/disk"
    other MACHINE_DISK="$FADUMP_LAB/disk"
}

@test "a changed line of machine.sh needs another snapshot, a new comment does not" {
    echo '# a comment' >> "$LAB_HERE/machine.sh"
    [ "$(machine_snapshot mini fadump=on)" = "$first" ]
    echo 'machine_other() { :; }' >> "$LAB_HERE/machine.sh"
    other VERSION=1
}

@test "if a snapshot cannot be taken, machine_snapshot fails and prints no directory" {
    printf '%s\n' '#!/bin/sh' 'exit 1' > "$LAB_HERE/photograph"
    run machine_snapshot mini fadump=off
    [ "$status" -ne 0 ]
    [ "$output" = '' ]
}
