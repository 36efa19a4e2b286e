#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# deps.sh - the libraries the programs are linked with, built static for musl
# In:  Debian's source packages, a musl compiler (tests/deps installs what this needs); no root.
# Out: DIR/KEY-ARCH/{include,lib,VERSIONS}; DIR is ${FADUMP_DEPS:-$HOME/.cache/fadump-deps}, KEY
#      changes with this file and with the compiler.
# Does not know: what the libraries are for.
#
#   helpers/deps.sh build ARCH...   build what is missing
#   helpers/deps.sh path ARCH       print where it is, built or not
#
# Debian's own static libraries do not fit: they want glibc and its fortify functions.  What is
# compiled here is what compressing needs (of libdeflate the way back, too, for dumps of LKCD),
# with upstream's optimization and without threads; of
# libarchive what tar archives need, and of libblkid what tells that a device is in use, small.
set -eu

MIRROR=http://deb.debian.org/debian
# zstd 1.5.7 of trixie is 5 to 13 % faster at level 1 than 1.5.4 of bookworm
PACKAGES='libzstd/trixie lzo2/bookworm libdeflate/bookworm libarchive/trixie util-linux/trixie'
# nothing unwinds a stack in the initramfs
FLAGS='-fstack-protector-strong -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables'
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
    local name=$1 flags=$2 f n=0
    shift 2
    mkdir "$out/$name.o"
    cd "$out/$name.o"
    for f; do # numbered: two folders may each have a file of one name
        n=$((n + 1))
        printf '%s %s-%s.o\n' "$f" $n "$(basename "$f" .c)"
    done > files
    # shellcheck disable=SC2016 # $0 and $1 are the inner shell's
    step "lib$name for $arch, $# files" \
        xargs -a files -P "$(nproc)" -n 2 sh -c "exec nice $cc $FLAGS $flags"' -c "$0" -o "$1"'
    step "lib$name.a for $arch" ar rcs "$out/lib/lib$name.a" ./*.o
    cd "$out"
    rm -r "$out/$name.o"
}

# header FILE PREFIX WORDS: FILE defines PREFIX and each of WORDS as 1
header() {
    local w
    # shellcheck disable=SC2086 # a list of words
    for w in $3; do
        echo "#define $2$w 1"
    done > "$1"
}

# Reading and writing tar archives, with nothing else of libarchive: no other format, no filter,
# no disk.  $1: its sources; $out, $src, $cc, $arch: the caller's.
archive() {
    local dir=$1 have f files=''
    have='ERRNO_H FCNTL_H INTTYPES_H LIMITS_H STDINT_H STDLIB_H STRING_H SYS_STAT_H SYS_TYPES_H
        TIME_H UNISTD_H WCHAR_H DECL_INT32_MAX DECL_INT32_MIN DECL_INT64_MAX DECL_INT64_MIN
        DECL_INTMAX_MAX DECL_INTMAX_MIN DECL_SIZE_MAX DECL_SSIZE_MAX DECL_UINT32_MAX
        DECL_UINT64_MAX DECL_UINTMAX_MAX INTMAX_T UINTMAX_T WCSCPY WCSLEN WCTOMB WCRTOMB WMEMCMP
        WMEMCPY WMEMMOVE MBRTOWC GMTIME_R LOCALTIME_R STRERROR_R DECL_STRERROR_R MEMMOVE STRCHR
        STRDUP STRRCHR VPRINTF'
    header "$src/archive-config.h" HAVE_ "$have"
    for f in acl check_magic entry entry_sparse entry_stat entry_strmode entry_xattr options \
        pack_dev rb read read_set_options read_support_format_tar string string_sprintf util \
        virtual write write_set_format write_set_format_gnutar; do
        files="$files $dir/archive_$f.c"
    done
    # shellcheck disable=SC2086 # a list of words
    library archive "-Os -w -DPLATFORM_CONFIG_H='\"$src/archive-config.h\"'" $files
    cp "$dir/archive.h" "$dir/archive_entry.h" "$out/include"
}

# Where linux/ and asm/ are for $arch: musl-gcc looks at musl's own headers only.
kernel_headers() {
    case $1 in
        x86_64) echo "/usr/include /usr/include/x86_64-linux-gnu" ;;
        ppc64le) echo "/usr/powerpc64le-linux-gnu/include /usr/powerpc64le-linux-gnu/include" ;;
    esac
}

# Probing for superblocks and partition tables, of libblkid of util-linux ($1).  Its debugging
# texts are a quarter of it.  Its third chain, about the geometry of disks, would run programs:
# one that is empty takes its place.
blkid() {
    local dir=$1 version f at common=''
    version=$(sed -n 's/^Version: *\([^-]*\).*/\1/p' "$src"/util-linux_*.dsc)
    mkdir "$src/blkid-$arch" "$out/include/blkid"
    # shellcheck disable=SC2046 # two words
    set -- $(kernel_headers "$arch")
    ln -s "$1/linux" "$1/asm-generic" "$2/asm" "$src/blkid-$arch"
    sed "s/@LIBBLKID_VERSION@/$version/;s/@LIBBLKID_DATE@//" "$dir/libblkid/src/blkid.h.in" \
        > "$out/include/blkid/blkid.h"
    header "$src/blkid-$arch/config.h" HAVE_ 'DIRFD ENVIRON_DECL ERR_H FCNTL_H FSTATAT FSYNC
        GETDTABLESIZE LINUX_BLKZONED_H NANOSLEEP OPENAT PROGRAM_INVOCATION_SHORT_NAME REALLOCARRAY
        STRNDUP STRNLEN STRSEP STRUCT_DIRENT_D_TYPE SYS_IOCTL_H SYS_STAT_H SYS_SYSMACROS_H
        SYS_TYPES_H UNISTD_H'
    cat > "$src/blkid-$arch/debug.h" << 'END'
