# SPDX-License-Identifier: GPL-2.0-only
# A PCI device behind an IOMMU (QEMU's of Intel's kind): dom0 drives it, then a guest does, and it reaches that guest's memory
# only. What is stopped, byte by byte, is the test kernel iommu's; here the drivers are Linux' own.
# machine: --machine q35 --all-drivers --qemu=-device --qemu=intel-iommu --qemu=-netdev --qemu=user,id=card --qemu=-device --qemu=e1000,netdev=card,addr=5 --cmdline iommu=force --timeout 400
. /root/lib.sh

CARD=0000:00:05.0
gone() { ! xm domid "$1" >/dev/null 2>&1; }
driver_is() { [ "$(basename "$(readlink -f /sys/bus/pci/devices/$CARD/driver)")" = "$1" ]; }

xen-up >/tmp/up.log 2>&1 || { cat /tmp/up.log; exit 1; }
check "the hypervisor uses it" sh -c 'xm dmesg | grep -q "IOMMU: VT-d, 1 unit"'
check "xm info says so" sh -c 'xm info | grep -q "^virt_caps.* directio"'
check "dom0's kernel does not find it" sh -c '! dmesg | grep -q "ACPI: DMAR"'
modprobe -q e1000
ETH=$(ls /sys/bus/pci/devices/$CARD/net)
ip addr add 10.0.2.16/24 dev "$ETH"
ip link set "$ETH" up
check "dom0 reaches the network through the card" wait_for 20 ping -c 1 -W 2 10.0.2.2

modprobe xen-pciback
echo $CARD >/sys/bus/pci/devices/$CARD/driver/unbind
echo $CARD >/sys/bus/pci/drivers/pciback/new_slot
driver_is pciback || echo $CARD >/sys/bus/pci/drivers/pciback/bind
check "the card is held by xen-pciback" driver_is pciback || exit 1

# It switches itself off when the gateway of QEMU's network has answered through the card; else it stays.
cat >/root/card.cfg <<'END'
name = "card"
memory = 128
kernel = "/boot/vmlinuz"
ramdisk = "/boot/guest-initrd.gz"
extra = "console=hvc0 iommu=soft ip=10.0.2.15/24 run=ping+-c+3+-W+5+10.0.2.2&&poweroff+-f"
vif = []
pci = [ "00:05.0" ]
on_crash = "preserve"
END
check "a guest with the card is created" xm create /root/card.cfg
cp /tmp/check.out /tmp/created
check "without a warning" sh -c '! grep -q "without an IOMMU" /tmp/created && ! xm dmesg | grep -q "without an IOMMU"'
check "the card is the guest's" sh -c 'xm dmesg | grep -q "IOMMU: device 0000:00:05.0 is d[1-9]"'
check "the guest reaches the network through the card and ends" wait_for 60 gone card || { dmesg | tail -n 20; xm dmesg | tail -n 10; xm destroy card; }
is "nothing of what it did was stopped" "$(xm dmesg | grep -c 'IOMMU: .*stopped')" 0
check "a second guest gets it" xm create /root/card.cfg
check "and reaches the network, too" wait_for 60 gone card || { xm dmesg | tail -n 10; xm destroy card; }
