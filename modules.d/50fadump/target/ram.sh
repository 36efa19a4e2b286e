#!/bin/sh
# sourced by capture; the functions are described in target/dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/ram.sh - ram:, a tmpfs; fadump-save moves the dump to a disk in the running system
#
# In:  free memory, and the memory that is released during the copy (release_region); a system on the real
#      root that runs fadump-save.service.
# Out: a tmpfs on $run/ram, which moves to the real root with /run, with a directory made by
#      target/directory.sh; fadump-save.service is started in the continued boot, enabled or not.
#      An incomplete dump is deleted, unless memory may have been released during the copy (ram_given).
# Does not know: kinds of dumps, release.

# shellcheck source=directory.sh
. "$module/target/directory.sh"

ram_kept=131072 # kB of memory that a dump must leave free; it must also leave a quarter of the memory free
ram_at=''       # the mount point of the tmpfs

target_prepare() {
    local room
    ram_moves || return 1
    room=$(ram_room "$(ram_available "$ROOT/proc/meminfo")" "$(ram_coming "$ROOT/sys/kernel/release_region")")
    if [ "$room" -eq 0 ]; then
        reason='there is not enough free memory for a dump'
        return 1
    fi
    mkdir -p "$run/ram"
    ram_at=$run/ram
    run_with_timeout "$timeout" mount -t tmpfs -o "size=${room}k,mode=0700,nosuid,nodev,noexec" fadump "$ram_at" 2> "$run/said" || {
        [ "$?" -eq 124 ] || ram_at='' # after a timeout the mount may still happen: undo it
        reason="the tmpfs for the dump cannot be mounted$(last_message "$run/said")"
        return 1
    }
    log "up to $((room / 1024)) MiB of memory are available for the dump"
    directory_make "$ram_at" / 127.0.0.1 /run/fadump/ram
}

# ram_moves: 0 when the running system will move the dump to a disk. Else 1, and the reason. Before an emergency
# shell that is not certain: the boot may end there.
ram_moves() {
    if [ "$kind" = kdump ]; then
        reason='ram: is not possible in a kdump kernel'
    elif [ -z "$NEWROOT" ]; then
        reason='ram: is not possible in the running system: save to one of its disks'
    elif [ "${FADUMP_HOOK-}" = emergency ]; then
        reason='ram: is not possible before an emergency shell: a reboot from there would lose the dump'
    elif ! late_runs fadump-save.service /usr/sbin/fadump-save; then
        reason="ram: is not possible: the system on $NEWROOT would not move the dump to a disk ($late_why)"
    elif ! fadump_boots "$ROOT$NEWROOT" "$ROOT/proc/cmdline"; then
        reason="ram: is not possible: the system on $NEWROOT would not move the dump to a disk ($boots_why)"
    else
        return 0
    fi
    return 1
}

# target_finish: keeps a complete dump, and a partial dump if memory may have been released during the
# copy; deletes any other dump.
target_finish() {
    if directory_filled; then
        if copier_durable "$copier_status"; then
            volatile='in memory until fadump-save has moved it'
            late_link fadump-save.service || log "warning: $late_why: run fadump-save extract in this boot"
            return 0
        fi
    elif ram_given && [ -n "$target_dir" ] && [ -e "$target_dir/vmcore.incomplete" ]; then
        partial=$target_path/vmcore.incomplete
        return 1
    fi
    partial=''
    ram_drop
    return 1
}

# ram_given: 0 when memory may have been released during the copy; 1 when certainly none was.
ram_given() {
    case $incremental:$released_bytes in
        no:* | yes:0) return 1 ;;
    esac
}

# ram_room AVAILABLE COMING: prints the size limit of a dump for this available memory and the memory that
# will be released during the copy; all in kB.
ram_room() {
    local all=$(($1 + $2)) kept
    kept=$((all / 4))
    [ "$kept" -ge "$ram_kept" ] || kept=$ram_kept
    if [ "$all" -gt "$kept" ]; then echo $((all - kept)); else echo 0; fi
}

# ram_available MEMINFO: prints the memory that is available now, in kB: MemAvailable, or MemFree before
# Linux 3.14, which has no MemAvailable.
ram_available() {
    local kilobytes
    fadump_meminfo "$1" MemAvailable
    [ "$kilobytes" -gt 0 ] || fadump_meminfo "$1" MemFree
    printf '%s\n' "$kilobytes"
}

# ram_coming REGION: prints the kB of memory that will be released during the copy: the sum of the lengths in
# the file REGION, "DUMP:0xaddress-0xlength, ..." (Linux 2.6.26 to 3.3). The dump may use all this memory,
# because each range is released once its data is stored, and the stored data is smaller. The sum is only a
# limit: if memory becomes short, fadump-copy stops as on a full disk, before the OOM killer acts.
ram_coming() {
    local text='' line part all=0
    if [ -r "$1" ]; then
        while read -r line || [ -n "$line" ]; do text="$text $line"; done < "$1"
    fi
    case $text in *DUMP:*) text=${text#*DUMP:} ;; *) text='' ;; esac
    for part in ${text%%:*}; do
        part=${part%,}
        part=${part#0x*-0x}
        case $part in
            '' | *[!0-9a-fA-F]* | ?????????????*) ;; # not a number, or longer than 48 bits
            *) all=$((all + 0x$part / 1024)) ;;
        esac
    done
    echo "$all"
}

# ram_drop: deletes the dump and unmounts the tmpfs; failures are logged.
ram_drop() {
    [ -n "$ram_at" ] || return 0
    [ -z "$target_dir" ] || rm -rf "$target_dir"
    run_with_timeout 5 umount "$ram_at" || run_with_timeout 5 umount -l "$ram_at" \
        || log "warning: $ram_at could not be unmounted"
    ram_at=''
}