#include <stdarg.h>
#include <string.h>
struct ul_debug_maskname { const char *name; int mask; const char *help; };
#define UL_DEBUG_DEFINE_MASKNAMES(m) static const struct ul_debug_maskname m##_masknames[]
#define UL_DEBUG_EMPTY_MASKNAMES {{ 0, 0, 0 }}
#define UL_DEBUG_MASKNAMES(m) m##_masknames
#define UL_DEBUG_MASK(m) m##_debug_mask
#define UL_DEBUG_DEFINE_MASK(m) int UL_DEBUG_MASK(m)
#define UL_DEBUG_DECLARE_MASK(m) extern UL_DEBUG_DEFINE_MASK(m)
#define __UL_DBG(l, p, m, x) do { } while (0)
#define __UL_DBG_CALL(l, p, m, x) do { } while (0)
#define __UL_DBG_FLUSH(l, p) do { } while (0)
#define __UL_INIT_DEBUG_FROM_STRING(l, p, m, s) do { } while (0)
#define __UL_INIT_DEBUG_FROM_ENV(l, p, m, e) do { } while (0)
#define __UL_DEBUG_FL_NOADDR 0
#define ul_debug_parse_mask(a, b) 0
#define ul_debug_print_masks(a, b) do { } while (0)
#define ul_debug(...) do { } while (0)
END
    cat > "$src/blkid-$arch/topology.c" << 'END'
#include "topology/topology.h"
const struct blkid_chaindrv topology_drv = { .id = BLKID_CHAIN_TOPLGY, .name = "topology" };
END
    for f in blkdev buffer canonicalize crc32 crc32c crc64 encode fileutils linux_version md5 \
        mbsalign path sha1 sha256 strutils sysfs xxhash; do
        common="$common $dir/lib/$f.c"
    done
    at=$dir/libblkid/src
    # shellcheck disable=SC2086 # a list of words
    library blkid "-Os -w -std=gnu11 -D_GNU_SOURCE -DNDEBUG -DLIBBLKID_VERSION='\"$version\"' \
        -DLIBBLKID_DATE='\"\"' -include $src/blkid-$arch/config.h -I$src/blkid-$arch -I$dir/include \
        -I$at -I$out/include/blkid" "$at/probe.c" "$at/init.c" "$at/encode.c" "$at/getsize.c" \
        "$at/devno.c" "$at/version.c" "$at"/superblocks/*.c "$at"/partitions/*.c \
        "$src/blkid-$arch/topology.c" $common
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
        "$1"/lib/zlib_compress.c "$1"/lib/deflate_decompress.c "$1"/lib/zlib_decompress.c \
        "$1"/lib/adler32.c $cpu
    cp "$1/libdeflate.h" "$out/include"

    archive "$src"/libarchive-*/libarchive
    blkid "$src"/util-linux-*/

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
