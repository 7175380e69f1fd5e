#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Path diagnostics: RFC 5880, 6.8.17.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
scenario vt_diag.py
exit "$EXIT_STATUS"
