#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # text for other shells; machine.bash and bats set the rest
#
# recipes.bats - the recipes "To add a codec" and "To add a target" work
# In: a copy of the tree; a toy codec and a toy target, added at the places that the two READMEs list. The places that
#     concern only users and tests (manuals, conf/, README, unit tests, benchmark) are left out.
# Out: a dump that the toy codec compressed, read by cmpdump; a capture that saves to the toy target.
# Does not know: real codecs and targets.

load ../shell/machine

setup() {
    TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    TREE=$BATS_TEST_TMPDIR/tree
    mkdir -p "$TREE/tests"
    cp -r "$TOP"/{Makefile,helpers,conf,man,modules.d} "$TREE/"
    cp -r "$TOP/tests/tools" "$TREE/tests/"
    cd "$TREE" || return
    # the settings of the make that runs the tests must not apply to the builds here
    unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
}

# edit FILE SED-SCRIPT...: runs each SED-SCRIPT, and checks that it changes FILE
edit() {
    local file=$1 script
    shift
    for script; do
        cp "$file" before
        sed -i "$script" "$file"
        if cmp -s before "$file"; then
            echo "$file: this step of the recipe changes nothing: $script"
            return 1
        fi
    done
}

# program NAME [VARIABLE=VALUE]...: builds the program NAME
program() {
    make -s B=b CFLAGS=-O0 "${@:2}" "b/$1" > make.log 2>&1 || {
        cat make.log
        return 1
    }
}

# toy_codec: adds a codec that uses the library of lzo. A page of which each half repeats one byte is compressed to
# these two bytes; other pages are not compressed
toy_codec() {
    cat > helpers/encode/toy.c << 'END'
#include "encoder.h"

#include <stdlib.h>
#include <string.h>

static size_t toy_bytes(int level, size_t page_bytes)
{
	(void)level;
	(void)page_bytes;
	return 1;
}

static void *toy_open(int level, size_t page_bytes)
{
	return encoder_claim(toy_bytes(level, page_bytes));
}

static size_t toy_page(void *context, void *out, size_t out_bytes, const void *in, size_t in_bytes)
{
	const char *from = in;
	const size_t half = in_bytes / 2;

	(void)context;
	if (out_bytes < 2 || in_bytes < 4 || in_bytes % 2 || memcmp(from, from + 1, half - 1) ||
	    memcmp(from + half, from + half + 1, half - 1))
		return 0;
	memcpy(out, from, 1);
	memcpy((char *)out + 1, from + half, 1);
	return 2;
}

const struct encoder toy_encoder = {.name = "toy", .page_flag = 0x40, .context_bytes = toy_bytes,
				    .open = toy_open, .close = free, .page = toy_page};
END
    printf '#include "../encoder.h"\n\nconst struct encoder toy_encoder = {.name = "toy"};\n' \
        > helpers/encode/absent/toy.c
    edit helpers/encode/encoder.h 's/^extern const struct encoder /&toy_encoder, /'
    edit helpers/encode/encoder.c 's/^\t&none_encoder,/\t\&toy_encoder,\n&/'
    edit helpers/copy/main.c 's/"  --compress C     [^"]*, none/&, toy/'
    edit Makefile 's/^CODECS_KNOWN = .*/& toy/' 's/^LIB_lzo .*/&\nLIB_toy = lzo2/' \
        's/^TRY_lzo .*/&\nTRY_toy = <lzo\/lzo1x.h>\\nint main(void) { return lzo_init(); }/'
    edit helpers/config/keys.c 's/one_of("zstd lzo zlib none"/one_of("zstd lzo zlib toy none"/' \
        's/(-7 to 19 but 0), lzo,/& toy,/'
    edit tests/tools/unpack_codecs.c 's/^const uint64_t unpack_flags = .*ZSTD/& | 0x40/' \
        's/^\telse if (flag == ZLIB /\telse if (flag == 0x40 \&\& bytes == 2)\n\t\tmemset(back, in[0], page \/ 2), memset(back + page \/ 2, in[1], got = page), got = page;\n&/'
}

