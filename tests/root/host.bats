#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# host.bats - the build, and fetching packages of the lab, change nothing on a machine except installed packages
#
# In: root; a chroot with a Debian bookworm base system and an empty home, made from the package archive of the host.
# Out: dpkg's architectures, /etc/apt and the status of "apt-get update", before and after. Packages are kept in the
#      archive of the lab.
# Does not know: the other parts of the lab; they fetch packages in the same way as grub, the part that is fetched here.

# shellcheck disable=SC2016,SC2154 # the inner shell expands $; status, output, lines come from bats

setup_file() {
    REPO=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    HERE=$REPO/tests/lab
    LAB=${FADUMP_LAB:-$HOME/.cache/fadump-lab}
    R=$BATS_FILE_TMPDIR/root
    export REPO HERE LAB R
    "$REPO/helpers/archive.sh" fetch "$LAB/archive" bookworm "$(dpkg --print-architecture)" '?essential' \
        '?priority(required)' apt ca-certificates
    root_here > "$BATS_FILE_TMPDIR/out" 2>&1 || {
        cat "$BATS_FILE_TMPDIR/out" "$BATS_FILE_TMPDIR/log"
        return 1
    }
    # the name resolution and the proxy of the host
    cp -L /etc/resolv.conf /etc/hosts "$R/etc/"
    apt-config dump | grep -iE '^Acquire::[a-z:]*proxy' > "$R/etc/apt/apt.conf.d/proxy" || true
    key=$(sed -n 's/.*signed-by=\([^],]*\).*/\1/p' "$R/etc/apt/sources.list")
    [ -z "$key" ] || [ -e "$R$key" ] || cp --parents "$key" "$R"
    mkdir "$R/src"
    tar -C "$REPO" --exclude=./build --exclude=./.git -c . | tar -C "$R/src" -x
    mkdir -p "$LAB/archive/host-root/partial"
}

root_here() (
    # shellcheck disable=SC2034 # lib.sh uses them
    part=host label='' log=$BATS_FILE_TMPDIR/log
    # shellcheck source=/dev/null
    . "$HERE/lib.sh"
    # shellcheck disable=SC2317 # step calls it
    part_progress() { :; }
    root_make minbase bookworm "$(dpkg --print-architecture)" "$R" ca-certificates --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
)

# inside COMMAND: runs COMMAND in the chroot; packages that apt downloads are kept outside
inside() {
    "$HERE/alone" sh -euc '
        mount -t proc proc "$R/proc"
        mount --rbind /dev "$R/dev"
        mount --bind "$LAB/archive/host-root" "$R/var/cache/apt/archives"
        exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$R" sh -euc "cd /src; $1"
    ' sh "$1" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# state: prints the settings that must not change
state() {
    inside '
        echo "foreign: $(dpkg --print-foreign-architectures)"
        find /etc/apt /var/lib/dpkg/arch -printf "%p %m %l\n" -type f -exec sha256sum {} \; 2> /dev/null | sort
        status=0
        apt-get -q update > /dev/null 2>&1 || status=$?
        echo "apt-get update: $status"
        echo "suites: $(apt-get indextargets --format "\$(RELEASE)" | sort -u)"'
}

@test "the host gets no foreign architecture, suite or pin; cleaning empties the caches" {
    before=$(state)
    echo "$before"
    grep -qx 'foreign: ' <<< "$before"
    grep -qx 'suites: bookworm' <<< "$before"
    grep -qx 'apt-get update: 0' <<< "$before"
    inside 'tests/deps || { cat /tmp/tmp.*; exit 1; }'
    inside 'helpers/deps.sh fetch ppc64le'
    inside 'helpers/deps.sh musl'
    inside 'tests/lab/lab fetch grub'
    # the build works: a program for ppc64le, with musl from below the cache
    inside 'echo "int puts(const char *s); int main(void) { return puts(\"\"); }" > /root/.cache/x.c
        $(helpers/deps.sh cc ppc64le) -static -o /root/.cache/x /root/.cache/x.c'
    file "$R/root/.cache/x" | grep '64-bit LSB executable, 64-bit PowerPC.*statically linked'
    [ -n "$(find "$R"/root/.cache/fadump-lab/archive/*-ppc64el/archives -name 'grub-ieee1275-bin_*.deb')" ]
    [ -n "$(find "$R/root/.cache/fadump-deps/work" -name 'zstd.h')" ]
    diff <(echo "$before") <(state)
    native=$(dpkg --print-architecture)
    [ "$(inside 'dpkg-query -W -f "\${Architecture}\n" | sort -u' | tr '\n' ' ')" = "all $native " ]
    rm "$R"/root/.cache/x*
    inside 'tests/lab/lab clean; helpers/deps.sh clean'
    [ -z "$(find "$R/root" -path '*/.cache/*')" ]
}
