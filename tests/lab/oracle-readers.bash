# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# oracle-readers.bash - compare the output of crash and drgn for our dumps with their output for other dumps
# In:  oracle.bash, which is sourced first.
# Out: functions. Does not know: how a dump is made.

# readers_begin: make our dumps of all vmcores
readers_begin() {
    local core
    for core in $CORES; do
        echo "# our dumps: $core" >&3
        # the defaults, which are kdump, zstd and level 31
        copy "$core" "$E/$core.kdump" || echo $? > "$E/$core.kdump.status"
        copy "$core" "$E/$core.elf" --format elf || echo $? > "$E/$core.elf.status"
    done
}

# crash_says CORE DUMP OUT: write the output of five commands of crash to OUT, without the name of the dump
crash_says() {
    printf '%s\n' sys bt ps 'kmem -i' log quit > "$3.commands"
    judge crash -s "$(realpath "$E/$1")/vmlinux" "$2" < "$3.commands" > "$3.all" 2>&1 \
        || echo "crash: exit status $?" >> "$3.all"
    sed 's/^    DUMPFILE: .*  \(\[.*\]\)\{0,1\}$/    DUMPFILE: \1/' "$3.all" > "$3"
}

# same_in_crash CORE: assert that crash prints the same for our dump as for that of makedumpfile
same_in_crash() {
    peers "$1" 31
    crash_says "$1" "$E/$1-31.peer" "$E/$1.crash-peer" &
    crash_says "$1" "$E/$1.kdump" "$E/$1.crash-ours"
    wait
    rm "$E/$1-31.peer"
    for word in 'DUMPFILE: \[PARTIAL DUMP\]' 'PANIC: "Kernel panic - not syncing: sysrq triggered crash"' \
        'COMMAND: "sh"' ' sysrq_handle_crash at ' ' \[kthreadd\]$' 'TOTAL MEM ' 'Linux version .* (debian-kernel@'; do
        grep -q "$word" "$E/$1.crash-ours" || {
            echo "crash does not print: $word"
            cat "$E/$1.crash-ours"
            return 1
        }
    done
    diff "$E/$1.crash-peer" "$E/$1.crash-ours"
}

# drgn_says CORE DUMP: print the output of look.py
drgn_says() {
    # libkdumpfile cannot translate addresses of present ppc64 kernels: drgn has to walk the page tables itself
    judge env DRGN_PREFER_PGTABLE_READER=1 drgn -q -c "$2" -s "$(realpath "$E/$1")/vmlinux" "$LAB_HERE/look.py" 2>&1
}

# same_in_drgn CORE KIND...: assert that look.py prints the same for our dumps of these kinds as for the vmcore
same_in_drgn() {
    local core=$1 kind
    shift
    drgn_says "$core" "$(realpath "$E/$core")/vmcore" > "$E/$core.drgn" || true
    for word in '^panicked=sh [0-9]*$' '^pattern=pattern [0-9]*$' '^tasks=[1-9][0-9]' \
        '^log: .*sysrq triggered crash'; do
        grep "$word" "$E/$core.drgn" || {
            cat "$E/$core.drgn"
            return 1
        }
    done
    for kind; do diff "$E/$core.drgn" <(drgn_says "$core" "$E/$core.$kind") || return; done
}

# streamed CORE: assert that makedumpfile -R turns our stream into a file with the pages of our dump
streamed() {
    "$COPY" --quiet --no-dmesg --source "$E/$1/vmcore" --stream > >(peer bookworm -R "$E/$1.streamed" > "$E/$1.R" 2>&1)
    wait $!
    pages "$E/$1.streamed" "$E/$1.kdump" && rm "$E/$1.streamed"
}
