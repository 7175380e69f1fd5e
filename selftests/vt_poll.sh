#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Poll Sequences: RFC 5880, 6.5, 6.8.3 and 6.8.7.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
scenario vt_poll.py
exit "$EXIT_STATUS"
