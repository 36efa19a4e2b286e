#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# refuse.bats - for an unusable source or target the program prints one line and exits with the documented status; it
# makes no dump, does not crash and does not loop

# bats and cli.bash set the variables used here
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2153,SC2154
load cli

# refused TEXT: checks that the copy failed because of the source, printed TEXT, and created no file
refused() {
    failed 3 "$1"
    absent out
}

@test "an empty source is refused" {
    : > src
    copy
    refused "src is empty"
}

@test "a missing source is refused" {
    copy
    refused "src: cannot open"
}

@test "a directory as the source is refused" {
    mkdir src
    copy
    refused src
}

@test "a pipe as the source is refused, with and without a process at the other end" {
    mkfifo src
    run --separate-stderr timeout 10 "$COPY" --source src --file out/vmcore
    refused "cannot seek"
    # shellcheck disable=SC2016 # the inner shell expands $1
    run --separate-stderr sh -c 'echo | "$1" --source /dev/stdin --file out/vmcore' sh "$COPY"
    refused "cannot seek"
}

@test "/dev/zero and /dev/null as the source are refused" {
    rm -f src
    ln -s /dev/null src
    copy
    refused "src is empty"
    ln -sf /dev/zero src
    copy
    refused "not an ELF"
}

@test "text, an ELF32 file and an ELF file that is not a core are refused" {
    echo "this is a text" > src
    copy
    refused "not an ELF file"
    small_core
    printf '\001' | dd of=src bs=1 seek=4 conv=notrunc status=none
    copy
    refused "not an ELF64"
    small_core
    printf '\002' | dd of=src bs=1 seek=16 conv=notrunc status=none
    copy
    refused "not a core"
}

# pokes: for each line OFFSET HEX TEXT of stdin, writes the bytes HEX at OFFSET of a valid core, and checks that this
# core is refused with TEXT
pokes() {
    local at hex text
    while read -r at hex text; do
        printf 'prstatus 1\nload 0x1000 8K\npattern 1 8K\nload 0x8000 8K\npattern 1 8K\npoke %s %s\n' \
            "$at" "$hex" | core
        run --separate-stderr timeout 10 "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file out/vmcore
        refused "$text" || {
            echo "poke $at $hex"
            return 1
        }
    done
}

@test "headers with false values are refused" {
    # the ELF header, then program headers of 56 bytes at 64 (note), 120 and 176 (loads); p_offset is at +8,
    # p_filesz at +32
    pokes << 'END'
5 03 byte order
56 0000 no program headers
56 ffff no section header
54 3700 e_phentsize
54 0000 e_phentsize
56 feff truncated
32 ffffffffffffffff program headers
32 ffffffffffffff7f truncated
32 00100000000000f0 program headers
32 0060000000000000 truncated
128 ffffffffffffff7f truncated
128 ffffffffffffffff truncated
128 00e0ffffffffffff truncated
152 ffffffffffffffff truncated
152 ffffffffffffff7f truncated
152 0020010000000000 truncated
144 00f0ffffffffffff wraps
144 ffffffffffffffff wraps
72 ffffffffffffffff PT_NOTE
96 ffffffffffffff7f PT_NOTE
96 0000010000000000 PT_NOTE
END
}

@test "section headers with a false PN_XNUM count are refused" {
    for poke in '40 ffffffffffffffff' '40 ffffffffffffff7f' '40 0000010000000000' \
        '220 00000000' '220 ffffffff' '220 01000200' '220 ffff0000'; do
        printf 'xnum\nload 0x1000 8K\npattern 1 8K\npoke %s\n' "$poke" | core
        copy
        refused src || {
            echo "poke $poke"
            return 1
        }
    done
}

@test "a core without PT_LOAD, or with only an empty PT_LOAD, is refused" {
    printf 'prstatus 1\n' | core
    copy
    refused "no PT_LOAD"
    printf 'load 0x1000 0 memsz=1G\n' | core
    copy
    refused "no PT_LOAD"
}

@test "PT_LOADs that share the same file bytes many times are refused" {
    {
        echo "load 0 1M offset=0x100000"
        for i in 1 2 3 4 5 6 7 8; do
            echo "load 0x${i}00000 1M offset=0x100000"
        done
    } | core
    copy
    refused "claims more memory"
}

# both_ways: checks that the source is copied completely, as ELF and as kdump
both_ways() {
    for format in elf kdump; do
        as $format
        copy
        done_well || return 1
        rm -r out
    done
}

@test "a source that is truncated near the border of any of its parts is refused" {
    printf 'info PAGESIZE=4096\nprstatus 2\nload 0x1000 8K\npattern 1 8K\nload 0x9000 6K\npattern 1 6K\n' \
        | core whole
    # around the end of each part: identification, ELF header, three program headers, notes (at 232; two of
    # 356 bytes, then VMCOREINFO), loads (at 4096 and 12288, end at 18432)
    for border in 0 4 16 64 120 176 232 244 588 944 1000 4096 8192 12288 18430; do
        for length in $((border - 1)) $border $((border + 1)); do
            [ "$length" -ge 0 ] || continue
            head -c "$length" whole > src
            copy
            refused src || {
                echo "length $length"
                return 1
            }
        done
    done
    cp whole src
    both_ways
}

