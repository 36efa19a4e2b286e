#!/bin/sh
# sourced by module-setup.sh (bash) and by fadump-capture (any sh), after fadump-lib.sh
# and with fadump-grammar.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fadump-conf.sh - what can be configured: pure functions, text in, text out
#
# In:  /etc/fadump.conf, or a key and a value from anywhere.
# Out: "key=value" lines of what is good, the reason for what is not.
# Sourcing defines functions and does nothing else; each says above it what it prints and
# returns. The same functions read the file when dracut builds and at capture.
# Does not know: dracut, what is done with a value, what wins over what.

# fadump_config FILE: reads "key = value" lines; '#' starts a comment at the beginning of a
# line or after white space. A key may be given once, target as often as wanted. Prints "key=value" for each good line and "error=line N: why"
# for each bad one; 1 if there was any error. FILE is data: never sourced, never evaluated.
fadump_config() {
    local line key value why n=0 good='
' bad=0
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
            *=*) why=$(fadump_check "$key" "$value") || : ;;
            *) why='not of the form key = value' ;;
        esac
        case $key$good in
            target*) ;; # several are a list
            *"
$key="*) why=${why:-"$key is set twice"} ;;
        esac
        [ -n "$why" ] || why=$(fadump_clash "$good$key=$value") || :
        if [ -n "$why" ]; then
            printf 'error=line %s: %s\n' "$n" "$why"
            bad=1
        else
            good="$good$key=$value
"
            printf '%s=%s\n' "$key" "$value"
        fi
    done < "$1"
    return "$bad"
}

# fadump_number VALUE MIN MAX: 0 when VALUE is a decimal number in that range, plainly written.
fadump_number() {
    case $1 in
        '' | *[!0-9]* | 0?* | ????????*) return 1 ;;
    esac
    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

# fadump_check KEY VALUE: 0 when VALUE is one that KEY may have; else 1, and prints why. What is
# for fadump-copy is one word of letters, digits, ':' and '-'.
fadump_check() {
    local want
    case $1 in
        target)
            fadump_target_check "$2"
            return
            ;;
        fallback) want='dir or none' ;;
        raw_force | raw_overwrite) want='yes or no' ;;
        network)
            fadump_network_check "$2"
            return
            ;;
        include) want='a list of fs, raw, nfs, iscsi and ssh' ;;
        ssh_key | ssh_known_hosts) want='an absolute path' ;;
        timeout) want='a number of seconds from 1 to 3600' ;;
        stall_timeout) want='a number of seconds from 1 to 86400' ;;
        rearm) want='auto, yes or no' ;;
        final_action) want='auto, continue, reboot, poweroff or halt' ;;
        format) want='kdump or elf' ;;
        compress) want='zstd[:LEVEL], lzo, zlib[:LEVEL] or none (levels: zstd -7 to 19 but 0, zlib 1 to 9)' ;;
        dump_level) want='a number from 0 to 31' ;;
        threads) want='a number from 1 to 128' ;;
        memory) want='a number of MiB from 1 to 9999999' ;;
        *)
            echo "unknown key '$(fadump_oneline "$1")'"
            return 1
            ;;
    esac
    case $1:$2 in
        fallback:dir | fallback:none) return 0 ;;
        ssh_key:*[[:cntrl:]]* | ssh_known_hosts:*[[:cntrl:]]*) ;;
        ssh_key:/* | ssh_known_hosts:/*) return 0 ;;
        include:*) ! fadump_words_of "$2" fs raw nfs iscsi ssh || return 0 ;;
        raw_force:yes | raw_force:no | raw_overwrite:yes | raw_overwrite:no) return 0 ;;
        timeout:*) ! fadump_number "$2" 1 3600 || return 0 ;;
        stall_timeout:*) ! fadump_number "$2" 1 86400 || return 0 ;;
        rearm:auto | rearm:yes | rearm:no | format:kdump | format:elf) return 0 ;;
        final_action:auto | final_action:continue | final_action:reboot | final_action:poweroff | final_action:halt) return 0 ;;
        compress:zstd | compress:lzo | compress:zlib | compress:none) return 0 ;;
        compress:zstd:-[1-7] | compress:zstd:[1-9] | compress:zstd:1[0-9] | compress:zlib:[1-9]) return 0 ;;
        dump_level:*) ! fadump_number "$2" 0 31 || return 0 ;;
        threads:*) ! fadump_number "$2" 1 128 || return 0 ;;
        memory:*) ! fadump_number "$2" 1 9999999 || return 0 ;;
    esac
    echo "$1: '$(fadump_oneline "$2")' is not $want"
    return 1
}

# fadump_words_of TEXT WORD...: 0 when TEXT is some of the WORDs, separated by spaces.
fadump_words_of() {
    local text="$1 " word
    shift
    case $text in *[!a-z\ ]* | ' '*) return 1 ;; esac
    for word in $text; do
        case " $* " in *" $word "*) ;; *) return 1 ;; esac
    done
}

# fadump_clash CONF: 0 when two values of CONF ("key=value" lines) exclude each other, and
# prints which; 1 when there are none.
fadump_clash() {
    local compress
    compress=$(fadump_value compress "$1")
    case $(fadump_value format "$1"):$compress in
        elf: | elf:none) return 1 ;;
        elf:*) echo "compress: a dump with format = elf is not compressed, $compress cannot be used" ;;
        *) return 1 ;;
    esac
}

# fadump_options CONF: prints what CONF ("key=value" lines, checked) asks of fadump-copy: its
# options as words, each after a space; nothing for what is not set.
fadump_options() {
    local key value
    for key in format compress dump_level threads memory; do
        value=$(fadump_value "$key" "$1")
        case $key:$value in
            *:) continue ;;
            dump_level:*) key=dump-level ;;
        esac
        printf ' --%s %s' "$key" "$value"
    done
}

# fadump_values KEY TEXT: prints the values of all KEY=value lines of TEXT, one to a line.
fadump_values() {
    local line
    while IFS= read -r line; do
        case $line in
            "$1="*) printf '%s\n' "${line#*=}" ;;
        esac
    done << END
$2
END
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

# fadump_trim TEXT: prints TEXT without white space (CR too) at both ends.
fadump_trim() {
    local text="$1"
    text=${text#"${text%%[![:space:]]*}"}
    printf '%s\n' "${text%"${text##*[![:space:]]}"}"
}
