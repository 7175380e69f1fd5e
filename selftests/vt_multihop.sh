#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sessions over more than one hop: RFC 5883.
# shellcheck disable=SC2086,SC2119 # words; arguments are optional
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7

# check_shown NS NAME VALUE: what a session shows
check_shown() {
	check_eq "$(bfd_get "$1" ".\"$2\"")" "$3" "$2"
}

# ttls FILE: the different TTLs in a capture
ttls() {
	tcpdump -n -v -r "$1" 2>/dev/null | grep -oE '(ttl|hlim) [0-9]+' | sort -u | tr '\n' ' '
}

test_router() {
	three_hosts_router && bfd_pair_multihop tx 50ms rx 50ms &&
		bfd_add "$h1" dest-addr 2001:db8:1::1 source-addr 2001:db8::1 multihop tx 50ms rx 50ms &&
		bfd_add "$h2" dest-addr 2001:db8::1 source-addr 2001:db8:1::1 multihop tx 50ms rx 50ms
	check_err $? "no sessions"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	check_shown "$h1" path-type path-ip-mh
	check_shown "$h1" source-addr 192.0.2.1
	check_shown "$h1" interface null
	check_shown "$h1" dest-port 4784
	check_shown "$h1" tx-ttl 255
	check_shown "$h1" rx-ttl 1
	check_shown "$h1" required-min-echo-rx-interval 0
	log_test "over a router, IPv4 and IPv6: Up"

	capture_start "$h2" e2 "$lib_tmp/e2.pcap" \
		"udp dst port 4784 and not src host 198.51.100.1 and not src host 2001:db8:1::1"
	sleep 2
	capture_stop
	check_eq "$(ttls "$lib_tmp/e2.pcap" | tr -d ' ')" "hlim254ttl254" "TTL and hop limit"
	check_eq "$(bfd_running "$h2" remote-required-min-echo-rx-interval)" 0 "what is said of echo"
	log_test "packets leave with TTL 255, to port 4784"
}

test_ttl() {
	local v4='dest-addr 198.51.100.1' v6='dest-addr 2001:db8:1::1' s

	for s in "$v4" "$v6"; do
		bfd "$h1" session set $s rx-ttl 254
		check_err $? "rx-ttl cannot be set"
	done
	sleep 2
	check_eq "$(bfd_states "$h1")" up "the states"
	check_eq "$(bfd_drops "$h1" ttl $v4)" 0 "drops"
	for s in "$v4" "$v6"; do
		bfd "$h1" session set $s rx-ttl 255
	done
	sleep 2
	check_eq "$(bfd_states "$h1")" down "the states"
	[ "$(bfd_drops "$h1" ttl $v4)" -gt 0 ] && [ "$(bfd_drops "$h1" ttl $v6)" -gt 0 ]
	check_err $? "drops are not counted"
	for s in "$v4" "$v6"; do
		bfd "$h1" session set $s rx-ttl 254
	done
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "rx-ttl of a live session: 254 is near enough for 254 and not for 255"

	bfd "$h2" session set dest-addr 192.0.2.1 tx-ttl 65
	bfd "$h1" session set $v4 rx-ttl 64
	sleep 2
	check_eq "$(bfd_state "$h1" $v4)" up "the state"
	bfd "$h2" session set dest-addr 192.0.2.1 tx-ttl 64
	sleep 2
	check_eq "$(bfd_state "$h1" $v4)" down "the state"
	bfd "$h1" session set $v4 rx-ttl 63
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "tx-ttl of a live session"
}

test_route() {
	local downs

	downs=$(bfd_stat "$h1" down-count dest-addr 198.51.100.1)
	ip -n "$router" link set r2 down
	bfd_all_state down "$h1" "$h2"
	check_err $? "not down"
	check_eq "$(bfd_running "$h1" local-diagnostic)" control-expiry "the diagnostic"
	ip -n "$router" link set r2 up
	addr "$router" r2 2001:db8:1::fe/64 fe80::fe/64
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	check_eq "$(bfd_stat "$h1" down-count dest-addr 198.51.100.1)" $((downs + 1)) "down-count"
	log_test "the way is cut behind the first hop, and mended"
	check_eq "$(udp_sockets "$h1" 4784) $(udp_sockets "$h1" 3784)" "2 0" "sockets"
	bfd "$h1" session flush && bfd "$h2" session flush
	check_eq "$(udp_sockets "$h1" 4784)" 0 "sockets"
	log_test "only port 4784 is taken, and given back with the last session"
}

test_both() {
	local ip='dest-addr 192.0.2.2 source-addr 192.0.2.1'

	cleanup_all_ns
	veth_count=0
	two_hosts && bfd_pair tx 50ms rx 50ms && bfd_add "$h1" $ip multihop tx 50ms rx 50ms &&
		bfd_add "$h2" dest-addr 192.0.2.1 source-addr 192.0.2.2 multihop tx 50ms rx 50ms
	check_err $? "no sessions"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	bfd "$h1" session add $ip multihop 2>/dev/null
	check_fail $? "a second one was accepted"
	sleep 2
	check_eq "$(bfd_net_stat "$h1" '[.netns.drops[]] | add')" 0 "drops"
	log_test "single hop and multihop with the same peer: both Up"

	check_eq "$(bfdnl -n "$h1" -j session show $ip | jq length)" 2 "how many are shown"
	check_eq "$(bfd_get "$h1" '."path-type"' $ip multihop)" path-ip-mh "the one that is multihop"
	bfd "$h1" session set $ip multihop mult 5
	check_eq "$(bfdnl -n "$h1" -j session show $ip | jq -c '[.[]."local-multiplier"] | sort')" "[3,5]" \
		"multipliers"
	# the same words that made it
	bfd "$h1" session del $ip
	check_eq "$(bfdnl -n "$h1" -j session show | jq -r '.[]."path-type"')" path-ip-mh "what is left"
	sleep 1
	check_eq "$(bfd_states "$h1")" up "its state"
	# the only one that fits
	bfd "$h1" session del $ip
	check_eq "$(bfdnl -n "$h1" -j session show)" "[]" "sessions"
	log_test "each is found by its words"
}

# holder NS PORT [IF]: a process that has the port, as a daemon would; in $holder
holder() {
	in_background "$lib_tmp/holder" ip netns exec "$1" python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", int(sys.argv[1])))
print("bound", flush=True)
time.sleep(1000)' "$2"
	holder=$background
	busywait 3000 grep -qs bound "$lib_tmp/holder"
}

test_clash() {
	local ip='dest-addr 192.0.2.2 source-addr 192.0.2.1 multihop'

	bfd "$h1" session flush
	holder "$h1" 4784
	check_err $? "the port cannot be had"
	bfd "$h1" session add $ip 2>"$lib_tmp/err"
	check_fail $? "accepted"
	grep -q 'UDP port 4784 is in use' "$lib_tmp/err"
	check_err $? "the message is: $(cat "$lib_tmp/err")"
	bfd "$h1" session add dest-addr 192.0.2.2
	check_err $? "a single-hop session is refused"
	stop_background "$holder"
	bfd "$h1" session add $ip
	check_err $? "not accepted"
	holder "$h1" 4784
	check_fail $? "somebody else can have the port as well"
	log_test "another daemon has the port"
}

test_router
test_ttl
test_route
test_both
test_clash
cleanup_all_ns
veth_count=0
host_and_peer || exit 1
addr "$h1" e1 192.0.2.4/24
scenario vt_multihop.py
exit "$EXIT_STATUS"
