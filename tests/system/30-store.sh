# SPDX-License-Identifier: GPL-2.0-only
# xenstored and its commands in dom0: the socket, the kernel's own connection, guests' rings with an honest and a hostile guest.
# machine: --smp 1 --add tools/xenstored/test/ring_guest
. /root/lib.sh

xenstored || not_ok "xenstored does not start"
check "it serves when it returns" xenstore-exists /tool/xenstored
is "a second one refuses" "$(xenstored 2>&1 | cut -d' ' -f1-3)" "xenstored: already running"
check "dom0's kernel has connected" wait_for 5 xenstore-exists /local/domain/0/control/feature-poweroff

# The same through the kernel's device, as a guest would.
kernel() { XENSTORED_PATH=/nonexistent XENSTORED_DEVICE=/dev/xen/xenbus "$@"; }
check "write through the kernel" kernel xenstore-write /t/a 1 /t/b 2
is "read through the kernel" "$(kernel xenstore-read /t/b)" 2
is "both ways see the same" "$(xenstore-ls -f /t)" "$(kernel xenstore-ls -f /t)"
(kernel timeout 10 xenstore-watch -n 2 /t/w >/tmp/watched) &
sleep 0.5
xenstore-write /t/w/x 1
wait $!
is "watch through the kernel" "$(tail -n 1 /tmp/watched)" /t/w/x
check "remove" xenstore-rm /t

before=$(xenstore-ls -f / | wc -l)
/root/ring_guest || not_ok "ring_guest ended with status $?"
is "nothing is left of the guests" "$(xenstore-ls -f / | wc -l)" "$before"
check "accounts" sh -c 'xenstore-control check | grep -q ": ok$"'
is "log of broken rings" "$(grep -c 'no longer served' /var/log/xen/xenstored.log)" 3

# 50 processes at once, each with a transaction of its own.
for i in $(seq 50); do
    xenstore-write /many/$i/a 1 /many/$i/b 2 &
    pids="$pids $!"
done
for p in $pids; do wait $p || not_ok "a writer failed"; done
is "many clients at once" "$(xenstore-ls -f /many | grep -c =)" 150
xenstore-rm /many
kill "$(cat /run/xenstored.pid)"
check "it ends on SIGTERM" wait_for 5 sh -c '[ ! -e /run/xenstored.pid ] && [ ! -e /run/xenstored/socket ]'
is "without it the commands say so" "$(xenstore-read / 2>&1)" "xenstore-read: no connection to xenstored: Connection refused"
