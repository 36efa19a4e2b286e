# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # E is used by the files that load this one
#
# lab.bash - setup and teardown of the tests that run a machine of the lab
# In:  loaded by bats before every test and for setup_file.
# Out: $E, LAB_HERE and the functions of evidence.sh; teardown_file, which removes the machine.
# Does not know: which machine a test runs.

LAB_HERE=$BATS_TEST_DIRNAME
export E=${BATS_FILE_TMPDIR-}
# shellcheck source=evidence.sh
. "$LAB_HERE/evidence.sh"

teardown_file() {
    machine_drop
}
