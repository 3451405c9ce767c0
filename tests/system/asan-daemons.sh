# SPDX-License-Identifier: GPL-2.0-only
# Our daemons and xm with AddressSanitizer, LeakSanitizer and UBSan in dom0: a guest's life, and clients and guests that keep to no
# protocol. A report of theirs ends the process and stays in /var/log/sanitizer.*. By name; 89-asan is the short form.
# machine: --smp 2 --mem 3072 --with-sanitizers --add tests/system/89-asan.sh:/root/89-asan.sh --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --add build/guest/greedy.elf:/root/greedy.elf --add tools/xenstored/test/ring_guest --add build/programs/hostile_client:/bin/hostile_client --add build/programs/bad_access:/bin/bad_access --timeout 1200
LONG=yes
. /root/89-asan.sh
