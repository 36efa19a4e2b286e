# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # $log and $label are lib.sh's
#
# tree - a Debian 13 tree of this machine's architecture: the judges (drgn, crash, libkdumpfile, with what
#        compiles a small program against it), QEMU for x86_64, and for ppc64 unless this machine has 10.2 or newer
# In:  the package archive (trixie, trixie-backports).
# Out: a root directory, entered with tree-exec (a private mount namespace: nothing stays mounted); `judges`, their versions.
# Does not know: the emulated machines.

part_packages() {
    echo mmdebstrap debian-archive-keyring python3 mount
}

part_recipe() {
    if [ -n "$(host_qemu)" ]; then echo 'qemu of this machine'; else echo 'qemu of trixie-backports'; fi
}

part_build() {
    set -- "$1" python3-drgn crash libkdumpfile-dev gcc libc6-dev qemu-system-x86
    [ -n "$(host_qemu)" ] || set -- "$@" qemu-system-ppc
    dir=$1
    shift
    # backports as a whole: QEMU there wants a newer libelf than drgn was built with, and apt settles that by itself
    step debootstrap "$HERE/alone" mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' \
        --customize-hook="chroot \"\$1\" apt-get -q -y -t trixie-backports install $*" \
        trixie "$dir" \
        'deb http://deb.debian.org/debian trixie main' 'deb http://deb.debian.org/debian trixie-backports main'
    # shellcheck disable=SC2016 # dpkg-query's own
    chroot "$dir" dpkg-query -W -f '${Package} ${Version}\n' python3-drgn crash libkdumpfile-dev > "$dir/judges" \
        || die 'tree: a judge is missing'
}
