#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # status, output, lines come from bats
#
# evidence.bats - captured() of tests/lab/evidence.sh: each condition can fail, and a failure prints the difference
# In:  evidence that these tests write. Out: TAP.
# Does not know: how a machine is run.

setup() {
    export LAB_HERE=$BATS_TEST_DIRNAME/../lab E=$BATS_TEST_TMPDIR
    # shellcheck source=../lab/evidence.sh
    . "$LAB_HERE/evidence.sh"
    mkdir "$E/crash"
    printf '%s\n' kind=fadump target=dir:/var/crash format=kdump dump_level=23 result=saved released=yes armed=yes \
        final_action=continue > "$E/crash/status"
    echo 1 > "$E/crash/registered"
    echo 'pages=1024 absent=0 differs=0' > "$E/crash/pattern"
}

# reports LINE...: checks that captured fails and prints exactly these LINEs, each after "captured crash: "
reports() {
    local expected
    expected=$(printf 'captured crash: %s\n' "$@")
    echo "$output"
    [ "$status" -eq 1 ] && [ "$output" = "$expected" ]
}

# set_key KEY [VALUE]: sets KEY in the status file, or removes KEY if there is no VALUE
set_key() {
    sed -i "/^$1=/d" "$E/crash/status"
    [ $# -eq 1 ] || echo "$1=$2" >> "$E/crash/status"
}

@test "a complete capture is accepted without output" {
    run captured crash
    [ "$status:$output" = 0: ]
    run captured crash target=dir:/var/crash dump_level=23 unfiltered=
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

@test "result, released and armed: another value and a missing key are differences" {
    for key in result:saved released:yes armed:yes; do
        set_key "${key%:*}" other
        run captured crash
        reports "${key%:*}: expected '${key#*:}', found 'other'"
        set_key "${key%:*}"
        run captured crash
        reports "${key%:*}: expected '${key#*:}', found ''"
        set_key "${key%:*}" "${key#*:}"
    done
}

@test "held_bytes=65536 is a difference, held_bytes=0 is none" {
    set_key held_bytes 65536
    run captured crash
    reports "held_bytes: expected '0', found '65536'"
    set_key held_bytes 0
    captured crash
}

@test "a /proc/vmcore that is present is a difference" {
    touch "$E/crash/has-vmcore"
    run captured crash
    reports "vmcore: expected 'gone', found 'present'"
    captured crash vmcore=present
}

@test "a kernel without a registered dump is a difference, even if the status has armed=yes" {
    echo 0 > "$E/crash/registered"
    run captured crash
    reports "registered: expected '1', found '0'"
    rm "$E/crash/registered"
    run captured crash
    reports "registered: expected '1', found ''"
}

@test "an absent or wrong page of the pattern, fewer pages, other output and no output are differences" {
    whole='pages=1024 absent=0 differs=0'
    for found in 'pages=1024 absent=1 differs=0' 'pages=1024 absent=0 differs=1' 'pages=1023 absent=0 differs=0' \
        'pages=0 absent=0 differs=0' 'Traceback' ''; do
        echo "$found" > "$E/crash/pattern"
        run captured crash
        reports "pattern: expected '$whole', found '$found'"
    done
    printf '%s\n' warning "$whole" > "$E/crash/pattern"
    run captured crash
    reports "pattern: expected '$whole', found 'warning $whole'"
    rm "$E/crash/pattern"
    run captured crash
    reports "pattern: expected '$whole', found ''"
    captured crash pattern=
}

@test "KEY=VALUE adds an expected value of the status file" {
    run captured crash target=raw:/dev/vdb format=kdump
    reports "target: expected 'raw:/dev/vdb', found 'dir:/var/crash'"
    run captured crash compress=zstd
    reports "compress: expected 'zstd', found ''"
    run captured crash final_action=
    reports "final_action: expected '', found 'continue'"
}

@test "KEY=VALUE replaces an expected value, and KEY=* removes it" {
    set_key armed no
    echo 0 > "$E/crash/registered"
    run captured crash armed=no
    reports "registered: expected '1', found '0'"
    captured crash armed=no registered=0
    captured crash 'armed=*' 'registered=*'
    echo 'pages=1024 absent=1024 differs=0' > "$E/crash/pattern"
    captured crash armed=no 'registered=*' 'pattern=pages=1024 absent=1024 differs=0'
    run captured crash 'armed=*' 'registered=*'
    [ "$status" -eq 1 ]
}

@test "all differences are printed: two for two wrong values, and five if there is no evidence" {
    set_key armed no
    set_key released no
    run captured crash
    reports "released: expected 'yes', found 'no'" "armed: expected 'yes', found 'no'"
    run captured never
    echo "$output"
    [ "$status" -eq 1 ] && [ "${#lines[@]}" -eq 5 ]
}
