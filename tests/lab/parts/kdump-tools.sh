# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# kdump-tools - the packages kdump-tools and makedumpfile of Debian, and the packages that they need in the part debian
# In:  debian, and the packages that were downloaded for it.
# Out: *.deb. Does not know: when they are installed.

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
        # a line for each package: URI, file name, size, hash
        chroot "$LAYER" apt-get -qq --print-uris --no-install-recommends install kdump-tools makedumpfile > "$OUT/uris"
        while read -r _uri file _rest; do cp "$ARCHIVE/archives/$file" "$OUT/"; done < "$OUT/uris"
        rm "$OUT/uris"
    '
}
