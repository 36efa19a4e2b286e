#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# completion.bats - bash completes the verbs and options of fadumpctl and fadump-save
# In: conf/fadump.bash-completion, the programs. Out: TAP. Does not know: the meaning of a verb.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2154
load cli

# completes COMMAND WORD...: prints the words that bash offers for the last WORD, sorted
completes() {
    PATH="$HERE/bin:$PATH" bash --norc -c '
        . "$0"
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _fadump "$1"
        [ "${#COMPREPLY[@]}" -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}" | sort' \
        "$TOP/conf/fadump.bash-completion" "$@"
}

# installed: puts both commands into $HERE/bin, and makes a directory and a file
installed() {
    mkdir "$HERE/bin" "$HERE/directory"
    : > "$HERE/device"
    ln -s "$SAVE" "$HERE/bin/fadump-save"
    printf '#!/bin/sh\nexec sh %s "$@"\n' "$TOP/helpers/fadumpctl.sh" > "$HERE/bin/fadumpctl"
    chmod +x "$HERE/bin/fadumpctl"
}

@test "every verb of fadumpctl and of fadump-save is completed" {
    installed
    [ "$(completes fadumpctl '' | grep -v ^-)" = "$(sed -n 's/^do_\([a-z]*\)() {/\1/p' "$TOP/helpers/fadumpctl.sh" | sort)" ]
    [ "$(completes fadump-save '' | grep -v ^- | paste -sd ' ')" = 'convert erase extract list verify' ]
}

@test "the beginning of a verb, options, directories and devices are completed" {
    installed
    [ "$(completes fadumpctl st)" = status ]
    [ "$(completes fadumpctl release -)" = --yes ]
    [ "$(completes fadump-save extract --k)" = --keep ]
    [ "$(completes fadump-save extract --to d)" = directory ]
    [ "$(completes fadump-save verify dev)" = device ]
    [ -z "$(completes fadumpctl status dev)" ]
}

@test "for a command that is not installed or fails, nothing is completed" {
    installed
    printf '#!/bin/sh\nexit 1\n' > bin/fadumpctl
    [ -z "$(completes fadumpctl '' 2>&1)" ]
    [ -z "$(completes ./absent '' 2>&1)" ]
}
