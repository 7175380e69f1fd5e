#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Echoes between two hosts of ours, and what becomes of them when links, names
# and namespaces come and go.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load

options=(tx 50ms rx 50ms echo echo-tx 20ms echo-rx 10ms)

# fresh: two hosts with sessions over IPv4, IPv6 and link-local that echo
fresh() {
	local family

	cleanup_all_ns
	veth_count=0
	two_hosts && bfd_pair "${options[@]}" || return 1
	for family in 2001:db8 fe80; do
		bfd_add "$h1" dest-addr $family::2 source-addr $family::1 interface e1 \
			"${options[@]}" &&
			bfd_add "$h2" dest-addr $family::1 source-addr $family::2 interface e2 \
				"${options[@]}" || return 1
	done
	bfd_all_state up "$h1" "$h2"
}

# sums NS: echoes sent, returned, looped, and times down, of all sessions
sums() {
	bfdnl -n "$1" -j -s session show | jq -r '[.[]."session-statistics"] |
		[([.[]."send-echo-count"] | add), ([.[]."receive-echo-count"] | add),
		([.[]."looped-echo-count"] | add), ([.[]."down-count"] | add)] | join(" ")'
}

# check_echoes SECONDS: they run in both directions, each once
check_echoes() {
	local h sent1 back1 looped1 down1 sent2 looped2 down2

	for h in "$h1" "$h2"; do
		bfd "$h" stats clear
	done
	sleep "$1"
	read -r sent1 back1 looped1 down1 <<<"$(sums "$h1")"
	read -r sent2 _ looped2 down2 <<<"$(sums "$h2")"
	log_info "sent $sent1 and $sent2, looped $looped2 and $looped1, down $down1 $down2"
	[ "$sent1" -ge $(($1 * 3 * 50)) ] && [ "$sent1" -le $(($1 * 3 * 68)) ]
	check_err $? "$sent1 echoes in $1 s"
	# reading takes time, in which more are sent
	[ $((sent1 - back1)) -ge -3 ] && [ $((sent1 - back1)) -le 3 ]
	check_err $? "of $sent1 echoes $back1 came back"
	[ $((sent2 - looped1)) -ge -20 ] && [ $((sent2 - looped1)) -le 20 ]
	check_err $? "of $sent2 echoes $looped1 were looped"
	[ $((sent1 - looped2)) -ge -20 ] && [ $((sent1 - looped2)) -le 20 ]
	check_err $? "of $sent1 echoes $looped2 were looped"
}

readdress() {
	addr "$1" "$2" 192.0.2.1/24 2001:db8::1/64 fe80::1/64
}

test_pair() {
	fresh
	check_err $? "not up"
	sleep 3
	check_echoes 10
	check_eq "$(bfd_stat "$h1" down-count)$(bfd_stat "$h2" down-count)" 00 "down-count"
	log_test "both ends send and loop, over IPv4, IPv6 and link-local: each echo once"
}

# What a host says to others does not matter to echoes.
test_sysctl() {
	local setting

	for setting in rp_filter=1 rp_filter=2 log_martians=1 accept_local=0 forwarding=1 \
		rp_filter=0; do
		ip netns exec "$h1" sysctl -qw "net.ipv4.conf.all.$setting" "net.ipv4.conf.e1.$setting"
		ip netns exec "$h2" sysctl -qw "net.ipv4.conf.all.$setting" "net.ipv4.conf.e2.$setting"
		check_echoes 2
	done
	ip netns exec "$h1" sysctl -qw net.ipv6.conf.all.forwarding=1
	check_echoes 2
	check_eq "$(bfd_stat "$h1" down-count)$(bfd_stat "$h2" down-count)" 00 "down-count"
	log_test "whether a host forwards, and what it filters, does not matter"
}

test_cut() {
	ip -n "$h2" link set e2 down
	bfd_all_state down "$h1" "$h2"
	check_err $? "not down"
	ip -n "$h2" link set e2 up
	addr "$h2" e2 2001:db8::2/64 fe80::2/64
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_echoes 2
	log_test "the link goes down and comes up"
}

test_recreate() {
	ip -n "$h1" link del e1
	check_eq "$(bfd_states "$h1")" down "the state"
	veth_count=0
	veth "$h1" e1 "$h2" e2 && readdress "$h1" e1 &&
		addr "$h2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64
	check_err $? "no new link"
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_echoes 2
	log_test "the link is deleted and made anew"
}

