# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # E is for those that load this
#
# lab.bash - what the tests that run a machine of the lab begin and end with
# In:  bats, which loads it before every test and for setup_file.
# Out: the functions of evidence.sh, with $E and LAB_HERE as they want them; the machine is dropped when all tests have ended.
# Does not know: which machine.

LAB_HERE=$BATS_TEST_DIRNAME
export E=${BATS_FILE_TMPDIR-}
# shellcheck source=evidence.sh
. "$LAB_HERE/evidence.sh"

teardown_file() {
    machine_drop
}
