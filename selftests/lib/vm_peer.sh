# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # h1, h2: set by setup_ns; lib_tmp: lib.sh
#
# Three sessions (IPv4, IPv6, IPv6 link-local) between $h1, where we are, and
# $h2, where another implementation is; to be sourced. The other one is
# driven by functions of the test:
#
#	peer_start			run it, with the process in $peer_pid
#	peer_timers MS MULT		its interval and multiplier, of all sessions
#	peer_disable, peer_enable	all sessions
#	peer_is STATE [INTERVAL_MS TIMEOUT_MS]
#					its view of all sessions: Up, Down; its
#					interval and its detection time

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "${BASH_SOURCE[0]}")/vm.sh"

PEERS=(192.0.2.2 2001:db8::2 fe80::2)
# shellcheck disable=SC2034 # for the tests
OURS=(192.0.2.1 2001:db8::1 fe80::1)
is_ours='(.src | endswith("1"))'
is_peers='(.src | endswith("2"))'

peer_setup() {
	bfd_load
	two_hosts
	check_err $? "two hosts cannot be set up"
}

add_sessions() {
	local peer

	for peer in "${PEERS[@]}"; do
		bfd "$h1" session add dest-addr "$peer" interface e1 \
			tx 200ms rx 200ms local-multiplier 5 "$@"
		check_err $? "cannot add the session with $peer"
	done
}

set_sessions() {
	local peer

	for peer in "${PEERS[@]}"; do
		bfd "$h1" session set dest-addr "$peer" "$@"
		check_err $? "cannot set $* for $peer"
	done
}

check_peer() {
	await peer_is "$@"
	check_err $? "the peer does not say $*"
}

all_up() {
	check_up "$h1" 3 "${1:-not up}"
	check_peer Up
}

down_counts() {
	sessions "$h1" 'map(s["down-count"]) | add'
}

downs_are() {
	[ "$(down_counts)" = "$1" ]
}

test_up() {
	add_sessions
	peer_start
	all_up
	check_sessions "$h1" 3 '."remote-multiplier" == 5 and r["negotiated-tx-interval"] == 200000
		and r["detection-time"] == 1000000 and r["local-diagnostic"] == "none"
		and r["remote-diagnostic"] == "none"' "values after coming up"
	check_peer Up 200 1000
	log_test "three sessions come up, each side has the other's values"
}

# The capture has every Poll Sequence that $1 (a condition) started, and its end.
check_polls() {
	local bad

	bad=$(packets "$2" '[.[] | select(.poll and .final)] | length')
	check_eq "$bad" 0 "number of packets with both P and F"
	bad=$(packets "$2" "[.[] | select(.state == \"up\" and .poll and $1) | .my] | unique | length")
	check_eq "$bad" 3 "number of sessions with a Poll"
	bad=$(packets "$2" ". as \$all | [.[] | select(.state == \"up\" and .poll and $1) as \$p |
		select([\$all[] | select(.final and .your == \$p.my and .time >= \$p.time
			and .time < \$p.time + 1)] | length == 0)] | length")
	check_eq "$bad" 0 "number of Polls without a Final"
	# a Final ends it: a packet under way at that time may still have P
	bad=$(packets "$2" "[.[] | select(.poll and $1)] | group_by(.my) | map(length) | max")
	[ "$bad" -le 3 ]
	check_err $? "a Poll was sent $bad times"
}

test_our_timers() {
	local file=$lib_tmp/ours.pcap downs

	downs=$(down_counts)
	capture_start "$h2" e2 "$file"
	set_sessions tx 400ms rx 500ms local-multiplier 4
	check_sessions "$h1" 3 'r["poll-active"] == false and r["negotiated-tx-interval"] == 400000
		and r["negotiated-rx-interval"] == 500000 and r["detection-time"] == 2500000' \
		"our longer intervals"
	check_peer Up 500 1600
	capture_end
	check_polls "$is_ours" "$file"
	set_sessions tx 200ms rx 200ms local-multiplier 5
	check_sessions "$h1" 3 'r["poll-active"] == false and r["negotiated-tx-interval"] == 200000
		and r["negotiated-rx-interval"] == 200000 and r["detection-time"] == 1000000' \
		"our shorter intervals"
	check_peer Up 200 1000
	check_eq "$(down_counts)" "$downs" "down-count"
	log_test "our change of intervals: a Poll Sequence, no session lost"
}

