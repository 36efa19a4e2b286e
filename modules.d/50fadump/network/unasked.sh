#!/bin/sh
# sourced by dracut at pre-pivot: leave no variables or functions
# SPDX-License-Identifier: GPL-2.0-or-later
#
# network/unasked.sh - remove dracut's default network if the initramfs needed no network
#
# With systemd-networkd in the initramfs, dracut 110 and later write a unit to /run in every boot: DHCP
# on each interface that no other unit configures. networkd of the running system would also read it.
# In:  that unit; the file neednet, which exists if dracut needs a network.
# Out: the unit is removed if neednet does not exist.
# Installed only if no other dracut module requested networkd (build/network.sh).
# Does not know: dumps.

if [ -e "${ROOT-}/run/systemd/network/zzzz-dracut-default.network" ] && [ ! -e "${ROOT-}/run/networkd/initrd/neednet" ]; then
    rm -f "${ROOT-}/run/systemd/network/zzzz-dracut-default.network"
fi
