# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $overlay is dracut.sh's
#
# initramfs-kinds - what an initramfs has in it for each kind of target alone
# In:  debian, kernel, server (its keys), the installed product.
# Out: KIND.files, the names in it, and KIND.bytes, its size as zstd stores it and unpacked, for dir, fs, raw, nfs, iscsi, ssh, and
#      for plain, which is without the module. The images themselves are not kept.
# Does not know: what is right.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

part_needs() {
    echo debian kernel server
}

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer"
    basename "$LAB_PRODUCT"
}

# as many at a time as there are processors, each with its own /etc/fadump.conf
part_build() {
    overlay=$1/overlay
    mkdir -p "$overlay/root" "$overlay/kinds"
    cp -a "$(part_path server)/ssh" "$overlay/root/.ssh"
    chmod 700 "$overlay/root/.ssh"
    echo 'target = dir:/var/crash' > "$overlay/kinds/dir"
    cp "$overlay/kinds/dir" "$overlay/kinds/plain"
    echo 'target = fs:LABEL=crash:/crash' > "$overlay/kinds/fs"
    echo 'target = raw:/dev/vdb' > "$overlay/kinds/raw"
    echo 'target = nfs:10.77.0.1:/srv/crash' > "$overlay/kinds/nfs"
    echo 'target = iscsi:10.77.0.1::::iqn.2026-01.lab:open' > "$overlay/kinds/iscsi"
    printf '%s\n' 'target = ssh:root@10.77.0.1:/srv/crash' 'ssh_key = /root/.ssh/id_ed25519' > "$overlay/kinds/ssh"
    OUT=$1
    export OUT
    # shellcheck disable=SC2016 # expanded inside
    dracut_layer 'ls "$LAYER/kinds" | xargs -P "$(nproc)" -n 1 "$HERE/alone" sh -euc "$1" sh' sh '
        image=$LAYER/tmp/$1.img
        mount --bind "$LAYER/kinds/$1" "$LAYER/etc/fadump.conf"
        modules="dash rootfs-block"
        [ "$1" = plain ] || modules="$modules fadump"
        chroot "$LAYER" $DRACUT --no-compress --modules "$modules" "/tmp/$1.img"
        cpio -t --quiet < "$image" | sort > "$OUT/$1.files"
        echo "$(zstd -3 -c "$image" | wc -c) $(stat -c %s "$image")" > "$OUT/$1.bytes"
    '
    rm -r "$overlay"
}
