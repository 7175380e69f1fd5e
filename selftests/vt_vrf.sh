#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sessions in VRFs, with the sysctls as they are by default.
# shellcheck disable=SC2086,SC2119 # words; arguments are optional
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7

fast='tx 50ms rx 50ms'
# two peers' addresses, as seen from h1 and from h2
from_h1='dest-addr 192.0.2.2 source-addr 192.0.2.1'
from_h2='dest-addr 192.0.2.1 source-addr 192.0.2.2'

# pair OPTION...: a session of each host with the other
pair() {
	bfd_add "$h1" $from_h1 $fast "$@" && bfd_add "$h2" $from_h2 $fast "$@"
}

# fresh N: vrf_hosts N, nothing else
fresh() {
	cleanup_all_ns
	vrf_hosts "$1" || check_err $? "no hosts"
}

# shown NS NAME [SELECTOR...]: a value of a session
shown() {
	bfd_get "$1" ".\"$2\"" "${@:3}"
}

# downs NS: how often sessions left Up
downs() {
	bfdnl -n "$1" -j -s session show | jq '[.[]."session-statistics"."down-count"] | add'
}

drops() {
	bfd_net_stat "$1" '[.netns.drops[]] | add'
}

ten_vrfs() {
	local i n

	fresh 10
	check_eq "$(ip netns exec "$h1" sysctl -n net.ipv4.udp_l3mdev_accept)" 0 "udp_l3mdev_accept"
	for i in {0..10}; do
		pair interface "e$i"
		bfd_add "$h1" dest-addr 2001:db8::2 $fast interface "e$i" &&
			bfd_add "$h2" dest-addr 2001:db8::1 $fast interface "e$i"
		bfd_add "$h1" dest-addr fe80::2 $fast interface "e$i" &&
			bfd_add "$h2" dest-addr fe80::1 $fast interface "e$i"
		[ "$i" = 0 ] && continue
		pair vrf "red$i" multihop
		check_err $? "no sessions in red$i"
	done
	check_eq "$(bfdnl -n "$h1" -j session show | jq length)" 43 "sessions"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	n=$(bfdnl -n "$h1" -j session show |
		jq -r '[.[] | select(.interface == "e7" or .vrf == "red7") | .vrf] | join(" ")')
	check_eq "$n" "red7 red7 red7 red7" "the VRFs shown"
	check_eq "$(shown "$h1" vrf interface e0 dest-addr 192.0.2.2)" null "the VRF of e0"
	# first packets may have come before the session that they are for
	bfd "$h1" stats clear && bfd "$h2" stats clear
	sleep 2
	check_eq "$(drops "$h1") $(drops "$h2")" "0 0" "packets dropped"
	# two families in every VRF and outside, multihop IPv4 in each VRF
	check_eq "$(udp_sockets "$h1" 3784) $(udp_sockets "$h1" 4784)" "22 10" "sockets"
	log_test "the same addresses in ten VRFs and outside: 43 sessions, all Up"

	ip -n "$h2" link set e4 down
	sleep 2
	n=$(bfdnl -n "$h1" -j session show | jq -r \
		'[.[] | select(."session-running"."local-state" == "down") | .vrf] | join(" ")')
	check_eq "$n" "red4 red4 red4 red4" "the VRFs that are down"
	log_test "the link of one VRF fails: no other session notices"

	ip netns exec "$h1" sysctl -qw net.ipv4.udp_l3mdev_accept=1
	ip netns exec "$h2" sysctl -qw net.ipv4.udp_l3mdev_accept=1
	n=$(downs "$h1")
	sleep 5
	check_eq "$(downs "$h1")" "$n" "how often sessions left Up"
	check_eq "$(drops "$h1") $(drops "$h2")" "0 0" "packets dropped"
	log_test "the same with udp_l3mdev_accept=1"

	for i in {1..10}; do
		bfd "$h1" session del dest-addr 192.0.2.2 vrf "red$i" multihop
		check_err $? "red$i: multihop"
		check_eq "$(udp_sockets "$h1" 4784)" $((10 - i)) "sockets for multihop"
		bfd "$h1" session del dest-addr 192.0.2.2 vrf "red$i"
		check_err $? "red$i: single hop"
		check_eq "$(udp_sockets "$h1" 3784)" $((22 - i)) "sockets for single hop"
	done
	# what the words would have made
	bfd "$h1" session del dest-addr 192.0.2.2
	check_eq "$(udp_sockets "$h1" 3784)" 11 "sockets for single hop"
	check_eq "$(bfdnl -n "$h1" -j session show dest-addr 192.0.2.2)" "[]" "what is left"
	bfd "$h1" session flush
	check_eq "$(udp_sockets "$h1" 3784)" 0 "sockets"
	log_test "sessions are found by their VRF; sockets go with the last one of theirs"
}

