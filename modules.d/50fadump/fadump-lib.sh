#!/bin/sh
# sourced by module-setup.sh (bash) and by fadump-capture (any sh)
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-lib.sh - the pure functions: text and file names in, text out
#
# Sourcing defines functions and does nothing else. None of them writes a file, mounts,
# prints to the console or keeps state; each says above it what it prints and returns.
# Does not know: dracut, where the dump goes, in which order things happen.

# fadump_trim TEXT: prints TEXT without white space (CR too) at both ends.
fadump_trim() {
    local text="$1"
    text=${text#"${text%%[![:space:]]*}"}
    printf '%s\n' "${text%"${text##*[![:space:]]}"}"
}

# fadump_oneline TEXT: prints TEXT as one line that is safe on a console and in a status
# file: control characters become '?', and more than 200 characters are not shown.
fadump_oneline() {
    local rest="$1" out=''
    if [ "${#rest}" -gt 200 ]; then
        printf '(%s characters)\n' "${#rest}"
        return 0
    fi
    while :; do
        case $rest in
            *[[:cntrl:]]*)
                out="$out${rest%%[[:cntrl:]]*}?"
                rest=${rest#*[[:cntrl:]]}
                ;;
            *) break ;;
        esac
    done
    printf '%s\n' "$out$rest"
}

# fadump_lasting PATH: 0 when PATH of the running system lasts; 1 below the directories that a
# running system mounts memory over, or empties when it starts: a dump would be gone.
fadump_lasting() {
    case $1/ in
        /proc/* | /sys/* | /dev/* | /run/* | /tmp/*) return 1 ;;
    esac
}

# fadump_target_check TARGET: 0 when TARGET is one we know how to fill; else 1, and prints why.
fadump_target_check() {
    case $1 in
        *[[:cntrl:]]*) echo "target has a control character" ;;
        dir:*/../* | dir:*/..) echo "target: '..' is not allowed in a path" ;;
        dir:/*)
            if [ "${#1}" -gt 1000 ]; then
                echo "target: the path is too long"
            elif ! fadump_lasting "${1#dir:}"; then
                echo "target: ${1#dir:} does not last, it is no place for a dump"
            else
                return 0
            fi
            ;;
        dir:*) echo "target: the path after dir: must be absolute" ;;
        *) echo "target: unknown kind '$(fadump_oneline "$1")' (known: dir:/path)" ;;
    esac
    return 1
}

# fadump_config FILE: reads "key = value" lines; '#' starts a comment at the beginning of a
# line or after white space. Prints "key=value" for each good line and "error=line N: why"
# for each bad one; 1 if there was any error. FILE is data: never sourced, never evaluated.
fadump_config() {
    local line key value why n=0 seen=' ' bad=0
    if [ ! -r "$1" ] || [ -d "$1" ]; then
        echo "error=cannot be read"
        return 1
    fi
    while IFS= read -r line || [ -n "$line" ]; do
        n=$((n + 1)) why=''
        case $line in
            '#'*) continue ;;
            *[[:space:]]'#'*) line=${line%%[[:space:]]#*} ;;
        esac
        line=$(fadump_trim "$line")
        [ -n "$line" ] || continue
        key=$(fadump_trim "${line%%=*}")
        value=$(fadump_trim "${line#*=}")
        case $line in
            *=*) ;;
            *) key='?' ;;
        esac
        case $key in
            target) why=$(fadump_target_check "$value") || : ;;
            rearm)
                case $value in
                    auto | yes | no) ;;
                    *) why="rearm: '$(fadump_oneline "$value")' is not auto, yes or no" ;;
                esac
                ;;
            '?') why="not of the form key = value" ;;
            *) why="unknown key '$(fadump_oneline "$key")'" ;;
        esac
        case $seen in
            *" $key "*) why=${why:-"$key is set twice"} ;;
        esac
        if [ -n "$why" ]; then
            printf 'error=line %s: %s\n' "$n" "$why"
            bad=1
        else
            seen="$seen$key "
            printf '%s=%s\n' "$key" "$value"
        fi
    done < "$1"
    return "$bad"
}

# fadump_value KEY TEXT: prints the value of the last KEY=value line of TEXT, or nothing.
fadump_value() {
    local line value=''
    while IFS= read -r line; do
        case $line in
            "$1="*) value=${line#*=} ;;
        esac
    done << END
$2
END
    printf '%s\n' "$value"
}

# fadump_detect ROOT: prints what kind of machine state this boot found:
# fadump (PowerVM, pseries), opal, phyp (release_region, kernels before 3.4), kdump or none.
# fadump, opal and phyp may come without /proc/vmcore: the kernel discarded the dump.
fadump_detect() {
    local rtas="$1/proc/device-tree/rtas" opal="$1/proc/device-tree/ibm,opal"
    if [ -e "$1/sys/kernel/release_region" ] \
        && { [ -e "$rtas/ibm,dump-kernel" ] || [ -e "$rtas/ibm,kernel-dump" ]; }; then
        echo phyp
    elif [ -e "$rtas/ibm,kernel-dump" ]; then
        echo fadump
    elif [ -e "$opal/dump/mpipl-boot" ]; then
        echo opal
    elif [ -e "$1/proc/vmcore" ]; then
        echo kdump
    else
        echo none
    fi
}

# fadump_first FILE...: prints the first FILE that exists; 1 if none does.
# (sysfs names moved: the new one is asked for before the old one.)
fadump_first() {
    local file
    for file in "$@"; do
        if [ -e "$file" ]; then
            printf '%s\n' "$file"
            return 0
        fi
    done
    return 1
}
