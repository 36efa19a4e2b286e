# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # status, stderr come from bats
#
# block.bash - what tests of dumps on devices need beside cli.bash
# In: the functions of cli.bash.  Out: functions; the device is "dev", a file unless DEV says
# otherwise.

DEV=dev

# An image of $1 MiB, full of what was there before.
device() {
    head -c "$1M" /dev/zero | tr '\0' '\356' > dev
}

# block OPTION...: copy src to the device.
block() {
    run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --block "$DEV" --report report "$@"
}

# The same under strace; its options up to "--", and then as block.
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

# stopped STATUS TEXT: that, and one line with TEXT in it.
stopped() {
    [ "$status" -eq "$1" ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    one_line && says "$2"
}

# unchanged COMMAND...: it does not change the device.
unchanged() {
    local before
    before=$(sha256sum < "$DEV")
    "$@" || return
    [ "$(sha256sum < "$DEV")" = "$before" ] || {
        echo "$DEV was changed"
        return 1
    }
}

# No archive, as any tar sees it.
no_archive() {
    [ "$(head -c 512 "$DEV" | tr -d '\0' | wc -c)" -eq 0 ] && none tar -tf "$DEV"
}

# The archive on the device is whole, and its dump is src.
whole() {
    [ "$status" -eq 0 ] || {
        printf 'status %s: %s\n' "$status" "$stderr"
        return 1
    }
    rm -rf got
    mkdir got
    tar -C got -xf "$DEV" && same src got/vmcore && "$SAVE" verify "$DEV"
}

# One of both; says which.
whole_or_nothing() {
    if no_archive; then
        echo nothing
    else
        status=0
        whole > /dev/null && echo whole
    fi
}
