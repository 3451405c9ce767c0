# SPDX-License-Identifier: GPL-2.0-only
# A guest that is a complete Debian: our xm starts Debian's GRUB, GRUB the kernel of the guest's disk by the menu that the guest's own
# update-grub made, that systemd. In it another kernel of Debian's is installed by dpkg; after a reboot the guest runs that one.
# By name only: the disks take minutes to build, dpkg and the initial file system minutes to unpack and pack.
# machine: --cpu qemu64 --smp 2 --mem 2560 --debian-disk --timeout 3600 --add cache/grub-xen/usr/lib/grub-xen/grub-x86_64-xen.bin:/root/pvgrub
. /root/lib.sh

log=/var/log/xen/console/guest-debian.log
terminal() { xenstore-read "/local/domain/$(xm domid debian)/console/tty"; }
types() { echo "$1" >"$(terminal)"; }
escape=$(printf '\033')
mark() { seen=$(wc -c <$log); }
# What the guest's terminal showed since the mark, without its shell's control sequences.
shown() { tail -c "+$((seen + 1))" $log | tr -d '\r' | sed "s/$escape\[[?0-9;]*[A-Za-z]//g"; }
shows() { shown | grep -q "$1"; }
lines() { shown | sed -n "s/^$1=//p"; }
prompt() { shows 'root@guest:~# '; }
is_other() { now_id=$(xm domid debian) && [ "$now_id" != "$1" ]; }

check "daemons and bridge" xen-up || exit 1
cat >/root/debian.cfg <<'END'
name = 'debian'
memory = 768
vcpus = 2
kernel = '/root/pvgrub'
disk = [ 'phy:/dev/vda,xvda,w' ]
vif = [ 'bridge=xenbr0' ]
on_reboot = 'restart'
END
seen=0
check "xm create with GRUB as the kernel" xm create -q /root/debian.cfg || exit 1
check "a root shell on its console" wait_for 250 prompt || { tail -n 20 $log; exit 1; }
mark
types 'systemctl is-system-running --wait | sed s/^/state=/; uname -r | sed s/^/kernel=/'
check "systemd has started all" wait_for 60 shows '^kernel='
is "nothing failed" "$(lines state)" running
first=$(lines kernel)
check "it answers on its network" wait_for 10 ping -c 1 -W 1 10.0.0.9

mark
types 'dpkg -i /root/linux-image-*.deb >/root/dpkg.log 2>&1; echo $? | sed s/^/dpkg=/'
check "dpkg of another kernel" wait_for 500 shows '^dpkg='
is "is done" "$(lines dpkg)" 0
id=$(xm domid debian)
mark
types reboot
check "it reboots" wait_for 60 is_other "$id"
mark
check "to a root shell" wait_for 250 prompt || { tail -n 20 $log; exit 1; }
mark
types 'uname -r | sed s/^/kernel=/'
check "says what it runs" wait_for 20 shows '^kernel='
check "the other kernel: $(lines kernel) after $first" sh -c "[ '$(lines kernel)' != '$first' ] && echo '$(lines kernel)' | grep cloud"
check "it answers again" wait_for 10 ping -c 1 -W 1 10.0.0.9
check "xm shutdown" xm shutdown -w debian
check "nothing is left" wait_for 10 alone
