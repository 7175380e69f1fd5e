#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two CPUs at work on the same sessions: timers on one, requests, reception and
# what they lead to on the other.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

SESSIONS=12

[ "$(nproc)" -ge 2 ] || skip_all "needs two CPUs"

# repeat COUNT LINE
repeat() {
	local i

	for ((i = 0; i < $1; i++)); do
		echo "$2"
	done
}

# add_sessions COUNT [OPTION...]: on a link, half of them with their timers on each CPU
add_sessions() {
	local i count=$1
	shift

	for ((i = 1; i <= count; i++)); do
		echo "session add dest-addr 10.0.$i.2 source-addr 10.0.$i.1 interface e1 $*" >&3
		echo "session add dest-addr 10.0.$i.1 source-addr 10.0.$i.2 interface e2 $*" >&4
	done 3>"$lib_tmp/add1" 4>"$lib_tmp/add2"
	bfd "$h1" -b "$lib_tmp/add1" && bfd "$h2" -b "$lib_tmp/add2"
	check_err $? "sessions cannot be added"
}

# each_session NS WORDS...: a batch, in $lib_tmp/NS, that sets all sessions to each of
# WORDS, with pauses that let them send on schedule in between
each_session() {
	local id ids words

	ids=$(sessions "$1" '[d.id for d in v]')
	for words in "${@:2}"; do
		for id in $ids; do
			echo "session set id $id $words"
			repeat 3 "session show id $id"
		done
	done >"$lib_tmp/$1"
}

# on_cpu CPU NS: do the batch
on_cpu() {
	taskset -c "$1" bfdnl -n "$2" -b "$lib_tmp/$2" >/dev/null
	check_err $? "requests on CPU $1"
}

# inversions FILE: packets of a session that left after a younger one, and all
inversions() {
	packets "$1" 'sum(bad for bad in [sum(not 0 < b - a & 0xffffffff < 1 << 31 for a, b in zip(s, s[1:])) for s in
		[[p.auth_seq for p in v if p.src == src] for src in {p.src for p in v}]]), len(v)'
}

test_order() {
	local end bad count

	bfd "$h1" key set 1 type meticulous-keyed-sha1 password secret
	bfd "$h2" key set 1 type meticulous-keyed-sha1 password secret
	# without the turn of a session, several packets are overtaken in this time
	insmod "$lib_dir/../build/$BFD_KERNEL/selftests/mod/bfd_delay.ko" us=2000
	check_err $? "packets cannot be held up"
	# few, so that much of what meets is of the same one
	add_sessions 2 tx 5ms rx 5ms local-multiplier 200 key 1 key-id 1
	check_up "$h1" 2 "sessions are not up"
	# a diagnostic is told at once
	each_session "$h1" "path-diagnostic "{,,,,,,,,,,,,,,,,,,,}{concatenated-path-down,none}
	capture_start "$h1" e1 "$lib_tmp/order.pcap" "udp port 3784 and outbound"
	end=$((SECONDS + 8))
	while [ $SECONDS -lt $end ]; do
		on_cpu 1 "$h1"
		on_cpu 0 "$h1"
	done
	capture_end
	rmmod bfd_delay
	read -r bad count <<<"$(inversions "$lib_tmp/order.pcap")"
	log_info "$count packets, $bad behind a younger one"
	[ "${count:-0}" -gt 1000 ]
	check_err $? "only $count packets"
	check_eq "$bad" 0 "number of packets that left behind a younger one"
	log_test "packets of a session leave in the order in which they were made, on all CPUs"
}

# reception NS IF CPUS: a mask of CPUs that receive what comes by the link
reception() {
	ip netns exec "$1" sh -c "echo $3 >/sys/class/net/$2/queues/rx-0/rps_cpus"
	check_err $? "reception cannot be moved"
}

# change_all NS: until it is stopped, tell another diagnostic with all sessions
change_all() {
	while bfdnl -n "$1" -b "$lib_tmp/$1" >/dev/null; do
		:
	done
}

sessions_by_cpu() {
	stats "$h1" '[c.sessions for c in v.cpus]'
}

# check_counts NS NS2: what the one has sent, but for what is on its way, the other one has taken
check_counts() {
	local sent taken

	taken=$(sessions "$2" 'sum(s.receive_packet_count + s.receive_invalid_packet_count
		for d in v for s in [d.session_statistics])')
	sent=$(sessions "$1" 'sum(d.session_statistics.send_packet_count for d in v)')
	log_info "$sent packets sent, $taken taken"
	[ "$sent" -ge "$taken" ] && [ "$taken" -gt $((sent * 9 / 10)) ]
	check_err $? "$sent packets sent, $taken taken"
}

