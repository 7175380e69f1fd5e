#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is asked of other sessions is asked of express ones: every packet is accepted, or
# dropped and counted, or left to IP, as it would be without.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
export also=express	# see Bench in lib/peer.py

fresh() {
	cleanup_all_ns
	veth_count=0
	host_and_peer
}

fresh && veth "$h1" e3 "$peer" p3 && addr "$h1" e3 203.0.113.1/24 || exit 1
scenario vt_receive.py

fresh || exit 1
scenario vt_state.py

fresh || exit 1
scenario vt_poll.py

fresh || exit 1
scenario vt_change.py

fresh && setup_ns other && export other && veth "$h1" e3 "$other" o3 &&
	addr "$h1" e3 203.0.113.1/24 && addr "$other" o3 203.0.113.2/24 || exit 1
scenario vt_auth.py
exit "$EXIT_STATUS"
