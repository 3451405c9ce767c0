# SPDX-License-Identifier: GPL-2.0-only
# Images with planned damage: xm restore refuses them, or makes a guest whose harm is its own. Hypervisor, xend, store and the host's
# memory are as before after each; the image without the damage is restored in the end. By name only.
# machine: --smp 1 --add build/image/vmlinux:/boot/vmlinux --add build/programs/damage_image:/bin/damage_image --add tests/system/xl.sh:/root/xl.sh --timeout 900
. /root/lib.sh
tool=xm
. /root/xl.sh

check "daemons and bridge" xen-up || exit 1
cat >/root/one.cfg <<END
name = "one"
memory = 96
vcpus = 2
kernel = "$kernel"
ramdisk = "/boot/guest-initrd.gz"
extra = "console=hvc0 ip=10.0.0.9/24"
vif = [ "bridge=xenbr0" ]
END
free_before=$(free_memory)
check "a guest" xm create -q /root/one.cfg || exit 1
check "answers" wait_for 60 answers
check "xm save" xm save one /root/one.save || exit 1
sum=$(md5sum </root/one.save)
xend=$(cat /run/xend/xend.pid)

settled() { gone one || answers; }
# As nobody had restored anything.
host_is_well() {
    gone one && wait_for 20 same_free && [ "$(cat /run/xend/xend.pid)" = $xend ] && xend status && [ -z "$(ls /run/xend/domains)" ] &&
        ! xm dmesg | grep -e 'ASSERT' -e 'BUG' -e 'panic'
}
# What becomes of the guest, as $became.
try() {
    became="refused: $(xm restore -q /root/one.save 2>&1)" && became=accepted
    [ "$became" = accepted ] || return 0
    wait_for 3 settled
    if gone one >/dev/null; then became="accepted, crashed"; return 0; fi
    if answers >/dev/null; then became="accepted, answers"; else became="accepted, is silent"; fi
    xm destroy one 2>/dev/null    # it may crash just now
}
for damage in $(damage_image); do
    damage_image /root/one.save $damage || not_ok "damage $damage"
    try
    check "$damage: $became" host_is_well || xm dmesg | tail -n 15
    damage_image /root/one.save undo
done
is "the image is what it was" "$(md5sum </root/one.save)" "$sum"
check "xm restore" xm restore /root/one.save
check "the guest answers" wait_for 30 answers
check "xm destroy" xm destroy one
check "its memory is free" wait_for 20 same_free
cat /var/log/xen/xend.log
