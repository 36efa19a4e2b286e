#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# archive.bats - helpers/archive.sh finds the Debian archive of a machine's apt, and fetches complete and signed
# packages from it
#
# In: apt, and a made-up archive (archive.bash); no network beyond 127.0.0.1, no root.
# Out: the fetched packages and the log. After each test teardown checks that the machine's own apt is unchanged.

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell; status, output, lines come from bats
load archive

setup_file() {
    archive_make
}

teardown_file() {
    archive_end
}

setup() {
    PROGRAM=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)/helpers/archive.sh
    KEPT=$BATS_TEST_TMPDIR/kept
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR"
    cd "$BATS_TEST_TMPDIR" || return
    http=
    before=
    machine
}

teardown() {
    [ -z "$http" ] || kill "$http"
    # bats does not see a failure in the middle of teardown
    [ -n "$before" ] || return 1
    unchanged || return 1
    [ -z "$(ls -A "$TMPDIR")" ]
}

# unchanged: checks that the machine's apt is unchanged; after this check the test may change it
unchanged() {
    diff <(echo "$before") <(snapshot) || return 1
    before=
}

# x ARGUMENT...: runs archive.sh
x() {
    [ -n "$before" ] || before=$(snapshot)
    run "$PROGRAM" "$@"
    echo "archive.sh $* -> $status: $output"
}

# debs PLACE: prints the packages in PLACE
debs() {
    find "$KEPT/$1/archives" -name '*.deb' -printf '%f\n' | sort | paste -s -d ' '
}

# whole [SUITE VERSION]: fetches app for ppc64el from SUITE (default: trixie 2.0), and checks that app and its
# dependency base are fetched. The machine's own sources have only bookworm for its own architecture
whole() {
    x fetch "$KEPT" "${1-trixie}" ppc64el app
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ "$(debs "${1-trixie}-ppc64el")" = "app_${2-2.0}_ppc64el.deb base_${2-2.0}_ppc64el.deb" ]
}

# refused WORDS: checks that archive.sh failed, printed one line, which contains WORDS, and fetched no package
refused() {
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *$1* ]]
    [ -z "$(find "$KEPT" -name '*.deb')" ]
}

none_here() {
    [ "$status" -eq 3 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *'no Debian archive'* ]]
}

@test "a deb822 source with the path of its key is accepted" {
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    whole
    whole bookworm 1.0
    # apt would not trust the written sources.list without the key
    grep -qF "signed-by=$KEY" "$KEPT/trixie-ppc64el/sources.list"
}

@test "a deb822 source with the key itself is accepted" {
    source_of "file:$A" Signed-By: "$(sed 's/^$/./;s/^/ /' "$KEY")"
    machine_update
    whole
    x check
    [ "$status" -eq 0 ]
}

@test "a deb822 file with other stanzas, fields and comments is accepted, and the key of the right stanza is used" {
    {
        printf '%s\n' '# the stanza of the installer' '' "Types: deb" "URIs: file:$BATS_TEST_TMPDIR/nothing" \
            'Suites: x' 'Components: main' \
            "Signed-By: $OTHER" 'Enabled: no' '' '' '# Signed-By: /comment' "signed-by: $KEY" '# between' \
            'Types: deb deb-src' "uris: file:$A" 'Suites: bookworm' 'Components: main non-free' "Architectures: $NATIVE"
    } > "$M/etc/apt/sources.list.d/debian.sources"
    machine_update || true
    whole
    # the key applies to its own stanza only
    grep -qF "[signed-by=$KEY]" "$KEPT/trixie-ppc64el/sources.list"
}

@test "a one-line source with options is accepted" {
    one_line '# a comment' '' "deb [ arch=$NATIVE signed-by=$KEY ] file:$A bookworm main contrib # [signed-by=/comment]"
    machine_update
    whole
}

@test "a one-line source without options uses the keys that apt trusts" {
    cp "$KEY" "$M/etc/apt/trusted.gpg.d/"
    one_line "deb file:$A bookworm main # [signed-by=/comment]"
    machine_update
    whole
}

