#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Links, addresses, routes and namespaces come and go; sessions follow or say why not.
# shellcheck disable=SC2119 # arguments are optional
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load

# fresh [OPTION...]: two hosts with sessions over IPv4, IPv6 and link-local, all up
fresh() {
	local family

	cleanup_all_ns
	veth_count=0
	two_hosts && bfd_pair "$@" || return 1
	for family in 2001:db8 fe80; do
		bfd_add "$h1" dest-addr $family::2 interface e1 "$@" &&
			bfd_add "$h2" dest-addr $family::1 interface e2 "$@" || return 1
	done
	bfd_all_state up "$h1" "$h2"
}

readdress() {
	addr "$h1" e1 192.0.2.1/24 2001:db8::1/64 fe80::1/64
}

# link_gone NS IF: a link that was to vanish has vanished
link_gone() {
	! ip -n "$1" link show "$2" >/dev/null 2>&1
}

check_diag() {
	local diags

	diags=$(bfdnl -n "$1" -j session show |
		jq -r '[.[]."session-running"."local-diagnostic"] | unique | join(" ")')
	check_eq "$diags" "$2" "the diagnostic"
}

test_delete() {
	fresh tx 10ms rx 10ms
	check_err $? "no sessions"
	ip -n "$h1" link del e1
	# path down is known, not waited for
	check_eq "$(bfd_states "$h1")" down "the state"
	check_diag "$h1" path-down
	check_eq "$(bfd_get "$h1" .interface dest-addr fe80::2)" e1 "the interface"
	check_eq "$(bfd_get "$h1" .ifindex dest-addr fe80::2)" null "the ifindex"
	sleep 3
	check_eq "$(bfd_running "$h1" last-send-error dest-addr fe80::2)" 19 "the last error (ENODEV)"
	[ "$(bfd_stat "$h1" send-failed-packet-count dest-addr fe80::2)" -ge 2 ]
	check_err $? "failures are not counted"
	link_gone "$h2" e2
	check_err $? "the other end is still there"
	log_test "a deleted link: Down at once, Path Down, and failures are counted"

	veth_count=0
	veth "$h1" e1 "$h2" e2 && readdress && addr "$h2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64
	check_err $? "no new link"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	[ "$(bfd_get "$h1" .ifindex dest-addr fe80::2)" = "$(ip -n "$h1" -j link show e1 | jq '.[].ifindex')" ]
	check_err $? "another ifindex"
	check_eq "$(bfd_running "$h1" last-send-error dest-addr fe80::2)" 0 "the last error"
	log_test "a link of that name comes back: up again"
}

test_rename() {
	fresh tx 10ms rx 10ms
	check_err $? "no sessions"
	ip -n "$h1" link set e1 down
	ip -n "$h1" link set e1 name e9
	link_up "$h1" e9 && addr "$h1" e9 2001:db8::1/64 fe80::1/64
	check_eq "$(bfdnl -n "$h1" -j session show | jq -r '[.[].interface] | unique | join(" ")')" e9 \
		"the interface"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "a renamed link: sessions go with it"

	# a new link of the old name is none of theirs
	ip -n "$h1" link add name e1 type dummy
	check_eq "$(bfdnl -n "$h1" -j session show | jq -r '[.[].interface] | unique | join(" ")')" e9 \
		"the interface"
	check_eq "$(bfd_states "$h1")" up "the states"
	log_test "a new link of the old name: nothing happens"
}

test_down() {
	fresh tx 10ms rx 10ms
	check_err $? "no sessions"
	ip -n "$h1" link set e1 down
	bfd_all_state down "$h1" "$h2"
	check_err $? "not down"
	sleep 3
	[ "$(bfd_running "$h1" last-send-error)" != 0 ]
	check_err $? "no error reported"
	log_test "a link that is down: Down, and an error is reported"
	ip -n "$h1" link set e1 up
	ip -n "$h1" addr replace 2001:db8::1/64 dev e1 nodad
	ip -n "$h1" addr replace fe80::1/64 dev e1 nodad
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "a link that is up again: Up"

	ip -n "$h2" link set e2 down
	bfd_all_state down "$h1" "$h2"
	check_err $? "not down"
	ip -n "$h2" link set e2 up
	addr "$h2" e2 2001:db8::2/64 fe80::2/64
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "the other end of the link goes down and comes back"
}

test_address() {
	fresh tx 10ms rx 10ms
	check_err $? "no sessions"
	bfd_add "$h2" dest-addr 192.0.2.77
	ip -n "$h1" addr flush dev e1
	bfd_all_state down "$h1" "$h2"
	check_err $? "not down"
	sleep 3
	check_eq "$(bfd_state "$h1" dest-addr 192.0.2.2)" down "the state"
	[ "$(bfd_running "$h1" last-send-error dest-addr 192.0.2.2)" != 0 ]
	check_err $? "no error reported for IPv4"
	[ "$(bfd_running "$h1" last-send-error dest-addr 2001:db8::2)" != 0 ]
	check_err $? "no error reported for IPv6"
	log_test "the source address is removed: Down, and an error is reported"
	bfd "$h2" session del dest-addr 192.0.2.77
	readdress
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	check_eq "$(bfd_running "$h1" last-send-error dest-addr 192.0.2.2)" 0 "the last error"
	log_test "the source address returns: up again"
}