@test "notes with false values do not stop the dump" {
    # the name size and the descriptor size of the first note (the notes are at 176)
    for poke in '176 ffffffff' '180 ffffffff' '176 fcffffff' '176 00000000' '180 00000000'; do
        printf 'info PAGESIZE=4096\nprstatus 1\nload 0x1000 8K\npattern 1 8K\npoke %s\n' "$poke" | core
        both_ways || {
            echo "poke $poke"
            return 1
        }
    done
    for value in 0 3 4097 262145 524288 18446744073709551615 18446744073709551616 -4096 junk; do
        printf 'info PAGESIZE=%s\nload 0x1000 8K\npattern 1 8K\n' "$value" | core
        both_ways || {
            echo "PAGESIZE $value"
            return 1
        }
    done
    for base in 0 -1 -2130706432 9223372036854775807 18446744073709551615 x ''; do
        printf 'info PAGESIZE=4096\ninfo NUMBER(phys_base)=%s\ninfo CRASHTIME=1700000000\nload 0x1000 8K\npattern 1 8K\n' "$base" | core
        both_ways || {
            echo "phys_base $base"
            return 1
        }
    done
}

@test "an existing final name is refused: file, link, directory" {
    small_core
    mkdir out
    for make in 'touch out/vmcore' 'ln -s nowhere out/vmcore' 'mkdir out/vmcore'; do
        $make
        copy
        [ "$status" -eq 4 ]
        one_line
        absent out/vmcore.incomplete nowhere out/nowhere
        rm -r out/vmcore
    done
}

@test "an existing .incomplete name is refused: file, link, directory" {
    small_core
    mkdir out
    for make in 'touch out/vmcore.incomplete' 'ln -s nowhere out/vmcore.incomplete' \
        'mkdir out/vmcore.incomplete'; do
        $make
        copy
        failed 4 "cannot be made"
        absent out/nowhere
        rm -r out/vmcore.incomplete
    done
}

@test "a target without a file name, or whose directory cannot be created, is refused" {
    small_core
    for file in src/vmcore no/such/vmcore /proc/no/vmcore out/; do
        run --separate-stderr "$COPY" --quiet --no-dmesg "${FORMAT[@]}" --source src --file "$file"
        [ "$status" -eq 4 ]
        one_line
    done
}

# wrong TEXT OPTION...: checks that these OPTIONs cause a usage error with TEXT
wrong() {
    local text=$1
    shift
    run --separate-stderr "$COPY" "$@"
    failed 2 "$text" && absent out
}

@test "wrong usage gives status 2" {
    small_core
    set -- --no-dmesg --source src --file out/vmcore
    wrong "--file, --block, --stream or --dmesg is missing"
    wrong "--file, --block, --stream or --dmesg is missing" --source src
    wrong "--file, --block, --stream and --dmesg exclude each other" "$@" --stream
    wrong "unexpected argument more" "$@" more
    for option in file block opalcore source report format compress dump-level threads memory; do
        wrong "--$option is given twice" --$option 1 --$option 1
    done
    for option in file block opalcore source report format compress dump-level; do
        wrong "--$option needs a value" --$option ''
    done
    for n in 0 129 -1 +1 1x '' ' 1' 0x1 99999999999999999999 1.5; do
        wrong "--threads needs a number from 1 to 128, not $n;" "$@" --threads "$n"
    done
    for n in 0 1073741825 -1 1x '' 1.5 1G; do
        wrong "--memory needs a number from 1 to 1073741824, not $n;" "$@" --memory "$n"
    done
    for n in 32 -1 +1 1x ' 1' 0x1 4294967297 1,2; do
        wrong "--dump-level needs a number from 0 to 31, not $n;" "$@" --dump-level "$n"
    done
    wrong "nonsense" "$@" --nonsense
    wrong "file" --source src --file
    wrong "" "$@" -x
    wrong "quiet" "$@" --quiet=yes
}

@test "an unknown format or codec, or an impossible combination, gives status 2" {
    small_core
    set -- --no-dmesg --source src --file out/vmcore
    for format in x ELF kdum kdump6 ' elf'; do
        wrong "--format is kdump, elf or flat, not $format;" "$@" --format "$format"
    done
    wrong "--stream writes only --format flat" "$@" --format flat
    for format in kdump elf; do
        wrong "--stream writes only --format flat" --source src --stream --format $format
    done
    wrong "--compress: unknown codec 'lz4', built in:" "$@" --compress lz4
    wrong "--compress: zstd has levels" "$@" --compress zstd:99
    wrong "--compress: zstd has levels" "$@" --compress zstd:
    wrong "--compress: lzo has no levels" "$@" --compress lzo:1
    for codec in zstd lzo zlib:1; do
        wrong "--format elf does not compress" "$@" --format elf --compress $codec
    done
    # codec "none" is accepted, as ELF dumps are not compressed
    run --separate-stderr "$COPY" "$@" --format elf --compress none --dump-level 1 --quiet
    [ "$status" -eq 0 ]
}

@test "--help, --version and --features write to stdout" {
    run --separate-stderr "$COPY" --help
    [ "$status" -eq 0 ]
    says_nothing
    [ "${lines[0]}" = "Usage: fadump-copy [options] --file PATH | --block DEV | --stream | --dmesg" ]
    run --separate-stderr "$COPY" --version
    [ "$status" -eq 0 ]
    [[ $output == "fadump-copy "[0-9]* ]]
    run --separate-stderr "$COPY" --features
    [ "$status" -eq 0 ]
    says_nothing
    [ "$output" = "zstd lzo zlib none block" ]
    for option in --help --version --features; do
        # shellcheck disable=SC2016 # the inner shell expands $
        run sh -c '"$1" "$2" > /dev/full' sh "$COPY" $option
        [ "$status" -eq 4 ]
    done
}
