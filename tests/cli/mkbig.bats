#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkbig.bats - the synthetic vmcore of a big machine is one, and its pages are filtered as planned

load cli

@test "1 GiB of it is an ELF core, and what each level keeps is as planned" {
    planned=$("$TOP/build/tools/mkbig" src 1)
    [ "$planned" = 'pages=262046 kept=1210' ]
    readelf -lnW src > headers
    grep -q 'LOAD .* 0xffffffff81000000 0x0000000001000000 0x400000' headers
    grep -q 'LOAD .* 0xffff888000100000 0x0000000000100000 0x3ff00000' headers
    grep -q VMCOREINFO headers
    # makedumpfile 1.7.8 keeps as many
    for kept in 0:262046 2:221672 4:219038 8:179583 16:126681 31:1210; do
        # shellcheck disable=SC2034 # copy uses it
        FORMAT=(--format kdump)
        copy --dump-level ${kept%:*}
        [ "$status" -eq 0 ]
        says_nothing
        [ "$(python3 "$TOP/tests/bench/kdump.py" out/vmcore)" -eq ${kept#*:} ]
        rm -r out
    done
}
