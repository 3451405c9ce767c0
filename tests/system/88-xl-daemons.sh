# SPDX-License-Identifier: GPL-2.0-only
# Debian's own xl (libxl of 4.17), with our libxenstore, on our xenstored and xenconsoled: a guest's life, and what is left of it in
# the store. On Debian's hypervisor, and with Debian's daemons for comparison, by debian-xl.sh.
# machine: --smp 2 --with-debian-tools --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --add build/programs/store_compare:/bin/store_compare --timeout 900
. /root/lib.sh
. /root/xl.sh

case $(cat /proc/cmdline) in *daemons=reference*) whose=reference ;; *) whose=store ;; esac

# The guest's nodes have its number or UUID in their paths. libxl leaves two folders of its own behind, empty.
paths() { xenstore-ls -f / | sed 's/ = .*//' | sort; }
nothing_left() { paths >/tmp/after && cmp -s /tmp/before /tmp/after; }
left_by() { check "nothing of $1 is in the store" wait_for 10 nothing_left || diff -U 0 /tmp/before /tmp/after; }
memory_is() { [ "$(xl list byxl | awk 'NR == 2 { print $3 }')" = "$1" ]; }
online_is() { [ "$(xl vcpu-list byxl | grep -c -- '[r-][b-]- ')" = "$1" ]; }
state_is() { xl list byxl | grep -q " $1 "; }

check "the daemons start ($whose)" xen-up $whose || exit 1

# Debian's xenstored keeps an entry for a domain that does not exist, and shows it; ours leaves it out.
cat >/tmp/expected <<'END'
reads x: one
reads x, which was changed: one
writes x: OK
reads what it wrote: mine
reads a node that is not there: ENOENT
ends: EAGAIN
x is then: two
right for no domain: OK
is then: n0 r4242
node of no domain: ENOENT
is then: n0 r4242
right for a domain: OK
is there: 1
its death is told: 0
right of the dead is shown: 1
the next of its number has the right: 1
END
[ $whose = reference ] || sed -i 's/ r4242//; s/\(dead.*\|next.*\): 1/\1: 0/' /tmp/expected
store_compare >/tmp/compare
check "xenstored's answers are those of Debian's" diff -U 0 /tmp/expected /tmp/compare

mount -t tmpfs none /srv                # the image's own is half of dom0's memory, too
guest_config byxl
free_before=$(free_memory)
{ paths; echo /libxl; echo /vm; } | sort >/tmp/before
check "xl create" xl create /root/byxl.cfg || exit 1
check "the guest answers" wait_for 60 answers
check "xl list" state_is '[r-][b-]----'
check "xl console" console_says byxl 'echo seen-$((6 * 7))' seen-42
check "xl pause" xl pause byxl
check "paused shows" state_is '[r-][b-]p---'
check "xl unpause" xl unpause byxl
check "xl vcpu-set 1" xl vcpu-set byxl 1
check "the guest gives a CPU up" wait_for 30 online_is 1
check "xl mem-set" xl mem-set byxl 100
check "the guest gives memory back" wait_for 30 memory_is 100
check "xl save" xl save byxl /srv/byxl.save
left_by "the saved guest"
check "xl restore" xl restore /srv/byxl.save
check "it answers" wait_for 30 answers
check "its console goes on" console_says byxl 'echo again-$((6 * 7))' again-42
id=$(xl domid byxl)
check "xl reboot" xl reboot byxl
check "it comes back as another domain" wait_for 90 sh -c "xl domid byxl && [ \$(xl domid byxl) != $id ]"
check "and answers" wait_for 90 answers
check "xl shutdown -w" timeout 120 xl shutdown -w byxl
check "it is gone" wait_for 60 gone byxl
left_by "the guest that was shut down"
check "xl create -p" xl create -p /root/byxl.cfg
check "xl destroy" xl destroy byxl
left_by "the guest that was destroyed"
check "its memory is free again" wait_for 20 same_free
[ $whose = reference ] || check "accounts" sh -c 'xenstore-control check | grep -q ": ok$"'
xl_logs
