#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, with build/needs.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build/able.sh - refuse a configuration that needs features missing from the programs of this machine
#
# In:  the lines of "fadump-tool config --check" for /etc/fadump.conf ("CONF"); fadump-copy --features; fadump-save.
# Out: lines for build/faults.sh: "error=why", "warning=why", and "left=KIND" for a kind of targets that cannot be
#      used. No function changes a file.
# Sourcing defines functions and does nothing else.
# Does not know: the handling of an error. A capture does not repeat these checks: a copier that rejects
# its options is run again without them.

# fadump_unable CONF: prints error=, warning= and left= lines for the values of CONF that need fadump-save, or a feature
# that fadump-copy was built without.
fadump_unable() {
    local asked features
    asked=$(fadump_asked "$1")
    case $asked in *'save target'*) fadump_mover "${dracutsysrootdir-}" ;; esac
    asked=$(printf '%s\n' "$asked" | sed '/^save /d')
    [ -n "$asked" ] || return 0
    # a program for another machine may not run here
    features=$("${dracutsysrootdir-}/usr/libexec/fadump-copy" --features 2> /dev/null) || features=''
    case " $features " in
        *' none '*) fadump_lacking "$asked" "$features" ;;
        *) echo 'warning=/usr/libexec/fadump-copy does not run here: its features were not compared with /etc/fadump.conf' ;;
    esac
}

# fadump_asked CONF: prints the optional features that CONF needs, one per line: the feature, and the
# line of the configuration without secrets.
fadump_asked() {
    local value
    value=$(fadump_value compress "$1")
    case $value in
        '' | none) ;;
        *) printf '%s compress = %s\n' "${value%%:*}" "$value" ;;
    esac
    fadump_values masked "$1" | while IFS= read -r value; do
        case $value in
            iscsi:*\;fs=*) ;;
            raw:* | iscsi:*) printf 'block target = %s\n' "$value" ;;
            ram:) printf 'save target = %s\n' "$value" ;;
        esac
    done
    for value in $(fadump_value include "$1"); do
        case $value in
            raw) echo 'block include = raw' ;;
            iscsi) echo 'lun include = iscsi' ;;
        esac
    done
}

# fadump_lacking ASKED FEATURES: prints error=, warning= and left= lines for each line of ASKED (fadump_asked)
# whose feature is not in FEATURES, words separated by spaces.
fadump_lacking() {
    local feature line codecs
    codecs=$(printf ' %s ' "$2" | sed 's/ block / /; s/^ *//; s/ *$//')
    while read -r feature line; do
        case " $2 :$feature" in
            *" $feature "* | *' block '*:lun) continue ;;
            *:lun)
                echo "warning=$line: fadump-copy was built without raw devices: only targets with ;fs=/path can be used"
                continue
                ;;
        esac
        case $feature in
            block)
                echo left=raw
                line="$line: fadump-copy was built without raw devices (libarchive and libblkid); use another target"
                ;;
            *) line="$line: fadump-copy was built without $feature; use one of: $codecs" ;;
        esac
        printf 'error=/etc/fadump.conf: %s, or build all features (make without CODECS= and RAW=)\n' "$line"
    done << END
$1
END
}

# fadump_mover ROOT: prints an error= and a left= line unless ROOT has fadump-save and its unit (for ram:).
fadump_mover() {
    local unit=/usr/lib/systemd/system/fadump-save.service program=''
    [ ! -r "$1$unit" ] || program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$1$unit")
    [ -n "$program" ] && [ -x "$1$program" ] && return 0
    printf 'error=/etc/fadump.conf: %s; %s\n' 'target = ram: fadump-save or fadump-save.service is missing, so nothing would move the dump to a disk' \
        'a build with CODECS= or RAW= has neither: build all features, or use another target'
    echo left=ram
}
