#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lab.bats - tests/lab/lab downloads before it builds, from the first complete suite, and ends at the first failure
#
# In: lab and lib.sh, with made-up parts and a fake archive.sh; no root, no network, nothing is built.
# Out: the order of the requests for each suite, the log, and the processes that are left.

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell; status, output, lines come from bats

setup() {
    local here
    here=$(cd "$BATS_TEST_DIRNAME/../lab" && pwd)
    T=$BATS_TEST_TMPDIR
    mkdir -p "$T/tests/lab/parts" "$T/helpers" "$T/bin" "$T/binfmt"
    # the parts are those that the tests make; the fake binfmt_misc has the interpreter, so the kernel is not changed
    cp "$here/lab" "$here/lib.sh" "$here/costs" "$T/tests/lab/"
    sed -i "s|^PARTS=.*|PARTS=\$(cat \"$T/parts\")|; s|^MORE_PARTS=.*|MORE_PARTS=''|" "$T/tests/lab/lab"
    sed -i "s|^BINFMT=.*|BINFMT=$T/binfmt|" "$T/tests/lab/lib.sh"
    touch "$T/binfmt/register" "$T/parts" "$T/events" "$T/holes"
    printf '%s\n' 'flags: F' 'magic 7f454c46020101000000000000000000020015' > "$T/binfmt/interpreter"
    # a fake id: only root may build
    program "$T/bin/id" 'echo 0'
    # the suites in $T/holes lack a package; $T/status has an exit status, if archive.sh is to fail; $T/slow has the
    # seconds that a download needs
    program "$T/helpers/archive.sh" "
        [ ! -e $T/status ] || { echo 'archive: no archive here' >&2; exit \$(cat $T/status); }
        case \$1 in fetch) ;; *) exit 0 ;; esac
        echo \$\$ > $T/fetching
        [ ! -e $T/slow ] || sleep \$(cat $T/slow)
        echo fetch \$3 \$5 >> $T/events
        ! grep -qx \"\$3\" $T/holes || { echo \"archive: \$3 \$4: not whole: pool/\$5.deb 404\" >&2; exit 1; }"
    export PATH=$T/bin:$PATH FADUMP_LAB=$T/kept LAB_JOBS=4 T
    unset LAB_SUITES LAB_PAGE_KB LAB_PRODUCT LAB_PRODUCT_X86
}

teardown() {
    local p
    for p in $(left); do
        kill -KILL "$p" 2> /dev/null || true
    done
}

# left: prints the processes that lab and its children started; their environment identifies them
left() {
    grep -laF "FADUMP_LAB=$T/kept" /proc/[0-9]*/environ 2> /dev/null | cut -d / -f 3
}

program() { # FILE LINES
    printf '#!/bin/sh\n%s\n' "$2" > "$1"
    chmod +x "$1"
}

# part NAME SUITES BUILD [NEEDS]: makes a part with BUILD as part_build; a part with SUITES fetches package p-NAME
part() {
    printf '%s\n' '# In: nothing' "part_needs() { echo ${4-}; }" "part_suites() { echo $2; }" \
        "part_fetch() { fetch \"\$1\" arch p-$1; }" \
        "part_build() {" "echo build $1 >> $T/events" "$3" '}' > "$T/tests/lab/parts/$1.sh"
    echo "$1" >> "$T/parts"
}

# gone: checks that no process of lab is left
gone() {
    local p
    for p in $(left); do
        # the process may be about to end
        [ -z "$(tr '\0' ' ' < "/proc/$p/cmdline" 2> /dev/null)" ] || {
            echo "process $p runs: $(tr '\0' ' ' < "/proc/$p/cmdline")"
            return 1
        }
    done
}

# x ARGUMENT...: runs lab without "run", which would wait for all processes that have the output open
x() {
    begin "$@"
    end
    echo "lab $* -> $status"
}

events() {
    [ "$(tr '\n' ',' < "$T/events")" = "$1" ]
}

# begin ARGUMENT...: starts lab in the background; sets lab, its process
begin() {
    setsid sh "$T/tests/lab/lab" "$@" > "$T/output" 2>&1 3>&- &
    lab=$!
}

# end: waits for lab, two minutes at most; sets status, output and lines as "run" does
end() {
    for _ in {1..1200}; do
        kill -0 "$lab" 2> /dev/null || break
        sleep 0.1
    done
    kill -KILL "$lab" 2> /dev/null || true
    status=0
    wait "$lab" || status=$?
    output=$(cat "$T/output")
    mapfile -t lines <<< "$output"
    echo "$output"
}

# there FILE: waits for FILE, at most a minute
there() {
    for _ in {1..600}; do
        [ ! -e "$1" ] || return 0
        sleep 0.1
    done
    return 1
}

@test "suites are tried in order, and one line is printed for a suite that lacks a package" {
    part one 's1 s2 s3' :
    printf '%s\n' s1 s2 > "$T/holes"
    x build
    [ "$status" -eq 0 ]
    events 'fetch s1 p-one,fetch s2 p-one,fetch s3 p-one,build one,'
    [ "$(grep -cw s1 <<< "$output")" -eq 1 ]
    [[ $output == *'lab: one: s1 is skipped: arch: not whole: pool/p-one.deb 404'* ]]
    [[ $output == *'lab: one: from s3, '* ]]
    x suites
    [ "$output" = 'lab: one: from s3' ]
}

