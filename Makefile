# SPDX-License-Identifier: GPL-2.0
#
# make                     the module (kmod/bfd.ko) and the userspace
# make module | userspace  one of them
# make install DESTDIR=D PREFIX=/usr
#                          userspace with the uapi header, specification,
#                          documentation
# make modules_install INSTALL_MOD_PATH=D
# make check               every test (scripts/check)
# make demo                two routers and a broken link (scripts/demo)
# make clean
#
# KDIR=DIR  kernel headers to build the module against (default: the running
#           kernel's, or else the newest that are here); V=1 W=1 C=1 are passed
#           on to the kernel's build system.

running := /lib/modules/$(shell uname -r)/build
cached = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bfdnl/kernel-6.1/current/build
KDIR ?= $(firstword $(wildcard $(running)) \
	$(shell ls -dvr /lib/modules/*/build 2>/dev/null) \
	$(wildcard $(cached)) $(running))
PREFIX ?= /usr/local

kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR)

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
	$(foreach f,$(wildcard $(docs)),install -D -m 644 $(f) $(datadir)/doc/bfdnl/$(notdir $(f));)
	$(foreach f,$(specs),install -D -m 644 $(f) $(datadir)/bfdnl/specs/$(notdir $(f));)

modules_install: $(KDIR)/Makefile
	$(kbuild) modules_install CONFIG_MODULE_SIG_ALL=

check:
	scripts/check

demo:
	scripts/demo

clean:
	[ ! -e $(KDIR)/Makefile ] || $(kbuild) clean
	[ ! -e userspace/Makefile ] || $(MAKE) -C userspace clean
	rm -rf build

.PHONY: all module userspace install modules_install check demo clean
