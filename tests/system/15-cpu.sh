# SPDX-License-Identifier: GPL-2.0-only
# What a process can do with its CPU, under a kernel under the hypervisor: see programs/cpu_check.c and compat32.S.
# machine: --smp 2 --cpu max --add build/programs/cpu_check:/root/cpu_check --add build/programs/compat32:/root/compat32
# machine: --smp 1 --cpu Nehalem --add build/programs/cpu_check:/root/cpu_check --add build/programs/compat32:/root/compat32
. /root/lib.sh

chmod +x /root/cpu_check /root/compat32
/root/cpu_check || not_ok "cpu_check ended with status $?"
check "a 32-bit process calls the kernel by INT 0x80 and by its vDSO" /root/compat32
