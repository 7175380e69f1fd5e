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
# of a packet p
is_ours='p.src.endswith("1")'
is_peers='p.src.endswith("2")'

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
	sessions "$h1" 'sum(d.session_statistics.down_count for d in v)'
}

downs_are() {
	[ "$(down_counts)" = "$1" ]
}

test_up() {
	add_sessions
	peer_start
	all_up
	check_sessions "$h1" 3 'd.remote_multiplier == 5 and r.negotiated_tx_interval == 200000
		and r.detection_time == 1000000 and r.local_diagnostic == "none"
		and r.remote_diagnostic == "none"' "values after coming up"
	check_peer Up 200 1000
	log_test "three sessions come up, each side has the other's values"
}

# check_polls CONDITION FILE: every Poll of the packets p that CONDITION names, the
# Poll Sequences of three sessions, was answered, and then they ended
check_polls() {
	local bad

	bad=$(packets "$2" 'sum(p.poll and p.final for p in v)')
	check_eq "$bad" 0 "number of packets with both P and F"
	bad=$(packets "$2" "len({p.my for p in v if p.state == 'up' and p.poll and $1})")
	check_eq "$bad" 3 "number of sessions with a Poll"
	bad=$(packets "$2" "sum(not any(f.final and f.your == p.my and 0 <= f.time - p.time < 1
		for f in v) for p in v if p.state == 'up' and p.poll and $1)")
	check_eq "$bad" 0 "number of Polls without a Final"
	# a Final ends it: a packet under way at that time may still have P
	bad=$(packets "$2" "max(sum(p.poll for p in v if p.my == my and $1)
		for my in {p.my for p in v})")
	[ "$bad" -le 3 ]
	check_err $? "a Poll was sent $bad times"
}

test_our_timers() {
	local file=$lib_tmp/ours.pcap downs

	downs=$(down_counts)
	capture_start "$h2" e2 "$file"
	set_sessions tx 400ms rx 500ms local-multiplier 4
	check_sessions "$h1" 3 'r.poll_active is False and r.negotiated_tx_interval == 400000
		and r.negotiated_rx_interval == 500000 and r.detection_time == 2500000' \
		"our longer intervals"
	check_peer Up 500 1600
	capture_end
	check_polls "$is_ours" "$file"
	set_sessions tx 200ms rx 200ms local-multiplier 5
	check_sessions "$h1" 3 'r.poll_active is False and r.negotiated_tx_interval == 200000
		and r.negotiated_rx_interval == 200000 and r.detection_time == 1000000' \
		"our shorter intervals"
	check_peer Up 200 1000
	check_eq "$(down_counts)" "$downs" "down-count"
	log_test "our change of intervals: a Poll Sequence, no session lost"
}

test_our_packets() {
	local file=$lib_tmp/ours.pcap bad

	bad=$(packets "$file" "[str(p) for p in v if $is_ours and (p.ttl != 255 or p.dscp != 48
		or p.sport < 49152 or p.version != 1 or p.length != 24 or p.auth or p.multipoint
		or p.demand or p.your == 0 or p.my == 0 or p.echo_rx != 0)][:1]")
	check_eq "$bad" "" "a packet unlike what RFC 5880 and 5881 say"
	bad=$(packets "$file" "len({(p.src, p.sport, p.my) for p in v if $is_ours})")
	check_eq "$bad" 3 "number of source addresses, ports and discriminators of three sessions"
	log_test "our packets on the wire"
}

test_peer_timers() {
	local file=$lib_tmp/peers.pcap downs

	downs=$(down_counts)
	capture_start "$h2" e2 "$file"
	peer_timers 300 6
	check_sessions "$h1" 3 'r.negotiated_tx_interval == 300000
		and d.remote_multiplier == 6 and r.detection_time == 1800000' \
		"the peer's longer intervals"
	check_peer Up 300 1500
	capture_end
	check_polls "$is_peers" "$file"
	peer_timers 200 5
	check_sessions "$h1" 3 'r.negotiated_tx_interval == 200000 and
		r.detection_time == 1000000' "the peer's shorter intervals"
	check_eq "$(down_counts)" "$downs" "down-count"
	log_test "the peer's change of intervals: a Poll Sequence, no session lost"
}

