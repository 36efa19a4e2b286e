#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# phyp.bats - memory of a real capture boot goes back range by range, and each page of it is overwritten at once
# In:  the lab (built when it is not); guest/release_region.c is the kernel's side. Each machine is run once; every test looks
#      at what was gathered then.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel mini initramfs-phyp
    export BOOT_SECONDS=400 GUEST_SECONDS=120 MACHINE_MEMORY=3072
    MACHINE_INITRAMFS=$(lab_part initramfs-phyp)
    whole
    # half way the power is cut, in the middle of a write to release_region
    cut_off 700000000
    full
    grows
    # the last: it takes an initramfs of its own
    too_early
}

# crashed NAME ARGUMENT...: a machine with the pattern in its memory has crashed. User pages are kept, which the pattern is,
# and cache and free pages are not; in what is no CMA the kernel places no user pages.
crashed() {
    local name=$1
    shift
    echo "# crash: $name" >&3
    mkdir -p "$E/$name"
    machine_start mini fadump=nocma fadump_dump_level=23 "$@"
    machine_boot
    gather "$name-before"
    guest "$FIRST"
    pattern "$name" 77 > /dev/null
    guest "cat /var/lib/pattern-$name" > "$E/$name/places"
    machine_crash
}

# gathered NAME: what there is to see after the capture, and the machine is off
gathered() {
    machine_boot
    gather "$1"
    guest 'cat /proc/release_region' > "$E/$1/given"
    guest 'cat /run/phyp-memory' > "$E/$1/memory"
    guest "${LAST-true}" > "$E/$1/last" 2>&1
    cp "$M/console" "$E/$1/console"
    machine_stop
}

whole() {
    FIRST=true crashed whole
    gathered whole
    outside whole
    machine_drop
}

# partial NAME: pages of the pattern that were given back and are in vmcore.incomplete, as pattern.py says it
partial() {
    local file what start length end=0
    while read -r what start length _; do
        [ "$what" != give ] || [ $((start + length)) -lt "$end" ] || end=$((start + length))
    done < "$E/$1/given"
    awk -v end="$end" 'NR == 1 || $2 * 65536 < end' "$E/$1/places" > "$M/gone"
    awk -v held="$(held "$1")" 'NR > 1 && $2 * 65536 >= held' "$M/gone" | wc -l > "$E/$1/gone"
    file=$(machine_disk find var/crash -name vmcore.incomplete)
    seen_by_drgn "$file" "$LAB_HERE/pattern.py" "$M/gone" > "$E/$1/pattern" 2>&1 || true
}

cut_off() {
    FIRST=true crashed cut "phyp.stop_at=$1"
    # the last lines of the console: the guest does not answer any more
    for _ in $(seq 4000); do
        ! grep -q 'release_region: stopped' "$M/console" || break
        sleep 0.1
    done
    machine_cut
    cp "$M/console" "$E/cut/console"
    sed -n 's/.*release_region: stopped behind \(0x[0-9a-f]*\).*/give \1 0x0/p' "$M/console" > "$E/cut/given"
    partial cut
    machine_drop
}

# Of 1600 MiB that do not get smaller, which are kept as cache is, 1300 fit: more than there is of memory that is not held, and
# less than all. In memory not even that fits which has to be saved before any of it is given back.
full() {
    # shellcheck disable=SC2016 # expanded in the guest
    FIRST='mkdir /run/room && mount -t tmpfs -o size=1700m tmpfs /run/room && dd if=/dev/urandom of=/run/room/fill bs=1M count=1600 \
        && fallocate -l $(($(df -k / | awk "END { print \$4 }") - 1300 * 1024))k /fill; sync' crashed full fadump_dump_level=17 fadump_target=ram:
    gathered full
    machine_drop
}

