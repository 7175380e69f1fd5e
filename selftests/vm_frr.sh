#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Interoperation with FRR's bfdd.

# shellcheck source=selftests/lib/vm_peer.sh
. "$(dirname "$0")/lib/vm_peer.sh"

frr=/usr/lib/frr
require_command vtysh $frr/bfdd $frr/zebra

# The instance is named after its namespace.
frr_do() {
	local args=() line

	for line; do
		args+=(-c "$line")
	done
	vtysh -N "$h2" -d bfdd "${args[@]}" >"$lib_tmp/vtysh" 2>&1 &&
		! grep -q '^%' "$lib_tmp/vtysh"
	check_err $? "vtysh $*: $(tail -n 1 "$lib_tmp/vtysh")"
}

# each_peer COMMAND...: for every session
each_peer() {
	local i lines=("configure terminal" bfd)

	for i in 0 1 2; do
		lines+=("peer ${OURS[i]} local-address ${PEERS[i]} interface e2" "$@" exit)
	done
	frr_do "${lines[@]}"
}

frr_config() {
	local i

	mkdir -p "/etc/frr/$h2" "/run/frr/$h2"
	{
		echo "bfd"
		echo " profile test"
		echo "  detect-multiplier $2"
		echo "  receive-interval $1"
		echo "  transmit-interval $1"
		echo " exit"
		for i in 0 1 2; do
			echo " peer ${OURS[i]} local-address ${PEERS[i]} interface e2"
			echo "  profile test"
			echo " exit"
		done
		echo "exit"
	} >"/etc/frr/$h2/bfdd.conf"
	: >"/etc/frr/$h2/zebra.conf"
	: >"/etc/frr/$h2/vtysh.conf"
	chown -R frr:frr "/etc/frr/$h2" "/run/frr/$h2"
}

frr_daemon() {
	ip netns exec "$h2" "$frr/$1" -N "$h2" -f "/etc/frr/$h2/$1.conf" \
		>>"$lib_tmp/$1.err" 2>&1 &
}

zebra_answers() {
	vtysh -N "$h2" -d zebra -c "show version" >/dev/null 2>&1
}

peer_start() {
	if [ -z "${zebra_pid:-}" ]; then
		frr_config 200 5
		frr_daemon zebra
		zebra_pid=$!
		await zebra_answers
		check_err $? "zebra does not start"
	fi
	frr_daemon bfdd
	peer_pid=$!
}

# A changed profile changes the sessions that use it.
peer_timers() {
	frr_config "$1" "$2"	# for the next start
	frr_do "configure terminal" bfd "profile test" "detect-multiplier $2" \
		"receive-interval $1" "transmit-interval $1"
}

peer_disable() {
	each_peer shutdown
}

peer_enable() {
	each_peer "no shutdown"
}

frr_peers() {
	vtysh -N "$h2" -d bfdd -c "show bfd peers json" >"$lib_tmp/peers" 2>/dev/null &&
		ask json "$lib_tmp/peers" "$1"
}

# Interval and timeout as they are agreed on
peer_is() {
	frr_peers "len(v) == 3 and all(p.status == '${1,,}' and (${2:-0} == 0 or
		(max(p.transmit_interval, p.remote_receive_interval) == ${2:-0} and
		max(p.receive_interval, p.remote_transmit_interval) * p.remote_detect_multiplier
		== ${3:-0})) for p in v)" >/dev/null
}

# FRR's words for the reasons
frr_diagnostics() {
	frr_peers '"; ".join({p.diagnostic + ", " + p.remote_diagnostic for p in v})'
}

test_frr_diagnostics() {
	set_sessions admin-down
	check_peer Down
	check_eq "$(frr_diagnostics)" "neighbor signaled session down, administratively down" \
		"what FRR says of our admin-down"
	set_sessions admin-up
	all_up "after admin-up"
	check_eq "$(frr_diagnostics)" "ok, ok" "what FRR says of a session that is Up"
	cut "$h1" e1
	check_peer Down
	check_sessions "$h1" 3 'r.local_state == "down" and d.remote_discriminator == 0' "cut"
	check_eq "$(frr_diagnostics)" "control detection time expired, ok" "what FRR says of a cut"
	mend "$h1" e1
	all_up "after the cut"
	log_test "FRR reports our diagnostics and its own"
}

test_peer_passive() {
	each_peer passive-mode
	bfd "$h1" session flush
	check_peer Down
	add_sessions
	all_up "with a passive peer"
	each_peer "no passive-mode"
	log_test "the peer is passive"
}

test_we_passive() {
	local file=$lib_tmp/passive.pcap

	bfd "$h1" session flush
	kill -9 "$peer_pid"
	wait "$peer_pid" 2>/dev/null
	capture_start "$h2" e2 "$file"
	add_sessions passive
	sleep 2
	capture_end
	check_eq "$(packets "$file" "sum($is_ours for p in v)")" 0 \
		"number of packets before the peer was heard"
	peer_start
	all_up "when we are passive"
	log_test "we are passive"
}

peer_setup
test_up
test_our_timers
test_our_packets
test_peer_timers
test_our_admin_down
test_frr_diagnostics
test_peer_disable neighbor-down
test_one_way
test_cut
test_link_down
test_kill
test_quick_restart
test_peer_passive
test_we_passive
test_delete
kill "$zebra_pid" "$peer_pid"
exit "$EXIT_STATUS"
