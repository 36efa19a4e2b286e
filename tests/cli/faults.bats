#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# faults.bats - the target fails in every way a disk or a server can
#
# The program is static, so nothing can be put between it and libc: strace answers in the
# kernel's place.  -P limits that to system calls on one path.

# shellcheck disable=SC2154 # stderr is bats's
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

@test "full disk: on the headers, on memory, on flush, over quota" {
    full_core 4
    for fault in pwrite64:error=ENOSPC:when=1 pwrite64:error=ENOSPC:when=3 fsync:error=ENOSPC \
        close:error=ENOSPC pwrite64:error=EDQUOT:when=3 close:error=EDQUOT ftruncate:error=ENOSPC; do
        faulty "$(tmp)" $fault
        failed 5 "out/vmcore.incomplete"
        reported "error=${stderr#fadump-copy: }"
        [ -e out/vmcore.incomplete ]
        rm -r out
    done
}

@test "a disk that really is full" {
    full_core 4
    mkdir out
    alone=("$BATS_TEST_DIRNAME/../lab/alone")
    [ "$(id -u)" -eq 0 ] || alone=(unshare -r -m)
    # shellcheck disable=SC2016 # $1 is for the shell in there
    run --separate-stderr "${alone[@]}" sh -c '
        mount -t tmpfs -o size=2M none out || exit 99
        "$1" --quiet --no-dmesg --source src --file out/vmcore
        status=$?
        ls out >&3
        exit $status' sh "$COPY" 3> names
    failed 5 "No space left on device"
    [ "$(cat names)" = vmcore.incomplete ]
}

@test "a disk that fails: write, size, flush, close" {
    full_core 4
    for fault in pwrite64:error=EIO:when=1 pwrite64:error=EIO:when=2 pwrite64:error=EIO:when=4 \
        pwrite64:retval=0:when=3 ftruncate:error=EFBIG fsync:error=EIO close:error=EIO; do
        faulty "$(tmp)" $fault
        failed 4 "out/vmcore.incomplete"
        [ -e out/vmcore.incomplete ]
        rm -r out
    done
}

@test "flush and close fail: said once, never renamed" {
    small_core
    faulty "$(tmp)" fsync:error=EIO close:error=EIO
    failed 4 "cannot flush"
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
    traced -e inject=pread64,pwrite64:error=EINTR:when=1+2 --
    done_well
    grep -q 'pwrite64.*EINTR' trace.*
    rm -r out trace.*
    traced -e inject=pread64,pwrite64:error=EINTR:when=1+2 -- --no-mmap
    done_well
    grep -q 'pread64.*EINTR' trace.*
}

@test "a short write goes on where it ended" {
    full_core 4
    # the third write of the writer only pretends: 4096 of 1 MiB, which stay a hole
    traced -P "$(tmp)" -e inject=pwrite64:retval=4096:when=3 -- --threads 1
    [ "$status" -eq 0 ]
    [ "$(grep -l 'INJECTED' trace.* | wc -l)" -eq 1 ]
    same -z 0x200000:4096 src out/vmcore
    # not by luck: without the hole it differs
    run same src out/vmcore
    [ "$status" -eq 1 ]
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
        traced -e inject=renameat2:error=$error --
        done_well
        rm -r out
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
    traced -e inject=renameat2:error=EROFS --
    failed 4 "final name"
    rm -r out
    traced -e inject=renameat2:error=EINVAL -e inject=renameat:error=EIO --
    failed 4 "final name"
}

@test "mmap refused: read instead, the same dump" {
    full_core 20
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

@test "no thread, no memory" {
    full_core 1
    for n in 1 2 3; do
        traced -e inject=clone,clone3:error=EAGAIN:when=$n -- --threads 2
        failed 6 "cannot start a thread"
        rm -r out trace.*
    done
    traced -e trace=mmap --
    n=$(grep -n MAP_POPULATE "$(grep -l MAP_POPULATE trace.*)" | cut -d : -f 1)
    rm -r out trace.*
    traced -e inject=mmap:error=ENOMEM:when="$n" --
    failed 6 "no memory"
    absent out
}

@test "killed anywhere before it is durable: no final name" {
    full_core 4
    for call in ftruncate:when=1 pwrite64:when=1 pwrite64:when=3 fsync:when=1; do
        rm -rf out trace.*
        run strace -ff -qq -o trace -P "$(tmp)" -e inject=${call%:*}:signal=KILL:${call#*:} \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore
        [ "$status" -eq 137 ]
        absent out/vmcore
        [ -e out/vmcore.incomplete ]
    done
}

@test "a report that cannot be written costs no dump" {
    small_core
    run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report no/report
    [ "$status" -eq 0 ]
    one_line
    same src out/vmcore
    rm -r out
    run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore --report /dev/full
    [ "$status" -eq 0 ]
    one_line
}
