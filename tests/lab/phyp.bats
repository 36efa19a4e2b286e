#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# phyp.bats - a capture boot whose memory is released in ranges, during the copy; each released page is overwritten
# immediately
# In:  the lab (missing parts are built); guest/release_region.c is the kernel part. Each machine runs once; the tests
#      examine the evidence gathered from it.
# Out: TAP. Does not know: how the dump is made.

load lab

setup_file() {
    lab_ready tree kernel mini initramfs-plain initramfs-phyp
    export BOOT_SECONDS=400 GUEST_SECONDS=600 MACHINE_MEMORY=3072
    MACHINE_INITRAMFS=$(lab_part initramfs-phyp)
    whole
    # cut the power during a write to release_region, when 700 MB have been released
    cut_off 700000000
    full
    grows
    # called last, because it sets MACHINE_INITRAMFS
    too_early
}

# crashed NAME ARGUMENT...: start a machine, run $FIRST in it, write the pattern, and crash it. Dump level 23 keeps user
# pages (the pattern consists of them), and excludes cache and free pages. nocma: the kernel places no user pages in the
# reserved area.
crashed() {
    local name=$1
    shift
    echo "# crash: $name" >&3
    mkdir -p "$E/$name"
    machine_ready mini fadump=nocma -- fadump_dump_level=23 "$@"
    # the target ram: needs a system that will move the dump, so make the files that the module looks for; nothing
    # starts the service
    guest 'mkdir -p /usr/lib/systemd/system && cp /usr/sbin/init /usr/lib/systemd/systemd
        ln -sf ../lib/systemd/systemd /usr/sbin/init
        echo "ExecStart=/usr/sbin/fadump-save extract" > /usr/lib/systemd/system/fadump-save.service
        : > /usr/sbin/fadump-save; chmod 755 /usr/sbin/fadump-save; sync'
    gather "$name-before"
    guest "$FIRST"
    pattern "$name" 77 > /dev/null
    guest "cat /var/lib/pattern-$name" > "$E/$name/places"
    machine_crash
}

# gathered NAME: after the capture, gather the usual evidence, the log of release_region, the log of the memory and the
# output of $LAST; then stop the machine
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

# partial NAME: examine vmcore.incomplete after a power cut. The file must contain all pages of the pattern below the
# highest released address. $E/NAME/pattern is the output of pattern.py for these pages, and $E/NAME/gone is how many of
# them were released.
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
    # wait for the message on the console: the guest no longer answers
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

# full: crash with the targets ram: and dir:, both with too little space. 1600 MiB of random data in a tmpfs do not
# compress, and dump level 17 keeps them as page cache. The disk has 1300 MiB of space: more than the memory that is not
# held, but not enough for the dump. ram: has no space even for the pages that must be saved before the first release.
full() {
    # shellcheck disable=SC2016 # expanded in the guest
    FIRST='mkdir /run/room && mount -t tmpfs -o size=1700m tmpfs /run/room \
        && dd if=/dev/urandom of=/run/room/fill bs=1M count=1600 \
        && fallocate -l $(($(df -k / | awk "END { print \$4 }") - 1300 * 1024))k /fill; sync' \
        crashed full fadump_dump_level=17 fadump_target=ram:
    gathered full
    machine_drop
}

