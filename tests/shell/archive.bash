# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # for the test file; $output and $status are bats's
#
# archive.bash - a made-up Debian archive for tests, and a machine whose apt uses this archive
# In:  dpkg-deb, gpg, python3; loaded by a test file, whose setup_file calls archive_make.
# Out: $A, the archive: bookworm, trixie, trixie-backports, for amd64 and ppc64el, with sources; $KEY, the key that
#      signs the archive; $OTHER, another key; functions that add sources to a machine (a directory, by APT_CONFIG) and
#      change the archive.
# Does not know: the assertions of the tests.

NATIVE=$(dpkg --print-architecture)

# gpg_key NAME: makes a key; prints the file of its public half
gpg_key() {
    gpg -q --batch --passphrase '' --quick-gen-key "$1" ed25519 sign never 2> /dev/null
    gpg -q --batch --armor --export "$1" > "$GNUPGHOME/$1.asc"
    echo "$GNUPGHOME/$1.asc"
}

# deb NAME VERSION ARCH [DEPENDS]: adds a package to the pool of $A
deb() {
    local d=$BATS_FILE_TMPDIR/deb pool=$A/pool/main/${1:0:1}/$1
    mkdir -p "$d/DEBIAN" "$pool"
    printf '%s\n' "Package: $1" "Version: $2" "Architecture: $3" 'Maintainer: T <t@t.invalid>' \
        'Description: a package of nothing' ${4:+"Depends: $4"} > "$d/DEBIAN/control"
    dpkg-deb -Znone --root-owner-group -b "$d" "$pool/$1_${2#*:}_$3.deb" > /dev/null
}

# packages FILE...: prints the stanzas of these packages for a Packages file
packages() {
    local f
    for f; do
        [ -e "$f" ] || continue
        dpkg-deb -f "$f"
        printf '%s\n' "Filename: ${f#"$A"/}" "Size: $(stat -c %s "$f")" \
            "SHA256: $(sha256sum < "$f" | cut -d ' ' -f 1)" ''
    done
}

# sources: makes the only source package, src 1.0, and prints the Sources file
sources() {
    local d=$A/pool/main/s/src
    if [ ! -e "$d" ]; then
        mkdir -p "$d/src-1.0/debian/source"
        echo content > "$d/src-1.0/file"
        tar -C "$d" -czf "$d/src_1.0.tar.gz" src-1.0
        rm -r "$d/src-1.0"
    fi
    printf '%s\n' 'Format: 3.0 (native)' 'Source: src' 'Binary: src' 'Architecture: any' 'Version: 1.0' \
        'Maintainer: T <t@t.invalid>' 'Checksums-Sha256:' " $(sum "$d/src_1.0.tar.gz") src_1.0.tar.gz" \
        'Files:' " $(sum "$d/src_1.0.tar.gz" md5sum) src_1.0.tar.gz" > "$d/src_1.0.dsc"
    printf '%s\n' 'Package: src' 'Format: 3.0 (native)' 'Binary: src' 'Architecture: any' 'Version: 1.0' \
        'Maintainer: T <t@t.invalid>' \
        'Directory: pool/main/s/src' 'Checksums-Sha256:' " $(sum "$d/src_1.0.tar.gz") src_1.0.tar.gz" \
        " $(sum "$d/src_1.0.dsc") src_1.0.dsc"
}

# sum FILE [PROGRAM]: prints the checksum and the size in the format of Debian's control files
sum() {
    echo "$("${2:-sha256sum}" < "$1" | cut -d ' ' -f 1) $(stat -c %s "$1")"
}

