# SPDX-License-Identifier: GPL-2.0-only
# 55-big-guests on a machine of 8 GiB, of which the guest has all that dom0 has not.
# By name only: tests/system/run scale-big-guests
# machine: --icount --cpu qemu64 --mem 8192 --cmdline dom0_mem=448M --timeout 1200 --add tests/system/55-big-guests.sh:/root/55-big-guests.sh --add build/programs/free_pages:/bin/free_pages --add build/programs/destroy_begin:/bin/destroy_begin --add build/programs/tiny_guest:/boot/tiny_guest --add build/programs/late:/bin/late
ROUNDS=4
# A time slice of the scheduler: 15,947 were seen, where a tick would be 10,000.
GUEST_LATE_MAX=31000
. /root/55-big-guests.sh
