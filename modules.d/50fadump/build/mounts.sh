#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after build/needs.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build/mounts.sh - describe the file systems that the running system mounts at or above dir: targets
#
# In:  the lines of "fadump-tool config --check" for /etc/fadump.conf ("CONF"); findmnt, blkid, "fadump-tool place".
# Out: text. No function changes a file. With --sysroot, the mounts of the other machine are unknown.
# Sourcing defines functions and does nothing else.
# Does not know: disks (build/disks.sh); how the capture makes a mount (target/tree.sh).

# fadump_directories CONF: prints the directories of dir: targets.
fadump_directories() {
    fadump_values target "$1" | sed -n 's/^dir://p'
    [ "$(fadump_value fallback "$1")" = none ] || echo /var/crash
}

# fadump_mounts CONF: prints the mounts at or above the directories of dir: targets, except /, in the columns SOURCE
# TARGET FSTYPE OPTIONS of findmnt --raw, which writes special bytes as \xNN.
fadump_mounts() {
    local table="${dracutsysrootdir-}/proc/self/mountinfo" line path
    [ -r "$table" ] && command -v findmnt > /dev/null || return 0
    fadump_directories "$1" | while IFS= read -r path; do
        path=$(readlink -m "${dracutsysrootdir-}$path") || continue
        path=${path#"${dracutsysrootdir-}"}
        findmnt --tab-file "$table" --raw --noheadings --nofsroot --output SOURCE,TARGET,FSTYPE,OPTIONS,FSROOT \
            | while IFS= read -r line; do
                fadump_mount_covers "$line" "$path"
            done
    done | sort -u
}

# fadump_mount_covers LINE PATH: prints LINE, a mount with its FSROOT, if its mount point is PATH or above PATH, but
# not /. If the mount shows only a directory of its file system (not a btrfs subvolume), it cannot be made from the
# device: its SOURCE is printed as "directory".
fadump_mount_covers() {
    local source target type options root
    read -r source target type options root << END
$1
END
    [ "$target" != / ] || return 0
    case "$2/" in
        "$(printf '%b' "$target")"/*) ;;
        *) return 0 ;;
    esac
    case $type:$root in
        btrfs:* | *:/) printf '%s %s %s %s\n' "$(fadump_lasting_name "$source")" "$target" "$type" "$options" ;;
        *) printf 'directory %s %s %s\n' "$target" "$type" "$options" ;;
    esac
}

# fadump_lasting_name DEVICE: prints UUID=..., which does not change, if DEVICE has a UUID; else DEVICE. DEVICE has
# special bytes as \xNN.
fadump_lasting_name() {
    local uuid=''
    case $1 in
        /dev/*) uuid=$(blkid -o value -s UUID "${dracutsysrootdir-}$(printf '%b' "$1")" 2> /dev/null) || uuid='' ;;
    esac
    printf '%s\n' "${uuid:+UUID=}${uuid:-$1}"
}

# fadump_later CONF: prints, in the columns of fadump_mounts, the mounts of disks that the running system makes at or above
# the directories of dir: targets. They need not exist now: an automount shows only autofs until it is used.
fadump_later() {
    local path
    fadump_directories "$1" | while IFS= read -r path; do
        fadump_later_over "$path"
    done | sort -u
}

# fadump_later_over PATH: prints these mounts for one directory, PATH. "fadump-tool place" prints one missing mount at a
# time, as at capture; here it is not made, but added to a separate table of mounts.
fadump_later_over() {
    local dir answer point round=0
    dir=$(mktemp -d "${DRACUT_TMPDIR:-/tmp}/fadump.XXXXXX") || return 0
    mkdir "$dir/proc"
    cp "${dracutsysrootdir-}/proc/cmdline" "$dir/proc/" 2> /dev/null || :
    printf 'root %s auto rw 0 0\n' "${dracutsysrootdir:-/}" > "$dir/proc/mounts"
    while [ "$round" -lt 16 ]; do
        round=$((round + 1))
        answer=$("${dracutsysrootdir-}/usr/libexec/fadump-tool" place --root "$dir" --tree "${dracutsysrootdir-}" "$1" 2> /dev/null) \
            || break
        point=$(fadump_value mount "$answer")
        if [ -z "$point" ] || [ -n "$(fadump_value why "$answer")" ]; then break; fi
        printf '%s %s %s %s\n' "$(fadump_encoded "$(fadump_value source "$answer")")" \
            "$(fadump_encoded "$point")" "$(fadump_value type "$answer")" "$(fadump_value options "$answer")"
        # in a table of the kernel the numbers are octal
        point=$(printf '%s\n' "${dracutsysrootdir-}$point" | sed 's/\\/\\134/g; s/ /\\040/g')
        printf 'x %s x rw 0 0\n' "$point" >> "$dir/proc/mounts"
    done
    rm -rf "$dir"
}

# fadump_encoded TEXT: prints TEXT as findmnt --raw does.
fadump_encoded() {
    printf '%s\n' "$1" | sed 's/\\/\\x5c/g; s/ /\\x20/g'
}

# fadump_unexplained MOUNTS: prints those MOUNTS that neither fstab nor a unit file of the root names. The capture can
# make those that a generator of systemd made. The SOURCE of the others is printed as "unknown": a service may have made
# them (ZFS, a cluster), and then the next boot makes them too, so the capture must not write below them.
fadump_unexplained() {
    local line target unit dir run="${dracutsysrootdir-}/run/systemd/generator"
    printf '%s\n' "$1" | while IFS= read -r line; do
        [ -n "$line" ] || continue
        target=${line#* }
        target=$(printf '%b' "${target%% *}")
        ! findmnt --tab-file "${dracutsysrootdir-}/etc/fstab" --mountpoint "$target" > /dev/null 2>&1 || continue
        unit=$(systemd-escape --path --suffix=mount "$target" 2> /dev/null) || unit=''
        for dir in /etc/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system; do
            if [ -n "$unit" ] && [ -e "${dracutsysrootdir-}$dir/$unit" ]; then continue 2; fi
        done
        if [ -n "$unit" ] && { [ -e "$run/$unit" ] || [ -e "$run.early/$unit" ] || [ -e "$run.late/$unit" ]; }; then
            printf '%s\n' "$line"
        else
            printf 'unknown %s\n' "${line#* }"
        fi
    done
}
