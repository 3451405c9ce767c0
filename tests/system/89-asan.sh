# SPDX-License-Identifier: GPL-2.0-only
# Our daemons and xm with AddressSanitizer, LeakSanitizer and UBSan in dom0 (make tools ASAN=1): a guest that is made and destroyed,
# and clients that keep to no protocol. The whole is asan-daemons, by name.
# machine: --smp 2 --with-sanitizers --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --add tools/xenstored/test/ring_guest --add build/programs/hostile_client:/bin/hostile_client --add build/programs/bad_access:/bin/bad_access --timeout 600
. /root/lib.sh
tool=xm
. /root/xl.sh
LONG=${LONG-}
export ASAN_OPTIONS=log_path=/var/log/sanitizer:handle_abort=1 UBSAN_OPTIONS=log_path=/var/log/sanitizer:print_stacktrace=1

# The numbers of the three daemons; xend has a process more for what it waits for.
daemons() { cat /run/xenstored.pid /run/xenconsoled.pid /run/xend/xend.pid 2>/dev/null | tr "\n" " "; }
no_report() { ! ls /var/log/sanitizer.* 2>/dev/null || { head -n 40 /var/log/sanitizer.*; return 1; }; }
still() {
    check "$1: no report of a sanitizer" no_report
    is "$1: the daemons are those that were started" "$(daemons)" "$started"
}
sanitized() { for pid in $started; do grep -q libasan /proc/$pid/maps || return 1; done; }
hostile() {
    hostile_client store /run/xenstored/socket $1 $2 && hostile_client xend /run/xend/xend.sock $1 $2 &&
        xenstore-exists /tool/xenstored && xm list >/dev/null
}
ended() { ! kill -0 "$1" 2>/dev/null; }

check "daemons and bridge" xen-up || exit 1
started=$(daemons)
is "three daemons" "$(echo $started | wc -w)" 3
check "they have the sanitizers" sanitized
for fault in leak overflow; do
    bad_access $fault
    check "a report of $fault is found" sh -c 'ls /var/log/sanitizer.*'
    rm -f /var/log/sanitizer.*
done
/root/ring_guest >/tmp/ring || { not_ok "hostile rings"; grep '^not ok' /tmp/ring; }
check "hostile clients of the sockets" hostile ${LONG:+4}00 1
still "hostile clients"
mount -t tmpfs none /srv
guest_config one
check "xm create" xm create /root/one.cfg || exit 1
check "the guest answers" wait_for 60 answers
check "xm console" console_says one 'echo seen-$((6 * 7))' seen-42
if [ -n "$LONG" ]; then
    check "a flood of its console" console_says one 'head -c 300000 /dev/urandom | od -x; echo flood-$((6 * 7))' flood-42
    check "xm pause" xm pause one
    check "xm unpause" xm unpause one
    check "xm vcpu-set" xm vcpu-set one 1
    check "xm save" xm save one /srv/one.save
    check "hostile clients meanwhile" hostile 200 2
    check "xm restore" xm restore /srv/one.save
    check "it answers" wait_for 30 answers
    still "save and restore"
    id=$(xm domid one)
    check "xm reboot" xm reboot one
    check "it comes back as another domain" wait_for 90 sh -c "xm domid one && [ \$(xm domid one) != $id ]"
    check "and answers" wait_for 90 answers
    check "a greedy guest" xm create -q /dev/null name=greedy kernel=/root/greedy.elf memory=64 on_reboot=destroy on_crash=destroy
    check "hostile clients beside it" hostile 200 3
    wait_for 90 gone greedy || xm destroy greedy
    check "xm shutdown -w" timeout 120 xm shutdown -w one
    check "xm create again" xm create /root/one.cfg
    for wrong in "name=" "vcpus=9999" "kernel=/nowhere" "disk=['x']" "memory=-1"; do xm create /root/one.cfg "$wrong" >/dev/null 2>&1; done
    for name in list info dmesg "list -l" vcpu-list log; do xm $name >/dev/null 2>&1; done
    still "reboot, shutdown and mistakes"
fi
check "xm destroy" xm destroy one
check "dom0 is alone" wait_for 20 alone
still "destroy"
for pid in $(echo $started | awk '{ print $3, $2, $1 }'); do
    kill $pid
    check "process $pid ends" wait_for 20 ended $pid
done
check "at their end: no leak" no_report
