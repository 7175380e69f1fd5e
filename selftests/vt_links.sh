#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sessions on links of all kinds.
# shellcheck disable=SC2086,SC2119 # words; arguments are optional
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7

fast='tx 20ms rx 20ms'

fresh() {
	cleanup_all_ns
	veth_count=0
	setup_ns h1 h2
}

# ends IF1 IF2: addresses of two_hosts on the ends of a link, and sessions, up
ends() {
	local family

	link_up "$h1" "$1" && link_up "$h2" "$2" &&
		addr "$h1" "$1" 192.0.2.1/24 2001:db8::1/64 fe80::1/64 &&
		addr "$h2" "$2" 192.0.2.2/24 2001:db8::2/64 fe80::2/64
	check_err $? "no addresses"
	for family in 192.0.2. 2001:db8:: fe80::; do
		bfd_add "$h1" dest-addr "${family}2" interface "$1" $fast &&
			bfd_add "$h2" dest-addr "${family}1" interface "$2" $fast
		check_err $? "no sessions for $family"
	done
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
}

# undisturbed: no session has left Up
undisturbed() {
	local downs

	downs=$(for ns in "$h1" "$h2"; do bfdnl -n "$ns" -j -s session show; done |
		jq -s '[.[][]."session-statistics"."down-count"] | add')
	check_eq "$downs" 0 "how often sessions left Up"
	check_eq "$(bfd_net_stat "$h1" '[.netns.drops[]] | add')" 0 "packets dropped"
}

test_vlan() {
	fresh
	veth "$h1" e1 "$h2" e2
	ip -n "$h1" link add link e1 name e1.5 type vlan id 5
	ip -n "$h2" link add link e2 name e2.5 type vlan id 5
	ip -n "$h1" link add link e1 name e1.6 type vlan id 6
	ip -n "$h2" link add link e2 name e2.6 type vlan id 6
	ends e1.5 e2.5
	ends e1.6 e2.6
	sleep 1
	undisturbed
	log_test "two VLANs of a link, with the same addresses, link-local ones too"
	ip -n "$h1" link set e1 down
	sleep 1
	check_eq "$(bfd_states "$h1")" down "the states"
	log_test "the link below goes down"
}

test_macvlan() {
	fresh
	veth "$h1" e1 "$h2" e2
	link_up "$h1" e1
	ip -n "$h1" link add link e1 name m1 type macvlan mode bridge
	ip -n "$h2" link add link e2 name m2 type macvlan mode private
	ends m1 m2
	sleep 1
	undisturbed
	log_test "macvlan"
	fresh
	veth "$h1" e1 "$h2" e2
	ip -n "$h1" link add link e1 name i1 type ipvlan mode l2
	ends i1 e2
	sleep 1
	undisturbed
	log_test "ipvlan"
}

test_bridge() {
	fresh
	veth "$h1" e1 "$h2" e2
	ip -n "$h1" link add name br0 type bridge
	ip -n "$h1" link set e1 master br0
	ends br0 e2
	sleep 1
	undisturbed
	log_test "a bridge with a port"
	# another port, whose far end is in the same bridge: nothing of theirs
	ip -n "$h1" link add name x1 type veth peer name x2
	link_up "$h1" x1 && link_up "$h1" x2
	ip -n "$h1" link set x1 master br0
	sleep 1
	undisturbed
	ip -n "$h1" link set e1 nomaster
	sleep 1
	check_eq "$(bfd_states "$h1")" down "the states"
	ip -n "$h1" link set e1 master br0
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "the port leaves the bridge and returns"

	fresh
	veth "$h1" e1 "$h2" e2
	ip -n "$h1" link add name br0 type bridge
	ip -n "$h1" link set e1 master br0
	link_up "$h1" br0
	ip -n "$h1" link add link br0 name br0.7 type vlan id 7
	ip -n "$h2" link add link e2 name e2.7 type vlan id 7
	ends br0.7 e2.7
	sleep 1
	undisturbed
	log_test "a VLAN on a bridge"
}

