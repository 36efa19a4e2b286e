#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# console.bats - the progress on the console and the report for scripts

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# slow OPTION...: makes a copy that needs about half a second for each MiB (two delayed writes)
slow() {
    full_core "${MIB:-3}"
    strace -f -qq -o trace -P "$HERE/out/vmcore.incomplete" \
        -e inject=pwrite64:delay_exit=220000 "$COPY" --no-dmesg --format elf --dump-level 1 \
        --threads 1 --source src --file out/vmcore "$@"
}

@test "on a terminal one line is updated in place, once a second" {
    export -f slow full_core core strace
    export TOP COPY HERE
    MIB=5 SHELL=/bin/bash script -qec 'bash -c slow' /dev/null > seen < /dev/null
    same src out/vmcore
    # each update of the line begins with a carriage return; a newline ends the line
    [ "$(wc -l < seen)" -eq 1 ]
    updates=$(tr -d '\n' < seen | tr '\r' '\n' | grep -c '^saving vmcore: ')
    cat -v seen
    [ "$updates" -ge 2 ]
    [ "$updates" -le 4 ]
    tr '\r' '\n' < seen | grep -q 'saving vmcore: 100 %, 5 of 5 MB, .* MB/s'
    tr '\r' '\n' < seen | grep -q 'saving vmcore:  [0-9][0-9] %, . of 5 MB, . MB/s, [0-9]* s left'
}

@test "a short copy whose standard error is a file prints only the last progress line" {
    slow 2> seen
    [ "$(wc -l < seen)" -eq 1 ]
    grep -q '^saving vmcore: 100 %, 3 of 3 MB, [0-9]* MB/s$' seen
}

@test "--quiet prints nothing on a terminal" {
    export -f slow full_core core strace
    export TOP COPY HERE
    SHELL=/bin/bash script -qec 'bash -c "slow --quiet"' /dev/null > seen < /dev/null
    same src out/vmcore
    [ ! -s seen ]
}

@test "nothing is printed on stdout" {
    small_core
    "$COPY" "${FORMAT[@]}" --source src --file out/vmcore > stdout 2> /dev/null
    [ ! -s stdout ]
}

@test "control characters in names are printed as ?" {
    run --separate-stderr "$COPY" --file out/vmcore --source $'no\e[2J\nfile'
    [ "$status" -eq 3 ]
    said 'no?[2J?file: cannot open: No such file or directory'
}

@test "the report has all keys, after a successful and after a failed copy" {
    small_core
    copy
    done_well
    [ "$(wc -l < report)" -eq 16 ]
    reported "bytes=$(stat -c %s out/vmcore)"
    reported 'stored_bytes=[0-9][0-9]*'
    reported lost_pages=0
    reported excluded_pages=0
    # 16 + 8 + 1 + 1 of the 787 pages are not zeros
    reported constant_pages=761
    reported 'seconds=[0-9]*\.[0-9]'
    reported format=elf
    reported compress=none
    reported dump_level=1
    rm -r out
    as kdump
    copy
    done_well
    [ "$(wc -l < report)" -eq 16 ]
    reported "bytes=$(stat -c %s out/vmcore)"
    reported format=kdump
    reported compress=zstd
    # the page of 0xff is stored once, so it does not count as a constant page
    reported constant_pages=761
    # the report of a failed copy
    copy
    [ "$status" -eq 4 ]
    [ "$(wc -l < report)" -eq 17 ]
    reported bytes=0
    reported "error=${stderr#fadump-copy: }"
}

@test "the report has the reason if the dump level cannot be applied" {
    small_core
    run --separate-stderr "$COPY" --quiet --no-dmesg --source src --file out/vmcore --report report
    [ "$status" -eq 7 ]
    one_line
    says "; the affected pages are kept"
    "$TOP/build/tools/cmpdump" -l 31 src out/vmcore
    reported dump_level=31
    why=${stderr#fadump-copy: src: }
    reported "unfiltered=${why%; the affected pages are kept}"
    none grep error= report
}