test_refused() {
	local what

	fresh 2
	while read -r what; do
		bfd "$h1" session add ${what#*:} 2>"$lib_tmp/err"
		check_eq $? 2 "exit status for $what"
		grep -q "${what%%:*}" "$lib_tmp/err"
		check_err $? "${what#*:}: $(cat "$lib_tmp/err")"
	done <<-END
		no such VRF:dest-addr 192.0.2.2 vrf nope
		not a VRF:dest-addr 192.0.2.2 vrf e1
		not in this VRF:dest-addr 192.0.2.2 vrf red1 interface e2
		not in this VRF:dest-addr 192.0.2.2 vrf red1 interface e0
		give it as vrf:dest-addr 192.0.2.2 interface red1
		not an address of this host:dest-addr 192.0.2.2 source-addr 198.51.100.1 vrf red1
		not an address of this host in this VRF:dest-addr 2001:db8::2 source-addr ::1 vrf red1
		broadcast:dest-addr 192.0.2.255 vrf red1
	END
	ip -n "$h1" addr del 192.0.2.1/24 dev e0
	# it is one of red1's, though
	bfd "$h1" session add $from_h1 multihop 2>"$lib_tmp/err"
	check_fail $? "an address of a VRF was accepted outside"
	pair interface e1 vrf red1
	check_err $? "a session with both"
	bfd "$h1" session add $from_h1 interface e1 2>/dev/null
	check_fail $? "the same session twice"
	bfd "$h1" session add $from_h1 vrf red1 2>/dev/null
	check_fail $? "the same session without its link"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	log_test "what contradicts itself is refused"
}

# A process that has the port, as a daemon would: holder NS PORT [DEVICE]; in $holder
holder() {
	in_background "$lib_tmp/holder" ip netns exec "$1" python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if len(sys.argv) > 2:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[2].encode() + b"\0")
s.bind(("", int(sys.argv[1])))
print("bound", flush=True)
time.sleep(1000)' "${@:2}"
	holder=$background
	busywait 2000 grep -qs bound "$lib_tmp/holder"
}

# in_use OPTION...: a session is refused as the port is taken
in_use() {
	bfd "$h1" session add $from_h1 "$@" 2>"$lib_tmp/err"
	check_eq $? 2 "exit status for $*"
	grep -q 'UDP port .784 is in use' "$lib_tmp/err"
	check_err $? "$*: $(cat "$lib_tmp/err")"
}

test_clash() {
	fresh 2
	holder "$h1" 3784
	check_err $? "the port cannot be had"
	in_use interface e1
	in_use vrf red1
	in_use interface e0
	stop_background "$holder"
	holder "$h1" 3784 red1
	in_use interface e1
	in_use interface e0
	pair interface e2
	check_err $? "a session of another VRF is refused"
	stop_background "$holder"
	log_test "a program has the port, everywhere or in one VRF: sessions there are refused"

	pair interface e1 && pair interface e0
	check_err $? "no sessions"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	holder "$h1" 3784
	check_fail $? "a program can have the port as well"
	holder "$h1" 3784 red1
	check_fail $? "a program can have the port in red1 as well"
	holder "$h1" 3784 e1
	check_fail $? "a program can have the port on e1 as well"
	bfd "$h1" session del $from_h1 interface e0
	holder "$h1" 3784
	check_fail $? "a program can have the port while only VRFs have sessions"
	log_test "VRFs have the port: a program with SO_REUSEADDR is told"

	bfd "$h1" session flush && bfd "$h2" session flush
	pair interface e1
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	ip -n "$h1" link set e1 netns "$h2" name x1
	check_eq "$(udp_sockets "$h1" 3784)" 0 "sockets of a session that is away"
	holder "$h1" 3784
	check_err $? "the port cannot be had"
	ip -n "$h2" link set x1 netns "$h1" name e1
	link_up "$h1" e1
	ip -n "$h1" link set e1 master red1
	addr "$h1" e1 192.0.2.1/24
	sleep 3
	check_eq "$(bfd_state "$h1")" down "the state"
	check_eq "$(bfd_running "$h1" last-send-error)" 98 "the last error (EADDRINUSE)"
	stop_background "$holder"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up when the port is free"
	check_eq "$(udp_sockets "$h1" 3784)" 1 "sockets"
	log_test "a program took the port while the link was away: reported, and Up when it is gone"
}