@test "if every suite lacks a package, lab ends before it builds anything" {
    part one 's1 s2' :
    part two 's3' :
    printf '%s\n' s1 s2 > "$T/holes"
    x build
    [ "$status" -eq 1 ]
    [[ $output == *'FAILED: the part "one", at the step "download"'*'s1 s2'* ]]
    [[ ${lines[-1]} == 'lab: fix the cause, '* ]]
    [ -z "$(grep build "$T/events" || true)" ]
}

@test "only suites in LAB_SUITES are used, if the part can be built from one of them" {
    part one 's1 s2 s3' :
    part two 's1' :
    LAB_SUITES='s3 s2' x build one
    LAB_SUITES=s3 x build two
    [ "$status" -eq 0 ]
    events 'fetch s2 p-one,build one,fetch s1 p-two,build two,'
}

@test "a built part is built again only if LAB_SUITES selects another suite of this part" {
    part one 's1 s2' :
    x build one
    LAB_SUITES=s3 x build one
    [ "$status" -eq 0 ]
    events 'fetch s1 p-one,build one,'
    LAB_SUITES=s2 x build one
    events 'fetch s1 p-one,build one,fetch s2 p-one,build one,'
}

@test "PART=SUITE in LAB_SUITES limits one part" {
    part one 's1 s2' :
    part two 's1 s2' :
    LAB_SUITES='one=s2' x build
    [ "$status" -eq 0 ]
    [ "$(grep fetch "$T/events" | sort | tr '\n' ,)" = 'fetch s1 p-two,fetch s2 p-one,' ]
}

@test "the suite is in the key of the part and of the parts that need it" {
    part one 's1 s2' :
    part two '' : one
    for s in s1 s2; do
        LAB_SUITES=$s x build two
        LAB_SUITES=$s x path one
        [ -d "$output" ]
        echo "$output" >> "$T/paths"
        LAB_SUITES=$s x path two
        [ -d "$output" ]
        echo "$output" >> "$T/paths"
    done
    [ "$(sort -u "$T/paths" | wc -l)" -eq 4 ]
    events 'fetch s1 p-one,build one,build two,fetch s2 p-one,build one,build two,'
}

@test "packages of a part that is built are not requested again" {
    part one s1 :
    x build
    [ "$status" -eq 0 ]
    touch -d '-2 days' "$T"/kept/suites/*
    echo s1 > "$T/holes"
    x build
    [ "$status" -eq 0 ]
    part two s2 :
    x build
    [ "$status" -eq 0 ]
    x fetch
    [ "$status" -eq 0 ]
    events 'fetch s1 p-one,build one,fetch s2 p-two,build two,'
}

@test "all downloads are complete before the first part is built" {
    part one '' :
    part two s1 :
    part three s2 :
    echo 2 > "$T/slow"
    x build
    [ "$status" -eq 0 ]
    [ "$(head -n 2 "$T/events" | sort | tr '\n' ,)" = 'fetch s1 p-two,fetch s2 p-three,' ]
    [ "$(grep -c build "$T/events")" -eq 3 ]
}

@test "fetch builds nothing, and the next build does not request packages again" {
    part one s1 :
    part two '' : one
    x fetch
    [ "$status" -eq 0 ]
    events 'fetch s1 p-one,'
    [ -z "$(find "$T/kept" -maxdepth 1 -name 'one-*')" ]
    x build
    [ "$status" -eq 0 ]
    events 'fetch s1 p-one,build one,build two,'
}

@test "without a Debian archive lab prints one line and tries nothing" {
    part one s1 :
    echo 3 > "$T/status"
    for command in build fetch; do
        x $command
        [ "$status" -eq 1 ]
        [ "$(grep -c 'no archive here' <<< "$output")" -eq 1 ]
        [ "${lines[-1]}" = 'archive: no archive here' ]
    done
    [ ! -s "$T/events" ]
}

# one part has a child process, like a compiler; one ignores SIGTERM; one waits for another part
@test "the first failure ends all processes within 5 seconds, and the last lines are about the failure" {
    program "$T/long" "sleep 500 & touch $T/long.runs; wait"
    program "$T/deaf" "trap '' TERM; touch $T/deaf.runs; while :; do sleep 1; done"
    part good '' :
    part long '' "step compile $T/long"
    part deaf '' "step compile $T/deaf"
    part bad '' "step first true
        until [ -e $T/deaf.runs ] && [ -e $T/long.runs ] && [ -d \$(part_path good) ]; do sleep 0.1; done
        step second sh -c 'echo one; date +%s > $T/failed; echo the last word; exit 3'"
    part waits '' : long
    x build
    [ "$status" -eq 1 ]
    took=$(($(date +%s) - $(cat "$T/failed")))
    echo "ended after $took s"
    [ "$took" -le 5 ]
    gone
    tail=$(printf '%s\n' "${lines[@]}" | sed -n '/FAILED/,$p')
    [[ $tail == 'lab: FAILED: the part "bad", at the step "second"'* ]]
    [[ $tail == *'lab: command: sh -c echo'* ]]
    [[ $tail == *'lab:   the last word'* ]]
    [[ $tail == *"lab: log: $T/kept/log/bad.log"* ]]
    [[ ${lines[-1]} == 'lab: fix the cause, '* ]]
    [ "$(grep -c FAILED <<< "$output")" -eq 1 ]
    [ "$(find "$T/kept" -maxdepth 1 -name '*-????????????' -printf '%f\n' | sed 's/-.*//')" = good ]
    # the next run keeps the built part and tries the failed part again
    : > "$T/events"
    sed -i 's/^step.*//' "$T"/tests/lab/parts/{long,deaf,bad}.sh
    part bad '' :
    x build bad good
    [ "$status" -eq 0 ]
    events 'build bad,'
}

