# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# oracle.bash - functions that the oracle tests share: real vmcores, dumps made of them by fadump-copy ("ours") and by
# makedumpfile ("peer"), and the judges: drgn, crash and libkdumpfile
# In:  LAB_HERE, this directory; CORES, the names of the vmcores of the test: CORE is the part vmcore-CORE; FADUMP_COPY,
#      the program (default: the one built for the host).
# Out: functions. $E is a directory below $LAB, because tree-exec mounts $LAB at the same path in its chroot; $E/CORE is
#      a symbolic link to the part with a vmcore.
# Does not know: the assertions.

# shellcheck source=evidence.sh
. "$LAB_HERE/evidence.sh"

TOP=$(cd "$LAB_HERE/../.." && pwd)
COPY=${FADUMP_COPY:-$TOP/build/$(uname -m)/fadump-copy}

# oracle_begin: build the missing parts; make $E with links to the vmcores and the judges
oracle_begin() {
    local c
    mkdir -p "$LAB/run"
    E=$(mktemp -d "$LAB/run/oracle.XXXXXX")
    export E
    # shellcheck disable=SC2046,SC2086 # lists
    lab_ready tree cmpdump peer-ppc64 peer-x86 $(printf 'vmcore-%s ' $CORES) || return
    for c in $CORES; do ln -s "$(lab_part "vmcore-$c")" "$E/$c"; done
    for c in tree cmpdump peer-ppc64 peer-x86; do ln -s "$(lab_part $c)" "$E/$c"; done
    sed 's/^/# judge: /' "$E/tree/judges" >&3
    sed -n '1s/^/# judge: /p' "$E/peer-x86/judges" >&3
}

oracle_end() {
    [ -z "${E-}" ] || [ -n "${LAB_KEEP-}" ] || rm -rf --one-file-system "$E"
}

# judge COMMAND...: run COMMAND in the tree that has drgn, crash and libkdumpfile
judge() {
    TREE=$(realpath "$E/tree") "$LAB_HERE/tree-exec" "$@"
}

# peer CORE ARGUMENT...: run makedumpfile of the architecture of CORE
peer() {
    local tree=peer-ppc64
    case $1 in bookworm | trixie) tree=peer-x86 ;; esac
    shift
    TREE=$(realpath "$E/$tree") "$LAB_HERE/tree-exec" makedumpfile "$@"
}

# peers CORE LEVEL...: make $E/CORE-LEVEL.peer with makedumpfile, two at a time
peers() {
    local core=$1 n=0 level
    shift
    for level in "$@"; do
        peer "$core" -l --message-level 31 -d "$level" "$(realpath "$E/$core")/vmcore" "$E/$core-$level.peer" \
            > "$E/$core-$level.peer.log" 2>&1 &
        n=$((n + 1))
        [ $((n % 2)) -eq 1 ] || wait
    done
    wait
}

# copy CORE OUT OPTION...: make a dump with fadump-copy; its messages are in OUT.log
copy() {
    local core=$1 out=$2
    shift 2
    "$COPY" --quiet --no-dmesg --source "$E/$core/vmcore" --file "$out" --report "$out.report" "$@" 2> "$out.log"
}

# pages ARGUMENT...: run cmpdump --pages
pages() {
    judge "$(realpath "$E/cmpdump")/cmpdump" --pages "$@"
}

# every_kind CORE: assert that makedumpfile has counted pages of each kind at level 31
every_kind() {
    local kind
    for kind in 'Pages filled with zero' 'Non-private cache pages' 'Private cache pages' 'User process data pages' \
        'Free pages'; do
        tr '\r' '\n' < "$E/$1-31.peer.log" | grep -E "^ *$kind *: 0x0*[1-9a-f]" || return
    done
}
