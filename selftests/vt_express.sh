#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Express sessions: they are as any other, but that IP does not see their packets.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
require_command nft
bfd_load seed=7

options=(tx 50ms rx 50ms)
at1=(express)		# at each end
at2=(express)

# sessions: over IPv4, IPv6 and link-local between $h1 and $h2
sessions() {
	local a

	for a in 192.0.2. 2001:db8:: fe80::; do
		bfd_add "$h1" dest-addr "${a}2" source-addr "${a}1" interface e1 \
			"${options[@]}" "${at1[@]}" &&
			bfd_add "$h2" dest-addr "${a}1" source-addr "${a}2" interface e2 \
				"${options[@]}" "${at2[@]}" || return 1
	done
}

fresh() {
	cleanup_all_ns
	veth_count=0
	two_hosts && sessions && bfd_all_state up "$h1" "$h2"
}

readdress() {
	addr "$1" "$2" 192.0.2.1/24 2001:db8::1/64 fe80::1/64
}

# downs: how often sessions of both ends went down
downs() {
	local h

	for h in "$h1" "$h2"; do
		bfdnl -n "$h" -j -s session show | jq '.[]."session-statistics"."down-count"'
	done | awk '{ n += $1 } END { print n + 0 }'
}

# received NS: Control packets that all sessions there accepted
received() {
	bfdnl -n "$1" -j -s session show |
		jq '[.[]."session-statistics"."receive-packet-count"] | add'
}

# ip_received NS: packets that IP received there, of both versions
ip_received() {
	# shellcheck disable=SC2016 # for awk
	ip netns exec "$1" awk '/^Ip: [0-9]/ { n += $4 } $1 == "Ip6InReceives" { n += $2 } END { print n }' \
		/proc/net/snmp /proc/net/snmp6
}

# ip_sent NS: packets that IPv4 sent; IPv6 does not count those that no socket sends
ip_sent() {
	# shellcheck disable=SC2016 # for awk
	ip netns exec "$1" awk '/^Ip: [0-9]/ { print $11 }' /proc/net/snmp
}

# check_way NS yes|no: whether the packets of the next two seconds go through IP, both ways
check_way() {
	local got in out n

	got=$(received "$1") in=$(ip_received "$1") out=$(ip_sent "$1")
	sleep 2
	n=$(($(received "$1") - got))
	[ "$n" -ge 110 ]
	check_err $? "$n packets in two seconds"
	in=$(($(ip_received "$1") - in)) out=$(($(ip_sent "$1") - out))
	if [ "$2" = yes ]; then
		[ "$in" -ge 110 ] && [ "$out" -ge 35 ]
	else
		[ "$in" -le 4 ] && [ "$out" -le 4 ]
	fi
	check_err $? "IP received $in packets of $n, and sent $out: expected ${2/yes/all}"
}

test_way() {
	fresh
	check_err $? "not up"
	sleep 3
	check_way "$h1" no
	check_way "$h2" no
	check_eq "$(bfd_get "$h1" .express)$(downs)" true0 "express, and the times down"
	log_test "IPv4, IPv6, link-local: packets of both directions pass IP by"

	for h in "$h1" "$h2"; do
		for a in 192.0.2. 2001:db8:: fe80::; do
			bfd "$h" session set dest-addr "$a$([ "$h" = "$h1" ] && echo 2 || echo 1)" express off
		done
	done
	check_way "$h1" yes
	check_eq "$(bfd_get "$h1" .express)$(downs)" false0 "express, and the times down"
	log_test "switched off while Up: through IP, and no session is lost"
}

test_toggle() {
	local i

	fresh
	for i in {1..20}; do
		bfd "$h1" session set dest-addr 192.0.2.2 express off
		bfd "$h1" session set dest-addr fe80::2 express off
		sleep "0.0$i"
		bfd "$h1" session set dest-addr 192.0.2.2 express on
		bfd "$h1" session set dest-addr fe80::2 express
		sleep "0.0$i"
	done
	sleep 1
	check_way "$h1" no
	check_eq "$(downs)" 0 "the times down"
	log_test "switched off and on again and again: no session is lost"
}

