#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# BGP that is watched by BFD, 3 x 20 ms: FRR leaves its sessions to the kernel in
# $h1, by way of bfdagentd, and runs them itself in $h3. Both have the kernel in $h2
# as their peer.
#
# Times are those of a machine with one CPU if instructions are counted (scripts/vm
# -i shift=0,sleep=off), whatever else the machine that emulates it does meanwhile.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"
# shellcheck source=selftests/lib/frr.sh
. "$(dirname "$0")/lib/frr.sh"

ROUNDS=3
LIMIT=100	# ms from the loss of the link to the end of the neighbour
STARVED=1	# s
WAIT_TIMEOUT=90	# bgpd doubles the time until it tries again whenever it failed
require_command bfdagentd
require_frr bfdd bgpd zebra

# bgpd_start NS AS [ARG...]: the input has the neighbours
bgpd_start() {
	{
		echo "log file /run/frr/$1/bgpd.log"
		echo "log timestamp precision 6"
		echo "router bgp $2"
		echo " bgp router-id 10.0.0.${2: -1}"
		echo " bgp log-neighbor-changes"
		echo " no bgp ebgp-requires-policy"
		cat
	} | frr_config "$1" bgpd
	frr_daemon "$1" bgpd "${@:3}"
}

# warm FILE...: programs are read, with their libraries. What is not in memory comes from
# the machine's disk, and meanwhile the clock of a guest that has nothing to do flies.
warm() {
	{
		printf '%s\n' "$@"
		ldd "$@" | grep -o '/[^ ]*[^ :]'
		find /usr/share/yang -type f
	} | sort -u | xargs cat >/dev/null
}

# bgp_watched NS AS NEIGHBOUR [BFDD ARG...]: FRR with BFD
bgp_watched() {
	bfdd_config "$1" 20 3
	frr_daemon "$1" zebra
	zebra_await "$1"
	frr_daemon "$1" bfdd "${@:4}"
	printf " neighbor $3 %s\n" "remote-as 65002" "timers connect 1" bfd "bfd profile test" |
		bgpd_start "$1" "$2"
}

# cutter_start NS IF: will cut, and mend, at a word's notice
cutter_start() {
	local fd

	modprobe -aq sch_ingress cls_matchall act_gact
	tc -n "$1" qdisc add dev "$2" clsact && mkfifo "$lib_tmp/$1.tc"
	check_err $? "$2 will not be cut"
	in_background "$lib_tmp/$1.cut" tc -n "$1" -force -batch "$lib_tmp/$1.tc"
	exec {fd}>"$lib_tmp/$1.tc"
	cutter[$1]=$fd
}

setup() {
	local programs

	mapfile -t programs < <(type -P bfdagentd bfdnl vtysh ip tc python3 sysctl chown mkdir touch \
		date sed grep wc tail sleep)
	warm "$frr_dir"/{bfdd,bgpd,zebra} "${programs[@]}"
	check_err $? "programs cannot be read"
	bfd_load
	python3 "$lib_dir/vm_hog.py" 0.1 >"$lib_tmp/hog" 2>&1	# it, too, is read once before it counts
	two_hosts && setup_ns h3 && veth "$h3" e3 "$h2" e4 &&
		addr "$h3" e3 198.51.100.1/24 && addr "$h2" e4 198.51.100.2/24
	check_err $? "three hosts cannot be set up"
	for i in 192.0.2.1 198.51.100.1; do
		bfd "$h2" session add dest-addr $i tx 20ms rx 20ms local-multiplier 3
	done
	echo 'agent = { frr = { connect = "127.0.0.1:50700"; }; };' >"$lib_tmp/agent.conf"
	in_background "$lib_tmp/agent.out" ip netns exec "$h1" bfdagentd -d \
		-c "$lib_tmp/agent.conf" -l "$lib_tmp/ledger"
	printf ' neighbor %s\n' "192.0.2.1 remote-as 65001" "192.0.2.1 timers connect 1" \
		"198.51.100.1 remote-as 65003" "198.51.100.1 timers connect 1" |
		bgpd_start "$h2" 65002 -Z
	bgp_watched "$h1" 65001 192.0.2.2 --dplaneaddr ipv4:127.0.0.1:50700
	bgp_watched "$h3" 65003 198.51.100.2
	bfd_of[$h1]="the kernel" bfd_of[$h3]=bfdd
	link_of[$h1]=e1 link_of[$h3]=e3
	cutter_start "$h1" e1
	cutter_start "$h3" e3
}

