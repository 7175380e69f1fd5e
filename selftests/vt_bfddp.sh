#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# FRR's bfdd leaves its sessions to the kernel, by way of bfdagentd: bfdd and the
# agent are in $h1, the kernel alone is the peer in $h2.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"
# shellcheck source=selftests/lib/frr.sh
. "$(dirname "$0")/lib/frr.sh"

MANY=64		# more than bfdd's buffer has room for
PEER="192.0.2.2 local-address 192.0.2.1 interface e1"
PORT=50700
require_command bfdagentd nft
require_frr bfdd zebra

# frr_is COUNT STATE
frr_is() {
	bfdd_peers "$h1" "len(v) == $1 and all(p.status == '$2' for p in v)" >/dev/null
}

# check_both COUNT WHAT: Up in both kernels and for FRR
check_both() {
	check_up "$h1" "$1" "$2"
	check_up "$h2" "$1" "$2"
	await frr_is "$1" up
	check_err $? "FRR does not say up $2: $(bfdd_peers "$h1" '"; ".join(p.status for p in v)')"
}

# How often sessions were lost in both kernels
downs() {
	local ns

	for ns in "$h1" "$h2"; do
		sessions "$ns" 'sum(d.session_statistics.down_count for d in v)'
	done
}

# How often FRR told its clients of a loss
frr_downs() {
	frr_json "$h1" bfdd "show bfd peers counters" 'sum(p.session_down for p in v)'
}

# many COUNT: the names of so many peers
many() {
	local i

	for ((i = 0; i < $1; i++)); do
		echo "198.51.100.$((i + 1))"
	done
}

# bfdd_start [ADDRESS]: where it listens
bfdd_start() {
	frr_daemon "$h1" bfdd --dplaneaddr "${1:-ipv4:127.0.0.1:$PORT}"
	bfdd_pid=$background
}

# agent_start SETTING [COMMAND...]: by means of COMMAND
agent_start() {
	echo "agent = { frr = { ${1:-connect = \"127.0.0.1:$PORT\";} grace-time = \"6s\"; }; };" \
		>"$lib_tmp/agent.conf"
	in_background "$lib_tmp/agent.out" ip netns exec "$h1" "${@:2}" bfdagentd -d \
		-c "$lib_tmp/agent.conf" -l "$lib_tmp/ledger"
	agent_pid=$background
}

setup() {
	bfd_load
	two_hosts && link_up "$h1" lo
	check_err $? "two hosts cannot be set up"
	many $MANY | sed 's,.*,addr add &/32 dev e2,' | ip -n "$h2" -batch - &&
		ip -n "$h1" route add 198.51.100.0/24 dev e1
	check_err $? "many addresses cannot be set up"
	# as bfdagentd-frr(8) recommends: what bfdd sends when it has lost the agent
	ip netns exec "$h1" nft -f - <<-EOF
		table inet bfdd {
			chain output {
				type filter hook output priority 0
				meta skuid frr udp dport { 3784, 4784 } drop
			}
		}
	EOF
	check_err $? "no filter"
	bfdd_config "$h1" 200 5 "$PEER"
	agent_start
	zebra_start "$h1"
	bfdd_start
}

test_up() {
	bfd "$h2" session add dest-addr 192.0.2.1 interface e2 tx 100ms rx 100ms local-multiplier 4
	check_both 1 "at first"
	check_sessions "$h1" 1 'd.interface == "e1" and str(d.source_addr) == "192.0.2.1" and
		r.negotiated_tx_interval == 200000 and d.local_multiplier == 5' "FRR's values"
	check_eq "$(bfdd_peers "$h1" 'v[0].id')" "$(sessions "$h1" 'v[0].local_discriminator')" \
		"FRR's discriminator"
	check_eq "$(bfdd_peers "$h1" 'v[0].remote_id')" "$(sessions "$h2" 'v[0].local_discriminator')" \
		"the peer's discriminator"
	await bfdd_peers "$h1" "v[0].remote_transmit_interval == 100 and
		v[0].remote_detect_multiplier == 4" >/dev/null
	check_err $? "FRR does not know the peer's values"
	log_test "a session of FRR comes up in the kernel, with FRR's values"
}

