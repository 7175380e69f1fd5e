#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Messages that bfdnl would not send.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
two_hosts && export h1 h2 || exit 1
scenario vt_netlink.py
exit "$EXIT_STATUS"