# release SUITE [LINE]...: makes Release, InRelease and Release.gpg of SUITE in $A, with LINEs, signed by the key $BY
# (default: debian). FROM is the origin and the label; HASH and PROGRAM_OF_HASH select another checksum than SHA256
release() {
    local suite=$1 d=$A/dists/$1 f
    shift
    {
        printf '%s\n' "Origin: ${FROM-Debian}" "Label: ${FROM-Debian}" "Suite: $suite" "Codename: $suite" \
            "Date: $(date -Ru | sed 's/+0000/UTC/')" \
            "Architectures: amd64 ppc64el $NATIVE" 'Components: main' "$@" "${HASH-SHA256}:"
        for f in "$d"/main/*/*; do echo " $(sum "$f" "${PROGRAM_OF_HASH-sha256sum}") ${f#"$d"/}"; done
    } > "$d/Release"
    rm -f "$d/InRelease"
    gpg -q --batch -u "${BY-debian}" --clearsign -o "$d/InRelease" "$d/Release"
    gpg -q --batch -u "${BY-debian}" --yes --armor --detach-sign -o "$d/Release.gpg" "$d/Release"
}

# suite NAME VERSION-OF-APP VERSION-OF-BASE: makes a suite with app, which depends on base, and odd, whose version has
# an epoch. With VERSION-OF-BASE "none" the suite has no base.
suite() {
    local arch d
    for arch in amd64 ppc64el "$NATIVE"; do
        d=$A/dists/$1/main/binary-$arch
        mkdir -p "$d"
        deb app "$2" "$arch" base
        deb odd "1:$2" "$arch"
        [ "$3" = none ] || deb base "$3" "$arch"
        packages "$A"/pool/main/*/*/*_{"$2","$3"}_"$arch".deb > "$d/Packages"
    done
    mkdir -p "$A/dists/$1/main/source"
    sources > "$A/dists/$1/main/source/Sources"
}

# archive_make: makes the archive, once for a test file; archive_end ends its gpg-agent
archive_make() {
    export GNUPGHOME=$BATS_FILE_TMPDIR/gpg A=$BATS_FILE_TMPDIR/debian
    mkdir -m 700 "$GNUPGHOME"
    KEY=$(gpg_key debian)
    OTHER=$(gpg_key other)
    export KEY OTHER
    suite bookworm 1.0 1.0
    suite trixie 2.0 2.0
    suite trixie-backports 2.1 none
    release bookworm
    release trixie
    release trixie-backports 'NotAutomatic: yes' 'ButAutomaticUpgrades: yes'
}

archive_end() {
    gpgconf --kill gpg-agent
}

# archive_copy: sets $A to a copy of the archive, for a test that changes it
archive_copy() {
    cp -a "$A" "$BATS_TEST_TMPDIR/copy"
    A=$BATS_TEST_TMPDIR/copy
}

# serve DIR: serves DIR by HTTP; sets port, http (the process of the server) and requests (the file of its log)
serve() {
    requests=$BATS_TEST_TMPDIR/requests
    : > "$BATS_TEST_TMPDIR/http" # for the first sed: the shell of the background job may make the file later
    # HTTP 1.0, so that apt requests one file after the other
    python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 > "$BATS_TEST_TMPDIR/http" 2> "$requests" 3>&- &
    http=$!
    for _ in {1..300}; do
        port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$BATS_TEST_TMPDIR/http")
        [ -z "$port" ] || return 0
        sleep 0.1
    done
    return 1
}

# machine: sets M to the directory of a machine whose apt has no source yet, and APT_CONFIG so that apt uses it
machine() {
    M=$BATS_TEST_TMPDIR/machine
    mkdir -p "$M"/etc/apt/{apt.conf.d,sources.list.d,trusted.gpg.d,preferences.d} "$M"/var/lib/apt/lists/partial \
        "$M"/var/lib/dpkg \
        "$M"/var/cache/apt/archives/partial "$M"/var/log/apt
    : > "$M/var/lib/dpkg/status"
    printf '%s\n' "Dir \"$M/\";" "Dir::State::status \"$M/var/lib/dpkg/status\";" "APT::Architectures \"$NATIVE\";" \
        > "$BATS_TEST_TMPDIR/apt.conf"
    export APT_CONFIG=$BATS_TEST_TMPDIR/apt.conf
}

# source_of URI [LINE]...: adds a deb822 stanza for bookworm, with LINEs
source_of() {
    local uri=$1
    shift
    printf '%s\n' 'Types: deb' "URIs: $uri" 'Suites: bookworm' 'Components: main' "$@" '' \
        >> "$M/etc/apt/sources.list.d/debian.sources"
}

# one_line LINE...: adds sources in the older one-line format
one_line() {
    printf '%s\n' "$@" >> "$M/etc/apt/sources.list"
}

# machine_update: runs apt-get update, as the administrator of a machine has usually done
machine_update() {
    apt-get -q -o APT::Sandbox::User="$(id -un)" update
}

# snapshot: prints the names, modes, link targets and checksums of all files of the machine
snapshot() {
    (cd "$M" && find . -printf '%p %m %l\n' -type f -exec sha256sum {} \; | sort)
}