test_change() {
	bfdd_profile "$h1" 300 6
	check_sessions "$h1" 1 'r.negotiated_tx_interval == 300000 and r.negotiated_rx_interval == 300000
		and d.local_multiplier == 6' "FRR's new values"
	bfdd_profile "$h1" 200 5
	check_sessions "$h1" 1 'r.negotiated_tx_interval == 200000' "FRR's old values"
	check_eq "$(downs)" $'0\n0' "down-count"
	log_test "values are changed in FRR: the session stays up"
}

test_shutdown() {
	bfdd_do "$h1" "configure terminal" bfd "peer $PEER" shutdown
	check_sessions "$h2" 1 'r.local_state == "down" and r.remote_state == "adminDown"' "shut down"
	await frr_is 1 shutdown
	check_err $? "FRR does not say shutdown"
	bfdd_do "$h1" "configure terminal" bfd "peer $PEER" "no shutdown"
	check_both 1 "after no shutdown"
	log_test "shutdown in FRR is AdminDown for the peer"
}

test_counters() {
	frr_json "$h1" bfdd "show bfd peers counters" \
		"v[0].control_packet_input > 0 and v[0].control_packet_output > 0" >/dev/null
	check_err $? "counters: $(tr -d '\n' <"$lib_tmp/json")"
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
	local before

	before=$(downs)
	frr_kill "$agent_pid"
	await frr_is 1 down
	check_err $? "FRR does not fall back"
	sleep 1
	agent_start
	check_both 1 "after the agent's restart"
	check_eq "$(downs)" "$before" "down-count"
	log_test "the agent is killed and started again: FRR falls back, no kernel notices"
}

# States of the sessions in the VRF, which the data plane is not told of, and outside
frr_states() {
	local vrf

	for vrf in "" "vrf red "; do
		frr_json "$h1" bfdd "show bfd ${vrf}peers" \
			'"\n".join(f"{p.vrf} {p.status}" for p in v)'
	done | sort -u | paste -sd ' '
}

frr_has_both() {
	[ "$(frr_states)" = "default up red up" ]
}

# kept N: so many connections were kept in the store of descriptors by now
kept() {
	[ "$(grep -c "^kept" "$lib_tmp/agent.out")" -ge "$1" ]
}

# With systemd, or what acts as systemd does here: bfdd notices nothing.
test_agent_kept() {
	local before

	frr_kill "$agent_pid"
	agent_start "" python3 "$lib_dir/vm_keep.py"
	check_both 1 "with a store of descriptors"
	await kept 1
	check_err $? "no connection is kept"
	before=$(downs; frr_downs)
	pkill -9 -P "$agent_pid" bfdagentd
	check_err $? "no agent"
	sleep 0.5
	bfdd_profile "$h1" 300 6
	sleep 3.5
	check_sessions "$h1" 1 'r.negotiated_tx_interval == 300000' "FRR's new values"
	check_both 1 "after the agent's restart"
	await kept 2
	check_err $? "the connection is not kept again"
	cut "$h1" e1
	await frr_is 1 down
	check_err $? "FRR is not told of a failure after the agent's restart"
	mend "$h1" e1
	check_both 1 "after the cut"
	bfdd_profile "$h1" 200 5
	log_info "store of descriptors: $(paste -sd ';' "$lib_tmp/agent.out")"
	check_eq "$(downs; frr_downs)" "$(awk '{ print $1 + 1 }' <<<"$before")" \
		"down-count of the kernels and of FRR"
	: >"$lib_tmp/agent.conf"
	pkill -9 -P "$agent_pid" bfdagentd
	await frr_is 1 down
	check_err $? "FRR is left with an agent that does not serve it"
	stop_background "$agent_pid"
	agent_start
	log_test "with a store of descriptors FRR does not notice either that the agent was killed"
}

