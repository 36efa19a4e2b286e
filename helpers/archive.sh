#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# archive.sh - get packages of any suite and architecture from the Debian archive that this machine's apt uses
# In:  apt's configuration: sources in both formats, their keys, mirrors, and all of apt.conf (for example a proxy); no root.
# Out: lists and packages in DIR/SUITE-ARCH/{lists,archives}.  apt runs with separate lists, sources and cache, so the
#      apt data of the machine is not changed.  All signatures are checked.
# Does not know: the use of the packages.
#
#   archive.sh check                              prints the URI of the archive
#   archive.sh fetch DIR SUITE ARCH PACKAGE...    downloads packages with dependencies; PACKAGE as for apt-get install
#   archive.sh download DIR SUITE ARCH PACKAGE... downloads only these packages; prints the path of each file
#   archive.sh version DIR SUITE ARCH PACKAGE     prints the version in SUITE; nothing if SUITE does not have it
#   archive.sh depends DIR SUITE ARCH PACKAGE     prints the dependencies of PACKAGE, one on each line
#   archive.sh source DIR SUITE PACKAGE...        downloads source packages and unpacks them in the current directory
#
# SUITE is the name of a suite; or "host" for the unchanged sources of this machine; or a list of suites with commas:
# then each package is from the last suite that has it (for backports).
# Exit status: 0; 1 a package list or a file cannot be read (one line on stderr has the first error); 2 usage;
# 3 the apt sources of this machine have no Debian archive.
set -eu

# Lists younger than this many minutes are not read again, so that all parts of a build see the same archive.
FRESH_MIN=15

say() {
    echo "archive: $*" >&2
}

# option NAME ENTRY: prints the value of an option of a source.  ENTRY is FILE:N as apt prints it: N is the line of a
# one-line source (sources.list(5): "deb [name=value ...] uri suite"), or the number of the stanza in a deb822 file.
option() {
    case ${2%:*} in
        *.sources)
            awk -v want="$1" -v stanza="${2##*:}" '
                /^#/ { next }
                /^[ \t]*$/ { inside = 0; next }
                !inside { inside = 1; n++; value = 0 }
                n != stanza { next }
                /^[ \t]/ { if (value) print; next }
                { name = tolower($0); sub(/:.*/, "", name); value = name == want }
                value { sub(/^[^:]*:[ \t]*/, ""); print }' "${2%:*}"
            ;;
        *) sed -n "${2##*:}s/^[[:space:]]*[a-z-]*[[:space:]]*\[\([^]]*\)\].*/\1/p" "${2%:*}" | tr -s '[:space:]' '\n' | sed -n "s/^$1=//p" ;;
    esac
}

# index_targets [OPTION]...: prints "ENTRY URI SUITE COMPONENT ORIGIN LABEL" for each source of this machine.
index_targets() {
    # shellcheck disable=SC2016 # variables that apt expands
    apt-get -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@" indextargets --format '$(SOURCESENTRY) $(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN) $(LABEL)' \
        'Created-By: Packages'
}

# debian: prints ENTRY and URI of the first line of index_targets that is Debian's main archive, of any suite.  ORIGIN and
# LABEL are from the Release file, which exists after apt has read the lists.  Without that file the text "$(ORIGIN)"
# remains in the line.
debian() {
    awk '$4 == "main" && $5 == "Debian" && $6 == "Debian" && $3 !~ /-(updates|proposed-updates|backports|security)/ {
        print $1, $2; exit }'
}

# apt_conf: prints a configuration that clears the update hooks of the machine's apt.conf; "-o" cannot clear a list.
apt_conf() {
    printf '#clear %s;\n' APT::Update::Pre-Invoke APT::Update::Post-Invoke APT::Update::Post-Invoke-Success
}

# archive_find: sets $entry and $uri to the Debian archive of this machine. Exits with 3 if its apt sources have none.
archive_find() {
    local found
    found=$(index_targets | debian)
    if [ -z "$found" ]; then
        # this machine has no lists yet: read them into a temporary directory
        lists=$(mktemp -d)
        trap 'rm -rf "$lists"' EXIT
        trap 'exit 143' INT TERM HUP
        mkdir "$lists/partial"
        apt_conf > "$lists/apt.conf"
        apt-get -q -c "$lists/apt.conf" -o Dir::State::Lists="$lists" -o Dir::Cache="$lists" -o Acquire::Check-Valid-Until=false \
            -o APT::Sandbox::User="$(id -un)" update > /dev/null 2>&1 || true
        found=$(index_targets -o Dir::State::Lists="$lists" | debian)
    fi
    [ -n "$found" ] || {
        say "the apt sources of this machine have no Debian archive: add one (sources.list(5))"
        exit 3
    }
    entry=${found%% *}
    uri=${found#* }
}

# key: prints the option "signed-by=..." of the source $entry, or nothing if this source uses the default keyrings of
# apt.  A key that is part of the source entry is written to a file in $dir.
key() {
    local key
    key=$(option signed-by "$entry")
    case $key in
        '') ;;
        *BEGIN\ PGP*)
            # deb822: each line begins with a space; an empty line is " ."
            printf '%s\n' "$key" | sed 's/^ //;s/^\.$//' > "$dir/archive-key.asc"
            echo "signed-by=$dir/archive-key.asc"
            ;;
        *) echo "signed-by=$(echo "$key" | tr -s ' \n' ',,' | sed 's/,$//')" ;;
    esac
}

# lines SUITE [TYPE...]: prints the lines of a sources.list for each suite in SUITE and each TYPE (default: deb).
lines() {
    local suites="$1" suite type key
    shift
    key=$(key)
    for suite in $(echo "$suites" | tr , ' '); do
        for type in "${@:-deb}"; do
            # copy: instead of file:, because apt does not copy packages from file:
            echo "$type ${key:+[$key] }$(echo "$uri" | sed 's/^file:/copy:/') $suite main"
        done
    done
}

