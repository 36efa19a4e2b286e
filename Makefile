# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump: build, test, install.  "make help" lists the targets.
#
#   make                    the programs for this machine, static, in build/ARCH/
#   make ARCH=ppc64le       cross-built (x86_64 and ppc64le are known)
#   make install DESTDIR=   everything to its place; dracut looks for its part in /usr only
#   make V=1                show the commands
#
# CC, CFLAGS, CPPFLAGS and LDFLAGS given on the command line win: CC=gcc builds with the
# system's own libc where there is no musl.  Libraries come from "make deps", from
# CODEC_PREFIX/{include,lib} or, with CC=, from where that compiler finds them; what is not
# found is left out.  CODECS="zstd lzo" leaves out more, and so does RAW= (raw devices).

VERSION = 0.1

ARCH ?= $(shell uname -m)
B    ?= build/$(ARCH)

prefix      ?= /usr
sysconfdir  ?= /etc
sbindir     ?= $(prefix)/sbin
libexecdir  ?= $(prefix)/libexec
mandir      ?= $(prefix)/share/man
dracutdir   ?= $(prefix)/lib/dracut
systemdsystemunitdir ?= $(prefix)/lib/systemd/system

# Debian's musl wrappers are named after the GNU triplet
TRIPLET_ppc64le = powerpc64le
ifeq ($(origin CC),default)
CC = $(or $(TRIPLET_$(ARCH)),$(ARCH))-linux-musl-gcc
endif
# musl has 64-bit long double there, the compiler's default is another
CC_FLAGS_ppc64le = $(if $(findstring musl,$(CC)),-mlong-double-64)
ifneq ($(findstring musl,$(CC)),)
# what only a dynamic loader would read protect; it is rounded up to 64 KiB pages
RELRO = -Wl,-z,norelro
CODEC_PREFIX ?= $(shell helpers/deps.sh path $(ARCH) 2> /dev/null)
endif

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	   -Wwrite-strings -Wvla -Wundef -Wformat=2
OPTIMIZE = -O2 -g -ffile-prefix-map=$(CURDIR)=.
HARDEN   = -fstack-protector-strong
SECTIONS = -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
override CFLAGS   := -std=gnu11 $(WARNINGS) $(OPTIMIZE) $(HARDEN) $(SECTIONS) $(CC_FLAGS_$(ARCH)) \
		     $(CFLAGS)
override CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DFADUMP_VERSION='"$(VERSION)"' $(CPPFLAGS)
override LDFLAGS  := -static -pthread -Wl,--gc-sections,--sort-section=alignment $(RELRO) $(LDFLAGS)

# codec, library, what is used of it
CODECS_KNOWN = zstd lzo zlib
LIB_zstd = zstd
LIB_lzo  = lzo2
LIB_zlib = deflate
TRY_zstd = <zstd.h>\nint main(void) { return !ZSTD_versionNumber(); }
TRY_lzo  = <lzo/lzo1x.h>\nint main(void) { return lzo_init(); }
TRY_zlib = <libdeflate.h>\nint main(void) { libdeflate_free_compressor(0); }

# what a device without a file system takes
RAW_KNOWN = archive blkid
LIB_archive = archive
LIB_blkid   = blkid
TRY_archive = <archive.h>\nint main(void) { return archive_write_free(archive_write_new()); }
TRY_blkid   = <blkid/blkid.h>\nint main(void) { blkid_free_probe(blkid_new_probe()); }

ifneq ($(CODEC_PREFIX),)
codec_found = $(wildcard $(CODEC_PREFIX)/lib/lib$(LIB_$(1)).a)
CODEC_CPPFLAGS = -isystem $(CODEC_PREFIX)/include
CODEC_LDFLAGS  = -L$(CODEC_PREFIX)/lib
else
codec_found = $(shell printf '\043include $(TRY_$(1))\n' | \
	$(CC) -static -x c - -l$(LIB_$(1)) -o /dev/null 2> /dev/null && echo found)
