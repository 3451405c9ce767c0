# SPDX-License-Identifier: GPL-2.0-only
# Debian's xl on our hypervisor: save and restore of a guest that writes to its memory all the time.
# machine: --smp 2 --with-debian-tools --without-tools --add tests/system/xl.sh:/root/xl.sh --timeout 600
. /root/lib.sh
. /root/xl.sh

xl_up || exit 1
guest_config byxl
# Work for the guest: changes 16 MB of its memory, a file at a time, and looks whether each is as it was left.
mkdir -p /mnt/byxl
mount -o loop /root/byxl.img /mnt/byxl
cat >/mnt/byxl/work <<'END'
mkdir -p /run/w
head -c 1000000 /dev/urandom >/run/w/seed
sum=$(md5sum </run/w/seed)
i=0
while :; do
    i=$((i + 1)) n=$((i % 16))
    [ ! -e /run/w/$n ] || [ "$(md5sum </run/w/$n)" = "$sum" ] || echo "$i" >>/run/bad
    cp /run/w/seed /run/w/$n
    echo $i >/run/rounds
done
END
umount /mnt/byxl

free_before=$(free_memory)
check "xl create" xl create /root/byxl.cfg || exit 1
check "the guest answers" wait_for 60 answers
check "it works" console_says byxl 'sh /mnt/work >/dev/null 2>&1 & echo began-$((6 * 7))' began-42
# The guest goes on with its work, and has found nothing changed.
works() {
    console_says byxl 'a=$(cat /run/rounds); sleep 3; [ $(cat /run/rounds) -gt $a ] && [ ! -e /run/bad ] && echo on-$((6 * 7))' on-42
}
check "it goes on" works

check "xl save" xl save byxl /root/byxl.save
check "the guest is gone" gone byxl
check "its memory is free" wait_for 20 same_free
check "xl restore" xl restore /root/byxl.save
check "it answers" wait_for 30 answers
check "it goes on with its work" works
check "its disk, too" console_says byxl 'echo 1 >/mnt/after && sync && echo disk-$((6 * 7))' disk-42
rm /root/byxl.save

check "xl shutdown" timeout 120 xl shutdown -w byxl
check "its memory is free again" wait_for 30 same_free
xl_logs