# too_early: crash with a copier that is changed to release the memory of a batch before the batch is saved
too_early() {
    local tree=$BATS_FILE_TMPDIR/early
    mkdir -p "$tree/root/usr/libexec"
    cp -a "$LAB_HERE/../../Makefile" "$LAB_HERE/../../helpers" "$tree/"
    sed -i '/^static bool end_batch/,/^}/ { s/^{/{\n\tincremental_release(\&p->incremental, \&p->src);/ }' \
        "$tree/helpers/copy/pipeline.c"
    ! cmp -s "$LAB_HERE/../../helpers/copy/pipeline.c" "$tree/helpers/copy/pipeline.c" || return 1
    make -s -C "$tree" ARCH=ppc64le CC="$("$LAB_HERE/../../helpers/deps.sh" cc ppc64le)" B=b RAW= CODECS= \
        b/fadump-copy > /dev/null || return 1
    powerpc64le-linux-gnu-strip -o "$tree/root/usr/libexec/fadump-copy" "$tree/b/fadump-copy"
    # below $LAB: QEMU runs in a chroot (tree-exec) where $LAB is mounted and $BATS_FILE_TMPDIR is not
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

# grows: crash with ram: and compress = none; the pattern is larger than the free memory before the first release.
# A tmpfs file, whose pages dump level 23 excludes, occupies the memory that is released last. fadump-save moves the
# dump to the disk before the machine stops.
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
    MACHINE_CRASHKERNEL=512M MACHINE_DISK=$OURS FIRST='mkdir /run/low && mount -t tmpfs -o size=450m tmpfs /run/low \
        && fallocate -l 450m /run/low/fill \
        && for seed in 1 2 3 4 5; do
            setsid pattern /var/lib/pattern-more-$seed $seed > /run/more-$seed 2>&1 &
            until grep -q ready /run/more-$seed; do sleep 0.1; done
        done' crashed grows fadump_target=ram: fadump_fallback=none fadump_compress=none
    # shellcheck disable=SC2016 # expanded in the guest
    LAST='tar -x -C / < /dev/vdb; du -k /run/fadump/ram/*/vmcore; fadump-save extract; echo "status $?"
        cat /run/fadump/status' gathered grows
    # shellcheck disable=SC2046 # words
    seen_by_drgn "$(sed -n 's|^path=/||p' "$E/grows/last")" "$LAB_HERE/pattern.py" var/lib/pattern-grows \
        $(seq -f 'var/lib/pattern-more-%g' 5) > "$E/grows/pattern" 2>&1 || true
    machine_drop
}

teardown_file() {
    machine_drop
    rm -f "${OURS-}"
}

# captured_phyp NAME [KEY=VALUE]...: run captured for a phyp-assisted dump: a kernel with phyp-assisted dump registers
# the next dump itself, so the module does not arm it; release_mem is not used, so /proc/vmcore remains
captured_phyp() {
    local name=$1
    shift
    captured "$name" armed=no held_bytes=0 'registered=*' 'vmcore=*' "$@"
}

# held NAME [RESERVE]: print the address where the held memory begins; RESERVE is the size of the boot memory in MiB
held() {
    local start bytes
    # The reserved area is not released; it begins at the end of the boot memory. Its size is in mem_reserved.
    start=$((${2-768} << 20))
    bytes=$(cat "$E/$1-before/mem_reserved")
    echo $(((start + bytes + 65535) / 65536 * 65536))
}

# sum_given NAME: print the number of released bytes in the log of release_region
sum_given() {
    awk '$1 == "give" { pages += $5 } END { print pages * 65536 }' "$E/$1/given"
}

# grows_meanwhile NAME: assert that MemTotal grew several times while the dump was still vmcore.incomplete
grows_meanwhile() {
    awk '/vmcore\.incomplete/ { n += last && $1 > last; if ($1 > last) last = $1 }
        END { print n " increases of MemTotal"; exit n < 3 }' "$E/$1/memory"
}

# at_start NAME: print the kB of memory that were available when the capture began; nothing if a dump existed already
at_start() {
    awk 'NR == 1 && !/127/ { print $2 }' "$E/$1/memory"
}

@test "the dump is saved, all memory is released, and the next dump is not armed" {
    captured_phyp whole kind=phyp reason=
    # the key must exist; captured() accepts a missing key as 0
    [ "$(status whole held_bytes)" = 0 ]
}

@test "MemTotal grows while the copy runs" {
    grows_meanwhile whole
}

@test "all memory is released, within 2 %" {
    memory_back whole-before whole
}

@test "the kernel freed the memory that the copier released, and refused no range" {
    cat "$E/whole/given"
    [ "$(sum_given whole)" -gt 1000000000 ]
    [ "$(sum_given whole)" = "$(status whole released_bytes)" ]
    run grep -c refuse "$E/whole/given"
    [ "$output" = 0 ]
}

@test "the sum of the released ranges is exact: a kernel with phyp-assisted dump would arm the next dump" {
    grep -qx 'sums exact' "$E/whole/given"
}

