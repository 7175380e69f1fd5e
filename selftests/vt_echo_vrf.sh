#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Echoes in VRFs that have the same addresses: each comes back by its own link.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
require_command nft
bfd_load

VRFS=3
options=(tx 50ms rx 50ms echo echo-tx 20ms echo-rx 10ms)

# add_sessions NS OTHER: over IPv4, IPv6 and link-local, by each link; OTHER: the peer's host
add_sessions() {
	local i net

	for ((i = 1; i <= VRFS; i++)); do
		for net in 192.0.2. 2001:db8:: fe80::; do
			bfd_add "$1" dest-addr "$net$2" source-addr "$net$((3 - $2))" \
				interface "e$i" "${options[@]}" || return 1
		done
	done
}

# statistics NS LINK NAME: of the sessions by a link, IPv4, IPv6 and link-local
statistics() {
	bfdnl -n "$1" -j -s session show | jq -r --arg link "$2" --arg name "$3" \
		'[.[] | select(.interface == $link) | ."session-statistics"[$name]] | join(" ")'
}

# about COUNTS EXPECTED WHAT: three numbers each, not more than three apart
about() {
	local i
	local -a a b

	read -ra a <<<"$1"
	read -ra b <<<"$2"
	check_eq "${#a[@]} ${#b[@]}" "3 3" "number of sessions"
	for i in 0 1 2; do
		[ $((a[i] - b[i])) -ge -3 ] && [ $((a[i] - b[i])) -le 3 ]
		check_err $? "$3: $1, expected some $2"
	done
}

# drops NS: packets for echoes that were dropped, and by the wrong VRF
drops() {
	bfd_net_stat "$1" '.netns.drops | to_entries |
		[.[] | select(.key | test("echo|path|ttl")) | .value] | add // 0'
}

# falls FILE: sessions that went down, and why, by a monitor's events
falls() {
	jq -rs '[.[] | select(.event == "state" and ."old-state" == "up") |
		"\(.interface) \(."dest-addr") \(."local-diagnostic")"] | unique | join(",")' "$1"
}

# diagnostics NS LINK
diagnostics() {
	bfdnl -n "$1" -j session show | jq -r --arg link "$2" '[.[] | select(.interface == $link) |
		."session-running"."local-diagnostic"] | unique | join(", ")'
}

test_counts() {
	local i sent

	add_sessions "$h1" 2 && add_sessions "$h2" 1
	check_err $? "no sessions"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	sleep 3
	bfd "$h1" stats clear
	bfd "$h2" stats clear
	sleep 10
	for ((i = 1; i <= VRFS; i++)); do
		sent=$(statistics "$h1" "e$i" send-echo-count)
		log_info "e$i: $sent echoes"
		about "$(statistics "$h1" "e$i" receive-echo-count)" "$sent" "e$i: echoes returned"
		# reading takes time, in which more are sent
		about "$(statistics "$h2" "e$i" looped-echo-count)" "$sent" "e$i: echoes looped"
		for sent in $sent; do
			[ "$sent" -ge 500 ] && [ "$sent" -le 680 ]
			check_err $? "e$i: $sent echoes in 10 s"
		done
		check_eq "$(statistics "$h1" "e$i" down-count)" "0 0 0" "e$i: down-count"
	done
	check_eq "$(drops "$h1") $(drops "$h2")" "0 0" "drops"
	log_test "three VRFs with the same addresses, IPv4, IPv6 and link-local: each echo once"
}

# What only echoes notice: those of one link get lost.
test_lost() {
	monitor_start "$h1" "$lib_tmp/events"
	ip netns exec "$h2" nft -f - <<-END
		table netdev lost {
			chain in {
				type filter hook ingress device e2 priority 0;
				udp dport 3785 ip daddr 192.0.2.1 drop
				udp dport 3785 ip6 daddr { 2001:db8::1, fe80::1 } drop
			}
		}
	END
	check_err $? "no filter"
	sleep 0.5
	ip netns exec "$h2" nft delete table netdev lost
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	monitor_stop
	# they come up again and again, by their Control packets
	check_eq "$(falls "$lib_tmp/events")" \
		"e2 192.0.2.2 echo-failed,e2 2001:db8::2 echo-failed,e2 fe80::2 echo-failed" \
		"sessions that failed, and why"
	log_test "echoes of one of them get lost: its sessions alone fail, Echo Function Failed"
}

test_down() {
	ip -n "$h2" link set e3 down
	sleep 1
	check_eq "$(diagnostics "$h1" e3)" "echo-failed" "sessions by a link that is down"
	check_eq "$(diagnostics "$h1" e1) $(diagnostics "$h1" e2)" "none none" "the others"
	check_eq "$(statistics "$h1" e1 down-count)" "0 0 0" "down-count of another"
	log_test "the link of one of them goes down: echoes of the others go on"
}

vrf_hosts $VRFS || exit 1
test_counts
test_lost
test_down
exit "$EXIT_STATUS"
