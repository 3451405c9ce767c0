# SPDX-License-Identifier: GPL-2.0-only
# libxc called by a program of its own: every part, good and bad arguments; a guest built, started, destroyed.
# machine: --smp 1 --timeout 400 --add tools/libxc/obj/xc-api-test --add tools/libxc/obj/xc-build-test
# machine: --hv debian --smp 1 --cpu qemu64 --timeout 400 --add tools/libxc/obj/xc-api-test --add tools/libxc/obj/xc-build-test
. /root/lib.sh

/root/xc-api-test /boot/vmlinuz || not_ok "xc-api-test ended with status $?"
check "a guest with two vcpus boots as far as the store" \
    /root/xc-build-test -m 160 -v 2 -a console=hvc0 -w "xen:balloon" -t 60 /boot/vmlinuz /boot/guest-initrd.gz
