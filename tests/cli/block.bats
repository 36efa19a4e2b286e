#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# block.bats - a dump on a device: the content of the device after the copy and at any moment during it
#
# The devices are files here; tests that need a real device are in tests/root.

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli
load block

# Makes a source with a log, noise, zeros, and a hole of 3 MiB between two loads.
log_core() {
    printf 'info PAGESIZE=4096\nload 0 10M\npattern 1 3M\nzero 3M\npattern 2 3M\nload 0xd00000 4M\npattern 3 4M\nring 0xc000000000980000 4 10\nrecord 1000000 a line\n' | core
}

@test "GNU tar and bsdtar list and extract the archive, with both formats of the dump" {
    log_core
    for format in elf kdump; do
        as $format
        for n in 1 3; do
            device 32
            block --threads $n
            says_nothing
            whole
            [ "$(cat got/vmcore-dmesg.txt)" = '[    0.001000] a line' ]
            tar -tvf dev > tar.list
            bsdtar -tvf dev > bsdtar.list
            printf '%s\n' vmcore-dmesg.txt status vmcore > names
            awk '{ print $6 }' tar.list | diff names -
            awk '{ print $9 }' bsdtar.list | diff names -
            diff <(awk '{ print $3 }' tar.list) <(awk '{ print $5 }' bsdtar.list)
            [ "$(stat -c %a got/vmcore)" = 600 ]
            rm -rf bsd
            mkdir bsd
            bsdtar -C bsd -xf dev
            diff -r got bsd
        done
    done
}

@test "the status member is equal to the report, except for the seconds" {
    log_core
    as kdump
    device 32
    block
    whole
    diff <(grep -v -e ^seconds= -e '^$' got/status) <(grep -v ^seconds= report)
    grep -qx "bytes=$(stat -c %s got/vmcore)" got/status
    grep -q '^seconds=[0-9.]*$' got/status
}

@test "a dump on a device has the same bytes as a dump in a file, and contains no old data of the device" {
    log_core
    for format in elf kdump; do
        as $format
        device 32
        block --threads 1
        whole
        rm -rf out
        copy --threads 1
        cmp out/vmcore got/vmcore
        none sh -c 'tr -d -c "\356" < got/vmcore-dmesg.txt'
    done
    # a dump without a log, whose descriptors need more space than its pages
    printf 'info PAGESIZE=4096\nload 0 800M\nzero 400M\npattern 1 1M\nzero 399M\n' | core
    as kdump
    device 32
    block --threads 1
    whole
    rm -rf out
    copy --threads 1
    cmp out/vmcore got/vmcore
}

@test "without a log the archive begins with the status" {
    full_core 1
    device 8
    block
    whole
    [ "$(tar -tf dev | tr '\n' ' ')" = 'status vmcore ' ]
    log_core
    block --no-dmesg --raw-overwrite
    says 'is too small'
    device 32
    block --no-dmesg
    whole
    [ "$(tar -tf dev | tr '\n' ' ')" = 'status vmcore ' ]
}

@test "with a log of any length the dump starts at a multiple of 4096 bytes" {
    for lines in 1 7 8 60 4000; do
        {
            printf 'info PAGESIZE=4096\nload 0 8M\npattern 1 2M\nring 0xc000000000200000 13 19\n'
            for i in $(seq $lines); do echo "record ${i}000000 line $i, which is as long as lines are, and 40 more bytes"; done
        } | core
        device 16
        block
        whole
        copy_log=$(tar -tvf dev | awk 'NR == 1 { print $3 }')
        [ "$copy_log" -eq "$(stat -c %s got/vmcore-dmesg.txt)" ]
        rm -rf out
        "$COPY" --quiet --source src "${FORMAT[@]}" --file out/vmcore
        cmp out/vmcore-dmesg.txt got/vmcore-dmesg.txt
        # tar -R prints the number of the header's block of 512 bytes, from 0; the data is in the next block
        at=$(tar -tRvf dev | sed -n 's/^block \([0-9]*\): .* vmcore$/\1/p')
        [ $(((at + 1) % 8)) -eq 0 ]
    done
}

