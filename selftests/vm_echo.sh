#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Echoes on a real kernel with the sysctls it comes with: between two of ours,
# with FRR's bfdd in both directions, and with a router that runs no BFD.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"
# shellcheck source=selftests/lib/frr.sh
. "$(dirname "$0")/lib/frr.sh"

ECHOES=(tx 200ms rx 200ms local-multiplier 5 echo echo-tx 100ms echo-rx 100ms)

# check_echoes NS COUNT: sessions that send echoes and get them back
check_echoes() {
	check_sessions "$1" "$2" 'r.local_state == "up" and r.detection_mode == "async-with-echo"
		and r.echo_tx_interval_in_use == 100000 and r.echo_detection_time == 500000
		and r.negotiated_rx_interval >= 1000000 and s.receive_echo_count > 20' \
		"sessions with echoes"
	check_sessions "$1" "$2" 's.send_echo_count - s.receive_echo_count <= 3' "echoes lost"
}

downs() {
	sessions "$1" 'sum(d.session_statistics.down_count for d in v)'
}

looped() {
	sessions "$1" 'min(d.session_statistics.looped_echo_count for d in v)'
}

test_pair() {
	local h peers

	for h in 1 2; do
		peers=(192.0.2.$((3 - h)) 2001:db8::$((3 - h)) fe80::$((3 - h)))
		for peer in "${peers[@]}"; do
			[ $h = 1 ] && ns=$h1 || ns=$h2
			bfd "$ns" session add dest-addr "$peer" interface e$h "${ECHOES[@]}" >/dev/null
			check_err $? "cannot add the session with $peer"
		done
	done
	check_up "$h1" 3 "not up"
	check_up "$h2" 3 "not up"
	sleep 5
	check_echoes "$h1" 3
	check_echoes "$h2" 3
	[ "$(looped "$h1")" -gt 20 ]
	check_err $? "only $(looped "$h1") echoes were looped"
	check_eq "$(downs "$h1") $(downs "$h2")" "0 0" "down-count"
	log_info "$(sessions "$h1" '", ".join(f"{d.dest_addr} {s.send_echo_count} echoes, round trip "
		f"{s.echo_rtt_min}-{s.echo_rtt_max} us" for d in v for s in [d.session_statistics])')"
	log_test "two of ours: echoes over IPv4, IPv6 and link-local, in both directions"
	dmesg | grep -i martian >"$lib_tmp/martians"
	check_fail $? "$(head -n 1 "$lib_tmp/martians")"
	check_eq "$(ip netns exec "$h1" ss -Huanp sport 3785 | wc -l)" 0 "sockets for echoes"
	log_test "two of ours: no martians, no sockets"
}

# The Control packets pass, echoes do not.
test_filtered() {
	ip netns exec "$h2" nft -f - <<-EOF
		table netdev t {
			chain c {
				type filter hook ingress device e2 priority 0
				ip6 daddr fe80::1 udp dport 3785 drop
				ip daddr 192.0.2.1 udp dport 3785 drop
			}
		}
	EOF
	check_err $? "no filter"
	check_sessions "$h1" 3 'd.dest_addr == "2001:db8::2" or (s.down_count > 0 and
		r.local_diagnostic in ("echo-failed", "none"))' "sessions whose echoes are filtered"
	ip netns exec "$h2" nft delete table netdev t
	check_up "$h1" 3 "not up again"
	check_eq "$(sessions "$h1" '[d.session_statistics.down_count for d in v
		if d.dest_addr == "2001:db8::2"][0]')" 0 "down-count of the other"
	bfd "$h1" session flush
	bfd "$h2" session flush
	log_test "a filter on the link is asked before us, and failures are those of echoes"
}

frr_counter() {
	frr_json "$h2" bfdd "show bfd peers counters" "v[0].$1 or 0"
}

