#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: test_bfdnl_all.sh BUILD
#
# Run all tests of libbfdnl and bfdnl that need no kernel module, on what
# "make -C userspace tests" built in BUILD. TAP on standard output.

here=$(dirname "$(readlink -f "$0")")
build=${1:?BUILD is missing}
export UBSAN_OPTIONS=print_stacktrace=1
passed=0 failed=0

run() {
	local line status

	echo "# ${1##*/}"
	while IFS= read -r line; do
		case $line in
		"ok "*) passed=$((passed + 1)) ;;
		"not ok "*) failed=$((failed + 1)) ;;
		"status "*)
			status=${line#status }
			continue
			;;
		esac
		printf '%s\n' "$line"
	done < <("$@" 2>&1; echo "status $?")
	if [ "$status" != 0 ]; then
		echo "not ok - ${1##*/} ended with status $status"
		failed=$((failed + 1))
	fi
}

for test in "$build"/test/test_lib_* "$build"/test/test_agent_*; do
	run "$test"
done
for test in "$here"/test_bfdnl_*.sh; do
	[ "$test" -ef "$0" ] || run "$test" "$build"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