# the thread sanitizer needs minutes for 9 GiB
# bats test_tags=uninstrumented
# --no-mmap: a mapped hole uses memory when it is read. The next test maps a source beyond 8 GiB.
@test "a dump of more than 8 GiB is sparse on the device, and sparse after the extraction" {
    printf 'info PAGESIZE=4096\nload 0 9G\npattern 1 1M\nzero 9214M\npattern 2 1M\n' | core
    truncate -s 10G dev
    block --no-mmap
    [ "$status" -eq 0 ]
    [ "$(tar -tvf dev | awk '$6 == "vmcore" { print ($3 > 9 * 2 ^ 30) }')" = 1 ]
    bsdtar -tvf dev > list
    [ "$(awk '$9 == "vmcore" { print ($5 > 9 * 2 ^ 30) }' list)" = 1 ]
    [ "$(du -m dev | cut -f 1)" -le 20 ]
    save extract --to crash dev
    [ "$status" -eq 0 ]
    [ "$(du -m crash | tail -n 1 | cut -f 1)" -le 20 ]
    same src crash/*/vmcore
}

@test "a source is mapped beyond its first 8 GiB" {
    printf 'info PAGESIZE=4096\nload 0 2M\npattern 1 2M\nload 4G 2M offset=9G\npattern 2 2M\n' | core
    truncate -s 10M dev
    block_traced -e trace=mmap --
    [ "$status" -eq 0 ]
    grep -qE 'mmap\(.*/src>, 0x2[0-9a-f]{8}\)' trace
    rm -rf got
    whole
}

# ---- order -----------------------------------------------------------------------------

