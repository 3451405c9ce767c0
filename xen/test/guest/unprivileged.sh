# SPDX-License-Identifier: GPL-2.0-only
# In dom0, for `run --unprivileged`: makes each test kernel of /root/tests a guest, one at a time, and prints what it wrote.
# A line of /root/tests/list: name, number of vCPUs. Markers: "@@ NAME", the console, "@@ end STATE".
# STATE: gone (it stopped by itself), crashed, late (it did neither in time).
xen-up || exit 1
limit=${LIMIT-40}

state_of() { xm list "$1" 2>/dev/null | awk 'NR == 2 { print $5 }'; }

while read -r name vcpus; do
    log=/var/log/xen/console/guest-$name.log
    state=late
    if ! xm create -q /dev/null name="$name" kernel="/root/tests/$name.elf" memory=64 vcpus="$vcpus" \
        on_reboot=destroy on_poweroff=destroy on_crash=preserve </dev/null >/tmp/create.out 2>&1; then
        echo "@@ $name"
        echo "ERROR: xm create: $(tail -n 1 /tmp/create.out)"
        echo "@@ end gone"
        continue
    fi
    tenths=$((limit * 10))
    while [ $((tenths -= 1)) -gt 0 ]; do
        case $(state_of "$name") in
        "") state=gone; break ;;
        *c*) state=crashed; break ;;
        esac
        sleep 0.1
    done
    [ $state = gone ] || xm destroy "$name"
    # Dying lasts until xenconsoled, which has a page of it, has taken its last words.
    for tenth in $(seq 100); do
        [ "$(xm list | wc -l)" -gt 2 ] || break
        sleep 0.1
    done
    echo "@@ $name"
    tr -d '\r' <"$log"
    echo
    echo "@@ end $state"
done </root/tests/list
