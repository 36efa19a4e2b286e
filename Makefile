# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump: build, test, install.  "make help" lists the targets.
#
#   make                    the programs for this machine, static, in build/ARCH/
#   make ARCH=ppc64le       cross-built (x86_64 and ppc64le are known)
#   make install DESTDIR=   install; dracut finds its module in /usr only
#   make V=1                show the commands
#
# CC, CFLAGS, CPPFLAGS and LDFLAGS on the command line of make override the defaults.  CC=gcc
# builds with the libc of the system, without musl.  By default make uses the libraries that
# helpers/deps.sh builds, and builds them if they are missing; with CODEC_PREFIX=DIR, the libraries
# in DIR/include and DIR/lib; with CC=, those that this compiler finds.  A missing library stops make.
# A smaller program is built only on request: CODECS="zstd lzo" excludes the other codecs, RAW=
# excludes raw devices and fadump-save.

VERSION = 0.1

ARCH ?= $(shell uname -m)
B    ?= build/$(ARCH)

prefix      ?= /usr
sysconfdir  ?= /etc
sbindir     ?= $(prefix)/sbin
libexecdir  ?= $(prefix)/libexec
mandir      ?= $(prefix)/share/man
completionsdir ?= $(prefix)/share/bash-completion/completions
dracutdir   ?= $(prefix)/lib/dracut
systemdsystemunitdir ?= $(prefix)/lib/systemd/system

ifeq ($(origin CC),default)
CC := $(or $(shell helpers/deps.sh cc $(ARCH) 2> /dev/null),$(ARCH)-linux-musl-gcc)
endif
# the long double of musl has 64 bits on ppc64le, unlike the default of the compiler
CC_FLAGS_ppc64le = $(if $(findstring musl,$(CC)),-mlong-double-64)
ifneq ($(findstring musl,$(CC)),)
# norelro: only a dynamic loader applies RELRO, and RELRO needs padding to 64 KiB. common-page-size=64: the data needs
# no padding either, because the kernel maps a file page that has both code and data twice, once for each of them.
RELRO = -Wl,-z,norelro -Wl,-z,common-page-size=64
ifeq ($(origin CODEC_PREFIX),undefined)
DEPS_DIR := $(shell helpers/deps.sh path $(ARCH) 2> /dev/null)
# use the libraries of the last build if they have the same version: "sudo make install" may have another $HOME
DEPS_LAST := $(shell readlink $(B)/libraries)
CODEC_PREFIX := $(or $(and $(filter $(notdir $(DEPS_DIR)),$(notdir $(DEPS_LAST))),$(wildcard $(DEPS_LAST))),$(DEPS_DIR))
endif
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

# for each codec: its library, and a program that tests whether the library can be linked
CODECS_KNOWN = zstd lzo zlib
LIB_zstd = zstd
LIB_lzo  = lzo2
LIB_zlib = deflate
TRY_zstd = <zstd.h>\nint main(void) { return !ZSTD_versionNumber(); }
TRY_lzo  = <lzo/lzo1x.h>\nint main(void) { return lzo_init(); }
TRY_zlib = <libdeflate.h>\nint main(void) { libdeflate_free_compressor(0); }

# libraries for devices without a file system
RAW_KNOWN = archive blkid
LIB_archive = archive
LIB_blkid   = blkid
TRY_archive = <archive.h>\nint main(void) { return archive_write_free(archive_write_new()); }
TRY_blkid   = <blkid/blkid.h>\nint main(void) { blkid_free_probe(blkid_new_probe()); }

CODECS := $(CODECS_KNOWN)
RAW := $(RAW_KNOWN)
CODECS_LEFT_OUT := $(filter-out $(CODECS),$(CODECS_KNOWN))
RAW_WHOLE := $(if $(filter-out $(RAW),$(RAW_KNOWN)),,yes)
SAVE := $(and $(filter archive,$(RAW)),$(filter zlib,$(CODECS)))
COMMA := ,
WANTED := $(CODECS) $(RAW)
BUILT_WITHOUT := $(strip $(CODECS_LEFT_OUT)$(if $(RAW_WHOLE),,$(and $(CODECS_LEFT_OUT),$(COMMA)) raw devices)$(if \
	$(SAVE),,$(COMMA) fadump-save))
