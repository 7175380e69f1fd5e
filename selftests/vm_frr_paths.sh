#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Interoperation with FRR's bfdd over a router and in a VRF: IPv4 and IPv6, in the
# VRF single hop and multihop, with addresses that exist outside of it as well.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"
# shellcheck source=selftests/lib/frr.sh
. "$(dirname "$0")/lib/frr.sh"

require_frr bfdd zebra

# A session a line: what we call it, what FRR does
SESSIONS=(
	"dest-addr 198.51.100.1 source-addr 192.0.2.1 multihop"
	"192.0.2.1 multihop local-address 198.51.100.1"
	"dest-addr 2001:db8:1::1 source-addr 2001:db8::1 multihop"
	"2001:db8::1 multihop local-address 2001:db8:1::1"
	"dest-addr 192.0.2.2 interface v1 vrf red"
	"192.0.2.1 local-address 192.0.2.2 interface v2 vrf red"
	"dest-addr 2001:db8::2 interface v1 vrf red"
	"2001:db8::1 local-address 2001:db8::2 interface v2 vrf red"
	"dest-addr 192.0.2.2 source-addr 192.0.2.1 vrf red multihop"
	"192.0.2.1 multihop local-address 192.0.2.2 vrf red"
	"dest-addr 2001:db8::2 source-addr 2001:db8::1 vrf red multihop"
	"2001:db8::1 multihop local-address 2001:db8::2 vrf red"
)
COUNT=$((${#SESSIONS[@]} / 2))

hosts_setup() {
	three_hosts_router && veth "$h1" v1 "$h2" v2 &&
		vrf "$h1" red 100 v1 && vrf "$h2" red 100 v2 &&
		addr "$h1" v1 192.0.2.1/24 2001:db8::1/64 &&
		addr "$h2" v2 192.0.2.2/24 2001:db8::2/64
}

# each_session COMMAND...: COMMAND of bfdnl, the words of a session, the rest
each_session() {
	local i

	for ((i = 0; i < 2 * COUNT; i += 2)); do
		echo "session $1 ${SESSIONS[i]} ${*:2}"
	done | bfd "$h1" -b -
	check_err $? "cannot $*"
}

frr_setup() {
	local i peers=()

	for ((i = 1; i < 2 * COUNT; i += 2)); do
		peers+=("${SESSIONS[i]}")
	done
	bfdd_config "$h2" 200 5 "${peers[@]}"
	zebra_start "$h2"
}

frr_start() {
	frr_daemon "$h2" bfdd
	bfdd_pid=$background
}

# frr_is STATE: all of FRR's sessions are
frr_is() {
	local vrf

	for vrf in "" "vrf red "; do
		frr_json "$h2" bfdd "show bfd ${vrf}peers" \
			"v and all(p.status == '$1' for p in v)" >/dev/null || return 1
	done
}

all_up() {
	check_up "$h1" "$COUNT" "${1:-not up}"
	await frr_is up
	check_err $? "FRR does not say up"
}

downs() {
	sessions "$h1" 'sum(d.session_statistics.down_count for d in v)'
}

test_up() {
	each_session add tx 200ms rx 200ms local-multiplier 5
	frr_setup
	frr_start
	all_up
	check_sessions "$h1" "$COUNT" 'd.remote_multiplier == 5 and r.detection_time == 1000000
		and r.negotiated_tx_interval == 200000' "values after coming up"
	check_eq "$(sessions "$h1" 'sum(bool(d.vrf) for d in v), len({d.vrf for d in v if d.vrf})')" "4 1" \
		"number of sessions in VRFs, of VRFs"
	log_test "multihop and VRF, IPv4 and IPv6: $COUNT sessions come up"
}

test_timers() {
	each_session set tx 300ms rx 300ms local-multiplier 4
	check_sessions "$h1" "$COUNT" 'r.poll_active is False and r.negotiated_tx_interval == 300000
		and r.detection_time == 1500000' "our intervals"
	bfdd_profile "$h2" 400 6
	check_sessions "$h1" "$COUNT" 'r.negotiated_tx_interval == 400000 and
		r.detection_time == 2400000' "FRR's intervals"
	check_eq "$(downs)" 0 "down-count"
	log_test "intervals are changed at either end: no flap, nothing but the wish in force"
}

# Sessions in one VRF, or outside, fail for themselves.
test_apart() {
	cut "$h1" v1
	ask sessions "$h1" 20 'all((d.session_running.local_state == "down") == (d.vrf == "red")
		for d in v)' >/dev/null
	check_err $? "not just the sessions of the VRF are Down"
	mend "$h1" v1
	all_up "after the VRF's link was mended"
	cut "$h1" e1
	ask sessions "$h1" 20 'all((d.session_running.local_state == "down") == (d.vrf != "red")
		for d in v)' >/dev/null
	check_err $? "not just the sessions over the router are Down"
	mend "$h1" e1
	all_up "after the router was reached again"
	log_test "the same addresses in a VRF and outside: a link takes down its own sessions only"
}

test_kill() {
	frr_kill "$bfdd_pid"
	check_sessions "$h1" "$COUNT" 'r.local_state == "down" and
		r.local_diagnostic == "control-expiry"' "a dead peer is not detected"
	frr_start
	all_up "after FRR's restart"
	log_test "FRR is killed and started again"
}

test_delete() {
	bfd "$h1" session flush
	await frr_is down
	check_err $? "FRR is not told"
	log_test "sessions are deleted: FRR is told"
}

bfd_load
hosts_setup
check_err $? "hosts cannot be set up"
test_up
test_timers
test_apart
test_kill
test_delete
exit "$EXIT_STATUS"
