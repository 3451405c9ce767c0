# SPDX-License-Identifier: GPL-2.0-only
# The toolstack over a long time and in a host that lacks memory or room: the items of soak-tools.sh; 41-xend-killed and 42-save have
# steps of the same kinds. After lib.sh, and xl.sh with tool=xm. docs/soak.md has the results.

seconds() { cut -d. -f1 /proc/uptime; }
guest_log() { echo "/var/log/xen/console/guest-$1.log"; }
images=/var/lib/xen/save
# soak_up: a file system for the logs and one for images, the system's log in /tmp/system-log, the daemons, and a first guest that is
# not counted.
soak_up() {
    mkdir -p $images
    mount -t tmpfs -o size=200M tmpfs $images
    mount -t tmpfs -o size=48M tmpfs /var/log
    syslogd -O /tmp/system-log
    fill /var/log
    check "daemons and bridge, with a full /var/log" xen-up || exit 1
    make_room /var/log
    check "the first guest, which is not counted" tiny warm-up
    check "runs" wait_for 20 said_hello warm-up
    check "and is destroyed" xm destroy warm-up
}
at_most() { if [ "$2" -le "$3" ]; then ok "$1: $2, at most $3"; else not_ok "$1: $2 instead of at most $3"; fi; }
tiny() { tiny_name=$1; shift; xm create -q /dev/null "name=$tiny_name" kernel=/boot/tiny_guest memory=8 "$@"; }
said_hello() { grep -q 'tiny guest: running' "$(guest_log "$1")"; }
# linux NAME ADDRESS [COMMAND, with + for spaces [LINE...]]: writes /root/NAME.cfg and makes the guest.
linux_config() {
    cat >"/root/$1.cfg" <<END
name = '$1'
kernel = '$kernel'
ramdisk = '/boot/guest-initrd.gz'
memory = 128
vif = [ 'bridge=xenbr0' ]
extra = 'console=hvc0 ip=$2/24 ${3:+run=$3}'
END
    linux_name=$1
    shift $(($# > 3 ? 3 : $#))
    for line in "$@"; do echo "$line" >>"/root/$linux_name.cfg"; done
}
linux() { linux_config "$@"; xm create -q "/root/$1.cfg"; }

# ---- a guest that reboots many times ------------------------------------------------------------------------------------

# What must not grow, one thing a line. Numbers of domains and ports differ, so of the store's nodes only the paths count.
reboot_state() {
    echo "free pages: $(free_pages)"
    xenstore-ls -f / | sed 's/ = .*//; s/[0-9][0-9]*/N/g' | sort
    for daemon in xenstored xenconsoled xend; do
        pid=$(daemon_pid $daemon)
        echo "$daemon: process $pid, $(ls /proc/$pid/fd | wc -l) descriptors"
    done
    ls -d /sys/block/loop*/loop /dev/pts/* 2>/dev/null
    ls /sys/bus/xen-backend/devices /run/xend/domains /sys/class/net/xenbr0/brif | wc -l
    ls -A /run/xend /run/xend/domains
    echo "event channels: $(grep -c 'xen-dyn' /proc/interrupts)"
}
same_reboot_state() { reboot_state >/tmp/after; diff /tmp/before /tmp/after >/tmp/changes; }
ready_times() { grep -c 'guest: ready' "$(guest_log again)"; }
is_ready() { [ "$(ready_times)" -ge "$1" ]; }
log_bytes() { cat /var/log/xen/xend.log /var/log/xen/xenconsoled.log /var/log/xen/xenstored.log | wc -c; }

# item_reboots N: every other time by xm reboot, else by the guest itself.
item_reboots() {
    linux again 10.0.0.20 '' "disk = [ 'file:/root/again.img,xvda,w' ]" || { not_ok "xm create again"; return; }
    begun=$(seconds)
    wait_for 60 is_ready 1
    for n in $(seq "$1"); do
        domid=$(xm domid again)
        if [ $((n % 2)) = 1 ]; then
            xm reboot again || break
        else
            echo 'reboot -f' >"$(xenstore-read /local/domain/$domid/console/tty)"
        fi
        wait_for 60 is_ready $((n + 1)) || break
        [ "$(xm domid again)" -gt "$domid" ] || break
        [ $n = 5 ] || continue
        wait_for 30 ping -c 1 -W 1 10.0.0.20
        sleep 2
        reboot_state >/tmp/before
        xend_before=$(resident xend) store_before=$(resident xenstored) console_before=$(resident xenconsoled) log_before=$(log_bytes)
        guest_log_before=$(wc -c <"$(guest_log again)")
    done
    is "$1 reboots" "$(ready_times)" $(($1 + 1))
    echo "    | $(($(seconds) - begun)) s"
    wait_for 30 ping -c 1 -W 1 10.0.0.20
    if wait_for 10 same_reboot_state; then ok "all is as it was after 5"; else not_ok "after 5 it was: $(head -20 /tmp/changes | tr '\n' '|')"; fi
    at_most "memory of xend in KiB" "$(resident xend)" $((xend_before + 256))
    at_most "memory of xenstored in KiB" "$(resident xenstored)" $((store_before + 256))
    at_most "memory of xenconsoled in KiB" "$(resident xenconsoled)" $((console_before + 256))
    at_most "daemons' logs, bytes a reboot" $((($(log_bytes) - log_before) / ($1 - 5))) 2048
    at_most "its console's log, bytes a reboot" $((($(wc -c <"$(guest_log again)") - guest_log_before) / ($1 - 5))) \
        $((guest_log_before / 5 + 2048))
    check "it is destroyed" xm destroy again
}

# ---- xm is killed in the middle -------------------------------------------------------------------------------------------

image_begun() { [ -n "$(find $images -name '.cut.save.*.partial' -size +0)" ]; }
asked_to_end() { xenstore-read /local/domain/$cut/control/shutdown | grep .; }
image_whole() { [ -s $images/cut.save ] && gone cut && [ -z "$(find $images -name '.cut.save*')" ]; }
cut_runs() { xm list cut | grep -q ' [r-][b-]---- ' && ping -c 1 -W 1 10.0.0.21; }

# item_killed SIGNAL...: what was asked for is done all the same, as xm(1) says.
item_killed() {
    linux_config cut 10.0.0.21 '' "disk = [ 'file:/root/cut.img,xvda,w' ]"
    host_state >/tmp/before
    for signal in "$@"; do
        check "SIG$signal in the middle of xm create" killed $signal record_there xm create -q /root/cut.cfg
        check "the guest runs" wait_for 60 cut_runs
        check "SIG$signal in the middle of xm save" killed $signal image_begun xm save cut $images/cut.save
        check "the guest is in its file, and nowhere else" wait_for 60 image_whole
        as_before "after the save"
        check "SIG$signal in the middle of xm restore" killed $signal record_there xm restore -q $images/cut.save
        check "the guest runs" wait_for 60 cut_runs
        rm $images/cut.save
        cut=$(xm domid cut)
        check "SIG$signal in the middle of xm shutdown -w" killed $signal asked_to_end xm shutdown -w cut
        check "the guest ends" wait_for 60 gone cut
        as_before "after SIG$signal"
    done
}

# ---- a save while memory and vCPUs change -----------------------------------------------------------------------------------

present() {
    there=/local/domain/$(xm domid one)
    online=$(for cpu in 0 1 2 3; do xenstore-read $there/cpu/$cpu/availability; done | grep -c online)
    echo "$(xenstore-read $there/memory/target) KiB, $online online"
}
# The hypervisor has what the store says, 4 KiB apart for what the balloon rounds.
agrees() {
    now_has="$(present); $(xm list one | awk '$1 == "one" { print $3 " MiB, " $4 }')"
    echo "$now_has" | awk '{ d = $1 / 1024 - $5; exit !(d >= -1 && d <= 1 && $3 == $7) }' || { echo "$now_has"; return 1; }
}
# Memory and vCPUs go up and down until /tmp/changing is gone. xm vcpu-set is refused while the guest is saved.
keep_changing() {
    i=0
    while [ -e /tmp/changing ]; do
        i=$((i + 1))
        xenstore-write $there/memory/target $(((100 + i * 37 % 100) * 1024))
        xm vcpu-set one $((i % 4 + 1)) 2>/dev/null
        usleep 30000
    done
}

# item_changing N
item_changing() {
    guest_config one "maxvcpus = 4"
    put_work one
    check "xm create" xm create -q /root/one.cfg
    check "the guest answers" wait_for 60 answers
    check "it begins to work" begins_work one
    for n in $(seq "$1"); do
        present >/tmp/present
        touch /tmp/changing
        keep_changing &
        sleep 1
        check "xm save while memory/target and the number of vCPUs change" xm save one $images/one.save
        rm /tmp/changing
        wait $!
        check "the guest is gone" gone one
        check "xm restore" xm restore -q $images/one.save
        rm $images/one.save
        check "it answers" wait_for 30 answers
        check "it goes on with its work" works one
        # Linux takes CPUs away by itself; that it uses more is for its users to say.
        console_says one 'for on in /sys/devices/system/cpu/cpu[1-9]/online; do echo 1 >$on; done 2>/dev/null; echo used-$((6 * 7))' used-42
        check "it has what the store says ($(present))" wait_for 30 agrees || agrees
    done
    check "xm destroy" xm destroy one
}

# ---- a console without a reader -----------------------------------------------------------------------------------------------

cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$(daemon_pid "$1")/stat"; }
peak() { awk '$1 == "VmHWM:" { print $2 }' "/proc/$(daemon_pid "$1")/status"; }
# It sleeps when it has printed everything.
flooded() { [ "$(xm list flood | awk '$1 == "flood" { print $5 }')" = -b---- ] && sleep 0.3 && xm list flood | grep -q ' -b---- '; }
log_whole() { seq "$1" >/tmp/lines; tail -n "$1" "$(guest_log flood)" | tr -d '\r' | cmp - /tmp/lines; }
restart_xenconsoled() {
    kill "$(cat /run/xenconsoled.pid)"
    wait_for 10 sh -c '! pidof xenconsoled'
    xenconsoled "$@"
}
# What a client gets that connects: all that was kept, up to the last line.
reads_end() {
    [ -p /tmp/console.in ] || mkfifo /tmp/console.in
    xm console flood <>/tmp/console.in >/tmp/console.out 2>&1 &
    reader=$!
    wait_for 20 grep -q "^$1" /tmp/console.out
    reads_status=$?
    kill $reader
    wait $reader 2>/dev/null
    return $reads_status
}

# item_flood [OPTION of xenconsoled...]: the guest prints 1,500,000 lines, 11 MB.
item_flood() {
    check "xenconsoled $*" restart_xenconsoled "$@"
    rm -f "$(guest_log flood)"*
    ticks_before=$(cpu_ticks xenconsoled) begun=$(seconds)
    echo 5 >"/proc/$(daemon_pid xenconsoled)/clear_refs"
    check "a guest that prints" tiny flood extra=flood || return
    check "11 MB without a reader" wait_for 200 flooded
    taken=$(($(seconds) - begun + 1))
    # The 1 MiB that is kept, half of it once more while it grows, and the program.
    at_most "memory of xenconsoled in KiB" "$(peak xenconsoled)" 3072
    at_most "its CPU time in percent of $taken s" $((($(cpu_ticks xenconsoled) - ticks_before) / taken)) 60
    check "a client that connects then gets the last line" reads_end 1500000
    at_most "bytes that were kept" "$(wc -c </tmp/console.out)" $((1024 * 1024 + 16384))
    [ -n "$*" ] || check "the log has all of them" log_whole 1500000
    check "xm destroy" xm destroy flood
}

# ---- guests that are destroyed while their disks work ----------------------------------------------------------------------------

disk_works() { cat /sys/bus/xen-backend/devices/vbd-*/statistics/wr_req | grep -q '...'; }
written_sectors() { cat /sys/bus/xen-backend/devices/vbd-*/statistics/wr_sect | awk '{ s += $1 } END { print s }'; }

# item_destroy N
item_destroy() {
    for disk in 1 2; do truncate -s 16M /root/busy$disk.img; done
    busy='for+d+in+a+b;do+while+:;do+dd+if=/dev/zero+of=/dev/xvd$d+bs=64k+count=256;done&done;wait'
    for n in $(seq "$1"); do
        linux busy 10.0.0.23 "$busy" "disk = [ 'file:/root/busy1.img,xvda,w', 'file:/root/busy2.img,xvdb,w' ]" || break
        wait_for 60 disk_works || break
        usleep $((n * 70000 % 500000))
        xm destroy busy || break
        # The first leaves what a host keeps, as the hypervisor's tables of dom0's grants.
        [ $n -gt 1 ] || { wait_for 10 gone busy; sleep 2; host_state >/tmp/before; }
    done
    is "guests that were destroyed while they wrote" $n "$1"
    as_before "destroyed $1 times"
}

# ---- no room --------------------------------------------------------------------------------------------------------------------

system_log_says() { grep -q "$1" /tmp/system-log; }

# item_full_log: in a dom0 whose /var/log is a file system of its own.
item_full_log() {
    check "a guest" linux full 10.0.0.24 || return
    check "answers" wait_for 60 ping -c 1 -W 1 10.0.0.24
    check "/var/log gets full" fill /var/log
    : >/tmp/system-log
    check "xm list" xm list
    check "xm create" tiny small
    check "xm destroy" xm destroy small
    check "the guest prints, and is heard" console_says full 'seq 1 3000; echo on-$((6 * 7))' on-42
    check "xm save" xm save full $images/full.save
    check "xm restore" xm restore -q $images/full.save
    rm -f $images/full.save
    domid=$(xm domid full)
    check "xm reboot" xm reboot full
    check "makes it anew" wait_for 60 sh -c "[ \$(xm domid full) -gt $domid ]"
    check "the guest answers" wait_for 60 ping -c 1 -W 1 10.0.0.24
    where='/var/log/xen/xend.log: No space left on device; .*make room'
    # Until the last block of its log is full, too.
    for n in $(seq 80); do xm destroy nothing 2>/dev/null; done
    check "xend tells the system's log" wait_for 5 system_log_says "xend.*$where"
    is "once" "$(grep -c 'xend.*No space' /tmp/system-log)" 1
    check "xenconsoled does" wait_for 5 system_log_says 'xenconsoled.*guest-full.log: No space left on device; .*make room'
    is "once for each domain that the guest was" "$(grep -c 'xenconsoled.*guest-full.log: No space' /tmp/system-log)" 3
    check "another xend" sh -c 'xend stop && xend'
    check "takes the guest over" sh -c 'xm list -l full | grep -q full.cfg'
    check "another xenconsoled" restart_xenconsoled
    check "serves the guest" console_says full 'seq 1 3000; echo on-$((6 * 7))' on-42
    check "room is made" make_room /var/log
    check "the guest is logged again" console_says full 'echo logged-$((6 * 7))' logged-42
    check "in its log" wait_for 5 grep -q logged-42 "$(guest_log full)"
    check "which says how much is missing" grep -q 'xenconsoled: [0-9]* bytes are missing here: No space left on device' "$(guest_log full)"
    check "xm destroy" xm destroy full
    check "is in xend's log" grep -q 'full (domain.*destroy' /var/log/xen/xend.log
    check "which says how many lines are missing" grep -q '[0-9]* lines are missing here: No space left on device' /var/log/xen/xend.log
}

# item_full_run: the same for /run. The room that a guest needs there is its own as long as it is there.
item_full_run() {
    check "a guest" linux full 10.0.0.24 '' "disk = [ 'file:/root/again.img,xvda,w' ]" || return
    check "answers" wait_for 60 ping -c 1 -W 1 10.0.0.24
    small_run
    check "/run gets full" fill /run
    host_state >/tmp/before
    refused "xm create" '/run/xend/domains/.*No space left on device; make room' tiny small
    as_before "after it"
    check "xm list" xm list
    check "xm save" xm save -c full $images/full.save
    rm -f $images/full.save
    check "xm save" xm save full $images/full.save
    fill /run
    refused "xm restore" '/run/xend/domains/.*No space left on device; make room' xm restore -q $images/full.save
    check "room is made" make_room /run
    check "xm restore" xm restore -q $images/full.save
    rm -f $images/full.save
    check "/run gets full" fill /run
    domid=$(xm domid full)
    check "xm reboot" xm reboot full
    check "makes it anew" wait_for 60 sh -c "[ \$(xm domid full) -gt $domid ]"
    check "the guest answers" wait_for 60 ping -c 1 -W 1 10.0.0.24
    kill -9 "$(cat /run/xend/xend.pid)"
    wait_for 10 sh -c '! xend status'
    check "another xend after one that was killed" xend
    check "takes the guest over" sh -c 'xm list -l full | grep -q full.cfg'
    check "xend stops" xend stop
    fill /run
    refused "another" "xend: pid file '/run/xend/xend.pid': No space left on device; make room" xend
    kill "$(cat /run/xenconsoled.pid)"
    wait_for 10 sh -c '! pidof xenconsoled'
    fill /run
    refused "another xenconsoled" "xenconsoled: pid file '/run/xenconsoled.pid': No space left on device; make room" xenconsoled
    check "room is made" make_room /run
    check "xenconsoled" xenconsoled
    check "xend" xend
    check "serves the guest" console_says full 'echo on-$((6 * 7))' on-42
    check "xm destroy" xm destroy full
    is "no state is left" "$(ls -A /run/xend/domains)" ""
    mount -o remount,size=50% /run
}

# item_full_images: no room for an image.
item_full_images() {
    mount -o remount,size=20M $images
    check "a guest" linux full 10.0.0.24 || return
    check "answers" wait_for 60 ping -c 1 -W 1 10.0.0.24
    host_state >/tmp/before
    refused "xm save" 'full.save: No space left on device; make room' xm save full $images/full.save
    is "leaves nothing" "$(ls -A $images)" ""
    check "the guest answers" wait_for 20 ping -c 1 -W 1 10.0.0.24
    as_before "but for the save that was refused"
    mount -o remount,size=200M $images
    check "xm save with room" xm save full $images/full.save
    check "xm restore" xm restore -q $images/full.save
    check "the guest answers" wait_for 20 ping -c 1 -W 1 10.0.0.24
    check "xm destroy" xm destroy full
    rm $images/full.save
}

# ---- dom0 without memory ------------------------------------------------------------------------------------------------------------

# The kernel's log has room for a few of its reports only.
killed_by_kernel() { awk '$1 == "oom_kill" { print $2 }' /proc/vmstat; }
# One file takes all but 200 MiB. Then many processes that each have less than a daemon, and wait for a reader: the kernel ends the
# largest of all.
hog() {
    dd if=/dev/zero of=/mnt/hog/fill bs=1M count=$(($(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo) / 1024 - 200)) 2>/dev/null
    mkfifo /tmp/hog.fifo
    exec 8<>/tmp/hog.fifo
    while [ -e /tmp/hog ]; do
        (echo 0 >/proc/self/oom_score_adj; exec dd if=/dev/zero of=/tmp/hog.fifo bs=1500000 count=1 2>/dev/null) &
    done
    sleep 1
    while killall dd 2>/dev/null; do sleep 0.2; done
    wait
}
kernel_kills() { [ "$(killed_by_kernel)" -ge "$1" ]; }

# item_memory KILLS
item_memory() {
    check "a guest" linux hungry 10.0.0.25 '' "disk = [ 'file:/root/again.img,xvda,w' ]" || return
    check "answers" wait_for 60 ping -c 1 -W 1 10.0.0.25
    host_state >/tmp/before
    for daemon in xenstored xenconsoled xend; do daemon_pid $daemon; done >/tmp/daemons
    dmesg -c >/dev/null
    echo 0 >/proc/sys/vm/oom_dump_tasks
    # This script must outlive what it does.
    echo -1000 >/proc/$$/oom_score_adj
    touch /tmp/hog
    mkdir -p /mnt/hog
    mount -t tmpfs -o size=100% tmpfs /mnt/hog
    hog &
    check "dom0 has no memory left" wait_for 200 kernel_kills $(($(killed_by_kernel) + $1))
    check "the guest answers" wait_for 20 ping -c 1 -W 5 10.0.0.25
    rm /tmp/hog
    wait $!
    check "memory is given back" wait_for 60 umount /mnt/hog
    is "processes of the toolstack that were ended" "$(dmesg | grep 'Out of memory: Killed process' | grep -c 'xen')" 0
    is "the daemons are those that they were" "$(for daemon in xenstored xenconsoled xend; do daemon_pid $daemon; done | tr '\n' ' ')" \
        "$(tr '\n' ' ' </tmp/daemons)"
    as_before "with memory again"
    check "xm reboot" xm reboot -w -t 120 hungry
    check "the guest answers" wait_for 60 ping -c 1 -W 1 10.0.0.25
    check "xm destroy" xm destroy hungry
    echo 0 >/proc/$$/oom_score_adj
}
