#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Interoperation with FRR's bfdd.

# shellcheck source=selftests/lib/vm_peer.sh
. "$(dirname "$0")/lib/vm_peer.sh"
# shellcheck source=selftests/lib/frr.sh
. "$(dirname "$0")/lib/frr.sh"

require_frr bfdd zebra

# each_peer COMMAND...: for every session
each_peer() {
	local i lines=("configure terminal" bfd)

	for i in 0 1 2; do
		lines+=("peer ${OURS[i]} local-address ${PEERS[i]} interface e2" "$@" exit)
	done
	bfdd_do "$h2" "${lines[@]}"
}

# frr_peers MS MULTIPLIER: the configuration of the next start
frr_peers() {
	local i peers=()

	for i in 0 1 2; do
		peers+=("${OURS[i]} local-address ${PEERS[i]} interface e2")
	done
	bfdd_config "$h2" "$1" "$2" "${peers[@]}"
}

peer_start() {
	if [ -z "${zebra_pid:-}" ]; then
		frr_peers 200 5
		zebra_start "$h2"
		zebra_pid=$background
	fi
	frr_daemon "$h2" bfdd
	peer_pid=$background
}

peer_timers() {
	frr_peers "$@"
	bfdd_profile "$h2" "$@"
}

peer_disable() {
	each_peer shutdown
}

peer_enable() {
	each_peer "no shutdown"
}

# Interval and timeout as they are agreed on
peer_is() {
	bfdd_peers "$h2" "len(v) == 3 and all(p.status == '${1,,}' and (${2:-0} == 0 or
		(max(p.transmit_interval, p.remote_receive_interval) == ${2:-0} and
		max(p.receive_interval, p.remote_transmit_interval) * p.remote_detect_multiplier
		== ${3:-0})) for p in v)" >/dev/null
}

# FRR's words for the reasons
frr_diagnostics() {
	bfdd_peers "$h2" '"; ".join({p.diagnostic + ", " + p.remote_diagnostic for p in v})'
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
	frr_kill "$peer_pid"
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
