#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # status, output, stderr come from bats
#
# cmpdump.bats - cmpdump, which the other tests rely on, finds every kind of difference
# In: dumps, damaged in known places.  Out: the difference that tests/tools/cmpdump prints.
# Does not know: how a dump is made. tests/lab/oracle-judge.bats tests cmpdump against makedumpfile and libkdumpfile.

load cli

# made FORMAT [OPTION]...: makes src (16 pages of data and 4 of zeros at 1 MiB) and its dump, out/vmcore; compares them
# with the options of cmpdump in $how
made() {
    printf '%s\n' 'info PAGESIZE=4096' 'prstatus 2' 'load 0x100000 80K' 'pattern 1 64K' 'zero 16K' | core
    "$COPY" --quiet --no-dmesg --format "$1" --dump-level 1 "${@:2}" --source src --file out/vmcore
    same "${how[@]}" src out/vmcore > counts
}

# at OFFSET BYTES: writes BYTES into the dump; OFFSET is an arithmetic expression
at() {
    # shellcheck disable=SC2059 # the format has escapes
    printf "$2" | dd of=out/vmcore bs=1 seek="$(($1))" conv=notrunc status=none
}

# number OFFSET BYTES [FILE]: prints the number of BYTES bytes at OFFSET
number() {
    od -An -v -j "$(($1))" -N "$2" -t "u$2" "${3-out/vmcore}" | tr -d ' '
}

# differs TEXT: checks that cmpdump ends with status 1, and that TEXT is its only message
differs() {
    run --separate-stderr same "${how[@]}" src out/vmcore
    echo "$output $stderr"
    [ "$status:$stderr" = "1:cmpdump: $1" ]
}

# counted TEXT [OPTION]...: checks that the counts that cmpdump --pages prints contain TEXT
counted() {
    run --separate-stderr same --pages "${@:2}" out/vmcore src
    echo "$output $stderr"
    [[ $output == *"$1"* ]]
}

# kdump: the offsets of the bitmaps and the descriptors; the page with number 256 + N has descriptor N
BITMAP1='8192' BITMAP2='8192 + 4096' DESCS='8192 + 2 * 4096'

@test "ELF: a changed byte in a page, an address, a note, a header or the flags of the file is found" {
    how=()
    made elf
    data=$(number 64+56+8 8)
    cp out/vmcore good
    at "$data + 5 * 4096 + 7" '\377'
    differs 'memory differs in the page at 0x105000'
    same -z 0x105000:4096 src good && status=0 || status=$?
    [ "$status" -eq 1 ]
    for damage in 64+56+24:'program header 1 differs at byte 24' 64+56+4:'program header 1 differs at byte 4' \
        64+56+48:'out/vmcore: p_align of header 1 is not 0' 48:'the ELF headers differ' 18:'the ELF headers differ' \
        64:'out/vmcore: the first header, and no other, must be the PT_NOTE'; do
        cp good out/vmcore
        at "${damage%%:*}" '\011'
        differs "${damage#*:}"
    done
    cp good out/vmcore
    at "$(number 64+8 8) + 40" '\007'
    differs 'the notes differ (header 0)'
    # p_filesz is one page less; then e_phnum is one header less
    cp good out/vmcore
    at 64+56+32 '\000\060\001'
    differs 'program header 1 differs at byte 32'
    cp good out/vmcore
    at 56 '\001'
    differs 'the cores have different numbers of PT_LOADs'
}

@test "ELF: with -z, lost memory has to be zeros in the copy" {
    how=(-z 0x105000:4096)
    made elf && status=0 || status=$?
    [ "$status" -eq 1 ]
    data=$(number 64+56+8 8)
    dd if=/dev/zero of=out/vmcore bs=1 seek=$((data + 5 * 4096)) count=4096 conv=notrunc status=none
    same "${how[@]}" src out/vmcore
    how=()
    differs 'memory differs in the page at 0x105000'
}

@test "kdump: a changed byte, a missing page, an extra page and exchanged pages are found" {
    how=()
    made kdump --compress none
    cp out/vmcore good
    data=$(number "$DESCS" 8)
    at "$data + 100" '\377\377'
    differs 'page 0x100 differs'
    cp good out/vmcore
    head -c 24 /dev/zero | dd of=out/vmcore bs=1 seek=$((DESCS + 24)) conv=notrunc status=none
    differs 'page 0x101 is missing'
    same -m 0x101:1 src out/vmcore > /dev/null && status=0 || status=$?
    [ "$status" -eq 1 ]
    cp good out/vmcore
    how=(-m 0x101:1)
    differs 'page 0x101 is not missing'
    how=()
    # bit 0 of this byte is page 256
    at "$BITMAP2 + 32" '\376'
    differs 'page 0x100 is excluded'
    cp good out/vmcore
    at "$BITMAP1 + 32" '\376'
    differs 'bitmap 1 lacks page 0x100'
    cp good out/vmcore
    at "$BITMAP1 + 20" '\001'
    differs 'page 0xa0 is not in the source'
    cp good out/vmcore
    at "$BITMAP2 + 20" '\001'
    differs 'page 0xa0 is not in the source'
    cp good out/vmcore
    # exchange the descriptors of the first two pages
    { dd if=good bs=1 skip=$((DESCS + 24)) count=24 && dd if=good bs=1 skip=$((DESCS)) count=24; } 2> /dev/null \
        | dd of=out/vmcore bs=1 seek=$((DESCS)) conv=notrunc status=none
    differs 'page 0x100 differs'
    cp good out/vmcore
    echo >> out/vmcore
    differs 'out/vmcore: unused bytes at its end'
    head -c -1 good > out/vmcore
    run same src out/vmcore
    [ "$status" -eq 1 ]
}

