#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every parameter is changed while Up, at either end and in every mode: RFC 5880, 6.8.3, 6.8.10 to 6.8.14.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
scenario vt_change.py
exit "$EXIT_STATUS"