@test "a failed download ends the others within 5 seconds" {
    part one s1 :
    part two s2 :
    sed -i "s|^part_fetch.*|part_fetch() { until [ -e $T/fetching ]; do sleep 0.1; done; date +%s > $T/failed; return 1; }|" \
        "$T/tests/lab/parts/two.sh"
    echo 500 > "$T/slow"
    x build
    [ "$status" -eq 1 ]
    took=$(($(date +%s) - $(cat "$T/failed")))
    echo "ended after $took s"
    [ "$took" -le 5 ]
    [[ $output == *'FAILED: the part "two", at the step "download"'* ]]
    gone
}

@test "if the process that builds a part is killed, the build ends" {
    program "$T/long" "sleep 500 & echo \$\$ > $T/long.runs; wait"
    part one '' "step compile $T/long"
    part two '' "step compile sh -c 'touch $T/two.runs; exec sleep 500'"
    begin build
    there "$T/long.runs"
    there "$T/two.runs"
    # the child of lab that builds "one"
    child=$(cat "$T/long.runs")
    while parent=$(awk '/^PPid:/ { print $2 }' "/proc/$child/status") && [ "$parent" != "$lab" ]; do
        child=$parent
        [ "$child" -gt 1 ]
    done
    began=$(date +%s)
    kill -KILL "$child"
    end
    [ "$status" -eq 1 ]
    [ $(($(date +%s) - began)) -le 6 ]
    [[ $output == *'lab: FAILED: the part '* ]]
    [[ ${lines[-1]} == 'lab: fix the cause, '* ]]
    gone
}

@test "a step whose shell is killed ends the build" {
    # shellcheck disable=SC2016 # the part expands $
    part one '' 'sh -c '\''kill -KILL $PPID'\'
    x build
    [ "$status" -eq 1 ]
    [[ $output == *'FAILED: the part "one"'* ]]
}

@test "when lab receives SIGTERM, it ends all its processes" {
    program "$T/long" "sleep 500 & echo \$\$ > $T/long.runs; wait"
    part one '' "step compile $T/long"
    begin build
    there "$T/long.runs"
    kill "$lab"
    end
    [ "$status" -eq 143 ]
    gone
    [ -z "$(find "$T/kept" -maxdepth 1 -name 'one-*')" ]
    # also during a download
    part one s1 :
    echo 500 > "$T/slow"
    begin build one
    there "$T/fetching"
    kill "$lab"
    end
    [ "$status" -eq 143 ]
    gone
}

@test "at most LAB_JOBS parts are built at a time" {
    for p in one two three four; do
        part $p '' "touch $T/slot.$p; ls $T/slot.* | wc -l >> $T/most; sleep 1; rm $T/slot.$p"
    done
    LAB_JOBS=2 x build
    [ "$status" -eq 0 ]
    [ "$(sort -n "$T/most" | tail -n 1)" -eq 2 ]
}

@test "prune removes the results of recipes that have changed, clean removes all results" {
    part one '' :
    x build
    x path one
    first=$output
    [ -d "$first" ]
    part one '' 'true'
    x build one
    x prune
    [ ! -e "$first" ]
    x path one
    [ -d "$output" ]
    x clean
    [ ! -e "$T/kept" ]
}

@test "an interrupted prune leaves no part that counts as built" {
    part one '' :
    x build
    x path one
    first=$output
    part one '' 'true'
    # shellcheck disable=SC2016 # the program expands $
    program "$T/bin/rm" 'case $* in *"$T/kept/"*) kill -KILL $PPID; exit 1 ;; esac; exec /bin/rm "$@"'
    x prune
    [ "$status" -eq 137 ]
    [ ! -e "$first" ]
}

@test "an unknown part is refused, and only root may build" {
    part one s1 :
    x build unheard-of
    [ "$status" -eq 1 ]
    [[ $output == *"there is no part called 'unheard-of'"* ]]
    program "$T/bin/id" 'echo 1000'
    x build
    [ "$status" -eq 1 ]
    [[ $output == *'needs root'* ]]
    [ ! -s "$T/events" ]
}
