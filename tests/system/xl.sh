# SPDX-License-Identifier: GPL-2.0-only
# For the scripts that run Debian's toolstack in dom0; after lib.sh.
PATH=$PATH:/usr/lib/xen-4.17/bin
tool=xl

xl_up() { check "Debian's daemons start" xen-up reference; }

# guest_config NAME [LINE...]: /root/NAME.cfg, the example guest at 10.0.0.9 with a disk of its own, and these lines.
guest_config() {
    config=/root/$1.cfg
    mk-guest-disk "/root/$1.img" 8
    cat >"$config" <<END
name = "$1"
memory = 128
maxmem = 256
vcpus = 2
kernel = "/boot/vmlinuz"
ramdisk = "/boot/guest-initrd.gz"
extra = "console=hvc0 ip=10.0.0.9/24"
disk = [ "format=raw, vdev=xvda, access=rw, target=/root/$1.img" ]
vif = [ "bridge=xenbr0" ]
END
    shift
    for line in "$@"; do echo "$line" >>"$config"; done
}

answers() { ping -c 1 -W 1 10.0.0.9; }
gone() { ! xl domid "$1"; }
free_memory() { xl info free_memory; }
# As much as $free_before.
same_free() { [ "$(free_memory)" -ge "$free_before" ]; }

# console_says NAME COMMAND TEXT: types the command at the guest's terminal; `console` shows the text within 30 seconds. Debian's
# reads what is typed from a terminal only, hence the way through the one that the store names.
console_says() {
    : >/tmp/console.out
    sleep 40 | $tool console "$1" >/tmp/console.out 2>&1 &
    console=$!
    printf '\n%s\n' "$2" >"$(xenstore-read "/local/domain/$($tool domid "$1")/console/tty")"
    for i in $(seq 300); do
        grep -q "$3" /tmp/console.out && break
        sleep 0.1
    done
    kill $console
    wait $console 2>/dev/null
    grep -q "$3" /tmp/console.out || { tail -n 15 /tmp/console.out; return 1; }
}

# What Debian's tools and the guests' consoles left, for the reader of a failure.
xl_logs() {
    for log in /var/log/xen/*; do
        [ ! -s "$log" ] || { echo "--- $log"; tail -n 10 "$log"; }
    done
}
