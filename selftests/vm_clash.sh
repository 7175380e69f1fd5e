#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# shellcheck disable=SC2086,SC2034 # words; used by name
#
# A daemon and the module want the same UDP port: who comes second is told.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

require_command bird birdc

v4='dest-addr 192.0.2.2 source-addr 192.0.2.1'
v6='dest-addr 2001:db8::2 source-addr 2001:db8::1'

# holder FAMILY: a process in $h1 that has the port; in $holder
holder() {
	: >"$lib_tmp/holder"
	in_background "$lib_tmp/holder" ip netns exec "$h1" python3 -c '
import socket, sys, time
s = socket.socket(getattr(socket, sys.argv[1]), socket.SOCK_DGRAM)
if sys.argv[1] == "AF_INET6":
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 3784))
print("bound", flush=True)
time.sleep(1000)' "$1"
	holder=$background
	await has_tried
	grep -q bound "$lib_tmp/holder"
}

has_tried() {
	grep -q bound "$lib_tmp/holder" || ! kill -0 "$holder" 2>/dev/null
}

refused() {
	bfd "$h1" session add $1 2>"$lib_tmp/err"
	check_eq $? 2 "exit status"
	grep -q 'UDP port 3784 is in use' "$lib_tmp/err"
	check_err $? "the message is: $(cat "$lib_tmp/err")"
	check_eq "$(bfd "$h1" -j session show)" "${2:-[]}" "sessions"
}

accepted() {
	bfd "$h1" session add $1
	check_err $? "not accepted"
}

port_is_free() {
	! ip netns exec "$h1" cat /proc/net/udp /proc/net/udp6 | grep -q ':0EC8 '
}

test_socket() {
	local family own other

	for family in "AF_INET v4 v6" "AF_INET6 v6 v4"; do
		set -- $family
		own=$2 other=$3
		holder "$1"
		check_err $? "the port cannot be had"
		refused "${!own}"
		refused "${!own}"
		# the other family's port is another one
		accepted "${!other}"
		bfd "$h1" session flush
		stop_background "$holder"
		accepted "${!own}"
		bfd "$h1" session flush
		port_is_free
		check_err $? "the port is not given back"
	done
	log_test "a program has the port: refused, and accepted when it is gone"
}

test_attempts() {
	local i before after

	holder AF_INET
	before=$(stats "$h1" '[n for k, n in v.netns.items() if k not in ("event_sequence", "drops")]')
	for i in {1..20}; do
		bfd "$h1" session add $v4 2>/dev/null
	done
	after=$(stats "$h1" '[n for k, n in v.netns.items() if k not in ("event_sequence", "drops")]')
	check_eq "$after" "$before" "what is counted"
	stop_background "$holder"
	accepted "$v4"
	check_eq "$(sessions "$h1" 'v[0].source_port')" 49152 "the first source port"
	bfd "$h1" session flush
	log_test "refused sessions leave nothing behind"
}

bird_is() {
	birdc -s "$lib_tmp/bird.ctl" show bfd sessions 2>/dev/null | grep -q "$1"
}

start_bird() {
	cat >"$lib_tmp/bird.conf" <<-END
		log "$lib_tmp/bird.log" all;
		router id 192.0.2.1;
		protocol device {}
		protocol bfd { accept direct; neighbor 192.0.2.2 dev "e1" local 192.0.2.1; }
	END
	in_background "$lib_tmp/bird" ip netns exec "$h1" bird -f -c "$lib_tmp/bird.conf" \
		-s "$lib_tmp/bird.ctl"
	bird=$background
	await bird_is 192.0.2.2
}

test_bird() {
	start_bird
	check_err $? "BIRD does not start"
	refused "$v4"
	stop_background "$bird"
	await port_is_free
	accepted "$v4"
	log_test "BIRD has the port: refused, and accepted when BIRD is gone"

	: >"$lib_tmp/bird.log"
	start_bird
	await grep -q 'in use' "$lib_tmp/bird.log"
	check_err $? "BIRD does not say that the port is in use"
	sessions_are "$h1" 1 True
	check_err $? "our session is gone"
	stop_background "$bird"
	log_test "we have the port: BIRD is told"
}

test_we_first() {
	holder AF_INET
	check_fail $? "a program can bind the port as well"
	grep -q 'Address already in use' "$lib_tmp/holder.err"
	check_err $? "it is told: $(tail -n 1 "$lib_tmp/holder.err")"
	stop_background "$holder"
	log_test "we have the port: a program with SO_REUSEADDR is told"
	bfd "$h1" session flush
}

bfd_load
two_hosts
test_socket
test_attempts
test_bird
test_we_first
exit "$EXIT_STATUS"
