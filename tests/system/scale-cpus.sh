# SPDX-License-Identifier: GPL-2.0-only
# Many CPUs: a machine of 64 CPUs, dom0 on all of them, a guest of 64 vCPUs that works on each.
# By name only: tests/system/run scale-cpus
# machine: --smp 64 --mem 3072 --timeout 1500 --qemu=-vga --qemu=none
. /root/lib.sh
CPUS=$(nproc)
seconds() { cut -d. -f1 /proc/uptime; }
done_by_all() { [ "$(wget -qO- http://10.0.0.50/done)" = "$CPUS" ]; }

echo "dom0 up after $(seconds) s of its clock"
is "dom0 has the machine's CPUs" "$CPUS" 64
check "daemons and bridge" xen-up || exit 1
is "xm info counts them" "$(xm info | sed -n 's/^nr_cpus *: //p')" 64
# The guest starts a process on each vCPU, all at once (they fork, so the guest's page tables change on every vCPU), and counts
# those that have ended.
work='for+c+in+$(seq+0+'$((CPUS - 1))');do+taskset+-c+$c+sh+-c+"dd+if=/dev/zero+bs=64k+count=16|md5sum>>/tmp/sums"&done;wait;wc+-l</tmp/sums>/srv/done'
cat >/tmp/wide.cfg <<END
name = 'wide'
kernel = '/boot/vmlinuz'
ramdisk = '/boot/guest-initrd.gz'
memory = 512
vcpus = $CPUS
vif = [ 'bridge=xenbr0' ]
extra = 'console=hvc0 ip=10.0.0.50/24 run=$work'
END
begun=$(seconds)
check "a guest with as many vCPUs" xm create -q /tmp/wide.cfg
check "answers" wait_for 200 ping -c 1 -W 1 10.0.0.50
echo "answered after $(($(seconds) - begun)) s"
check "has run a process on each vCPU" wait_for 100 done_by_all
echo "worked after $(($(seconds) - begun)) s"
is "each vCPU has used CPU time" "$(xm vcpu-list wide | awk '$1 == "wide" && $6 > 0' | wc -l)" 64
check "it is destroyed" xm destroy wide
is "dom0's kernel has no complaint" "$(dmesg | grep -ciE '\<(stalls?|lockup|blocked for more)\>')" 0
check "nothing is left" wait_for 10 alone
