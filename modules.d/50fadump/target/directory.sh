#!/bin/sh
# sourced by the targets that save into a directory
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # the driver and its files share variables
#
# target/directory.sh - create a dated directory for a dump
#
# In:  a writable directory.
# Out: SPEC/NAME-YYYY-MM-DD-HH:MM:SS/ in UTC, 0700, created exclusively, with the suffix .1, .2 ... if that name
#      exists; target_sink and target_store_extra write there. target_path, the name of the directory in
#      messages; target_dump, the path of the dump.
# Does not know: kinds of targets, dumps, release.

target_dir='' # the dump's directory as a path of this system

# directory_make TOP SPEC NAME DISPLAY: creates the directory TOP/SPEC/NAME-date; messages show DISPLAY
# instead of TOP. Links in SPEC are resolved below TOP, not in the initramfs. Makes the directories
# durable; fadump-copy makes the dump durable. 1, and the reason: a directory cannot be created or flushed.
directory_make() {
    local top="$1" place display="$4" made name stamp n=0 resolved
    fadump_resolve "$top" "$2" || {
        reason="$2: too many symbolic links"
        return 1
    }
    place=${resolved%/}
    run_with_timeout "$timeout" mkdir -p "$top$place/" || {
        reason="cannot make the directory $display${place:-/}"
        return 1
    }
    stamp=$(date -u +%Y-%m-%d-%H:%M:%S)
    # exclusive: a dump of another crash may have the same date
    made=$place/$3-$stamp name=$place/$3-$stamp
    until run_with_timeout "$timeout" mkdir "$top$made" 2> /dev/null; do
        n=$((n + 1))
        if ! run_with_timeout "$timeout" test -e "$top$made" || [ "$n" -gt 99 ]; then
            reason="cannot make the directory $display$made"
            return 1
        fi
        made=$name.$n
    done
    target_path=$display$made target_dir=$top$made
    target_dump=$target_path/vmcore
    run_with_timeout "$timeout" sync -f "$target_dir" || {
        reason='sync failed'
        return 1
    }
}

# target_sink CMD...: runs the copier. A partial dump is kept, even on a full file system, because the
# partial dump and the kernel log may be the only data about this crash.
target_sink() {
    copier_run "$@" --file "$target_dir/vmcore"
}

target_store_extra() {
    cat > "$target_dir/$1.incomplete" \
        && run_with_timeout "$timeout" sync -f "$target_dir" \
        && mv "$target_dir/$1.incomplete" "$target_dir/$1" \
        && run_with_timeout "$timeout" sync -f "$target_dir"
}

# directory_filled: 0 when the dump was renamed into place. Else 1, and sets $reason and, if there is an
# incomplete dump, $partial; without a directory, or if the target is stalled, sets neither.
directory_filled() {
    # 8: the target is stalled, so any access may hang
    if [ -z "$target_dir" ] || [ "$copier_status" -eq 8 ]; then
        return 1
    elif run_with_timeout "$timeout" test -s "$target_dir/vmcore"; then
        return 0
    fi
    reason=${reason:-"there is no $target_path/vmcore after the copy"}
    ! run_with_timeout "$timeout" test -e "$target_dir/vmcore.incomplete" || partial=$target_path/vmcore.incomplete
    return 1
}

# directory_lasts TOP PATH: 0 when the file system of TOP/PATH survives a power loss; sets $point, its mount point,
# and $options, its mount options. 1, and the reason.
directory_lasts() {
    local answer status=0 lasting why error
    ask_tool lasting --root "$ROOT" --tree "$1" "$2" || status=$?
    take_answer point options lasting why error
    case $status:$lasting in
        0:yes) return 0 ;;
        0:no) reason="$2 is in memory: a power loss would lose the dump ($why)" ;;
        *) reason="$2: fadump-tool cannot tell whether a dump there survives a power loss (${error:-status $status})" ;;
    esac
    return 1
}
