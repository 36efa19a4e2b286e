#!/bin/sh
# sourced by capture (any sh), before the release
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # the driver and its files share variables
#
# after/retune.sh - raise limits that the kernel and systemd computed from the small memory
#
# In:  /proc/meminfo before the release; $released, $result, $kind.
# Out: "fadump-tool sizes" changes sysctls, limits of process 1 and sizes of tmpfs mounts; one log line
#      with the number of changes, and one for each failure.
# Does not know: the limits and their formulas (helpers/tool), how the memory was released, the values
# that cannot be adjusted (dracut.fadump(7) lists them).
#
# No value is lowered, and values from sysctl.KEY= on the kernel command line remain. The real root
# applies sysctl.d later, and its values override these; in a late capture it has done so already.

fadump_meminfo "$ROOT/proc/meminfo" MemTotal
retune_before=$kilobytes # MemTotal of the small memory

retune() {
    local answer line status=0
    case $released:$result:$kind in
        yes:* | *:nothing:fadump | *:nothing:opal) ;;
        *) return 0 ;;
    esac
    [ "$retune_before" -gt 0 ] || return 0
    ask_tool sizes --root "$ROOT" --before "$retune_before" || status=$?
    while IFS= read -r line; do
        case $line in
            warning=* | error=*) log "warning: ${line#*=}" ;;
            changed=*) log "adjusted ${line#*=} kernel limits to the full memory" ;;
        esac
    done << END
$answer
END
    [ "$status" -eq 0 ] || log "warning: kernel limits were not adjusted to the full memory: fadump-tool ended with status $status"
}