# place NS: what sessions show of links and VRFs
place() {
	bfdnl -n "$1" -j session show |
		jq -r '[.[] | "\(.interface):\(.vrf)"] | unique | join(" ")'
}

readdress() {
	ip -n "$1" link set e1 up
	ip -n "$1" addr replace "192.0.2.${1:1:1}/24" dev e1
	ip -n "$1" addr replace "2001:db8::${1:1:1}/64" dev e1 nodad
	ip -n "$1" addr replace "fe80::${1:1:1}/64" dev e1 nodad
}

three_families() {
	pair interface e1 "$@" &&
		bfd_add "$h1" dest-addr 2001:db8::2 source-addr 2001:db8::1 $fast interface e1 "$@" &&
		bfd_add "$h2" dest-addr 2001:db8::1 source-addr 2001:db8::2 $fast interface e1 "$@" &&
		bfd_add "$h1" dest-addr fe80::2 $fast interface e1 "$@" &&
		bfd_add "$h2" dest-addr fe80::1 $fast interface e1 "$@"
	check_err $? "no sessions"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
}

test_implied() {
	fresh 1
	ip -n "$h1" link set e0 down
	three_families
	check_eq "$(place "$h1")" e1:red1 "the place"
	ip -n "$h1" link set e1 nomaster
	check_eq "$(place "$h1")" e1:null "the place"
	check_eq "$(udp_sockets "$h1" 3784)" 2 "sockets"
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	log_test "a link leaves its VRF: sessions that ask for no VRF go with it"

	vrf "$h1" blue 300 e1
	check_eq "$(place "$h1")" e1:blue "the place"
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	log_test "a link gets into another VRF: they go with it"

	ip -n "$h1" link set blue down
	ip -n "$h1" link set blue name green
	ip -n "$h1" link set green up
	check_eq "$(place "$h1")" e1:green "the place"
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	log_test "the VRF gets another name: it is shown"

	ip -n "$h1" link del green
	check_eq "$(place "$h1")" e1:null "the place"
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	check_eq "$(udp_sockets "$h1" 3784)" 2 "sockets"
	log_test "the VRF is deleted: they go on outside"
}

# away NS: down at once, for path down, without a socket
check_away() {
	check_eq "$(bfd_states "$1")" down "the states"
	check_eq "$(bfdnl -n "$1" -j session show | jq -r '[.[]."session-running"."local-diagnostic"] | unique | join(" ")')" \
		path-down "the diagnostic"
	check_eq "$(udp_sockets "$1" 3784)" 0 "sockets"
}

test_explicit() {
	fresh 1
	three_families vrf red1
	ip -n "$h1" link set e1 nomaster
	check_away "$h1"
	readdress "$h1"
	sleep 3
	check_eq "$(bfd_states "$h1")" down "the states"
	check_eq "$(place "$h1")" e1:red1 "the place"
	check_eq "$(bfd_running "$h1" last-send-error dest-addr 192.0.2.2)" 19 "the last error (ENODEV)"
	check_eq "$(bfd_running "$h1" last-send-error dest-addr fe80::2)" 19 "the last error (ENODEV)"
	log_test "a link leaves the VRF that its sessions ask for: Down, Path Down"

	ip -n "$h1" link set e1 master red1
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	log_test "it returns: Up again"

	ip -n "$h1" link del red1
	check_away "$h1"
	check_eq "$(place "$h1")" e1:red1 "the place"
	vrf "$h1" red1 777 e1
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	log_test "the VRF is deleted and made anew, with another table: Up again"

	ip -n "$h1" link set red1 down
	ip -n "$h1" link set red1 name black
	ip -n "$h1" link set black up
	readdress "$h1"
	check_eq "$(place "$h1")" e1:black "the place"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	vrf "$h1" red1 778
	sleep 2
	check_eq "$(place "$h1") $(bfd_states "$h1")" "e1:black up" "the place"
	bfd_get "$h1" .id vrf black dest-addr fe80::2 >/dev/null
	check_err $? "it is not found by the new name"
	log_test "the VRF gets another name: its sessions keep it; a new one of the old name is none of theirs"

	setup_ns h3
	ip -n "$h1" link set e1 netns "$h3"
	check_away "$h1"
	ip -n "$h3" link set e1 netns "$h1"
	sleep 3
	check_eq "$(bfd_states "$h1")" down "the states"
	ip -n "$h1" link set e1 master black
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	log_test "the link moves to another namespace and back: Up when it is in the VRF again"
}

