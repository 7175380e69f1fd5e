#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What packets look like, over what they run, and who is who: RFC 5881, RFC 5880, 6.3.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=0
three_hosts_bridge || exit 1
export h1 h2 h3
# a second link between h1 and h2, with the same link-local addresses
veth "$h1" f1 "$h2" f2 && addr "$h1" f1 fe80::1/64 && addr "$h2" f2 fe80::2/64 || exit 1
# two more namespaces with the addresses of h1 and h2
setup_ns twin1 twin2 && export twin1 twin2
veth "$twin1" e1 "$twin2" e2 &&
	addr "$twin1" e1 192.0.2.1/24 2001:db8::1/64 fe80::1/64 &&
	addr "$twin2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64 || exit 1
# and a VLAN
ip -n "$h1" link add link e1 name v1 type vlan id 5 && link_up "$h1" v1
ip -n "$h2" link add link e2 name v2 type vlan id 5 && link_up "$h2" v2
addr "$h1" v1 198.51.100.1/24 && addr "$h2" v2 198.51.100.2/24 || exit 1
scenario vt_packet.py
exit "$EXIT_STATUS"
