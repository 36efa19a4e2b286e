#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# deps.sh - build the static libraries of the programs for musl
# In:  packages of the Debian archive (archive.sh), a compiler (tests/deps installs the needed packages); no root.
# Out: DIR/KEY-ARCH/{include,lib,VERSIONS}; DIR is ${FADUMP_DEPS:-$HOME/.cache/fadump-deps}, KEY
#      changes with this file and with the compiler.  DIR/musl-ppc64le is a musl for cross builds.
# Does not know: the use of the libraries.
#
#   helpers/deps.sh build ARCH...   build the missing libraries
#   helpers/deps.sh fetch ARCH...   only download the files for "build"
#   helpers/deps.sh musl            only unpack the musl package for ppc64le after "fetch ppc64le"
#   helpers/deps.sh path ARCH       print the directory of the libraries, built or not
#   helpers/deps.sh cc ARCH         print the name or path of the compiler for ARCH
#   helpers/deps.sh clean           remove DIR
#
# The static libraries of Debian cannot be used: they need glibc and its fortify functions.  This
# script compiles the compressors (and the decompressor of libdeflate, for LKCD dumps), with the
# optimization of upstream and without threads; and, optimized for size, the parts of libarchive
# for tar archives and the parts of libblkid that detect the content of a device.
set -eu

# PACKAGE:SUITE,SUITE...: the source package is from the first suite whose archive has all of its files.
# zstd 1.5.7 of trixie is 5 to 13 % faster at level 1 than 1.5.4 of bookworm.
NEW=trixie,forky,sid,bookworm
OLD=bookworm,trixie,forky,sid
PACKAGES="libzstd:$NEW lzo2:$OLD libdeflate:$OLD libarchive:$NEW util-linux:$NEW"
# no unwind tables: they are not used in the initramfs
FLAGS='-fstack-protector-strong -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables'
DEPS=${FADUMP_DEPS:-${HOME:-/root}/.cache/fadump-deps}
case $DEPS in /*) ;; *) DEPS=$PWD/$DEPS ;; esac
here=$(cd "$(dirname "$0")" && pwd)
log=$DEPS/log

say() {
    echo "deps: $*" >&2
}

# step LABEL COMMAND...: runs COMMAND; its output is appended to the log
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

# compiler ARCH: prints the name (as in Debian) or the path of the compiler, and its required flags.  dpkg installs
# packages of another architecture only if that architecture is configured.  So musl_unpack unpacks the musl package,
# and its gcc wrapper is called by its path.
compiler() {
    case $1 in
        x86_64) echo x86_64-linux-musl-gcc ;;
        ppc64le)
            if command -v powerpc64le-linux-musl-gcc > /dev/null; then
                echo powerpc64le-linux-musl-gcc -mlong-double-64
            else
                echo "$DEPS/musl-ppc64le/bin/powerpc64le-linux-musl-gcc -mlong-double-64"
            fi
            ;;
        *)
            say "unsupported architecture '$1' (supported: x86_64, ppc64le)"
            exit 2
            ;;
    esac
}

# musl_fetch: downloads the musl package for ppc64le from the first suite that has it
musl_fetch() {
    for suite in bookworm trixie forky sid; do
        status=0
        "$here/archive.sh" download "$DEPS/archive" $suite ppc64el musl-dev > "$DEPS/musl.new" || status=$?
        # 3: the apt sources have no Debian archive; archive.sh has printed this error
        [ $status != 3 ] || exit 1
        [ $status = 0 ] || continue
        mv "$DEPS/musl.new" "$DEPS/musl.deb"
        return
    done
    say "no suite has the package musl-dev for ppc64el"
    exit 1
}

# musl_unpack: unpacks the downloaded musl package and sets the paths in its gcc wrapper and specs file; does nothing if
# no package was downloaded, or if it is already unpacked
musl_unpack() {
    [ -e "$DEPS/musl.deb" ] && [ ! -d "$DEPS/musl-ppc64le" ] || return 0
    rm -rf "$DEPS/musl.part"
    mkdir "$DEPS/musl.part"
    dpkg-deb --fsys-tarfile "$(cat "$DEPS/musl.deb")" | tar -C "$DEPS/musl.part" --strip-components=2 -x ./usr/bin ./usr/lib ./usr/include
    sed -i "s|/usr/|$DEPS/musl-ppc64le/|g" "$DEPS"/musl.part/bin/*-musl-gcc "$DEPS"/musl.part/lib/*/musl-gcc.specs
    mv "$DEPS/musl.part" "$DEPS/musl-ppc64le"
}

path() { # ARCH
    local cc key
    cc=$(compiler "$1")
    key=$({
        cat "$here/deps.sh"
        basename "$cc"
        ${cc%% *} --version 2> /dev/null || true
    } | sha256sum | cut -c 1-12)
    echo "$DEPS/$key-$1"
}

# source_package NAME SUITE...: unpacks the source package in the current directory, from the first suite that has all
# of its files
source_package() {
    local name=$1 suite
    shift
    for suite in "$@"; do
        say "$name: downloading the source package of $suite"
        "$here/archive.sh" source "$DEPS/archive" "$suite" "$name" >> "$log" && return
        # 3: the apt sources have no Debian archive; archive.sh has printed this error
        [ $? != 3 ] || exit 1
        # remove the rest of an interrupted download
        rm -rf "./$name"[-_]*
    done
    say "$name: no suite has its source package"
    exit 1
}

# sources_remove: removes $work. "fetched" is removed first: a directory without this file counts as incomplete, so an
# interrupted removal does no harm.
sources_remove() {
    rm -f "$work/fetched"
    rm -rf "$work"
}

