# SPDX-License-Identifier: GPL-2.0
# kbuild reads Kbuild; this is for people. "make help" tells what there is.

# The running kernel's headers, or Debian's 6.12 under build/, which nobody installs.
running := /lib/modules/$(shell uname -r)/build
ifeq ($(origin KDIR),undefined)
modules_install: KDIR := $(running)
KDIR := $(firstword $(wildcard $(running)) $(CURDIR)/build/headers-6.12/build)
endif

checkpatch := $(CURDIR)/build/linux/scripts/checkpatch.pl --strict --no-tree \
	      --show-types --quiet
refuse := tools/packaging/refuse.sh
sources := $(filter-out %.mod.c, $(wildcard tslab/*.[ch] debugfs/*.[ch] \
	   include/linux/*.h kunit/*.[ch] samples/*.[ch] tools/bench/*.[ch] \
	   tools/torture/*.[ch] tools/bugs/*.[ch]))

.PHONY: all module tools demo check check-fast check-all check-arch torture torture-module bench bench-quick bench-data \
	bench-counters bench-micro real real-quick real-data monitoring-data checkpatch sparse htmldocs \
	install modules_install headers_install dkms_install clean help

all: module tools

$(CURDIR)/build/headers-6.12/build:
	tools/qemu/kernels.sh headers

$(CURDIR)/build/linux:
	tools/qemu/kernels.sh source

module: $(filter $(CURDIR)/build/headers-6.12/build, $(KDIR))
	@$(refuse) kernel $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

sparse: $(filter $(CURDIR)/build/headers-6.12/build, $(KDIR))
	@$(refuse) kernel $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) C=2 CF=-Wsparse-error modules

tools:
	$(MAKE) -C tools

demo:
	tools/qemu/demo.sh

check:
	tools/qemu/check.sh

check-fast:
	tools/qemu/check.sh --fast

check-all:
	tools/qemu/check.sh --all

check-arch:
	tools/qemu/check-arch.sh

torture: $(if $(filter debug, $(RIG)),,torture-module)
	$(if $(filter debug, $(RIG)), tools/qemu/kunit.sh debug --build-only)
	tools/qemu/torture.sh --rig $(or $(RIG),6.12) --minutes $(or $(MINUTES),2)

torture-module:
	tools/qemu/kernels.sh headers $(or $(RIG),6.12)
	tools/qemu/kernels.sh image $(or $(RIG),6.12)
	tools/qemu/module.sh $(or $(RIG),6.12)

bench:
	tools/bench/matrix/bench.py

bench-quick:
	tools/bench/matrix/bench.py --quick

# What the pages of results are made of, as measured by "make bench" and "make
# bench-micro"; what was not measured stays as it is.
bench-data:
	mkdir -p Documentation/data/bench Documentation/data/micro
	for file in $(wildcard build/bench/*.csv); do \
		cp $$file Documentation/data/bench/ || exit; \
	done
	for file in $(wildcard build/bench/micro-*.json); do \
		cp $$file Documentation/data/micro/ || exit; \
	done

# RIG=icount, icount7, tcg or uml: that one alone.
bench-micro:
	tools/bench/micro/bench.py $(if $(RIG),--rig $(RIG))

bench-counters:
	tools/qemu/bench-counters.sh

real:
	tools/real/real.py

real-quick:
	tools/real/real.py --quick

# What the page of real code is made of, as measured by "make real".
real-data:
	mkdir -p Documentation/data/real
	cp build/real/real.csv Documentation/data/real/

# What the pictures in the page of monitoring are made of, as "make check" or
# tools/prometheus/monitoring.sh has left it.
monitoring-data:
	mkdir -p Documentation/data/monitoring
	cp build/monitoring/data/*.csv Documentation/data/monitoring/

# Where things are installed, below DESTDIR; that of modules_install is
# INSTALL_MOD_PATH, as for all modules.
prefix ?= /usr/local
includedir ?= $(prefix)/include
datadir ?= $(prefix)/share
INSTALL ?= install
version := $(shell sed -n 's/^\#define TSLAB_VERSION[[:space:]]*"\(.*\)"/\1/p' \
	     include/linux/tslab.h)
fill_in = sed -e 's|@version@|$(version)|g' -e 's|@includedir@|$(includedir)|g' \
	  -e 's|@datadir@|$(datadir)|g'

install:
	$(MAKE) -C tools install

# The allocator alone, for the kernel of KDIR, and what is linked to it needs.
modules_install:
	@$(refuse) kernel $(KDIR)
	@$(refuse) place $(INSTALL_MOD_PATH)/lib/modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) TSLAB_ALONE=y modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) TSLAB_ALONE=y modules_install
	release=$$($(MAKE) -s --no-print-directory -C $(KDIR) kernelrelease) && \
	modules=$(INSTALL_MOD_PATH)/lib/modules/$$release && \
	$(INSTALL) -d $$modules/tslab && \
	$(INSTALL) -m 644 Module.symvers $$modules/tslab && \
	PATH=$$PATH:/sbin depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) \
		$$release

# For modules that use it: see samples/out-of-tree.
headers_install:
	@$(refuse) place $(DESTDIR)$(includedir) $(DESTDIR)$(datadir)
	$(INSTALL) -d $(addprefix $(DESTDIR)$(includedir)/tslab/, linux trace/events) \
		$(DESTDIR)$(datadir)/tslab
	$(INSTALL) -m 644 include/linux/tslab.h $(DESTDIR)$(includedir)/tslab/linux
	$(INSTALL) -m 644 include/trace/events/tslab.h \
		$(DESTDIR)$(includedir)/tslab/trace/events
	$(fill_in) tools/packaging/tslab.mk.in > $(DESTDIR)$(datadir)/tslab/tslab.mk

# The source, as DKMS wants it: then "dkms install tslab/$(version)".
dkms := $(prefix)/src/tslab-$(version)

dkms_install:
	@$(refuse) place $(DESTDIR)$(prefix)/src
	$(INSTALL) -d $(addprefix $(DESTDIR)$(dkms)/, tslab debugfs \
		include/linux include/trace/events)
	for file in Kbuild LICENSE $(wildcard tslab/*.[ch] debugfs/*.[ch]) \
		    $(filter-out %.mod.c, $(wildcard include/*/*.h include/*/*/*.h)); do \
		$(INSTALL) -m 644 $$file $(DESTDIR)$(dkms)/$$file || exit; \
	done
	$(INSTALL) -m 755 tools/packaging/dkms-post-build $(DESTDIR)$(dkms)
	$(fill_in) tools/packaging/dkms.conf.in > $(DESTDIR)$(dkms)/dkms.conf