test_our_packets() {
	local file=$lib_tmp/ours.pcap bad

	bad=$(packets "$file" "[.[] | select($is_ours) | select(.ttl != 255 or .dscp != 48
		or .sport < 49152 or .version != 1 or .length != 24 or .auth or .multipoint
		or .demand or .your == 0 or .my == 0 or .echo_rx != 0)] | length")
	check_eq "$bad" 0 "number of packets unlike what RFC 5880 and 5881 say"
	bad=$(packets "$file" "[.[] | select($is_ours) | [.src, .sport, .my]] | unique | length")
	check_eq "$bad" 3 "number of source addresses, ports and discriminators of three sessions"
	log_test "our packets on the wire"
}

test_peer_timers() {
	local file=$lib_tmp/peers.pcap downs

	downs=$(down_counts)
	capture_start "$h2" e2 "$file"
	peer_timers 300 6
	check_sessions "$h1" 3 'r["negotiated-tx-interval"] == 300000
		and ."remote-multiplier" == 6 and r["detection-time"] == 1800000' \
		"the peer's longer intervals"
	check_peer Up 300 1500
	capture_end
	check_polls "$is_peers" "$file"
	peer_timers 200 5
	check_sessions "$h1" 3 'r["negotiated-tx-interval"] == 200000 and
		r["detection-time"] == 1000000' "the peer's shorter intervals"
	check_eq "$(down_counts)" "$downs" "down-count"
	log_test "the peer's change of intervals: a Poll Sequence, no session lost"
}

test_our_admin_down() {
	set_sessions admin-down
	check_sessions "$h1" 3 'r["local-state"] == "adminDown" and
		r["local-diagnostic"] == "admin-down" and r["remote-state"] == "down" and
		r["remote-diagnostic"] == "neighbor-down"' "admin-down"
	check_peer Down
	set_sessions admin-up
	all_up "after admin-up"
	check_sessions "$h1" 3 'r["local-diagnostic"] == "none" and r["remote-diagnostic"] == "none"' \
		"diagnostics after admin-up"
	log_test "admin-down and admin-up: the peer follows"
}

