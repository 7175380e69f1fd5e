#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# FRR's bfdd leaves its sessions to the kernel, by way of bfdagentd: bfdd and the
# agent are in $h1, the kernel alone is the peer in $h2.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

frr=/usr/lib/frr
MANY=64		# more than bfdd's buffer has room for
require_command vtysh bfdagentd $frr/bfdd $frr/zebra

# The instance is named after its namespace.
frr_do() {
	local args=() line

	for line; do
		args+=(-c "$line")
	done
	vtysh -N "$h1" -d bfdd "${args[@]}" >"$lib_tmp/vtysh" 2>&1 &&
		! grep -q '^%' "$lib_tmp/vtysh"
	check_err $? "vtysh $*: $(tail -n 1 "$lib_tmp/vtysh")"
}

# frr_peers EXPR: what EXPR makes of the list of bfdd's peers
frr_peers() {
	vtysh -N "$h1" -d bfdd -c "show bfd peers json" >"$lib_tmp/peers" 2>/dev/null &&
		ask json "$lib_tmp/peers" "$1"
}

# frr_is COUNT STATE
frr_is() {
	frr_peers "len(v) == $1 and all(p.status == '$2' for p in v)" >/dev/null
}

# check_both COUNT WHAT: Up in both kernels and for FRR
check_both() {
	check_up "$h1" "$1" "$2"
	check_up "$h2" "$1" "$2"
	await frr_is "$1" up
	check_err $? "FRR does not say up $2: $(frr_peers '"; ".join(p.status for p in v)')"
}

downs() {
	sessions "$1" 'sum(d.session_statistics.down_count for d in v)'
}

# many COUNT: the names of so many peers
many() {
	local i

	for ((i = 0; i < $1; i++)); do
		echo "198.51.100.$((i + 1))"
	done
}

# frr_config [PEER...]: from the beginning
frr_config() {
	local p

	mkdir -p "/etc/frr/$h1" "/run/frr/$h1"
	{
		printf '%s\n' bfd " profile test" "  detect-multiplier 5" \
			"  receive-interval 200" "  transmit-interval 200" " exit"
		for p; do
			printf ' %s\n' "peer $p local-address 192.0.2.1 interface e1" \
				" profile test" exit
		done
		echo exit
	} >"/etc/frr/$h1/bfdd.conf"
	: >"/etc/frr/$h1/zebra.conf"
	: >"/etc/frr/$h1/vtysh.conf"
	chown -R frr:frr "/etc/frr/$h1" "/run/frr/$h1"
}

# frr_daemon NAME ARG...: run it, with its process in $background
frr_daemon() {
	in_background "$lib_tmp/$1.out" ip netns exec "$h1" "$frr/$1" -N "$h1" \
		-f "/etc/frr/$h1/$1.conf" "${@:2}"
}

zebra_answers() {
	vtysh -N "$h1" -d zebra -c "show version" >/dev/null 2>&1
}

bfdd_start() {
	frr_daemon bfdd --dplaneaddr ipv4:127.0.0.1:50700
	bfdd_pid=$background
}

bfdd_kill() {
	kill -9 "$bfdd_pid"
	wait "$bfdd_pid" 2>/dev/null
}

agent_start() {
	in_background "$lib_tmp/agent.out" ip netns exec "$h1" bfdagentd -d \
		-c "$lib_tmp/agent.conf" -l "$lib_tmp/ledger"
	agent_pid=$background
}

agent_kill() {
	kill -9 "$agent_pid"
	wait "$agent_pid" 2>/dev/null
}

setup() {
	bfd_load
	two_hosts && link_up "$h1" lo
	check_err $? "two hosts cannot be set up"
	many $MANY | sed 's,.*,addr add &/32 dev e2,' | ip -n "$h2" -batch - &&
		ip -n "$h1" route add 198.51.100.0/24 dev e1
	check_err $? "many addresses cannot be set up"
	echo 'agent = { frr = { connect = "127.0.0.1:50700"; }; };' >"$lib_tmp/agent.conf"
	frr_config 192.0.2.2
	agent_start
	frr_daemon zebra
	await zebra_answers
	check_err $? "zebra does not start"
	bfdd_start
}

test_up() {
	bfd "$h2" session add dest-addr 192.0.2.1 interface e2 tx 100ms rx 100ms local-multiplier 4
	check_both 1 "at first"
	check_sessions "$h1" 1 'd.interface == "e1" and str(d.source_addr) == "192.0.2.1" and
		r.negotiated_tx_interval == 200000 and d.local_multiplier == 5' "FRR's values"
	check_eq "$(frr_peers 'v[0].id')" "$(sessions "$h1" 'v[0].local_discriminator')" \
		"FRR's discriminator"
	check_eq "$(frr_peers 'v[0]["remote-id"]')" "$(sessions "$h2" 'v[0].local_discriminator')" \
		"the peer's discriminator"
	await frr_peers "v[0].remote_transmit_interval == 100 and v[0].remote_detect_multiplier == 4"
	check_err $? "FRR does not know the peer's values"
	log_test "a session of FRR comes up in the kernel, with FRR's values"
}

