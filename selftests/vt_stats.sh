#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Statistics: what was late, by how much, and what the log says of a failure.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
require_command setpriv unshare
bfd_load seed=7
insmod "${0%/*}/../build/$BFD_KERNEL/selftests/mod/bfd_stall.ko" ||
	skip_all "bfd_stall cannot be loaded"
defer rmmod bfd_stall
host_and_peer || exit 1
scenario vt_stats.py
exit "$EXIT_STATUS"
