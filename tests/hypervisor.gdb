# SPDX-License-Identifier: GPL-2.0-only
# gdb -x tests/hypervisor.gdb, after `make qemu-gdb` in another terminal: stops where the hypervisor begins in C.
file xen/xen-syms
target remote :1234
hbreak start_xen
continue
