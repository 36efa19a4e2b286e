#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# keys.bats - the table of keys, the manuals, conf/fadump.conf, the hook and the shell's defaults agree about the keys
# In: "fadump-tool keys", which prints the table.  Out: each key with a difference.

# shellcheck disable=SC2317 # each() calls the function that is its argument
setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    tool=build/$(uname -m)/fadump-tool
    "$tool" keys > "$BATS_TEST_TMPDIR/keys"
    [ "$(wc -l < "$BATS_TEST_TMPDIR/keys")" -gt 10 ]
}

nothing() {
    run "$@"
    echo "$output"
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

# each FUNCTION: calls FUNCTION for each key, with the eight columns of fadump-tool keys: name, type, accepted values,
# default, where the key is accepted (file or cmdline), once or list, secret or open, option of fadump-copy
each() {
    local name kind accepted usual where often secret option
    while IFS=$'\t' read -r name kind accepted usual where often secret option; do
        "$1" "$name" "$kind" "$accepted" "$usual" "$where" "$often" "$secret" "$option"
    done < "$BATS_TEST_TMPDIR/keys"
}

names() {
    cut -f 1 "$BATS_TEST_TMPDIR/keys" | sort
}

# entry KEY: prints the text of KEY in fadump.conf(5), up to the next key; several keys can share one text
entry() {
    # shellcheck disable=SC2016 # awk variables
    awk -v key="$1" '
        /^\.It Cm [a-z_]+ Li = / { if (!open || !bare) found = found && bare; bare = 1; if ($3 == key) found = 1; open = 1 }
        !/^\.It Cm [a-z_]+ Li = / { bare = 0 }
        /^\.Sh FILES/ { found = 0 }
        found { print }' man/fadump.conf.5
}

@test "fadump.conf(5) has an entry for each key, and no others" {
    diff <(names) <(sed -n 's/^\.It Cm \([a-z_]*\) Li = .*/\1/p' man/fadump.conf.5 | sort)
}

@test "conf/fadump.conf shows each key, and no others" {
    diff <(names) <(sed -n 's/^#\([a-z_]*\) = .*/\1/p' conf/fadump.conf | sort)
}

@test "fadump.conf(5) has the accepted values of each key" {
    documented() {
        local text word words=''
        text=$(entry "$1")
        case $2 in
            word) # exactly these words
                word=${3//, / | } word=${word/ or / | }
                grep -qxF ".It Cm $1 Li = Cm $word" <<< "$text" || echo "$1: not documented: $word"
                return 0
                ;;
            words) words=${3#a list of } words=${words//,/ } words=${words/ and / } ;;
            number) words=$(grep -oE '[0-9]+ to [0-9]+' <<< "$3" | tr ' ' '~') ;;
            codec) words='zstd lzo zlib none -7~to~19~but~0 1~to~9' ;;
            network) words=$(grep -oE '[a-z.]+=' <<< "$3" | tr -d = | sort -u) ;;
            target) words=$(grep -oE '[a-z0-9]+(:|$)' <<< "$3" | tr -d :) ;;
            path) words=/path ;;
        esac
        [ -n "$words" ] || echo "$1: the table has no accepted values"
        for word in $words; do
            tr '\n' ' ' <<< "$text" | grep -qE -- "(^|[^a-z0-9_])${word//\~/ }([^a-z0-9_]|$)" \
                || echo "$1: not documented: $word"
        done
    }
    nothing each documented
}

@test "fadump.conf(5) has the default of each key" {
    documented() {
        local text
        text=$(entry "$1" | tr '\n' ' ')
        [ "$4" != - ] || return 0
        grep -q 'default' <<< "$text" || echo "$1: its text does not contain the word default"
        grep -qF -- " ${4} " <<< "${text//[,.] / } " || grep -qF -- "${4##*/}" <<< "$text" \
            || echo "$1: default $4 is not documented"
    }
    nothing each documented
}

@test "conf/fadump.conf shows the default of each key, or an accepted value if there is no default" {
    shown() {
        local value
        value=$(sed -n "s/^#$1 = //p" conf/fadump.conf)
        [ "$4" = - ] || [ "$value" = "$4" ] || echo "$1: shows $value, but the default is $4"
        printf '%s = %s\n' "$1" "$value" > "$BATS_TEST_TMPDIR/conf"
        "$tool" config --check --file "$BATS_TEST_TMPDIR/conf" | sed -n "s/^error=/$1: /p"
    }
    nothing each shown
}

@test "the hook reads each key that the kernel command line accepts, and no others" {
    hook=$(find modules.d/50fadump -name '*hook.sh')
    diff <(awk -F '\t' '$5 == "cmdline" { print $1 }' "$BATS_TEST_TMPDIR/keys" | sort) \
        <(sed -n '/^    for key in target/,/; do$/p' "$hook" | tr -cs 'a-z_\n' '\n' | grep -vxE 'for|key|in|do|' | sort)
}

@test "dracut.fadump(7) lists each key that the kernel command line accepts, and no others" {
    diff <(awk -F '\t' '$5 == "cmdline" { print $1 }' "$BATS_TEST_TMPDIR/keys" | sort) \
        <(sed -n 's/^\.It Cm fadump_\([a-z_]*\) Ns = .*/\1/p' man/dracut.fadump.7 | sort)
}

@test "the shell's defaults for a capture without fadump-tool are equal to the table" {
    defaults() {
        # shellcheck disable=SC2016,SC1091 # another shell expands $
        dash -euc '. modules.d/50fadump/driver/settings.sh
            default_settings
            for name in target="$targets" network="$network" timeout="$timeout" stall_timeout="$stall_timeout" raw_force="$raw_force" \
                raw_overwrite="$raw_overwrite" when="$when" rearm="$rearm" final_action="$requested_action"; do echo "$name"; done'
    }
    # without fadump-tool only the fallback is a target, and fadump-copy has no options
    diff <(awk -F '\t' '$5 == "cmdline" && $8 == "-" && $1 != "fallback" { sub(/^-$/, "", $4); print $1 "=" $4 }' "$BATS_TEST_TMPDIR/keys" | sort) \
        <(defaults | sort)
}

@test "fadump.conf(5) names the keys that are not accepted on the kernel command line" {
    # shellcheck disable=SC2016 # awk variables
    diff <(awk -F '\t' '$5 == "file" { print $1 }' "$BATS_TEST_TMPDIR/keys" | sort) \
        <(sed -n '/^The kernel command line wins/,/^can be given/p' man/fadump.conf.5 | sed -n 's/^\.Cm //p' | tr -s ' ,' '\n' | sort)
}

@test "each option in the table is an option of fadump-copy" {
    documented() {
        [ "$8" = - ] || grep -q "^\.It Fl -$8\b" man/fadump-copy.8 || echo "$1: --$8 is not in fadump-copy(8)"
    }
    [ "$(awk -F '\t' '$8 != "-"' "$BATS_TEST_TMPDIR/keys" | wc -l)" -eq 5 ]
    nothing each documented
}