@test "the source of Debian is identified by its Release file, not by its position" {
    third=$BATS_TEST_TMPDIR/third
    for s in stable bookworm; do
        A=$third suite $s 9.0 9.0
        A=$third BY=other FROM='Some Vendor' release $s
    done
    one_line "deb [signed-by=$OTHER] file:$third stable main" "deb [signed-by=$OTHER] file:$third bookworm main"
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    whole
    unchanged
    rm -r "$KEPT" "$M"/var/lib/apt/lists/*_*
    whole
}

@test "the security and updates suites do not count as the main archive" {
    archive_copy
    mkdir "$BATS_TEST_TMPDIR/security"
    for s in bookworm-security bookworm-updates; do
        A=$BATS_TEST_TMPDIR/security suite $s 9.0 9.0
    done
    A=$BATS_TEST_TMPDIR/security release bookworm-updates
    sed "s/^Label: .*/Label: Debian-Security/" "$BATS_TEST_TMPDIR/security/dists/bookworm-updates/Release" \
        > "$BATS_TEST_TMPDIR/Release"
    A=$BATS_TEST_TMPDIR/security release bookworm-security
    one_line "deb [signed-by=$KEY] file:$BATS_TEST_TMPDIR/security bookworm-security main" \
        "deb [signed-by=$KEY] file:$BATS_TEST_TMPDIR/security bookworm-updates main" \
        "deb [signed-by=$KEY] file:$A bookworm main"
    machine_update
    whole
}

@test "a mirror with another path is accepted" {
    mkdir -p srv/mirrors/os
    ln -s "$A" srv/mirrors/os/debian-mirror
    serve srv
    source_of "http://127.0.0.1:$port/mirrors/os/debian-mirror/" "Signed-By: $KEY"
    machine_update
    whole
    grep -q 'GET /mirrors/os/debian-mirror/pool/main/a/app/app_2.0_ppc64el.deb .* 200' "$requests"
}

@test "a list of mirrors is accepted" {
    serve "$A"
    echo "http://127.0.0.1:$port/" > "$M/etc/apt/mirrors"
    source_of "mirror+file:$M/etc/apt/mirrors" "Signed-By: $KEY"
    machine_update
    whole
}

@test "several URIs and suites in one stanza are accepted" {
    archive_copy
    cp -a "$A/dists/bookworm" "$A/dists/bookworm-updates"
    release bookworm-updates
    printf '%s\n' 'Types: deb' "URIs: file:$BATS_TEST_TMPDIR/nothing" " file:$A" 'Suites: bookworm-updates bookworm' \
        'Components: contrib main' \
        "Signed-By: $KEY" > "$M/etc/apt/sources.list.d/debian.sources"
    machine_update || true
    whole
}

@test "the proxy of the machine's apt is used" {
    mkdir -p srv/http:/archive.invalid
    ln -s "$A" srv/http:/archive.invalid/mirror
    serve srv
    echo "Acquire::http::Proxy \"http://127.0.0.1:$port\";" > "$M/etc/apt/apt.conf.d/proxy"
    source_of http://archive.invalid/mirror "Signed-By: $KEY"
    machine_update
    : > "$requests"
    whole
    [ "$(grep -c 'GET http://archive.invalid/mirror/pool/.*ppc64el.deb .* 200' "$requests")" -eq 2 ]
}

@test "a machine without a Debian archive: the program fails with one line" {
    for command in check "fetch $KEPT trixie ppc64el app" "download $KEPT trixie ppc64el app" \
        "version $KEPT trixie ppc64el app" \
        "source $KEPT trixie src"; do
        # shellcheck disable=SC2086 # split into words
        x $command
        none_here
    done
    unchanged
    # a disabled source
    source_of "file:$A" "Signed-By: $KEY" 'Enabled: no'
    # only a deb-src source
    one_line "deb-src [signed-by=$KEY] file:$A bookworm main"
    x check
    none_here
    [ ! -e "$KEPT" ]
}

@test "a machine that has no package lists yet is accepted" {
    source_of "file:$A" "Signed-By: $KEY"
    whole
    x check
    [ "$status" -eq 0 ]
    [ "$output" = "file:$A/" ]
    x download "$KEPT" host "$NATIVE" app
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
}

@test "an expired archive is accepted on a machine that has no package lists yet" {
    archive_copy
    release bookworm 'Valid-Until: Sat, 01 Jan 2022 00:00:00 UTC'
    source_of "file:$A" "Signed-By: $KEY"
    whole
}

@test "an expired Release file is used, and a line is logged" {
    archive_copy
    release trixie 'Valid-Until: Sat, 01 Jan 2022 00:00:00 UTC'
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x fetch "$KEPT" trixie ppc64el app
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == 'archive: trixie ppc64el: '*expired*'Sat, 01 Jan 2022 00:00:00 UTC'* ]]
    [ -e "$KEPT/trixie-ppc64el/archives/app_2.0_ppc64el.deb" ]
    release trixie 'Valid-Until: Sat, 01 Jan 2050 00:00:00 UTC'
    rm -r "$KEPT"
    whole
}

