#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Unaffiliated echo, RFC 9747: with a scripted neighbor, and with an ordinary router.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=0
stall_load
host_and_peer || exit 1
setup_ns router && export router && veth "$h1" f1 "$router" r1 &&
	addr "$h1" f1 198.51.100.1/24 2001:db8:1::1/64 fe80::1/64 &&
	addr "$router" r1 198.51.100.254/24 2001:db8:1::fe/64 fe80::fe/64 || exit 1
# all that a router is
ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
scenario vt_unaffiliated.py
exit "$EXIT_STATUS"
