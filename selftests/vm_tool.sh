#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bfdnl against the kernel: what it prints, what it refuses and with which words;
# the spec of the netlink family; tracepoints.

# shellcheck source=selftests/lib/vm.sh
. "$(dirname "$0")/lib/vm.sh"

# A session in h1 that leaves Up must show in the trace, and late packets.
test_tracepoints() {
	local tracing=/sys/kernel/tracing i

	[ -d $tracing/events/bfd/bfd_state ] && [ -d $tracing/events/bfd/bfd_tx_late ]
	check_err $? "no tracepoints"
	echo 1 >$tracing/events/bfd/enable
	for i in {1..5}; do
		addr "$h1" e1 "10.$i.0.1/24"
		addr "$h2" e2 "10.$i.0.2/24"
		bfd "$h1" session add dest-addr "10.$i.0.2" source-addr "10.$i.0.1" tx 1ms rx 1ms
		bfd "$h2" session add dest-addr "10.$i.0.1" source-addr "10.$i.0.2" tx 1ms rx 1ms
	done
	await grep -q 'bfd_state: .*new_state=3' $tracing/trace
	check_err $? "no event of a session that comes Up"
	# sessions that send every millisecond are late at some time
	await grep -q 'bfd_tx_late: .*late_ns=[1-9][0-9][0-9][0-9][0-9][0-9][0-9]' $tracing/trace
	check_err $? "no event of a late packet"
	bfd "$h1" session set dest-addr 10.1.0.2 admin-down
	await grep -q 'bfd_state: .*new_state=0 local_diag=7' $tracing/trace
	check_err $? "no event of a session that goes AdminDown"
	echo 0 >$tracing/events/bfd/enable
	bfd "$h1" session flush
	bfd "$h2" session flush
	log_test "tracepoints bfd_state and bfd_tx_late"
}

bfd_load
two_hosts && veth "$h1" e3 "$h2" e4 && addr "$h1" e3 fe80::1/64
check_err $? "two hosts cannot be set up"
export h1 h2 lib_tmp
scenario vm_tool.py
test_tracepoints

python3 "$lib_dir/../Documentation/netlink/check-spec.py" --live >"$lib_tmp/spec" 2>&1
check_err $? "$(head -n 3 "$lib_tmp/spec")"
log_test "the spec is what the kernel does"

exit "$EXIT_STATUS"
