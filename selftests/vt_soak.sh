#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A day over bad links: loss, delay, jitter and reordering within what the
# detection times allow. Nobody may notice.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
require_command tc
bfd_load seed=7
two_hosts || exit 1
hours=${HOURS:-24}
# a slow kernel: the name of the test says how long
! is_debug || hours=${HOURS:-0.2}

bad_link() {
	tc -n "$h1" qdisc replace dev e1 root netem limit 1000 "$@" &&
		tc -n "$h2" qdisc replace dev e2 root netem limit 1000 "$@"
}

# soak OPTIONS: $hours with a session; OPTIONS of the links follow
soak() {
	local options=$1 sent lost
	shift

	# shellcheck disable=SC2086 # several words
	bfd_pair_up $options
	check_err $? "not up"
	sleep 10
	bad_link "$@"
	check_err $? "no netem"
	sleep "${hours}h"
	check_eq "$(bfd_stat "$h1" down-count) $(bfd_stat "$h2" down-count)" "0 0" "the number of flaps"
	check_eq "$(bfd_state "$h1")" up "the state"
	sent=$(($(bfd_stat "$h1" send-packet-count) + $(bfd_stat "$h2" send-packet-count)))
	lost=$((sent - $(bfd_stat "$h1" receive-packet-count) - $(bfd_stat "$h2" receive-packet-count)))
	log_info "$sent packets in $hours hours, $lost of them lost"
	[ "$lost" -gt 0 ]
	check_err $? "nothing was lost"
	check_eq "$(bfd_net_stat "$h1" '[.netns.drops[]] | add')" 0 "the number of drops"
	log_test "$options for $hours virtual hours: $*"
	bfd "$h1" session flush
	bfd "$h2" session flush
	tc -n "$h1" qdisc del dev e1 root
	tc -n "$h2" qdisc del dev e2 root
}

# Three losses in a row: 8e-9 for each packet
soak "tx 300ms rx 300ms mult 3" loss 0.2% delay 30ms 20ms 25%
# Five: 1e-10
soak "tx 50ms rx 50ms mult 5" loss 1% delay 20ms 5ms reorder 10%
exit "$EXIT_STATUS"