# team_option NS NAME VALUE: what teamd would set of a0
team_option() {
	ip netns exec "$1" python3 -B "$lib_dir/lib/team_option.py" a0 "$2" "$3"
}

mac() {
	ip -n "$1" -j link show "$2" | jq -r '.[].address'
}

# aggregate TYPE [OPTION...]: two links between $h1 and $h2, a0 on both ends
aggregate() {
	local h i

	fresh
	veth "$h1" e1 "$h2" p1 && veth "$h1" e2 "$h2" p2
	for h in "$h1" "$h2"; do
		ip -n "$h" link add name a0 type "$@" || return 1
		[ "$1" != team ] || team_option "$h" mode activebackup || return 1
		for i in e1 e2 p1 p2; do
			[ -n "$(ip -n "$h" -o link show dev $i 2>/dev/null)" ] || continue
			ip -n "$h" link set $i down
			ip -n "$h" link set $i master a0 || return 1
			# as teamd does; bonding does it by itself
			[ "$1" != team ] || ip -n "$h" link set $i address "$(mac "$h" a0)"
		done
	done
}

members_up() {
	link_up "$h1" e1 && link_up "$h1" e2 && link_up "$h2" p1 && link_up "$h2" p2
}

# fail_over: the first link fails
fail_over() {
	ip -n "$h1" link set e1 down
	ip -n "$h2" link set p1 down
	sleep 2
	undisturbed
	check_eq "$(bfd_states "$h1") $(bfd_states "$h2")" "up up" "the states"
}

test_bond() {
	local mode

	for mode in active-backup balance-rr balance-xor 802.3ad; do
		aggregate bond mode "$mode" miimon 1
		check_err $? "no bond"
		members_up
		# LACP takes its time
		[ $mode = 802.3ad ] && link_up "$h1" a0 && link_up "$h2" a0 && sleep 5
		ends a0 a0
		sleep 1
		undisturbed
		fail_over
		log_test "bond, $mode: the sessions stay Up when a member fails"
	done
}

test_team() {
	aggregate team
	check_err $? "no team"
	team_option "$h1" activeport e1 && team_option "$h2" activeport p1
	check_err $? "no active port"
	members_up
	ends a0 a0
	sleep 1
	undisturbed
	team_option "$h1" activeport e2 && team_option "$h2" activeport p2
	fail_over
	log_test "team: the sessions stay Up when the active port changes"
}

test_in_vrf() {
	fresh
	veth "$h1" e1 "$h2" e2
	ip -n "$h1" link add name br0 type bridge
	ip -n "$h1" link set e1 master br0
	vrf "$h1" red 101 br0
	ip -n "$h2" link add link e2 name e2.3 type vlan id 3
	ip -n "$h1" link add link br0 name br0.3 type vlan id 3
	vrf "$h1" blue 102 br0.3
	ends br0 e2
	ends br0.3 e2.3
	sleep 1
	undisturbed
	check_eq "$(bfdnl -n "$h1" -j session show | jq -r '[.[].vrf] | unique | join(" ")')" "blue red" \
		"the VRFs"
	log_test "a bridge in a VRF, and a VLAN on it in another"
}

