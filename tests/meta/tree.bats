#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tree.bats - the repository keeps its own rules
# In: the tree and the files that make built from it.  Out: the broken rules, with the files.

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    # the object files of one architecture are enough to check symbols
    objects=build/$(uname -m)
}

sources() {
    find helpers -name '*.[ch]'
}

# nothing COMMAND...: checks that COMMAND, which prints a line for each broken rule, succeeds and prints nothing
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
        # shellcheck disable=SC2016 # awk variables
        sources | xargs awk 'FNR == 1 { start = 0 }
            /^{/ { start = FNR }
            /^}/ { if (start && FNR - start > 60) print FILENAME ":" start ": " FNR - start " lines"; start = 0 }'
    }
    nothing long_functions
}

@test "the files of the dracut module are not longer than their limits" {
    nothing too_long 80 modules.d/50fadump/module-setup.sh
    nothing too_long 120 modules.d/50fadump/hook.sh
    nothing too_long 200 modules.d/50fadump/*/*.sh
    nothing too_long 320 modules.d/50fadump/capture
}

# folders: prints the folders of the module in the order of its README, from the top down
folders() {
    sed -n '/^Folders/,/^$/s|^  \([./a-z]*\)/ .*|\1|p' modules.d/50fadump/README
}

@test "the README of the dracut module names every folder and file, and no others" {
    cd modules.d/50fadump
    named() {
        # shellcheck disable=SC2016 # awk variables
        awk '/^Folders/ { on = 1 } /^$/ { on = 0 }
            !on { next }
            match($0, /^  [.a-z]*\/ /) { dir = $1 }
            { gsub(/[(),:;]/, " "); for (i = 1; i <= NF; i++) if ($i ~ /^([a-z0-9-]+\.sh|capture|README)$/) print dir $i }' README \
            | grep -v '^lib/capture$' | sort -u
    }
    [ "$(named | wc -l)" -gt 30 ]
    diff <(named) <(find . -type f | sed 's|^\./||; s|^[^/]*$|./&|' | sort)
    # files and functions that the other paragraphs name exist
    missing() {
        grep -oE '(^|[ (])(build|after|target|network|driver|lib)/[a-z0-9-]+(\.sh)?\b' README | tr -d ' (' \
            | sort -u | while read -r f; do
            [ -e "$f" ] || echo "README: $f: no such file"
        done
        grep -oE '\b(fadump|target|copier|network)_[a-z_]+\(\)' README | sort -u | while read -r f; do
            grep -rqF "$f {" --include='*.sh' . || echo "README: $f: no such function"
        done
    }
    nothing missing
}

@test "the dracut module calls downwards only, in the order of the folders in its README" {
    upwards() {
        # shellcheck disable=SC2016 # awk variables
        awk -v order="$(folders | tr '\n' ' ')" '
            BEGIN { n = split(order, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i }
            function folder(file) { sub(/^modules.d\/50fadump\//, "", file); return file ~ /\// ? substr(file, 1, index(file, "/") - 1) : "." }
            FNR == 1 { dir = folder(FILENAME); rounds[FILENAME]++; if (!(dir in rank)) print FILENAME ": its folder is not in the README" }
            # the first round reads all definitions, the second all calls
            rounds[FILENAME] == 1 {
                if ($0 ~ /^ *[a-z_]+\(\) \{/) { sub(/\(\).*/, "", $1); home[$1] = dir }
                next
            }
            {
                sub(/(^|[ \t])#.*/, "")
                if (match($0, /\$(module|moddir)\/[a-z]+\//)) {
                    to = substr($0, RSTART + 1, RLENGTH - 2); sub(/.*\//, "", to)
                    if (rank[to] < rank[dir] && !(FILENAME ~ /driver\/targets.sh$/ && to == "target")) print FILENAME ": sources from " to "/"
                }
                gsub(/\047[^\047]*\047/, "")
                before = ""
                while (match($0, /[A-Za-z0-9_-]+/)) {
                    before = before substr($0, 1, RSTART - 1)
                    word = substr($0, RSTART, RLENGTH)
                    $0 = substr($0, RSTART + RLENGTH)
                    if (before ~ /(^ *|(\|\||&&|!|[;{(|]|[^$]\)) *|(^| )(if|until|then|while|do|else|command -v) +|_cleanup=|(wait_until|run_with_timeout) [^ ]+ |copier_run )$/ \
                        && $0 !~ /^[=.\/]/ && (word in home)) {
                        calls++
                        if (rank[home[word]] < rank[dir] && !(FILENAME ~ /driver\/targets.sh$/ && word ~ /^target_(prepare|sink|finish|store_extra)$/))
                            print FILENAME ": calls " word "() of " home[word] "/"
                    }
                    before = before word
                }
            }
            END { if (calls < 300) print "only " calls + 0 " calls were seen" }' "$@"
    }
    [ "$(folders | tr '\n' ' ')" = '. build after target network driver lib ' ]
    grep -q '^  Exception: driver/targets.sh ' modules.d/50fadump/README
    mapfile -t all < <(find modules.d/50fadump -name '*.sh' -o -name capture)
    nothing upwards "${all[@]}" "${all[@]}"
}

# errexit ignores a false A of "A && B"
@test "no assertion of a test is followed by &&, unless the function ends there" {
    [ "$(git ls-files '*.bats' '*.bash' | wc -l)" -gt 50 ]
    blind() {
        # shellcheck disable=SC2016 # awk variables
        git ls-files --cached --others --exclude-standard '*.bats' '*.bash' | xargs awk '
            above != "" && !/^ *(#.*)?$/ { if (!/^ *(}|&&|\|\|)/) print above; above = "" }
            /^ *(\[\[? |said |one_line).* && / && !/\|\|/ && !/\\$/ { above = FILENAME ":" FNR ": " $0 }'
    }
    nothing blind
}

# errexit ignores a failure of "! A"
@test "no assertion of a test begins with !, because bats ignores its failure" {
    negated() {
        # shellcheck disable=SC2016 # awk variables
        git ls-files --cached --others --exclude-standard '*.bats' '*.bash' | xargs awk '
            /^ *! / && !/\|\|/ { print FILENAME ":" FNR ": " $0 }'
    }
    nothing negated
}

@test "every file has a licence identifier" {
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

# helpers/archive.sh uses the archive of the machine's apt
@test "no file names the host of a package archive" {
    [ -e helpers/archive.sh ]
    hosts() {
        git grep --untracked -nIE '(deb|ftp|security|snapshot|cdn|archive)[a-z0-9.-]*\.(debian|ubuntu)\.(org|com)|https?://[^ /]+/(debian|ubuntu)\b' \
            || [ $? -eq 1 ]
    }
    nothing hosts
}

@test "public symbols begin with the name of their file" {
    foreign() {
        sources | sed -n 's|^helpers/\(.*\)\.c$|\1|p' | while read -r f; do
            stem=${f##*/}
            dir=${f%/*}
            case $f in */main) continue ;; esac
            # a build has each codec from encode/ or encode/absent/, and the device from sink/ or sink/absent/
            case $f in encode/* | sink/*) [ -e "$objects/$f.o" ] || continue ;; esac
            nm -g --defined-only "$objects/$f.o" | awk '{ print $3 }' \
                | grep -v -e "^${stem}\$" -e "^${stem}_" -e "^${dir##*/}_${stem}\$" -e "^${dir##*/}_${stem}_" \
                | sed "s|^|$f.c: |"
        done
        true
    }
    nothing foreign
}

@test "parsers, filter and layouts make no system call and take no lock" {
    impure() {
        for f in source/physmem release/regions source/elfcore source/memmap source/notes source/vmcoreinfo \
            source/printk util/parse copy/report \
            filter/filter filter/page_layout filter/pagemap filter/vtop filter/vtop_x86_64 \
            filter/vtop_ppc64 filter/utsname filter/constpage encode/encoder encode/none \
            save/validate save/lkcd save/pages \
            format/kdump_layout format/elf_layout format/flat_layout; do
            [ -e "$objects/$f.o" ] || echo "$f.o is missing"
            nm -u "$objects/$f.o" | awk '{ print $2 }' \
                | grep -E '^(open|openat|p?read|p?write|lseek|mmap|munmap|ioctl|fsync|close|stat|fstat|syscall|printf|fopen|log_line|pthread_.*)$' \
                | sed "s|^|$f: |"
        done
        true
    }
    [ -e "$objects/source/elfcore.o" ]
    nothing impure
}

@test "only queue.c, workers.c, lock.[ch] and stall.[ch] use pthread" {
    nothing sh -c 'grep -rl "pthread" helpers --include="*.[ch]" |
        grep -v -e encode/queue.c -e encode/workers.c -e "util/lock\.[ch]" -e "util/stall\.[ch]"; true'
}

@test "only fdio.c, log.c and progress.c call write(2)" {
    # fdio.c writes to files; log.c and progress.c write to the console
    nothing sh -c 'grep -rlE "(^|[^>])\bp?write\(" helpers --include="*.c" |
        grep -v -e util/fdio.c -e util/log.c -e util/progress.c; true'
}

@test "C files include downwards only, without cycles, and helpers/README draws every folder" {
    nothing tests/meta/includes helpers
}

# broken_includes SED-SCRIPT FILE WANTED: checks that the check of includes prints WANTED after SED-SCRIPT changes FILE
broken_includes() {
    local found
    rm -rf "$BATS_TEST_TMPDIR/helpers"
    cp -a helpers "$BATS_TEST_TMPDIR/"
    sed -i "$1" "$BATS_TEST_TMPDIR/helpers/$2"
    found=$(tests/meta/includes "$BATS_TEST_TMPDIR/helpers")
    echo "$found"
    [[ $found == *"$3"* ]]
}

@test "the check of includes finds an include upwards, a cycle, and a folder that is not drawn or not listed" {
    broken_includes '/fdio\.h"/s|^|#include "../sink/output.h"\n|' source/vmcore.c \
        'source/vmcore.c: includes sink/output.h, but sink/ is not below source/'
    broken_includes '/vmcoreinfo\.h"/s|^|#include "vmcore.h"\n|' source/notes.h \
        'cycle: source/vmcore -> source/notes -> source/vmcore'
    broken_includes '/^    filter\/ /d' README 'filter/: is not in the picture of README'
    broken_includes '/^    3 filter\/ /d' README 'filter/: is not in the list of README'
    mkdir "$BATS_TEST_TMPDIR/helpers/new"
    tests/meta/includes "$BATS_TEST_TMPDIR/helpers" | grep -x 'new/: is not in the picture of README'
}

@test "the man pages of fadump-copy and fadump-save list every option and exit status" {
    undocumented() {
        for p in fadump-copy fadump-save; do
            [ -n "$("$objects/$p" --help)" ] || echo "$p has no --help"
            "$objects/$p" --help | grep -o -- '--[a-z-]*' | sort -u | while read -r o; do
                grep -q -- "^\.It Fl -${o#--}" "man/$p.8" || echo "$p: option $o is not in its man page"
            done
            for s in 0 1 2 3 4 5 6 7 8; do
                case $p-$s in fadump-save-[78]) continue ;; esac
                grep -q "^\.It $s\$" "man/$p.8" || echo "$p: exit status $s is not in its man page"
            done
        done
    }
    nothing undocumented
}

# The limit of the copier: 900 KiB for it and its codecs, minus 85 KiB of stack unwinding tables and padding, plus
# 195 KiB for libarchive and libblkid, rounded up to 1 MiB.
@test "the programs are static, have all libraries, and the copier is under 1 MiB stripped" {
    for arch in x86_64 ppc64le; do
        file build/$arch/fadump-copy | grep 'statically linked'
        file build/$arch/fadump-save | grep 'statically linked'
        for what in zstd_encoder lzo_encoder zlib_encoder archive_write_header blkid_do_probe; do
            nm build/$arch/fadump-copy | grep " $what\$" || {
                echo "$arch: fadump-copy has no symbol $what"
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

@test "the programs do not contain the path of their build" {
    for p in build/*/fadump-copy build/*/fadump-save; do
        case $p in build/asan/* | build/tsan/*) continue ;; esac
        grep -q fadump "$p"
        if grep -qaF "$PWD" "$p"; then
            echo "$p: contains $PWD"
            return 1
        fi
    done
}

@test "without raw devices the copier is under 900 KiB stripped" {
    b=$BATS_TEST_TMPDIR/b
    make ARCH=ppc64le CC="$(helpers/deps.sh cc ppc64le)" B="$b" RAW= "$b/fadump-copy" > /dev/null
    powerpc64le-linux-gnu-strip -o "$b/stripped" "$b/fadump-copy"
    size=$(stat -c %s "$b/stripped")
    echo "# ppc64le without raw devices, stripped: $size bytes" >&3
    [ "$size" -le $((900 * 1024)) ]
}

@test "a copier without any library saves dumps, and prints the name of a missing feature" {
    b=$BATS_TEST_TMPDIR/b
    FADUMP_DEPS=$BATS_TEST_TMPDIR/none make B="$b" RAW= CODECS= "$b/fadump-copy" > /dev/null
    [ "$("$b/fadump-copy" --features)" = none ]
    cd "$BATS_TEST_TMPDIR"
    printf 'info PAGESIZE=4096\nload 0 1M\npattern 1 1M\n' | "$OLDPWD/build/tools/mkvmcore" src
    "$b/fadump-copy" --quiet --no-dmesg --dump-level 1 --source src --file out/vmcore
    "$OLDPWD/build/tools/cmpdump" src out/vmcore
    run "$b/fadump-copy" --quiet --no-dmesg --source src --file out/two --compress zstd
    [ "$status" -eq 2 ]
    [[ $output == *'zstd is not built into this program'* ]]
    truncate -s 8M dev
    run "$b/fadump-copy" --quiet --no-dmesg --source src --block dev
    [ "$status" -eq 4 ] && [[ $output == *'dev: this program was built without libarchive and libblkid'* ]]
}

@test "a format writes to an output and includes no sink" {
    sinks() {
        grep -n '#include "\.\./sink/' helpers/format/*.[ch] \
            | grep -v -e 'sink/output\.h"' -e '^helpers/format/flat\.[ch]:'
        true
    }
    [ "$(grep -c '#include "\.\./sink/output\.h"' helpers/format/kdump.c)" -eq 1 ]
    nothing sinks
}

@test "the man page of fadumpctl lists its commands, options and exit statuses" {
    undocumented() {
        dash helpers/fadumpctl.sh --help | grep -oE '^.{7}fadumpctl [a-z]+|--[a-z]+' | sed 's/.* //' \
            | while read -r w; do
                grep -qE "^\.It (Cm|Fl) ${w#-}\$" man/fadumpctl.8 || echo "$w is not in the man page"
            done
        sed -n 's/^failed=\([0-9]\) wrong=\([0-9]\) nothing=\([0-9]\) busy=\([0-9]\)$/0 \1 \2 \3 \4/p' \
            helpers/fadumpctl.sh \
            | grep . | tr ' ' '\n' | while read -r s; do
            grep -qx "\.It $s" man/fadumpctl.8 || echo "exit status $s is not in the man page"
        done || echo 'fadumpctl.sh has no line with its exit statuses'
    }
    [ "$(dash helpers/fadumpctl.sh --help | grep -c 'fadumpctl [a-z]')" -eq 4 ]
    nothing undocumented
}

@test "a build writes ignored files below build/ only" {
    nothing sh -c 'git status --porcelain --ignored | grep "^!!" | grep -v "^!! build/$"; true'
}

@test "uninstall removes all files of install" {
    make install DESTDIR="$BATS_TEST_TMPDIR/root" > /dev/null
    [ -x "$BATS_TEST_TMPDIR/root/usr/libexec/fadump-copy" ]
    [ -x "$BATS_TEST_TMPDIR/root/usr/sbin/fadump-save" ]
    grep -qx 'ExecStart=/usr/sbin/fadump-save extract' \
        "$BATS_TEST_TMPDIR/root/usr/lib/systemd/system/fadump-save.service"
    [ -x "$BATS_TEST_TMPDIR/root/usr/sbin/fadumpctl" ]
    grep -qx 'module=.ROOT/usr/lib/dracut/modules.d/50fadump' "$BATS_TEST_TMPDIR/root/usr/sbin/fadumpctl"
    grep -qx 'ExecStart=/usr/sbin/fadumpctl save' "$BATS_TEST_TMPDIR/root/usr/lib/systemd/system/fadump-late.service"
    grep -qx 'ExecStart=/usr/sbin/fadumpctl confirm' "$BATS_TEST_TMPDIR/root/usr/lib/systemd/system/fadump-confirm.service"
    [ -e "$BATS_TEST_TMPDIR/root/etc/fadump.conf" ]
    [ -x "$BATS_TEST_TMPDIR/root/usr/lib/dracut/modules.d/50fadump/module-setup.sh" ]
    [ "$(find "$BATS_TEST_TMPDIR/root/usr/share/man" -type f | wc -l)" -ge 4 ]
    make uninstall DESTDIR="$BATS_TEST_TMPDIR/root" > /dev/null
    nothing find "$BATS_TEST_TMPDIR/root" -type f
}

@test "uninstall keeps a changed configuration" {
    make install DESTDIR="$BATS_TEST_TMPDIR/root" > /dev/null
    echo 'rearm = no' >> "$BATS_TEST_TMPDIR/root/etc/fadump.conf"
    make uninstall DESTDIR="$BATS_TEST_TMPDIR/root" > /dev/null
    [ -e "$BATS_TEST_TMPDIR/root/etc/fadump.conf" ]
}
