#!/bin/sh
# sourced by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-sizes.sh - what the kernel would have computed from the memory there is
#
# In:  /proc: meminfo, zoneinfo, loadavg.
# Out: text; each function says above it what it prints. Nothing here changes anything.
# The formulas are those of Linux 6.12; the file is named beside each. Sizes of structures are
# those of ppc64le; other versions differ by a few bytes.
# Does not know: what is there now, what is done with a value.

# sizes_table TOTAL THREADS PAGE: kB, a number, bytes. Prints FILE (of /proc/sys) VALUE...; "-" is a
# word that stays, "=" writes back what is there: the kernel computes what follows from it again.
sizes_table() {
    local total="$1" threads="$2" page="$3" buffers limit least quarter name
    buffers=$(sizes_buffers)
    limit=$((buffers * (page / 128))) # bytes
    least=$(sizes_root $((buffers * (page / 1024) * 16)))
    quarter=$((buffers / 64))
    # kernel/fork.c: set_max_threads, fork_init (the name spaces are enum ucount_type's first)
    echo "kernel/threads-max $threads"
    for name in user pid uts ipc net mnt cgroup time; do echo "user/max_${name}_namespaces $((threads / 2))"; done
    # fs/file_table.c: files_maxfiles_init; a file is 1 KiB, all of them a tenth
    echo "fs/file-max $((total / 10))"
    # fs/notify/*/*_user.c: a hundredth, for two inodes (584 bytes), and a mark (80)
    echo "fs/inotify/max_user_watches $(sizes_clamp $((total * 1024 / 100 / 1248)) 8192 1048576)"
    echo "fs/fanotify/max_user_marks $(sizes_clamp $((total * 1024 / 100 / 1168)) 8192 1048576)"
    # fs/eventpoll.c: eventpoll_init; a 25th, an item is 184 bytes
    echo "fs/epoll/max_user_watches $((total * 1024 / 25 / 184))"
    # net/ipv4/tcp.c: tcp_init_mem, tcp_init; udp.c: udp_init (pages)
    echo "net/ipv4/tcp_mem $((quarter * 3)) $((buffers / 16)) $((quarter * 6))"
    echo "net/ipv4/udp_mem $((quarter * 6)) $((buffers / 8)) $((quarter * 12))"
    echo "net/ipv4/tcp_wmem - - $(sizes_clamp "$limit" 65536 4194304)"
    echo "net/ipv4/tcp_rmem - - $(sizes_clamp "$limit" 131072 6291456)"
    # net/ipv4/inetpeer.c: inet_initpeers; a hundredth, a peer is 256 bytes
    echo "net/ipv4/inet_peer_threshold $(sizes_clamp $((total * 1024 / 100 / 256)) 4096 65664)"
    # mm/mmap.c: init_user_reserve, init_admin_reserve; of free memory
    echo "vm/user_reserve_kbytes $(sizes_clamp $((total / 32)) 0 131072)"
    echo "vm/admin_reserve_kbytes $(sizes_clamp $((total / 32)) 0 8192)"
    # mm/page_alloc.c: calculate_min_free_kbytes; then watermarks, reserves of zones, shares of nodes
    echo "vm/min_free_kbytes $(sizes_clamp "$least" 128 262144)"
    for name in watermark_scale_factor lowmem_reserve_ratio min_unmapped_ratio min_slab_ratio; do echo "vm/$name ="; done
    # mm/mm_init.c: mm_compute_batch
    echo "vm/overcommit_memory ="
}

# nr_free_buffer_pages() (mm/page_alloc.c): what the zones for ordinary use have above their
# high watermarks, in pages.
sizes_buffers() {
    local word zone value high=0 sum=0 counts=no _rest
    if [ -r "$ROOT/proc/zoneinfo" ]; then
        while read -r word value zone _rest; do
            case $word:$zone in
                Node:zone) case $_rest in Normal | DMA | DMA32) counts=yes ;; *) counts=no ;; esac ;;
                high:) high=$value ;;
                managed:) if [ "$counts" = yes ] && [ "$value" -gt "$high" ]; then sum=$((sum + value - high)); fi ;;
            esac
        done < "$ROOT/proc/zoneinfo"
    fi
    printf '%s\n' "$sum"
}

# sizes_threads TOTAL: all threads' stacks may take an eighth. A stack is a power of two, and
# how large one is follows from those that are there.
sizes_threads() {
    local stacks count='' size=16384 _rest
    stacks=$(fadump_meminfo "$ROOT/proc/meminfo" KernelStack)
    { read -r _rest _rest _rest count _rest < "$ROOT/proc/loadavg"; } 2> /dev/null || :
    count=${count#*/}
    case $count in '' | *[!0-9]* | 0) count=1 stacks=0 ;; esac
    while [ $((stacks * 1024 / count)) -gt $((size * 3 / 2)) ]; do size=$((size * 2)); done
    sizes_clamp $(($1 * 1024 / size / 8)) 20 1073741823
}

# sizes_clamp VALUE MIN MAX
sizes_clamp() {
    if [ "$1" -lt "$2" ]; then
        printf '%s\n' "$2"
    elif [ "$1" -gt "$3" ]; then
        printf '%s\n' "$3"
    else
        printf '%s\n' "$1"
    fi
}

# sizes_root N: the integer below its square root (int_sqrt).
sizes_root() {
    local x="$1" y=$((($1 + 1) / 2))
    while [ "$y" -lt "$x" ]; do
        x=$y
        y=$(((x + $1 / x) / 2))
    done
    printf '%s\n' "$x"
}
