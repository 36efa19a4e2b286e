#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2030,SC2031,SC2154 # status, output, lines come from bats; each test has its own variables
#
# commits.bats - commits have the form that CONTRIBUTING describes
# In:  git log since BASE. Out: TAP; the rules that each commit breaks.
# Does not know: the content of a commit. A verb counts as imperative by its ending.
#
# Merges are not checked. The history can be incomplete:
#   a clone without BASE (shallow, or with other hashes)   commits newer than BASE_TIME are checked
#   a tree without a git repository (a release archive)    there are no commits, and the test passes

# the last commit before this test existed, and the time of that commit
BASE=3ada751d97cf01bead8b409e1c4a68eda7951856
BASE_TIME='2026-11-26 20:56:58 +0000'

setup() {
    TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

# commits DIRECTORY: prints the hashes of the commits to check in this working tree
commits() {
    local top
    top=$(git -C "$1" rev-parse --show-toplevel 2> /dev/null) || return 0
    # DIRECTORY is an unpacked archive inside another repository
    [ "$top" = "$(realpath "$1")" ] || return 0
    git -C "$1" rev-parse --quiet --verify HEAD > /dev/null || return 0
    if git -C "$1" merge-base --is-ancestor "$BASE" HEAD 2> /dev/null; then
        git -C "$1" rev-list --no-merges "$BASE..HEAD"
    else
        git -C "$1" rev-list --no-merges --since="$BASE_TIME" HEAD
    fi
}

# broken_rules DIRECTORY: prints a line for each broken rule
broken_rules() {
    local commit subject verb name
    for commit in $(commits "$1"); do
        subject=$(git -C "$1" log -1 --format=%s "$commit")
        name="${commit:0:10} '$subject'"
        [ ${#subject} -le 60 ] || echo "$name: ${#subject} characters, more than 60"
        if [[ $subject =~ ^[A-Za-z0-9_./-]+(, [A-Za-z0-9_./-]+)*:\ ([a-z][a-z-]*)\ .*[^.]$ ]]; then
            verb=${BASH_REMATCH[2]}
            case $verb in
                need | feed | embed | seed | speed | exceed | proceed | bring | string | focus) ;;
                *ss) ;;
                *ed | *ing | *s) echo "$name: '$verb' is not imperative" ;;
            esac
        else
            echo "$name: is not 'area: do what'"
        fi
        git -C "$1" log -1 --format='%(trailers:key=Signed-off-by,valueonly)' "$commit" \
            | grep -qE '^.+ <[^ ]+@[^ ]+>$' \
            || echo "$name: no Signed-off-by"
    done
}

@test "subjects are 'area: do what' in at most 60 characters, and commits are signed off" {
    echo "# $(commits "$TOP" | wc -l) commits are checked" >&3
    run broken_rules "$TOP"
    echo "$output"
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

# repository: makes an empty repository in $R
repository() {
    R=$BATS_TEST_TMPDIR/repository
    git init -q "$R"
    git -C "$R" config user.name A
    git -C "$R" config commit.gpgsign false
    git -C "$R" config user.email a@example.org
}

# commit SUBJECT [OPTION]...: makes a commit, signed off unless an OPTION is given
commit() {
    local subject=$1
    shift
    [ $# -gt 0 ] || set -- -s
    git -C "$R" commit -q --allow-empty "$@" -m "$subject"
}

# only_line END: checks that the output of the last run is one line that ends with END
only_line() {
    echo "$output"
    [ "${#lines[@]}" -eq 1 ] && [[ $output == *"$1" ]]
}

# breaks RULE SUBJECT [OPTION]...: checks that a commit with SUBJECT and OPTIONs breaks only RULE
breaks() {
    local rule=$1
    shift
    commit "$@"
    run broken_rules "$R"
    only_line "$rule" || return
    git -C "$R" commit -q --amend --allow-empty -s -m 'area: repair it'
}

@test "a commit that breaks a rule is reported with this rule, and correct commits are not reported" {
    repository
    commit 'README: describe it'
    commit 'fadump-save.8, tests/lab, Makefile: address the rest'
    run broken_rules "$R"
    echo "$output"
    [ -z "$output" ]
    breaks ': 61 characters, more than 60' "area: do $(printf '%052d' 0)"
    breaks ": is not 'area: do what'" 'no area in this one'
    breaks ": is not 'area: do what'" 'area: Upper case begins it'
    breaks ": is not 'area: do what'" 'area: end with a full stop.'
    breaks ": is not 'area: do what'" 'area: verb'
    breaks "'adds' is not imperative" 'area: adds a thing'
    breaks "'added' is not imperative" 'area: added a thing'
    breaks "'adding' is not imperative" 'area: adding a thing'
    breaks ': no Signed-off-by' 'area: forget the sign-off' --no-edit
}

@test "all commits after BASE are checked, and none before it" {
    repository
    commit before --no-edit
    BASE=$(git -C "$R" rev-parse HEAD)
    commit wrong
    commit 'area: do something'
    [ "$(commits "$R" | wc -l)" -eq 2 ]
    run broken_rules "$R"
    only_line "'wrong': is not 'area: do what'"
}

@test "in a clone without BASE the commits after BASE_TIME are checked" {
    local base_s
    repository
    base_s=$(date -d "$BASE_TIME" +%s)
    GIT_COMMITTER_DATE="@$((base_s - 60)) +0000" commit before --no-edit
    GIT_COMMITTER_DATE="@$((base_s + 60)) +0000" commit after
    run broken_rules "$R"
    only_line "'after': is not 'area: do what'"
    git clone -q --depth 1 "file://$R" "$BATS_TEST_TMPDIR/shallow"
    run broken_rules "$BATS_TEST_TMPDIR/shallow"
    only_line "'after': is not 'area: do what'"
}

@test "a tree without commits passes: no repository, inside another repository, and before the first commit" {
    repository
    [ -z "$(commits "$R")" ]
    commit wrong
    [ -n "$(commits "$R")" ]
    mkdir "$R/unpacked" "$BATS_TEST_TMPDIR/archive"
    [ -z "$(commits "$R/unpacked")" ]
    [ -z "$(commits "$BATS_TEST_TMPDIR/archive")" ]
}
