# SPDX-License-Identifier: GPL-2.0-only
# The whole tree: hypervisor, tools, tests. `make demo` shows it, `make run` is the same machine for your own hands.

ROOT := .
include Config.mk

HV  ?=
RUN  = tests/dom0-run --bios --smp 2 --mem 2048 $(if $(HV),--hv $(HV))

all: xen tools

setup:
	tests/setup

# `+`: the parts' makes share the jobs of `make -j`.
xen:
	+$(MAKE) -C xen all

tools:
	+$(if $(ASAN),tests/image/build asan,$(MAKE) -C tools all)

demo: setup
	$(MAKE) all
	tests/demo

run: setup
	$(if $(HV),,$(MAKE) xen)
	$(MAKE) tools
	$(RUN) --interactive

test: setup
	$(MAKE) all
	tests/run

qemu-gdb: setup xen
	$(MAKE) tools
	@echo 'QEMU waits on port 1234; in another terminal: gdb -x tests/hypervisor.gdb'
	tests/dom0-run --gdb --interactive --direct $(if $(HV),--hv $(HV))

install: all
	$(MAKE) -C xen install DESTDIR=$(abspath $(DESTDIR))
	$(MAKE) -C tools install DESTDIR=$(abspath $(DESTDIR))

clean:
	$(MAKE) -C xen clean
	$(MAKE) -C tools clean
	rm -rf build

help:
	@echo "targets: all xen tools setup demo run [HV=image|none|debian] test qemu-gdb install [DESTDIR=] clean"

.PHONY: all setup xen tools demo run test qemu-gdb install clean help
