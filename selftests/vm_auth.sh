#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Authentication with BIRD 2: five links, one for each type, with a session over
# IPv4 and one over IPv6 on each of them, and two sessions over a router. BIRD has
# one type for all multihop sessions; all types come to them one after the other.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

require_command bird birdc

TYPES=(simple-password keyed-md5 meticulous-keyed-md5 keyed-sha1 meticulous-keyed-sha1)
# of a session d
LINK='int((d.interface or "a1")[1])'
BIRD_TYPES=(simple "keyed md5" "meticulous keyed md5" "keyed sha1" "meticulous keyed sha1")

# As long as may be
secret_of() {
	case $1 in
	4 | 5) echo "secret of 20 bytes $1" ;;
	*) echo "sixteen bytes: $1" ;;
	esac
}

links_setup() {
	local i

	three_hosts_router || return
	for i in 1 2 3 4 5; do
		veth "$h1" "a$i" "$h2" "b$i" &&
			addr "$h1" "a$i" "10.0.$i.1/24" "2001:db8:1$i::1/64" &&
			addr "$h2" "b$i" "10.0.$i.2/24" "2001:db8:1$i::2/64" || return
	done
}

# bird_auth SHIFT|none LINK: the link has the type and key LINK + SHIFT (of 1 to 5)
bird_auth() {
	local n=$((($2 + ${1/none/0} - 1) % 5 + 1))

	echo "interval 200 ms; multiplier 5;"
	[ "$1" = none ] || echo "authentication ${BIRD_TYPES[n - 1]};
		password \"$(secret_of "$n")\" { id $((100 + n)); };"
}

# bird_config SHIFT|none
bird_config() {
	local i

	cat <<-END
		log "$lib_tmp/bird.log" all;
		router id 192.0.2.2;
		protocol device {}
		protocol bfd peer {
			debug { states, events };
	END
	for i in 1 2 3 4 5; do
		echo "interface \"b$i\" { $(bird_auth "$1" $i) };
			neighbor 10.0.$i.1 dev \"b$i\" local 10.0.$i.2;
			neighbor 2001:db8:1$i::1 dev \"b$i\" local 2001:db8:1$i::2;"
	done
	echo "multihop { $(bird_auth "$1" 1) };
		neighbor 192.0.2.1 local 198.51.100.1 multihop yes;
		neighbor 2001:db8::1 local 2001:db8:1::1 multihop yes;"
	echo "}"
}

bird_start() {
	bird_config "$1" >"$lib_tmp/bird.conf"
	ip netns exec "$h2" bird -f -c "$lib_tmp/bird.conf" -s "$lib_tmp/bird.ctl" \
		2>>"$lib_tmp/bird.err" &
	bird_pid=$!
}

bird_change() {
	bird_config "$1" >"$lib_tmp/bird.conf"
	birdc -s "$lib_tmp/bird.ctl" configure >"$lib_tmp/birdc" 2>&1
	check_err $? "birdc configure: $(tail -n 1 "$lib_tmp/birdc")"
}

# bird_has COUNT STATE: that many of BIRD's sessions are in STATE
bird_has() {
	[ "$(birdc -s "$lib_tmp/bird.ctl" show bfd sessions 2>/dev/null |
		awk -v state="$2" '$3 == state' | wc -l)" = "$1" ]
}

# each_session FUNCTION [ARG...]: run the commands of bfdnl that FUNCTION makes of a
# selector and the number of the link behind
each_session() {
	local i

	for i in 1 2 3 4 5; do
		"$@" "dest-addr 10.0.$i.2 interface a$i" "$i"
		"$@" "dest-addr 2001:db8:1$i::2 interface a$i" "$i"
	done >"$lib_tmp/batch"
	"$@" "dest-addr 198.51.100.1 source-addr 192.0.2.1 multihop" 1 >>"$lib_tmp/batch"
	"$@" "dest-addr 2001:db8:1::1 source-addr 2001:db8::1 multihop" 1 >>"$lib_tmp/batch"
	bfd "$h1" -b "$lib_tmp/batch"
	check_err $? "cannot do: $1"
}

add_one() {
	echo "session add $1 tx 200ms rx 200ms local-multiplier 5 key $2 key-id $((100 + $2))"
}

# auth_one SHIFT WORDS SELECTOR LINK
auth_one() {
	local n=$((($4 + $1 - 1) % 5 + 1))

	echo "session auth $3 key $n key-id $((100 + n)) $2"
}

auth_none() {
	echo "session auth $1 none delayed"
}

# set_one WORDS SELECTOR
set_one() {
	echo "session set $2 $1"
}

all_up() {
	check_up "$h1" 12 "${1:-not up}"
	await bird_has 12 Up
	check_err $? "BIRD's sessions are not Up"
}

# check_keys SHIFT WHAT: sessions use the keys shifted by that
check_keys() {
	check_sessions "$h1" 12 "d.authentication and 'pending' not in d.authentication and
		d.authentication.key_id == 100 + d.authentication.key and
		d.authentication.key == (${LINK} + $1 - 1) % 5 + 1" "$2"
}

check_no_loss() {
	check_eq "$(sessions "$h1" 'sum(d.session_statistics.down_count for d in v)')" "$1" \
		"${2:-number of losses}"
	await bird_has 12 Up
	check_err $? "BIRD's sessions are not Up"
}

test_up() {
	local n

	for n in 1 2 3 4 5; do
		bfd "$h1" key set "$n" type "${TYPES[n - 1]}" password "$(secret_of "$n")"
		check_err $? "cannot make key $n"
	done
	each_session add_one
	bird_start 0
	all_up
	check_keys 0 "keys"
	sleep 2
	check_eq "$(sessions "$h1" 'sum(sum(d.session_statistics.drops.values()) for d in v)')" 0 \
		"number of packets dropped"
	check_eq "$(grep -c -i authentication "$lib_tmp/bird.log")" 0 "number of BIRD's complaints"
	log_test "all five types, IPv4 and IPv6, and multihop: sessions come up, no packet is refused"
}

# change_to SHIFT: all have the one before
change_to() {
	each_session auth_one "$1" delayed
	sleep 1
	check_sessions "$h1" 12 "d.authentication.key == ($LINK + $1 - 2) % 5 + 1 and
		d.authentication.pending.key == ($LINK + $1 - 1) % 5 + 1" "pending keys"
	check_no_loss 0 "number of losses while the change is pending"
	bird_change "$1"
	check_keys "$1" "keys after BIRD has changed"
	sleep 2
	check_no_loss 0
}

test_change() {
	local shift

	for shift in 1 2 3 4 5; do
		change_to $shift
	done
	log_test "every session gets all types one after the other, delayed: when BIRD changes, no loss"
}

test_off_on() {
	each_session auth_none
	bird_change none
	check_sessions "$h1" 12 "not d.authentication" "authentication after BIRD has none"
	sleep 2
	check_no_loss 0 "number of losses when it was switched off"
	each_session auth_one 0 delayed
	bird_change 0
	check_keys 0 "keys after BIRD has some"
	sleep 2
	check_no_loss 0
	log_test "switched off and on, delayed: when BIRD does it, without a loss"
}

test_wrong() {
	each_session auth_one 2 ""
	check_sessions "$h1" 12 'r.local_state == "down"' "a wrong key"
	await bird_has 0 Up
	check_err $? "BIRD believes a wrong key"
	check_sessions "$h1" 12 's.drops.auth_type > 0' "why packets are dropped"
	each_session auth_one 0 ""
	all_up "after the right key is back"
	log_test "at once to what BIRD does not have: nobody believes the other, until it is taken back"
}

# up_again START DETECTION_MS WHAT: all are Up, the old sequence numbers having been
# forgotten after two Detection Times, and a few packets at one a second exchanged
up_again() {
	local took

	all_up "after $3"
	took=$(($(monotonic_ms) - $1))
	[ $took -lt $((2 * $2 + 6000)) ]
	check_err $? "Up only $took ms after $3"
	log_info "$3: all Up after $took ms"
}

test_restart() {
	local start old

	old=$(sessions "$h1" '{d.remote_discriminator for d in v}')
	start=$(monotonic_ms)
	kill -9 "$bird_pid"
	wait "$bird_pid" 2>/dev/null
	bird_start 0
	check_sessions "$h1" 12 "d.remote_discriminator not in (${old// /, }, 0)" \
		"BIRD's discriminators"
	up_again "$start" 1000 "BIRD's restart"
	log_test "BIRD restarts at once with other sequence numbers: forgotten, and Up, in time"
	start=$(monotonic_ms)
	bfd "$h1" session flush
	each_session add_one
	# our AdminDown has told BIRD to expect a packet a second
	up_again "$start" 5000 "our restart"
	check_keys 0 "keys"
	log_test "we restart with other sequence numbers: forgotten, and Up, in time"
}

test_delete() {
	each_session set_one "local-multiplier 50"
	check_sessions "$h1" 12 'r.poll_active is False' "a longer detection time"
	sleep 1
	bfd "$h1" session flush
	WAIT_TIMEOUT=4 await bird_has 0 Up
	check_err $? "BIRD does not believe our last words within its detection time of 12 s"
	check_eq "$(bfd "$h1" -j key show | jq -c '[.[]."use-count"]')" "[0,0,0,0,0]" "use counts"
	log_test "sessions are deleted: AdminDown is signed"
}

bfd_load
links_setup
check_err $? "links cannot be set up"
test_up
test_change
test_off_on
test_wrong
test_restart
test_delete
kill "$bird_pid"
exit "$EXIT_STATUS"