test_one_end() {
	at2=()
	fresh
	check_err $? "not up"
	at2=(express)
	sleep 3
	check_way "$h1" no
	check_way "$h2" yes
	check_eq "$(downs)" 0 "the times down"
	log_test "a peer without express sees no difference"
}

# rule NS FAMILY HOOK: a rule that drops what goes to the port
rule() {
	ip netns exec "$1" nft "add table $2 wall; add chain $2 wall c {
		type filter hook $3 priority 0; }; add rule $2 wall c udp dport 3784 drop"
}

test_firewall() {
	local hook

	for hook in prerouting input output postrouting; do
		fresh
		check_err $? "not up"
		sleep 3
		rule "$h1" inet $hook
		sleep 2
		check_eq "$(bfd_states "$h1") $(downs)" "up 0" "with a rule in $hook, the state"
		bfd "$h1" session set dest-addr 192.0.2.2 express off
		bfd_wait_state "$h1" down dest-addr 192.0.2.2 ||
			bfd_wait_state "$h1" init dest-addr 192.0.2.2
		check_err $? "through IP, $hook does not drop"
		check_eq "$(bfd_state "$h1" dest-addr 2001:db8::2)" up "of the others, the state"
	done
	log_test "rules of the firewall are for what goes through IP"

	fresh
	ip netns exec "$h1" nft "add table netdev wall; add chain netdev wall c {
		type filter hook ingress device e1 priority 0; };
		add rule netdev wall c udp dport 3784 drop"
	bfd_all_state down "$h1"
	check_err $? "not dropped: $(bfd_states "$h1")"
	ip netns exec "$h1" nft delete table netdev wall
	bfd_all_state up "$h1"
	check_err $? "not up again"
	log_test "rules of the link come before"

	fresh
	ip netns exec "$h2" tc qdisc add dev e2 root netem loss 100%
	bfd_all_state down "$h1"
	check_err $? "a queueing discipline is passed by"
	log_test "so do queueing disciplines of the sender"
}

test_capture() {
	local n

	fresh
	capture_start "$h1" e1 "$lib_tmp/x.pcap"
	sleep 2
	capture_stop
	n=$(tcpdump -n -r "$lib_tmp/x.pcap" 2>/dev/null | wc -l)
	[ "$n" -ge 240 ]
	check_err $? "$n packets of both directions in the capture"
	# what UDP's checksum lacks the device would add, if it had one
	n=$(tcpdump -n -v -r "$lib_tmp/x.pcap" 2>/dev/null | grep -c ', bad cksum\|bad length')
	check_eq "$n" 0 "packets with a wrong header checksum"
	check_eq "$(downs)" 0 "the times down"
	log_test "captures see them, as they should be"
}

# The neighbour's entry is asked for, and kept fresh, as by IP.
test_neighbor() {
	fresh
	ip -n "$h1" neigh flush dev e1
	ip -n "$h2" neigh flush dev e2
	sleep 60
	check_eq "$(bfd_states "$h1") $(downs)" "up 0" "the state"
	check_way "$h1" no
	log_test "entries of neighbors are found anew"
}

