#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # status, output come from bats
#
# build.bats - make builds the complete program, or stops and prints the missing parts; a build without libraries has to
# be requested
# In: the Makefile, helpers.  Out: the messages of make and the built files.
# Fake: apt-get, rm, compilers without some libraries; helpers/deps.sh and the compiler in tests that only check the
# commands of make and their order.

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    T=$BATS_TEST_TMPDIR
    export T
    # the settings of the make that runs the tests must not apply to the builds here
    unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
    mkdir "$T/fake"
}

# fake NAME: makes the program $T/fake/NAME from stdin
fake() {
    { echo '#!/bin/sh' && cat; } > "$T/fake/$1"
    chmod +x "$T/fake/$1"
}

# says TEXT...: checks that the output contains each TEXT
says() {
    local text
    echo "$output"
    for text; do grep -qF -- "$text" <<< "$output"; done
}

# empty: checks that no file was compiled
empty() {
    [ -z "$(find "$T/b" -name '*.o' -o -name 'fadump-*')" ]
}

# pretend: makes a tree in $T/tree. A fake deps.sh builds the libraries below $HOME, and the compiler is also a fake;
# both write their calls to $T/calls. The compiler writes "early" if the libraries are missing.
pretend() {
    mkdir "$T/tree"
    cp -r Makefile helpers conf man modules.d "$T/tree"
    export HOME=$T/home
    : > "$T/calls"
    cat > "$T/tree/helpers/deps.sh" << 'END'
#!/bin/sh
[ "$1" != path ] || echo "$HOME/deps/0123-$2"
[ "$1" != build ] || { echo build >> "$T/calls" && sleep 0.3 && mkdir -p "$HOME/deps/0123-$2"; }
END
    fake musl-cc << 'END'
[ -d "$T/home/deps/0123-$(uname -m)" ] || echo early >> "$T/calls"
echo cc >> "$T/calls"
while [ $# -gt 1 ]; do
    [ "$1" != -o ] || echo program > "$2"
    shift
done
END
    cd "$T/tree" || return
}

# calls WORD: prints the number of lines WORD in $T/calls
calls() {
    grep -cx "$1" "$T/calls" || true
}

@test "make -j4 builds the libraries once, before it calls the compiler; a second make builds nothing" {
    pretend
    make -j4 CC="$T/fake/musl-cc"
    [ "$(calls build):$(calls early)" = 1:0 ]
    [ "$(calls cc)" -gt 50 ]
    [ -e "build/$(uname -m)/fadump-save" ]
    : > "$T/calls"
    make -j4 CC="$T/fake/musl-cc"
    [ ! -s "$T/calls" ]
}

@test "sudo make install installs the existing build, even if \$HOME is that of root" {
    pretend
    make -j4 CC="$T/fake/musl-cc"
    : > "$T/calls"
    HOME=$T/root make CC="$T/fake/musl-cc" DESTDIR="$T/dest" install
    [ ! -s "$T/calls" ]
    [ -e "$T/dest/usr/libexec/fadump-copy" ]
    [ -e "$T/dest/usr/sbin/fadump-save" ]
}

@test "libraries are built again if their versions change" {
    pretend
    make -j4 CC="$T/fake/musl-cc"
    sed -i 's/0123/4567/' helpers/deps.sh
    : > "$T/calls"
    make -j4 CC="$T/fake/musl-cc"
    [ "$(calls build)" -eq 1 ]
}

@test "clean, help, uninstall and a build without libraries do not build the libraries" {
    pretend
    make CC="$T/fake/musl-cc" help > /dev/null
    make CC="$T/fake/musl-cc" clean
    make CC="$T/fake/musl-cc" uninstall DESTDIR="$T/dest"
    make CC="$T/fake/musl-cc" -n deps check-deps > /dev/null
    [ ! -s "$T/calls" ]
    run make CC="$T/fake/musl-cc" CODECS= RAW=
    says 'without: zstd lzo zlib, raw devices, fadump-save'
    [ "$status:$(calls build)" = 0:0 ]
    [ ! -e "build/$(uname -m)/fadump-save" ]
}

@test "unavailable libraries stop make, which prints how to continue" {
    fake apt-get <<< 'echo "E: no archive" >&2; exit 100'
    PATH=$T/fake:$PATH FADUMP_DEPS=$T/deps run make -j4 B="$T/b"
    says 'the libraries could not be built' 'make CODECS= RAW=' 'make CC=gcc'
    [ "$status" -eq 2 ]
    empty
}

@test "if the removal of old library sources is interrupted, the remaining files do not count as complete sources" {
    mkdir -p "$T/deps/work"
    echo another version > "$T/deps/work/fetched"
    # shellcheck disable=SC2016 # the fake expands $
    fake rm <<< 'case $* in "-rf $T/deps/work") kill -KILL $PPID; exit 1 ;; esac; exec /bin/rm "$@"'
    PATH=$T/fake:$PATH FADUMP_DEPS=$T/deps run helpers/deps.sh build "$(uname -m)"
    echo "$output"
    [ "$status" -eq 137 ]
    [ -d "$T/deps/work" ]
    [ ! -e "$T/deps/work/fetched" ]
}

@test "if the compiler is missing, make stops and prints its name" {
    fake apt-get <<< 'exit 100' # so that a broken program cannot fetch anything
    PATH=$T/fake:$PATH FADUMP_DEPS=$T/deps run make -j4 B="$T/b" CC="$T/musl-gcc"
    says "these programs, which build the libraries, are missing: $T/musl-gcc (musl-tools)" 'make CODECS= RAW=' 'make CC=gcc'
    [ "$status" -eq 2 ]
    empty
    run make B="$T/b" CC="$T/gcc"
    says "the compiler $T/gcc is missing" 'make CODECS= RAW='
    [ "$status" -eq 2 ]
    run make B="$T/b" CC="$T/musl-gcc" CODECS= RAW=
    says "the compiler $T/musl-gcc is missing" 'make CC=gcc'
    [ "$status" -eq 2 ]
    empty
}

@test "a library that the system's compiler does not find stops make; the command that make proposes works" {
    # shellcheck disable=SC2016 # the fake expands $
    fake cc <<< 'for a; do case $a in -lzstd | -lblkid) exit 1 ;; esac; done; exec gcc "$@"'
    run make -j4 B="$T/b" CC="$T/fake/cc"
    says "missing in the search path of $T/fake/cc: static libraries for zstd blkid" libzstd-dev libblkid-dev libzstd-static
    [ "$status" -eq 2 ]
    empty
    way=$(sed -n 's/^  make CC=/make CC=/p' <<< "$output")
    [ "$way" = "make CC=$T/fake/cc CODECS=\"lzo zlib\" RAW=" ]
    eval "$way -j2 B=$T/b"
    [ "$("$T/b/fadump-copy" --features)" = 'lzo zlib none' ]
}

@test "a requested library has to exist, and its name has to be known" {
    run make B="$T/b" CODEC_PREFIX="$T/none" CODECS=lzo RAW=
    says "missing in $T/none: static libraries for lzo" 'make CODEC_PREFIX='"$T/none"' CODECS="" RAW=""'
    [ "$status" -eq 2 ]
    run make B="$T/b" CODECS='zstd lz4' RAW=
    says "CODECS: 'lz4' is not one of zstd lzo zlib"
    [ "$status" -eq 2 ]
    run make B="$T/b" RAW=yes
    says "RAW: 'yes' is not one of archive blkid"
    [ "$status" -eq 2 ]
    empty
}