# the same copier, but for the order: a batch goes before it is saved
too_early() {
    local tree=$BATS_FILE_TMPDIR/early
    mkdir -p "$tree/root/usr/libexec"
    cp -a "$LAB_HERE/../../Makefile" "$LAB_HERE/../../helpers" "$tree/"
    sed -i '/^static bool end_batch/,/^}/ { s/^{/{\n\tgiveback_batch(\&p->giveback, \&p->src);/ }' "$tree/helpers/pipeline.c"
    ! cmp -s "$LAB_HERE/../../helpers/pipeline.c" "$tree/helpers/pipeline.c" || return 1
    make -s -C "$tree" ARCH=ppc64le CC=powerpc64le-linux-musl-gcc B=b RAW= CODECS= b/fadump-copy > /dev/null || return 1
    powerpc64le-linux-gnu-strip -o "$tree/root/usr/libexec/fadump-copy" "$tree/b/fadump-copy"
    # QEMU sees no other place
    MACHINE_INITRAMFS=$(mktemp -d "$LAB/run/early.XXXXXX")
    {
        cat "$(lab_part initramfs-phyp)/initramfs.img"
        cd "$tree/root" && find . | cpio -o -H newc --quiet
    } > "$MACHINE_INITRAMFS/initramfs.img"
    FIRST=true crashed early
    gathered early
    outside early
    machine_drop
    rm -r "$MACHINE_INITRAMFS"
}

# ram: with more of the pattern than there is memory before any of it is given back, and stored as it is. What is given back last
# is taken first, by something that is left out. fadump-save has the dump on the disk before the machine is off.
grows() {
    OURS=$(mktemp "$LAB/run/ours.XXXXXX")
    export OURS
    (
        REPO=$LAB_HERE/../.. HERE=$LAB_HERE
        . "$LAB_HERE/lib.sh"
        product_stage initramfs-mini
        tar -cf "$OURS" -C "$LAB_PRODUCT" usr/sbin/fadump-save
    )
    truncate -s %1M "$OURS"
    # shellcheck disable=SC2016 # expanded in the guest
    MACHINE_DISK=$OURS FIRST='mkdir /run/low && mount -t tmpfs -o size=700m tmpfs /run/low && fallocate -l 700m /run/low/fill \
        && for seed in 1 2 3 4 5 6 7 8; do
            setsid pattern /var/lib/pattern-more-$seed $seed > /run/more-$seed 2>&1 &
            until grep -q ready /run/more-$seed; do sleep 0.1; done
        done' crashed grows fadump_target=ram: fadump_fallback=none fadump_compress=none
    # shellcheck disable=SC2016 # expanded in the guest
    LAST='tar -x -C / < /dev/vdb; du -k /run/fadump/ram/*/vmcore; fadump-save extract; echo "status $?"; cat /run/fadump/status' \
        gathered grows
    # shellcheck disable=SC2046 # words
    seen_by_drgn "$(sed -n 's|^path=/||p' "$E/grows/last")" "$LAB_HERE/pattern.py" var/lib/pattern-grows \
        $(seq -f 'var/lib/pattern-more-%g' 8) > "$E/grows/pattern" 2>&1 || true
    machine_drop
}

teardown_file() {
    machine_drop
    rm -f "${OURS-}"
}

# held NAME: the address where the memory that is held begins, by the kernel's own words
held() {
    local start bytes
    # the reserve is not given back; it begins where the boot memory ends
    start=$((768 << 20))
    bytes=$(cat "$E/$1-before/mem_reserved")
    echo $(((start + bytes + 65535) / 65536 * 65536))
}

# sum_given NAME: bytes, by the kernel's log
sum_given() {
    awk '$1 == "give" { pages += $5 } END { print pages * 65536 }' "$E/$1/given"
}

# grows_meanwhile NAME: MemTotal, while the dump has no name yet
grows_meanwhile() {
    awk '/vmcore\.incomplete/ && $1 > last { n++; last = $1 } END { print n " different"; exit n < 4 }' "$E/$1/memory"
}

# at_start NAME: kB that were available when the capture began
at_start() {
    awk 'NR == 1 && !/127/ { print $2 }' "$E/$1/memory"
}

@test "saved, all of it given back, nothing armed" {
    cat "$E/whole/status"
    [ "$(status whole kind)" = phyp ] && [ "$(status whole result)" = saved ] && [ "$(status whole released)" = yes ] \
        && [ "$(status whole held_bytes)" = 0 ] && [ "$(status whole armed)" = no ] && [ -z "$(status whole reason)" ]
}

@test "MemTotal grows while the copy runs" {
    grows_meanwhile whole
}

@test "the memory is back, within 2 %" {
    memory_back whole-before whole
}

@test "the kernel freed what the copier says it gave back, and refused nothing" {
    cat "$E/whole/given"
    [ "$(sum_given whole)" -gt 1000000000 ]
    [ "$(sum_given whole)" = "$(status whole released_bytes)" ]
    run grep -c refuse "$E/whole/given"
    [ "$output" = 0 ]
}

