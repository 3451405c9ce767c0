# SPDX-License-Identifier: GPL-2.0-only
# Each mistake gives one line that says where, what and what to do, status 1, and leaves nothing behind.
# machine: --smp 1 --mem 1536 --add build/image/vmlinux:/boot/vmlinux --timeout 900
. /root/lib.sh
cd /tmp

state() {
    xm list | awk 'NR > 1 { print $1, $2 }'
    xm info | grep free_memory
    xenstore ls / | grep -v '^ *control\|feature-'
    ls /sys/class/net /sys/class/net/xenbr0/brif /sys/bus/xen-backend/devices /run/xend/domains
    ls -d /sys/block/loop*/loop 2>/dev/null
}

same() { state >after; diff before after >changes; }
# bad "what" "pattern of the one line" command... What one leaves behind is what the next begins with, unless that is
# "changed" by intent.
changed() { settled=; }
bad() {
    what=$1 pattern=$2
    shift 2
    [ -n "$settled" ] || state >before
    "$@" >out 2>err
    status=$?
    wait_for 10 same                    # a backend's device goes in its own time
    if [ $status -ne 1 ]; then not_ok "$what: status $status: $(cat err)"
    elif [ "$(wc -l <err)" -ne 1 ]; then not_ok "$what: not one line: $(cat err)"
    elif ! grep -q "$pattern" err; then not_ok "$what: says $(cat err)"
    elif [ -s changes ]; then not_ok "$what leaves something: $(cat changes)"
    else ok "$what: $(cat err)"
    fi
    mv after before
    settled=yes
}

# with "line of the configuration": the basic configuration, and this line, which is the sixth, as w.cfg.
with() {
    printf '%s\n' "name = 'w'" "kernel = '/boot/vmlinux'" "ramdisk = '/boot/guest-initrd.gz'" "memory = 128" "" >w.cfg
    [ -z "$1" ] || sed -i "s/^${1%% *} = .*//" w.cfg
    echo "$1" >>w.cfg
}
badline() { with "$2"; bad "$1" "^xm: w.cfg:6: $3" xm create w.cfg; }

xm list >out 2>err
is "xend not running: status" $? 1
check "xend not running: one line" grep -q '^xm: xend is not running.*start it' err
xend >out 2>err
is "no xenstored: status" $? 1
check "no xenstored: one line" grep -q '^xend: xenstored does not answer.*start xenstored' err
xenstored
xend -t 3 || exit 1
[ ! -e /usr/sbin/xenconsoled ] || xenconsoled
/etc/xen/scripts/network-bridge start

dd if=/boot/vmlinuz of=/tmp/truncated bs=1k count=3000 2>/dev/null
dd if=/dev/urandom of=/tmp/noise bs=1k count=300 2>/dev/null
truncate -s 4M /tmp/disk.img

