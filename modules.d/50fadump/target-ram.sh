#!/bin/sh
# sourced by fadump-capture; the functions are described in target-dir.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target-ram.sh - ram:, the memory of this boot, out of which fadump-save moves the dump to a disk
#
# In:  what memory there is; what is to come of it, where it is given back while copying.
# Out: $run/ram, a file system in memory (tmpfs) that moves to the real root with /run, and in it
#      a directory of fadump-directory.sh. fadump-save.service is wanted by the boot that goes
#      on, enabled or not. What did not become a dump leaves nothing: its memory is free again.
# Does not know: kinds of dumps, release.

# shellcheck source=fadump-directory.sh
. "$lib/fadump-directory.sh"

ram_kept=131072 # kB of memory that a dump never takes; nor does it take the last quarter
ram_at=''       # where the file system is mounted

target_prepare() {
    local room
    if [ "$kind" = kdump ]; then
        reason='the memory of this kernel does not outlast it'
        return 1
    fi
    room=$(ram_room "$(ram_available "$ROOT/proc/meminfo")" "$(ram_coming "$ROOT/sys/kernel/release_region")")
    if [ "$room" -eq 0 ]; then
        reason='there is no memory to spare for a dump'
        return 1
    fi
    mkdir -p "$run/ram"
    ram_at=$run/ram
    within "$timeout" mount -t tmpfs -o "size=${room}k,mode=0700,nosuid,nodev,noexec" fadump "$ram_at" || {
        [ "$?" -eq 124 ] || ram_at='' # one that came too late is undone
        reason='memory for the dump cannot be mounted'
        return 1
    }
    say "up to $((room / 1024)) MiB of memory may be taken"
    directory_make "$ram_at" / 127.0.0.1 /run/fadump/ram
}

# A dump that has its name stays, and so does what there is of one whose memory may have been given
# back in the meantime; of all others nothing.
target_finish() {
    if directory_filled; then
        case $copied in
            0 | 1 | 7)
                volatile='in memory until fadump-save has moved it'
                ram_wanted
                return 0
                ;;
        esac
    elif ram_given && [ -n "$target_dir" ] && [ -e "$target_dir/vmcore.incomplete" ]; then
        partial=$target_path/vmcore.incomplete
        return 1
    fi
    partial=''
    ram_drop
    return 1
}

# ram_given: 0 unless it is certain that nothing was given back while the dump was copied.
ram_given() {
    case $giving:$released_bytes in
        no:* | yes:0) return 1 ;;
    esac
}

# ram_room AVAILABLE COMING: prints how much a dump may take of so much memory, all in kB.
ram_room() {
    local all=$(($1 + $2)) kept
    kept=$((all / 4))
    [ "$kept" -ge "$ram_kept" ] || kept=$ram_kept
    if [ "$all" -gt "$kept" ]; then echo $((all - kept)); else echo 0; fi
}

# ram_available MEMINFO: prints what this boot can spare now, in kB: MemAvailable, or what is free
# where the kernel does not tell that (before Linux 3.14).
ram_available() {
    local available
    available=$(fadump_meminfo "$1" MemAvailable)
    [ "$available" -gt 0 ] || available=$(fadump_meminfo "$1" MemFree)
    printf '%s\n' "$available"
}

# ram_coming REGION: prints how much memory will be given back while the dump is copied, in kB: the
# second number of each "DUMP:0xaddress-0xlength, ..." in REGION, which only some kernels have
# (Linux 2.6.26 to 3.3). What is saved of a range is there before the range is given back, and takes
# less: so the dump may grow into all of them. That is only a limit: where what is there does not
# suffice meanwhile, fadump-copy sees it before the kernel does, and ends as on a full disk.
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
            '' | *[!0-9a-fA-F]* | ?????????????*) ;; # no number, or more than 2^48
            *) all=$((all + 0x$part / 1024)) ;;
        esac
    done
    echo "$all"
}

# ram_wanted: systemd of the real root finds this below /run and starts the service.
ram_wanted() {
    local unit=fadump-save.service wants="$ROOT/run/systemd/system/multi-user.target.wants"
    if ! mkdir -p "$wants" || ! ln -sf "/usr/lib/systemd/system/$unit" "$wants/$unit"; then
        say 'warning: fadump-save has to be started by hand'
    fi
}

# ram_drop: gives back what the dump took, and is said where that cannot be done.
ram_drop() {
    [ -n "$ram_at" ] || return 0
    [ -z "$target_dir" ] || rm -rf "$target_dir"
    within 5 umount "$ram_at" || within 5 umount -l "$ram_at" \
        || say "warning: $ram_at stays mounted"
    ram_at=''
}
