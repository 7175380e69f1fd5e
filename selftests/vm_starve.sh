#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every CPU is kept busy by a real-time process of the highest priority: nothing
# else runs, no daemon could send. The module's clock must go on: no session is
# lost. Then the same with a flood of datagrams to the host that leaves
# ksoftirqd with work which it does not come to do.

# The CPUs of scripts/vm are shared with whatever else this machine does, and may
# stand still for longer than a detection time. Counted instructions (scripts/vm
# -i shift=0) know no such thing: there the result is always the same.
#
# shellcheck disable=SC2086 # words

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

: "${SECONDS_STARVED:=6}"

# No share for ordinary processes.
no_mercy() {
	local f

	sysctl -qw kernel.sched_rt_runtime_us=-1
	for f in /sys/kernel/debug/sched/fair_server/cpu*/runtime; do
		[ ! -e "$f" ] || echo 0 >"$f"
	done
}

lost() {
	events "$lib_tmp/events" '"\n".join(f"{e.monotonic // 1000000} ms: {e.dest_addr} {e.new_state}, "
		f"{e.local_diagnostic}, last packets "
		f"{[(e.monotonic - t) // 1000000 for t in e.last_receive_times]} ms before"
		for e in v if e.event == "state" and e.old_state == "up")'
}

# attempt [ARG...]: starve all CPUs for a while; 0: no session noticed, 1: one
# did, 3: the CPUs themselves did not run
attempt() {
	local status

	check_up "$h1" 8 "before"
	check_up "$h2" 8 "before"
	watch_sessions "$h1" "$lib_tmp/events" 8
	ip netns exec "$h3" python3 "$lib_dir/vm_hog.py" "$SECONDS_STARVED" "$@" >"$lib_tmp/hog" 2>&1
	status=$?
	sleep 1
	monitor_stop
	log_info "$(cat "$lib_tmp/hog")"
	[ $status = 0 ] || [ $status = 3 ]
	check_err $? "$(tail -n 2 "$lib_tmp/hog" | paste -sd ';')"
	sessions_are "$h1" 8 's.down_count == 0' && sessions_are "$h2" 8 's.down_count == 0' &&
		return 0
	log_info "$(lost)"
	[ $status = 3 ] && return 3
	return 1
}

# starve NAME [ARG...]: some attempts, because the CPUs are shared with others
starve() {
	local i status

	for i in 1 2 3; do
		attempt "${@:2}"
		status=$?
		[ $status = 3 ] || break
		log_info "the CPUs themselves stood still: tried again"
		add_sessions
	done
	if [ $status = 3 ]; then
		log_test_skip "$1" "the CPUs stood still every time"
	else
		check_err $status "sessions were lost: $(lost | wc -l)"
		log_test "$1"
	fi
	add_sessions
}

add_sessions() {
	local i

	bfd "$h1" session flush
	bfd "$h2" session flush
	for i in 1 2 3 4; do
		bfd "$h1" session add dest-addr 10.0.$i.2 source-addr 10.0.$i.1 tx 50ms rx 50ms
		bfd "$h2" session add dest-addr 10.0.$i.1 source-addr 10.0.$i.2 tx 50ms rx 50ms
		bfd "$h1" session add dest-addr fd00:$i::2 source-addr fd00:$i::1 tx 50ms rx 50ms
		bfd "$h2" session add dest-addr fd00:$i::1 source-addr fd00:$i::2 tx 50ms rx 50ms
	done
}

bfd_load
two_hosts
check_err $? "two hosts cannot be set up"
for i in 1 2 3 4; do
	addr "$h1" e1 10.0.$i.1/24 fd00:$i::1/64
	addr "$h2" e2 10.0.$i.2/24 fd00:$i::2/64
done
# a routing loop for the flood: $h1 and $h3 send 203.0.113.0/24 to each other
setup_ns h3 && veth "$h1" e3 "$h3" e4 &&
	addr "$h1" e3 198.51.100.1/24 && addr "$h3" e4 198.51.100.2/24 &&
	ip -n "$h1" route add 203.0.113.0/24 via 198.51.100.2 &&
	ip -n "$h3" route add 203.0.113.0/24 via 198.51.100.1
check_err $? "a third host cannot be set up"
for ns in "$h1 e3" "$h3 e4"; do
	ip netns exec ${ns% *} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		"net.ipv4.conf.${ns#* }.rp_filter=0" "net.ipv4.conf.${ns#* }.accept_local=1" \
		net.ipv4.conf.all.send_redirects=0 "net.ipv4.conf.${ns#* }.send_redirects=0"
done
ip netns exec "$h3" ping -qc 1 198.51.100.1 >/dev/null
# A softirq hands its work to ksoftirqd after 10 rounds: a datagram's 254 hops take
# 63 of these, however fast the machine is.
sysctl -qw net.core.dev_weight=4 net.core.netdev_budget=4
no_mercy
add_sessions
starve "8 sessions at 50 ms, both CPUs starved for $SECONDS_STARVED s"
starve "the same with a flood that wakes ksoftirqd" flood
exit "$EXIT_STATUS"