badline "missing kernel" "kernel = '/boot/nothing'" 'kernel: .*/boot/nothing'
badline "no kernel at all" "kernel = '/tmp/noise'" 'kernel: .*; '
badline "truncated kernel" "kernel = '/tmp/truncated'" 'kernel: .*; '
badline "no PV kernel" "kernel = '/bin/busybox'" 'kernel: .*; '
badline "missing ramdisk" "ramdisk = '/boot/nothing'" 'ramdisk: .*/boot/nothing'
badline "unknown key" "memroy = 128" 'memroy: unknown key; did you mean memory?'
badline "wrong type: vcpus" 'vcpus = "two"' 'vcpus: "two" is not a number; '
badline "wrong type: memory" 'memory = "128M"' 'memory: "128M" is not a number of MiB; '
badline "out of range" 'vcpus = 0' 'vcpus: 0 is out of range; a value from 1'
badline "memory above what is free" 'memory = 100000' 'memory: 100000 MiB are wanted, [0-9]* MiB are free; '
badline "memory too small" 'memory = 8' 'memory: .*; '
badline "bad disk string" "disk = [ 'nonsense' ]" 'disk: no vdev.*; write it as'
badline "disk file missing" "disk = [ 'file:/tmp/nothing.img,xvda,w' ]" 'disk: /tmp/nothing.img: No such file.*; create it'
badline "relative path, of no file here" "disk = [ 'nothing.img,,xvda' ]" 'disk: /tmp/nothing.img: No such file.*; create it'
badline "file as device" "disk = [ 'phy:/tmp/disk.img,xvda,w' ]" 'disk: /tmp/disk.img is a file, no block device; use file:'
badline "bridge missing" "vif = [ 'bridge=nobr0' ]" 'vif: there is no bridge nobr0; create it'
badline "unknown key of a card" "vif = [ 'brigde=xenbr0' ]" 'vif: unknown key brigde, did you mean bridge?'
badline "script missing" "vif = [ 'script=/etc/nothing' ]" 'vif: script /etc/nothing: .*; '
badline "syntax error" "disk = [ 'file:/tmp/disk.img,xvda,w'" 'disk: the bracket opened here has no closing ]; close it'
badline "unsupported" "bootloader = 'pygrub'" 'bootloader: not supported; give kernel='
with ""
bad "no such file" '^xm: /tmp/nothing.cfg: No such file' xm create /tmp/nothing.cfg
bad "on the command line" '^xm: command line: vcpus: "x" is not a number' xm create w.cfg vcpus=x
bad "no such domain" '^xm: no such domain: nobody; xm list' xm destroy nobody
bad "no such number" '^xm: no such domain: 77; xm list' xm console 77
bad "domain 0" '^xm: domain 0 cannot be destroyed' xm destroy 0
check "relative paths start where xm was started" sh -c 'cd /boot && xm create -n /tmp/w.cfg ramdisk=guest-initrd.gz disk=../tmp/disk.img,,xvda'
xm create -p -q w.cfg disk=file:/tmp/disk.img,xvda,w || not_ok "a good guest is not created"
changed
bad "duplicate name" '^xm: w.cfg:1: name: domain [0-9]* has the name w already; ' xm create w.cfg
bad "disk in use" '^xm: command line: disk: /tmp/disk.img is used for writing by guest w; ' xm create w.cfg name=x disk=file:/tmp/disk.img,xvda,w
bad "reading it is refused, too" 'is used for writing by guest w' xm create w.cfg name=x disk=file:/tmp/disk.img,xvda,r
xm destroy w
changed
echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
bad "not root" '^xm: not permitted: user 65534 is not root; run it as root' su nobody -c 'xm list'
bad "not root: create" '^xm: not permitted: user 65534 is not root; run it as root' su nobody -c 'xm create /etc/xen/tiny.cfg'
# Backends that do not come: a script that fails, one that hangs, a driver that is not there.
printf '#!/bin/sh\necho "first" >&2\necho "no luck today" >&2\nexit 1\n' >/tmp/fails
printf '#!/bin/sh\nsleep 60\n' >/tmp/hangs
chmod +x /tmp/fails /tmp/hangs
badline "hotplug script fails" "vif = [ 'script=/tmp/fails, bridge=xenbr0' ]" 'vif: .*/tmp/fails: no luck today'
printf '#!/bin/sh\nxenstore-write "$XENBUS_PATH/hotplug-error" "no bridge nobr7"\nexit 1\n' >/tmp/tells-store
chmod 755 /tmp/tells-store
badline "hotplug script writes its reason to the store" "vif = [ 'script=/tmp/tells-store, bridge=xenbr0' ]" 'vif: .*ended with status 1: no bridge nobr7'
badline "hotplug script hangs" "vif = [ 'script=/tmp/hangs, bridge=xenbr0' ]" 'vif: .*did not end within 3 s'
modprobe -r xen-netback 2>/dev/null || rmmod xen_netback
badline "no netback" "vif = [ 'bridge=xenbr0' ]" 'vif: the backend did not come up: waited 3 s for /local/domain/0/backend/vif/.*/state.*; see that'
modprobe -r xen-blkback 2>/dev/null || rmmod xen_blkback
badline "no blkback" "disk = [ 'file:/tmp/disk.img,xvda,w' ]" 'disk: the backend did not come up: waited 3 s for /local/domain/0/backend/vbd/.*/state.*; see that'
modprobe xen-blkback
with ""
check "a good guest is created after all that" xm create -p w.cfg disk=no-discard,untrusted,vdev=0xca00,target=/tmp/disk.img
vbd=vbd/$(xm domid w)/51712
is "its backend offers no discard" "$(xenstore-read /local/domain/0/backend/$vbd/discard-enable)" 0
is "and it is told not to trust it" "$(xenstore-read /local/domain/$(xm domid w)/device/vbd/51712/trusted)" 0
check "and destroyed" xm destroy w
