#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loss that a session must survive, and loss that it must not: RFC 5880, 6.8.4.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
require_command nft
bfd_load seed=7
two_hosts || exit 1

# drop_pattern NS N: let one packet of N through
drop_pattern() {
	ip netns exec "$1" nft -f - <<-END
		table inet loss
		delete table inet loss
		table inet loss {
			chain in {
				type filter hook input priority 0;
				udp dport 3784 numgen inc mod $2 != 0 counter drop
			}
		}
	END
}

dropped() {
	ip netns exec "$1" nft -j list table inet loss |
		jq '[.nftables[].rule?.expr // [] | .[].counter?.packets // empty] | add'
}

flaps() {
	echo $(($(bfd_stat "$h1" down-count) + $(bfd_stat "$h2" down-count)))
}

# survive MULT1 MULT2 INTERVAL SECONDS: the most that each direction may lose
survive() {
	bfd_pair mult "$1" tx "$3" rx "$3" && bfd "$h2" session set dest-addr 192.0.2.1 mult "$2"
	check_err $? "no sessions"
	bfd_wait_state "$h1" up && bfd_wait_state "$h2" up
	check_err $? "not up"
	sleep 5
	# The multiplier of the sender decides how many may be missing.
	[ "$2" = 1 ] || drop_pattern "$h1" "$2"
	[ "$1" = 1 ] || drop_pattern "$h2" "$1"
	sleep "$4"
	check_eq "$(flaps)" 0 "the number of flaps"
	check_eq "$(bfd_state "$h1")" up "the state"
	log_info "$(bfd_stat "$h1" send-packet-count) and $(bfd_stat "$h2" send-packet-count) packets sent"
	[ "$2" = 1 ] || log_info "$(dropped "$h1") dropped before h1"
	log_test "one packet of $2 and of $1 arrives, intervals of $3: no flap"
}

# fall MULT INTERVAL: one more is too many
fall() {
	bfd_pair_up mult "$1" tx "$2" rx "$2"
	check_err $? "not up"
	sleep 5
	drop_pattern "$h1" $((2 * $1))
	bfd_wait_state "$h1" down
	check_err $? "it did not notice"
	[ "$(flaps)" -gt 0 ]
	check_err $? "no flap counted"
	log_test "one packet of $((2 * $1)) arrives, multiplier $1: down"
}

clean() {
	bfd "$h1" session flush
	bfd "$h2" session flush
	ip netns exec "$h1" nft flush ruleset
	ip netns exec "$h2" nft flush ruleset
}

seconds=60
is_debug && seconds=6
survive 3 3 10ms $seconds; clean
survive 3 3 3300us $((seconds / 3)); clean
survive 2 5 10ms $seconds; clean
survive 5 2 20ms $seconds; clean
survive 1 3 10ms $seconds; clean
survive 3 3 300ms $((seconds * 20)); clean
fall 3 10ms; clean

# One-way loss: the end that hears nothing says so, and both go down.
bfd_pair_up tx 10ms rx 10ms
check_err $? "not up"
sleep 5
drop_pattern "$h1" 1000000
busywait 1000 until_value down bfd_state "$h2"
check_err $? "the other end does not know"
check_eq "$(bfd_running "$h2" local-diagnostic)" neighbor-down "the other end's diagnostic"
check_eq "$(bfd_running "$h1" local-diagnostic)" control-expiry "the diagnostic"
log_test "loss in one direction takes down both ends"
exit "$EXIT_STATUS"
