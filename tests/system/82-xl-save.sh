# SPDX-License-Identifier: GPL-2.0-only
# Debian's xl on our hypervisor: save, restore, and live migration to the same machine, of a guest that writes to its memory and
# its disk all the time and reads back what it wrote.
# machine: --smp 2 --with-debian-tools --without-tools --add tests/system/xl.sh:/root/xl.sh --timeout 900
. /root/lib.sh
. /root/xl.sh

xl_up || exit 1
guest_config byxl
put_work byxl
free_before=$(free_memory)
check "xl create" xl create /root/byxl.cfg || exit 1
check "the guest answers" wait_for 60 answers
check "it begins to work" begins_work byxl
check "its date, uptime, memory, CPUs and kernel's log are right" facts_hold 10.0.0.9 128 2
behind=$facts_behind saved=$(date +%s)
check "xl save" xl save byxl /root/byxl.save
check "the guest is gone" gone byxl
check "its memory is free" wait_for 20 same_free
check "ten seconds go by" wait_for 20 date_is $((saved + 10))
check "xl restore" xl restore /root/byxl.save
check "it answers" wait_for 30 answers
check "its date, uptime, memory, CPUs and kernel's log are right" facts_hold 10.0.0.9 128 2
check "its clock went on while it was saved" facts_go_on $behind
check "it goes on with its work" works byxl
rm /root/byxl.save

id=$(xl domid byxl)
check "xl migrate" xl migrate -s '' byxl 'xl migrate-receive'
check "it has another number" [ "$(xl domid byxl)" != "$id" ]
is "one domain has the name" "$(xl list | grep -c byxl)" 1
check "it answers" wait_for 30 answers
check "date, uptime, memory, CPUs and log are right after the migration" facts_hold 10.0.0.9 128 2
check "its clock went on meanwhile" facts_go_on $behind
check "it goes on with its work" works byxl
id=$(xl domid byxl)
check "xl save -c" xl save -c byxl /root/byxl.save
check "leaves it running" [ "$(xl domid byxl)" = "$id" ]
check "it answers" wait_for 30 answers
check "it goes on with its work" works byxl

# The xl that waits for the guest's end takes a suspension for it: since save -c nobody cleans up after a shutdown.
check "xl destroy" xl destroy byxl
check "its memory is free again" wait_for 30 same_free
xl_logs
