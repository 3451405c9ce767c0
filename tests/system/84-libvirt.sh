# SPDX-License-Identifier: GPL-2.0-only
# Debian's libvirt on Debian's toolstack on our hypervisor: a guest's life with virsh.
# machine: --smp 1 --mem 2560 --with-libvirt --without-tools --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --timeout 900
. /root/lib.sh
. /root/xl.sh

xl_up || exit 1
export LIBVIRT_DEFAULT_URI=xen:///system
mkdir -p /run/libvirt /var/lib/libvirt /var/log/libvirt
virtlogd -d
check "libvirtd starts" libvirtd -d || exit 1
check "virsh connects" wait_for 20 virsh version || { cat /var/log/libvirtd.log; exit 1; }
check "the hypervisor is Xen 4.17" sh -c 'virsh version | grep -q "Running hypervisor: Xen 4\.17"'
check "virsh nodeinfo" sh -c 'virsh nodeinfo | grep -q "^CPU(s): *1"'
check "virsh capabilities know PV guests" sh -c 'virsh capabilities | grep -q xenpv'
check "virsh list shows dom0" sh -c 'virsh list | grep -q " Domain-0 *running"'
mk-guest-disk /root/disk.img 8
cat >/root/guest.xml <<'END'
<domain type='xen'>
  <name>byvirsh</name>
  <memory unit='MiB'>128</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>/boot/vmlinux</kernel>
    <initrd>/boot/guest-initrd.gz</initrd>
    <cmdline>console=hvc0 ip=10.0.0.9/24</cmdline>
  </os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='phy'/>
      <source file='/root/disk.img'/>
      <target dev='xvda' bus='xen'/>
    </disk>
    <interface type='bridge'>
      <source bridge='xenbr0'/>
    </interface>
    <console type='pty'>
      <target type='xen' port='0'/>
    </console>
  </devices>
</domain>
END
free_before=$(free_memory)
check "virsh define" virsh define /root/guest.xml
check "it is there, shut off" sh -c 'virsh list --all | grep -q " byvirsh *shut off"'
check "virsh start" virsh start byvirsh
check "the guest answers" wait_for 60 answers
dominfo() { virsh dominfo byvirsh | tee /dev/stderr | tr -s ' ' ' ' | grep -Eqx "$1"; }
check "virsh dominfo: it lives" dominfo 'State: (running|idle|blocked)'
check "it has two CPUs" dominfo 'CPU\(s\): 2'
check "it has its memory" dominfo 'Max memory: 131072 KiB'
check "xl knows it, too" xl domid byvirsh
check "virsh domblklist" sh -c 'virsh domblklist byvirsh | grep -q "xvda */root/disk.img"'
check "virsh suspend" virsh suspend byvirsh
check "it is paused" sh -c 'virsh domstate byvirsh | grep -q paused'
check "virsh resume" virsh resume byvirsh
check "it answers again" wait_for 20 answers
check "virsh vcpuinfo" sh -c '[ "$(virsh vcpuinfo byvirsh | grep -c ^VCPU)" = 2 ]'
check "virsh shutdown" virsh shutdown byvirsh
check "it is shut off" wait_for 60 sh -c 'virsh domstate byvirsh | grep -q "shut off"'
check "virsh undefine" virsh undefine byvirsh
check "its memory is free again" wait_for 30 same_free
xl_logs
cat /var/log/libvirtd.log