test_multihop() {
	fresh 2
	pair vrf red1 multihop && pair vrf red2
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	ip -n "$h1" link del red1
	check_eq "$(bfd_state "$h1" vrf red1 dest-addr 192.0.2.2)" down "the state"
	check_eq "$(udp_sockets "$h1" 4784)" 0 "sockets"
	# an address of the same name outside is none of theirs
	pair interface e0 && pair multihop
	check_err $? "no sessions outside"
	slowwait 10 until_value up bfd_state "$h1" interface e0 dest-addr 192.0.2.2
	check_err $? "not up outside"
	sleep 2
	check_eq "$(bfd_state "$h1" vrf red1 dest-addr 192.0.2.2)" down "the state"
	vrf "$h1" red1 101 e1
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "sessions with a VRF and no link: the VRF is deleted and made anew"

	# what is removed from the VRF is still an address outside
	ip -n "$h1" addr del 192.0.2.1/24 dev e1
	slowwait 10 until_value down bfd_state "$h1" vrf red1 dest-addr 192.0.2.2
	check_err $? "not down"
	sleep 2
	check_eq "$(bfd_running "$h1" last-send-error vrf red1 dest-addr 192.0.2.2)" 99 \
		"the last error (EADDRNOTAVAIL)"
	readdress "$h1"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "the source address is removed from the VRF, and others still have it"
}

test_traffic() {
	local i

	fresh 3
	for i in 1 2 3; do
		bfd_add "$h1" $from_h1 interface "e$i" tx 5ms rx 5ms
		bfd_add "$h2" $from_h2 interface "e$i" tx 5ms rx 5ms
		bfd_add "$h1" $from_h1 vrf "red$i" multihop tx 5ms rx 5ms
		bfd_add "$h2" $from_h2 vrf "red$i" multihop tx 5ms rx 5ms
	done
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up"
	for i in {1..5}; do
		ip -n "$h1" link del red1
		vrf "$h1" red1 101 e1
		readdress "$h1"
		sleep "0.0$i"
	done
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	check_eq "$(udp_sockets "$h1" 3784) $(udp_sockets "$h1" 4784)" "3 3" "sockets"
	check_eq "$(bfd_stat "$h1" down-count interface e2 dest-addr 192.0.2.2)" 0 "down-count in red2"
	log_test "a VRF is deleted and made again and again under traffic"
	ip -n "$h1" link del red2
	ip netns del "$h1"
	busywait 5000 until_value 0 links_between "$h2"
	check_err $? "the namespace does not end"
	log_test "a namespace with VRFs is deleted under traffic"
}

links_between() {
	ip -n "$1" -o link show type veth | wc -l
}

ten_vrfs
test_refused
test_clash
test_implied
test_explicit
test_multihop
test_traffic
cleanup_all_ns
veth_count=0
host_and_peer || exit 1
for i in 2 3; do
	veth "$h1" "e$i" "$peer" "p$i" && vrf "$h1" "red$i" $((100 + i)) "e$i" &&
		addr "$h1" "e$i" 192.0.2.1/24 2001:db8::1/64 fe80::1/64
	for a in 192.0.2.2 2001:db8::2 fe80::2; do
		ip -n "$h1" neigh replace $a lladdr "02:00:00:00:0$i:02" nud permanent dev "e$i"
	done
done
scenario vt_vrf.py
exit "$EXIT_STATUS"
