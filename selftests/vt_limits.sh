#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is refused, with which words, and who may do what.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
require_command setpriv unshare
bfd_load seed=7
two_hosts || exit 1
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# refused STATUS WORDS COMMAND...: one test; WORDS are part of the message
refused() {
	local out status

	out=$("${@:3}" 2>&1 >/dev/null)
	status=$?
	check_eq "$status" "$1" "the exit status ($out)"
	[[ $out = *"$2"* ]]
	check_err $? "the message is \"$out\", expected \"$2\""
	log_test "refused: $(shift 2; printf '%s ' "${@/$h1/h1}")"
}

# add STATUS WORDS ARG...: session add in h1 is refused
add() {
	refused "$1" "$2" bfd "$h1" session add "${@:3}"
}

count() {
	bfdnl -n "$1" -j session show | jq length
}

test_arguments() {
	add 2 "1 ms" dest-addr 192.0.2.2 rx 999
	add 2 "1000" dest-addr 192.0.2.2 tx 999
	add 2 "1000" dest-addr 192.0.2.2 tx 999us
	add 1 "" dest-addr 192.0.2.2 tx 4294967296
	add 1 "" dest-addr 192.0.2.2 tx -1
	add 1 "" dest-addr 192.0.2.2 tx fast
	add 1 "" dest-addr 192.0.2.2 mult 256
	add 1 "" dest-addr
	add 1 "" dest-addr 192.0.2
	add 1 "" dest-addr 192.0.2.2 dest-addr 192.0.2.3
	add 2 "" dest-addr 192.0.2.2 mult 0
	add 2 "255" dest-addr 192.0.2.2 tx-ttl 254
	add 2 "255" dest-addr 192.0.2.2 rx-ttl 254
	add 2 "" dest-addr 192.0.2.2 dscp 64
	add 2 "" dest-addr 192.0.2.2 local-discriminator 0
	add 1 "link-local" dest-addr fe80::2
	add 2 "unicast" dest-addr 224.0.0.1
	add 2 "unicast" dest-addr ff02::1 interface e1
	add 2 "unicast" dest-addr 255.255.255.255
	add 2 "broadcast" dest-addr 192.0.2.255
	add 2 "no host's address" dest-addr 0.0.0.0
	add 2 "no host's address" dest-addr ::
	add 2 "IPv4-mapped" dest-addr ::ffff:192.0.2.2
	add 2 "the same" dest-addr 192.0.2.1 source-addr 192.0.2.1
	add 2 "not an address of this host" dest-addr 192.0.2.2 source-addr 192.0.2.9
	add 2 "not an address of this host" dest-addr 2001:db8::2 source-addr 2001:db8::9
	add 1 "IPv4" dest-addr 192.0.2.2 source-addr 2001:db8::1
	add 2 "no such interface" dest-addr 192.0.2.2 interface e7
	check_eq "$(count "$h1")" 0 "the number of sessions"
	log_test "nothing was made"
}

test_existing() {
	bfd_add "$h1" dest-addr 192.0.2.2 interface e1 local-discriminator 7
	bfd_add "$h1" dest-addr 192.0.2.2 source-addr 192.0.2.1 interface lo
	add 2 "already" dest-addr 192.0.2.2
	add 2 "already" dest-addr 192.0.2.2 interface e1
	add 2 "discriminator" dest-addr 192.0.2.3 local-discriminator 7
	refused 2 "several sessions" bfd "$h1" session del dest-addr 192.0.2.2
	refused 2 "no such session" bfd "$h1" session del dest-addr 192.0.2.9
	refused 2 "no such session" bfd "$h1" session set id 4711 tx 1s
	refused 2 "no such session" bfd "$h1" session show local-discriminator 8
	refused 2 "" bfd "$h1" session set local-discriminator 7 tx 10us
	refused 2 "" bfd "$h1" session set local-discriminator 7 dscp 99
	check_eq "$(bfd_get "$h1" '."desired-min-tx-interval"' local-discriminator 7)" 300000 \
		"the interval"
	log_test "a refused change changes nothing"
	bfd "$h1" session flush
}

test_port() {
	ip netns exec "$h1" python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.1", 3784))
time.sleep(1000)' &
	local holder=$!

	sleep 1
	add 2 "in use" dest-addr 192.0.2.2
	bfd_add "$h1" dest-addr 2001:db8::2
	check_err $? "IPv6 should not mind"
	kill $holder
	wait $holder 2>/dev/null
	bfd_add "$h1" dest-addr 192.0.2.2
	check_err $? "refused without a reason"
	! ip netns exec "$h1" python3 -c '
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(("192.0.2.1", 3784))' 2>/dev/null
	check_err $? "another program got the port"
	bfd "$h1" session flush
	ip netns exec "$h1" python3 -c '
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(("192.0.2.1", 3784))'
	check_err $? "the last session keeps the port"
	log_test "the port is ours from the first to the last session"
}

