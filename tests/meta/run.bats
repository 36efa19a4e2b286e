#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # status, output, lines come from bats
#
# run.bats - tests/run: lanes, deadlines, the wait for the lab, and failures
# In: made-up programs that print TAP.  Out: the output and the exit status of tests/run.

setup() {
    TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    RUN=$TOP/tests/run
    unset TEST_LAB TEST_HEADER TEST_LANES
    export TEST_DEADLINES=$BATS_TEST_TMPDIR/deadlines TEST_GRACE=10
    cd "$BATS_TEST_TMPDIR" || return
    : > deadlines
    mkdir -p tests/lab tests/cli
}

# program NAME: makes a shell script from stdin
program() {
    { echo '#!/bin/sh' && cat; } > "$1"
    chmod +x "$1"
}

# file NAME: makes a .bats file from stdin, with @test instead of TEST, because bats would take @test here as a test of
# this file
file() {
    sed 's/^TEST/@test/' > "$1"
}

# passes NAME [COMMAND]: makes a test that runs COMMAND and passes
passes() {
    printf '%s\necho 1..1; echo "ok 1 - %s"\n' "${2-}" "$1" | program "$1"
}

last_line() {
    echo "$output"
    [ "${lines[-1]}" = "$1" ] && [ "$status" -eq "$2" ]
}

# gone FILE: checks that the process whose number is in FILE has ended
gone() {
    [ -s "$1" ] && [ ! -e "/proc/$(cat "$1")" ]
}

# before A B: checks that the lines A and B were printed in this order
before() {
    [ "$(printf '%s\n' "${lines[@]}" | grep -nxF -m 1 "$1" | cut -d : -f 1)" -lt \
        "$(printf '%s\n' "${lines[@]}" | grep -nxF -m 1 "$2" | cut -d : -f 1)" ]
}

