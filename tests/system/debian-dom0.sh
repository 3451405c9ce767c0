# SPDX-License-Identifier: GPL-2.0-only
# An installed Debian 12 on the hypervisor: GRUB on its disk starts what `make install` left there, by the entry that the system's
# own update-grub made; systemd brings up Debian's Xen service and libvirt; PV-GRUB opens the disk of a guest that is an installed
# Debian, too. By name only: the disks take minutes to build.
# machine: --installed --cpu qemu64 --smp 2 --mem 2048 --timeout 900
. /root/lib.sh

settled() { [ "$(systemctl is-system-running --wait)" = running ] || { systemctl --failed; false; }; }
# The backend's word: the frontend of GRUB never says more than that it is ready.
disk_connected() { dmesg | grep "xen-blkback: backend/vbd/$(xl domid debian)/51712: using"; }

check "systemd: all of dom0 is up" settled
check "Debian's Xen service is active" systemctl is-active xen
check "xl info: the hypervisor of the disk" sh -c 'xl info xen_extra | grep again'
is "xl list: dom0" "$(xl list | awk 'NR == 2 { print $1, $2 }')" "Domain-0 0"
check "libvirt lists dom0" sh -c 'virsh -c xen:///system list | grep Domain-0'
cat >/root/debian.cfg <<'END'
name = "debian"
memory = 512
kernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"
disk = [ "format=raw, vdev=xvda, access=rw, target=/dev/vdb" ]
vif = [ "bridge=xenbr0" ]
END
check "xl create: a guest with GRUB as its kernel" xl create /root/debian.cfg
check "its disk is connected" wait_for 60 disk_connected
check "xl destroy" xl destroy debian