# Trace headers everywhere continue lines in a way of their own, and an operand of
# asm in a macro is no modulo.
checkpatch: | $(CURDIR)/build/linux
	$(checkpatch) -f $(filter-out tslab/find.h, $(sources))
	$(checkpatch) --ignore SPACING -f tslab/find.h
	$(checkpatch) --ignore PARENTHESIS_ALIGNMENT \
		-f $(wildcard include/trace/events/*.h)

htmldocs: | $(CURDIR)/build/linux
	$(MAKE) -C Documentation html

clean:
	[ ! -e $(KDIR) ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tools clean

help:
	@echo 'make            the modules, against KDIR, and tools/tslabstat'
	@echo 'make demo       the main job, on Debian'\''s 6.12 kernel in QEMU'
	@echo 'make check      all tests'
	@echo 'make check-fast style, one build, tools, KUnit, with what is cached: minutes'
	@echo 'make check-all  as check, with more torture, clang, KMSAN and real code'
	@echo 'make check-arch arm64 with PREEMPT_RT and large pages, s390x; KUnit on both'
	@echo 'make torture    MINUTES=2 RIG=6.12, 6.12-rt, 6.1 or debug: every function at once'
	@echo 'make bench      loads against threads, on every rig; bench-quick: some'
	@echo 'make bench-data takes what was measured into the documentation'
	@echo 'make bench-micro'
	@echo '                single operations against SLUB; RIG=icount, icount7, tcg or uml'
	@echo 'make bench-counters'
	@echo '                what the counters cost, in instructions'
	@echo 'make real       what kernel code gains on tslab, against SLUB; real-quick: some;'
	@echo '                real-data takes it into the documentation'
	@echo 'make monitoring-data'
	@echo '                takes what make check has monitored into the documentation'
	@echo 'make install    tools, man pages, systemd units, rules, to DESTDIR and prefix'
	@echo 'make modules_install'
	@echo '                tslab.ko for the kernel of KDIR, to INSTALL_MOD_PATH'
	@echo 'make headers_install, dkms_install'
	@echo '                what modules that use it need; its source, for DKMS'
	@echo 'make checkpatch, sparse, htmldocs, tools, clean'
	@echo
	@echo 'KDIR            $(KDIR)'