$(foreach w,$(filter-out $(CODECS_KNOWN),$(CODECS)),$(error CODECS: '$w' is not one of $(CODECS_KNOWN)))
$(foreach w,$(filter-out $(RAW_KNOWN),$(RAW)),$(error RAW: '$w' is not one of $(RAW_KNOWN)))

ifneq ($(CODEC_PREFIX),)
CODEC_CPPFLAGS = $(if $(strip $(WANTED)),-isystem $(CODEC_PREFIX)/include)
CODEC_LDFLAGS  = $(if $(strip $(WANTED)),-L$(CODEC_PREFIX)/lib)
codec_found = $(wildcard $(CODEC_PREFIX)/lib/lib$(LIB_$(1)).a)
else
codec_found = $(shell printf '\043include $(TRY_$(1))\n' | \
	$(CC) -static -x c - -l$(LIB_$(1)) -o /dev/null 2> /dev/null && echo found)
endif
# evaluated once, and only for a build, not for "make clean"
MISSING = $(eval MISSING := $(foreach w,$(WANTED),$(if $(call codec_found,$w),,$w)))$(MISSING)
LDLIBS = $(CODEC_LDFLAGS) $(foreach c,$(CODECS) $(if $(RAW_WHOLE),$(RAW_KNOWN)),-l$(LIB_$c))

SRC_RAW = sink/block.c sink/cache.c sink/device.c sink/tarhead.c

# in the order of the data flow
SRC := copy/main.c copy/pipeline.c copy/target.c copy/budget.c copy/report.c copy/dmesg.c copy/printlog.c \
       source/vmcore.c source/elfcore.c source/memmap.c source/notes.c source/vmcoreinfo.c \
       source/printk.c source/physmem.c source/physmem_windows.c source/devmem.c \
       filter/page_filter.c filter/filter.c filter/page_layout.c filter/pagemap.c filter/vtop.c \
       filter/vtop_x86_64.c filter/vtop_ppc64.c filter/utsname.c filter/constpage.c \
       encode/queue.c encode/workers.c encode/page_pack.c encode/encoder.c encode/none.c \
       $(CODECS:%=encode/%.c) $(CODECS_LEFT_OUT:%=encode/absent/%.c) \
       format/format.c format/kdump.c format/kdump_layout.c format/elf.c format/elf_layout.c \
       format/flat.c format/flat_layout.c \
       sink/output.c sink/file.c $(if $(RAW_WHOLE),$(SRC_RAW),sink/absent/block.c) sink/stream.c \
       release/incremental.c release/release.c release/regions.c \
       util/fdio.c util/lock.c util/log.c util/meminfo.c util/parse.c util/progress.c util/sigbus.c \
       util/stall.c util/tarname.c util/devsize.c
OBJ := $(SRC:%.c=$(B)/%.o)

# fadump-save, which runs later in the normal system
CONFIG_SRC := config/config.c config/keys.c config/target.c config/server.c config/disk.c util/boot.c
SAVE_SRC := save/main.c save/archive.c save/verify.c save/validate.c save/extract.c save/crash_dir.c \
	    save/ramdump.c save/moved.c save/configured.c save/convert.c save/lkcd.c save/pages.c \
	    source/elfcore.c source/memmap.c format/kdump_layout.c sink/file.c $(CONFIG_SRC) \
	    util/fdio.c util/log.c util/meminfo.c util/parse.c util/tarname.c util/devsize.c
SAVE_OBJ := $(SAVE_SRC:%.c=$(B)/%.o)

# fadump-tool, which the shell code of the capture calls for settings, targets, places and sizes; needs no library
PLACE_SRC := $(addprefix place/,later.c sources.c source.c generators.c cmdline.c units.c unit.c table.c links.c \
	     mounts.c lasting.c)
TOOL_SRC := tool/main.c tool/settings.c tool/node.c tool/sizes.c tool/tmpfs.c tool/retune.c tool/files.c \
	    tool/place.c tool/node_report.c $(PLACE_SRC) $(CONFIG_SRC) config/cmdline.c \
	    util/fdio.c util/log.c util/parse.c util/words.c
TOOL_OBJ := $(TOOL_SRC:%.c=$(B)/%.o)
PROGRAMS := $(B)/fadump-copy $(if $(SAVE),$(B)/fadump-save) $(B)/fadump-tool

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $@;)

all: $(PROGRAMS)		## build the programs, for this machine or ARCH=

# ---- the libraries, which are built before any object --------------------------------------

define SMALL_BUILD
Other builds, on request:
  make CC=gcc          with the libc and the static libraries of the system; on Debian: libc6-dev,
                       libzstd-dev, liblzo2-dev, libdeflate-dev, libarchive-dev, libblkid-dev
  make CODECS= RAW=    a small program that needs no library: it does not compress, and there are
                       no raw:, no iscsi: without ;fs=, no ram: and no fadump-save
  make CODECS="zstd lzo" RAW=    only these codecs; RAW= leaves out raw devices and fadump-save
endef
define SYSTEM_LIBRARIES
These are static libraries (lib*.a) and their headers, in the packages
  zstd          Debian libzstd-dev       Fedora libzstd-devel libzstd-static   openSUSE libzstd-devel-static
  lzo           Debian liblzo2-dev       Fedora: not static                    openSUSE lzo-devel-static
  zlib          Debian libdeflate-dev    Fedora: not static
  archive       Debian libarchive-dev    Fedora: not static
  blkid         Debian libblkid-dev                                            openSUSE libblkid-devel-static
  libc itself   Debian libc6-dev         Fedora glibc-static                   openSUSE glibc-devel-static
endef
export SMALL_BUILD SYSTEM_LIBRARIES

# program:package that contains it, or the command that installs it
TOOLS_NEEDED = $(firstword $(CC)):$(if $(filter $(ARCH),$(shell uname -m)),musl-tools,'make deps, as root') \
	       ar:binutils dpkg-source:dpkg-dev apt-get:apt flock:util-linux

# before the first compilation, list everything that is missing in one message
libraries: $(if $(and $(DEPS_DIR),$(strip $(WANTED))),$(CODEC_PREFIX))
	@command -v $(firstword $(CC)) > /dev/null || { \
		printf '%s\n' 'fadump: the compiler $(firstword $(CC)) is missing' "$$SMALL_BUILD" >&2; exit 1; }
ifneq ($(DEPS_DIR),)
	$(if $(strip $(WANTED)),@mkdir -p $(B) && ln -sfn $(CODEC_PREFIX) $(B)/libraries)

$(CODEC_PREFIX):
	@missing=; for tool in $(TOOLS_NEEDED); do \
		command -v "$${tool%%:*}" > /dev/null || missing="$$missing $${tool%%:*} ($${tool#*:})"; \
	done; \
	if [ -n "$$missing" ]; then echo "fadump: these programs, which build the libraries, are missing:$$missing" >&2; \
	else helpers/deps.sh build $(ARCH) && test -d $@ && exit; fi; \
	printf '%s\n' 'fadump: the libraries could not be built, see above.' "$$SMALL_BUILD" >&2; exit 1
else
	@[ -z '$(strip $(MISSING))' ] || { printf '%s\n' \
		'fadump: missing in $(or $(CODEC_PREFIX),the search path of $(CC)): static libraries for $(strip $(MISSING))' \
		"$$SYSTEM_LIBRARIES" 'To build without these libraries:' \
		'  $(strip make $(foreach v,CC CODEC_PREFIX,$(if $(filter command,$(origin $v)),$v=$($v))) \
		CODECS="$(filter-out $(MISSING),$(CODECS))" $(if $(filter $(RAW_KNOWN),$(MISSING)),RAW=,$(if \
		$(RAW_WHOLE),,RAW="$(RAW)")))' >&2; exit 1; }
endif

$(B)/fadump-copy: $(OBJ)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
	@$(if $(BUILT_WITHOUT),echo 'without: $(BUILT_WITHOUT)')

$(B)/fadump-save: $(SAVE_OBJ)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CODEC_LDFLAGS) -larchive -ldeflate

# fadump-tool has no slow loop, so optimize it for size
$(filter $(B)/tool/% $(B)/place/% $(B)/config/%,$(TOOL_OBJ)): override CFLAGS += -Os
$(B)/fadump-tool: $(TOOL_OBJ)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(B)/%.o: helpers/%.c $(B)/flags | libraries
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CODEC_CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# rebuild everything if the flags have changed; two makes may run this at the same time
$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(subst ','\'',$(CPPFLAGS) $(CODEC_CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS))' \
		> $@.$$$$; \
	cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@
FORCE:
.PHONY: libraries

