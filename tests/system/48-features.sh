# SPDX-License-Identifier: GPL-2.0-only
# Features of Debian's kernel as a guest uses them that no other test reaches: the short form of soak-guest (docs/soak.md).
# machine: --smp 2 --add tests/system/soak-guest.sh:/root/soak-guest.sh --add build/programs/kernel_features --add tests/system/items.sh --add build/image/vmlinux:/boot/vmlinux --timeout 600
limit=120 patterns='cpus bpf perf uprobe ksm userfaultfd softdirty mremap memcg-oom'
. /root/soak-guest.sh
