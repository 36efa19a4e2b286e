# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $pages is used by kernel.sh
#
# kernel-4k - a small ppc64le kernel with 4 KiB pages, radix or hash MMU, for vmcores with its page structs and page
# tables
# In:  pseries.config, without the options that `mini` does not need.
# Out: as kernel.sh. Does not know: which machine boots it.

# shellcheck source=kernel.sh
. "$HERE/parts/kernel.sh"

pages=4k-small
fragment() {
    sed -E -e 's/^CONFIG_PPC_64K_PAGES=y/CONFIG_PPC_4K_PAGES=y/' \
        -e '/^CONFIG_(NET|PACKET|UNIX|INET|IPV6|NETDEVICES|NET_CORE|NET_NS|VIRTIO_NET|BPF_SYSCALL|CGROUP_BPF|SECCOMP(_FILTER)?)=/d' \
        -e '/^CONFIG_(CGROUP_.*|CPUSETS|FAIR_GROUP_SCHED|PSI|.*_NS|NAMESPACES|IO_URING|AIO|POSIX_MQUEUE|SYSVIPC)=/d' \
        -e '/^CONFIG_(VFAT_FS|NLS|BLK_DEV_LOOP|AUTOFS_FS|FANOTIFY|INOTIFY_USER|DNOTIFY|KEYS|IKCONFIG.*|KEXEC_FILE|PROC_KCORE)=/d' \
        -e '/^CONFIG_(SOFTLOCKUP_DETECTOR|RTC_.*|ETHERNET|EFI_PARTITION|PARTITION_ADVANCED|EXT4_FS_POSIX_ACL|TMPFS_.*|KALLSYMS_ALL)=/d' \
        -e '/^CONFIG_(NETWORK_FILESYSTEMS|NFS.*|SCSI.*|ISCSI_.*|TARGET_CORE|TCM_.*|CONFIGFS_FS|BONDING|VLAN_8021Q)=/d' \
        -e '/^CONFIG_(PPC_POWERNV|HVC_OPAL|OPAL_CORE)=/d' \
        -e '/^CONFIG_(XFS_FS|BTRFS_FS|OVERLAY_FS|ZRAM|NET_VENDOR_IBM|IBMVETH)=/d' \
        -e '/^CONFIG_(AUDIT|SECURITY.*|EXT4_FS_SECURITY|LSM)=/d' \
        -e '/^CONFIG_(MD|MD_RAID1|DM_.*|BLK_DEV_(SD|DM|MD|NVME)|NVME_.*|CRYPTO_(MD5|SHA1|XTS|AES|USER_API_.*))=/d' \
        -e '/^CONFIG_PPC_RADIX_MMU=y/a CONFIG_PPC_64S_HASH_MMU=y' \
        "$HERE/pseries.config"
}
