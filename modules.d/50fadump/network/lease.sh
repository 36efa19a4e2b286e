#!/bin/sh
# executed by udhcpc and dhclient, which network/plain.sh starts
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # the DHCP client sets the variables
#
# network/lease.sh - give the address of a DHCP lease to an interface
#
# In:  udhcpc: the event as $1; interface, ip, subnet, router, dns. dhclient: the event as $reason; interface, new_*.
# Out: the address, the default route, /etc/resolv.conf.
# Does not know: how long the lease is used; network_close removes the address.
set -eu

case ${1-}:${reason-} in
    bound:* | renew:* | :BOUND | :RENEW | :REBIND | :REBOOT) ;;
    *) exit 0 ;;
esac
ip addr replace "${new_ip_address-$ip}/${new_subnet_mask-${subnet-32}}" dev "$interface"
for router in ${new_routers-${router-}}; do
    ip route replace default via "$router" dev "$interface"
    break
done
dns=${new_domain_name_servers-${dns-}}
[ -z "$dns" ] || for server in $dns; do echo "nameserver $server"; done > "${ROOT-}/etc/resolv.conf"
