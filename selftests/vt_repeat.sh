#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# With the module's parameter "seed" every run is the same: times and contents.
# The last line of the output has the digest of a trace; that of every machine
# started afresh is the same (make -C selftests repeat).
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual

# A time by which the fine and the coarse raster of transmissions begin anew
period=$((1 << 34))

# trace FILE SEED: some sessions, started at a multiple of $period
trace() {
	cleanup_all_ns
	veth_count=0
	two_hosts || return 1
	insmod "$BFD_KO" seed="$2"
	capture_start "$h1" e1 "$1"
	python3 - <<-END
		import sys
		sys.path.insert(0, '$lib_dir/lib')
		from nl import Netlink, addr, attr, u32
		from tool import now, sleep_until
		ends = [(Netlink('$h1'), 2), (Netlink('$h2'), 1)]
		requests = []
		for n, us in enumerate((3300, 10000, 300000)):
		    for i, (nl, other) in enumerate(ends):
		        family = ('192.0.2.%d', '2001:db8::%d', 'fe80::%d')[n] % other
		        requests.append((nl, addr('DEST_ADDR', family) + attr('INTERFACE', b'e%d\0' % (i + 1)) +
		                         u32('LOCAL_DISCRIMINATOR', 1000 * n + i + 1) +
		                         u32('DESIRED_MIN_TX_INTERVAL', us) +
		                         u32('REQUIRED_MIN_RX_INTERVAL', us)))
		start = (now() // $period + 1) * $period
		sleep_until(start)
		for nl, body in requests:
		    nl.call('SESSION_NEW', body)
		sleep_until(start + 10 * 10 ** 9)
	END
	capture_stop
	check_eq "$(bfdnl -n "$h1" -j session show |
		jq -r '[.[]."session-running"."local-state"] | unique | join(" ")')" up "the states"
	bfd_unload
}

# describe FILE: a line for every packet. Processes read the clock, which takes 256 ns
# of it; what the module does is put on its slots of 65.536 us.
describe() {
	python3 - "$1" <<-END
		import sys
		sys.path.insert(0, '$lib_dir/lib')
		from wire import read_pcap
		packets = read_pcap(sys.argv[1])
		for p in packets:
		    at = p.time - packets[0].time
		    slot = (at + 32768) // 65536
		    if abs(at - slot * 65536) > 2000:
		        print('between two slots')
		    print(slot, p.src, p.dst, p.sport, p.ttl, p.payload.hex())
	END
}

for n in 1 2; do
	trace "$lib_tmp/$n.pcap" 5880
	describe "$lib_tmp/$n.pcap" >"$lib_tmp/$n.txt"
done
trace "$lib_tmp/3.pcap" 5881
describe "$lib_tmp/3.pcap" >"$lib_tmp/3.txt"
[ "$(wc -l <"$lib_tmp/1.txt")" -gt 5000 ]
check_err $? "only $(wc -l <"$lib_tmp/1.txt") packets"
diff "$lib_tmp/1.txt" "$lib_tmp/2.txt" >"$lib_tmp/diff"
check_err $? "the traces differ: $(head -n 3 "$lib_tmp/diff")"
log_test "two runs with the same seed are the same, slot for slot and byte for byte"
! cmp -s "$lib_tmp/1.txt" "$lib_tmp/3.txt"
check_err $? "the traces are the same"
log_test "another seed, another run"
log_info "trace $(sha256sum <"$lib_tmp/1.txt" | cut -c 1-16), $(wc -l <"$lib_tmp/1.txt") packets"
exit "$EXIT_STATUS"
