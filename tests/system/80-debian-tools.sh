# SPDX-License-Identifier: GPL-2.0-only
# Debian's own toolstack (xl, xenstored, xenconsoled of 4.17) runs unmodified on our hypervisor.
# machine: --smp 2 --with-debian-tools --without-tools --timeout 400
. /root/lib.sh
xl=/usr/lib/xen-4.17/bin/xl

check "Debian's daemons start" xen-up reference || exit 1
check "xl info" $xl info
check "xl list knows dom0" sh -c "$xl list | grep -q '^Domain-0 '"
mk-guest-disk /root/disk.img 8
cat >/root/debian.cfg <<'END'
name = "byxl"
memory = 128
vcpus = 2
kernel = "/boot/vmlinuz"
ramdisk = "/boot/guest-initrd.gz"
extra = "console=hvc0 ip=10.0.0.9/24"
disk = [ "format=raw, vdev=xvda, access=rw, target=/root/disk.img" ]
vif = [ "bridge=xenbr0" ]
END
free_before=$($xl info free_memory)
if check "xl create" $xl create /root/debian.cfg; then
    check "the guest answers" wait_for 60 ping -c 1 -W 1 10.0.0.9
    check "xl vcpu-list shows two" sh -c "[ \$($xl vcpu-list byxl | wc -l) = 3 ]"
    check "xl pause" $xl pause byxl
    check "xl unpause" $xl unpause byxl
    check "the guest answers again" wait_for 20 ping -c 1 -W 1 10.0.0.9
    check "xl dmesg" sh -c "$xl dmesg | grep -q ."
    check "xl destroy" $xl destroy byxl
fi
same_free() { [ "$($xl info free_memory)" -ge "$free_before" ]; }
check "its memory is free again" wait_for 20 same_free