@test "kdump: a damaged page is found with every codec" {
    how=()
    for codec in zstd lzo zlib; do
        printf '%s\n' 'info PAGESIZE=4096' 'load 0x100000 4K' 'fill 0x61 2K' 'fill 0x62 2K' | core
        "$COPY" --quiet --no-dmesg --dump-level 1 --compress $codec --source src --file out/vmcore
        same src out/vmcore > counts
        [ "$(count_of raw "$(cat counts)")" = 0 ]
        bytes=$(number "$DESCS + 8" 4)
        at "$(number "$DESCS" 8) + $bytes / 2" '\252\125'
        run same src out/vmcore
        echo "$codec: $output"
        [ "$status" -eq 1 ] && [[ $output == 'cmpdump: page 0x100'* ]] || return 1
        rm out/vmcore
    done
}

@test "kdump: a change in any field of both headers, in the notes or in the padding is found" {
    how=()
    made kdump
    cp out/vmcore good
    # the offset and the name of the field
    for field in 8:header_version 402:padding 408:tv_sec 416:tv_usec 428:block_size 432:sub_hdr_size \
        436:bitmap_blocks 440:max_mapnr 444:counters 460:nr_cpus 464:'rest of the main header' 4096:phys_base \
        4104:dump_level 4108:'split, start and end' 4128:offset_vmcoreinfo 4136:size_vmcoreinfo 4144:offset_vmcoreinfo \
        4152:size_note 4160:'eraseinfo and split' 4192:max_mapnr_64; do
        cp good out/vmcore
        at "${field%%:*}" '\371'
        run --separate-stderr same src out/vmcore
        echo "$field: $stderr"
        [ "$status" -eq 1 ] && [[ $stderr == "cmpdump: out/vmcore: ${field#*:} is "* ]] || return 1
    done
    cp good out/vmcore
    at 0 'k'
    differs 'out/vmcore: no signature'
    cp good out/vmcore
    at 272 'X'
    run --separate-stderr same src out/vmcore
    [[ $stderr == *"the machine is 'X"* ]]
    cp good out/vmcore
    at "$(number 4096+48 8) + 30" '\371'
    differs 'out/vmcore: the notes differ'
    cp good out/vmcore
    at 424 '\050'
    differs 'out/vmcore: status without codec is 0x8, not 0'
    how=(-l 31)
    cp good out/vmcore
    differs 'out/vmcore: dump_level is 0x1, not 0x1f'
}

@test "image: a changed byte and a wrong machine, gap, page size, byte order or dump level are found" {
    /usr/bin/python3 \
        -c 'open("image", "wb").write(b"".join(b"page %d " % n * 512 for n in range(6))[:6 * 4096 // 4096 * 4096])'
    truncate -s 24K image
    "$TOP/tests/tools/mklkcd" --codec 1 image lkcd
    "$SAVE" convert --to crash lkcd > /dev/null
    mv crash/*/vmcore good
    same --image image good
    for options in '--machine ia64' '--gap 16' '--page 8192' '--big' '-l 1'; do
        # shellcheck disable=SC2086 # split into words
        run same --image $options image good
        echo "$options: $output"
        [ "$status" -eq 1 ]
    done
    printf x | dd of=image bs=1 seek=9000 conv=notrunc status=none
    run same --image image good
    [ "$status:$output" = '1:cmpdump: page 0x2 differs' ]
}

@test "--pages: a changed byte, a missing, extra or unreadable page, and a page that is not memory are found" {
    how=()
    made kdump --compress none
    cp out/vmcore good
    same --pages out/vmcore src
    at "$(number "$DESCS" 8) + 100" '\377\377'
    counted ' more=0 less=0 differ=1 ram=0 absent=0 bad=0'
    [ "$status" -eq 1 ]
    cp good out/vmcore
    head -c 24 /dev/zero | dd of=out/vmcore bs=1 seek=$((DESCS + 24)) conv=notrunc status=none
    counted ' differ=0 ram=0 absent=1 bad=0'
    [ "$status" -eq 1 ]
    counted 'absent: 0x101-0x101' --partial
    [ "$status" -eq 0 ]
    cp good out/vmcore
    at "$BITMAP1 + 20" '\001'
    counted ' ram=1 absent=0 bad=0'
    [ "$status" -eq 1 ]
    cp good out/vmcore
    at "$DESCS + 8" '\001'
    counted ' ram=0 absent=0 bad=1'
    [ "$status" -eq 1 ]
    # exclude the last page with data: remove its descriptor and move the descriptors of the zero pages to its place
    cp good out/vmcore
    at "$BITMAP2 + 33" '\177'
    dd if=good bs=1 skip=$((DESCS + 16 * 24)) count=96 2> /dev/null \
        | dd of=out/vmcore bs=1 seek=$((DESCS + 15 * 24)) conv=notrunc status=none
    counted ' more=0 less=1 differ=0 ram=0' --pfns pages
    [ "$status:$(cat pages)" = '1:less 271' ]
    run same --pages good out/vmcore
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *' more=1 less=0 differ=0 ram=0'* ]]
    run same --pages counts src
    [ "$status" -eq 1 ] || [ "$status" -eq 2 ]
}
