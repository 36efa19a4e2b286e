#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmesg.bats - the kernel log beside the dump

load cli

# A core with a ring at virtual 0xffffffff82000000, records on stdin.
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

@test "every kind of record, in both byte orders" {
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

@test "a log that goes round the ring" {
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

@test "a log longer than the buffer" {
    for i in $(seq 1 1000); do
        echo "record ${i}000000 line $i of a long log, all of which has to come through"
    done | RING='10 17' log_core
    save
    [ "$(wc -l < out/vmcore-dmesg.txt)" -eq 1000 ]
    [ "$(tail -n 1 out/vmcore-dmesg.txt)" = '[    1.000000] line 1000 of a long log, all of which has to come through' ]
}

# no_log TEXT: one line says why, and the dump is made.
no_log() {
    save
    one_line
    says "the kernel log is not saved: $1"
    absent out/vmcore-dmesg.txt out/vmcore-dmesg.txt.incomplete
    rm -r out
}

@test "no log to be had: a line, no file, the dump" {
    printf 'load 0 4K\nfill 1 4K\n' | core
    no_log 'VMCOREINFO has no SYMBOL(prb)'
    printf 'info PAGESIZE=4096\nload 0 4K\nfill 1 4K\n' | core
    no_log 'VMCOREINFO has no SYMBOL(prb)'
    printf 'info SYMBOL(prb)=10\nload 0 4K\nfill 1 4K\n' | core
    no_log "VMCOREINFO lacks the layout"
    echo "record 1 x" | log_core 'info SYMBOL(prb)=10'
    no_log "the printk ring buffer is not in the dump"
}

@test "an empty log: nothing is made" {
    : | log_core
    run --separate-stderr "$COPY" --quiet "${FORMAT[@]}" --source src --file out/vmcore
    [ "$status" -eq 0 ]
    absent out/vmcore-dmesg.txt out/vmcore-dmesg.txt.incomplete
}

@test "an old log is not overwritten, and costs no dump" {
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

@test "a log that cannot be written costs no dump" {
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

# printed [OPTION]...: the log alone, into the file "log"
printed() {
    # shellcheck disable=SC2016 # $@ is the inner shell's
    run --separate-stderr bash -c 'exec "$@" > log' sh "$COPY" --dmesg --source src "$@"
    absent out
}

@test "--dmesg: the same text on standard output, and nothing else is made" {
    echo "$records" | log_core
    save
    mv out/vmcore-dmesg.txt want
    rm -r out
    for way in '' --no-mmap; do
        # shellcheck disable=SC2086 # one word or none
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

@test "--dmesg: a log that cannot be had is status 3, a reader that went away or a full disk is not silence" {
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
    # the reader has gone before anything is written
    run --separate-stderr bash -c 'mkfifo pipe; exec 3<> pipe 4> pipe 3>&-; exec "$@" >&4' sh "$COPY" --dmesg --source src
    [ "$status" -eq 4 ]
    says 'standard output: cannot write: Broken pipe'
}

@test "--no-dmesg" {
    echo "record 1 new" | log_core
    copy
    done_well
    absent out/vmcore-dmesg.txt
}
