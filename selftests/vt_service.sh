#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bfdagentd and its service manager: readiness, watchdog, passed sockets, units.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
require_command bfdagentd systemd-analyze
bfd_load
two_hosts && export h1 h2 lib_tmp || exit 1
scenario vt_service.py
exit "$EXIT_STATUS"
