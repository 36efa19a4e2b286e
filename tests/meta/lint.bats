#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lint.bats - style and static analysis by shellcheck, shfmt, clang-format, cppcheck and mandoc
# In: the files that git tracks or would add.  Out: the findings.

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
}

files() {
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do
        [ ! -e "$f" ] || echo "$f"
    done
}

# Prints the POSIX shell files, including those without the suffix .sh.
posix_files() {
    files | while read -r f; do
        case $f in
            *.bats) ;;
            modules.d/*/module-setup.sh) ;;
            *.sh) echo "$f" ;;
            *) if head -n 1 "$f" | grep -q '^#!/bin/sh'; then echo "$f"; fi ;;
        esac
    done
}

# Prints the files of bash: those that dracut sources at build time, *.bash, and those whose first line calls bash.
bash_files() {
    files 'modules.d/*/module-setup.sh' '*.bash'
    files | while read -r f; do
        case $f in
            *.bats | *.bash | *.sh) ;;
            *) if head -n 1 "$f" | grep -q '^#!.*bash'; then echo "$f"; fi ;;
        esac
    done
}

@test "shellcheck reports nothing about POSIX shell" {
    [ -n "$(posix_files)" ]
    posix_files | xargs shellcheck -x -s dash
}

@test "shellcheck reports nothing about bash and bats" {
    bash_files | xargs -r shellcheck -x -s bash
    files '*.bats' | xargs shellcheck -x
}

@test "shfmt would change no shell file" {
    # with any option shfmt ignores .editorconfig, so the settings are repeated here
    local style='-d -i 4 -bn -ci -sr'

    [ -n "$(posix_files)" ]
    # shellcheck disable=SC2086 # split into options
    posix_files | xargs shfmt $style -ln posix
    # shellcheck disable=SC2086
    bash_files | xargs -r shfmt $style -ln bash
    # shellcheck disable=SC2086
    files '*.bats' | xargs shfmt $style -ln bats
}

@test "clang-format would change no C file" {
    [ -n "$(files '*.c' '*.h')" ]
    files '*.c' '*.h' | xargs clang-format --dry-run --Werror
}

@test "cppcheck reports nothing about helpers" {
    cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
        --inline-suppr -D_GNU_SOURCE -D__GNUC__ -DFADUMP_VERSION='"0"' helpers
}

@test "mandoc reports nothing about the man pages" {
    [ -n "$(files 'man/*')" ]
    status=0
    files 'man/*' | xargs mandoc -Tlint > "$BATS_TEST_TMPDIR/lint" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 123 ] # xargs: mandoc printed warnings
    # references to manual pages that are not installed on the host are not errors
    run grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' "$BATS_TEST_TMPDIR/lint"
    echo "$output"
    [ "$status" -eq 1 ]
}
