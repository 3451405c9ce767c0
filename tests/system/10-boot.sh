# SPDX-License-Identifier: GPL-2.0-only
# dom0 boots on 1, 2 and 4 CPUs and on different CPU models (more of them: tests/cpu-models); the same script on Debian's hypervisor
# and on the bare kernel. On two of them also what a process can do with its CPU: programs/cpu_check.c and compat32.S.
# machine: --smp 1 --cpu qemu64
# machine: --smp 2 --cpu Nehalem --add build/programs/cpu_check:/root/cpu_check --add build/programs/compat32:/root/compat32
# machine: --smp 4 --cpu max
# machine: --smp 2 --cpu EPYC
# machine: --smp 2 --cpu max --bios --add build/programs/cpu_check:/root/cpu_check --add build/programs/compat32:/root/compat32
# machine: --smp 1 --cpu max --uefi
# machine: --hv debian --smp 2 --cpu qemu64
# machine: --hv none --smp 2 --cpu max
. /root/lib.sh
. /dom0-run/machine

echo "CPUs $(grep -c ^processor /proc/cpuinfo), hypervisor $(cat /sys/hypervisor/type 2>/dev/null || echo none), kernel $(uname -r)"
is "all CPUs are there" "$(grep -c ^processor /proc/cpuinfo)" "$CPUS"
is "the machine is what was asked for" "$(cat /sys/hypervisor/type 2>/dev/null || echo none)" "$HYPERVISOR"
case $(uname -v) in *Debian*) ok "the kernel is Debian's" ;; *) not_ok "the kernel is Debian's: $(uname -v)" ;; esac
t0=$(date +%s)
sleep 1
t1=$(date +%s)
check "a second lasts about a second (clock $t0 to $t1)" [ $((t1 - t0)) -ge 1 -a $((t1 - t0)) -le 10 ]
pids=
for n in 1 2 3 4 5 6 7 8; do (i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; exit $((i - 2000 + n))) & pids="$pids $!"; done
ends= # of all of them, without an argument, wait always says 0
for p in $pids; do wait $p; ends="$ends$?"; done
is "eight busy processes end, each with its own status" $ends 12345678
if dmesg | grep -E 'WARNING: CPU|BUG:|Oops|Call Trace' >/tmp/bad; then not_ok "the kernel log is clean: $(head -3 /tmp/bad)"; else ok "the kernel log is clean"; fi
[ -e /root/cpu_check ] || exit 0
chmod +x /root/cpu_check /root/compat32
/root/cpu_check || not_ok "cpu_check ended with status $?"
check "a 32-bit process calls the kernel by INT 0x80 and by its vDSO" /root/compat32
