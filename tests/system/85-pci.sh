# SPDX-License-Identifier: GPL-2.0-only
# A PCI device in a guest: a network card of QEMU's, held by xen-pciback in dom0, is driven by the guest's own driver and reaches
# the network behind it. Registers, ports, interrupt line and DMA are the card's own.
# machine: --machine q35 --all-drivers --qemu=-netdev --qemu=user,id=card --qemu=-device --qemu=e1000,netdev=card,addr=5 --timeout 400
. /root/lib.sh

CARD=0000:00:05.0
gone() { ! xm domid "$1" >/dev/null 2>&1; }
driver_is() { [ "$(basename "$(readlink -f /sys/bus/pci/devices/$CARD/driver)")" = "$1" ]; }
# The guest switches itself off when the gateway of QEMU's network has answered through the card; else it stays.
config() {
    cat >/root/card.cfg <<END
name = "card"
memory = 128
kernel = "/boot/vmlinuz"
ramdisk = "/boot/guest-initrd.gz"
extra = "console=hvc0 iommu=soft ip=10.0.2.15/24 run=ping+-c+3+-W+5+10.0.2.2&&grep+eth0+/proc/interrupts&&poweroff+-f"
vif = []
pci = [ "$1" ]
on_crash = "preserve"
END
}

xen-up >/tmp/up.log 2>&1 || { cat /tmp/up.log; exit 1; }
modprobe -q e1000
config 00:05.0
check "a card that dom0 uses is refused" sh -c 'xm create /root/card.cfg 2>&1 | tee /dev/stderr | grep -q "card.cfg:7: pci: $0 is in use by dom0.s driver e1000"' $CARD
config 00:1e.0
check "a card that is not there is refused" sh -c 'xm create /root/card.cfg 2>&1 | tee /dev/stderr | grep -q "no PCI device 0000:00:1e.0"'
config nonsense
check "an address that is none is refused" sh -c 'xm create /root/card.cfg 2>&1 | tee /dev/stderr | grep -q "no device.s address"'

check "xen-pciback is there" modprobe xen-pciback
echo $CARD >/sys/bus/pci/devices/$CARD/driver/unbind
echo $CARD >/sys/bus/pci/drivers/pciback/new_slot
driver_is pciback || echo $CARD >/sys/bus/pci/drivers/pciback/bind
check "the card is held by xen-pciback" driver_is pciback || exit 1

config 00:05.0
check "a guest with the card is created" xm create /root/card.cfg
cp /tmp/check.out /tmp/created
check "without an IOMMU a warning" grep -q "without an IOMMU" /tmp/created
check "and in xm dmesg" sh -c 'xm dmesg | grep -q "without an IOMMU"'
check "a second guest with the same card is refused" sh -c 'xm create /root/card.cfg name=other 2>&1 | grep -q "in use by guest card"'
check "it cannot be saved" sh -c 'xm save card /root/card.save 2>&1 | tee /dev/stderr | grep -q "card drives a PCI device"'
check "the guest reaches the network through the card and ends" wait_for 60 gone card ||
    { xenstore ls /local/domain/0/backend/pci; cat /var/log/xen/*.log; dmesg | tail -n 20; xm dmesg | tail -n 10; xm destroy card; }
is "nothing is left of it" "$(xenstore ls /local/domain/0/backend | grep -c pci)" 0
check "xen-pciback has the card again" driver_is pciback
