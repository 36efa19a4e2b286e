#!/bin/sh
# sourced by network/backends.sh, and by module-setup.sh (bash) when the initramfs is built
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # the files that source this one use the variables
#
# network/words.sh - translate the network words of dracut.cmdline(7) for the programs that read them: pure functions
#
# In:  ip=, bond=, rd.route= and so on.
# Out: words, and lines of units, in variables.
# Sourcing defines functions and does nothing else.
# Does not know: which program configures the network.

# words_common WORD...: sets $words to the WORDs in the form that all programs read: rd.route=[NET]/LENGTH:, which
# dracut also reads, becomes rd.route=[NET/LENGTH]:.
words_common() {
    local word rest
    words=''
    for word; do
        case $word in
            rd.route=\[*\]/*)
                rest=${word#*\]}
                word=${word%%\]*}${rest%%:*}]
                case $rest in *:*) word=$word:${rest#*:} ;; esac
                ;;
        esac
        words="$words $word"
    done
    words=${words# }
}

# words_networkd WORD...: sets $words to the WORDs that systemd-network-generator reads, without the brackets of
# nameserver= and the colons at the end of ip=, because the generator (systemd 252 and later) fails on both. Sets $ignored
# to the WORDs that the generator ignores.
words_networkd() {
    local word
    words='' ignored=''
    for word; do
        case $word in
            team=*)
                ignored="$ignored $word"
                continue
                ;;
            nameserver=\[*\]) word=nameserver=${word#*\[} word=${word%\]} ;;
            ip=*:) while [ "$word" != "${word%:}" ]; do word=${word%:}; done ;;
        esac
        words="$words $word"
    done
    words=${words# } ignored=${ignored# }
}

# words_usable ACCEPT WORD...: ACCEPT is a function that returns 0 if it accepts all its arguments. Sets $words to the
# WORDs that ACCEPT accepts together, and $refused to the others.
words_usable() {
    local accept="$1" word
    shift
    words='' refused=''
    set -f
    for word; do
        # shellcheck disable=SC2086 # words
        if "$accept" $words "$word"; then
            words="$words${words:+ }$word"
        else
            refused="$refused${refused:+ }$word"
        fi
    done
    set +f
}

# words_bond OPTIONS: translates the options of a bond, those of the kernel's module bonding, into units of networkd: sets
# $section, the lines of a section [Bond]; $primary, the primary interface; and $ignored, the options that networkd
# does not have. In a list of addresses, dracut has a semicolon for each comma.
words_bond() {
    local name value rest="$1," key
    section='' primary='' ignored=''
    while [ -n "$rest" ]; do
        name=${rest%%,*} rest=${rest#*,} key=''
        case $name in
            '') continue ;;
            *=*) value=${name#*=} ;;
            *) value='' ;;
        esac
        case $name in
            primary=*) primary=$value ;;
            mode=*) words_bond_name Mode balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb ;;
            xmit_hash_policy=*)
                words_bond_name TransmitHashPolicy layer2 layer3+4 layer2+3 encap2+3 encap3+4 vlan+srcmac
                ;;
            lacp_rate=*) words_bond_name LACPTransmitRate slow fast ;;
            ad_select=*) words_bond_name AdSelect stable bandwidth count ;;
            fail_over_mac=*) words_bond_name FailOverMACPolicy none active follow ;;
            arp_validate=*) words_bond_name ARPValidate none active backup all ;;
            arp_all_targets=*) words_bond_name ARPAllTargets any all ;;
            primary_reselect=*) words_bond_name PrimaryReselectPolicy always better failure ;;
            miimon=*) key=MIIMonitorSec value=${value}ms ;;
            updelay=*) key=UpDelaySec value=${value}ms ;;
            downdelay=*) key=DownDelaySec value=${value}ms ;;
            arp_interval=*) key=ARPIntervalSec value=${value}ms ;;
            arp_ip_target=*)
                key=ARPIPTargets
                while [ "$value" != "${value#*;}" ]; do value="${value%%;*} ${value#*;}"; done
                ;;
            lp_interval=*) key=LearnPacketIntervalSec ;;
            resend_igmp=*) key=ResendIGMP ;;
            packets_per_slave=*) key=PacketsPerSlave ;;
            num_grat_arp=* | num_unsol_na=*) key=GratuitousARP ;;
            all_slaves_active=*) key=AllSlavesActive ;;
            min_links=*) key=MinLinks ;;
            tlb_dynamic_lb=*) key=DynamicTransmitLoadBalancing ;;
            ad_actor_system=*) key=AdActorSystem ;;
            ad_actor_sys_prio=*) key=AdActorSystemPriority ;;
            ad_user_port_key=*) key=AdUserPortKey ;;
            *) ignored="$ignored${ignored:+,}$name" ;;
        esac
        [ -z "$key" ] || section="$section$key=$value
"
    done
}

# words_bond_name KEY NAME...: sets $key to KEY. If $value is the number of a NAME, from 0, sets $value to this NAME.
words_bond_name() {
    key=$1
    shift
    case $value in
        [0-9]) [ "$value" -ge "$#" ] || {
            shift "$value"
            value=$1
        } ;;
    esac
}
