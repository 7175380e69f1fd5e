#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The Echo function: RFC 5880, 6.4, 6.8.5, 6.8.9; RFC 5881, 4.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=0
stall_load
host_and_peer || exit 1
scenario vt_echo.py
exit "$EXIT_STATUS"
