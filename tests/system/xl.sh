# SPDX-License-Identifier: GPL-2.0-only
# For the scripts that make guests in dom0 with Debian's toolstack, or, with tool=xm set before, with ours; after lib.sh.
PATH=$PATH:/usr/lib/xen-4.17/bin
tool=${tool-xl}

xl_up() { check "Debian's daemons start" xen-up reference; }

# The kernel unpacked, when the machine has it: unpacking costs as much time as the kernel needs to start. 82-xl-save has Debian's
# tools unpack it, 40-xend ours.
kernel=/boot/vmlinux
[ -e $kernel ] || kernel=/boot/vmlinuz

# guest_config NAME [LINE...]: /root/NAME.cfg, the example guest at 10.0.0.9 with a disk of its own, and these lines.
guest_config() {
    config=/root/$1.cfg
    mk-guest-disk "/root/$1.img" 8
    cat >"$config" <<END
name = "$1"
memory = 128
maxmem = 256
vcpus = 2
kernel = "$kernel"
ramdisk = "/boot/guest-initrd.gz"
extra = "console=hvc0 ip=10.0.0.9/24"
disk = [ "format=raw, vdev=xvda, access=rw, target=/root/$1.img" ]
vif = [ "bridge=xenbr0" ]
END
    shift
    for line in "$@"; do echo "$line" >>"$config"; done
}

answers() { ping -c 1 -W 1 10.0.0.9; }
gone() { ! $tool domid "$1"; }
free_memory() { $tool info | sed -n 's/^free_memory *: //p'; }
# As much as $free_before.
same_free() { [ "$(free_memory)" -ge "$free_before" ]; }

# console_says NAME COMMAND TEXT: types the command at the guest's terminal; `console` shows the text within 40 seconds. Debian's
# reads what is typed from a terminal only, hence the way through the one that the store names.
console_says() {
    : >/tmp/console.out
    [ -p /tmp/console.in ] || mkfifo /tmp/console.in
    $tool console "$1" <>/tmp/console.in >/tmp/console.out 2>&1 &   # open for both: it never ends
    console=$!
    printf '\n%s\n' "$2" >"$(xenstore-read "/local/domain/$($tool domid "$1")/console/tty")"
    for i in $(seq 80); do
        grep -q "$3" /tmp/console.out && break
        pause $i
    done
    kill $console
    wait $console 2>/dev/null
    grep -q "$3" /tmp/console.out || { tail -n 15 /tmp/console.out; return 1; }
}

# until_true command...: as fast as it goes, for a minute at most.
until_true() {
    clock
    true_by=$((now + 60))
    until "$@" >/dev/null 2>&1 || [ $now -gt $true_by ]; do clock; done
}
# killed SIGNAL CONDITION command...: xm gets the signal when the condition holds. It runs in the foreground: a shell without job
# control has its background processes ignore SIGINT.
killed() {
    killed_signal=$1 killed_condition=$2
    shift 2
    (until_true $killed_condition; kill -"$killed_signal" $(pidof xm)) &
    "$@" >/tmp/killed.out 2>&1
    killed_status=$?
    wait $!
    [ $killed_status -gt 128 ] || { echo "$*: ended with $killed_status before it was killed"; return 1; }
}
# xend has begun to make a guest.
record_there() { ls /run/xend/domains/*-*; }

# fill FOLDER: a file system of its own is full, until make_room.
fill() { dd if=/dev/zero of="$1/fill" bs=64k 2>/dev/null; dd if=/dev/zero bs=4k 2>/dev/null >>"$1/fill"; [ "$(df "$1" | awk 'NR == 2 { print $4 }')" = 0 ]; }
make_room() { rm "$1/fill"; }
# A /run of little more than what is in it.
small_run() { mount -o remount,size=$(($(df -k /run | awk 'NR == 2 { print $3 }') + 512))k /run; }
# refused "what" PATTERN command...: status 1, and one line on standard error that has PATTERN.
refused() {
    refused_what=$1 refused_pattern=$2
    shift 2
    "$@" >/tmp/out 2>/tmp/err
    refused_status=$?
    if [ $refused_status -eq 1 ] && [ "$(wc -l </tmp/err)" -eq 1 ] && grep -q -e "$refused_pattern" /tmp/err; then
        ok "$refused_what: $(cat /tmp/err)"
    else
        not_ok "$refused_what: status $refused_status: $(tr '\n' '|' </tmp/err)"
    fi
}

# A guest's work that must come through everything: it changes 3 MB of its memory, a file at a time, and looks whether each is as it
# was left; the same on its disk, with its cache dropped before it reads. The number of the round is part of what is on the disk,
# so that an older state of it is a fault as well. Goes to NAME's disk, before the guest is made.
put_work() {
    mkdir -p /mnt/work
    mount -o loop "/root/$1.img" /mnt/work
    cat >/mnt/work/work <<'END'
mkdir -p /run/w
head -c 800000 /dev/urandom >/run/w/seed
sum=$(md5sum </run/w/seed)
i=0
while :; do
    i=$((i + 1)) n=$((i % 4))
    [ ! -e /run/w/$n ] || [ "$(md5sum </run/w/$n)" = "$sum" ] || echo "memory $i" >>/run/bad
    cp /run/w/seed /run/w/$n
    { echo $i; cat /run/w/seed; } >/mnt/data
    sync
    echo 1 >/proc/sys/vm/drop_caches
    { read j && [ $j = $i ] && [ "$(md5sum)" = "$sum" ]; } </mnt/data || echo "disk $i" >>/run/bad
    echo $i >/run/rounds
    sleep 0.1
done
END
    umount /mnt/work
}
begins_work() { console_says "$1" 'sh /mnt/work >/dev/null 2>&1 & echo began-$((6 * 7))' began-42; }
# It goes on, has looked at every file once more, and has found nothing changed.
works() {
    console_says "$1" 'a=$(cat /run/rounds); while [ $(cat /run/rounds) -le $((a + 4)) ]; do sleep 0.5; done
cat /run/bad; [ -e /run/bad ] || echo on-$((6 * 7))' on-42
}

# What Debian's tools and the guests' consoles left, for the reader of a failure.
xl_logs() {
    for log in /var/log/xen/*; do
        [ ! -f "$log" ] || [ ! -s "$log" ] || { echo "--- $log"; tail -n 10 "$log"; }
    done
}
