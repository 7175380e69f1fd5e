#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Interoperation with FRR's bfdd over a router and in a VRF: IPv4 and IPv6, in the
# VRF single hop and multihop, with addresses that exist outside of it as well.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

frr=/usr/lib/frr
require_command vtysh $frr/bfdd $frr/zebra

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

# frr_config MS MULTIPLIER
frr_config() {
	local i

	mkdir -p "/etc/frr/$h2" "/run/frr/$h2"
	{
		printf '%s\n' bfd " profile test" "  detect-multiplier $2" \
			"  receive-interval $1" "  transmit-interval $1" " exit"
		for ((i = 1; i < 2 * COUNT; i += 2)); do
			printf ' %s\n' "peer ${SESSIONS[i]}" " profile test" exit
		done
		echo exit
	} >"/etc/frr/$h2/bfdd.conf"
	: >"/etc/frr/$h2/zebra.conf"
	: >"/etc/frr/$h2/vtysh.conf"
	chown -R frr:frr "/etc/frr/$h2" "/run/frr/$h2"
}

# frr_daemon NAME: run it, with its process in $background
frr_daemon() {
	in_background "$lib_tmp/$1.out" ip netns exec "$h2" "$frr/$1" -N "$h2" \
		-f "/etc/frr/$h2/$1.conf"
}

frr_do() {
	local args=() line

	for line; do
		args+=(-c "$line")
	done
	vtysh -N "$h2" -d bfdd "${args[@]}" >"$lib_tmp/vtysh" 2>&1 && ! grep -q '^%' "$lib_tmp/vtysh"
	check_err $? "vtysh $*: $(tail -n 1 "$lib_tmp/vtysh")"
}

zebra_answers() {
	vtysh -N "$h2" -d zebra -c "show version" >/dev/null 2>&1
}

frr_start() {
	frr_daemon bfdd
	bfdd_pid=$background
}

# frr_is STATE: all of FRR's sessions are
frr_is() {
	local vrf

	for vrf in "" "vrf red "; do
		vtysh -N "$h2" -d bfdd -c "show bfd ${vrf}peers json" >"$lib_tmp/peers" 2>/dev/null &&
			ask json "$lib_tmp/peers" "v and all(p.status == '$1' for p in v)" >/dev/null ||
			return 1
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
	frr_config 200 5
	frr_daemon zebra
	await zebra_answers
	check_err $? "zebra does not start"
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
	frr_do "configure terminal" bfd "profile test" "detect-multiplier 6" \
		"receive-interval 400" "transmit-interval 400"
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
	kill -9 "$bfdd_pid"
	wait "$bfdd_pid" 2>/dev/null
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
