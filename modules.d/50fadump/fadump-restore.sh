#!/bin/sh
# sourced by fadump-capture (any sh), before the release, after fadump-sizes.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # the driver and its files share variables
#
# fadump-restore.sh - what was sized for the small memory becomes what a fresh boot has
#
# In:  fadump-sizes.sh; /proc (meminfo before the release and now, mounts, sys), $released, $kind.
# Out: sysctls, limits of process 1, sizes of file systems in memory; a line for what fails.
# Does not know: how the memory was released, what cannot be put right (dracut.fadump(7) has
# the list).
#
# Nothing is ever lowered, and what sysctl.KEY= on the kernel command line set stays. sysctl.d is
# applied later, in the real root, and wins.

restore_page=$(fadump_page_bytes "$ROOT/proc/self/smaps" 2> /dev/null) || restore_page=''

restore_before=$(fadump_meminfo "$ROOT/proc/meminfo" MemTotal) # kB, of the small memory

restore() {
    local total threads restored=0
    case $released:$result:$kind in
        yes:* | *:nothing:fadump | *:nothing:opal) ;;
        *) return 0 ;;
    esac
    total=$(fadump_meminfo "$ROOT/proc/meminfo" MemTotal)
    case $total:$restore_page in
        0:* | *: | *[!0-9:]*) return 0 ;;
    esac
    threads=$(sizes_threads "$total")
    restore_sysctls
    restore_huge
    restore_init $((threads / 2))
    restore_tmpfs
    say "$restored sizes that the kernel and systemd took from the small memory put right"
}

# A kernel without a file has nothing to put right there. One cat for all of them, each is one line:
# a second read of such a file is at its end, and a shell may read byte by byte.
restore_sysctls() {
    local file wanted table='' count line IFS
    set --
    while read -r file wanted; do
        [ -r "$ROOT/proc/sys/$file" ] || continue
        set -- "$@" "$ROOT/proc/sys/$file"
        table="$table$file $wanted
"
    done << END
$(sizes_table "$total" "$threads" "$restore_page")
END
    count=$#
    [ "$count" -gt 0 ] || return 0
    IFS='
'
    set -f
    # shellcheck disable=SC2046 # one word for each line is the point
    set -- $(cat "$@" 2> /dev/null)
    set +f
    unset IFS
    if [ "$#" -ne "$count" ]; then
        say 'warning: the sysctls of this kernel cannot be read: they stay as they are'
        return 0
    fi
    line=$(fresh_cmdline)
    while read -r file wanted; do
        [ -n "$file" ] || continue
        restore_sysctl "$file" "$wanted" "$1"
        shift
    done << END
$table
END
}

# restore_sysctl FILE WANTED OLD
restore_sysctl() {
    local file="$ROOT/proc/sys/$1" given="$1" name="$1" wanted="$2" old="$3" last='' word='' new=''
    while :; do
        case $name in */*) name=${name%%/*}.${name#*/} ;; *) break ;; esac
    done
    case " $line " in *" sysctl.$name="* | *" sysctl.$given="*) return 0 ;; esac
    if [ "$wanted" = = ]; then
        poke "$old" "$file" || say "warning: $name could not be written"
        return 0
    fi
    # shellcheck disable=SC2086 # words
    set -- $old
    for word in $wanted; do
        [ "$#" -gt 0 ] || return 0
        [ "$word" != - ] || word=$1
        new="$new $word" last=$1
        shift
    done
    [ "$word" -gt "$last" ] || return 0
    if poke "${new# }" "$file"; then
        restored=$((restored + 1))
    else
        say "warning: $name could not be set to${new}"
    fi
}

# Huge pages that are transparent want more free memory than others. The kernel computes that
# when they are switched on (mm/khugepaged.c: set_recommended_min_free_kbytes), as they are.
restore_huge() {
    local file="$ROOT/sys/kernel/mm/transparent_hugepage/enabled" now=''
    { read -r now < "$file"; } 2> /dev/null || return 0
    now=${now#*\[}
    poke "${now%%\]*}" "$file" || say 'warning: the free memory that huge pages need could not be computed again'
}

# restore_init N: the processes and signals of process 1 and of all that it starts (kernel/fork.c:
# fork_init): half of threads-max. The program is the real root's: its library is here as well,
# for findmnt of dracut, and it would be 20 KiB more.
restore_init() {
    local first second soft _rest
    [ -r "$ROOT/proc/1/limits" ] || return 0
    while read -r first second soft _rest; do
        case "$first $second" in "Max processes") break ;; esac
    done < "$ROOT/proc/1/limits"
    case $soft in '' | *[!0-9]*) return 0 ;; esac # unlimited
    [ "$soft" -lt "$1" ] || return 0
    if "$ROOT$NEWROOT/usr/bin/prlimit" --pid 1 "--nproc=$1:$1" "--sigpending=$1:$1" 2> /dev/null; then
        restored=$((restored + 1))
    else
        say "warning: the limits of process 1 stay at $soft processes and signals"
    fi
}

# File systems in memory that have a percentage of it, half (mm/shmem.c: the default; devtmpfs) or
# a fifth (/run of systemd), get that of the memory there is now. The same for inodes: one for
# two pages.
restore_tmpfs() {
    local mountpoint type options size inodes percent words _rest
    while read -r _rest mountpoint type options _rest; do
        case $type in tmpfs | devtmpfs) ;; *) continue ;; esac
        size=$(restore_option size "$options") inodes=$(restore_option nr_inodes "$options") words=''
        for percent in 20 50; do
            if restore_near "${size%k}" $((restore_before * percent / 100)) 5; then words=",size=$percent%"; fi
        done
        # devtmpfs is there before much of the memory is free
        if restore_near "$inodes" $((restore_before * 512 / restore_page)) 30; then
            words="$words,nr_inodes=$((total * 512 / restore_page))"
        fi
        [ -n "$words" ] || continue
        if within 10 mount -o "remount$words" "$mountpoint"; then
            restored=$((restored + 1))
        else
            say "warning: $mountpoint keeps the size it had ($options)"
        fi
    done < "$ROOT/proc/mounts"
}

# restore_option KEY OPTIONS: prints the value of KEY, or nothing.
restore_option() {
    case ,$2, in
        *",$1="*)
            set -- "$1" "${2##*"$1="}"
            printf '%s\n' "${2%%,*}"
            ;;
    esac
}

# restore_near VALUE WANTED PERCENT: 0 when VALUE is WANTED or up to so much less or 5 percent more.
restore_near() {
    case $1 in '' | *[!0-9]*) return 1 ;; esac
    [ "$1" -gt $(($2 - $2 * $3 / 100)) ] && [ "$1" -lt $(($2 + $2 / 20)) ]
}
