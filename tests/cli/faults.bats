#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# faults.bats - the target fails in every way a disk or a server can
#
# The program is static, so nothing can be put between it and libc: strace answers in the
# kernel's place.  -P limits that to system calls on one path.

# bats and cli.bash set what is used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# faulty PATH INJECT...: as traced, with the faults on calls that concern PATH.
faulty() {
    local options=(-P "$1") spec
    shift
    for spec; do
        options+=(-e "inject=$spec")
    done
    traced "${options[@]}" --
}

tmp() {
    echo "$HERE/out/vmcore.incomplete"
}

# What an unfinished dump is worth: every page with a descriptor is right, and it says that it
# is incomplete.
partial() {
    "$TOP/build/tools/cmpkdump" -i src out/vmcore.incomplete
}

@test "full disk: on the headers, on memory, on flush, over quota" {
    full_core 4
    for format in elf kdump; do
        as $format
        for fault in pwrite64:error=ENOSPC:when=1 pwrite64:error=ENOSPC:when=4 fsync:error=ENOSPC \
            close:error=ENOSPC pwrite64:error=EDQUOT:when=4 close:error=EDQUOT ftruncate:error=ENOSPC; do
            faulty "$(tmp)" $fault
            failed 5 "out/vmcore.incomplete"
            reported "error=${stderr#fadump-copy: }"
            [ -e out/vmcore.incomplete ]
            case $format-$fault in
                kdump-*when=4 | kdump-fsync*) partial ;;
            esac
            rm -r out
        done
    done
}

@test "a disk that really is full" {
    full_core 4
    mkdir out
    alone=("$BATS_TEST_DIRNAME/../lab/alone")
    [ "$(id -u)" -eq 0 ] || alone=(unshare -r -m)
    for format in elf kdump; do
        as $format
        # shellcheck disable=SC2016 # $1 is for the shell in there
        run --separate-stderr "${alone[@]}" sh -c '
            mount -t tmpfs -o size=2M none out || exit 99
            "$@" --quiet --no-dmesg --source src --file out/vmcore
            status=$?
            ls out >&3
            cp out/* kept
            exit $status' sh "$COPY" "${FORMAT[@]}" 3> names
        failed 5 "No space left on device"
        [ "$(cat names)" = vmcore.incomplete ]
    done
    # a disk of 2 MiB, and a good part of the pages is to be had
    counts=$("$TOP/build/tools/cmpkdump" -i src kept)
    [ "$(count_of stored "$counts")" -ge 128 ]
}

@test "a disk that fails: write, size, flush, close" {
    full_core 4
    for format in elf kdump; do
        as $format
        for fault in pwrite64:retval=0:when=3 ftruncate:error=EFBIG fsync:error=EIO close:error=EIO; do
            faulty "$(tmp)" $fault
            failed 4 "out/vmcore.incomplete"
            [ -e out/vmcore.incomplete ]
            rm -r out
        done
    done
}

@test "a disk that fails at every single write" {
    # little, so that the main thread's last write has a number that no worker's has:
    # headers, a note, first bitmap, room for the second and for descriptors, second bitmap,
    # headers again; a worker's: data, descriptors, twice
    full_core 1
    as kdump
    for n in 1 2 3 4 5 6 7; do
        faulty "$(tmp)" pwrite64:error=EIO:when=$n
        failed 4 "out/vmcore.incomplete: cannot write: "
        [ $n -lt 6 ] || partial
        rm -r out
    done
    faulty "$(tmp)" pwrite64:error=EIO:when=8
    done_well
    rm -r out
    as elf # headers, a note, and a worker's two
    for n in 1 2; do
        faulty "$(tmp)" pwrite64:error=EIO:when=$n
        failed 4 "out/vmcore.incomplete: cannot write: "
        rm -r out
    done
    faulty "$(tmp)" pwrite64:error=EIO:when=3
    done_well
}

@test "the second flush fails, of the headers that call it complete" {
    small_core
    as kdump
    faulty "$(tmp)" fsync:error=EIO:when=2
    failed 4 "cannot flush"
    [ -e out/vmcore.incomplete ]
}

@test "of many threads one says that writing failed" {
    full_core 8
    as kdump
    # held until others are on their way to the same fault
    traced -P "$(tmp)" -e inject=pwrite64:error=EIO:delay_enter=200000:when=6+ -- --threads 2
    failed 4 "cannot write: "
    [ "$(cat trace.* | grep -c INJECTED)" -gt 1 ]
    partial
}

@test "flush and close fail: said once, never renamed" {
    small_core
    for format in elf kdump; do
        as $format
        faulty "$(tmp)" fsync:error=EIO close:error=EIO
        failed 4 "cannot flush"
        rm -r out
    done
}

@test "the directory cannot be flushed" {
    small_core
    traced -P "$HERE/out" -e inject=fsync:error=EIO --
    [ "$status" -eq 4 ]
    one_line
    rm -r out
    # it is new, so the one above has to know it for good as well
    traced -P "$HERE" -e inject=fsync:error=EIO --
    [ "$status" -eq 4 ]
    one_line
}

@test "a filesystem that cannot flush directories" {
    small_core
    traced -P "$HERE/out" -e inject=fsync:error=EINVAL --
    done_well
}

@test "an interrupted call is made again" {
    full_core 4
    for format in elf kdump; do
        as $format
        traced -P "$HERE/src" -P "$(tmp)" -e inject=pread64,pwrite64:error=EINTR:when=1+2 --
        done_well
        grep -q 'pwrite64.*EINTR' trace.*
        rm -r out trace.*
        traced -P "$HERE/src" -P "$(tmp)" -e inject=pread64,pwrite64:error=EINTR:when=1+2 -- --no-mmap
        done_well
        grep -q 'pread64.*EINTR' trace.*
        rm -r out trace.*
    done
}

# pretend N: the worker's Nth write, the main thread has fewer, only pretends: it is 4096 of
# many bytes, which stay a hole.
pretend() {
    rm -rf out trace.*
    traced -P "$(tmp)" -e inject=pwrite64:retval=4096:when="$1" -- --threads 1
    [ "$status" -eq 0 ]
    [ "$(grep -l INJECTED trace.* | wc -l)" -eq 1 ]
    # the next one is for the rest of it
    sed -n '/INJECTED/,$p' trace.* | sed -n 's/.*, \([0-9]*\), \([0-9]*\)) = .*/\1 \2/p' > writes
    { read -r bytes at && read -r rest next; } < writes
    echo "$bytes at $at, then $rest at $next"
    [ "$rest" -eq $((bytes - 4096)) ]
    [ "$next" -eq $((at + 4096)) ]
}