test_rename() {
	ip -n "$h1" link set e1 down
	ip -n "$h1" link set e1 name e9
	link_up "$h1" e9 && addr "$h1" e9 2001:db8::1/64 fe80::1/64
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_echoes 2
	log_test "the link is renamed"
}

test_move() {
	setup_ns h3
	ip -n "$h1" link set e9 netns "$h3"
	check_eq "$(bfd_states "$h1")" down "the state"
	ip -n "$h3" link set e9 netns "$h1"
	link_up "$h1" e9 && readdress "$h1" e9
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_echoes 2
	log_test "the link moves to another namespace and back"
}

test_toggle() {
	local i

	fresh
	for i in 1 2 3 4 5; do
		bfd "$h1" session set dest-addr 192.0.2.2 echo off echo-rx 0
		sleep "0.$i"
		bfd "$h1" session set dest-addr 192.0.2.2 echo on echo-rx 10ms
		sleep "0.$i"
	done
	sleep 5
	check_echoes 2
	check_eq "$(bfd_stat "$h1" down-count dest-addr 192.0.2.2)" 0 "down-count"
	check_eq "$(bfd_stat "$h2" down-count dest-addr 192.0.2.1)" 0 "down-count of the peer"
	log_test "echoes are switched off and on while Up: no flap"
}

# over VLAN, bridge and bond: what the session is bound to
test_devices() {
	local kind

	for kind in vlan bridge bond; do
		cleanup_all_ns
		veth_count=0
		setup_ns h1 h2 && veth "$h1" p1 "$h2" p2
		case $kind in
		vlan)
			ip -n "$h1" link add link p1 name e1 type vlan id 7
			ip -n "$h2" link add link p2 name e2 type vlan id 7
			;;
		bridge)
			ip -n "$h1" link add e1 type bridge
			ip -n "$h2" link add e2 type bridge
			;;
		bond)
			ip -n "$h1" link add e1 type bond mode active-backup miimon 100
			ip -n "$h2" link add e2 type bond mode active-backup miimon 100
			;;
		esac
		if [ $kind != vlan ]; then
			ip -n "$h1" link set p1 down
			ip -n "$h2" link set p2 down
			ip -n "$h1" link set p1 master e1
			ip -n "$h2" link set p2 master e2
			link_up "$h1" p1
			link_up "$h2" p2
		fi
		link_up "$h1" e1 && link_up "$h2" e2 &&
			addr "$h1" e1 192.0.2.1/24 2001:db8::1/64 fe80::1/64 &&
			addr "$h2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64 &&
			bfd_pair "${options[@]}" &&
			bfd_add "$h1" dest-addr fe80::2 interface e1 "${options[@]}" &&
			bfd_add "$h2" dest-addr fe80::1 interface e2 "${options[@]}" &&
			bfd_add "$h1" dest-addr 2001:db8::2 interface e1 "${options[@]}" &&
			bfd_add "$h2" dest-addr 2001:db8::1 interface e2 "${options[@]}"
		check_err $? "no sessions on a $kind"
		bfd_all_state up "$h1" "$h2"
		check_err $? "not up on a $kind"
		sleep 3
		check_echoes 2
		log_test "echoes over a $kind"
	done
}

test_netns() {
	fresh
	check_err $? "not up"
	ip netns del "$h1"
	bfd_wait_state "$h2" down
	check_err $? "the peer does not notice"
	log_test "a namespace with sessions that echo is deleted"
}

test_unload() {
	fresh
	check_err $? "not up"
	bfd_unload
	check_err $? "it cannot be unloaded"
	ip -n "$h1" link del e1
	check_err $? "the link cannot be deleted"
	insmod "$BFD_KO"
	log_test "the module is unloaded while echoes run"
}

test_churn() {
	local i

	fresh
	check_err $? "not up"
	for i in {1..8}; do
		ip -n "$h2" link del e2
		veth_count=0
		veth "$h1" e1 "$h2" e2 && readdress "$h1" e1 &&
			addr "$h2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64
		bfd "$h1" session del dest-addr 192.0.2.2
		bfd_add "$h1" dest-addr 192.0.2.2 interface e1 "${options[@]}"
		sleep "0.0$i"
	done
	bfd_all_state up "$h1" "$h2"
	check_err $? "not up again"
	sleep 3
	check_echoes 2
	log_test "links and sessions are deleted and made anew again and again"
}

test_pair
test_sysctl
test_cut
test_recreate
test_rename
test_move
test_toggle
test_devices
test_netns
test_unload
test_churn
exit "$EXIT_STATUS"