@test "the sums are exact: that kernel would arm the next dump" {
    grep -qx 'sums exact' "$E/whole/given"
}

@test "every page of the pattern is in the dump, although those that were given back are overwritten" {
    cat "$E/whole/pattern"
    [ "$(cat "$E/whole/pattern")" = 'pages=1024 absent=0 differs=0' ]
    awk -v held="$(held whole)" 'NR > 1 && $2 * 65536 >= held { n++ } END { print n " of them were given back"; exit n < 100 }' \
        "$E/whole/places"
}

@test "cache and free pages are left out, although the page structs were given back" {
    cat "$E/whole/status"
    [ "$(status whole excluded_pages)" -gt 10000 ] && [ -z "$(status whole unfiltered)" ] && [ "$(status whole lost_pages)" = 0 ]
}

@test "drgn sees who panicked" {
    cat "$E/whole/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/whole/drgn"
}

@test "power cut during a write: all that was given back is on the disk" {
    cat "$E/cut/given" "$E/cut/pattern" "$E/cut/gone"
    [ -s "$E/cut/given" ]
    [ "$(cat "$E/cut/gone")" -gt 100 ]
    grep -qE '^pages=[0-9]+ absent=0 differs=0$' "$E/cut/pattern"
}

@test "no space half way: the rest stays held, and no other target is tried" {
    cat "$E/full/status"
    [ "$(status full result)" = failed ]
    [ "$(status full released)" = partly ]
    [ "$(status full released_bytes)" -gt 0 ]
    [ "$(status full held_bytes)" -gt 0 ]
    [ "$(sum_given full)" = "$(status full released_bytes)" ]
    [ "$(meminfo full MemTotal)" -lt $(($(meminfo full-before MemTotal) - $(status full held_bytes) / 1024 + 65536)) ]
    [ -e "$E/full/has-vmcore" ]
}

@test "the wrong order: these tests find it" {
    cat "$E/early/status" "$E/early/pattern"
    [ "$(status early result)" = saved ]
    grep -qE '^pages=1024 absent=[0-9]+ differs=[1-9]' "$E/early/pattern"
}

@test "in memory: the dump takes more than there was at the start, as the room grows" {
    local taken
    cat "$E/grows/status" "$E/grows/last"
    taken=$(sed -n 's|^\([0-9]*\)[[:space:]]*/run/fadump/ram/127.*/vmcore$|\1|p' "$E/grows/last")
    echo "$(at_start grows) kB at the start, $taken kB taken"
    [ "$taken" -gt "$(at_start grows)" ]
    [ "$(status grows stored_bytes)" -gt $(($(at_start grows) * 1024)) ]
    [ "$(status grows result):$(status grows target):$(status grows released):$(status grows held_bytes)" = saved:ram::yes:0 ]
    grows_meanwhile grows
    [ "$(sum_given grows)" = "$(status grows released_bytes)" ]
    memory_back grows-before grows
}

@test "in memory: on the disk every page of the pattern is in it, although those that were given back are overwritten" {
    cat "$E/grows/last" "$E/grows/pattern"
    grep -qx 'status 0' "$E/grows/last"
    grep -q '^path=/var/crash/127.*/vmcore$' "$E/grows/last"
    [ "$(cat "$E/grows/pattern")" = 'pages=9216 absent=0 differs=0' ]
    awk -v held="$(held grows)" 'NR > 1 && $2 * 65536 >= held { n++ } END { print n " of them were given back"; exit n < 100 }' \
        "$E/grows/places"
}

@test "in memory: what does not fit before any of it is given back leaves nothing, and the next target has its turn" {
    cat "$E/full/status" "$E/full/memory"
    [ "$(status full failed_target.1)" = ram: ]
    status full failed_reason.1 | grep -q '^no space left for /run/fadump/ram/127'
    # more was allowed than the dump got
    awk -v start="$(at_start full)" '/ up to [0-9]* MiB of memory/ { exit !($4 * 1024 > start) }' "$E/full/log"
    awk 'NR == 1 { total = $1 } /ram.*vmcore\.incomplete/ { n++; if ($1 != total) bad++ } END { exit !n || bad }' "$E/full/memory"
    run grep -c -e 'Out of memory' -e 'oom-kill' "$E/full/console"
    [ "$output" = 0 ]
    run grep -c ' /run/fadump/ram ' "$E/full/mounts"
    [ "$output" = 0 ]
}