test_bfdd_killed() {
	local before i

	veth "$h1" v1 "$h2" v2 && vrf "$h1" red 100 v1 &&
		addr "$h1" v1 203.0.113.1/24 && addr "$h2" v2 203.0.113.2/24
	check_err $? "no VRF"
	bfd "$h2" session add dest-addr 203.0.113.1 interface v2 tx 200ms rx 200ms
	before=$(downs)
	bfdd_config "$h1" 200 5 "$PEER" "203.0.113.2 local-address 203.0.113.1 interface v1 vrf red"
	for i in 1 2; do
		frr_kill "$bfdd_pid"
		bfdd_start
		check_up "$h1" 2 "after restart $i"
		await frr_has_both
		check_err $? "FRR does not say up after restart $i: $(frr_states)"
	done
	check_sessions "$h1" 2 '(d.vrf == "red") == (d.interface == "v1")' "VRF"
	check_eq "$(downs)" "$before" "down-count"
	log_test "bfdd is killed and started again: neither kernel notices, nor in a VRF"
}

# The peer was deleted while there was no bfdd.
test_stale() {
	frr_kill "$bfdd_pid"
	bfdd_config "$h1" 200 5
	bfdd_start
	await sessions_are "$h1" 0 True
	check_err $? "the sessions are still there"
	bfd "$h2" session del dest-addr 203.0.113.1
	log_test "what bfdd does not want after its restart is deleted"
}

# In the other direction; bfdd 8.4.4 cannot, so a relay does it for it.
test_server() {
	local before relay

	frr_kill "$agent_pid"
	frr_kill "$bfdd_pid"
	bfdd_config "$h1" 200 5 "$PEER"
	agent_start "listen = \"127.0.0.1:$((PORT + 1))\";"
	bfdd_start
	in_background "$lib_tmp/relay" ip netns exec "$h1" python3 "$lib_dir/vm_relay.py" \
		$PORT $((PORT + 1))
	relay=$background
	check_both 1 "when bfdd connects"
	before=$(downs; frr_downs)
	frr_kill "$agent_pid"
	sleep 4
	check_up "$h1" 1 "without the agent"
	agent_start "listen = \"127.0.0.1:$((PORT + 1))\";"
	bfdd_profile "$h1" 300 6
	check_sessions "$h1" 1 'r.negotiated_tx_interval == 300000' "FRR's new values"
	check_both 1 "after the agent's restart"
	check_eq "$(downs; frr_downs)" "$before" "down-count of the kernels and of FRR"
	stop_background "$relay"
	log_test "when bfdd connects, it does not notice either that the agent was killed"
}

test_delete() {
	bfdd_do "$h1" "configure terminal" bfd "no peer $PEER"
	await sessions_are "$h1" 0 True
	check_err $? "the session is not deleted"
	bfd "$h2" session flush
	log_test "a session that is deleted in FRR is deleted in the kernel"
}

# bfdd counts what did not fit into its buffer: the remark says how many it lost.
test_many() {
	local peer i socket=/run/frr/$h1/dplane

	frr_kill "$agent_pid"
	frr_kill "$bfdd_pid"
	mapfile -t peers < <(many $MANY)
	for peer in "${peers[@]}"; do
		echo "session add dest-addr 192.0.2.1 source-addr $peer interface e2 tx 200ms rx 200ms"
	done | bfd "$h2" -b -
	check_err $? "the peers cannot be set up"
	bfdd_config "$h1" 200 5 "${peers[@]/%/ local-address 192.0.2.1 interface e1}"
	bfdd_start "unix:$socket"
	await frr_is $MANY down
	check_err $? "FRR does not know its peers"
	agent_start "connect = \"unix:$socket\";"
	check_both $MANY "at once"
	log_info "lost by bfdd: $(frr_show "$h1" bfdd "show bfd distributed" |
		awk '/full events/ { n += $NF } END { print n + 0 }')"
	for i in 1 2 3 4; do
		frr_show "$h1" bfdd "show bfd peers counters" >/dev/null
	done
	check_both $MANY "after $((4 * MANY)) requests of counters"
	check_eq "$(downs)" $'0\n0' "down-count"
	log_test "$MANY sessions that are registered at once all arrive"
}

setup
test_up
test_change
test_shutdown
test_counters
test_cut
test_agent_killed
test_agent_kept
test_bfdd_killed
test_stale
test_server
test_delete
test_many
kill "$agent_pid"
exit "$EXIT_STATUS"
