#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The timer wheel alone: see mod/bfd_wheel_test.c. On the debug kernel, which
# is slow, with fewer timers and nearer deadlines.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
module=${0%/*}/../build/$BFD_KERNEL/selftests/mod/bfd_wheel_test.ko

options=(rounds=100)
if [ "${BFD_KERNEL:-}" = uml-debug ]; then
	options=(rounds=20 magnitude=8)
fi
# from a tick to months ahead, armed, armed anew and cancelled at random
for seed in 1 2; do
	RET=0
	insmod "$module" seed=$seed "${options[@]}"
	check_err $? "a timer fired early, late, twice or never"
	dmesg | grep -E 'fired' | tail -n 3
	rmmod bfd_wheel_test 2>/dev/null
	log_test "every timer fires once and in its slot, ${options[*]}, seed $seed"
done

RET=0
insmod "$module" stuck=1
check_err $? "the timer waited for ksoftirqd or a tick of the clock"
dmesg | grep 'while ksoftirqd' | tail -n 1
rmmod bfd_wheel_test 2>/dev/null
log_test "a timer that fell due in a softirq which left it to ksoftirqd is called at once"
exit "$EXIT_STATUS"