@test "every page of the pattern is in the dump, although released pages are overwritten" {
    captured_phyp whole
    awk -v held="$(held whole)" 'NR > 1 && $2 * 65536 >= held { n++ }
        END { print n " pages of the pattern were released"; exit n < 100 }' "$E/whole/places"
}

@test "cache and free pages are left out, although the page structs were released" {
    captured_phyp whole unfiltered= lost_pages=0
    [ "$(status whole excluded_pages)" -gt 10000 ]
}

@test "drgn finds the task that panicked" {
    cat "$E/whole/drgn"
    grep -qE '^panicked=sh [0-9]+$' "$E/whole/drgn"
}

@test "power cut during a release: all released pages of the pattern are in the partial dump on the disk" {
    cat "$E/cut/given" "$E/cut/pattern" "$E/cut/gone"
    [ -s "$E/cut/given" ]
    [ "$(cat "$E/cut/gone")" -gt 100 ]
    grep -qE '^pages=[0-9]+ absent=0 differs=0$' "$E/cut/pattern"
}

@test "no space during the copy: the rest of the memory is not released" {
    cat "$E/full/status"
    [ "$(status full result)" = failed ]
    [ "$(status full released)" = partly ]
    [ "$(status full released_bytes)" -gt 0 ]
    [ "$(status full held_bytes)" -gt 0 ]
    [ "$(sum_given full)" = "$(status full released_bytes)" ]
    [ "$(meminfo full MemTotal)" \
        -lt $(($(meminfo full-before MemTotal) - $(status full held_bytes) / 1024 + 65536)) ]
    [ -e "$E/full/has-vmcore" ]
}

@test "a copier that releases pages before it saves them is detected by the check of the pattern" {
    cat "$E/early/status" "$E/early/pattern"
    [ "$(status early result)" = saved ]
    grep -qE '^pages=1024 absent=[0-9]+ differs=[1-9]' "$E/early/pattern"
}

@test "ram: the dump grows beyond the memory that was free at the start" {
    local taken
    cat "$E/grows/last"
    taken=$(sed -n 's|^\([0-9]*\)[[:space:]]*/run/fadump/ram/127.*/vmcore$|\1|p' "$E/grows/last")
    echo "$(at_start grows) kB available at the start, dump of $taken kB"
    [ "$taken" -gt "$(at_start grows)" ]
    [ "$(status grows stored_bytes)" -gt $(($(at_start grows) * 1024)) ]
    captured_phyp grows target=ram: 'armed=*' 'pattern=pages=6144 absent=0 differs=0'
    [ "$(status grows held_bytes)" = 0 ]
    grows_meanwhile grows
    [ "$(sum_given grows)" = "$(status grows released_bytes)" ]
    memory_back grows-before grows
}

@test "ram: the dump on the disk has every page of the pattern, although released pages are overwritten" {
    cat "$E/grows/last"
    grep -qx 'status 0' "$E/grows/last"
    grep -q '^path=/var/crash/127.*/vmcore$' "$E/grows/last"
    captured_phyp grows 'armed=*' 'pattern=pages=6144 absent=0 differs=0'
    awk -v held="$(held grows 512)" 'NR > 1 && $2 * 65536 >= held { n++ }
        END { print n " pages of the pattern were released"; exit n < 100 }' "$E/grows/places"
}

@test "ram: a dump that does not fit before the first release is deleted; the next target is tried" {
    cat "$E/full/status" "$E/full/memory"
    [ "$(status full failed_target.1)" = ram: ]
    status full failed_reason.1 | grep -q '^no space left for /run/fadump/ram/127'
    # the limit in the log is larger than the memory that was available
    awk -v start="$(at_start full)" '/ up to [0-9]* MiB of memory/ { exit !($4 * 1024 > start) }' "$E/full/log"
    awk 'NR == 1 { total = $1 } /ram.*vmcore\.incomplete/ { n++; if ($1 != total) bad++ }
        END { exit !n || bad }' "$E/full/memory"
    run grep -c -e 'Out of memory' -e 'oom-kill' "$E/full/console"
    [ "$output" = 0 ]
    run grep -c ' /run/fadump/ram ' "$E/full/mounts"
    [ "$output" = 0 ]
}
