#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tree.bats - the repository keeps its own rules
# In: the tree and what make built from it.  Out: which rule is broken where.

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    # one objects' directory is enough for what the linker can tell
    objects=build/$(uname -m)
}

sources() {
    find helpers -name '*.[ch]'
}

# What breaks a rule is on stdout: there must be nothing.
nothing() {
    run "$@"
    echo "$output"
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

too_long() { # LIMIT FILE...
    local limit=$1 f n
    shift
    for f in "$@"; do
        n=$(wc -l < "$f")
        [ "$n" -le "$limit" ] || echo "$f: $n lines, more than $limit"
    done
}

@test "no C file is longer than 400 lines" {
    mapfile -t all < <(sources)
    [ "${#all[@]}" -gt 20 ]
    nothing too_long 400 "${all[@]}"
}

@test "no C function is longer than 60 lines" {
    long_functions() {
        # shellcheck disable=SC2016 # awk's variables
        sources | xargs awk 'FNR == 1 { start = 0 }
            /^{/ { start = FNR }
            /^}/ { if (start && FNR - start > 60) print FILENAME ":" start ": " FNR - start " lines"; start = 0 }'
    }
    nothing long_functions
}

@test "the dracut module keeps its budgets" {
    nothing too_long 80 modules.d/50fadump/module-setup.sh
    nothing too_long 120 modules.d/50fadump/fadump-hook.sh
    nothing too_long 200 modules.d/50fadump/fadump-*.sh modules.d/50fadump/target-*.sh
    nothing too_long 320 modules.d/50fadump/fadump-capture
}

# the shell's errexit does not see a false A of "A && B"
@test "no assertion of a test is before an &&, unless the function ends there" {
    [ "$(git ls-files '*.bats' '*.bash' | wc -l)" -gt 50 ]
    blind() {
        # shellcheck disable=SC2016 # awk's variables
        git ls-files --cached --others --exclude-standard '*.bats' '*.bash' | xargs awk '
            above != "" && !/^ *(#.*)?$/ { if (!/^ *(}|&&|\|\|)/) print above; above = "" }
            /^ *(\[\[? |said |one_line).* && / && !/\|\|/ && !/\\$/ { above = FILENAME ":" FNR ": " $0 }'
    }
    nothing blind
}

# nor a failure of "! A"
@test "no assertion of a test is behind a !: it would never fail" {
    negated() {
        # shellcheck disable=SC2016 # awk's variables
        git ls-files --cached --others --exclude-standard '*.bats' '*.bash' | xargs awk '
            /^ *! / && !/\|\|/ { print FILENAME ":" FNR ": " $0 }'
    }
    nothing negated
}

@test "every file says its licence" {
    [ "$(git ls-files | wc -l)" -gt 100 ]
    unlicensed() {
        git ls-files --cached --others --exclude-standard | while read -r f; do
            case $f in
                COPYING | README | NEWS | CONTRIBUTING | */README | .gitignore | .editorconfig) continue ;;
                .clang-format | .shellcheckrc | tests/fuzz/corpus/*) continue ;;
            esac
            [ ! -e "$f" ] || head -n 4 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || echo "$f"
        done
    }
    nothing unlicensed
}

@test "public symbols carry the name of their file" {
    foreign() {
        sources | sed -n 's|^helpers/\(.*\)\.c$|\1|p' | while read -r f; do
            stem=${f##*/}
            dir=${f%/*}
            case $f in fadump-copy | fadump-save) continue ;; esac
            # a codec is either in encode/ or in encode/absent/, the device in sink/ or sink/absent/
            case $f in encode/* | sink/*) [ -e "$objects/$f.o" ] || continue ;; esac
            nm -g --defined-only "$objects/$f.o" | awk '{ print $3 }' \
                | grep -v -e "^${stem}\$" -e "^${stem}_" -e "^${dir##*/}_${stem}\$" -e "^${dir##*/}_${stem}_" | sed "s|^|$f.c: |"
        done
        true
    }
    nothing foreign
}

@test "parsers, filter and layout make no system call and take no lock" {
    impure() {
        for f in memory release/regions source/elfcore source/memmap source/vmcoreinfo source/printk util/parse \
            filter/filter filter/rules filter/pagemap filter/vtop filter/vtop_x86_64 \
            filter/vtop_ppc64 filter/utsname filter/constpage encode/encoder encode/none \
            save/judge save/lkcd save/pages \
            layout/kdump layout/elf layout/flat; do
            [ -e "$objects/$f.o" ] || echo "$f: is not there"
            nm -u "$objects/$f.o" | awk '{ print $2 }' \
                | grep -E '^(open|openat|p?read|p?write|lseek|mmap|munmap|ioctl|fsync|close|stat|fstat|syscall|printf|fopen|log_line|pthread_.*)$' \
                | sed "s|^|$f: |"
        done
        true
    }
    [ -e "$objects/source/elfcore.o" ]
    nothing impure
}

@test "pthread appears in queue.c, workers.c, lock.[ch] and stall.[ch] only" {
    nothing sh -c 'grep -rl "pthread" helpers --include="*.[ch]" |
        grep -v -e encode/queue.c -e encode/workers.c -e "util/lock\.[ch]" -e "util/stall\.[ch]"; true'
}

@test "write(2) appears where it should" {
    # fdio.c is for files; log.c and progress.c talk to the console
    nothing sh -c 'grep -rlE "\bp?write\(" helpers --include="*.c" |
        grep -v -e util/fdio.c -e util/log.c -e util/progress.c; true'
}

@test "stages do not include each other" {
    # the layouts read the headers and the memory map, which are the format's own words; the
    # filter reads VMCOREINFO
    crossing() {
        grep -rnE '#include "\.\./(source|filter|encode|layout|sink)/' helpers --include='*.[ch]' \
            | grep -v -e '^helpers/layout/elf.c:.*source/elfcore.h' \
                -e '^helpers/layout/[a-z]*.c:.*source/memmap.h' \
                -e '^helpers/filter/[a-z0-9_]*.c:.*source/vmcoreinfo.h' \
                -e '^helpers/save/judge.c:.*source/elfcore.h' \
                -e '^helpers/save/\(place\|convert\).c:.*sink/file.h' \
                -e '^helpers/save/\(convert.c\|pages.h\):.*source/memmap.h' \
                -e '^helpers/save/convert.c:.*layout/kdump.h'
        true
    }
    nothing crossing
}

@test "the man page lists every option and exit status" {
    undocumented() {
        for p in fadump-copy fadump-save; do
            [ -n "$("$objects/$p" --help)" ] || echo "$p has no --help"
            "$objects/$p" --help | grep -o -- '--[a-z-]*' | sort -u | while read -r o; do
                grep -q -- "^\.It Fl -${o#--}" "man/$p.8" || echo "$p $o"
            done
            for s in 0 1 2 3 4 5 6 7 8; do
                case $p-$s in fadump-save-[78]) continue ;; esac
                grep -q "^\.It $s\$" "man/$p.8" || echo "$p: exit status $s"
            done
        done
    }
    nothing undocumented
}

# 900 KiB with its codecs, less 85 of what unwinds stacks and of padding, and 195 of libarchive and
# libblkid
@test "the programs are static, have all libraries, and the copier is under 1 MiB stripped" {
    for arch in x86_64 ppc64le; do
        file build/$arch/fadump-copy | grep 'statically linked'
        file build/$arch/fadump-save | grep 'statically linked'
        for what in zstd_encoder lzo_encoder zlib_encoder archive_write_header blkid_do_probe; do
            nm build/$arch/fadump-copy | grep " $what\$" || {
                echo "$arch: no $what"
                return 1
            }
        done
        nm build/$arch/encode/zstd.o build/$arch/encode/lzo.o build/$arch/encode/zlib.o > /dev/null
        strip='strip'
        [ $arch = "$(uname -m)" ] || strip=powerpc64le-linux-gnu-strip
        $strip -o "$BATS_TEST_TMPDIR/stripped" build/$arch/fadump-copy
        size=$(stat -c %s "$BATS_TEST_TMPDIR/stripped")
        echo "# $arch, stripped: $size bytes" >&3
        [ "$size" -le $((1024 * 1024)) ]
    done
}

@test "what is built does not tell where" {
    for p in build/*/fadump-copy build/*/fadump-save; do
        case $p in build/asan/* | build/tsan/*) continue ;; esac
        grep -q fadump "$p"
        if grep -qaF "$PWD" "$p"; then
            echo "$p: $PWD"
            return 1
        fi
    done
}

@test "with its codecs alone the copier is under 900 KiB stripped" {
    b=$BATS_TEST_TMPDIR/b
    make ARCH=ppc64le CC=powerpc64le-linux-musl-gcc B="$b" RAW= "$b/fadump-copy" > /dev/null
    powerpc64le-linux-gnu-strip -o "$b/stripped" "$b/fadump-copy"
    size=$(stat -c %s "$b/stripped")
    echo "# ppc64le without raw devices, stripped: $size bytes" >&3
    [ "$size" -le $((900 * 1024)) ]
}

@test "built without any library it saves dumps, and says what it cannot" {
    b=$BATS_TEST_TMPDIR/b
    make B="$b" RAW= CODECS= "$b/fadump-copy" > /dev/null
    cd "$BATS_TEST_TMPDIR"
    printf 'info PAGESIZE=4096\nload 0 1M\npattern 1 1M\n' | "$OLDPWD/build/tools/mkvmcore" src
    "$b/fadump-copy" --quiet --no-dmesg --dump-level 1 --source src --file out/vmcore
    "$OLDPWD/build/tools/cmpkdump" src out/vmcore
    run "$b/fadump-copy" --quiet --no-dmesg --source src --file out/two --compress zstd
    [ "$status" -eq 2 ]
    [[ $output == *'zstd is not built into this program'* ]]
    truncate -s 8M dev
    run "$b/fadump-copy" --quiet --no-dmesg --source src --block dev
    [ "$status" -eq 4 ] && [[ $output == *'dev: this program was built without libarchive and libblkid'* ]]
}

@test "the parts around the pipeline know only what their charters say" {
    # sinks are output.c's and dmesg.c's, codecs are pack.c's and those who choose one, the
    # filter's rules are selection.c's
    strangers() {
        grep -n '#include "sink/' helpers/*.[ch] | grep -v -e '^helpers/output\.' -e '^helpers/dmesg\.c' \
            -e '^helpers/flatten\.c.*stream\.h'
        grep -n '#include "layout/' helpers/*.[ch] | grep -v -e '^helpers/format_' -e '^helpers/flatten\.c.*flat\.h'
        grep -n '#include "filter/' helpers/*.[ch] | grep -v -e '^helpers/selection\.' -e 'constpage\.h' -e 'utsname\.h'
        true
    }
    [ "$(grep -c '#include "sink/' helpers/output.h)" -eq 2 ]
    nothing strangers
}

@test "the man page of fadumpctl lists its commands, options and exit statuses" {
    undocumented() {
        dash helpers/fadumpctl.sh --help | grep -oE '^.{7}fadumpctl [a-z]+|--[a-z]+' | sed 's/.* //' | while read -r w; do
            grep -qE "^\.It (Cm|Fl) ${w#-}\$" man/fadumpctl.8 || echo "$w"
        done
        sed -n 's/^failed=\([0-9]\) wrong=\([0-9]\) nothing=\([0-9]\) busy=\([0-9]\)$/0 \1 \2 \3 \4/p' helpers/fadumpctl.sh \
            | grep . | tr ' ' '\n' | while read -r s; do
            grep -qx "\.It $s" man/fadumpctl.8 || echo "exit status $s"
        done || echo 'no exit statuses'
    }
    [ "$(dash helpers/fadumpctl.sh --help | grep -c 'fadumpctl [a-z]')" -eq 3 ]
    nothing undocumented
}

@test "a build leaves nothing that git does not ignore" {
    nothing sh -c 'git status --porcelain --ignored | grep "^!!" | grep -v "^!! build/$"; true'
}

@test "uninstall removes what install put there" {
    make install DESTDIR="$BATS_TEST_TMPDIR/root" > /dev/null
    [ -x "$BATS_TEST_TMPDIR/root/usr/libexec/fadump-copy" ]
    [ -x "$BATS_TEST_TMPDIR/root/usr/sbin/fadump-save" ]
    grep -qx 'ExecStart=/usr/sbin/fadump-save extract' "$BATS_TEST_TMPDIR/root/usr/lib/systemd/system/fadump-save.service"
    [ -x "$BATS_TEST_TMPDIR/root/usr/sbin/fadumpctl" ]
    grep -qx 'lib=.ROOT/usr/lib/dracut/modules.d/50fadump' "$BATS_TEST_TMPDIR/root/usr/sbin/fadumpctl"
    grep -qx 'ExecStart=/usr/sbin/fadumpctl save' "$BATS_TEST_TMPDIR/root/usr/lib/systemd/system/fadump-late.service"
    [ -e "$BATS_TEST_TMPDIR/root/etc/fadump.conf" ]
    [ -x "$BATS_TEST_TMPDIR/root/usr/lib/dracut/modules.d/50fadump/module-setup.sh" ]
    [ "$(find "$BATS_TEST_TMPDIR/root/usr/share/man" -type f | wc -l)" -ge 4 ]
    make uninstall DESTDIR="$BATS_TEST_TMPDIR/root" > /dev/null
    nothing find "$BATS_TEST_TMPDIR/root" -type f
}

@test "uninstall leaves a configuration that was changed" {
    make install DESTDIR="$BATS_TEST_TMPDIR/root" > /dev/null
    echo 'rearm = no' >> "$BATS_TEST_TMPDIR/root/etc/fadump.conf"
    make uninstall DESTDIR="$BATS_TEST_TMPDIR/root" > /dev/null
    [ -e "$BATS_TEST_TMPDIR/root/etc/fadump.conf" ]
}