@test "if the archive lacks a file, one line is printed, with the name of the file" {
    archive_copy
    rm "$A/pool/main/b/base/base_2.0_ppc64el.deb"
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x fetch "$KEPT" trixie ppc64el app
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == 'archive: trixie ppc64el: '*/pool/main/b/base/base_2.0_ppc64el.deb* ]]
    x download "$KEPT" trixie ppc64el app base
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == *base_2.0_ppc64el.deb* ]]
    # the other suite is complete
    whole bookworm 1.0
}

@test "over HTTP: if the archive lacks a file, one line is printed, with the name of the file" {
    archive_copy
    rm "$A/pool/main/b/base/base_2.0_ppc64el.deb"
    serve "$A"
    source_of "http://127.0.0.1:$port" "Signed-By: $KEY"
    machine_update
    x fetch "$KEPT" trixie ppc64el app
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *'pool/main/b/base/base_2.0_ppc64el.deb'*404* ]]
}

@test "a suite, a package or an architecture that the archive lacks is refused" {
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x fetch "$KEPT" forky ppc64el app
    refused 'forky'
    x fetch "$KEPT" trixie ppc64el unheard-of
    refused 'unheard-of'
    x fetch "$KEPT" trixie riscv64 app
    refused 'riscv64'
}

@test "an archive signed by another key is refused" {
    archive_copy
    BY=other release trixie
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x fetch "$KEPT" trixie ppc64el app
    refused 'trixie ppc64el'
}

@test "a Packages file or a package that differs from the signed checksum is refused" {
    archive_copy
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    before=$(snapshot)
    echo >> "$A/dists/trixie/main/binary-ppc64el/Packages"
    x fetch "$KEPT" trixie ppc64el app
    refused 'trixie ppc64el'
    # a changed package of the same size
    d=$A/pool/main/a/app/app_1.0_ppc64el.deb
    sed -i 's/a package of nothing/A package of nothing/' "$d"
    x fetch "$KEPT" bookworm ppc64el app
    [ "$status" -eq 1 ]
    [[ $output == *app_1.0_ppc64el.deb* ]]
    [ ! -e "$KEPT/bookworm-ppc64el/archives/app_1.0_ppc64el.deb" ]
}

@test "an unsigned archive is refused, even if this machine would accept it" {
    archive_copy
    rm "$A"/dists/trixie/InRelease "$A"/dists/trixie/Release.gpg
    printf '%s\n' 'Acquire::AllowInsecureRepositories "true";' 'Acquire::AllowWeakRepositories "true";' \
        'Acquire::AllowDowngradeToInsecureRepositories "true";' 'APT::Get::AllowUnauthenticated "true";' \
        > "$M/etc/apt/apt.conf.d/weak"
    one_line "deb [trusted=yes signed-by=$KEY] file:$A bookworm main"
    machine_update
    x fetch "$KEPT" trixie ppc64el app
    refused 'trixie ppc64el'
}

@test "weak checksums are refused, even if this machine would accept them" {
    archive_copy
    HASH=MD5Sum PROGRAM_OF_HASH=md5sum release trixie
    echo 'Acquire::AllowWeakRepositories "true"; APT::Get::AllowUnauthenticated "true";' > "$M/etc/apt/apt.conf.d/weak"
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x fetch "$KEPT" trixie ppc64el app
    refused 'trixie ppc64el'
}

@test "an archive that is no longer signed is refused, even if this machine would accept it" {
    archive_copy
    echo 'Acquire::AllowDowngradeToInsecureRepositories "true"; APT::Get::AllowUnauthenticated "true";' \
        > "$M/etc/apt/apt.conf.d/weak"
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x version "$KEPT" trixie ppc64el app
    [ "$output" = 2.0 ]
    rm "$A"/dists/trixie/InRelease "$A"/dists/trixie/Release.gpg "$KEPT/trixie-ppc64el/updated"
    echo >> "$A/dists/trixie/Release"
    x fetch "$KEPT" trixie ppc64el app
    refused 'trixie ppc64el'
}

@test "backports: a package is fetched from the last suite that has it" {
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x fetch "$KEPT" trixie,trixie-backports ppc64el app
    [ "$status" -eq 0 ]
    [ "$(debs "trixie,trixie-backports-ppc64el")" = 'app_2.1_ppc64el.deb base_2.0_ppc64el.deb' ]
    x version "$KEPT" trixie,trixie-backports ppc64el app
    [ "$output" = 2.1 ]
    x version "$KEPT" trixie ppc64el app
    [ "$output" = 2.0 ]
}

