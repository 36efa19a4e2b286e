# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are lib.sh's
#
# debian - a Debian 13 ppc64le root, run here through qemu-user: what `full` boots and where dracut makes every initramfs
# In:  the package archive (trixie).
# Out: a root directory.
# Does not know: the kernel and our own files (full.sh and initramfs-*.sh put them on top).

part_packages() {
    echo mmdebstrap debian-archive-keyring qemu-user-static arch-test
}

# systemd and dracut, and what an administrator expects to find; busybox for mini
admin=systemd,systemd-sysv,udev,dbus,kmod,dracut,cpio,zstd,e2fsprogs,procps,iproute2,less,openssh-server,cron,logrotate,busybox-static
# what dracut's network, nfs, iscsi and ssh-client need; without systemd it has isc-dhcp-client and arping do the network
clients=dracut-network,isc-dhcp-client,iputils-arping,nfs-common,open-iscsi,openssh-client
# what `server` starts; `full` does not
server=nfs-kernel-server

part_progress() {
    grep -ac '^Setting up' "$log" | sed 's/$/ packages set up/'
}

part_build() {
    step debootstrap "$HERE/alone" mmdebstrap --verbose --variant=minbase --architectures=ppc64el \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --include="$admin,$clients,$server" trixie "$1" 'deb http://deb.debian.org/debian trixie main'
    chroot "$1" dracut --version >> "$log" || die 'debian: dracut does not run in it'
}
