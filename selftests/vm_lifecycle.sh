#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Everything comes and goes at any moment: the module, namespaces, links, CPUs,
# sessions from several processes at once.
#
# shellcheck disable=SC2086,SC2154,SC2317 # words; setup_ns; called by in_background

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

SESSIONS=8	# per host, see many_sessions

# many_sessions NS1 IF1 NS2 IF2 [OPTION...]: IPv4 and IPv6, between two ends of a link
many_sessions() {
	local i n1=$1 if1=$2 n2=$3 if2=$4 a b
	shift 4

	for i in $(seq $((SESSIONS / 2))); do
		for a in "10.0.$i.1/24 10.0.$i.2/24" "fd00:$i::1/64 fd00:$i::2/64"; do
			b=${a#* } a=${a% *}
			echo "addr add $a dev $if1" >&3
			echo "addr add $b dev $if2" >&4
			echo "session add dest-addr ${b%/*} source-addr ${a%/*} interface $if1 $*" >&5
			echo "session add dest-addr ${a%/*} source-addr ${b%/*} interface $if2 $*" >&6
		done
	done 3>"$lib_tmp/addr1" 4>"$lib_tmp/addr2" 5>"$lib_tmp/add1" 6>"$lib_tmp/add2"
	# a second time, they are there
	ip -n "$n1" -force -batch "$lib_tmp/addr1" 2>/dev/null
	ip -n "$n2" -force -batch "$lib_tmp/addr2" 2>/dev/null
	bfdnl -n "$n1" -b "$lib_tmp/add1"
	check_err $? "sessions cannot be added in $n1"
	bfdnl -n "$n2" -b "$lib_tmp/add2"
	check_err $? "sessions cannot be added in $n2"
}

module_is_idle() {
	[ "$(cat /sys/module/bfd/refcnt)" = 0 ]
}

nothing_left() {
	local ns

	for ns in "$h1" "$h2"; do
		! ip netns exec "$ns" cat /proc/net/udp /proc/net/udp6 | grep -q ':0EC8 ' || return 1
	done
}

test_unload() {
	local i

	for i in {1..10}; do
		[ -d /sys/module/bfd ] || insmod "$BFD_KO"
		check_err $? "cannot be loaded again"
		many_sessions "$h1" e1 "$h2" e2 tx 5ms rx 5ms local-multiplier 100
		if [ $i = 1 ] || [ $i = 10 ]; then
			check_up "$h1" $SESSIONS "round $i"
		else
			sleep 0.$i
		fi
		rmmod bfd
		check_err $? "cannot be unloaded"
		nothing_left
		check_err $? "a socket is left"
		[ ! -e /proc/modules ] || ! grep -q '^bfd ' /proc/modules
		check_err $? "it is still there"
	done
	insmod "$BFD_KO"
	log_test "unload while sessions are up, 10 times"
}

# Processes that use the module all the time. They fail when it is not there.
busy=

be_busy() {
	in_background /dev/null "$@"
	busy+=" $background"
}

busy_dump() {
	while :; do
		bfdnl -n "$1" -j -s session show
		bfdnl -n "$1" -j stats show
	done
}

busy_add() {
	while :; do
		bfdnl -n "$1" -f -b "$lib_tmp/add1"
		bfdnl -n "$1" session flush
	done
}

busy_monitor() {
	while :; do
		timeout 2 bfdnl -n "$1" -j monitor
	done
}

test_unload_busy() {
	local i failed=0

	many_sessions "$h1" e1 "$h2" e2 tx 10ms rx 10ms
	be_busy busy_dump "$h1"
	be_busy busy_add "$h1"
	be_busy busy_monitor "$h1"
	for i in {1..10}; do
		sleep 0.3
		# a request under way holds the module
		until rmmod bfd 2>/dev/null; do
			failed=$((failed + 1))
			[ $failed -lt 2000 ] || break
		done
		insmod "$BFD_KO"
		check_err $? "cannot be loaded again"
	done
	[ $failed -lt 2000 ]
	check_err $? "cannot be unloaded"
	stop_busy
	log_info "unloading was refused $failed times"
	bfd "$h1" session flush
	module_is_idle
	check_err $? "the module is in use: $(cat /sys/module/bfd/refcnt)"
	log_test "unload while other processes dump, add and monitor"
}

no_bfdnl_runs() {
	! pgrep -x bfdnl >/dev/null
}

# What such a process started goes on for a moment after it.
stop_busy() {
	kill $busy 2>/dev/null
	wait $busy 2>/dev/null
	busy=
	pkill -x bfdnl
	busywait 10000 no_bfdnl_runs
	check_err $? "a request does not end"
}

# Events of EVENTS sessions wait to be sent when the namespace goes, or the module.
EVENTS=400

test_events() {
	local i a b told=0

	for ((i = 0; i < EVENTS; i++)); do
		echo "session add dest-addr 10.1.$((i / 200)).$((i % 200 + 1)) source-addr 10.1.9.1"
	done >"$lib_tmp/events.add"
	for i in {1..8}; do
		setup_ns a b && veth "$a" ea "$b" eb && addr "$a" ea 10.1.9.1/16
		check_err $? "namespaces cannot be set up"
		bfd "$a" -b "$lib_tmp/events.add"
		check_err $? "sessions cannot be added"
		monitor_start "$a" "$lib_tmp/events$i"
		bfd "$a" session flush &
		if [ $((i % 2)) = 0 ]; then
			cleanup_ns "$a"
			rmmod bfd && insmod "$BFD_KO"
			check_err $? "cannot be unloaded and loaded again"
		else
			until rmmod bfd 2>/dev/null; do :; done
			insmod "$BFD_KO"
			check_err $? "cannot be loaded again"
			cleanup_ns "$a"
		fi
		wait $!
		cleanup_ns "$b"
		monitor_stop
		told=$((told + $(wc -l <"$lib_tmp/events$i")))
	done
	log_info "$told events were told"
	module_is_idle
	check_err $? "the module is in use: $(cat /sys/module/bfd/refcnt)"
	log_test "a namespace or the module goes while events of $EVENTS sessions wait to be sent"
}

test_netns() {
	local i a b

	for i in {1..20}; do
		setup_ns a b && veth "$a" ea "$b" eb
		check_err $? "namespaces cannot be set up"
		many_sessions "$a" ea "$b" eb tx 5ms rx 5ms local-multiplier 100
		if [ $i = 20 ]; then
			check_up "$a" $SESSIONS "the last round"
			# the other end's link goes with it; nobody says AdminDown
			cleanup_ns "$a"
			check_sessions "$b" $SESSIONS 'r.local_state == "down" and
				r.local_diagnostic in ("path-down", "control-expiry")' "the other end"
		elif [ $((i % 2)) = 0 ]; then
			cleanup_ns "$a" "$b"
		else
			cleanup_ns "$b" "$a"
		fi
	done
	cleanup_ns "$b"
	log_test "namespaces are deleted while sessions run, 20 times"
}

test_interface() {
	local i

	many_sessions "$h1" e1 "$h2" e2 tx 20ms rx 20ms local-multiplier 25
	check_up "$h1" $SESSIONS "before"
	for i in {1..10}; do
		ip -n "$h2" link del e2
		check_sessions "$h1" $SESSIONS 'r.local_state == "down" and
			r.local_diagnostic == "path-down" and d.ifindex is None and
			d.interface == "e1"' "the link is deleted"
		veth "$h1" e1 "$h2" e2
		ip -n "$h1" -batch "$lib_tmp/addr1"
		ip -n "$h2" -batch "$lib_tmp/addr2"
		[ $((i % 3)) != 1 ] || check_up "$h1" $SESSIONS "the link is there again"
	done
	check_up "$h1" $SESSIONS "at the end"
	bfd "$h1" session flush
	bfd "$h2" session flush
	log_test "the link is deleted and made again while sessions run, 10 times"
}

# Four processes in three namespaces, which also share one
test_parallel() {
	local ns

	many_sessions "$h1" e1 "$h2" e2 tx 10ms rx 10ms local-multiplier 50
	setup_ns other
	ip -n "$other" addr add 10.0.1.1/24 dev lo
	for ns in "$h1" "$h2" "$other"; do
		be_busy busy_dump "$ns"
		be_busy busy_monitor "$ns"
		be_busy busy_add "$ns"
	done
	be_busy busy_add "$h1"
	sleep 5
	stop_busy
	for ns in "$h1" "$h2" "$other"; do
		bfd "$ns" session flush
	done
	check_eq "$(stats "$h1" 'v.netns.number_of_sessions + v.netns.packet_rate +
		sum(c.sessions + sum(c.wheel_occupancy) for c in v.cpus)')" 0 "what is left"
	nothing_left
	check_err $? "a socket is left"
	module_is_idle
	check_err $? "the module is in use: $(cat /sys/module/bfd/refcnt)"
	log_test "sessions added, shown, watched and deleted by ten processes at once"
}

wheel_sessions() {
	stats "$h1" '[c.sessions for c in v.cpus]'
}

test_cpus() {
	local i downs online=/sys/devices/system/cpu/cpu1/online

	if [ ! -w $online ]; then
		log_test_skip "CPUs" "no second CPU"
		return
	fi
	many_sessions "$h1" e1 "$h2" e2 tx 200ms rx 200ms local-multiplier 10
	check_up "$h1" $SESSIONS "before"
	check_eq "$(wheel_sessions)" "$SESSIONS $SESSIONS" "sessions on CPU 0 and 1"
	for i in {1..10}; do
		echo 0 >$online || check_err 1 "the CPU cannot be taken away"
		check_eq "$(wheel_sessions)" "$((2 * SESSIONS)) 0" "sessions without CPU 1"
		check_eq "$(stats "$h1" 'sum(v.cpus[1].wheel_occupancy)')" 0 \
			"timers on a CPU that is away"
		sleep 0.5
		echo 1 >$online || check_err 1 "the CPU cannot be brought back"
		sleep 0.2
	done
	sleep 2
	check_up "$h1" $SESSIONS "after"
	downs=$(sessions "$h1" 'sum(d.session_statistics.down_count for d in v)')
	check_eq "$downs" 0 "sessions lost"
	# what comes now goes to the CPU that is idle
	bfd "$h1" session flush
	bfd "$h2" session flush
	many_sessions "$h1" e1 "$h2" e2 tx 200ms rx 200ms local-multiplier 10
	check_eq "$(wheel_sessions)" "$SESSIONS $SESSIONS" "sessions on CPU 0 and 1, added anew"
	check_up "$h1" $SESSIONS "anew"
	# all of them made while there is one CPU
	bfd "$h1" session flush
	bfd "$h2" session flush
	echo 0 >$online
	many_sessions "$h1" e1 "$h2" e2 tx 200ms rx 200ms local-multiplier 10
	check_up "$h1" $SESSIONS "on one CPU"
	echo 1 >$online
	bfd "$h1" session flush
	bfd "$h2" session flush
	log_test "a CPU goes and comes back 10 times: sessions move, none is lost"
}

slab() {
	awk '/^Slab:/ { print $2 }' /proc/meminfo
}

test_memory() {
	local i before after

	for i in $(seq 2000); do
		echo "session add dest-addr 10.$((8 + i / 250)).$((i % 250)).2 passive"
	done >"$lib_tmp/thousands"
	for i in {0..5}; do
		bfdnl -n "$h1" -b "$lib_tmp/thousands"
		check_err $? "2000 sessions cannot be added"
		check_eq "$(stats "$h1" v.netns.number_of_sessions)" 2000 "sessions"
		bfd "$h1" session flush
		check_eq "$(stats "$h1" v.netns.number_of_sessions)" 0 "sessions"
		sleep 0.5	# freed after a grace period
		[ $i != 0 ] || before=$(slab)
	done
	after=$(slab)
	# a session is about 1 kB: a leak of one in ten would be 1 MB
	[ $((after - before)) -lt 1000 ]
	check_err $? "slab grew from $before to $after kB"
	log_info "slab: $before kB, later $after kB"
	log_test "2000 sessions added and deleted 5 times: memory comes back"
}

cp "$BFD_KO" "$lib_tmp/bfd.ko"	# loading it from there is faster
BFD_KO=$lib_tmp/bfd.ko
bfd_load
two_hosts
check_err $? "two hosts cannot be set up"
test_unload
test_unload_busy
test_events
test_netns
test_interface
test_parallel
test_cpus
test_memory
bfd "$h1" session flush
bfd "$h2" session flush
module_is_idle
check_err $? "the module is in use"
rmmod bfd
check_err $? "cannot be unloaded"
log_test "unload at the end"
exit "$EXIT_STATUS"
