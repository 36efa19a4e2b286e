#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# deps.sh - the compression libraries the copier is linked with, built static for musl
# In:  Debian's source packages, a musl compiler (tests/deps installs what this needs); no root.
# Out: DIR/KEY-ARCH/{include,lib,VERSIONS}; DIR is ${FADUMP_DEPS:-$HOME/.cache/fadump-deps}, KEY
#      changes with this file and with the compiler.
# Does not know: what the libraries are for.
#
#   helpers/deps.sh build ARCH...   build what is missing
#   helpers/deps.sh path ARCH       print where it is, built or not
#
# Debian's own static libraries do not fit: they want glibc and its fortify functions.  What is
# compiled here is what compressing needs, with upstream's optimization and without threads.
set -eu

MIRROR=http://deb.debian.org/debian
# zstd 1.5.7 of trixie is 5 to 13 % faster at level 1 than 1.5.4 of bookworm
PACKAGES='libzstd/trixie lzo2/bookworm libdeflate/bookworm'
FLAGS='-fstack-protector-strong -ffunction-sections -fdata-sections'
DEPS=${FADUMP_DEPS:-${HOME:-/root}/.cache/fadump-deps}
case $DEPS in /*) ;; *) DEPS=$PWD/$DEPS ;; esac
here=$(cd "$(dirname "$0")" && pwd)
log=$DEPS/log

say() {
    echo "deps: $*" >&2
}

# step LABEL COMMAND...: run it, what it says goes to the log
step() {
    local label=$1
    shift
    say "$label"
    printf '+ %s\n' "$*" >> "$log"
    "$@" >> "$log" 2>&1 && return
    tail -n 15 "$log" >&2
    say "$label: failed: $* (log: $log)"
    exit 1
}

compiler() { # ARCH; the names are Debian's
    case $1 in
        x86_64) echo x86_64-linux-musl-gcc ;;
        ppc64le) echo powerpc64le-linux-musl-gcc -mlong-double-64 ;;
        *)
            say "unknown machine '$1'; x86_64 and ppc64le are known"
            exit 2
            ;;
    esac
}

path() { # ARCH
    local cc key
    cc=$(compiler "$1")
    key=$({
        cat "$here/deps.sh"
        echo "$cc"
        ${cc%% *} --version 2> /dev/null || true
    } | sha256sum | cut -c 1-12)
    echo "$DEPS/$key-$1"
}

# fetch: sources of PACKAGES into the current directory, without touching apt's own state
fetch() {
    local p
    mkdir -p apt/lists/partial apt/archives/partial
    for p in $PACKAGES; do
        echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR ${p#*/} main"
    done | sort -u > apt/sources.list
    set -- apt-get -q -o Dir::Etc::sourcelist="$PWD/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt" -o APT::Sandbox::User="$(id -un)"
    step "lists of source packages" "$@" -o APT::Update::Error-Mode=any update
    # shellcheck disable=SC2086 # a list of words
    step "sources of $PACKAGES" "$@" source $PACKAGES
}

# library NAME FLAGS FILE...: lib/libNAME.a; $cc and $out are the caller's, FILEs are absolute
library() {
    local name=$1 flags=$2
    shift 2
    mkdir "$out/$name.o"
    cd "$out/$name.o"
    printf '%s\n' "$@" > files
    # shellcheck disable=SC2086 # lists of words
    step "lib$name for $arch, $# files" \
        xargs -a files -P "$(nproc)" -n 1 nice $cc $FLAGS $flags -c
    step "lib$name.a for $arch" ar rcs "$out/lib/lib$name.a" ./*.o
    cd "$out"
    rm -r "$out/$name.o"
}

# build_one ARCH SOURCES: into a directory beside the sources, which gets its name when complete
build_one() {
    local arch=$1 src=$2 out cc dir cpu=''
    cc=$(compiler "$arch")
    dir=$(path "$arch")
    out=$src/$arch
    mkdir -p "$out/lib" "$out/include/lzo"
    grep -h '^Version:' "$src"/*.dsc > "$out/VERSIONS"

    set -- "$src"/libzstd-*/lib
    library zstd "-O3 -DZSTD_LEGACY_SUPPORT=0" "$1"/common/*.c "$1"/compress/*.c
    cp "$1/zstd.h" "$1/zstd_errors.h" "$out/include"

    set -- "$src"/lzo2-*
    library lzo2 "-O3 -I$1/include" "$1"/src/lzo_init.c "$1"/src/lzo_util.c "$1"/src/lzo_ptr.c \
        "$1"/src/lzo1x_1l.c
    cp "$1"/include/lzo/lzoconf.h "$1"/include/lzo/lzodefs.h "$1"/include/lzo/lzo1x.h "$out/include/lzo"

    set -- "$src"/libdeflate-*/
    [ "$arch" != x86_64 ] || cpu=$1/lib/x86/cpu_features.c
    # shellcheck disable=SC2086 # one word or none
    library deflate "-O2 -I$1" "$1"/lib/utils.c "$1"/lib/deflate_compress.c \
        "$1"/lib/zlib_compress.c "$1"/lib/adler32.c $cpu
    cp "$1/libdeflate.h" "$out/include"

    mv "$out" "$dir"
    say "$dir is ready"
}

build() { # ARCH...
    local a todo='' work=$DEPS/work
    mkdir -p "$DEPS"
    exec 9> "$DEPS/lock"
    flock 9
    for a in "$@"; do
        compiler "$a" > /dev/null
        [ -d "$(path "$a")" ] || todo="$todo $a"
    done
    [ -n "$todo" ] || return 0
    rm -rf "$work" # of one that was interrupted
    mkdir "$work"
    : > "$log"
    cd "$work"
    fetch
    for a in $todo; do
        build_one "$a" "$work"
    done
    rm -rf "$work"
}

[ $# -ge 2 ] || set -- usage
case $1 in
    build)
        shift
        build "$@"
        ;;
    path) path "$2" ;;
    *)
        say "usage: helpers/deps.sh build ARCH... | path ARCH"
        exit 2
        ;;
esac
