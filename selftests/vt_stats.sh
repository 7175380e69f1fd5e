#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Statistics: what was late, by how much, and what the log says of a failure.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
require_command setpriv unshare
bfd_load seed=7
stall_load
host_and_peer || exit 1
scenario vt_stats.py
exit "$EXIT_STATUS"
