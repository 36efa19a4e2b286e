# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # $log and $label are lib.sh's, $pages is kernel.sh's
#
# kernel-opal - a ppc64le kernel for powernv machines, where OPAL is the firmware: enough of one to run `mini`, and no more
# In:  opal.config. Out: as kernel.sh, but for the DWARF. Does not know: what boots it.

# shellcheck source=kernel.sh
. "$HERE/parts/kernel.sh"

pages=opal
fragment() {
    cat "$HERE/opal.config"
}

# as kernel.sh's, of fewer objects
part_progress() {
    case $label in
        compile) echo "$(grep -c '^  [A-Z]* *\(\[M\]\)* *[^ ]*\.o$' "$log") of about 930 objects" ;;
        *) tail -n 1 "$log" | tail -c 70 ;;
    esac
}
