#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Authentication: RFC 5880, 6.7; keys.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=11
host_and_peer || exit 1
# another host that is ours
setup_ns other || exit 1
export other
veth "$h1" e3 "$other" o3 || exit 1
addr "$h1" e3 203.0.113.1/24 || exit 1
addr "$other" o3 203.0.113.2/24 || exit 1
scenario vt_auth.py
scenario vt_keys.py
exit "$EXIT_STATUS"
