# SPDX-License-Identifier: GPL-2.0
#
# make                     the module (kmod/bfd.ko) and the userspace
# make module | userspace  one of them
# make install DESTDIR=D PREFIX=/usr
#                          userspace, header, specification, documentation
# make modules_install INSTALL_MOD_PATH=D
# make check               every test (scripts/check)
# make demo                two routers and a broken link (scripts/demo)
# make clean
#
# KDIR=DIR  kernel headers to build the module against (default: the running
#           kernel's); V=1 W=1 C=1 are passed on to the kernel's build system.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local

kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR)

includedir = $(DESTDIR)$(PREFIX)/include
datadir = $(DESTDIR)$(PREFIX)/share
docs = README.md $(wildcard Documentation/networking/*.rst)
specs = $(wildcard Documentation/netlink/specs/*.yaml)

all: module userspace

module: $(KDIR)/Makefile
	$(kbuild) modules

# Reached only where there is no such file.
$(KDIR)/Makefile:
	$(error No kernel headers in $(KDIR): install linux-headers-$(shell uname -r), or set KDIR=)

userspace:
	$(MAKE) -C userspace PREFIX=$(PREFIX)

install:
	$(MAKE) -C userspace install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	install -D -m 644 uapi/linux/bfd.h $(includedir)/linux/bfd.h
	$(foreach f,$(wildcard $(docs)),install -D -m 644 $(f) $(datadir)/doc/bfdnl/$(notdir $(f));)
	$(foreach f,$(specs),install -D -m 644 $(f) $(datadir)/bfdnl/specs/$(notdir $(f));)

modules_install: $(KDIR)/Makefile
	$(kbuild) modules_install

check:
	scripts/check

demo:
	scripts/demo

clean:
	[ ! -e $(KDIR)/Makefile ] || $(kbuild) clean
	[ ! -e userspace/Makefile ] || $(MAKE) -C userspace clean
	rm -rf build

.PHONY: all module userspace install modules_install check demo clean