-include $(sort $(OBJ:.o=.d) $(SAVE_OBJ:.o=.d) $(TOOL_OBJ:.o=.d))

INSTALL = install
MAN8 = man/fadump-copy.8 man/fadump-save.8 man/fadump-tool.8 man/fadumpctl.8
MAN7 = man/dracut.fadump.7
MAN5 = man/fadump.conf.5
MODULE = $(wildcard modules.d/50fadump/*.* modules.d/50fadump/*/*.sh) modules.d/50fadump/capture modules.d/50fadump/README

install: all			## install below DESTDIR (dracut module, programs, configuration, manuals)
	$(INSTALL) -d '$(DESTDIR)$(libexecdir)' '$(DESTDIR)$(sysconfdir)' \
		'$(DESTDIR)$(dracutdir)/modules.d/50fadump' '$(DESTDIR)$(dracutdir)/dracut.conf.d' \
		'$(DESTDIR)$(sbindir)' '$(DESTDIR)$(systemdsystemunitdir)' '$(DESTDIR)$(completionsdir)' \
		'$(DESTDIR)$(mandir)/man5' '$(DESTDIR)$(mandir)/man7' '$(DESTDIR)$(mandir)/man8'
	$(INSTALL) -m 755 $(B)/fadump-copy '$(DESTDIR)$(libexecdir)/fadump-copy'
	$(INSTALL) -m 755 $(B)/fadump-tool '$(DESTDIR)$(libexecdir)/fadump-tool'
	$(if $(SAVE),$(INSTALL) -m 755 $(B)/fadump-save '$(DESTDIR)$(sbindir)/fadump-save')
	$(if $(SAVE),sed 's|/usr/sbin|$(sbindir)|' conf/fadump-save.service \
		> '$(DESTDIR)$(systemdsystemunitdir)/fadump-save.service')
	sed 's|/usr/lib/dracut|$(dracutdir)|' helpers/fadumpctl.sh > '$(DESTDIR)$(sbindir)/fadumpctl'
	chmod 755 '$(DESTDIR)$(sbindir)/fadumpctl'
	for f in fadump-late.service fadump-confirm.service; do \
		sed 's|/usr/sbin|$(sbindir)|' conf/$$f > "$(DESTDIR)$(systemdsystemunitdir)/$$f" || exit 1; \
	done
	for f in $(MODULE); do \
		case $$f in */capture | */module-setup.sh) mode=755 ;; *) mode=644 ;; esac; \
		$(INSTALL) -D -m $$mode "$$f" "$(DESTDIR)$(dracutdir)/$$f" || exit 1; \
	done
	test -e '$(DESTDIR)$(sysconfdir)/fadump.conf' || \
		$(INSTALL) -m 600 conf/fadump.conf '$(DESTDIR)$(sysconfdir)/fadump.conf'
	$(INSTALL) -m 644 conf/50-fadump.conf '$(DESTDIR)$(dracutdir)/dracut.conf.d/50-fadump.conf'
	$(INSTALL) -m 644 conf/fadump.bash-completion '$(DESTDIR)$(completionsdir)/fadumpctl'
	ln -sf fadumpctl '$(DESTDIR)$(completionsdir)/fadump-save'
	$(INSTALL) -m 644 $(MAN5) '$(DESTDIR)$(mandir)/man5/'
	$(INSTALL) -m 644 $(MAN7) '$(DESTDIR)$(mandir)/man7/'
	$(INSTALL) -m 644 $(MAN8) '$(DESTDIR)$(mandir)/man8/'

uninstall:			## remove the installed files, except a changed fadump.conf
	rm -rf '$(DESTDIR)$(dracutdir)/modules.d/50fadump'
	rm -f '$(DESTDIR)$(libexecdir)/fadump-copy' '$(DESTDIR)$(libexecdir)/fadump-tool' \
		'$(DESTDIR)$(sbindir)/fadump-save' \
		'$(DESTDIR)$(systemdsystemunitdir)/fadump-save.service' '$(DESTDIR)$(sbindir)/fadumpctl' \
		'$(DESTDIR)$(systemdsystemunitdir)/fadump-late.service' \
		'$(DESTDIR)$(systemdsystemunitdir)/fadump-confirm.service' \
		'$(DESTDIR)$(dracutdir)/dracut.conf.d/50-fadump.conf' \
		'$(DESTDIR)$(completionsdir)/fadumpctl' '$(DESTDIR)$(completionsdir)/fadump-save' \
		$(MAN5:man/%='$(DESTDIR)$(mandir)/man5/%') $(MAN7:man/%='$(DESTDIR)$(mandir)/man7/%') \
		$(MAN8:man/%='$(DESTDIR)$(mandir)/man8/%')
	! cmp -s conf/fadump.conf '$(DESTDIR)$(sysconfdir)/fadump.conf' || \
		rm -f '$(DESTDIR)$(sysconfdir)/fadump.conf'

