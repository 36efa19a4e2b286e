# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# cmpdump - the page by page comparison of two dumps, built where libkdumpfile is new enough to read all of ours
# In:  tree, tests/tools/cmpdump.c. Out: cmpdump, which runs in the tree. Does not know: what is compared.

part_needs() {
    echo tree
}

part_recipe() {
    cat "$REPO/tests/tools/cmpdump.c"
}

part_build() {
    cp "$REPO/tests/tools/cmpdump.c" "$1/"
    TREE=$(part_path tree)
    export TREE
    step compile "$HERE/tree-exec" gcc -std=gnu11 -Wall -Wextra -O2 -o "$1/cmpdump" "$1/cmpdump.c" -lkdumpfile
}
