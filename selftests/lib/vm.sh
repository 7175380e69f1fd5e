# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # h1, h2: set by setup_ns; lib_tmp: lib.sh
#
# What vm_*.sh share; to be sourced. They run under the kernels of scripts/vm,
# where a wall clock, several CPUs and real peers are to be had.

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Short for jq: running, statistics
jq_defs='def r: ."session-running"; def s: ."session-statistics"; '

# sessions NS EXPR: what jq makes of the array of all sessions
sessions() {
	bfd "$1" -j -s session show | jq -r "$jq_defs$2"
}

# sessions_are NS COUNT EXPR: there are COUNT sessions, and EXPR is true for all
sessions_are() {
	bfd "$1" -j -s session show |
		jq -e "$jq_defs length == $2 and all(.[]; $3)" >/dev/null
}

# check_sessions NS COUNT EXPR WHAT: wait for sessions_are, or fail
check_sessions() {
	slowwait "$WAIT_TIMEOUT" sessions_are "$1" "$2" "$3" ||
		check_err 1 "$4: $(sessions "$1" '[.[] | [."dest-addr", r["local-state",
			"remote-state", "local-diagnostic", "remote-diagnostic",
			"negotiated-tx-interval", "negotiated-rx-interval", "detection-time"],
			s["down-count"]] | map(tostring) | join(" ")] | join(", ")')"
}

# check_up NS COUNT WHAT
check_up() {
	check_sessions "$1" "$2" 'r["local-state"] == "up" and r["remote-state"] == "up"' "$3"
}

# events FILE EXPR: what jq makes of the array of a monitor's events
events() {
	jq -s -r "$2" "$1"
}

# capture_end: capture_stop, when the kernel has handed over its last block
capture_end() {
	sleep 1.2
	capture_stop
}

# packets FILE EXPR: what jq makes of the array of a capture's packets
packets() {
	python3 "$lib_dir/lib/vm_pcap.py" "$1" | jq -s -r "$2"
}

# cut NS IF: nothing leaves through the interface any more; mend NS IF: it does
cut() {
	tc -n "$1" qdisc replace dev "$2" root netem loss 100%
}

mend() {
	tc -n "$1" qdisc del dev "$2" root
}

# down_times FILE EXPR: of sessions that failed by silence, how long it was, in
# microseconds, less the detection time that EXPR (a number, microseconds) is
down_times() {
	events "$1" '.[] | select(.event == "state" and ."old-state" == "up" and
		."local-diagnostic" == "control-expiry") |
		((.monotonic - ."last-receive-times"[0]) / 1000 | floor) - '"$2"
}

# check_down_times FILE COUNT DETECTION_US: COUNT sessions failed by silence,
# none early, none much later
check_down_times() {
	local times t n=0

	times=$(down_times "$1" "$3")
	for t in $times; do
		n=$((n + 1))
		[ "$t" -ge 0 ]
		check_err $? "failed $((-t)) us early"
		[ "$t" -lt 500000 ]
		check_err $? "failed $t us late"
	done
	[ "$n" -ge "$2" ]
	check_err $? "$n sessions failed by silence, expected $2"
}