@test "download: fetches only the named packages, and prints the path of the candidate, not of an older version" {
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    mkdir -p "$KEPT/trixie-ppc64el/archives"
    touch "$KEPT"/trixie-ppc64el/archives/{app_1.0,odd_1%3a1.0}_ppc64el.deb
    x download "$KEPT" trixie ppc64el app odd
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 2 ]
    [ "${lines[0]}" = "$KEPT/trixie-ppc64el/archives/app_2.0_ppc64el.deb" ]
    [ "${lines[1]}" = "$KEPT/trixie-ppc64el/archives/odd_1%3a2.0_ppc64el.deb" ]
    [ "$(dpkg-deb -f "${lines[1]}" Version)" = 1:2.0 ]
    [ ! -e "$KEPT/trixie-ppc64el/archives/base_2.0_ppc64el.deb" ]
}

@test "packages can be fetched from the machine's own sources" {
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x download "$KEPT" host "$NATIVE" app
    [ "$status" -eq 0 ]
    [ "$output" = "$KEPT/host-$NATIVE/archives/app_1.0_$NATIVE.deb" ]
    [ "$(dpkg-deb -f "$output" Version)" = 1.0 ]
}

@test "packages are copied, so that they are available without an archive" {
    archive_copy
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    whole
    x download "$KEPT" trixie ppc64el odd
    [ "$status" -eq 0 ]
    rm -r "$A"
    [ "$(find "$KEPT" -name '*.deb' -type f -size +0 | wc -l)" -eq 3 ]
}

@test "version and depends print the version and the dependencies" {
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    x version "$KEPT" trixie ppc64el odd
    [ "$status:$output" = 0:1:2.0 ]
    x version "$KEPT" trixie ppc64el unheard-of
    [ "$status:$output" = 0: ]
    x depends "$KEPT" trixie ppc64el app
    [ "$status:$output" = 0:base ]
}

@test "a source package is fetched even if the machine has only deb lines, no deb-src line" {
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    mkdir work
    cd work
    x source "$KEPT" trixie src
    [ "$status" -eq 0 ]
    [ "$(cat src-1.0/file)" = content ]
    rm -r src-1.0
    x source "$KEPT" trixie unheard-of
    refused unheard-of
}

@test "pins, a default release and hooks of the machine have no effect" {
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    printf '%s\n' 'Package: *' 'Pin: release n=trixie' 'Pin-Priority: -1' > "$M/etc/apt/preferences.d/pin"
    printf '%s\n' 'APT::Default-Release "bookworm";' "APT::Architectures { \"$NATIVE\"; \"i386\"; };" \
        "APT::Update::Pre-Invoke { \"touch $M/hook\"; };" "APT::Update::Post-Invoke { \"touch $M/hook\"; };" \
        "APT::Update::Post-Invoke-Success { \"touch $M/hook\"; };" "DPkg::Post-Invoke { \"touch $M/hook\"; };" \
        > "$M/etc/apt/apt.conf.d/hooks"
    whole
    [ -z "$(find "$KEPT" -name "*binary-$NATIVE*")" ]
    # the same on a machine that has no package lists yet
    unchanged
    rm -r "$KEPT" "$M"/var/lib/apt/lists/*_*
    whole
}

@test "package lists are downloaded again after 15 minutes, and immediately if the machine's sources changed" {
    archive_copy
    source_of "file:$A" "Signed-By: $KEY"
    machine_update
    whole
    suite trixie 3.0 3.0
    release trixie
    x version "$KEPT" trixie ppc64el app
    [ "$output" = 2.0 ]
    touch -d '-16 min' "$KEPT/trixie-ppc64el/updated"
    x version "$KEPT" trixie ppc64el app
    [ "$output" = 3.0 ]
    mv "$A" moved
    unchanged
    sed -i "s|file:.*|file:$PWD/moved|" "$M/etc/apt/sources.list.d/debian.sources"
    machine_update
    x fetch "$KEPT" trixie ppc64el app
    [ "$status" -eq 0 ]
}

@test "wrong usage is refused" {
    before=$(snapshot)
    for arguments in '' unheard-of "fetch $KEPT trixie ppc64el" "version $KEPT trixie ppc64el" 'check more'; do
        # shellcheck disable=SC2086 # split into words
        x $arguments
        [ "$status" -eq 2 ]
        [[ $output == *'archive.sh fetch DIR SUITE ARCH PACKAGE...'* ]]
    done
}
