#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is received and what is dropped: RFC 5880, 6.8.6; RFC 5881, 5.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
# another link to the same peer
veth "$h1" e3 "$peer" p3 || exit 1
addr "$h1" e3 203.0.113.1/24 || exit 1
scenario vt_receive.py
exit "$EXIT_STATUS"
