# SPDX-License-Identifier: GPL-2.0-only
# Flags and places shared by every Makefile of the tree. A Makefile sets ROOT (path of the top folder) and includes this.

ROOT    ?= .
CC      ?= gcc
AR      ?= ar
OPT     ?= -O2

# Warnings are errors everywhere: the tree is kept clean rather than quiet.
WARNINGS = -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter
CFLAGS_COMMON = -std=gnu11 $(OPT) -g $(WARNINGS) -MMD -MP

# The toolstack: programs and libraries that run in dom0.
CFLAGS_TOOLS = $(CFLAGS_COMMON) -D_GNU_SOURCE -I$(ROOT)/xen/include

# Code compiled for the test machine itself, with every check the compiler has.
SANITIZE     = -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all
CFLAGS_TEST  = $(CFLAGS_COMMON) -O1 $(SANITIZE) -D_GNU_SOURCE -I$(ROOT)/xen/include

# ASAN=1: the toolstack for dom0 with these checks, in a copy of the tree (`make tools ASAN=1`), since objects with and without them
# do not mix. Its programs are dynamic then.
ifdef ASAN
CC += $(SANITIZE)
STATIC :=
else
STATIC := -static
endif

# Where `make install` puts things, below DESTDIR.
DESTDIR ?=
PREFIX  ?= /usr
BINDIR  ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
LIBDIR  ?= $(PREFIX)/lib/x86_64-linux-gnu
LIBEXEC ?= $(PREFIX)/lib/xen/bin
INCDIR  ?= $(PREFIX)/include
MANDIR  ?= $(PREFIX)/share/man
SYSCONF ?= /etc/xen
BOOTDIR ?= /boot

INSTALL ?= install