# Prints the names of the calls to the device, without repetitions.  A flush that begins before a write has returned is
# too early.
calls() {
    # shellcheck disable=SC2016 # awk variables
    awk '/pwrite64\(.*dev>/ && /unfinished/ { under_way++ }
        /<... pwrite64 resumed>/ { under_way-- }
        !/dev>/ { next }
        /fdatasync\(/ { print under_way ? "flush too early" : "flush"; next }
        /pwrite64\(/ && /, "vmcore-dmesg.txt\\0.*, 4096, 0\) *= 4096/ { print "header to 0"; next }
        /pwrite64\(/ && /, "(\\0)*"\.\.\., 4096, 0\) *= 4096/ { print "zeros to 0"; next }
        /pwrite64\(|fallocate\(/ { print "write"; next }
        /close\(/ { print "close" }' trace | uniq
}

@test "sector 0 is zeroed first; the header in sector 0 is written last, when all other data is durable" {
    log_core
    for format in elf kdump; do
        as $format
        for n in 1 4; do
            device 32
            block_traced -- --threads $n
            whole
            calls > had
            cat had
            printf '%s\n' 'zeros to 0' flush write flush 'header to 0' flush close > want
            diff want had
        done
    done
}

# ---- power cuts ------------------------------------------------------------------------

@test "killed at any write, flush or read of the device: the device has no archive or a complete archive" {
    log_core
    for format in elf kdump; do
        as $format
        device 32
        block --threads 1 # an older archive, which must not be valid after the kill
        for call in pwrite64 fdatasync fallocate pread64; do
            n=0 seen=''
            while n=$((n + 1)); do
                "$SAVE" erase dev 2> /dev/null || :
                rm -f trace
                run strace -f -qq -o trace -P "$HERE/dev" -e "inject=$call:signal=KILL:when=$n" \
                    "$COPY" --quiet "${FORMAT[@]}" --threads 1 --source src --block dev
                [ "$status" -eq 137 ] || break
                seen="$seen $(whole_or_nothing)" || {
                    echo "$format: killed at $call $n"
                    return 1
                }
            done
            echo "$format, killed at $call 1, 2 and so on: $seen"
            [ "$status" -eq 0 ]
            case $call-$seen in
                # the last write may have been the header; the last flush follows the header
                pwrite64-*' nothing nothing nothing'* | fdatasync-' nothing nothing whole') ;;
                fallocate-* | pread64-*) ;;
                *) return 1 ;;
            esac
        done
    done
}

@test "killed while three threads overwrite an older dump: the device has no archive or a complete archive" {
    full_core 24
    as kdump
    device 40
    block
    for s in 0.05 0.1 0.2 0.3 0.4 0.6; do
        exec_strace -f -qq -o trace -P "$HERE/dev" -e inject=pwrite64:delay_exit=20000 \
            "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --threads 3 --source src --block dev --raw-overwrite &
        appears trace
        sleep $s
        pid=$(head -n 1 trace | cut -d ' ' -f 1)
        kill -KILL "$pid" || : # the traced process, not strace; it may have ended
        wait $! || true
        rm -f trace
        [ -n "$(whole_or_nothing)" ]
    done
}

# ---- faults ----------------------------------------------------------------------------

@test "an error of any write or flush gives status 4; only after an error of the last flush can there be an archive" {
    log_core
    for format in elf kdump; do
        as $format
        for call in pwrite64 fdatasync; do
            n=0
            while n=$((n + 1)); do
                device 32
                block_traced -P "$HERE/dev" -e "inject=$call:error=EIO:when=$n" -- --threads 1
                [ "$status" -ne 0 ] || break
                stopped 4 dev:
                # flush 3 follows the header, so the archive may be complete; if write 1 fails, sector 0 has old data
                [ "$call-$n" = fdatasync-3 ] || [ "$n" = 1 ] || no_archive
                [ "$call-$n" != fdatasync-3 ] || [ -n "$(whole_or_nothing)" ]
                reported "error=${stderr#fadump-copy: }"
            done
            [ $n -gt 3 ]
        done
    done
}

@test "an interrupted write is repeated" {
    log_core
    as kdump
    device 32
    block_traced -P "$HERE/dev" -e inject=pwrite64:error=EINTR:when=1+2 --
    whole
}

@test "a device that becomes full during the copy gives status 5 and has no archive" {
    full_core 8
    as kdump
    device 4
    block --compress none --no-dmesg
    stopped 5 'dev: cannot write: No space left on device'
    no_archive
    grep -q '^error=dev: cannot write' report
}

@test "a device that is too small is reported before it is changed" {
    full_core 8
    device 8
    unchanged block # elf: the complete dump has to fit
    stopped 5 'dev is too small: it has 8388608 bytes, and the dump needs at least '
    [ "$(grep -o 'at least [0-9]*' <<< "$stderr" | cut -d ' ' -f 3)" -gt 8388608 ]
    as kdump
    : > dev
    unchanged block
    stopped 5 'dev is too small: it has 0 bytes'
    head -c 4096 /dev/zero > dev
    unchanged block
    stopped 5 'dev is too small'
}

@test "a dump that fills the device to its last 4 KiB is saved; on a device with 4 KiB less it is refused" {
    full_core 4
    # block_bytes BYTES: saves to a device of BYTES bytes
    block_bytes() {
        head -c "$1" /dev/zero | tr '\0' '\356' > dev
        block
    }
    device 8
    block
    bytes=$(sed -n 's/^bytes=//p' report)
    # tar headers and status, the dump in blocks of 512 bytes, the end of the archive
    least=$((4096 + (bytes + 511) / 512 * 512 + 1024))
    least=$(((least + 4095) / 4096 * 4096))
    block_bytes $least
    whole
    block_bytes $((least - 4096))
    stopped 5 'is too small'
}

@test "the end of the archive is written if the dump ends at a multiple of 512 KiB" {
    kib=2048
    for again in 1 2; do
        printf 'info PAGESIZE=4096\nload 0 %sK\npattern 7 %sK\n' $kib $kib | core
        device 8
        block --no-dmesg
        whole
        end=$((4096 + $(sed -n 's/^bytes=//p' report)))
        [ $again -eq 2 ] || kib=$((kib - end % 524288 / 1024))
    done
    [ $((end % 524288)) -eq 0 ]
    [ "$(tail -c +$((end + 1)) dev | head -c 1024 | tr -d '\0' | wc -c)" -eq 0 ]
}

# ---- refused ---------------------------------------------------------------------------

# refused TEXT: checks that the copy reports TEXT as the content of the device and does not change the device, and that
# --raw-force overwrites it
refused() {
    unchanged block || return
    stopped 4 "dev contains $1 and is not overwritten; --raw-force overwrites it" || return
    block --raw-force
    whole
}

# put OFFSET: writes standard input to the device at OFFSET
put() {
    dd of=dev bs=1 seek="$1" conv=notrunc status=none
}

@test "file systems, swap and partition tables are refused; --raw-force overwrites them" {
    log_core
    device 32
    mkfs.ext4 -q -F dev
    refused ext4
    device 32
    mkswap -q dev
    refused swap
    for table in dos gpt; do
        device 32
        printf 'label: %s\n2048,10240\n' $table | sfdisk -q dev
        refused "a partition table, $table"
    done
    device 32
    printf '_BHRfS_M' | put 65600
    refused btrfs
}

@test "LUKS, LVM and RAID are refused, even with a wrong checksum; --raw-force overwrites them" {
    log_core
    truncate -s 32M dev
    printf 'LUKS\272\276\0\001' | put 0
    refused crypto_LUKS
    truncate -s 0 dev && truncate -s 32M dev
    printf 'LABELONE\001\0\0\0\0\0\0\0\0\0\0\0\040\0\0\0LVM2 001' | put 512
    refused LVM2_member
    truncate -s 0 dev && truncate -s 32M dev
    printf '\374\116\053\251\001\0\0\0' | put 4096
    printf '\010\0\0\0\0\0\0\0' | put $((4096 + 144))
    refused linux_raid_member
}

@test "a foreign tar archive is refused; --raw-force overwrites it" {
    log_core
    echo precious > letter
    tar -cf dev letter
    truncate -s 32M dev
    refused "a tar archive that is not a dump"
}

@test "a device with a dump that was not extracted counts as full" {
    log_core
    device 32
    block
    whole
    unchanged block
    stopped 5 'dev is full: it holds a dump that was not extracted'
    unchanged block --raw-force
    stopped 5 'is full'
    as kdump
    block --raw-overwrite
    whole
    "$SAVE" erase dev
    block
    whole
}

@test "a path that is not a device is refused with one line, without waiting" {
    full_core 1
    mkfifo fifo
    mkdir dir
    for DEV in fifo dir /dev/null /dev/zero no/such; do
        run --separate-stderr timeout 10 "$COPY" --quiet --no-dmesg \
            "${FORMAT[@]}" --source src --block "$DEV"
        stopped 4 "$DEV: cannot be used: "
    done
    device 8
    ln -s dev link
    DEV='link'
    block
    DEV='dev'
    whole
}

@test "options that exclude each other are refused" {
    full_core 1
    device 8
    for options in '--block dev --file out' '--block dev --stream' '--block dev --format flat' \
        '--file out --raw-force' '--file out --raw-overwrite' '--stream --opalcore x' '--block dev --block dev' \
        '--block' '--block dev --opalcore a --opalcore b'; do
        # shellcheck disable=SC2086 # split into words
        unchanged run --separate-stderr "$COPY" --source src $options
        [ "$status" -eq 2 ]
        absent out
    done
}

# ---- opalcore --------------------------------------------------------------------------

@test "opalcore becomes a member of the archive; the dump is saved even if opalcore cannot be saved" {
    log_core
    head -c 700001 /dev/urandom > opal
    for format in elf kdump; do
        as $format
        device 32
        block --opalcore opal
        says_nothing
        whole
        cmp opal got/opalcore
        [ "$(bsdtar -tf dev | tail -n 1)" = opalcore ]
    done
    for file in no/such /proc/self/mem empty; do
        : > empty
        device 32
        block --opalcore $file
        [ "$status" -eq 0 ]
        one_line
        says "$file is not saved: "
        whole
        absent got/opalcore
    done
    # larger than the space that is left
    head -c 40M /dev/zero > opal
    device 32
    block --opalcore opal
    says 'opal is not saved: No space left on device'
    whole
    absent got/opalcore
}

# ---- memory ----------------------------------------------------------------------------

# a sanitizer itself needs many times as much memory
# bats test_tags=uninstrumented
@test "a copy to a device needs at most 8 MiB of memory plus 1.5 MiB per thread, including the check for old content" {
    printf 'info PAGESIZE=65536\nload 0 72M\npattern 1 8M\nfill 3 8M\nzero 48M\npattern 1 8M\n' | core
    for format in elf kdump; do
        as $format
        for n in 1 2 16; do
            device 100
            # shellcheck disable=SC2016 # the inner shell expands $1
            run --separate-stderr bash -c 'ulimit -d "$1" && shift && exec "$@"' limited \
                $((8192 + n * 1536)) "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --block dev \
                --threads $n
            says_nothing
            whole
        done
    done
}

@test "with any number of threads, the dump on the device is equal to the source" {
    printf 'info PAGESIZE=4096\nload 0 48M\npattern 1 20M\nzero 8M\npattern 2 20M\n' | core
    for how in '--threads 1' '--threads 3' '--threads 16' '--threads 4 --no-mmap'; do
        for format in elf kdump; do
            as $format
            device 56
            # shellcheck disable=SC2086 # split into words
            block --no-dmesg $how
            says_nothing
            whole
        done
    done
}

@test "a source that cannot be mapped is read" {
    full_core 4
    device 8
    block_traced -P "$HERE/src" -e inject=mmap:error=EAGAIN -- --no-dmesg
    [ "$status" -eq 0 ]
    says "src: cannot map ("
    whole
}

# cut_off BYTES OPTION...: runs block() and truncates the source to BYTES while strace delays the first flush of the
# device; a copy with mmap() then receives a real SIGBUS
cut_off() {
    local left=$1
    shift
    cp --sparse=always src uncut
    {
        for _ in $(seq 500); do
            [ "$(head -c 512 dev | tr -d '\0' | wc -c)" -ne 0 ] || break
            sleep 0.01
        done
        truncate -s "$left" src
    } &
    block_traced -P "$HERE/dev" -e inject=fdatasync:delay_enter=600000:when=1 -- --no-dmesg "$@"
    wait
    mv uncut src
}

@test "unreadable pages are zeros (ELF) or missing (kdump); no old data of the device is in their place" {
    printf 'info PAGESIZE=4096\nload 0 256K\npattern 1 256K\n' | core
    for how in --threads=2 --no-mmap; do
        for format in elf kdump; do
            as $format
            device 4
            cut_off $((4096 + 56 * 4096)) $how
            [ "$status" -eq 1 ]
            said "src: 8 of 64 pages could not be read"
            reported lost_pages=8
            save verify dev
            [ "$status" -eq 0 ]
            tar -xf dev vmcore status
            grep -qx lost_pages=8 status
            case $format in
                elf) same -z 0x38000:32768 src vmcore ;;
                kdump) same -m 56:8 src vmcore ;;
            esac
        done
    done
}

@test "too many unreadable pages: the device has no archive" {
    printf 'info PAGESIZE=4096\nload 0 256K\npattern 1 256K\n' | core
    for format in elf kdump; do
        as $format
        device 4
        cut_off $((4096 + 40 * 4096)) --threads=2
        stopped 3 "src: 24 of 64 pages could not be read, too many for a dump"
        case $stderr in *'the others'*) false ;; esac
        no_archive
    done
}
