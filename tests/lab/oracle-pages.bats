#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# oracle-pages.bats - for real vmcores, every level and every codec: the pages that makedumpfile keeps, with the same bytes
# In:  the lab (built when it is not). makedumpfile 1.7.8 cannot judge ppc64le with 4 KiB pages and radix: it takes the
#      wrong memory for page structs, and drops 63,797 pages at level 0. There drgn judges, by the kernel's own types.
# Out: TAP. Does not know: how pages are chosen.

# ORACLE_LEVELS=31 looks at fewer
LEVELS=${ORACLE_LEVELS:-0 1 2 4 8 16 31}

setup_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_begin
    for core in $CORES; do
        [ "$core" != 4k ] || continue
        echo "# makedumpfile: $core" >&3
        # shellcheck disable=SC2086 # a list
        peers "$core" $LEVELS
    done
}

teardown_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    oracle_end
}

setup() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/oracle.bash"
    : > "$BATS_TEST_TMPDIR/wrong"
}

# what `pages` says of the first dump: is it what was asked for? CODEC LEVEL
as_asked() {
    local used='zlib=0 lzo=0 zstd=0' status=0
    case $1 in
        zstd) used='zlib=0 lzo=0 zstd=[1-9][0-9]*' status=0x20 ;;
        lzo) used='zlib=0 lzo=[1-9][0-9]* zstd=0' status=0x2 ;;
        zlib) used='zlib=[1-9][0-9]* lzo=0 zstd=0' status=0x1 ;;
    esac
    head -n 1 | grep -qE " status=$status level=$2 $used "
}

# one CORE LEVEL CODEC: our dump against the peer's, page by page
one() {
    local out="$E/$1-$2-$3" bad=''
    copy "$1" "$out" --format kdump --dump-level "$2" --compress "$3" || bad="exit status $?"
    pages "$out" "$E/$1-$2.peer" > "$out.pages" 2>&1 || bad="$bad other pages"
    as_asked "$3" "$2" < "$out.pages" || bad="$bad not as asked"
    [ -z "$bad" ] || (echo "$1 level $2 $3: $bad" && cat "$out.log" "$out.pages") >> "$BATS_TEST_TMPDIR/wrong"
    rm -f "$out"
}

# one_elf CORE LEVEL
one_elf() {
    local out="$E/$1-$2-elf" bad=''
    copy "$1" "$out" --format elf --dump-level "$2" || bad="exit status $?"
    pages "$out" "$E/$1-$2.peer" > "$out.pages" 2>&1 || bad="$bad other pages"
    head -n 1 "$out.pages" | grep -q ': ELF ' || bad="$bad no ELF"
    [ -z "$bad" ] || (echo "$1 level $2 elf: $bad" && cat "$out.log" "$out.pages") >> "$BATS_TEST_TMPDIR/wrong"
    rm -f "$out"
}

# agreed CORE LEVEL: $E/CORE-LEVEL.peer is what a judge made, or agrees with
agreed() {
    local peer="$E/$1-$2.peer" vmcore
    # what a peer that failed left is no judge
    [ "$1" = 4k ] || {
        grep -aq 'makedumpfile Completed' "$peer.log"
        return
    }
    vmcore=$(realpath "$E/$1")
    copy "$1" "$peer" --dump-level "$2" --compress zstd || return
    # pages are less than in the vmcore, or the same
    pages --partial --pfns "$peer.list" "$peer" "$vmcore/vmcore" || return
    judge drgn -q -c "$vmcore/vmcore" -s "$vmcore/vmlinux" "$LAB_HERE/keep.py" "$2" "$peer.list"
}

# every level, two codecs at a time; elf with them
everything() {
    local level n
    for level in $LEVELS; do
        agreed "$1" "$level"
        (one "$1" "$level" zstd && one "$1" "$level" none) &
        (one "$1" "$level" zlib && one "$1" "$level" lzo && one_elf "$1" "$level") &
        wait
    done
    n=$(cat "$E/$1"-*-*.pages | grep -c '^same=')
    echo "$n comparisons"
    cat "$BATS_TEST_TMPDIR/wrong"
    [ ! -s "$BATS_TEST_TMPDIR/wrong" ] && [ "$n" -eq $(($(echo "$LEVELS" | wc -w) * 5)) ]
}

@test "ppc64le, 64 KiB pages, radix: as makedumpfile at every level, with every codec and as ELF" {
    everything 64k
}

@test "ppc64le, 4 KiB pages, radix: as drgn says at every level, with every codec and as ELF" {
    everything 4k
}

@test "ppc64le, 4 KiB pages, hash: as makedumpfile at every level, with every codec and as ELF" {
    everything hash
}

@test "x86_64, Linux 6.1, 4 levels: as makedumpfile at every level, with every codec and as ELF" {
    everything bookworm
}

@test "x86_64, Linux 6.12, 5 levels: as makedumpfile at every level, with every codec and as ELF" {
    everything trixie
}