test_two_links() {
	local i

	fresh
	veth "$h1" e1 "$h2" p1 && veth "$h1" e2 "$h2" p2
	for i in 1 2; do
		addr "$h1" e$i "192.0.2.1/24" fe80::1/64 2001:db8::1/64
		addr "$h2" p$i "192.0.2.2/24" fe80::2/64 2001:db8::2/64
		bfd_add "$h1" dest-addr fe80::2 interface e$i $fast &&
			bfd_add "$h2" dest-addr fe80::1 interface p$i $fast &&
			bfd_add "$h1" dest-addr 2001:db8::2 interface e$i $fast &&
			bfd_add "$h2" dest-addr 2001:db8::1 interface p$i $fast
		check_err $? "no sessions"
	done
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	sleep 1
	undisturbed
	log_test "the same addresses on two links: a session each"
	capture_start "$h1" e2 "$lib_tmp/e2.pcap" "udp port 3784 and host 2001:db8::2"
	# the other link would take them: the prefix is there as well
	ip -n "$h1" link set e1 down
	sleep 2
	capture_stop
	check_eq "$(bfd_states "$h1")" "down up" "the states"
	check_eq "$(bfd_state "$h1" interface e2 dest-addr 2001:db8::2)" up "the state on e2"
	[ "$(bfd_running "$h1" last-send-error interface e1 dest-addr 2001:db8::2)" != 0 ]
	check_err $? "no error"
	check_eq "$(tcpdump -nr "$lib_tmp/e2.pcap" 2>/dev/null | grep -oE '1\.[0-9]+ > ' | sort -u | wc -l)" 1 \
		"sessions on e2"
	log_test "one of them fails: its packets do not take the other one (RFC 5881, 6)"
}

test_tunnel() {
	fresh
	two_hosts_gre
	check_err $? "no tunnel"
	bfd_add "$h1" dest-addr 10.0.0.2 source-addr 10.0.0.1 interface gre1 $fast
	# what the peer sends from is none of what we were told
	bfd_add "$h2" dest-addr 10.0.0.1 source-addr 10.9.9.9 interface gre1 $fast
	check_err $? "no sessions"
	# heard, but what we send to 10.0.0.2 is for nobody there
	slowwait 5 until_value init bfd_state "$h1"
	check_err $? "the peer is not heard"
	ip -n "$h2" addr add 10.0.0.2/32 dev lo
	bfd "$h2" session flush
	bfd_add "$h2" dest-addr 10.0.0.1 interface gre1 $fast
	ip -n "$h2" route replace 10.0.0.1/32 dev gre1 src 10.9.9.9
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	check_eq "$(bfd_get "$h2" '."source-addr"')" 10.9.9.9 "what the peer sends from"
	check_eq "$(bfd_get "$h1" '."dest-addr"')" 10.0.0.2 "what we send to"
	log_test "a point-to-point link: the first packet may have any source (RFC 5881, 6)"

	bfd_add "$h1" dest-addr fe80::2 interface gre1 $fast &&
		bfd_add "$h2" dest-addr fe80::1 interface gre1 $fast &&
		bfd_add "$h1" dest-addr 2001:db8:1::2 interface gre1 $fast &&
		bfd_add "$h2" dest-addr 2001:db8:1::1 interface gre1 $fast
	check_err $? "no more sessions"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	sleep 1
	for i in fe80:: 2001:db8:1::; do
		check_eq "$(bfd_get "$h1" '."remote-discriminator"' dest-addr ${i}2)" \
			"$(bfd_get "$h2" '."local-discriminator"' dest-addr ${i}1)" "the peer of ${i}1"
	done
	log_test "several sessions on one: each with its own peer"
}

# two_hosts with a tunnel gre1 between them, 10.0.0.1 - 10.9.9.9, fe80::1 - fe80::2
two_hosts_gre() {
	local n

	two_hosts || return 1
	for n in 1 2; do
		h=h$n
		ip -n "${!h}" link add name gre1 type gre local "192.0.2.$n" remote "192.0.2.$((3 - n))" ttl 64 &&
			link_up "${!h}" gre1 &&
			addr "${!h}" gre1 "fe80::$n/64" "2001:db8:1::$n/64" || return 1
	done
	ip -n "$h1" addr add 10.0.0.1/32 dev gre1
	ip -n "$h2" addr add 10.9.9.9/32 dev gre1
	ip -n "$h1" route add 10.0.0.2/32 dev gre1
	ip -n "$h1" route add 10.9.9.9/32 dev gre1
	ip -n "$h2" route add 10.0.0.1/32 dev gre1
}

test_vlan
test_macvlan
test_bridge
test_bond
test_team
test_in_vrf
test_two_links
test_tunnel
exit "$EXIT_STATUS"