test_load() {
	local i online=/sys/devices/system/cpu/cpu1/online bad count

	for i in "$h1" "$h2"; do
		bfd "$i" session flush
	done
	# not on the one that goes: the kernel may leave its queue of received packets stuck
	reception "$h1" e1 1
	reception "$h2" e2 1
	add_sessions $SESSIONS tx 250ms rx 250ms local-multiplier 6 key 1 key-id 1
	check_up "$h1" $SESSIONS "before"
	check_up "$h2" $SESSIONS "before"
	# both namespaces' sessions are counted
	check_eq "$(sessions_by_cpu)" "$SESSIONS $SESSIONS" "sessions on CPU 0 and 1"
	each_session "$h1" "path-diagnostic "{concatenated-path-down,none}
	each_session "$h2" "path-diagnostic "{concatenated-path-down,none}
	capture_start "$h1" e1 "$lib_tmp/load.pcap" "udp port 3784 and outbound"
	in_background "$lib_tmp/changes1" change_all "$h1"
	in_background "$lib_tmp/changes2" change_all "$h2"
	in_background "$lib_tmp/ping" ip netns exec "$h1" ping -q -i 0.005 -s 1000 192.0.2.2
	for i in {1..8}; do
		echo 0 >$online || check_err 1 "the CPU cannot be taken away"
		check_eq "$(sessions_by_cpu)" "$((2 * SESSIONS)) 0" "sessions without CPU 1"
		sleep 0.7
		echo 1 >$online || check_err 1 "the CPU cannot be brought back"
		sleep 0.7
	done
	sleep 2
	capture_end
	check_up "$h1" $SESSIONS "after"
	check_up "$h2" $SESSIONS "after"
	for i in "$h1" "$h2"; do
		check_eq "$(sessions "$i" 'sum(d.session_statistics.down_count for d in v)')" 0 \
			"sessions lost"
	done
	log_test "receiving on CPU 0, while CPU 1 comes and goes, under load: no session is lost"

	read -r bad count <<<"$(inversions "$lib_tmp/load.pcap")"
	log_info "$count packets, $bad behind a younger one"
	[ "${count:-0}" -gt 100 ]
	check_err $? "only $count packets"
	check_eq "$bad" 0 "number of packets that left behind a younger one"
	log_test "meanwhile packets leave in order"

	check_counts "$h1" "$h2"
	check_counts "$h2" "$h1"
	check_eq "$(stats "$h1" 'sum(c.sessions for c in v.cpus)')" $((2 * SESSIONS)) "sessions"
	log_test "counters of both ends agree"
	reception "$h1" e1 0
	reception "$h2" e2 0
}

# Half of an owner's sessions are to be deleted, the others taken down.
test_owner() {
	local i start took

	for i in "$h1" "$h2"; do
		bfd "$i" session flush
	done
	for ((i = 0; i < 2000; i++)); do
		set -- admin-down delete
		shift $((i % 2))
		echo "session add dest-addr 10.$((100 + i / 250)).$((i % 250)).2" \
			"source-addr 192.0.2.1 tx 1s rx 1s owner-exit $1"
	done >"$lib_tmp/owned"
	ip -n "$h1" route add 10.0.0.0/8 via 192.0.2.2
	mkfifo "$lib_tmp/owner"
	in_background "$lib_tmp/owner.out" bfdnl -n "$h1" -b "$lib_tmp/owner"
	exec {to_owner}>"$lib_tmp/owner"
	cat "$lib_tmp/owned" >&"$to_owner"
	WAIT_TIMEOUT=60 await owner_has 2000
	check_err $? "there are $(stats "$h1" v.netns.number_of_sessions) sessions"
	check_eq "$(sessions_by_cpu)" "1000 1000" "sessions on CPU 0 and 1"
	start=$(monotonic_ms)
	kill -9 "$background"
	await owner_has 1000
	check_err $? "there are $(stats "$h1" v.netns.number_of_sessions) sessions afterwards"
	took=$(($(monotonic_ms) - start))
	exec {to_owner}>&-
	check_sessions "$h1" 1000 'r.local_state == "adminDown" and d.owner_exit in (None, "keep")' \
		"what is left"
	log_info "2,000 sessions of an owner that is killed: $took ms"
	bfd "$h1" session flush
	log_test "an owner of 2,000 sessions on both CPUs ends: each is deleted or taken down"
}

owner_has() {
	[ "$(stats "$h1" v.netns.number_of_sessions)" = "$1" ]
}

bfd_load
two_hosts
check_err $? "two hosts cannot be set up"
for ((i = 1; i <= SESSIONS; i++)); do
	addr "$h1" e1 10.0.$i.1/24
	addr "$h2" e2 10.0.$i.2/24
done
test_order
test_load
test_owner
exit "$EXIT_STATUS"
