#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# faults.bats - failures of the target, the source, threads and allocations during a copy, and kills
#
# The program is static, so libc calls cannot be replaced: strace injects errors into system calls.  -P limits the
# injection to calls on one path.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# faulty PATH INJECT...: runs traced(), with the faults on calls that use PATH
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

# partial: checks that in the unfinished dump every page with a descriptor is correct, and that the header marks the
# dump as incomplete
partial() {
    "$TOP/build/tools/cmpdump" -i src out/vmcore.incomplete
}

@test "a full disk or an exceeded quota gives status 5: at the first or a later write, at the flush, at the close" {
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

@test "a real full disk gives status 5 and leaves a partial dump" {
    full_core 4
    mkdir out
    alone=("$BATS_TEST_DIRNAME/../lab/alone")
    [ "$(id -u)" -eq 0 ] || alone=(unshare -r -m)
    for format in elf kdump; do
        as $format
        # shellcheck disable=SC2016 # the inner shell expands $1
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
    # the partial kdump has at least a quarter of the 512 pages that fit in 2 MiB
    counts=$("$TOP/build/tools/cmpdump" -i src kept)
    [ "$(count_of stored "$counts")" -ge 128 ]
}

@test "an error of write, ftruncate, fsync or close gives status 4" {
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

@test "an error of any single write gives status 4" {
    # strace counts the writes of each thread. The source is small, so that only the main thread makes more than 4. It
    # makes 7: headers, a note, the first bitmap, room for the second bitmap, room for descriptors, the second bitmap,
    # headers again. The worker makes 4 writes: data and descriptors of two chunks.
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
    as elf # the main thread writes headers and a note; a worker makes two writes
    for n in 1 2; do
        faulty "$(tmp)" pwrite64:error=EIO:when=$n
        failed 4 "out/vmcore.incomplete: cannot write: "
        rm -r out
    done
    faulty "$(tmp)" pwrite64:error=EIO:when=3
    done_well
}

@test "an error in flushing the headers that mark the dump as complete gives status 4" {
    small_core
    as kdump
    faulty "$(tmp)" fsync:error=EIO:when=2
    failed 4 "cannot flush"
    [ -e out/vmcore.incomplete ]
}

@test "if the writes of several threads fail, one error is logged" {
    full_core 8
    as kdump
    # the delay lets other threads reach the same fault
    traced -P "$(tmp)" -e inject=pwrite64:error=EIO:delay_enter=200000:when=6+ -- --threads 2
    failed 4 "cannot write: "
    [ "$(cat trace.* | grep -c INJECTED)" -gt 1 ]
    partial
}

@test "if flush and close fail, one error is logged and the file is not renamed" {
    small_core
    for format in elf kdump; do
        as $format
        faulty "$(tmp)" fsync:error=EIO close:error=EIO
        failed 4 "cannot flush"
        rm -r out
    done
}

@test "a directory that cannot be flushed gives status 4" {
    small_core
    traced -P "$HERE/out" -e inject=fsync:error=EIO --
    [ "$status" -eq 4 ]
    one_line
    rm -r out
    # the directory is new, so its parent is also flushed
    traced -P "$HERE" -e inject=fsync:error=EIO --
    [ "$status" -eq 4 ]
    one_line
}

@test "a file system without fsync on directories is accepted" {
    small_core
    traced -P "$HERE/out" -e inject=fsync:error=EINVAL --
    done_well
}

@test "an interrupted call is repeated" {
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

# pretend N: makes a copy in which strace skips the Nth write of the worker and returns 4096, so that these 4096 bytes
# remain a hole; checks that the next write continues after the hole. The main thread makes fewer than N writes.
pretend() {
    rm -rf out trace.*
    traced -P "$(tmp)" -e inject=pwrite64:retval=4096:when="$1" -- --threads 1
    [ "$status" -eq 0 ]
    [ "$(grep -l INJECTED trace.* | wc -l)" -eq 1 ]
    # the next call writes the rest
    sed -n '/INJECTED/,$p' trace.* | sed -n 's/.*, \([0-9]*\), \([0-9]*\)) = .*/\1 \2/p' > writes
    { read -r bytes at && read -r rest next; } < writes
    echo "short write: $bytes bytes at $at; next write: $rest bytes at $next"
    [ "$rest" -eq $((bytes - 4096)) ]
    [ "$next" -eq $((at + 4096)) ]
}

@test "after a short write, the next write continues at its end" {
    full_core 6
    pretend 7
    same -z 0x300000:4096 src out/vmcore
    # the hole is real: without -z the dump differs
    run same src out/vmcore
    [ "$status" -eq 1 ]
    # the hole is the first page of the sixth chunk, which is not compressible
    as kdump
    pretend 11
    run same src out/vmcore
    [ "$output" = "cmpdump: page 0x280 differs" ]
}

@test "an interrupted read is repeated" {
    full_core 2
    # read 1 is the ELF header; the read of the program headers is interrupted three times
    traced -P "$HERE/src" -e inject=pread64:error=EINTR:when=2..4 -- --no-mmap
    done_well
}

@test "rename: the dump is also saved on a kernel or file system without RENAME_NOREPLACE" {
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

@test "rename: a final name that appears during the copy is not overwritten" {
    small_core
    traced -e inject=renameat2:error=EEXIST --
    failed 4 "final name"
    [ -e out/vmcore.incomplete ]
    rm -r out trace.*
    # without RENAME_NOREPLACE: the name is created while the file is flushed
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

@test "rename: an error gives status 4" {
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

@test "if mmap fails, this is logged, the source is read, and the dump is equal to the source" {
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
        # mmap fails in the middle of the copy
        traced -P "$HERE/src" -e inject=mmap:error=EAGAIN:when=2 --
        [ "$status" -eq 0 ]
        one_line
        same src out/vmcore
        rm -r out trace.*
    done
}

@test "an error in reading any header of the source gives status 3" {
    small_core
    for n in 1 2 3; do
        traced -P "$HERE/src" -e inject=pread64:error=EIO:when=$n --
        [ $n -eq 3 ] || failed 3 "src: cannot read its"
        [ $n -ne 3 ] || [ "$status" -eq 0 ] # an unreadable note does not stop the dump
        rm -rf out trace.*
    done
    traced -P "$HERE/src" -e inject=lseek:error=ESPIPE --
    failed 3 "cannot seek"
}

@test "an error in starting a thread gives status 6" {
    full_core 1
    # the last two clones are the program's own; a sanitizer may make one before them
    traced -e trace=clone,clone3 -- --threads 2
    last=$(cat trace.* | grep -c '^clone')
    rm -r out trace.*
    for n in $((last - 1)) "$last"; do
        traced -e inject=clone,clone3:error=EAGAIN:when="$n" -- --threads 2
        failed 6 "cannot start a thread"
        rm -r out trace.*
    done
}

# in an instrumented program, the loader and the sanitizer call mmap first
# bats test_tags=uninstrumented
@test "any failed allocation gives status 6, and no file is created" {
    full_core 1
    # count the allocations before the target directory is created
    as kdump
    traced -e trace=mmap,mkdir -- --threads 2
    last=$(sed -n '/mkdir/q;p' "$(grep -l MAP_POPULATE trace.*)" | grep -c mmap)
    [ "$last" -ge 8 ]
    rm -r out trace.*
    for n in $(seq 1 "$last"); do
        traced -e trace=mmap -e inject=mmap:error=ENOMEM:when="$n" -- --threads 2
        # a failed mmap of 4096 bytes is no error: libc can get a small block in another way, and the size of the
        # memory is optional
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

@test "killed before the dump is durable: the final name does not exist" {
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

@test "killed at any write: the partial dump is valid" {
    full_core 4
    as kdump
    partly=0
    # strace counts the writes of each thread. The worker makes two for each of 8 chunks. The main thread makes seven
    # before the flush: headers, a note, the first bitmap, room for the second bitmap and for descriptors, and two parts
    # of the second bitmap.
    for n in $(seq 4 16) last; do
        call=pwrite64:signal=KILL:when=$n
        [ "$n" != last ] || call=fsync:signal=KILL:when=1
        rm -rf out trace.*
        run strace -ff -qq -o trace -P "$(tmp)" -e "inject=$call" \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 1 --source src --file out/vmcore
        [ "$status" -eq 137 ]
        run partial
        echo "killed at write $n: $output"
        [ "$status" -eq 0 ]
        there=$(count_of stored "$output")
        case $there in 0 | 1024) ;; *) partly=$((partly + 1)) ;; esac
    done
    [ "$partly" -gt 0 ]
    [ "$there" -eq 1024 ] # killed after the last write: all pages
}

@test "killed at any time, with three threads: the partial dump is valid" {
    full_core 24
    as kdump
    for s in 0.15 0.3 0.45 0.6 0.75; do
        rm -rf out trace.*
        exec_strace -f -qq -o trace -P "$(tmp)" -e inject=pwrite64:delay_exit=40000 \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 3 --source src --file out/vmcore &
        appears out/vmcore.incomplete
        sleep $s
        kill -KILL "$(head -n 1 trace | cut -d ' ' -f 1)" # the traced process, not strace
        wait $! || true
        absent out/vmcore
        partial
    done
}

@test "the dump is saved even if the report cannot be written" {
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
