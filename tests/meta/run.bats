#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2154 # status, output, lines come from bats
#
# run.bats - tests/run counts what failed, what was skipped and what was never run
# In: programs that print TAP, made up here.  Out: what tests/run says of them.

setup() {
    RUN=$(cd "$BATS_TEST_DIRNAME/.." && pwd)/run
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p tests/lab tests/cli
}

# program NAME: a shell script from stdin
program() {
    { echo '#!/bin/sh' && cat; } > "$1"
    chmod +x "$1"
}

last_line() {
    echo "$output"
    [ "${lines[-1]}" = "$1" ] && [ "$status" -eq "$2" ]
}

@test "passed and failed ones are added up, in two lanes and in one" {
    echo 'echo 1..2; echo ok 1 - a; echo ok 2 - b' | program tests/lab/one
    echo 'echo 1..2; echo ok 1 - c; echo not ok 2 - d; exit 1' | program tests/cli/two
    echo 'echo 1..1; echo ok 1 - e' | program tests/cli/three
    for n in 1 2; do
        TEST_LANES=$n run "$RUN" tests/lab/one tests/cli/two tests/cli/three
        last_line '4 passed, 1 failed' 1
        [ "${lines[-2]}" = 'FAILED: d  (tests/cli/two)' ]
        TEST_LANES=$n run "$RUN" tests/lab/one tests/cli/three
        last_line '3 passed, 0 failed' 0
    done
}

@test "the lanes run side by side" {
    echo 'touch lab; until [ -e other ]; do sleep 0.1; done; echo 1..1; echo ok 1' | program tests/lab/one
    echo 'touch other; until [ -e lab ]; do sleep 0.1; done; echo 1..1; echo ok 1' | program tests/cli/two
    run timeout 20 "$RUN" tests/lab/one tests/cli/two
    last_line '2 passed, 0 failed' 0
}

@test "skipped, not run, died, and no test at all are failures" {
    echo 'echo 1..1; echo "ok 1 - a # skip no"' | program tests/cli/skipped
    echo 'echo 1..3; echo ok 1; echo ok 2' | program tests/cli/short
    echo 'echo 1..1; echo ok 1; exit 9' | program tests/cli/died
    for t in skipped short died; do
        run "$RUN" tests/cli/$t
        [ "$status" -eq 1 ]
        [[ ${lines[-1]} == *' 1 failed' ]]
    done
    run "$RUN"
    last_line '0 passed, 0 failed' 1
}

@test "a lane that is gone does not count as passed" {
    echo 'echo 1..1; echo ok 1; kill -KILL $PPID' | program tests/lab/one
    echo 'echo 1..1; echo ok 1' | program tests/cli/two
    run "$RUN" tests/lab/one tests/cli/two
    last_line '1 passed, 1 failed' 1
    [ "${lines[-2]}" = 'LOST: of 2 tests 1 came to an end' ]
}