@test "To add a codec: the copier and the configuration accept it, and its dump is equal to the source" {
    toy_codec
    program fadump-copy CODECS=toy RAW=
    [ "$(b/fadump-copy --features)" = 'toy none' ]
    b/fadump-copy --help | grep -q 'compress C .*toy'
    make -s build/tools/cmpdump > /dev/null
    # a page that the codec compresses, and a page that it cannot compress
    printf '%s\n' 'info PAGESIZE=4096' 'load 0x100000 8K' 'fill 0x61 2K' 'fill 0x62 2K' 'pattern 1 4K' \
        | "$TOP/build/tools/mkvmcore" src
    b/fadump-copy --quiet --no-dmesg --dump-level 1 --compress toy --source src --file vmcore
    run build/tools/cmpdump src vmcore
    echo "$output"
    [ "$status:$output" = '0:pages=2 excluded=0 missing=0 raw=1 stored=2 bytes=4098' ]
    [ "$(od -An -j 424 -N 4 -t u4 vmcore | tr -d ' ')" = $((0x40)) ]
    # the cmpdump of the unchanged tree does not know the codec
    run "$TOP/build/tools/cmpdump" src vmcore
    [ "$status" -eq 1 ]
    program fadump-tool CODECS=toy RAW=
    echo 'compress = toy' > toy.conf
    run b/fadump-tool config --check --file toy.conf
    echo "$output"
    [ "$status" -eq 0 ]
    run "$TOP/build/$(uname -m)/fadump-tool" config --check --file toy.conf
    [ "$status" -ne 0 ]
    run env dracutsysrootdir="$TREE/none" moddir="$TREE/modules.d/50fadump" bash -c '
        . "$moddir/module-setup.sh"
        find_binary() { :; }
        dracut_module_included() { return 1; }
        fadump_read
        fadump_lacking "toy compress = toy" "$1"' sh 'toy none'
    echo "$output"
    [ "$status:$output" = 0: ]
}

@test "To add a codec: a copier built without the codec rejects it with a message that names the codec" {
    toy_codec
    program fadump-copy CODECS= RAW=
    [ "$(b/fadump-copy --features)" = none ]
    run b/fadump-copy --quiet --no-dmesg --compress toy --source /dev/null --file vmcore
    echo "$output"
    [ "$status" -eq 2 ]
    [[ $output == *'toy is not built into this program'* ]]
}

# toy_target: adds the target toy:/path, which is equal to dir:/path
toy_target() {
    module=modules.d/50fadump
    printf '#!/bin/sh\n# shellcheck source=dir.sh\n. "$module/target/dir.sh"\n' > $module/target/toy.sh
    edit helpers/config/parts.h 's/^\tTARGET_RAM,/&\n\tTARGET_TOY,/'
    edit helpers/config/target.c 's/^\t\[TARGET_RAM\] = .*/&\n\t[TARGET_TOY] = {"toy", "toy:\/path"},/' \
        's/^\tcase TARGET_DIR:/\tcase TARGET_TOY:\n&/'
    edit helpers/config/keys.c 's/"fs raw nfs iscsi ssh"/"fs raw nfs iscsi ssh toy"/' \
        's/fs, raw, nfs, iscsi and ssh/fs, raw, nfs, iscsi, toy and ssh/' \
        's/ssh:, ram: or none/ssh:, ram:, toy: or none/'
}

# declared: prints what module-setup.sh reads from etc/fadump.conf: the kinds of targets, their files, errors
declared() {
    run env PATH="$TREE/b:$PATH" dracutsysrootdir="$TREE" moddir="$TREE/modules.d/50fadump" bash -c '
        . "$moddir/module-setup.sh"
        fadump_read
        echo "kinds $kinds"
        fadump_files "$kinds"
        grep "^error=" <<< "$conf"'
    echo "$output"
}

@test "To add a target: the module and the tool know it, and the capture saves to it" {
    toy_target
    program fadump-tool CODECS= RAW=
    run b/fadump-tool target toy:/var/toy
    echo "$output"
    [ "$status" -eq 0 ]
    grep -qx 'kind=toy' <<< "$output"
    grep -qx 'path=/var/toy' <<< "$output"
    run "$TOP/build/$(uname -m)/fadump-tool" target toy:/var/toy
    [ "$status" -ne 0 ]
    mkdir -p etc usr/libexec
    cp b/fadump-tool usr/libexec/
    printf '%s\n' 'target = toy:/var/toy' 'include = toy' > etc/fadump.conf
    run b/fadump-tool config --check --file etc/fadump.conf
    echo "$output"
    [ "$status" -eq 0 ]
    declared
    grep -qx 'kinds dir ram toy' <<< "$output"
    grep -qx 'target/toy.sh' <<< "$output"
    lacks '^error=' "$output"
    for SH in "${SHELLS[@]}"; do
        MODULE=$TREE/modules.d/50fadump machine
        cp b/fadump-tool "$M/usr/libexec/"
        cp etc/fadump.conf "$M/etc/"
        mkdir -p "$M/sysroot/var/toy"
        capture
        has target=toy:/var/toy result=saved released=yes
        [ -n "$(find "$M/sysroot/var/toy" -name vmcore -size +0)" ]
    done
}