# Who says that the source address is gone, says that it is not ours any more.
test_address() {
	fresh
	ip -n "$h1" addr del 192.0.2.1/24 dev e1
	bfd_wait_state "$h2" down dest-addr 192.0.2.1
	check_err $? "the peer is still heard"
	addr "$h1" e1 192.0.2.1/24
	bfd_wait_state "$h2" up dest-addr 192.0.2.1
	check_err $? "not up again"
	log_test "without its address a session says nothing"

	# routers have the same one on many links
	ip -n "$h1" link add other type dummy && ip -n "$h1" link set other up &&
		ip -n "$h1" addr add fe80::1/64 dev other nodad &&
		ip -n "$h1" addr del fe80::1/64 dev e1
	check_err $? "the address does not move"
	bfd_wait_state "$h2" down dest-addr fe80::1
	check_err $? "the peer is still heard"
	addr "$h1" e1 fe80::1/64
	bfd_wait_state "$h2" up dest-addr fe80::1
	check_err $? "not up again"
	log_test "nor with a link-local address that another link has"

	# -EADDRNOTAVAIL until the address is known to be nobody else's
	ip -n "$h1" addr del 2001:db8::1/64 dev e1
	bfd_wait_state "$h2" down dest-addr 2001:db8::1
	check_err $? "the peer is still heard"
	ip netns exec "$h1" sysctl -qw net.ipv6.conf.e1.accept_dad=1 net.ipv6.conf.e1.dad_transmits=9
	ip -n "$h1" addr add 2001:db8::1/64 dev e1
	sleep 5
	check_eq "$(bfd_get "$h2" '."session-running"."local-state"' dest-addr 2001:db8::1)" down \
		"the state beside a tentative address"
	bfd_wait_state "$h2" up dest-addr 2001:db8::1
	check_err $? "not up again"
	log_test "nor with one that may be somebody else's"
}

test_ipsec() {
	fresh
	sleep 3
	ip -n "$h1" xfrm policy add src 192.0.2.2/32 dst 192.0.2.1/32 dir in \
		tmpl proto esp mode transport
	bfd_wait_state "$h1" down dest-addr 192.0.2.2
	check_err $? "accepted in clear"
	ip -n "$h1" xfrm policy flush
	bfd_wait_state "$h1" up dest-addr 192.0.2.2
	check_err $? "not up again"
	ip -n "$h1" xfrm policy add src 192.0.2.1/32 dst 192.0.2.2/32 dir out action block
	bfd_wait_state "$h2" down dest-addr 192.0.2.1
	check_err $? "sent against the policy"
	log_test "policies of IPsec are obeyed"
}

refuse() {
	local want=$1 out

	shift
	out=$(bfd "$h1" session "$@" 2>&1)
	check_eq $? 2 "the status of $*"
	[[ $out == *$want* ]]
	check_err $? "$*: $out"
}

test_refused() {
	two_hosts
	refuse "add interface" add dest-addr 192.0.2.2 express
	refuse "multihop" add dest-addr 198.51.100.1 source-addr 192.0.2.1 multihop express
	refuse "unaffiliated" add dest-addr 192.0.2.2 interface e1 unaffiliated-echo echo-tx 50ms express
	bfd_add "$h1" dest-addr 192.0.2.2
	refuse "add interface" set dest-addr 192.0.2.2 express
	check_eq "$(bfd_get "$h1" .express)" false "express"
	bfd "$h1" session set dest-addr 192.0.2.2 express off
	check_err $? "off is refused"
	log_test "where it makes no sense it is refused, and told why"
}

test_links() {
	fresh
	ip -n "$h2" link set e2 down
	bfd_all_state down "$h1" "$h2"
	ip -n "$h2" link set e2 up
	addr "$h2" e2 2001:db8::2/64 fe80::2/64
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_way "$h1" no
	log_test "the link goes down and comes up"

	ip -n "$h1" link del e1
	check_eq "$(bfd_states "$h1")" down "the state"
	veth_count=0
	veth "$h1" e1 "$h2" e2 && readdress "$h1" e1 &&
		addr "$h2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_way "$h1" no
	log_test "the link is deleted and made anew"

	setup_ns h3
	ip -n "$h1" link set e1 netns "$h3"
	check_eq "$(bfd_states "$h1")" down "the state"
	ip -n "$h3" link set e1 name e9
	ip -n "$h3" link set e9 name e1 netns "$h1" || ip -n "$h3" link set e9 netns "$h1"
	ip -n "$h1" link set e9 name e1 2>/dev/null
	link_up "$h1" e1 && readdress "$h1" e1
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_way "$h1" no
	log_test "the link moves to another namespace, is renamed, and comes back"
}

