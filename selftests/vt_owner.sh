#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What becomes of sessions when the socket that owns them is closed.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
scenario vt_owner.py
exit "$EXIT_STATUS"
