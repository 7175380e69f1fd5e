#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Demand mode of ours, and of both: RFC 5880, 6.6, 6.8.4 and 6.8.7.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
scenario vt_demand.py
two_hosts && export h1 h2 || exit 1
scenario vt_demand_pair.py
exit "$EXIT_STATUS"