# in a VRF; on a VLAN, a bridge, a bond
test_devices() {
	local kind h i

	for kind in vrf vlan bridge bond; do
		cleanup_all_ns
		veth_count=0
		setup_ns h1 h2
		if [ $kind = vrf ]; then
			veth "$h1" e1 "$h2" e2
		else
			veth "$h1" p1 "$h2" p2
		fi
		for i in 1 2; do
			h=h$i
			case $kind in
			vrf)
				vrf "${!h}" red 100 e$i
				;;
			vlan)
				ip -n "${!h}" link add link p$i name e$i type vlan id 7
				;;
			bridge)
				ip -n "${!h}" link add e$i type bridge
				;;
			bond)
				ip -n "${!h}" link add e$i type bond mode active-backup miimon 100
				ip -n "${!h}" link set p$i down
				;;
			esac
			[ $kind = vrf ] || [ $kind = vlan ] || ip -n "${!h}" link set p$i master e$i
			[ $kind = vrf ] || link_up "${!h}" p$i
			link_up "${!h}" e$i && addr "${!h}" e$i 192.0.2.$i/24 2001:db8::$i/64 fe80::$i/64
		done
		sessions
		check_err $? "no sessions: $kind"
		bfd_all_state up "$h1" "$h2"
		check_err $? "not up: $kind"
		sleep 3
		check_way "$h1" no
		check_eq "$(downs)" 0 "the times down"
		log_test "express over a $kind"
	done

	# e1 becomes a port of a bridge: what comes in is the bridge's
	fresh
	ip -n "$h1" link add br0 type bridge
	ip -n "$h1" link set e1 master br0
	link_up "$h1" br0
	bfd_all_state down "$h1"
	check_err $? "taken from a port of a bridge"
	ip -n "$h1" link set e1 nomaster
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	log_test "not from a port of a bridge"
}

test_together() {
	options+=(echo echo-tx 20ms echo-rx 10ms)
	fresh
	check_err $? "not up"
	options=(tx 50ms rx 50ms)
	sleep 5
	[ "$(bfd_stat "$h1" receive-echo-count)" -ge 100 ]
	check_err $? "$(bfd_stat "$h1" receive-echo-count) echoes"
	bfd "$h1" session set dest-addr 192.0.2.2 express off
	bfd "$h1" session set dest-addr 2001:db8::2 echo off echo-rx 0
	sleep 2
	check_eq "$(downs)" 0 "the times down"
	log_test "with echoes, by the same hook"
}

test_ends() {
	fresh
	ip netns del "$h1"
	bfd_wait_state "$h2" down
	check_err $? "the peer does not notice"
	log_test "a namespace with express sessions is deleted"

	fresh
	bfd_unload
	check_err $? "it cannot be unloaded"
	ip -n "$h1" link del e1
	check_err $? "the link cannot be deleted"
	insmod "$BFD_KO" seed=7
	log_test "the module is unloaded while packets come"
}

test_churn() {
	local i

	fresh
	for i in {1..8}; do
		ip -n "$h2" link del e2
		veth_count=0
		veth "$h1" e1 "$h2" e2 && readdress "$h1" e1 &&
			addr "$h2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64
		bfd "$h1" session del dest-addr 192.0.2.2
		bfd_add "$h1" dest-addr 192.0.2.2 interface e1 "${options[@]}" express
		sleep "0.0$i"
	done
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_way "$h1" no
	log_test "links and sessions are deleted and made anew again and again"
}

test_refused
test_way
test_toggle
test_one_end
test_firewall
test_capture
test_neighbor
test_address
test_ipsec
test_links
test_devices
test_together
test_ends
test_churn
exit "$EXIT_STATUS"
