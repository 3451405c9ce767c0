# SPDX-License-Identifier: GPL-2.0-only
# 88-xl-daemons elsewhere: our daemons on Debian's hypervisor, and Debian's own daemons, whose answers and remains it expects.
# machine: --hv debian --cpu qemu64 --smp 2 --with-debian-tools --add tests/system/88-xl-daemons.sh:/root/88-xl-daemons.sh --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --add build/programs/store_compare:/bin/store_compare --timeout 1200
# machine: --hv debian --cpu qemu64 --smp 2 --with-debian-tools --without-tools --dom0-cmdline daemons=reference --add tests/system/88-xl-daemons.sh:/root/88-xl-daemons.sh --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --add build/programs/store_compare:/bin/store_compare --timeout 1200
. /root/88-xl-daemons.sh
