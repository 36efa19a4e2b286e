# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump: build, test, install.  "make help" lists the targets.
#
#   make                    the copier for this machine, static, in build/ARCH/
#   make ARCH=ppc64le       cross-built (x86_64 and ppc64le are known)
#   make install DESTDIR=   everything to its place below prefix and sysconfdir
#   make V=1                show the commands
#
# CC, CFLAGS, CPPFLAGS and LDFLAGS given on the command line win: CC=gcc builds with the
# system's own libc where there is no musl.

VERSION = 0.1

ARCH ?= $(shell uname -m)
B    ?= build/$(ARCH)

prefix      ?= /usr
sysconfdir  ?= /etc
libexecdir  ?= $(prefix)/libexec
mandir      ?= $(prefix)/share/man
dracutdir   ?= $(prefix)/lib/dracut
docdir      ?= $(prefix)/share/doc/fadump

# Debian's musl wrappers are named after the GNU triplet
TRIPLET_ppc64le = powerpc64le
ifeq ($(origin CC),default)
CC = $(or $(TRIPLET_$(ARCH)),$(ARCH))-linux-musl-gcc
# musl has 64-bit long double there, the compiler's default is another
CC_FLAGS_ppc64le = -mlong-double-64
endif

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	   -Wwrite-strings -Wvla -Wundef -Wformat=2
OPTIMIZE = -O2 -g
HARDEN   = -fstack-protector-strong
override CFLAGS   := -std=gnu11 $(WARNINGS) $(OPTIMIZE) $(HARDEN) $(CC_FLAGS_$(ARCH)) $(CFLAGS)
override CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DFADUMP_VERSION='"$(VERSION)"' $(CPPFLAGS)
override LDFLAGS  := -static -pthread $(LDFLAGS)

# in the order in which a byte meets them
SRC := fadump-copy.c pipeline.c dmesg.c \
       source/vmcore.c source/elfcore.c source/memmap.c source/notes.c source/vmcoreinfo.c \
       source/printk.c \
       filter/zeropage.c \
       encode/queue.c encode/workers.c \
       layout/elf.c \
       sink/file.c \
       util/fdio.c util/log.c util/parse.c util/progress.c util/sigbus.c
OBJ := $(SRC:%.c=$(B)/%.o)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $@;)

all: $(B)/fadump-copy		## the copier, for this machine or ARCH=

$(B)/fadump-copy: $(OBJ)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(B)/%.o: helpers/%.c $(B)/flags
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# other settings than last time rebuild everything
$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(subst ','\'',$(CPPFLAGS) $(CFLAGS) $(LDFLAGS))' > $@.new; \
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

-include $(OBJ:.o=.d)

INSTALL = install
MAN8 = man/fadump-copy.8
MAN7 = $(wildcard man/dracut.fadump.7)
MAN5 = $(wildcard man/fadump.conf.5)
MODULE = $(wildcard modules.d/50fadump/*)

install: all			## install below DESTDIR (dracut module, copier, configuration, manuals)
	$(INSTALL) -d '$(DESTDIR)$(libexecdir)' '$(DESTDIR)$(sysconfdir)' \
		'$(DESTDIR)$(dracutdir)/modules.d/50fadump' '$(DESTDIR)$(dracutdir)/dracut.conf.d' \
		'$(DESTDIR)$(mandir)/man5' '$(DESTDIR)$(mandir)/man7' '$(DESTDIR)$(mandir)/man8'
	$(INSTALL) -m 755 $(B)/fadump-copy '$(DESTDIR)$(libexecdir)/fadump-copy'
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
	rm -f '$(DESTDIR)$(libexecdir)/fadump-copy' \
		'$(DESTDIR)$(dracutdir)/dracut.conf.d/50-fadump.conf' \
		$(MAN5:man/%='$(DESTDIR)$(mandir)/man5/%') $(MAN7:man/%='$(DESTDIR)$(mandir)/man7/%') \
		$(MAN8:man/%='$(DESTDIR)$(mandir)/man8/%')
	! cmp -s conf/fadump.conf '$(DESTDIR)$(sysconfdir)/fadump.conf' || \
		rm -f '$(DESTDIR)$(sysconfdir)/fadump.conf'

clean:			## remove build/
	rm -rf build

help:			## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 28

.PHONY: all install uninstall clean help FORCE
.DELETE_ON_ERROR:
