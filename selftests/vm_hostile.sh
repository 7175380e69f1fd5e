#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# shellcheck disable=SC2016,SC2154 # for other shells; set by setup_ns
#
# Requests and packets from those who mean no good. What they do must not reach
# the kernel's log (scripts/vm looks at it) nor a session that is Up.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

: "${FUZZ_MESSAGES:=20000}"	# to the netlink family
: "${FUZZ_SEED:=$RANDOM}"
: "${FLOOD_SECONDS:=4}"

nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"

# in_own_namespaces COMMAND: in a user and network namespace of an ordinary user
in_own_namespaces() {
	# shellcheck disable=SC2086 # words
	$nobody unshare --user --map-root-user --net bash -c "$1" 2>"$lib_tmp/err"
}

test_unprivileged() {
	$nobody bfdnl session add dest-addr 127.0.0.2 2>"$lib_tmp/err"
	check_eq $? 2 "exit status"
	grep -qi 'permi' "$lib_tmp/err"
	check_err $? "the message is: $(cat "$lib_tmp/err")"
	# root of a user namespace, but not of the network namespace's owner
	$nobody unshare --user --map-root-user bfdnl session add dest-addr 127.0.0.2 2>"$lib_tmp/err"
	check_eq $? 2 "exit status in a user namespace"
	check_eq "$(bfdnl -j session show)" "[]" "sessions"
	log_test "an ordinary user is refused"
}

test_own_namespace() {
	bfd_param userns_max_sessions 5
	in_own_namespaces '
		ip link set lo up
		for i in 2 3 4 5 6; do
			bfdnl session add dest-addr 127.0.0.$i || exit 1
		done
		bfdnl session add dest-addr 127.0.0.7 && exit 1
		[ "$(bfdnl -j session show | jq length)" = 5 ]'
	check_err $? "sessions up to the limit: $(cat "$lib_tmp/err")"
	grep -q 'as many .*allowed' "$lib_tmp/err"
	check_err $? "the message is: $(cat "$lib_tmp/err")"
	bfd_param userns_max_sessions 256
	bfd_param userns_max_packet_rate 1000
	in_own_namespaces '
		bfdnl session add dest-addr 127.0.0.2 tx 2ms &&
		bfdnl session add dest-addr 127.0.0.3 tx 2ms || exit 1
		bfdnl session add dest-addr 127.0.0.4 tx 2ms && exit 1
		bfdnl session set dest-addr 127.0.0.2 tx 1ms && exit 1
		bfdnl session set dest-addr 127.0.0.2 tx 1s &&
		bfdnl session add dest-addr 127.0.0.4 tx 3ms'
	check_err $? "packets up to the limit: $(cat "$lib_tmp/err")"
	check_eq "$(grep -c 'packets a second.* allowed' "$lib_tmp/err")" 2 "messages"
	bfd_param userns_max_packet_rate 20000
	# what belongs to the whole machine stays
	in_own_namespaces 'bfdnl stats clear'
	check_err $? "stats clear: $(cat "$lib_tmp/err")"
	log_test "an ordinary user's own namespace: allowed, and limited"
}

logged() {
	dmesg | grep -c 'bfd: session .* is down'
}

