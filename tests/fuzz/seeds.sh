#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# sourced by run and keep
#
# seeds.sh - builds the files of the seed corpus that text files describe
# In: tests/fuzz/seeds/NAME/*.vmcore (see mkvmcore.c) and *.mem (see mkmem.c).
# Out: build/fuzz/seeds/NAME/*.

# make_seeds NAME: builds the inputs of the fuzzer NAME
make_seeds() {
    local from=tests/fuzz/seeds/$1 to=build/fuzz/seeds/$1 f
    rm -rf "$to"
    mkdir -p "$to"
    for f in "$from"/*.vmcore; do
        [ ! -e "$f" ] || build/tools/mkvmcore "$to/${f##*/}" < "$f"
    done
    for f in "$from"/*.mem; do
        [ ! -e "$f" ] || build/tools/mkmem < "$f" > "$to/${f##*/}"
    done
}
