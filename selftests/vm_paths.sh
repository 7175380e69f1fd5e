#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# shellcheck disable=SC2086 # words
#
# VRFs, multihop and links of all kinds on a real kernel: what depends on how it
# routes, binds sockets and hands packets up. The rules are tested in virtual time
# (vt_vrf.sh, vt_multihop.sh, vt_links.sh).

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

pace='tx 200ms rx 200ms'
from_h1='dest-addr 192.0.2.2 source-addr 192.0.2.1'
from_h2='dest-addr 192.0.2.1 source-addr 192.0.2.2'

fresh() {
	cleanup_all_ns
	veth_count=0
	"$@"
	check_err $? "$1"
}

# pair WORD...: sessions of both hosts over IPv4 and IPv6
pair() {
	bfd "$h1" session add $from_h1 $pace "$@" && bfd "$h2" session add $from_h2 $pace "$@" &&
		bfd "$h1" session add dest-addr 2001:db8::2 source-addr 2001:db8::1 $pace "$@" &&
		bfd "$h2" session add dest-addr 2001:db8::1 source-addr 2001:db8::2 $pace "$@"
	check_err $? "no sessions: $*"
}

# up COUNT WHAT: all sessions of both hosts are
up() {
	check_up "$h1" "$1" "$2"
	check_up "$h2" "$1" "$2"
}

# drops NS: packets of all reasons
drops() {
	stats "$1" 'sum(v.netns.drops.values())'
}

test_vrfs() {
	local i n

	fresh vrf_hosts 3
	for i in 0 1 2 3; do
		pair interface e$i
		[ $i = 0 ] || pair vrf red$i multihop
	done
	up 14 "the same addresses"
	bfd "$h1" stats clear
	for n in 0 1; do
		ip netns exec "$h1" sysctl -qw net.ipv4.udp_l3mdev_accept=$n
		sleep 2
		check_eq "$(drops "$h1")" 0 "drops with udp_l3mdev_accept=$n"
	done
	check_eq "$(udp_sockets "$h1" 3784) $(udp_sockets "$h1" 4784)" "8 6" "sockets"
	log_test "the same addresses in three VRFs and outside: all Up, whatever udp_l3mdev_accept is"

	ip -n "$h1" link del red2
	# its link goes outside, and loses its IPv6 address: that session ends in time
	check_sessions "$h1" 14 'd.get("interface") == "e2" and ":" in d.dest_addr or
		(r.local_state == "up") != (d.get("vrf") == "red2")' "red2 is deleted"
	vrf "$h1" red2 102 e2
	addr "$h1" e2 2001:db8::1/64
	up 14 "red2 is back"
	log_test "a VRF is deleted and made anew: what asked for it comes back with it"

	bfd "$h1" session flush && bfd "$h2" session flush
	check_eq "$(udp_sockets "$h1" 3784) $(udp_sockets "$h1" 4784)" "0 0" "sockets"
	log_test "no socket is left"
}

test_router() {
	fresh three_hosts_router
	bfd "$h1" session add dest-addr 198.51.100.1 source-addr 192.0.2.1 multihop $pace rx-ttl 254 &&
		bfd "$h2" session add dest-addr 192.0.2.1 source-addr 198.51.100.1 multihop $pace rx-ttl 254 &&
		bfd "$h1" session add dest-addr 2001:db8:1::1 source-addr 2001:db8::1 multihop $pace &&
		bfd "$h2" session add dest-addr 2001:db8::1 source-addr 2001:db8:1::1 multihop $pace
	check_err $? "no sessions"
	up 2 "over a router"
	bfd "$h1" session set dest-addr 198.51.100.1 rx-ttl 255
	check_sessions "$h1" 2 '(r.local_state == "up") == (d.rx_ttl == 1)' "rx-ttl 255"
	bfd "$h1" session set dest-addr 198.51.100.1 rx-ttl 254
	up 2 "rx-ttl 254 again"
	log_test "multihop over a router: 254 is near enough for 254 and not for 255"
}

# stacked TYPE [OPTION...]: a0 on two links, on both hosts
stacked() {
	local h i

	setup_ns h1 h2 && veth "$h1" e1 "$h2" e1 && veth "$h1" e2 "$h2" e2 || return 1
	for h in "$h1" "$h2"; do
		ip -n "$h" link add name a0 type "$@" || return 1
		for i in e1 e2; do
			ip -n "$h" link set $i down
			ip -n "$h" link set $i master a0 && link_up "$h" $i || return 1
		done
		link_up "$h" a0
	done
	addresses a0
}

addresses() {
	addr "$h1" "$1" 192.0.2.1/24 2001:db8::1/64 && addr "$h2" "$1" 192.0.2.2/24 2001:db8::2/64
}

test_bond() {
	local mode

	for mode in active-backup 802.3ad; do
		fresh stacked bond mode $mode miimon 10
		[ $mode = active-backup ] || sleep 10	# LACP takes its time
		pair interface a0 mult 10	# an emulated CPU may stand still for a while
		up 2 "bond"
		ip -n "$h1" link set e1 down
		sleep 3
		sessions_are "$h1" 2 'r.local_state == "up" and s.down_count == 0'
		check_err $? "a session has left Up"
		log_test "a bond ($mode) loses a member: Up all the time"
	done
}

# on_top: a VLAN on a bridge in $h1, a VLAN in $h2, called a0; that in $h1 is in a VRF
on_top() {
	setup_ns h1 h2 && veth "$h1" e1 "$h2" e1 &&
		ip -n "$h1" link add name br0 type bridge && ip -n "$h1" link set e1 master br0 &&
		link_up "$h1" br0 && ip -n "$h1" link add link br0 name a0 type vlan id 5 &&
		ip -n "$h2" link add link e1 name a0 type vlan id 5 &&
		link_up "$h1" a0 && link_up "$h2" a0 && vrf "$h1" red 100 a0 && addresses a0
}

test_stack() {
	fresh on_top
	pair interface a0
	up 2 "VLAN"
	check_eq "$(sessions "$h1" 'sorted({d.vrf for d in v})')" red "the VRF"
	log_test "a VLAN on a bridge, in a VRF"
}

bfd_load
modprobe -a vrf bonding bridge 8021q 2>/dev/null
test_vrfs
test_router
test_bond
test_stack
exit "$EXIT_STATUS"
