#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# late.bats - mounts by the driver in fadump-late.service, which has its own mount namespace, are visible to other
# services
#
# In: root; the machine of tests/shell in a directory; real mounts and namespaces. Process 1 is a shell of the test in a
# PID namespace; the driver runs in a mount namespace as systemd makes it for PrivateMounts=yes.

# shellcheck disable=SC2016,SC2034,SC2154 # another shell expands $; SH, SHELLS, status, output
load ../shell/machine

# late COMMAND: runs the driver, which cannot retire a page, after COMMAND; prints its messages, then "outside:" and the
# mount of bootargs_append that process 1 has
late() {
    running
    rm "$M"/sys/devices/system/memory/soft_offline_page "$M"/sys/devices/system/memory/memory?/state
    ROOT=$M SH=$SH run unshare --mount --pid --fork --mount-proc dash -euc '
        unshare --mount --propagation slave $SH -c "
            sync() { :; }
            $0
            . \"\$0\"" "$ROOT/usr/lib/dracut/modules.d/50fadump/capture" < /dev/null 2>&1
        echo "outside: $(grep -o "/sys/kernel/fadump/bootargs_append " /proc/1/mountinfo)"
        cat "$ROOT/sys/kernel/fadump/bootargs_append"' "export NEWROOT=/; $1"
    echo "$output"
    [ "$status" -eq 0 ]
    has result=saved released=yes armed=no
}

@test "bootargs_append is covered for all processes, not only for the service" {
    for SH in "${SHELLS[@]}"; do
        late :
        grep -q '^fadump: bootargs_append is covered by a bind mount until the next boot' <<< "$output"
        grep -qx 'outside: /sys/kernel/fadump/bootargs_append ' <<< "$output"
        is "${lines[-1]}" ' fadump_dump_level=23'
    done
}

@test "if bootargs_append cannot be covered for all processes, a warning is logged" {
    for SH in "${SHELLS[@]}"; do
        late 'nsenter() { return 1; }'
        grep -q '^fadump: warning: do not read or write bootargs_append in this boot' <<< "$output"
        grep -qx 'outside: ' <<< "$output"
        lacks 'is covered' "$output"
    done
}
