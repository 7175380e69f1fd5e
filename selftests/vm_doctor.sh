#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bfdnl doctor on a kernel as it comes: what it says can be done while a host runs
# this kernel lets one do, and after that it is not said again.
#
# shellcheck disable=SC2154 # lib_tmp

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

settings=(/proc/sys/vm/percpu_pagelist_high_fraction /proc/sys/net/core/netdev_budget
	/sys/module/rcutree/parameters/rcu_resched_ns)

# findings INTERVAL CHECK: what it says to do, if that is a command
findings() {
	bfdnl -j doctor interval "$1" >"$lib_tmp/doctor"
	jq -r --arg check "$2" '.findings[] | select(.check == $check) | .fix // empty' \
		"$lib_tmp/doctor" | sed -n 's/    (.*//; /^\(sysctl -w\|echo\) /p'
}

test_fixes() { # CHECK INTERVAL...
	local check=$1 interval line said=0 left

	for interval in "${@:2}"; do
		while IFS= read -r line; do
			said=$((said + 1))
			bash -c "$line" >/dev/null 2>"$lib_tmp/err"
			check_err $? "$interval: $line: $(cat "$lib_tmp/err")"
		done < <(findings "$interval" "$check")
		left=$(findings "$interval" "$check")
		[ -z "$left" ]
		check_err $? "$interval: it still says: $left"
	done
	[ "$said" -gt 0 ]
	check_err $? "it had nothing to say"
	log_test "doctor: $check: what it says helps"
}

bfd_load
for setting in "${settings[@]}"; do
	defer bash -c "echo $(cat "$setting") >$setting"
done
test_fixes pages 5ms 1ms
test_fixes rcu 20ms
test_fixes budget 2ms 1ms
exit "$EXIT_STATUS"
