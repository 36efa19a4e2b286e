# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# packages - packages of Debian that a test installs in a running machine, with the packages that they need there
# In:  debian, and the packages that were downloaded for it.
# Out: kdump-tools/*.deb, selinux/*.deb. Does not know: when they are installed.

part_needs() {
    echo debian
}

part_packages() {
    echo qemu-user-static
}

part_recipe() {
    cat "$HERE/layer"
}

part_build() {
    OUT=$1 ARCHIVE=$LAB/archive/$(suite_of debian)-ppc64el
    export OUT ARCHIVE
    # shellcheck disable=SC2016 # expanded by the inner shell
    step packages "$HERE/layer" "$(part_path debian)" sh -euxc '
        cp "$ARCHIVE"/lists/*_* "$LAYER/var/lib/apt/lists/"
        # set_of NAME PACKAGE...: collect the PACKAGEs in the directory NAME
        set_of() {
            mkdir "$OUT/$1"
            to=$OUT/$1
            shift
            # a line for each package: URI, file name, size, hash
            chroot "$LAYER" apt-get -qq --print-uris --no-install-recommends install "$@" > "$OUT/uris"
            while read -r _uri file _rest; do cp "$ARCHIVE/archives/$file" "$to/"; done < "$OUT/uris"
            rm "$OUT/uris"
        }
        set_of kdump-tools kdump-tools makedumpfile
        set_of selinux selinux-policy-default policycoreutils
    '
}