# ---- tests ------------------------------------------------------------------------------

HOST_CC      = gcc
UNIT_NAMES   = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
UNIT         = $(UNIT_NAMES:%=build/asan/unit/%) $(UNIT_NAMES:%=build/tsan/unit/%)
TOOLS        = $(addprefix build/tools/,mkvmcore mkbig mkmem cmpdump unflatten phyp)
SANITIZED    = build/asan/fadump-copy build/tsan/fadump-copy
SANITIZED_2  = build/asan/fadump-save build/tsan/fadump-save build/asan/fadump-tool build/tsan/fadump-tool
TESTS_CLI    = $(wildcard tests/cli/*.bats)
TESTS_UNIT   = $(wildcard tests/meta/*.bats) $(UNIT) $(TESTS_CLI) $(wildcard tests/shell/*.bats)
TESTS_FAST   = $(filter-out build/tsan/%,$(TESTS_UNIT))
# cmpdump is not sanitized; TESTS_TSAN: those in which threads of fadump-copy work together, fail or are stopped
TESTS_ASAN   = $(filter-out %/cmpdump.bats,$(TESTS_CLI))
TESTS_TSAN   = $(patsubst %,tests/cli/%.bats,faults lost order release roundtrip stall stream)
TESTS_SAN    = $(TESTS_ASAN:%=build/asan/fadump-copy:%) $(TESTS_TSAN:%=build/tsan/fadump-copy:%)
TESTS_ROOT   = $(wildcard tests/root/*.bats)
# These take too long for every change: they boot machines with their own layouts, roots or generations of dracut, use
# more vmcores, with kernels of their own, or compare all values of a continued boot with those of a normal one.
TESTS_MORE   = $(patsubst %,tests/lab/%.bats,places peers selinux card nm net-system kinds oracle-more continued)
TESTS_LAB    = $(filter-out $(TESTS_MORE),$(wildcard tests/lab/*.bats))
TESTS_FUZZ   = tests/fuzz/run
FUZZERS      = $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*.c))
TESTS        = $(TESTS_UNIT) $(TESTS_SAN) $(TESTS_ROOT) $(TESTS_FUZZ) $(TESTS_LAB)
TESTS_NAMED  = $(filter %/$(T).bats %/$(T),$(TESTS) $(TESTS_MORE))

# one job for each CPU, unless make has -j
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

check: FETCH_DEPS = check
check: $(if $(T),check-deps,fetch)	## run all tests, and build the lab at the same time; needs root; T=NAME runs one test file
	$(Q)$(MAKE) --no-print-directory $(JOBS) check-build
	$(Q)FUZZ_SECONDS=$${FUZZ_SECONDS:-15} TEST_HEADER='tests/lab/lab suites' \
		$(if $(T),,TEST_LAB='tests/lab/lab build') tests/run $(if $(T),$(or $(TESTS_NAMED),$(error no test is called $(T))),$(TESTS))

check-fast: check-deps			## run the tests that need neither root nor the lab, without the thread sanitizer; shell tests with dash only
	$(Q)$(MAKE) --no-print-directory $(JOBS) all $(filter-out build/tsan/%,$(UNIT)) $(TOOLS) cross
	$(Q)TEST_SHELL=dash tests/run $(TESTS_FAST)

check-more: FETCH_DEPS = check
check-more: fetch		## run what takes too long for check: more tests of the lab, the shell tests with busybox, the mutants
	$(Q)$(MAKE) --no-print-directory $(JOBS) check-build
	$(Q)ORACLE_ALL=1 TEST_HEADER='tests/lab/lab suites' TEST_LAB='tests/lab/lab build' \
		tests/run $(TESTS_MORE) tests/lab/oracle-pages.bats
	$(Q)TEST_SHELL='busybox ash' tests/run $(wildcard tests/shell/*.bats)
	$(Q)tests/mutants/run

mutants: check-deps		## break important lines, one at a time, and run their tests, which must fail; needs root; N="NAME ..."
	$(Q)$(MAKE) --no-print-directory $(JOBS) all $(TOOLS)
	$(Q)tests/mutants/run $(N)

check-unit: check-fast

check-san: check-build		## run the tests of the command line with the sanitizers
	$(Q)tests/run $(TESTS_SAN)

lint: check-deps		## run shellcheck, shfmt, clang-format, cppcheck, mandoc (part of check)
	$(Q)tests/run tests/meta/lint.bats

# the programs for the emulated machine, with the default compiler even if CC is set
CROSS = $(MAKE) --no-print-directory ARCH=ppc64le CC="$$(helpers/deps.sh cc ppc64le)"

check-build: all cross $(UNIT) $(TOOLS) $(SANITIZED) $(SANITIZED_2) $(FUZZERS)

cross:
	$(Q)$(CROSS)

lab: fetch			## build the emulated POWER machine in $FADUMP_LAB (default ~/.cache/fadump-lab)
	$(Q)$(CROSS)
	$(Q)tests/lab/lab build

demo: FETCH_PARTS = tree kernel full initramfs-full
demo: fetch			## show a crash, the capture and the continued boot in the lab
	$(Q)$(CROSS)
	$(Q)tests/lab/demo

bench: check-deps		## compare with makedumpfile: table, goals and chart in build/bench
	$(Q)$(MAKE) --no-print-directory all $(TOOLS)
	$(Q)$(CROSS)
	$(Q)tests/bench/bench

bench-lab: deps			## compare in the lab: copies to NFS and iSCSI with dd, a continued boot with a reboot
	$(Q)$(CROSS)
	$(Q)tests/lab/bench-net
	$(Q)tests/lab/bench-boot

deps:				## install packages (as root) and build libraries, as needed to build for x86_64 and ppc64le
	$(Q)tests/deps
	$(Q)helpers/deps.sh build x86_64 ppc64le

check-deps:			## install what deps installs, and everything that the tests need
	$(Q)tests/deps check
	$(Q)helpers/deps.sh build x86_64 ppc64le

# like deps and check-deps, but downloads everything, also for the lab, before the first compilation
fetch:
	$(Q)tests/deps $(FETCH_DEPS)
	$(Q)helpers/deps.sh fetch x86_64 ppc64le
	$(Q)tests/lab/lab fetch $(FETCH_PARTS)
	$(Q)helpers/deps.sh build x86_64 ppc64le

# Unit tests and programs are built with the libc of the system and all codecs, once with the address and
# undefined behaviour sanitizers, once with the thread sanitizer.  -lz: zlib is the reference decoder of its
# format.
SAN_asan  = -fsanitize=address,undefined -fno-sanitize-recover=all
SAN_tsan  = -fsanitize=thread
SAN_FLAGS = -std=gnu11 $(WARNINGS) $(CPPFLAGS) -g -O1 -Ihelpers
HOST_SRC  = $(sort $(filter-out encode/absent/% sink/absent/%,$(SRC)) $(CODECS_KNOWN:%=encode/%.c) $(SRC_RAW))
HOST_LIBS = $(foreach c,$(CODECS_KNOWN) $(RAW_KNOWN),-l$(LIB_$c)) -lcmocka -lz -pthread
HOST_OBJ  = $(HOST_SRC:%.c=build/$(1)/helpers/%.o)
HOST_SAVE = $(SAVE_SRC:%.c=build/$(1)/helpers/%.o)
HOST_TOOL = $(TOOL_SRC:%.c=build/$(1)/helpers/%.o)

define sanitized
build/$(1)/helpers/%.o: helpers/%.c Makefile
	$$(call say,CC)mkdir -p $$(@D) && $(HOST_CC) $(SAN_FLAGS) $(SAN_$(1)) -MMD -MP -c -o $$@ $$<

build/$(1)/unit/%: tests/unit/%.c $(filter-out %/main.o,$(sort $(HOST_OBJ) $(HOST_SAVE) $(HOST_TOOL)))
	$$(call say,TEST)mkdir -p $$(@D) && $(HOST_CC) $(SAN_FLAGS) $(SAN_$(1)) -MMD -MP -MF $$@.d \
		-o $$@ $$< $$(filter %.o,$$^) $(HOST_LIBS)

build/$(1)/fadump-copy: $(HOST_OBJ)
	$$(call say,LINK)$(HOST_CC) $(SAN_$(1)) -o $$@ $$^ -Wl,--as-needed $(HOST_LIBS)

build/$(1)/fadump-save: $(HOST_SAVE)
	$$(call say,LINK)$(HOST_CC) $(SAN_$(1)) -o $$@ $$^ -Wl,--as-needed $(HOST_LIBS)

build/$(1)/fadump-tool: $(HOST_TOOL)
	$$(call say,LINK)$(HOST_CC) $(SAN_$(1)) -o $$@ $$^

.SECONDARY: $(HOST_OBJ)
.SECONDARY: $(HOST_SAVE)
.SECONDARY: $(HOST_TOOL)
-include $(patsubst %.o,%.d,$(sort $(HOST_OBJ) $(HOST_SAVE) $(HOST_TOOL))) $(patsubst %,build/$(1)/unit/%.d,$(UNIT_NAMES))
endef
$(foreach s,asan tsan,$(eval $(call sanitized,$s)))

build/tools/mkvmcore: tests/tools/mkring.c tests/tools/words.c
build/tools/mkmem: tests/tools/words.c
build/tools/cmpdump build/tools/phyp: tests/tools/elf64.c
build/tools/cmpdump: $(addprefix tests/tools/,source.c cmp_elf.c cmp_kdump.c cmp_pages.c unpack_codecs.c)
build/tools/cmpdump: TOOL_LIBS = -lzstd -llzo2 -lz
build/tools/%: tests/tools/%.c $(wildcard tests/tools/*.h)
	$(call say,TOOL)mkdir -p $(@D) && \
		$(HOST_CC) -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -O2 -o $@ $(filter %.c,$^) $(TOOL_LIBS)

# ---- fuzzers: each is linked with the code that it tests -----------------------------------

FUZZ_CC    = clang
FUZZ_FLAGS = -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -g -O1 -Ihelpers \
	     -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_INFO  = helpers/source/vmcoreinfo.c helpers/util/parse.c
FUZZ_VTOP  = $(wildcard helpers/filter/vtop*.c) helpers/source/physmem.c

build/fuzz/elfcore: helpers/source/elfcore.c helpers/source/memmap.c
build/fuzz/vmcore: $(filter-out %/printk.c,$(wildcard helpers/source/*.c)) helpers/util/fdio.c
build/fuzz/printk: helpers/source/printk.c helpers/source/elfcore.c
build/fuzz/lkcd: helpers/save/lkcd.c helpers/save/pages.c
build/fuzz/regions: helpers/release/regions.c
build/fuzz/vtop: $(FUZZ_VTOP) helpers/filter/utsname.c
build/fuzz/filter: $(FUZZ_VTOP) $(addprefix helpers/filter/,pagemap.c page_layout.c filter.c)
build/fuzz/config build/fuzz/target: $(addprefix helpers/,$(addprefix config/,config.c keys.c target.c server.c) util/boot.c)
build/fuzz/cmdline: $(addprefix helpers/,config/cmdline.c config/keys.c util/words.c)
build/fuzz/node: helpers/tool/node.c
build/fuzz/place: $(addprefix helpers/,$(filter-out %/lasting.c,$(PLACE_SRC)) util/boot.c util/fdio.c util/words.c)
build/fuzz/%: tests/fuzz/%.c $(FUZZ_INFO) $(wildcard tests/fuzz/*.h helpers/*/*.h)
	$(call say,FUZZ)mkdir -p $(@D) && $(FUZZ_CC) $(FUZZ_FLAGS) -o $@ $(sort $(filter %.c,$^))

fuzz: $(FUZZERS) $(TOOLS)	## fuzz the parsers, each for FUZZ_SECONDS (default 60)
	$(Q)tests/fuzz/run

clean:			## remove build/
	rm -rf build

clean-lab:		## remove the files of demo, check and deps outside of this directory (while no machine of the lab runs)
	$(Q)tests/lab/lab clean
	$(Q)helpers/deps.sh clean

help:			## print this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 28

.PHONY: all install uninstall check check-more mutants check-fast check-unit check-san check-build cross lint fuzz lab demo bench bench-lab deps check-deps fetch \
	clean clean-lab help FORCE
.DELETE_ON_ERROR:
