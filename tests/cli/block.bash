# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # status, stderr come from bats
#
# block.bash - helpers of the tests of dumps on devices, in addition to cli.bash
# In: the functions of cli.bash; DEV, the path of the device, by default the file "dev".  Out: functions.

DEV=dev

# device MIB: makes the file dev, an image of MIB MiB, full of old data (0xee)
device() {
    head -c "$1M" /dev/zero | tr '\0' '\356' > dev
}

# block OPTION...: copies src to the device.
block() {
    run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --block "$DEV" --report report "$@"
}

# block_traced STRACE-OPTION... -- OPTION...: runs block() under strace
block_traced() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    rm -f trace trace.*
    run --separate-stderr strace -f -qq -y -o trace "${options[@]}" \
        "$COPY" --quiet "${FORMAT[@]}" --source src --block "$DEV" --report report "$@"
}

save() {
    run --separate-stderr "$SAVE" "$@"
}

# stopped STATUS TEXT: checks that the program ended with STATUS and printed one line that contains TEXT
stopped() {
    [ "$status" -eq "$1" ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    one_line && says "$2"
}

# unchanged COMMAND...: runs COMMAND, and checks that it does not change the device
unchanged() {
    local before
    before=$(sha256sum < "$DEV")
    "$@" || return
    [ "$(sha256sum < "$DEV")" = "$before" ] || {
        echo "$DEV was changed"
        return 1
    }
}

# Checks that the first 512 bytes of the device are zeros, and that tar finds no archive on it.
no_archive() {
    [ "$(head -c 512 "$DEV" | tr -d '\0' | wc -c)" -eq 0 ] && none tar -tf "$DEV"
}

# Checks that the last run ended with status 0, that the archive on the device is complete, and that its dump is equal
# to src.
whole() {
    [ "$status" -eq 0 ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    rm -rf got
    mkdir got
    tar -C got -xf "$DEV" && same src got/vmcore && "$SAVE" verify "$DEV"
}

# Checks that the device has a complete archive or none; prints "whole" or "nothing".
whole_or_nothing() {
    if no_archive; then
        echo nothing
    else
        status=0
        whole > /dev/null && echo whole
    fi
}