@test "a short write goes on where it ended" {
    full_core 6
    pretend 7
    same -z 0x300000:4096 src out/vmcore
    # not by luck: without the hole it differs
    run same src out/vmcore
    [ "$status" -eq 1 ]
    # the first page of the sixth chunk, which does not shrink
    as kdump
    pretend 11
    run same src out/vmcore
    [ "$output" = "cmpkdump: page 0x280 differs" ]
}

@test "a short read goes on where it ended" {
    full_core 2
    # the first three reads: ELF header, program headers, a note
    traced -P "$HERE/src" -e inject=pread64:error=EINTR:when=2..4 -- --no-mmap
    done_well
}

@test "rename: where RENAME_NOREPLACE is not known" {
    small_core
    for error in EINVAL ENOSYS; do
        for format in elf kdump; do
            as $format
            traced -e inject=renameat2:error=$error --
            done_well
            rm -r out
        done
    done
}

@test "rename: the name was taken meanwhile" {
    small_core
    traced -e inject=renameat2:error=EEXIST --
    failed 4 "final name"
    [ -e out/vmcore.incomplete ]
    rm -r out trace.*
    # and where RENAME_NOREPLACE is not known: taken while the file is flushed
    {
        appears out/vmcore.incomplete
        echo theirs > out/vmcore
    } &
    traced -P "$(tmp)" -P "$HERE/out" -e inject=fsync:delay_enter=500000:when=1 \
        -e inject=renameat2:error=EINVAL --
    wait
    [ "$status" -eq 4 ]
    one_line
    [ "$(cat out/vmcore)" = theirs ]
    [ -e out/vmcore.incomplete ]
}

@test "rename fails" {
    small_core
    for format in elf kdump; do
        as $format
        traced -e inject=renameat2:error=EROFS --
        failed 4 "final name"
        rm -r out
    done
    traced -e inject=renameat2:error=EINVAL -e inject=renameat:error=EIO --
    failed 4 "final name"
}

@test "mmap refused: read instead, the same dump" {
    full_core 20
    for format in elf kdump; do
        as $format
        for error in ENODEV EAGAIN EPERM; do
            traced -P "$HERE/src" -e inject=mmap:error=$error --
            [ "$status" -eq 0 ]
            one_line
            says "src: cannot map ("
            same src out/vmcore
            rm -r out trace.*
        done
        # half way
        traced -P "$HERE/src" -e inject=mmap:error=EAGAIN:when=2 --
        [ "$status" -eq 0 ]
        one_line
        same src out/vmcore
        rm -r out trace.*
    done
}

