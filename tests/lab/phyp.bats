#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# phyp.bats - memory of a real capture boot goes back range by range, and each page of it is overwritten at once
# In:  the lab (built when it is not); guest/release_region.c is the kernel's side. Each machine is run once; every test looks
#      at what was gathered then.
# Out: TAP. Does not know: how the dump is made.

setup_file() {
    export E=$BATS_FILE_TMPDIR
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/evidence.sh"
    lab_ready tree kernel mini initramfs-phyp
    export BOOT_SECONDS=400 GUEST_SECONDS=120 MACHINE_MEMORY=3072
    MACHINE_INITRAMFS=$(lab_part initramfs-phyp)
    whole
    # half way the power is cut, in the middle of a write to release_region
    cut_off 700000000
    full
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
# less than all.
full() {
    # shellcheck disable=SC2016 # expanded in the guest
    FIRST='mkdir /run/room && mount -t tmpfs -o size=1700m tmpfs /run/room && dd if=/dev/urandom of=/run/room/fill bs=1M count=1600 \
        && fallocate -l $(($(df -k / | awk "END { print \$4 }") - 1300 * 1024))k /fill; sync' crashed full fadump_dump_level=17
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

teardown_file() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/evidence.sh"
    machine_drop
}

setup() {
    LAB_HERE=$BATS_TEST_DIRNAME
    . "$LAB_HERE/evidence.sh"
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

@test "saved, all of it given back, nothing armed" {
    cat "$E/whole/status"
    [ "$(status whole kind)" = phyp ] && [ "$(status whole result)" = saved ] && [ "$(status whole released)" = yes ] \
        && [ "$(status whole held_bytes)" = 0 ] && [ "$(status whole armed)" = no ] && [ -z "$(status whole reason)" ]
}

@test "MemTotal grows while the copy runs" {
    # while the dump has no name yet
    awk '/vmcore\.incomplete$/ && $1 > last { n++; last = $1 } END { print n " different"; exit n < 4 }' "$E/whole/memory"
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
