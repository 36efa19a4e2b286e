# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are set by lib.sh
#
# server - the dump server: a Debian root whose process 1 is guest/server; NFS, iSCSI, ssh and DHCP on 10.77.0.1 and
# fd77::1
# In:  debian, the modules of the kernel, guest/ (server, agent).
# Out: root.img, ext4, sparse; ssh/ for the client: id_ed25519 and id_ed25519.pub, its key; known_hosts, with the host
#      key of the server.
# Does not know: the machine that crashes.

part_needs() {
    echo debian kernel
}

part_packages() {
    echo e2fsprogs openssh-client
}

part_recipe() {
    cat "$HERE/layer" "$HERE/guest/agent" "$HERE/guest/server"
}

part_build() {
    mkdir "$1/ssh"
    step keys ssh-keygen -q -t ed25519 -N '' -C dump -f "$1/ssh/id_ed25519"
    step keys ssh-keygen -q -t ed25519 -N '' -C server -f "$1/host"
    for name in 10.77.0.1 fd77::1 server; do
        printf '%s ' "$name"
        cut -d ' ' -f 1,2 "$1/host.pub"
    done > "$1/ssh/known_hosts"
    KERNEL=$(part_path kernel) OUT=$1
    export KERNEL OUT
    # shellcheck disable=SC2016 # expanded by the inner shell
    step image "$HERE/layer" "$(part_path debian)" sh -euxc '
        cd "$LAYER"
        mkdir -p srv/crash root/.ssh etc/target proc sys dev run
        cp -a "$KERNEL/modules/lib/modules/." usr/lib/modules/
        install -m 755 "$HERE/guest/agent" "$HERE/guest/server" usr/local/sbin/
        rm -f etc/ssh/ssh_host_*
        install -m 600 "$OUT/host" etc/ssh/ssh_host_ed25519_key
        chmod 700 root/.ssh
        install -m 600 "$OUT/ssh/id_ed25519.pub" root/.ssh/authorized_keys
        echo "/srv/crash *(rw,sync,no_root_squash,no_subtree_check)" > etc/exports
        printf "127.0.0.1 localhost\n::1 localhost\n10.77.0.1 server\n10.77.0.2 client\n" > etc/hosts
        printf "start 10.77.0.50\nend 10.77.0.60\ninterface bond0\noption subnet 255.255.255.0\n" > etc/udhcpd.conf
        mke2fs -q -t ext4 -m 0 -L server -d . "$OUT/root.img" 2G
    '
    rm "$1/host" "$1/host.pub"
}
