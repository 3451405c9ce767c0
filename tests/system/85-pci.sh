# SPDX-License-Identifier: GPL-2.0-only
# PCI devices in a guest: network cards of QEMU's, held by xen-pciback in dom0, are driven by the guest's own drivers and reach the
# networks behind them. Registers, ports, interrupts and DMA are the cards' own. One card, with an interrupt line, the guest has from
# its start; another, with MSI-X, comes and goes while it runs.
# machine: --machine q35 --all-drivers --qemu=-netdev --qemu=user,id=card --qemu=-device --qemu=e1000,netdev=card,addr=5 --qemu=-netdev --qemu=user,id=other,net=10.0.3.0/24 --qemu=-device --qemu=e1000e,netdev=other,addr=6 --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --timeout 400
. /root/lib.sh
tool=xm
. /root/xl.sh

CARD=0000:00:05.0 OTHER=0000:00:06.0
driver_is() { [ "$(basename "$(readlink -f /sys/bus/pci/devices/$1/driver)")" = "$2" ]; }
config() {
    cat >/root/card.cfg <<END
name = "card"
memory = 128
kernel = "/boot/vmlinux"
ramdisk = "/boot/guest-initrd.gz"
extra = "console=hvc0 iommu=soft"
vif = []
pci = [ "$1" ]
on_crash = "preserve"
END
}
hold() {
    echo $1 >/sys/bus/pci/devices/$1/driver/unbind
    echo $1 >/sys/bus/pci/drivers/pciback/new_slot
    driver_is $1 pciback || echo $1 >/sys/bus/pci/drivers/pciback/bind
}
# reaches DRIVER ADDRESS GATEWAY: the guest's card of that driver takes the address, and its network's gateway answers.
reaches() {
    console_says card "
modprobe $1; until d=\$(ls -d /sys/bus/pci/drivers/$1/0*/net/*); do sleep 0.2; done; d=\${d##*/}
ip addr add $2/24 dev \$d; ip link set \$d up; until ping -c 1 -W 2 $3 >/dev/null; do :; done; echo reached-\$((6 * 7))" reached-42
}

check "daemons and bridge" xen-up || exit 1
modprobe -q e1000
config 00:05.0
check "a card that dom0 uses is refused" sh -c 'xm create /root/card.cfg 2>&1 | tee /dev/stderr | grep -q "card.cfg:7: pci: $0 is in use by dom0.s driver e1000"' $CARD
config 00:1e.0
check "a card that is not there is refused" sh -c 'xm create /root/card.cfg 2>&1 | tee /dev/stderr | grep -q "no PCI device 0000:00:1e.0"'
config nonsense
check "an address that is none is refused" sh -c 'xm create /root/card.cfg 2>&1 | tee /dev/stderr | grep -q "no device.s address"'

check "xen-pciback is there" modprobe xen-pciback
hold $OTHER
check "one card is held by xen-pciback" driver_is $OTHER pciback || exit 1
is "xm pci-assignable-list has it" "$(xm pci-assignable-list)" $OTHER

config "00:05.*,seize=1"
check "a guest with all functions of the other one, which is seized, is created" xm create /root/card.cfg
cp /tmp/check.out /tmp/created
check "xen-pciback has taken it from its driver" driver_is $CARD pciback
is "the guest has its only function" "$(xm pci-list card | grep -o "$CARD")" $CARD
config 00:05.0
check "without an IOMMU a warning" grep -q "without an IOMMU" /tmp/created
check "and in xm dmesg" sh -c 'xm dmesg | grep -q "without an IOMMU"'
check "a second guest with the same card is refused" sh -c 'xm create /root/card.cfg name=other 2>&1 | grep -q "in use by guest card"'
check "it cannot be saved" sh -c 'xm save card /root/card.save 2>&1 | tee /dev/stderr | grep -q "card drives a PCI device"'
check "the guest reaches the network through the card" reaches e1000 10.0.2.15 10.0.2.2 ||
    { xenstore ls /local/domain/0/backend/pci; cat /var/log/xen/*.log; dmesg | tail -n 20; xm dmesg | tail -n 10; }
check "by the card's line" console_says card 'grep -q "pirq.*eth0" /proc/interrupts && echo line-$((6 * 7))' line-42

check "the card is not assignable now" sh -c "xm pci-assignable-list | grep -v $CARD | grep -qx $OTHER"
check "xm pci-attach of a card that it has is refused" sh -c 'xm pci-attach card 00:05.0 2>&1 | grep -q "in use by guest card"'
check "xm pci-detach of one that it has not is refused" sh -c 'xm pci-detach card 00:06.0 2>&1 | grep -q "card has no PCI device"'
check "xm pci-attach of the other card" xm pci-attach card 00:06.0
check "xm pci-list has both" sh -c "xm pci-list card | tee /dev/stderr | awk '\$1 == \"$CARD\" || \$1 == \"$OTHER\" { n += \$2 ~ /^0000:00:/ } END { exit n != 2 }'"
check "the guest reaches the network behind that one" reaches e1000e 10.0.3.15 10.0.3.2 || xm dmesg | tail -n 20
check "by MSI-X" console_says card 'grep msi-x /proc/interrupts; [ $(grep -c "pirq.*msi-x.*eth1" /proc/interrupts) -ge 3 ] && echo msix-$((6 * 7))' msix-42
check "xm pci-detach" xm pci-detach card 00:06.0
check "the guest has let go of it" console_says card '[ ! -e /sys/class/net/eth1 ] && echo gone-$((6 * 7))' gone-42
check "it is assignable again" sh -c "xm pci-assignable-list | grep -qx $OTHER"
check "xm pci-detach of the first" xm pci-detach card 00:05.0
is "the guest has none" "$(xm pci-list card | wc -l)" 1
is "and no bus" "$(xenstore ls /local/domain/0/backend | grep -c pci)" 0
check "xm pci-attach to a guest without a bus" xm pci-attach card 00:06.0
check "it reaches the network behind that card again" reaches e1000e 10.0.3.15 10.0.3.2
first=$(xm domid card)
check "xm reboot" xm reboot -w -t 120 card
check "it is another domain" wait_for 60 sh -c "xm domid card && [ \$(xm domid card) != $first ]"
wait_for 60 sh -c "xm pci-list card | grep -q ^0000"
is "with the card that came, without the one that went" "$(xm pci-list card | awk '{ print $1 }' | grep ^0000 | tr '\n' ' ')" "$OTHER "
check "xm destroy" xm destroy card
is "nothing is left of it" "$(xenstore ls /local/domain/0/backend | grep -c pci)" 0
check "xen-pciback has the cards again" sh -c "xm pci-assignable-list | grep -c 0000 | grep -qx 2"
