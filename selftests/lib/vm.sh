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

# await COMMAND...: until it succeeds, without keeping a CPU busy meanwhile
await() {
	local end=$((SECONDS + WAIT_TIMEOUT))

	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

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
	await sessions_are "$1" "$2" "$3" ||
		check_err 1 "$4: $(sessions "$1" '[.[] | [."dest-addr", r["local-state",
			"remote-state", "local-diagnostic", "remote-diagnostic",
			"negotiated-tx-interval", "negotiated-rx-interval", "detection-time"],
			s["down-count"]] | map(tostring) | join(" ")] | join(", ")')"
}

# check_up NS COUNT WHAT
check_up() {
	check_sessions "$1" "$2" 'r["local-state"] == "up" and r["remote-state"] == "up"' "$3"
}

has_lines() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# watch_sessions NS FILE COUNT: a monitor; it has told of COUNT sessions when it returns
watch_sessions() {
	monitor_start "$1" "$2"
	await has_lines "$2" "$3"
	check_err $? "the monitor does not start"
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

# cut NS IF [egress]: nothing passes the interface any more, in both directions at
# once or in one; mend NS IF: everything does
cut() {
	local way

	modprobe -aq sch_ingress cls_matchall act_gact
	for way in ${3:-ingress egress}; do
		echo "filter add dev $2 $way matchall action drop"
	done | cat <(echo "qdisc add dev $2 clsact") - | tc -n "$1" -batch -
	check_err $? "$2 cannot be cut"
}

mend() {
	tc -n "$1" qdisc del dev "$2" clsact
	check_err $? "$2 cannot be mended"
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
