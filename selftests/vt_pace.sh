#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The pace while not Up, and what the peer asks for: RFC 5880, 6.8.3, 6.8.7, 6.8.18.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
scenario vt_pace.py
exit "$EXIT_STATUS"
