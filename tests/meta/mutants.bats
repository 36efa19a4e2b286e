#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # status, output, lines come from bats
#
# mutants.bats - tests/mutants/run judges each mutant correctly, and no rule of this repository is stale
# In: a made-up repository with a program in C and one in shell, and their tests; the rules of this repository.
# Out: the verdicts.

bats_require_minimum_version 1.5.0

setup() {
    TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    unset TEST_LANES MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
}

# repository: makes the made-up repository, with shorter deadlines, as working directory
repository() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p tests/mutants tests/shell tests/unit helpers
    cp "$TOP/tests/run" "$TOP/tests/deadlines" tests/
    sed 's/^DEADLINE, LEAST_SECONDS = .*/DEADLINE, LEAST_SECONDS = 3, 20/' "$TOP/tests/mutants/run" > tests/mutants/run
    grep -q '^DEADLINE, LEAST_SECONDS = 3, 20$' tests/mutants/run
    chmod +x tests/mutants/run
    printf '%s\n' 'echo good' 'exit 0 # the end' > helpers/one.sh
    echo 'int main(void) { return 0; }' > helpers/two.c
    echo 'int main(void) { return 0; }' > tests/unit/four.c
    # shellcheck disable=SC2016 # variables of make
    printf '%s\n' 'all: two' 'two: helpers/two.c' '	$(CC) -o $@ helpers/two.c' > Makefile
    # bats would see @test here as a test of this file
    sed 's/^TEST/@test/' > tests/shell/three.bats << 'END'
TEST "one is good" {
    [ "$(timeout 60 sh "$BATS_TEST_DIRNAME/../../helpers/one.sh")" = good ]
}
TEST "two ends with 0" {
    "$BATS_TEST_DIRNAME/../../two"
}
TEST "two is not seen" {
    true
}
TEST "never" {
    false
}
END
    git init -q .
    git add -A
}

# rule NAME FILE EXPRESSION TEST...: adds a rule
rule() {
    local IFS=$'\t'
    echo "$*" >> tests/mutants/rules
}

# judged REGEX: checks that a line of the output matches REGEX after its number
judged() {
    grep -qxE "(not )?ok [0-9]+ - $1" <<< "$output" || {
        echo "$output"
        return 1
    }
}

@test "each mutant is killed, survives, hangs, is stale or does not build; the status is 0 only if all are killed" {
    repository
    rule shell helpers/one.sh 's/good/bad/' 'tests/shell/three.bats: one is'
    rule program helpers/two.c 's/return 0/return 3/' 'tests/shell/three.bats: ends with'
    run tests/mutants/run
    [ "$status" -eq 0 ]
    judged 'shell: killed by tests/shell/three.bats: one is good'
    judged 'program: killed by tests/shell/three.bats: two ends with 0'
    [[ ${lines[-1]} == '2 of 2 mutants killed in '*' s' ]]
    # the checkout is not changed
    [ "$(cat helpers/one.sh)" = $'echo good\nexit 0 # the end' ]

    rule half helpers/two.c 's/return 0/return 3/' 'tests/shell/three.bats: ends with' 'tests/shell/three.bats: not seen'
    rule unseen helpers/one.sh 's/the end/an end/' 'tests/shell/three.bats: one is'
    rule hanging helpers/one.sh 's/^exit 0/sleep 100/' 'tests/shell/three.bats: one is'
    rule stale helpers/one.sh 's/absent/x/' 'tests/shell/three.bats: one is'
    rule gone helpers/gone.sh 's/good/bad/' 'tests/shell/three.bats: one is'
    rule syntax helpers/one.sh 's/good/(/' 'tests/shell/three.bats: one is'
    rule compiler helpers/two.c 's/return/retrun/' 'tests/shell/three.bats: ends with'
    run tests/mutants/run
    [ "$status" -eq 1 ]
    judged 'shell: killed by .*'
    judged 'half: SURVIVED'
    grep -qx '# tests/shell/three.bats: not seen' <<< "$output"
    judged 'unseen: SURVIVED'
    grep -qx '# +exit 0 # an end' <<< "$output"
    judged 'hanging: HANGS'
    judged 'stale: STALE'
    judged 'gone: STALE'
    judged 'syntax: BROKEN BUILD'
    judged 'compiler: BROKEN BUILD'
    [[ ${lines[-1]} == '2 of 9 mutants killed in '*' s, 2 BROKEN BUILD, 1 HANGS, 2 STALE, 2 SURVIVED' ]]

    # one rule by its name
    run tests/mutants/run unseen
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == '0 of 1 mutants killed in '*' s, 1 SURVIVED' ]]
    run tests/mutants/run absent
    [ "$status" -eq 1 ]
    [ "$output" = 'no rule is called absent' ]
}

@test "a test that fails without a mutant, or that does not exist, ends the run" {
    repository
    for test in 'tests/shell/three.bats: never' 'tests/shell/three.bats: no such'; do
        rm -f tests/mutants/rules
        rule shell helpers/one.sh 's/good/bad/' "$test"
        run tests/mutants/run
        [ "$status" -eq 1 ]
        [ "${lines[-1]}" = "Bail out! these tests do not pass on the unchanged tree: $test" ]
        [[ $output != *killed* ]]
    done
}

@test "-n finds a stale expression, a missing file and a missing test, and runs nothing" {
    repository
    rule shell helpers/one.sh 's/good/bad/' 'tests/shell/three.bats: never'
    rule unit helpers/one.sh 's/good/bad/' tests/unit/four.c
    run tests/mutants/run -n
    [ "$status" -eq 0 ]
    rule stale helpers/one.sh 's/absent/x/' 'tests/shell/three.bats: one is'
    rule gone helpers/gone.sh 's/good/bad/' 'tests/shell/three.bats: one is'
    rule refused helpers/one.sh 's/good/bad' 'tests/shell/three.bats: one is'
    rule renamed helpers/one.sh 's/good/bad/' 'tests/shell/three.bats: no such'
    rule moved helpers/one.sh 's/good/bad/' tests/unit/five.c
    run tests/mutants/run -n
    [ "$status" -eq 1 ]
    [ "$(grep -c '^ok ' <<< "$output")" -eq 2 ]
    for name in stale gone refused renamed moved; do judged "$name: STALE"; done
}

@test "no rule of this repository is stale" {
    run "$TOP/tests/mutants/run" -n
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^ok ' <<< "$output")" -ge 80 ]
}
