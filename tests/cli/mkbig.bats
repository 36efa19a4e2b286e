#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkbig.bats - mkbig makes a valid vmcore of a big machine, whose pages are filtered as planned

load cli

@test "a vmcore of 1 GiB is an ELF core, and dump levels 0, 2, 4, 8, 16 and 31 keep the planned number of pages" {
    planned=$("$TOP/build/tools/mkbig" src 1)
    [ "$planned" = 'pages=262046 kept=1210' ]
    readelf -lnW src > headers
    grep -q 'LOAD .* 0xffffffff81000000 0x0000000001000000 0x400000' headers
    grep -q 'LOAD .* 0xffff888000100000 0x0000000000100000 0x3ff00000' headers
    grep -q VMCOREINFO headers
    # makedumpfile 1.7.8 keeps the same number of pages
    for kept in 0:262046 2:221672 4:219038 8:179583 16:126681 31:1210; do
        # shellcheck disable=SC2034 # copy() uses FORMAT
        FORMAT=(--format kdump)
        copy --dump-level ${kept%:*}
        [ "$status" -eq 0 ]
        says_nothing
        [ "$(/usr/bin/python3 "$TOP/tests/bench/kdump.py" out/vmcore)" -eq ${kept#*:} ]
        rm -r out
    done
}