bgp_is_up() {
	frr_json "$1" bgpd "show bgp neighbors" \
		'v and all(n.bgpState == "Established" for n in v.values())' >/dev/null &&
		bfdd_peers "$1" 'len(v) == 1 and v[0].status == "up" and v[0].remote_transmit_interval == 20' \
			>/dev/null
}

check_bgp_up() {
	await bgp_is_up "$1"
	check_err $? "$2: BGP $(frr_json "$1" bgpd "show bgp neighbors" '[n.bgpState for n in v.values()]'), \
BFD $(bfdd_peers "$1" '[(p.status, p.remote_transmit_interval) for p in v]')"
}

# losses NS: when bgpd lost its neighbour; long before its hold time of 180 s
losses() {
	sed -n 's/ BGP: .*ADJCHANGE.* Down .*//p' "/run/frr/$1/bgpd.log"
}

has_losses() {
	[ "$(losses "$1" | wc -l)" -ge "$2" ]
}

# down_time NS: of the neighbour, after a loss of the link, in ms
down_time() {
	local before begin end way

	before=$(losses "$1" | wc -l)
	begin=${EPOCHREALTIME/./}
	for way in ingress egress; do
		echo "filter add dev ${link_of[$1]} $way matchall action drop"
	done >&"${cutter[$1]}"
	await has_losses "$1" $((before + 1))
	check_err $? "BGP does not end: $(tail -n 2 "/run/frr/$1/bgpd.log")"
	end=$(date -d "$(losses "$1" | sed -n "$((before + 1))p")" +%s%6N)
	times+=("$(((end - begin + 500) / 1000))")
	for way in ingress egress; do
		echo "filter del dev ${link_of[$1]} $way"
	done >&"${cutter[$1]}"
}

test_up() {
	check_bgp_up "$h1" "with the kernel"
	check_bgp_up "$h3" "with bfdd"
	check_sessions "$h1" 1 'r.detection_time == 60000 and r.negotiated_tx_interval == 20000' \
		"bgpd's session"
	log_test "BGP comes up, and its BFD with 3 x 20 ms"
}

# test_down NS
test_down() {
	local i times=()

	for ((i = 0; i < ROUNDS; i++)); do
		check_bgp_up "$1" "before"
		down_time "$1"
	done
	check_bgp_up "$1" "at the end"
	log_info "link lost: BGP ends after ${times[*]} ms"
	for i in "${times[@]}"; do
		[ "$i" -gt 0 ] && [ "$i" -lt $LIMIT ]
		check_err $? "it was $i ms"
	done
	log_test "the link is lost: BGP ends within $LIMIT ms, BFD by ${bfd_of[$1]}"
}

test_starved() {
	local ours theirs

	sysctl -qw kernel.sched_rt_runtime_us=-1
	check_bgp_up "$h1" "before"
	check_bgp_up "$h3" "before"
	ours=$(losses "$h1" | wc -l)
	theirs=$(losses "$h3" | wc -l)
	python3 "$lib_dir/vm_hog.py" $STARVED >"$lib_tmp/hog" 2>&1
	check_err $? "$(tail -n 2 "$lib_tmp/hog" | paste -sd ';')"
	await has_losses "$h3" $((theirs + 1))
	check_err $? "bfdd's own session has survived"
	log_info "$(cat "$lib_tmp/hog")"
	check_eq "$(losses "$h1" | wc -l)" "$ours" "number of losses with the kernel's BFD"
	check_eq "$(sessions "$h1" 'v[0].session_running.local_state')" up "state"
	log_test "SCHED_FIFO takes the CPU for $STARVED s: BGP with the kernel's BFD stays up, with bfdd's it ends"
}

declare -A cutter bfd_of link_of
setup
test_up
test_down "$h1"
test_down "$h3"
test_starved
exit "$EXIT_STATUS"