@test "passed and failed tests are counted, in two lanes and in one" {
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

@test "a skipped test, a missing result, a failure status, a missing program and an empty list of tests are failures" {
    echo 'echo 1..1; echo "ok 1 - a # skip no"' | program tests/cli/skipped
    echo 'echo 1..3; echo ok 1; echo ok 2' | program tests/cli/short
    echo 'echo 1..1; echo ok 1; exit 9' | program tests/cli/died
    for t in skipped short died absent; do
        run "$RUN" tests/cli/$t
        [ "$status" -eq 1 ]
        [[ ${lines[-1]} == *' 1 failed' ]]
    done
    run "$RUN"
    last_line '0 passed, 0 failed' 1
}

@test "the last 25 diagnostic lines of a failed test are printed again at the end, and those of a passed test are not" {
    program tests/cli/one << 'END'
echo '1..3'; echo 'ok 1 - a'; echo '# of a'; echo 'not ok 2 - b'
seq -f '# line %g' 30
echo 'ok 3 - c'; echo '# of c'
exit 1
END
    run "$RUN" tests/cli/one
    last_line '2 passed, 1 failed' 1
    [ "${lines[-27]}" = 'FAILED: b  (tests/cli/one)' ]
    [ "${lines[-26]}" = '  line 6' ]
    [ "${lines[-2]}" = '  line 30' ]
}

@test "a report of a sanitizer counts as a failure, even if it is in a file" {
    passes tests/cli/one 'p=${ASAN_OPTIONS#log_path=}; echo "x: ERROR: made up" > "${p%%:*}.1"'
    passes tests/cli/two
    run "$RUN" tests/cli/one tests/cli/two
    last_line '2 passed, 1 failed' 1
    [ "${lines[-2]}" = 'x: ERROR: made up  (tests/cli/one)' ]
}

@test "tests that are not for a sanitizer are left out and listed; the others use the program with the sanitizer" {
    mkdir build
    file tests/cli/some.bats << 'END'
# it takes too long
# bats test_tags=uninstrumented
TEST "not this" {
    false
}
TEST "this" {
    echo "$FADUMP_COPY" > copy
}
END
    run "$RUN" build/copy:tests/cli/some.bats
    last_line '1 passed, 0 failed' 0
    [[ $output == *'# left out of build/copy:tests/cli/some.bats: not this (it takes too long)'* ]]
    [ "$(cat copy)" = "$PWD/build/copy" ]
}

@test "a test whose supervisor was killed counts as failed, and all its processes are ended" {
    passes tests/lab/one 'setsid sleep 1000 > out 2>&1 & echo $! > sleeper; kill -KILL $PPID; sleep 1000'
    passes tests/cli/two
    run timeout 120 "$RUN" tests/lab/one tests/cli/two
    last_line '1 passed, 1 failed' 1
    [ "${lines[-2]}" = 'LOST: tests/lab/one: its supervisor was killed by signal 9' ]
    gone sleeper
}

# ---- lanes -------------------------------------------------------------------------------

@test "the tests in different lanes run at the same time, whether they need the lab or not" {
    for t in tests/lab/one tests/lab/two tests/cli/three; do
        passes $t "touch ${t##*/}; until [ -e one ] && [ -e two ] && [ -e three ]; do sleep 0.1; done"
    done
    TEST_LANES=3 run timeout 90 "$RUN" tests/lab/one tests/lab/two tests/cli/three
    last_line '3 passed, 0 failed' 0
}

@test "the number of lanes is not larger than TEST_LANES" {
    for t in one two three four; do
        passes tests/cli/$t \
            'mkdir slot1 2> /dev/null && s=slot1 || { mkdir slot2 && s=slot2 || exit 1; }; sleep 0.3; rmdir $s'
    done
    TEST_LANES=2 run "$RUN" tests/cli/one tests/cli/two tests/cli/three tests/cli/four
    last_line '4 passed, 0 failed' 0
}

@test "one CPU: one test of the lab runs with one other test; three tests run at a time after the lab" {
    for t in one two; do
        passes tests/lab/$t 'mkdir lab || exit 1; until [ -e beside ]; do sleep 0.1; done; sleep 0.5; rmdir lab'
    done
    passes tests/cli/a 'touch beside; sleep 2; until [ -e b ] && [ -e c ]; do sleep 0.1; done'
    for t in b c; do passes tests/cli/$t "[ ! -e lab ] || exit 1; touch $t; sleep 0.5"; done
    printf 'tests/cli/a 9 60\ntests/lab/one 10 60\ntests/lab/two 8 60\n' > deadlines
    run timeout 90 taskset -c 0 "$RUN" tests/lab/one tests/lab/two tests/cli/a tests/cli/b tests/cli/c
    last_line '5 passed, 0 failed' 0
}

@test "the test with the longest time in the table begins first" {
    printf '# a comment\n\ntests/cli/a 10 60\ntests/lab/c 30 60\n' > deadlines
    for t in tests/cli/a tests/cli/b tests/lab/c; do passes $t; done
    TEST_LANES=1 run "$RUN" tests/cli/a tests/cli/b tests/lab/c
    last_line '3 passed, 0 failed' 0
    before '# tests/lab/c begins' '# tests/cli/a begins'
    before '# tests/cli/a begins' '# tests/cli/b begins'
}

@test "the output of a test is shown in one piece when it ends, or immediately if there is only one lane" {
    echo 'echo 1..1; echo one-1; touch one; until [ -e two ]; do sleep 0.1; done; echo ok 1 - one-2' \
        | program tests/cli/one
    echo 'echo 1..1; echo two-1; touch two; until [ -e one ]; do sleep 0.1; done; echo ok 1 - two-2' \
        | program tests/cli/two
    TEST_LANES=2 run timeout 90 "$RUN" tests/cli/one tests/cli/two
    last_line '2 passed, 0 failed' 0
    [[ $output == *'one-1'$'\n''ok 1 - one-2'* ]]
    [[ $output == *'two-1'$'\n''ok 1 - two-2'* ]]
    # the test `three` ends only after its first line was shown
    echo 'echo 1..1; echo first; until [ -e seen ]; do sleep 0.1; done; echo ok 1' | program tests/cli/three
    TEST_LANES=1 timeout 90 "$RUN" tests/cli/three | while read -r line; do
        [ "$line" != first ] || touch seen
        echo "$line"
    done > out
    [ "$(tail -n 1 out)" = '1 passed, 0 failed' ]
}

@test "the slowest tests are listed before the last line" {
    passes tests/cli/one 'sleep 3'
    for i in $(seq 16); do passes "tests/cli/n$i"; done
    TEST_LANES=3 run "$RUN" tests/cli/*
    last_line '17 passed, 0 failed' 0
    [ "${lines[-18]}" = '# the slowest of 17: seconds, CPU seconds, file' ]
    [[ ${lines[-17]} =~ ^'# '\ *[1-9][0-9]*\ *[0-9]+'  tests/cli/one'$ ]]
    [[ ${lines[-3]} =~ ^'# '\ *[0-9]+\ *[0-9]+'  tests/cli/n'[0-9]+$ ]]
}

# ---- deadlines -----------------------------------------------------------------------------

@test "a test that hangs is ended with all its processes, its teardown runs, and it counts as failed" {
    echo 'tests/cli/hangs.bats 1 8' > deadlines
    file tests/cli/hangs.bats << 'END'
setup_file() {
    setsid sleep 1000 > /dev/null 2>&1 3>&- &
    echo $! > sleeper
}
teardown_file() {
    sleep 0.5
    touch "$BATS_FILE_TMPDIR/room" && touch torn
}
TEST "ends" {
    true
}
TEST "does not" {
    run sh -c 'echo $$ > shell; sleep 1000'
}
END
    passes tests/cli/two
    run timeout 120 "$RUN" tests/cli/hangs.bats tests/cli/two
    last_line '2 passed, 2 failed' 1
    [ "${lines[-2]}" = 'DEADLINE: tests/cli/hangs.bats did not end within 8 s' ]
    [[ $output == *$'\n''FAILED: does not'* ]]
    [ -e torn ]
    gone sleeper
    gone shell
}

@test "a setup that hangs is ended, and the teardown runs" {
    echo 'tests/cli/hangs.bats 1 8' > deadlines
    printf '%s\n' 'setup_file() {' 'sleep 1000' '}' 'teardown_file() {' 'touch torn' '}' '@test "a" {' true '}' \
        > tests/cli/hangs.bats
    run timeout 120 "$RUN" tests/cli/hangs.bats
    [ "$status" -eq 1 ]
    [ "${lines[-2]}" = 'DEADLINE: tests/cli/hangs.bats did not end within 8 s' ]
    [ -e torn ]
}

@test "a test that ignores signals is killed" {
    echo 'tests/cli/hangs 1 3' > deadlines
    passes tests/cli/hangs 'echo $$ > shell; trap "" INT TERM HUP; while :; do sleep 1; done'
    TEST_GRACE=1 run timeout 90 "$RUN" tests/cli/hangs
    last_line '0 passed, 1 failed' 1
    gone shell
}

@test "with a sanitizer, a .bats file has its own deadline, and a unit test has that of its .c file" {
    printf '%s\n' 'tests/cli/hangs.bats 1 1' 'tests/unit/hangs.c 1 2' > deadlines
    printf '%s\n' '@test "a" {' 'sleep 1000' '}' > tests/cli/hangs.bats
    mkdir -p build/tsan/unit
    passes build/tsan/unit/hangs 'sleep 1000'
    run timeout 120 "$RUN" build/asan/copy:tests/cli/hangs.bats build/tsan/unit/hangs
    [ "$status" -eq 1 ]
    [[ $output == *'DEADLINE: build/asan/copy:tests/cli/hangs.bats did not end within 1 s'* ]]
    [[ $output == *'DEADLINE: build/tsan/unit/hangs did not end within 2 s'* ]]
}

@test "when a test has ended, its remaining processes are ended, in any session" {
    passes tests/cli/leaves 'setsid setsid sh -c "sleep 1000 & echo \$! > sleeper; wait" > /dev/null 2>&1 &
        until [ -s sleeper ]; do sleep 0.1; done'
    passes tests/cli/next '[ -s sleeper ] && [ ! -e "/proc/$(cat sleeper)" ] || exit 1'
    TEST_LANES=1 run timeout 90 "$RUN" tests/cli/leaves tests/cli/next
    last_line '2 passed, 0 failed' 0
}

@test "a test in tests/root/ has mounts of its own, so that no namespace of another test keeps them in use" {
    mkdir tests/root
    passes tests/root/mounts \
        'mkdir at; mount -t tmpfs mine at; touch mounted; until [ -e seen ]; do sleep 0.1; done; umount at'
    passes tests/cli/looks \
        'until [ -e mounted ]; do sleep 0.1; done; unshare --mount cat /proc/self/mounts > mounts; touch seen'
    alone=()
    [ "$(id -u)" -eq 0 ] || alone=(unshare -r -m)
    TEST_LANES=2 run timeout 90 "${alone[@]}" "$RUN" tests/root/mounts tests/cli/looks
    last_line '2 passed, 0 failed' 0
    grep -q ' / ' mounts
    [ "$(grep -c '^mine ' mounts)" -eq 0 ]
}

@test "an orphaned process that has ended is reaped, so that the test sees its end" {
    passes tests/cli/orphan \
        'sh -c "sleep 0.1 & echo \$! > sleeper"; while kill -0 $(cat sleeper) 2> /dev/null; do sleep 0.1; done'
    echo 'tests/cli/orphan 1 40' > deadlines
    run timeout 90 "$RUN" tests/cli/orphan
    last_line '1 passed, 0 failed' 0
}

@test "if tests/run is ended by a signal, it leaves no processes and no files" {
    passes tests/cli/one 'setsid sleep 1000 > /dev/null 2>&1 & echo $! > sleeper; sleep 1000'
    mkdir tmp
    TMPDIR=$PWD/tmp "$RUN" tests/cli/one 3>&- &
    until [ -s sleeper ]; do sleep 0.1; done
    kill -TERM $!
    status=0
    wait $! || status=$?
    [ "$status" -eq 143 ]
    gone sleeper
    [ -z "$(ls tmp)" ]
}

@test "every row of tests/deadlines names an existing test file, and a deadline of at least twice the usual time" {
    wrong() {
        grep -v -e '^#' -e '^$' "$TOP/tests/deadlines" | while read -r file usual deadline rest; do
            case $file in
                tests/*.bats | tests/unit/*.c | tests/fuzz/run | tests/lab/lab) ;;
                *) echo "$file: is no test file" ;;
            esac
            [ -f "$TOP/$file" ] || echo "$file: does not exist"
            [ "$deadline" -ge $((usual * 2)) ] && [ -z "$rest" ] \
                || echo "$file: usual time $usual, deadline $deadline, other words '$rest'"
        done
    }
    [ "$(grep -c '^tests/' "$TOP/tests/deadlines")" -gt 20 ]
    run wrong
    echo "$output"
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

# ---- the lab -------------------------------------------------------------------------------

@test "tests of the lab wait until the lab is built, other tests do not" {
    echo 'touch begun; until [ -e other ]; do sleep 0.1; done; sleep 0.5; echo built it; touch built' \
        | program build-lab
    passes tests/lab/one '[ -e built ] || exit 1'
    passes tests/lab/two '[ -e built ] || exit 1'
    passes tests/cli/other 'until [ -e begun ]; do sleep 0.1; done; touch other'
    printf 'tests/lab/one 100 200\n' > deadlines
    TEST_LAB='./build-lab all' TEST_LANES=2 run timeout 90 "$RUN" tests/lab/one tests/cli/other tests/lab/two
    last_line '3 passed, 0 failed' 0
    before 'built it' '# tests/lab/one begins'
}

@test "the output of the lab build is shown during the build" {
    echo 'echo first; until [ -e seen ]; do sleep 0.1; done' | program build-lab
    passes tests/lab/one
    TEST_LAB=./build-lab timeout 90 "$RUN" tests/lab/one | while read -r line; do
        [ "$line" != first ] || touch seen
        echo "$line"
    done > out
    [ "$(tail -n 1 out)" = '1 passed, 0 failed' ]
}

@test "if the lab build fails, its last lines are shown, and all running and waiting tests count as failed" {
    echo 'until [ -s shell ]; do sleep 0.1; done; echo the reason; exit 3' | program build-lab
    passes tests/lab/one 'touch began'
    passes tests/lab/two 'touch began'
    passes tests/cli/other 'echo $$ > shell; sleep 1000'
    passes tests/cli/more 'touch began'
    printf 'tests/cli/other 100 200\n' > deadlines
    SECONDS=0
    TEST_LAB=./build-lab TEST_LANES=2 run timeout 120 "$RUN" tests/lab/one tests/lab/two tests/cli/other tests/cli/more
    [ $SECONDS -lt 60 ]
    last_line '0 passed, 4 failed' 1
    [ "${lines[-2]}" = 'STOPPED: 2 other test files were not run to their end' ]
    [ "${lines[-3]}" = 'LAB: ./build-lab: exit status 3; 2 lab files were not run' ]
    [[ $output == *'# the last lines of the lab build:'$'\n''the reason'* ]]
    [ ! -e began ]
    gone shell
}

@test "a lab build that exceeds its deadline is ended" {
    echo 'sleep 1000' | program build-lab
    echo './build-lab 1 1' > deadlines
    passes tests/lab/one
    TEST_LAB=./build-lab run timeout 90 "$RUN" tests/lab/one
    last_line '0 passed, 1 failed' 1
    [ "${lines[-2]}" = 'LAB: ./build-lab: DEADLINE: ./build-lab did not end within 1 s; 1 lab files were not run' ]
}

@test "the lab is built and the header is shown only if a test of the lab is run" {
    echo 'touch built' | program build-lab
    passes tests/cli/one
    passes tests/lab/one
    export TEST_LAB=./build-lab TEST_HEADER='echo one; echo two'
    run "$RUN" tests/cli/one
    last_line '1 passed, 0 failed' 0
    [ ! -e built ]
    [[ $output != *'# two'* ]]
    run "$RUN" tests/cli/one tests/lab/one
    last_line '2 passed, 0 failed' 0
    [ -e built ]
    [ "${lines[0]}-${lines[1]}" = '# one-# two' ]
    TEST_HEADER='echo one; false' run "$RUN" tests/lab/one
    last_line '1 passed, 0 failed' 0
    [[ $output != *'# one'$'\n'* ]]
}
