# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What scripts/demo shows and what it leaves a person with, in the guest: the
# module, three hosts (network namespaces) on a switch, sessions between them.
# To be sourced; each function returns what its last command does.

# load_module: load bfd.ko and what it stands on.
load_module() {
	modprobe -a udp_tunnel ip6_udp_tunnel && insmod "$BFD_KO"
}

# add_host NAME NUMBER: a host whose eth0 is in the switch's port NAME.
add_host() {
	ip netns add "$1" &&
		ip -n "$1" link set lo up &&
		ip link add eth0 netns "$1" type veth peer name "$1" netns switch &&
		ip -n switch link set "$1" master br0 up &&
		ip -n "$1" address add "192.0.2.$2/24" dev eth0 &&
		ip -n "$1" address add "2001:db8::$2/64" dev eth0 nodad &&
		ip -n "$1" link set eth0 up
}

# add_hosts: the switch, with left, right and bird.
add_hosts() {
	ip netns add switch &&
		ip -n switch link add br0 up type bridge mcast_snooping 0 &&
		add_host left 1 &&
		add_host right 2 &&
		add_host bird 3
}

# start_bird: BIRD on the host bird, with a session to left. The slower side sets
# the pace, and that is left.
start_bird() {
	cat >/run/bird/bird.conf <<-'END'
		router id 192.0.2.3;
		protocol device {}
		protocol bfd {
		  interface "eth0" { interval 10 ms; multiplier 3; };
		  neighbor 192.0.2.1 dev "eth0" local 192.0.2.3;
		}
	END
	ip netns exec bird bird -c /run/bird/bird.conf
}

# choose_interval: print how many milliseconds between packets are honest here.
# One session that hardly anything can end shows how late timers run. Packets may
# be late by two intervals: five times what two seconds have shown.
choose_interval() {
	local pace=(dev eth0 tx 10ms rx 10ms mult 100) late ms

	bfdnl -n left session add peer 192.0.2.2 "${pace[@]}" &&
		bfdnl -n right session add peer 192.0.2.1 "${pace[@]}" || return
	sleep 2
	bfdnl stats clear
	sleep 2
	late=$(bfdnl -j stats show | jq '[.cpus[]["late-max"]] | max | floor')
	bfdnl -n left session flush
	bfdnl -n right session flush
	for ms in 10 50 100 200 300; do
		((2 * 1000 * ms < 5 * late)) || break
	done
	echo "$ms"
}

# session_commands MS: the commands that make the sessions.
session_commands() {
	local timers="dev eth0 tx ${1}ms rx ${1}ms mult 3"

	cat <<-END
		bfdnl -n left  session add peer 192.0.2.2 $timers
		bfdnl -n right session add peer 192.0.2.1 $timers
		bfdnl -n left  session add peer 2001:db8::2 $timers
		bfdnl -n right session add peer 2001:db8::1 $timers
		bfdnl -n left  session add peer 192.0.2.3 $timers
	END
}
