#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # status, stderr come from bats
#
# bench.bats - the benchmark measures and counts correctly; speed is not tested here
# In: tests/bench, with made-up programs and runs.  Out: the measurements, tables and charts.

bats_require_minimum_version 1.5.0

setup() {
    BENCH=$(cd "$BATS_TEST_DIRNAME/../bench" && pwd)
    export PYTHONDONTWRITEBYTECODE=1
    cd "$BATS_TEST_TMPDIR" || return
}

# writer PAGES PROGRAM [STATUS]: makes PROGRAM, which writes a dump: a header with STATUS, and a second bitmap with
# PAGES bits set
writer() {
    cat > "$2" << END
#!/bin/sh
for out; do :; done
python3 - "\$out" << 'PYTHON'
import struct, sys
bitmap = ((1 << $1) - 1).to_bytes(4096, "little")
head = b"KDUMP   ".ljust(424, b"\0") + struct.pack("<4I", ${3:-0}, 4096, 1, 2)
open(sys.argv[1], "wb").write(head.ljust(8192, b"\0") + bytes(4096) + bitmap)
PYTHON
END
    chmod +x "$2"
}

# side_by_side OURS PEER: runs run.py with OURS as fadump-copy and PEER as makedumpfile, on a source of a few bytes
side_by_side() {
    echo source > a.src
    printf 'case c a here\nrun ours fadump-copy -x\nrun peer makedumpfile -y\ngoal wall_s peer/ours >= 0.001\n' > cases
    run --separate-stderr python3 "$BENCH/run.py" --rounds 3 --log log --memory . \
        --program "fadump-copy=$PWD/$1" --program "makedumpfile=$PWD/$2" \
        --source a=a.src --target "here=$PWD" cases runs
}

@test "runs alternate, and each round begins with another run" {
    writer 5 ours
    writer 5 peer
    side_by_side ours peer
    [ "$status" -eq 0 ]
    [ "$(cut -f 4,5,11 runs | tail -n +2 | tr '\t\n' ' ,')" = 'ours 0 5,peer 0 5,peer 1 5,ours 1 5,ours 2 5,peer 2 5,' ]
    [ "$(find . -name 'out*')" = '' ]
}

@test "fewer pages than the peer, or over 1 % more, are an error" {
    writer 1000 peer
    writer 1010 ours
    side_by_side ours peer
    [ "$status" -eq 0 ]
    writer 1011 ours
    side_by_side ours peer
    [ "$status" -eq 1 ]
    [[ $stderr == *"not the same pages"* ]]
    writer 999 ours
    side_by_side ours peer
    [ "$status" -eq 1 ]
    [[ $stderr == *"not the same pages"* ]]
}

@test "a failed run and an incomplete dump fail the benchmark" {
    writer 5 ours
    printf '#!/bin/sh\nexit 3\n' > peer
    chmod +x peer
    side_by_side ours peer
    [ "$status" -eq 1 ]
    [[ $stderr == *"failed with status 3"* ]]
    writer 5 peer 8
    side_by_side ours peer
    [ "$status" -eq 1 ]
    [[ $stderr == *"incomplete"* ]]
}

@test "wall seconds, CPU seconds and the peak of anonymous memory of a program are measured" {
    writer 5 dump
    cat > ours << 'END'
#!/usr/bin/python3
import subprocess, sys, time
end = time.process_time() + 0.2
while time.process_time() < end:
    sum(range(100000))
time.sleep(0.3)
memory = bytearray(b"x" * (64 << 20))
time.sleep(0.05)
del memory
subprocess.run(["./dump", sys.argv[-1]])
END
    chmod +x ours
    side_by_side ours dump
    [ "$status" -eq 0 ]
    awk -F '\t' '$4 == "ours" { n++; if ($6 < 0.5 || $7 < 0.2 || $7 > $6 - 0.3 || $8 < 65536 || $8 > 160000) bad = 1; print }
        END { exit bad || n != 3 }' runs
}

@test "the report has medians, the highest memory, ratios, and whether each goal is met" {
    printf '%s\n' 'case c a t' 'goal wall_s peer/ours >= 2.5' 'goal wall_s peer/ours >= 2.6' \
        'goal anon_kb ours <= 1023' 'goal anon_kb ours <= 1024' 'goal bytes ours/peer <= 1' \
        'goal cpu_s ours/never <= 1' > cases
    {
        echo 'case source target run round wall_s cpu_s anon_kb bytes stored_bytes pages'
        echo 'c a t ours 0 9 1 1 1048576 524288 7'
        echo 'c a t ours 1 2 1 1024 1048576 524288 7'
        echo 'c a t ours 2 1 1 1 1048576 524288 7'
        echo 'c a t peer 0 4 1 0 1048576 1048576 7'
        echo 'c a t peer 1 5 1 0 1048576 1048576 7'
        echo 'c a t peer 2 6 1 0 1048576 1048576 7'
    } > runs
    python3 "$BENCH/table.py" cases runs .
    [ "$(tr -s ' ' < table.tsv)" = 'case source target run wall_s min_s max_s cpu_s anon_MiB MiB stored_MiB pages
c a t ours 2.00 1.00 9.00 1.00 1.0 1.0 0.5 7
c a t peer 5.00 4.00 6.00 1.00 - 1.0 1.0 7' ]
    [ "$(tr -s ' ' < goals.tsv)" = 'case source target measure of goal measured result
c a t wall_s peer/ours >=2.5 2.50 met
c a t wall_s peer/ours >=2.6 2.50 missed
c a t anon_kb ours <=1023 1024 missed
c a t anon_kb ours <=1024 1024 met
c a t bytes ours/peer <=1 1.00 met' ]
}

@test "the chart has a point of each program for each memory size and each number of threads" {
    {
        echo 'case source target run round wall_s cpu_s anon_kb bytes stored_bytes pages'
        for g in 16 64 1024; do
            echo "scan big-$g tmpfs ours 0 0.$g 1 1 1 1 1"
            echo "scan big-$g tmpfs peer 0 $g 1 1 1 1 1"
        done
        for t in 1 2 4; do
            echo "threads x86_64 tmpfs ours-$t 0 $t 1 1 1 1 1"
            echo "threads x86_64 tmpfs peer-$t 0 3 1 1 1 1 1"
        done
    } > runs
    python3 "$BENCH/chart.py" runs chart.svg
    python3 -c 'import sys, xml.dom.minidom as x; print(len(x.parse(sys.argv[1]).getElementsByTagName("circle")))' \
        chart.svg > circles
    [ "$(cat circles)" -eq 12 ]
    grep -q '>1024</text>' chart.svg
}
