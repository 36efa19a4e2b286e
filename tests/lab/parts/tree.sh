# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are set by lib.sh
#
# tree - a Debian tree of the architecture of the host: the judges (drgn, crash, libkdumpfile), gcc for cmpdump, QEMU
# for x86_64, and QEMU for ppc64 unless the host has 10.2 or newer
# In:  the first suite that has all packages; trixie needs its backports for QEMU.
# Out: a root directory for tree-exec; `judges`: the versions of the judges.
# Does not know: the emulated machines.

part_packages() {
    echo mmdebstrap debian-archive-keyring python3 mount
}

arch=$(dpkg --print-architecture)

part_recipe() {
    if [ -n "$(host_qemu)" ]; then echo 'qemu of this machine'; else echo 'qemu of the suite'; fi
}

part_suites() {
    echo trixie,trixie-backports forky sid
}

# the packages, separated by commas; QEMU before 10.2 does not emulate fadump
packages() {
    printf 'python3-drgn,crash,libkdumpfile-dev,gcc,libc6-dev,qemu-system-x86'
    [ -n "$(host_qemu)" ] || printf ',qemu-system-ppc'
}

part_fetch() {
    [ -n "$(host_qemu)" ] || archive_version "$1" "$arch" qemu-system-ppc 1:10.2 || return 1
    # shellcheck disable=SC2046 # a list of words
    fetch "$1" "$arch" '?essential' '?priority(required)' apt $(packages | tr , ' ')
}

part_build() {
    root_make minbase "$(suite_of tree)" "$arch" "$1" "$(packages)"
    # shellcheck disable=SC2016 # fields of dpkg-query
    chroot "$1" dpkg-query -W -f '${Package} ${Version}\n' python3-drgn crash libkdumpfile-dev > "$1/judges" \
        || die 'tree: a judge is missing'
}