# apt COMMAND...: runs apt-get or apt-cache with the data in $dir, for $suite and $arch; for the suite "host" with the
# data of this machine, and the cache in $dir.
apt() {
    local command="$1"
    shift
    [ "$suite" != host ] || {
        "$command" -q -o Dir::Cache="$dir" -o APT::Sandbox::User="$(id -un)" "$@"
        return
    }
    "$command" -q -c "$dir/apt.conf" -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$dir/lists" -o Dir::State::status="$dir/status" -o Dir::State::extended_states="$dir/extended" \
        -o Dir::Cache="$dir" -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
        -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User="$(id -un)" \
        -o APT::Install-Recommends=false -o APT::Default-Release="$default" -o Acquire::Check-Valid-Until=false \
        -o Acquire::AllowInsecureRepositories=false -o APT::Get::AllowUnauthenticated=false "$@"
}

# failed WHAT: prints WHAT and the first error in the log, and exits with 1.
failed() {
    local reason detail=''
    # "E: Failed to fetch FILE REASON"; without such a line "Err:5 PLACE SUITE ...", with the reason in the next line
    reason=$(grep -h -m 1 '^E: Failed to fetch ' "$dir/log" || grep -h -m 1 '^Err:' "$dir/log" || grep -h -m 1 '^E: ' "$dir/log" \
        || tail -n 1 "$dir/log")
    case $reason in
        Err:*) detail=$(grep -h -A 1 -m 1 '^Err:' "$dir/log" | sed -n '2s/^ *//p') ;;
    esac
    reason=$(echo "$reason" | sed 's/^Err:[0-9]* //;s/^E: Failed to fetch //;s/^E: //;s/ *\[IP: .*\]//;s/  */ /g')
    detail=$(echo "$detail" | sed 's/ *\[IP: .*\]//')
    say "$suite $arch: $1: $reason${detail:+: $detail} (log: $dir/log)"
    exit 1
}

# expired: prints a message for each Release file whose Valid-Until has passed.  The file is used: its signature is valid.
expired() {
    local file until
    for file in "$dir"/lists/*Release; do
        until=$(sed -n 's/^Valid-Until: //p' "$file")
        [ -n "$until" ] || continue
        [ "$(date +%s)" -le "$(date -d "$until" +%s)" ] || say "$suite $arch: the Release file has expired ($until); it is used, because its signature is valid"
    done
}

# update [TYPE...]: reads the lists of $suite to $dir, unless the lists are younger than FRESH_MIN and of the same sources.
# For the suite "host" nothing is read.
update() {
    mkdir -p "$dir/lists/partial" "$dir/archives/partial"
    apt_conf > "$dir/apt.conf"
    [ "$suite" != host ] || return 0
    : > "$dir/status"
    lines "$suite" "$@" > "$dir/sources.new"
    cmp -s "$dir/sources.new" "$dir/sources.list" || rm -f "$dir/updated"
    mv "$dir/sources.new" "$dir/sources.list"
    [ -z "$(find "$dir/updated" -mmin "-$FRESH_MIN" 2> /dev/null)" ] || return 0
    apt apt-get -o APT::Update::Error-Mode=any update > "$dir/log" 2>&1 || failed 'the package lists cannot be read'
    expired
    : > "$dir/updated"
}

usage() {
    sed -n 's/^#   \(archive\.sh .*\)/\1/p' "$0" >&2
    exit 2
}

# place DIR SUITE ARCH: sets $dir, $suite, $arch and $default, and locks $dir until the end of the program.
place() {
    suite=$2 arch=$3
    case $suite in *,*) default=${suite##*,} ;; *) default='' ;; esac
    mkdir -p "$1/$2-$3"
    dir=$(cd "$1/$2-$3" && pwd)
    exec 8> "$dir/lock"
    flock 8
}

main() {
    local p
    command=${1-}
    case $command-$# in
        check-1 | fetch-[5-9]* | fetch-[1-9][0-9]* | download-[5-9]* | download-[1-9][0-9]* | version-5 | depends-5 | source-[4-9]* | source-[1-9][0-9]*) ;;
        *) usage ;;
    esac
    shift
    archive_find
    case $command in
        check) echo "$uri" ;;
        fetch)
            place "$1" "$2" "$3"
            shift 3
            update
            apt apt-get -y --download-only install "$@" > "$dir/log" 2>&1 || failed 'download failed'
            ;;
        download)
            place "$1" "$2" "$3"
            shift 3
            update
            cd "$dir/archives"
            for p; do
                apt apt-get download "$p" > "$dir/log" 2>&1 || failed 'download failed'
                # print the file of the candidate version: older versions may exist in the same directory
                version=$(apt apt-cache policy "$p" | sed -n 's/^ *Candidate: *//p' | sed 's/:/%3a/')
                find "$dir/archives" -name "${p}_${version}_*.deb"
            done
            ;;
        version)
            place "$1" "$2" "$3"
            update
            apt apt-cache policy "$4" | sed -n 's/^ *Candidate: *//p' | grep -vx '(none)' || true
            ;;
        depends)
            place "$1" "$2" "$3"
            update
            apt apt-cache depends "$4" | sed -n 's/^ *Depends: *//p'
            ;;
        source)
            place "$1" "$2" source
            arch=$(dpkg --print-architecture)
            shift 2
            update deb-src
            apt apt-get source "$@" > "$dir/log" 2>&1 || failed 'download failed'
            ;;
    esac
}

main "$@"