test_change() {
	frr_do "configure terminal" bfd "profile test" "detect-multiplier 6" \
		"receive-interval 300" "transmit-interval 400"
	check_sessions "$h1" 1 'r.negotiated_tx_interval == 400000 and r.negotiated_rx_interval == 300000
		and d.local_multiplier == 6' "FRR's new values"
	check_eq "$(downs "$h1")" 0 "down-count"
	frr_do "configure terminal" bfd "profile test" "detect-multiplier 5" \
		"receive-interval 200" "transmit-interval 200"
	check_sessions "$h1" 1 'r.negotiated_tx_interval == 200000' "FRR's old values"
	log_test "values are changed in FRR: the session stays up"
}

test_shutdown() {
	frr_do "configure terminal" bfd "peer 192.0.2.2 local-address 192.0.2.1 interface e1" shutdown
	check_sessions "$h2" 1 'r.local_state == "down" and r.remote_state == "adminDown"' "shut down"
	await frr_is 1 shutdown
	check_err $? "FRR does not say shutdown"
	frr_do "configure terminal" bfd "peer 192.0.2.2 local-address 192.0.2.1 interface e1" "no shutdown"
	check_both 1 "after no shutdown"
	log_test "shutdown in FRR is AdminDown for the peer"
}

test_counters() {
	local i

	for i in 1 2 3; do
		vtysh -N "$h1" -d bfdd -c "show bfd peers counters json" >"$lib_tmp/counters"
	done
	ask json "$lib_tmp/counters" 'v[0]["control-packet-input"] > 0 and
		v[0]["control-packet-output"] > 0' >/dev/null
	check_err $? "counters: $(tr -d '\n' <"$lib_tmp/counters")"
	log_test "FRR shows the kernel's counters"
}

test_cut() {
	cut "$h1" e1
	await frr_is 1 down
	check_err $? "FRR is not told of the failure"
	mend "$h1" e1
	check_both 1 "after the cut"
	log_test "a failure is told to FRR, and its end"
}

test_agent_killed() {
	local peer

	peer=$(downs "$h2")
	agent_kill
	await frr_is 1 down
	check_err $? "FRR does not fall back"
	agent_start
	check_both 1 "after the agent's restart"
	check_eq "$(downs "$h2")" "$peer" "down-count of the peer"
	log_test "the agent is killed and started again: the peer notices nothing"
}

test_bfdd_killed() {
	local peer

	peer=$(downs "$h2")
	bfdd_kill
	sleep 1
	check_up "$h1" 1 "without bfdd"
	bfdd_start
	check_both 1 "after bfdd's restart"
	check_eq "$(downs "$h2")" "$peer" "down-count of the peer"
	log_test "bfdd is killed and started again: the peer notices nothing"
}

test_delete() {
	frr_do "configure terminal" bfd "no peer 192.0.2.2 local-address 192.0.2.1 interface e1"
	await sessions_are "$h1" 0 True
	check_err $? "the session is not deleted"
	bfd "$h2" session flush
	log_test "a session that is deleted in FRR is deleted in the kernel"
}

# bfdd counts what did not fit into its buffer: the remark says how many it lost.
test_many() {
	local peer i

	agent_kill
	bfdd_kill
	mapfile -t peers < <(many $MANY)
	for peer in "${peers[@]}"; do
		echo "session add dest-addr 192.0.2.1 source-addr $peer interface e2 tx 200ms rx 200ms"
	done | bfd "$h2" -b -
	check_err $? "the peers cannot be set up"
	frr_config "${peers[@]}"
	bfdd_start
	await frr_is $MANY down
	check_err $? "FRR does not know its peers"
	agent_start
	check_both $MANY "at once"
	log_info "lost by bfdd: $(vtysh -N "$h1" -d bfdd -c "show bfd distributed" |
		awk '/full events/ { n += $NF } END { print n + 0 }')"
	for i in 1 2 3 4; do
		vtysh -N "$h1" -d bfdd -c "show bfd peers counters" >/dev/null
	done
	check_both $MANY "after $((4 * MANY)) requests of counters"
	check_eq "$(downs "$h1")" 0 "down-count"
	log_test "$MANY sessions that are registered at once all arrive"
}

setup
test_up
test_change
test_shutdown
test_counters
test_cut
test_agent_killed
test_bfdd_killed
test_delete
test_many
kill "$agent_pid"
exit "$EXIT_STATUS"
