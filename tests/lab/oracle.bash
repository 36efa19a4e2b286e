# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# oracle.bash - what the oracles share: real vmcores, dumps made of them by us and by makedumpfile, and who judges
# In:  LAB_HERE, this directory; FADUMP_COPY, the program (default: the one built for this machine).
# Out: functions. $E, on the lab's disk and seen in its trees at the same place; $E/CORE is a symbolic link to a vmcore's part.
# Does not know: what is asserted.

# shellcheck source=evidence.sh
. "$LAB_HERE/evidence.sh"

# ORACLE_CORES="64k" looks at fewer
CORES=${ORACLE_CORES:-64k 4k hash bookworm trixie}
TOP=$(cd "$LAB_HERE/../.." && pwd)
COPY=${FADUMP_COPY:-$TOP/build/$(uname -m)/fadump-copy}

# oracle_begin: $E, with the vmcores and the judges
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

# judge COMMAND...: run it in the tree of drgn, crash and libkdumpfile
judge() {
    TREE=$(realpath "$E/tree") "$LAB_HERE/tree-exec" "$@"
}

# peer CORE ARGUMENT...: makedumpfile of the core's architecture
peer() {
    local tree=peer-ppc64
    case $1 in bookworm | trixie) tree=peer-x86 ;; esac
    shift
    TREE=$(realpath "$E/$tree") "$LAB_HERE/tree-exec" makedumpfile "$@"
}

# peers CORE LEVEL...: $E/CORE-LEVEL.peer, two at a time
peers() {
    local core=$1 n=0 level
    shift
    for level in "$@"; do
        peer "$core" -l --message-level 31 -d "$level" "$(realpath "$E/$core")/vmcore" "$E/$core-$level.peer" > "$E/$core-$level.peer.log" 2>&1 &
        n=$((n + 1))
        [ $((n % 2)) -eq 1 ] || wait
    done
    wait
}

# copy CORE OUT OPTION...: our dump of it; what we say is in OUT.log
copy() {
    local core=$1 out=$2
    shift 2
    "$COPY" --quiet --no-dmesg --source "$E/$core/vmcore" --file "$out" --report "$out.report" "$@" 2> "$out.log"
}

# pages ARGUMENT...: cmpdump
pages() {
    judge "$(realpath "$E/cmpdump")/cmpdump" "$@"
}
