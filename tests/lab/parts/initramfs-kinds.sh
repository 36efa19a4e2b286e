# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # $overlay and $dracut_root are used by dracut.sh
#
# initramfs-kinds - file lists and sizes of an initramfs for each kind of target
# In:  debian-legacy, kernel, server (its keys), the installed product.
# Out: KIND.files, a list of the files; KIND.bytes, the size compressed by zstd, and unpacked. KIND is dir, fs, raw,
#      nfs, iscsi or ssh; or plain, an initramfs without the module. The images are not kept.
# Does not know: which files are expected.

# shellcheck source=../dracut.sh
. "$HERE/dracut.sh"

# the dracut of this root has network-legacy
dracut_root=debian-legacy

part_needs() {
    echo "$dracut_root" kernel server
}

part_recipe() {
    cat "$HERE/dracut.sh" "$HERE/layer"
    basename "$LAB_PRODUCT"
}

# one dracut for each processor at a time, each with its own /etc/fadump.conf
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
    # shellcheck disable=SC2016 # expanded by the inner shell
    dracut_layer 'ls "$LAYER/kinds" | xargs -P "$(nproc)" -n 1 "$HERE/alone" sh -euc "$1" sh' sh '
        image=$LAYER/tmp/$1.img
        mount --bind "$LAYER/kinds/$1" "$LAYER/etc/fadump.conf"
        modules="dash rootfs-block"
        [ "$1" = plain ] || modules="$modules fadump"
        # only host-only images contain the ssh key
        only=--no-hostonly
        [ "$1" != ssh ] || only=--hostonly
        chroot "$LAYER" $DRACUT $only --no-compress --modules "$modules" "/tmp/$1.img"
        cpio -t --quiet < "$image" | sort > "$OUT/$1.files"
        echo "$(zstd -3 -c "$image" | wc -c) $(stat -c %s "$image")" > "$OUT/$1.bytes"
    '
    rm -r "$overlay"
}
