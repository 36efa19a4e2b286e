#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tool.bats - fadump-tool is small and static, its parsers are pure, its manual is complete

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    objects=build/$(uname -m)
}

nothing() {
    run "$@"
    echo "$output"
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

@test "fadump-tool is static and under 132 KiB stripped" {
    for arch in x86_64 ppc64le; do
        file "build/$arch/fadump-tool" | grep 'statically linked'
        strip='strip'
        [ $arch = "$(uname -m)" ] || strip=powerpc64le-linux-gnu-strip
        $strip -o "$BATS_TEST_TMPDIR/stripped" "build/$arch/fadump-tool"
        size=$(stat -c %s "$BATS_TEST_TMPDIR/stripped")
        echo "# $arch, stripped: $size bytes" >&3
        [ "$size" -le $((132 * 1024)) ]
    done
}

@test "fadump-tool does not contain the path of its build" {
    for p in "$objects" build/ppc64le; do
        [ "$(grep -caF fadump "$p/fadump-tool")" -ge 1 ]
        [ "$(grep -caF "$PWD" "$p/fadump-tool" || :)" -eq 0 ]
    done
}

@test "the parsers of fadump-tool make no system call and allocate no memory" {
    impure() {
        for f in config/config config/keys config/target config/server tool/node tool/sizes tool/tmpfs; do
            [ -e "$objects/$f.o" ] || echo "$f.o is missing"
            nm -u "$objects/$f.o" | awk '{ print $2 }' | grep -E \
                '^(open|openat|p?read|p?write|lseek|mmap|munmap|ioctl|close|stat|fstat|mount|prlimit|syscall|printf|fopen|log_line|malloc|calloc|realloc|strdup)$' \
                | sed "s|^|$f: |"
        done
        true
    }
    nothing impure
}

@test "the manual lists every command, option and exit status" {
    undocumented() {
        local help word
        help=$("$objects/fadump-tool" --help)
        grep -o -- '--[a-z]*' <<< "$help" | sort -u | while read -r word; do
            grep -q -- "^\.It Fl -${word#--}\|^\.It Cm [a-z]* Fl -${word#--}" man/fadump-tool.8 \
                || echo "$word is not in the man page"
        done
        sed -n 's/^  \([a-z]*\) .*/\1/p' <<< "$help" | sort -u | while read -r word; do
            grep -q "^\.It Cm $word\b" man/fadump-tool.8 || echo "$word is not in the man page"
        done
        for word in 0 1 2 4; do
            grep -q "^\.It $word\$" man/fadump-tool.8 || echo "exit status $word is not in the man page"
        done
    }
    [ "$("$objects/fadump-tool" --help | grep -c '^  [a-z]')" -ge 9 ]
    nothing undocumented
}
