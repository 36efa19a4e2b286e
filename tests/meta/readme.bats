#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2030,SC2031 # each test has its own variables
#
# readme.bats - tests/README has the right parts of the lab, with their suites and their users
# In: tests/README, tests/lab/parts, tests/lab/*.bats, tests/lab/oracle.bash. Out: the differing lines.
# Does not know: the text of the README apart from its table and the names of files in it.

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
}

# parts: prints a line for each part: PART|SUITES|USERS, where users are parts and files of tests/lab
parts() (
    export HERE=$PWD/tests/lab REPO=$PWD LAB=$BATS_TEST_TMPDIR
    # shellcheck source=../lab/lib.sh
    . tests/lab/lib.sh
    cd tests/lab || exit
    {
        for part in parts/*.sh; do
            part=${part#parts/} part=${part%.sh}
            (part_load "$part" && for n in $(part_needs); do echo "needs $n $part"; done)
            echo "suites $part $(part_load "$part" && part_suites)"
        done
        for file in *.bats oracle.bash; do
            # the list CORES of a test has the names of vmcores
            # shellcheck disable=SC2016 # text of a test
            {
                sed -n 's/^ *lab_ready \([^|]*\).*/\1/p' "$file" | sed 's/\$(printf.*//'
                sed -n "s/^CORES='\(.*\)'$/\1/p" "$file" | sed 's/[^ ]*/vmcore-&/g'
            } | tr ' ' '\n' | sed "/^\$/d; s/.*/needs & $file/"
        done
    } | awk '{ part = $2; $2 = ""; kind = $1; $1 = ""; sub(/^ */, "") }
        kind == "suites" { suites[part] = $0 }
        kind == "needs" && !seen[part, $0]++ { users[part] = users[part] (users[part] ? " " : "") $0 }
        END { for (part in suites) print part "|" (suites[part] ? suites[part] : "-") "|" (users[part] ? users[part] : "-") }' | sort
)

# table FILE: prints the same lines from the table of a README. PART, WHAT and SUITES are separated by two or more
# spaces; lines that begin with white space have the users.
table() {
    # shellcheck disable=SC2016 # awk variables
    awk '/^Part  / { on = 1; next } on && /^$/ { exit } !on { next }
        /^ / { sub(/^ */, ""); line = line separator $0; separator = " "; next }
        { if (line) print line; gsub(/  +/, "|"); split($0, f, "|"); line = f[1] "|" f[3]; separator = "|" }
        END { print line }' "$1" | sort
}

@test "the table of parts is equal to tests/lab/parts" {
    [ "$(parts | wc -l)" -gt 25 ]
    diff <(parts) <(table tests/README)
}

# needed: prints the parts that the tests of make check need, each once
needed() {
    # shellcheck disable=SC2016 # expanded by make
    make -s --eval='print-tests: ; @echo oracle.bash $(notdir $(TESTS_LAB))' print-tests > "$BATS_TEST_TMPDIR/users"
    parts | awk -F '|' 'FNR == NR { n = split($0, users, " "); for (i = 1; i <= n; i++) wanted[users[i]] = 1; next }
        { users_of[$1] = $3 }
        END {
            do {
                again = 0
                for (part in users_of) {
                    n = split(users_of[part], users, " ")
                    for (i = 1; i <= n; i++)
                        if (wanted[users[i]] && !wanted[part]) { wanted[part] = again = 1; print part }
                }
            } while (again)
        }' "$BATS_TEST_TMPDIR/users" - | sort
}

@test "make check builds the parts that its tests need, and no others" {
    [ "$(needed | wc -l)" -gt 15 ]
    diff <(needed) <(tests/lab/lab help | sed -n 's/^parts of make check: //p' | tr ' ' '\n' | sort)
    # every other part is known, too
    diff <(cd tests/lab/parts && printf '%s\n' *.sh | sed 's/\.sh$//' | sort) \
        <(tests/lab/lab help | sed -n 's/^parts of make check: //p; s/^other parts: //p' | tr ' ' '\n' | sort)
}

# broken SED-SCRIPT: checks that the comparison fails after SED-SCRIPT changes the README
broken() {
    sed "$1" tests/README > "$BATS_TEST_TMPDIR/README"
    run diff tests/README "$BATS_TEST_TMPDIR/README"
    [ "$status" -eq 1 ] || return
    run diff <(parts) <(table "$BATS_TEST_TMPDIR/README")
    echo "$output"
    [ "$status" -eq 1 ]
}

@test "the test of the table finds a missing row, a row without a part, a wrong suite and a wrong user" {
    broken '/^grub  /,+1d'
    broken 's/^grub  .*/none  no such part  -\n        -\n&/'
    broken 's/^\(grub  .*\)forky sid/\1sid forky/'
    broken '/^grub  /,+1s/full\.bats/mini.bats/'
}

@test "every file that tests/README names exists" {
    names=$(grep -oE '\btests/[A-Za-z0-9_./-]*[A-Za-z0-9]' tests/README | grep -v /PART | sort -u)
    [ "$(wc -l <<< "$names")" -gt 10 ]
    for name in $names; do
        [ -e "$name" ] || {
            echo "$name: no such file"
            return 1
        }
    done
}
