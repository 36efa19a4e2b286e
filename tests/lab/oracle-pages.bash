# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# oracle-pages.bash - compare the pages of dumps that fadump-copy and makedumpfile make of one vmcore
# In:  oracle.bash, which is sourced first. makedumpfile 1.7.8 cannot be compared for ppc64le with 4 KiB pages and
#      radix: it reads page structs from the wrong memory, and drops 63,797 pages at level 0. For that vmcore keep.py
#      decides; drgn runs it with the types of the kernel.
# Out: functions. Does not know: how pages are classified.

LEVELS='0 1 2 4 8 16 31'

# pages_begin: make the dumps of makedumpfile for all vmcores
pages_begin() {
    local core
    for core in $CORES; do
        [ "$core" != 4k ] || continue
        echo "# makedumpfile: $core" >&3
        # shellcheck disable=SC2086 # a list
        peers "$core" $LEVELS
    done
}

# as_asked CODEC LEVEL: assert that the first line of `pages` on stdin has this codec and this dump level
as_asked() {
    local used='zlib=0 lzo=0 zstd=0' status=0
    case $1 in
        zstd) used='zlib=0 lzo=0 zstd=[1-9][0-9]*' status=0x20 ;;
        lzo) used='zlib=0 lzo=[1-9][0-9]* zstd=0' status=0x2 ;;
        zlib) used='zlib=[1-9][0-9]* lzo=0 zstd=0' status=0x1 ;;
    esac
    head -n 1 | grep -qE " status=$status level=$2 $used "
}

# one CORE LEVEL CODEC: make a dump with fadump-copy, and compare it with that of the peer, page by page; differences
# are appended to $BATS_TEST_TMPDIR/wrong
one() {
    local out="$E/$1-$2-$3" bad=''
    copy "$1" "$out" --format kdump --dump-level "$2" --compress "$3" || bad="exit status $?;"
    pages "$out" "$E/$1-$2.peer" > "$out.pages" 2>&1 || bad="$bad the pages differ from the peer's;"
    as_asked "$3" "$2" < "$out.pages" || bad="$bad another codec or dump level than requested;"
    [ -z "$bad" ] || (echo "$1 level $2 $3: $bad" && cat "$out.log" "$out.pages") >> "$BATS_TEST_TMPDIR/wrong"
    rm -f "$out"
}

# one_elf CORE LEVEL: do the same with an ELF dump
one_elf() {
    local out="$E/$1-$2-elf" bad=''
    copy "$1" "$out" --format elf --dump-level "$2" || bad="exit status $?;"
    pages "$out" "$E/$1-$2.peer" > "$out.pages" 2>&1 || bad="$bad the pages differ from the peer's;"
    head -n 1 "$out.pages" | grep -q ': ELF ' || bad="$bad the dump is not ELF;"
    [ -z "$bad" ] || (echo "$1 level $2 elf: $bad" && cat "$out.log" "$out.pages") >> "$BATS_TEST_TMPDIR/wrong"
    rm -f "$out"
}

# agreed CORE LEVEL: assert that $E/CORE-LEVEL.peer, the dump for the comparison, is right: makedumpfile completed it.
# For 4k, make it with fadump-copy, and check with keep.py which pages it keeps.
agreed() {
    local peer="$E/$1-$2.peer" vmcore
    [ "$1" = 4k ] || {
        grep -aq 'makedumpfile Completed' "$peer.log"
        return
    }
    vmcore=$(realpath "$E/$1")
    copy "$1" "$peer" --dump-level "$2" --compress zstd || return
    # --partial: pages of the vmcore may be missing in the dump; they are listed
    pages --partial --pfns "$peer.list" "$peer" "$vmcore/vmcore" || return
    judge drgn -q -c "$vmcore/vmcore" -s "$vmcore/vmlinux" "$LAB_HERE/keep.py" "$2" "$peer.list"
}

# wanted LEVEL: print the outputs (codecs, or elf) that are compared at LEVEL. A codec does not choose pages, so one
# output is enough for most levels; all are compared at levels 0 and 31, which keep the most and the fewest pages, or
# at every level with ORACLE_ALL=1.
wanted() {
    case ${ORACLE_ALL:+all}$1 in
        all* | 0 | 31) echo zstd none zlib lzo elf ;;
        1) echo zstd ;;
        2) echo lzo ;;
        4) echo none ;;
        8) echo zlib ;;
        16) echo elf ;;
    esac
}

# compare CORE LEVEL OUTPUT...: for each OUTPUT (a codec, or elf), make a dump with fadump-copy, and compare it with that
# of the peer
compare() {
    local core=$1 level=$2 output
    shift 2
    for output in "$@"; do
        case $output in
            elf) one_elf "$core" "$level" ;;
            *) one "$core" "$level" "$output" ;;
        esac
    done
}

# everything CORE: compare every level with its codecs, two dumps at a time
everything() {
    local level n=0 compared
    for level in $LEVELS; do
        agreed "$1" "$level"
        # shellcheck disable=SC2046 # split into words
        set -- "$1" $(wanted "$level")
        n=$((n + $# - 1))
        compare "$1" "$level" "${@:2:3}" &
        compare "$1" "$level" "${@:5}" &
        wait
    done
    compared=$(cat "$E/$1"-*-*.pages | grep -c '^same=')
    echo "$compared of $n comparisons were made"
    cat "$BATS_TEST_TMPDIR/wrong"
    [ ! -s "$BATS_TEST_TMPDIR/wrong" ] && [ "$n" -gt 0 ] && [ "$compared" -eq "$n" ]
}
