# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # lib_tmp: lib.sh
#
# FRR's daemons in a namespace, as the instance that is named after it; to be sourced
# after vm.sh.

frr_dir=/usr/lib/frr

# require_frr DAEMON...
require_frr() {
	require_command vtysh "${@/#/$frr_dir/}"
}

# frr_config NS DAEMON: its configuration is the input
frr_config() {
	local dirs=("/etc/frr/$1" "/run/frr/$1")

	mkdir -p "${dirs[@]}"
	cat >"${dirs[0]}/$2.conf"
	touch "${dirs[0]}/zebra.conf" "${dirs[0]}/vtysh.conf"
	chown -R frr:frr "${dirs[@]}"
}

# bfdd_config NS MS MULTIPLIER [PEER...]: a profile "test", and peers that have it
bfdd_config() {
	local p

	{
		printf '%s\n' bfd " profile test" "  detect-multiplier $3" \
			"  receive-interval $2" "  transmit-interval $2" " exit"
		for p in "${@:4}"; do
			printf ' %s\n' "peer $p" " profile test" exit
		done
		echo exit
	} | frr_config "$1" bfdd
}

# frr_daemon NS DAEMON [ARG...]: run it, with its process in $background
frr_daemon() {
	in_background "$lib_tmp/$1.$2" ip netns exec "$1" "$frr_dir/$2" -N "$1" \
		-f "/etc/frr/$1/$2.conf" "${@:3}"
}

# frr_show NS DAEMON COMMAND
frr_show() {
	vtysh -N "$1" -d "$2" -c "$3" 2>/dev/null
}

# zebra_start NS: it is there when it returns
zebra_start() {
	frr_daemon "$1" zebra
	zebra_await "$1"
}

zebra_await() {
	await frr_show "$1" zebra "show version" >/dev/null
	check_err $? "zebra does not start"
}

# bfdd_do NS LINE...
bfdd_do() {
	local args=() line

	for line in "${@:2}"; do
		args+=(-c "$line")
	done
	vtysh -N "$1" -d bfdd "${args[@]}" >"$lib_tmp/vtysh" 2>&1 &&
		! grep -q '^%' "$lib_tmp/vtysh"
	check_err $? "vtysh ${*:2}: $(tail -n 1 "$lib_tmp/vtysh")"
}

# bfdd_profile NS MS MULTIPLIER: changes the sessions that use it
bfdd_profile() {
	bfdd_do "$1" "configure terminal" bfd "profile test" "detect-multiplier $3" \
		"receive-interval $2" "transmit-interval $2"
}

# frr_json NS DAEMON COMMAND EXPR: what EXPR makes of what is shown
frr_json() {
	frr_show "$1" "$2" "$3 json" >"$lib_tmp/json" && ask json "$lib_tmp/json" "$4"
}

# bfdd_peers NS EXPR: what EXPR makes of the list of bfdd's peers
bfdd_peers() {
	frr_json "$1" bfdd "show bfd peers" "$2"
}

# frr_kill PROCESS
frr_kill() {
	kill -9 "$1"
	wait "$1" 2>/dev/null
}
