#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# save.bats - fadump-save extracts a dump from a device and refuses any other content

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli
load block

dump() {
    printf 'info PAGESIZE=4096\nload 0 6M\npattern 1 2M\nzero 2M\npattern 2 2M\nring 0xc000000000580000 4 10\nrecord 1000000 a line\n' | core
    device 16
    block "$@"
    whole
}

# Makes an archive on the device. stdin has a line for each member: NAME SIZE [OPTION...], where OPTIONs are
# attributes of tarfile.TarInfo. A member has the content of the file NAME, then zeros.
archive() {
    /usr/bin/python3 -c '
import sys, tarfile, os
out = open("dev", "wb")
for line in sys.stdin:
    name, size, *more = line.split()
    t = tarfile.TarInfo(name)
    t.size, t.mtime = int(size), 1700000000
    for m in more:
        key, value = m.split("=", 1)
        setattr(t, key, value.encode() if key == "type" else int(value) if value.isdigit() else value)
    out.write(t.tobuf(tarfile.GNU_FORMAT))
    if t.size <= 1 << 26:
        data = open(os.path.basename(name), "rb").read() if os.path.isfile(os.path.basename(name)) else b""
        data = data[:t.size].ljust(t.size, b"\0")
        out.write(data.ljust((t.size + 511) // 512 * 512, b"\0"))
out.write(bytes(10240))
'
}

# parts [OPTION]...: runs dump() and copies the archive's members to this directory; sets bytes, the size of vmcore
parts() {
    dump "$@"
    cp got/* .
    bytes=$(stat -c %s vmcore)
}

bad() { # STATUS TEXT: checks that verify and extract end with STATUS and TEXT, and change nothing
    local command
    for command in verify 'extract --to crash'; do
        # shellcheck disable=SC2086 # split into words
        unchanged run --separate-stderr timeout 20 "$SAVE" $command dev || return
        stopped "$1" "$2" && says "fadump-save: dev: " || return
    done
    [ ! -e crash ] || empty crash
}

damaged() {
    bad 1 "$1"
}

@test "extract: the dump is saved, and then the device is empty" {
    for format in elf kdump; do
        as $format
        dump
        save extract --to crash dev
        [ "$status" -eq 0 ]
        says_nothing
        dir=$(ls crash)
        [ "$output" = "dev: saved to crash/$dir" ]
        same src "crash/$dir/vmcore"
        diff -r got "crash/$dir"
        # the name has the time of the archive, in UTC
        [ "$dir" = "127.0.0.1-$(date -u -r got/vmcore +%Y-%m-%d-%H:%M:%S)" ]
        [ "$(stat -c %a "crash/$dir")" = 700 ]
        [ "$(stat -c %a "crash/$dir"/* | sort -u)" = 600 ]
        no_archive
        [ "$(head -c 1M dev | tr -d '\0' | wc -c)" -eq 0 ]
        save list dev
        [ "$output" = "dev: empty" ]
        rm -r crash
    done
}

@test "order: every file and name is durable before sector 0 is cleared and flushed" {
    dump
    mkdir crash
    run strace -f -qq -y -o trace "$SAVE" extract --to crash dev
    [ "$status" -eq 0 ]
    last_name=$(grep -n 'renameat2' trace | tail -n 1 | cut -d : -f 1)
    first_write=$(grep -n 'pwrite64(.*/dev>.*, 512, 0) *= 512' trace | head -n 1 | cut -d : -f 1)
    [ "$(grep -c 'pwrite64(.*/dev>' trace)" -eq 2 ]
    [ "$(grep -n 'pwrite64(.*/dev>' trace | head -n 1 | cut -d : -f 1)" -eq "$first_write" ]
    # between the last rename and the write to the device, both directories and their parent are flushed
    sed -n "${last_name},${first_write}p" trace > between
    grep -q "fsync(.*<$HERE/crash/127[^/]*>) *= 0" between
    grep -q "fsync(.*<$HERE/crash>) *= 0" between
    grep -q "fsync(.*<$HERE>) *= 0" between
    # three files, each flushed before it is renamed into place
    [ "$(sed -n "1,${first_write}p" trace | grep -c 'fsync(.*incomplete>) *= 0')" -eq 3 ]
    sed -n 's/^[0-9]* *//;/pwrite64(.*dev>/,$p' trace | sed -n 's/^\(pwrite64\|fsync\)(.*dev>.*/\1/p' > calls
    [ "$(tr '\n' ' ' < calls)" = 'pwrite64 fsync pwrite64 fsync ' ]
}

@test "--keep leaves the dump on the device; each further extraction is saved under another name" {
    dump
    for n in 1 2 3; do
        unchanged save extract --keep --to crash dev
        [ "$status" -eq 0 ]
    done
    names=$(cd crash && echo *)
    first=${names%% *}
    [ "$names" = "$first $first.1 $first.2" ]
    diff -r "crash/$first" "crash/$first.2"
}

@test "zeros of the dump become holes of the extracted file" {
    dump
    save extract --to crash dev
    file=$(echo crash/*/vmcore)
    [ "$(stat -c %s "$file")" -ge 6291456 ]
    [ "$(du -k "$file" | cut -f 1)" -le 4200 ]
    same src "$file"
}

@test "standard output that cannot be written is an error" {
    dump
    status=0
    "$SAVE" list dev 2> said > /dev/full || status=$?
    [ "$status" -eq 4 ]
    grep -qxF 'fadump-save: standard output cannot be written' said
}

@test "list prints the same members as tar" {
    dump
    save list dev
    [ "${lines[0]}" = "dev: a dump" ]
    diff <(TZ=UTC tar --full-time -tvf dev | awk '{ print $3, $4, $5, $6 }') \
        <(printf '%s\n' "${lines[@]:1}" | awk '{ print $1, $2, $3, $4 }')
    diff <(bsdtar -tf dev) <(printf '%s\n' "${lines[@]:1}" | awk '{ print $4 }')
    head -c 1M /dev/urandom > dev
    save list dev
    [ "$output" = "dev: no dump" ]
}

@test "verify prints the time and the size" {
    dump
    save verify dev
    [ "$status" -eq 0 ]
    [ "$output" = "dev: a complete dump of $(date -u -r got/vmcore '+%Y-%m-%d %H:%M:%S') UTC, $(stat -c %s got/vmcore) bytes" ]
}

@test "a device without a dump gives status 6; if --config names the device, status 0 without a message" {
    device 4
    for content in zero urandom; do
        head -c 1M /dev/$content > dev
        for command in verify extract erase; do
            unchanged save $command dev
            stopped 6 'dev: there is no dump on it'
        done
        printf '# a comment\ntarget = raw:%s/dev # and one\nrearm = no\n' "$HERE" > conf
        for command in verify 'extract --to crash'; do
            # shellcheck disable=SC2086 # split into words
            unchanged save $command --config conf
            [ "$status" -eq 0 ]
            [ -z "$output$stderr" ]
        done
        absent crash
    done
    : > dev
    save extract dev
    stopped 6 'it is empty'
}

@test "extract processes all devices of the configuration, even if one fails" {
    dump
    cp dev other
    printf 'target = dir:/var/crash\ntarget=raw:%s/none\n\ttarget = raw:%s/dev \n#target = raw:/x\ntarget = raw:%s/other' \
        "$HERE" "$HERE" "$HERE" > conf
    save extract --to crash --config conf
    [ "$status" -eq 3 ]
    one_line
    says "$HERE/none: cannot open: No such file"
    [ "$(find crash -name vmcore | wc -l)" -eq 2 ]
    save extract --to crash --config conf
    [ "$status" -eq 3 ]
    [ "$(find crash -name vmcore | wc -l)" -eq 2 ]
    save extract --to crash --config no/such
    [ "$status" -eq 2 ]
    printf 'target = dir:/var/crash\n' > conf
    save extract --config conf
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

@test "wrong arguments give status 2" {
    dump
    for arguments in '' frobnicate 'list --to x dev' 'verify --keep dev' erase 'extract --to' \
        'extract --frob dev' 'extract --to= dev'; do
        # shellcheck disable=SC2086 # split into words
        unchanged save $arguments
        [ "$status" -eq 2 ]
        one_line
    done
    absent crash
}

@test "a path that is not a device is refused with one line, without waiting" {
    mkfifo fifo
    for what in fifo /dev/zero no/such; do
        run --separate-stderr timeout 10 "$SAVE" extract --to crash $what
        stopped 3 "$what: cannot open: "
    done
}

# ---- hostile ---------------------------------------------------------------------------

@test "an archive with foreign member names is refused" {
    parts
    for name in ../../vmcore ./vmcore /vmcore vmcore/vmcore vmcores etc/passwd .; do
        printf 'status 2048\n%s %s\nvmcore %s\n' "$name" "$bytes" "$bytes" | archive
        damaged "unknown member "
    done
    printf 'status 2048\nvmcore %s\nvmcore %s\n' "$bytes" "$bytes" | archive
    damaged "a member occurs twice: vmcore"
    # a name that is too long for the header of its member is stored in a header of its own
    long=$(printf 'x%.0s' $(seq 300))
    printf 'status 2048\n%s/vmcore 10\nvmcore %s\n' "$long" "$bytes" | archive
    damaged "unknown member "
    absent vmcore.incomplete
}

@test "members that are not regular files are refused" {
    parts
    for type in 1 2 3 4 5 6; do
        printf 'status 2048\nvmcore-dmesg.txt 0 type=%s linkname=/etc/passwd\nvmcore %s\n' $type "$bytes" | archive
        damaged "not a regular file: vmcore-dmesg.txt" || damaged "unknown member vmcore-dmesg.txt/"
    done
}

@test "an archive with missing members is refused" {
    parts
    printf 'status 2048\n' | archive
    damaged "there is no vmcore"
    printf 'vmcore-dmesg.txt 22\nvmcore %s\n' "$bytes" | archive
    damaged "there is no status"
}

@test "false sizes are refused" {
    parts
    for size in $((bytes + 20000)) 1099511627776 9223372036854775000; do
        printf 'status 2048\nvmcore %s\n' $size | archive
        truncate -s $((bytes + 8192)) dev
        damaged "larger than the device: vmcore"
    done
    printf 'status 70000\nvmcore %s\n' "$bytes" | archive
    damaged "larger than 64 KiB: status"
    printf 'status 2048\nvmcore %s\n' $((bytes - 512)) | archive
    damaged "the size of vmcore differs from the size in status"
    printf 'status 0\nvmcore %s\n' "$bytes" | archive
    damaged "status has no size of the dump"
    for text in 'bytes=-1' 'bytes=' 'bytes=99999999999999999999' 'byte=1'; do
        printf '%s\nformat=elf\n' "$text" > status
        printf 'status 100\nvmcore %s\n' "$bytes" | archive
        damaged "status has no size of the dump"
    done
    printf 'bytes=%s\nformat=flat\n' "$bytes" > status
    printf 'status 100\nvmcore %s\n' "$bytes" | archive
    damaged "status has no known format"
}

@test "an archive on a device that is now shorter is refused" {
    for format in elf kdump; do
        as $format
        dump
        for size in 4M 1M 5000 4096 1024 512; do
            truncate -s $size dev
            bad 1 "the archive on it cannot be used: "
        done
        truncate -s 511 dev
        save verify dev
        stopped 6 "no dump"
    done
}

@test "with any damage to the first 4 KiB, verify ends with status 0, or with 1 or 6 and one line, but never crashes" {
    dump
    cp dev good
    for at in $(seq 0 37 4096); do
        cp good dev
        printf '\377\001\200' | dd of=dev bs=1 seek="$at" conv=notrunc status=none
        run --separate-stderr timeout 20 "$SAVE" verify dev
        [ "$status" -eq 0 ] || [ "$status" -eq 1 ] || [ "$status" -eq 6 ]
        [ "$status" -eq 0 ] || one_line
    done
}

@test "a vmcore that is incomplete, damaged or not a dump is refused" {
    as kdump
    parts
    good() {
        printf 'status 2048\nvmcore %s\n' "$bytes" | archive
    }
    good
    save verify dev
    [ "$status" -eq 0 ]
    printf '\010' | dd of=vmcore bs=1 seek=424 conv=notrunc status=none
    good
    damaged "vmcore is marked as incomplete"
    printf 'X' | dd of=vmcore bs=1 conv=notrunc status=none
    good
    damaged "vmcore is not a kdump file"
    cp got/vmcore vmcore
    printf '\1\1\1\1' | dd of=vmcore bs=1 seek=428 conv=notrunc status=none
    good
    damaged "vmcore has a damaged header"
    cp got/vmcore vmcore
    printf '\377\377\377\177' | dd of=vmcore bs=1 seek=436 conv=notrunc status=none
    good
    damaged "vmcore is shorter than its own headers"
    as elf
    parts
    printf '\377\377\377\177' | dd of=vmcore bs=1 seek=$((64 + 56 + 32)) conv=notrunc status=none
    good
    damaged "vmcore is shorter than its headers say"
    printf '\0' | dd of=vmcore bs=1 conv=notrunc status=none
    good
    damaged "vmcore is not an ELF core"
}

@test "a dump whose time is 0, negative or in a distant year is extracted" {
    parts
    for time in 0 99999999999 -5; do
        printf 'status 2048 mtime=%s\nvmcore %s mtime=%s\n' "$time" "$bytes" "$time" | archive 2> /dev/null || continue
        save extract --to crash dev
        [ "$status" -eq 0 ]
        same src crash/*/vmcore
        rm -r crash
    done
}

# ---- faults ----------------------------------------------------------------------------

# faulty STATUS INJECT|PATH...: checks that extract with these faults ends with STATUS, leaves no file, and does not
# change the device
faulty() {
    local want=$1 spec options=()
    shift
    for spec; do
        case $spec in
            /*) options+=(-P "$spec") ;;
            *) options+=(-e "inject=$spec") ;;
        esac
    done
    unchanged run --separate-stderr strace -f -qq -o trace "${options[@]}" "$SAVE" extract --to crash dev
    grep -q INJECTED trace || {
        echo "no call matched the faults: $*"
        return 1
    }
    stopped "$want" ": " && empty crash
}

@test "the dump remains on the device after any error of the target directory" {
    dump
    mkdir crash
    # the flushes: for each of three files, the file, its directory and crash; then the parent directory of crash
    for n in 1 2 3 4 5 6 7 8 9 10; do
        faulty 4 fsync:error=EIO:when=$n
    done
    for n in 1 2 3; do
        faulty 4 pwrite64:error=EIO:when=$n
        faulty 5 pwrite64:error=ENOSPC:when=$n
        faulty 5 pwrite64:error=EDQUOT:when=$n
        faulty 4 renameat2:error=EROFS:when=$n
        faulty 5 ftruncate:error=ENOSPC:when=$n
    done
    faulty 4 mkdir:error=EACCES
    # without a fault the dump is extracted
    save extract --to crash dev
    same src crash/*/vmcore
}

@test "an error in reading the device gives status 3" {
    dump
    mkdir crash
    for n in 1 2 3 5; do
        faulty 3 "$HERE/dev" pread64:error=EIO:when=$n
    done
}

@test "if a device cannot be marked empty, one line is logged, the status is 3, and the dump is saved" {
    dump
    for fault in pwrite64:error=EIO:when=1 pwrite64:error=EIO:when=2 fsync:error=EIO:when=1 fsync:error=EIO:when=2; do
        cp dev kept
        run --separate-stderr strace -f -qq -o trace -P "$HERE/dev" -e "inject=$fault" "$SAVE" extract --to crash dev
        stopped 3 "dev: cannot be marked empty"
        same src crash/*/vmcore
        cp kept dev
        rm -r crash
    done
}

@test "killed at any write, flush, rename or mkdir: the dump is on the device, or saved" {
    dump
    for call in pwrite64 fsync renameat2 mkdir; do
        n=0
        while n=$((n + 1)); do
            cp dev kept
            rm -rf crash
            run strace -f -qq -o trace -e "inject=$call:signal=KILL:when=$n" "$SAVE" extract --to crash dev
            [ "$status" -eq 137 ] || break
            "$SAVE" verify dev > /dev/null 2>&1 || same src crash/*/vmcore
            cp kept dev
        done
        [ "$status" -eq 0 ]
        [ $n -gt 2 ]
        cp kept dev
    done
}
