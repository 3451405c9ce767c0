# SPDX-License-Identifier: GPL-2.0-only
# Debian's kexec-tools load a crash kernel; dom0 panics, and that kernel goes on with the machine: it finishes this test.
# machine: --smp 2 --mem 1536 --cmdline crashkernel=192M --with-debian-tools --without-tools --add cache/kexec/sbin/kexec:/sbin/kexec --timeout 240
. /root/lib.sh

# The guests' initrd with another first process, which writes where dom0 did and knows how dom0-run tells the end.
read -r marker </dom0-run/marker
mkdir /tmp/crash
cat >/tmp/crash/init <<END
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
stty -F /dev/ttyS1 raw -echo -onlcr 115200
exec >/dev/ttyS1 2>&1
. /lib.sh
check "the crash kernel runs, on the bare machine" [ ! -e /sys/hypervisor/type ]
read -r label kib unit </proc/meminfo
check "its memory is what was kept for it (\$kib KiB)" [ "\$kib" -gt 98304 -a "\$kib" -lt 196608 ]
is "the machine's memory is there to be read" "\$(head -c 4 /proc/vmcore | tail -c 3)" ELF
check "all of it" [ "\$(stat -c %s /proc/vmcore)" -gt 1200000000 ]
printf '%s 0\n' "$marker"
sleep 1
poweroff -f
END
chmod +x /tmp/crash/init
cp /root/lib.sh /tmp/crash/lib.sh
(cat /boot/guest-initrd.gz && cd /tmp/crash && find init lib.sh | cpio -o -H newc 2>/dev/null | gzip) >/tmp/crash.gz

is "memory is kept" "$(xl dmesg | grep -c 'crashkernel: 192 MiB at')" 1
check "a crash kernel is loaded" kexec -p /boot/vmlinuz --initrd=/tmp/crash.gz --append="console=ttyS0 earlyprintk=ttyS0 nr_cpus=1 irqpoll" || exit 1
check "and unloaded" kexec -p -u
check "and loaded again" kexec -p /boot/vmlinuz --initrd=/tmp/crash.gz --append="console=ttyS0 earlyprintk=ttyS0 nr_cpus=1 irqpoll" || exit 1
sync
echo c >/proc/sysrq-trigger
