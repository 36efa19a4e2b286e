#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# peers.bats - the files of Debian's kdump-tools package are found
#
# In: the package, from the package archive of the host; it is unpacked, not installed, and deleted after the tests.

# shellcheck disable=SC2016,SC2086,SC2154
load ../shell/machine

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    apt-get -q -o APT::Sandbox::User=root download kdump-tools
    dpkg-deb -x kdump-tools_*.deb real
    # as postinst does after the answer "yes", and as deb-systemd-helper enables a unit
    cp real/usr/share/kdump-tools/kdump-tools.conf real/etc/default/kdump-tools
    unit=$(find real -path '*/systemd/system/kdump-tools.service')
    wanted=real/etc/systemd/system/$(sed -n 's/^WantedBy=//p' "$unit").wants
    mkdir -p "$wanted"
    ln -s "${unit#real}" "$wanted/kdump-tools.service"
}

peers() {
    run $SH -c '. "$0/driver/other-dumpers.sh"; fadump_peers "$1"' "$MODULE" "$BATS_FILE_TMPDIR/real"
    echo "$output"
}

@test "kdump-tools of Debian is found if it is enabled, and not if it is switched off or not enabled" {
    for SH in "${SHELLS[@]}"; do
        peers
        is "$status:$output" 0:kdump-tools
    done
    SH=dash
    sed -i 's/^USE_KDUMP=.*/USE_KDUMP=0/' "$BATS_FILE_TMPDIR/real/etc/default/kdump-tools"
    peers
    is "$output" ''
    sed -i 's/^USE_KDUMP=.*/USE_KDUMP=1/' "$BATS_FILE_TMPDIR/real/etc/default/kdump-tools"
    peers
    is "$output" kdump-tools
    # the unit ("apt remove" leaves the files of /etc), then the link to it
    find "$BATS_FILE_TMPDIR/real" -name kdump-tools.service | sort -r > "$BATS_TEST_TMPDIR/files"
    is "$(wc -l < "$BATS_TEST_TMPDIR/files")" 2
    while read -r file; do
        mv "$file" "$BATS_TEST_TMPDIR/away"
        peers
        is "$output" ''
        mv "$BATS_TEST_TMPDIR/away" "$file"
    done < "$BATS_TEST_TMPDIR/files"
}

@test "kdump-tools counts as switched on for the same values of USE_KDUMP as in its own script" {
    SH=dash
    real=$BATS_FILE_TMPDIR/real
    guard=$(grep USE_KDUMP "$real/etc/init.d/kdump-tools")
    for value in 0 1 2 00 true false yes 1x ''; do
        sed -i "s/^USE_KDUMP=.*/USE_KDUMP=$value/" "$real/etc/default/kdump-tools"
        theirs=$(USE_KDUMP=$value dash -c "$guard echo kdump-tools" 2> /dev/null || true)
        peers
        is "$value:$output" "$value:$theirs"
    done
}

@test "the capture boot of Debian's kdump-tools starts the unit that this module looks for" {
    unit=$(grep -o 'systemd.unit=[a-z.-]*' "$BATS_FILE_TMPDIR/real/usr/sbin/kdump-config" | sort -u)
    is "$unit" systemd.unit=kdump-tools-dump.service
    grep -qF "$unit" "$MODULE/driver/other-dumpers.sh"
}
