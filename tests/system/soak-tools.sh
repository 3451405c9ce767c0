# SPDX-License-Identifier: GPL-2.0-only
# The toolstack over a long time, and in a host without room or memory: 50 reboots, xm killed in the middle, saves while the guest
# changes, 11 MB to a console without a reader, guests destroyed with their disks at work, a full /var/log, /run and folder for
# images, dom0 out of memory (soak.sh; docs/soak.md). By name only, fifteen minutes; `tests/system/run --items 'PATTERN...'` runs those
# of these names.
# machine: --smp 2 --mem 3072 --timeout 2400 --add build/image/vmlinux:/boot/vmlinux --add build/programs/tiny_guest:/boot/tiny_guest --add build/programs/free_pages:/bin/free_pages --add tests/system/xl.sh:/root/xl.sh --add tests/system/soak.sh:/root/soak.sh --add build/system/soak-options:/root/soak-options
. /root/lib.sh
tool=xm
. /root/xl.sh
. /root/soak.sh
. /root/soak-options   # patterns
# chosen ITEM: its name matches a pattern.
chosen() (
    set -f
    for pattern in $patterns; do case $1 in $pattern) exit 0 ;; esac; done
    exit 1
)

soak_up
for name in again cut; do mk-guest-disk /root/$name.img 8; done
for item in full_log full_run full_images killed changing flood flood_unlogged destroy memory reboots; do
    chosen $item || continue
    echo "--- $item"
    case $item in
    reboots) item_reboots 50 ;;
    killed) item_killed KILL INT HUP ;;
    changing) item_changing 4 ;;
    flood) item_flood ;;
    flood_unlogged) item_flood --log=none && restart_xenconsoled ;;
    destroy) item_destroy 20 ;;
    memory) item_memory 30 ;;
    full_*) item_$item ;;
    esac
done
cat /var/log/xen/xend.log | tail -n 60
cat /tmp/system-log