test_route() {
	cleanup_all_ns
	veth_count=0
	setup_ns h1 h2 && veth "$h1" e1 "$h2" e2 && veth "$h1" f1 "$h2" f2 &&
		addr "$h1" e1 192.0.2.1/24 && addr "$h2" e2 192.0.2.2/24 &&
		addr "$h1" f1 198.51.100.1/24 && addr "$h2" f2 198.51.100.2/24
	ip -n "$h1" addr add 10.0.0.1/32 dev lo
	ip -n "$h2" addr add 10.0.0.2/32 dev lo
	ip -n "$h1" route add 10.0.0.2 via 192.0.2.2
	ip -n "$h2" route add 10.0.0.1 via 192.0.2.1
	bfd_add "$h1" dest-addr 10.0.0.2 source-addr 10.0.0.1 tx 50ms rx 50ms &&
		bfd_add "$h2" dest-addr 10.0.0.1 source-addr 10.0.0.2 tx 50ms rx 50ms
	check_err $? "no sessions"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	sleep 3
	ip -n "$h1" route replace 10.0.0.2 via 198.51.100.2
	ip -n "$h2" route replace 10.0.0.1 via 198.51.100.1
	capture_start "$h1" f1 "$lib_tmp/f1.pcap"
	capture_start "$h1" e1 "$lib_tmp/e1.pcap"
	sleep 5
	capture_stop
	[ "$(tcpdump -n -r "$lib_tmp/f1.pcap" 2>/dev/null | wc -l)" -gt 150 ]
	check_err $? "packets do not follow the route"
	[ "$(tcpdump -n -r "$lib_tmp/e1.pcap" 2>/dev/null | wc -l)" = 0 ]
	check_err $? "packets go the old way"
	check_eq "$(bfd_stat "$h1" down-count)" 0 "down-count"
	log_test "the route changes: packets follow, no flap"

	ip -n "$h1" route replace unreachable 10.0.0.2
	bfd_all_state down "$h1" "$h2"
	check_err $? "not down"
	sleep 2
	[ "$(bfd_running "$h1" last-send-error)" = 113 ]
	check_err $? "the last error is $(bfd_running "$h1" last-send-error), not 113 (EHOSTUNREACH)"
	ip -n "$h1" route replace 10.0.0.2 via 192.0.2.2
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "an unreachable route is reported; with a good one, up again"
}

test_move() {
	fresh tx 10ms rx 10ms
	check_err $? "no sessions"
	setup_ns h3
	ip -n "$h1" link set e1 netns "$h3"
	check_eq "$(bfd_states "$h1")" down "the state"
	check_diag "$h1" path-down
	ip -n "$h3" link set e1 netns "$h1"
	link_up "$h1" e1 && readdress
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "a link moves to another namespace and back"
}

test_netns() {
	local i

	fresh tx 10ms rx 10ms
	check_err $? "no sessions"
	for i in {1..50}; do
		echo "session add dest-addr 192.0.2.$((i + 100)) interface e1"
	done | bfdnl -n "$h1" -b -
	check_err $? "no more sessions"
	sleep 2
	ip netns del "$h1"
	# its end of the link goes with the namespace, and so does ours
	busywait 5000 link_gone "$h2" e2
	check_err $? "the namespace does not end"
	bfd_wait_state "$h2" down
	check_err $? "the peer does not notice"
	log_test "a namespace with sessions that are up is deleted"
}

test_unload() {
	fresh tx 10ms rx 10ms
	check_err $? "no sessions"
	monitor_start "$h1" "$lib_tmp/events"
	capture_start "$h2" e2 "$lib_tmp/unload.pcap"
	bfd_unload
	check_err $? "it cannot be unloaded"
	sleep 1
	capture_stop
	monitor_stop
	[ "$(grep -c '"event":"deleted"' "$lib_tmp/events")" = 3 ]
	check_err $? "the listener was not told"
	ip -n "$h1" link del e1
	check_err $? "the link cannot be deleted"
	insmod "$BFD_KO"
	log_test "the module is unloaded with sessions that are up"
}

test_churn() {
	local i

	fresh tx 10ms rx 10ms
	check_err $? "no sessions"
	for i in {1..6}; do
		ip -n "$h2" link del e2
		[ $((i % 3)) != 0 ] || sleep 0.02
		veth_count=0
		veth "$h1" e1 "$h2" e2 && readdress &&
			addr "$h2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64
		[ $((i % 2)) != 0 ] || sleep 0.03
	done
	check_err $? "a link cannot be made"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "the link is deleted and made anew again and again"
}

test_delete
test_rename
test_down
test_address
test_route
test_move
test_netns
test_unload
test_churn
exit "$EXIT_STATUS"
