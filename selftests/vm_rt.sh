#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A kernel with PREEMPT_RT: sessions come up, notice that their link fails, move
# with their CPU, and the module goes; the kernel's log stays clean (scripts/vm
# sees to that). There, the module's timers run in ksoftirqd, and since 6.10 what a
# virtual link receives is processed by backlog_napi: ones that have a higher
# priority than the other real-time processes lose no session to them.
#
# shellcheck disable=SC2154 # setup_ns

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

HOG_PRIORITY=40
HOG_SECONDS=3

[ -e /sys/kernel/realtime ] || skip_all "this kernel has no PREEMPT_RT"

add_sessions() {
	local i

	bfd "$h1" session flush
	bfd "$h2" session flush
	for i in 1 2 3 4; do
		bfd "$h1" session add dest-addr "10.0.$i.2" source-addr "10.0.$i.1" tx 50ms rx 50ms
		bfd "$h2" session add dest-addr "10.0.$i.1" source-addr "10.0.$i.2" tx 50ms rx 50ms
		bfd "$h1" session add dest-addr "fd00:$i::2" source-addr "fd00:$i::1" tx 50ms rx 50ms
		bfd "$h2" session add dest-addr "fd00:$i::1" source-addr "fd00:$i::2" tx 50ms rx 50ms
	done
}

all_are_up() {
	check_up "$h1" 8 "$1"
	check_up "$h2" 8 "$1"
}

# prioritise POLICY PRIORITY: all threads that send and receive
prioritise() {
	local pid

	for pid in $(pgrep '^(ksoftirqd|backlog_napi)/'); do
		chrt "$1" -p "$2" "$pid"
		check_err $? "thread $pid takes no priority"
	done
}

# hogs: a real-time process on every CPU that never sleeps; it looks at the clock
# by itself, since no timer's signal comes
hogs() {
	local cpu pids=()

	for cpu in 0 1; do
		taskset -c $cpu chrt -f $HOG_PRIORITY python3 -c "
import time
end = time.monotonic() + $HOG_SECONDS
while time.monotonic() < end:
    pass" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

lost() {
	sessions "$1" 'sum(d.session_statistics.down_count for d in v)'
}

test_up() {
	add_sessions
	all_are_up "after they were added"
	log_test "sessions come up"
}

test_failure() {
	watch_sessions "$h1" "$lib_tmp/events" 8
	cut "$h2" e2
	check_sessions "$h1" 8 'r.local_state == "down"' "the link is cut"
	monitor_stop
	check_down_times "$lib_tmp/events" 8 150000
	mend "$h2" e2
	all_are_up "the link is whole"
	log_test "a link that fails is noticed, not early and not late"
}

set_cpu() {
	echo "$1" >/sys/devices/system/cpu/cpu1/online
}

test_cpu() {
	set_cpu 0 || check_err 1 "CPU 1 does not go"
	sleep 1
	all_are_up "without CPU 1"
	set_cpu 1 || check_err 1 "CPU 1 does not come back"
	add_sessions
	all_are_up "with CPU 1 again"
	log_test "a CPU goes and comes back"
}

test_priority() {
	local ordinary

	sysctl -qw kernel.sched_rt_runtime_us=-1
	hogs
	ordinary=$(lost "$h1")
	add_sessions
	all_are_up "before"
	prioritise -f $((HOG_PRIORITY + 1))
	hogs
	check_eq "$(lost "$h1") $(lost "$h2")" "0 0" "sessions lost"
	log_info "with these threads as they are by default, sessions were lost $ordinary times"
	log_test "threads that send and receive above other real-time processes: none is lost to them"
	prioritise -o 0
	sysctl -qw kernel.sched_rt_runtime_us=950000
}

test_unload() {
	rmmod bfd
	check_err $? "it cannot be unloaded"
	log_test "unload while sessions are up"
}

bfd_load
two_hosts
check_err $? "two hosts cannot be set up"
for i in 1 2 3 4; do
	addr "$h1" e1 "10.0.$i.1/24" "fd00:$i::1/64"
	addr "$h2" e2 "10.0.$i.2/24" "fd00:$i::2/64"
done
test_up
test_failure
test_cpu
test_priority
test_unload
exit "$EXIT_STATUS"