# Two sessions that are each other's peers; one is deleted.
one_falls='
	ip link set lo up
	for i in 2 3; do
		bfdnl session add dest-addr 127.0.0.$i source-addr 127.0.0.$((5 - i)) || exit 1
	done
	for i in {1..100}; do
		sleep 0.1
		[ "$(bfdnl -j session show | jq -r "[.[].\"session-running\".\"local-state\"] |
			unique | join(\" \")")" != up ] || break
	done
	bfdnl session del dest-addr 127.0.0.2 && sleep 0.5
	bfdnl -j session show | jq -e ".[0].\"session-running\".\"local-state\" != \"up\" and
		.[0].\"session-statistics\".\"down-count\" == 1" >/dev/null'

test_log() {
	local before

	bfd_param log_down N
	in_own_namespaces 'echo Y >/sys/module/bfd/parameters/log_down'
	check_fail $? "an ordinary user has set log_down"
	check_eq "$(cat /sys/module/bfd/parameters/log_down)" N "log_down"
	bfd_param log_down Y
	before=$(logged)
	in_own_namespaces "$one_falls"
	check_err $? "no session has gone down: $(cat "$lib_tmp/err")"
	check_eq "$(logged)" "$before" "lines in the log"
	unshare --net bash -c "$one_falls"
	check_err $? "no session of root's has gone down"
	check_eq "$(logged)" $((before + 1)) "lines in the log, with one of root's"
	bfd_param log_down N
	log_test "an ordinary user can neither switch the log on nor write to it"
}

# check_alive WHAT: the sessions in $h1 never went down
check_alive() {
	local lost

	check_eq "$(sessions "$h1" '[d.session_running.local_state for d in v if d.local_multiplier == 20]')" \
		"up up" "states after $1"
	lost=$(events "$lib_tmp/events" '"; ".join(f"{e.dest_addr} {e.new_state}, {e.local_diagnostic}, "
		f"remote {e.remote_diagnostic}, last packet {(e.monotonic - e.last_receive_times[0]) // 1000000} "
		"ms before" for e in v if e.event == "state" and e.old_state == "up" and e.dest_addr.endswith("2"))')
	check_eq "$lost" "" "sessions lost by $1"
}

test_netlink_fuzz() {
	setup_ns other
	ip -n "$other" addr add 10.0.0.1/8 dev lo
	bfd_param max_sessions 200
	python3 "$lib_dir/vm_fuzz.py" "$FUZZ_SEED" "$FUZZ_MESSAGES" "$h1" "$other" \
		>"$lib_tmp/fuzz" 2>&1
	check_err $? "$(tail -n 1 "$lib_tmp/fuzz")"
	log_info "$(cat "$lib_tmp/fuzz")"
	check_alive "netlink fuzz"
	bfd "$other" session flush
	check_eq "$(stats "$other" 'v.netns.number_of_sessions + v.netns.packet_rate')" 0 \
		"what is left in the other namespace"
	log_test "$FUZZ_MESSAGES netlink messages at random"
}

test_junk() {
	local before after missing

	before=$(stats "$h1" 'sum(v.netns.drops.values())')
	ip netns exec "$h2" python3 "$lib_dir/vm_junk.py" "$FUZZ_SEED" shapes e2 >"$lib_tmp/junk" 2>&1
	check_err $? "$(tail -n 1 "$lib_tmp/junk")"
	log_info "$(cat "$lib_tmp/junk")"
	after=$(stats "$h1" 'sum(v.netns.drops.values())')
	log_info "drops: $(stats "$h1" '", ".join(f"{n} {k}" for k, n in v.netns.drops.items() if n)')"
	[ $((after - before)) -ge 300 ]
	check_err $? "only $((after - before)) packets were counted as dropped"
	missing=$(stats "$h1" '[k for k in ("too_short", "ttl", "version", "length", "detect_mult",
		"multipoint", "my_discriminator", "poll_and_final", "your_discriminator", "state",
		"no_session", "auth_unexpected", "not_unicast") if not v.netns.drops.get(k)]')
	check_eq "$missing" "" "reasons for which no packet was dropped"
	check_alive "junk of all shapes"
	log_test "packets of all shapes: dropped and counted, the sessions stay up"
}

test_flood() {
	local before after

	before=$(stats "$h1" 'sum(v.netns.drops.values())')
	ip netns exec "$h2" python3 "$lib_dir/vm_junk.py" "$FUZZ_SEED" flood e2 "$FLOOD_SECONDS" \
		>"$lib_tmp/junk" 2>&1
	check_err $? "$(tail -n 1 "$lib_tmp/junk")"
	after=$(stats "$h1" 'sum(v.netns.drops.values())')
	log_info "$(cat "$lib_tmp/junk"); $((after - before)) counted as dropped"
	[ $((after - before)) -gt 1000 ]
	check_err $? "only $((after - before)) packets were counted as dropped"
	check_alive "the flood"
	log_test "a flood of junk for $FLOOD_SECONDS s: the sessions stay up"
}

bfd_load
two_hosts
check_err $? "two hosts cannot be set up"
ip -n "$h1" link set e1 mtu 9000
ip -n "$h2" link set e2 mtu 9000
log_info "seed $FUZZ_SEED"
test_unprivileged
test_own_namespace
test_log
for peer in 192.0.2.2 2001:db8::2; do
	bfd "$h1" session add dest-addr $peer interface e1 tx 100ms rx 100ms local-multiplier 20
	bfd "$h2" session add dest-addr "${peer%2}1" interface e2 tx 100ms rx 100ms local-multiplier 20
done
check_up "$h1" 2 "sessions"
watch_sessions "$h1" "$lib_tmp/events" 2
test_junk
test_flood
test_netlink_fuzz
exit "$EXIT_STATUS"
