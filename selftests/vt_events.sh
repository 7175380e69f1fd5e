#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Events: what a listener is told, in which order, and what it misses.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_virtual
bfd_load seed=7
host_and_peer || exit 1
setup_ns h2 && export h2
veth "$h1" f1 "$h2" f2 && addr "$h1" f1 198.51.100.1/24 && addr "$h2" f2 198.51.100.2/24 || exit 1
scenario vt_events.py
exit "$EXIT_STATUS"
