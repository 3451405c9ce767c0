# SPDX-License-Identifier: GPL-2.0-only
# Two hundred small guests at once on a machine of 4 GiB: each runs, each has a network card and answers to commands;
# afterwards every page is back.
# By name only: tests/system/run scale-guests
# machine: --smp 2 --mem 4096 --timeout 1500 --cmdline dom0_mem=1024M --add build/programs/free_pages:/bin/free_pages --add build/programs/tiny_guest:/boot/tiny_guest
. /root/lib.sh
GUESTS=${GUESTS-200}
hundredths() { read -r now rest </proc/uptime; echo "${now%.*}${now#*.}"; }
tiny() { xm create -q /dev/null "name=$1" kernel=/boot/tiny_guest memory=8 vif=bridge=xenbr0; }
said_hello() { grep -q 'tiny guest: running' "/var/log/xen/console/guest-$1.log"; }
# Pages of dom0's own tables of event channels and grant mappings, which stay as large as they had to be.
table_pages() {
    xm debug-keys m && xm dmesg |
        sed -n 's/.*d0: \([0-9]*\) pages of event channels, \([0-9]*\) of grant mappings.*/\1 + \2/p' | tail -n 1
}
free_and_tables() { echo $(($(free_pages) + $(table_pages))); }
same_pages() { [ "$(free_and_tables)" -ge $all_before ]; }
reads() {
    t=$(hundredths)
    for n in $(seq 50); do xenstore-read /local/domain/0/name >/dev/null; done
    report "50 xenstore-reads in" $(($(hundredths) - t))
}
report() { echo "$1: $(($2 / 100)).$(printf %02d $(($2 % 100))) s"; }

check "daemons and bridge" xen-up || exit 1
check "the first guest, which is not counted" tiny warm-up
check "runs" wait_for 20 said_hello warm-up
check "and is destroyed" xm destroy warm-up
sleep 2
free_before=$(free_pages)
all_before=$(free_and_tables)
echo "free pages before: $free_before, dom0's tables: $(table_pages); xend $(resident xend), xenstored $(resident xenstored), xenconsoled $(resident xenconsoled) KiB"

reads
begun=$(hundredths) made=0
for n in $(seq $GUESTS); do
    t=$(hundredths)
    tiny many$n || { not_ok "guest $n is not created"; break; }
    made=$((made + 1))
    case $n in 1 | 50 | 100 | 150 | 200) report "guest $n created in" $(($(hundredths) - t)) ;; esac
done
is "$GUESTS guests are created" $made $GUESTS
report "all created in" $(($(hundredths) - begun))
heard=0
for n in $(seq $made); do wait_for 20 said_hello many$n && heard=$((heard + 1)); done
is "each of them runs" $heard $made
is "xm list has them" "$(xm list | grep -c '^many')" $made
is "none is paused, dying or crashed" "$(xm list | grep '^many' | awk '{ print $5 }' | grep -c '[pscd]')" 0
is "each has a card on the bridge" "$(ls /sys/class/net/xenbr0/brif | wc -l)" $made
t=$(hundredths)
xm list >/dev/null
report "xm list in" $(($(hundredths) - t))
reads
check "one in the middle is paused" xm pause many$((made / 2))
check "and goes on" xm unpause many$((made / 2))
echo "free pages with all: $(free_pages); xend $(resident xend), xenstored $(resident xenstored), xenconsoled $(resident xenconsoled) KiB; dom0 has $(awk '/MemAvailable/ { print $2 }' /proc/meminfo) KiB left"

begun=$(hundredths)
for n in $(seq $made); do xm destroy many$n || not_ok "many$n is not destroyed"; done
report "all destroyed in" $(($(hundredths) - begun))
check "nothing is left" wait_for 10 alone
check "every page is back" wait_for 20 same_pages
echo "free pages after: $(free_pages), dom0's tables: $(table_pages)"
