# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# cmpdump - cmpdump with libkdumpfile, built in the tree: its libkdumpfile can read all formats of the module
# In:  tree; tests/tools/cmpdump.c and its other files, with unpack_kdumpfile.c instead of unpack_codecs.c.
# Out: cmpdump, which runs in the tree. Does not know: the dumps that are compared.

files='cmpdump.c cmpdump.h cmp_elf.c cmp_kdump.c cmp_pages.c source.c unpack_kdumpfile.c elf64.c elf64.h'

part_needs() {
    echo tree
}

part_recipe() {
    for file in $files; do cat "$REPO/tests/tools/$file"; done
}

part_build() {
    for file in $files; do cp "$REPO/tests/tools/$file" "$1/"; done
    TREE=$(part_path tree)
    export TREE
    step compile "$HERE/tree-exec" gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 -o "$1/cmpdump" "$1"/*.c -lkdumpfile
}
