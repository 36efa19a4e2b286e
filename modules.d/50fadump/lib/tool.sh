#!/bin/sh
# sourced by capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# lib/tool.sh - run fadump-tool, which reads the configuration, targets, dump nodes and sizes
#
# In:  a command of fadump-tool(8).
# Out: its lines, name=value, in $answer; they are data and are never evaluated.
# Sourcing defines functions and does nothing else.
# Does not know: the use of an answer.

# ask_tool WORD...: sets $answer; the exit status is that of fadump-tool, 126 or more if it cannot run.
ask_tool() {
    answer=$("$ROOT/usr/libexec/fadump-tool" "$@" 2> /dev/null)
}

# take_answer NAME...: sets each variable NAME to its value in $answer, or to nothing if $answer has no line NAME=value.
# Each NAME is a word in the code of this module, never data; a value is assigned unchanged.
take_answer() {
    local answer_line answer_name
    for answer_name; do eval "$answer_name=''"; done
    while IFS= read -r answer_line; do
        for answer_name; do
            case $answer_line in "$answer_name="*) eval "$answer_name=\${answer_line#*=}" ;; esac
        done
    done << END
$answer
END
}

# read_target TARGET: sets one variable for each part of TARGET; parts that its kind does not have become
# empty. 1, and the reason: TARGET is not valid. TARGET is passed on standard input, because other
# processes can see arguments, and an iscsi: target has a password.
read_target() {
    local answer status=0
    ask_tool target - << END || status=$?
$1
END
    take_answer device disk server path options user password user_in password_in port lun name dir
    [ "$status" -eq 0 ] && return 0
    reason="fadump-tool does not understand this target (status $status)"
    return 1
}