# fetch: downloads the sources of the libraries to $work, and musl if $todo (architectures) needs it
fetch() {
    local p work="$DEPS/work"
    case $todo in
        *ppc64le*) case $(compiler ppc64le) in /*) [ -e "$DEPS/musl.deb" ] || musl_fetch ;; esac ;;
    esac
    [ "$(cat "$work/fetched" 2> /dev/null)" != "$PACKAGES" ] || return 0
    sources_remove # left by an interrupted run
    mkdir "$work"
    cd "$work"
    for p in $PACKAGES; do
        # shellcheck disable=SC2046 # a list of words
        source_package "${p%%:*}" $(echo "${p#*:}" | tr , ' ')
    done
    echo "$PACKAGES" > fetched
}

# library NAME FLAGS FILE...: builds $out/lib/libNAME.a with $cc; each FILE is an absolute path
library() {
    local name=$1 flags=$2 f n=0
    shift 2
    mkdir "$out/$name.o"
    cd "$out/$name.o"
    for f; do # number the objects: files in different folders may have the same name
        n=$((n + 1))
        printf '%s %s-%s.o\n' "$f" $n "$(basename "$f" .c)"
    done > files
    # shellcheck disable=SC2016 # $0 and $1 are for the inner shell
    step "lib$name for $arch, $# files" \
        xargs -a files -P "$(nproc)" -n 2 sh -c "exec nice $cc $FLAGS $flags"' -c "$0" -o "$1"'
    step "lib$name.a for $arch" ar rcs "$out/lib/lib$name.a" ./*.o
    cd "$out"
    rm -r "$out/$name.o"
}

# header FILE PREFIX WORDS: writes FILE, which defines PREFIXWORD as 1 for each of WORDS
header() {
    local w
    # shellcheck disable=SC2086 # a list of words
    for w in $3; do
        echo "#define $2$w 1"
    done > "$1"
}

# archive DIR: builds libarchive from its sources in DIR, only for reading and writing tar archives: without other
# formats, filters, and functions for files on a disk.  Uses $out, $src, $cc and $arch.
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

# kernel_headers ARCH: prints the directories of linux/ and asm/, as musl-gcc searches only the headers of musl
kernel_headers() {
    case $1 in
        x86_64) echo "/usr/include /usr/include/x86_64-linux-gnu" ;;
        ppc64le) echo "/usr/powerpc64le-linux-gnu/include /usr/powerpc64le-linux-gnu/include" ;;
    esac
}

# blkid DIR: builds libblkid from util-linux in DIR, only for probing of superblocks and partition tables.  Uses $out,
# $src, $cc and $arch.  The debug texts, a quarter of the size of libblkid, are compiled out.  An empty chain replaces
# the topology chain, which would run programs.
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
    # some versions of util-linux do not have all of these files
    for f in blkdev buffer canonicalize crc32 crc32c crc64 encode fileutils linux_version md5 \
        mbsalign path sha1 sha256 strutils sysfs xxhash; do
        [ ! -e "$dir/lib/$f.c" ] || common="$common $dir/lib/$f.c"
    done
    at=$dir/libblkid/src
    # shellcheck disable=SC2086 # a list of words
    library blkid "-Os -w -std=gnu11 -D_GNU_SOURCE -DNDEBUG -DLIBBLKID_VERSION='\"$version\"' \
        -DLIBBLKID_DATE='\"\"' -include $src/blkid-$arch/config.h -I$src/blkid-$arch -I$dir/include \
        -I$at -I$out/include/blkid" "$at/probe.c" "$at/init.c" "$at/encode.c" "$at/getsize.c" \
        "$at/devno.c" "$at/version.c" "$at"/superblocks/*.c "$at"/partitions/*.c \
        "$src/blkid-$arch/topology.c" $common
}

# build_one ARCH SOURCES: builds the libraries for ARCH in a directory next to the sources, which is renamed to its
# final name when it is complete
build_one() {
    local arch=$1 src=$2 out cc dir cpu=''
    cc=$(compiler "$arch")
    dir=$(path "$arch")
    out=$src/$arch
    rm -rf "$out" "$src/blkid-$arch" # left by an interrupted build
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

# missing ARCH...: prints each ARCH whose libraries are not built
missing() {
    local a
    for a in "$@"; do
        compiler "$a" > /dev/null
        [ -d "$(path "$a")" ] || printf ' %s' "$a"
    done
}

# prepare ARCH...: locks DIR, sets $todo to the architectures to build, and downloads their sources
prepare() {
    mkdir -p "$DEPS"
    exec 9> "$DEPS/lock"
    flock 9
    todo=$(missing "$@")
    [ -n "$todo" ] || return 0
    : > "$log"
    fetch
}

build() { # ARCH...
    local a work="$DEPS/work"
    prepare "$@"
    [ -n "$todo" ] || return 0
    case $todo in *ppc64le*) musl_unpack ;; esac
    # compute $todo again: KEY depends on the compiler, which musl_unpack may have added
    todo=$(missing "$@")
    cd "$work"
    for a in $todo; do
        build_one "$a" "$work"
    done
    sources_remove
}

case $#-${1-} in 1-clean | 1-musl | [2-9]-*) ;; *) set -- usage ;; esac
case $1 in
    clean) rm -rf "$DEPS" ;;
    build)
        shift
        build "$@"
        ;;
    fetch)
        shift
        prepare "$@"
        ;;
    musl)
        prepare
        musl_unpack
        ;;
    path) path "$2" ;;
    cc)
        # shellcheck disable=SC2046 # a list of words
        set -- $(compiler "$2")
        echo "$1"
        ;;
    *)
        say "usage: helpers/deps.sh build ARCH... | fetch ARCH... | musl | path ARCH | cc ARCH | clean"
        exit 2
        ;;
esac
