# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the parts of scripts/bench share in the guest: two network namespaces, a
# and b, joined by a veth, or by one in each of some VRFs, pairs of IPv4 and IPv6
# addresses, and sessions between them by WHO (floor, ours, bird, frr): start_WHO, stop_WHO, and
# count_up_WHO NAMESPACE. To be sourced under "set -euo pipefail".

# shellcheck disable=SC2034 # some are for those who source this
files=${BASH_SOURCE[0]%/*}
source=$PWD/scripts/bench.d
export LD_LIBRARY_PATH=$files

pairs=64		# of each address family
first_pair=0		# the first one to add; others are there already
interval_us=100000
multiplier=5
vrfs=0			# over so many, if any
options=		# of our sessions
patience=90		# seconds for the sessions to come up

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# of_kind KIND: who they are, and how
of_kind() {
	who=${1%%-*}
	case $1 in
	*-vrf) vrfs=10 ;;
	*-express) options=express ;;
	esac
}

# fact NAME VALUE
fact() {
	echo "$1 $2" >>/out/facts
}

other() {
	[ "$1" = a ] && echo b || echo a
}

# ---- network ----

# in_net NAMESPACE COMMAND...: "ip netns exec" would hide debugfs
in_net() {
	nsenter --net="/run/netns/$1" "${@:2}"
}

# host NAMESPACE: its number in addresses.
host() {
	[ "$1" = a ] && echo 1 || echo 2
}

# links NAMESPACE: the names of its links
links() {
	local i

	if [ "$vrfs" = 0 ]; then
		echo "v$1"
	else
		for ((i = 0; i < vrfs; i++)); do
			echo "v$1$i"
		done
	fi
}

# for_each_pair NAMESPACE COMMAND...: COMMAND... LINK LOCAL REMOTE
for_each_pair() {
	local ns=$1 i me=1 peer=2 net6 link=v$1
	shift

	[ "$ns" = a ] || me=2 peer=1
	for ((i = first_pair; i < pairs; i++)); do
		printf -v net6 'fd00:0:0:%x::' "$i"
		[ "$vrfs" = 0 ] || link=v$ns$((i % vrfs))
		"$@" "$link" "10.$((i >> 8)).$((i & 255)).$me" "10.$((i >> 8)).$((i & 255)).$peer"
		"$@" "$link" "$net6$me" "$net6$peer"
	done
}

# Neighbours are permanent: everybody's packets cost the same, whatever the time.
network_lines() {
	local mac=$1 dev=$2 bits=24 more=

	[[ $3 != *:* ]] || bits=64 more=nodad
	echo "addr add $3/$bits dev $dev $more"
	echo "neigh replace $4 lladdr $mac dev $dev nud permanent"
}

# join LINK PEER: namespaces a and b
join() {
	ip link add "$1" address 02:00:00:00:00:01 netns a type veth \
		peer name "$2" address 02:00:00:00:00:02 netns b
}

# The Nth link of every namespace is in its own VRF.
make_vrfs() {
	local ns i

	modprobe vrf
	for ns in a b; do
		for ((i = 0; i < vrfs; i++)); do
			echo "link add red$i up type vrf table $((100 + i))"
			echo "link set v$ns$i vrf red$i"
		done | ip -n "$ns" -b -
	done
}

make_network() {
	local ns mac link

	modprobe veth
	ip netns add a
	ip netns add b
	for link in $(links a); do
		join "$link" "vb${link#va}"
	done
	for ns in a b; do
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 net.ipv6.route.max_size=1000000
		ip -n "$ns" link set lo up
	done
	[ "$vrfs" = 0 ] || make_vrfs
	for ns in a b; do
		for link in $(links "$ns"); do
			ip -n "$ns" link set "$link" up
		done
	done
	for ns in a b; do
		mac=02:00:00:00:00:0$(host "$(other "$ns")")
		for_each_pair "$ns" network_lines "$mac" | ip -n "$ns" -b -
	done
	sleep 4		# the link-local addresses settle
}

# frames: received on both ends of the link until now.
frames() {
	local ns

	for ns in a b; do
		ip netns exec "$ns" cat /proc/net/dev
	done | awk '$1 ~ /^v[ab][0-9]*:/ { n += $3 } END { print n }'
}

# load FILE [PARAMETER...]: a module, after what it depends on.
load() {
	local needs=()

	IFS=, read -ra needs < <(modinfo -F depends "$1")
	[ ${#needs[@]} = 0 ] || modprobe -a "${needs[@]}"
	insmod "$@"
}

# ---- the floor ----

floor=/sys/kernel/debug/bench_floor

# its packets are as many as those of sessions, which send every 75 to 100 % of the interval
start_floor() {
	local ns

	[ -e $floor ] || load "$files/bench_floor.ko" "period_us=$((interval_us * 7 / 8))"
	for ns in a b; do
		# one socket for all VRFs
		[ "$vrfs" = 0 ] || ip netns exec "$ns" sysctl -qw net.ipv4.udp_l3mdev_accept=1
		for_each_pair "$ns" echo >"/tmp/floor.$ns"
		# shellcheck disable=SC2016 # for the inner shell
		in_net "$ns" bash -e -c '
			while read -r line; do
				echo "$line" >"$1"
			done <"$2"' - $floor "/tmp/floor.$ns"
	done
	echo start >$floor
	fact version "$(uname -r)"
}

stop_floor() {
	rmmod bench_floor
}

count_up_floor() {
	echo $((2 * pairs))
}

# ---- ours ----

# when an end differs: intervals and multiplier, for example "50000 10000 3"
pace_a=
pace_b=

# session_line TX RX MULTIPLIER LINK LOCAL REMOTE
session_line() {
	echo "session add dest-addr $6 source-addr $5 interface $4" \
		"desired-min-tx-interval ${1}us required-min-rx-interval ${2}us" \
		"local-multiplier $3 $options"
}

start_ours() {
	local ns pace

	grep -q '^bfd ' /proc/modules || load "$files/bfd.ko"
	for ns in a b; do
		pace=pace_$ns
		pace=${!pace:-$interval_us $interval_us $multiplier}
		# shellcheck disable=SC2086 # words
		for_each_pair "$ns" session_line $pace >"/tmp/ours.$ns"
		"$files/bfdnl" -n "$ns" -b "/tmp/ours.$ns"
	done
}

stop_ours() {
	"$files/bfdnl" -n a session flush
	"$files/bfdnl" -n b session flush
}

# Up, and no longer at one packet a second, which is for those that are not. The
# table is read: JSON of thousands of sessions takes this CPU seconds.
count_up_ours() {
	"$files/bfdnl" -n "$1" session show |
		awk '$2 == "up" && $6 != "1s" && $7 != "1s" { n++ } END { print n + 0 }'
}

# ---- BIRD ----

bird_lines() {
	echo "neighbor $3 dev \"$1\" local $2;"
}

bird_config() {
	local ns=$1

	echo "log \"/out/bird.$ns.log\" { warning, error, fatal, bug };"
	echo "router id 1.1.1.$(host "$ns");"
	echo "protocol device {}"
	echo "protocol bfd {"
	echo "interface \"v$ns\" { interval $interval_us us; multiplier $multiplier; };"
	for_each_pair "$ns" bird_lines
	echo "}"
}

start_bird() {
	local ns

	for ns in a b; do
		bird_config "$ns" >"/tmp/bird.$ns.conf"
		ip netns exec "$ns" bird -c "/tmp/bird.$ns.conf" -s "/tmp/bird.$ns.ctl" \
			-P "/tmp/bird.$ns.pid"
	done
	fact version "$(bird --version 2>&1 | awk '{ print $NF }')"
}

stop_bird() {
	stop_daemons /tmp/bird.?.pid
}

count_up_bird() {
	birdc -s "/tmp/bird.$1.ctl" show bfd sessions | awk -v us="$interval_us" '
		BEGIN { interval = sprintf("%.3f", us / 1000000) }
		$3 == "Up" && $5 == interval { n++ }
		END { print n + 0 }'
}

# ---- FRR ----

frr_lines() {
	echo " peer $3 local-address $2 interface $1"
	echo "  detect-multiplier $multiplier"
	echo "  receive-interval $((interval_us / 1000))"
	echo "  transmit-interval $((interval_us / 1000))"
	echo " !"
}

start_frr() {
	local ns

	for ns in a b; do
		mkdir -p "/etc/frr/$ns" "/run/frr/$ns"
		{
			echo bfd
			for_each_pair "$ns" frr_lines
			echo '!'
		} >"/etc/frr/$ns/bfdd.conf"
		touch "/etc/frr/$ns/zebra.conf" "/etc/frr/$ns/vtysh.conf"
		chown -R frr:frr /etc/frr /run/frr
		ip netns exec "$ns" /usr/lib/frr/zebra -d -N "$ns" -f "/etc/frr/$ns/zebra.conf"
		sleep 1
		ip netns exec "$ns" /usr/lib/frr/bfdd -d -N "$ns" -f "/etc/frr/$ns/bfdd.conf"
	done
	fact version "$(/usr/lib/frr/bfdd --version | awk 'NR == 1 { print $NF }')"
}

stop_frr() {
	stop_daemons /run/frr/?/*.pid
}

count_up_frr() {
	vtysh -N "$1" -c 'show bfd peers json' |
		jq --argjson ms $((interval_us / 1000)) '[.[] | select(.status == "up" and
			.["remote-receive-interval"] == $ms)] | length'
}

# ---- everybody ----

# stop_daemons FILE...: whose numbers are in FILEs
stop_daemons() {
	local f pid

	for f; do
		pid=$(cat "$f")
		kill "$pid"
		while [ -e "/proc/$pid" ]; do
			sleep 0.1
		done
		rm -f "$f"
	done
}

# all_up WHO
all_up() {
	local all=$((2 * pairs))

	[ "$("count_up_$1" a)" = $all ] && [ "$("count_up_$1" b)" = $all ]
}

# await_up WHO: until all sessions of both ends are
await_up() {
	local deadline=$((SECONDS + patience))

	while :; do
		sleep 2
		! all_up "$1" || return 0
		[ "$SECONDS" -lt "$deadline" ] || return 1
	done
}

# start WHO: and wait until all sessions are up
start() {
	"start_$1" >>/out/start.log 2>&1 || {
		cat /out/start.log >&2
		die "$1 does not start"
	}
	await_up "$1" ||
		die "$1: not all sessions are up: $("count_up_$1" a), $("count_up_$1" b)"
}

# ---- what is on the wire: bench_wire ----

wire=/sys/kernel/debug/bench_wire

# wire_end NAME: the log of what was sent since wire_begin, in /out
wire_begin() {
	[ -e $wire ] || load "$files/bench_wire.ko"
	echo start >$wire/control
}

# wire_light: to be able to count; before there is work to be disturbed
wire_light() {
	load "$files/bench_wire.ko" records=1 softirqs=0
}

# wire_count SECONDS: no log; print how many packets said that a session is not Up
wire_count() {
	echo count >$wire/control
	sleep "$1"
	echo stop >$wire/control
	awk '{ print $5 }' $wire/control
}

wire_end() {
	echo stop >$wire/control
	cat $wire/control >"/out/$1.window"
	cat $wire/log >"/out/$1.log"
}
