#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The pace of transmission: RFC 5880, 6.8.7 and 6.8.2.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
stall_load
bfd_load seed=11
two_hosts && export h1 h2 || exit 1
scenario vt_gaps.py
exit "$EXIT_STATUS"