test_our_admin_down() {
	set_sessions admin-down
	check_sessions "$h1" 3 'r.local_state == "adminDown" and
		r.local_diagnostic == "admin-down" and r.remote_state == "down" and
		r.remote_diagnostic == "neighbor-down"' "admin-down"
	check_peer Down
	set_sessions admin-up
	all_up "after admin-up"
	check_sessions "$h1" 3 'r.local_diagnostic == "none" and r.remote_diagnostic == "none"' \
		"diagnostics after admin-up"
	log_test "admin-down and admin-up: the peer follows"
}

# test_peer_disable DIAGNOSTIC: which the end of a session leaves on our side
test_peer_disable() {
	peer_disable
	check_sessions "$h1" 3 "r.local_state == \"down\" and
		r.local_diagnostic == \"$1\"" "after the peer's end"
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
	check_sessions "$h1" 3 'r.local_state == "down" or r.local_state == "init"' \
		"the peer's failure is not noticed"
	check_sessions "$h1" 3 'r.remote_diagnostic == "control-expiry"' \
		"the peer's diagnostic"
	capture_end
	mend "$h1" e1
	monitor_stop
	gap=$(events "$lib_tmp/one-way" 'len({e.dest_addr for e in v if e.event == "state" and
		e.old_state == "up" and e.local_diagnostic == "neighbor-down" and
		e.remote_diagnostic == "control-expiry"})')
	check_eq "$gap" 3 "number of sessions whose events say why"
	# from our last packet to the peer's first that says Down, ms
	for gap in $(packets "$file" "[min(int((p.time - t) * 1000) for p in v if $is_peers and
		p.dst == us and p.state == 'down' and p.time > t)
		for us in {p.src for p in v if $is_ours}
		for t in [max(p.time for p in v if p.src == us)]]"); do
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
	check_sessions "$h1" 3 'r.local_state == "down"' "our failure is not detected"
	check_sessions "$h1" 3 'd.remote_discriminator == 0' "the peer is not forgotten"
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
		check_sessions "$h1" 3 'r.local_state == "down" and
			r.local_diagnostic == "control-expiry"' "$2 is down"
		ip -n "$1" link set "$2" up
		# they went with the link
		addr "$1" "$2" "2001:db8::$3/64" "fe80::$3/64"
		all_up "$2 is up again"
	done
	log_test "the link goes down and comes back, the peer's end and ours"
}

test_kill() {
	local before

	before=$(sessions "$h1" '[d.remote_discriminator for d in v]')
	watch_sessions "$h1" "$lib_tmp/kill" 3
	kill -9 "$peer_pid"
	wait "$peer_pid" 2>/dev/null
	check_sessions "$h1" 3 'r.local_state == "down" and
		r.local_diagnostic == "control-expiry"' "a dead peer is not detected"
	monitor_stop
	check_down_times "$lib_tmp/kill" 3 1000000
	peer_start
	all_up "after the peer's restart"
	[ "$before" != "$(sessions "$h1" '[d.remote_discriminator for d in v]')" ]
	check_err $? "the peer has its old discriminators"
	log_test "the peer is killed and started again"
}

# Back before we miss it: its first packet has Your Discriminator 0.
test_quick_restart() {
	local downs

	peer_timers 200 100
	check_sessions "$h1" 3 'r.detection_time == 20000000' "a long detection time"
	watch_sessions "$h1" "$lib_tmp/quick" 3
	downs=$(down_counts)
	kill -9 "$peer_pid"
	wait "$peer_pid" 2>/dev/null
	peer_start
	await downs_are $((downs + 3))
	check_err $? "not all went down"
	all_up "after the peer's restart"
	check_eq "$(events "$lib_tmp/quick" '[e.local_diagnostic for e in v if
		e.event == "state" and e.old_state == "up"]')" "neighbor-down neighbor-down neighbor-down" \
		"why the sessions went down"
	monitor_stop
	peer_timers 200 5
	check_sessions "$h1" 3 'r.detection_time == 1000000' "the old detection time"
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
	check_eq "$(packets "$file" "sum($is_ours and p.state == 'adminDown' and p.diag == 7
		for p in v)")" 3 "number of packets that say AdminDown"
	log_test "sessions are deleted: the peer is told AdminDown"
}
