# SPDX-License-Identifier: GPL-2.0-only
# PV-GRUB: Debian's grub-x86_64-xen.bin as a guest's kernel reads the guest's own disk and boots the Debian kernel that lies
# there. The guest's address comes from the grub.cfg there. By Debian's xl, and by our xm.
# machine: --smp 1 --mem 2560 --with-debian-tools --without-tools --add tests/system/xl.sh:/root/xl.sh --add cache/grub-xen/usr/lib/grub-xen/grub-x86_64-xen.bin:/root/pvgrub --timeout 900
# machine: --smp 1 --mem 2560 --add tests/system/xl.sh:/root/xl.sh --add cache/grub-xen/usr/lib/grub-xen/grub-x86_64-xen.bin:/root/pvgrub --timeout 900
. /root/lib.sh
[ -e /usr/sbin/xl ] || tool=xm
. /root/xl.sh

if [ $tool = xl ]; then xl_up; else check "our daemons start" xen-up; fi || exit 1
mk-guest-disk /root/own.img 64
mkdir -p /mnt/own
mount -o loop /root/own.img /mnt/own
mkdir -p /mnt/own/boot/grub
cp /boot/vmlinuz /boot/guest-initrd.gz /mnt/own/boot/
cat >/mnt/own/boot/grub/grub.cfg <<'END'
set timeout=0
menuentry "the kernel of this disk" {
    linux /boot/vmlinuz console=hvc0 ip=10.0.0.9/24 by=pvgrub
    initrd /boot/guest-initrd.gz
}
END
umount /mnt/own
cat >/root/own.cfg <<'END'
name = "own"
memory = 256
kernel = "/root/pvgrub"
disk = [ "format=raw, vdev=xvda, access=rw, target=/root/own.img" ]
vif = [ "bridge=xenbr0" ]
on_reboot = "restart"
END
check "$tool create with GRUB as the kernel" $tool create /root/own.cfg || exit 1
check "the kernel of its disk answers" wait_for 90 answers
[ $tool = xl ] || { check "xm destroy" xm destroy own; exit; }
id=$(xl domid own)
check "xl reboot" xl reboot own
check "it starts again, as another domain" wait_for 60 sh -c "xl domid own && [ \$(xl domid own) != $id ]"
check "through GRUB to the kernel again" wait_for 90 answers
check "xl destroy" xl destroy own
xl_logs
