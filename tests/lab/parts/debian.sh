# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are set by lib.sh
#
# debian - a Debian ppc64le root, run on the host through qemu-user: `full` boots it, and dracut runs in it
# In:  the first suite of Debian that has all packages.
# Out: a root directory.
# Does not know: the kernel and the product (full.sh and initramfs-*.sh add them in a layer).

part_packages() {
    echo mmdebstrap debian-archive-keyring qemu-user-static arch-test
}

part_suites() {
    echo trixie forky bookworm sid
}

# systemd, dracut, usual tools of an administrator; busybox for mini
admin=systemd,systemd-sysv,udev,dbus,kmod,dracut,cpio,zstd,e2fsprogs,procps,iproute2,less,openssh-server,cron,logrotate,busybox-static
# switch_root, for an initramfs without systemd: util-linux 2.42 (forky) does not contain it, util-linux-extra does
admin=$admin,util-linux-extra
# needed by network, nfs, iscsi and ssh-client of dracut
clients=dracut-network,iputils-arping,nfs-common,open-iscsi,openssh-client
# started in `server` only, not in `full`
server=nfs-kernel-server
# downloaded here for debian-disks, which is made from this root: both need the same suite
disks='lvm2 cryptsetup-bin mdadm multipath-tools xfsprogs'
# downloaded here for the part packages
later='kdump-tools makedumpfile selinux-policy-default policycoreutils'

# Without systemd, dracut uses isc-dhcp-client for DHCP; Debian has it up to 13.
part_fetch() {
    all=$admin,$clients,$server
    [ -z "$(archive version "$1" ppc64el isc-dhcp-client)" ] || all=$all,isc-dhcp-client
    echo "$all" > "$LAB/archive/wanted.$part"
    # shellcheck disable=SC2046,SC2086 # lists of words
    fetch "$1" ppc64el '?essential' '?priority(required)' apt $(echo "$all" | tr , ' ') $disks $later
}

part_progress() {
    grep -ac '^Setting up' "$log" | sed 's/$/ packages set up/'
}

part_build() {
    suite=$(suite_of "$part")
    # also excluded, because their setup is slow on an emulated processor and no test uses the result: py3compile, the
    # hardware database of udev, the message catalogue of systemd
    root_make minbase "$suite" ppc64el "$1" "$(cat "$LAB/archive/wanted.$part")" --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/bin/py3compile' --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' \
        --dpkgopt='path-exclude=/lib/udev/hwdb.d/*' --dpkgopt='path-exclude=/usr/lib/systemd/catalog/*'
    # grep decides: dracut 059 prints its version and exits with status 1
    chroot "$1" dracut --version | grep '^dracut' >> "$log" || die "$part: dracut does not run in it"
    # shellcheck disable=SC2016 # fields of dpkg-query
    chroot "$1" dpkg-query -W -f '${Package} ${Version}\n' dracut systemd > "$1/versions"
}
