# SPDX-License-Identifier: GPL-2.0-only
# A PCI device given to a running guest by Debian's xl on our hypervisor. What needs an IOMMU for libxl itself (`pci =` in a
# configuration, pci-assignable-add's quarantine) is refused by it.
# machine: --machine q35 --all-drivers --with-debian-tools --without-tools --add tests/system/xl.sh:/root/xl.sh --qemu=-netdev --qemu=user,id=card --qemu=-device --qemu=e1000,netdev=card,addr=5 --add build/image/vmlinux:/boot/vmlinux --timeout 400
. /root/lib.sh
. /root/xl.sh

CARD=0000:00:05.0
running() { xl list card | grep -q '^card '; }

modprobe -q xen-pciback
xl_up || exit 1
[ ! -e /sys/bus/pci/devices/$CARD/driver ] || echo $CARD >/sys/bus/pci/devices/$CARD/driver/unbind
echo $CARD >/sys/bus/pci/drivers/pciback/new_slot
[ -e /sys/bus/pci/drivers/pciback/$CARD ] || echo $CARD >/sys/bus/pci/drivers/pciback/bind
check "xl pci-assignable-list has the card" sh -c "xl pci-assignable-list | grep -q $CARD" || exit 1

# The guest waits for a card, tries it, and ends when the gateway of QEMU's network has answered through it.
cat >/root/card.cfg <<'END'
name = "card"
memory = 128
kernel = "/boot/vmlinux"
ramdisk = "/boot/guest-initrd.gz"
extra = "console=hvc0 iommu=soft run=modprobe+-a+xen-pcifront+e1000;while+!+[+-e+/sys/class/net/eth0+];do+sleep+0.1;done;ip+addr+add+10.0.2.15/24+dev+eth0;ip+link+set+eth0+up;ping+-c+3+-W+5+10.0.2.2&&poweroff+-f"
on_crash = "preserve"
END
check "a guest without the card" xl create /root/card.cfg || exit 1
check "xl pci-attach" xl pci-attach card 00:05.0
check "xl pci-list has it" sh -c "xl pci-list card | grep -q $CARD"
check "the guest lives" running
check "the guest reaches the network through the card and ends" wait_for 60 gone card || { xl_logs; xl dmesg | tail -n 10; xl destroy card; }