endif
CODECS := $(foreach c,$(CODECS_KNOWN),$(if $(call codec_found,$c),$c))
CODECS_LEFT_OUT := $(filter-out $(CODECS),$(CODECS_KNOWN))
RAW := $(foreach c,$(RAW_KNOWN),$(if $(call codec_found,$c),$c))
RAW_WHOLE := $(if $(filter-out $(RAW),$(RAW_KNOWN)),,yes)
LDLIBS = $(CODEC_LDFLAGS) $(foreach c,$(CODECS) $(if $(RAW_WHOLE),$(RAW_KNOWN)),-l$(LIB_$c))

SRC_RAW = sink/block.c sink/cache.c sink/device.c sink/tarhead.c

# in the order in which a byte meets them
SRC := fadump-copy.c pipeline.c budget.c dmesg.c printlog.c selection.c memory.c giveback.c format.c format_kdump.c format_elf.c \
       pack.c report.c output.c flatten.c \
       source/vmcore.c source/elfcore.c source/memmap.c source/notes.c source/vmcoreinfo.c \
       source/printk.c source/peek.c source/devmem.c \
       filter/filter.c filter/rules.c filter/pagemap.c filter/vtop.c filter/vtop_x86_64.c \
       filter/vtop_ppc64.c filter/utsname.c filter/constpage.c \
       encode/queue.c encode/workers.c encode/encoder.c encode/none.c \
       $(CODECS:%=encode/%.c) $(CODECS_LEFT_OUT:%=encode/absent/%.c) \
       layout/kdump.c layout/elf.c layout/flat.c \
       sink/file.c $(if $(RAW_WHOLE),$(SRC_RAW),sink/absent/block.c) sink/stream.c \
       release/release.c release/regions.c \
       util/fdio.c util/lock.c util/log.c util/meminfo.c util/parse.c util/progress.c util/sigbus.c \
       util/stall.c util/tarname.c util/devsize.c
OBJ := $(SRC:%.c=$(B)/%.o)

# the program for the other end, in the normal root
SAVE_SRC := fadump-save.c save/archive.c save/verify.c save/judge.c save/extract.c save/place.c save/memory.c \
	    save/moved.c save/config.c save/convert.c save/lkcd.c save/pages.c \
	    source/elfcore.c source/memmap.c layout/kdump.c sink/file.c \
	    util/fdio.c util/log.c util/meminfo.c util/parse.c util/tarname.c util/devsize.c
SAVE_OBJ := $(SAVE_SRC:%.c=$(B)/%.o)
SAVE := $(and $(filter archive,$(RAW)),$(filter zlib,$(CODECS)))
PROGRAMS := $(B)/fadump-copy $(if $(SAVE),$(B)/fadump-save)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $@;)

all: $(PROGRAMS)		## the programs, for this machine or ARCH=

$(B)/fadump-copy: $(OBJ)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
	@$(if $(filter file,$(origin CODECS)),$(foreach c,$(CODECS_LEFT_OUT),\
		echo '$c: not found, built without (make deps)';))
	@$(if $(filter file,$(origin RAW)),$(if $(RAW_WHOLE),,\
		echo 'libarchive, libblkid: not found, built without raw devices (make deps)'))

$(B)/fadump-save: $(SAVE_OBJ)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CODEC_LDFLAGS) -larchive -ldeflate

$(B)/%.o: helpers/%.c $(B)/flags
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CODEC_CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# other settings than last time rebuild everything
$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(subst ','\'',$(CPPFLAGS) $(CODEC_CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS))' \
		> $@.new; \
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

-include $(sort $(OBJ:.o=.d) $(SAVE_OBJ:.o=.d))

