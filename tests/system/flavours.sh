# SPDX-License-Identifier: GPL-2.0-only
# Another kernel of Debian's, the cloud one, as a guest: our daemons and xm, Debian's frontends and backends. By name only, as
# `tests/setup --flavours` fetches the kernel. --guest-flavour rt in its place is the real-time one (docs/debugging.md).
# machine: --guest-flavour cloud --smp 1 --add tests/system/xl.sh:/root/xl.sh --timeout 400
. /root/lib.sh
tool=xm
. /root/xl.sh

check "daemons and bridge" xen-up || exit 1
guest_config other
free_before=$(free_memory)
check "xm create" xm create /root/other.cfg || exit 1
check "the guest answers" wait_for 60 answers
check "its kernel is another" console_says other 'uname -r' '[0-9]-\(cloud\|rt\)-'
check "it writes to its disk" console_says other 'echo written >/mnt/file && sync && echo disk-$((6 * 7))' disk-42
head -c 2000000 /dev/urandom >/tmp/sent
check "2 MB through its echo service" sh -c 'nc -w 20 10.0.0.9 7 </tmp/sent >/tmp/got; cmp /tmp/sent /tmp/got'
check "xm vcpu-set 1" xm vcpu-set other 1
check "it gives a CPU up" wait_for 30 sh -c '[ "$(xm vcpu-list other | grep -c -- --p)" = 1 ]'
check "xm save" xm save other /root/other.save
check "xm restore" xm restore /root/other.save
check "it answers" wait_for 60 answers
check "xm shutdown" xm shutdown -w -t 120 other
mkdir -p /mnt/other
check "its disk has what it wrote" sh -c 'mount -o loop /root/other.img /mnt/other && grep -q written /mnt/other/file'
umount /mnt/other
check "its memory is free again" wait_for 30 same_free
cat /var/log/xen/xend.log
