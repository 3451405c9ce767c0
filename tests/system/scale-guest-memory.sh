# SPDX-License-Identifier: GPL-2.0-only
# A Linux guest of 4,700 MiB on a machine of 8 GiB, which has 3.5 GiB of RAM below 4 GiB at most, so that frames above 4 GiB are
# the guest's. A program in it holds 4,200 MiB, from guest frames above 4 GiB, too. The guest is saved to a disk and restored, what the
# program holds is as it was, and all memory is back when the guest is destroyed.
# By name only: tests/system/run scale-guest-memory
# machine: --smp 2 --mem 8192 --timeout 1500 --all-drivers --qemu=-drive --qemu=if=none,id=image,driver=null-co,size=6G,snapshot=on --qemu=-device --qemu=virtio-blk-pci,drive=image --add build/programs/free_pages:/bin/free_pages --add build/programs/kernel_features:/root/kernel_features --add build/image/vmlinux:/boot/vmlinux
. /root/lib.sh
GUEST_MIB=4700 HELD_MIB=4200
log=/var/log/xen/console/guest-big.log
said() { grep -q "$1" $log; }
reads_back() {
    echo >"$(xenstore-read /local/domain/$(xm domid big)/console/tty)"
    wait_for 100 said "hold: $HELD_MIB MiB read, time $1"
}
frames_back() { [ "$(free_pages)" -ge "$pages_before" ]; }
# No domain is dying, and two looks find as much free memory.
steady() { alone && pages_before=$(free_pages) && sleep 0.5 && [ "$(free_pages)" = "$pages_before" ]; }
small() { xm create -q /dev/null name=small kernel=/boot/vmlinux ramdisk=/boot/guest-initrd.gz memory=128 extra=console=hvc0; }

check "daemons and bridge" xen-up || exit 1
check "a first guest, which is not counted" small
check "is destroyed" xm destroy small
check "nothing of it ends any more" wait_for 20 steady
pages_before=$(free_pages)
(cat /boot/guest-initrd.gz && cd / && echo root/kernel_features | cpio -o -H newc 2>/dev/null | gzip -1) >/root/big.gz
cat >/root/big.cfg <<END
name = "big"
memory = $GUEST_MIB
kernel = "/boot/vmlinux"
ramdisk = "/root/big.gz"
extra = "console=hvc0 run=/root/kernel_features+hold+$HELD_MIB"
on_crash = "destroy"
END
check "a guest of $GUEST_MIB MiB" xm create -q /root/big.cfg || exit 1
check "it has that much" [ "$(xm list big | awk '$1 == "big" { print $3 }')" = $GUEST_MIB ]
check "a program in it writes to $HELD_MIB MiB" wait_for 200 said "hold: $HELD_MIB MiB written" || tail -n 30 $log
above=$(sed -n 's/.*written, \([0-9]*\) of them above 4 GiB.*/\1/p' $log)
check "${above:=0} MiB of them are guest frames above 4 GiB" [ "$above" -gt 300 ]
check "and reads all of it back" reads_back 1
check "xm save" xm save big /dev/vda
is "all memory is back" "$(wait_for 10 frames_back || free_pages)" ""
check "xm restore" xm restore -q /dev/vda
check "the program holds what it held" reads_back 2 || tail -n 30 $log
check "xm destroy" xm destroy big
check "nothing is left" wait_for 10 alone
is "all memory is back again" "$(wait_for 20 frames_back || echo "$(free_pages) instead of $pages_before")" ""
is "dom0's kernel has no complaint" "$(dmesg | grep -E 'BUG: |WARNING: |blocked for more')" ""