INSTALL = install
MAN8 = man/fadump-copy.8 man/fadump-save.8 man/fadumpctl.8
MAN7 = man/dracut.fadump.7
MAN5 = man/fadump.conf.5
MODULE = $(wildcard modules.d/50fadump/*)

install: all			## install below DESTDIR (dracut module, copier, configuration, manuals)
	$(INSTALL) -d '$(DESTDIR)$(libexecdir)' '$(DESTDIR)$(sysconfdir)' \
		'$(DESTDIR)$(dracutdir)/modules.d/50fadump' '$(DESTDIR)$(dracutdir)/dracut.conf.d' \
		'$(DESTDIR)$(sbindir)' '$(DESTDIR)$(systemdsystemunitdir)' \
		'$(DESTDIR)$(mandir)/man5' '$(DESTDIR)$(mandir)/man7' '$(DESTDIR)$(mandir)/man8'
	$(INSTALL) -m 755 $(B)/fadump-copy '$(DESTDIR)$(libexecdir)/fadump-copy'
	$(if $(SAVE),$(INSTALL) -m 755 $(B)/fadump-save '$(DESTDIR)$(sbindir)/fadump-save')
	$(if $(SAVE),sed 's|/usr/sbin|$(sbindir)|' conf/fadump-save.service \
		> '$(DESTDIR)$(systemdsystemunitdir)/fadump-save.service')
	sed 's|/usr/lib/dracut|$(dracutdir)|' helpers/fadumpctl.sh > '$(DESTDIR)$(sbindir)/fadumpctl'
	chmod 755 '$(DESTDIR)$(sbindir)/fadumpctl'
	sed 's|/usr/sbin|$(sbindir)|' conf/fadump-late.service \
		> '$(DESTDIR)$(systemdsystemunitdir)/fadump-late.service'
	for f in $(MODULE); do \
		case $$f in */fadump-capture | */module-setup.sh) mode=755 ;; *) mode=644 ;; esac; \
		$(INSTALL) -m $$mode "$$f" '$(DESTDIR)$(dracutdir)/modules.d/50fadump/' || exit 1; \
	done
	test -e '$(DESTDIR)$(sysconfdir)/fadump.conf' || \
		$(INSTALL) -m 600 conf/fadump.conf '$(DESTDIR)$(sysconfdir)/fadump.conf'
	$(INSTALL) -m 644 conf/50-fadump.conf '$(DESTDIR)$(dracutdir)/dracut.conf.d/50-fadump.conf'
	$(INSTALL) -m 644 $(MAN5) '$(DESTDIR)$(mandir)/man5/'
	$(INSTALL) -m 644 $(MAN7) '$(DESTDIR)$(mandir)/man7/'
	$(INSTALL) -m 644 $(MAN8) '$(DESTDIR)$(mandir)/man8/'

uninstall:			## remove what install put there; a changed fadump.conf stays
	rm -rf '$(DESTDIR)$(dracutdir)/modules.d/50fadump'
	rm -f '$(DESTDIR)$(libexecdir)/fadump-copy' '$(DESTDIR)$(sbindir)/fadump-save' \
		'$(DESTDIR)$(systemdsystemunitdir)/fadump-save.service' '$(DESTDIR)$(sbindir)/fadumpctl' \
		'$(DESTDIR)$(systemdsystemunitdir)/fadump-late.service' \
		'$(DESTDIR)$(dracutdir)/dracut.conf.d/50-fadump.conf' \
		$(MAN5:man/%='$(DESTDIR)$(mandir)/man5/%') $(MAN7:man/%='$(DESTDIR)$(mandir)/man7/%') \
		$(MAN8:man/%='$(DESTDIR)$(mandir)/man8/%')
	! cmp -s conf/fadump.conf '$(DESTDIR)$(sysconfdir)/fadump.conf' || \
		rm -f '$(DESTDIR)$(sysconfdir)/fadump.conf'

# ---- tests ------------------------------------------------------------------------------