test_frr() {
	local file=$lib_tmp/frr.pcap sent back

	if ! command -v vtysh >/dev/null; then
		log_test_skip "FRR" "no FRR here"
		return
	fi
	# FRR leaves it to the kernel to send echoes back
	ip netns exec "$h2" sysctl -qw net.ipv4.ip_forward=1
	frr_config "$h2" bfdd <<-EOF
		bfd
		 profile test
		  detect-multiplier 5
		  receive-interval 200
		  transmit-interval 200
		  echo transmit-interval 50
		  echo receive-interval 50
		  echo-mode
		 exit
		 peer 192.0.2.1 local-address 192.0.2.2 interface e2
		  profile test
		 exit
		exit
	EOF
	zebra_start "$h2"
	frr_daemon "$h2" bfdd
	bfd "$h1" session add dest-addr 192.0.2.2 source-addr 192.0.2.1 interface e1 \
		"${ECHOES[@]}" >/dev/null
	check_up "$h1" 1 "not up with FRR"
	sleep 5
	check_echoes "$h1" 1
	capture_start "$h2" e2 "$file" "udp port 3785"
	sleep 5
	capture_stop
	log_info "$(tcpdump -nvr "$file" 2>/dev/null | grep -o 'ttl [0-9]*' | sort | uniq -c | tr '\n' ' ')"
	check_echoes "$h1" 1
	check_eq "$(downs "$h1")" 0 "down-count"
	log_test "FRR loops our echoes"
	sent=$(frr_counter echo_packet_output)
	back=$(frr_counter echo_packet_input)
	log_info "FRR has sent $sent echoes and received $back; we have looped $(looped "$h1")"
	[ "$(looped "$h1")" -gt 50 ]
	check_err $? "only $(looped "$h1") echoes were looped"
	bfdd_peers "$h2" 'v[0].status == "up"' >/dev/null
	check_err $? "FRR is not up"
	log_test "we loop FRR's echoes"
	bfd "$h1" session set dest-addr 192.0.2.2 echo off
	check_sessions "$h1" 1 'r.detection_mode == "async-without-echo" and
		r.negotiated_rx_interval == 200000' "without our echoes"
	sleep 3
	sent=$(looped "$h1")
	sleep 2
	[ "$(looped "$h1")" -gt "$sent" ]
	check_err $? "FRR sends no echoes any more"
	bfd "$h1" session set dest-addr 192.0.2.2 echo on echo-rx 0
	check_sessions "$h1" 1 'r.detection_mode == "async-with-echo"' "with our echoes again"
	sleep 5
	check_eq "$(downs "$h1")" 0 "down-count"
	bfd "$h1" session flush
	log_test "with FRR, echoes are switched off and on in each direction: no flap"
}

# add_unaffiliated DEST-ADDR SOURCE-ADDR
add_unaffiliated() {
	bfd "$h1" session add dest-addr "$1" source-addr "$2" interface e1 \
		unaffiliated-echo echo-tx 100ms local-multiplier 5 >/dev/null
}

test_unaffiliated() {
	cleanup_all_ns
	veth_count=0
	setup_ns h1 router && veth "$h1" e1 "$router" r1 &&
		addr "$h1" e1 192.0.2.1/24 2001:db8::1/64 &&
		addr "$router" r1 192.0.2.254/24 2001:db8::fe/64
	check_err $? "no hosts"
	ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	add_unaffiliated 192.0.2.254 192.0.2.1 && add_unaffiliated 2001:db8::fe 2001:db8::1
	check_err $? "no sessions"
	check_up "$h1" 2 "not up"
	sleep 5
	check_sessions "$h1" 2 'r.echo_tx_interval_in_use == 100000 and s.receive_echo_count > 50
		and s.down_count == 0' "sessions with a router"
	log_test "unaffiliated: a router that has nothing but forwarding switched on"
	ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	check_sessions "$h1" 2 'r.local_state == "down" and r.local_diagnostic == "echo-failed"' \
		"sessions with a host that does not forward"
	ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	check_up "$h1" 2 "not up again"
	log_test "unaffiliated: forwarding ends and begins again"
}

bfd_load
two_hosts
check_err $? "two hosts cannot be set up"
test_pair
test_filtered
test_frr
test_unaffiliated
exit "$EXIT_STATUS"