# test_peer_disable DIAGNOSTIC: which the end of a session leaves on our side
test_peer_disable() {
	peer_disable
	check_sessions "$h1" 3 "r[\"local-state\"] == \"down\" and
		r[\"local-diagnostic\"] == \"$1\"" "after the peer's end"
	peer_enable
	all_up "after the peer's return"
	log_test "the peer's sessions are disabled and enabled"
}

# One direction: the peer hears nothing and says so.
test_one_way() {
	local file=$lib_tmp/one-way.pcap gap n=0

	watch_sessions "$h1" "$lib_tmp/one-way" 3
	capture_start "$h2" e2 "$file"
	cut "$h1" e1 egress
	check_sessions "$h1" 3 'r["local-state"] == "down" or r["local-state"] == "init"' \
		"the peer's failure is not noticed"
	check_sessions "$h1" 3 'r["remote-diagnostic"] == "control-expiry"' \
		"the peer's diagnostic"
	capture_end
	mend "$h1" e1
	monitor_stop
	gap=$(events "$lib_tmp/one-way" '[.[] | select(.event == "state" and ."old-state" == "up" and
		."local-diagnostic" == "neighbor-down" and
		."remote-diagnostic" == "control-expiry") | ."dest-addr"] | unique | length')
	check_eq "$gap" 3 "number of sessions whose events say why"
	[ "$RET" = 0 ] || log_info "$(events "$lib_tmp/one-way" '.[] | [."dest-addr", .event, ."old-state", ."new-state", ."local-diagnostic", ."remote-diagnostic", .time] | tostring')"
	# from our last packet to the peer's first that says Down, ms
	for gap in $(packets "$file" 'group_by([.src, .dst] | sort)[] |
		(map(select('"$is_ours"')) | last | .time) as $t |
		map(select('"$is_peers"' and .state == "down" and .time > $t)) |
		first | (.time - $t) * 1000 | floor'); do
		n=$((n + 1))
		[ "$gap" -ge 999 ] && [ "$gap" -lt 2500 ]
		check_err $? "the peer detected after $gap ms, not 1000"
	done
	check_eq "$n" 3 "number of sessions that the peer says are Down"
	all_up "after one-way loss"
	log_test "loss in our direction: the peer detects it and tells us"
}

test_cut() {
	watch_sessions "$h1" "$lib_tmp/cut" 3
	cut "$h1" e1
	check_sessions "$h1" 3 'r["local-state"] == "down"' "our failure is not detected"
	check_sessions "$h1" 3 '."remote-discriminator" == 0' "the peer is not forgotten"
	check_peer Down
	monitor_stop
	check_down_times "$lib_tmp/cut" 3 1000000
	mend "$h1" e1
	all_up "after the cut"
	log_test "loss in both directions: both detect it, we not early"
}

test_link_down() {
	local h

	for h in "$h2 e2 2" "$h1 e1 1"; do
		set -- $h
		ip -n "$1" link set "$2" down
		check_sessions "$h1" 3 'r["local-state"] == "down" and
			r["local-diagnostic"] == "control-expiry"' "$2 is down"
		ip -n "$1" link set "$2" up
		# they went with the link
		addr "$1" "$2" "2001:db8::$3/64" "fe80::$3/64"
		all_up "$2 is up again"
	done
	log_test "the link goes down and comes back, the peer's end and ours"
}

test_kill() {
	local before

	before=$(sessions "$h1" 'map(."remote-discriminator") | tostring')
	watch_sessions "$h1" "$lib_tmp/kill" 3
	kill -9 "$peer_pid"
	wait "$peer_pid" 2>/dev/null
	check_sessions "$h1" 3 'r["local-state"] == "down" and
		r["local-diagnostic"] == "control-expiry"' "a dead peer is not detected"
	monitor_stop
	check_down_times "$lib_tmp/kill" 3 1000000
	peer_start
	all_up "after the peer's restart"
	[ "$before" != "$(sessions "$h1" 'map(."remote-discriminator") | tostring')" ]
	check_err $? "the peer has its old discriminators"
	log_test "the peer is killed and started again"
}

# Back before we miss it: its first packet has Your Discriminator 0.
test_quick_restart() {
	local downs

	peer_timers 200 100
	check_sessions "$h1" 3 'r["detection-time"] == 20000000' "a long detection time"
	watch_sessions "$h1" "$lib_tmp/quick" 3
	downs=$(down_counts)
	kill -9 "$peer_pid"
	wait "$peer_pid" 2>/dev/null
	peer_start
	await downs_are $((downs + 3))
	check_err $? "not all went down"
	all_up "after the peer's restart"
	check_eq "$(events "$lib_tmp/quick" '[.[] | select(.event == "state" and ."old-state" == "up") |
		."local-diagnostic"] | tostring')" '["neighbor-down","neighbor-down","neighbor-down"]' \
		"why the sessions went down"
	monitor_stop
	peer_timers 200 5
	check_sessions "$h1" 3 'r["detection-time"] == 1000000' "the old detection time"
	log_test "the peer restarts within the detection time"
}

test_delete() {
	local file=$lib_tmp/delete.pcap

	all_up "before the end"
	capture_start "$h2" e2 "$file"
	bfd "$h1" session flush
	check_err $? "cannot flush"
	check_peer Down
	capture_end
	check_eq "$(packets "$file" "[.[] | select($is_ours and .state == \"adminDown\" and
		.diag == 7)] | length")" 3 "number of packets that say AdminDown"
	log_test "sessions are deleted: the peer is told AdminDown"
}