HOST_CC      = gcc
UNIT_NAMES   = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
UNIT         = $(UNIT_NAMES:%=build/asan/unit/%) $(UNIT_NAMES:%=build/tsan/unit/%)
TOOLS        = $(addprefix build/tools/,mkvmcore mkbig mkmem cmpcore cmpkdump unflatten phyp)
SANITIZED    = build/asan/fadump-copy build/tsan/fadump-copy
SANITIZED_2  = build/asan/fadump-save build/tsan/fadump-save
TESTS_CLI    = $(wildcard tests/cli/*.bats)
TESTS_UNIT   = $(wildcard tests/meta/*.bats) $(UNIT) $(TESTS_CLI) $(wildcard tests/shell/*.bats)
TESTS_SAN    = $(foreach p,$(SANITIZED),$(TESTS_CLI:%=$p:%))
TESTS_ROOT   = $(wildcard tests/root/*.bats)
TESTS_LAB    = $(wildcard tests/lab/*.bats)
TESTS_FUZZ   = tests/fuzz/run
FUZZERS      = $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*.c))
TESTS        = $(TESTS_UNIT) $(TESTS_SAN) $(TESTS_ROOT) $(TESTS_FUZZ) $(TESTS_LAB)
TESTS_NAMED  = $(filter %/$(T).bats %/$(T),$(TESTS))

check: check-deps		## every test; needs root, the lab is built on the way; T=NAME runs one
	$(Q)$(MAKE) --no-print-directory check-build
	$(Q)$(if $(T),,tests/lab/lab build)
	$(Q)tests/run $(if $(T),$(or $(TESTS_NAMED),$(error no test is called $(T))),$(TESTS))

check-unit: check-build		## the tests that need no root and no lab: seconds
	$(Q)tests/run $(TESTS_UNIT)

check-san: check-build		## the command line's tests, with the sanitizers
	$(Q)tests/run $(TESTS_SAN)

lint: check-deps		## shellcheck, shfmt, clang-format, cppcheck, mandoc (part of check)
	$(Q)tests/run tests/meta/lint.bats

# the copier for the emulated machine, whatever CC was asked for
CROSS = $(MAKE) --no-print-directory ARCH=ppc64le CC=powerpc64le-linux-musl-gcc

check-build: all $(UNIT) $(TOOLS) $(SANITIZED) $(SANITIZED_2) $(FUZZERS)
	$(Q)$(CROSS)

lab: deps			## the emulated POWER machine in $FADUMP_LAB (default ~/.cache/fadump-lab)
	$(Q)$(CROSS)
	$(Q)tests/lab/lab build

demo: deps			## the whole story: crash, capture, boot going on
	$(Q)$(CROSS)
	$(Q)tests/lab/demo

bench: check-deps		## side by side with makedumpfile: table, goals and chart in build/bench
	$(Q)$(MAKE) --no-print-directory all $(TOOLS)
	$(Q)$(CROSS)
	$(Q)tests/bench/bench

bench-lab: deps			## in the lab: copies to NFS and iSCSI beside dd, going on beside a reboot
	$(Q)$(CROSS)
	$(Q)tests/lab/bench-net
	$(Q)tests/lab/bench-boot

deps:				## what building for both machines needs: packages (as root), codecs
	$(Q)tests/deps
	$(Q)helpers/deps.sh build x86_64 ppc64le

check-deps:			## install what the tests need as well
	$(Q)tests/deps check
	$(Q)helpers/deps.sh build x86_64 ppc64le

# unit tests and the program, with the system's libc and all codecs, under the address and
# undefined behaviour sanitizers and again under the thread sanitizer; -lz is there because
# its word on zlib's format is the last
SAN_asan  = -fsanitize=address,undefined -fno-sanitize-recover=all
SAN_tsan  = -fsanitize=thread
SAN_FLAGS = -std=gnu11 $(WARNINGS) $(CPPFLAGS) -g -O1 -Ihelpers
HOST_SRC  = $(sort $(filter-out encode/absent/% sink/absent/%,$(SRC)) $(CODECS_KNOWN:%=encode/%.c) $(SRC_RAW))
HOST_LIBS = $(foreach c,$(CODECS_KNOWN) $(RAW_KNOWN),-l$(LIB_$c)) -lcmocka -lz -pthread
HOST_OBJ  = $(HOST_SRC:%.c=build/$(1)/helpers/%.o)
HOST_SAVE = $(SAVE_SRC:%.c=build/$(1)/helpers/%.o)

define sanitized
build/$(1)/helpers/%.o: helpers/%.c Makefile
	$$(call say,CC)mkdir -p $$(@D) && $(HOST_CC) $(SAN_FLAGS) $(SAN_$(1)) -MMD -MP -c -o $$@ $$<

build/$(1)/unit/%: tests/unit/%.c $(filter-out %/fadump-copy.o %/fadump-save.o,$(sort $(HOST_OBJ) $(HOST_SAVE)))
	$$(call say,TEST)mkdir -p $$(@D) && $(HOST_CC) $(SAN_FLAGS) $(SAN_$(1)) -MMD -MP -MF $$@.d \
		-o $$@ $$< $$(filter %.o,$$^) $(HOST_LIBS)

build/$(1)/fadump-copy: $(HOST_OBJ)
	$$(call say,LINK)$(HOST_CC) $(SAN_$(1)) -o $$@ $$^ -Wl,--as-needed $(HOST_LIBS)

build/$(1)/fadump-save: $(HOST_SAVE)
	$$(call say,LINK)$(HOST_CC) $(SAN_$(1)) -o $$@ $$^ -Wl,--as-needed $(HOST_LIBS)

.SECONDARY: $(HOST_OBJ)
.SECONDARY: $(HOST_SAVE)
-include $(patsubst %.o,%.d,$(sort $(HOST_OBJ) $(HOST_SAVE))) $(patsubst %,build/$(1)/unit/%.d,$(UNIT_NAMES))
endef
$(foreach s,asan tsan,$(eval $(call sanitized,$s)))

build/tools/mkvmcore: tests/tools/mkring.c tests/tools/words.c
build/tools/mkmem: tests/tools/words.c
build/tools/cmpcore build/tools/cmpkdump build/tools/phyp: tests/tools/elf64.c
build/tools/cmpkdump: TOOL_LIBS = -lzstd -llzo2 -lz
build/tools/%: tests/tools/%.c $(wildcard tests/tools/*.h)
	$(call say,TOOL)mkdir -p $(@D) && \
		$(HOST_CC) -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -O2 -o $@ $(filter %.c,$^) $(TOOL_LIBS)

# ---- fuzzers: each is linked with what it is about -----------------------------------------

FUZZ_CC    = clang
FUZZ_FLAGS = -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -g -O1 -Ihelpers \
	     -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_INFO  = helpers/source/vmcoreinfo.c helpers/util/parse.c
FUZZ_VTOP  = $(wildcard helpers/filter/vtop*.c) helpers/memory.c

build/fuzz/elfcore: helpers/source/elfcore.c helpers/source/memmap.c
build/fuzz/vmcore: $(filter-out %/printk.c,$(wildcard helpers/source/*.c)) helpers/util/fdio.c
build/fuzz/printk: helpers/source/printk.c helpers/source/elfcore.c
build/fuzz/lkcd: helpers/save/lkcd.c helpers/save/pages.c
build/fuzz/regions: helpers/release/regions.c
build/fuzz/vtop: $(FUZZ_VTOP) helpers/filter/utsname.c
build/fuzz/filter: $(FUZZ_VTOP) $(addprefix helpers/filter/,pagemap.c rules.c filter.c)
build/fuzz/%: tests/fuzz/%.c $(FUZZ_INFO) $(wildcard tests/fuzz/*.h helpers/*.h helpers/*/*.h)
	$(call say,FUZZ)mkdir -p $(@D) && $(FUZZ_CC) $(FUZZ_FLAGS) -o $@ $(sort $(filter %.c,$^))

fuzz: $(FUZZERS) $(TOOLS)	## fuzz the parsers, each for FUZZ_SECONDS (default 60)
	$(Q)tests/fuzz/run

clean:			## remove build/
	rm -rf build

help:			## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 28

.PHONY: all install uninstall check check-unit check-san check-build lint fuzz lab demo bench bench-lab deps check-deps clean help FORCE
.DELETE_ON_ERROR:
