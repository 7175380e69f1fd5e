#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: demo-show.sh [--color] {MS|auto}
#
# The show of scripts/demo, in the guest. MS is the interval of the sessions.
# Ends with 0 if everything happened as told, else says what did not and ends with
# 1; or with 3 if a session at an interval chosen here fell by itself.

# shellcheck disable=SC2317 # many functions are called through within and expect

set -uo pipefail
# shellcheck source=scripts/lib/demo-hosts.sh
. "${BASH_SOURCE[0]%/*}/demo-hosts.sh"

color=
bold=
plain=
if [ "$1" = --color ]; then
	color=-c
	bold=$'\e[1m'
	plain=$'\e[0m'
	shift
fi
interval=$1
how=
switch_failed=
events=/run/demo-events		# what happened on left, in JSON
live=/run/demo-live		# and as the reader sees it
monitors=()
wrong=()

# ---- saying and doing ----

title() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# run LINE: show a command, and run it.
run() {
	printf '%s$ %s%s\n' "$bold" "$1" "$plain"
	# A terminal gets colours without being asked; this is a pipe.
	eval "${1/#bfdnl /bfdnl $color }" || {
		wrong+=("$1: status $?")
		return 1
	}
}

# expect TEXT COMMAND...: it is wrong if COMMAND fails, and TEXT says what.
expect() {
	local text=$1
	shift

	"$@" || wrong+=("$text")
}

# within SECONDS COMMAND...: try until it succeeds.
within() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift

	until "$@"; do
		((${EPOCHREALTIME/./} < end)) || return 1
		sleep 0.1
	done
}

finish() {
	local w

	[ ${#monitors[@]} = 0 ] || kill "${monitors[@]}" 2>/dev/null
	wait
	[ ${#wrong[@]} -gt 0 ] || exit 0
	printf '\nThis did not happen as told:\n'
	for w in "${wrong[@]}"; do
		printf '  %s\n' "$w"
	done
	[ "$how" = chosen ] && fallen && exit 3
	exit 1
}

# give_up TEXT
give_up() {
	wrong+=("$1")
	finish
}

# ---- what is true ----

# sessions HOST STATE NUMBER: the host has so many sessions in that state.
sessions() {
	[ "$(bfdnl -j -n "$1" session show state "$2" | jq length)" = "$3" ]
}

bird_is() {
	birdc show bfd sessions | grep -q "192\.0\.2\.1 .* $1 "
}

all_up() {
	sessions left up 3 && sessions right up 2 && bird_is Up
}

all_down() {
	sessions left up 0 && sessions right up 0 && bird_is Down
}

# down_counts EXPRESSION: whether it holds for how often every session of left
# went down.
down_counts() {
	[ "$(bfdnl -j -n left session show |
		jq "all(.[]; .[\"session-statistics\"][\"down-count\"] $1)")" = true ]
}

# fallen: a session went down more often than the switch failed.
fallen() {
	! down_counts "<= ${switch_failed:-0}"
}

# changes OLD NEW: changes of state on left since the last mark, one a line.
changes() {
	tail -n "+$((mark + 1))" "$events" |
		jq -c --arg old "$1" --arg new "$2" \
			'select(.event == "state" and .["old-state"] == $old and .["new-state"] == $new)'
}

mark_events() {
	mark=$(wc -l <"$events")
}

# lines FILE NUMBER: it has at least so many.
lines() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

no_change() {
	[ "$(tail -n "+$((mark + 1))" "$events" | grep -c '"event":"state"')" = 0 ]
}

# ---- measuring ----

# late_max: how late a timer ran since the statistics were cleared, us.
late_max() {
	bfdnl -j stats show | jq '[.cpus[]["late-max"]] | max | floor'
}

# Detection: from the last packet received to the change to Down, both as the
# kernel noted them. It must not be short; and if it is long, a late timer must
# be the reason: the first look at the deadline was late, ten milliseconds were
# granted to packets that wait, the second look was late.
measure() {
	local late name configured measured word

	late=$(late_max)
	printf '\n%-30s %12s %12s\n' "session" "configured" "measured"
	while IFS=$'\t' read -r name configured measured; do
		word=
		if ((measured < configured || measured > configured + 2 * late + 10000 + 66)); then
			word='  WRONG'
			wrong+=("$name: took $measured us to detect")
		fi
		awk -v n="$name" -v c="$configured" -v m="$measured" -v w="$word" 'BEGIN {
			printf "%-30s %9.1f ms %9.1f ms%s\n", n, c / 1000, m / 1000, w }'
	done < <(changes up down | jq -r --slurpfile before /run/demo-sessions '
		.id as $id |
		($before[0][] | select(.id == $id) | .["session-running"]["detection-time"]) as $time |
		[.["source-addr"] + " > " + .["dest-addr"], $time,
		 ((.monotonic - .["last-receive-times"][0]) / 1000 | floor)] | @tsv')
	awk -v l="$late" 'BEGIN { printf "\n\
Measured: from the last packet received to Down, as the event tells both. No\n\
timer of this machine ran later than %.1f ms meanwhile (late-max, see below).\n", l / 1000 }'
}

detected() {
	[ "$(changes up down | grep -c '"local-diagnostic":"control-expiry"')" = 3 ]
}

# ---- the show ----

trap 'give_up "the demo was interrupted"' TERM INT

title "Three hosts on a switch"
cat <<'END'
Three network namespaces of one machine, and a bridge as the switch:

     left               right              bird
     192.0.2.1          192.0.2.2          192.0.2.3
     2001:db8::1        2001:db8::2        runs BIRD
          |                  |                  |
          +------------- the switch ------------+

left and right run BFD in the kernel: a module does it all.
END
load_module || give_up "the module could not be loaded"
add_hosts || give_up "the hosts could not be made"
start_bird || give_up "BIRD could not be started"
how=asked
if [ "$interval" = auto ]; then
	interval=$(choose_interval) || give_up "the trial of the interval failed"
	how=chosen
fi
bfdnl -j -n left monitor >"$events" &
monitors+=($!)

title "Sessions: a packet every $interval ms, $((3 * interval)) ms of silence are a failure"
[ "$how" = asked ] || echo "(A trial showed that this machine is punctual enough for $interval ms.)"
while read -r line; do
	run "$line" || finish
done < <(session_commands "$interval")
echo "On bird, bird.conf names left as a neighbour."
within 20 all_up || give_up "not all sessions came up"
# Each side now asks the other for the fast pace (a Poll Sequence).
sleep 1
run "bfdnl -n left session show"
run "birdc show bfd sessions"

title "The switch fails. Every link stays up: only BFD can tell"
bfdnl -j -n left session show >/run/demo-sessions
bfdnl stats clear
mark_events
printf '%s$ bfdnl -n left -t monitor &%s\n' "$bold" "$plain"
: >"$live"
bfdnl ${color:+"$color"} -n left -t monitor > >(exec tee "$live") &
monitors+=($!)
within 5 lines "$live" 3 || give_up "bfdnl monitor did not list three sessions"
sleep 1
expect "a session went down before the switch failed" no_change
mark_events
switch_failed=1
run "ip -n switch link set br0 down"
expect "not all sessions of left went down by themselves" within 5 detected
expect "not all others went down" within 5 all_down
run "ip -n left -br link show dev eth0"
measure

title "The switch works again"
run "ip -n switch link set br0 up"
expect "not all sessions came up again" within 20 all_up
sleep 1
kill "${monitors[1]}"
wait "${monitors[1]}" 2>/dev/null
run "bfdnl -n left session show"

title "What the kernel has counted"
echo "Below, drops are packets that came when left had no session for them: before it
was made, or after it was deleted."
run "bfdnl -n left -s session show peer 192.0.2.2"
run "bfdnl -n left stats show"
expect "a session did not go down exactly once" down_counts "== 1"

kill "${monitors[0]}"
wait "${monitors[0]}" 2>/dev/null
monitors=()
[ ${#wrong[@]} -gt 0 ] || rmmod bfd || wrong+=("the module could not be removed")
finish
