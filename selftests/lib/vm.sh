# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # h1, h2: set by setup_ns; lib_tmp: lib.sh
#
# What vm_*.sh share; to be sourced. They run under the kernels of scripts/vm,
# where a wall clock, several CPUs and real peers are to be had.

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# A process answers questions, see vm_ask.py. Not $COPROC: it must be there in
# $(...) as well.
coproc ask_process { exec python3 "$lib_dir/lib/vm_ask.py"; }
exec {ask_to}>&"${ask_process[1]}" {ask_from}<&"${ask_process[0]}"
defer kill "$ask_process_PID"

# ask QUESTION ARG...: prints the answer; 0 if it is true
ask() {
	local line=$1 arg status answer

	for arg in "${@:2}"; do
		line+=$'\t'${arg//[$'\n\t']/ }
	done
	printf '%s\n' "$line" >&"$ask_to"
	IFS=$'\t' read -r status answer <&"$ask_from" || return 2
	[ "$status" != 2 ] || echo "$line: $answer" >&2
	printf '%s\n' "${answer//$'\v'/$'\n'}"
	return "$status"
}

# await COMMAND...: until it succeeds, without keeping a CPU busy meanwhile
await() {
	local end=$((SECONDS + WAIT_TIMEOUT))

	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# sessions NS EXPR: what EXPR makes of the list of all sessions
sessions() {
	ask sessions "$1" 0 "$2"
}

# sessions_are NS COUNT EXPR [SECONDS]: there are COUNT sessions, and EXPR is true
# for every session d with d.session_running r and d.session_statistics s
sessions_are() {
	ask sessions "$1" "${4:-0}" "each($2, lambda d, r, s: $3)" >/dev/null
}

# check_sessions NS COUNT EXPR WHAT: wait for sessions_are, or fail
check_sessions() {
	sessions_are "$1" "$2" "$3" "$WAIT_TIMEOUT" ||
		check_err 1 "$4: $(sessions "$1" '", ".join(f"{d.dest_addr} {r.local_state} {r.remote_state} "
			f"{r.local_diagnostic} {r.remote_diagnostic} {r.negotiated_tx_interval} "
			f"{r.negotiated_rx_interval} {r.detection_time} lost {d.session_statistics.down_count}"
			for d in v for r in [d.session_running])')"
}

# check_up NS COUNT WHAT
check_up() {
	check_sessions "$1" "$2" 'r.local_state == "up" and r.remote_state == "up"' "$3"
}

# stats NS EXPR: what EXPR makes of the statistics
stats() {
	ask stats "$@"
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

# events FILE EXPR: what EXPR makes of the list of a monitor's events
events() {
	ask events "$@"
}

# capture_end: capture_stop, when the kernel has handed over its last block
capture_end() {
	sleep 1.2
	capture_stop
}

# packets FILE EXPR: what EXPR makes of the list of a capture's packets
packets() {
	ask packets "$@"
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

# check_down_times FILE COUNT DETECTION_US: COUNT sessions failed by silence,
# none early, none much later
check_down_times() {
	local times t n=0

	times=$(events "$1" "[int(e.monotonic - e.last_receive_times[0]) // 1000 - $3 for e in v if
		e.event == 'state' and e.old_state == 'up' and e.local_diagnostic == 'control-expiry']")
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