@test "the source cannot be read: each of its headers" {
    small_core
    for n in 1 2 3; do
        traced -P "$HERE/src" -e inject=pread64:error=EIO:when=$n --
        [ $n -eq 3 ] || failed 3 "src: cannot read its"
        [ $n -ne 3 ] || [ "$status" -eq 0 ] # a note: the dump comes first
        rm -rf out trace.*
    done
    traced -P "$HERE/src" -e inject=lseek:error=ESPIPE --
    failed 3 "cannot seek"
}

@test "no thread" {
    full_core 1
    # the last two are ours; a sanitizer may have one before
    traced -e trace=clone,clone3 -- --threads 2
    last=$(cat trace.* | grep -c '^clone')
    rm -r out trace.*
    for n in $((last - 1)) "$last"; do
        traced -e inject=clone,clone3:error=EAGAIN:when="$n" -- --threads 2
        failed 6 "cannot start a thread"
        rm -r out trace.*
    done
}

# the loader and a sanitizer need memory first
# bats test_tags=uninstrumented
@test "no memory" {
    full_core 1
    # every piece of memory that is claimed before the target is made
    as kdump
    traced -e trace=mmap,mkdir -- --threads 2
    last=$(sed -n '/mkdir/q;p' "$(grep -l MAP_POPULATE trace.*)" | grep -c mmap)
    [ "$last" -ge 8 ]
    rm -r out trace.*
    for n in $(seq 1 "$last"); do
        traced -e trace=mmap -e inject=mmap:error=ENOMEM:when="$n" -- --threads 2
        # libc has other ways to a small piece, and the size of memory need not be known
        [ "$status" -ne 0 ] || {
            done_well
            grep -h INJECTED trace.* | grep -q 'mmap([^,]*, 4096,'
            rm -r out trace.*
            continue
        }
        failed 6 "no memory"
        absent out
    done
}

@test "killed anywhere before it is durable: no final name" {
    full_core 4
    for format in elf kdump; do
        as $format
        for call in ftruncate:when=1 pwrite64:when=1 pwrite64:when=3 fsync:when=1; do
            rm -rf out trace.*
            run strace -ff -qq -o trace -P "$(tmp)" -e inject=${call%:*}:signal=KILL:${call#*:} \
                "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore
            [ "$status" -eq 137 ]
            absent out/vmcore
            [ -e out/vmcore.incomplete ]
        done
    done
}

@test "killed at every write: a valid partial dump" {
    full_core 4
    as kdump
    partly=0
    # a worker writes twice for each of 8 chunks; the main thread's fourth is bitmap bits, which say what of that counts and may
    # come as late as they like
    for n in $(seq 4 16) last; do
        call=pwrite64:signal=KILL:when=$n
        [ "$n" != last ] || call=fsync:signal=KILL:when=1
        rm -rf out trace.*
        run strace -ff -qq -o trace -P "$(tmp)" -e "inject=$call" \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 1 --source src --file out/vmcore
        [ "$status" -eq 137 ]
        run partial
        echo "killed at $n: $output"
        [ "$status" -eq 0 ]
        there=$(count_of stored "$output")
        case $there in 0 | 1024) ;; *) partly=$((partly + 1)) ;; esac
    done
    [ "$partly" -gt 0 ]
    [ "$there" -eq 1024 ] # killed after the last write: all of it
}

@test "killed at any time, with many threads: a valid partial dump" {
    full_core 24
    as kdump
    for s in 0.15 0.3 0.45 0.6 0.75; do
        rm -rf out trace.*
        exec_strace -f -qq -o trace -P "$(tmp)" -e inject=pwrite64:delay_exit=40000 \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 3 --source src --file out/vmcore &
        appears out/vmcore.incomplete
        sleep $s
        kill -KILL "$(head -n 1 trace | cut -d ' ' -f 1)" # the traced, not its tracer
        wait $! || true
        absent out/vmcore
        partial
    done
}

@test "a report that cannot be written costs no dump" {
    small_core
    for report in no/report /dev/full; do
        run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src \
            --file out/vmcore --report $report
        [ "$status" -eq 0 ]
        one_line
        same src out/vmcore
        rm -r out
    done
}
