#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmesg.bats - the kernel log is saved alongside the dump

load cli

# log_core [LINE]...: makes a source from these LINEs and a printk ring at virtual address 0xffffffff82001000, whose
# records are on stdin
log_core() {
    {
        printf '%s\n' "$@" 'info PAGESIZE=4096' 'load 0x1000000 1M vaddr=0xffffffff82000000' \
            'fill 0xee 4K' 'load 0 2M' 'pattern 1 1M' \
            "ring 0xffffffff82001000 ${RING:-4 10}"
        cat
    } | core
}

save() {
    run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore
    [ "$status" -eq 0 ]
    same src out/vmcore
}

records='record 0 Linux version 6.12
empty 999
committed 1000000 committed, not final
reserved 2000000 half written
wrongid 3000000 of another record
record 1234567890123 escape \x1b[31m, bell \x07, high \xff, tab \x09.
record 1234567890123 two\x0alines'

@test "finalized, committed and empty records are printed, in both byte orders; other records are skipped" {
    for order in little big; do
        echo "$records" | log_core "order $order"
        save
        says_nothing
        printf '%s\n' '[    0.000000] Linux version 6.12' '[    0.000000] ' \
            '[    0.001000] committed, not final' \
            '[ 1234.567890] escape \x1b[31m, bell \x07, high \xff, tab 	.' \
            '[ 1234.567890] two' lines > want
        diff want out/vmcore-dmesg.txt
        [ "$(stat -c %a out/vmcore-dmesg.txt)" = 600 ]
        absent out/vmcore-dmesg.txt.incomplete
        rm -r out
    done
}

@test "a log that wraps around the ring is saved" {
    for lpos in $(seq 56 8 104); do
        for fit in '' fit; do
            for i in 1 2 3 4 5 6; do
                echo "record $i some text of line $i"
            done | RING="3 8 lpos=$lpos $fit" log_core
            run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore
            [ "$(grep -c '^\[    0.000000\] some text of line [1-6]$' out/vmcore-dmesg.txt)" -eq 6 ] || {
                echo "lpos $lpos $fit"
                cat out/vmcore-dmesg.txt
                return 1
            }
            rm -r out
        done
    done
}

@test "a log longer than the copier's buffer of 16 KiB is saved completely" {
    for i in $(seq 1 1000); do
        echo "record ${i}000000 line $i of a long log, all of which has to come through"
    done | RING='10 17' log_core
    save
    [ "$(wc -l < out/vmcore-dmesg.txt)" -eq 1000 ]
    [ "$(tail -n 1 out/vmcore-dmesg.txt)" = '[    1.000000] line 1000 of a long log, all of which has to come through' ]
}

# no_log TEXT: checks that the dump is made without a log, and that one line has the reason, TEXT
no_log() {
    save
    one_line
    says "the kernel log is not saved: $1"
    absent out/vmcore-dmesg.txt out/vmcore-dmesg.txt.incomplete
    rm -r out
}

@test "for a core without a usable log, one line has the reason, no log file is created, and the dump is saved" {
    printf 'load 0 4K\nfill 1 4K\n' | core
    no_log 'VMCOREINFO has no SYMBOL(prb)'
    printf 'info PAGESIZE=4096\nload 0 4K\nfill 1 4K\n' | core
    no_log 'VMCOREINFO has no SYMBOL(prb)'
    printf 'info SYMBOL(prb)=10\nload 0 4K\nfill 1 4K\n' | core
    no_log "VMCOREINFO lacks the layout"
    echo "record 1 x" | log_core 'info SYMBOL(prb)=10'
    no_log "the printk ring buffer is not in the dump"
}

@test "an empty log: no file is created" {
    : | log_core
    run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore
    [ "$status" -eq 0 ]
    absent out/vmcore-dmesg.txt out/vmcore-dmesg.txt.incomplete
}

@test "an old log is not overwritten, and the dump is saved" {
    echo "record 1 new" | log_core
    mkdir out
    echo old > out/vmcore-dmesg.txt
    save
    one_line
    [ "$(cat out/vmcore-dmesg.txt)" = old ]
    rm -r out
    mkdir out
    ln -s nowhere out/vmcore-dmesg.txt.incomplete
    save
    one_line
    absent out/nowhere out/vmcore-dmesg.txt
}

@test "the dump is saved even if the log cannot be written" {
    echo "record 1 new" | log_core
    for fault in pwrite64:error=ENOSPC fsync:error=EIO close:error=EIO; do
        run --separate-stderr strace -ff -qq -o trace -P "$HERE/out/vmcore-dmesg.txt.incomplete" \
            -e inject=$fault "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore
        [ "$status" -eq 0 ]
        one_line
        absent out/vmcore-dmesg.txt
        same src out/vmcore
        rm -r out
    done
}

# printed [OPTION]...: runs --dmesg, with standard output in the file "log"
printed() {
    # shellcheck disable=SC2016 # the inner shell expands $@
    run --separate-stderr bash -c 'exec "$@" > log' sh "$COPY" --dmesg --source src "$@"
    absent out
}

@test "--dmesg: prints the same text on standard output and creates no file" {
    echo "$records" | log_core
    save
    mv out/vmcore-dmesg.txt want
    rm -r out
    for way in '' --no-mmap; do
        # shellcheck disable=SC2086 # one word or no word
        printed $way
        [ "$status" -eq 0 ]
        says_nothing
        cmp want log
    done
    "$COPY" --dmesg --source src | cat > log
    cmp want log
    for i in $(seq 1 1000); do
        echo "record ${i}000000 line $i of a long log, all of which has to come through"
    done | RING='10 17' log_core
    printed
    [ "$status" -eq 0 ]
    [ "$(wc -l < log)" -eq 1000 ]
}

@test "--dmesg: a missing log gives status 3, a full standard output status 5, a closed pipe status 4" {
    printf 'load 0 4K\nfill 1 4K\n' | core
    printed
    [ "$status" -eq 3 ]
    one_line
    says 'the kernel log is not saved: VMCOREINFO has no SYMBOL(prb)'
    [ ! -s log ]
    echo no core > src
    printed
    [ "$status" -eq 3 ]
    one_line
    echo "record 1 x" | log_core
    run --separate-stderr bash -c '"$@" > /dev/full' sh "$COPY" --dmesg --source src
    [ "$status" -eq 5 ]
    says 'standard output: cannot write: No space left on device'
    # the reader exits before the first write
    run --separate-stderr bash -c 'mkfifo pipe; exec 3<> pipe 4> pipe 3>&-; exec "$@" >&4' sh "$COPY" \
        --dmesg --source src
    [ "$status" -eq 4 ]
    says 'standard output: cannot write: Broken pipe'
}

@test "--no-dmesg: no log is saved" {
    echo "record 1 new" | log_core
    copy
    done_well
    absent out/vmcore-dmesg.txt
}
