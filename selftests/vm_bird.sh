#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Interoperation with BIRD 2.

# shellcheck source=selftests/lib/vm_peer.sh
. "$(dirname "$0")/lib/vm_peer.sh"

require_command bird birdc

bird_config() {
	cat >"$lib_tmp/bird.conf" <<-END
		log "$lib_tmp/bird.log" all;
		router id 192.0.2.2;
		protocol device {}
		protocol bfd peer {
			debug { states, events };
			interface "e2" { interval $1 ms; multiplier $2; };
			neighbor 192.0.2.1 dev "e2" local 192.0.2.2;
			neighbor 2001:db8::1 dev "e2" local 2001:db8::2;
			neighbor fe80::1 dev "e2" local fe80::2;
		}
	END
}

bird_do() {
	birdc -s "$lib_tmp/bird.ctl" "$@" >"$lib_tmp/birdc" 2>&1
	check_err $? "birdc $*: $(tail -n 1 "$lib_tmp/birdc")"
}

peer_start() {
	[ -e "$lib_tmp/bird.conf" ] || bird_config 200 5
	ip netns exec "$h2" bird -f -c "$lib_tmp/bird.conf" -s "$lib_tmp/bird.ctl" \
		2>>"$lib_tmp/bird.err" &
	peer_pid=$!
}

peer_timers() {
	bird_config "$1" "$2"
	bird_do configure
}

peer_disable() {
	bird_do disable peer
}

peer_enable() {
	bird_do enable peer
}

# address, interface, state, since, interval, timeout
peer_is() {
	birdc -s "$lib_tmp/bird.ctl" show bfd sessions 2>/dev/null |
		awk -v state="$1" -v interval="$2" -v timeout="$3" '
			$2 == "e2" && $3 == state &&
			(interval == "" || ($5 * 1000 == interval && $6 * 1000 == timeout)) { n++ }
			END { exit n != 3 }'
}

peer_setup
test_up
test_our_timers
test_our_packets
test_peer_timers
test_our_admin_down
test_peer_disable control-expiry	# BIRD just stops
test_one_way
test_cut
test_link_down
test_kill
test_quick_restart
test_delete
exit "$EXIT_STATUS"
