# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests share; to be sourced. Names and habits are those of the
# kernel's tools/testing/selftests/net/lib.sh:
#
#	RET=0
#	some command
#	check_err $? "some command failed"
#	log_test "some command"
#	...
#	exit $EXIT_STATUS
#
# prints TAP ("ok 1 some command") and, at the exit, the plan; what was set up
# by functions of this file is taken down at the exit as well.

# shellcheck disable=SC2034 # for the tests
ksft_pass=0 ksft_fail=1 ksft_skip=4

: "${BFD_KO:=}"			# the module; without it, modprobe bfd
: "${BFD_KERNEL:=$(uname -r)}"	# uml and uml-debug: virtual time
: "${WAIT_TIMEOUT:=20}"		# seconds

lib_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
export PYTHONPATH=$lib_dir/lib PYTHONDONTWRITEBYTECODE=1

# ---- results ----

RET=0				# of the current test
EXIT_STATUS=$ksft_pass		# of the whole script
retmsg=
tap_count=0
tap_failed=0
tap_passed=0
tap_skip_all=

tap_line() {
	tap_count=$((tap_count + 1))
	echo "$1 $tap_count $2"
}

# log_info TEXT: a remark in the output
log_info() {
	printf '# %s\n' "${1//$'\n'/$'\n'# }"
}

# check_err STATUS MESSAGE: the current test fails unless STATUS is 0
check_err() {
	if [ "$RET" = 0 ] && [ "$1" != 0 ]; then
		RET=$ksft_fail
		retmsg=${2:-status $1}
	fi
}

# check_fail STATUS MESSAGE: the current test fails if STATUS is 0
check_fail() {
	if [ "$RET" = 0 ] && [ "$1" = 0 ]; then
		RET=$ksft_fail
		retmsg=${2:-it should not have succeeded}
	fi
}

# check_eq VALUE EXPECTED WHAT
check_eq() {
	[ "$1" = "$2" ]
	check_err $? "$3 is \"$1\", expected \"$2\""
}

# log_test NAME [DETAIL]: end a test, report it, be ready for the next
log_test() {
	local name=$1${2:+: $2}

	case $RET in
	"$ksft_pass")
		tap_passed=$((tap_passed + 1))
		tap_line ok "$name"
		;;
	"$ksft_skip")
		tap_line ok "$name # SKIP $retmsg"
		;;
	*)
		tap_failed=$((tap_failed + 1))
		EXIT_STATUS=$ksft_fail
		tap_line "not ok" "$name # ${retmsg//$'\n'/; }"
		;;
	esac
	RET=0 retmsg=
}

# log_test_skip NAME REASON
log_test_skip() {
	RET=$ksft_skip retmsg=$2
	log_test "$1"
}

# skip_all REASON: nothing can be tested here
skip_all() {
	tap_skip_all=$1
	exit "$ksft_skip"
}

require_command() {
	local cmd

	for cmd; do
		command -v "$cmd" >/dev/null || skip_all "no $cmd here"
	done
}

# ---- deferred commands: last in, first out ----

defer_list=()

# defer COMMAND ARG...: run it at the end, or when the scope ends
defer() {
	defer_list+=("$(printf '%q ' "$@")")
}

defer_run_to() {
	local i

	for ((i = ${#defer_list[@]} - 1; i >= $1; i--)); do
		eval "${defer_list[i]}"
		unset "defer_list[i]"
	done
}

# in_defer_scope COMMAND ARG...: what COMMAND defers is run when it ends
in_defer_scope() {
	local mark=${#defer_list[@]} status

	"$@"
	status=$?
	defer_run_to "$mark"
	return $status
}

lib_exit() {
	local status=$?

	trap - EXIT INT TERM
	# An early exit is no success.
	[ "$status" = 0 ] || [ "$EXIT_STATUS" != 0 ] || EXIT_STATUS=$status
	defer_run_to 0
	cleanup_all_ns
	[ -z "$lib_tmp" ] || rm -rf "$lib_tmp"
	if [ -n "$tap_skip_all" ]; then
		echo "1..0 # SKIP $tap_skip_all"
		exit "$ksft_skip"
	fi
	echo "1..$tap_count"
	if [ "$tap_count" = 0 ] && [ "$EXIT_STATUS" = 0 ]; then
		EXIT_STATUS=$ksft_fail
	elif [ "$EXIT_STATUS" = 0 ] && [ "$tap_passed" = 0 ]; then
		EXIT_STATUS=$ksft_skip
	fi
	exit "$EXIT_STATUS"
}

lib_tmp=$(mktemp -d "${TMPDIR:-/tmp}/bfd-test.XXXXXX")
trap lib_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
echo "TAP version 13"

# ---- time ----

# On a virtual clock, time goes on only when every process sleeps.
is_virtual() {
	[[ $BFD_KERNEL = uml* ]]
}

is_debug() {
	[[ $BFD_KERNEL = *debug* ]]
}

require_virtual() {
	is_virtual || skip_all "needs the virtual clock of scripts/uml"
}

# read_ms NAME: milliseconds since the boot, in the variable NAME
read_ms() {
	local up

	read -r up _ </proc/uptime
	printf -v "$1" %d $((10#${up/./} * 10))
}

# monotonic_ms: print them
monotonic_ms() {
	local ms

	read_ms ms
	echo "$ms"
}

# To start a process takes most of the time that tests need, under User-Mode Linux
# above all: what is called again and again does without.
mkfifo "$lib_tmp/never"
exec {never}<>"$lib_tmp/never"

# doze SECONDS
doze() {
	read -rt "$1" -u "$never"
}

loop_wait() {
	local pause=$1 timeout=$2 end now out
	shift 2

	read_ms now
	end=$((now + timeout))
	while :; do
		if out=$("$@"); then
			echo -n "$out"
			return 0
		fi
		read_ms now
		if [ "$now" -ge "$end" ]; then
			echo -n "$out"
			return 1
		fi
		doze "$pause"
	done
}

# busywait TIMEOUT_MS COMMAND...: until COMMAND succeeds; its output is ours
busywait() {
	loop_wait 0.02 "$@"
}

# slowwait TIMEOUT_S COMMAND...: looks less often
slowwait() {
	loop_wait 0.2 $(($1 * 1000)) "${@:2}"
}

# until_value VALUE COMMAND...: for busywait
until_value() {
	[ "$("${@:2}")" = "$1" ]
}

# ---- network namespaces ----

NS_LIST=()
# what setup_ns below sets
h1='' h2='' h3='' router='' bridge='' peer=''

# setup_ns NAME...: a namespace each, whose real name is put in the variable NAME
setup_ns() {
	local name ns

	for name; do
		ns=$name-${lib_tmp##*.}-${#NS_LIST[@]}
		ip netns add "$ns" || return 1
		NS_LIST+=("$ns")
		printf -v "$name" '%s' "$ns"
		# No addresses but those that the test gives, and no waiting for them
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.router_solicitations=0
		ip -n "$ns" link set lo up
	done
}

# cleanup_ns NAMESPACE...: gone when it returns; processes in it are ended
cleanup_ns() {
	local ns pids

	for ns; do
		[ -e "/run/netns/$ns" ] || continue
		pids=$(ip netns pids "$ns" 2>/dev/null)
		# shellcheck disable=SC2086 # several
		[ -z "$pids" ] || kill $pids 2>/dev/null
		ip netns del "$ns"
	done
}

cleanup_all_ns() {
	[ ${#NS_LIST[@]} = 0 ] || cleanup_ns "${NS_LIST[@]}"
}

# veth NS1 IF1 NS2 IF2: a link, up, with MAC addresses that say who is who
veth_count=0
veth() {
	veth_count=$((veth_count + 1))
	ip link add "$2" netns "$1" address "02:00:00:00:0$veth_count:01" type veth \
		peer name "$4" netns "$3" address "02:00:00:00:0$veth_count:02" || return 1
	link_up "$1" "$2" && link_up "$3" "$4"
}

link_up() {
	ip -n "$1" link set "$2" up
}

# addr NS IF ADDR/LEN...
addr() {
	local a

	for a in "${@:3}"; do
		if [[ $a = *:* ]]; then
			echo "addr add $a dev $2 nodad"
		else
			echo "addr add $a dev $2"
		fi
	done | ip -n "$1" -batch -
}

# two_hosts: $h1 with link e1, $h2 with link e2
#	192.0.2.1 2001:db8::1 fe80::1 - 192.0.2.2 2001:db8::2 fe80::2
two_hosts() {
	setup_ns h1 h2 &&
		veth "$h1" e1 "$h2" e2 &&
		addr "$h1" e1 192.0.2.1/24 2001:db8::1/64 fe80::1/64 &&
		addr "$h2" e2 192.0.2.2/24 2001:db8::2/64 fe80::2/64
}

# host_and_peer: $h1 with link e1 as in two_hosts; the other end, p1 in $peer, is
# for a scripted peer: nothing of the kernel there answers, not even to ARP
host_and_peer() {
	local a

	setup_ns h1 peer && export h1 peer || return 1
	ip netns exec "$peer" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	veth "$h1" e1 "$peer" p1 &&
		addr "$h1" e1 192.0.2.1/24 2001:db8::1/64 fe80::1/64 || return 1
	for a in 192.0.2.2 192.0.2.3 2001:db8::2 2001:db8::3 fe80::2; do
		echo "neigh replace $a lladdr 02:00:00:00:01:02 nud permanent dev e1"
	done | ip -n "$h1" -batch -
}

# conformance_hosts: host_and_peer, a second link e3 - p3 between the two, and a
# third one e5 - p5 in a VRF of $h1, with the same addresses as the first
#	203.0.113.1 fe80::1, as on e1; 192.0.2.1 2001:db8::1, as on e1
conformance_hosts() {
	local a

	host_and_peer && veth "$h1" e3 "$peer" p3 && veth "$h1" e5 "$peer" p5 &&
		vrf "$h1" red 100 e5 &&
		addr "$h1" e1 192.0.2.11/24 &&
		addr "$h1" e3 203.0.113.1/24 fe80::1/64 &&
		addr "$h1" e5 192.0.2.1/24 2001:db8::1/64 || return 1
	for a in 192.0.2.2 2001:db8::2; do
		ip -n "$h1" neigh replace $a lladdr 02:00:00:00:03:02 nud permanent dev e5
	done
}

# three_hosts_router: $h1 e1 - r1 $router r2 - e2 $h2
#	192.0.2.1 2001:db8::1 - .254 ::fe - 198.51.100.1 2001:db8:1::1
# The router has link-local addresses, from which it looks for its neighbours.
three_hosts_router() {
	setup_ns h1 router h2 &&
		veth "$h1" e1 "$router" r1 && veth "$h2" e2 "$router" r2 &&
		addr "$h1" e1 192.0.2.1/24 2001:db8::1/64 &&
		addr "$router" r1 192.0.2.254/24 2001:db8::fe/64 fe80::fe/64 &&
		addr "$router" r2 198.51.100.254/24 2001:db8:1::fe/64 fe80::fe/64 &&
		addr "$h2" e2 198.51.100.1/24 2001:db8:1::1/64 || return 1
	ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$h1" route add default via 192.0.2.254
	ip -n "$h2" route add default via 198.51.100.254
	ip -n "$h1" route add default via 2001:db8::fe
	ip -n "$h2" route add default via 2001:db8:1::fe
}

# vrf NS NAME TABLE [IF...]: a VRF, up, with these links in it; enslaving a link
# takes its IPv6 addresses away
vrf() {
	local i

	ip -n "$1" link add name "$2" type vrf table "$3" && link_up "$1" "$2" || return 1
	for i in "${@:4}"; do
		ip -n "$1" link set "$i" master "$2" || return 1
	done
}

# vrf_hosts N: $h1 and $h2 with N links between them, each in a VRF of its own,
# and one more that is in none, all with the same addresses
#	links e0-e<N>, e0 in no VRF, e1-e<N> in VRFs red1-red<N>, tables 101-
#	192.0.2.1 2001:db8::1 fe80::1 - 192.0.2.2 2001:db8::2 fe80::2
vrf_hosts() {
	local i h n

	setup_ns h1 h2 || return 1
	for ((i = 0; i <= $1; i++)); do
		echo "link add e$i netns $h1 type veth peer name e$i netns $h2"
	done | ip -batch - || return 1
	for n in 1 2; do
		h=h$n
		for ((i = 0; i <= $1; i++)); do
			echo "link set e$i up"
			[ "$i" = 0 ] || printf '%s\n' "link add name red$i type vrf table $((100 + i))" \
				"link set red$i up" "link set e$i master red$i"
			printf '%s\n' "addr add 192.0.2.$n/24 dev e$i" \
				"addr add 2001:db8::$n/64 dev e$i nodad" "addr add fe80::$n/64 dev e$i nodad"
		done | ip -n "${!h}" -batch - || return 1
	done
}

# matrix_hosts: three_hosts_router, and a link d1 - d2 between $h1 and $h2; for matrix.py
# With link-local addresses, without which Linux does not verify its neighbours.
matrix_hosts() {
	three_hosts_router && veth "$h1" d1 "$h2" d2 &&
		addr "$h1" d1 fe80::1/64 && addr "$h2" d2 fe80::2/64 &&
		addr "$h1" e1 fe80::1/64 && addr "$h2" e2 fe80::2/64 && export h1 h2
}

# three_hosts_bridge: $h1 e1, $h2 e2, $h3 e3 on a bridge in $bridge (ports p1-p3)
#	192.0.2.1-3 2001:db8::1-3 fe80::1-3
three_hosts_bridge() {
	local i h

	setup_ns bridge h1 h2 h3 || return 1
	ip -n "$bridge" link add name br0 type bridge || return 1
	link_up "$bridge" br0
	for i in 1 2 3; do
		h=h$i
		veth "${!h}" "e$i" "$bridge" "p$i" &&
			ip -n "$bridge" link set "p$i" master br0 &&
			addr "${!h}" "e$i" "192.0.2.$i/24" "2001:db8::$i/64" "fe80::$i/64" ||
			return 1
	done
}

# ---- the module ----

# bfd_load [PARAMETER=VALUE...]: load it; it is unloaded at the end
bfd_load() {
	modprobe -aq udp_tunnel ip6_udp_tunnel veth 2>/dev/null
	if [ -n "$BFD_KO" ]; then
		insmod "$BFD_KO" "$@"
	else
		modprobe bfd "$@"
	fi || skip_all "the module cannot be loaded"
	defer bfd_unload
}

bfd_unload() {
	[ ! -d /sys/module/bfd ] || rmmod bfd
}

# stall_load: mod/bfd_stall.c, with which tests hold the CPU
stall_load() {
	insmod "$lib_dir/../build/$BFD_KERNEL/selftests/mod/bfd_stall.ko" ||
		skip_all "bfd_stall cannot be loaded"
	defer rmmod bfd_stall
}

# bfd_param NAME VALUE: set a module parameter
bfd_param() {
	echo "$2" >"/sys/module/bfd/parameters/$1"
}

# ---- sessions ----

# bfd NS ARG...: bfdnl in a namespace
bfd() {
	bfdnl -n "$@"
}

# bfd_add NS ARG...: session add; the session's id is put in $bfd_id
bfd_add() {
	local out

	out=$(bfdnl -n "$1" -j session add "${@:2}") || return
	[[ $out =~ \"id\":\ *([0-9]+) ]] && bfd_id=${BASH_REMATCH[1]}
}

# bfd_pair [OPTION...]: a session between $h1 and $h2 over IPv4
bfd_pair() {
	bfd_add "$h1" dest-addr 192.0.2.2 source-addr 192.0.2.1 interface e1 "$@" &&
		bfd_add "$h2" dest-addr 192.0.2.1 source-addr 192.0.2.2 interface e2 "$@"
}

# bfd_pair_multihop [OPTION...]: a session over the router of three_hosts_router
bfd_pair_multihop() {
	bfd_add "$h1" dest-addr 198.51.100.1 source-addr 192.0.2.1 multihop "$@" &&
		bfd_add "$h2" dest-addr 192.0.2.1 source-addr 198.51.100.1 multihop "$@"
}

# bfd_pair_up [OPTION...]: the same, and wait until it is up
bfd_pair_up() {
	bfd_pair "$@" && bfd_wait_state "$h1" up && bfd_wait_state "$h2" up
}

# bfd_get NS PATH [SELECTOR...]: a field of a session, e.g. .id or
# '."session-running"."local-state"'; of the first one without a SELECTOR
bfd_get() {
	bfdnl -n "$1" -j -s session show "${@:3}" | jq -r ".[0]$2"
}

# bfd_running NS NAME [SELECTOR...], bfd_stat NS NAME [SELECTOR...]
bfd_running() {
	bfd_get "$1" ".\"session-running\".\"$2\"" "${@:3}"
}

bfd_stat() {
	bfd_get "$1" ".\"session-statistics\".\"$2\"" "${@:3}"
}

# bfd_drops NS REASON [SELECTOR...]: how many packets a session dropped
bfd_drops() {
	bfd_get "$1" ".\"session-statistics\".drops.\"$2\" // 0" "${@:3}"
}

# bfd_net_stat NS PATH: e.g. .netns.drops
bfd_net_stat() {
	bfdnl -n "$1" -j stats show | jq -r "$2"
}

# bfd_states NS: of all sessions, each state once
bfd_states() {
	local out state states=()

	out=$(bfdnl -n "$1" -j session show)
	for state in adminDown down init up; do
		[[ ! $out =~ \"local-state\":\ *\"$state\" ]] || states+=("$state")
	done
	echo "${states[*]}"
}

# bfd_all_state STATE NS...: wait until all sessions there are in it
bfd_all_state() {
	local ns

	for ns in "${@:2}"; do
		slowwait "$WAIT_TIMEOUT" until_value "$1" bfd_states "$ns" >/dev/null || return 1
	done
}

# udp_sockets NS PORT: how many there are, IPv4 and IPv6
udp_sockets() {
	ip netns exec "$1" cat /proc/net/udp /proc/net/udp6 |
		grep -c "$(printf ':%04X 0*:0000 ' "$2")"
}

# bfd_state NS [SELECTOR...]: of the first one
bfd_state() {
	local out

	out=$(bfdnl -n "$1" -j session show "${@:2}")
	[[ $out =~ \"local-state\":\ *\"([a-zA-Z]+)\" ]] && echo "${BASH_REMATCH[1]}"
}

# bfd_wait_state NS STATE [SELECTOR...]: adminDown, down, init, up
bfd_wait_state() {
	slowwait "$WAIT_TIMEOUT" until_value "$2" bfd_state "$1" "${@:3}"
}

# ---- captures and events ----

# in_background FILE COMMAND...: with FILE as its output; its process in $background
in_background() {
	"${@:2}" >"$1" 2>"$1.err" &
	background=$!
	defer stop_background $background
}

stop_background() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

has_packet_socket() {
	[ "$(ip netns exec "$1" cat /proc/net/packet | wc -l)" -gt "$2" ]
}

# capture_start NS IF FILE [FILTER]: process in $capture
capture_start() {
	local before

	before=$(ip netns exec "$1" cat /proc/net/packet | wc -l)
	# --immediate-mode: nothing waits in a buffer when it is stopped
	in_background "$3.out" ip netns exec "$1" tcpdump -U -n -q -i "$2" -w "$3" \
		--immediate-mode --time-stamp-precision=nano "${4:-udp port 3784}"
	capture=$background
	busywait 10000 has_packet_socket "$1" "$before"
}

# capture_stop [PROCESS]: the file is whole when it returns
capture_stop() {
	sleep 0.1
	stop_background "${1:-$capture}"
}

# monitor_start NS FILE [SELECTOR...]: events as lines of JSON; process in $monitor
monitor_start() {
	in_background "$2" bfdnl -n "$1" -j monitor "${@:3}"
	monitor=$background
	sleep 0.2
}

monitor_stop() {
	stop_background "${1:-$monitor}"
}

# ---- scenarios in Python ----

# scenario FILE [ARG...]: run it; each line of its output is a result:
#	ok NAME | not ok NAME # WHY | skip NAME # WHY | # REMARK
scenario() {
	local line name err=$lib_tmp/scenario.err

	while read -r line; do
		case $line in
		'ok '*) log_test "${line#ok }" ;;
		'not ok '*)
			name=${line#not ok }
			RET=$ksft_fail retmsg=${name#* \# }
			log_test "${name%% \# *}"
			;;
		'skip '*)
			name=${line#skip }
			log_test_skip "${name%% \# *}" "${name#* \# }"
			;;
		*) log_info "${line#\# }" ;;
		esac
	done < <(exec python3 -B "$lib_dir/$1" "${@:2}" 2>"$err")
	if ! wait $!; then
		log_info "$(cat "$err")"
		RET=$ksft_fail retmsg="it ended early"
		log_test "$1"
	fi
}
