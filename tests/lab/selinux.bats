#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# selinux.bats - a system with SELinux and the policy of Debian: the saved dump gets the labels of that policy
# In:  the lab (missing parts are built). One machine runs once; the tests examine the evidence gathered from it.
# Out: TAP. Does not know: how the dump is made, how the labels are set.

load lab

setup_file() {
    lab_ready tree kernel full initramfs-full packages
    export BOOT_SECONDS=600
    crash || echo '# the machine was not completed' >&3
}

crash() {
    machine_new full
    own_product
    machine_disk cp -r "$(lab_part packages)/selinux" root/packages
    machine_on fadump=nocma fadump_dump_level=23 && machine_boot || return
    # all files get their labels now; systemd loads the policy in the next boot
    GUEST_SECONDS=1800 guest 'set -e
        DEBIAN_FRONTEND=noninteractive dpkg -i /root/packages/*.deb
        printf "%s\n" SELINUX=enforcing SELINUXTYPE=default > /etc/selinux/config
        setfiles -F /etc/selinux/default/contexts/files/file_contexts /' > "$E/installed" 2>&1 || return
    machine_stop
    machine_on fadump=nocma fadump_dump_level=23 lsm=selinux && machine_boot || return
    settled > "$E/running-1"
    gather before
    # these files have no line end; the label ends with a NUL
    guest 'cat /sys/fs/selinux/enforce; echo; tr -d "\0" < /proc/1/attr/current' > "$E/before/mode"
    # the initramfs must create this directory, so its label is tested too
    guest 'rm -rf /var/crash'
    pattern saved 42 && machine_crash && machine_boot || return
    settled > "$E/running-2"
    # shellcheck disable=SC2016 # expanded in the guest
    GUEST_SECONDS=300 guest 'until [ "$(systemctl show -P ExecMainExitTimestampMonotonic fadump-confirm)" -gt 0 ]
        do sleep 1; done'
    gather saved
    guest 'cat /sys/fs/selinux/enforce' > "$E/saved/mode"
    guest 'systemctl show -P Result fadump-confirm; journalctl -b -o cat -u fadump-confirm' > "$E/saved/confirm"
    # path, label on the disk, label of the policy
    # shellcheck disable=SC2016 # expanded in the guest
    guest 'path=$(sed -n "s/^path=//p" /run/fadump/status)
        for file in "$path" "${path%/*}"/vmcore-dmesg.txt "${path%/*}" /var/crash; do
            echo "$file $(stat -c %C "$file") $(matchpathcon -n "$file")"
        done' > "$E/saved/labels"
    machine_stop
    outside saved
}

@test "the system runs with SELinux and the policy of Debian, enforcing, before and after the crash" {
    cat "$E/before/mode" "$E/saved/mode"
    [ "$(head -n 1 "$E/before/mode")" = 1 ]
    grep -q ':init_t:' "$E/before/mode"
    [ "$(cat "$E/saved/mode")" = 1 ]
}

@test "the dump is saved, its memory released, the next dump armed; fadump-confirm found the dump" {
    captured saved target=dir:/var/crash found=yes
}

@test "fadump-confirm.service succeeded, and the dump has the labels that the policy gives" {
    cat "$E/saved/confirm" "$E/saved/labels"
    [ "$(head -n 1 "$E/saved/confirm")" = success ]
    [ "$(wc -l < "$E/saved/labels")" -eq 4 ]
    run awk '$2 != $3 || $2 !~ /^[a-z_]+:object_r:[a-z_]+_t:/ || $2 ~ /unlabeled_t|file_t/' "$E/saved/labels"
    [ "$output" = '' ]
}