test_limits() {
	local n

	bfd_param max_sessions 5
	for n in 2 3 4 5 6; do
		bfd_add "$h1" dest-addr 192.0.2.$n
		check_err $? "session $n of 5 is refused"
	done
	log_test "max_sessions: 5 are made"
	add 2 "in use: 5 of 5 sessions," dest-addr 192.0.2.7
	bfd_add "$h2" dest-addr 192.0.2.7
	check_err $? "the limit is not of each namespace"
	bfd "$h1" session del dest-addr 192.0.2.2
	bfd_add "$h1" dest-addr 192.0.2.8
	check_err $? "refused although there is room"
	log_test "max_sessions: for each namespace, and a place that is free again"
	bfd_param max_sessions 65536
	bfd "$h1" session flush

	bfd_param max_packet_rate 1000
	for n in {2..11}; do
		bfd_add "$h1" dest-addr "192.0.2.$n" tx 10ms
		check_err $? "session $n is refused"
	done
	check_eq "$(bfd_net_stat "$h1" '.netns."packet-rate"')" 1000 "packet-rate"
	log_test "max_packet_rate: 10 sessions of 100 packets a second"
	add 2 "packets a second" dest-addr 192.0.2.12 tx 1s
	add 2 "max_packet_rate" dest-addr 192.0.2.12 tx 1s
	refused 2 "sessions, 1000 of 1000 packets a second" \
		bfd "$h1" session set dest-addr 192.0.2.2 tx 9ms
	bfd "$h1" session set dest-addr 192.0.2.2 tx 20ms &&
		bfd "$h1" session set dest-addr 192.0.2.3 rx 1ms &&
		bfd_add "$h1" dest-addr 192.0.2.12 tx 20ms
	check_err $? "refused although there is room"
	bfd_param max_packet_rate 100
	bfd "$h1" session set dest-addr 192.0.2.4 tx 15ms
	check_err $? "a slower pace is refused above a limit that was lowered"
	log_test "max_packet_rate: a slower session makes room"
	bfd_param max_packet_rate 2000000
	bfd "$h1" session flush
	check_eq "$(bfd_net_stat "$h1" '.netns."packet-rate"')" 0 "packet-rate"
	log_test "no session, no packets"
}

test_permissions() {
	bfd_add "$h1" dest-addr 192.0.2.2
	local in_h1=(ip netns exec "$h1" "${nobody[@]}" bfdnl)

	refused 2 "ermi" "${in_h1[@]}" session add dest-addr 192.0.2.3
	refused 2 "ermi" "${in_h1[@]}" session set dest-addr 192.0.2.2 tx 1s
	refused 2 "ermi" "${in_h1[@]}" session del dest-addr 192.0.2.2
	refused 2 "ermi" "${in_h1[@]}" session flush
	refused 2 "ermi" "${in_h1[@]}" stats clear
	# a user namespace of one's own gives no power over the namespace one is in
	refused 2 "ermi" ip netns exec "$h1" "${nobody[@]}" unshare -U -r bfdnl session flush
	"${in_h1[@]}" session show | grep -q 192.0.2.2 && "${in_h1[@]}" stats show >/dev/null
	check_err $? "nobody may not look"
	check_eq "$(count "$h1")" 1 "the number of sessions"
	log_test "an unprivileged user may look, and change nothing"
	bfd "$h1" session flush

	bfd_param userns_max_sessions 3
	bfd_param userns_max_packet_rate 250
	"${nobody[@]}" unshare -U -r -n bash >"$lib_tmp/userns" 2>&1 <<-'END'
		ip link set lo up
		for n in 2 3 4 5; do
			bfdnl session add dest-addr 127.0.0.$n source-addr 127.0.0.1 interface lo tx 1s ||
				echo "refused $n"
		done
		bfdnl session set dest-addr 127.0.0.2 tx 4ms || echo "refused 4ms"
		bfdnl session set dest-addr 127.0.0.2 tx 5ms && echo "granted 5ms"
		sleep 3
		echo "sent $(bfdnl -j -s session show dest-addr 127.0.0.2 |
			jq '.[0]."session-statistics"."send-packet-count" > 1')"
		echo "limit $(bfdnl -j stats show | jq '.netns."max-sessions"')"
		bfdnl stats clear && echo cleared
		bfdnl session flush && echo flushed
	END
	check_eq "$(grep -v ^bfdnl: "$lib_tmp/userns" | tr '\n' ,)" \
		"refused 5,refused 4ms,granted 5ms,sent true,limit 3,cleared,flushed," "what happened"
	log_test "an unprivileged user in a namespace of his own: may, within limits"
}

test_arguments
test_existing
test_port
test_limits
test_permissions
exit "$EXIT_STATUS"
