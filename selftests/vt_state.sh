#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# States, diagnostics, what is kept and what is forgotten: RFC 5880, 6.1, 6.2, 6.8.16, 6.8.18.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
scenario vt_state.py
exit "$EXIT_STATUS"
